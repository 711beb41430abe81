//! Walking through the open stretches of a range.

use chrono::{DateTime, Utc};

use super::moment::Moment;
use super::working::WorkingCalendar;

/// An open stretch: from its first instant up to and without its last one, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first open instant.
    pub from: DateTime<Utc>,
    /// The instant at which it closes.
    pub until: DateTime<Utc>,
}

/// The open stretches of a range; see [`WorkingCalendar::stretches`].
#[derive(Debug, Clone)]
pub struct Stretches<'a> {
    calendar: &'a WorkingCalendar,
    at: Moment,
    until: Moment,
}

impl<'a> Stretches<'a> {
    pub(super) fn new(calendar: &'a WorkingCalendar, at: Moment, until: Moment) -> Self {
        Self { calendar, at, until }
    }

    /// The next piece of the compiled form, cut to the range.
    fn piece(&mut self) -> Option<(Moment, Moment)> {
        if self.at >= self.until {
            return None;
        }
        let Ok((from, until)) = self.calendar.piece_from(self.at.secs, self.until.secs) else {
            self.at = self.until;
            return None;
        };
        let piece = (self.at.max(Moment::new(from, 0)), self.until.min(Moment::new(until, 0)));
        self.at = piece.1;
        (piece.0 < piece.1).then_some(piece)
    }
}

impl Iterator for Stretches<'_> {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        let (from, mut until) = self.piece()?;
        // The compiled form splits a stretch where a block of years ends.
        let mut ahead = self.clone();
        while let Some((next, end)) = ahead.piece()
            && next == until
        {
            until = end;
            self.at = ahead.at;
        }
        Some(Stretch { from: from.to_chrono().ok()?, until: until.to_chrono().ok()? })
    }
}
