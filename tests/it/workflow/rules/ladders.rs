//! Rules 18 and 19: who is told when, and how what is due is found.

use std::sync::Arc;

use talkback::testing::Scenario;
use talkback::testing::scenario::staff;
use talkback::workflow::{self, NoticeKind, Rule};
use talkback::{Actor, Case, Command, Context, DeadlineId, DeadlineKind, policy::PolicyBook};

use super::super::policies::{standard, standard_with};
use super::super::run::{command_id, tenant};
use super::super::story::*;

const ACKNOWLEDGE: DeadlineKind = DeadlineKind::Acknowledge;

#[test]
fn rule_18_it_warns_escalates_and_repeats_until_it_is_met() {
    // Due at 13:00; a warning one hour before; then the breach itself, four and sixteen working hours
    // later, and every eight after that. No step comes at night.
    let steps = [
        ("11-23 12:00", 0, "owner"),
        ("11-23 13:00", 1, "owner"),
        ("11-23 17:00", 2, "team-lead"),
        ("11-25 13:00", 3, "head-of-service"),
        ("11-26 13:00", 4, "head-of-service"),
        ("11-27 13:00", 5, "head-of-service"),
    ];
    let story = complaint(standard()).time_passes_until("11-30 12:00").ladder(ACKNOWLEDGE, steps);
    let of_this = |kind: NoticeKind| {
        let id = story.id_of(ACKNOWLEDGE);
        story.notices().filter(|notice| notice.kind == kind && notice.deadline == id).count()
    };
    assert_eq!((of_this(NoticeKind::Warning), of_this(NoticeKind::Escalation)), (1, 5));
    // A met deadline cancels the rest.
    story.and(acknowledge()).time_passes_until("12-04 12:00").ladder(ACKNOWLEDGE, steps);
}

#[test]
fn rule_18_no_step_comes_twice_however_often_somebody_looks() {
    complaint(standard())
        .time_passes_until("11-23 13:30")
        .somebody_looks()
        .somebody_looks()
        .and(staff("ann").notes("looked"))
        .ladder(ACKNOWLEDGE, [("12:00", 0, "owner"), ("13:00", 1, "owner")]);
}

#[test]
fn rule_18_a_reminder_that_is_heard_late_does_not_put_off_the_next() {
    complaint(standard())
        .time_passes_until("11-25 14:00")
        .jumps_to("11-26 14:30")
        .somebody_looks()
        .time_passes_until("11-27 14:00")
        .ladder(
            ACKNOWLEDGE,
            [
                ("11-23 12:00", 0, "owner"),
                ("11-23 13:00", 1, "owner"),
                ("11-23 17:00", 2, "team-lead"),
                ("11-25 13:00", 3, "head-of-service"),
                ("11-26 13:00", 4, "head-of-service"),
                ("11-27 13:00", 5, "head-of-service"),
            ],
        );
}

#[test]
fn rule_18_a_warning_is_measured_in_the_deadlines_own_calendar() {
    // Due at the end of Wednesday: the last open hour of it begins at 16:00, and nobody is woken at 23:00.
    complaint(standard())
        .and(acknowledge())
        .time_passes_until("11-25 23:59")
        .ladder(DeadlineKind::Respond, [("11-25 16:00", 0, "owner")]);
}

