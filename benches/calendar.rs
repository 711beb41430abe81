//! How long working time takes: Monday to Friday, 9 to 5, New York, ten holidays a year, from random
//! instants of 2024 and 2025.
//!
//! The naive walk, which looks at one day after the other, runs beside it: the ratio tells more than
//! either figure.
//!
//! `cargo bench --bench calendar` (`ROUNDS=15` for more rounds).

#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::time::Instant;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
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

fn main() {
    let rounds = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(9);
    let calendar = new_york();
    let walk = Walk { calendar: &calendar, holidays: calendar.holidays().map(|(date, _)| date).collect() };
    let instants = instants();
    let (forty_hours, year) = (TimeDelta::hours(40), TimeDelta::days(365));
    for at in &instants {
        assert_eq!(calendar.add(*at, forty_hours), Ok(walk.add(*at, forty_hours)));
        assert_eq!(calendar.between(*at, *at + year), Ok(walk.between(*at, *at + year)));
    }
    let span = Span::working_days(5);
    let mut rows: Vec<Row<'_>> = vec![
        Row::new("nothing (the bench's own loop)", 64, hold),
        Row::new("add 40 working hours", 64, |at| hold(calendar.add(at, forty_hours))),
        Row::new("add 2,000 working hours", 64, |at| hold(calendar.add(at, TimeDelta::hours(2_000)))),
        Row::new("subtract 40 working hours", 64, |at| hold(calendar.subtract(at, forty_hours))),
        Row::new("between a day", 64, |at| hold(calendar.between(at, at + TimeDelta::days(1)))),
        Row::new("between a year", 64, |at| hold(calendar.between(at, at + year))),
        Row::new("between thirty years", 64, |at| hold(calendar.between(at, at + year * 30))),
        Row::new("is_open", 64, |at| hold(calendar.is_open(at))),
        Row::new("due: 5 working days", 64, |at| hold(span.due(&calendar, at))),
        Row::new("naive walk: add 40 working hours", 8, |at| hold(walk.add(at, forty_hours))),
        Row::new("naive walk: between a year", 1, |at| hold(walk.between(at, at + year))),
    ];
    // Every round asks each question, so that what slows the machine down slows down all of them.
    for round in 0..=rounds {
        for row in &mut rows {
            row.ask(&instants, round > 0);
        }
    }
    println!("{rounds} rounds; nanoseconds a question, median [fastest .. slowest round]");
    rows.iter().for_each(Row::print);
    ratio("add: naive walk / compiled", &rows, "naive walk: add 40 working hours", "add 40 working hours");
    ratio("between: naive walk / compiled", &rows, "naive walk: between a year", "between a year");
    compiling(rounds);
}

fn hold<T>(answer: T) {
    black_box(answer);
}

/// A question, and how long it took in each round.
struct Row<'a> {
    name: &'static str,
    passes: u32,
    question: Box<dyn Fn(DateTime<Utc>) + 'a>,
    rounds: Vec<f64>,
}

impl<'a> Row<'a> {
    fn new(name: &'static str, passes: u32, question: impl Fn(DateTime<Utc>) + 'a) -> Self {
        Self { name, passes, question: Box::new(question), rounds: Vec::new() }
    }

    /// Asks about one instant after the other, so that no answer is remembered by the processor.
    fn ask(&mut self, instants: &[DateTime<Utc>], counts: bool) {
        let begin = Instant::now();
        for _ in 0..self.passes {
            instants.iter().for_each(|at| (self.question)(black_box(*at)));
        }
        let asked = f64::from(self.passes) * instants.len() as f64;
        if counts {
            self.rounds.push(begin.elapsed().as_nanos() as f64 / asked);
        }
    }

    fn print(&self) {
        let (median, min, max) = spread(self.rounds.clone());
        println!("{:<40} {median:>9.1} [{min:.1} .. {max:.1}]", self.name);
    }
}

fn ratio(name: &str, rows: &[Row<'_>], above: &str, below: &str) {
    let of = |name: &str| {
        rows.iter().find(|row| row.name == name).map(|row| row.rounds.as_slice()).unwrap_or_default()
    };
    let (median, min, max) = spread(of(above).iter().zip(of(below)).map(|(a, b)| a / b).collect());
    println!("{name:<40} {median:>9.1} x [{min:.1} .. {max:.1}]");
}

fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |n: usize| values.get(n).copied().unwrap_or(f64::NAN);
    (at(values.len() / 2), at(0), at(values.len().saturating_sub(1)))
}

fn compiling(rounds: u32) {
    let json = serde_json::to_string(&new_york()).expect("serialisable");
    let at = DateTime::from_timestamp(1_704_067_200, 0).expect("an instant");
    let (mut reading, mut compiling) = (Vec::new(), Vec::new());
    for _ in 0..rounds * 20 {
        let begin = Instant::now();
        let calendar = serde_json::from_str::<WorkingCalendar>(black_box(&json)).expect("a calendar");
        reading.push(begin.elapsed().as_nanos() as f64);
        // The first question of a calendar compiles the eight years around it.
        let begin = Instant::now();
        hold(calendar.is_open(at));
        compiling.push(begin.elapsed().as_nanos() as f64);
    }
    for (name, times) in
        [("read a definition, zone rules included", reading), ("compile eight years", compiling)]
    {
        let (median, min, max) = spread(times);
        println!("{name:<40} {median:>9.0} [{min:.0} .. {max:.0}]");
    }
}
