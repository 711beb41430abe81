//! Deadlines: what is owed by when, what became of it, and the record of lateness that stays.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::codes::codes;
use crate::format::is_zero;
use crate::id::{Code, Name, TextId};
use crate::policy::{Extension, ExtensionLength, Remaining, Span};
use crate::resolution::Credited;

mod change;
mod table;

pub use change::{DeadlineChange, Excuse, MootReason};
pub use table::{Breach, Deadlines, MAX_LISTED_BREACHES, MAX_LIVE_DEADLINES, Tally};

/// The precision of every stored instant. Stores keep microseconds, so decisions do, too.
pub const PRECISION: TimeDelta = TimeDelta::microseconds(1);

/// What a deadline is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DeadlineKind {
    /// Tell the customer that they were heard.
    Acknowledge,
    /// A person answers what the customer said. Each spell of waiting has its own.
    Respond,
    /// A person tells the customer how it stands; starts again with each message of theirs.
    Update,
    /// Give a typed resolution and tell the customer.
    Resolve,
    /// Ask whether it helped.
    FollowUp,
    /// Do what was promised, by the date that was given.
    Promise,
    /// Tell the employee or team that they earned thanks.
    Thank,
    /// How long the customer may take to answer a follow-up.
    Confirm,
    /// How long a wait may take.
    Resume,
    /// How long an invitation stays open.
    Expire,
    /// Look at the case again: the floor under every open case that nothing else would wake.
    Review,
}

codes! {
    DeadlineKind {
        Acknowledge = "acknowledge",
        Respond = "respond",
        Update = "update",
        Resolve = "resolve",
        FollowUp = "follow-up",
        Promise = "promise",
        Thank = "thank",
        Confirm = "confirm",
        Resume = "resume",
        Expire = "expire",
        Review = "review",
    }
}

impl DeadlineKind {
    /// True for what we owe: missing it is a breach. The others are limits, which end as lapsed.
    #[must_use]
    pub const fn is_owed(self) -> bool {
        !matches!(self, Self::Confirm | Self::Resume | Self::Expire | Self::Review)
    }
}

/// Which deadline of a case: the n-th of its kind in a cycle, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeadlineId {
    /// What it is about.
    pub kind: DeadlineKind,
    /// The cycle it belongs to.
    pub cycle: u16,
    /// The how many of its kind in the cycle.
    pub n: u16,
}

impl fmt::Display for DeadlineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}.{}", self.kind, self.cycle, self.n)
    }
}

/// By which policy and calendar a due time was computed. It is written into the event, so that the
/// past can be explained after both have changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Basis {
    /// The policy.
    pub policy: Name,
    /// Its version.
    pub policy_version: u32,
    /// The calendar.
    pub calendar: Name,
    /// Its version.
    pub calendar_version: u32,
    /// The release of the zone rules, such as `2026e`; `None` where none were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_rules: Option<Name>,
}

/// Where a deadline came from, apart from the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum About {
    /// The thanks that somebody earned.
    Credit {
        /// Who.
        to: Credited,
        /// What for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<TextId>,
    },
    /// What was promised.
    Promised(Promised),
}

/// What a promise is about, and so what meets it. Resolving the case meets every promise.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Promised {
    /// A person's message to the customer.
    Answer,
    /// The resolution.
    Resolution,
    /// Something of the application's, recorded when it is done.
    Action(Code),
}

/// What is left of a deadline, or became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DeadlineState {
    /// It runs.
    Running,
    /// It stands still while the case waits.
    Paused {
        /// Since when.
        at: DateTime<Utc>,
        /// What is left, in the unit of its span.
        remaining: Remaining,
    },
    /// It was missed, and what it asks for is still owed.
    Breached,
}

