//! Working time: vectors, and what others get wrong.

mod laws;
mod zones;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use talkback::calendar::{CalendarError, Window, WorkingCalendar};

pub(crate) fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_utc()
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn hours(hours: i64) -> TimeDelta {
    TimeDelta::hours(hours)
}

fn weekdays(windows: &str) -> WorkingCalendar {
    WorkingCalendar::builder("test").hours(&format!("mon-fri {windows}")).build().unwrap()
}

fn in_zone(zone: &str, hours: &str) -> WorkingCalendar {
    WorkingCalendar::builder("test").zone(zone).hours(hours).build().unwrap()
}

#[track_caller]
fn adds(calendar: &WorkingCalendar, from: &str, amount: TimeDelta, to: &str) {
    assert_eq!(calendar.add(utc(from), amount), Ok(utc(to)), "{from} + {amount}");
    assert_eq!(calendar.between(utc(from), utc(to)), Ok(amount), "{from} to {to}");
    assert_eq!(calendar.between(utc(to), utc(from)), Ok(-amount), "{to} to {from}");
    if calendar.is_open(utc(from)).unwrap() {
        assert_eq!(calendar.subtract(utc(to), amount), Ok(utc(from)), "{to} - {amount}");
    }
    let explained = calendar.explain(utc(from), amount).unwrap();
    assert_eq!(explained.due(), utc(to));
}

// 2026-07-03 is a Friday, 2026-07-06 a Monday.

#[test]
fn the_vectors_of_the_promise() {
    let office = weekdays("09:00-17:00");
    adds(&office, "2026-07-03T16:30:00Z", hours(1), "2026-07-06T09:30:00Z");
    adds(&office, "2026-07-08T07:00:00Z", hours(2), "2026-07-08T11:00:00Z");
    adds(&office, "2026-07-03T16:55:00Z", hours(24), "2026-07-08T16:55:00Z");

    let long = weekdays("08:00-18:00");
    adds(&long, "2026-07-06T17:00:00Z", hours(4), "2026-07-07T11:00:00Z");
    assert_eq!(long.subtract(utc("2026-07-07T11:00:00Z"), hours(1)), Ok(utc("2026-07-07T10:00:00Z")));

    let berlin = in_zone("Europe/Berlin", "mon-fri 08:00-12:00, 13:00-17:00");
    adds(&berlin, "2026-07-03T16:00:00+02:00", hours(8), "2026-07-06T16:00:00+02:00");

    let nine_to_five = in_zone("Europe/Berlin", "mon-fri 09:00-17:00");
    adds(&nine_to_five, "2026-03-27T16:00:00+01:00", hours(4), "2026-03-30T12:00:00+02:00");
}

#[test]
fn an_amount_is_used_up_at_closing_time_not_at_the_next_opening() {
    adds(&weekdays("09:00-17:00"), "2026-07-06T09:00:00Z", hours(8), "2026-07-06T17:00:00Z");
}

#[test]
fn nothing_added_is_the_next_opening() {
    let office = weekdays("09:00-17:00");
    let add = |from: &str| office.add(utc(from), TimeDelta::zero()).unwrap();
    assert_eq!(add("2026-07-06T12:00:00.5Z"), utc("2026-07-06T12:00:00.5Z"));
    assert_eq!(add("2026-07-06T17:00:00Z"), utc("2026-07-07T09:00:00Z"));
    assert_eq!(add("2026-07-03T17:00:00Z"), utc("2026-07-06T09:00:00Z"));
    let subtract = |from: &str| office.subtract(utc(from), TimeDelta::zero()).unwrap();
    assert_eq!(subtract("2026-07-06T12:00:00.5Z"), utc("2026-07-06T12:00:00.5Z"));
    assert_eq!(subtract("2026-07-06T17:00:00Z"), utc("2026-07-06T17:00:00Z"));
    assert_eq!(subtract("2026-07-05T12:00:00Z"), utc("2026-07-03T17:00:00Z"));
}

#[test]
fn negative_amounts_go_the_other_way() {
    let office = weekdays("09:00-17:00");
    let at = utc("2026-07-06T10:00:00Z");
    assert_eq!(office.add(at, hours(-2)), office.subtract(at, hours(2)));
    assert_eq!(office.subtract(at, hours(-2)), office.add(at, hours(2)));
    assert_eq!(office.subtract(at, hours(2)), Ok(utc("2026-07-03T16:00:00Z")));
}

