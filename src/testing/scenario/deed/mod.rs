//! Who does what.

use super::{Moment, Scenario};
use crate::conversation::{Outbound, Party, ReplyPath};
use crate::deadline::{DeadlineId, DeadlineKind};
use crate::id::{CustomerId, Name, StaffId};
use crate::words::Words;
use crate::workflow::{Actor, Command, Grants};

mod customer;
mod staff;

/// Somebody in a story: their methods are what they can do.
#[derive(Debug, Clone)]
#[must_use = "somebody who does nothing"]
pub struct Somebody(Result<Actor, String>);

/// The customer, without any rights.
pub fn customer() -> Somebody {
    somebody(Actor::customer(CustomerId::of_case(Scenario::case_id())))
}

/// Another customer, by their id, without any rights. A story in which they act breaks off when that is no
/// id.
pub fn customer_named(id: &str) -> Somebody {
    Somebody(CustomerId::new(id).map(Actor::customer).map_err(|error| format!("{id:?}: {error}")))
}

/// An employee with every right. A story in which they act breaks off when that is no id.
pub fn staff(id: &str) -> Somebody {
    Somebody(StaffId::new(id).map(Actor::staff).map_err(|error| format!("{id:?}: {error}")))
}

/// An employee with none of the rights that an application gives. A story in which they act breaks off
/// when that is no id.
pub fn staff_without_rights(id: &str) -> Somebody {
    Somebody(staff(id).0.map(|actor| Actor { grants: Grants::NONE, ..actor }))
}

/// The application itself, such as an automatic reply of it.
pub fn machine() -> Somebody {
    somebody(Actor::system())
}

/// Somebody else, such as a supplier. A story in which they act breaks off when that is no name.
pub fn third_party(name: &str) -> Somebody {
    let actor = |name| Actor::new(Party::ThirdParty(name), Grants::NONE);
    Somebody(Name::new(name).map(actor).map_err(|error| format!("{name:?}: {error}")))
}

/// Anybody else.
pub const fn somebody(actor: Actor) -> Somebody {
    Somebody(Ok(actor))
}

impl Somebody {
    /// They act for another customer, by that one's id. A story in which they act breaks off when that is no id.
    pub fn on_behalf_of(self, id: &str) -> Self {
        let customer = CustomerId::new(id).map_err(|error| format!("{id:?}: {error}"));
        Self(self.0.and_then(|actor| Ok(actor.on_behalf_of(customer?))))
    }

    /// They give a command: for everything that has no word of its own here.
    pub fn gives(self, command: impl Into<Command>) -> Deed {
        let command = command.into();
        self.does(|_| Ok(command))
    }

    /// They give a command that depends on how the story stands. What is wrong with it breaks it off.
    pub fn does(self, command: impl FnOnce(&Scenario) -> Result<Command, String> + Send + 'static) -> Deed {
        Deed { actor: self.0, command: Box::new(command), occurred: None, may: May::Only, to_be_sent: false }
    }

    /// A command that names a deadline of that kind: see [`Scenario::id_of`].
    fn about(self, kind: DeadlineKind, command: impl FnOnce(DeadlineId) -> Command + Send + 'static) -> Deed {
        self.does(move |story| {
            let id = story.id_of(kind).ok_or(format!("the case has no {kind} that this could be about"))?;
            Ok(command(id))
        })
    }
}

/// Whether something is meant to be refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum May {
    Only,
    Never,
    Perhaps,
}

/// What is ordered, when its turn comes.
pub(super) type Ordered = Box<dyn FnOnce(&Scenario) -> Result<Command, String> + Send>;

/// Something that somebody does in a story.
#[must_use = "it has to be put into a story"]
pub struct Deed {
    pub(super) actor: Result<Actor, String>,
    pub(super) command: Ordered,
    pub(super) occurred: Option<Moment>,
    pub(super) may: May,
    pub(super) to_be_sent: bool,
}

impl Deed {
    /// It happened then, and is recorded now. A case that it begins begins then.
    pub fn as_of(mut self, moment: impl Into<Moment>) -> Self {
        self.occurred = Some(moment.into());
        self
    }

    /// The message of ours in it has still to be sent, and may fail to arrive: somebody
    /// [`reports`](Somebody::reports) what becomes of it. Without this it is there as soon as it is said. A
    /// story breaks off where there is no message of ours in it.
    pub fn to_be_sent(mut self) -> Self {
        self.to_be_sent = true;
        self
    }

    /// It is refused: [`Scenario::refused`] says by which rule.
    pub fn in_vain(mut self) -> Self {
        self.may = May::Never;
        self
    }

    /// It may be refused or not, and the story goes on either way: [`Scenario::refusal`] tells.
    pub fn if_possible(mut self) -> Self {
        self.may = May::Perhaps;
        self
    }
}

impl std::fmt::Debug for Deed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deed").field("actor", &self.actor).finish_non_exhaustive()
    }
}

/// A message of ours that can be answered where it was said, and is there at once.
fn message(words: impl Into<Words>) -> Outbound {
    Outbound::new(words, ReplyPath::InThread).delivered()
}

/// Leaves the message of ours in a command to be sent.
pub(super) fn send(command: &mut Command) -> Result<(), String> {
    let message = match command {
        Command::Acknowledge(message) | Command::Reply(message) | Command::FollowUp(message) => Some(message),
        Command::Invite(invite) => Some(&mut invite.question),
        Command::Resolve(resolve) => resolve.message.as_mut(),
        Command::Close(close) => close.message.as_mut(),
        Command::Extend(extend) => extend.message.as_mut(),
        Command::Merge(merge) => merge.message.as_mut(),
        _ => None,
    };
    message.ok_or("there is no message of ours to be sent")?.delivered = false;
    Ok(())
}
