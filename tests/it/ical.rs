//! Holidays out of iCalendar files.

use talkback::MAX_NAME_BYTES;
use talkback::calendar::{
    IcalError, IcalReason, MAX_ICAL_BYTES, MAX_RECURRING, WorkingCalendar, read_holidays,
};

fn calendar(events: &[&str]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
    for event in events {
        text.push_str(&format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", event.replace('\n', "\r\n")));
    }
    text + "END:VCALENDAR\r\n"
}

fn dates(event: &str) -> Vec<String> {
    let text = calendar(&[event]);
    let holidays = read_holidays(&text, 2026..=2028).unwrap_or_else(|error| panic!("{error}: {event}"));
    holidays.into_iter().map(|(date, _)| date.to_string()).collect()
}

fn refused(event: &str) -> IcalError {
    match read_holidays(&calendar(&[event]), 2026..=2028) {
        Ok(holidays) => panic!("{} holidays of {event}", holidays.len()),
        Err(error) => error,
    }
}

#[test]
fn single_and_long_events() {
    assert_eq!(dates("DTSTART;VALUE=DATE:20260525"), ["2026-05-25"]);
    assert_eq!(dates("DTSTART:20260525"), ["2026-05-25"]);
    assert_eq!(dates("DTSTART;VALUE=DATE:20260525\nDTEND;VALUE=DATE:20260526"), ["2026-05-25"]);
    assert_eq!(dates("DTSTART;VALUE=DATE:20260525\nDTEND;VALUE=DATE:20260525"), ["2026-05-25"]);
    let three = ["2026-12-24", "2026-12-25", "2026-12-26"];
    assert_eq!(dates("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227"), three);
    assert_eq!(dates("DTSTART;VALUE=DATE:20261224\nDURATION:P3D"), three);
    // Only the part that lies in the years.
    assert_eq!(dates("DTSTART;VALUE=DATE:20251230\nDTEND;VALUE=DATE:20260102"), ["2026-01-01"]);
    assert!(dates("DTSTART;VALUE=DATE:20290101").is_empty());
}

#[test]
fn recurring_events() {
    assert_eq!(
        dates("DTSTART;VALUE=DATE:19701225\nRRULE:FREQ=YEARLY"),
        ["2026-12-25", "2027-12-25", "2028-12-25"]
    );
    let last_monday = "DTSTART;VALUE=DATE:20200525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO";
    assert_eq!(dates(last_monday), ["2026-05-25", "2027-05-31", "2028-05-29"]);
    assert_eq!(dates(&format!("{last_monday}\nEXDATE;VALUE=DATE:20270531")), ["2026-05-25", "2028-05-29"]);
    assert_eq!(dates(&format!("{last_monday};UNTIL=20270531")), ["2026-05-25", "2027-05-31"]);
    assert_eq!(dates(&format!("{last_monday};COUNT=7")), ["2026-05-25"]);
    assert_eq!(
        dates("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY;COUNT=2\nRDATE;VALUE=DATE:20270101,20280101"),
        ["2026-12-24", "2026-12-25", "2027-01-01", "2028-01-01"]
    );
    let two_days = "DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260103\nRRULE:FREQ=YEARLY;COUNT=2";
    assert_eq!(dates(two_days), ["2026-01-01", "2026-01-02", "2027-01-01", "2027-01-02"]);
    assert_eq!(dates("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY"), ["2028-02-29"]);
}

#[test]
fn a_series_ends_with_the_local_date_that_its_end_means() {
    let daily = |until: &str| {
        dates(&format!("DTSTART;VALUE=DATE:20261222\nRRULE:FREQ=DAILY;UNTIL={until}")).pop().unwrap()
    };
    // A date, and a local time on it.
    for until in ["20261224", "20261224T000000", "20261224T235959"] {
        assert_eq!(daily(until), "2026-12-24", "{until}");
    }
    // Its first second in UTC, in zones from Honolulu's neighbours to Chatham.
    for until in [
        "20261224T000000Z",
        "20261224T050000Z",
        "20261224T093000Z",
        "20261223T101500Z",
        "20261223T120000Z",
        "20261223T183000Z",
        "20261223T230000Z",
    ] {
        assert_eq!(daily(until), "2026-12-24", "{until}");
    }
    // Its last second in UTC.
    for until in ["20261224T235959Z", "20261225T045959Z", "20261224T225959Z"] {
        assert_eq!(daily(until), "2026-12-24", "{until}");
    }
    // A series of one, as Outlook writes it in Berlin.
    assert_eq!(
        dates("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;UNTIL=20261224T230000Z"),
        ["2026-12-25"]
    );
    let reason = |until: &str| refused(&format!("DTSTART:20261222\nRRULE:FREQ=DAILY;UNTIL={until}"));
    for until in ["20261223T100000Z", "20261223T110000Z", "20261223T105959Z"] {
        assert!(matches!(reason(until).reason, IcalReason::UnclearDay), "{until}");
    }
    assert!(matches!(reason("20261223T101733Z").reason, IcalReason::NotADay));
    assert!(matches!(reason("20260230").reason, IcalReason::BadDate));
    assert_eq!(
        reason("20261221").to_string(),
        "line 5: the recurrence rule cannot be read: it ends before it begins"
    );
}

#[test]
fn every_date_of_an_all_day_event_may_be_written_as_its_midnight() {
    for start in [
        "DTSTART;VALUE=DATE:20261228T000000",
        "DTSTART;VALUE=DATE:20261227T230000Z",
        "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nDTSTART;TZID=Europe/Berlin:20261228T000000",
    ] {
        assert_eq!(dates(start), ["2026-12-28"], "{start}");
        assert_eq!(dates(&format!("{start}\nDTEND:20261229T000000")), ["2026-12-28"], "{start}");
    }
    let series = "DTSTART:20261224\nRRULE:FREQ=DAILY;COUNT=3";
    for except in ["20261225", "20261225T000000", "20261224T230000Z"] {
        assert_eq!(dates(&format!("{series}\nEXDATE:{except}")), ["2026-12-24", "2026-12-26"], "{except}");
    }
    assert_eq!(dates("DTSTART:20261224\nRDATE:20270103T230000Z"), ["2026-12-24", "2027-01-04"]);
    for event in [
        "DTSTART;VALUE=DATE:20261228T090000",
        "DTSTART:20261224\nEXDATE:20261225T090000",
        "DTSTART:20261224\nRDATE:20270103T091703Z",
        "DTSTART:20261224\nDTEND:20261225T170000",
    ] {
        assert!(matches!(refused(event).reason, IcalReason::NotADay), "{event}");
    }
    assert!(matches!(
        refused("DTSTART:20261224\nRDATE;VALUE=PERIOD:20270103T000000/P1D").reason,
        IcalReason::BadDate
    ));
}

#[test]
fn a_rule_that_the_rfc_forbids_is_refused_with_line_and_reason() {
    let forbidden = [
        ("FREQ=WEEKLY;BYDAY=1MO", "a numbered weekday goes with"),
        ("FREQ=DAILY;BYDAY=1MO", "a numbered weekday goes with"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "a numbered weekday goes with"),
        ("FREQ=MONTHLY;BYDAY=0MO", "a weekday is written"),
        ("FREQ=YEARLY;BYDAY=54MO", "a weekday is written"),
        ("FREQ=WEEKLY;BYDAY=XX", "a weekday is written"),
        ("FREQ=WEEKLY;BYDAY=M", "a weekday is written"),
        ("FREQ=WEEKLY;BYDAY=1+MO", "a weekday is written"),
        ("FREQ=MONTHLY;BYDAY=6MO", "a month has at most five"),
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=-6MO", "a month has at most five"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER is unknown"),
        ("FREQ=YEARLY;RSCALE=HEBREW", "RSCALE is unknown"),
        ("FREQ=DAILY;SKIP=OMIT", "SKIP is unknown"),
        ("FREQ=DAILY;BYDAY=", "a part is written NAME=VALUE"),
        ("FREQ=DAILY;BYMONTH=5,", "a part is written NAME=VALUE"),
        ("FREQ=DAILY;BYMONTH", "a part is written NAME=VALUE"),
        ("BYMONTH=5", "it has no frequency"),
        ("FREQ=YEARLY;BYMONTH=5;BYMONTH=6", "BYMONTH stands there twice"),
        ("FREQ=YEARLY;COUNT=2;UNTIL=20300101", "UNTIL and COUNT exclude each other"),
        ("FREQ=DAILY;COUNT=0", "COUNT counts from 1"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL counts from 1"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", ""),
        ("FREQ=DAILY;BYYEARDAY=1", ""),
        ("FREQ=MONTHLY;BYWEEKNO=1", ""),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS picks from"),
        ("FREQ=DAILY;BYMONTH=13", ""),
        ("FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY counts from 1"),
        ("FREQ=YEARLY;BYYEARDAY=-0", "BYYEARDAY counts from 1"),
        ("FREQ=DAILY;BYMONTHDAY=32", ""),
        ("FREQ=DAILY;WKST=XX", ""),
    ];
    for (rule, reason) in forbidden {
        let error = refused(&format!("SUMMARY:Day\nDTSTART:20260101\nRRULE:{rule}"));
        assert_eq!(error.line, 6, "{rule}");
        assert!(matches!(error.reason, IcalReason::BadRule(_)), "{rule}: {error}");
        let shown = format!("line 6: the recurrence rule cannot be read: {reason}");
        assert!(error.to_string().starts_with(&shown), "{rule}: {error}");
    }
    // What it allows still counts.
    let first = |rule: &str| dates(&format!("DTSTART:20260105\nRRULE:{rule}"))[1].clone();
    assert_eq!(first("FREQ=MONTHLY;BYDAY=+1MO"), "2026-02-02");
    assert_eq!(first("FREQ=MONTHLY;BYDAY=5MO"), "2026-03-30");
    assert_eq!(first("FREQ=YEARLY;BYDAY=-1MO;"), "2026-12-28");
    assert_eq!(first("FREQ=WEEKLY;BYDAY=MO,FR;WKST=SU"), "2026-01-09");
}

