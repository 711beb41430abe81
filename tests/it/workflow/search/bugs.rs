//! The test of the test: for each law and each invariant a workflow with one bug, which the search finds
//! among the first few thousand states, by name.
//!
//! The bugs live here, around the functions under test, and never in the library.

use std::cell::Cell;
use std::sync::Arc;

use chrono::TimeDelta;
use talkback::workflow::{BreachCause, Merge, Pair, Rejection, Rule, Split, evolve};
use talkback::{
    Case, CloseReason, Command, Context, DeadlineChange, DeadlineKind, Delivery, Event, Fact, Notice,
    NoticeId, Party, Stage, TextId,
};

use super::super::bent::{Bent, Outcome, bent_events};
use super::super::run::{Workflow, submit};
use super::bfs::{Bound, Model, search};
use super::delivery::Delivered;
use super::owed::Small;
use super::pair::Both;
use super::single::Single;
use super::worlds::{self, SmallWorld, TICK};

/// A workflow whose folding is bent, and so whatever it stores.
struct Folded<F>(F);

impl<F: Fn(&mut Case, &Event)> Workflow for Folded<F> {
    fn submit(&mut self, case: Option<&Case>, command: &Command, context: &Context<'_>) -> Outcome {
        let (after, outcome) = submit(case, command, context);
        let Ok(events) = outcome else { return (after, outcome) };
        let after = events.iter().fold(case.cloned(), |case, event| self.evolve(case, event));
        (after, Ok(events))
    }

    fn evolve(&mut self, case: Option<Case>, event: &Event) -> Option<Case> {
        let mut case = evolve(case, event)?;
        (self.0)(&mut case, event);
        Some(case)
    }
}

const fn folded<F: Fn(&mut Case, &Event)>(bend: F) -> Folded<F> {
    Folded(bend)
}

/// A workflow whose notices are bent.
struct Told<F>(F);

impl<F: Fn(&Case, &Event, &mut Vec<Notice>)> Workflow for Told<F> {
    fn owed(&mut self, case: &Case, event: &Event) -> Vec<Notice> {
        let mut notices = talkback::workflow::owed(case, event);
        (self.0)(case, event, &mut notices);
        notices
    }
}

const fn told<F: Fn(&Case, &Event, &mut Vec<Notice>)>(bend: F) -> Told<F> {
    Told(bend)
}

/// The search finds the bug within so few states, names the law and says what is wrong.
#[track_caller]
fn finds<W: Workflow + 'static>(law: &str, saying: &str, world: &SmallWorld, make: impl Fn() -> W + Sync) {
    finds_within(3_000, law, saying, world, make);
}

#[track_caller]
fn finds_within<W: Workflow + 'static>(
    states: usize,
    law: &str,
    saying: &str,
    world: &SmallWorld,
    make: impl Fn() -> W + Sync,
) {
    names(&format!("law {law}"), saying, &Single::of(world), states, make);
}

#[track_caller]
fn names<M: Model, W: Workflow + 'static>(
    law: &str,
    saying: &str,
    model: &M,
    states: usize,
    make: impl Fn() -> W + Sync,
) {
    let bound = Bound { states, broken: 1, workers: 1 };
    let found = search(model, &|| Box::new(make()), bound);
    let broken = found.expect_err("the laws hold for a broken workflow");
    let named = broken.lines().any(|line| line.starts_with(&format!("{law}: "))) && broken.contains(saying);
    assert!(named, "not caught by {law}, {saying:?}: {broken}");
}

#[test]
fn a_snapshot_that_is_not_the_fold() {
    finds("1, I2", "is not the snapshot", &worlds::everything(), || {
        Bent(|_: Option<&Case>, _: &Command, _: &Context<'_>, (after, outcome): Outcome| {
            let after = after.map(|mut case| {
                case.conversation.notes = 0;
                case
            });
            (after, outcome)
        })
    });
}

