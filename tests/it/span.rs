//! Spans: the fixtures of the rules, pauses, warnings.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use talkback::calendar::{CalendarBuilder, CalendarError, WorkingCalendar};
use talkback::policy::{AfterClose, Counting, DayEnd, FirstDay, Remaining, Roll, Span};

use crate::calendar::{date, utc};

fn office(zone: &str, holidays: &[&str]) -> WorkingCalendar {
    let days = |builder: CalendarBuilder, day: &&str| builder.holiday(date(day), "holiday");
    holidays.iter().fold(WorkingCalendar::office("test").zone(zone), days).build().unwrap()
}

#[track_caller]
fn due(
    span: &Span,
    calendar: &WorkingCalendar,
    anchor: &str,
    expected: &str,
    last_day: &str,
) -> DateTime<Utc> {
    let due = span.due(calendar, utc(anchor)).unwrap();
    assert_eq!(due, utc(expected), "{span} after {anchor}");
    assert_eq!(span.last_day(calendar, due), Ok(date(last_day)), "{span} after {anchor}");
    let explained = span.explain(calendar, utc(anchor)).unwrap();
    assert_eq!(explained.due(), due);
    due
}

#[test]
fn uk_fca() {
    let london = office("Europe/London", &["2026-04-03", "2026-04-06"]);
    due(&Span::weeks(8), &london, "2026-03-05T16:40:00Z", "2026-04-30T23:00:00Z", "2026-04-30");
    let summary = Span::working_days(3).close_of_business();
    due(&summary, &london, "2026-04-02T11:00:00+01:00", "2026-04-09T17:00:00+01:00", "2026-04-09");
    // Received after close: it may count as received on the next business day.
    let next_day = summary.after_close(AfterClose::NextWorkingDay);
    due(&next_day, &london, "2026-04-02T17:00:00+01:00", "2026-04-10T17:00:00+01:00", "2026-04-10");
    due(&next_day, &london, "2026-04-02T16:59:59+01:00", "2026-04-09T17:00:00+01:00", "2026-04-09");
    due(&next_day, &london, "2026-04-04T11:00:00+01:00", "2026-04-10T17:00:00+01:00", "2026-04-10");
}

#[test]
fn uk_housing() {
    let london = office("Europe/London", &["2026-05-25"]);
    let received = "2026-05-20T09:15:00+01:00";
    due(&Span::working_days(5), &london, received, "2026-05-29T00:00:00+01:00", "2026-05-28");
    let acknowledged = "2026-05-26T15:00:00+01:00";
    due(&Span::working_days(10), &london, acknowledged, "2026-06-10T00:00:00+01:00", "2026-06-09");
    due(&Span::working_days(20), &london, acknowledged, "2026-06-24T00:00:00+01:00", "2026-06-23");
    // Before any acknowledgement: from the last moment of the day on which it is due.
    due(
        &Span::working_days(10),
        &london,
        "2026-05-28T23:59:59+01:00",
        "2026-06-12T00:00:00+01:00",
        "2026-06-11",
    );
}

#[test]
fn uk_nhs_counts_the_day_of_receipt() {
    let london = office("Europe/London", &["2026-04-03", "2026-04-06"]);
    let received = "2026-04-03T08:00:00+01:00";
    due(&Span::working_days(3), &london, received, "2026-04-10T00:00:00+01:00", "2026-04-09");
    let six_months = Span::months(6).first_day(FirstDay::Include);
    due(&six_months, &london, received, "2026-10-03T00:00:00+01:00", "2026-10-02");
}

#[test]
fn us_reg_e() {
    let chicago = office("America/Chicago", &["2026-02-16"]);
    let received = "2026-02-14T23:50:00-06:00";
    due(&Span::working_days(10), &chicago, received, "2026-03-03T00:00:00-06:00", "2026-03-02");
    due(&Span::calendar_days(45), &chicago, received, "2026-04-01T00:00:00-05:00", "2026-03-31");
    due(&Span::working_days(20), &chicago, received, "2026-03-17T00:00:00-05:00", "2026-03-16");
}

#[test]
fn us_cfpb_and_dot() {
    let new_york = office("America/New_York", &[]);
    let sent = "2026-06-01T09:00:00-04:00";
    due(&Span::calendar_days(15), &new_york, sent, "2026-06-17T00:00:00-04:00", "2026-06-16");
    due(&Span::calendar_days(60), &new_york, sent, "2026-08-01T00:00:00-04:00", "2026-07-31");
    let received = "2026-03-01T12:00:00-05:00";
    due(&Span::calendar_days(30), &new_york, received, "2026-04-01T00:00:00-04:00", "2026-03-31");
    due(&Span::calendar_days(60), &new_york, received, "2026-05-01T00:00:00-04:00", "2026-04-30");
}

