//! Each law has been seen to fail: a workflow with one bug, and the law that catches it.
//!
//! The bugs live here, around the functions under test, and never in the library.

use std::cell::Cell;

use chrono::TimeDelta;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use talkback::workflow::{BreachCause, Fact, Rejection, Rule, fold};
use talkback::{
    Case, CloseReason, Command, Context, DeadlineChange, DeadlineKind, DeadlineState, Event, Notice, Party,
    Stage,
};

use super::bent::{Bent, Outcome, bent_events};
use super::generate::{life, lived};
use super::laws::*;
use super::policies::book;
use super::random::ticked_by;
use super::run::{Run, Workflow};

/// What the law says of the first of many lives that breaks it.
fn caught(
    law: impl Fn(&mut Run, &mut dyn Workflow) -> Result<(), String>,
    workflow: &mut dyn Workflow,
) -> Option<String> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(crate::random::cases(1), rng);
    let lives = life(40);
    (0..240).find_map(|_| {
        let moves = lives.new_tree(&mut runner).unwrap().current();
        law(&mut lived(workflow, vec![book()], &moves), workflow).err()
    })
}

#[track_caller]
fn catches(law: Law, mut workflow: impl Workflow, saying: &str) {
    let every_step = |run: &mut Run, _: &mut dyn Workflow| run.seen().try_for_each(|seen| law(&seen));
    let broken = caught(every_step, &mut workflow).expect("the law holds for a broken workflow");
    assert!(broken.contains(saying), "{broken}");
}

#[test]
fn law_01_catches_a_snapshot_that_is_not_the_fold() {
    let forgets_notes = Bent(|_: Option<&Case>, _: &Command, _: &Context<'_>, (after, outcome): Outcome| {
        let after = after.map(|mut case| {
            case.conversation.notes = 0;
            case
        });
        (after, outcome)
    });
    catches(law_01_the_fold_is_the_snapshot, forgets_notes, "is not the snapshot");
}

#[test]
fn law_02_catches_a_deadline_that_is_dropped() {
    let keep = |change: &DeadlineChange| !matches!(change, DeadlineChange::Set(_));
    let drops = bent_events(move |events, _| {
        for event in events.iter_mut().filter(|event| matches!(event.fact, Fact::Opened(_))) {
            event.changes.retain(keep);
        }
    });
    catches(law_02_nobody_is_forgotten, drops, "open without a live deadline");
    // A case is parked: nothing ends the wait.
    let drops = bent_events(|events, _| {
        let wait = |event: &Event| matches!(event.fact, Fact::WaitBegan { .. });
        for event in events.iter_mut().filter(|event| wait(event)) {
            let limit = |change: &DeadlineChange| matches!(change, DeadlineChange::Set(d) if d.id.kind == DeadlineKind::Resume);
            event.changes.retain(|change| !limit(change));
        }
    });
    catches(law_02_nobody_is_forgotten, drops, "a wait without an end");
}

#[test]
fn law_03_catches_a_coin_that_is_tossed() {
    let tosses = Cell::new(0_i64);
    let tosses = bent_events(move |events, _| {
        tosses.set(tosses.get() + 1);
        if let Some(event) = events.last_mut() {
            event.occurred_at += TimeDelta::seconds(tosses.get());
        }
    });
    catches(law_03_equal_in_equal_out, tosses, "then");
}

#[test]
fn law_04_catches_a_due_time_that_is_rewritten() {
    // The deadline is set anew under its old id, a day later, as if the policy had been edited.
    let rewrites = bent_events(|events, before| {
        let running = before.and_then(|case| {
            case.deadlines.live().iter().find(|deadline| deadline.state == DeadlineState::Running)
        });
        if let (Some(event), Some(deadline)) = (events.last_mut(), running)
            && matches!(event.fact, Fact::Classified { .. })
        {
            event.changes.push(DeadlineChange::Moved {
                id: deadline.id,
                anchor: deadline.anchor,
                due: deadline.due + TimeDelta::days(1),
                late_from: deadline.late_from + TimeDelta::days(1),
                next_step: None,
                extended: false,
            });
        }
    });
    catches(law_04_the_past_stays, rewrites, "moves without a reason");
}

