//! Who is warned and told, when, and how often.

use talkback::workflow::{NoticeKind, Rule};
use talkback::{Command, DeadlineKind, Stage, WaitingFor};

use super::super::policies::{ladder, standard, standard_with, tight};
use super::super::world::*;

#[test]
fn a_warning_is_not_given_again_after_a_wait() {
    // The last day of a Resolve of five working days; the warning comes when its last hour begins.
    let world = complaint(standard())
        .staff(reply())
        .at("11-30 16:30")
        .tick()
        .staff(wait(WaitingFor::ThirdParty, "12-04 12:00"))
        .paused(DeadlineKind::Resolve)
        .ticked_until("12-04 17:00");
    let warned = world.ladder(DeadlineKind::Resolve);
    assert_eq!(warned, [("11-30 16:00".to_owned(), 0, "owner".to_owned())]);
}
