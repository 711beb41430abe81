//! A calendar as people write it down, and as it is stored.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::error::CalendarError;
use super::hours::{MAX_WINDOWS_PER_DAY, WEEK, WeekHours};
use super::moment::day_of;
use super::rules::{Dated, Rules, day_in_range};
use super::window::{self, Window};
use super::zone::Zone;
use crate::id::Name;
use crate::once;

/// The most holidays, special days, closed days and breaks that a calendar may have, each.
pub const MAX_DATES: usize = 10_000;

/// The serialised form of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    pub(super) name: Name,
    pub(super) version: u32,
    pub(super) zone: Zone,
    #[serde(default, skip_serializing_if = "WeekHours::is_empty")]
    pub(super) hours: WeekHours,
    #[serde(default, deserialize_with = "once::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) holidays: BTreeMap<NaiveDate, Name>,
    #[serde(default, deserialize_with = "once::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) special: BTreeMap<NaiveDate, Special>,
    #[serde(default, deserialize_with = "once::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) closed: BTreeMap<NaiveDate, Name>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) breaks: Vec<Break>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Special {
    pub(super) name: Name,
    #[serde(with = "list")]
    pub(super) windows: Vec<Window>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Break {
    pub(super) date: NaiveDate,
    pub(super) window: Window,
    pub(super) name: Name,
}

impl Definition {
    /// Checks everything that the types do not, and brings the definition into its one order.
    pub(super) fn checked(mut self) -> Result<Self, CalendarError> {
        let lists = [self.holidays.len(), self.special.len(), self.closed.len(), self.breaks.len()];
        if lists.iter().any(|len| *len > MAX_DATES) {
            return Err(CalendarError::TooMany { max: MAX_DATES });
        }
        for (date, special) in &mut self.special {
            if special.windows.len() > MAX_WINDOWS_PER_DAY {
                return Err(CalendarError::TooMany { max: MAX_WINDOWS_PER_DAY });
            }
            special.windows = window::sorted(std::mem::take(&mut special.windows))
                .map_err(|(first, second)| CalendarError::OverlapOnDate { date: *date, first, second })?;
            if self.closed.contains_key(date) {
                return Err(CalendarError::DateTwice { date: *date });
            }
        }
        self.breaks.sort();
        let dates = self.holidays.keys().chain(self.special.keys()).chain(self.closed.keys());
        if dates.chain(self.breaks.iter().map(|b| &b.date)).any(|date| day_in_range(*date).is_none()) {
            return Err(CalendarError::OutOfRange);
        }
        let rules = self.rules();
        let opens = |day: i64| rules.opening_of(&self.zone, day).is_some();
        if !rules.repeats() && !self.special.keys().any(|date| opens(day_of(*date))) {
            return Err(CalendarError::NoHours);
        }
        Ok(self)
    }

    pub(super) fn rules(&self) -> Rules {
        let mut dated: BTreeMap<i64, Dated> = BTreeMap::new();
        let holidays = self.holidays.iter().map(|(date, name)| (date, Dated::Holiday(name.clone())));
        let closed = self.closed.iter().map(|(date, name)| (date, Dated::Closed(name.clone())));
        let special = self.special.iter().map(|(date, special)| {
            (date, Dated::Special(special.windows.as_slice().into(), special.name.clone()))
        });
        // What is said later wins: a special or closed day over a holiday.
        dated.extend(holidays.chain(closed).chain(special).map(|(date, rule)| (day_of(*date), rule)));
        let mut weekly: [Box<[Window]>; 7] = Default::default();
        for (slot, day) in weekly.iter_mut().zip(WEEK) {
            *slot = self.hours.on(day).into();
        }
        let breaks = self.breaks.iter().map(|b| (day_of(b.date), b.window, b.name.clone())).collect();
        Rules { weekly, dated: dated.into_iter().collect(), breaks }
    }
}

mod list {
    use super::window::{self, Window};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(windows: &[Window], serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::new();
        window::write_list(windows, &mut text).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Window>, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        window::parse_list(&text).map_err(de::Error::custom)
    }
}