#[test]
fn eu_gdpr_rolls_over_easter() {
    let brussels = office("Europe/Brussels", &["2026-04-05", "2026-04-06"]);
    let rolled = |months| Span::months(months).roll(Roll::NextWorkingDay);
    let received = "2026-03-05T12:00:00+01:00";
    due(&rolled(1), &brussels, received, "2026-04-08T00:00:00+02:00", "2026-04-07");
    due(&rolled(3), &brussels, received, "2026-06-06T00:00:00+02:00", "2026-06-05");
    let words = rolled(1).explain(&brussels, utc(received)).unwrap().to_string();
    assert_eq!(
        words,
        "Thu 5 Mar 2026 to Sun 5 Apr 2026: counted by the calendar\n\
         Sun 5 Apr 2026: holiday (holiday)\n\
         Mon 6 Apr 2026: holiday (holiday)\n\
         Tue 7 Apr 2026: the next working day, to which the end moves\n\
         Due by the end of Tue 7 Apr 2026 (Europe/Brussels)"
    );
}

#[test]
fn the_rest_of_the_rules() {
    let london = office("Europe/London", &[]);
    due(&Span::weeks(6), &london, "2026-04-09T10:00:00+01:00", "2026-05-22T00:00:00+01:00", "2026-05-21");
    let delhi = office("Asia/Kolkata", &[]);
    let received = "2026-08-14T19:00:00+05:30";
    due(&Span::hours(48), &delhi, received, "2026-08-16T19:00:00+05:30", "2026-08-16");
    due(&Span::hours(24), &delhi, received, "2026-08-15T19:00:00+05:30", "2026-08-15");
    due(&Span::calendar_days(15), &delhi, received, "2026-08-30T00:00:00+05:30", "2026-08-29");
    let toronto = office("America/Toronto", &[]);
    due(
        &Span::calendar_days(56),
        &toronto,
        "2026-01-05T10:00:00-05:00",
        "2026-03-03T00:00:00-05:00",
        "2026-03-02",
    );
    let berlin = office("Europe/Berlin", &[]);
    due(
        &Span::working_hours(4),
        &berlin,
        "2026-03-27T16:00:00+01:00",
        "2026-03-30T12:00:00+02:00",
        "2026-03-30",
    );
}

#[test]
fn a_regulation_x_deadline_is_thirty_working_days() {
    let holidays = ["2026-01-19", "2026-02-16"];
    let new_york = office("America/New_York", &holidays);
    let received = "2026-01-05T10:00:00-05:00";
    due(&Span::working_days(5), &new_york, received, "2026-01-13T00:00:00-05:00", "2026-01-12");
    due(&Span::working_days(30), &new_york, received, "2026-02-19T00:00:00-05:00", "2026-02-18");
}

#[test]
fn months_end_with_shorter_months() {
    let utc_office = office("UTC", &[]);
    let at = |day: &str| format!("{day}T12:00:00Z");
    let month = Span::months(1);
    due(&month, &utc_office, &at("2026-01-31"), "2026-03-01T00:00:00Z", "2026-02-28");
    due(&month, &utc_office, &at("2028-01-31"), "2028-03-01T00:00:00Z", "2028-02-29");
    due(&Span::months(3), &utc_office, &at("2026-01-31"), "2026-05-01T00:00:00Z", "2026-04-30");
    due(&Span::months(12), &utc_office, &at("2028-02-29"), "2029-03-01T00:00:00Z", "2029-02-28");
    let include = month.first_day(FirstDay::Include);
    due(&include, &utc_office, &at("2026-01-31"), "2026-03-01T00:00:00Z", "2026-02-28");
    due(&include, &utc_office, &at("2026-01-28"), "2026-02-28T00:00:00Z", "2026-02-27");
}

#[test]
fn the_first_day_counts_only_where_told() {
    let calendar = office("UTC", &[]);
    let include = |span: Span| span.first_day(FirstDay::Include);
    let friday = "2026-07-03T12:00:00Z";
    due(&Span::calendar_days(1), &calendar, friday, "2026-07-05T00:00:00Z", "2026-07-04");
    due(&include(Span::calendar_days(1)), &calendar, friday, "2026-07-04T00:00:00Z", "2026-07-03");
    due(&Span::working_days(1), &calendar, friday, "2026-07-07T00:00:00Z", "2026-07-06");
    due(&include(Span::working_days(1)), &calendar, friday, "2026-07-04T00:00:00Z", "2026-07-03");
    due(&include(Span::weeks(1)), &calendar, friday, "2026-07-10T00:00:00Z", "2026-07-09");
    // A Saturday is no working day, counted or not.
    let saturday = "2026-07-04T12:00:00Z";
    due(&include(Span::working_days(1)), &calendar, saturday, "2026-07-07T00:00:00Z", "2026-07-06");
}

