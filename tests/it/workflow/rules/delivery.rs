//! Rule 4: a message that does not arrive, and one that nobody sends.

use talkback::policy::{Rule as Targets, Span, Target, Terms};
use talkback::testing::Scenario;
use talkback::testing::scenario::{customer, machine, staff};
use talkback::workflow::{BreachCause, NoticeKind};
use talkback::{
    CloseReason, CycleCause, DeadlineKind, Delivery, Excuse, ExitReason, PRECISION, Promised, Stage,
};

use super::super::policies::{dispatching, standard, standard_with, tight};
use super::super::story::*;

const ACKNOWLEDGE: DeadlineKind = DeadlineKind::Acknowledge;
const RESPOND: DeadlineKind = DeadlineKind::Respond;

fn fails(message: usize) -> talkback::testing::scenario::Deed {
    machine().reports(message, Delivery::Failed)
}

#[test]
fn rule_04_what_the_message_had_met_runs_again_with_its_original_due() {
    complaint(standard())
        .at("10:00", reply())
        .counts(ACKNOWLEDGE, 1, 0)
        .counts(RESPOND, 1, 0)
        .at("11:00", fails(1))
        .counts(ACKNOWLEDGE, 0, 0)
        .due(ACKNOWLEDGE, "13:00")
        .counts(RESPOND, 0, 0)
        .due(RESPOND, "11-25 24:00")
        // Staff are told.
        .notices_owed(NoticeKind::Undelivered, 1)
        .told("owner");
    complaint(standard())
        .at("10:00", acknowledge())
        .stage(Stage::Acknowledged)
        .at("11:00", fails(1))
        .stage(Stage::Received)
        .due(ACKNOWLEDGE, "13:00");
}

#[test]
fn rule_04_a_later_message_of_the_cycle_stands_in_and_its_time_decides() {
    // In time.
    complaint(standard())
        .at("10:00", reply())
        .at("12:00", reply())
        .at("14:00", fails(1))
        .counts(ACKNOWLEDGE, 1, 0)
        .counts(RESPOND, 1, 0)
        .without(RESPOND);
    // Too late.
    complaint(standard())
        .at("10:00", reply())
        .at("14:00", reply())
        .at("15:00", fails(1))
        .counts(ACKNOWLEDGE, 0, 1)
        .breach(ACKNOWLEDGE, "13:00")
        .breach_done(ACKNOWLEDGE, "14:00")
        .counts(RESPOND, 1, 0);
    // One that says less does not.
    complaint(standard())
        .at("10:00", reply())
        .at("12:00", machine().replies("We will write soon.").to_be_sent())
        .at("12:30", fails(1))
        .due(RESPOND, "11-25 24:00");
}

#[test]
fn rule_04_where_the_due_has_passed_it_is_breached_at_that_due() {
    complaint(standard())
        .at("10:00", acknowledge())
        .at("11-24 10:00", reply())
        .at("11-27 10:00", fails(2))
        .counts(ACKNOWLEDGE, 1, 0)
        .breach(RESPOND, "11-25 24:00")
        .breach_noticed(RESPOND, "11-27 10:00")
        .breach_cause(RESPOND, BreachCause::Undelivered)
        .breach_never_done(RESPOND)
        .overdue(RESPOND);
}

#[test]
fn rule_04_a_breached_one_loses_its_met_time_and_never_its_breach() {
    complaint(standard())
        .at("14:00", reply())
        .breach(ACKNOWLEDGE, "13:00")
        .breach_done(ACKNOWLEDGE, "14:00")
        .at("15:00", fails(1))
        .counts(ACKNOWLEDGE, 0, 1)
        .breach(ACKNOWLEDGE, "13:00")
        .breach_never_done(ACKNOWLEDGE)
        .overdue(ACKNOWLEDGE);
    // What had excused it was the message itself.
    complaint(standard())
        .at("15:00", acknowledge().as_of("12:00"))
        .breach_excused(ACKNOWLEDGE, Some(Excuse::DoneInTime))
        .at("16:00", fails(1))
        .counts(ACKNOWLEDGE, 0, 1)
        .breach_excused(ACKNOWLEDGE, None)
        .overdue(ACKNOWLEDGE);
}

