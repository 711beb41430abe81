//! What became of a message, and what is owed again when it is lost.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Refusal, conversation, ending, pairs};
use crate::case::{Ended, Outgoing, Purpose, Stage, WaitingFor, WasEnded};
use crate::conversation::Delivery;
use crate::deadline::{Deadline, DeadlineChange, DeadlineKind, DeadlineState, MootReason};
use crate::id::{Code, CustomerId, MessageId};
use crate::workflow::command::{RecordDelivery, RecordHold};
use crate::workflow::event::{BreachCause, Fact};
use crate::workflow::evolve::bit;
use crate::workflow::plan::{Plan, later, stored};
use crate::workflow::rejection::Rule;

/// How long an application may hold a message back after it could first have been sent.
const LONGEST_HOLD: TimeDelta = TimeDelta::hours(24);

pub(super) fn record(plan: &mut Plan<'_>, delivery: &RecordDelivery) -> Result<(), Refusal> {
    let RecordDelivery { message, to, result, why } = delivery.clone();
    let whom = to.as_ref().map_or(Some(0), |customer| plan.case.place(customer)).map_or(0, bit);
    let copy = Copy::of(plan, message, whom);
    plan.record(Fact::Delivery { message, to, result, why });
    match (result, copy) {
        (Delivery::Failed, Some(copy)) => Ok(copy.lost(plan, plan.at)?),
        (Delivery::Sent | Delivery::Delivered | Delivery::Read, Some(copy)) => Ok(copy.came_late(plan)?),
        _ => Ok(()),
    }
}

/// Nobody sent it in time, so it counts as lost to those it was not sent to.
pub(in crate::workflow) fn unsent(
    plan: &mut Plan<'_>,
    message: MessageId,
    at: DateTime<Utc>,
) -> Result<(), Rule> {
    let copy = plan.case.outgoing(message).and_then(|outgoing| Copy::of(plan, message, outgoing.unsent));
    let why = Some(Code::known("not-sent"));
    plan.record_by_time(at, Fact::Delivery { message, to: None, result: Delivery::Failed, why });
    copy.map_or(Ok(()), |copy| copy.lost(plan, at))
}

/// The time in which it has to be sent runs from the end of the hold.
pub(super) fn hold(plan: &mut Plan<'_>, hold: &RecordHold) -> Result<(), Refusal> {
    let RecordHold { message, until } = *hold;
    let held = plan.case.outgoing(message).filter(|outgoing| outgoing.is_underway());
    let held = held.ok_or(Rule::NoSuchMessage)?;
    let latest = later(held.goes_at.unwrap_or(held.at), LONGEST_HOLD);
    let fails_at = held.fails_at.max(plan.fails_at(stored(until)?.min(latest)));
    if fails_at == held.fails_at {
        return Err(Rule::NothingChanges.into());
    }
    plan.record(Fact::Held { message, until, fails_at });
    Ok(())
}

pub(super) fn erase(plan: &mut Plan<'_>, customer: Option<&CustomerId>) {
    plan.record(Fact::Erased { customer: customer.cloned() });
}

/// Some people's copies of a message, as they were before it became known what became of them.
struct Copy {
    message: Outgoing,
    whom: u64,
    may_be_lost: bool,
    /// Somebody of them waits for an answer.
    is_waited_for: bool,
}

impl Copy {
    fn of(plan: &Plan<'_>, message: MessageId, whom: u64) -> Option<Self> {
        let place = plan.case.cycle.copy(message, whom)?;
        let message = plan.case.cycle.outgoing.get(place)?.clone();
        let mut waiting = plan.case.conversation.waiting.iter();
        let is_waited_for = waiting.any(|waiting| bit(waiting.who) & whom != 0);
        Some(Self { whom, may_be_lost: plan.case.may_lose(&message), is_waited_for, message })
    }