#[test]
fn what_would_change_the_dates_and_is_not_understood_is_refused() {
    let reason = |event: &str| refused(event).to_string();
    assert_eq!(
        reason("DTSTART:20260101\nRRULE:FREQ=DAILY;COUNT=3\nEXRULE:FREQ=DAILY;COUNT=2"),
        "line 6: a rule of exceptions is not supported"
    );
    for name in ["DTSTART:20260101", "DTEND:20260102", "DURATION:P1D", "UID:a", "STATUS:CONFIRMED"] {
        let start = if name.starts_with("DTSTART") { "SUMMARY:Day" } else { "DTSTART:20260101" };
        let error = refused(&format!("{start}\n{name}\n{name}"));
        assert!(matches!(error.reason, IcalReason::Twice(_)), "{name}: {error}");
    }
    assert!(matches!(
        refused("DTSTART:20260101\nDTEND:20260102\nDURATION:P2D").reason,
        IcalReason::BadLength
    ));
    let series = "UID:a\nDTSTART:20260102\nRRULE:FREQ=YEARLY";
    for later in ["DTSTART:20270104", "DTSTART:20270104T090000"] {
        let text = calendar(&[
            series,
            &format!("UID:a\n{later}\nRECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20270102"),
        ]);
        let error = read_holidays(&text, 2026..=2028).unwrap_err();
        assert_eq!(error.to_string(), "line 11: a change of all later instances is not supported");
    }
    let text = calendar(&["DTSTART:20260102\nRRULE:FREQ=YEARLY", "DTSTART:20270104\nRECURRENCE-ID:20270102"]);
    assert!(matches!(read_holidays(&text, 2026..=2028).unwrap_err().reason, IcalReason::NoUid));
}

