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

/// The Housing Ombudsman's code: heard within five working days, answered ten after that.
#[cfg(feature = "tz")]
fn uk_housing() -> talkback::Policy {
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
    let received = talkback::Feedback::complaint(talkback::Channel::Email, "It is damp.");
    let received = received.received_at(at("05-20 08:15"));
    let world = nothing(uk_housing())
        .at("05-20 08:15")
        .open(received)
        .due(DeadlineKind::Acknowledge, "05-28 23:00")
        .due(DeadlineKind::Resolve, "06-11 23:00");
    assert!(world.live(DeadlineKind::Resolve).unwrap().provisional);
    let world = world.at("05-26 14:00").staff(acknowledge()).due(DeadlineKind::Resolve, "06-09 23:00");
    assert!(!world.live(DeadlineKind::Resolve).unwrap().provisional);
    // A later message of ours moves nothing any more.
    world.at("05-27 14:00").staff(reply()).due(DeadlineKind::Resolve, "06-09 23:00");
}

#[test]
fn rule_15_a_lower_priority_moves_no_deadline() {
    let urgent =
        talkback::Feedback::complaint(talkback::Channel::Email, "It burns.").with_priority(Priority::Urgent);
    opened(staged(), urgent)
        .due(DeadlineKind::Respond, "11-23 10:00")
        .staff(classify(Priority::Low))
        .due(DeadlineKind::Respond, "11-23 10:00")
        .at("11-23 11:00")
        .tick()
        .counts(DeadlineKind::Respond, 0, 1)
        .staff(Command::Classify(Classify { kind: Some(FeedbackKind::Praise), ..Classify::default() }))
        .counts(DeadlineKind::Respond, 0, 1);
}

#[test]
fn rule_16_a_policy_that_is_gone_blocks_nothing_and_excuses_nothing() {
    let world = complaint(standard())
        .under(lax_book())
        .due(DeadlineKind::Acknowledge, "11-23 13:00")
        .at("11-23 14:00")
        .tick()
        .counts(DeadlineKind::Acknowledge, 0, 1)
        .due(DeadlineKind::Respond, "11-26 00:00")
        .staff(resolve());
    // What is set from now on is by the policy that there is, and says so.
    let follow_up = world.live(DeadlineKind::FollowUp).unwrap();
    assert_eq!(follow_up.basis.policy.as_str(), "lax");
    world.stands(Stage::Resolved);
}

#[test]
fn rule_14_nothing_takes_a_breach_back() {
    let late = complaint(standard()).staff(assign("ann")).at("11-23 14:00").tick();
    let id = late.id(DeadlineKind::Acknowledge);
    let late = late
        .staff(classify(Priority::Low))
        .staff(assign("bob"))
        .staff(reply())
        .staff(resolve())
        .staff(Command::Reopen(words("once more")))
        .staff(resolve())
        .customer(withdraw(talkback::ExitReason::Trust))
        .by(ann(), Command::Excuse(id, words("the line was down")));
    let breach = late.breach(DeadlineKind::Acknowledge);
    assert_eq!((breach.due, breach.detected), (at("11-23 13:00"), at("11-23 14:00")));
}
