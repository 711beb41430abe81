//! Policies: what is owed by when, to whom it is escalated, and the terms around it.
//!
//! A [`Policy`] is validated as a whole when it is built and never changes: a new version is a new
//! policy. Which target applies to a case is chosen when a deadline begins and written into the event.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::{WorkingCalendar, tzdb_version};
use crate::deadline::{Basis, DeadlineKind};
use crate::id::Name;

mod book;
mod counting;
mod explain;
mod extension;
mod house;
mod overlay;
#[cfg(feature = "presets")]
pub mod presets;
mod preview;
mod problem;
pub mod reference;
mod remaining;
mod rule;
mod span;
mod span_form;
mod target;
mod terms;
mod validate;
mod wording;

pub use book::PolicyBook;
pub use counting::{AfterClose, Counting, DayEnd, FirstDay, Roll};
pub use explain::{CaseExplanation, DeadlineExplanation};
pub use extension::{Extension, ExtensionLength};
pub use overlay::{Overlay, TermsOverlay};
pub use preview::{Milestones, Preview};
pub use problem::{PolicyError, PolicyProblem};
pub use remaining::Remaining;
pub use rule::{Facts, Rule, When};
pub use span::Span;
pub use target::{Anchor, Target};
pub use terms::{
    FurtherDestination, Ladder, LadderStep, MAX_DESTINATIONS, ReopenResolve, Terms, WorkingHours,
};

/// The longest that messages may be held back by a policy's sending hours.
pub const LONGEST_QUIET: TimeDelta = TimeDelta::days(5);

/// A policy as it is written down: what [`Policy::new`] checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySpec {
    /// Its id.
    pub id: Name,
    /// Its version, from 1.
    pub version: u32,
    /// The first local date on which it is in effect; `None`: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<NaiveDate>,
    /// When people work, and in which zone its days are counted.
    pub calendar: WorkingCalendar,
    /// When messages may go out to customers, in the customers' time; `None`: at any time. What is written
    /// outside of these hours goes out when they begin, and counts from when it was written. The longest
    /// stretch without any may take [`LONGEST_QUIET`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending_hours: Option<WorkingCalendar>,
    /// Targets. For each kind of deadline the first rule that applies and names the kind decides.
    pub rules: Vec<Rule>,
    /// Everything else.
    #[serde(default)]
    pub terms: Terms,
}

/// A checked policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    spec: PolicySpec,
    basis: Arc<Basis>,
}

impl Policy {
    /// Checks a policy as a whole.
    ///
    /// # Errors
    /// Every problem that it has, all at once.
    pub fn new(spec: PolicySpec) -> Result<Self, PolicyError> {
        PolicyError::unless_empty(validate::problems(&spec))?;
        let basis = Arc::new(Basis {
            policy: spec.id.clone(),
            policy_version: spec.version,
            calendar: spec.calendar.name().clone(),
            calendar_version: spec.calendar.version(),
            zone_rules: tzdb_version().and_then(|release| Name::new(release).ok()),
        });
        Ok(Self { spec, basis })
    }

    /// The policy as it was written down.
    #[must_use]
    pub const fn spec(&self) -> &PolicySpec {
        &self.spec
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &Name {
        &self.spec.id
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.spec.version
    }

    /// Its calendar.
    #[must_use]
    pub const fn calendar(&self) -> &WorkingCalendar {
        &self.spec.calendar
    }

    /// When messages may go out to customers; `None`: at any time.
    #[must_use]
    pub const fn sending_hours(&self) -> Option<&WorkingCalendar> {
        self.spec.sending_hours.as_ref()
    }

    /// Everything that is not a target.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.spec.terms
    }

    /// What the due times that it computes are based on.
    #[must_use]
    pub const fn basis(&self) -> &Arc<Basis> {
        &self.basis
    }

    /// True when it is in effect on the local date of `at`.
    #[must_use]
    pub fn in_effect_at(&self, at: DateTime<Utc>) -> bool {
        self.spec
            .effective_from
            .is_none_or(|from| self.calendar().local_date(at).is_ok_and(|date| date >= from))
    }

    /// The target for a kind of deadline, and the number of the rule (from 0) that gives it.
    #[must_use]
    pub fn target(&self, kind: DeadlineKind, facts: &Facts<'_>) -> Option<(usize, &Target)> {
        self.spec.rules.iter().enumerate().find_map(|(number, rule)| {
            let target = rule.targets.get(&kind)?;
            rule.when.applies(facts).then_some(target.as_ref().map(|target| (number, target)))
        })?
    }

    /// True when it has such a deadline for some case.
    #[must_use]
    pub fn has(&self, kind: DeadlineKind) -> bool {
        self.spec.rules.iter().any(|rule| matches!(rule.targets.get(&kind), Some(Some(_))))
    }
}
