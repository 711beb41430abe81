//! Laws of deadlines: nobody is forgotten, the past stays, lateness stays, and who was answered is owed
//! nothing.

use talkback::policy::ExtensionLength;
use talkback::{
    Breach, Case, Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, Event, Fact,
    MAX_LISTED_BREACHES, Stage, Tally,
};

use super::{Seen, hold, looks, running};

/// 2, with I7 and I8: an open case has a live deadline and wakes up in time for it, a closed one has
/// none.
pub(crate) fn law_02_nobody_is_forgotten(seen: &Seen<'_>) -> Result<(), String> {
    let Some(case) = seen.stored() else { return Ok(()) };
    let live = case.deadlines.live();
    let next = live.iter().filter_map(|deadline| looks(deadline)).min();
    if case.stage == Stage::Closed {
        hold!(live.is_empty() && case.wake_up().is_none(), "closed, but {live:?} is live");
        return Ok(());
    }
    hold!(!live.is_empty(), "open without a live deadline");
    let (Some(next), Some(wake_up)) = (next, case.wake_up()) else {
        return Err(format!("open without a wake-up: {live:#?}"));
    };
    hold!(wake_up <= next, "wakes up {wake_up}, but {next} comes first");
    let unsent = case.cycle.outgoing.iter().filter(|outgoing| outgoing.is_underway());
    let unsent = unsent.filter_map(|outgoing| outgoing.fails_at).min();
    hold!(unsent.is_none_or(|at| wake_up <= at), "wakes up {wake_up}, unsent {unsent:?}");
    // After whatever was accepted, all that was due has been done, but for a very long ladder: ticking
    // at the wake-up moves on.
    let fired = seen.events().iter().filter(|event| matches!(event.fact, Fact::Escalated { .. })).count();
    let done = fired >= 256 || wake_up > seen.order.now;
    hold!(done, "what was due at {wake_up} was left, at {}", seen.order.now);
    armed(case)
}

/// What a stage has to keep armed, whatever the policy.
fn armed(case: &Case) -> Result<(), String> {
    let has = |kind| case.deadlines.has(kind);
    hold!(case.stage != Stage::Waiting || has(DeadlineKind::Resume), "a wait without an end");
    hold!(case.stage == Stage::Waiting || !has(DeadlineKind::Resume), "the end of a wait without a wait");
    hold!(case.stage == Stage::Invited || !has(DeadlineKind::Expire), "expires, but is no invitation");
    let asked = case.stage == Stage::FollowedUp;
    hold!(asked || !has(DeadlineKind::Confirm), "time to answer what was not asked");
    let paused = |d: &Deadline| matches!(d.state, DeadlineState::Paused { .. });
    let stands = case.deadlines.live().iter().find(|deadline| paused(deadline));
    hold!(case.stage == Stage::Waiting || stands.is_none(), "{stands:?} stands still without a wait");
    let unpausable = case.deadlines.live().iter().find(|deadline| paused(deadline) && !deadline.pausable);
    hold!(unpausable.is_none(), "{unpausable:?} must not stand still");
    let runs = running(case, DeadlineKind::Update).chain(running(case, DeadlineKind::Resolve));
    let must_stand = runs
        .filter(|d| d.pausable && case.stage == Stage::Waiting && d.anchor > case.received_at)
        .find(|d| case.cycle.pauses.last().is_some_and(|pause| d.anchor > pause.from));
    hold!(must_stand.is_none(), "{must_stand:?} runs while the case waits");
    Ok(())
}

pub(crate) fn law_04_the_past_stays(seen: &Seen<'_>) -> Result<(), String> {
    for (before, event, after) in seen.unfolded() {
        for (n, change) in event.changes.iter().enumerate() {
            if let DeadlineChange::Set(deadline) = change {
                set_anew(before, event, n, deadline, after)?;
            }
            if let DeadlineChange::Moved { id, .. } = change {
                let known = set_before(before, event, n, *id);
                hold!(known.is_some(), "{id} is not live, and moves");
            }
            if let DeadlineChange::Retargeted { deadline, .. } = change {
                let known = set_before(before, event, n, deadline.id);
                hold!(known.is_some(), "{} is not live, and has another target", deadline.id);
                // What a message had met in a case that was merged, and lost now, may be due earlier.
                let of_a_merged_case = |message: &talkback::MessageId| {
                    let moved = |other: &talkback::Outgoing| other.message == *message && other.of.is_some();
                    before.is_some_and(|case| case.cycle.outgoing.iter().any(moved))
                };
                let asked = match &event.fact {
                    Fact::Retargeted { .. }
                    | Fact::Recalculated { .. }
                    | Fact::Absorbed { .. }
                    | Fact::ClockCorrected { .. } => true,
                    Fact::Delivery { message, .. } => of_a_merged_case(message),
                    _ => false,
                };
                hold!(asked, "{} has another target, and nobody asked", deadline.id);
            }
        }
        for deadline in after.deadlines.live() {
            let touched = |change: &DeadlineChange| of(change) == deadline.id;
            let same = before.and_then(|case| case.deadlines.get(deadline.id)) == Some(deadline);
            if !same || event.changes.iter().any(touched) {
                follows(before, event, deadline)?;
            }
        }
    }
    Ok(())
}