#[test]
fn law_05_catches_a_breach_that_is_forgotten_or_told_twice() {
    let forgets =
        Bent(|case: Option<&Case>, command: &Command, _: &Context<'_>, (after, outcome): Outcome| {
            // Reopening starts from a clean slate.
            let reopened = matches!(command, Command::Reopen(_)) && outcome.is_ok();
            let after = match (after, case) {
                (Some(mut after), Some(_)) if reopened => {
                    let mut json = serde_json::to_value(&after.deadlines).unwrap();
                    json.as_object_mut().unwrap().remove("breaches");
                    after.deadlines = serde_json::from_value(json).unwrap();
                    Some(after)
                }
                (after, _) => after,
            };
            (after, outcome)
        });
    catches(law_05_late_stays_late, forgets, "is gone");
    let twice = bent_events(|events, _| {
        let breached = |change: &DeadlineChange| matches!(change, DeadlineChange::Breached { .. });
        for event in events.iter_mut() {
            let again: Vec<_> = event.changes.iter().filter(|change| breached(change)).cloned().collect();
            event.changes.extend(again);
        }
    });
    catches(law_05_late_stays_late, twice, "is missed twice");
}

#[test]
fn law_06_catches_an_answer_that_leaves_the_clock_running() {
    let leaves = bent_events(|events, _| {
        let respond = |change: &DeadlineChange| matches!(change, DeadlineChange::Met { id, .. } if id.kind == DeadlineKind::Respond);
        for event in events.iter_mut() {
            event.changes.retain(|change| !respond(change));
        }
    });
    catches(law_06_answered_or_owed, leaves, "answered, but");
    let fires = bent_events(|events, before| {
        let closed = before.is_some_and(|case| case.stage == Stage::Closed);
        let last = before.map_or(0, |case| case.version);
        if closed && events.is_empty() {
            let id = talkback::DeadlineId { kind: DeadlineKind::Review, cycle: 1, n: 1 };
            let at = before.unwrap().updated_at;
            let fact = Fact::Lapsed { deadline: id };
            let event = serde_json::json!({
                "version": last + 1, "at": at, "recorded": at, "by": "system", "fact": fact
            });
            events.push(serde_json::from_value(event).unwrap());
        }
    });
    catches(law_06_answered_or_owed, fires, "in a closed case");
}

#[test]
fn law_07_catches_a_gap_and_a_time_that_falls() {
    let gap = bent_events(|events, _| {
        for event in events.iter_mut().filter(|event| matches!(event.fact, Fact::Noted { .. })) {
            event.version += 1;
        }
    });
    catches(law_07_no_gap_and_no_way_back, gap, "is not");
    let falls = bent_events(|events, _| {
        for event in events.iter_mut().filter(|event| event.command.is_none()) {
            event.recorded_at = event.occurred_at;
        }
    });
    catches(law_07_no_gap_and_no_way_back, falls, "recorded");
}

#[test]
fn law_08_catches_a_silent_resolution_and_a_close_without_grounds() {
    let silent = bent_events(|events, _| {
        for event in events.iter_mut() {
            if let Fact::Resolved { message, .. } = &mut event.fact {
                *message = None;
            }
        }
    });
    catches(law_08_no_way_around_the_customer, silent, "in silence");
    let groundless = bent_events(|events, _| {
        for event in events.iter_mut() {
            if let Fact::Closed { closed, .. } = &mut event.fact
                && closed.reason == CloseReason::Spam
            {
                closed.reason = CloseReason::Confirmed;
            }
        }
    });
    catches(law_08_no_way_around_the_customer, groundless, "without grounds");
}

#[test]
fn law_09_catches_a_door_that_is_locked() {
    let locked = Bent(|case: Option<&Case>, command: &Command, _: &Context<'_>, outcome: Outcome| {
        let waiting = case.filter(|case| case.stage == Stage::Waiting);
        match (waiting, command) {
            (Some(case), Command::Withdraw(_)) => {
                let refused = Rejection::new(Rule::WrongStage, command.kind(), Some(case.stage));
                (Some(case.clone()), Err(refused))
            }
            _ => outcome,
        }
    });
    catches(law_09_customers_can_leave, locked, "could not withdraw");
}