#[test]
fn a_deadline_that_is_dropped() {
    let world = worlds::everything();
    finds("2, I7, I8", "a wait without an end", &world, || {
        bent_events(|events, _| {
            for event in events.iter_mut().filter(|event| matches!(event.fact, Fact::WaitBegan { .. })) {
                event.changes.retain(
                    |change| !matches!(change, DeadlineChange::Set(d) if d.id.kind == DeadlineKind::Resume),
                );
            }
        })
    });
    finds("2, I7, I8", "closed, but", &world, || {
        bent_events(|events, _| {
            for event in events.iter_mut().filter(|event| matches!(event.fact, Fact::Closed { .. })) {
                event.changes.clear();
            }
        })
    });
}

#[test]
fn a_coin_that_is_tossed() {
    finds("3", "then", &worlds::everything(), || {
        let tosses = Cell::new(0_i64);
        bent_events(move |events, _| {
            tosses.set(tosses.get() + 1);
            for event in events.iter_mut().filter(|event| matches!(event.fact, Fact::Noted { .. })) {
                event.occurred_at += TimeDelta::seconds(tosses.get());
            }
        })
    });
}

#[test]
fn a_due_time_that_is_rewritten() {
    finds("4", "moves without a reason", &worlds::everything(), || {
        bent_events(|events, before| {
            let classified = |event: &&mut Event| matches!(event.fact, Fact::Classified { .. });
            let Some(event) = events.iter_mut().find(classified) else { return };
            let Some(deadline) = before.and_then(|case| case.deadlines.of_kind(DeadlineKind::Resolve).next())
            else {
                return;
            };
            event.changes.push(DeadlineChange::Moved {
                id: deadline.id,
                anchor: deadline.anchor,
                due: deadline.due + TICK,
                late_from: deadline.late_from + TICK,
                next_step: None,
                extended: false,
            });
        })
    });
    // A promise takes the number of one that there was.
    finds("4", "there were 1 of its kind", &worlds::everything(), || {
        bent_events(|events, _| {
            for change in events.iter_mut().flat_map(|event| &mut event.changes) {
                if let DeadlineChange::Set(deadline) = change
                    && deadline.id.kind == DeadlineKind::Promise
                {
                    Arc::make_mut(deadline).id.n = 1;
                }
            }
        })
    });
}

#[test]
fn a_breach_that_is_forgotten_or_told_twice() {
    finds("5, I11", "is gone", &worlds::everything(), || {
        folded(|case, event| {
            if matches!(event.fact, Fact::CustomerWrote { .. }) {
                let mut json = serde_json::to_value(&case.deadlines).unwrap();
                json.as_object_mut().unwrap().remove("breaches");
                case.deadlines = serde_json::from_value(json).unwrap();
            }
        })
    });
    finds("5, I11", "is missed twice", &worlds::everything(), || {
        bent_events(|events, _| {
            let breached = |change: &DeadlineChange| matches!(change, DeadlineChange::Breached { .. });
            for event in events.iter_mut() {
                let again: Vec<_> = event.changes.iter().filter(|change| breached(change)).cloned().collect();
                event.changes.extend(again);
            }
        })
    });
}

#[test]
fn an_answer_that_leaves_the_clock_running() {
    finds("6", "answered, but", &worlds::everything(), || {
        bent_events(|events, _| {
            let respond = |change: &DeadlineChange| matches!(change, DeadlineChange::Met { id, .. } if id.kind == DeadlineKind::Respond);
            for event in events.iter_mut() {
                event.changes.retain(|change| !respond(change));
            }
        })
    });
    finds("6", "in a closed case", &worlds::everything(), || {
        bent_events(|events, before| {
            let Some(before) = before.filter(|case| case.stage == Stage::Closed && events.is_empty()) else {
                return;
            };
            let id = talkback::DeadlineId { kind: DeadlineKind::Review, cycle: 1, n: 1 };
            let event = serde_json::json!({
                "version": before.version + 1, "at": before.updated_at, "recorded": before.updated_at,
                "by": "system", "fact": Fact::Lapsed { deadline: id }
            });
            events.push(serde_json::from_value(event).unwrap());
        })
    });
}

