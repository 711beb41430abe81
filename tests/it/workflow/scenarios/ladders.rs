//! Who is warned and told, when, and how often.

use talkback::workflow::{NoticeKind, Rule};
use talkback::{Command, DeadlineKind, Stage, WaitingFor};

use super::super::policies::{ladder, standard, standard_with};
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

#[test]
fn rule_18_a_ladder_warns_escalates_and_repeats_until_it_is_met() {
    // Acknowledge is due at 13:00; a warning one hour before; then the breach itself, four and sixteen
    // working hours later, and every eight after that. No step comes at night.
    let world = complaint(standard()).ticked_until("11-30 12:00");
    let steps = world.ladder(DeadlineKind::Acknowledge);
    let expected = [
        ("11-23 12:00", 0, "owner"),
        ("11-23 13:00", 1, "owner"),
        ("11-23 17:00", 2, "team-lead"),
        ("11-25 13:00", 3, "head-of-service"),
        ("11-26 13:00", 4, "head-of-service"),
        ("11-27 13:00", 5, "head-of-service"),
    ];
    let expected = expected.map(|(at, step, role)| (at.to_owned(), step, role.to_owned()));
    assert_eq!(steps, expected);
    let told = world.notices(NoticeKind::Escalation);
    assert_eq!(told.iter().filter(|notice| notice.deadline == Some(acknowledge_of(&world))).count(), 5);
    // A met deadline cancels the rest.
    let world = world.staff(acknowledge()).ticked_until("12-04 12:00");
    assert_eq!(world.ladder(DeadlineKind::Acknowledge).len(), 6);
}

fn acknowledge_of(world: &World) -> talkback::DeadlineId {
    world.breach(DeadlineKind::Acknowledge).id
}

#[test]
fn rule_18_accepting_holds_the_later_steps_back_and_then_the_ladder_goes_on() {
    let world = complaint(standard()).ticked_until("11-23 14:00");
    let id = world.id(DeadlineKind::Acknowledge);
    let world = world
        .not(Command::AcceptEscalation(respond_of_the_case()), &Rule::NotBreached)
        .staff(Command::AcceptEscalation(id))
        // Eight working hours from 14:00 are over at 14:00 on the next day; 17:00 is held back until then.
        .ticked_until("11-24 14:00");
    let steps = world.ladder(DeadlineKind::Acknowledge);
    assert_eq!(steps.last().unwrap(), &("11-24 14:00".to_owned(), 2, "team-lead".to_owned()));
    assert_eq!(steps.len(), 3);
    let world = world.ticked_until("11-25 14:00");
    assert_eq!(world.ladder(DeadlineKind::Acknowledge).last().unwrap().1, 3);
}

fn respond_of_the_case() -> talkback::DeadlineId {
    talkback::DeadlineId { kind: DeadlineKind::Respond, cycle: 1, n: 1 }
}

#[test]
fn a_ladder_that_ends_leaves_the_floor() {
    let ends = standard_with(|spec| {
        spec.terms.ladder = ladder(&[], &[0], None);
        spec.rules[0].targets.retain(|kind, _| *kind == DeadlineKind::Respond);
    });
    let world = complaint(ends)
        .ticked_until("11-26 09:00")
        .counts(DeadlineKind::Respond, 0, 1)
        .due(DeadlineKind::Review, "12-04 00:00");
    // The owner is told, and the next review follows.
    let world = world.staff(assign("ann")).ticked_until("12-04 09:00");
    let reviews = world.notices(NoticeKind::Review);
    assert_eq!(reviews.len(), 1);
    world.due(DeadlineKind::Review, "12-12 00:00").stands(Stage::Received);
}
