//! What is left of a span while its clock stands still.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::counting::{Days, Unit, plus_days};
use super::span::Span;
use crate::calendar::{CalendarError, WorkingCalendar, elapsed};
use crate::format::is_zero;

/// What is left of a [`Span`] at a pause, in the span's own unit, so that resuming adds it again
/// instead of moving a due time by the length of the pause. See [`Span::remaining`].
///
/// ```
/// use talkback::{Span, WorkingCalendar};
///
/// let calendar = WorkingCalendar::office("office").build()?;
/// let span = Span::working_hours(4);
/// let due = "2026-11-24T11:00:00Z".parse()?;
///
/// // Paused from closing to opening: nothing was consumed.
/// let (paused, resumed) = ("2026-11-23T17:00:00Z".parse()?, "2026-11-24T09:00:00Z".parse()?);
/// let remaining = span.remaining(&calendar, due, paused)?;
/// assert_eq!(serde_json::to_string(&remaining)?, r#"{"working_seconds":7200}"#);
/// assert_eq!(remaining.resume(&span, &calendar, paused, resumed, due)?, due);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RemainingForm", into = "RemainingForm")]
pub enum Remaining {
    /// Time by the clock, at least zero.
    Elapsed(TimeDelta),
    /// Open time, at least zero.
    Working(TimeDelta),
    /// Counted days after the local date of the pause, up to and with the last: working days of a span
    /// of working days, else calendar days. 0 on the last day itself.
    Days(u32),
    /// Of each part of a minimum.
    Min(Arc<(Remaining, Remaining)>),
}

impl Remaining {
    pub(super) fn of(
        span: &Span,
        calendar: &WorkingCalendar,
        due: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<Self, CalendarError> {
        match span {
            Span::Hours { .. } => {
                elapsed(at, TimeDelta::zero())?;
                Ok(Self::Elapsed((elapsed(due, TimeDelta::zero())? - at).max(TimeDelta::zero())))
            }
            Span::WorkingHours { .. } => Ok(Self::Working(calendar.between(at, due)?.max(TimeDelta::zero()))),
            Span::Min(parts) => Ok(Self::Min(Arc::new((
                Self::of(&parts.0, calendar, due, at)?,
                Self::of(&parts.1, calendar, due, at)?,
            )))),
            _ => {
                let date = calendar.local_date(at)?;
                let last = span.last_day(calendar, due)?;
                let days = match span.days().map(|days| days.unit) {
                    Some(Unit::WorkingDays) => calendar.working_days_between(date, last)?,
                    _ => (last - date).num_days(),
                };
                Ok(Self::Days(u32::try_from(days.max(0)).unwrap_or(u32::MAX)))
            }
        }
    }

    /// The new due time, UTC, after a pause from `paused_at` to `resumed_at` in which the due time was
    /// `due`.
    ///
    /// Time and open time are added to the moment of resuming. Of `n` days it is the end of the `n`-th
    /// counted day after the local date of resuming, of 0 the end of that date itself; where business
    /// on it is already over, the end of the day. A pause within one local date changes nothing there,
    /// unless the due time passed in it: then the rest of the day is left.
    /// What was due when the pause began, or had nothing left, stays due when it was. Of a minimum it is
    /// the earlier one, and never earlier than `due`.
    ///
    /// # Errors
    /// [`CalendarError::OtherUnit`] when this is not what was left of such a `span`;
    /// [`CalendarError::NeverOpens`] and [`CalendarError::OutOfRange`] as for [`Span::due`].
    pub fn resume(
        &self,
        span: &Span,
        calendar: &WorkingCalendar,
        paused_at: DateTime<Utc>,
        resumed_at: DateTime<Utc>,
        due: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, CalendarError> {
        if due <= paused_at || resumed_at <= paused_at || self.is_nothing() {
            return Ok(due);
        }
        match (self, span) {
            (Self::Elapsed(left), Span::Hours { .. }) => elapsed(resumed_at, *left),
            (Self::Working(left), Span::WorkingHours { .. }) => calendar.add(resumed_at, *left),
            (Self::Min(left), Span::Min(parts)) => {
                // A part that has nothing left although it is not yet due is not the one that `due` is of:
                // no open time lies before that, and its own due time is later.
                let of = |left: &Self, span| match left.is_nothing() {
                    true => Ok(None),
                    false => left.resume(span, calendar, paused_at, resumed_at, due).map(Some),
                };
                let (first, second) = (of(&left.0, &parts.0)?, of(&left.1, &parts.1)?);
                // The other part may end its days earlier than the part that `due` is of.
                Ok(first.into_iter().chain(second).min().map_or(due, |resumed| resumed.max(due)))
            }
            (Self::Days(left), span) => match span.days() {
                Some(days) => resume_days(days, *left, calendar, paused_at, resumed_at, due),
                None => Err(CalendarError::OtherUnit),
            },
            _ => Err(CalendarError::OtherUnit),
        }
    }
}

impl Remaining {
    fn is_nothing(&self) -> bool {
        match self {
            Self::Elapsed(left) | Self::Working(left) => left.is_zero(),
            Self::Days(_) | Self::Min(_) => false,
        }
    }
}

fn resume_days(
    days: Days,
    left: u32,
    calendar: &WorkingCalendar,
    paused_at: DateTime<Utc>,
    resumed_at: DateTime<Utc>,
    due: DateTime<Utc>,
) -> Result<DateTime<Utc>, CalendarError> {
    let date = calendar.local_date(resumed_at)?;
    if date == calendar.local_date(paused_at)? {
        return if due < resumed_at { calendar.end_of_day(date) } else { Ok(due) };
    }
    let last = if days.unit == Unit::WorkingDays {
        calendar.nth_working_day_after(date, left)?
    } else {
        days.rolled(calendar, plus_days(date, left.into())?)?
    };
    days.end_after(calendar, last, due, resumed_at)
}

/// The serialised form: one unit.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemainingForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    working_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<Box<(Remaining, Remaining)>>,
    /// Of the second.
    #[serde(default, skip_serializing_if = "is_zero")]
    nanos: u32,
}

#[derive(Debug, thiserror::Error)]
#[error("what is left of a span has one unit: seconds, working_seconds, days or min")]
struct NoRemainder;

impl TryFrom<RemainingForm> for Remaining {
    type Error = NoRemainder;

