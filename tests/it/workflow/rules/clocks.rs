//! Rules 1, 2, 3 and 5: when clocks start, and what satisfies them.

use talkback::testing::scenario::{customer, machine, staff};
use talkback::workflow::{BreachCause, Missing, Rule};
use talkback::{Channel, DeadlineKind, Feedback, Stage};

use super::super::policies::{bare, standard};
use super::super::story::*;

#[test]
fn rule_01_a_clock_starts_when_the_customer_spoke_and_not_when_we_stored_it() {
    nothing(standard())
        .at("11:00", machine().complains("It leaks.").as_of("09:00"))
        .due(DeadlineKind::Acknowledge, "13:00")
        .wakes_up("12:00");
    nothing(standard())
        .at("11:00", customer().complains("It leaks."))
        .due(DeadlineKind::Acknowledge, "15:00");
}

#[test]
fn rule_01_an_import_that_is_already_late_records_the_breach_with_its_cause() {
    let imported = Feedback::complaint(Channel::Email, "It leaks.").received_at(at("11-18 10:00"));
    let late = opened(standard(), imported)
        .counts(DeadlineKind::Acknowledge, 0, 1)
        .breach(DeadlineKind::Acknowledge, "11-18 14:00")
        .breach_cause(DeadlineKind::Acknowledge, BreachCause::LateIntake)
        .breach_noticed(DeadlineKind::Acknowledge, "11-23 09:00")
        .counts(DeadlineKind::Respond, 0, 1)
        .breach(DeadlineKind::Respond, "11-20 24:00")
        .breach_cause(DeadlineKind::Respond, BreachCause::LateIntake)
        .due(DeadlineKind::Resolve, "11-25 24:00");
    // What time brings from there on is no late intake any more.
    late.time_passes_until("11-26 09:00")
        .breach(DeadlineKind::Resolve, "11-25 24:00")
        .breach_cause(DeadlineKind::Resolve, BreachCause::TimeRanOut);
}

#[test]
fn rule_02_a_message_to_the_customer_acknowledges() {
    complaint(standard())
        .at("10:00", acknowledge())
        .stage(Stage::Acknowledged)
        .counts(DeadlineKind::Acknowledge, 1, 0)
        .not(acknowledge(), &Rule::AlreadyAcknowledged);
    // What the customer does not see does not.
    complaint(standard())
        .and(staff("ann").notes("called the depot"))
        .and(staff("ann").assigns("ann"))
        .stage(Stage::Received)
        .due(DeadlineKind::Acknowledge, "13:00");
}

#[test]
fn rule_02_an_automatic_one_only_where_the_policy_allows_it() {
    complaint(standard()).and(machine().acknowledges("We have it.")).stage(Stage::Acknowledged).counts(
        DeadlineKind::Acknowledge,
        1,
        0,
    );
    complaint(bare())
        .not(machine().acknowledges("We have it."), &Rule::NotByMachine)
        .missing([Missing::Acknowledgement])
        .stage(Stage::Received)
        .counts(DeadlineKind::Acknowledge, 0, 0);
}

#[test]
fn rule_02_a_persons_first_reply_and_a_resolution_that_tells_acknowledge_as_well() {
    complaint(bare()).and(reply()).counts(DeadlineKind::Acknowledge, 1, 0).stage(Stage::InProgress);
    complaint(bare()).and(resolve()).counts(DeadlineKind::Acknowledge, 1, 0).stage(Stage::Resolved);
    // A machine's reply is no person's.
    complaint(bare()).and(machine().replies("We have it.")).counts(DeadlineKind::Acknowledge, 0, 0);
}

#[test]
fn rule_03_a_persons_public_message_answers() {
    complaint(standard())
        .at("11-24 10:00", reply())
        .counts(DeadlineKind::Respond, 1, 0)
        .without(DeadlineKind::Respond);
}

#[test]
fn rule_03_automatic_messages_internal_notes_and_silent_status_changes_never_do() {
    complaint(standard())
        .and(machine().acknowledges("We have it."))
        .and(machine().replies("We will write soon."))
        .due(DeadlineKind::Respond, "11-25 24:00")
        .and(staff("ann").notes("called the depot"))
        .due(DeadlineKind::Respond, "11-25 24:00")
        .and(staff("ann").assigns("ann"))
        .stage(Stage::InProgress)
        .due(DeadlineKind::Respond, "11-25 24:00")
        .and(wait("11-24 12:00"))
        .and(staff("ann").resumes())
        .due(DeadlineKind::Respond, "11-25 24:00")
        .counts(DeadlineKind::Respond, 0, 0)
        .and(reply())
        .counts(DeadlineKind::Respond, 1, 0);
    // Nor does an acknowledgement, whoever sends it.
    complaint(standard()).and(acknowledge()).due(DeadlineKind::Respond, "11-25 24:00");
}

#[test]
fn rule_05_the_oldest_unanswered_message_keeps_the_clock() {
    complaint(standard())
        .at("11-24 10:00", wrote())
        .due(DeadlineKind::Respond, "11-25 24:00")
        .at("11-24 11:00", reply())
        .without(DeadlineKind::Respond)
        // Once it is answered, the next message has a clock of its own.
        .at("11-27 10:00", wrote())
        .due(DeadlineKind::Respond, "12-01 24:00");
}

#[test]
fn rule_05_no_second_breach_and_no_restart_after_a_breach() {
    complaint(standard())
        .at("11-26 12:00", wrote())
        .counts(DeadlineKind::Respond, 0, 1)
        .overdue(DeadlineKind::Respond)
        .time_passes_until("12-15 12:00")
        .counts(DeadlineKind::Respond, 0, 1)
        .breach(DeadlineKind::Respond, "11-25 24:00")
        .at("12-15 13:00", reply())
        .without(DeadlineKind::Respond)
        .breach_done(DeadlineKind::Respond, "12-15 13:00")
        .counts(DeadlineKind::Respond, 0, 1);
}
