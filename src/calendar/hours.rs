//! The hours of an ordinary week, as text: `mon-fri 08:00-12:00, 13:00-17:00; sat 09:00-12:00`.

use std::fmt;
use std::str::FromStr;

use chrono::Weekday;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::{CalendarError, quoted};
use super::window::{self, Window};

/// Opening hours per weekday, local time, without any date in them.
///
/// The text has one part per group of weekdays, separated by `;`. A part names its weekdays
/// (`mon-fri`, `mon,wed`, `daily`; a range may run over the end of the week) and their windows.
/// `24/7` is every day around the clock. A weekday that is not named is closed; one that is named
/// twice is refused.
///
/// ```
/// use talkback::calendar::WeekHours;
///
/// let hours: WeekHours = "mon-thu 9:00-17:00; fri 9:00-15:00".parse()?;
/// assert_eq!(hours.to_string(), "mon-thu 09:00-17:00; fri 09:00-15:00");
/// # Ok::<(), talkback::CalendarError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WeekHours {
    /// From Monday on; each day sorted, nothing sharing time.
    days: [Vec<Window>; 7],
}

/// The most windows that one day may have.
pub const MAX_WINDOWS_PER_DAY: usize = 24;

/// From Monday on.
pub(super) const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
const SHORT: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const LONG: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const DAY: i64 = 86_400;

impl WeekHours {
    /// No hours on any day, to add to.
    #[must_use]
    pub fn closed() -> Self {
        Self::default()
    }

    /// Every day around the clock.
    #[must_use]
    pub fn around_the_clock() -> Self {
        Self { days: std::array::from_fn(|_| vec![Window::ALL_DAY]) }
    }

    /// Adds a window to a weekday.
    ///
    /// # Errors
    /// [`CalendarError::Overlap`] when it shares time with another one, that of the day before or
    /// after included; [`CalendarError::TooMany`] above [`MAX_WINDOWS_PER_DAY`].
    pub fn with(mut self, day: Weekday, window: Window) -> Result<Self, CalendarError> {
        if let Some(windows) = self.days.get_mut(index_of(day)) {
            windows.push(window);
            windows.sort_unstable();
        }
        self.checked()
    }

    /// The windows that open on a weekday, in order.
    #[must_use]
    pub fn on(&self, day: Weekday) -> &[Window] {
        self.days.get(index_of(day)).map(Vec::as_slice).unwrap_or_default()
    }

    /// True when no day has a window.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days.iter().all(Vec::is_empty)
    }

    /// The week is a circle: Sunday's night reaches into Monday.
    fn checked(self) -> Result<Self, CalendarError> {
        if self.days.iter().any(|windows| windows.len() > MAX_WINDOWS_PER_DAY) {
            return Err(CalendarError::TooMany { max: MAX_WINDOWS_PER_DAY });
        }
        let mut week: Vec<(i64, Weekday, Window)> = Vec::new();
        for (midnight, day) in (0..).step_by(86_400).zip(WEEK) {
            week.extend(self.on(day).iter().map(|window| (midnight, day, *window)));
        }
        let again = week.first().map(|(midnight, day, window)| (midnight + 7 * DAY, *day, *window));
        week.extend(again);
        for pair in week.windows(2) {
            if let [(first_at, first_day, first), (second_at, second_day, second)] = pair
                && week.len() > 2
                && second_at + second.from() < first_at + first.until()
            {
                return Err(CalendarError::Overlap {
                    first_day: *first_day,
                    first: *first,
                    second_day: *second_day,
                    second: *second,
                });
            }
        }
        Ok(self)
    }
}

fn index_of(day: Weekday) -> usize {
    usize::try_from(day.num_days_from_monday()).unwrap_or(0)
}

impl FromStr for WeekHours {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        if text.trim() == "24/7" {
            return Ok(Self::around_the_clock());
        }
        let mut hours = Self::default();
        let mut named = [false; 7];
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let split = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
            let (days, windows) = part.split_at(split);
            let windows = window::parse_list(windows)?;
            for day in parse_days(days)? {
                let slot = index_of(day);
                if named.get(slot) == Some(&true) {
                    return Err(CalendarError::DayTwice { day });
                }
                if let (Some(named), Some(list)) = (named.get_mut(slot), hours.days.get_mut(slot)) {
                    *named = true;
                    list.clone_from(&windows);
                    list.sort_unstable();
                }
            }
        }
        hours.checked()
    }
}

