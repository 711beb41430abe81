//! Holidays out of iCalendar text (RFC 5545).

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, TimeDelta, TimeZone};
use icalendar::parser::Property;
use rrule::{RRule, RRuleSet, Tz, Unvalidated};

use super::definition::MAX_DATES;
use crate::id::{MAX_NAME_BYTES, Name, is_unprintable};

/// The longest iCalendar text that is read, in bytes.
pub const MAX_ICAL_BYTES: usize = 4 << 20;
/// The most recurring events of one text.
pub const MAX_RECURRING: usize = 500;

/// How many dates all recurrence rules of a text may run through, those before the window included.
const MAX_STEPS: usize = 200_000;
/// The longest event, in days.
const MAX_DAYS: i64 = 366;

/// Reads the all-day events of an iCalendar text as holidays, those of the given years, by date.
///
/// Recurring events are expanded within the years, with their exceptions and moved instances; an event
/// of several days gives each of them; cancelled ones give none, and neither does an event with a time
/// of day. The name is the event's summary, without what is unprintable and cut to the length of a
/// [`Name`]. Dates are as written, local to whoever uses them. Two events on a date are two entries, of
/// which a calendar keeps the first.
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
/// [`IcalError`] with the line and the reason, when the text is no calendar, a date, duration or rule in
/// it cannot be read, or it holds more than is allowed: [`MAX_ICAL_BYTES`], [`MAX_RECURRING`],
/// [`MAX_DATES`]. Nothing is left out silently.
pub fn read_holidays(text: &str, years: RangeInclusive<i32>) -> Result<Vec<(NaiveDate, Name)>, IcalError> {
    let events = read_events(text)?;
    let mut moved: BTreeMap<&str, Vec<NaiveDate>> = BTreeMap::new();
    for event in &events {
        if let Some(instance) = event.instead_of {
            moved.entry(event.uid.as_str()).or_default().push(instance);
        }
    }
    let mut budget = Budget { recurring: MAX_RECURRING, steps: MAX_STEPS };
    let mut holidays = Vec::new();
    for event in events.iter().filter(|event| !event.cancelled) {
        let replaced = match event.instead_of {
            Some(_) => &[],
            None => moved.get(event.uid.as_str()).map(Vec::as_slice).unwrap_or_default(),
        };
        for start in event.starts(&years, replaced, &mut budget)? {
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
    /// Not a date, or one outside of the years 1900 to 2261.
    #[error("this is no date of the years 1900 to 2261")]
    BadDate,
    /// An end or a duration that is not one of whole days, or of more than a year of them.
    #[error("the event does not last a number of whole days, at most 366")]
    BadLength,
    /// A recurrence rule that cannot be read.
    #[error("the recurrence rule cannot be read")]
    BadRule(#[source] Box<dyn Error + Send + Sync>),
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

/// An all-day event.
#[derive(Debug)]
struct Event {
    line: usize,
    uid: String,
    name: Name,
    start: NaiveDate,
    days: i64,
    rules: Vec<(usize, String)>,
    more: Vec<NaiveDate>,
    except: Vec<NaiveDate>,
    /// The instance of a recurring event whose place it takes.
    instead_of: Option<NaiveDate>,
    cancelled: bool,
}

/// What is left of the allowance for recurrence rules.
struct Budget {
    recurring: usize,
    steps: usize,
}

impl Event {
    /// The first days of its instances that reach into the years.
    fn starts(
        &self,
        years: &RangeInclusive<i32>,
        replaced: &[NaiveDate],
        budget: &mut Budget,
    ) -> Result<Vec<NaiveDate>, IcalError> {
        let reaches = |start: &NaiveDate| {
            let last = start.checked_add_signed(TimeDelta::days(self.days - 1)).unwrap_or(*start);
            start.year() <= *years.end() && last.year() >= *years.start()
        };
        let mut starts = self.more.clone();
        starts.push(self.start);
        for (line, rule) in &self.rules {
            self.run(*line, rule, *years.end(), budget, &mut starts)?;
        }
        starts.sort_unstable();
        starts.dedup();
        starts.retain(|start| reaches(start) && !self.except.contains(start) && !replaced.contains(start));
        Ok(starts)
    }

    /// Collects the dates of a recurrence rule up to the last year.
    fn run(
        &self,
        line: usize,
        rule: &str,
        last_year: i32,
        budget: &mut Budget,
        starts: &mut Vec<NaiveDate>,
    ) -> Result<(), IcalError> {
        let wrong = |reason| at(line, reason);
        budget.recurring =
            budget.recurring.checked_sub(1).ok_or_else(|| wrong(IcalReason::TooManyRecurring))?;
        let bad = |error: rrule::RRuleError| wrong(IcalReason::BadRule(Box::new(error)));
        let rule = whole_days(rule).ok_or_else(|| wrong(IcalReason::NotDaily))?;
        // Midnight of UTC stands for the date: no clock change can move it.
        let start = self.start.and_time(chrono::NaiveTime::MIN);
        let start = Tz::UTC.from_utc_datetime(&start);
        let rule: RRule<Unvalidated> = rule.parse().map_err(bad)?;
        let set = RRuleSet::new(start).rrule(rule.validate(start).map_err(bad)?).limit();
        for date in set.into_iter().map(|at| at.date_naive()) {
            if date.year() > last_year {
                break;
            }
            budget.steps = budget.steps.checked_sub(1).ok_or_else(|| wrong(IcalReason::TooManyRecurring))?;
            starts.push(date);
        }
        Ok(())
    }
}

/// A rule whose parts are about days: `UNTIL` becomes the end of its date, and a frequency or part
/// within the day is refused.
fn whole_days(rule: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in rule.trim().to_uppercase().split(';').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some(("FREQ", "HOURLY" | "MINUTELY" | "SECONDLY") | ("BYHOUR" | "BYMINUTE" | "BYSECOND", _)) => {
                return None;
            }
            Some(("UNTIL", until)) => {
                let date = until.get(..8).unwrap_or(until);
                parts.push(format!("UNTIL={date}T235959Z"));
            }
            _ => parts.push(part.to_owned()),
        }
    }
    Some(parts.join(";"))
}

fn read_events(text: &str) -> Result<Vec<Event>, IcalError> {
    if text.len() > MAX_ICAL_BYTES {
        return Err(at(1, IcalReason::TooLong { max: MAX_ICAL_BYTES }));
    }
    let mut events = Vec::new();
    // What has begun and not ended, with the line of its beginning.
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut properties: Vec<(usize, String)> = Vec::new();
    for (line, content) in unfolded(text) {
        let upper = content.trim().to_ascii_uppercase();
        if open.is_empty() && upper != "BEGIN:VCALENDAR" {
            return Err(at(line, IcalReason::NotACalendar));
        }
        if let Some(name) = upper.strip_prefix("BEGIN:") {
            open.push((line, name.to_owned()));
        } else if let Some(name) = upper.strip_prefix("END:") {
            match open.pop() {
                Some((begun, opened)) if opened == name => {
                    if name == "VEVENT" {
                        events.extend(event(begun, &std::mem::take(&mut properties))?);
                    }
                }
                _ => return Err(at(line, IcalReason::UnexpectedEnd)),
            }
        } else if open.last().is_some_and(|(_, name)| name == "VEVENT") {
            properties.push((line, content));
        }
    }
    match open.pop() {
        Some((line, _)) => Err(at(line, IcalReason::Unclosed)),
        None if text.trim().is_empty() => Err(at(1, IcalReason::NotACalendar)),
        None => Ok(events),
    }
}

/// The lines with what was folded put together again, numbered as in the text.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, folded))) => folded.push_str(rest),
            _ if line.trim().is_empty() => {}
            _ => lines.push((number, line.to_owned())),
        }
    }
    lines
}

