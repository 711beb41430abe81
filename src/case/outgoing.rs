//! Messages of ours whose fate is still open, and what they ended.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Case, Cycle};
use crate::conversation::Waiting;
use crate::deadline::{About, Deadline, DeadlineId, DeadlineKind, DeadlineState, Promised};
use crate::format::is_zero;
use crate::id::{CaseId, CustomerId, MessageId, Name};
use crate::policy::{Extension, Span};

/// The most messages of a case that may wait to be sent at once.
pub const MAX_UNSENT: usize = 64;
/// The most sent messages that a case follows, an automatic acknowledgement besides. Beyond that limit, the
/// oldest are assumed to have arrived.
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
///
/// A message goes to everyone in the case, and it is *owed* to some of them: to everyone if it is a
/// resolution, else to those who waited for an answer, else (nobody waited) to everyone. Only its fate with
/// those it is owed to moves deadlines. For anyone else it is a notification: if that is lost, staff hear of
/// it. What comes late to somebody, after it had been given up, stands beside it as a message of its own to
/// them.
///
/// Recipients are sets of places: bit 0 is the case's customer, bit n the n-th of those who are
/// [involved](Case::involved) besides, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outgoing {
    /// Which.
    pub message: MessageId,
    /// When it was said; where it came late, when it came.
    pub at: DateTime<Utc>,
    /// What it is. A resolution that is lost to somebody is a word like any other: it has to be given again.
    pub purpose: Purpose,
    /// A person said it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_person: bool,
    /// It came after it had been given up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// The case in which it was said, where that was merged into this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<CaseId>,
    /// The first instant at which it may go out; `None`: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_at: Option<DateTime<Utc>>,
    /// The first instant at which it counts as lost to those it was not sent to by then; `None` where
    /// nobody waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails_at: Option<DateTime<Utc>>,
    /// To whom it goes.
    #[serde(default = "only_the_customer", skip_serializing_if = "is_only_the_customer")]
    pub to: u64,
    /// Whom of them it is owed to.
    #[serde(default = "only_the_customer", skip_serializing_if = "is_only_the_customer")]
    pub owed: u64,
    /// To whom it has not been sent yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unsent: u64,
    /// To whom it is not known to have arrived yet, nor to be lost.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unarrived: u64,
    /// Who did not get it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost: u64,
    /// Who has spoken since it was written: what comes late to them answers nothing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub overtaken: u64,
    /// Whom it answered, and since when they had waited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answered: Vec<Waiting>,
    /// The deadlines that it ended, as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Ended>,
}

impl Outgoing {
    /// True while it waits to be sent to anyone, and has not been given up.
    #[must_use]
    pub const fn is_underway(&self) -> bool {
        self.unsent != 0 && self.fails_at.is_some()
    }

    /// True once it is known to have arrived with everyone.
    #[must_use]
    pub const fn has_arrived(&self) -> bool {
        self.unarrived == 0 && self.lost == 0
    }

    /// True once somebody it is owed to did not get it.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.owed & self.lost != 0
    }

    /// True when it tells the customer that they were heard.
    #[must_use]
    pub const fn acknowledges(&self) -> bool {
        self.by_person || matches!(self.purpose, Purpose::Acknowledgement)
    }

    /// True when it answers what the customer said before.
    #[must_use]
    pub const fn answers(&self) -> bool {
        self.by_person && !matches!(self.purpose, Purpose::Acknowledgement)
    }

    pub(crate) const fn is_automatic_acknowledgement(&self) -> bool {
        matches!(self.purpose, Purpose::Acknowledgement) && !self.by_person
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

    /// True when it reached all of them, or may still, with what answers them.
    const fn reaches(&self, whom: u64) -> bool {
        whom & self.to == whom && whom & self.lost == 0 && !(self.late && whom & self.overtaken != 0)
    }
}

/// A deadline that a message ended, as far as it has to be known to let it run again if the message is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ended {
    /// Which.
    pub id: DeadlineId,
    /// What the rule calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Name>,
    /// What its time ran from.
    pub anchor: DateTime<Utc>,
    /// The last instant at which it could be met, included.
    pub due: DateTime<Utc>,
    /// The target as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// It was a goal, not a duty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft: bool,
    /// It stood still while the case waited.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pausable: bool,
    /// What it ran from had not happened yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// A resolution up to this instant, included, would have made it moot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moot_until: Option<DateTime<Utc>>,
    /// How it could be extended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Arc<Extension>>,
    /// How often it had been extended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extended: u8,
    /// Where it came from, apart from the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// Since when it stood still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stood_since: Option<DateTime<Utc>>,
    /// How far up the ladder it had come.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub steps_fired: u16,
    /// How it ended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub was: WasEnded,
    /// Whose not getting the message lets it run again, a set of places.
    #[serde(default = "only_the_customer", skip_serializing_if = "is_only_the_customer")]
    pub owed: u64,
}