#[test]
fn a_gap_and_a_time_that_falls() {
    finds("7, I3", "is not", &worlds::everything(), || {
        bent_events(|events, _| {
            for event in events.iter_mut().filter(|event| matches!(event.fact, Fact::Noted { .. })) {
                event.version += 1;
            }
        })
    });
    finds("7, I3", "recorded", &worlds::everything(), || {
        bent_events(|events, _| {
            for event in events.iter_mut().filter(|event| event.command.is_none()) {
                event.recorded_at = event.occurred_at;
            }
        })
    });
}

#[test]
fn a_silent_resolution_and_a_close_without_grounds() {
    finds("8, I15", "resolved in silence", &worlds::everything(), || {
        bent_events(|events, before| {
            let answered = before.is_some_and(|case| case.conversation.unanswered_since().is_none());
            for event in events.iter_mut() {
                if let Fact::Resolved { message, .. } = &mut event.fact
                    && answered
                {
                    *message = None;
                }
            }
        })
    });
    finds("8, I15", "without grounds", &worlds::everything(), || {
        bent_events(|events, _| {
            for event in events.iter_mut() {
                if let Fact::Closed { closed, .. } = &mut event.fact
                    && closed.reason == CloseReason::Spam
                {
                    closed.reason = CloseReason::Unanswered;
                }
            }
        })
    });
}

fn refuses(which: impl Fn(Option<&Case>, &Command) -> bool) -> impl Workflow {
    Bent(move |case: Option<&Case>, command: &Command, _: &Context<'_>, outcome: Outcome| {
        let Ok(_) = &outcome.1 else { return outcome };
        if !which(case, command) {
            return outcome;
        }
        let mut refused = Rejection::new(Rule::WrongStage, command.kind(), case.map(|case| case.stage));
        // As honest as it can be about the rest.
        let actor = super::super::world::customer();
        refused.legal = case.map(|case| case.legal_commands(&actor, case.updated_at)).unwrap_or_default();
        refused.legal.retain(|kind| *kind != command.kind());
        (case.cloned(), Err(refused))
    })
}

#[test]
fn a_door_that_is_locked() {
    finds("9", "could not withdraw", &worlds::everything(), || {
        refuses(|case, command| {
            let waits = case.is_some_and(|case| case.stage == Stage::Waiting);
            waits && matches!(command, Command::Withdraw(_))
        })
    });
}

#[test]
fn a_refusal_that_changes_something_or_says_nothing() {
    finds("10", "the case changed", &worlds::everything(), || {
        Bent(|_: Option<&Case>, _: &Command, _: &Context<'_>, (after, outcome): Outcome| {
            let refused = outcome.is_err();
            let after = after.map(|mut case| {
                case.reopened += u16::from(refused);
                case
            });
            (after, outcome)
        })
    });
    finds("10", "less it", &worlds::everything(), || {
        Bent(|_: Option<&Case>, _: &Command, _: &Context<'_>, (after, outcome): Outcome| {
            let curt = |refused: Rejection| Rejection::new(refused.rule, refused.command, refused.stage);
            (after, outcome.map_err(curt))
        })
    });
    finds("10", "was accepted but is not among", &worlds::everything(), || {
        Bent(|_: Option<&Case>, command: &Command, _: &Context<'_>, (after, outcome): Outcome| {
            let lax = matches!(command, Command::Acknowledge(_));
            (after, if lax { outcome.or_else(|_| Ok(Vec::new())) } else { outcome })
        })
    });
    // Possible, says the list, and it never is.
    finds("10", "is listed as possible", &worlds::everything(), || {
        refuses(|_, command| matches!(command, Command::CustomerWrote(_)))
    });
}

#[test]
fn an_end_at_the_time_of_the_tick() {
    // Resolved, asked, and silence: that is some way.
    finds_within(20_000, "11", "closed", &worlds::praised(), || {
        bent_events(|events, _| {
            for event in events.iter_mut().filter(|event| event.command.is_none()) {
                let recorded = event.recorded_at;
                if let Fact::Closed { closed, .. } = &mut event.fact {
                    closed.at = recorded;
                }
            }
        })
    });
}

