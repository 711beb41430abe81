//! Agreement with another implementation, where both promise the same.
//!
//! What is left out on purpose: adding nothing outside of hours (theirs stays, ours opens), and window
//! edges that the clocks skip or repeat (theirs shift). The years are past ones, because theirs reads the
//! zone rules of the machine, which may be older than ours.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use talkback::WorkingCalendar;
use workclock::{Break, Holidays, Schedule, Weekdays, WorkDay};

const ZONES: [&str; 8] = [
    "America/New_York",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Santiago",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
];

/// A day's work and its lunch, in quarters of an hour after 06:00.
#[derive(Debug, Clone)]
struct Hours {
    zone: &'static str,
    edges: [i8; 4],
    holidays: Vec<NaiveDate>,
}

fn hours() -> impl Strategy<Value = Hours> {
    let edges = prop::sample::subsequence((0_i8..64).collect::<Vec<_>>(), 4);
    let holidays = prop::collection::vec(16_500_i64..20_000, 0..40);
    (prop::sample::select(ZONES.as_slice()), edges, holidays).prop_map(|(zone, edges, holidays)| Hours {
        zone,
        edges: edges.try_into().unwrap(),
        holidays: holidays.into_iter().map(|day| instant(day * 86_400).date_naive()).collect(),
    })
}

impl Hours {
    fn ours(&self) -> WorkingCalendar {
        let [from, lunch, back, until] =
            self.edges.map(|quarter| format!("{:02}:{:02}", 6 + quarter / 4, quarter % 4 * 15));
        let text = format!("mon-fri {from}-{lunch}, {back}-{until}");
        let builder = WorkingCalendar::builder("ours").zone(self.zone).hours(&text);
        self.holidays.iter().fold(builder, |builder, date| builder.holiday(*date, "holiday")).build().unwrap()
    }

    fn theirs(&self) -> Schedule {
        use chrono::Datelike;
        let [from, lunch, back, until] =
            self.edges.map(|quarter| Time::new(6 + quarter / 4, quarter % 4 * 15, 0, 0).unwrap());
        let date = |date: &NaiveDate| {
            let (month, day) = (i8::try_from(date.month()).unwrap(), i8::try_from(date.day()).unwrap());
            jiff::civil::date(i16::try_from(date.year()).unwrap(), month, day)
        };
        Schedule::builder()
            .time_zone(self.zone)
            .rule(WorkDay::new(from, until, Weekdays::MON_TO_FRI))
            .rule(Break::new(lunch, back, Weekdays::MON_TO_FRI))
            .rule(Holidays::new(self.holidays.iter().map(date)))
            .build()
            .unwrap()
    }
}

fn instant(secs: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(secs, 0).unwrap()
}

proptest! {
    #![proptest_config(crate::random::cases(300))]

    #[test]
    fn another_implementation_agrees(
        hours in hours(),
        asked in prop::collection::vec((1_430_000_000_i64..1_720_000_000, 1_i64..400_000), 8),
    ) {
        let (ours, theirs) = (hours.ours(), hours.theirs());
        for (from, amount) in asked {
            let (at, amount) = (Timestamp::from_second(from).unwrap(), TimeDelta::seconds(amount));
            let their_amount = SignedDuration::from_secs(amount.num_seconds());
            let due = theirs.add(at, their_amount).unwrap().as_second();
            prop_assert_eq!(ours.add(instant(from), amount), Ok(instant(due)));
            let back = ours.subtract(instant(from), amount).unwrap();
            let their_back = theirs.sub(at, their_amount).unwrap().as_second();
            prop_assert_eq!(back, instant(their_back));
            let later = Timestamp::from_second(from + 40 * amount.num_seconds()).unwrap();
            let between = theirs.between(at, later).as_secs();
            prop_assert_eq!(ours.between(instant(from), instant(later.as_second())), Ok(TimeDelta::seconds(between)));
            let next = theirs.next_period(at).unwrap().start.as_second();
            prop_assert_eq!(ours.next_open(instant(from)), Ok(instant(next)));
        }
    }
}
