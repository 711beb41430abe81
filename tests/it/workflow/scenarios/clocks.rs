//! When clocks start, what satisfies a deadline, and whose time counts.

use talkback::workflow::{BreachCause, Rule};
use talkback::{Actor, Channel, DeadlineKind, Excuse, Fact, Feedback, Stage};

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

#[test]
fn rule_1_a_clock_starts_when_the_customer_spoke_and_a_late_import_is_late() {
    let imported = Feedback::complaint(Channel::Email, "It leaks.").received_at(at("11-18 10:00"));
    let world = opened(standard(), imported)
        .counts(DeadlineKind::Acknowledge, 0, 1)
        .counts(DeadlineKind::Respond, 0, 1)
        .due(DeadlineKind::Resolve, "11-26 00:00");
    let breach = world.breach(DeadlineKind::Acknowledge);
    assert_eq!((breach.due, breach.detected), (at("11-18 14:00"), at("11-23 09:00")));
    let late = |event: &&talkback::Event| {
        matches!(event.fact, Fact::Breached { cause: BreachCause::LateIntake, .. })
    };
    assert_eq!(world.events().into_iter().filter(late).count(), 2);
}

#[test]
fn rule_2_a_machine_acknowledges_only_where_the_policy_lets_it() {
    complaint(standard())
        .by(Actor::system(), acknowledge())
        .stands(Stage::Acknowledged)
        .counts(DeadlineKind::Acknowledge, 1, 0)
        .not(acknowledge(), &Rule::AlreadyAcknowledged);
    let mut world = complaint(bare());
    let refused = world.refused_to(Actor::system(), acknowledge());
    assert_eq!(refused.rule, Rule::NotByMachine);
    assert_eq!(refused.missing, [talkback::workflow::Missing::Acknowledgement]);
    // A person's first reply, and a resolution that tells the customer, acknowledge as well.
    for message in [reply(), resolve()] {
        complaint(bare()).staff(message).counts(DeadlineKind::Acknowledge, 1, 0);
    }
}

#[test]
fn rule_3_only_a_persons_public_message_answers() {
    complaint(standard())
        .by(Actor::system(), acknowledge())
        .by(Actor::system(), reply())
        .staff(talkback::Command::Note(words("called the depot")))
        .staff(assign("ann"))
        .due(DeadlineKind::Respond, "11-26 00:00")
        .staff(reply())
        .counts(DeadlineKind::Respond, 1, 0);
}

#[test]
fn rule_5_the_oldest_unanswered_message_keeps_the_clock() {
    complaint(standard())
        .at("11-24 10:00")
        .customer(wrote())
        .due(DeadlineKind::Respond, "11-26 00:00")
        .at("11-26 12:00")
        .customer(wrote())
        .counts(DeadlineKind::Respond, 0, 1)
        .staff(reply())
        .without(DeadlineKind::Respond)
        .at("11-27 10:00")
        .customer(wrote())
        .due(DeadlineKind::Respond, "12-02 00:00");
}

#[test]
fn rule_13_grace_is_for_recording_and_not_for_doing() {
    // Acknowledge is due at 13:00, with five minutes of grace.
    let acknowledged = |occurred: &str, recorded: &str| {
        complaint(standard()).at(recorded).which_happened(occurred).staff(acknowledge())
    };
    acknowledged("11-23 13:00", "11-23 13:05").counts(DeadlineKind::Acknowledge, 1, 0);
    // Done after it was due, if only by a minute.
    let world = acknowledged("11-23 13:01", "11-23 13:04").counts(DeadlineKind::Acknowledge, 0, 1);
    let breach = world.breach(DeadlineKind::Acknowledge);
    assert_eq!((breach.due, breach.met), (at("11-23 13:00"), Some(at("11-23 13:01"))));
    assert_eq!(breach.excused, None);
}

#[test]
fn rule_20_what_was_done_in_time_and_recorded_late_excuses_the_breach() {
    let world = complaint(standard())
        .at("11-23 13:06")
        .tick()
        .counts(DeadlineKind::Acknowledge, 0, 1)
        .at("11-23 15:00")
        .which_happened("11-23 12:00")
        .staff(acknowledge())
        .counts(DeadlineKind::Acknowledge, 0, 1);
    let breach = world.breach(DeadlineKind::Acknowledge);
    assert_eq!((breach.met, breach.excused), (Some(at("11-23 12:00")), Some(Excuse::DoneInTime)));
    // Before the customer spoke, or in the future, nothing happened.
    for impossible in ["11-23 08:59", "11-23 15:06"] {
        complaint(standard())
            .at("11-23 15:00")
            .which_happened(impossible)
            .not(reply(), &Rule::ImpossibleTime);
    }
}

#[test]
fn the_snapshot_stays_small_however_long_the_conversation_grows() {
    let mut world = complaint(standard());
    for _ in 0..500 {
        world = world.seconds_later(60).customer(wrote()).seconds_later(60).staff(reply());
    }
    let bytes = serde_json::to_string(world.case()).unwrap().len();
    assert_eq!(world.case().conversation.from_customer, 501);
    assert!(bytes < 3_000, "{bytes}");
}
