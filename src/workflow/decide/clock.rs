//! What a clock that had run ahead left behind, once it is right again.
//!
//! What was recorded under it stays recorded. But nobody sleeps until then: what counts from a time that
//! lies in the future counts from now.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::retargeting;
use crate::deadline::{Deadline, DeadlineChange, DeadlineState};
use crate::workflow::event::Fact;
use crate::workflow::evolve::corrected;
use crate::workflow::plan::{Plan, trimmed};
use crate::workflow::rejection::Rule;

/// Takes back what lies further ahead than a right clock could have put it. Only a case whose last change was
/// recorded in the future is looked at.
pub(in crate::workflow) fn correct(plan: &mut Plan<'_>) -> Result<(), Rule> {
    let latest = plan.latest();
    if plan.case.updated_at <= latest {
        return Ok(());
    }
    let mut case = plan.case.clone();
    corrected(case.to_mut(), latest);
    let pauses_moved = case.cycle.pauses != plan.case.cycle.pauses;
    if case == plan.case && changes(plan, latest, false)?.is_empty() {
        return Ok(());
    }
    plan.record_by_time(plan.now, Fact::ClockCorrected { latest });
    for change in changes(plan, latest, pauses_moved)? {
        plan.change(change);
    }
    Ok(())
}

fn changes(plan: &Plan<'_>, latest: DateTime<Utc>, pauses_moved: bool) -> Result<Vec<DeadlineChange>, Rule> {
    let live = plan.case.deadlines.live().iter();
    live.filter_map(|deadline| change(plan, deadline, latest, pauses_moved).transpose()).collect()
}

fn change(
    plan: &Plan<'_>,
    deadline: &Arc<Deadline>,
    latest: DateTime<Utc>,
    pauses_moved: bool,
) -> Result<Option<DeadlineChange>, Rule> {
    let ahead = deadline.anchor > latest;
    let fresh = match &deadline.state {
        DeadlineState::Breached => return Ok(sooner(plan, deadline, latest)),
        DeadlineState::Running if ahead => begun_at(plan, deadline, latest)?,
        DeadlineState::Running if pauses_moved && deadline.pausable && deadline.extended == 0 => {
            retargeting::computed_anew(plan, deadline)?
        }
        DeadlineState::Paused { at, remaining } if *at > latest => Deadline {
            anchor: deadline.anchor.min(latest),
            state: DeadlineState::Paused { at: latest, remaining: remaining.clone() },
            ..(**deadline).clone()
        },
        _ => return Ok(None),
    };
    Ok((fresh != **deadline).then(|| plan.retargeted(deadline.due, fresh)))
}

/// The deadline as if it had begun then.
fn begun_at(plan: &Plan<'_>, deadline: &Deadline, at: DateTime<Utc>) -> Result<Deadline, Rule> {
    let due = match &deadline.span {
        Some(span) => span.due(plan.policy.calendar(), at)?,
        // A date that somebody gave, by the same clock.
        None => deadline.due - (deadline.anchor - at),
    };
    Ok(Deadline { anchor: at, due: trimmed(due), ..deadline.clone() })
}

/// The next step of what was missed comes as soon as it would from now on, unless somebody took it on.
fn sooner(plan: &Plan<'_>, deadline: &Deadline, latest: DateTime<Utc>) -> Option<DeadlineChange> {
    let stored = deadline.next_step.as_ref()?;
    let mut next = plan.escalation_from(deadline.steps_fired, deadline.due, plan.now)?;
    let longest = plan.policy.calendar().add(latest, plan.policy.terms().ladder.accepted_for.delta()).ok()?;
    let taken_on = deadline.accepted_until.filter(|until| *until <= longest);
    next.at = taken_on.map_or(next.at, |until| until.max(next.at));
    let id = deadline.id;
    (stored.at > next.at).then_some(match deadline.accepted_until {
        Some(until) if until > longest => {
            DeadlineChange::Accepted { id, until: plan.now, next_step: Some(next) }
        }
        _ => DeadlineChange::Step { id, next_step: Some(next) },
    })
}
