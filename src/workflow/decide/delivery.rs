//! What became of a message, and what is owed again when it did not arrive.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Refusal, conversation, ending};
use crate::case::{Ended, Outgoing, Purpose, Stage, WaitingFor};
use crate::conversation::Delivery;
use crate::deadline::{Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, MootReason};
use crate::id::{Code, MessageId};
use crate::workflow::command::RecordDelivery;
use crate::workflow::event::{BreachCause, Fact};
use crate::workflow::plan::Plan;
use crate::workflow::rejection::Rule;

pub(super) fn record(plan: &mut Plan<'_>, delivery: &RecordDelivery) -> Result<(), Refusal> {
    let RecordDelivery { message, to, result, why } = delivery.clone();
    let known = plan.case.outgoing(message).cloned();
    let counts = plan.case.may_fail(message).is_some();
    plan.record(Fact::Delivery { message, to, result, why });
    match (result, known) {
        (Delivery::Failed, Some(outgoing)) if counts => Ok(failed(plan, &outgoing, plan.at)?),
        (Delivery::Failed, _) | (_, None) => Ok(()),
        (_, Some(outgoing)) if outgoing.failed => Ok(came_after_all(plan, &outgoing)?),
        _ => Ok(()),
    }
}

/// Nobody sent it in time, so it counts as failed.
pub(in crate::workflow) fn unsent(
    plan: &mut Plan<'_>,
    outgoing: &Outgoing,
    at: DateTime<Utc>,
) -> Result<(), Rule> {
    let (message, why) = (outgoing.message, Some(Code::known("not-sent")));
    let counts = plan.case.may_fail(message).is_some();
    plan.record_by_time(at, Fact::Delivery { message, to: None, result: Delivery::Failed, why });
    if counts { failed(plan, outgoing, at) } else { Ok(()) }
}

/// What the message ended is owed again, unless a later one ends it as well: then that one's time decides.
fn failed(plan: &mut Plan<'_>, outgoing: &Outgoing, at: DateTime<Utc>) -> Result<(), Rule> {
    for ended in &outgoing.ended {
        // How it stands is told to a customer who waits for a resolution.
        if ended.id.kind != DeadlineKind::Update || plan.case.stage.is_unresolved() {
            rearm(plan, outgoing, ended, at)?;
        }
    }
    for kind in [DeadlineKind::Respond, DeadlineKind::Update] {
        the_oldest_keeps_the_clock(plan, kind);
    }
    conversation::a_clock_for_who_waits(plan)?;
    match outgoing.purpose {
        Purpose::Resolution if plan.case.stage == Stage::InProgress => {
            keep_them_posted(plan, outgoing)?;
            for kind in [DeadlineKind::FollowUp, DeadlineKind::Confirm] {
                plan.moot(kind, MootReason::Undelivered);
            }
        }
        Purpose::FollowUp if is_last_follow_up(plan, outgoing.message) => ending::not_asked(plan, at)?,
        // Nobody answers what they did not get.
        Purpose::Word if plan.case.waiting_for == Some(WaitingFor::Customer) => {
            conversation::end_wait_at(plan, at)?;
        }
        _ => {}
    }
    Ok(())
}

/// True when the customer's time to answer is that of this follow-up.
fn is_last_follow_up(plan: &Plan<'_>, message: MessageId) -> bool {
    let mut follow_ups = plan.case.cycle.outgoing.iter().filter(|other| other.purpose == Purpose::FollowUp);
    plan.case.deadlines.has(DeadlineKind::Confirm)
        && follow_ups.next_back().is_some_and(|last| last.message == message)
}

fn rearm(plan: &mut Plan<'_>, outgoing: &Outgoing, ended: &Ended, at: DateTime<Utc>) -> Result<(), Rule> {
    let deadline = again(plan, outgoing, ended, at)?;
    let (id, due, late_from) = (deadline.id, deadline.due, deadline.late_from);
    let missed = deadline.state == DeadlineState::Running && late_from <= at;
    plan.change(DeadlineChange::Rearmed { deadline: Arc::new(deadline), was: ended.was });
    let instead = plan.case.cycle.stand_in(|other| other.at >= outgoing.at && other.satisfies(ended));
    if let Some((at, message)) = instead.map(|other| (other.at, other.message)) {
        plan.meet_one(id, at, Some(message));
    } else if missed && id.kind.is_owed() {
        plan.breach(id, due, BreachCause::Undelivered);
    }
    Ok(())
}

/// A customer who waits for a resolution again is told how it stands again: from the last word that reached
/// them after the lost one, if that one stood in for it.
fn keep_them_posted(plan: &mut Plan<'_>, lost: &Outgoing) -> Result<(), Rule> {
    let posted = lost.ended.iter().any(|ended| ended.id.kind == DeadlineKind::Update);
    if !posted || plan.case.deadlines.has(DeadlineKind::Update) {
        return Ok(());
    }
    let words = plan.case.cycle.outgoing.iter().filter(|other| !other.failed && other.answers());
    words.map(|other| other.at).max().map_or(Ok(()), |last| plan.set(DeadlineKind::Update, last))
}

/// The deadline as it would be if the message had not been said.
fn again(plan: &Plan<'_>, outgoing: &Outgoing, ended: &Ended, at: DateTime<Utc>) -> Result<Deadline, Rule> {
    let mut deadline = match plan.target(ended.id.kind) {
        Some(target) => plan.targeted(ended.id.kind, target, ended.anchor, ended.due)?,
        None => plan.deadline(ended.id.kind, ended.anchor, ended.due),
    };
    deadline.id = ended.id;
    deadline.about.clone_from(&ended.about);
    deadline.provisional = ended.provisional;
    deadline.extended = ended.extended;
    deadline.steps_fired = ended.steps_fired;
    let missed = plan.case.deadlines.breaches().iter().any(|breach| breach.id == ended.id);
    if missed {
        deadline.state = DeadlineState::Breached;
        deadline.next_step = plan.escalation_from(ended.steps_fired, deadline.due, at);
    } else {
        let from = ended.stood_since.unwrap_or(outgoing.at);
        plan.through_pauses(&mut deadline, &plan.case.cycle.pauses, from)?;
        if deadline.state == DeadlineState::Running && ended.id.kind.is_owed() {
            deadline.next_step = plan.warning_from(ended.steps_fired, at, deadline.due);
        }
    }
    Ok(deadline)
}

/// Of two that run for the same, the one that began first goes on.
fn the_oldest_keeps_the_clock(plan: &mut Plan<'_>, kind: DeadlineKind) {
    let ids = plan.live(|deadline| deadline.id.kind == kind);
    let Some(oldest) = ids.iter().min().copied() else { return };
    for id in ids.into_iter().filter(|id: &DeadlineId| *id != oldest) {
        plan.change(DeadlineChange::Superseded { id, by: oldest });
    }
}

/// A message that had been given up went out: what it says counts from then.
fn came_after_all(plan: &mut Plan<'_>, outgoing: &Outgoing) -> Result<(), Rule> {
    if matches!(plan.case.stage, Stage::Invited | Stage::Closed) {
        return Ok(());
    }
    let by: Option<MessageId> = Some(outgoing.message);
    if outgoing.answers() {
        conversation::a_person_spoke(plan, plan.case.deadlines.has(DeadlineKind::Acknowledge), by)
    } else if outgoing.acknowledges() {
        conversation::acknowledged(plan, by)
    } else {
        Ok(())
    }
}
