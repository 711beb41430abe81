//! The nights on which clocks change, where others go wrong.

use chrono::{NaiveDate, TimeDelta};
use talkback::calendar::WorkingCalendar;

use super::{adds, date, hours, in_zone, utc};

fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

/// The open time of the windows on one date, over the days around it.
#[track_caller]
fn on(zone: &str, windows: &str, day: &str) -> TimeDelta {
    let day = date(day);
    let calendar =
        WorkingCalendar::builder("x").zone(zone).special(day, windows, "that night").build().unwrap();
    let from = calendar.start_of_day(day - TimeDelta::days(2)).unwrap();
    calendar.between(from, from + TimeDelta::days(6)).unwrap()
}

#[test]
fn a_night_is_as_long_as_it_really_is() {
    for (zone, spring, autumn) in [
        ("America/New_York", "2026-03-08", "2026-11-01"),
        ("Europe/Berlin", "2026-03-29", "2026-10-25"),
        ("America/St_Johns", "2026-03-08", "2026-11-01"),
        // Their winter time is the one that the law calls daylight saving.
        ("Europe/Dublin", "2026-03-29", "2026-10-25"),
        ("Europe/London", "2026-03-29", "2026-10-25"),
    ] {
        assert_eq!(on(zone, "01:00-05:00", spring), hours(3), "{zone}");
        assert_eq!(on(zone, "01:00-05:00", autumn), hours(5), "{zone}");
    }
    // Half an hour, and two hours.
    assert_eq!(on("Australia/Lord_Howe", "01:00-05:15", "2026-10-04"), minutes(225));
    assert_eq!(on("Australia/Lord_Howe", "01:00-05:15", "2026-04-05"), minutes(285));
    assert_eq!(on("Antarctica/Troll", "00:30-05:00", "2026-03-29"), minutes(150));
    assert_eq!(on("Antarctica/Troll", "00:30-05:00", "2026-10-25"), minutes(390));
}

#[test]
fn edges_in_a_gap_are_the_first_instant_after_it() {
    let spring = |windows| on("Europe/Berlin", windows, "2026-03-29");
    assert_eq!(spring("02:30-04:00"), hours(1));
    assert_eq!(spring("01:30-02:30"), minutes(30));
    // Swallowed whole, and neighbours neither swap nor overlap.
    assert_eq!(spring("02:15-02:45, 03:00-04:00"), hours(1));
    assert_eq!(spring("01:00-02:30, 02:30-04:00"), hours(2));
    let calendar = in_zone("Europe/Berlin", "sun 02:30-04:00");
    adds(&calendar, "2026-03-28T12:00:00+01:00", minutes(10), "2026-03-29T03:10:00+02:00");
    assert!(calendar.is_open(utc("2026-03-29T03:10:00+02:00")).unwrap());
}

#[test]
fn edges_in_a_fold_are_the_first_time() {
    let autumn = |windows| on("Europe/Berlin", windows, "2026-10-25");
    assert_eq!(autumn("01:00-02:30"), minutes(90));
    assert_eq!(autumn("02:30-04:00"), minutes(150));
    assert_eq!(autumn("00:00-02:30, 02:30-24:00"), hours(25));
    // Adding an hour in the repeated hour moves by an hour.
    let calendar = in_zone("Europe/Berlin", "24/7");
    adds(&calendar, "2026-10-25T02:30:00+02:00", hours(1), "2026-10-25T02:30:00+01:00");
    // Whether it is open and how much was counted never contradict each other.
    let morning = in_zone("Europe/Berlin", "sun 01:00-02:30");
    assert!(morning.is_open(utc("2026-10-25T02:29:59+02:00")).unwrap());
    assert!(!morning.is_open(utc("2026-10-25T02:00:00+01:00")).unwrap());
}

#[test]
fn clocks_that_change_at_midnight() {
    for (zone, day, length) in [
        ("Africa/Cairo", "2026-04-24", 23),
        ("Africa/Cairo", "2026-10-29", 25),
        ("Asia/Beirut", "2026-03-29", 23),
        ("Asia/Beirut", "2026-10-24", 25),
        ("America/Havana", "2026-03-08", 23),
        ("America/Havana", "2026-11-01", 25),
        ("America/Santiago", "2026-09-06", 23),
        ("America/Santiago", "2026-04-04", 25),
        ("Atlantic/Azores", "2026-03-29", 23),
        ("Atlantic/Azores", "2026-10-25", 25),
        ("America/Sao_Paulo", "2017-10-15", 23),
        ("America/Sao_Paulo", "2017-02-18", 25),
        ("Europe/Berlin", "2026-07-01", 24),
    ] {
        let calendar = in_zone(zone, "24/7");
        let day = date(day);
        let (start, end) = (calendar.start_of_day(day).unwrap(), calendar.end_of_day(day).unwrap());
        assert_eq!(end - start, hours(length), "{zone} {day}");
        assert_eq!(calendar.local_date(start), Ok(day), "{zone} {day}");
        assert_eq!(calendar.local_date(end - minutes(1)), Ok(day), "{zone} {day}");
        assert_eq!(on(zone, "00:00-08:00, 08:00-24:00", &day.to_string()), hours(length), "{zone} {day}");
    }
}

