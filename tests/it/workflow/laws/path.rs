//! Laws of the path that a case takes: nobody around the customer, customers may leave, machines keep
//! quiet, and one milestone after the other.

use chrono::{DateTime, Utc};
use talkback::policy::Policy;
use talkback::workflow::CommandKind;
use talkback::{
    Case, CloseReason, DeadlineChange, DeadlineKind, Delivery, Event, Fact, Outgoing, Party, Purpose, Stage,
};

use super::{Seen, hold};

/// 8, with I15: resolved only with a word to the customer, closed only on grounds.
pub(crate) fn law_08_no_way_around_the_customer(seen: &Seen<'_>) -> Result<(), String> {
    for (before, event, after) in seen.unfolded() {
        let Some(before) = before else { continue };
        let resolved = matches!(event.fact, Fact::Resolved { .. });
        let stands_resolved = after.stage == Stage::Resolved && before.stage != Stage::Resolved;
        hold!(resolved || !stands_resolved, "{:?} resolved the case", event.fact);
        match &event.fact {
            Fact::Resolved { message, .. } => {
                hold!(message.is_some() || before.unreachable, "resolved in silence");
                hold!(event.by.is_staff(), "resolved by {:?}", event.by);
            }
            Fact::Closed { .. } => {
                let policy =
                    seen.book.of(&before.head.policy, before.head.policy_version).ok_or("no policy")?;
                grounds(before, event, policy)?;
            }
            _ => {
                let ends = after.stage == Stage::Closed && before.stage != Stage::Closed;
                hold!(!ends, "{:?} closed the case", event.fact);
            }
        }
        let recorded = after.closed.is_some() || after.stage != Stage::Closed;
        hold!(recorded, "closed, and nobody knows why");
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
            stage && asked && cycle.answered_at.is_none() && before.conversation.unanswered_since().is_none()
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
        CloseReason::MergedInto(into) => {
            event.by.is_staff() && before.stage.is_unresolved() && body.is_some() && *into != before.id
        }
        CloseReason::InvitationLapsed => by_time && before.stage == Stage::Invited,
        _ => false,
    };
    hold!(holds, "closed as {} without grounds: {before:#?}", closed.reason.as_str());
    Ok(())
}

/// 9: the customer can withdraw from every open stage.
pub(crate) fn law_09_customers_can_leave(seen: &Seen<'_>) -> Result<(), String> {
    // A refused command leaves what time brought to the next tick: it may be over already.
    let open = seen.after.is_some_and(|case| case.stage != Stage::Closed) && seen.outcome.is_ok();
    hold!(!open || seen.may_withdraw != Some(false), "the customer could not withdraw");
    let order = seen.order;
    let withdraws = order.command.kind() == CommandKind::Withdraw && order.occurred_at.is_none();
    let open = seen.caught_up.is_some_and(Case::is_open);
    let refused = seen.outcome.as_ref().err().filter(|_| withdraws && open);
    // Who took their part back of what goes on for others has left.
    let theirs = |case: &Case| {
        case.stepped_out & 1 == 0 && order.actor.party == Party::Customer(case.head.customer.clone())
    };
    let customer = seen.caught_up.is_some_and(theirs);
    hold!(!customer || refused.is_none(), "the customer could not withdraw: {refused:?}");
    Ok(())
}

/// I9: received, acknowledged, resolved, closed, in that order. I10: what is set stays, and nobody
/// acknowledges what is resolved.
pub(crate) fn milestones_in_order(seen: &Seen<'_>) -> Result<(), String> {
    // Only a message that did not arrive takes back what it had set.
    let undelivered = |event: &Event| matches!(event.fact, Fact::Delivery { result: Delivery::Failed, .. });
    for (before, event, after) in seen.unfolded() {
        one_after_the_other(after)?;
        if !undelivered(event) {
            what_is_set_stays(before, after, corrected_to(event))?;
        }
    }
    if let Some(after) = seen.stored().filter(|_| !seen.events().iter().any(undelivered)) {
        one_after_the_other(after)?;
        what_is_set_stays(seen.before, after, seen.events().iter().find_map(corrected_to))?;
    }
    let Some(after) = seen.stored() else { return Ok(()) };
    let pauses = &after.cycle.pauses;
    let backwards = pauses.iter().find(|pause| pause.to.is_some_and(|to| to < pause.from));
    hold!(backwards.is_none(), "a wait ended before it began: {backwards:?}");
    let lasting = pauses.iter().filter(|pause| pause.to.is_none()).count();
    let waiting = usize::from(after.stage == Stage::Waiting);
    hold!(lasting <= 1 && lasting >= waiting, "{lasting} pauses last");
    hold!(after.waiting_for.is_some() == (after.stage == Stage::Waiting), "waits for nobody");
    Ok(())
}