    /// What the message ended for them is owed again, unless a later one ends it as well: then that one's time
    /// decides.
    fn lost(&self, plan: &mut Plan<'_>, at: DateTime<Utc>) -> Result<(), Rule> {
        let lost = &self.message;
        let missed = lost.owed & self.whom & lost.unarrived;
        if missed == 0 || !self.may_be_lost {
            return Ok(());
        }
        let place = plan.case.cycle.copy(lost.message, missed);
        for ended in lost.ended.iter().filter(|ended| ended.owed & missed != 0) {
            // A customer who waits for a resolution is told how it stands.
            if ended.id.kind != DeadlineKind::Update || plan.case.stage.is_unresolved() {
                let whom = ended.owed & missed;
                let counts = |other: &Outgoing| other.satisfies(ended);
                let instead = place.and_then(|place| plan.case.cycle.stand_in(place, whom, counts));
                let instead = instead.and_then(|place| plan.case.cycle.outgoing.get(place));
                let instead = instead.map(|other| StandIn { at: other.at, message: other.message, whom });
                rearm(plan, lost, ended, instead, at)?;
            }
        }
        for kind in [DeadlineKind::Respond, DeadlineKind::Update] {
            the_oldest_keeps_the_clock(plan, kind);
        }
        conversation::a_clock_for_who_waits(plan)?;
        match lost.purpose {
            Purpose::Resolution if plan.case.stage == Stage::InProgress => {
                keep_them_posted(plan, lost)?;
                for kind in [DeadlineKind::FollowUp, DeadlineKind::Confirm] {
                    plan.moot(kind, MootReason::Undelivered);
                }
            }
            Purpose::FollowUp if nobody_was_asked(plan, lost.message) => ending::not_asked(plan, at)?,
            // Nobody answers what they did not get.
            Purpose::Word if plan.case.waiting_for == Some(WaitingFor::Customer) => {
                conversation::end_wait_at(plan, at)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// It had been given up and came: what it says counts from then.
    fn came_late(&self, plan: &mut Plan<'_>) -> Result<(), Rule> {
        let late = &self.message;
        let over = matches!(plan.case.stage, Stage::Invited | Stage::Closed);
        let is_late = late.lost & self.whom != 0;
        if over || !is_late || !self.is_waited_for && late.owed & self.whom == 0 {
            return Ok(());
        }
        let by = Some(late.message);
        if late.answers() && late.overtaken & self.whom == 0 {
            conversation::a_person_spoke(plan, plan.case.deadlines.has(DeadlineKind::Acknowledge), by)
        } else if late.acknowledges() {
            conversation::acknowledged(plan, by)
        } else {
            Ok(())
        }
    }
}

/// The message that stands in for a lost one, when it was said, and for whom.
#[derive(Clone, Copy)]
pub(super) struct StandIn {
    pub(super) at: DateTime<Utc>,
    pub(super) message: MessageId,
    pub(super) whom: u64,
}

/// True when the time to answer is that of this follow-up, and nobody got it.
fn nobody_was_asked(plan: &Plan<'_>, message: MessageId) -> bool {
    let mut follow_ups = plan.case.cycle.outgoing.iter().filter(|other| other.purpose == Purpose::FollowUp);
    plan.case.deadlines.has(DeadlineKind::Confirm)
        && follow_ups.next_back().is_some_and(|last| last.message == message && last.to & !last.lost == 0)
}

fn rearm(
    plan: &mut Plan<'_>,
    lost: &Outgoing,
    ended: &Ended,
    instead: Option<StandIn>,
    at: DateTime<Utc>,
) -> Result<(), Rule> {
    let deadline = again(plan, lost, ended, at)?;
    if lost.of.is_some() {
        return pairs::owed_again(plan, &deadline, instead);
    }
    let (id, due, late_from) = (deadline.id, deadline.due, deadline.late_from);
    // Somebody else's copy was lost before, and it runs already.
    if plan.case.deadlines.get(id).is_none() {
        plan.change(DeadlineChange::Rearmed { deadline: Arc::new(deadline), was: ended.was });
    }
    let missed = plan.case.deadlines.get(id).is_some_and(|deadline| deadline.state == DeadlineState::Running)
        && late_from <= at;
    if let Some(StandIn { at, message, whom }) = instead {
        plan.meet_for(id, at, Some(message), whom);
    } else if missed && id.kind.is_owed() {
        plan.breach(id, due, BreachCause::Undelivered);
    }
    Ok(())
}

/// The deadline as it would be if the message had not been said.
fn again(plan: &Plan<'_>, lost: &Outgoing, ended: &Ended, at: DateTime<Utc>) -> Result<Deadline, Rule> {
    let mut deadline = ended.deadline(plan.deadline(ended.id.kind, ended.anchor, ended.due));
    if ended.was == WasEnded::Late || plan.case.deadlines.is_breached(ended.id) {
        deadline.state = DeadlineState::Breached;
        deadline.next_step = plan.escalation_from(ended.steps_fired, deadline.due, at);
        return Ok(deadline);
    }
    let from = ended.stood_since.unwrap_or(lost.at);
    plan.through_pauses(&mut deadline, &plan.case.cycle.pauses, from)?;
    if deadline.state == DeadlineState::Running && ended.id.kind.is_owed() {
        deadline.next_step = plan.warning_from(ended.steps_fired, at, deadline.due);
    }
    Ok(deadline)
}

/// A customer who waits for a resolution again is told how it stands again: from the last word that reached
/// them after the lost one, if that one made up for it.
fn keep_them_posted(plan: &mut Plan<'_>, lost: &Outgoing) -> Result<(), Rule> {
    let posted = lost.ended.iter().any(|ended| ended.id.kind == DeadlineKind::Update);
    if !posted || plan.case.deadlines.has(DeadlineKind::Update) {
        return Ok(());
    }
    let words = plan.case.cycle.outgoing.iter().filter(|other| !other.has_failed() && other.answers());
    words.map(|other| other.at).max().map_or(Ok(()), |last| plan.set(DeadlineKind::Update, last))
}

/// Of two that run for the same, the one that is due first goes on: after a merge that need not be the one
/// with the smaller number.
fn the_oldest_keeps_the_clock(plan: &mut Plan<'_>, kind: DeadlineKind) {
    let live = || plan.case.deadlines.of_kind(kind);
    let Some(oldest) = live().min_by_key(|deadline| (deadline.due, deadline.id)).map(|deadline| deadline.id)
    else {
        return;
    };
    let others: Vec<_> = live().map(|deadline| deadline.id).filter(|id| *id != oldest).collect();
    for id in others {
        plan.change(DeadlineChange::Superseded { id, by: oldest });
    }
}