#[test]
fn an_instance_that_is_no_day_off_any_more_leaves_its_date_open() {
    let series = "UID:a\nDTSTART;VALUE=DATE:20260102\nRRULE:FREQ=YEARLY";
    for instance in [
        "DTSTART:20270102T090000\nRECURRENCE-ID;VALUE=DATE:20270102",
        "DTSTART;TZID=Europe/Berlin:20270102T090000\nRECURRENCE-ID;TZID=Europe/Berlin:20270102T000000",
        "DTSTART:20270102T090000Z\nRECURRENCE-ID:20270101T230000Z",
        "DTSTART:20270102T090000Z\nRECURRENCE-ID:20270102\nSTATUS:CANCELLED",
        "DTSTART;VALUE=DATE:20270102\nRECURRENCE-ID:20270101T230000Z\nSTATUS:CANCELLED",
    ] {
        let text = calendar(&[series, &format!("UID:a\n{instance}")]);
        let holidays = read_holidays(&text, 2026..=2028).unwrap();
        let shown: Vec<_> = holidays.iter().map(|(date, _)| date.to_string()).collect();
        assert_eq!(shown, ["2026-01-02", "2028-01-02"], "{instance}");
    }
    // An instance of a series with a time of day may have any.
    let meeting = "UID:b\nDTSTART:20260102T100000Z\nRRULE:FREQ=DAILY";
    let text = calendar(&[meeting, "UID:b\nDTSTART:20270102T110000Z\nRECURRENCE-ID:20270102T101703Z"]);
    assert!(read_holidays(&text, 2026..=2028).unwrap().is_empty());
}

