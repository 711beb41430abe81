//! Resolving, following up, closing, and taking up again.

use talkback::testing::Scenario;
use talkback::testing::scenario::{customer, machine, staff};
use talkback::workflow::Rule;
use talkback::{
    Channel, CloseReason, CycleCause, DeadlineKind, ExitReason, Feedback, Promised, Stage, Verdict,
};

use super::super::policies::{standard, tight};
use super::super::story::*;

/// A case that was closed as confirmed on Tuesday at noon.
pub(crate) fn confirmed() -> Scenario {
    complaint(standard())
        .and(resolve())
        .at("11-24 10:00", follow_up())
        .and(customer().answers(Verdict::Satisfied))
        .at("12:00", staff("ann").closes(CloseReason::Confirmed))
}

#[test]
fn a_disputed_answer_begins_a_cycle_and_waits_for_a_person() {
    complaint(standard())
        .and(resolve())
        .and(follow_up())
        .at("11-24 10:00", customer().answers(Verdict::Disputed))
        .stage(Stage::InProgress)
        .due(DeadlineKind::Respond, "11-26 24:00")
        .without(DeadlineKind::Confirm);
}

#[test]
fn what_was_left_during_a_wait_is_left_after_a_reopening() {
    // Five working days from Monday: at the wait on Tuesday four are left.
    complaint(standard())
        .at("11-24 10:00", reply())
        .and(wait("12-11 12:00"))
        .at("12-09 10:00", resolve())
        .at("12-10 10:00", disputes())
        .due(DeadlineKind::Resolve, "12-16 24:00");
}

#[test]
fn a_refusal_says_where_the_case_stands_now_and_not_when_it_was_last_ticked() {
    let story = complaint(tight())
        .and(resolve())
        .and(follow_up())
        .at("12:00", follow_up().in_vain())
        .refused(&Rule::WrongStage);
    assert_eq!(story.refusal().unwrap().stage, Some(Stage::Closed));
}

#[test]
fn who_answered_is_not_closed_as_unanswered() {
    complaint(tight())
        .and(resolve())
        .and(follow_up())
        .and(customer().answers(Verdict::Unsatisfied))
        .not(staff("ann").closes(CloseReason::Unanswered), &Rule::AlreadyAnswered)
        .and(staff("ann").closes(CloseReason::Confirmed))
        .closed(&CloseReason::Confirmed);
}

#[test]
fn a_machine_asks_no_machine_whether_it_helped() {
    let bounce = Feedback::complaint(Channel::Email, "Mailbox full.").automatic();
    opened(standard(), bounce)
        .and(resolve())
        .not(machine().follows_up("Did it help?"), &Rule::MachinesDoNotTalk)
        .not(machine().replies("Thank you."), &Rule::MachinesDoNotTalk)
        .and(follow_up())
        .stage(Stage::FollowedUp);
}

#[test]
fn a_case_ends_after_what_led_to_its_end() {
    let spam = || staff("ann").closes_saying(CloseReason::Spam, "an advertisement");
    complaint(standard())
        .at("12:00", acknowledge())
        .jumps_to("14:00")
        .not(spam().as_of("11:00"), &Rule::ImpossibleTime)
        .and(spam())
        .jumps_to("15:00")
        .not(staff("ann").reopens("it was none").as_of("13:00"), &Rule::ImpossibleTime);

    // The letter in which they take it back crossed the resolution: it is accepted all the same.
    let story = complaint(standard())
        .at("11-24 12:00", resolve())
        .at("11-25 09:00", customer().withdraws(ExitReason::SolvedItself).as_of("11-24 09:00"))
        .closed(&CloseReason::Withdrawn)
        .happened_at("closed", "11-24 09:00");
    assert_eq!(story.case().unwrap().closed.as_ref().unwrap().at, at("11-24 12:00"));
}

#[test]
fn a_thank_you_reopens_for_a_moment_and_is_not_counted() {
    confirmed()
        .at("11-25 09:00", wrote())
        .stage(Stage::InProgress)
        .due(DeadlineKind::Respond, "11-27 24:00")
        .reopened(1)
        .cycle(2, CycleCause::WroteAgain)
        .at("10:00", staff("ann").needs_no_action())
        .closed(&CloseReason::Confirmed)
        .counts(DeadlineKind::Respond, 1, 0)
        .reopened(0)
        .cycle(2, CycleCause::WroteAgain);
}

#[test]
fn nothing_needed_is_only_said_as_the_first_step() {
    for step in [reply(), staff("ann").promises(Promised::Answer, "11-26 12:00")] {
        confirmed()
            .at("11-25 09:00", wrote())
            .and(step)
            .not(staff("ann").needs_no_action(), &Rule::WrongStage)
            .stage(Stage::InProgress);
    }
}

#[test]
fn the_time_to_answer_runs_from_the_last_word_also_when_what_was_owed_was_done_before() {
    complaint(standard())
        .at("11-24 14:00", resolve())
        .and(follow_up())
        .and(staff("ann").promises(Promised::Action("call".parse().unwrap()), "12-10 12:00"))
        // Five working days later nobody has answered: silence is no answer while we owe something.
        .jumps_to("12-02 09:00")
        .somebody_looks()
        .stage(Stage::FollowedUp)
        .without(DeadlineKind::Confirm)
        .and(staff("ann").fulfils_the_promise().as_of("11-23 13:00"))
        .due(DeadlineKind::FollowUp, "12-04 24:00");
}
