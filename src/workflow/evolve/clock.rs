//! A clock that had run ahead and is right again.

use chrono::{DateTime, TimeDelta, Utc};

use crate::case::{Case, Closed, Cycle, Ended, Outgoing, Pause, ResolveLeft};

/// What the case knows of a time after `latest` counts from then. What was recorded stays recorded: the
/// breaches, and every event.
pub(in crate::workflow) fn corrected(case: &mut Case, latest: DateTime<Utc>) {
    case.received_at = case.received_at.min(latest);
    case.conversation.not_after(latest);
    if let Some(closed) = &mut case.closed {
        end(closed, latest);
    }
    cycle(&mut case.cycle, latest);
}

fn cycle(cycle: &mut Cycle, latest: DateTime<Utc>) {
    cycle.started_at = cycle.started_at.min(latest);
    for instant in
        [&mut cycle.acknowledged_at, &mut cycle.responded_at, &mut cycle.resolved_at, &mut cycle.answered_at]
            .into_iter()
            .flatten()
    {
        *instant = latest.min(*instant);
    }
    cycle.pauses.iter_mut().chain(&mut cycle.earlier_pauses).for_each(|one| pause(one, latest));
    cycle.outgoing.iter_mut().for_each(|outgoing| message(outgoing, latest));
    if let Some(left) = &mut cycle.resolve_left {
        rest(left, latest);
    }
}

fn pause(pause: &mut Pause, latest: DateTime<Utc>) {
    pause.from = pause.from.min(latest);
    pause.to = pause.to.map(|to| to.min(latest));
}

/// It has as long to be sent as it had.
fn message(outgoing: &mut Outgoing, latest: DateTime<Utc>) {
    let ahead = ahead(outgoing.at, latest);
    outgoing.at -= ahead;
    outgoing.goes_at = outgoing.goes_at.map(|at| at - ahead);
    outgoing.fails_at = outgoing.fails_at.map(|at| at - ahead);
    outgoing.answered.iter_mut().for_each(|waiting| waiting.not_after(latest));
    outgoing.ended.iter_mut().for_each(|one| ended(one, latest));
}

/// If it runs again, it has as long as it had.
fn ended(ended: &mut Ended, latest: DateTime<Utc>) {
    let ahead = ahead(ended.anchor, latest);
    ended.anchor -= ahead;
    ended.due -= ahead;
    ended.moot_until = ended.moot_until.map(|until| until - ahead);
    ended.stood_since = ended.stood_since.map(|since| since.min(latest));
}

fn rest(left: &mut ResolveLeft, latest: DateTime<Utc>) {
    let ahead = ahead(left.anchor, latest);
    left.anchor -= ahead;
    left.due -= ahead;
}

fn end(closed: &mut Closed, latest: DateTime<Utc>) {
    let ahead = ahead(closed.at, latest);
    closed.at -= ahead;
    closed.reopen_until -= ahead;
}

/// By how much an instant lies beyond `latest`.
fn ahead(at: DateTime<Utc>, latest: DateTime<Utc>) -> TimeDelta {
    (at - latest).max(TimeDelta::zero())
}