#[test]
fn one_working_day_is_a_date_and_not_eight_hours() {
    let calendar =
        WorkingCalendar::builder("x").hours("mon-thu 09:00-17:00; fri 09:00-12:00").build().unwrap();
    let span = Span::working_days(1).exact();
    due(&span, &calendar, "2026-07-02T16:00:00Z", "2026-07-03T16:00:00Z", "2026-07-03");
    // Sixteen working hours over the short Friday, where the answer is Tuesday's 12:00 and no Monday's.
    due(&Span::working_hours(16), &calendar, "2026-07-02T16:00:00Z", "2026-07-07T13:00:00Z", "2026-07-07");
    // Three days at closing time.
    let three = Span::working_days(3).exact();
    due(&three, &calendar, "2026-06-29T17:00:00Z", "2026-07-02T17:00:00Z", "2026-07-02");
}

#[test]
fn what_closes_at_midnight_ends_with_its_day() {
    let late = WorkingCalendar::builder("x").hours("daily 16:00-24:00").build().unwrap();
    due(&Span::working_hours(8), &late, "2026-07-03T16:00:00Z", "2026-07-04T00:00:00Z", "2026-07-03");
    due(
        &Span::working_days(1).close_of_business(),
        &late,
        "2026-07-03T16:00:00Z",
        "2026-07-05T00:00:00Z",
        "2026-07-04",
    );
    due(&Span::hours(8), &late, "2026-07-03T16:00:00Z", "2026-07-04T00:00:00Z", "2026-07-04");
}

#[test]
fn an_exact_end_shifts_by_the_gap_and_takes_the_first_of_two() {
    let berlin = office("Europe/Berlin", &[]);
    let day = Span::calendar_days(1).exact();
    due(&day, &berlin, "2026-03-28T02:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-29");
    due(&day, &berlin, "2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25");
    let lord_howe = office("Australia/Lord_Howe", &[]);
    due(&day, &lord_howe, "2026-10-03T02:15:00+10:30", "2026-10-04T02:45:00+11:00", "2026-10-04");
}

#[test]
fn close_of_business_on_a_day_off_is_the_end_of_the_day() {
    let calendar = office("UTC", &[]);
    let span = Span::calendar_days(2).close_of_business();
    due(&span, &calendar, "2026-07-01T12:00:00Z", "2026-07-03T17:00:00Z", "2026-07-03");
    due(&span, &calendar, "2026-07-02T12:00:00Z", "2026-07-05T00:00:00Z", "2026-07-04");
    let rolled = span.roll(Roll::NextWorkingDay);
    due(&rolled, &calendar, "2026-07-02T12:00:00Z", "2026-07-06T17:00:00Z", "2026-07-06");
    let nights = WorkingCalendar::builder("x").hours("mon-fri 22:00-06:00").build().unwrap();
    let span = Span::working_days(1).close_of_business();
    due(&span, &nights, "2026-07-06T12:00:00Z", "2026-07-08T06:00:00Z", "2026-07-07");
}

#[test]
fn nothing_is_due_before_it_happened() {
    let calendar = office("UTC", &[]);
    let today = Span::working_days(1).first_day(FirstDay::Include).close_of_business();
    due(&today, &calendar, "2026-07-06T16:00:00Z", "2026-07-06T17:00:00Z", "2026-07-06");
    due(&today, &calendar, "2026-07-06T18:00:00Z", "2026-07-07T00:00:00Z", "2026-07-06");
}

#[test]
fn the_earlier_of_two() {
    let calendar = office("UTC", &[]);
    let span = Span::working_hours(8).min(Span::calendar_days(1));
    due(&span, &calendar, "2026-07-03T12:00:00Z", "2026-07-05T00:00:00Z", "2026-07-04");
    due(&span, &calendar, "2026-07-06T09:00:00Z", "2026-07-06T17:00:00Z", "2026-07-06");
}