/// A live deadline of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Deadline {
    /// Which.
    pub id: DeadlineId,
    /// What the rule calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Name>,
    /// What its time runs from.
    pub anchor: DateTime<Utc>,
    /// The last instant at which it can be met, included.
    pub due: DateTime<Utc>,
    /// The first instant at which missing it is recorded: `due`, the policy's grace for what arrives
    /// late, and one microsecond.
    pub late_from: DateTime<Utc>,
    /// The target as it was written; `None` for a date that somebody gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// By which policy and calendar.
    pub basis: Arc<Basis>,
    /// A goal, not a duty: missing it is reported apart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft: bool,
    /// It stands still while the case waits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pausable: bool,
    /// What it runs from has not happened yet. Of the acknowledgement `due` is the latest that it can
    /// be, of the hand-over it runs from the customer's word so long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// A resolution up to this instant, included, makes it moot instead of met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moot_until: Option<DateTime<Utc>>,
    /// How it may be extended, as the policy had it when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Arc<Extension>>,
    /// How often it was.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extended: u8,
    /// Where it came from, apart from the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// How it stands.
    pub state: DeadlineState,
    /// The next step of the ladder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<NextStep>,
    /// How far up the ladder it has come: no step is fired twice, also when the deadline moves.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub steps_fired: u16,
    /// Until when, excluded, somebody who took it on is left alone. Before that nobody can take it on
    /// again, so that its ladder cannot be silenced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_until: Option<DateTime<Utc>>,
}

impl Deadline {
    /// One that runs, and of which nothing else is known yet.
    pub(crate) const fn running(
        id: DeadlineId,
        anchor: DateTime<Utc>,
        due: DateTime<Utc>,
        late_from: DateTime<Utc>,
        basis: Arc<Basis>,
    ) -> Self {
        Self {
            id,
            step: None,
            anchor,
            due,
            late_from,
            span: None,
            basis,
            soft: false,
            pausable: false,
            provisional: false,
            moot_until: None,
            extension: None,
            extended: 0,
            about: None,
            state: DeadlineState::Running,
            next_step: None,
            steps_fired: 0,
            accepted_until: None,
        }
    }

    /// The next instant at which something happens to it by itself.
    #[must_use]
    pub fn next_instant(&self) -> Option<DateTime<Utc>> {
        let step = self.next_step.as_ref().map(|step| step.at);
        match self.state {
            DeadlineState::Running => Some(step.map_or(self.late_from, |step| step.min(self.late_from))),
            DeadlineState::Paused { .. } => None,
            DeadlineState::Breached => step,
        }
    }

    /// True while it runs, what it runs from has happened, and an extension is left.
    #[must_use]
    pub fn is_extendable(&self) -> bool {
        self.state == DeadlineState::Running
            && !self.provisional
            && self.extension.as_ref().is_some_and(|extension| self.extended < extension.times)
    }

    /// True when it was missed, is still owed, and nobody who took it on is left alone at `at`.
    #[must_use]
    pub fn is_acceptable(&self, at: DateTime<Utc>) -> bool {
        self.state == DeadlineState::Breached && self.accepted_until.is_none_or(|until| at >= until)
    }

    /// True while its due time comes from a target and is not decided yet. The floor is set anew by whoever
    /// looks, and is none of these.
    pub(crate) fn is_computed(&self) -> bool {
        self.span.is_some() && self.state != DeadlineState::Breached && self.id.kind != DeadlineKind::Review
    }

    /// True for a promise that nothing but the application's word keeps.
    pub(crate) const fn is_fulfilled_by_hand(&self) -> bool {
        matches!(self.about, Some(About::Promised(Promised::Action(_))))
    }

    /// Counts an extension. One to a total makes that the deadline's span.
    fn extend(&mut self) {
        self.extended = self.extended.saturating_add(1);
        if let Some(ExtensionLength::To(total)) = self.extension.as_ref().map(|extension| &extension.length) {
            self.span = Some(total.clone());
        }
    }
}

/// The next step of a deadline's ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NextStep {
    /// Its place in the policy's ladder, from 0; past the end it repeats the last.
    pub step: u16,
    /// When.
    pub at: DateTime<Utc>,
}
