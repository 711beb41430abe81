//! Counting days, weeks and months: which is the first, which is the last, and when that one ends.

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::{CalendarError, Step, WorkingCalendar};

/// How days, weeks and months are counted. The default leaves the first day out and ends with the last
/// local day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Counting {
    /// Whether the day of the event counts.
    pub first_day: FirstDay,
    /// When on the last day the period ends.
    pub end: DayEnd,
    /// What happens when the last day is no working day.
    pub roll: Roll,
    /// What an event outside of business counts for.
    pub after_close: AfterClose,
}

/// Whether the day of the event counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstDay {
    /// It does not: the next day is the first.
    #[default]
    Exclude,
    /// It is the first. Of working days it is, if it is one.
    Include,
}

/// When on the last day a period ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayEnd {
    /// With the local day: at the next local midnight.
    #[default]
    EndOfDay,
    /// When the last window of that day closes; with the local day where it has none.
    CloseOfBusiness,
    /// At the time of day at which the event was. A time that the clocks skip moves by as much as they
    /// skip; one that they show twice is the first.
    Exact,
}

/// What happens when the last day is no working day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Roll {
    /// Nothing: it stays the last day.
    #[default]
    None,
    /// The next working day becomes the last day.
    NextWorkingDay,
}

/// What an event counts for that comes after the last window of its local day closed, or on a day that
/// is no working day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterClose {
    /// Its own day.
    #[default]
    SameDay,
    /// The next working day, as if it had come when that day opens. So does, on a working day, what
    /// comes before that day opens: who writes later is never due earlier.
    NextWorkingDay,
}

impl Counting {
    /// The default, for constants.
    pub const PLAIN: Self = Self {
        first_day: FirstDay::Exclude,
        end: DayEnd::EndOfDay,
        roll: Roll::None,
        after_close: AfterClose::SameDay,
    };
}

/// A span in days, weeks or months, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub(super) unit: Unit,
    pub(super) n: u32,
    pub(super) counting: Counting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    WorkingDays,
    CalendarDays,
    Weeks,
    Months,
}

impl Days {
    /// The local date on which the event counts as received, and the instant that counts for it.
    pub(super) fn received(
        self,
        calendar: &WorkingCalendar,
        anchor: DateTime<Utc>,
    ) -> Result<(NaiveDate, DateTime<Utc>), CalendarError> {
        let date = calendar.local_date(anchor)?;
        if self.counting.after_close == AfterClose::SameDay {
            return Ok((date, anchor));
        }
        if calendar.close_of_business(date)?.is_some_and(|close| anchor < close) {
            return Ok((date, calendar.opening(date)?.map_or(anchor, |opening| opening.max(anchor))));
        }
        let next = calendar.nth_working_day_after(date, 1)?;
        Ok((next, calendar.opening(next)?.unwrap_or(anchor)))
    }

    /// The last day of the period, rolled where the span says so.
    pub(super) fn last(
        self,
        calendar: &WorkingCalendar,
        received: NaiveDate,
    ) -> Result<NaiveDate, CalendarError> {
        let last = self.unrolled(calendar, received)?;
        self.rolled(calendar, last)
    }

    fn unrolled(self, calendar: &WorkingCalendar, received: NaiveDate) -> Result<NaiveDate, CalendarError> {
        let include = self.counting.first_day == FirstDay::Include;
        let days = match self.unit {
            Unit::WorkingDays => {
                let from = if include { eve(received) } else { Some(received) };
                return calendar.nth_working_day_after(from.ok_or(CalendarError::OutOfRange)?, self.n);
            }
            Unit::Months => {
                let same = received.checked_add_months(Months::new(self.n));
                // The day before the same date; a month too short to have that date ends the period.
                return same
                    .and_then(|same| if include && same_day(same, received) { eve(same) } else { Some(same) })
                    .ok_or(CalendarError::OutOfRange);
            }
            Unit::CalendarDays => i64::from(self.n),
            Unit::Weeks => 7 * i64::from(self.n),
        };
        plus_days(received, days - i64::from(include))
    }

    pub(super) fn rolled(
        self,
        calendar: &WorkingCalendar,
        last: NaiveDate,
    ) -> Result<NaiveDate, CalendarError> {
        if self.counting.roll == Roll::None || calendar.is_working_day(last)? {
            return Ok(last);
        }
        calendar.nth_working_day_after(last, 1)
    }