#[test]
fn the_closing_instant_is_closed() {
    let office = weekdays("09:00-17:00");
    assert!(office.is_open(utc("2026-07-06T09:00:00Z")).unwrap());
    assert!(office.is_open(utc("2026-07-06T16:59:59.999999999Z")).unwrap());
    assert!(!office.is_open(utc("2026-07-06T17:00:00Z")).unwrap());
    // From closing time the next opening is tomorrow's, and tomorrow's closing is the next.
    assert_eq!(office.next_open(utc("2026-07-06T17:00:00Z")), Ok(utc("2026-07-07T09:00:00Z")));
    assert_eq!(office.next_close(utc("2026-07-06T17:00:00Z")), Ok(utc("2026-07-07T17:00:00Z")));
    assert_eq!(office.next_close(utc("2026-07-06T09:00:00Z")), Ok(utc("2026-07-06T17:00:00Z")));
}

#[test]
fn fractions_of_a_second_are_kept() {
    let office = weekdays("09:00-17:00");
    let (from, until) = (utc("2026-07-06T16:59:59.750Z"), utc("2026-07-07T09:00:00.250Z"));
    let half = TimeDelta::milliseconds(500);
    assert_eq!(office.add(from, half), Ok(until));
    assert_eq!(office.between(from, until), Ok(half));
    assert_eq!(office.subtract(until, half), Ok(from));
    assert_eq!(office.add(from, TimeDelta::milliseconds(250)), Ok(utc("2026-07-06T17:00:00Z")));
    // Fractions of closed time are no time.
    assert_eq!(office.add(utc("2026-07-06T18:00:00.9Z"), hours(1)), Ok(utc("2026-07-07T10:00:00Z")));
}

#[test]
fn an_opening_that_begins_with_the_answer_was_not_reached_early() {
    // Created before opening: the morning before it is no working time.
    adds(&weekdays("09:00-17:00"), "2026-07-06T03:00:00Z", hours(8), "2026-07-06T17:00:00Z");
}

#[test]
fn overlapping_windows_are_refused_and_named() {
    let build = |text: &str| WorkingCalendar::builder("x").hours(text).build().unwrap_err().to_string();
    assert_eq!(build("mon 09:00-12:00, 11:00-13:00"), "Mon 09:00-12:00 overlaps Mon 11:00-13:00");
    let error = WorkingCalendar::office("x")
        .special(date("2026-12-24"), "08:00-12:00, 11:59-13:00", "Christmas Eve")
        .build()
        .unwrap_err();
    assert_eq!(error.to_string(), "2026-12-24: 08:00-12:00 overlaps 11:59-13:00");
    let error = WorkingCalendar::office("x").open(Weekday::Mon, "16:00-18:00").build().unwrap_err();
    assert!(matches!(error, CalendarError::Overlap { first_day: Weekday::Mon, .. }));
    // A night and the morning after it share an hour.
    assert!(WorkingCalendar::builder("x").hours("mon 22:00-06:00; tue 05:00-09:00").build().is_err());
}

#[test]
fn a_special_day_that_meets_the_night_before_counts_the_shared_time_once() {
    let calendar = WorkingCalendar::builder("x")
        .hours("mon-fri 22:00-06:00")
        .special(date("2026-07-07"), "04:00-12:00", "stocktaking")
        .build()
        .unwrap();
    let night = utc("2026-07-06T22:00:00Z");
    assert_eq!(calendar.between(night, utc("2026-07-07T12:00:00Z")), Ok(hours(14)));
    assert_eq!(calendar.next_close(night), Ok(utc("2026-07-07T12:00:00Z")));
    let within = WorkingCalendar::builder("x")
        .hours("mon-fri 22:00-06:00")
        .special(date("2026-07-07"), "02:00-03:00", "inside of the night")
        .build()
        .unwrap();
    assert_eq!(within.between(night, utc("2026-07-07T12:00:00Z")), Ok(hours(8)));
    assert_eq!(within.next_close(night), Ok(utc("2026-07-07T06:00:00Z")));
}

