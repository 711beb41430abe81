//! The vectors of working time, as deadlines of a policy in a case.

use talkback::policy::{Policy, Rule as Targets, Span, Target, Terms};
use talkback::testing::Scenario;
use talkback::testing::scenario::{customer, staff};
use talkback::{DeadlineKind, WorkingCalendar};

use super::super::policies::{ladder, office, policy};
use super::super::story::*;

const RESOLVE: DeadlineKind = DeadlineKind::Resolve;

/// Resolve within so many working hours, which stand still while we wait.
fn within(hours: u32, calendar: WorkingCalendar) -> Policy {
    let rule = Targets::always().target(RESOLVE, Target::within(Span::working_hours(hours)).pausable());
    policy("vector", calendar, vec![rule], Terms::default())
}

fn complains(policy: Policy, when: &str) -> Scenario {
    nothing(policy).at(when, customer().complains("It leaks."))
}

#[test]
fn vector_1_friday_half_past_four_and_an_hour_is_monday_half_past_nine() {
    complains(within(1, office()), "Fri 2026-11-27 16:30").due(RESOLVE, "Mon 2026-11-30 09:30");
}

#[test]
fn vector_2_before_opening_the_count_begins_at_nine() {
    complains(within(2, office()), "Wed 2026-11-25 07:00").due(RESOLVE, "Wed 2026-11-25 11:00");
}

#[test]
fn vector_3_from_monday_five_o_clock_to_tuesday_eleven_with_a_warning_at_ten() {
    let long_days = WorkingCalendar::builder("long-days").hours("Mon-Fri 08:00-18:00").build().unwrap();
    let mut spec = within(4, long_days).spec().clone();
    spec.terms.ladder = ladder(&[60], &[0], None);
    complains(Policy::new(spec).unwrap(), "Mon 2026-11-30 17:00")
        .due(RESOLVE, "Tue 2026-12-01 11:00")
        .wakes_up("Tue 2026-12-01 10:00")
        .time_passes_until("Tue 2026-12-01 10:30")
        .ladder(RESOLVE, [("12-01 10:00", 0, "owner")]);
}

#[cfg(feature = "tz")]
#[test]
fn vector_4_berlin_over_a_weekend_with_lunch_breaks() {
    let berlin = WorkingCalendar::builder("berlin")
        .zone("Europe/Berlin")
        .hours("Mon-Fri 08:00-12:00, 13:00-17:00")
        .build()
        .unwrap();
    complains(within(8, berlin.clone()), "Fri 2026-07-03 16:00").due(RESOLVE, "Mon 2026-07-06 16:00");
    // The same written in UTC.
    nothing(within(8, berlin))
        .in_zone("UTC")
        .at("2026-07-03 14:00", customer().complains("It leaks."))
        .due(RESOLVE, "2026-07-06 14:00");
}

#[test]
fn vector_5_paused_from_close_to_opening_nothing_is_consumed() {
    complains(within(12, office()), "Mon 2026-11-30 09:00")
        .and(reply())
        .due(RESOLVE, "Tue 2026-12-01 13:00")
        .at("17:00", wait("12-04 12:00"))
        .paused(RESOLVE)
        .at("12-01 09:00", staff("ann").resumes())
        .due(RESOLVE, "Tue 2026-12-01 13:00");
}

#[test]
fn vector_6_twenty_four_working_hours_from_friday_evening() {
    complains(within(24, office()), "Fri 2026-11-27 16:55").due(RESOLVE, "Wed 2026-12-02 16:55");
}
