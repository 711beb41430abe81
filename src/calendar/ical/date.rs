//! Dates of all-day events, also where a program writes them as an instant.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::IcalReason;

/// Every zone is a multiple of this off UTC.
const QUARTER_HOUR: u32 = 15 * 60;
/// A midnight in UTC-10 and UTC+14, and one in UTC-11 and UTC+13.
const IN_TWO_ZONES: [u32; 2] = [10 * 3_600, 11 * 3_600];

/// The local date that a value of an all-day event means: a date, a local midnight, or the midnight of
/// some zone in UTC.
pub(super) fn day(text: &str) -> Result<NaiveDate, IcalReason> {
    match read(text)? {
        Value::Date(date) => Ok(date),
        Value::Local(at) if at.time() == NaiveTime::MIN => Ok(at.date()),
        Value::Local(_) => Err(IcalReason::NotADay),
        Value::Utc(at) => day_of_midnight(at),
    }
}

/// The last local date of a series with such an end: the end is a date, or the first or last second of
/// one.
pub(super) fn last_day(text: &str) -> Result<NaiveDate, IcalReason> {
    let Value::Utc(at) = read(text)? else { return read(text).map(Value::date) };
    let next = at.checked_add_signed(TimeDelta::seconds(1)).ok_or(IcalReason::BadDate)?;
    if is_midnight_somewhere(next) {
        day_of_midnight(next)?.pred_opt().ok_or(IcalReason::BadDate)
    } else {
        day_of_midnight(at)
    }
}

/// A value with its time of day, if it has one.
enum Value {
    Date(NaiveDate),
    Local(NaiveDateTime),
    Utc(NaiveDateTime),
}

impl Value {
    const fn date(self) -> NaiveDate {
        match self {
            Self::Date(date) => date,
            Self::Local(at) | Self::Utc(at) => at.date(),
        }
    }
}

/// Reads `20260525`, `20260525T000000` or `20260525T000000Z`.
fn read(text: &str) -> Result<Value, IcalReason> {
    let digits = |text: &str, number| text.len() == number && text.bytes().all(|byte| byte.is_ascii_digit());
    let (date, time) = match text.trim().split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text.trim(), None),
    };
    let parsed = digits(date, 8).then(|| NaiveDate::parse_from_str(date, "%Y%m%d").ok()).flatten();
    let date = parsed.ok_or(IcalReason::BadDate)?;
    let Some(time) = time else { return Ok(Value::Date(date)) };
    let (time, utc) = time.strip_suffix('Z').map_or((time, false), |time| (time, true));
    let parsed = digits(time, 6).then(|| NaiveTime::parse_from_str(time, "%H%M%S").ok()).flatten();
    let at = date.and_time(parsed.ok_or(IcalReason::BadDate)?);
    Ok(if utc { Value::Utc(at) } else { Value::Local(at) })
}

fn is_midnight_somewhere(at: NaiveDateTime) -> bool {
    at.num_seconds_from_midnight().is_multiple_of(QUARTER_HOUR)
}

/// The date that begins with this UTC instant in some zone from UTC-10 to UTC+13.
fn day_of_midnight(at: NaiveDateTime) -> Result<NaiveDate, IcalReason> {
    let seconds = at.num_seconds_from_midnight();
    if !is_midnight_somewhere(at) {
        Err(IcalReason::NotADay)
    } else if IN_TWO_ZONES.contains(&seconds) {
        Err(IcalReason::UnclearDay)
    } else if IN_TWO_ZONES.iter().all(|noon| seconds < *noon) {
        // West of Greenwich, or there.
        Ok(at.date())
    } else {
        at.date().succ_opt().ok_or(IcalReason::BadDate)
    }
}
