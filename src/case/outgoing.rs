//! Messages of ours that may still turn out not to have arrived, and what they ended.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Case, Cycle};
use crate::deadline::{About, Deadline, DeadlineId, DeadlineKind, DeadlineState, MootReason, Promised};
use crate::format::is_zero;
use crate::id::MessageId;

/// The most messages of a case that may wait to be sent at once.
pub const MAX_UNSENT: usize = 64;
/// The most messages that a case follows after they were sent, a machine's acknowledgement besides. Of more,
/// those that were said first are taken for arrived.
pub const MAX_SENT: usize = 4;

/// What a message of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Purpose {
    /// It says that the customer was heard, and no more.
    Acknowledgement,
    /// It says something.
    Word,
    /// It tells the resolution.
    Resolution,
    /// It asks whether the resolution helped.
    FollowUp,
}

/// A message of the present cycle that is on its way, or did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outgoing {
    /// Which.
    pub message: MessageId,
    /// When it was said; for one that was sent after it had been given up, when it was sent.
    pub at: DateTime<Utc>,
    /// What it is.
    pub purpose: Purpose,
    /// A person said it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_person: bool,
    /// It was the first to tell the customer that they were heard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_word: bool,
    /// It was a person's first answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_answer: bool,
    /// Since when the customer had waited for what it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<DateTime<Utc>>,
    /// The deadlines that it ended, as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Ended>,
    /// The first instant at which it counts as failed if nobody has heard by then that it was sent;
    /// `None` where nobody waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails_at: Option<DateTime<Utc>>,
    /// To whom it has not been sent yet: bit 0 is the case's customer, bit n the n-th of those who are
    /// [involved](Case::involved) besides, from 1.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unsent: u64,
    /// To whom it is not known to have arrived yet, likewise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unarrived: u64,
    /// It did not arrive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

impl Outgoing {
    /// True while somebody waits for it to be sent: it was not sent to everybody yet, nor given up.
    #[must_use]
    pub const fn is_underway(&self) -> bool {
        !self.failed && self.unsent != 0 && self.fails_at.is_some()
    }

    /// True once it is known to have arrived.
    #[must_use]
    pub const fn has_arrived(&self) -> bool {
        !self.failed && self.unarrived == 0
    }

    /// True when it tells the customer that they were heard.
    #[must_use]
    pub const fn acknowledges(&self) -> bool {
        self.by_person || matches!(self.purpose, Purpose::Acknowledgement)
    }

    pub(crate) const fn is_automatic_acknowledgement(&self) -> bool {
        matches!(self.purpose, Purpose::Acknowledgement) && !self.by_person
    }

    /// True when it answers what the customer said before.
    #[must_use]
    pub const fn answers(&self) -> bool {
        self.by_person && !matches!(self.purpose, Purpose::Acknowledgement)
    }

    /// True when it would have met such a deadline as well.
    pub(crate) fn satisfies(&self, ended: &Ended) -> bool {
        match ended.id.kind {
            DeadlineKind::Acknowledge => self.acknowledges(),
            DeadlineKind::Respond | DeadlineKind::Update => self.answers(),
            DeadlineKind::Promise if ended.about == Some(About::Promised(Promised::Answer)) => self.answers(),
            _ => self.purpose == Purpose::Resolution,
        }
    }
}

/// A deadline that a message ended, as far as it has to be known to let it run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ended {
    /// Which.
    pub id: DeadlineId,
    /// What its time ran from.
    pub anchor: DateTime<Utc>,
    /// The last instant at which it could be met, included.
    pub due: DateTime<Utc>,
    /// Where it came from, apart from the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// What it ran from had not happened yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// Since when it stood still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stood_since: Option<DateTime<Utc>>,
    /// How far up the ladder it had come.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub steps_fired: u16,
    /// How often it had been extended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extended: u8,
    /// How it ended.
    pub was: WasEnded,
}

impl Ended {
    pub(crate) fn of(deadline: &Deadline, moot: Option<MootReason>) -> Self {
        let stood_since = match deadline.state {
            DeadlineState::Paused { at, .. } => Some(at),
            _ => None,
        };
        let was = match (moot, &deadline.state) {
            (Some(_), _) => WasEnded::Moot,
            (None, DeadlineState::Breached) => WasEnded::Late,
            (None, _) => WasEnded::Met,
        };
        Self {
            id: deadline.id,
            anchor: deadline.anchor,
            due: deadline.due,
            about: deadline.about.clone(),
            provisional: deadline.provisional,
            stood_since,
            steps_fired: deadline.steps_fired,
            extended: deadline.extended,
            was,
        }
    }
}

/// How a deadline had ended that runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WasEnded {
    /// Met in time.
    Met,
    /// Missed, and met late. The breach stays.
    Late,
    /// Without sense, because of the resolution.
    Moot,
}

impl Cycle {
    /// True once a machine has said in this cycle that the customer was heard, also when that failed.
    pub(crate) fn machine_acknowledged(&self) -> bool {
        self.outgoing.iter().any(Outgoing::is_automatic_acknowledgement)
    }

    pub(crate) fn outgoing_mut(&mut self, message: MessageId) -> Option<&mut Outgoing> {
        self.outgoing.iter_mut().find(|outgoing| outgoing.message == message)
    }

    /// The first message that counts for that and did not fail: it stands in for those that did.
    pub(crate) fn stand_in(&self, counts: impl Fn(&Outgoing) -> bool) -> Option<&Outgoing> {
        self.outgoing.iter().filter(|other| !other.failed && counts(other)).min_by_key(|other| other.at)
    }
}

impl Case {
    /// A message of the present cycle that the case follows on its way.
    #[must_use]
    pub fn outgoing(&self, message: MessageId) -> Option<&Outgoing> {
        self.cycle.outgoing.iter().find(|outgoing| outgoing.message == message)
    }

    /// The message, if its failing changes what is owed: it is of the present cycle of an open case, is
    /// not known to have arrived or failed, and the customer can be reached. A customer who answered the
    /// follow-up has had the resolution and the follow-up, whatever a machine reports.
    #[must_use]
    pub fn may_fail(&self, message: MessageId) -> Option<&Outgoing> {
        let answered = self.cycle.answered_at.is_some();
        self.outgoing(message).filter(|outgoing| {
            let known = answered && matches!(outgoing.purpose, Purpose::Resolution | Purpose::FollowUp);
            self.is_open() && !self.unreachable && !outgoing.failed && !outgoing.has_arrived() && !known
        })
    }

    /// The next instant at which a message counts as failed because nobody sent it.
    pub(crate) fn next_unsent(&self) -> Option<&Outgoing> {
        let underway = self.cycle.outgoing.iter().filter(|outgoing| outgoing.is_underway());
        underway.min_by_key(|outgoing| outgoing.fails_at)
    }
}
