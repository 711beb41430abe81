//! Waiting, and what stands still meanwhile.

use chrono::TimeDelta;
use talkback::testing::Scenario;
use talkback::testing::scenario::staff;
use talkback::{DeadlineKind, Stage};

use super::super::policies::{hourly, standard, tight};
use super::super::story::*;

/// The last pause lasted no time at all: it ended when it began.
fn paused_for_nothing(story: Scenario, at_that_time: &str) {
    let moment = at(at_that_time);
    story.case_has("a pause that ended when it began", |case| {
        let pause = case.cycle.pauses.last().unwrap();
        (pause.from, pause.to) == (moment, Some(moment))
    });
}

#[test]
fn a_wait_never_ends_before_it_began() {
    // A message from before the wait that is recorded during it ends it at its beginning.
    let story = complaint(standard())
        .at("12:00", reply())
        .at("14:00", wait("11-25 12:00"))
        .at("15:00", mailed().as_of("13:00"))
        .stage(Stage::InProgress);
    paused_for_nothing(story, "11-23 14:00");

    // So does a resolution.
    let story = complaint(standard())
        .and(reply())
        .at("14:00", wait("11-25 12:00"))
        .and(resolve().as_of("13:00"))
        .stage(Stage::Resolved);
    paused_for_nothing(story, "11-23 14:00");
}

#[test]
fn the_next_word_stands_still_too_when_somebody_writes_during_a_wait() {
    complaint(tight())
        .at("09:10", reply())
        .due(DeadlineKind::Update, "12:10")
        .and(wait("20:00"))
        .paused(DeadlineKind::Update)
        .at("11:00", reply())
        .paused(DeadlineKind::Update)
        .at("19:00", staff("ann").resumes())
        .due(DeadlineKind::Update, "22:00")
        .counts(DeadlineKind::Update, 2, 0);
}

#[test]
fn a_wait_never_makes_anything_due_earlier() {
    // Open time and days round apart: Friday's close and the end of Friday are one to the calendar.
    complaint(hourly())
        .and(resolve())
        .at("11-25 13:03", disputes())
        .due(DeadlineKind::Resolve, "11-27 24:00")
        .and(reply())
        .at("17:00", wait("11-25 18:00"))
        .after(TimeDelta::seconds(1), staff("ann").resumes())
        .due(DeadlineKind::Resolve, "11-27 24:00");
}
