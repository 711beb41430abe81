//! The workflow: what may happen to a case, and what that does to it.
//!
//! [`decide`] says whether something may happen and gives the events, or a [`Rejection`]; [`evolve`]
//! says what an event does. Both are plain functions of their arguments: they read no clock, no
//! randomness and no storage, so that the same input always gives the same result, and every
//! deadline can be tested by moving `now`.
//!
//! What follows is for whoever runs a service as much as for whoever programs one.
#![doc = include_str!("stages.md")]
#![doc = include_str!("map.md")]
#![doc = include_str!("deadlines.md")]
#![doc = include_str!("afterwards.md")]

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::conversation::Party;
use crate::id::{CaseId, CommandId, CustomerId, StaffId, TenantId};
use crate::policy::PolicyBook;

mod class;
mod command;
mod decide;
mod event;
mod evolve;
mod legal;
mod notice;
mod plan;
mod refusals;
mod rejection;
mod texts;
mod time;

pub use crate::notification::{Destination, NoticeKind};
pub use class::RefusalClass;
pub use command::{
    Assign, Await, ChangeContact, Classify, Close, Command, CommandKind, ContactChange, Continued,
    CustomerWrote, Extend, Invite, Merge, Open, Promise, RecordAnswer, RecordDelivery, RecordExit,
    RecordHold, Resolve, Retarget, Split, Withdraw,
};
pub use decide::{Decision, Pair, decide, merge, split, split_into, step};
pub use event::{BreachCause, Event, Fact, Invited, Opened, Said};
#[cfg(feature = "testing")]
pub(crate) use evolve::begin;
pub use evolve::{evolve, fold};
pub use notice::{Notice, NoticeId, Recipient, fan_out, owed};
pub use rejection::{Limit, Missing, Rejection, Rule};
pub use texts::{
    MAX_ATTACHMENTS, MAX_BODY_BYTES, MAX_LABELS, MAX_LINE_CHARS, MAX_REFERENCES, MAX_REMEDIES,
    MAX_WORDS_BYTES, texts,
};
pub(crate) use texts::{carried_text, enclosed_texts, reply_path_text, split_texts};

/// Who acts, for whom, and with what rights. Who somebody is, is for the application to know: it is taken as
/// given here. Whose case it is, is not: a customer acts only on cases that
/// [concern](crate::Case::concerns) them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Actor {
    /// Who.
    pub party: Party,
    /// The customer for whom they act, see [`Actor::on_behalf_of`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<CustomerId>,
    /// Their rights.
    pub grants: Grants,
}

impl Actor {
    /// This party, with these rights.
    #[must_use]
    pub const fn new(party: Party, grants: Grants) -> Self {
        Self { party, on_behalf_of: None, grants }
    }

    /// An employee with every right.
    #[must_use]
    pub const fn staff(id: StaffId) -> Self {
        Self::new(Party::Staff(id), Grants::ALL)
    }

    /// The customer, without any.
    ///
    /// They act for themselves: on cases that concern them, and at the present time.
    #[must_use]
    pub const fn customer(id: CustomerId) -> Self {
        Self::new(Party::Customer(id), Grants::NONE)
    }

    /// The application itself. What it takes in without naming anyone comes from the case's own customer.
    #[must_use]
    pub const fn system() -> Self {
        Self::new(Party::System, Grants::NONE)
    }

    /// Acts for this customer: a guardian, an employee on the telephone, intake that knows who wrote a mail.
    ///
    /// It allows what that customer may do themselves, and nothing else: open a case, write, answer, withdraw,
    /// say why they left, change how they can be reached. Whoever speaks for somebody else says so; without it
    /// a customer is refused in a case that does not concern them, and cannot open one for another.
    ///
    /// Recorded are both: the actor in [`Event::by`], the customer in [`Event::on_behalf_of`]. The words belong
    /// to who spoke: those of another customer (a guardian, a neighbour) to that one, those that an employee or
    /// the application wrote down to the customer named here. That is whose export has them and whose erasure
    /// takes them. An employee or the application may name anyone who writes in a case, such as a person in
    /// copy; who wrote once, is [concerned](crate::Case::concerns) from then on and may write again.
    ///
    /// ```
    /// # use talkback::*;
    /// let (ann, son) = (CustomerId::new("customer-17")?, CustomerId::new("customer-19")?);
    /// let he_acts_for_her = Actor::customer(son).on_behalf_of(ann.clone());
    /// let a_mail_of_hers = Actor::system().on_behalf_of(ann);
    /// # Ok::<(), IdError>(())
    /// ```
    #[must_use]
    pub fn on_behalf_of(mut self, customer: CustomerId) -> Self {
        self.on_behalf_of = Some(customer);
        self
    }

    /// The customer whose words a command of theirs brings, as [`Event::speaker`] has it.
    pub(crate) const fn speaker(&self) -> Option<&CustomerId> {
        match &self.party {
            Party::Customer(customer) => Some(customer),
            _ => self.on_behalf_of.as_ref(),
        }
    }

    /// The customer who acts, or for whom somebody acts; `None` where nobody was named.
    pub(crate) fn acts_as(&self) -> Option<&CustomerId> {
        self.on_behalf_of.as_ref().or(match &self.party {
            Party::Customer(customer) => Some(customer),
            _ => None,
        })
    }
}

/// Rights that the application gives. They never let anybody waive or excuse what they are in charge
/// of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// May give deadlines and cases up.
    pub waive: bool,
    /// May excuse breaches.
    pub excuse: bool,
    /// May extend deadlines, as the policy lets them be.
    pub extend: bool,
    /// May close feedback as spam.
    pub spam: bool,
    /// May give a case another policy or priority, and have its due times computed anew.
    #[serde(default)]
    pub retarget: bool,
    /// May merge and split cases.
    #[serde(default)]
    pub merge: bool,
}

impl Grants {
    /// Every right.
    pub const ALL: Self =
        Self { waive: true, excuse: true, extend: true, spam: true, retarget: true, merge: true };
    /// No right.
    pub const NONE: Self =
        Self { waive: false, excuse: false, extend: false, spam: false, retarget: false, merge: false };
}

/// Everything around a command that a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Whose case.
    pub tenant: &'a TenantId,
    /// Which case.
    pub case: CaseId,
    /// Now: when it is recorded.
    pub now: DateTime<Utc>,
    /// When it happened; `None`: now. For [`Command::Open`] the feedback's own time counts.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Who wants it.
    pub actor: &'a Actor,
    /// The command's id. What time brings is recorded without it.
    pub command: CommandId,
    /// The policies.
    pub policies: &'a PolicyBook,
}