    /// The instant at which the period ends on its last day; `model` gives the time of day of an exact
    /// one.
    fn end_on(
        self,
        calendar: &WorkingCalendar,
        last: NaiveDate,
        model: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, CalendarError> {
        match self.counting.end {
            DayEnd::EndOfDay => calendar.end_of_day(last),
            DayEnd::CloseOfBusiness => match calendar.close_of_business(last)? {
                Some(close) => Ok(close),
                None => calendar.end_of_day(last),
            },
            DayEnd::Exact => calendar.zone().to_utc_shifted(last, calendar.zone().to_local(model)?.1),
        }
    }

    /// The same, when the period is known to run until `at` at least: where business on the last day
    /// was over by then, the day itself is not.
    pub(super) fn end_after(
        self,
        calendar: &WorkingCalendar,
        last: NaiveDate,
        model: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, CalendarError> {
        let ends = self.end_on(calendar, last, model)?;
        if ends < at { calendar.end_of_day(last) } else { Ok(ends) }
    }

    pub(super) fn before(
        self,
        calendar: &WorkingCalendar,
        last: NaiveDate,
        due: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, CalendarError> {
        let include = self.counting.first_day == FirstDay::Include;
        let date = match self.unit {
            Unit::WorkingDays => {
                let from = if include { plus_days(last, 1)? } else { last };
                calendar.nth_working_day_before(from, self.n)?
            }
            Unit::Months => {
                let same = last.checked_sub_months(Months::new(self.n)).ok_or(CalendarError::OutOfRange)?;
                plus_days(same, i64::from(include))?
            }
            Unit::CalendarDays => plus_days(last, i64::from(include) - i64::from(self.n))?,
            Unit::Weeks => plus_days(last, i64::from(include) - 7 * i64::from(self.n))?,
        };
        if self.counting.end == DayEnd::Exact {
            return calendar.zone().to_utc_shifted(date, calendar.zone().to_local(due)?.1);
        }
        if let Some(opening) = calendar.opening(date)? {
            return Ok(opening.min(due));
        }
        let working = calendar.nth_working_day_before(date, 1)?;
        calendar.opening(working)?.ok_or(CalendarError::OutOfRange)
    }

    pub(super) fn steps(
        self,
        calendar: &WorkingCalendar,
        anchor: DateTime<Utc>,
    ) -> Result<Vec<Step>, CalendarError> {
        let mut steps = Vec::new();
        let arrived = calendar.local_date(anchor)?;
        let (received, _) = self.received(calendar, anchor)?;
        let last = self.unrolled(calendar, received)?;
        if received != arrived {
            skipped(calendar, arrived, received, &mut steps)?;
            steps.push(Step::ReceivedOn { date: received });
        }
        if self.unit == Unit::WorkingDays {
            let include = self.counting.first_day == FirstDay::Include;
            let mut number = 0;
            let mut date = if include { received } else { plus_days(received, 1)? };
            while date <= last {
                match calendar.day_off(date)? {
                    Some(reason) => steps.push(Step::Skipped { date, reason }),
                    None => {
                        number += 1;
                        steps.push(Step::Day { date, number });
                    }
                }
                date = plus_days(date, 1)?;
            }
        } else {
            steps.push(Step::Civil { from: received, until: last });
        }
        let rolled = self.rolled(calendar, last)?;
        if rolled != last {
            skipped(calendar, last, rolled, &mut steps)?;
            steps.push(Step::Rolled { date: rolled });
        }
        Ok(steps)
    }
}

/// The days off from `from` up to and without `until`.
fn skipped(
    calendar: &WorkingCalendar,
    from: NaiveDate,
    until: NaiveDate,
    steps: &mut Vec<Step>,
) -> Result<(), CalendarError> {
    let mut date = from;
    while date < until {
        if let Some(reason) = calendar.day_off(date)? {
            steps.push(Step::Skipped { date, reason });
        }
        date = plus_days(date, 1)?;
    }
    Ok(())
}

pub(super) fn plus_days(date: NaiveDate, days: i64) -> Result<NaiveDate, CalendarError> {
    TimeDelta::try_days(days).and_then(|days| date.checked_add_signed(days)).ok_or(CalendarError::OutOfRange)
}

fn eve(date: NaiveDate) -> Option<NaiveDate> {
    date.pred_opt()
}

fn same_day(a: NaiveDate, b: NaiveDate) -> bool {
    use chrono::Datelike;
    a.day() == b.day()
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