#[test]
fn around_the_clock_has_no_seam() {
    let always = WorkingCalendar::always();
    let from = utc("2026-07-06T12:34:56Z");
    adds(&always, "2026-07-06T12:34:56Z", hours(24 * 365), "2027-07-06T12:34:56Z");
    assert_eq!(always.between(from, from + TimeDelta::days(36_500)), Ok(TimeDelta::days(36_500)));
    assert!(matches!(always.next_close(from), Err(CalendarError::NeverCloses { .. })));
    let stretches: Vec<_> = always.stretches(from..from + TimeDelta::days(10_000)).unwrap().collect();
    assert_eq!(stretches.len(), 1);
    // Written with 24:00 in a zone with summer time, it still is every second of the year.
    let berlin = in_zone("Europe/Berlin", "daily 00:00-24:00");
    assert_eq!(berlin.between(from, from + TimeDelta::days(365)), Ok(TimeDelta::days(365)));
}

#[test]
fn a_night_belongs_to_the_date_it_opens_on() {
    let calendar = WorkingCalendar::builder("x")
        .hours("mon-fri 22:00-06:00")
        .holiday(date("2026-07-04"), "Independence Day")
        .holiday(date("2026-07-07"), "nothing opens")
        .build()
        .unwrap();
    // Friday's night runs on into the holiday.
    adds(&calendar, "2026-07-03T23:00:00Z", hours(7), "2026-07-04T06:00:00Z");
    // Monday's night too; Tuesday's does not begin.
    adds(&calendar, "2026-07-06T22:00:00Z", hours(9), "2026-07-08T23:00:00Z");
    assert_eq!(calendar.subtract(utc("2026-07-08T23:00:00Z"), hours(9)), Ok(utc("2026-07-06T22:00:00Z")));
    assert!(!calendar.is_working_day(date("2026-07-07")).unwrap());
    assert!(!calendar.is_working_day(date("2026-07-04")).unwrap());
    // Backwards out of a tail, over a weekend.
    assert_eq!(calendar.subtract(utc("2026-07-06T22:30:00Z"), hours(1)), Ok(utc("2026-07-04T05:30:00Z")));
}

#[test]
fn every_night_has_a_tail() {
    let nights = in_zone("UTC", "mon 22:00-06:00; tue 22:00-06:00");
    assert!(nights.is_open(utc("2026-07-07T05:00:00Z")).unwrap());
    assert!(nights.is_open(utc("2026-07-08T05:00:00Z")).unwrap());
    assert!(!nights.is_open(utc("2026-07-09T05:00:00Z")).unwrap());
}

#[test]
fn a_special_day_wins_over_a_holiday() {
    let calendar = WorkingCalendar::office("x")
        .holiday(date("2026-12-24"), "Christmas Eve")
        .special(date("2026-12-24"), "08:00-12:00", "half a day")
        .build()
        .unwrap();
    adds(&calendar, "2026-12-23T16:00:00Z", hours(2), "2026-12-24T09:00:00Z");
    assert!(calendar.is_working_day(date("2026-12-24")).unwrap());
    assert_eq!(calendar.close_of_business(date("2026-12-24")), Ok(Some(utc("2026-12-24T12:00:00Z"))));
}

#[test]
fn special_dates_are_local_dates() {
    // Sydney's Monday begins on Sunday by UTC.
    let sydney = WorkingCalendar::office("x")
        .zone("Australia/Sydney")
        .special(date("2026-07-06"), "12:00-13:00", "late")
        .build()
        .unwrap();
    adds(&sydney, "2026-07-06T08:00:00+10:00", hours(1), "2026-07-06T13:00:00+10:00");
    for (zone, offset) in [("Pacific/Kiritimati", "+14:00"), ("Pacific/Pago_Pago", "-11:00")] {
        let calendar =
            WorkingCalendar::office("x").zone(zone).holiday(date("2026-07-07"), "holiday").build().unwrap();
        let at = |day: &str, time: &str| format!("2026-07-{day}T{time}:00{offset}");
        adds(&calendar, &at("06", "16:00"), hours(2), &at("08", "10:00"));
        assert_eq!(calendar.local_date(utc(&at("06", "00:00"))), Ok(date("2026-07-06")));
        assert_eq!(calendar.local_date(utc(&at("06", "23:59"))), Ok(date("2026-07-06")));
    }
}

