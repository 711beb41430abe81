//! What the exhaustive search found, each as a story of its own.

use talkback::testing::scenario::{customer, machine, staff};
use talkback::workflow::{CommandKind, Rule};
use talkback::{CloseReason, Code, DeadlineKind, Delivery, Promised, Stage, Verdict};

use super::super::policies::{dispatching, ladder, standard, standard_with};
use super::super::story::*;

/// Whoever closes too soon hears what is possible.
fn too_soon() -> talkback::testing::scenario::Deed {
    staff("ann").closes(CloseReason::Confirmed)
}

#[test]
fn a_promise_that_a_reply_keeps_is_not_listed_to_be_fulfilled() {
    let call = Promised::Action(Code::new("call-back").unwrap());
    complaint(standard())
        .and(staff("ann").promises(Promised::Answer, "2026-11-24 10:00"))
        .not(too_soon(), &Rule::NotFinished)
        .impossible(CommandKind::Fulfil)
        .and(staff("ann").promises(call, "2026-11-24 11:00"))
        .not(too_soon(), &Rule::NotFinished)
        .possible(CommandKind::Fulfil);
}

#[test]
fn nobody_is_sent_to_ask_again_who_was_answered() {
    complaint(standard())
        .and(resolve())
        .and(follow_up())
        .and(customer().answers(Verdict::Satisfied))
        .not(staff("ann").resolves("Once more."), &Rule::WrongStage)
        .impossible(CommandKind::FollowUp)
        .not(follow_up(), &Rule::AlreadyAnswered);
}

#[test]
fn an_escalation_can_be_taken_on_again_when_the_time_for_it_is_over() {
    // Nothing follows the first step, so nothing is recorded in the meantime.
    let policy = standard_with(|spec| spec.terms.ladder = ladder(&[], &[0], None));
    complaint(policy)
        .time_passes_until("2026-11-25 09:00")
        .and(staff("ann").takes_on(DeadlineKind::Acknowledge))
        .at("2026-11-25 10:59", too_soon().in_vain())
        .impossible(CommandKind::AcceptEscalation)
        .not(staff("ann").takes_on(DeadlineKind::Acknowledge), &Rule::AlreadyAccepted)
        .at("2026-11-25 11:00", too_soon().in_vain())
        .possible(CommandKind::AcceptEscalation)
        .and(staff("ann").takes_on(DeadlineKind::Acknowledge));
}

#[test]
fn a_machine_is_not_offered_to_say_twice_that_the_customer_was_heard() {
    complaint(dispatching(&standard(), 3_600))
        .and(machine().acknowledges("We have it.").to_be_sent())
        .and(machine().reports(1, Delivery::Failed))
        .stage(Stage::Received)
        .not(machine().resolves("Done."), &Rule::NotForMachines)
        .impossible(CommandKind::Acknowledge)
        .not(machine().acknowledges("We have it."), &Rule::MachineSpokeAlready)
        .not(too_soon(), &Rule::NotFinished)
        .possible(CommandKind::Acknowledge);
}

#[test]
fn a_machine_does_not_forget_that_it_spoke() {
    let mut story = complaint(dispatching(&standard(), 3_600))
        .and(machine().acknowledges("We have it.").to_be_sent())
        .and(machine().reports(1, Delivery::Failed));
    for n in 2..9 {
        story = story.and(reply()).and(machine().reports(n, Delivery::Failed));
    }
    story
        .case_has("no acknowledgement", |case| case.cycle.acknowledged_at.is_none())
        .not(machine().acknowledges("We have it."), &Rule::MachineSpokeAlready);
}

#[test]
fn what_failed_while_nobody_could_be_reached_is_settled() {
    // The resolution is one all the same. What becomes of its message afterwards moves nothing.
    let story = complaint(dispatching(&standard(), 3_600))
        .and(resolve())
        .and(staff("ann").reaches_nobody("Called twice."))
        .and(machine().reports(1, Delivery::Failed))
        .and(wrote())
        .and(machine().reports(1, Delivery::Sent))
        .and(machine().reports(1, Delivery::Failed))
        .stage(Stage::Resolved)
        .live([DeadlineKind::Respond, DeadlineKind::FollowUp]);
    story.and(disputes()).live([DeadlineKind::Respond, DeadlineKind::Resolve]);
}

#[test]
fn what_was_resolved_before_is_not_acknowledged_afterwards() {
    complaint(dispatching(&standard(), 3_600))
        .and(machine().acknowledges("We have it.").to_be_sent())
        .and(resolve())
        .and(staff("ann").reaches_nobody("Called twice."))
        .and(machine().reports(2, Delivery::Failed))
        .and(wrote())
        .at("09:10", reply())
        .and(machine().reports(1, Delivery::Failed))
        .stage(Stage::Resolved)
        .met(DeadlineKind::Acknowledge, 1)
        .case_has("no acknowledgement before the resolution", |case| case.cycle.acknowledged_at.is_none());
}

#[test]
fn one_message_stands_in_for_another_in_everything() {
    // The second to be recorded was said last. What the first had answered is answered by the third.
    let story = complaint(dispatching(&standard(), 3_600))
        .and(reply())
        .at("09:20", reply())
        .at("09:30", reply().as_of("2026-11-23 09:10"))
        .and(machine().reports(1, Delivery::Failed))
        .without(DeadlineKind::Respond)
        .and(machine().reports(2, Delivery::Failed))
        .without(DeadlineKind::Respond)
        .case_has("an answer", |case| case.conversation.unanswered_since().is_none());
    story
        .and(machine().reports(3, Delivery::Failed))
        .live([DeadlineKind::Acknowledge, DeadlineKind::Respond, DeadlineKind::Resolve])
        .case_has("no answer", |case| case.conversation.unanswered_since().is_some());
}
