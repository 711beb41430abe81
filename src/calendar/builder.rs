//! Putting a calendar together in code.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Weekday};

use super::definition::{Break, Definition, Special};
use super::error::CalendarError;
use super::hours::WeekHours;
use super::window::{self, Window};
use super::working::WorkingCalendar;
use super::zone::Zone;
use crate::id::Name;

/// Collects a calendar; [`build`](Self::build) checks it and gives the first thing that was wrong.
///
/// Without anything said it is version 1, in UTC, and always closed, which `build` refuses.
///
/// ```
/// use chrono::Weekday;
/// use talkback::calendar::WorkingCalendar;
///
/// # if cfg!(not(feature = "tz")) { return Ok(()); }
/// let calendar = WorkingCalendar::builder("support-uk")
///     .version(3)
///     .zone("Europe/London")
///     .hours("mon-thu 08:00-12:00, 13:00-17:00")
///     .open(Weekday::Fri, "08:00-12:00")
///     .holiday("2026-05-25".parse()?, "Spring bank holiday")
///     .special("2026-12-24".parse()?, "08:00-11:00", "Christmas Eve")
///     .build()?;
/// assert_eq!(calendar.version(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct CalendarBuilder {
    name: Result<Name, CalendarError>,
    version: u32,
    zone: Zone,
    hours: WeekHours,
    holidays: BTreeMap<NaiveDate, Name>,
    special: BTreeMap<NaiveDate, Special>,
    closed: BTreeMap<NaiveDate, Name>,
    breaks: Vec<Break>,
    /// The first thing that was wrong. Setters after it do nothing.
    wrong: Option<CalendarError>,
}

impl CalendarBuilder {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: Name::new(name).map_err(CalendarError::Name),
            version: 1,
            zone: Zone::utc(),
            hours: WeekHours::closed(),
            holidays: BTreeMap::new(),
            special: BTreeMap::new(),
            closed: BTreeMap::new(),
            breaks: Vec::new(),
            wrong: None,
        }
    }

    /// The calendar's version, which rises whenever its definition changes.
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The zone by its name: `UTC`, `+05:30`, `Europe/London`.
    pub fn zone(self, name: &str) -> Self {
        self.attempt(|builder| {
            builder.zone = Zone::new(name)?;
            Ok(())
        })
    }

    /// The zone that all windows and dates are in.
    pub fn in_zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// The hours of an ordinary week, in the text form of [`WeekHours`]. They replace those before.
    pub fn hours(self, text: &str) -> Self {
        self.attempt(|builder| {
            builder.hours = text.parse()?;
            Ok(())
        })
    }

    /// The hours of an ordinary week. They replace those before.
    pub fn week(mut self, hours: WeekHours) -> Self {
        self.hours = hours;
        self
    }

    /// Adds windows such as `08:00-12:00, 13:00-17:00` to a weekday.
    pub fn open(self, day: Weekday, windows: &str) -> Self {
        self.attempt(|builder| {
            for window in window::parse_list(windows)? {
                builder.hours = std::mem::take(&mut builder.hours).with(day, window)?;
            }
            Ok(())
        })
    }

    /// Closes a date, local to the zone. A window that opens on it does not, one that opened the day
    /// before and runs past midnight still ends as usual. A second holiday on a date changes nothing.
    pub fn holiday(self, date: NaiveDate, name: &str) -> Self {
        self.attempt(|builder| {
            let name = Name::new(name)?;
            builder.holidays.entry(date).or_insert(name);
            Ok(())
        })
    }

    /// Closes dates that the application knows, from wherever it has them.
    pub fn holidays(mut self, dates: impl IntoIterator<Item = (NaiveDate, Name)>) -> Self {
        for (date, name) in dates {
            self.holidays.entry(date).or_insert(name);
        }
        self
    }

    /// Replaces a date's windows by others, whatever its weekday, and even if it is a holiday. Where
    /// one of them meets the night of the day before, the shared time counts once.
    pub fn special(self, date: NaiveDate, windows: &str, name: &str) -> Self {
        self.attempt(|builder| {
            let special = Special { name: Name::new(name)?, windows: window::parse_list(windows)? };
            if builder.special.insert(date, special).is_some() {
                return Err(CalendarError::DateTwice { date });
            }
            Ok(())
        })
    }

    /// Closes a date for a reason that is not a holiday.
    pub fn closed(self, date: NaiveDate, name: &str) -> Self {
        self.attempt(|builder| {
            if builder.closed.insert(date, Name::new(name)?).is_some() {
                return Err(CalendarError::DateTwice { date });
            }
            Ok(())
        })
    }

    /// Takes a window such as `12:00-13:00` of one date out of the open time.
    pub fn break_on(self, date: NaiveDate, window: &str, name: &str) -> Self {
        self.attempt(|builder| {
            let window: Window = window.trim().parse()?;
            builder.breaks.push(Break { date, window, name: Name::new(name)? });
            Ok(())
        })
    }

    /// Checks the whole and gives the calendar.
    ///
    /// # Errors
    /// The first thing that was wrong: a name, zone or window that cannot be read
    /// ([`Name`](CalendarError::Name), [`UnknownZone`](CalendarError::UnknownZone),
    /// [`BadWindow`](CalendarError::BadWindow), [`EmptyWindow`](CalendarError::EmptyWindow)), windows
    /// that share time ([`Overlap`](CalendarError::Overlap),
    /// [`OverlapOnDate`](CalendarError::OverlapOnDate)), a date that is special twice
    /// ([`DateTwice`](CalendarError::DateTwice)) or outside of the supported years, more entries than
    /// are allowed, or no open time at all ([`NoHours`](CalendarError::NoHours)).
    pub fn build(self) -> Result<WorkingCalendar, CalendarError> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        WorkingCalendar::from_definition(Definition {
            name: self.name?,
            version: self.version,
            zone: self.zone,
            hours: self.hours,
            holidays: self.holidays,
            special: self.special,
            closed: self.closed,
            breaks: self.breaks,
        })
    }

    fn attempt(mut self, change: impl FnOnce(&mut Self) -> Result<(), CalendarError>) -> Self {
        if self.wrong.is_none() {
            self.wrong = change(&mut self).err();
        }
        self
    }
}
