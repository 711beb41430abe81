//! What a policy asks for: targets, the rules that choose them, the ladder, and the terms around them.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::Span;
use crate::deadline::DeadlineKind;
use crate::feedback::{Channel, FeedbackKind, Priority};
use crate::id::{Code, Name, TenantId};

/// How long something may take, from what, and how strictly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// How long.
    pub within: Span,
    /// From when.
    #[serde(default, skip_serializing_if = "Anchor::is_received")]
    pub from: Anchor,
    /// A goal, not a duty: missing it is reported apart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft: bool,
    /// It stands still while the case waits. Only `resolve` and `update` may.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pausable: bool,
}

impl Target {
    /// A target that runs from the start of its step.
    #[must_use]
    pub const fn within(within: Span) -> Self {
        Self { within, from: Anchor::Received, soft: false, pausable: false }
    }

    /// Makes it run from another event.
    #[must_use]
    pub const fn from(mut self, anchor: Anchor) -> Self {
        self.from = anchor;
        self
    }

    /// Makes it a goal.
    #[must_use]
    pub const fn soft(mut self) -> Self {
        self.soft = true;
        self
    }

    /// Lets it stand still while the case waits.
    #[must_use]
    pub const fn pausable(mut self) -> Self {
        self.pausable = true;
        self
    }
}

/// What a target runs from. It matters to `acknowledge`, `respond`, `update` and `resolve`; the other
/// kinds run from the event that starts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Anchor {
    /// The customer's word that started the step: the first of the case or of a reopened cycle.
    #[default]
    Received,
    /// The acknowledgement. Before there is one, the deadline shows the latest that it can be: as if
    /// the acknowledgement came at the last permitted moment.
    Acknowledged,
    /// The hand-over to whoever is in charge: the first assignment. Before there is one it runs from
    /// the customer's word.
    HandedOver,
}

impl Anchor {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
    fn is_received(&self) -> bool {
        *self == Self::Received
    }
}

/// When a rule applies: every list that is not empty must hold the case's value (labels: one of them).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// Kinds of feedback.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<FeedbackKind>,
    /// Priorities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<Priority>,
    /// Channels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Labels: the case has at least one of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Code>,
    /// Tenants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<TenantId>,
}

impl When {
    /// True when it applies to such a case.
    #[must_use]
    pub fn applies(&self, facts: &Facts<'_>) -> bool {
        fn holds<T: PartialEq>(list: &[T], value: &T) -> bool {
            list.is_empty() || list.contains(value)
        }
        holds(&self.kinds, facts.kind)
            && holds(&self.priorities, &facts.priority)
            && holds(&self.channels, facts.channel)
            && holds(&self.tenants, facts.tenant)
            && (self.labels.is_empty() || facts.labels.iter().any(|label| self.labels.contains(label)))
    }
}

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Whose case.
    pub tenant: &'a TenantId,
    /// What kind of feedback.
    pub kind: &'a FeedbackKind,
    /// How much it presses.
    pub priority: Priority,
    /// Where the customer spoke.
    pub channel: &'a Channel,
    /// Its labels.
    pub labels: &'a [Code],
}

/// Targets for the cases that it applies to. For each kind of deadline the first rule that applies
/// and names the kind decides; `None` (in JSON `null`) says that there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// When it applies.
    pub when: When,
    /// The targets.
    pub targets: BTreeMap<DeadlineKind, Option<Target>>,
}

impl Rule {
    /// A rule for every case.
    #[must_use]
    pub fn always() -> Self {
        Self::default()
    }

    /// A rule for some cases.
    #[must_use]
    pub fn when(when: When) -> Self {
        Self { when, targets: BTreeMap::new() }
    }

    /// Adds a target.
    #[must_use]
    pub fn target(mut self, kind: DeadlineKind, target: Target) -> Self {
        self.targets.insert(kind, Some(target));
        self
    }

    /// Says that there is no such deadline.
    #[must_use]
    pub fn none(mut self, kind: DeadlineKind) -> Self {
        self.targets.insert(kind, None);
        self
    }
}

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
    /// The whole target, from the customer's first word: as if it had never been resolved.
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
    /// How often the customer is asked whether it helped before a case is closed as unanswered.
    pub follow_up_attempts: u8,
    /// How long a closed case is reopened by a message of the customer, instead of a new one.
    pub reopen_within: Span,
    /// What a reopened case gets of its time to resolve.
    pub reopen_resolve: ReopenResolve,
    /// The longest that one wait may be.
    pub longest_wait: Span,
    /// How often an open case is looked at that nothing else would wake.
    pub review_every: Span,
    /// Whether an automatic message may acknowledge.
    pub automatic_acknowledgement: bool,
    /// Kinds of feedback that may be closed once their author was thanked.
    pub thanks_suffice: Vec<FeedbackKind>,
    /// Whom to warn, and when.
    pub ladder: Ladder,
}

impl Default for Terms {
    fn default() -> Self {
        let step = |hours, role| LadderStep { offset: WorkingHours::hours(hours), role: Name::known(role) };
        Self {
            grace_seconds: 300,
            skew_seconds: 300,
            follow_up_attempts: 2,
            reopen_within: Span::calendar_days(30),
            reopen_resolve: ReopenResolve::Remaining { floor: Span::working_days(1) },
            longest_wait: Span::working_days(20),
            review_every: Span::working_days(5),
            automatic_acknowledgement: true,
            thanks_suffice: vec![FeedbackKind::Praise, FeedbackKind::Mention],
            ladder: Ladder {
                warn: vec![step(1, "owner")],
                escalate: vec![step(0, "owner"), step(4, "team-lead"), step(16, "head-of-service")],
                repeat: Some(WorkingHours::hours(8)),
                accepted_for: WorkingHours::hours(8),
            },
        }
    }
}
