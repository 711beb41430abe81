//! Waiting, and what stands still meanwhile.

use talkback::policy::Remaining;
use talkback::workflow::{Missing, Rule};
use talkback::{DeadlineKind, Stage, WaitingFor};

use super::super::policies::{hourly, standard, tight};
use super::super::world::*;

#[test]
fn a_wait_never_ends_before_it_began() {
    // A message from before the wait that is recorded during it ends it at its beginning.
    let world = complaint(standard())
        .at("11-23 12:00")
        .staff(reply())
        .at("11-23 14:00")
        .staff(wait(WaitingFor::ThirdParty, "11-25 12:00"))
        .at("11-23 15:00")
        .which_happened("11-23 13:00")
        .customer(wrote())
        .stands(Stage::InProgress);
    let pause = world.case().cycle.pauses[0];
    assert_eq!((pause.from, pause.to), (at("11-23 14:00"), Some(at("11-23 14:00"))));

    // So does a resolution.
    let world = complaint(standard())
        .staff(reply())
        .at("11-23 14:00")
        .staff(wait(WaitingFor::ThirdParty, "11-25 12:00"))
        .which_happened("11-23 13:00")
        .staff(resolve())
        .stands(Stage::Resolved);
    let pause = world.case().cycle.pauses[0];
    assert_eq!((pause.from, pause.to), (at("11-23 14:00"), Some(at("11-23 14:00"))));
}

#[test]
fn the_next_word_stands_still_too_when_somebody_writes_during_a_wait() {
    complaint(tight())
        .at("11-23 09:10")
        .staff(reply())
        .due(DeadlineKind::Update, "11-23 12:10")
        .staff(wait(WaitingFor::ThirdParty, "11-23 20:00"))
        .paused(DeadlineKind::Update)
        .at("11-23 11:00")
        .staff(reply())
        .paused(DeadlineKind::Update)
        .at("11-23 19:00")
        .staff(talkback::Command::Resume)
        .due(DeadlineKind::Update, "11-23 22:00")
        .counts(DeadlineKind::Update, 2, 0);
}

#[test]
fn a_wait_never_makes_anything_due_earlier() {
    // Open time and days round apart: Friday's close and the end of Friday are one to the calendar.
    complaint(hourly())
        .staff(resolve())
        .at("11-25 13:03")
        .customer(disputes())
        .due(DeadlineKind::Resolve, "11-28 00:00")
        .staff(reply())
        .at("11-25 17:00")
        .staff(wait(WaitingFor::ThirdParty, "11-25 18:00"))
        .seconds_later(1)
        .staff(talkback::Command::Resume)
        .due(DeadlineKind::Resolve, "11-28 00:00");
}

#[test]
fn rule_6_only_resolve_and_update_stand_still() {
    complaint(tight())
        .at("11-23 09:10")
        .staff(acknowledge())
        .staff(wait(WaitingFor::ThirdParty, "11-23 11:10"))
        .stands(Stage::Waiting)
        .paused(DeadlineKind::Resolve)
        .paused(DeadlineKind::Update)
        .due(DeadlineKind::Respond, "11-23 10:00")
        .due(DeadlineKind::Resume, "11-23 11:10")
        // The limit passes: it is no breach, the case goes on, and six hours and more are left.
        .ticked_until("11-23 11:11")
        .stands(Stage::InProgress)
        .counts(DeadlineKind::Resume, 0, 0)
        .due(DeadlineKind::Resolve, "11-23 19:00")
        .counts(DeadlineKind::Respond, 0, 1);
}

#[test]
fn rule_6_a_wait_has_a_reason_and_an_end_within_the_policy() {
    let mut world = complaint(standard()).staff(reply());
    let refused = world.refused(wait(WaitingFor::Customer, "12-31 12:00"));
    assert_eq!((refused.rule, refused.missing), (Rule::WaitTooLong, vec![Missing::Date]));
    let world = world.not(wait(WaitingFor::Customer, "11-23 09:00"), &Rule::WaitInPast).at("11-23 10:00");
    let mut world = world.customer(wrote());
    let refused = world.refused(wait(WaitingFor::Customer, "11-25 12:00"));
    assert_eq!((refused.rule, refused.missing), (Rule::CustomerWaits, vec![Missing::Answer]));
    // Nobody parks what the customer has not heard of.
    let mut world = complaint(standard());
    let refused = world.refused(wait(WaitingFor::ThirdParty, "11-25 12:00"));
    assert_eq!((refused.rule, refused.missing), (Rule::WrongStage, vec![Missing::Acknowledgement]));
}

#[test]
fn rule_7_a_pause_is_counted_in_the_unit_of_the_target() {
    // Days: paused on Tuesday with four left (until Monday), resumed on Thursday week.
    complaint(standard())
        .due(DeadlineKind::Resolve, "12-01 00:00")
        .at("11-24 16:00")
        .staff(reply())
        .staff(wait(WaitingFor::ThirdParty, "12-10 12:00"))
        .at("12-03 10:00")
        .staff(talkback::Command::Resume)
        .due(DeadlineKind::Resolve, "12-10 00:00");
    // On one date nothing changes.
    complaint(standard())
        .at("11-24 10:00")
        .staff(reply())
        .staff(wait(WaitingFor::ThirdParty, "12-10 12:00"))
        .at("11-24 17:00")
        .staff(talkback::Command::Resume)
        .due(DeadlineKind::Resolve, "12-01 00:00");
    // Working hours: from closing to opening nothing is consumed.
    let world = complaint(hourly())
        .staff(reply())
        .due(DeadlineKind::Update, "11-23 15:00")
        .at("11-23 14:00")
        .staff(wait(WaitingFor::ThirdParty, "11-25 12:00"));
    let left = match &world.live(DeadlineKind::Update).unwrap().state {
        talkback::DeadlineState::Paused { remaining, .. } => remaining.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(left, Remaining::Working(chrono::TimeDelta::hours(1)));
    world.at("11-24 20:00").staff(talkback::Command::Resume).due(DeadlineKind::Update, "11-25 10:00");
}

#[test]
fn rule_8_the_customers_word_ends_the_wait_at_its_own_time() {
    let world = complaint(standard())
        .at("11-24 10:00")
        .staff(reply())
        .staff(wait(WaitingFor::Customer, "12-01 12:00"))
        // An out-of-office note does not.
        .at("11-25 08:00")
        .customer(out_of_office())
        .stands(Stage::Waiting)
        .at("11-27 09:00")
        .which_happened("11-26 11:00")
        .customer(wrote())
        .stands(Stage::InProgress)
        .due(DeadlineKind::Respond, "12-01 00:00")
        .due(DeadlineKind::Resolve, "12-03 00:00");
    assert_eq!(world.facts("wait-ended")[0].occurred_at, at("11-26 11:00"));
    assert_eq!(world.case().cycle.pauses[0].to, Some(at("11-26 11:00")));
}