fn parse_days(text: &str) -> Result<Vec<Weekday>, CalendarError> {
    let bad = || CalendarError::BadWeekdays { text: quoted(text) };
    let text = text.trim().to_lowercase();
    if text == "daily" {
        return Ok(WEEK.to_vec());
    }
    let mut days = Vec::new();
    for group in text.split([',', ' ']).filter(|group| !group.is_empty()) {
        let (first, last) = group.split_once('-').unwrap_or((group, group));
        let (first, last) = (parse_day(first).ok_or_else(bad)?, parse_day(last).ok_or_else(bad)?);
        let mut day = first;
        days.push(day);
        while day != last {
            day = day.succ();
            days.push(day);
        }
    }
    if days.is_empty() { Err(bad()) } else { Ok(days) }
}

fn parse_day(text: &str) -> Option<Weekday> {
    let position = SHORT.iter().zip(LONG).position(|(short, long)| *short == text || long == text)?;
    WEEK.get(position).copied()
}

impl fmt::Display for WeekHours {
    /// Neighbouring days with the same hours are written as a range.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::around_the_clock() {
            return f.write_str("24/7");
        }
        let mut separator = "";
        let mut rest: &[Vec<Window>] = &self.days;
        let mut names: &[&str] = &SHORT;
        while let [windows, ..] = rest {
            let same = rest.iter().take_while(|other| *other == windows).count();
            if let Some([first, others @ ..]) = names.get(..same)
                && !windows.is_empty()
            {
                write!(f, "{separator}{first}")?;
                if let Some(last) = others.last() {
                    write!(f, "-{last}")?;
                }
                f.write_str(" ")?;
                window::write_list(windows, f)?;
                separator = "; ";
            }
            rest = rest.get(same..).unwrap_or_default();
            names = names.get(same..).unwrap_or_default();
        }
        Ok(())
    }
}

impl Serialize for WeekHours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WeekHours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_back_as_it_was_written() {
        for text in [
            "mon-fri 08:00-12:00, 13:00-17:00; sat 09:00-12:00",
            "24/7",
            "mon 22:00-06:00; wed 00:00-24:00",
            "",
            "sun 09:00:30-10:00",
        ] {
            let hours: WeekHours = text.parse().unwrap();
            assert_eq!(hours.to_string(), text);
        }
        assert_eq!("fri-mon 9:00-10:00".parse::<WeekHours>().unwrap().on(Weekday::Sun).len(), 1);
        assert_eq!("Monday, sat 9:00-10:00".parse::<WeekHours>().unwrap().on(Weekday::Sat).len(), 1);
        assert_eq!("daily 00:00-24:00".parse(), Ok(WeekHours::around_the_clock()));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["mon", "09:00-10:00", "xyz 09:00-10:00", "mon 9-10", "mon 25:00-26:00", "mon 24:00-25:00"]
        {
            assert!(text.parse::<WeekHours>().is_err(), "{text}");
        }
        assert_eq!("mon 09:00-09:00".parse::<WeekHours>(), Err(CalendarError::EmptyWindow));
        assert_eq!(
            "mon-fri 09:00-17:00; fri 09:00-12:00".parse::<WeekHours>(),
            Err(CalendarError::DayTwice { day: Weekday::Fri })
        );
    }

    #[test]
    fn overlaps_name_both_windows() {
        let error = "mon 09:00-12:00, 11:00-13:00".parse::<WeekHours>().unwrap_err();
        assert_eq!(error.to_string(), "Mon 09:00-12:00 overlaps Mon 11:00-13:00");
        let error = "sun 22:00-06:00; mon 05:00-09:00".parse::<WeekHours>().unwrap_err();
        assert_eq!(error.to_string(), "Sun 22:00-06:00 overlaps Mon 05:00-09:00");
        assert!("sun 22:00-06:00; mon 06:00-09:00".parse::<WeekHours>().is_ok());
        assert!("mon 05:00-06:00, 22:00-06:00".parse::<WeekHours>().is_ok());
    }
}