#[test]
fn zero_is_refused_everywhere() {
    let calendar = office("UTC", &[]);
    let at = utc("2026-07-06T12:00:00Z");
    for span in [
        Span::hours(0),
        Span::working_hours(0),
        Span::working_days(0),
        Span::calendar_days(0),
        Span::weeks(0),
        Span::months(0),
        Span::weeks(1).min(Span::hours(0)),
        Span::calendar_days(1).first_day(FirstDay::Include).exact(),
    ] {
        assert_eq!(span.validate(), Err(CalendarError::ZeroSpan));
        assert_eq!(span.due(&calendar, at), Err(CalendarError::ZeroSpan));
        assert_eq!(span.before(&calendar, at), Err(CalendarError::ZeroSpan));
        assert_eq!(span.explain(&calendar, at), Err(CalendarError::ZeroSpan));
    }
    let nested = Span::weeks(1).min(Span::weeks(2)).min(Span::weeks(3));
    assert_eq!(nested.validate(), Err(CalendarError::NestedMin));
}

#[test]
fn a_span_that_is_never_over_is_found_before_it_is_promised() {
    let weekly = office("Europe/London", &[]);
    let once =
        WorkingCalendar::builder("x").special(date("2026-07-06"), "09:00-17:00", "once").build().unwrap();
    for span in [
        Span::working_hours(1),
        Span::working_days(1),
        Span::weeks(1).roll(Roll::NextWorkingDay),
        Span::weeks(1).after_close(AfterClose::NextWorkingDay),
        Span::weeks(1).min(Span::working_hours(1)),
    ] {
        assert_eq!(span.validate_on(&weekly), Ok(()), "{span}");
        assert!(matches!(span.validate_on(&once), Err(CalendarError::NeverOpens { .. })), "{span}");
    }
    for span in [Span::hours(1), Span::calendar_days(1), Span::months(1).close_of_business()] {
        assert_eq!(span.validate_on(&once), Ok(()), "{span}");
    }
    assert!(matches!(Span::working_days(30_000).validate_on(&weekly), Err(CalendarError::NeverOpens { .. })));
    assert_eq!(Span::weeks(0).validate_on(&weekly), Err(CalendarError::ZeroSpan));
}

#[test]
fn no_span_panics() {
    let calendar = office("America/New_York", &[]);
    let most = u32::MAX;
    for span in [
        Span::hours(most),
        Span::working_hours(most),
        Span::working_days(most),
        Span::calendar_days(most),
        Span::weeks(most).first_day(FirstDay::Include),
        Span::months(most),
        Span::months(most).exact().min(Span::hours(1)),
        Span::working_days(1).after_close(AfterClose::NextWorkingDay).close_of_business(),
    ] {
        for at in [
            DateTime::<Utc>::MIN_UTC,
            utc("1970-01-01T00:00:00Z"),
            utc("2026-07-06T12:00:00Z"),
            utc("2261-12-31T23:59:59Z"),
            DateTime::<Utc>::MAX_UTC,
        ] {
            let _ = (span.due(&calendar, at), span.before(&calendar, at), span.last_day(&calendar, at));
            let _ = (span.explain(&calendar, at), span.remaining(&calendar, at, at));
            for remaining in [
                Remaining::Days(most),
                Remaining::Elapsed(TimeDelta::MAX),
                Remaining::Working(TimeDelta::MAX),
            ] {
                let _ = remaining.resume(
                    &span,
                    &calendar,
                    utc("2026-07-01T12:00:00Z"),
                    at,
                    utc("2026-08-06T12:00:00Z"),
                );
            }
        }
    }
}

#[test]
fn warnings_come_in_working_time() {
    let long = WorkingCalendar::builder("x").hours("mon-fri 08:00-18:00").build().unwrap();
    let before = |span: Span, due: &str| span.before(&long, utc(due)).unwrap();
    assert_eq!(before(Span::working_hours(1), "2026-07-07T11:00:00Z"), utc("2026-07-07T10:00:00Z"));
    assert_eq!(before(Span::working_hours(2), "2026-07-06T09:00:00Z"), utc("2026-07-03T17:00:00Z"));
    assert_eq!(before(Span::hours(2), "2026-07-06T01:00:00Z"), utc("2026-07-05T23:00:00Z"));
    // The end of Tuesday: a working day before is Monday, a week before the Tuesday before.
    let end_of_tuesday = "2026-07-08T00:00:00Z";
    assert_eq!(before(Span::working_days(1), end_of_tuesday), utc("2026-07-06T08:00:00Z"));
    assert_eq!(before(Span::weeks(1), end_of_tuesday), utc("2026-06-30T08:00:00Z"));
    assert_eq!(before(Span::months(1), end_of_tuesday), utc("2026-06-05T08:00:00Z"));
    // Two days before is a Sunday: Friday, when people are there.
    assert_eq!(before(Span::calendar_days(2), end_of_tuesday), utc("2026-07-03T08:00:00Z"));
    assert_eq!(before(Span::working_days(1).exact(), "2026-07-06T15:00:00Z"), utc("2026-07-03T15:00:00Z"));
    let include = Span::working_days(2).first_day(FirstDay::Include);
    assert_eq!(before(include, end_of_tuesday), utc("2026-07-06T08:00:00Z"));
    assert_eq!(
        before(Span::working_days(1).min(Span::working_hours(1)), "2026-07-07T18:00:00Z"),
        utc("2026-07-07T17:00:00Z")
    );
}

