//! What an event does to a deadline, and why.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Deadline, DeadlineId, NextStep};
use crate::case::WasEnded;
use crate::conversation::Party;
use crate::format::is_zero;
use crate::id::MessageId;
use crate::policy::Remaining;

/// What an event does to a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
#[non_exhaustive]
pub enum DeadlineChange {
    /// It begins.
    Set(Arc<Deadline>),
    /// What it asks for happened.
    Met {
        /// Which.
        id: DeadlineId,
        /// When it happened.
        at: DateTime<Utc>,
        /// The message that did it, where that may still turn out not to have arrived.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<MessageId>,
        /// For whom it stands in for another that was lost, a set of places as in
        /// [`Outgoing`](crate::Outgoing); 0: it did so itself, for those it is owed to.
        #[serde(default, skip_serializing_if = "is_zero")]
        whom: u64,
    },
    /// It was missed. Nothing takes that back.
    Breached {
        /// Which.
        id: DeadlineId,
        /// When it was due: the instant of the breach.
        due: DateTime<Utc>,
        /// When that was noticed.
        detected: DateTime<Utc>,
        /// The next step of the ladder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_step: Option<NextStep>,
    },
    /// A limit passed.
    Lapsed {
        /// Which.
        id: DeadlineId,
        /// When.
        at: DateTime<Utc>,
    },
    /// It stands still.
    Paused {
        /// Which.
        id: DeadlineId,
        /// Since when.
        at: DateTime<Utc>,
        /// What is left, in the unit of its span.
        remaining: Remaining,
    },
    /// It has a new due time: it runs again after a pause, what it runs from has happened, or it was
    /// extended.
    Moved {
        /// Which.
        id: DeadlineId,
        /// What its time runs from.
        anchor: DateTime<Utc>,
        /// The new due instant.
        due: DateTime<Utc>,
        /// The new instant from which missing it is recorded.
        late_from: DateTime<Utc>,
        /// The next step of the ladder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_step: Option<NextStep>,
        /// It was extended.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        extended: bool,
    },
    /// The message that had ended it did not arrive: it is live again, with the due time that it had. A
    /// breach that was recorded stays.
    Rearmed {
        /// The deadline, as it is now.
        deadline: Arc<Deadline>,
        /// How it had ended.
        was: WasEnded,
    },
    /// It has another target, calendar or start, and keeps its id and what was consumed of it.
    Retargeted {
        /// The deadline, as it is now.
        deadline: Arc<Deadline>,
        /// The last instant at which it could be met before.
        old_due: DateTime<Utc>,
    },
    /// The next step of its ladder was fired, put off or reckoned anew.
    Step {
        /// Which.
        id: DeadlineId,
        /// The next step, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_step: Option<NextStep>,
    },
    /// Somebody took it on: the next step of its ladder waits.
    Accepted {
        /// Which.
        id: DeadlineId,
        /// Until when, excluded, they are left alone.
        until: DateTime<Utc>,
        /// The next step, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_step: Option<NextStep>,
    },
    /// Somebody with the right to do so gave it up.
    Waived {
        /// Which.
        id: DeadlineId,
        /// Who.
        by: Party,
    },
    /// Another one took its place.
    Superseded {
        /// Which.
        id: DeadlineId,
        /// Which one took its place.
        by: DeadlineId,
    },
    /// It lost its sense.
    Moot {
        /// Which.
        id: DeadlineId,
        /// Why.
        reason: MootReason,
        /// The message that made it so, where that may still turn out not to have arrived.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<MessageId>,
    },
    /// A recorded breach is excused: from then on it is reported both ways.
    Excused {
        /// Which.
        id: DeadlineId,
        /// Why.
        why: Excuse,
    },
}

/// Why a deadline lost its sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MootReason {
    /// The case was closed before it came to that.
    Closed,
    /// A machine wrote the message, and machines get no automatic acknowledgement.
    Automatic,
    /// The customer cannot be reached.
    Unreachable,
    /// The source does not say when it happened.
    TimeUnknown,
    /// Nothing is left to answer.
    NothingToAnswer,
    /// The case went on without it.
    Overtaken,
    /// It was resolved so early that the rule asks for nothing more.
    ResolvedEarly,
    /// What it follows from did not arrive.
    Undelivered,
    /// The policy that the case has now asks for no such thing.
    NoTarget,
}

/// Why a breach is excused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Excuse {
    /// It was done in time and recorded late: the evidence is the event itself.
    DoneInTime,
    /// An employee with the right to do so said why.
    Stated,
}
