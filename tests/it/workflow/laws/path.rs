//! Laws of the path that a case takes: nobody around the customer, customers may leave, machines keep
//! quiet, and one milestone after the other.

use talkback::policy::Policy;
use talkback::workflow::evolve;
use talkback::{Case, CloseReason, Delivery, Event, Fact, Party, Stage};

use super::super::run::Step;
use super::{Run, hold};

/// Each event of a step with the case before it.
fn unfolded(step: &Step) -> impl Iterator<Item = (Option<Case>, &Event)> {
    let mut case = step.before.clone();
    step.events().iter().map(move |event| {
        let before = case.clone();
        case = evolve(case.take(), event);
        (before, event)
    })
}

pub(crate) fn law_08_no_way_around_the_customer(run: &Run) -> Result<(), String> {
    for (n, step) in run.steps.iter().enumerate() {
        for (before, event) in unfolded(step) {
            let Some(before) = before else { continue };
            let after = evolve(Some(before.clone()), event).ok_or("no case")?;
            let resolved = matches!(event.fact, Fact::Resolved { .. });
            let stands_resolved = after.stage == Stage::Resolved && before.stage != Stage::Resolved;
            hold!(resolved || !stands_resolved, "step {n}: {:?} resolved the case", event.fact);
            match &event.fact {
                Fact::Resolved { message, .. } => {
                    hold!(message.is_some() || before.unreachable, "step {n}: resolved in silence");
                    hold!(event.by.is_staff(), "step {n}: resolved by {:?}", event.by);
                }
                Fact::Closed { .. } => {
                    let policy = run.books[step.order.book]
                        .of(&before.head.policy, before.head.policy_version)
                        .ok_or("no policy")?;
                    grounds(&before, event, policy).map_err(|why| format!("step {n}: {why}"))?;
                }
                _ => {
                    let ends = after.stage == Stage::Closed && before.stage != Stage::Closed;
                    hold!(!ends, "step {n}: {:?} closed the case", event.fact);
                }
            }
        }
    }
    Ok(())
}

/// Whether a case may end so, as rule 10 has it.
fn grounds(before: &Case, event: &Event, policy: &Policy) -> Result<(), String> {
    let Fact::Closed { closed, message, body, needed_nothing } = &event.fact else { return Ok(()) };
    let cycle = &before.cycle;
    let by_time = event.command.is_none();
    let told = message.is_some() || before.unreachable;
    let asked = cycle.follow_ups >= policy.terms().follow_up_attempts || before.unreachable;
    if *needed_nothing {
        let as_before = before.closed.as_ref().is_some_and(|old| old.reason == closed.reason);
        hold!(as_before && !by_time, "closed again, but not as before");
        return Ok(());
    }
    let holds = match &closed.reason {
        CloseReason::Confirmed => {
            before.stage == Stage::FollowedUp && cycle.answered_at.is_some() && !by_time
        }
        CloseReason::Unanswered => {
            let stage = matches!(before.stage, Stage::Resolved | Stage::FollowedUp);
            stage && asked && cycle.answered_at.is_none() && before.conversation.unanswered_since.is_none()
        }
        CloseReason::ThanksSufficed => {
            let kind = policy.terms().thanks_suffice.contains(&before.head.kind);
            kind && (cycle.responded_at.is_some() || before.unreachable) && !by_time
        }
        CloseReason::Withdrawn | CloseReason::Left => closed.exit.is_some() && !by_time,
        CloseReason::Referred(_) => told && !by_time,
        CloseReason::Spam => event.by.is_staff() && !by_time,
        CloseReason::Waived(by) => *by == event.by && body.is_some() && !by_time,
        // Whether the customer had to be told depends on the case into which it went.
        CloseReason::MergedInto(_) => event.by.is_staff() && before.stage.is_unresolved() && !by_time,
        CloseReason::InvitationLapsed => by_time && before.stage == Stage::Invited,
        CloseReason::MergedInto(into) => event.by.is_staff() && body.is_some() && *into != before.id,
        _ => false,
    };
    hold!(holds, "closed as {} without grounds: {before:#?}", closed.reason.as_str());
    Ok(())
}

