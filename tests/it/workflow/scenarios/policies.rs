//! Which policy decides, and that nobody gains time by moving a case about.

use talkback::policy::{Anchor, PolicyBook, Rule as Targets, Span, Target, Terms, When};
use talkback::testing::scenario::{Deed, staff};
use talkback::workflow::{Assign, Classify, Rule};
use talkback::{Channel, DeadlineKind, Feedback, Policy, Priority, Stage};

use super::super::policies::{office, policy, staged, standard, standard_with};
use super::super::story::*;

fn makes_it(priority: Priority) -> Deed {
    staff("ann").gives(Classify { priority: Some(priority), ..Classify::default() })
}

/// Resolve within two working days: of urgent cases from the hand-over, of others from the start.
fn handed_over() -> Policy {
    let two_days = || Target::within(Span::working_days(2));
    let urgent = Targets::when(When { priorities: vec![Priority::Urgent], ..When::default() })
        .target(DeadlineKind::Resolve, two_days().from(Anchor::HandedOver));
    let rest = Targets::always().target(DeadlineKind::Resolve, two_days());
    policy("handed-over", office(), vec![urgent, rest], Terms::default())
}

#[test]
fn a_hand_over_moves_what_runs_from_it_once() {
    let urgent = Feedback::complaint(Channel::Email, "It burns.").with_priority(Priority::Urgent);
    opened(handed_over(), urgent)
        .due_at_the_latest(DeadlineKind::Resolve, "11-25 24:00")
        .jumps_to("11-24 10:00")
        .not(staff("ann").gives(Assign::default()), &Rule::NobodyNamed)
        .and(staff("ann").assigns("ann"))
        .due(DeadlineKind::Resolve, "11-26 24:00")
        .at("11-26 10:00", staff("ann").assigns("bob"))
        .due(DeadlineKind::Resolve, "11-26 24:00");
}

#[test]
fn classifying_and_handing_over_gains_no_time() {
    complaint(handed_over())
        .due(DeadlineKind::Resolve, "11-25 24:00")
        .at("11-25 10:00", makes_it(Priority::Urgent))
        .and(staff("ann").assigns("ann"))
        .due(DeadlineKind::Resolve, "11-25 24:00");
}

#[test]
fn what_runs_from_the_acknowledgement_keeps_its_time_in_a_reopened_cycle() {
    // Reopened, ten working days are not given again by the first word of the new cycle.
    let story = complaint(staged()).and(resolve()).at("11-24 10:00", disputes()).stage(Stage::InProgress);
    let due = story.case().unwrap().deadlines.of_kind(DeadlineKind::Resolve).next().unwrap().due;
    story.at("11-26 10:00", reply()).due(DeadlineKind::Resolve, due);
}

#[test]
fn a_newer_policy_begins_nothing_on_a_tick() {
    // Asked under a policy that sets no time to answer, and then the application changes it.
    let silent = standard_with(|spec| {
        spec.rules[0].targets.remove(&DeadlineKind::FollowUp);
        spec.rules[0].targets.remove(&DeadlineKind::Confirm);
    });
    let story = complaint(silent).and(resolve()).and(follow_up()).without(DeadlineKind::Confirm);
    let before = story.case().unwrap().clone();
    let story =
        story.policies_become(PolicyBook::single(standard())).jumps_to("11-23 10:00").somebody_looks();
    assert_eq!(*story.case().unwrap(), before);
}

/// The Housing Ombudsman's code: heard within five working days, answered ten after that.
#[cfg(feature = "tz")]
fn uk_housing() -> Policy {
    let london = talkback::WorkingCalendar::office("england")
        .zone("Europe/London")
        .holiday("2026-05-25".parse().unwrap(), "Spring bank holiday")
        .build()
        .unwrap();
    let rule = Targets::always()
        .target(DeadlineKind::Acknowledge, Target::within(Span::working_days(5)))
        .target(DeadlineKind::Resolve, Target::within(Span::working_days(10)).from(Anchor::Acknowledged));
    policy("uk-housing", london, vec![rule], Terms::default())
}

#[cfg(feature = "tz")]
#[test]
fn before_the_acknowledgement_the_answer_is_due_at_the_latest() {
    nothing(uk_housing())
        .at("2026-05-20 09:15", brings(Feedback::complaint(Channel::Email, "It is damp.")))
        .due(DeadlineKind::Acknowledge, "05-28 24:00")
        .due_at_the_latest(DeadlineKind::Resolve, "06-11 24:00")
        .at("05-26 15:00", acknowledge())
        .due(DeadlineKind::Resolve, "06-09 24:00")
        // A later message of ours moves nothing any more.
        .at("05-27 15:00", reply())
        .due(DeadlineKind::Resolve, "06-09 24:00");
}