#[track_caller]
fn resumed(
    span: &Span,
    calendar: &WorkingCalendar,
    due: &str,
    paused: &str,
    resumed: &str,
) -> (Remaining, DateTime<Utc>) {
    let remaining = span.remaining(calendar, utc(due), utc(paused)).unwrap();
    let new = remaining.resume(span, calendar, utc(paused), utc(resumed), utc(due)).unwrap();
    (remaining, new)
}

#[test]
fn a_pause_in_closed_time_consumes_nothing() {
    let calendar = office("UTC", &[]);
    let due = "2026-07-07T11:00:00Z";
    let (left, new) =
        resumed(&Span::working_hours(4), &calendar, due, "2026-07-06T17:00:00Z", "2026-07-07T09:00:00Z");
    assert_eq!(left, Remaining::Working(TimeDelta::hours(2)));
    assert_eq!(new, utc(due));
}

#[test]
fn a_pause_of_hours_keeps_what_was_left() {
    let calendar = office("UTC", &[]);
    let (left, new) = resumed(
        &Span::working_hours(4),
        &calendar,
        "2026-07-07T11:00:00Z",
        "2026-07-06T16:00:00.5Z",
        "2026-07-10T16:00:00Z",
    );
    assert_eq!(left, Remaining::Working(TimeDelta::milliseconds(3 * 3_600_000 - 500)));
    assert_eq!(new, utc("2026-07-13T10:59:59.5Z"));
    let (left, new) = resumed(
        &Span::hours(48),
        &calendar,
        "2026-07-08T16:00:00Z",
        "2026-07-06T17:00:00Z",
        "2026-07-20T00:00:00Z",
    );
    assert_eq!(left, Remaining::Elapsed(TimeDelta::hours(47)));
    assert_eq!(new, utc("2026-07-21T23:00:00Z"));
}

#[test]
fn a_pause_of_days_counts_days() {
    let calendar = office("UTC", &["2026-07-14"]);
    // Five working days from Monday the 6th: the end of Monday the 13th.
    let span = Span::working_days(5);
    let due = "2026-07-14T00:00:00Z";
    let (left, new) = resumed(&span, &calendar, due, "2026-07-08T12:00:00Z", "2026-07-10T12:00:00Z");
    assert_eq!(left, Remaining::Days(3));
    assert_eq!(new, utc("2026-07-17T00:00:00Z"), "the 13th, not the 14th, the 15th, the 16th");
    // On the same date nothing changes.
    let (_, new) = resumed(&span, &calendar, due, "2026-07-08T00:00:00Z", "2026-07-08T23:59:59Z");
    assert_eq!(new, utc(due));
    // Paused on the last day: the day on which it resumes is the last.
    let (left, new) = resumed(&span, &calendar, due, "2026-07-13T09:00:00Z", "2026-07-20T09:00:00Z");
    assert_eq!((left, new), (Remaining::Days(0), utc("2026-07-21T00:00:00Z")));
    // A weekend is no working day, whichever of its days it resumes on.
    let (_, new) = resumed(&span, &calendar, due, "2026-07-10T09:00:00Z", "2026-07-12T09:00:00Z");
    assert_eq!(new, utc(due));

    let weeks = Span::weeks(8);
    let (left, new) =
        resumed(&weeks, &calendar, "2026-08-01T00:00:00Z", "2026-07-06T12:00:00Z", "2026-07-16T12:00:00Z");
    assert_eq!((left, new), (Remaining::Days(25), utc("2026-08-11T00:00:00Z")));
}

#[test]
fn a_pause_that_ends_after_close_has_the_rest_of_its_day() {
    let calendar = office("UTC", &[]);
    let span = Span::working_days(1).close_of_business();
    let due = "2026-07-07T17:00:00Z";
    let (left, new) = resumed(&span, &calendar, due, "2026-07-07T10:00:00Z", "2026-07-09T12:00:00Z");
    assert_eq!((left, new), (Remaining::Days(0), utc("2026-07-09T17:00:00Z")));
    let (_, new) = resumed(&span, &calendar, due, "2026-07-07T10:00:00Z", "2026-07-09T18:00:00Z");
    assert_eq!(new, utc("2026-07-10T00:00:00Z"));
}