#[test]
fn a_calendar_of_cancellations_closes_nothing() {
    let text = calendar(&["DTSTART:20260102"]).replace("VERSION:2.0", "METHOD:CANCEL");
    let both = text + &calendar(&["DTSTART:20260103"]);
    let holidays = read_holidays(&both, 2026..=2028).unwrap();
    assert_eq!(holidays.len(), 1);
    assert_eq!(holidays[0].0.to_string(), "2026-01-03");
}

#[test]
fn what_lies_outside_the_years_harms_nobody() {
    let text = calendar(&[
        "DTSTART:18710118",
        "DTSTART:18700101\nDTEND:18800101",
        "DTSTART:15830101\nRRULE:FREQ=DAILY;UNTIL=19991231",
        "DTSTART:40000101\nRRULE:FREQ=DAILY",
        "DTSTART:26000101",
        "DTSTART:18001225\nRRULE:FREQ=YEARLY",
    ]);
    let holidays = read_holidays(&text, 2026..=2026).unwrap();
    let shown: Vec<_> = holidays.iter().map(|(date, _)| date.to_string()).collect();
    assert_eq!(shown, ["2026-12-25"]);
}

#[test]
fn a_moved_instance_takes_the_place_of_its_date() {
    let text = calendar(&[
        "UID:a\nSUMMARY:Day\nDTSTART;VALUE=DATE:20260102\nRRULE:FREQ=YEARLY",
        "UID:a\nSUMMARY:Moved day\nDTSTART;VALUE=DATE:20270104\nRECURRENCE-ID;VALUE=DATE:20270102",
        "UID:a\nDTSTART;VALUE=DATE:20280102\nRECURRENCE-ID;VALUE=DATE:20280102\nSTATUS:CANCELLED",
    ]);
    let holidays = read_holidays(&text, 2026..=2028).unwrap();
    let shown: Vec<_> = holidays.iter().map(|(date, name)| format!("{date} {name}")).collect();
    assert_eq!(shown, ["2026-01-02 Day", "2027-01-04 Moved day"]);
}

#[test]
fn what_is_no_day_off_is_left_out() {
    assert!(dates("DTSTART:20260525T090000Z\nRRULE:FREQ=HOURLY").is_empty());
    assert!(dates("DTSTART;VALUE=DATE:20260525\nSTATUS:CANCELLED").is_empty());
    // The parts of an event are not the event.
    assert_eq!(
        dates("DTSTART;VALUE=DATE:20260525\nBEGIN:VALARM\nDTSTART:20270101\nEND:VALARM"),
        ["2026-05-25"]
    );
}

#[test]
fn names_are_made_printable() {
    let text = calendar(&[
        "DTSTART:20260101\nSUMMARY:New\n  Year\\, the \u{202e}first\u{200b}",
        "DTSTART:20260102",
        &format!("DTSTART:20260103\nSUMMARY:{}", "ö".repeat(300)),
    ]);
    let holidays = read_holidays(&text, 2026..=2026).unwrap();
    let names: Vec<_> = holidays.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names[..2], ["New Year, the first", "holiday"]);
    assert_eq!(names[2].len(), MAX_NAME_BYTES);
}

