//! The events of an iCalendar text.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, TimeDelta};
use icalendar::parser::Property;

use super::lines::{self, EventLines};
use super::rule::{Budget, Rule};
use super::{IcalError, IcalReason, MAX_DAYS, at, date};
use crate::id::{MAX_NAME_BYTES, Name, is_unprintable};

/// What an event has at most once.
const ONCE: [&str; 7] = ["UID", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "STATUS", ALL_DAY];
/// Outlook says with it that midnight to midnight is the day.
const ALL_DAY: &str = "X-MICROSOFT-CDO-ALLDAYEVENT";

/// An event, as far as it says which dates are closed.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) line: usize,
    pub(super) uid: String,
    pub(super) name: Name,
    pub(super) start: Start,
    /// How many days it lasts; 1 with a time of day.
    pub(super) days: i64,
    line_of_days: usize,
    rules: Vec<(usize, Rule)>,
    more: Vec<NaiveDate>,
    except: Vec<NaiveDate>,
    /// The instance of a recurring event whose place it takes.
    pub(super) instance: Option<Instance>,
    pub(super) cancelled: bool,
}

/// When an event begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    Day(NaiveDate),
    /// It has a time of day, so that it closes no date.
    Timed,
}

/// An instance of a recurring event, as it is written: which date that is can be said only of the
/// instance of an all-day event.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) line: usize,
    pub(super) text: String,
    /// It stands for all later instances, too.
    pub(super) and_later: bool,
}

impl Event {
    /// The first days of its instances that reach into the years, without those that were taken out.
    pub(super) fn starts(
        &self,
        start: NaiveDate,
        years: &RangeInclusive<i32>,
        taken: &[NaiveDate],
        budget: &mut Budget,
    ) -> Result<Vec<NaiveDate>, IcalError> {
        let reaches = |start: &NaiveDate| {
            let last = TimeDelta::try_days(self.days - 1).and_then(|days| start.checked_add_signed(days));
            start.year() <= *years.end() && last.unwrap_or(*start).year() >= *years.start()
        };
        let mut starts = self.more.clone();
        starts.push(start);
        for (line, rule) in &self.rules {
            let dates = rule.dates(start, self.days, years, budget);
            starts.extend(dates.map_err(|reason| at(*line, reason))?);
        }
        starts.sort_unstable();
        starts.dedup();
        starts.retain(|start| reaches(start) && !self.except.contains(start) && !taken.contains(start));
        if self.days > MAX_DAYS && !starts.is_empty() {
            return Err(at(self.line_of_days, IcalReason::BadLength));
        }
        Ok(starts)
    }
}

/// Every event of a text.
pub(super) fn read_all(text: &str) -> Result<Vec<Event>, IcalError> {
    lines::events(text)?.iter().map(read).collect()
}

fn read(lines: &EventLines) -> Result<Event, IcalError> {
    let written = Written::of(lines)?;
    let instance = written.one("RECURRENCE-ID").map(|value| Instance {
        line: value.line,
        text: value.text.clone(),
        and_later: value.and_later,
    });
    let mut event = Event {
        line: lines.line,
        uid: written.one("UID").map_or_else(String::new, |value| value.text.clone()),
        name: name(written.one("SUMMARY").map_or("", |value| value.text.as_str())),
        start: Start::Timed,
        days: 1,
        line_of_days: lines.line,
        rules: Vec::new(),
        more: Vec::new(),
        except: Vec::new(),
        instance,
        cancelled: lines.cancelled
            || written.one("STATUS").is_some_and(|value| value.text.eq_ignore_ascii_case("CANCELLED")),
    };
    let start = written.one("DTSTART").ok_or_else(|| at(lines.line, IcalReason::NoStart))?;
    let all_day = written.one(ALL_DAY).is_some_and(|value| value.text.eq_ignore_ascii_case("TRUE"));
    if start.text.contains('T') && !start.is_date && !all_day {
        return Ok(event);
    }
    written.no_unsupported()?;
    let start = start.day()?;
    event.start = Start::Day(start);
    (event.line_of_days, event.days) = length(&written, start)?.unwrap_or((lines.line, 1));
    for rule in written.all("RRULE") {
        event.rules.push((rule.line, Rule::read(&rule.text).map_err(|reason| at(rule.line, reason))?));
    }
    event.more = written.days("RDATE")?;
    event.except = written.days("EXDATE")?;
    Ok(event)
}

