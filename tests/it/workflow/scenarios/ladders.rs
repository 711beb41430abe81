//! Who is warned and told, when, and how often.

use talkback::testing::scenario::staff;
use talkback::workflow::NoticeKind;
use talkback::{DeadlineKind, Stage};

use super::super::policies::{ladder, standard, standard_with};
use super::super::story::*;

#[test]
fn a_warning_is_not_given_again_after_a_wait() {
    // The last day of a Resolve of five working days; the warning comes when its last hour begins.
    complaint(standard())
        .and(reply())
        .jumps_to("11-30 16:30")
        .somebody_looks()
        .and(wait("12-04 12:00"))
        .paused(DeadlineKind::Resolve)
        .time_passes_until("12-04 17:00")
        .ladder(DeadlineKind::Resolve, [("11-30 16:00", 0, "owner")]);
}

#[test]
fn a_ladder_that_ends_leaves_the_floor() {
    let ends = standard_with(|spec| {
        spec.terms.ladder = ladder(&[], &[0], None);
        spec.rules[0].targets.retain(|kind, _| *kind == DeadlineKind::Respond);
    });
    let ended = || {
        complaint(ends.clone())
            .time_passes_until("11-26 09:00")
            .counts(DeadlineKind::Respond, 0, 1)
            .due(DeadlineKind::Review, "12-03 24:00")
    };
    // The owner is told, and the next review follows.
    ended()
        .and(staff("ann").assigns("ann"))
        .time_passes_until("12-04 09:00")
        .notices_owed(NoticeKind::Review, 1)
        .told("ann")
        .due(DeadlineKind::Review, "12-11 24:00")
        .stage(Stage::Received);
    // It counts from the review, and not from whoever looked late.
    ended().jumps_to("12-08 09:00").somebody_looks().due(DeadlineKind::Review, "12-11 24:00");
}
