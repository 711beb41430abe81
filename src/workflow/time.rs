//! What time brings: missed deadlines, limits that pass, steps of a ladder, and the floor.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::decide::{clock, delivery, ending};
use super::event::{BreachCause, Fact};
use super::plan::Plan;
use super::rejection::Rule;
use crate::case::CloseReason;
use crate::deadline::{
    Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, MootReason, PRECISION,
};
use crate::id::{MessageId, Name};

/// The most steps of ladders that one decision fires. The rest are due at once and come with the next
/// tick; what was missed or has passed never waits, because a command has to find every verdict made.
const MAX_STEPS: usize = 256;

/// Something that is due by itself, and when it counts as having happened.
struct Due {
    at: DateTime<Utc>,
    what: What,
}

enum What {
    Missed(DeadlineId),
    Lapsed(DeadlineId),
    Step(DeadlineId, u16),
    Unsent(MessageId),
}

impl Due {
    /// What comes first of what is due at one instant: by deadline, and messages after them.
    fn order(&self) -> (DateTime<Utc>, bool, Option<DeadlineId>) {
        let id = match self.what {
            What::Missed(id) | What::Lapsed(id) | What::Step(id, _) => Some(id),
            What::Unsent(_) => None,
        };
        (self.at, id.is_none(), id)
    }
}

/// Does, in the order in which it was due, everything that time has brought by now.
///
/// Each consequence counts from the instant at which it was due and not from the moment at which
/// somebody looked, so that the result is the same however often anybody does.
pub(super) fn catch_up(plan: &mut Plan<'_>) -> Result<(), Rule> {
    clock::correct(plan)?;
    let mut steps = 0;
    while plan.case.is_open() {
        let due = |deadline: &Arc<Deadline>| due(deadline, plan.now);
        let may = |due: &Due| steps < MAX_STEPS || !matches!(due.what, What::Step(..));
        let deadlines = plan.case.deadlines.live().iter().filter_map(due).filter(may);
        let due = deadlines.chain(unsent(plan)).min_by_key(Due::order);
        let Some(due) = due else { return Ok(()) };
        match due.what {
            What::Missed(id) => {
                let late_intake =
                    plan.events.iter().any(|event| event.command.is_some()) && plan.at < plan.now;
                let cause = if late_intake { BreachCause::LateIntake } else { BreachCause::TimeRanOut };
                plan.breach(id, due.at, cause);
            }
            What::Lapsed(id) => lapse(plan, id, due.at)?,
            What::Step(id, step) => {
                steps += 1;
                escalate(plan, id, step, due.at);
            }
            What::Unsent(message) => delivery::unsent(plan, message, due.at)?,
        }
    }
    Ok(())
}

/// What has happened to a deadline by itself up to `now`. A warning that was missed together with the
/// deadline is left out: it would warn of what is past.
fn due(deadline: &Deadline, now: DateTime<Utc>) -> Option<Due> {
    let id = deadline.id;
    if deadline.state == DeadlineState::Running && deadline.late_from <= now {
        let what = if id.kind.is_owed() { What::Missed(id) } else { What::Lapsed(id) };
        return Some(Due { at: deadline.due, what });
    }
    let step = deadline.next_step.as_ref().filter(|step| step.at <= now)?;
    (!matches!(deadline.state, DeadlineState::Paused { .. }))
        .then_some(Due { at: step.at, what: What::Step(id, step.step) })
}

/// The message that nobody sent in time, if there is one.
fn unsent(plan: &Plan<'_>) -> Option<Due> {
    let outgoing = plan.case.next_unsent()?;
    let fails_at = outgoing.fails_at.filter(|at| *at <= plan.now)?;
    // What is noticed with the same grace as a missed deadline counts, like that, from before the grace.
    let grace = TimeDelta::seconds(i64::from(plan.policy.terms().grace_seconds));
    let at = fails_at.checked_sub_signed(grace + PRECISION).unwrap_or(fails_at);
    Some(Due { at, what: What::Unsent(outgoing.message) })
}

fn lapse(plan: &mut Plan<'_>, id: DeadlineId, at: DateTime<Utc>) -> Result<(), Rule> {
    plan.record_by_time(at, Fact::Lapsed { deadline: id });
    plan.change(DeadlineChange::Lapsed { id, at });
    match id.kind {
        DeadlineKind::Resume => {
            plan.record_by_time(at, Fact::WaitEnded);
            plan.resume(at)?;
            Ok(())
        }
        DeadlineKind::Confirm => ending::unanswered(plan, at),
        DeadlineKind::Expire => ending::end_by_time(plan, at, CloseReason::InvitationLapsed),
        DeadlineKind::Review => review(plan, at),
        _ => Ok(()),
    }
}

fn escalate(plan: &mut Plan<'_>, id: DeadlineId, step: u16, at: DateTime<Utc>) {
    let Some(deadline) = plan.case.deadlines.get(id) else { return };
    let (due, breached) = (deadline.due, deadline.state == DeadlineState::Breached);
    let ladder = &plan.policy.terms().ladder;
    let warnings = u16::try_from(ladder.warn.len()).unwrap_or(u16::MAX);
    let role = if breached {
        ladder.escalate.get(usize::from(step.saturating_sub(warnings))).or(ladder.escalate.last())
    } else {
        ladder.warn.get(usize::from(step))
    };
    // A ladder that became shorter with a newer policy may have no role for this step any more.
    let role = role.map_or_else(|| Name::known("owner"), |step| step.role.clone());
    let next_step = if breached {
        plan.escalation(step.saturating_sub(warnings).saturating_add(1), due, at)
    } else {
        plan.warning_from(step.saturating_add(1), at, due)
    };
    plan.record_by_time(at, Fact::Escalated { deadline: id, step, warning: !breached, role });
    plan.change(DeadlineChange::Step { id, next_step });
}

/// Every open case is looked at again: what nothing else would wake has a review, and what something
/// else wakes needs none.
pub(super) fn keep_a_floor(plan: &mut Plan<'_>) -> Result<(), Rule> {
    if !plan.case.is_open() || plan.events.is_empty() {
        return Ok(());
    }
    let others = plan
        .case
        .deadlines
        .live()
        .iter()
        .any(|deadline| deadline.id.kind != DeadlineKind::Review && deadline.next_instant().is_some());
    let floor = plan.case.deadlines.has(DeadlineKind::Review);
    if others && floor {
        plan.moot(DeadlineKind::Review, MootReason::Overtaken);
    } else if !others && !floor {
        let at = plan.case.conversation.last_at.unwrap_or(plan.at).max(plan.at);
        review(plan, at)?;
    }
    Ok(())
}

/// The next review, counted from `at`, or from now if that one has passed already.
fn review(plan: &mut Plan<'_>, at: DateTime<Utc>) -> Result<(), Rule> {
    let span = plan.policy.terms().review_every.clone();
    let mut deadline = plan.deadline(DeadlineKind::Review, at, span.due(plan.policy.calendar(), at)?);
    if deadline.late_from <= plan.now {
        deadline = plan.deadline(DeadlineKind::Review, plan.now, span.due(plan.policy.calendar(), plan.now)?);
    }
    deadline.span = Some(span);
    plan.begin(deadline)
}
