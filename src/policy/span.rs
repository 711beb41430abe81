//! How long something may take, in the unit in which it was promised.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::counting::{AfterClose, Counting, DayEnd, Days, FirstDay, Roll, Unit};
use super::remaining::Remaining;
use super::span_form::SpanForm;
use crate::calendar::{CalendarError, Explanation, Step, WorkingCalendar, elapsed};

/// How long something may take, in the unit in which it was promised: eight weeks stay eight weeks.
///
/// Hours are physical time or open time, exact to the second. Days, weeks and months are dates, never
/// hours: by default the day of the event is not counted and the period ends with the last local day,
/// which as an instant is the next local midnight. The methods [`first_day`](Self::first_day),
/// [`end`](Self::end), [`roll`](Self::roll) and [`after_close`](Self::after_close) change that; they do
/// nothing to a span of hours.
///
/// A span of zero can be written in code but has no due time: [`validate`](Self::validate), every
/// question and reading one from text refuse it. Hours that do not fit into 2^32 seconds stop there.
///
/// ```
/// use talkback::{Span, WorkingCalendar};
///
/// # if cfg!(not(feature = "tz")) { return Ok(()); }
/// let calendar = WorkingCalendar::office("uk").zone("Europe/London").build()?;
/// let span = Span::weeks(8);
/// let due = span.due(&calendar, "2026-03-05T16:40:00Z".parse()?)?;
/// assert_eq!(due.to_rfc3339(), "2026-04-30T23:00:00+00:00");
/// assert_eq!(span.last_day(&calendar, due)?.to_string(), "2026-04-30");
/// assert_eq!(serde_json::to_string(&span)?, r#"{"weeks":8}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "SpanForm", into = "SpanForm")]
pub enum Span {
    /// Time that passes whether anybody works or not.
    Hours {
        /// Its length.
        seconds: u32,
    },
    /// Open time of the calendar.
    WorkingHours {
        /// Its length.
        seconds: u32,
    },
    /// Working days of the calendar.
    WorkingDays {
        /// How many.
        n: u32,
        /// How they are counted.
        counting: Counting,
    },
    /// Local dates, working days or not.
    CalendarDays {
        /// How many.
        n: u32,
        /// How they are counted.
        counting: Counting,
    },
    /// Seven local dates each.
    Weeks {
        /// How many.
        n: u32,
        /// How they are counted.
        counting: Counting,
    },
    /// The same date months later, or the last day of a shorter month.
    Months {
        /// How many.
        n: u32,
        /// How they are counted.
        counting: Counting,
    },
    /// Whichever of the two is due earlier. Neither is a minimum itself.
    Min(Arc<(Span, Span)>),
}

impl Span {
    /// Hours by the clock.
    #[must_use]
    pub const fn hours(hours: u32) -> Self {
        Self::Hours { seconds: hours.saturating_mul(3600) }
    }

