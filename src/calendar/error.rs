//! What can be wrong with a calendar, or with a question to it.

use chrono::{NaiveDate, Weekday};

use super::window::Window;
use crate::id::IdError;

/// Why a calendar was refused, or why it has no answer.
///
/// Texts that are repeated here come from a calendar's definition, never from a customer, and are cut
/// to a short length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// An instant, a date or a result outside of 1970-01-01 to 2261-12-31 (UTC).
    #[error("the time lies outside of the years 1970 to 2261")]
    OutOfRange,
    /// Not enough open time within the calendar's horizon
    /// ([`HORIZON_YEARS`](super::HORIZON_YEARS)).
    #[error("the calendar does not open often enough before {searched_until}")]
    NeverOpens {
        /// The local date at which the search ended.
        searched_until: NaiveDate,
    },
    /// The calendar stays open for longer than its horizon.
    #[error("the calendar does not close before {searched_until}")]
    NeverCloses {
        /// The local date at which the search ended.
        searched_until: NaiveDate,
    },
    /// A definition without a single open minute.
    #[error("the calendar has no open time at all")]
    NoHours,
    /// A name that the zone database does not have, or an offset that cannot be read.
    #[error("there is no time zone {zone:?}")]
    UnknownZone {
        /// The name that was asked for.
        zone: Box<str>,
    },
    /// A named zone, but the crate was built without the feature `tz`.
    #[error("the time zone {zone:?} needs the feature `tz`")]
    NoZoneDatabase {
        /// The name that was asked for.
        zone: Box<str>,
    },
    /// A fixed offset that is no whole number of minutes, or more than 18 hours.
    #[error("an offset from UTC is whole minutes and at most 18 hours")]
    BadOffset,
    /// Text that is not a window such as `09:00-17:00`.
    #[error("{text:?} is not a window such as 09:00-17:00")]
    BadWindow {
        /// What was found in its place.
        text: Box<str>,
    },
    /// Text that is not a list of weekdays such as `mon-fri`.
    #[error("{text:?} is not a list of weekdays such as mon-fri")]
    BadWeekdays {
        /// What was found in its place.
        text: Box<str>,
    },
    /// A window that ends where it begins. The whole day is written `00:00-24:00`.
    #[error("a window must not end where it begins: the whole day is 00:00-24:00")]
    EmptyWindow,
    /// Two windows of the weekly hours share time.
    #[error("{first_day} {first} overlaps {second_day} {second}")]
    Overlap {
        /// The day on which the first window opens.
        first_day: Weekday,
        /// The first window.
        first: Window,
        /// The day on which the second window opens.
        second_day: Weekday,
        /// The second window.
        second: Window,
    },
    /// Two windows of one special day share time.
    #[error("{date}: {first} overlaps {second}")]
    OverlapOnDate {
        /// The special day.
        date: NaiveDate,
        /// The first window.
        first: Window,
        /// The second window.
        second: Window,
    },
    /// A weekday with hours in two places of one text: it is not clear whether the later ones add to
    /// the earlier ones or replace them.
    #[error("{day} has hours twice")]
    DayTwice {
        /// The weekday.
        day: Weekday,
    },
    /// A date that is special or closed twice.
    #[error("{date} is special or closed twice")]
    DateTwice {
        /// The date.
        date: NaiveDate,
    },
    /// More entries than a calendar may have.
    #[error("more than {max} entries in a list of the calendar")]
    TooMany {
        /// The most that are allowed.
        max: usize,
    },
    /// A calendar without a name.
    #[error("the calendar has no name")]
    Unnamed,
    /// A name that is empty, too long or unprintable.
    #[error("a name in the calendar is refused")]
    Name(#[from] IdError),
    /// A span of zero: it would be due at once.
    #[error("a span must not be zero")]
    ZeroSpan,
    /// A minimum of spans inside another one.
    #[error("a minimum of two spans must not hold another minimum")]
    NestedMin,
    /// What was left of a span of another unit.
    #[error("the remainder does not belong to a span of this unit")]
    OtherUnit,
}

/// The most characters of a definition that an error repeats.
const QUOTED: usize = 64;

pub(super) fn quoted(text: &str) -> Box<str> {
    text.chars().take(QUOTED).collect::<String>().into_boxed_str()
}