#[test]
fn a_message_that_nobody_sends_and_one_that_is_sent_twice() {
    finds("12", "gave []", &worlds::everything(), || told(|_, _, notices| notices.clear()));
    finds("12", "belongs to another event", &worlds::everything(), || {
        told(|_, _, notices| notices.iter_mut().for_each(|notice| notice.id.version = 1))
    });
    finds("12", "comes twice", &worlds::everything(), || {
        told(|_, _, notices| notices.iter_mut().for_each(|notice| notice.id = NoticeId { n: 7, ..notice.id }))
    });
}

#[test]
fn milestones_that_move_or_swap() {
    finds("I9, I10", "acknowledged moved from", &worlds::everything(), || {
        folded(|case, event| {
            if matches!(event.fact, Fact::Replied { .. }) {
                case.cycle.acknowledged_at = Some(event.occurred_at);
            }
        })
    });
    finds("I9, I10", "out of order", &worlds::everything(), || {
        folded(|case, event| {
            if matches!(event.fact, Fact::Resolved { .. }) {
                case.cycle.resolved_at = Some(case.received_at);
            }
        })
    });
}

#[test]
fn a_verdict_that_is_too_kind_and_one_that_is_given_twice() {
    finds("I12, I13", "is met at", &worlds::late_news(), || {
        bent_events(|events, _| {
            let late = |event: &&mut Event| {
                matches!(event.fact, Fact::Breached { cause: BreachCause::DoneLate, .. })
            };
            for event in events.iter_mut().filter(late) {
                event.changes.retain(|change| !matches!(change, DeadlineChange::Breached { .. }));
            }
        })
    });
    finds("I12, I13", "it ends twice", &worlds::everything(), || {
        bent_events(|events, _| {
            for event in events.iter_mut() {
                let met = event.changes.iter().find(|change| matches!(change, DeadlineChange::Met { .. }));
                event.changes.extend(met.cloned());
            }
        })
    });
}

#[test]
fn an_old_deadline_that_comes_back() {
    finds("I16", "is set in cycle 2", &worlds::everything(), || {
        bent_events(|events, _| {
            for event in events.iter_mut().filter(|event| matches!(event.fact, Fact::Reopened { .. })) {
                for change in &mut event.changes {
                    if let DeadlineChange::Set(deadline) = change {
                        Arc::make_mut(deadline).id.cycle -= 1;
                    }
                }
            }
        })
    });
}

#[test]
fn a_machine_that_says_it_twice() {
    finds("I20", "twice in one cycle", &worlds::everything(), || {
        bent_events(|events, _| {
            let automatic =
                |event: &&Event| matches!(event.fact, Fact::Acknowledged { .. }) && event.by == Party::System;
            let last = events.last().map_or(0, |event| event.version);
            if let Some(mut again) = events.iter().find(automatic).cloned() {
                again.changes.clear();
                again.version = last + 1;
                events.push(again);
            }
        })
    });
}

#[test]
fn a_note_that_is_sent_to_the_customer() {
    finds("I24", "to the customer", &worlds::everything(), || {
        told(|_, event, notices| {
            if matches!(event.fact, Fact::Closed { .. }) {
                // The reason that was written down goes out in the place of what was said.
                for text in notices.iter_mut().filter_map(|notice| notice.text.as_mut()) {
                    *text = TextId { slot: 4, ..*text };
                }
            }
        })
    });
}

/// A workflow whose mergers are bent: the events of the case where it goes on.
struct Merged<F>(F);

impl<F: Fn(&mut Event)> Workflow for Merged<F> {
    fn merge(
        &mut self,
        case: &Case,
        into: Option<&Case>,
        merge: &Merge,
        context: &Context<'_>,
    ) -> Result<Pair, Rejection> {
        let mut pair = talkback::workflow::merge(case, into, &[], merge, context)?;
        pair.other.events.iter_mut().for_each(&self.0);
        let after = pair.other.events.iter().fold(into.cloned(), evolve);
        pair.other.case = Arc::new(after.unwrap());
        Ok(pair)
    }
}

const fn merged<F: Fn(&mut Event)>(bend: F) -> Merged<F> {
    Merged(bend)
}

/// A workflow that splits off a message as if it had just been written.
struct Now;

