//! The terms of a policy that are not targets: the ladder, reopening, waits, reviews.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::Span;
use crate::feedback::FeedbackKind;
use crate::id::{Destination, Name};
use crate::notification::NoticeKind;

/// Whom to warn and when, before and after a deadline, in its calendar's working time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ladder {
    /// Steps before the due time, the earliest first.
    pub warn: Vec<LadderStep>,
    /// Steps after it was missed, the earliest first; an offset of zero is the breach itself.
    pub escalate: Vec<LadderStep>,
    /// After the last step: again each time this much working time has passed, until it is met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<WorkingHours>,
    /// How long accepting an escalation holds the next steps back.
    pub accepted_for: WorkingHours,
}

/// One step of a [`Ladder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LadderStep {
    /// How far from the due time.
    pub offset: WorkingHours,
    /// Who is told: a role that the application knows, such as `owner` or `team-lead`.
    pub role: Name,
}

/// Working time, written in minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkingHours {
    minutes: u32,
}

impl WorkingHours {
    /// So many hours of working time.
    #[must_use]
    pub const fn hours(hours: u32) -> Self {
        Self { minutes: hours.saturating_mul(60) }
    }

    /// So many minutes of working time.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        Self { minutes }
    }

    /// As a duration.
    #[must_use]
    pub fn delta(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.minutes))
    }
}

/// What a reopened case gets of its time to resolve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReopenResolve {
    /// What was left when it was resolved, but no less than the floor.
    Remaining {
        /// The least.
        floor: Span,
    },
    /// The whole target, from the reopening.
    Fresh,
    /// The whole target, from the customer's first word, as if it had never been resolved: waits are given
    /// back, the time between a resolution and the reopening is not.
    FromStart,
}

/// The terms of a policy that are not targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    /// How long after a due time, in seconds, something that was done in time may still be recorded
    /// without being late.
    pub grace_seconds: u32,
    /// How far ahead of our clock, in seconds, an event may claim to have happened.
    pub skew_seconds: u32,
    /// How long, in seconds, a message of ours may wait to be sent before it counts as failed; 0 where
    /// nobody reports that messages are sent. It is counted from when the message was recorded.
    pub dispatch_seconds: u32,
    /// The least working time that a retargeted or recalculated deadline leaves from now on, where
    /// it becomes due earlier than it was.
    pub minimum_notice: WorkingHours,
    /// How often the customer is asked whether it helped before a case is closed as unanswered.
    pub follow_up_attempts: u8,
    /// How long a closed case is reopened by a message of the customer, instead of a new one.
    pub reopen_within: Span,
    /// What a reopened case gets of its time to resolve.
    pub reopen_resolve: ReopenResolve,
    /// The longest that one wait may be.
    pub longest_wait: Span,
    /// How far ahead the date of a promise may lie.
    pub longest_promise: Span,
    /// How often an open case is looked at that nothing else would wake.
    pub review_every: Span,
    /// Whether an automatic message may acknowledge.
    pub automatic_acknowledgement: bool,
    /// Kinds of feedback that may be closed once their author was thanked.
    pub thanks_suffice: Vec<FeedbackKind>,
    /// Whom to warn, and when.
    pub ladder: Ladder,
    /// Ways that notifications go besides the main one, at most [`MAX_DESTINATIONS`]. Each gets a copy with a
    /// state of its own.
    pub destinations: Vec<FurtherDestination>,
}

impl Terms {
    /// The ways that a kind of notification goes besides the main one.
    pub fn further_destinations(&self, kind: NoticeKind) -> impl Iterator<Item = &Destination> {
        self.destinations.iter().filter(move |further| further.takes(kind)).map(|further| &further.to)
    }
}

/// The most further destinations that a policy may name.
pub const MAX_DESTINATIONS: usize = 8;

/// A way that notifications go besides the main one: an audit webhook, a data warehouse, a second channel.
/// Nothing that happens there moves a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherDestination {
    /// Its name: the application registers a [`Deliver`](crate::Deliver) for it.
    pub to: Destination,
    /// The kinds of notification that go there; all of them if this is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<NoticeKind>,
}

impl FurtherDestination {
    fn takes(&self, kind: NoticeKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

impl Default for Terms {
    fn default() -> Self {
        let step = |hours, role| LadderStep { offset: WorkingHours::hours(hours), role: Name::known(role) };
        Self {
            grace_seconds: 300,
            skew_seconds: 300,
            dispatch_seconds: 3_600,
            minimum_notice: WorkingHours::hours(4),
            follow_up_attempts: 2,
            reopen_within: Span::calendar_days(30),
            reopen_resolve: ReopenResolve::Remaining { floor: Span::working_days(1) },
            longest_wait: Span::working_days(20),
            longest_promise: Span::working_days(20),
            review_every: Span::working_days(5),
            automatic_acknowledgement: true,
            thanks_suffice: vec![FeedbackKind::Praise, FeedbackKind::Mention],
            ladder: Ladder {
                warn: vec![step(1, "owner")],
                escalate: vec![step(0, "owner"), step(4, "team-lead"), step(16, "head-of-service")],
                repeat: Some(WorkingHours::hours(8)),
                accepted_for: WorkingHours::hours(8),
            },
            destinations: Vec::new(),
        }
    }
}
