//! Which windows a date has, and why.

use chrono::NaiveDate;

use super::moment::{self, DAY, weekday_of};
use super::window::Window;
use super::zone::{Cursor, Zone};
use crate::id::Name;

/// A calendar's definition in the form in which it is asked: by day number, sorted.
#[derive(Debug)]
pub(super) struct Rules {
    /// From Monday on, each sorted.
    pub(super) weekly: [Box<[Window]>; 7],
    /// At most one per date: what wins on it.
    pub(super) dated: Box<[(i64, Dated)]>,
    /// By date, then by window.
    pub(super) breaks: Box<[(i64, Window, Name)]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Dated {
    Holiday(Name),
    Closed(Name),
    Special(Box<[Window]>, Name),
}

impl Rules {
    pub(super) fn windows(&self, day: i64) -> &[Window] {
        match self.dated_on(day) {
            None => self.weekly_on(day),
            Some(dated) => dated.windows(),
        }
    }

    pub(super) fn dated_on(&self, day: i64) -> Option<&Dated> {
        let found = self.dated.binary_search_by_key(&day, |(day, _)| *day).ok()?;
        self.dated.get(found).map(|(_, dated)| dated)
    }

    pub(super) fn weekly_on(&self, day: i64) -> &[Window] {
        self.weekly.get(weekday_of(day)).map(|windows| &**windows).unwrap_or_default()
    }

    /// The breaks whose date is one of `first..=last`.
    pub(super) fn breaks_on(&self, first: i64, last: i64) -> &[(i64, Window, Name)] {
        let from = self.breaks.partition_point(|(day, ..)| *day < first);
        let until = self.breaks.partition_point(|(day, ..)| *day <= last);
        self.breaks.get(from..until).unwrap_or_default()
    }

    /// Hands out what is open of the windows that open on `day`, in UTC seconds, ascending: breaks
    /// taken out, empty pieces left out.
    pub(super) fn open_pieces(&self, zone: &Zone, day: i64, mut piece: impl FnMut(i64, i64)) {
        let cursor = zone.cursor(day * DAY);
        // A window can reach into the next day, and so can the break of the day before.
        let breaks = self.breaks_on(day - 1, day + 2).iter().map(|(day, window, _)| {
            let midnight = day * DAY;
            (zone.utc_of(midnight + window.from()), zone.utc_of(midnight + window.until()))
        });
        for window in self.windows(day) {
            let (from, until) = edges(&cursor, day, *window);
            cut(from, until, breaks.clone(), &mut piece);
        }
    }

    /// The last instant, in UTC seconds, at which `day`'s own windows close.
    pub(super) fn close_of(&self, zone: &Zone, day: i64) -> Option<i64> {
        let mut close = None;
        self.open_pieces(zone, day, |_, until| close = Some(until));
        close
    }

    /// The first instant, in UTC seconds, at which `day`'s own windows open.
    pub(super) fn opening_of(&self, zone: &Zone, day: i64) -> Option<i64> {
        let mut opening = None;
        self.open_pieces(zone, day, |from, _| opening = opening.or(Some(from)));
        opening
    }

    /// True when the week has hours, so that the calendar opens again after any date.
    pub(super) fn repeats(&self) -> bool {
        self.weekly.iter().any(|windows| !windows.is_empty())
    }
}

impl Dated {
    pub(super) fn windows(&self) -> &[Window] {
        match self {
            Self::Special(windows, _) => windows,
            Self::Holiday(_) | Self::Closed(_) => &[],
        }
    }
}

/// A window's edges in UTC seconds. `cursor` must not have passed the date's midnight.
pub(super) fn edges(cursor: &Cursor<'_>, day: i64, window: Window) -> (i64, i64) {
    let midnight = day * DAY;
    (cursor.utc_of(midnight + window.from()), cursor.utc_of(midnight + window.until()))
}

/// Hands out what is left of `from..until` without the breaks, which must be sorted by their start.
pub(super) fn cut(
    from: i64,
    until: i64,
    breaks: impl Iterator<Item = (i64, i64)>,
    piece: &mut impl FnMut(i64, i64),
) {
    let mut from = from;
    for (break_from, break_until) in breaks {
        if break_from >= until {
            break;
        }
        if break_until <= from {
            continue;
        }
        if break_from > from {
            piece(from, break_from);
        }
        from = break_until;
    }
    if from < until {
        piece(from, until);
    }
}

/// Dates are counted from the day before the first supported instant, for the zones behind UTC, to the
/// day of the first that is not supported, for those ahead.
pub(super) fn day_in_range(date: NaiveDate) -> Option<i64> {
    let day = moment::day_of(date);
    (-1..=moment::END / DAY).contains(&day).then_some(day)
}