/// A deadline that begins is not one that there was.
fn set_anew(
    before: Option<&Case>,
    event: &Event,
    n: usize,
    deadline: &Deadline,
    after: &Case,
) -> Result<(), String> {
    let id = deadline.id;
    let same_cycle = before.filter(|before| before.cycle.number == after.cycle.number);
    let had = same_cycle.map_or(0, |before| before.cycle.had(id.kind));
    hold!(id.n > had, "{id} is set, but there were {had} of its kind");
    hold!(set_before(before, event, n, id).is_none(), "{id} is set twice");
    let breaches = before.map(|case| case.deadlines.breaches()).unwrap_or_default();
    hold!(!breaches.iter().any(|breach| breach.id == id), "{id} was missed, and is set again");
    Ok(())
}

/// The deadline of that id as it was before the n-th change of an event, or as that event set it.
fn set_before<'a>(
    before: Option<&'a Case>,
    event: &'a Event,
    n: usize,
    id: DeadlineId,
) -> Option<&'a Deadline> {
    let here = event.changes.iter().take(n).find_map(|change| match change {
        DeadlineChange::Set(deadline) | DeadlineChange::Rearmed { deadline, .. } if deadline.id == id => {
            Some(&**deadline)
        }
        _ => None,
    });
    here.or_else(|| before.and_then(|case| case.deadlines.get(id)))
}

/// Which deadline a change is about.
fn of(change: &DeadlineChange) -> DeadlineId {
    match change {
        DeadlineChange::Set(deadline)
        | DeadlineChange::Rearmed { deadline, .. }
        | DeadlineChange::Retargeted { deadline, .. } => deadline.id,
        DeadlineChange::Met { id, .. }
        | DeadlineChange::Breached { id, .. }
        | DeadlineChange::Lapsed { id, .. }
        | DeadlineChange::Paused { id, .. }
        | DeadlineChange::Moved { id, .. }
        | DeadlineChange::Step { id, .. }
        | DeadlineChange::Accepted { id, .. }
        | DeadlineChange::Waived { id, .. }
        | DeadlineChange::Superseded { id, .. }
        | DeadlineChange::Moot { id, .. }
        | DeadlineChange::Excused { id, .. } => *id,
        _ => unreachable!("a change that the laws do not know: {change:?}"),
    }
}

/// A deadline is what the events made of it, and each of them had a reason.
fn follows(before: Option<&Case>, event: &Event, deadline: &Deadline) -> Result<(), String> {
    let id = deadline.id;
    let Some(set) = set_before(before, event, event.changes.len(), id) else {
        return Err(format!("{id} is live, but no event set it"));
    };
    let mut known = set.clone();
    for change in event.changes.iter().filter(|change| of(change) == id) {
        match change {
            DeadlineChange::Moved { anchor, due, late_from, extended, .. } => {
                let paused = matches!(known.state, DeadlineState::Paused { .. });
                hold!(paused || known.provisional || *extended, "{id} moves without a reason");
                if let (true, Some(extension)) = (*extended, &known.extension) {
                    known.extended += 1;
                    let missed = known.state == DeadlineState::Breached || *due < known.due;
                    hold!(!missed, "{id} is extended after it was due, or to an earlier time");
                    hold!(known.extended <= extension.times, "{id} is extended too often");
                    if let ExtensionLength::To(total) = &extension.length {
                        known.span = Some(total.clone());
                    }
                }
                hold!(!paused || *due >= known.due, "{id} is due earlier after a wait");
                known.state = DeadlineState::Running;
                (known.anchor, known.due, known.late_from) = (*anchor, *due, *late_from);
                known.provisional = false;
            }
            DeadlineChange::Paused { at, remaining, .. } => {
                known.state = DeadlineState::Paused { at: *at, remaining: remaining.clone() };
            }
            DeadlineChange::Breached { .. } => known.state = DeadlineState::Breached,
            DeadlineChange::Rearmed { deadline, .. } | DeadlineChange::Retargeted { deadline, .. } => {
                known = (**deadline).clone();
            }
            _ => {}
        }
    }
    let fixed = |d: &Deadline| (d.anchor, d.due, d.late_from, d.soft, d.extended);
    let same = fixed(&known) == fixed(deadline)
        && (&known.span, &known.basis, &known.state) == (&deadline.span, &deadline.basis, &deadline.state);
    hold!(same, "{known:?} became {deadline:?}");
    Ok(())
}

