//! Targets: how long something may take, from what, how strictly, and how it may be extended.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::counting::DayEnd;
use super::{Extension, Span};
use crate::calendar::{CalendarError, WorkingCalendar};
use crate::codes::codes;
use crate::deadline::{DeadlineKind, PRECISION};
use crate::id::Name;

/// How long something may take, from what, and how strictly.
///
/// ```
/// use talkback::policy::{Anchor, Extension, Span, Target};
///
/// let target: Target = serde_json::from_str(
///     r#"{
///         "step": "stage 1 answer",
///         "within": {"working_days": 10},
///         "from": "acknowledged",
///         "extension": {"length": {"by": {"working_days": 10}}}
///     }"#,
/// )?;
/// let same = Target::within(Span::working_days(10))
///     .step("stage 1 answer".parse()?)
///     .from(Anchor::Acknowledged)
///     .extension(Extension::by(Span::working_days(10)));
/// assert_eq!(target, same);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What the rule calls it, such as `final response`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Name>,
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
    /// How it may be extended; `None`: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// A resolution that the customer is told of within this span makes the deadline moot: neither met
    /// nor missed. It is counted from the customer's word that started the case or the cycle, whatever
    /// the target itself runs from, and a request that is declined does not count as resolved. Only
    /// `acknowledge`, `respond`, `update` and `resolve` may have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moot_if_resolved: Option<Span>,
}

impl Target {
    /// A target that runs from the start of its step.
    #[must_use]
    pub const fn within(within: Span) -> Self {
        Self {
            step: None,
            within,
            from: Anchor::Received,
            soft: false,
            pausable: false,
            extension: None,
            moot_if_resolved: None,
        }
    }

    /// Says what the rule calls it.
    #[must_use]
    pub fn step(mut self, name: Name) -> Self {
        self.step = Some(name);
        self
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

    /// Lets it be extended.
    #[must_use]
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extension = Some(extension);
        self
    }

    /// Makes it moot when the case is resolved within this span.
    #[must_use]
    pub fn moot_if_resolved(mut self, within: Span) -> Self {
        self.moot_if_resolved = Some(within);
        self
    }

    /// The latest due time that it can have while the event that it runs from is itself due at
    /// `expected` and has not happened.
    pub(crate) fn latest(
        &self,
        calendar: &WorkingCalendar,
        expected: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, CalendarError> {
        self.within.due(calendar, last_moment(&self.within, expected))
    }
}

/// The moment from which to go on counting after a period that ends at `due`: where that is the end of
/// a day, the day that counts is the one that ends.
pub(crate) fn last_moment(next: &Span, due: DateTime<Utc>) -> DateTime<Utc> {
    let by_day = next.days().is_some_and(|days| days.counting.end != DayEnd::Exact);
    if by_day || matches!(next, Span::Min(_)) {
        due.checked_sub_signed(PRECISION).unwrap_or(due)
    } else {
        due
    }
}

/// What a target runs from. It matters to `acknowledge`, `respond`, `update`, `resolve`, `follow-up` and
/// `confirm`; the other kinds run from the event that starts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Anchor {
    /// The event that starts the step. For what we owe up to the resolution that is the customer's
    /// word: the first of the case, or the one that reopened it. For a follow-up it is the resolution,
    /// for its answer the follow-up.
    #[default]
    Received,
    /// The acknowledgement. Before there is one, the deadline is provisional and shows the latest that
    /// it can be: as if the acknowledgement came at the last permitted moment, or, where none is owed,
    /// with the customer's word.
    Acknowledged,
    /// The hand-over to whoever is in charge: the first assignment. Before there is one, the deadline
    /// is provisional and runs from the customer's word.
    HandedOver,
    /// The customer's request for this stage of a procedure: the word that opened the case, or the
    /// dispute or message that reopened it. Unlike [`Received`](Self::Received) it gives a reopened case
    /// the whole target, whatever the policy says of reopened cases.
    StageRequested,
    /// The final answer: the message that told the customer the resolution.
    FinalAnswerSent,
}

codes! {
    Anchor {
        Received = "received",
        Acknowledged = "acknowledged",
        HandedOver = "handed-over",
        StageRequested = "stage-requested",
        FinalAnswerSent = "final-answer-sent",
    }
}

impl Anchor {
    /// True when a target of that kind may run from it.
    #[must_use]
    pub const fn suits(self, kind: DeadlineKind) -> bool {
        use DeadlineKind as Kind;
        match self {
            Self::Received => true,
            Self::Acknowledged => matches!(kind, Kind::Respond | Kind::Update | Kind::Resolve),
            Self::HandedOver | Self::StageRequested => {
                matches!(kind, Kind::Acknowledge | Kind::Respond | Kind::Update | Kind::Resolve)
            }
            Self::FinalAnswerSent => matches!(kind, Kind::FollowUp | Kind::Confirm),
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
    fn is_received(&self) -> bool {
        *self == Self::Received
    }
}
