//! Which policy decides, and that nobody gains time by moving a case about.

use talkback::policy::{Anchor, PolicyBook, Rule as Targets, Span, Target, Terms, When};
use talkback::workflow::{Assign, Classify, Rule};
use talkback::{Command, DeadlineKind, FeedbackKind, Priority, Stage};

use super::super::policies::{lax_book, office, policy, staged, standard, standard_with};
use super::super::world::*;

fn classify(priority: Priority) -> Command {
    Command::Classify(Classify { priority: Some(priority), ..Classify::default() })
}

/// Resolve within two working days: of urgent cases from the hand-over, of others from the start.
fn handed_over() -> talkback::Policy {
    let two_days = || Target::within(Span::working_days(2));
    let urgent = Targets::when(When { priorities: vec![Priority::Urgent], ..When::default() })
        .target(DeadlineKind::Resolve, two_days().from(Anchor::HandedOver));
    let rest = Targets::always().target(DeadlineKind::Resolve, two_days());
    policy("handed-over", office(), vec![urgent, rest], Terms::default())
}

#[test]
fn a_hand_over_moves_what_runs_from_it_once() {
    let urgent =
        talkback::Feedback::complaint(talkback::Channel::Email, "It burns.").with_priority(Priority::Urgent);
    let world = opened(handed_over(), urgent).due(DeadlineKind::Resolve, "11-26 00:00");
    assert!(world.live(DeadlineKind::Resolve).unwrap().provisional);
    world
        .at("11-24 10:00")
        .not(Command::Assign(Assign::default()), &Rule::NobodyNamed)
        .staff(assign("ann"))
        .due(DeadlineKind::Resolve, "11-27 00:00")
        .at("11-26 10:00")
        .staff(assign("bob"))
        .due(DeadlineKind::Resolve, "11-27 00:00");
}

#[test]
fn classifying_and_handing_over_gains_no_time() {
    complaint(handed_over())
        .due(DeadlineKind::Resolve, "11-26 00:00")
        .at("11-25 10:00")
        .staff(classify(Priority::Urgent))
        .staff(assign("ann"))
        .due(DeadlineKind::Resolve, "11-26 00:00");
}

#[test]
fn what_runs_from_the_acknowledgement_keeps_its_time_in_a_reopened_cycle() {
    // Reopened, ten working days are not given again by the first word of the new cycle.
    let world =
        complaint(staged()).staff(resolve()).at("11-24 10:00").customer(disputes()).stands(Stage::InProgress);
    let due = world.live(DeadlineKind::Resolve).unwrap().due;
    let world = world.at("11-26 10:00").staff(reply());
    assert_eq!(world.live(DeadlineKind::Resolve).unwrap().due, due);
}

#[test]
fn a_newer_policy_begins_nothing_on_a_tick() {
    // Asked under a policy that sets no time to answer, and then the application changes it.
    let silent = standard_with(|spec| {
        spec.rules[0].targets.remove(&DeadlineKind::FollowUp);
        spec.rules[0].targets.remove(&DeadlineKind::Confirm);
    });
    let world = complaint(silent).staff(resolve()).staff(follow_up()).without(DeadlineKind::Confirm);
    let before = world.case().clone();
    let world = world.under(PolicyBook::single(standard())).at("11-23 10:00").tick();
    assert_eq!(*world.case(), before);
}