/// How many days an event lasts, and the line that says so.
fn length(written: &Written, start: NaiveDate) -> Result<Option<(usize, i64)>, IcalError> {
    let (line, days) = match (written.one("DTEND"), written.one("DURATION")) {
        (Some(_), Some(duration)) => return Err(at(duration.line, IcalReason::BadLength)),
        (Some(end), None) => (end.line, Some((end.day()? - start).num_days())),
        (None, Some(duration)) => (duration.line, read_days(&duration.text)),
        (None, None) => return Ok(None),
    };
    match days {
        // Some programs write a single day as one that ends when it starts.
        Some(days @ 0..) => Ok(Some((line, days.max(1)))),
        _ => Err(at(line, IcalReason::BadLength)),
    }
}

/// A property's value.
struct Value {
    name: String,
    line: usize,
    text: String,
    /// The property says that it is a date.
    is_date: bool,
    /// It stands for all later instances, too.
    and_later: bool,
}

impl Value {
    fn day(&self) -> Result<NaiveDate, IcalError> {
        date::day(&self.text).map_err(|reason| at(self.line, reason))
    }
}

/// The properties of an event, as they are written.
struct Written(Vec<Value>);

impl Written {
    fn of(lines: &EventLines) -> Result<Self, IcalError> {
        let mut values: Vec<Value> = Vec::with_capacity(lines.properties.len());
        for (line, content) in &lines.properties {
            let value = property(*line, content)?;
            let once = ONCE.into_iter().find(|name| *name == value.name);
            if let Some(name) = once.filter(|name| values.iter().any(|other| other.name == *name)) {
                return Err(at(*line, IcalReason::Twice(name)));
            }
            values.push(value);
        }
        Ok(Self(values))
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |value| value.name == name)
    }

    fn one(&self, name: &'static str) -> Option<&Value> {
        self.all(name).next()
    }

    /// All dates that stand there.
    fn days(&self, name: &'static str) -> Result<Vec<NaiveDate>, IcalError> {
        let days = |value: &'_ Value| {
            let line = value.line;
            let days = value.text.split(',').map(date::day);
            days.collect::<Result<Vec<_>, _>>().map_err(|reason| at(line, reason))
        };
        Ok(self.all(name).map(days).collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Refuses what would change which dates are meant, and is not understood.
    fn no_unsupported(&self) -> Result<(), IcalError> {
        match self.one("EXRULE") {
            Some(value) => Err(at(value.line, IcalReason::Unsupported("a rule of exceptions"))),
            None => Ok(()),
        }
    }
}

fn property(line: usize, content: &str) -> Result<Value, IcalError> {
    // The parser takes a line without a value for a name.
    let name = content.split([':', ';']).next().filter(|name| !name.is_empty() && name.len() < content.len());
    if !name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')) {
        return Err(at(line, IcalReason::BadLine));
    }
    let content = format!("{content}\n");
    let property = Property::try_from(content.as_str()).map_err(|_| at(line, IcalReason::BadLine))?;
    let has = |key: &str, wanted: &str| {
        property.params.iter().any(|param| {
            param.key.as_str().eq_ignore_ascii_case(key)
                && param.val.as_ref().is_some_and(|value| value.as_str().eq_ignore_ascii_case(wanted))
        })
    };
    Ok(Value {
        name: property.name.as_str().to_ascii_uppercase(),
        line,
        text: property.val.as_str().trim().to_owned(),
        is_date: has("VALUE", "DATE"),
        and_later: has("RANGE", "THISANDFUTURE"),
    })
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
