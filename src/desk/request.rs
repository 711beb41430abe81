//! What goes over the desk: a command with who wants it and when it happened, and what came of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::case::Case;
use crate::id::CommandId;
use crate::workflow::{
    Actor, Assign, Await, ChangeContact, Classify, Close, Command, CustomerWrote, Event, Extend, Invite,
    Merge, Open, Promise, RecordAnswer, RecordDelivery, RecordExit, RecordHold, Resolve, Retarget, Split,
    Withdraw,
};

/// A command, who wants it, and when it happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// What is wanted.
    pub command: Command,
    /// By whom.
    pub by: Actor,
    /// The command's id; `None` has the desk mint one. Whoever may have to repeat a request (over a
    /// network, from a queue) gives one, so that it is carried out once.
    pub id: Option<CommandId>,
    /// When it happened; `None`: now.
    pub occurred_at: Option<DateTime<Utc>>,
}

impl Request {
    /// This party wants that, now.
    pub fn new(by: Actor, command: impl Into<Command>) -> Self {
        Self { command: command.into(), by, id: None, occurred_at: None }
    }

    /// Under this id.
    #[must_use]
    pub const fn with_id(mut self, id: CommandId) -> Self {
        self.id = Some(id);
        self
    }

    /// It happened then.
    #[must_use]
    pub const fn at(mut self, occurred_at: DateTime<Utc>) -> Self {
        self.occurred_at = Some(occurred_at);
        self
    }
}

macro_rules! into_command {
    ($($from:ty => $make:expr;)*) => {
        $(impl From<$from> for Command {
            fn from(command: $from) -> Self {
                ($make)(command)
            }
        })*
    };
}

into_command! {
    Open => |open| Self::Open(Box::new(open));
    Invite => |invite| Self::Invite(Box::new(invite));
    CustomerWrote => Self::CustomerWrote;
    Assign => Self::Assign;
    Classify => Self::Classify;
    Await => Self::Await;
    Resolve => |resolve| Self::Resolve(Box::new(resolve));
    RecordAnswer => Self::RecordAnswer;
    Promise => Self::Promise;
    Close => |close| Self::Close(Box::new(close));
    Withdraw => Self::Withdraw;
    Extend => |extend| Self::Extend(Box::new(extend));
    RecordDelivery => Self::RecordDelivery;
    RecordHold => Self::RecordHold;
    Retarget => Self::Retarget;
    Merge => |merge| Self::Merge(Box::new(merge));
    Split => |split| Self::Split(Box::new(split));
    RecordExit => Self::RecordExit;
    ChangeContact => Self::ChangeContact;
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Handled {
    /// The case, as it is stored now.
    pub case: Arc<Case>,
    /// The other case of a merge or a split, as it is stored now: the one into which it was merged, or the
    /// new one.
    pub other: Option<Arc<Case>>,
    /// What the command brought about in the case, what time had brought before it included; oldest first.
    pub events: Vec<Event>,
    /// The command had been carried out before, and nothing happened this time.
    pub repeated: bool,
}

impl Handled {
    pub(super) const fn fresh(case: Arc<Case>, events: Vec<Event>) -> Self {
        Self { case, other: None, events, repeated: false }
    }

    pub(super) const fn nothing(case: Arc<Case>) -> Self {
        Self { case, other: None, events: Vec::new(), repeated: false }
    }
}