#[test]
fn breaks_and_closed_days_are_taken_out() {
    let calendar = WorkingCalendar::office("x")
        .break_on(date("2026-07-06"), "12:00-13:00", "fire drill")
        .break_on(date("2026-07-06"), "12:30-14:00", "staff meeting")
        .break_on(date("2026-07-08"), "08:00-18:00", "power cut")
        .closed(date("2026-07-07"), "stocktaking")
        .build()
        .unwrap();
    adds(&calendar, "2026-07-06T09:00:00Z", hours(4), "2026-07-06T15:00:00Z");
    adds(&calendar, "2026-07-06T16:00:00Z", hours(2), "2026-07-09T10:00:00Z");
    assert!(!calendar.is_working_day(date("2026-07-07")).unwrap());
    assert!(!calendar.is_working_day(date("2026-07-08")).unwrap());
    assert_eq!(calendar.nth_working_day_after(date("2026-07-06"), 1), Ok(date("2026-07-09")));
}

#[test]
fn the_last_hour_of_a_break_is_no_business() {
    let calendar = WorkingCalendar::office("x")
        .break_on(date("2026-07-06"), "16:00-18:00", "early closing")
        .build()
        .unwrap();
    assert_eq!(calendar.close_of_business(date("2026-07-06")), Ok(Some(utc("2026-07-06T16:00:00Z"))));
    assert_eq!(calendar.opening(date("2026-07-06")), Ok(Some(utc("2026-07-06T09:00:00Z"))));
    assert_eq!(calendar.close_of_business(date("2026-07-05")), Ok(None));
    // A night is cut by the breaks of the dates that it touches, and by no earlier one.
    let nights = WorkingCalendar::builder("x")
        .hours("mon-fri 22:00-06:00")
        .break_on(date("2026-07-06"), "20:00-21:00", "before")
        .break_on(date("2026-07-07"), "05:00-07:00", "in the morning")
        .build()
        .unwrap();
    assert_eq!(nights.opening(date("2026-07-06")), Ok(Some(utc("2026-07-06T22:00:00Z"))));
    assert_eq!(nights.close_of_business(date("2026-07-06")), Ok(Some(utc("2026-07-07T05:00:00Z"))));
}

#[test]
fn a_long_time_is_not_cut_at_any_horizon() {
    let office = weekdays("09:00-17:00");
    // Thirty years of Mondays to Fridays; the first and the last day are Mondays.
    let (from, until) = (utc("2001-01-01T00:00:00Z"), utc("2031-01-06T00:00:00Z"));
    let weeks = (until - from).num_days() / 7;
    assert_eq!((until - from).num_days() % 7, 0);
    assert_eq!(office.between(from, until), Ok(hours(weeks * 40)));
    assert_eq!(office.add(from, hours(weeks * 40)), Ok(utc("2031-01-03T17:00:00Z")));
}

#[test]
fn a_short_target_survives_a_long_closure() {
    let mut builder = WorkingCalendar::office("x");
    let mut day = date("2026-07-01");
    for _ in 0..400 {
        builder = builder.closed(day, "refurbishment");
        day = day.succ_opt().unwrap();
    }
    let calendar = builder.build().unwrap();
    assert_eq!(calendar.add(utc("2026-06-30T17:00:00Z"), hours(1)), Ok(utc("2027-08-05T10:00:00Z")));
}

#[test]
fn a_calendar_without_hours_is_refused_when_it_is_built() {
    let empty = WorkingCalendar::builder("x").build();
    assert_eq!(empty.unwrap_err(), CalendarError::NoHours);
    let day = date("2026-07-06");
    let broken = WorkingCalendar::builder("x")
        .special(day, "09:00-10:00", "one hour")
        .break_on(day, "08:00-11:00", "and a break over it")
        .build();
    assert_eq!(broken.unwrap_err(), CalendarError::NoHours);
    let same = WorkingCalendar::builder("x").hours("mon 09:00-09:00").build();
    assert_eq!(same.unwrap_err(), CalendarError::EmptyWindow);
}

