//! When clocks start, and what satisfies a deadline.

use chrono::TimeDelta;
use talkback::testing::scenario::{customer, staff};
use talkback::{Channel, DeadlineKind, ExitReason, Feedback, Stage};

use super::super::policies::{standard, tight};
use super::super::story::*;

#[test]
fn what_has_no_time_of_its_own_comes_after_what_is_known() {
    // The customer's clock is two minutes ahead of ours.
    let ahead = Feedback::complaint(Channel::Email, "It leaks.").received_at(at("11-23 09:02"));
    opened(standard(), ahead)
        .somebody_looks()
        .after(TimeDelta::seconds(30), reply())
        .without(DeadlineKind::Respond)
        .and(customer().withdraws(ExitReason::Mistake))
        .stage(Stage::Closed);
}

#[test]
fn a_message_recorded_after_a_newer_one_restarts_nothing() {
    complaint(tight())
        .at("09:30", reply())
        .due(DeadlineKind::Update, "12:30")
        .at("09:40", reply().as_of("09:10"))
        .due(DeadlineKind::Update, "12:30");
}

#[test]
fn after_a_waived_answer_the_next_message_has_a_clock_of_its_own() {
    complaint(standard())
        .and(staff("bob").waives(DeadlineKind::Respond, "answered on the telephone"))
        .without(DeadlineKind::Respond)
        .at("11-24 10:00", wrote())
        .due(DeadlineKind::Respond, "11-26 24:00");
}

#[test]
fn the_snapshot_stays_small_however_long_the_conversation_grows() {
    let mut story = complaint(standard());
    for _ in 0..500 {
        story = story.after(TimeDelta::minutes(1), wrote()).after(TimeDelta::minutes(1), reply());
    }
    let case = story.case().unwrap();
    let bytes = serde_json::to_string(case).unwrap().len();
    assert_eq!(case.conversation.from_customer, 501);
    assert!(bytes < 3_000, "{bytes}");
}
