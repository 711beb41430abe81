//! Rules 15 and 16: what a change of priority, policy or calendar does to what runs, and to what is over.

use talkback::policy::{Policy, PolicyBook};
use talkback::testing::scenario::{Deed, staff};
use talkback::workflow::Classify;
use talkback::{Channel, DeadlineKind, Feedback, FeedbackKind, Priority, Stage, WorkingCalendar};

use super::super::policies::{lax_book, staged, standard, standard_with};
use super::super::story::*;

fn makes_it(priority: Priority) -> Deed {
    staff("ann").gives(Classify { priority: Some(priority), ..Classify::default() })
}

#[test]
fn rule_15_nothing_is_picked_again_silently() {
    let urgent = Feedback::complaint(Channel::Email, "It burns.").with_priority(Priority::Urgent);
    opened(staged(), urgent)
        .due(DeadlineKind::Respond, "10:00")
        .and(makes_it(Priority::Low))
        .due(DeadlineKind::Respond, "10:00")
        .jumps_to("11:00")
        .somebody_looks()
        .counts(DeadlineKind::Respond, 0, 1)
        .and(staff("ann").gives(Classify { kind: Some(FeedbackKind::Praise), ..Classify::default() }))
        .counts(DeadlineKind::Respond, 0, 1)
        .breach(DeadlineKind::Respond, "10:00");
    // Nor is anything tightened by being called urgent.
    complaint(staged())
        .due(DeadlineKind::Respond, "11-26 24:00")
        .and(makes_it(Priority::Urgent))
        .due(DeadlineKind::Respond, "11-26 24:00");
}

/// The same policy in a calendar of a newer version, in which Tuesday and Wednesday are holidays.
fn with_holidays() -> Policy {
    let calendar = WorkingCalendar::office("office")
        .version(2)
        .holiday("2026-11-24".parse().unwrap(), "Inventory")
        .holiday("2026-11-25".parse().unwrap(), "Inventory")
        .build()
        .unwrap();
    standard_with(|spec| spec.calendar = calendar)
}

#[test]
fn rule_16_what_runs_keeps_the_calendar_that_it_was_set_with() {
    let story = complaint(standard())
        .policies_become(PolicyBook::single(with_holidays()))
        .somebody_looks()
        .due(DeadlineKind::Respond, "11-25 24:00")
        .due(DeadlineKind::Resolve, "11-30 24:00")
        .and(reply())
        // What is set from then on is counted in the new one, and says so.
        .at("10:00", wrote())
        .due(DeadlineKind::Respond, "11-27 24:00")
        .due(DeadlineKind::Resolve, "11-30 24:00");
    let calendar = |kind| {
        let case = story.case().unwrap();
        case.deadlines.of_kind(kind).next().unwrap().basis.calendar_version
    };
    assert_eq!((calendar(DeadlineKind::Resolve), calendar(DeadlineKind::Respond)), (1, 2));
}

#[test]
fn rule_16_what_is_over_never_changes() {
    complaint(standard())
        .at("12:00", acknowledge())
        .time_passes_until("11-26 09:00")
        .counts(DeadlineKind::Acknowledge, 1, 0)
        .breach(DeadlineKind::Respond, "11-25 24:00")
        .policies_become(PolicyBook::single(with_holidays()))
        .somebody_looks()
        .and(reply())
        .counts(DeadlineKind::Acknowledge, 1, 0)
        .breach(DeadlineKind::Respond, "11-25 24:00");
}

#[test]
fn rule_16_a_version_that_is_gone_blocks_nothing_and_the_newest_of_its_id_goes_on() {
    let newer = standard_with(|spec| spec.version = 2);
    let story = complaint(standard())
        .policies_become(PolicyBook::single(newer))
        .due(DeadlineKind::Acknowledge, "13:00")
        .and(resolve())
        .stage(Stage::Resolved);
    let case = story.case().unwrap();
    let follow_up = case.deadlines.of_kind(DeadlineKind::FollowUp).next().unwrap();
    // Both are named: the one that it was opened under, and the one that set this.
    assert_eq!((case.head.policy_version, follow_up.basis.policy_version), (1, 2));
    assert_eq!(case.head.policy, follow_up.basis.policy);
}

#[test]
fn rule_16_a_policy_that_is_gone_blocks_nothing_and_excuses_nothing() {
    let story = complaint(standard())
        .policies_become(lax_book())
        .due(DeadlineKind::Acknowledge, "13:00")
        .jumps_to("14:00")
        .somebody_looks()
        .counts(DeadlineKind::Acknowledge, 0, 1)
        .due(DeadlineKind::Respond, "11-25 24:00")
        .and(resolve())
        .stage(Stage::Resolved);
    // What is set from now on is by the policy that there is, and says so.
    let case = story.case().unwrap();
    let follow_up = case.deadlines.of_kind(DeadlineKind::FollowUp).next().unwrap();
    assert_eq!(follow_up.basis.policy.as_str(), "lax");
}