/// True for what lets a deadline run again that a message had ended: only one that did not arrive does.
fn taken_back(seen: &Seen<'_>, which: impl Fn(DeadlineId) -> bool) -> bool {
    seen.events()
        .iter()
        .flat_map(|event| &event.changes)
        .any(|change| matches!(change, DeadlineChange::Rearmed { deadline, .. } if which(deadline.id)))
}

/// 5, with I11: what was missed stays missed, once, at the instant at which it was due.
pub(crate) fn law_05_late_stays_late(seen: &Seen<'_>) -> Result<(), String> {
    for (before, event, after) in seen.unfolded() {
        let known = before.map(|case| case.deadlines.breaches()).unwrap_or_default();
        for (n, change) in event.changes.iter().enumerate() {
            let DeadlineChange::Breached { id, due, .. } = change else { continue };
            let told = |other: &DeadlineChange| matches!(other, DeadlineChange::Breached { id: told, .. } if told == id);
            let twice = event.changes.iter().take(n).any(told) || known.iter().any(|old| old.id == *id);
            hold!(!twice, "{id} is missed twice");
            let listed = after.deadlines.breaches().iter().find(|breach| breach.id == *id);
            hold!(listed.is_some_and(|listed| listed.due == *due), "the breach of {id} is not recorded");
        }
    }
    let stored = seen.stored().map(|after| (seen.before, after));
    for (before, after) in seen.unfolded().map(|(before, _, after)| (before, after)).chain(stored) {
        if let Some(before) = before {
            what_was_missed_stays(seen, before, after)?;
        }
    }
    Ok(())
}

fn what_was_missed_stays(seen: &Seen<'_>, before: &Case, after: &Case) -> Result<(), String> {
    // Old ones leave the list when it is full, and stay in the tallies.
    let full = after.deadlines.breaches().len() >= MAX_LISTED_BREACHES;
    for (n, old) in before.deadlines.breaches().iter().enumerate() {
        let same = after.deadlines.breaches().get(n).filter(|new| new.id == old.id);
        let new = same.or_else(|| after.deadlines.breaches().iter().find(|new| new.id == old.id));
        hold!(new.is_some() || full, "the breach of {} is gone", old.id);
        let kept = new.is_none_or(|new| {
            (new.due, new.detected, new.soft) == (old.due, old.detected, old.soft)
                && (old.met.is_none() || old.met == new.met)
                && (old.excused.is_none() || new.excused.is_some())
        });
        let same_breach = |new: &Breach| (new.due, new.detected) == (old.due, old.detected);
        let rearmed = !kept && new.is_some_and(same_breach) && taken_back(seen, |id| id == old.id);
        hold!(kept || rearmed, "{old:?} became {new:?}");
    }
    for kind in DeadlineKind::ALL {
        let (old, new) = (before.deadlines.tally(kind), after.deadlines.tally(kind));
        let numbers = |t: Tally| [t.set, t.met, t.late, t.breached, t.excused, t.lapsed, t.waived, t.moot];
        let falls = old != new && numbers(old).iter().zip(numbers(new)).any(|(old, new)| *old > new);
        let rearmed = falls && new.breached >= old.breached && taken_back(seen, |id| id.kind == kind);
        hold!(!falls || rearmed, "fewer than before: {old:?}, then {new:?}");
    }
    Ok(())
}

pub(crate) fn law_06_answered_or_owed(seen: &Seen<'_>) -> Result<(), String> {
    for (before, event, _) in seen.unfolded() {
        let by_time =
            matches!(event.fact, Fact::Breached { .. } | Fact::Lapsed { .. } | Fact::Escalated { .. });
        let over = before.is_some_and(|case| case.stage == Stage::Closed);
        hold!(!(over && by_time), "{:?} in a closed case", event.fact);
    }
    let Some(case) = seen.stored() else { return Ok(()) };
    let unanswered = case.conversation.unanswered_since();
    let mut respond = case.deadlines.of_kind(DeadlineKind::Respond);
    let owed = respond.next();
    hold!(respond.next().is_none(), "more than one deadline for one answer");
    hold!(owed.is_none() || unanswered.is_some(), "answered, but {owed:?} is live");
    // Whoever asks for answers at all does so for every kind of feedback in these tests.
    let policy = seen.book.of(&case.head.policy, case.head.policy_version);
    // One that took the place of the case's own asks only for what comes after it.
    let asks =
        policy.is_some_and(|policy| *policy.id() == case.head.policy && policy.has(DeadlineKind::Respond));
    hold!(!asks || unanswered.is_none() || owed.is_some(), "nobody owes the answer");
    let live = case.deadlines.live();
    for (n, deadline) in live.iter().enumerate() {
        let kind = deadline.id.kind;
        let many = matches!(kind, DeadlineKind::Promise | DeadlineKind::Thank);
        let twice = live.iter().take(n).any(|other| other.id.kind == kind);
        hold!(many || !twice, "two live {kind}");
    }
    Ok(())
}