pub(crate) fn law_09_customers_can_leave(run: &Run) -> Result<(), String> {
    for (n, step) in run.steps.iter().enumerate() {
        // A refused command leaves what time brought to the next tick: it may be over already.
        let open =
            step.after.as_ref().is_some_and(|case| case.stage != Stage::Closed) && step.outcome.is_ok();
        hold!(!open || step.may_withdraw, "step {n}: the customer could not withdraw");
    }
    Ok(())
}

/// I9: received, acknowledged, resolved, closed, in that order. I10: what is set stays, and nobody
/// acknowledges what is resolved.
pub(crate) fn milestones_in_order(run: &Run) -> Result<(), String> {
    for (n, step) in run.steps.iter().enumerate() {
        let Some(after) = &step.after else { continue };
        let cycle = &after.cycle;
        let closed = after.closed.as_ref().filter(|_| after.stage == Stage::Closed).map(|closed| closed.at);
        let first = (cycle.number == 1).then_some(after.received_at);
        let order = [first, cycle.acknowledged_at, cycle.resolved_at, closed];
        let set: Vec<_> = order.iter().flatten().collect();
        hold!(set.is_sorted(), "step {n}: out of order: {order:?}");
        for pause in &cycle.pauses {
            hold!(pause.to.is_none_or(|to| to >= pause.from), "step {n}: a wait ended before it began");
        }
        let open_pauses = cycle.pauses.iter().filter(|pause| pause.to.is_none()).count();
        let waiting = usize::from(after.stage == Stage::Waiting && cycle.pauses.len() < talkback::MAX_PAUSES);
        hold!(open_pauses <= 1 && open_pauses >= waiting, "step {n}: {open_pauses} pauses last");
        hold!(after.waiting_for.is_some() == (after.stage == Stage::Waiting), "step {n}: waits for nobody");
        let Some(before) = step.before.as_ref().filter(|before| before.cycle.number == cycle.number) else {
            continue;
        };
        let old = &before.cycle;
        let pairs = [
            ("acknowledged", old.acknowledged_at, cycle.acknowledged_at),
            ("responded", old.responded_at, cycle.responded_at),
            ("resolved", old.resolved_at, cycle.resolved_at),
            ("answered", old.answered_at, cycle.answered_at),
        ];
        // Only a message that did not arrive takes back what it had set.
        let undelivered =
            |event: &Event| matches!(event.fact, Fact::Delivery { result: Delivery::Failed, .. });
        if step.events().iter().any(undelivered) {
            continue;
        }
        for (what, old, new) in pairs {
            hold!(old.is_none() || old == new, "step {n}: {what} moved from {old:?} to {new:?}");
        }
        let late = old.resolved_at.is_some() && old.acknowledged_at != cycle.acknowledged_at;
        hold!(!late, "step {n}: acknowledged after it was resolved");
    }
    Ok(())
}

/// I20: one automatic acknowledgement in a cycle, and no automatic word to a machine.
pub(crate) fn machines_answer_once(run: &Run) -> Result<(), String> {
    let mut acknowledged = 0;
    for event in run.events() {
        if matches!(event.fact, Fact::Reopened { .. }) {
            acknowledged = 0;
        }
        if event.by.is_staff() || event.fact.said().is_none() {
            continue;
        }
        acknowledged += u32::from(matches!(event.fact, Fact::Acknowledged { .. }));
        hold!(acknowledged <= 1, "a machine acknowledged twice in one cycle");
        let machine = run.case.as_ref().is_some_and(|case| case.head.automatic);
        let asks = matches!(event.fact, Fact::Invited(_));
        hold!(!machine || asks, "a machine answered a machine: {:?}", event.fact);
        hold!(event.by == Party::System || asks, "{:?} spoke for us", event.by);
    }
    Ok(())
}
