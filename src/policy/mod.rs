//! Policies: what is owed by when, to whom it is escalated, and the terms around it.
//!
//! A [`Policy`] is validated as a whole when it is built and never changes: a new version is a new
//! policy. Which target applies to a case is chosen when a deadline begins and written into the event.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::{CalendarError, WorkingCalendar, tzdb_version};
use crate::deadline::{Basis, DeadlineKind};
use crate::id::Name;

mod book;
mod counting;
mod house;
mod remaining;
mod span;
mod span_form;
mod terms;

pub use book::PolicyBook;
pub use counting::{AfterClose, Counting, DayEnd, FirstDay, Roll};
pub use remaining::Remaining;
pub use span::Span;
pub use terms::{Anchor, Facts, Ladder, LadderStep, ReopenResolve, Rule, Target, Terms, When, WorkingHours};

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
        PolicyError::unless_empty(problems(&spec))?;
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

/// Everything that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the policy cannot be used: {}", Listed(problems))]
pub struct PolicyError {
    /// Each problem.
    pub problems: Vec<PolicyProblem>,
}

impl PolicyError {
    fn unless_empty(problems: Vec<PolicyProblem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }
}

struct Listed<'a>(&'a [PolicyProblem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyProblem {
    /// The book has no policy of that id.
    #[error("there is no policy {id}")]
    NoSuchPolicy {
        /// The id.
        id: Name,
    },
    /// The book has two policies of that id and version.
    #[error("policy {id} version {version} is there twice")]
    TwiceInBook {
        /// The id.
        id: Name,
        /// The version.
        version: u32,
    },
    /// Versions count from 1.
    #[error("a version counts from 1")]
    NoVersion,
    /// A target that the calendar cannot yield.
    #[error("rule {rule}: {kind} within {span} cannot be computed: {source}")]
    Unreachable {
        /// The number of the rule, from 0.
        rule: usize,
        /// The kind of deadline.
        kind: DeadlineKind,
        /// The target.
        span: Span,
        /// Why not.
        source: CalendarError,
    },
    /// A term that the calendar cannot yield.
    #[error("{term} cannot be computed: {source}")]
    UnreachableTerm {
        /// Which.
        term: &'static str,
        /// Why not.
        source: CalendarError,
    },
    /// Only `resolve` and `update` may stand still.
    #[error("rule {rule}: {kind} must not be pausable, only resolve and update may")]
    NotPausable {
        /// The number of the rule, from 0.
        rule: usize,
        /// The kind of deadline.
        kind: DeadlineKind,
    },
    /// Only `respond`, `update` and `resolve` can run from the acknowledgement or the hand-over.
    #[error("rule {rule}: {kind} cannot run from that event")]
    WrongAnchor {
        /// The number of the rule, from 0.
        rule: usize,
        /// The kind of deadline.
        kind: DeadlineKind,
    },
    /// A kind that no rule sets: a date is given to it, or the floor computes it.
    #[error("rule {rule}: {kind} takes no target")]
    TakesNoTarget {
        /// The number of the rule, from 0.
        rule: usize,
        /// The kind of deadline.
        kind: DeadlineKind,
    },
    /// The rule names a follow-up, and nothing says how long its answer may take.
    #[error("a follow-up needs a confirm target, and at least one attempt")]
    FollowUpWithoutEnd,
    /// Steps of the ladder that are out of order.
    #[error("the steps of the ladder must move on in time")]
    LadderOrder,
    /// Repeating every zero minutes.
    #[error("the ladder cannot repeat every zero minutes")]
    LadderRepeat,
}

fn problems(spec: &PolicySpec) -> Vec<PolicyProblem> {
    let mut problems = Vec::new();
    if spec.version == 0 {
        problems.push(PolicyProblem::NoVersion);
    }
    for (rule, (kind, target)) in
        spec.rules.iter().enumerate().flat_map(|(number, rule)| {
            rule.targets.iter().map(move |(kind, target)| (number, (*kind, target)))
        })
    {
        let Some(target) = target else { continue };
        if matches!(kind, DeadlineKind::Promise | DeadlineKind::Resume | DeadlineKind::Review) {
            problems.push(PolicyProblem::TakesNoTarget { rule, kind });
        }
        if target.pausable && !matches!(kind, DeadlineKind::Resolve | DeadlineKind::Update) {
            problems.push(PolicyProblem::NotPausable { rule, kind });
        }
        let may_wait = matches!(kind, DeadlineKind::Respond | DeadlineKind::Update | DeadlineKind::Resolve);
        if target.from != Anchor::Received && !may_wait {
            problems.push(PolicyProblem::WrongAnchor { rule, kind });
        }
        if let Err(source) = target.within.validate_on(&spec.calendar) {
            problems.push(PolicyProblem::Unreachable { rule, kind, span: target.within.clone(), source });
        }
    }
    let terms = &spec.terms;
    let mut spans = vec![
        ("reopen_within", &terms.reopen_within),
        ("longest_wait", &terms.longest_wait),
        ("review_every", &terms.review_every),
    ];
    if let ReopenResolve::Remaining { floor } = &terms.reopen_resolve {
        spans.push(("reopen_resolve", floor));
    }
    for (term, span) in spans {
        if let Err(source) = span.validate_on(&spec.calendar) {
            problems.push(PolicyProblem::UnreachableTerm { term, source });
        }
    }
    let names =
        |kind: DeadlineKind| spec.rules.iter().any(|rule| matches!(rule.targets.get(&kind), Some(Some(_))));
    if names(DeadlineKind::FollowUp) && (!names(DeadlineKind::Confirm) || terms.follow_up_attempts == 0) {
        problems.push(PolicyProblem::FollowUpWithoutEnd);
    }
    let warn_falls = terms.ladder.warn.windows(2).all(|pair| matches!(pair, [a, b] if a.offset > b.offset));
    let escalation_rises =
        terms.ladder.escalate.windows(2).all(|pair| matches!(pair, [a, b] if a.offset < b.offset));
    if !warn_falls || !escalation_rises {
        problems.push(PolicyProblem::LadderOrder);
    }
    if terms.ladder.repeat == Some(WorkingHours::hours(0)) {
        problems.push(PolicyProblem::LadderRepeat);
    }
    problems
}
