//! Resolving, following up, closing, and taking up again.

use talkback::policy::ReopenResolve;
use talkback::workflow::{Rule, Withdraw};
use talkback::{Actor, CloseReason, Command, CycleCause, DeadlineKind, ExitReason, Party, Stage, Verdict};

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

#[test]
fn rule_9_a_resolution_ends_resolve_and_starts_the_follow_up() {
    complaint(standard())
        .at("11-24 10:00")
        .staff(resolve())
        .stands(Stage::Resolved)
        .counts(DeadlineKind::Acknowledge, 0, 1)
        .counts(DeadlineKind::Respond, 1, 0)
        .counts(DeadlineKind::Resolve, 1, 0)
        .due(DeadlineKind::FollowUp, "11-27 00:00")
        .at("11-25 10:00")
        .staff(follow_up())
        .counts(DeadlineKind::FollowUp, 1, 0)
        .due(DeadlineKind::Confirm, "12-03 00:00")
        .customer(answer(Verdict::Satisfied))
        .counts(DeadlineKind::Confirm, 1, 0)
        .stands(Stage::FollowedUp)
        .staff(close(CloseReason::Confirmed))
        .closed_as(&CloseReason::Confirmed);
}

#[test]
fn rule_10_silence_ends_a_case_after_the_last_attempt_and_only_then() {
    let world = complaint(standard())
        .staff(resolve())
        .staff(follow_up())
        .ticked_until("12-01 09:00")
        .stands(Stage::FollowedUp)
        // Due on the first of December, asked again on the second.
        .due(DeadlineKind::FollowUp, "12-04 00:00")
        .at("12-02 10:00")
        .staff(follow_up())
        .ticked_until("12-09 23:00")
        .stands(Stage::FollowedUp)
        .ticked_until("12-10 09:00")
        .closed_as(&CloseReason::Unanswered);
    assert_eq!(world.case().closed.as_ref().unwrap().at, at("12-10 00:00"));
    assert_eq!(world.facts("closed")[0].by, Party::System);
    assert_eq!(world.case().wake_up(), None);
}

/// Resolved on Tuesday at noon, with four of five working days left, and disputed on Thursday.
fn disputed(policy: talkback::Policy) -> World {
    complaint(policy)
        .at("11-24 12:00")
        .staff(resolve())
        .at("11-26 12:00")
        .customer(disputes())
        .stands(Stage::InProgress)
        .due(DeadlineKind::Respond, "12-01 00:00")
        .without(DeadlineKind::FollowUp)
}

#[test]
fn rule_11_a_reopened_case_gets_the_time_that_the_policy_says() {
    let reopening = |reopen| standard_with(|spec| spec.terms.reopen_resolve = reopen);
    let world = disputed(standard()).due(DeadlineKind::Resolve, "12-03 00:00");
    assert_eq!((world.case().cycle.number, world.case().cycle.cause), (2, CycleCause::Disputed));
    let floor = talkback::Span::working_days(7);
    disputed(reopening(ReopenResolve::Remaining { floor })).due(DeadlineKind::Resolve, "12-08 00:00");
    disputed(reopening(ReopenResolve::Fresh)).due(DeadlineKind::Resolve, "12-04 00:00");
    disputed(reopening(ReopenResolve::FromStart)).due(DeadlineKind::Resolve, "12-01 00:00");
}

#[test]
fn rule_11_old_verdicts_are_frozen() {
    let world = complaint(standard()).at("11-24 12:00").tick();
    let old = world.breach(DeadlineKind::Acknowledge).clone();
    let world = world
        .staff(resolve())
        .at("11-25 12:00")
        .staff(Command::Reopen(words("the courier lost it")))
        .stands(Stage::InProgress)
        .staff(reply())
        .staff(resolve());
    assert_eq!(world.case().cycle.cause, CycleCause::Decided);
    assert_eq!(world.breach(DeadlineKind::Acknowledge).due, old.due);
    assert_eq!(world.case().deadlines.breaches().len(), 1);
    assert_eq!(world.case().reopened, 1);
}

#[test]
fn rule_12_after_the_resolution_a_message_waits_for_an_answer_and_the_stage_stays() {
    let wrote_after = || {
        complaint(standard())
            .staff(resolve())
            .at("11-24 10:00")
            .customer(wrote())
            .stands(Stage::Resolved)
            .due(DeadlineKind::Respond, "11-27 00:00")
    };
    wrote_after().staff(Command::NoActionNeeded).without(DeadlineKind::Respond).stands(Stage::Resolved);
    wrote_after().staff(reply()).counts(DeadlineKind::Respond, 2, 0).stands(Stage::Resolved);
    wrote_after().customer(disputes()).stands(Stage::InProgress).due(DeadlineKind::Respond, "11-27 00:00");
}

#[test]
fn rule_12_the_window_closes_and_a_late_message_belongs_into_a_new_case() {
    // Thirty calendar days after Tuesday, 24 November.
    confirmed().at("12-24 23:00").customer(wrote()).stands(Stage::InProgress);
    let mut world = confirmed().at("12-25 09:00");
    assert_eq!(world.refused_to(customer(), wrote()).rule, Rule::ReopenWindowOver);
    // What was taken for spam comes back whenever its author does.
    complaint(standard())
        .staff(close(CloseReason::Spam))
        .closed_as(&CloseReason::Spam)
        .at("12-31 09:00")
        .customer(wrote())
        .stands(Stage::InProgress);
}

#[test]
fn a_case_ends_by_waiving_referring_or_leaving_with_its_evidence() {
    let told = close_with(CloseReason::Referred(name("the carrier")), Some(message()), "theirs");
    complaint(standard()).staff(told).counts(DeadlineKind::Respond, 1, 0);
    let world = complaint(standard())
        .at("11-23 14:00")
        .by(bob(), close_with(CloseReason::Waived(Party::System), None, "a test order"))
        .counts(DeadlineKind::Acknowledge, 0, 1);
    let Party::Staff(bob) = bob().party else { panic!("bob is staff") };
    let world = world.closed_as(&CloseReason::Waived(Party::Staff(bob)));
    assert_eq!(world.case().deadlines.tally(DeadlineKind::Respond).waived, 1);
    let leaving = Withdraw { leaving: true, ..Withdraw::matter(ExitReason::Competitor) };
    complaint(standard()).customer(Command::Withdraw(leaving)).closed_as(&CloseReason::Left);
}