#[test]
fn what_was_due_at_the_pause_stays_due() {
    let calendar = office("UTC", &[]);
    for span in [Span::hours(4), Span::working_hours(4), Span::working_days(1), Span::weeks(1)] {
        let due = "2026-07-07T00:00:00Z";
        for paused in [due, "2026-07-07T08:00:00Z"] {
            let (_, new) = resumed(&span, &calendar, due, paused, "2026-07-20T09:00:00Z");
            assert_eq!(new, utc(due), "{span} paused {paused}");
        }
    }
}

#[test]
fn a_rolled_end_rolls_again() {
    let calendar = office("UTC", &[]);
    let span = Span::calendar_days(3).roll(Roll::NextWorkingDay).end(DayEnd::CloseOfBusiness);
    // Due on a Monday; one day left when it resumes on a Friday.
    let (left, new) =
        resumed(&span, &calendar, "2026-07-06T17:00:00Z", "2026-07-05T12:00:00Z", "2026-07-10T12:00:00Z");
    assert_eq!((left, new), (Remaining::Days(1), utc("2026-07-13T17:00:00Z")));
}

#[test]
fn both_parts_of_a_minimum_are_kept() {
    let calendar = office("UTC", &[]);
    let span = Span::working_hours(8).min(Span::weeks(8));
    let (left, new) =
        resumed(&span, &calendar, "2026-07-07T12:00:00Z", "2026-07-06T12:00:00Z", "2026-07-08T09:00:00Z");
    let Remaining::Min(parts) = left else { panic!("{left:?}") };
    assert_eq!(*parts, (Remaining::Working(TimeDelta::hours(8)), Remaining::Days(1)));
    assert_eq!(new, utc("2026-07-08T17:00:00Z"));
}

#[test]
fn a_remainder_belongs_to_its_unit() {
    let calendar = office("UTC", &[]);
    let (paused, back, due) =
        (utc("2026-07-06T12:00:00Z"), utc("2026-07-07T12:00:00Z"), utc("2026-07-08T12:00:00Z"));
    let resume = |left: Remaining, span: Span| left.resume(&span, &calendar, paused, back, due);
    assert_eq!(resume(Remaining::Days(1), Span::hours(1)), Err(CalendarError::OtherUnit));
    assert_eq!(
        resume(Remaining::Working(TimeDelta::hours(1)), Span::weeks(1)),
        Err(CalendarError::OtherUnit)
    );
    assert_eq!(
        resume(Remaining::Elapsed(TimeDelta::hours(1)), Span::working_hours(1)),
        Err(CalendarError::OtherUnit)
    );
}

#[test]
fn an_explanation_counts_the_days() {
    let london = WorkingCalendar::office("uk")
        .zone("Europe/London")
        .holiday(date("2026-05-25"), "Spring bank holiday")
        .build()
        .unwrap();
    let span = Span::working_days(2).after_close(AfterClose::NextWorkingDay).close_of_business();
    assert_eq!(
        span.explain(&london, utc("2026-05-22T18:00:00+01:00")).unwrap().to_string(),
        "Sat 23 May 2026: no hours on this weekday\n\
         Sun 24 May 2026: no hours on this weekday\n\
         Mon 25 May 2026: holiday (Spring bank holiday)\n\
         Tue 26 May 2026: counts as the day of receipt\n\
         Wed 27 May 2026: working day 1\n\
         Thu 28 May 2026: working day 2\n\
         Due Thu 28 May 2026 17:00 (Europe/London)"
    );
    assert_eq!(
        Span::hours(48).explain(&london, utc("2026-05-22T18:00:00+01:00")).unwrap().to_string(),
        "Fri 22 May 2026 18:00 to Sun 24 May 2026 18:00: 48 h by the clock\n\
         Due Sun 24 May 2026 18:00 (Europe/London)"
    );
}

#[test]
fn what_comes_before_opening_counts_from_the_opening_like_the_evening_before() {
    let london = office("Europe/London", &[]);
    let plain = Span::working_days(2).exact();
    let due = |span: &Span, at| span.due(&london, utc(at)).unwrap();
    assert_eq!(due(&plain, "2026-02-23T07:00:00Z"), utc("2026-02-25T07:00:00Z"));
    let next = plain.after_close(AfterClose::NextWorkingDay);
    for early in
        ["2026-02-20T17:00:00Z", "2026-02-22T12:00:00Z", "2026-02-23T00:00:00Z", "2026-02-23T09:00:00Z"]
    {
        assert_eq!(due(&next, early), utc("2026-02-25T09:00:00Z"), "{early}");
    }
    assert_eq!(due(&next, "2026-02-23T09:00:01Z"), utc("2026-02-25T09:00:01Z"));
}