#[test]
fn a_calendar_that_opens_once_says_so() {
    let once =
        WorkingCalendar::builder("x").special(date("2026-07-06"), "09:00-17:00", "open day").build().unwrap();
    assert!(!once.opens_every_week());
    adds(&once, "2026-01-01T00:00:00Z", hours(8), "2026-07-06T17:00:00Z");
    let never = CalendarError::NeverOpens { searched_until: date("2126-01-02") };
    assert_eq!(once.add(utc("2026-01-01T00:00:00Z"), hours(9)), Err(never));
    assert!(matches!(once.next_open(utc("2027-01-01T00:00:00Z")), Err(CalendarError::NeverOpens { .. })));
    assert!(matches!(once.next_close(utc("2026-07-07T00:00:00Z")), Err(CalendarError::NeverOpens { .. })));
    assert!(matches!(
        once.nth_working_day_after(date("2026-07-06"), 1),
        Err(CalendarError::NeverOpens { .. })
    ));
    assert!(matches!(
        once.subtract(utc("2200-01-01T00:00:00Z"), hours(1)),
        Err(CalendarError::NeverOpens { .. })
    ));
    assert_eq!(once.subtract(utc("2026-07-06T00:00:00Z"), hours(1)), Err(CalendarError::OutOfRange));
    assert_eq!(once.between(utc("1970-01-01T00:00:00Z"), utc("2261-12-31T00:00:00Z")), Ok(hours(8)));
}

#[test]
fn no_input_panics_or_hangs() {
    let calendars = [
        WorkingCalendar::always(),
        in_zone("America/New_York", "mon-fri 09:00-17:00"),
        WorkingCalendar::builder("x").special(date("2026-07-06"), "09:00-17:00", "once").build().unwrap(),
    ];
    let instants = [
        DateTime::<Utc>::MIN_UTC,
        utc("1969-12-31T23:59:59Z"),
        utc("1970-01-01T00:00:00Z"),
        utc("2026-07-06T12:00:00Z"),
        utc("2261-12-31T23:59:59.999999999Z"),
        utc("2262-01-01T00:00:00Z"),
        DateTime::<Utc>::MAX_UTC,
    ];
    let amounts =
        [TimeDelta::MIN, hours(-1), TimeDelta::zero(), TimeDelta::nanoseconds(1), hours(1), TimeDelta::MAX];
    for calendar in &calendars {
        for at in instants {
            let inside = (utc("1970-01-01T00:00:00Z")..utc("2262-01-01T00:00:00Z")).contains(&at);
            for amount in amounts {
                let results = [calendar.add(at, amount), calendar.subtract(at, amount)];
                assert!(inside || results.iter().all(|result| *result == Err(CalendarError::OutOfRange)));
                let _ = calendar.explain(at, amount.min(hours(1)));
            }
            assert_eq!(calendar.is_open(at).is_ok(), inside);
            assert_eq!(calendar.local_date(at).is_ok(), inside);
            let _ = (calendar.next_open(at), calendar.next_close(at));
            for other in instants {
                let _ = calendar.between(at, other);
                let _ = calendar.stretches(at..other).map(|stretches| stretches.take(3).count());
            }
        }
        for day in
            [NaiveDate::MIN, date("1969-12-30"), date("1970-01-01"), date("2262-01-02"), NaiveDate::MAX]
        {
            let _ = (calendar.start_of_day(day), calendar.end_of_day(day), calendar.close_of_business(day));
            let _ = (calendar.is_working_day(day), calendar.working_days_between(day, date("2026-07-06")));
            for n in [0, 1, u32::MAX] {
                let _ = (calendar.nth_working_day_after(day, n), calendar.nth_working_day_before(day, n));
            }
        }
    }
}

#[test]
fn working_days_are_counted_by_date() {
    let calendar = WorkingCalendar::office("x").holiday(date("2026-07-07"), "holiday").build().unwrap();
    let friday = date("2026-07-03");
    assert_eq!(calendar.nth_working_day_after(friday, 0), Ok(friday));
    assert_eq!(calendar.nth_working_day_after(friday, 1), Ok(date("2026-07-06")));
    assert_eq!(calendar.nth_working_day_after(friday, 2), Ok(date("2026-07-08")));
    assert_eq!(calendar.nth_working_day_before(date("2026-07-08"), 2), Ok(friday));
    assert_eq!(calendar.working_days_between(friday, date("2026-07-08")), Ok(2));
    assert_eq!(calendar.working_days_between(date("2026-07-08"), friday), Ok(-2));
    // Far enough to cross the blocks in which the calendar is compiled.
    let far = calendar.nth_working_day_after(friday, 10_000).unwrap();
    assert_eq!(calendar.working_days_between(friday, far), Ok(10_000));
    assert_eq!(calendar.nth_working_day_before(far, 10_000), Ok(friday));
}