#[test]
fn rule_04_a_failed_resolution_takes_the_case_back_in_the_same_cycle() {
    let goes_on = |story: Scenario| {
        story
            .stage(Stage::InProgress)
            .cycle(1, CycleCause::Opened)
            .reopened(0)
            .counts(DeadlineKind::Resolve, 0, 0)
            .due(DeadlineKind::Resolve, "11-30 24:00")
            .without(DeadlineKind::FollowUp)
            .without(DeadlineKind::Confirm)
    };
    let resolved = || complaint(standard()).at("10:00", reply()).at("11-24 10:00", resolve());
    goes_on(resolved().at("12:00", fails(2))).without(RESPOND);
    goes_on(resolved().at("11:00", follow_up()).stage(Stage::FollowedUp).at("12:00", fails(2)));
    // The resolution had been the first word.
    goes_on(complaint(standard()).at("10:00", resolve()).at("11:00", fails(1)))
        .due(ACKNOWLEDGE, "13:00")
        .due(RESPOND, "11-25 24:00");
}

#[test]
fn rule_04_a_failed_follow_up_is_an_attempt_without_an_answer() {
    // Two attempts: the next one is due two working days later.
    let once = complaint(standard())
        .and(resolve())
        .at("11-24 10:00", follow_up())
        .due(DeadlineKind::Confirm, "12-01 24:00")
        .at("12:00", fails(2))
        .stage(Stage::FollowedUp)
        .without(DeadlineKind::Confirm)
        .due(DeadlineKind::FollowUp, "11-26 24:00");
    // After the last it is closed as unanswered.
    once.at("11-25 10:00", follow_up())
        .at("12:00", fails(3))
        .closed(&CloseReason::Unanswered)
        .happened_at("closed", "12:00");
}

#[test]
fn rule_04_of_a_closed_case_or_an_older_cycle_no_verdict_moves_and_staff_are_told() {
    complaint(standard())
        .at("10:00", reply())
        .at("11:00", customer().withdraws(ExitReason::SolvedItself))
        .at("12:00", fails(1))
        .closed(&CloseReason::Withdrawn)
        .counts(ACKNOWLEDGE, 1, 0)
        .counts(RESPOND, 1, 0)
        .happened("delivery", 1)
        .notices_owed(NoticeKind::Undelivered, 1);
    complaint(standard())
        .at("10:00", resolve())
        .at("11-24 10:00", disputes())
        .cycle(2, CycleCause::Disputed)
        .at("12:00", fails(1))
        .stage(Stage::InProgress)
        .cycle(2, CycleCause::Disputed)
        .counts(RESPOND, 1, 0)
        .counts(DeadlineKind::Resolve, 1, 0)
        .notices_owed(NoticeKind::Undelivered, 1);
}

#[test]
fn rule_04_a_message_counts_from_when_it_was_said_and_not_from_when_it_was_sent() {
    complaint(dispatching(&standard(), 3_600))
        .at("12:55", acknowledge())
        .at("13:30", machine().reports(1, Delivery::Sent))
        .at("14:00", machine().reports(1, Delivery::Delivered))
        .at("15:00", machine().reports(1, Delivery::Read))
        .counts(ACKNOWLEDGE, 1, 0)
        .time_passes_until("11-24 09:00")
        .counts(ACKNOWLEDGE, 1, 0);
}

#[test]
fn rule_04_one_that_nobody_sends_within_the_limit_counts_as_failed() {
    assert_eq!(Terms::default().dispatch_seconds, 3_600);
    // One hour, and the grace for reporting it; it fails at the hour.
    let noticed = at("11-23 11:05") + PRECISION;
    complaint(dispatching(&standard(), 3_600))
        .at("10:00", reply())
        .wakes_up(noticed)
        .time_passes_until("11:05")
        .counts(RESPOND, 1, 0)
        .time_passes_until("11:06")
        .counts(RESPOND, 0, 0)
        .due(RESPOND, "11-25 24:00")
        .due(ACKNOWLEDGE, "13:00")
        .happened("delivery", 1)
        .happened_at("delivery", "11:00")
        .notices_owed(NoticeKind::Undelivered, 1);
    // Sent in time, it does not.
    complaint(dispatching(&standard(), 3_600))
        .at("10:00", reply())
        .at("10:59", machine().reports(1, Delivery::Sent))
        .time_passes_until("12:30")
        .counts(RESPOND, 1, 0)
        .happened("delivery", 1);
}

