//! Holidays out of iCalendar files.

use talkback::MAX_NAME_BYTES;
use talkback::calendar::{IcalError, IcalReason, MAX_ICAL_BYTES, WorkingCalendar, read_holidays};

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
    read_holidays(&calendar(&[event]), 2026..=2028).expect_err(event)
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
    assert_eq!(dates(&format!("{last_monday};UNTIL=20270530T220000Z")), ["2026-05-25"]);
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
    assert!(read_holidays(&"x".repeat(MAX_ICAL_BYTES + 1), 2026..=2026).is_err());
    assert!(read_holidays("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", 2026..=2026).unwrap().is_empty());
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