#[test]
fn clocks_that_change_a_minute_past_midnight() {
    // From 00:01 to 01:01: an edge in between is the instant at which the clocks were put forward.
    let spring = |windows| on("America/St_Johns", windows, "2005-04-03");
    assert_eq!(spring("00:00-24:00"), hours(23));
    assert_eq!(spring("00:00-00:30"), minutes(1));
    assert_eq!(spring("00:05-00:30, 03:00-04:00"), hours(1));
    assert_eq!(spring("00:30-02:00"), minutes(59));
    let calendar = in_zone("America/St_Johns", "sun 00:30-02:00");
    assert_eq!(calendar.next_open(utc("2005-04-02T12:00:00Z")), Ok(utc("2005-04-03T03:31:00Z")));
    adds(&calendar, "2005-04-03T03:31:00Z", minutes(5), "2005-04-03T01:06:00-02:30");
    // Back to 23:01 when 00:01 was due: it is shown an hour later, and Saturday's last hour is over before.
    let autumn = |windows| on("America/St_Johns", windows, "2005-10-30");
    assert_eq!(autumn("00:00-00:01"), minutes(61));
    assert_eq!(autumn("00:00-02:00"), hours(3));
    assert_eq!(on("America/St_Johns", "23:00-24:00", "2005-10-29"), hours(1));
}

#[test]
fn a_date_that_never_was() {
    let apia = in_zone("Pacific/Apia", "daily 09:00-17:00");
    let missing = date("2011-12-30");
    assert!(!apia.is_working_day(missing).unwrap());
    assert_eq!(apia.start_of_day(missing), apia.end_of_day(missing));
    assert_eq!(apia.end_of_day(date("2011-12-29")), apia.start_of_day(date("2011-12-31")));
    assert_eq!(apia.nth_working_day_after(date("2011-12-29"), 1), Ok(date("2011-12-31")));
    assert_eq!(apia.close_of_business(missing), Ok(None));
    adds(&apia, "2011-12-29T16:00:00-10:00", hours(2), "2011-12-31T10:00:00+14:00");
}

#[test]
fn a_partition_of_the_day_sums_to_the_day() {
    let windows =
        ["00:00-24:00", "00:00-02:30, 02:30-24:00", "00:00-00:30, 00:30-01:00, 01:00-03:00, 03:00-24:00"];
    for zone in ZONES {
        let calendars = windows.map(|windows| in_zone(zone, &format!("daily {windows}")));
        let mut day = date("2026-01-01");
        while day <= date("2026-12-31") {
            let (start, end) =
                (calendars[0].start_of_day(day).unwrap(), calendars[0].end_of_day(day).unwrap());
            for calendar in &calendars {
                assert_eq!(calendar.between(start, end), Ok(end - start), "{zone} {day}");
            }
            day = day.succ_opt().unwrap();
        }
    }
}

#[test]
fn year_ends_and_leap_days() {
    let tokyo = in_zone("Asia/Tokyo", "daily 22:00-02:00");
    adds(&tokyo, "2026-12-31T23:00:00+09:00", hours(4), "2027-01-01T23:00:00+09:00");
    let office = in_zone("America/New_York", "mon-fri 09:00-17:00");
    adds(&office, "2028-02-28T16:00:00-05:00", hours(2), "2028-02-29T10:00:00-05:00");
    assert_eq!(office.nth_working_day_after(date("2028-02-28"), 1), Ok(date("2028-02-29")));
}

#[test]
fn a_zone_that_was_renamed_is_the_same() {
    let (old, new) =
        (in_zone("Asia/Calcutta", "mon-fri 09:00-17:00"), in_zone("Asia/Kolkata", "mon-fri 09:00-17:00"));
    let from = utc("2026-07-06T00:00:00Z");
    for step in 0..500 {
        let amount = minutes(7 * step);
        assert_eq!(old.add(from, amount), new.add(from, amount));
    }
}

#[test]
fn rules_go_on_where_the_table_of_the_database_ends() {
    let berlin = in_zone("Europe/Berlin", "daily 09:00-17:00");
    let opening =
        |day: &str| berlin.opening(day.parse::<NaiveDate>().unwrap()).unwrap().unwrap().to_rfc3339();
    assert_eq!(opening("2150-01-15"), "2150-01-15T08:00:00+00:00");
    assert_eq!(opening("2150-07-15"), "2150-07-15T07:00:00+00:00");
}

/// Zones whose clocks do something that a library got wrong.
pub(super) const ZONES: [&str; 18] = [
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "America/Santiago",
    "Atlantic/Azores",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "UTC",
];
