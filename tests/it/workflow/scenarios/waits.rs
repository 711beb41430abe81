//! Waiting, and what stands still meanwhile.

use talkback::policy::{Policy, Remaining};
use talkback::workflow::{BreachCause, Missing, Rule};
use talkback::{DeadlineKind, Fact, Stage, WaitingFor};

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
