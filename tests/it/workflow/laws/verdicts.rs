//! Verdicts follow from the instants of the events, and from nothing else: not from when somebody
//! looked.

use chrono::{DateTime, Utc};
use talkback::workflow::BreachCause;
use talkback::{Case, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, Delivery, Event, Fact};

use super::{Run, Seen, hold};

/// I12: missed iff nothing that satisfies it occurred by its due time and was recorded within the grace;
/// that it is recorded then is law 2's to say. I13: a deadline ends once.
pub(crate) fn verdicts_follow_the_instants(seen: &Seen<'_>) -> Result<(), String> {
    for (before, event, _) in seen.unfolded() {
        for n in 0..event.changes.len() {
            one_change(before, event, n).map_err(|what| format!("{what}: {event:#?}"))?;
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Running,
    Paused,
    Breached,
}

/// What is known of a live deadline before a change of it.
#[derive(Clone, Copy)]
struct Known {
    due: DateTime<Utc>,
    late_from: DateTime<Utc>,
    state: State,
}

/// The deadline before the n-th change of an event; `None` when it is not live.
fn before_change(before: Option<&Case>, event: &Event, n: usize, id: DeadlineId) -> Option<Known> {
    let known = |deadline: &talkback::Deadline| Known {
        due: deadline.due,
        late_from: deadline.late_from,
        state: match deadline.state {
            DeadlineState::Paused { .. } => State::Paused,
            DeadlineState::Breached => State::Breached,
            _ => State::Running,
        },
    };
    let mut now = before.and_then(|case| case.deadlines.get(id)).map(known);
    for change in event.changes.iter().take(n) {
        match change {
            DeadlineChange::Set(deadline)
            | DeadlineChange::Rearmed { deadline, .. }
            | DeadlineChange::Retargeted { deadline, .. }
                if deadline.id == id =>
            {
                now = Some(known(deadline));
            }
            DeadlineChange::Moved { id: of, due, late_from, .. } if *of == id => {
                now = now.map(|_| Known { due: *due, late_from: *late_from, state: State::Running });
            }
            DeadlineChange::Paused { id: of, .. } if *of == id => {
                now = now.map(|now| Known { state: State::Paused, ..now });
            }
            DeadlineChange::Breached { id: of, .. } if *of == id => {
                now = now.map(|now| Known { state: State::Breached, ..now });
            }
            DeadlineChange::Met { id: of, .. }
            | DeadlineChange::Lapsed { id: of, .. }
            | DeadlineChange::Waived { id: of, .. }
            | DeadlineChange::Superseded { id: of, .. }
            | DeadlineChange::Moot { id: of, .. }
                if *of == id =>
            {
                now = None;
            }
            _ => {}
        }
    }
    now
}

fn one_change(before: Option<&Case>, event: &Event, n: usize) -> Result<(), String> {
    let recorded = event.recorded_at;
    let was = |id: &DeadlineId| before_change(before, event, n, *id);
    match &event.changes[n] {
        DeadlineChange::Rearmed { deadline, .. } => {
            let id = deadline.id;
            let failed = matches!(event.fact, Fact::Delivery { result: Delivery::Failed, .. });
            // What follows for another deadline of the message may stand in an event of its own.
            hold!(failed || matches!(event.fact, Fact::Breached { .. }), "{id} is owed again");
            hold!(was(&id).is_none(), "{id} is owed again, but had not ended");
        }
        DeadlineChange::Retargeted { deadline, old_due } => {
            let id = deadline.id;
            let Some(known) = was(&id) else {
                return Err(format!("{id} has another target, but is not live"));
            };
            hold!(known.due == *old_due, "{id} was due {}, not {old_due}", known.due);
            hold!(known.state != State::Breached, "{id} was missed and has another target");
        }
        DeadlineChange::Breached { id, due, detected, .. } => {
            let Some(deadline) = was(id) else { return Err(format!("{id} is missed, not live")) };
            hold!(id.kind.is_owed(), "{id} is a limit");
            hold!(deadline.state == State::Running, "{id} is missed, but does not run");
            hold!(*due == deadline.due && *detected <= recorded, "{id} is missed at another time");
            // Before that only by doing it too late, in the same breath.
            let met_late = |other: &DeadlineChange| matches!(other, DeadlineChange::Met { id: met, at, .. } if met == id && at > due);
            let cause = matches!(event.fact, Fact::Breached { cause: BreachCause::DoneLate, .. });
            let done_late = cause && event.changes.iter().any(met_late);
            hold!(recorded >= deadline.late_from || done_late, "{id} is missed too early");
        }
        DeadlineChange::Met { id, at, .. } => {
            let Some(deadline) = was(id) else { return Err(format!("{id} is met, not live: it ends twice")) };
            // A later message stood in for one that did not arrive.
            let again = |other: &DeadlineChange| matches!(other, DeadlineChange::Rearmed { deadline, .. } if deadline.id == *id);
            let stood_in = event.changes.iter().any(again);
            let in_time = *at <= deadline.due && (recorded < deadline.late_from || stood_in);
            let running = deadline.state == State::Running;
            hold!(!running || in_time || !id.kind.is_owed(), "{id} is met at {at}, due {}", deadline.due);
        }
        DeadlineChange::Lapsed { id, at } => {
            let Some(deadline) = was(id) else { return Err(format!("{id} lapses, not live: it ends twice")) };
            hold!(!id.kind.is_owed(), "{id} is owed and cannot lapse");
            let then = *at == deadline.due && recorded >= deadline.late_from;
            hold!(then && deadline.state == State::Running, "{id} lapses at another time");
        }
        DeadlineChange::Moot { id, .. }
        | DeadlineChange::Waived { id, .. }
        | DeadlineChange::Superseded { id, .. } => {
            hold!(was(id).is_some(), "{id} ends, but is not live: it ends twice");
        }
        _ => {}
    }
    Ok(())
}

pub(crate) fn law_11_ticks_do_not_matter(run: &Run) -> Result<(), String> {
    let Some((first, others)) = run.others.split_first() else { return Ok(()) };
    for (number, other) in others.iter().enumerate() {
        for (n, (a, b)) in first.steps.iter().zip(&other.steps).enumerate() {
            let one = (a.outcome.as_ref().map(|_| ()), a.after.as_ref());
            let two = (b.outcome.as_ref().map(|_| ()), b.after.as_ref());
            same_verdicts(one, two).map_err(|what| {
                format!("life {number}, step {n}, {:?} at {}: {what}", a.order.command.kind(), a.order.now)
            })?;
        }
    }
    Ok(())
}

/// A refusal or not, and the case afterwards.
type Outcome<'a> = (Result<(), &'a talkback::Rejection>, Option<&'a Case>);

/// 11: one command at one time, on one case that was looked at, at other times or not at all: refused by
/// one rule, or with the same verdicts, due times and stages. The floor is set by whoever looks; it is a
/// limit, and no verdict.
pub(crate) fn same_verdicts(one: Outcome<'_>, two: Outcome<'_>) -> Result<(), String> {
    let (x, y) = (one.0.err(), two.0.err());
    hold!(x.map(|x| &x.rule) == y.map(|y| &y.rule), "{x:?} or {y:?}");
    let (Some(a), Some(b)) = (one.1, two.1) else { return Ok(()) };
    if x.is_some() {
        return Ok(());
    }
    hold!((a.stage, a.cycle.number) == (b.stage, b.cycle.number), "{} or {}", a.stage, b.stage);
    let end = |case: &'_ Case| case.closed.as_ref().map(|closed| closed.at);
    let why = |case: &Case, other: &Case| match (&case.closed, &other.closed) {
        (Some(one), Some(two)) => one.reason == two.reason,
        (one, two) => one.is_none() == two.is_none(),
    };
    hold!(end(a) == end(b) && why(a, b), "closed {:?} or {:?}", a.closed, b.closed);
    let (x, y) = (a.deadlines.breaches(), b.deadlines.breaches());
    let as_missed = |one: &talkback::Breach| {
        y.iter().any(|two| (one.id, one.due, one.met, one.excused) == (two.id, two.due, two.met, two.excused))
    };
    hold!(x.len() == y.len() && x.iter().all(as_missed), "missed {x:#?}\nor {y:#?}");
    for kind in DeadlineKind::ALL.into_iter().filter(|kind| *kind != DeadlineKind::Review) {
        let (x, y) = (a.deadlines.tally(kind), b.deadlines.tally(kind));
        hold!(x == y, "{kind}: {x:?} or {y:?}");
        let (x, y) = (a.deadlines.of_kind(kind), b.deadlines.of_kind(kind));
        hold!(x.count() == y.count(), "other {kind} are live");
        for one in a.deadlines.of_kind(kind) {
            let two = b.deadlines.get(one.id).map(|two| (two.due, &two.state));
            hold!(two == Some((one.due, &one.state)), "{one:?} or {two:?}");
        }
    }
    Ok(())
}