#[test]
fn windows_are_read_strictly() {
    for text in [
        "",
        "9-17",
        "09:00",
        "09:00-",
        "24:00-25:00",
        "09:60-10:00",
        "09:00-17:00:61",
        "0９:00-10:00",
        "-1:00-2:00",
    ] {
        assert!(text.parse::<Window>().is_err(), "{text}");
    }
    assert_eq!("00:00-24:00".parse(), Ok(Window::ALL_DAY));
    assert_eq!("22:00-00:00".parse::<Window>().unwrap().to_string(), "22:00-24:00");
    assert_eq!("09:00-09:00".parse::<Window>(), Err(CalendarError::EmptyWindow));
}

#[test]
fn a_definition_is_checked_on_the_way_in() {
    let calendar = WorkingCalendar::builder("support-de")
        .version(7)
        .zone("europe/berlin")
        .hours("mon-fri 08:00-12:00, 13:00-17:00; sat 09:00-12:00")
        .holiday(date("2026-05-25"), "Whit Monday")
        .special(date("2026-12-24"), "08:00-12:00", "Christmas Eve")
        .closed(date("2026-07-01"), "stocktaking")
        .break_on(date("2026-07-02"), "10:00-11:00", "fire drill")
        .build()
        .unwrap();
    let json = serde_json::to_string(&calendar).unwrap();
    assert_eq!(
        json,
        concat!(
            r#"{"name":"support-de","version":7,"zone":"Europe/Berlin","#,
            r#""hours":"mon-fri 08:00-12:00, 13:00-17:00; sat 09:00-12:00","#,
            r#""holidays":{"2026-05-25":"Whit Monday"},"#,
            r#""special":{"2026-12-24":{"name":"Christmas Eve","windows":"08:00-12:00"}},"#,
            r#""closed":{"2026-07-01":"stocktaking"},"#,
            r#""breaks":[{"date":"2026-07-02","window":"10:00-11:00","name":"fire drill"}]}"#
        )
    );
    assert_eq!(serde_json::from_str::<WorkingCalendar>(&json).unwrap(), calendar);
    for (from, to) in [
        ("Europe/Berlin", "Europe/Atlantis"),
        ("sat 09", "fri 09"),
        ("13:00-17:00", "11:00-17:00"),
        ("mon-fri 08:00-12:00, 13:00-17:00; sat 09:00-12:00", "mon 9"),
        ("\"version\":7", "\"version\":-7"),
        ("\"closed\"", "\"shut\""),
        ("2026-07-01", "2026-12-24"),
        ("2026-05-25", "2962-05-25"),
        ("support-de", " "),
    ] {
        let broken = json.replace(from, to);
        assert_ne!(broken, json);
        assert!(serde_json::from_str::<WorkingCalendar>(&broken).is_err(), "{broken}");
    }
}

#[test]
fn an_explanation_names_each_hole() {
    let calendar = WorkingCalendar::office("uk")
        .zone("Europe/London")
        .holiday(date("2026-05-25"), "Spring bank holiday")
        .break_on(date("2026-05-26"), "09:30-10:00", "fire drill")
        .build()
        .unwrap();
    let explained = calendar.explain(utc("2026-05-22T16:30:00+01:00"), hours(2)).unwrap();
    assert_eq!(
        explained.to_string(),
        "Fri 22 May 2026 16:30-17:00: 30 min counted\n\
         Fri 22 May 2026 17:00-24:00: outside of hours\n\
         Sat 23 May 2026: no hours on this weekday\n\
         Sun 24 May 2026: no hours on this weekday\n\
         Mon 25 May 2026: holiday (Spring bank holiday)\n\
         Tue 26 May 2026 00:00-09:00: outside of hours\n\
         Tue 26 May 2026 09:00-09:30: 30 min counted\n\
         Tue 26 May 2026 09:30-10:00: break (fire drill)\n\
         Tue 26 May 2026 10:00-11:00: 1 h counted\n\
         Due Tue 26 May 2026 11:00 (Europe/London)"
    );
}

#[test]
fn a_calendar_can_be_shared() {
    fn shared<T: Clone + Send + Sync + std::fmt::Debug + 'static>(_: &T) {}
    let calendar = weekdays("09:00-17:00");
    shared(&calendar);
    assert_eq!(
        format!("{calendar:?}"),
        r#"WorkingCalendar { name: Name(test), version: 1, zone: Zone(UTC), hours: mon-fri 09:00-17:00, .. }"#
    );
}