/// What a clock that ran ahead had set counts from then at the latest.
fn corrected_to(event: &Event) -> Option<DateTime<Utc>> {
    match event.fact {
        Fact::ClockCorrected { latest } => Some(latest),
        _ => None,
    }
}

fn what_is_set_stays(
    before: Option<&Case>,
    after: &Case,
    latest: Option<DateTime<Utc>>,
) -> Result<(), String> {
    let counts = |at: Option<DateTime<Utc>>| at.map(|at| latest.map_or(at, |latest| at.min(latest)));
    let (old, new) = match before {
        Some(before) if before.cycle.number == after.cycle.number => (&before.cycle, &after.cycle),
        _ => return Ok(()),
    };
    let pairs = [
        ("acknowledged", old.acknowledged_at, new.acknowledged_at),
        ("responded", old.responded_at, new.responded_at),
        ("resolved", old.resolved_at, new.resolved_at),
        ("answered", old.answered_at, new.answered_at),
    ];
    for (what, old, new) in pairs {
        let old = counts(old);
        hold!(old.is_none() || old == new, "{what} moved from {old:?} to {new:?}");
    }
    let late = old.resolved_at.is_some() && counts(old.acknowledged_at) != new.acknowledged_at;
    hold!(!late, "acknowledged after it was resolved");
    Ok(())
}

fn one_after_the_other(case: &Case) -> Result<(), String> {
    let cycle = &case.cycle;
    let closed = case.closed.as_ref().filter(|_| case.stage == Stage::Closed).map(|closed| closed.at);
    let first = (cycle.number == 1).then_some(case.received_at);
    let order = [first, cycle.acknowledged_at, cycle.resolved_at, closed];
    hold!(order.iter().flatten().is_sorted(), "out of order: {order:?}");
    Ok(())
}

/// I16: a reopened case has another cycle with deadlines of its own, and none of an older one comes back.
pub(crate) fn reopening_begins_anew(seen: &Seen<'_>) -> Result<(), String> {
    for (before, event, after) in seen.unfolded() {
        let number = before.map_or(1, |case| case.cycle.number);
        let reopened = matches!(event.fact, Fact::Reopened { .. });
        let expected = number + u16::from(reopened);
        hold!(after.cycle.number == expected, "cycle {} after cycle {number}", after.cycle.number);
        for change in &event.changes {
            let DeadlineChange::Set(deadline) = change else { continue };
            hold!(deadline.id.cycle == expected, "{} is set in cycle {expected}", deadline.id);
        }
        let Some(before) = before.filter(|_| reopened) else { continue };
        let old = |id: talkback::DeadlineId| before.deadlines.get(id).is_some();
        for deadline in after.deadlines.live().iter().filter(|deadline| deadline.id.cycle < expected) {
            let (id, kind) = (deadline.id, deadline.id.kind);
            hold!(old(id), "{id} comes back");
            // What is still owed goes on; what belonged to the old end does not.
            let ended = matches!(
                kind,
                DeadlineKind::Resolve | DeadlineKind::FollowUp | DeadlineKind::Confirm | DeadlineKind::Resume
            );
            hold!(!ended, "{id} goes on in cycle {expected}");
        }
    }
    Ok(())
}

/// I20: a machine acknowledges what nobody has acknowledged, so once in a cycle, and says nothing to a
/// machine.
pub(crate) fn machines_answer_once(seen: &Seen<'_>) -> Result<(), String> {
    for (before, event, after) in seen.unfolded() {
        if event.by.is_staff() || event.fact.said().is_none() {
            continue;
        }
        let earlier = |other: &Outgoing| !other.by_person && other.purpose == Purpose::Acknowledgement;
        let again = before
            .map(|case| &case.cycle)
            .is_some_and(|cycle| cycle.acknowledged_at.is_some() || cycle.outgoing.iter().any(earlier));
        let acknowledges = matches!(event.fact, Fact::Acknowledged { .. });
        hold!(!(acknowledges && again), "a machine acknowledged twice in one cycle");
        let asks = matches!(event.fact, Fact::Invited(_));
        hold!(!after.head.automatic || asks, "a machine answered a machine: {:?}", event.fact);
        hold!(event.by == Party::System || asks, "{:?} spoke for us", event.by);
    }
    Ok(())
}
