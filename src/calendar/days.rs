//! What a calendar says about dates: working days are dates, never hours.

use chrono::{DateTime, NaiveDate, Utc};

use super::error::CalendarError;
use super::moment::{DAY, END, Moment, date_of, day_of};
use super::rules::day_in_range;
use super::working::{HORIZON_YEARS, WorkingCalendar, block_of_day};

const HORIZON_DAYS: i64 = HORIZON_YEARS as i64 * 1461 / 4;

impl WorkingCalendar {
    /// Whether a window that opens on this local date leaves any open time.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for a date outside of the supported years.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, CalendarError> {
        let (number, day) = block_of_day(day_in_range(date).ok_or(CalendarError::OutOfRange)?);
        let block = self.block(number)?;
        Ok(block.rank(day) < block.rank(day + 1))
    }

    /// The `n`-th working day after a local date, which itself is not counted. The 0th is the date
    /// itself, working day or not.
    ///
    /// # Errors
    /// [`CalendarError::NeverOpens`] when there are not as many within the horizon,
    /// [`CalendarError::OutOfRange`] for a date outside of the supported years.
    pub fn nth_working_day_after(&self, date: NaiveDate, n: u32) -> Result<NaiveDate, CalendarError> {
        let start = day_in_range(date).ok_or(CalendarError::OutOfRange)?;
        if n == 0 {
            return Ok(date);
        }
        let (mut number, day) = block_of_day(start);
        let mut block = self.block(number)?;
        let mut rank = block.rank(day + 1) + i64::from(n) - 1;
        let limit = start + HORIZON_DAYS;
        let found = loop {
            if let Some(found) = block.working_day(rank) {
                break first_day(number) + found;
            }
            rank -= block.working_days();
            number += 1;
            if first_day(number) > limit {
                return Err(no_day_before(limit));
            }
            block = self.block(number)?;
        };
        if found > limit || found > END / DAY {
            return Err(no_day_before(limit));
        }
        date_of(found).ok_or(CalendarError::OutOfRange)
    }

    /// The `n`-th working day before a local date, which itself is not counted. The 0th is the date
    /// itself, working day or not.
    ///
    /// # Errors
    /// [`CalendarError::NeverOpens`] when there are not as many within the horizon,
    /// [`CalendarError::OutOfRange`] for a date outside of the supported years.
    pub fn nth_working_day_before(&self, date: NaiveDate, n: u32) -> Result<NaiveDate, CalendarError> {
        let start = day_in_range(date).ok_or(CalendarError::OutOfRange)?;
        if n == 0 {
            return Ok(date);
        }
        let (mut number, day) = block_of_day(start);
        let mut block = self.block(number)?;
        let mut rank = block.rank(day) - i64::from(n);
        let limit = start - HORIZON_DAYS;
        while rank < 0 {
            if first_day(number) < limit {
                return Err(no_day_before(limit));
            }
            number = number.checked_sub(1).ok_or(CalendarError::OutOfRange)?;
            block = self.block(number)?;
            rank += block.working_days();
        }
        let found = first_day(number) + block.working_day(rank).ok_or(CalendarError::OutOfRange)?;
        if found < limit {
            return Err(no_day_before(limit));
        }
        date_of(found).filter(|date| day_in_range(*date).is_some()).ok_or(CalendarError::OutOfRange)
    }

    /// How many working days lie after `from`, up to and with `until`; negative when `until` is the
    /// earlier one.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for a date outside of the supported years.
    pub fn working_days_between(&self, from: NaiveDate, until: NaiveDate) -> Result<i64, CalendarError> {
        let (from, until) = day_in_range(from).zip(day_in_range(until)).ok_or(CalendarError::OutOfRange)?;
        let ((from_number, from_day), (until_number, until_day)) = (block_of_day(from), block_of_day(until));
        let mut count =
            self.block(until_number)?.rank(until_day + 1) - self.block(from_number)?.rank(from_day + 1);
        for number in from_number..until_number {
            count += self.block(number)?.working_days();
        }
        for number in until_number..from_number {
            count -= self.block(number)?.working_days();
        }
        Ok(count)
    }

    /// The first instant of a local date: midnight, or what follows when the clocks skip it.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn start_of_day(&self, date: NaiveDate) -> Result<DateTime<Utc>, CalendarError> {
        Moment::new(self.zone().utc_of(day_of(date) * DAY), 0).to_chrono()
    }

    /// The instant at which a local date is over: the first one of the next date, which no longer
    /// belongs to it.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn end_of_day(&self, date: NaiveDate) -> Result<DateTime<Utc>, CalendarError> {
        Moment::new(self.zone().utc_of((day_of(date) + 1) * DAY), 0).to_chrono()
    }

    /// From where it takes the longest to find open time: any instant, when it opens every week, else
    /// the end of the last date with hours of its own.
    pub(crate) fn latest_start(&self) -> DateTime<Utc> {
        let last = self.rules().dated.last().and_then(|(day, _)| date_of(*day));
        let end = last.filter(|_| !self.opens_every_week()).and_then(|date| self.end_of_day(date).ok());
        // A week within the supported years; which one does not matter.
        end.unwrap_or(DateTime::UNIX_EPOCH + chrono::TimeDelta::weeks(1))
    }

    /// The first instant of the windows that open on a local date; `None` when it is no working day.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for a date outside of the supported years.
    pub fn opening(&self, date: NaiveDate) -> Result<Option<DateTime<Utc>>, CalendarError> {
        let day = day_in_range(date).ok_or(CalendarError::OutOfRange)?;
        self.rules().opening_of(self.zone(), day).map(|secs| Moment::new(secs, 0).to_chrono()).transpose()
    }

    /// The instant at which the last of the windows that open on a local date closes, which is on the
    /// next date if it runs past midnight; `None` when it is no working day.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for a date outside of the supported years.
    pub fn close_of_business(&self, date: NaiveDate) -> Result<Option<DateTime<Utc>>, CalendarError> {
        let day = day_in_range(date).ok_or(CalendarError::OutOfRange)?;
        self.rules().close_of(self.zone(), day).map(|secs| Moment::new(secs, 0).to_chrono()).transpose()
    }
}

fn first_day(number: usize) -> i64 {
    super::working::start_of(number).div_euclid(DAY)
}

fn no_day_before(limit: i64) -> CalendarError {
    match date_of(limit) {
        Some(searched_until) if limit < END / DAY => CalendarError::NeverOpens { searched_until },
        _ => CalendarError::OutOfRange,
    }
}
