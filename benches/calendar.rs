//! How long working time takes: Monday to Friday, 9 to 5, New York, ten holidays a year, from random
//! instants of 2024 and 2025.
//!
//! The naive walk, which looks at one day after the other, runs beside it: the ratio tells more than
//! either figure.

#![allow(clippy::expect_used, reason = "a bench that cannot be set up should stop")]

use std::hint::black_box;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use talkback::calendar::WorkingCalendar;
use talkback::policy::Span;

const HOLIDAYS: [(u32, u32); 10] =
    [(1, 1), (1, 20), (2, 17), (5, 26), (6, 19), (7, 4), (9, 1), (10, 13), (11, 27), (12, 25)];

fn new_york() -> WorkingCalendar {
    let mut builder = WorkingCalendar::office("bench").zone("America/New_York");
    for year in 2018..2034 {
        for (month, day) in HOLIDAYS {
            let date = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
            builder = builder.holiday(date, "holiday");
        }
    }
    builder.build().expect("a calendar")
}

/// 1,024 instants of two years, the same in every run.
fn instants() -> Vec<DateTime<Utc>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let second = i64::try_from(state % 63_000_000).expect("small");
        DateTime::from_timestamp(1_704_067_200 + second, 0).expect("an instant")
    };
    std::iter::repeat_with(next).take(1_024).collect()
}

/// The same rules, looked at day by day.
struct Walk<'a> {
    calendar: &'a WorkingCalendar,
    holidays: std::collections::HashSet<NaiveDate>,
}

impl Walk<'_> {
    fn window(&self, date: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        if date.weekday().num_days_from_monday() > 4 || self.holidays.contains(&date) {
            return None;
        }
        let at = |hour| {
            let time = NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
            self.calendar.zone().to_utc(date, time).expect("in range")
        };
        Some((at(9), at(17)))
    }

    fn add(&self, at: DateTime<Utc>, mut amount: TimeDelta) -> DateTime<Utc> {
        let mut date = self.calendar.local_date(at).expect("in range");
        loop {
            if let Some((from, until)) = self.window(date) {
                let from = from.max(at);
                if from < until {
                    if amount <= until - from {
                        return from + amount;
                    }
                    amount -= until - from;
                }
            }
            date = date.succ_opt().expect("in range");
        }
    }

    fn between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> TimeDelta {
        let mut date = self.calendar.local_date(from).expect("in range");
        let last = self.calendar.local_date(until).expect("in range");
        let mut sum = TimeDelta::zero();
        while date <= last {
            if let Some((opens, closes)) = self.window(date) {
                sum += (closes.min(until) - opens.max(from)).max(TimeDelta::zero());
            }
            date = date.succ_opt().expect("in range");
        }
        sum
    }
}

fn working_time(criterion: &mut Criterion) {
    let calendar = new_york();
    let walk = Walk { calendar: &calendar, holidays: calendar.holidays().map(|(date, _)| date).collect() };
    let instants = instants();
    let (forty_hours, year) = (TimeDelta::hours(40), TimeDelta::days(365));
    for at in &instants {
        assert_eq!(calendar.add(*at, forty_hours), Ok(walk.add(*at, forty_hours)));
        assert_eq!(calendar.between(*at, *at + year), Ok(walk.between(*at, *at + year)));
    }
    let span = Span::working_days(5);
    // Each iteration asks about the next instant, so that no answer is remembered by the processor.
    macro_rules! each {
        ($name:literal, $question:expr) => {
            criterion.bench_function($name, |bencher| {
                let mut next = instants.iter().cycle();
                bencher.iter(|| {
                    let question = $question;
                    question(black_box(*next.next().expect("a cycle has no end")))
                });
            });
        };
    }
    each!("nothing (the bench's own loop)", |at: DateTime<Utc>| at);
    each!("add 40 working hours", |at| calendar.add(at, forty_hours));
    each!("add 2,000 working hours", |at| calendar.add(at, TimeDelta::hours(2_000)));
    each!("subtract 40 working hours", |at| calendar.subtract(at, forty_hours));
    each!("between a day", |at: DateTime<Utc>| calendar.between(at, at + TimeDelta::days(1)));
    each!("between a year", |at: DateTime<Utc>| calendar.between(at, at + year));
    each!("between thirty years", |at: DateTime<Utc>| calendar.between(at, at + year * 30));
    each!("is_open", |at| calendar.is_open(at));
    each!("due: 5 working days", |at| span.due(&calendar, at));
    each!("naive walk: add 40 working hours", |at| walk.add(at, forty_hours));
    each!("naive walk: between a year", |at: DateTime<Utc>| walk.between(at, at + year));
}

fn compiling(criterion: &mut Criterion) {
    let json = serde_json::to_string(&new_york()).expect("serialisable");
    let read = |json: &str| serde_json::from_str::<WorkingCalendar>(json).expect("a calendar");
    let at = DateTime::from_timestamp(1_704_067_200, 0).expect("an instant");
    criterion.bench_function("read a definition, zone rules included", |bencher| {
        bencher.iter(|| read(black_box(&json)));
    });
    criterion.bench_function("compile eight years", |bencher| {
        bencher.iter_batched(
            || read(&json),
            |calendar| calendar.is_open(at),
            criterion::BatchSize::SmallInput,
        );
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(40)
        .warm_up_time(std::time::Duration::from_millis(400))
        .measurement_time(std::time::Duration::from_millis(1_500))
        .without_plots();
    targets = working_time, compiling
}
criterion_main!(benches);