impl Ended {
    pub(crate) fn of(deadline: &Deadline, moot: bool, owed: u64) -> Self {
        Self {
            id: deadline.id,
            step: deadline.step.clone(),
            anchor: deadline.anchor,
            due: deadline.due,
            span: deadline.span.clone(),
            soft: deadline.soft,
            pausable: deadline.pausable,
            provisional: deadline.provisional,
            moot_until: deadline.moot_until,
            extension: deadline.extension.clone(),
            extended: deadline.extended,
            about: deadline.about.clone(),
            stood_since: match deadline.state {
                DeadlineState::Paused { at, .. } => Some(at),
                _ => None,
            },
            steps_fired: deadline.steps_fired,
            was: match deadline.state {
                _ if moot => WasEnded::Moot,
                DeadlineState::Breached => WasEnded::Late,
                _ => WasEnded::Met,
            },
            owed,
        }
    }

    /// The deadline as it was, running, with the parts that are reckoned anew from `fresh`.
    pub(crate) fn deadline(&self, fresh: Deadline) -> Deadline {
        Deadline {
            id: self.id,
            step: self.step.clone(),
            span: self.span.clone(),
            soft: self.soft,
            pausable: self.pausable,
            provisional: self.provisional,
            moot_until: self.moot_until,
            extension: self.extension.clone(),
            extended: self.extended,
            about: self.about.clone(),
            steps_fired: self.steps_fired,
            ..fresh
        }
    }
}

const fn only_the_customer() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
const fn is_only_the_customer(set: &u64) -> bool {
    *set == only_the_customer()
}

/// How a deadline had ended that runs again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WasEnded {
    /// Met in time.
    #[default]
    Met,
    /// Missed, and met late. The breach stays.
    Late,
    /// Moot, because of the resolution.
    Moot,
}

impl Cycle {
    /// True once a machine has said in this cycle that the customer was heard, also when that failed.
    pub(crate) fn machine_acknowledged(&self) -> bool {
        self.outgoing.iter().any(Outgoing::is_automatic_acknowledgement)
    }

    /// Where the copy of a message to one of `whom` is followed.
    pub(crate) fn copy(&self, message: MessageId, whom: u64) -> Option<usize> {
        self.outgoing.iter().position(|outgoing| outgoing.message == message && outgoing.to & whom != 0)
    }

    /// The message that stands in for the one at `place` with those of `whom` who did not get it: the first
    /// that was said afterwards, in the same talk, reaches all of them and counts for the same.
    pub(crate) fn stand_in(
        &self,
        place: usize,
        whom: u64,
        counts: impl Fn(&Outgoing) -> bool,
    ) -> Option<usize> {
        let lost = self.outgoing.get(place)?;
        let later = self.outgoing.iter().enumerate().skip(place).skip(1);
        let stands_in = |other: &Outgoing| {
            other.at >= lost.at
                && (other.of.is_none() || other.of == lost.of)
                && other.reaches(whom)
                && counts(other)
        };
        later.filter(|(_, other)| stands_in(other)).min_by_key(|(_, other)| other.at).map(|(place, _)| place)
    }
}

impl Case {
    /// A message of the present cycle that the case follows on its way. Where it came late to somebody, that
    /// stands beside it in [`Cycle::outgoing`].
    #[must_use]
    pub fn outgoing(&self, message: MessageId) -> Option<&Outgoing> {
        self.cycle.outgoing.iter().find(|outgoing| outgoing.message == message)
    }

    /// The message, if losing it changes anything: it is of the present cycle of an open case whose customer
    /// can be reached, and not known to have arrived with everyone or to have failed. A customer who answered
    /// the follow-up has had the resolution and the follow-up, whatever a machine reports.
    #[must_use]
    pub fn may_fail(&self, message: MessageId) -> Option<&Outgoing> {
        self.cycle.outgoing.iter().find(|outgoing| {
            outgoing.message == message && self.may_lose(outgoing) && outgoing.unarrived & outgoing.owed != 0
        })
    }

    /// True when it matters whether the message is lost.
    pub(crate) fn may_lose(&self, outgoing: &Outgoing) -> bool {
        self.is_open() && !self.unreachable && !self.had(outgoing)
    }

    /// True for what a customer has had who answered the follow-up: that, and the resolution.
    pub(crate) fn had(&self, outgoing: &Outgoing) -> bool {
        let answered = self.cycle.answered_at.is_some();
        answered && matches!(outgoing.purpose, Purpose::Resolution | Purpose::FollowUp)
    }

    /// True once the message counts as lost to that customer.
    pub(crate) fn has_lost(&self, message: MessageId, customer: &CustomerId) -> bool {
        let whom = self.place(customer).and_then(|place| 1_u64.checked_shl(place.into()));
        self.outgoing(message).zip(whom).is_some_and(|(outgoing, whom)| outgoing.lost & whom != 0)
    }

    /// The message that is the next to count as lost because nobody sent it.
    pub(crate) fn next_unsent(&self) -> Option<&Outgoing> {
        let underway = self.cycle.outgoing.iter().filter(|outgoing| outgoing.is_underway());
        underway.min_by_key(|outgoing| outgoing.fails_at)
    }

    /// Everyone whom a message of ours reaches: neither erased nor stepped out.
    pub(crate) fn everyone(&self) -> u64 {
        let people = u32::try_from(self.involved.len()).unwrap_or(u32::MAX).saturating_add(1);
        1_u64.checked_shl(people).map_or(u64::MAX, |bit| bit - 1) & !self.erased & !self.stepped_out
    }
}