impl Workflow for Now {
    fn split(
        &mut self,
        case: &Case,
        said: Option<&Event>,
        split: &Split,
        context: &Context<'_>,
    ) -> Result<Pair, Rejection> {
        let said = said.map(|said| {
            let mut said = said.clone();
            said.occurred_at = context.now;
            said
        });
        talkback::workflow::split(case, said.as_ref(), None, split, context)
    }
}

#[test]
fn a_merger_that_loses_something_and_a_split_that_forgets_when() {
    let world = worlds::two_cases();
    let model = Both::of(&world);
    names("rule 17", "somebody is not told any more", &model, 3_000, || {
        merged(|event| {
            if let Fact::Absorbed { involved, .. } = &mut event.fact {
                involved.clear();
            }
        })
    });
    names("rule 17", "was due", &model, 3_000, || {
        merged(|event| {
            event.changes.retain(|change| !matches!(change, DeadlineChange::Retargeted { .. }));
        })
    });
    names("rule 17", "customers waited since", &model, 3_000, || {
        merged(|event| {
            if let Fact::Absorbed { waiting, .. } = &mut event.fact {
                waiting.clear();
            }
        })
    });
    names("rule 17", "it came at", &model, 3_000, || Now);
}

/// What becomes of messages in two cases, with somebody else's workflow.
#[track_caller]
fn oracle_finds<W: Workflow + 'static>(law: &str, saying: &str, make: impl Fn() -> W + Sync) {
    let world = worlds::delivered();
    let small = Small { last: 6, words: 4, letters: 3, same: false };
    names(law, saying, &Delivered::of(&world, small), 6_000, make);
}

#[test]
fn a_wait_a_message_or_an_erasure_that_a_merger_loses() {
    oracle_finds("owed", "waiting: [None, ", || {
        merged(|event| {
            if let Fact::Absorbed { waiting, .. } = &mut event.fact {
                waiting.clear();
            }
        })
    });
    oracle_finds("owed", "waiting: [None, ", || {
        merged(|event| {
            if let Fact::Absorbed { outgoing, .. } = &mut event.fact {
                outgoing.clear();
            }
        })
    });
    oracle_finds("addressed", "customer-1", || {
        merged(|event| {
            if let Fact::Absorbed { erased, .. } = &mut event.fact {
                *erased = 0;
            }
        })
    });
}

#[test]
fn a_loss_after_which_nobody_waits() {
    oracle_finds("law 6", "answered, but", || {
        folded(|case, event| {
            if let Fact::Delivery { result: Delivery::Failed, .. } = event.fact {
                case.conversation.waiting.clear();
            }
        })
    });
}

#[test]
fn a_letter_that_goes_at_night_or_to_nobody() {
    let at_night = |_: &Case, event: &Event, notices: &mut Vec<Notice>| {
        notices.iter_mut().for_each(|notice| notice.at = event.recorded_at);
    };
    oracle_finds("addressed", "09:10:00Z", move || told(at_night));
    oracle_finds("law 12", "gave []", || told(|_, _, notices| notices.clear()));
}

#[test]
fn the_way_to_a_bug_is_told_in_words() {
    let world = worlds::everything();
    let bound = Bound { states: 3_000, broken: 1, workers: 2 };
    let parked = || {
        bent_events(|events, _| {
            for event in events.iter_mut().filter(|event| matches!(event.fact, Fact::WaitBegan { .. })) {
                event.changes.retain(
                    |change| !matches!(change, DeadlineChange::Set(d) if d.id.kind == DeadlineKind::Resume),
                );
            }
        })
    };
    let told = search(&Single::of(&world), &|| Box::new(parked()), bound).unwrap_err();
    let lines: Vec<_> = told.split("\n\n").next().unwrap().lines().collect();
    assert_eq!(
        lines,
        [
            "law 2, I7, I8: a wait without an end",
            "  0. in the world \"everything\": a complaint came in by chat",
            "  1. a machine acknowledges: the customer was told that they were heard",
            "  2. ann waits for a supplier: we wait for somebody else",
        ],
        "{told}"
    );
}
