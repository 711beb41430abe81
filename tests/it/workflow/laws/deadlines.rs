//! Laws of deadlines: nobody is forgotten, the past stays, lateness stays, and nobody's ticking
//! matters.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use talkback::policy::ExtensionLength;
use talkback::workflow::{BreachCause, Event, Fact};
use talkback::{
    Case, CloseReason, Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, Delivery, Excuse,
    Stage, Tally,
};

use super::{Run, hold, running};

/// The first instant at which a deadline needs somebody to look.
fn looks(deadline: &Deadline) -> Option<DateTime<Utc>> {
    let step = deadline.next_step.as_ref().map(|step| step.at);
    match deadline.state {
        DeadlineState::Running => step.into_iter().chain([deadline.late_from]).min(),
        DeadlineState::Breached => step,
        _ => None,
    }
}

pub(crate) fn law_02_nobody_is_forgotten(run: &Run) -> Result<(), String> {
    for (n, step) in run.steps.iter().enumerate() {
        let Some(case) = &step.after else { continue };
        let live = case.deadlines.live();
        let next = live.iter().filter_map(|deadline| looks(deadline)).min();
        if case.stage == Stage::Closed {
            hold!(live.is_empty() && case.wake_up().is_none(), "step {n}: closed, but {live:?} is live");
            continue;
        }
        hold!(!live.is_empty(), "step {n}: open without a live deadline");
        let (Some(next), Some(wake_up)) = (next, case.wake_up()) else {
            return Err(format!("step {n}: open without a wake-up: {live:#?}"));
        };
        hold!(wake_up <= next, "step {n}: wakes up {wake_up}, but {next} comes first");
        let unsent = case.cycle.outgoing.iter().filter(|outgoing| outgoing.is_underway());
        let unsent = unsent.filter_map(|outgoing| outgoing.fails_at).min();
        hold!(unsent.is_none_or(|at| wake_up <= at), "step {n}: wakes up {wake_up}, unsent {unsent:?}");
        // After whatever was accepted, all that was due has been done, but for a very long ladder:
        // ticking at the wake-up moves on.
        let fired = step.events().iter().filter(|event| matches!(event.fact, Fact::Escalated { .. })).count();
        let done = step.outcome.is_err() || fired >= 256 || wake_up > case.updated_at;
        hold!(done, "step {n}: what was due at {wake_up} was left, at {}", case.updated_at);
        armed(case).map_err(|what| format!("step {n}: {what}"))?;
    }
    Ok(())
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

pub(crate) fn law_04_the_past_stays(run: &Run) -> Result<(), String> {
    let mut seen: BTreeSet<DeadlineId> = BTreeSet::new();
    for (n, step) in run.steps.iter().enumerate() {
        let mut live: BTreeMap<DeadlineId, Deadline> = BTreeMap::new();
        let before = step.before.iter().flat_map(|case| case.deadlines.live());
        live.extend(before.map(|deadline| (deadline.id, (**deadline).clone())));
        seen.extend(live.keys());
        for change in step.events().iter().flat_map(|event| &event.changes) {
            match change {
                DeadlineChange::Set(deadline) => {
                    hold!(seen.insert(deadline.id), "step {n}: {} is set twice", deadline.id);
                    live.insert(deadline.id, (**deadline).clone());
                }
                DeadlineChange::Moved { id, anchor, due, late_from, extended, .. } => {
                    let Some(deadline) = live.get_mut(id) else {
                        return Err(format!("step {n}: {id} is not live, and moves"));
                    };
                    let paused = matches!(deadline.state, DeadlineState::Paused { .. });
                    let reason = paused || deadline.provisional || *extended;
                    hold!(reason, "step {n}: {id} moves without a reason");
                    if let (true, Some(extension)) = (*extended, &deadline.extension) {
                        deadline.extended += 1;
                        let missed = deadline.state == DeadlineState::Breached || *due < deadline.due;
                        hold!(!missed, "step {n}: {id} is extended after it was due, or to an earlier time");
                        hold!(deadline.extended <= extension.times, "step {n}: {id} is extended too often");
                        if let ExtensionLength::To(total) = &extension.length {
                            deadline.span = Some(total.clone());
                        }
                    }
                    hold!(!paused || *due >= deadline.due, "step {n}: {id} is due earlier after a wait");
                    deadline.state = DeadlineState::Running;
                    (deadline.anchor, deadline.due, deadline.late_from) = (*anchor, *due, *late_from);
                    deadline.provisional = false;
                }
                DeadlineChange::Paused { id, at, remaining } => {
                    if let Some(deadline) = live.get_mut(id) {
                        deadline.state = DeadlineState::Paused { at: *at, remaining: remaining.clone() };
                    }
                }
                DeadlineChange::Breached { id, .. } => {
                    if let Some(deadline) = live.get_mut(id) {
                        deadline.state = DeadlineState::Breached;
                    }
                }
                DeadlineChange::Rearmed { deadline, .. } => {
                    live.insert(deadline.id, (**deadline).clone());
                }
                DeadlineChange::Retargeted { deadline, .. } => {
                    let asked = |event: &Event| {
                        matches!(
                            event.fact,
                            Fact::Retargeted { .. } | Fact::Recalculated { .. } | Fact::Absorbed { .. }
                        )
                    };
                    let asked = step.events().iter().any(asked);
                    hold!(asked, "step {n}: {} has another target, and nobody asked", deadline.id);
                    live.insert(deadline.id, (**deadline).clone());
                }
                _ => {}
            }
        }
        for deadline in step.after.iter().flat_map(|case| case.deadlines.live()) {
            let Some(known) = live.get(&deadline.id) else {
                return Err(format!("step {n}: {} is live, but no event set it", deadline.id));
            };
            let fixed =
                |d: &Deadline| (d.anchor, d.due, d.late_from, d.span.clone(), d.basis.clone(), d.soft);
            hold!(fixed(known) == fixed(deadline), "step {n}: {known:?} became {deadline:?}");
            hold!(known.state == deadline.state, "step {n}: {known:?} became {deadline:?}");
        }
    }
    Ok(())
}

pub(crate) fn law_05_late_stays_late(run: &Run) -> Result<(), String> {
    let mut breached: BTreeMap<DeadlineId, DateTime<Utc>> = BTreeMap::new();
    for (n, step) in run.steps.iter().enumerate() {
        let old = step.before.iter().flat_map(|case| case.deadlines.breaches());
        breached.extend(old.map(|breach| (breach.id, breach.due)));
        for event in step.events() {
            for change in &event.changes {
                let DeadlineChange::Breached { id, due, .. } = change else { continue };
                hold!(breached.insert(*id, *due).is_none(), "step {n}: {id} is missed twice");
            }
        }
        let Some(after) = &step.after else { continue };
        for (id, due) in &breached {
            let listed = after.deadlines.breaches().iter().find(|breach| breach.id == *id);
            let Some(listed) = listed else { return Err(format!("step {n}: the breach of {id} is gone")) };
            hold!(listed.due == *due, "step {n}: the breach of {id} moved to {}", listed.due);
        }
        let Some(before) = &step.before else { continue };
        for old in before.deadlines.breaches() {
            let new = after.deadlines.breaches().iter().find(|new| new.id == old.id);
            let kept = new.is_some_and(|new| {
                let taken_back = step.events().iter().flat_map(|event| &event.changes).any(|change| {
                    matches!(change, DeadlineChange::Rearmed { deadline, .. } if deadline.id == old.id)
                });
                (new.detected, new.soft) == (old.detected, old.soft)
                    && (old.met.is_none() || old.met == new.met || taken_back)
                    && (old.excused.is_none() || new.excused.is_some() || taken_back)
            });
            hold!(kept, "step {n}: {old:?} became {new:?}");
        }
        for kind in DeadlineKind::ALL {
            let (old, new) = (before.deadlines.tally(kind), after.deadlines.tally(kind));
            let numbers =
                |t: Tally| [t.set, t.met, t.late, t.breached, t.excused, t.lapsed, t.waived, t.moot];
            // Only what did not arrive takes back what it had met.
            let taken_back = |change: &DeadlineChange| matches!(change, DeadlineChange::Rearmed { deadline, .. } if deadline.id.kind == kind);
            if step.events().iter().flat_map(|event| &event.changes).any(taken_back) {
                hold!(new.breached >= old.breached, "step {n}: fewer breaches: {old:?}, then {new:?}");
                continue;
            }
            let falls = numbers(old).iter().zip(numbers(new)).any(|(old, new)| *old > new);
            hold!(!falls, "step {n}: fewer than before: {old:?}, then {new:?}");
        }
    }
    Ok(())
}

pub(crate) fn law_06_answered_or_owed(run: &Run) -> Result<(), String> {
    let mut over = false;
    for (n, step) in run.steps.iter().enumerate() {
        for event in step.events() {
            let by_time =
                matches!(event.fact, Fact::Breached { .. } | Fact::Lapsed { .. } | Fact::Escalated { .. });
            hold!(!(over && by_time), "step {n}: {:?} in a closed case", event.fact);
            match event.fact {
                Fact::Closed { .. } => over = true,
                Fact::Reopened { .. } => over = false,
                _ => {}
            }
        }
        let Some(case) = &step.after else { continue };
        over = case.stage == Stage::Closed;
        let unanswered = case.conversation.unanswered_since;
        let respond = case.deadlines.of_kind(DeadlineKind::Respond).collect::<Vec<_>>();
        hold!(respond.len() <= 1, "step {n}: {} deadlines for one answer", respond.len());
        hold!(respond.is_empty() || unanswered.is_some(), "step {n}: answered, but {respond:?} is live");
        // Whoever asks for answers at all does so for every kind of feedback in these tests.
        let policies = run.books.iter().map(|book| book.of(&case.head.policy, case.head.policy_version));
        let asks = policies.flatten().all(|policy| policy.has(DeadlineKind::Respond));
        hold!(!asks || unanswered.is_none() || !respond.is_empty(), "step {n}: nobody owes the answer");
        let mut owed = BTreeSet::new();
        for deadline in case.deadlines.live() {
            let many = matches!(deadline.id.kind, DeadlineKind::Promise | DeadlineKind::Thank);
            hold!(many || owed.insert(deadline.id.kind), "step {n}: two live {}", deadline.id.kind);
        }
    }
    Ok(())
}

/// I12: missed iff nothing that satisfies it occurred by its due time and was recorded within the
/// grace. I13: a deadline ends once.
pub(crate) fn verdicts_follow_the_instants(run: &Run) -> Result<(), String> {
    let mut ended: BTreeSet<DeadlineId> = BTreeSet::new();
    for (n, step) in run.steps.iter().enumerate() {
        let mut case = step.before.clone();
        for event in step.events() {
            let mut live: BTreeMap<DeadlineId, Deadline> = BTreeMap::new();
            let before = case.iter().flat_map(|case| case.deadlines.live());
            live.extend(before.map(|deadline| (deadline.id, (**deadline).clone())));
            for change in &event.changes {
                one_change(&mut live, &mut ended, event, change)
                    .map_err(|what| format!("step {n}: {what}: {event:#?}"))?;
            }
            case = talkback::workflow::evolve(case, event);
        }
    }
    Ok(())
}

fn one_change(
    live: &mut BTreeMap<DeadlineId, Deadline>,
    ended: &mut BTreeSet<DeadlineId>,
    event: &Event,
    change: &DeadlineChange,
) -> Result<(), String> {
    let recorded = event.recorded_at;
    match change {
        DeadlineChange::Set(deadline) => {
            live.insert(deadline.id, (**deadline).clone());
        }
        DeadlineChange::Rearmed { deadline, .. } => {
            let failed = matches!(event.fact, Fact::Delivery { result: Delivery::Failed, .. });
            // What follows for another deadline of the message may stand in an event of its own.
            hold!(failed || matches!(event.fact, Fact::Breached { .. }), "{} is owed again", deadline.id);
            hold!(ended.remove(&deadline.id), "{} is owed again, but had not ended", deadline.id);
            live.insert(deadline.id, (**deadline).clone());
        }
        DeadlineChange::Retargeted { deadline, old_due } => {
            let id = deadline.id;
            let Some(known) = live.insert(id, (**deadline).clone()) else {
                return Err(format!("{id} has another target, but is not live"));
            };
            hold!(known.due == *old_due, "{id} was due {}, not {old_due}", known.due);
            hold!(known.state != DeadlineState::Breached, "{id} was missed and has another target");
        }
        DeadlineChange::Moved { id, due, late_from, .. } => {
            if let Some(deadline) = live.get_mut(id) {
                (deadline.due, deadline.late_from) = (*due, *late_from);
                deadline.state = DeadlineState::Running;
            }
        }
        DeadlineChange::Breached { id, due, detected, .. } => {
            let Some(deadline) = live.get_mut(id) else { return Err(format!("{id} is not live")) };
            hold!(id.kind.is_owed(), "{id} is a limit");
            hold!(deadline.state == DeadlineState::Running, "{id} is missed, but {:?}", deadline.state);
            hold!(*due == deadline.due && *detected == recorded, "{id} is missed at another time");
            // Before that only by doing it too late, in the same breath.
            let met_late = |other: &DeadlineChange| matches!(other, DeadlineChange::Met { id: met, at, .. } if met == id && at > due);
            let cause = matches!(event.fact, Fact::Breached { cause: BreachCause::DoneLate, .. });
            let done_late = cause && event.changes.iter().any(met_late);
            hold!(recorded >= deadline.late_from || done_late, "{id} is missed too early");
            deadline.state = DeadlineState::Breached;
        }
        DeadlineChange::Met { id, at, .. } => {
            let Some(deadline) = live.remove(id) else { return Err(format!("{id} is met, not live")) };
            hold!(ended.insert(*id), "{id} ends twice");
            let again = |other: &DeadlineChange| matches!(other, DeadlineChange::Rearmed { deadline, .. } if deadline.id == *id);
            let stood_in = event.changes.iter().any(again);
            let in_time = *at <= deadline.due && (recorded < deadline.late_from || stood_in);
            let running = deadline.state == DeadlineState::Running;
            hold!(!running || in_time || !id.kind.is_owed(), "{id} is met at {at}, due {}", deadline.due);
        }
        DeadlineChange::Lapsed { id, at } => {
            let Some(deadline) = live.remove(id) else { return Err(format!("{id} lapses, not live")) };
            hold!(ended.insert(*id), "{id} ends twice");
            hold!(!id.kind.is_owed(), "{id} is owed and cannot lapse");
            hold!(*at == deadline.due && recorded >= deadline.late_from, "{id} lapses at another time");
        }
        DeadlineChange::Moot { id, .. }
        | DeadlineChange::Waived { id, .. }
        | DeadlineChange::Superseded { id, .. } => {
            hold!(live.remove(id).is_some(), "{id} ends, but is not live");
            hold!(ended.insert(*id), "{id} ends twice");
        }
        _ => {}
    }
    Ok(())
}

/// When what was missed was done after all, and whether it is excused.
type Done = (Option<DateTime<Utc>>, Option<Excuse>);

/// What must not depend on when somebody looked.
#[derive(Debug, PartialEq)]
struct Verdicts {
    stage: Option<Stage>,
    cycle: u16,
    closed: Option<(DateTime<Utc>, CloseReason)>,
    breaches: Vec<(DeadlineId, DateTime<Utc>, Done)>,
    tallies: Vec<Tally>,
    live: Vec<(DeadlineId, DateTime<Utc>, DeadlineState)>,
}

fn verdicts(case: Option<&Case>) -> Verdicts {
    // The floor is set by whoever looks; it is a limit, and no verdict.
    let counted = || DeadlineKind::ALL.into_iter().filter(|kind| *kind != DeadlineKind::Review);
    let deadlines = case.map(|case| &case.deadlines);
    let mut breaches: Vec<_> = deadlines
        .iter()
        .flat_map(|deadlines| deadlines.breaches())
        .map(|breach| (breach.id, breach.due, (breach.met, breach.excused)))
        .collect();
    breaches.sort_by_key(|breach| breach.0);
    let live = deadlines.iter().flat_map(|deadlines| deadlines.live());
    let live = live.filter(|deadline| deadline.id.kind != DeadlineKind::Review);
    let mut live: Vec<_> = live.map(|d| (d.id, d.due, d.state.clone())).collect();
    live.sort_by_key(|deadline| deadline.0);
    Verdicts {
        stage: case.map(|case| case.stage),
        cycle: case.map_or(0, |case| case.cycle.number),
        closed: case.and_then(|case| case.closed.as_ref()).map(|closed| (closed.at, closed.reason.clone())),
        breaches,
        tallies: counted().filter_map(|kind| deadlines.map(|deadlines| deadlines.tally(kind))).collect(),
        live,
    }
}

pub(crate) fn law_11_ticks_do_not_matter(run: &Run) -> Result<(), String> {
    let Some((first, others)) = run.others.split_first() else { return Ok(()) };
    for (number, other) in others.iter().enumerate() {
        for (n, (a, b)) in first.steps.iter().zip(&other.steps).enumerate() {
            let (x, y) = (a.outcome.as_ref().err(), b.outcome.as_ref().err());
            hold!(
                x.map(|refused| &refused.rule) == y.map(|refused| &refused.rule),
                "life {number}, step {n} ({:?} at {}): {x:?} or {y:?}",
                a.order.command.kind(),
                a.order.now
            );
            if a.outcome.is_err() {
                continue;
            }
            let (x, y) = (verdicts(a.after.as_ref()), verdicts(b.after.as_ref()));
            hold!(x == y, "life {number}, step {n}: {:?}\n{x:#?}\nor {y:#?}", a.order);
        }
    }
    Ok(())
}
