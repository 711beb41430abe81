//! The ways in which files write times.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use talkback::Zone;

/// RFC 3339, or a date or a date and time in UTC.
pub(crate) fn flexible(text: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return plausible(at.to_utc());
    }
    let local = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)));
    plausible(local.ok_or("this is no time")?.and_utc())
}

/// A date alone, `YYYY-MM-DD` or `M/D/YYYY`: the start of that day.
pub(super) fn day(text: &str, zone: &Zone) -> Result<DateTime<Utc>, String> {
    let date =
        ["%Y-%m-%d", "%m/%d/%Y"].into_iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    let date = date.ok_or_else(|| format!("{text} is no date"))?;
    not_a_placeholder(date)?;
    zone.to_utc(date, NaiveTime::MIN).map_err(|why| why.to_string())
}

/// A local time, `MM/DD/YYYY hh:mm:ss AM` or the ISO form that newer exports have. Where the clocks
/// show it twice and the first time would lie before `earliest`, it is the second.
pub(super) fn local(
    text: &str,
    zone: &Zone,
    earliest: Option<DateTime<Utc>>,
) -> Result<DateTime<Utc>, String> {
    let local = ["%m/%d/%Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let local = local.ok_or_else(|| format!("{text} is no time"))?;
    not_a_placeholder(local.date())?;
    let first = zone.to_utc(local.date(), local.time()).map_err(|why| why.to_string())?;
    let second = first + TimeDelta::hours(1);
    let twice = zone.to_local(second).is_ok_and(|shown| shown == (local.date(), local.time()));
    Ok(if twice && earliest.is_some_and(|earliest| first < earliest) { second } else { first })
}

fn plausible(at: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    not_a_placeholder(at.date_naive())?;
    Ok(at)
}

fn not_a_placeholder(date: NaiveDate) -> Result<(), String> {
    match date.year() {
        1970..2262 => Ok(()),
        1900 => Err(format!("{date} is a placeholder, not a date")),
        _ => Err(format!("{date} lies outside of 1970 to 2262")),
    }
}
