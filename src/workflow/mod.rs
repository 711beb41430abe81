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
pub use command::{
    Assign, Await, Classify, Close, Command, CommandKind, Continued, CustomerWrote, Extend, Invite, Merge,
    Open, Promise, RecordAnswer, RecordDelivery, RecordExit, Resolve, Retarget, Split, Withdraw,
};
pub use decide::{Decision, Pair, decide, merge, split, step};
pub use event::{BreachCause, Event, Fact, Invited, Opened, Said};
#[cfg(feature = "testing")]
pub(crate) use evolve::begin;
pub use evolve::{evolve, fold};
pub use notice::{Notice, NoticeId, Recipient, fan_out, owed};
pub use rejection::{Limit, Missing, Rejection, Rule};
pub use texts::{
    MAX_ATTACHMENTS, MAX_BODY_BYTES, MAX_LABELS, MAX_REFERENCES, MAX_REMEDIES, MAX_SUBJECT_CHARS,
    MAX_WORDS_BYTES, texts,
};
pub(crate) use texts::{enclosed_texts, reply_path_text};

/// Who acts, and what rights the application gives them. Who somebody is, and that a customer speaks of a
/// case of their own, is for the application to know: it is taken as given here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub party: Party,
    /// Their rights.
    pub grants: Grants,
}

impl Actor {
    /// An employee with every right.
    #[must_use]
    pub const fn staff(id: StaffId) -> Self {
        Self { party: Party::Staff(id), grants: Grants::ALL }
    }

    /// The customer, without any.
    #[must_use]
    pub const fn customer(id: CustomerId) -> Self {
        Self { party: Party::Customer(id), grants: Grants::NONE }
    }

    /// The application itself.
    #[must_use]
    pub const fn system() -> Self {
        Self { party: Party::System, grants: Grants::NONE }
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