#[test]
fn rule_04_what_the_application_delivered_itself_is_waited_for_by_nobody() {
    complaint(dispatching(&standard(), 3_600))
        .at("10:00", staff("ann").replies("We look into it."))
        .notices_owed(NoticeKind::Message, 0)
        .time_passes_until("11-24 09:00")
        .counts(ACKNOWLEDGE, 1, 0)
        .counts(RESPOND, 1, 0)
        .happened("delivery", 0);
}

#[test]
fn rule_04_what_has_arrived_cannot_fail_any_more() {
    complaint(standard())
        .at("10:00", reply())
        .at("10:30", machine().reports(1, Delivery::Delivered))
        .at("11:00", fails(1))
        .counts(ACKNOWLEDGE, 1, 0)
        .counts(RESPOND, 1, 0)
        .stage(Stage::InProgress);
    // Also where it is kept because of one before it.
    complaint(standard())
        .at("10:00", reply())
        .at("10:10", wrote())
        .at("10:20", reply())
        .at("10:30", machine().reports(2, Delivery::Delivered))
        .at("11:00", fails(2))
        .counts(RESPOND, 2, 0)
        .without(RESPOND);
}

#[test]
fn rule_04_what_failed_may_be_said_to_have_failed_again() {
    complaint(standard())
        .at("10:00", reply())
        .at("11:00", fails(1))
        .at("12:00", fails(1))
        .counts(RESPOND, 0, 0)
        .due(RESPOND, "11-25 24:00")
        .counts(ACKNOWLEDGE, 0, 0)
        .due(ACKNOWLEDGE, "13:00");
}

#[test]
fn rule_04_a_machine_may_acknowledge_where_a_persons_word_failed() {
    complaint(standard())
        .at("10:00", acknowledge())
        .at("10:30", fails(1))
        .at("11:00", machine().acknowledges("We have it.").to_be_sent())
        .stage(Stage::Acknowledged)
        .counts(ACKNOWLEDGE, 1, 0);
}

#[test]
fn rule_04_a_later_answer_keeps_the_promise_to_answer() {
    let promise = || staff("ann").promises(Promised::Answer, "11-25 12:00");
    complaint(standard())
        .at("09:30", reply())
        .and(promise())
        .at("10:00", reply())
        .at("11:00", reply())
        .at("12:00", fails(2))
        .counts(DeadlineKind::Promise, 1, 0)
        .without(DeadlineKind::Promise);
    complaint(standard())
        .at("09:30", reply())
        .and(promise())
        .at("10:00", reply())
        .at("11:00", fails(2))
        .counts(DeadlineKind::Promise, 0, 0)
        .due(DeadlineKind::Promise, "11-25 12:00");
}

#[test]
fn rule_04_what_stood_still_until_the_message_is_given_its_time_back() {
    complaint(tight())
        .at("09:10", reply())
        .due(DeadlineKind::Resolve, "17:00")
        .at("10:00", wait("12:00"))
        .at("11:00", resolve())
        .at("11:30", fails(2))
        .stage(Stage::InProgress)
        .due(DeadlineKind::Resolve, "18:00");
}

#[test]
fn rule_04_a_follow_up_stands_in_for_the_lost_resolution_as_far_as_it_goes() {
    // It was their first word from us, and says that they were heard.
    let early = standard_with(|spec| {
        let target = Target::within(Span::working_hours(4)).moot_if_resolved(Span::working_hours(3));
        spec.rules.insert(0, Targets::always().target(ACKNOWLEDGE, target));
    });
    complaint(early)
        .at("10:00", resolve())
        .moot(ACKNOWLEDGE, 1)
        .at("10:30", follow_up())
        .at("11:00", fails(1))
        .stage(Stage::InProgress)
        .counts(ACKNOWLEDGE, 1, 0)
        .without(ACKNOWLEDGE);
    // They are told how it stands again, every three hours from there on.
    complaint(tight())
        .at("09:10", reply())
        .at("10:00", resolve())
        .at("10:30", follow_up())
        .at("11:00", reply())
        .at("11:15", reply())
        .at("11:20", fails(5))
        .at("11:30", fails(2))
        .stage(Stage::InProgress)
        .due(DeadlineKind::Update, "14:00");
    // Without any, the old clock goes on.
    complaint(tight())
        .at("09:10", reply())
        .at("10:00", resolve())
        .without(DeadlineKind::Update)
        .at("11:30", fails(2))
        .due(DeadlineKind::Update, "12:10");
}
