//! Instants and dates as plain numbers: seconds and days since 1970-01-01.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::error::CalendarError;

pub(super) const DAY: i64 = 86_400;
/// 2262-01-01T00:00:00Z, the first instant that is no longer supported.
pub(super) const END: i64 = 9_214_646_400;
const NANOS: u32 = 1_000_000_000;
/// Days from the first day of the common era to 1970-01-01.
const EPOCH_FROM_CE: i32 = 719_163;

/// A supported instant, or a sum on the way to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) secs: i64,
    /// Below 1,000,000,000.
    pub(super) nanos: u32,
}

impl Moment {
    pub(super) fn new(secs: i64, nanos: u32) -> Self {
        Self { secs, nanos }
    }

    pub(super) fn from_chrono(at: DateTime<Utc>) -> Result<Self, CalendarError> {
        // A leap second is written with more than a whole second of nanoseconds.
        let nanos = at.timestamp_subsec_nanos();
        let moment = Self { secs: at.timestamp() + i64::from(nanos / NANOS), nanos: nanos % NANOS };
        if (0..END).contains(&moment.secs) { Ok(moment) } else { Err(CalendarError::OutOfRange) }
    }

    pub(super) fn to_chrono(self) -> Result<DateTime<Utc>, CalendarError> {
        if !(0..END).contains(&self.secs) {
            return Err(CalendarError::OutOfRange);
        }
        DateTime::from_timestamp(self.secs, self.nanos).ok_or(CalendarError::OutOfRange)
    }
}

/// A duration of at least zero as (seconds, nanoseconds).
pub(super) fn split(amount: TimeDelta) -> (i64, u32) {
    (amount.num_seconds(), u32::try_from(amount.subsec_nanos()).unwrap_or(0))
}

/// `(a, a_nanos) - (b, b_nanos)`.
pub(super) fn difference(a: (i64, u32), b: (i64, u32)) -> TimeDelta {
    let (secs, nanos) = if a.1 >= b.1 { (a.0 - b.0, a.1 - b.1) } else { (a.0 - b.0 - 1, a.1 + NANOS - b.1) };
    TimeDelta::new(secs, nanos).unwrap_or(TimeDelta::MAX)
}

/// Days since 1970-01-01.
pub(super) fn day_of(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce() - EPOCH_FROM_CE)
}

pub(super) fn date_of(day: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(day).ok()?.checked_add(EPOCH_FROM_CE)?)
}

/// Monday is 0.
pub(super) fn weekday_of(day: i64) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

/// `at` moved by `amount`, whether anybody works or not.
pub(crate) fn elapsed(at: DateTime<Utc>, amount: TimeDelta) -> Result<DateTime<Utc>, CalendarError> {
    Moment::from_chrono(at)?;
    let moved = at.checked_add_signed(amount).ok_or(CalendarError::OutOfRange)?;
    Moment::from_chrono(moved)?;
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_calendar() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(day_of(date("1970-01-01")), 0);
        assert_eq!(day_of(date("2262-01-01")) * DAY, END);
        assert_eq!(date_of(-1), Some(date("1969-12-31")));
        for day in -10..10_000 {
            let weekday = date_of(day).unwrap().weekday().num_days_from_monday();
            assert_eq!(weekday_of(day), usize::try_from(weekday).unwrap());
        }
    }

    #[test]
    fn only_the_supported_years_are_instants() {
        for text in ["1969-12-31T23:59:59Z", "2262-01-01T00:00:00Z"] {
            assert_eq!(Moment::from_chrono(text.parse().unwrap()), Err(CalendarError::OutOfRange));
        }
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(Moment::from_chrono(at), Err(CalendarError::OutOfRange));
            assert_eq!(elapsed(at, TimeDelta::MAX), Err(CalendarError::OutOfRange));
        }
        assert!(Moment::from_chrono("2261-12-31T23:59:59.999999999Z".parse().unwrap()).is_ok());
    }

    #[test]
    fn a_leap_second_is_the_next_one() {
        let at =
            NaiveDate::from_ymd_opt(2016, 12, 31).and_then(|d| d.and_hms_nano_opt(23, 59, 59, 1_500_000_000));
        let moment = Moment::from_chrono(at.unwrap().and_utc()).unwrap();
        assert_eq!(moment.to_chrono().unwrap().to_rfc3339(), "2017-01-01T00:00:00.500+00:00");
    }
}
