//! Saying how a due time came about, from the same stretches that made it.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::error::CalendarError;
use super::moment::{DAY, Moment, date_of, day_of};
use super::rules::{Dated, edges};
use super::working::WorkingCalendar;
use super::zone::Zone;
use crate::id::Name;

/// How a due time came about: what was counted, what was not and why, in order.
///
/// [`Display`](fmt::Display) writes one sentence per line, in the calendar's local time, and the due
/// time last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    zone: Zone,
    start: DateTime<Utc>,
    due: DateTime<Utc>,
    steps: Vec<Step>,
}

/// One line of an [`Explanation`]. Dates are local to the calendar, instants UTC, ends exclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Open time that was counted.
    Open {
        /// The first instant.
        from: DateTime<Utc>,
        /// The instant after the last.
        until: DateTime<Utc>,
        /// Its length.
        counted: TimeDelta,
    },
    /// Closed time within one date, or the whole of it.
    Closed {
        /// The date.
        date: NaiveDate,
        /// The first instant.
        from: DateTime<Utc>,
        /// The instant after the last.
        until: DateTime<Utc>,
        /// Why it was closed.
        reason: Reason,
    },
    /// Time that passes whether anybody works or not.
    Elapsed {
        /// The first instant.
        from: DateTime<Utc>,
        /// The instant after the last.
        until: DateTime<Utc>,
    },
    /// The event counts as received on a later date, because it came after close or on a day off.
    ReceivedOn {
        /// The date it counts for.
        date: NaiveDate,
    },
    /// A working day that was counted.
    Day {
        /// The date.
        date: NaiveDate,
        /// Its number, from 1.
        number: u32,
    },
    /// A date that was not counted.
    Skipped {
        /// The date.
        date: NaiveDate,
        /// Why not.
        reason: Reason,
    },
    /// Days, weeks or months counted by the calendar on the wall.
    Civil {
        /// The date counted from.
        from: NaiveDate,
        /// The date arrived at, which is still permitted.
        until: NaiveDate,
    },
    /// The last day was moved to a working day.
    Rolled {
        /// The working day.
        date: NaiveDate,
    },
}

/// Why time was not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A holiday of the calendar.
    Holiday(Name),
    /// A date that was closed for another reason.
    Closed(Name),
    /// A break in the hours.
    Break(Name),
    /// Outside of the hours of a special day.
    Special(Name),
    /// A weekday without hours.
    NoHours,
    /// Before, between or after the day's windows.
    OutsideHours,
    /// A date that the zone's clocks skipped, or of whose hours they skipped all.
    Missing,
}

impl Explanation {
    pub(crate) fn new(
        calendar: &WorkingCalendar,
        start: DateTime<Utc>,
        due: DateTime<Utc>,
        steps: Vec<Step>,
    ) -> Self {
        Self { zone: calendar.zone().clone(), start, due, steps }
    }

    /// The instant from which was counted, UTC.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The due time that it explains, UTC.
    #[must_use]
    pub fn due(&self) -> DateTime<Utc> {
        self.due
    }

    /// What was counted and what was not, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps as sentences, and the due time as the last one.
    pub fn sentences(&self) -> impl Iterator<Item = String> {
        self.steps.iter().map(|step| self.sentence(step)).chain([self.conclusion()])
    }

    fn sentence(&self, step: &Step) -> String {
        match step {
            Step::Open { from, until, counted } => {
                format!("{}: {} counted", self.range(*from, *until), Length(*counted))
            }
            Step::Closed { date, from, until, reason } => {
                let whole =
                    self.clock(*from) == (*date, NaiveTime::MIN) && self.clock(*until).1 == NaiveTime::MIN;
                if whole {
                    format!("{}: {reason}", day(*date))
                } else {
                    format!("{}: {reason}", self.range(*from, *until))
                }
            }
            Step::Elapsed { from, until } => {
                format!("{} to {}: {} by the clock", self.at(*from), self.at(*until), Length(*until - *from))
            }
            Step::ReceivedOn { date } => format!("{}: counts as the day of receipt", day(*date)),
            Step::Day { date, number } => format!("{}: working day {number}", day(*date)),
            Step::Skipped { date, reason } => format!("{}: {reason}", day(*date)),
            Step::Civil { from, until } => {
                format!("{} to {}: counted by the calendar", day(*from), day(*until))
            }
            Step::Rolled { date } => format!("{}: the next working day, to which the end moves", day(*date)),
        }
    }

    fn conclusion(&self) -> String {
        let (date, time) = self.clock(self.due);
        match date.pred_opt() {
            Some(last) if time == NaiveTime::MIN => {
                format!("Due by the end of {} ({})", day(last), self.zone)
            }
            _ => format!("Due {} ({})", self.at(self.due), self.zone),
        }
    }

    fn clock(&self, at: DateTime<Utc>) -> (NaiveDate, NaiveTime) {
        self.zone.to_local(at).unwrap_or((at.date_naive(), at.time()))
    }

    fn at(&self, at: DateTime<Utc>) -> String {
        let (date, time) = self.clock(at);
        format!("{} {}", day(date), clock(time))
    }

