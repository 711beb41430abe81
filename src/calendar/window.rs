//! One stretch of opening hours as it stands on the door: `09:00-17:00`.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveTime, Timelike};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::{CalendarError, quoted};

/// Opening hours of a day, in local time: open from the first instant on, closed at the last one.
///
/// A window that ends before it begins runs past midnight (`22:00-06:00`) and belongs to the date it
/// opens on. The end of the day is `24:00`. Seconds may be given, fractions may not.
///
/// ```
/// use talkback::calendar::Window;
///
/// let night: Window = "22:00-06:00".parse()?;
/// assert!(night.is_overnight());
/// assert_eq!(night.to_string(), "22:00-06:00");
/// # Ok::<(), talkback::CalendarError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// Seconds after the date's midnight, below a day.
    from: u32,
    /// Seconds after the same midnight: more than `from`, at most a day more.
    until: u32,
}

const DAY: u32 = 86_400;

impl Window {
    /// The whole day, `00:00-24:00`.
    pub const ALL_DAY: Self = Self { from: 0, until: DAY };

    /// A window between two local times. It runs past midnight when `until` is before `from`; `until`
    /// at midnight is the end of the same day. Fractions of a second are cut off.
    ///
    /// # Errors
    /// [`CalendarError::EmptyWindow`] when both are the same.
    pub fn new(from: NaiveTime, until: NaiveTime) -> Result<Self, CalendarError> {
        Self::of_seconds(from.num_seconds_from_midnight(), until.num_seconds_from_midnight())
    }

    fn of_seconds(from: u32, until: u32) -> Result<Self, CalendarError> {
        if from == until {
            return Err(CalendarError::EmptyWindow);
        }
        Ok(Self { from, until: if until < from { until + DAY } else { until } })
    }

    /// True when it ends on the day after the one it opens on.
    #[must_use]
    pub fn is_overnight(self) -> bool {
        self.until > DAY
    }

    /// Seconds after local midnight of the date it opens on.
    pub(super) fn from(self) -> i64 {
        self.from.into()
    }

    /// Seconds after the same midnight, 86,400 or more when it reaches the next day.
    pub(super) fn until(self) -> i64 {
        self.until.into()
    }
}

/// Reads a list such as `08:00-12:00, 13:00-17:00`.
pub(super) fn parse_list(text: &str) -> Result<Vec<Window>, CalendarError> {
    text.split(',').map(|part| part.trim().parse()).collect()
}

/// Sorts a day's windows and finds two that share time.
pub(super) fn sorted(mut windows: Vec<Window>) -> Result<Vec<Window>, (Window, Window)> {
    windows.sort_unstable();
    let clash = windows.windows(2).find_map(|pair| match pair {
        [first, second] if second.from < first.until => Some((*first, *second)),
        _ => None,
    });
    clash.map_or(Ok(windows), Err)
}

/// Writes a list as [`parse_list`] reads it.
pub(super) fn write_list(windows: &[Window], f: &mut dyn fmt::Write) -> fmt::Result {
    for (index, window) in windows.iter().enumerate() {
        write!(f, "{}{window}", if index == 0 { "" } else { ", " })?;
    }
    Ok(())
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let until = if self.until == DAY { DAY } else { self.until % DAY };
        write_time(self.from, f)?;
        f.write_str("-")?;
        write_time(until, f)
    }
}

fn write_time(seconds: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
    if seconds.is_multiple_of(60) { Ok(()) } else { write!(f, ":{:02}", seconds % 60) }
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Window({self})")
    }
}

impl FromStr for Window {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let bad = || CalendarError::BadWindow { text: quoted(text) };
        let (from, until) = text.split_once('-').ok_or_else(bad)?;
        let from = parse_time(from.trim()).filter(|seconds| *seconds < DAY).ok_or_else(bad)?;
        let until = parse_time(until.trim()).ok_or_else(bad)?;
        Self::of_seconds(from, until)
    }
}

/// `09:00`, `9:00`, `09:00:30` or `24:00`, in seconds after midnight.
fn parse_time(text: &str) -> Option<u32> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("00"));
    if parts.next().is_some() || hours.is_empty() || minutes.len() != 2 || seconds.len() != 2 {
        return None;
    }
    let number = |part: &str| {
        (part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
    let total = hours * 3600 + minutes * 60 + seconds;
    (minutes < 60 && seconds < 60 && total <= DAY).then_some(total)
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
