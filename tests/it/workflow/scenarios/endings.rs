//! Resolving, following up, closing, and taking up again.

use talkback::workflow::{Close, Missing, Rule, Withdraw};
use talkback::{
    Actor, CloseReason, Command, CycleCause, DeadlineKind, ExitReason, Fact, Party, Stage, Verdict,
};

use super::super::policies::{name, standard, standard_with, tight};
use super::super::world::*;

#[test]
fn a_disputed_answer_begins_a_cycle_and_waits_for_a_person() {
    complaint(standard())
        .staff(resolve())
        .staff(follow_up())
        .at("11-24 10:00")
        .customer(answer(Verdict::Disputed))
        .stands(Stage::InProgress)
        .due(DeadlineKind::Respond, "11-27 00:00")
        .without(DeadlineKind::Confirm);
}

#[test]
fn what_was_left_during_a_wait_is_left_after_a_reopening() {
    // Five working days from Monday: at the wait on Tuesday four are left.
    complaint(standard())
        .at("11-24 10:00")
        .staff(reply())
        .staff(wait(talkback::WaitingFor::ThirdParty, "12-11 12:00"))
        .at("12-09 10:00")
        .staff(resolve())
        .at("12-10 10:00")
        .customer(disputes())
        .due(DeadlineKind::Resolve, "12-17 00:00");
}

#[test]
fn a_refusal_says_where_the_case_stands_now_and_not_when_it_was_last_ticked() {
    let mut world = complaint(tight()).staff(resolve()).staff(follow_up()).at("11-23 12:00");
    let refused = world.refused(follow_up());
    assert_eq!((refused.rule, refused.stage), (Rule::WrongStage, Some(Stage::Closed)));
}

#[test]
fn who_answered_is_not_closed_as_unanswered() {
    complaint(tight())
        .staff(resolve())
        .staff(follow_up())
        .customer(answer(Verdict::Unsatisfied))
        .not(close(CloseReason::Unanswered), &Rule::AlreadyAnswered)
        .staff(close(CloseReason::Confirmed))
        .closed_as(&CloseReason::Confirmed);
}

#[test]
fn a_machine_asks_no_machine_whether_it_helped() {
    let bounce = talkback::Feedback::complaint(talkback::Channel::Email, "Mailbox full.").automatic();
    let mut world = opened(standard(), bounce).staff(resolve());
    for command in [follow_up(), reply()] {
        assert_eq!(world.refused_to(Actor::system(), command).rule, Rule::MachinesDoNotTalk);
    }
    world.staff(follow_up()).stands(Stage::FollowedUp);
}

#[test]
fn a_case_ends_after_what_led_to_its_end() {
    let spam = || close_with(CloseReason::Spam, None, "an advertisement");
    complaint(standard())
        .at("11-23 12:00")
        .staff(acknowledge())
        .at("11-23 14:00")
        .which_happened("11-23 11:00")
        .not(spam(), &Rule::ImpossibleTime)
        .staff(spam())
        .at("11-23 15:00")
        .which_happened("11-23 13:00")
        .not(Command::Reopen(words("it was none")), &Rule::ImpossibleTime);

    // The letter in which they take it back crossed the resolution: it is accepted all the same.
    let world = complaint(standard())
        .at("11-24 12:00")
        .staff(resolve())
        .at("11-25 09:00")
        .which_happened("11-24 09:00")
        .customer(withdraw(ExitReason::SolvedItself))
        .closed_as(&CloseReason::Withdrawn);
    assert_eq!(world.case().closed.as_ref().unwrap().at, at("11-24 12:00"));
    assert_eq!(world.facts("closed")[0].occurred_at, at("11-24 09:00"));
}

/// A case that was closed as confirmed on Tuesday at noon.
fn confirmed() -> World {
    complaint(standard())
        .staff(resolve())
        .at("11-24 10:00")
        .staff(follow_up())
        .customer(answer(Verdict::Satisfied))
        .at("11-24 12:00")
        .staff(close(CloseReason::Confirmed))
}

#[test]
fn a_thank_you_reopens_for_a_moment_and_is_not_counted() {
    let world = confirmed()
        .at("11-25 09:00")
        .customer(wrote())
        .stands(Stage::InProgress)
        .due(DeadlineKind::Respond, "11-28 00:00");
    assert_eq!((world.case().reopened, world.case().cycle.cause), (1, CycleCause::WroteAgain));
    let world = world
        .at("11-25 10:00")
        .staff(Command::NoActionNeeded)
        .closed_as(&CloseReason::Confirmed)
        .counts(DeadlineKind::Respond, 1, 0);
    assert_eq!((world.case().reopened, world.case().cycle.number), (0, 2));
}

#[test]
fn nothing_needed_is_only_said_as_the_first_step() {
    for step in [reply(), promise(talkback::Promised::Answer, "11-26 12:00")] {
        confirmed()
            .at("11-25 09:00")
            .customer(wrote())
            .staff(step)
            .not(Command::NoActionNeeded, &Rule::WrongStage)
            .stands(Stage::InProgress);
    }
}

#[test]
fn the_time_to_answer_runs_from_the_last_word_also_when_what_was_owed_was_done_before() {
    let world = complaint(standard())
        .at("11-24 14:00")
        .staff(resolve())
        .staff(follow_up())
        .staff(promise(talkback::Promised::Action("call".parse().unwrap()), "12-10 12:00"))
        // Five working days later nobody has answered: silence is no answer while we owe something.
        .at("12-02 09:00")
        .tick()
        .stands(Stage::FollowedUp)
        .without(DeadlineKind::Confirm);
    let promised = world.id(DeadlineKind::Promise);
    world
        .which_happened("11-23 13:00")
        .staff(Command::Fulfil(promised))
        .due(DeadlineKind::FollowUp, "12-05 00:00");
}
