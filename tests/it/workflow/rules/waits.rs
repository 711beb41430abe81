//! Rules 6, 7 and 8: what may stand still, how that is counted, and what ends it.

use chrono::TimeDelta;
use talkback::policy::{Policy, PolicyProblem, PolicySpec, Remaining, Rule as Targets, Span, Target, Terms};
use talkback::testing::Scenario;
use talkback::testing::scenario::staff;
use talkback::workflow::{Missing, Rule};
use talkback::{DeadlineKind, DeadlineState, MAX_PAUSES, Priority, Stage};

use super::super::generate::start;
use super::super::policies::{hourly, office, policy, standard, tight};
use super::super::story::*;

#[test]
fn rule_06_a_wait_stops_resolve_and_update_and_nothing_else() {
    complaint(tight())
        .at("09:10", acknowledge())
        .and(wait("11:10"))
        .stage(Stage::Waiting)
        .paused(DeadlineKind::Resolve)
        .paused(DeadlineKind::Update)
        .due(DeadlineKind::Respond, "10:00")
        .due(DeadlineKind::Resume, "11:10")
        // The limit passes: it is no breach, the case goes on, and six hours and more are left.
        .time_passes_until("11:11")
        .stage(Stage::InProgress)
        .lapsed(DeadlineKind::Resume, 1)
        .counts(DeadlineKind::Resume, 0, 0)
        .due(DeadlineKind::Resolve, "19:00")
        .counts(DeadlineKind::Respond, 0, 1);
}

#[test]
fn rule_06_a_wait_has_a_reason_and_an_end_within_the_policys_cap() {
    // Twenty working days at most: until the end of Monday, 21 December.
    let story = complaint(standard())
        .and(reply())
        .not(wait("12-22 00:01"), &Rule::WaitTooLong(at("12-21 24:00")))
        .missing([Missing::Date])
        .not(wait("11-23 09:00"), &Rule::WaitInPast)
        .missing([Missing::Date])
        .not(staff("ann").awaits_third_party(" ", "11-25 12:00"), &Rule::NoWords)
        .missing([Missing::Reason])
        .stage(Stage::InProgress);
    story.and(wait("12-21 24:00")).stage(Stage::Waiting);
}

#[test]
fn rule_06_nobody_is_parked_who_waits_for_us() {
    complaint(standard())
        .not(wait("11-25 12:00"), &Rule::WrongStage)
        .missing([Missing::Acknowledgement])
        .and(reply())
        .at("10:00", wrote())
        .not(staff("ann").awaits_customer("a photograph of it", "11-25 12:00"), &Rule::CustomerWaits)
        .missing([Missing::Answer]);
}

#[test]
fn rule_06_what_a_rule_does_not_let_stand_still_runs_on() {
    let by_law = Targets::always()
        .target(DeadlineKind::Resolve, Target::within(Span::weeks(8)))
        .target(DeadlineKind::Update, Target::within(Span::weeks(4)));
    complaint(policy("by-law", office(), vec![by_law], Terms::default()))
        .and(reply())
        .and(wait("12-04 12:00"))
        .stage(Stage::Waiting)
        .due(DeadlineKind::Resolve, "2027-01-18 24:00")
        .due(DeadlineKind::Update, "12-21 24:00");
    // No policy can let the others stand still.
    for kind in [DeadlineKind::Acknowledge, DeadlineKind::Respond, DeadlineKind::FollowUp] {
        let rule = Targets::always().target(kind, Target::within(Span::hours(4)).pausable());
        let spec = PolicySpec { rules: vec![rule], ..standard().spec().clone() };
        let problems = Policy::new(spec).unwrap_err();
        let refused = |problem: &PolicyProblem| matches!(problem, PolicyProblem::NotPausable { .. });
        assert!(problems.problems.iter().any(refused), "{problems}");
    }
}

#[cfg(feature = "presets")]
#[test]
fn rule_06_regulatory_targets_are_not_pausable() {
    use talkback::policy::presets::Preset;
    let mut looked_at = 0;
    for preset in Preset::ALL {
        if preset.details().unwrap().confidence.is_none() {
            continue;
        }
        let policy = preset.policy(office(), None).unwrap();
        for target in policy.spec().rules.iter().flat_map(|rule| rule.targets.values().flatten()) {
            looked_at += usize::from(!target.soft);
            // What a rule takes from the house is a goal.
            assert!(target.soft || !target.pausable, "{}: {target:?}", policy.id());
        }
    }
    assert!(looked_at > 22, "{looked_at}");
}