    fn range(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> String {
        let until = self.clock(until).1;
        let end = if until == NaiveTime::MIN { "24:00".to_owned() } else { clock(until) };
        format!("{}-{end}", self.at(from))
    }
}

fn day(date: NaiveDate) -> impl fmt::Display {
    date.format("%a %-d %b %Y")
}

fn clock(time: NaiveTime) -> String {
    use chrono::Timelike;
    let form = if time.second() == 0 && time.nanosecond() == 0 { "%H:%M" } else { "%H:%M:%S%.f" };
    time.format(form).to_string()
}

/// A duration in words: `1 h 30 min`.
struct Length(TimeDelta);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0.num_seconds();
        let parts = [(secs / 3600, "h"), (secs / 60 % 60, "min"), (secs % 60, "s")];
        let mut separator = "";
        for (number, unit) in parts.into_iter().filter(|(number, _)| *number != 0) {
            write!(f, "{separator}{number} {unit}")?;
            separator = " ";
        }
        if separator.is_empty() { f.write_str("less than 1 s") } else { Ok(()) }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, sentence) in self.sentences().enumerate() {
            write!(f, "{}{sentence}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holiday(name) => write!(f, "holiday ({name})"),
            Self::Closed(name) => write!(f, "closed ({name})"),
            Self::Break(name) => write!(f, "break ({name})"),
            Self::Special(name) => write!(f, "outside of the special hours ({name})"),
            Self::NoHours => f.write_str("no hours on this weekday"),
            Self::OutsideHours => f.write_str("outside of hours"),
            Self::Missing => f.write_str("skipped by the clocks"),
        }
    }
}

impl WorkingCalendar {
    /// Explains [`add`](Self::add): each counted stretch and each closed interval in between, with the
    /// reason for it. A negative amount is explained like zero: no open time is counted.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn explain(&self, start: DateTime<Utc>, amount: TimeDelta) -> Result<Explanation, CalendarError> {
        let due = self.add(start, amount.max(TimeDelta::zero()))?;
        let mut steps = Vec::new();
        let mut at = start;
        for stretch in self.stretches(start..due)? {
            self.closed_steps(at, stretch.from, &mut steps)?;
            let counted = stretch.until - stretch.from;
            steps.push(Step::Open { from: stretch.from, until: stretch.until, counted });
            at = stretch.until;
        }
        self.closed_steps(at, due, &mut steps)?;
        Ok(Explanation::new(self, start, due, steps))
    }

    /// Why a local date is no working day; `None` when it is one.
    pub(crate) fn day_off(&self, date: NaiveDate) -> Result<Option<Reason>, CalendarError> {
        if self.is_working_day(date)? {
            return Ok(None);
        }
        let day = day_of(date);
        let skipped = self.zone().utc_of(day * DAY) == self.zone().utc_of((day + 1) * DAY);
        Ok(Some(match self.rules().dated_on(day) {
            _ if skipped => Reason::Missing,
            Some(Dated::Holiday(name)) => Reason::Holiday(name.clone()),
            Some(Dated::Closed(name)) => Reason::Closed(name.clone()),
            Some(Dated::Special(_, name)) => Reason::Special(name.clone()),
            None if self.rules().weekly_on(day).is_empty() => Reason::NoHours,
            // It has hours, but nothing is left of them.
            None => match self.rules().breaks_on(day, day).first() {
                Some((_, _, name)) => Reason::Break(name.clone()),
                None => Reason::Missing,
            },
        }))
    }

    /// Splits a closed interval by date, and by the breaks on it.
    fn closed_steps(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        steps: &mut Vec<Step>,
    ) -> Result<(), CalendarError> {
        let (mut at, until) = (Moment::from_chrono(from)?, Moment::from_chrono(until)?);
        while at < until {
            let day = self.zone().local_of(at.secs).div_euclid(DAY);
            let midnight = Moment::new(self.zone().utc_of((day + 1) * DAY), 0);
            // Clocks set back over midnight show a date again after it ended.
            let end = if midnight > at { until.min(midnight) } else { until };
            let mut push = |from: Moment, until: Moment, reason| -> Result<(), CalendarError> {
                if from < until {
                    let date = date_of(day).ok_or(CalendarError::OutOfRange)?;
                    steps.push(Step::Closed {
                        date,
                        from: from.to_chrono()?,
                        until: until.to_chrono()?,
                        reason,
                    });
                }
                Ok(())
            };
            let reason = || match self.rules().dated_on(day) {
                Some(Dated::Holiday(name)) => Reason::Holiday(name.clone()),
                Some(Dated::Closed(name)) => Reason::Closed(name.clone()),
                Some(Dated::Special(_, name)) => Reason::Special(name.clone()),
                None if self.rules().weekly_on(day).is_empty() => Reason::NoHours,
                None => Reason::OutsideHours,
            };
            for (break_day, window, name) in self.rules().breaks_on(day - 1, day) {
                let (break_from, break_until) =
                    edges(&self.zone().cursor(break_day * DAY), *break_day, *window);
                let break_from = Moment::new(break_from, 0).max(at);
                let break_until = Moment::new(break_until, 0).min(end);
                if break_from < break_until {
                    push(at, break_from, reason())?;
                    push(break_from, break_until, Reason::Break(name.clone()))?;
                    at = break_until;
                }
            }
            push(at, end, reason())?;
            at = end;
        }
        Ok(())
    }
}