    fn try_from(form: RemainingForm) -> Result<Self, NoRemainder> {
        let length = |secs: u64| {
            i64::try_from(secs).ok().and_then(|secs| TimeDelta::new(secs, form.nanos)).ok_or(NoRemainder)
        };
        match form {
            RemainingForm { seconds: Some(secs), working_seconds: None, days: None, min: None, .. } => {
                Ok(Self::Elapsed(length(secs)?))
            }
            RemainingForm { seconds: None, working_seconds: Some(secs), days: None, min: None, .. } => {
                Ok(Self::Working(length(secs)?))
            }
            RemainingForm { seconds: None, working_seconds: None, days: Some(days), min: None, nanos: 0 } => {
                Ok(Self::Days(days))
            }
            RemainingForm {
                seconds: None,
                working_seconds: None,
                days: None,
                min: Some(parts),
                nanos: 0,
            } => match *parts {
                (Self::Min(_), _) | (_, Self::Min(_)) => Err(NoRemainder),
                parts => Ok(Self::Min(Arc::new(parts))),
            },
            _ => Err(NoRemainder),
        }
    }
}

impl From<Remaining> for RemainingForm {
    fn from(remaining: Remaining) -> Self {
        let secs = |left: TimeDelta| u64::try_from(left.num_seconds()).ok().or(Some(0));
        let nanos = |left: TimeDelta| u32::try_from(left.subsec_nanos()).unwrap_or(0);
        match remaining {
            Remaining::Elapsed(left) => Self { seconds: secs(left), nanos: nanos(left), ..Self::default() },
            Remaining::Working(left) => {
                Self { working_seconds: secs(left), nanos: nanos(left), ..Self::default() }
            }
            Remaining::Days(days) => Self { days: Some(days), ..Self::default() },
            Remaining::Min(parts) => Self { min: Some(Box::new((*parts).clone())), ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_reads_back_as_it_was_written() {
        let all = [
            (Remaining::Elapsed(TimeDelta::new(5, 7).unwrap()), r#"{"seconds":5,"nanos":7}"#),
            (Remaining::Working(TimeDelta::hours(1)), r#"{"working_seconds":3600}"#),
            (Remaining::Days(3), r#"{"days":3}"#),
            (
                Remaining::Min(Arc::new((Remaining::Days(0), Remaining::Working(TimeDelta::zero())))),
                r#"{"min":[{"days":0},{"working_seconds":0}]}"#,
            ),
        ];
        for (remaining, json) in all {
            assert_eq!(serde_json::to_string(&remaining).unwrap(), json);
            assert_eq!(serde_json::from_str::<Remaining>(json).unwrap(), remaining);
        }
        for json in
            ["{}", r#"{"days":-1}"#, r#"{"days":1,"seconds":2}"#, r#"{"seconds":1,"nanos":1000000000}"#]
        {
            assert!(serde_json::from_str::<Remaining>(json).is_err(), "{json}");
        }
    }
}