/// Reads the properties of an event; `None` when it has a time of day.
fn event(line: usize, properties: &[(usize, String)]) -> Result<Option<Event>, IcalError> {
    let mut uid = String::new();
    let mut summary = String::new();
    let (mut start, mut end, mut days) = (None, None, None);
    let (mut rules, mut more, mut except) = (Vec::new(), Vec::new(), Vec::new());
    let (mut instead_of, mut cancelled, mut timed) = (None, false, false);
    for (line, content) in properties {
        // The parser takes a line without a value for a name.
        let name =
            content.split([':', ';']).next().filter(|name| !name.is_empty() && name.len() < content.len());
        if !name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')) {
            return Err(at(*line, IcalReason::BadLine));
        }
        let content = format!("{content}\n");
        let property = Property::try_from(content.as_str()).map_err(|_| at(*line, IcalReason::BadLine))?;
        let value = property.val.as_str().trim();
        let date = |text: &str| read_date(text).ok_or_else(|| at(*line, IcalReason::BadDate));
        match property.name.as_str().to_ascii_uppercase().as_str() {
            "UID" => value.clone_into(&mut uid),
            "SUMMARY" => value.clone_into(&mut summary),
            "STATUS" => cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            "DTSTART" => {
                timed = value.contains('T');
                start = Some(date(value)?);
            }
            "DTEND" => end = Some((*line, date(value)?)),
            "DURATION" => days = Some((*line, value.to_owned())),
            "RECURRENCE-ID" => instead_of = Some(date(value)?),
            "RRULE" => rules.push((*line, value.to_owned())),
            "RDATE" => {
                for value in value.split(',') {
                    more.push(date(value)?);
                }
            }
            "EXDATE" => {
                for value in value.split(',') {
                    except.push(date(value)?);
                }
            }
            _ => {}
        }
    }
    if timed {
        return Ok(None);
    }
    let start = start.ok_or_else(|| at(line, IcalReason::NoStart))?;
    let (line_of_length, days) = match (end, days) {
        (Some((line, end)), _) => (line, (end - start).num_days()),
        (None, Some((line, text))) => {
            (line, read_days(&text).ok_or_else(|| at(line, IcalReason::BadLength))?)
        }
        (None, None) => (line, 1),
    };
    if !(0..=MAX_DAYS).contains(&days) {
        return Err(at(line_of_length, IcalReason::BadLength));
    }
    // Some programs write a single day as one that ends when it starts.
    let days = days.max(1);
    Ok(Some(Event {
        line,
        uid,
        name: name(&summary),
        start,
        days,
        rules,
        more,
        except,
        instead_of,
        cancelled,
    }))
}

