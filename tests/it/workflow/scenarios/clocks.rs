//! When clocks start, what satisfies a deadline, and whose time counts.

use talkback::workflow::{BreachCause, Rule};
use talkback::{Actor, Channel, DeadlineKind, Excuse, Fact, Feedback, Outbound, Stage};

use super::super::generate::reply_path;
use super::super::policies::{bare, standard, tight};
use super::super::world::*;

#[test]
fn what_has_no_time_of_its_own_comes_after_what_is_known() {
    // The customer's clock is two minutes ahead of ours.
    let ahead = Feedback::complaint(Channel::Email, "It leaks.").received_at(at("11-23 09:02"));
    opened(standard(), ahead)
        .tick()
        .seconds_later(30)
        .staff(reply())
        .without(DeadlineKind::Respond)
        .customer(withdraw(talkback::ExitReason::Mistake))
        .stands(Stage::Closed);
}

#[test]
fn a_message_recorded_after_a_newer_one_restarts_nothing() {
    complaint(tight())
        .at("11-23 09:30")
        .staff(reply())
        .due(DeadlineKind::Update, "11-23 12:30")
        .at("11-23 09:40")
        .which_happened("11-23 09:10")
        .staff(reply())
        .due(DeadlineKind::Update, "11-23 12:30");
}

#[test]
fn after_a_waived_answer_the_next_message_has_a_clock_of_its_own() {
    let world = complaint(standard());
    let id = world.id(DeadlineKind::Respond);
    world
        .by(bob(), talkback::Command::Waive(id, words("answered on the telephone")))
        .without(DeadlineKind::Respond)
        .at("11-24 10:00")
        .customer(wrote())
        .due(DeadlineKind::Respond, "11-27 00:00");
}