#[test]
fn a_pause_does_not_bring_the_other_part_of_a_minimum_forward() {
    let london = office("Europe/London", &[]);
    let span = Span::working_days(13).close_of_business().min(Span::working_days(6));
    let due = span.due(&london, utc("2027-08-13T00:00:00+01:00")).unwrap();
    assert_eq!(due, utc("2027-08-24T00:00:00+01:00"), "six days, to the end of the last");
    let paused = utc("2027-08-20T00:00:00+01:00");
    let remaining = span.remaining(&london, due, paused).unwrap();
    for (resumed, expected) in [
        ("2027-08-20T21:39:00+01:00", due),
        ("2027-08-21T00:00:00+01:00", due),
        ("2027-08-24T00:00:00+01:00", utc("2027-08-25T17:00:00+01:00")),
    ] {
        let found = remaining.resume(&span, &london, paused, utc(resumed), due).unwrap();
        assert_eq!(found, expected, "{resumed}");
    }
}

#[test]
fn nothing_falls_due_in_a_pause() {
    let london = office("Europe/London", &[]);
    for (span, anchor, due, paused, resumed, expected) in [
        // No open time is left before the due time, which is the other part's.
        (
            Span::hours(24).min(Span::working_hours(1)),
            "2026-03-13T16:01:00Z",
            "2026-03-14T16:01:00Z",
            "2026-03-13T17:00:00Z",
            "2026-03-14T16:02:00Z",
            "2026-03-15T15:03:00Z",
        ),
        (
            Span::working_hours(16).min(Span::working_days(2).first_day(FirstDay::Include)),
            "2026-03-11T09:01:00Z",
            "2026-03-13T00:00:00Z",
            "2026-03-12T17:00:00Z",
            "2026-03-13T00:01:00Z",
            "2026-03-14T00:00:00Z",
        ),
        // From before close to after it, on the last day.
        (
            Span::working_days(4).close_of_business(),
            "2026-01-26T10:00:00Z",
            "2026-01-30T17:00:00Z",
            "2026-01-30T03:20:00Z",
            "2026-01-30T17:01:00Z",
            "2026-01-31T00:00:00Z",
        ),
    ] {
        assert_eq!(span.due(&london, utc(anchor)), Ok(utc(due)), "{span}");
        let remaining = span.remaining(&london, utc(due), utc(paused)).unwrap();
        let found = remaining.resume(&span, &london, utc(paused), utc(resumed), utc(due));
        assert_eq!(found, Ok(utc(expected)), "{span}");
    }
}

fn any_span() -> impl Strategy<Value = Span> {
    let end = prop::sample::select(vec![DayEnd::EndOfDay, DayEnd::CloseOfBusiness, DayEnd::Exact]);
    let simple =
        (0_usize..6, 1_u32..30, any::<[bool; 3]>(), end).prop_map(|(unit, n, [include, roll, next], end)| {
            let spans = [
                Span::hours,
                Span::working_hours,
                Span::working_days,
                Span::calendar_days,
                Span::weeks,
                Span::months,
            ];
            let mut span = spans[unit](n).end(end);
            if include {
                span = span.first_day(FirstDay::Include);
            }
            if roll {
                span = span.roll(Roll::NextWorkingDay);
            }
            if next {
                span = span.after_close(AfterClose::NextWorkingDay);
            }
            span
        });
    let span = (simple.clone(), prop::option::weighted(0.2, simple)).prop_map(|(span, other)| match other {
        Some(other) => span.min(other),
        None => span,
    });
    span.prop_filter("a span of zero", |span| span.validate().is_ok())
}

fn keeps_only_the_order_of_dates(span: &Span) -> bool {
    let moves = |counting: &Counting, is_working: bool| {
        counting.end == DayEnd::Exact
            && (counting.roll == Roll::NextWorkingDay
                || is_working && counting.after_close == AfterClose::SameDay)
    };
    match span {
        Span::Hours { .. } | Span::WorkingHours { .. } => false,
        Span::WorkingDays { counting, .. } => moves(counting, true),
        Span::CalendarDays { counting, .. }
        | Span::Weeks { counting, .. }
        | Span::Months { counting, .. } => moves(counting, false),
        Span::Min(parts) => [&parts.0, &parts.1].into_iter().any(keeps_only_the_order_of_dates),
    }
}

fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    (1_767_000_000_i64..1_830_000_000).prop_map(|secs| DateTime::from_timestamp(secs / 60 * 60, 0).unwrap())
}

static HOLIDAYS: LazyLock<WorkingCalendar> = LazyLock::new(|| {
    office(
        "Europe/London",
        &["2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-12-25", "2026-12-28"],
    )
});

proptest! {
    #![proptest_config(crate::random::cases(500))]

    #[test]
    fn due_times_keep_the_order_of_events(span in any_span(), a in any_instant(), b in any_instant()) {
        let calendar = HOLIDAYS.clone();
        let (first, second) = (span.due(&calendar, a.min(b)).unwrap(), span.due(&calendar, a.max(b)).unwrap());
        // To the minute, working days and what rolls keep the order of dates only: what came on a Friday
        // morning is due on Monday morning, what came in Saturday's first minute at Monday's first.
        if !keeps_only_the_order_of_dates(&span) {
            prop_assert!(first <= second);
        }
        prop_assert!(span.last_day(&calendar, first).unwrap() <= span.last_day(&calendar, second).unwrap());
        prop_assert!(first >= a.min(b));
        let last = span.last_day(&calendar, first).unwrap();
        prop_assert!(last >= calendar.local_date(a.min(b)).unwrap());
        prop_assert_eq!(serde_json::from_str::<Span>(&serde_json::to_string(&span).unwrap()).unwrap(), span);
    }

    #[test]
    fn a_pause_never_makes_it_earlier(span in any_span(), anchor in any_instant(), after in 0_i64..40_000, pause in 0_i64..40_000, longer in 0_i64..5_000) {
        let calendar = HOLIDAYS.clone();
        let due = span.due(&calendar, anchor).unwrap();
        let paused = anchor + TimeDelta::minutes(after);
        let remaining = span.remaining(&calendar, due, paused).unwrap();
        let resume = |pause| remaining.resume(&span, &calendar, paused, paused + TimeDelta::minutes(pause), due).unwrap();
        prop_assert_eq!(resume(0), due);
        prop_assert!(resume(pause) >= due);
        prop_assert!(resume(pause + longer) >= resume(pause));
        // Nothing falls due during the pause itself.
        prop_assert!(due <= paused || resume(pause) >= paused + TimeDelta::minutes(pause));
        let json = serde_json::to_string(&remaining).unwrap();
        prop_assert_eq!(serde_json::from_str::<Remaining>(&json).unwrap(), remaining);
    }

    #[test]
    fn a_warning_comes_a_span_before(span in any_span(), due in any_instant()) {
        let calendar = HOLIDAYS.clone();
        let warning = span.before(&calendar, due).unwrap();
        prop_assert!(warning <= due);
        let text = span.explain(&calendar, due).unwrap().to_string();
        prop_assert!(text.lines().last().unwrap().starts_with("Due "));
    }
}

/// Every part of the written form counts, down to what is left of a second.
#[test]
fn what_is_written_is_read() {
    for span in [
        Span::hours(26).min(Span::Hours { seconds: 3_661 }),
        Span::Hours { seconds: 59 },
        Span::WorkingHours { seconds: 3_661 },
        Span::WorkingHours { seconds: 1 },
        Span::working_days(3).close_of_business(),
        Span::months(2),
    ] {
        let written = serde_json::to_string(&span).unwrap();
        assert_eq!(serde_json::from_str::<Span>(&written).unwrap(), span, "{written}");
    }
    for left in [
        Remaining::Elapsed(TimeDelta::milliseconds(1_001)),
        Remaining::Working(TimeDelta::microseconds(59_000_001)),
        Remaining::Days(3),
    ] {
        let written = serde_json::to_string(&left).unwrap();
        assert_eq!(serde_json::from_str::<Remaining>(&written).unwrap(), left, "{written}");
    }
}

/// Resumed at the very instant at which it is due, on the day on which it was paused.
#[test]
fn what_is_due_when_it_is_resumed_is_due_then() {
    let calendar = office("UTC", &[]);
    let span = Span::working_days(2).close_of_business();
    let due = span.due(&calendar, utc("2026-11-23T10:00:00Z")).unwrap();
    assert_eq!(due, utc("2026-11-25T17:00:00Z"));
    let paused = utc("2026-11-25T11:00:00Z");
    let left = span.remaining(&calendar, due, paused).unwrap();
    let resumed = |at| left.resume(&span, &calendar, paused, at, due).unwrap();
    assert_eq!(resumed(due), due);
    assert_eq!(resumed(due + TimeDelta::minutes(1)), utc("2026-11-26T00:00:00Z"));
}
