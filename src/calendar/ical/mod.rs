//! Holidays out of iCalendar text (RFC 5545).

mod date;
mod event;
mod lines;
mod rule;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};

use self::event::{Event, Instance, Start};
use self::rule::Budget;
use super::definition::MAX_DATES;
use crate::id::Name;

/// The longest iCalendar text that is read, in bytes.
pub const MAX_ICAL_BYTES: usize = 4 << 20;
/// The most recurring events of one text.
pub const MAX_RECURRING: usize = 500;

/// The longest event, in days.
const MAX_DAYS: i64 = 366;

/// Reads the all-day events of an iCalendar text as holidays, those of the given years, by date.
///
/// - Recurring events are expanded within the years. An instance that was moved takes the place of its
///   date; one that was cancelled, or became an event with a time of day, leaves its date open.
/// - An event of several days gives each of them. Cancelled events give none, and neither do events with a
///   time of day.
/// - The name is the event's summary, without unprintable characters and cut to the length of a [`Name`].
/// - Dates are as written, in the local time of the reader. Where a program writes the midnight of a date
///   in UTC, as Outlook does for the end of a series, it means that date: `20261224T230000Z` is 25 December.
///   10:00 and 11:00 UTC are refused, because they are a midnight both in the Pacific's east and in its west.
/// - Two events on one date give two entries; a calendar keeps the first.
///
/// Files of public holidays often hold days on which nobody is off; filter them by name.
///
/// ```
/// use talkback::calendar::{WorkingCalendar, read_holidays};
///
/// let text = "BEGIN:VCALENDAR\r\n\
///             BEGIN:VEVENT\r\n\
///             SUMMARY:Spring bank holiday\r\n\
///             DTSTART;VALUE=DATE:20200525\r\n\
///             RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO\r\n\
///             END:VEVENT\r\n\
///             END:VCALENDAR\r\n";
/// let holidays = read_holidays(text, 2026..=2028)?;
/// assert_eq!(holidays[0].0.to_string(), "2026-05-25");
/// let calendar = WorkingCalendar::office("uk").holidays(holidays).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`IcalError`] with the line and the reason: the text is no calendar; a date, duration or rule in it
/// cannot be read or expressed; or it holds more than [`MAX_ICAL_BYTES`], [`MAX_RECURRING`] or [`MAX_DATES`]
/// allow. Nothing is left out silently. What lies outside the given years is never too much.
pub fn read_holidays(text: &str, years: RangeInclusive<i32>) -> Result<Vec<(NaiveDate, Name)>, IcalError> {
    let events = event::read_all(text)?;
    let mut taken: BTreeMap<&str, Vec<&Instance>> = BTreeMap::new();
    for event in &events {
        if let Some(instance) = &event.instance {
            taken.entry(event.uid.as_str()).or_default().push(instance);
        }
    }
    let mut budget = Budget::new(MAX_RECURRING);
    let mut holidays = Vec::new();
    for event in events.iter().filter(|event| !event.cancelled) {
        let Start::Day(start) = event.start else { continue };
        let taken = match event.instance {
            Some(_) => Vec::new(),
            None => taken_from(event, taken.get(event.uid.as_str()).map(Vec::as_slice).unwrap_or_default())?,
        };
        for start in event.starts(start, &years, &taken, &mut budget)? {
            let dates = start.iter_days().take(usize::try_from(event.days).unwrap_or(1));
            holidays.extend(
                dates.filter(|date| years.contains(&date.year())).map(|date| (date, event.name.clone())),
            );
            if holidays.len() > MAX_DATES {
                return Err(at(event.line, IcalReason::TooManyDates { max: MAX_DATES }));
            }
        }
    }
    holidays.sort_by_key(|(date, _)| *date);
    Ok(holidays)
}

/// The dates of an all-day event that other events stand for.
fn taken_from(event: &Event, instances: &[&Instance]) -> Result<Vec<NaiveDate>, IcalError> {
    let day = |instance: &&Instance| {
        let day = if event.uid.is_empty() {
            Err(IcalReason::NoUid)
        } else if instance.and_later {
            Err(IcalReason::Unsupported("a change of all later instances"))
        } else {
            date::day(&instance.text)
        };
        day.map_err(|reason| at(instance.line, reason))
    };
    instances.iter().map(day).collect()
}

/// Why an iCalendar text was refused, and where.
#[derive(Debug)]
pub struct IcalError {
    /// The line, from 1; of a folded line the first.
    pub line: usize,
    /// What was wrong there.
    pub reason: IcalReason,
}

impl fmt::Display for IcalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl Error for IcalError {
    /// What is behind the reason: the reason itself is part of the message already.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.reason.source()
    }
}

/// What was wrong with a line of an iCalendar text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IcalReason {
    /// The text does not begin with `BEGIN:VCALENDAR`.
    #[error("this is no iCalendar text")]
    NotACalendar,
    /// The text is longer than [`MAX_ICAL_BYTES`].
    #[error("the text is longer than {max} bytes")]
    TooLong {
        /// The most that is allowed.
        max: usize,
    },
    /// Not a property such as `SUMMARY:New Year`.
    #[error("this is no property")]
    BadLine,
    /// An `END` without its `BEGIN`.
    #[error("this ends what did not begin")]
    UnexpectedEnd,
    /// A `BEGIN` without its `END`.
    #[error("this begins and does not end")]
    Unclosed,
    /// An event without `DTSTART`.
    #[error("the event has no start")]
    NoStart,
    /// Not a date of the years 0 to 9999.
    #[error("this is not a date")]
    BadDate,
    /// A time of day where an all-day event needs a date.
    #[error("an all-day event needs a date here, and this is a time of day")]
    NotADay,
    /// A UTC time that is the midnight of two dates, in two zones.
    #[error("this is a midnight in two time zones, of two dates; write the date instead")]
    UnclearDay,
    /// A changed instance of a recurring event that does not say of which event.
    #[error("an instance of a recurring event needs the UID of that event")]
    NoUid,
    /// A property that an event has only once.
    #[error("an event has one {0}, and this is the second")]
    Twice(&'static str),
    /// Something that changes which dates are meant, and that is not understood.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// An end or a duration that is not one of whole days, or of more than a year of them.
    #[error("the event does not last a number of whole days, at most 366")]
    BadLength,
    /// A recurrence rule that RFC 5545 does not allow, and why.
    #[error("the recurrence rule cannot be read: {0}")]
    BadRule(Box<dyn Error + Send + Sync>),
    /// A recurrence rule by hours, minutes or seconds.
    #[error("a holiday does not recur within a day")]
    NotDaily,
    /// More recurring events, or more dates to run through, than are allowed.
    #[error("too many recurring events")]
    TooManyRecurring,
    /// More holidays than a calendar may have.
    #[error("more than {max} holidays")]
    TooManyDates {
        /// The most that are allowed.
        max: usize,
    },
}

fn at(line: usize, reason: IcalReason) -> IcalError {
    IcalError { line, reason }
}