#[test]
fn law_10_catches_a_refusal_that_changes_something_or_says_nothing() {
    let counts = Bent(|_: Option<&Case>, _: &Command, _: &Context<'_>, (after, outcome): Outcome| {
        let refused = outcome.is_err();
        let after = after.map(|mut case| {
            case.reopened += u16::from(refused);
            case
        });
        (after, outcome)
    });
    catches(law_10_refused_means_unchanged, counts, "the case changed");
    let curt = Bent(|_: Option<&Case>, _: &Command, _: &Context<'_>, (after, outcome): Outcome| {
        let curt = |refused: Rejection| Rejection::new(refused.rule, refused.command, refused.stage);
        (after, outcome.map_err(curt))
    });
    catches(law_10_refused_means_unchanged, curt, "instead of");
}

#[test]
fn law_11_catches_a_breach_at_the_time_of_the_tick() {
    let polls = bent_events(|events, _| {
        for event in events.iter_mut() {
            for change in &mut event.changes {
                if let DeadlineChange::Breached { due, detected, .. } = change {
                    *due = *detected;
                }
            }
        }
    });
    let ticked = |run: &mut Run, workflow: &mut dyn Workflow| {
        ticked_by(workflow, run, &[TimeDelta::hours(5)]);
        law_11_ticks_do_not_matter(run)
    };
    let broken = caught(ticked, &mut { polls }).expect("the law holds for a broken workflow");
    assert!(broken.contains("life"), "{broken}");
}

#[test]
fn law_12_catches_a_message_that_nobody_sends_and_one_that_is_sent_twice() {
    struct Mute;
    impl Workflow for Mute {
        fn owed(&mut self, _: &Case, _: &Event) -> Vec<Notice> {
            Vec::new()
        }
    }
    catches(law_12_a_notice_iff_its_event, Mute, "gave []");
    struct SameId;
    impl Workflow for SameId {
        fn owed(&mut self, case: &Case, event: &Event) -> Vec<Notice> {
            let mut notices = talkback::workflow::owed(case, event);
            notices.iter_mut().for_each(|notice| notice.id.version = 1);
            notices
        }
    }
    catches(law_12_a_notice_iff_its_event, SameId, "belongs to another event");
}

#[test]
fn the_invariants_catch_their_bugs() {
    // Acknowledged anew by every reply.
    let moves = Bent(|case: Option<&Case>, command: &Command, _: &Context<'_>, (after, outcome): Outcome| {
        let replied = matches!(command, Command::Reply(_)) && outcome.is_ok() && case.is_some();
        let after = after.map(|mut case| {
            if replied {
                case.cycle.acknowledged_at = case.conversation.last_at;
            }
            case
        });
        (after, outcome)
    });
    catches(milestones_in_order, moves, "moved from");
    // Met, although it was late.
    let generous = bent_events(|events, _| {
        let late =
            |event: &&mut Event| matches!(event.fact, Fact::Breached { cause: BreachCause::DoneLate, .. });
        for event in events.iter_mut().filter(late) {
            event.changes.retain(|change| !matches!(change, DeadlineChange::Breached { .. }));
        }
    });
    catches(verdicts_follow_the_instants, generous, "is met at");
    // A machine's acknowledgement sent again.
    let chatty = bent_events(|events, _| {
        let automatic =
            |event: &&Event| matches!(event.fact, Fact::Acknowledged { .. }) && event.by == Party::System;
        if let Some(mut again) = events.iter().find(automatic).cloned() {
            again.changes.clear();
            events.push(again);
        }
    });
    catches(machines_answer_once, chatty, "twice in one cycle");
}

#[test]
fn reading_back_catches_an_event_that_is_lost() {
    let moves = {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(crate::random::cases(1), rng);
        life(40).new_tree(&mut runner).unwrap().current()
    };
    let mut run = lived(&mut super::run::Real, vec![book()], &moves);
    assert_eq!(what_is_stored_reads_back(&run), Ok(()));
    let eventful = run.steps.iter().rposition(|step| !step.events().is_empty()).unwrap();
    run.steps[eventful].outcome = Ok(Vec::new());
    assert!(what_is_stored_reads_back(&run).unwrap_err().contains("another case"));
    assert_ne!(fold(run.events()), run.case);
}
