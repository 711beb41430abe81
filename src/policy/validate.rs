//! Checking a policy as a whole.

use std::collections::BTreeSet;

use super::{
    Extension, FurtherDestination, LONGEST_QUIET, MAX_DESTINATIONS, PolicyProblem, PolicySpec, ReopenResolve,
    Target, WorkingHours,
};
use crate::calendar::WorkingCalendar;
use crate::deadline::DeadlineKind;
use crate::id::Destination;

pub(super) fn problems(spec: &PolicySpec) -> Vec<PolicyProblem> {
    let mut problems = Vec::new();
    if spec.version == 0 {
        problems.push(PolicyProblem::NoVersion);
    }
    for (number, rule) in spec.rules.iter().enumerate() {
        for (kind, target) in &rule.targets {
            if let Some(target) = target {
                problems.extend(problems_of(number, *kind, target, &spec.calendar));
            }
        }
    }
    let terms = &spec.terms;
    let mut spans = vec![
        ("reopen_within", &terms.reopen_within),
        ("longest_wait", &terms.longest_wait),
        ("longest_promise", &terms.longest_promise),
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
    if let Some(from) = spec.sending_hours.as_ref().and_then(|hours| hours.closed_for(LONGEST_QUIET)) {
        problems.push(PolicyProblem::QuietTooLong { from });
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
    problems.extend(problems_of_destinations(&terms.destinations));
    problems
}

fn problems_of_destinations(further: &[FurtherDestination]) -> Vec<PolicyProblem> {
    let mut problems = Vec::new();
    if further.len() > MAX_DESTINATIONS {
        problems.push(PolicyProblem::TooManyDestinations { destinations: further.len() });
    }
    let mut seen = BTreeSet::from([Destination::main()]);
    for FurtherDestination { to, .. } in further {
        if !seen.insert(to.clone()) {
            problems.push(PolicyProblem::SameDestination { to: to.clone() });
        }
    }
    problems
}

fn problems_of(
    rule: usize,
    kind: DeadlineKind,
    target: &Target,
    calendar: &WorkingCalendar,
) -> Vec<PolicyProblem> {
    use DeadlineKind as Kind;
    let mut problems = Vec::new();
    if matches!(kind, Kind::Promise | Kind::Resume | Kind::Review) {
        problems.push(PolicyProblem::TakesNoTarget { rule, kind });
    }
    if target.pausable && !matches!(kind, Kind::Resolve | Kind::Update) {
        problems.push(PolicyProblem::NotPausable { rule, kind });
    }
    if !target.from.suits(kind) {
        problems.push(PolicyProblem::WrongAnchor { rule, kind, from: target.from });
    }
    if target.extension.as_ref().is_some_and(|extension| extension.times == 0 || !kind.is_owed()) {
        problems.push(PolicyProblem::NotExtendable { rule, kind });
    }
    let ends_by_resolution = matches!(kind, Kind::Acknowledge | Kind::Respond | Kind::Update | Kind::Resolve);
    if target.moot_if_resolved.is_some() && !ends_by_resolution {
        problems.push(PolicyProblem::NotMootable { rule, kind });
    }
    let extended = target.extension.as_ref().and_then(Extension::span);
    for span in [Some(&target.within), extended, target.moot_if_resolved.as_ref()].into_iter().flatten() {
        if let Err(source) = span.validate_on(calendar) {
            problems.push(PolicyProblem::Unreachable { rule, kind, span: span.clone(), source });
        }
    }
    problems
}