    /// Minutes by the clock.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        Self::Hours { seconds: minutes.saturating_mul(60) }
    }

    /// Hours of open time.
    #[must_use]
    pub const fn working_hours(hours: u32) -> Self {
        Self::WorkingHours { seconds: hours.saturating_mul(3600) }
    }

    /// Minutes of open time.
    #[must_use]
    pub const fn working_minutes(minutes: u32) -> Self {
        Self::WorkingHours { seconds: minutes.saturating_mul(60) }
    }

    /// Working days, the day of the event not counted, up to the end of the last.
    #[must_use]
    pub const fn working_days(n: u32) -> Self {
        Self::WorkingDays { n, counting: Counting::PLAIN }
    }

    /// Calendar days, the day of the event not counted, up to the end of the last.
    #[must_use]
    pub const fn calendar_days(n: u32) -> Self {
        Self::CalendarDays { n, counting: Counting::PLAIN }
    }

    /// Weeks, up to the end of the last day.
    #[must_use]
    pub const fn weeks(n: u32) -> Self {
        Self::Weeks { n, counting: Counting::PLAIN }
    }

    /// Months, up to the end of the last day.
    #[must_use]
    pub const fn months(n: u32) -> Self {
        Self::Months { n, counting: Counting::PLAIN }
    }

    /// Whichever of two spans is due earlier.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self::Min(Arc::new((self, other)))
    }

    /// Says whether the day of the event counts.
    #[must_use]
    pub fn first_day(self, first_day: FirstDay) -> Self {
        self.counted(&|counting| counting.first_day = first_day)
    }

    /// Says when on the last day the period ends.
    #[must_use]
    pub fn end(self, end: DayEnd) -> Self {
        self.counted(&|counting| counting.end = end)
    }

    /// Ends the period when the last day's business closes.
    #[must_use]
    pub fn close_of_business(self) -> Self {
        self.end(DayEnd::CloseOfBusiness)
    }

    /// Ends the period at the time of day of the event.
    #[must_use]
    pub fn exact(self) -> Self {
        self.end(DayEnd::Exact)
    }

    /// Says what happens when the last day is no working day.
    #[must_use]
    pub fn roll(self, roll: Roll) -> Self {
        self.counted(&|counting| counting.roll = roll)
    }

    /// Says what an event counts for that comes after close or on a day off.
    #[must_use]
    pub fn after_close(self, after_close: AfterClose) -> Self {
        self.counted(&|counting| counting.after_close = after_close)
    }

    fn counted(mut self, change: &dyn Fn(&mut Counting)) -> Self {
        match &mut self {
            Self::Hours { .. } | Self::WorkingHours { .. } => self,
            Self::WorkingDays { counting, .. }
            | Self::CalendarDays { counting, .. }
            | Self::Weeks { counting, .. }
            | Self::Months { counting, .. } => {
                change(counting);
                self
            }
            Self::Min(parts) => {
                let (a, b) = (**parts).clone();
                a.counted(change).min(b.counted(change))
            }
        }
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`CalendarError::ZeroSpan`] for an amount of zero, [`CalendarError::NestedMin`] for a minimum
    /// inside a minimum.
    pub fn validate(&self) -> Result<(), CalendarError> {
        match self {
            Self::Hours { seconds: 0 }
            | Self::WorkingHours { seconds: 0 }
            | Self::WorkingDays { n: 0, .. }
            | Self::CalendarDays { n: 0, .. }
            | Self::Weeks { n: 0, .. }
            | Self::Months { n: 0, .. } => Err(CalendarError::ZeroSpan),
            // The first day counted, and to the minute at which it began.
            Self::WorkingDays { n: 1, counting } | Self::CalendarDays { n: 1, counting }
                if counting.first_day == FirstDay::Include && counting.end == DayEnd::Exact =>
            {
                Err(CalendarError::ZeroSpan)
            }
            Self::Min(parts) => match &**parts {
                (Self::Min(_), _) | (_, Self::Min(_)) => Err(CalendarError::NestedMin),
                (a, b) => a.validate().and_then(|()| b.validate()),
            },
            _ => Ok(()),
        }
    }

    /// Checks that the calendar always gets to the end of the span, whenever it begins: for a policy, so
    /// that it is refused when it is built and not at the first deadline that finds no open time.
    ///
    /// # Errors
    /// As [`validate`](Self::validate); [`CalendarError::NeverOpens`] or [`CalendarError::OutOfRange`]
    /// when the span needs open time and the calendar has none after its last special day, or not
    /// enough of it within the horizon.
    pub fn validate_on(&self, calendar: &WorkingCalendar) -> Result<(), CalendarError> {
        self.due(calendar, calendar.latest_start()).map(|_| ())
    }

    /// The instant at which the span is over, UTC, when it is counted from `anchor`. What happens at
    /// that very instant is in time.
    ///
    /// # Errors
    /// As [`validate`](Self::validate); [`CalendarError::NeverOpens`] when the calendar does not open
    /// often enough, [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn due(
        &self,
        calendar: &WorkingCalendar,
        anchor: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, CalendarError> {
        self.validate()?;
        match self {
            Self::Hours { seconds } => elapsed(anchor, TimeDelta::seconds((*seconds).into())),
            Self::WorkingHours { seconds } => calendar.add(anchor, TimeDelta::seconds((*seconds).into())),
            Self::Min(parts) => Ok(parts.0.due(calendar, anchor)?.min(parts.1.due(calendar, anchor)?)),
            _ => match self.days() {
                Some(days) => {
                    let (received, counted_from) = days.received(calendar, anchor)?;
                    let last = days.last(calendar, received)?;
                    days.end_after(calendar, last, counted_from, anchor)
                }
                None => Err(CalendarError::OtherUnit),
            },
        }
    }

    /// The instant that lies a span before `due`, UTC: when to warn of it.
    ///
    /// Hours are taken off by the clock, working hours as open time. Days, weeks and months are counted
    /// back from the last day, and the instant is the opening of business on the date arrived at, or on
    /// the last working day before it; with [`DayEnd::Exact`] it is the due's own time of day. Of a
    /// minimum it is the later one. It is never later than `due`.
    ///
    /// # Errors
    /// As [`due`](Self::due).
    pub fn before(
        &self,
        calendar: &WorkingCalendar,
        due: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, CalendarError> {
        self.validate()?;
        match self {
            Self::Hours { seconds } => elapsed(due, -TimeDelta::seconds((*seconds).into())),
            Self::WorkingHours { seconds } => calendar.subtract(due, TimeDelta::seconds((*seconds).into())),
            Self::Min(parts) => Ok(parts.0.before(calendar, due)?.max(parts.1.before(calendar, due)?)),
            _ => match self.days() {
                Some(days) => days.before(calendar, self.last_day(calendar, due)?, due),
                None => Err(CalendarError::OtherUnit),
            },
        }
    }

    /// The last local date on which an event is still in time, for a due time of this span.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn last_day(
        &self,
        calendar: &WorkingCalendar,
        due: DateTime<Utc>,
    ) -> Result<NaiveDate, CalendarError> {
        // A period that ends at midnight belongs to the day that ends there.
        let within = || calendar.local_date(elapsed(due, TimeDelta::nanoseconds(-1))?);
        match self {
            Self::Hours { .. } => calendar.local_date(due),
            Self::WorkingHours { .. } => within(),
            Self::Min(parts) => Ok(parts.0.last_day(calendar, due)?.min(parts.1.last_day(calendar, due)?)),
            _ => match self.days().map(|days| days.counting.end) {
                Some(DayEnd::Exact) => calendar.local_date(due),
                Some(DayEnd::CloseOfBusiness) => {
                    // Business that closes after midnight belongs to the date before.
                    let date = within()?;
                    let eve = date.pred_opt().ok_or(CalendarError::OutOfRange)?;
                    let closes = |date| calendar.close_of_business(date).map(|close| close == Some(due));
                    Ok(if !closes(date)? && closes(eve)? { eve } else { date })
                }
                _ => within(),
            },
        }
    }

    /// Explains [`due`](Self::due): what was counted, what was not, and why.
    ///
    /// # Errors
    /// As [`due`](Self::due).
    pub fn explain(
        &self,
        calendar: &WorkingCalendar,
        anchor: DateTime<Utc>,
    ) -> Result<Explanation, CalendarError> {
        let due = self.due(calendar, anchor)?;
        match self {
            Self::Hours { .. } => {
                let step = Step::Elapsed { from: anchor, until: due };
                Ok(Explanation::new(calendar, anchor, due, vec![step]))
            }
            Self::WorkingHours { seconds } => calendar.explain(anchor, TimeDelta::seconds((*seconds).into())),
            Self::Min(parts) => {
                let first = parts.0.due(calendar, anchor)? == due;
                let part = if first { &parts.0 } else { &parts.1 };
                part.explain(calendar, anchor)
            }
            _ => {
                let steps = match self.days() {
                    Some(days) => days.steps(calendar, anchor)?,
                    None => Vec::new(),
                };
                Ok(Explanation::new(calendar, anchor, due, steps))
            }
        }
    }

    /// What is left of the span at `at`, in its own unit, when it is due at `due`; never less than zero.
    ///
    /// Of days, weeks and months it is how many counted days lie after `at`'s local date, up to and
    /// with the last day: working days of a span of working days, else calendar days.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn remaining(
        &self,
        calendar: &WorkingCalendar,
        due: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<Remaining, CalendarError> {
        Remaining::of(self, calendar, due, at)
    }

    pub(super) fn days(&self) -> Option<Days> {
        let (unit, n, counting) = match self {
            Self::Hours { .. } | Self::WorkingHours { .. } | Self::Min(_) => return None,
            Self::WorkingDays { n, counting } => (Unit::WorkingDays, n, counting),
            Self::CalendarDays { n, counting } => (Unit::CalendarDays, n, counting),
            Self::Weeks { n, counting } => (Unit::Weeks, n, counting),
            Self::Months { n, counting } => (Unit::Months, n, counting),
        };
        Some(Days { unit, n: *n, counting: *counting })
    }
}