/// The date at the beginning of `20260525` or `20260525T000000Z`.
fn read_date(text: &str) -> Option<NaiveDate> {
    let (date, rest) = text.trim().split_at_checked(8)?;
    if !date.bytes().all(|byte| byte.is_ascii_digit()) || !(rest.is_empty() || rest.starts_with('T')) {
        return None;
    }
    NaiveDate::parse_from_str(date, "%Y%m%d").ok().filter(|date| (1900..=2261).contains(&date.year()))
}

/// `P3D` or `P2W`, in days.
fn read_days(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches('+').strip_prefix('P')?;
    let (number, factor) = match (text.strip_suffix('D'), text.strip_suffix('W')) {
        (Some(days), _) => (days, 1),
        (_, Some(weeks)) => (weeks, 7),
        _ => return None,
    };
    number.parse::<u16>().ok().map(|number| i64::from(number) * factor)
}

/// A summary as a name that every calendar takes.
fn name(summary: &str) -> Name {
    let mut text = String::new();
    for word in
        summary.split(|c: char| c.is_whitespace() || is_unprintable(c)).filter(|word| !word.is_empty())
    {
        let space = usize::from(!text.is_empty());
        if text.len() + space + word.len() > MAX_NAME_BYTES {
            if text.is_empty() {
                text.push_str(word.get(..word.floor_char_boundary(MAX_NAME_BYTES)).unwrap_or_default());
            }
            break;
        }
        text.push_str(if space == 1 { " " } else { "" });
        text.push_str(word);
    }
    Name::new(&text).unwrap_or_else(|_| Name::known("holiday"))
}

fn at(line: usize, reason: IcalReason) -> IcalError {
    IcalError { line, reason }
}