#[test]
fn rule_18_accepting_holds_the_later_steps_back_and_then_the_ladder_goes_on() {
    let of_the_answer = DeadlineId { kind: DeadlineKind::Respond, cycle: 1, n: 1 };
    // One working day by default.
    assert_eq!(standard().terms().ladder.accepted_for.delta(), chrono::TimeDelta::hours(8));
    let story = complaint(standard())
        .time_passes_until("14:00")
        .not(staff("ann").gives(Command::AcceptEscalation(of_the_answer)), &Rule::NotBreached)
        .and(staff("ann").takes_on(ACKNOWLEDGE))
        // Taking it on again before its next step would silence the ladder for ever.
        .not(staff("ann").takes_on(ACKNOWLEDGE), &Rule::AlreadyAccepted)
        // Eight working hours from 14:00 are over at 14:00 on the next day; 17:00 is held back until then.
        .time_passes_until("11-24 13:59")
        .ladder(ACKNOWLEDGE, [("11-23 12:00", 0, "owner"), ("11-23 13:00", 1, "owner")])
        .time_passes_until("11-24 14:00")
        .ladder(
            ACKNOWLEDGE,
            [("11-23 12:00", 0, "owner"), ("11-23 13:00", 1, "owner"), ("11-24 14:00", 2, "team-lead")],
        );
    story
        .time_passes_until("11-25 14:00")
        .ladder(
            ACKNOWLEDGE,
            [
                ("11-23 12:00", 0, "owner"),
                ("11-23 13:00", 1, "owner"),
                ("11-24 14:00", 2, "team-lead"),
                ("11-25 13:00", 3, "head-of-service"),
            ],
        )
        .and(staff("ann").takes_on(ACKNOWLEDGE));
}

#[test]
fn rule_19_a_case_has_one_wake_up_and_looking_before_it_does_nothing() {
    let story = complaint(standard()).wakes_up("12:00").jumps_to("11:59").somebody_looks();
    assert_eq!(story.events().count(), 1);
    story.jumps_to("12:00").somebody_looks().happened("escalated", 1).wakes_up(at_late("13:00"));
}

/// The first instant at which missing something due then is recorded: five minutes of grace.
fn at_late(due: &str) -> chrono::DateTime<chrono::Utc> {
    at(&format!("11-23 {due}")) + chrono::TimeDelta::minutes(5) + talkback::PRECISION
}

/// What must not depend on who looked when.
fn verdicts(story: &Scenario) -> String {
    let case: &Case = story.case().unwrap();
    let breaches: Vec<_> =
        case.deadlines.breaches().iter().map(|breach| (breach.id, breach.due, breach.met)).collect();
    format!("{:?} {breaches:?} {:?}", case.stage, case.deadlines.tally(ACKNOWLEDGE))
}

#[test]
fn rule_19_early_late_and_twice_give_one_result() {
    let until = "11-26 10:00";
    let at_each_wake_up = complaint(standard()).time_passes_until(until);
    let late = complaint(standard()).jumps_to(until).somebody_looks();
    let twice = complaint(standard()).time_passes_until(until).somebody_looks().somebody_looks();
    let mut every_hour = complaint(standard());
    for hours in 1..=73 {
        every_hour =
            every_hour.jumps_to(at("11-23 09:00") + chrono::TimeDelta::hours(hours)).somebody_looks();
    }
    for other in [&late, &twice, &every_hour] {
        assert_eq!(verdicts(other), verdicts(&at_each_wake_up));
    }
    // Looking a second time at the same moment brings nothing.
    assert_eq!(twice.events().count(), at_each_wake_up.events().count());
}

#[test]
fn rule_19_two_machines_decide_the_same_and_the_one_that_comes_second_finds_nothing() {
    let book = PolicyBook::single(standard_with(|_| {}));
    let before = complaint(standard()).jumps_to("14:00");
    let system = Actor::system();
    let tenant = tenant();
    let looks = |case: &Case, n: usize| {
        let context = Context {
            tenant,
            case: Scenario::case_id(),
            now: at("11-23 14:00"),
            occurred_at: None,
            actor: &system,
            command: command_id("machine", n),
            policies: &book,
        };
        workflow::step(Some(case), &Command::Tick, &context).unwrap()
    };
    let (one, other) = (looks(before.case().unwrap(), 1), looks(before.case().unwrap(), 2));
    assert!(!one.events.is_empty());
    // One of the two commits; the version refuses the other, which loads again and finds nothing to do.
    assert_eq!(one, other);
    assert!(looks(&Arc::unwrap_or_clone(one.case), 2).events.is_empty());
}