#[test]
fn rule_07_what_is_left_is_kept_in_the_unit_of_the_target() {
    let left = |story: &Scenario, kind| {
        let case = story.case().unwrap();
        match &case.deadlines.of_kind(kind).next().unwrap().state {
            DeadlineState::Paused { remaining, .. } => remaining.clone(),
            other => panic!("{other:?}"),
        }
    };
    // Working hours: from closing to opening nothing is consumed.
    let story =
        complaint(hourly()).and(reply()).due(DeadlineKind::Update, "15:00").at("14:00", wait("11-25 12:00"));
    assert_eq!(left(&story, DeadlineKind::Update), Remaining::Working(TimeDelta::hours(1)));
    story.at("11-24 20:00", staff("ann").resumes()).due(DeadlineKind::Update, "11-25 10:00");
    // Working days: on Tuesday four are left (until Monday), whatever the time of day.
    let story = complaint(standard()).at("11-24 16:00", reply()).and(wait("12-10 12:00"));
    assert_eq!(left(&story, DeadlineKind::Resolve), Remaining::Days(4));
    story.at("12-03 10:00", staff("ann").resumes()).due(DeadlineKind::Resolve, "12-09 24:00");
}

#[test]
fn rule_07_the_start_is_never_shifted() {
    let story = complaint(standard())
        .and(reply())
        .at("11-24 16:00", wait("12-10 12:00"))
        .at("12-03 10:00", staff("ann").resumes());
    let anchor = story.case().unwrap().deadlines.of_kind(DeadlineKind::Resolve).next().unwrap().anchor;
    assert_eq!(anchor, at("11-23 09:00"));
}

#[test]
fn rule_07_paused_and_resumed_on_one_date_changes_nothing() {
    complaint(standard())
        .at("11-24 10:00", reply())
        .and(wait("12-10 12:00"))
        .at("17:00", staff("ann").resumes())
        .due(DeadlineKind::Resolve, "11-30 24:00");
}

#[test]
fn rule_07_nobody_resumes_before_the_pause() {
    complaint(standard())
        .at("11-24 10:00", reply())
        .at("11-24 12:00", wait("12-10 12:00"))
        .at("11-25 10:00", staff("ann").resumes().as_of("11-24 11:59").in_vain())
        .refused(&Rule::ImpossibleTime)
        .and(staff("ann").resumes().as_of("11-24 12:00"))
        .stage(Stage::InProgress)
        .due(DeadlineKind::Resolve, "11-30 24:00");
}

#[test]
fn rule_07_paused_on_its_last_day_it_is_due_on_the_day_of_resuming() {
    complaint(standard())
        .and(reply())
        .at("11-30 10:00", wait("12-10 12:00"))
        .at("12-03 10:00", staff("ann").resumes())
        .due(DeadlineKind::Resolve, "12-03 24:00");
}

#[test]
fn rule_08_the_customers_word_ends_the_wait_at_its_own_time_and_is_to_be_answered() {
    let story = complaint(standard())
        .at("11-24 10:00", reply())
        .and(staff("ann").awaits_customer("a photograph of it", "12-01 12:00"))
        // An out-of-office note does not.
        .at("11-25 08:00", out_of_office())
        .stage(Stage::Waiting)
        .at("11-27 09:00", mailed().as_of("11-26 11:00"))
        .stage(Stage::InProgress)
        .without(DeadlineKind::Resume)
        .due(DeadlineKind::Respond, "11-30 24:00")
        .due(DeadlineKind::Resolve, "12-02 24:00")
        .happened_at("wait-ended", "11-26 11:00");
    assert_eq!(story.case().unwrap().cycle.pauses[0].to, Some(at("11-26 11:00")));
}

#[test]
fn rule_07_every_wait_is_given_back_and_one_more_than_a_case_can_keep_apart_is_refused() {
    // As many waits as there can be, of a minute each.
    let minute = |n: usize| start() + TimeDelta::minutes(15 + 2 * i64::try_from(n).unwrap());
    let waits = |story: Scenario, n: usize| {
        story.at(minute(n), wait("23:00")).after(TimeDelta::minutes(1), staff("ann").resumes())
    };
    let story = (0..MAX_PAUSES).fold(complaint(tight()).at("09:10", reply()), waits);
    let story = story
        .due(DeadlineKind::Resolve, "18:04")
        .not(wait("23:00"), &Rule::TooManyWaits)
        .due(DeadlineKind::Resolve, "18:04");
    let pauses = &story.case().unwrap().cycle.pauses;
    assert_eq!(pauses.len(), MAX_PAUSES);
    assert!(pauses.iter().all(|pause| pause.to == Some(pause.from + TimeDelta::minutes(1))), "{pauses:?}");
    story.and(staff("ann").retargets_to(Priority::Urgent, "It burns.")).due(DeadlineKind::Resolve, "18:04");
}