#[test]
fn a_bad_file_gives_line_and_reason() {
    let line = |event: &str| refused(event).line;
    assert!(matches!(refused("DTSTART:2026052").reason, IcalReason::BadDate));
    assert_eq!(line("SUMMARY:x\n y\nDTSTART:20261301"), 6);
    assert!(matches!(refused("SUMMARY:x").reason, IcalReason::NoStart));
    assert!(matches!(refused("DTSTART:20260101\nDTEND:20251231").reason, IcalReason::BadLength));
    assert!(matches!(refused("DTSTART:20260101\nDURATION:PT1H").reason, IcalReason::BadLength));
    assert!(matches!(refused("DTSTART:20260101\nDTEND:20300101").reason, IcalReason::BadLength));
    assert!(matches!(refused("DTSTART:20260101\nRRULE:FREQ=SOMETIMES").reason, IcalReason::BadRule(_)));
    assert!(matches!(refused("DTSTART:20260101\nRRULE:FREQ=HOURLY").reason, IcalReason::NotDaily));
    assert!(matches!(refused("DTSTART:20260101\nno property").reason, IcalReason::BadLine));
    assert!(matches!(refused("DTSTART:20260101\n:value").reason, IcalReason::BadLine));
    assert!(matches!(refused("DTSTART:20260101\nEND:VALARM").reason, IcalReason::UnexpectedEnd));
    let error = read_holidays("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", 2026..=2026).unwrap_err();
    assert_eq!(error.to_string(), "line 2: this begins and does not end");
    for text in ["", "\n", "hello", "DTSTART:20260101"] {
        let error = read_holidays(text, 2026..=2026).unwrap_err();
        assert!(matches!(error.reason, IcalReason::NotACalendar), "{text:?}");
    }
    assert!(read_holidays("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", 2026..=2026).unwrap().is_empty());
}

#[test]
fn a_file_has_a_longest_length() {
    let of = |bytes: usize| {
        let around = calendar(&[]);
        let filler = format!("X-FILLER:{}\r\n", "x".repeat(bytes - around.len() - "X-FILLER:\r\n".len()));
        read_holidays(&around.replace("END:", &(filler + "END:")), 2026..=2026)
    };
    assert!(of(MAX_ICAL_BYTES).unwrap().is_empty());
    for more in [MAX_ICAL_BYTES + 1, 2 * MAX_ICAL_BYTES] {
        assert!(matches!(of(more).unwrap_err().reason, IcalReason::TooLong { max: MAX_ICAL_BYTES }));
    }
}

#[test]
fn a_file_has_at_most_so_many_series() {
    let yearly = "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;COUNT=1";
    let of = |count| read_holidays(&calendar(&vec![yearly; count]), 2026..=2026);
    assert_eq!(of(MAX_RECURRING).unwrap().len(), MAX_RECURRING);
    for more in [MAX_RECURRING + 1, 4 * MAX_RECURRING] {
        assert!(matches!(of(more).unwrap_err().reason, IcalReason::TooManyRecurring));
    }
}

#[test]
fn an_event_lasts_at_most_a_leap_year() {
    assert_eq!(dates("DTSTART:20280101\nDURATION:P366D").len(), 366);
    for more in ["DTSTART:20280101\nDURATION:P367D", "DTSTART:20280101\nDURATION:P36600D"] {
        assert!(matches!(refused(more).reason, IcalReason::BadLength));
    }
}

#[test]
fn an_endless_file_ends() {
    let daily = "DTSTART:19000101\nRRULE:FREQ=DAILY";
    let text = calendar(&[daily; 20]);
    let error = read_holidays(&text, 2026..=2026).unwrap_err();
    assert!(matches!(error.reason, IcalReason::TooManyRecurring));
    let text = calendar(&["DTSTART:20000101\nRRULE:FREQ=DAILY"]);
    assert!(matches!(read_holidays(&text, 2000..=2200).unwrap_err().reason, IcalReason::TooManyDates { .. }));
    // A rule without dates is no error, and a window the wrong way round has none.
    assert!(dates("DTSTART:20250101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").is_empty());
    #[expect(clippy::reversed_empty_ranges, reason = "that is the point")]
    let none = read_holidays(&calendar(&["DTSTART:20260101"]), 2028..=2026).unwrap();
    assert!(none.is_empty());
}

#[test]
fn holidays_make_a_calendar() {
    let text = calendar(&["SUMMARY:Boxing Day\nDTSTART:20201226\nRRULE:FREQ=YEARLY"]);
    let holidays = read_holidays(&text, 2020..=2040).unwrap();
    let calendar =
        WorkingCalendar::builder("x").hours("daily 09:00-17:00").holidays(holidays).build().unwrap();
    assert!(!calendar.is_working_day("2030-12-26".parse().unwrap()).unwrap());
    assert!(calendar.is_working_day("2030-12-27".parse().unwrap()).unwrap());
}
