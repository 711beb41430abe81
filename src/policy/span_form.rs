//! How a span is written: for people, and for files.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::counting::{AfterClose, Counting, DayEnd, FirstDay, Roll, is_default};
use super::span::Span;
use crate::calendar::CalendarError;

/// The serialised form of a span: one unit, and what differs from plain counting.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpanForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hours: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    working_hours: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    working_minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    working_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    working_days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calendar_days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weeks: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    months: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<Box<(Span, Span)>>,
    #[serde(default, skip_serializing_if = "is_default")]
    first_day: FirstDay,
    #[serde(default, skip_serializing_if = "is_default")]
    end: DayEnd,
    #[serde(default, skip_serializing_if = "is_default")]
    roll: Roll,
    #[serde(default, skip_serializing_if = "is_default")]
    after_close: AfterClose,
}

/// Why a written span was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SpanFormError {
    #[error("a span has one unit: hours, working hours, working days, calendar days, weeks, months or min")]
    OneUnit,
    #[error("a span of hours has no way of counting days")]
    HoursCounted,
    #[error("a span is too long")]
    TooLong,
    #[error(transparent)]
    Span(#[from] CalendarError),
}

impl TryFrom<SpanForm> for Span {
    type Error = SpanFormError;

    fn try_from(form: SpanForm) -> Result<Self, SpanFormError> {
        let counting = Counting {
            first_day: form.first_day,
            end: form.end,
            roll: form.roll,
            after_close: form.after_close,
        };
        let elapsed = clock(form.hours, form.minutes, form.seconds)?.map(|seconds| Self::Hours { seconds });
        let working = clock(form.working_hours, form.working_minutes, form.working_seconds)?
            .map(|seconds| Self::WorkingHours { seconds });
        let min = form.min.map(|parts| parts.0.min(parts.1));
        let by_clock = elapsed.is_some() || working.is_some() || min.is_some();
        let mut units = [
            elapsed,
            working,
            min,
            form.working_days.map(|n| Self::WorkingDays { n, counting }),
            form.calendar_days.map(|n| Self::CalendarDays { n, counting }),
            form.weeks.map(|n| Self::Weeks { n, counting }),
            form.months.map(|n| Self::Months { n, counting }),
        ]
        .into_iter()
        .flatten();
        let (Some(span), None) = (units.next(), units.next()) else { return Err(SpanFormError::OneUnit) };
        if by_clock && counting != Counting::PLAIN {
            return Err(SpanFormError::HoursCounted);
        }
        span.validate()?;
        Ok(span)
    }
}

/// Hours, minutes and seconds as seconds; `None` when none of them is given.
fn clock(
    hours: Option<u32>,
    minutes: Option<u32>,
    seconds: Option<u32>,
) -> Result<Option<u32>, SpanFormError> {
    if hours.or(minutes).or(seconds).is_none() {
        return Ok(None);
    }
    let unit = |number: Option<u32>, length| u64::from(number.unwrap_or(0)) * length;
    let total = unit(hours, 3600) + unit(minutes, 60) + unit(seconds, 1);
    u32::try_from(total).map(Some).map_err(|_| SpanFormError::TooLong)
}

impl From<Span> for SpanForm {
    fn from(span: Span) -> Self {
        let of = |counting: Counting| Self {
            first_day: counting.first_day,
            end: counting.end,
            roll: counting.roll,
            after_close: counting.after_close,
            ..Self::default()
        };
        match span {
            Span::Hours { seconds } => {
                let (hours, minutes, seconds) = parts(seconds);
                Self { hours, minutes, seconds, ..Self::default() }
            }
            Span::WorkingHours { seconds } => {
                let (working_hours, working_minutes, working_seconds) = parts(seconds);
                Self { working_hours, working_minutes, working_seconds, ..Self::default() }
            }
            Span::WorkingDays { n, counting } => Self { working_days: Some(n), ..of(counting) },
            Span::CalendarDays { n, counting } => Self { calendar_days: Some(n), ..of(counting) },
            Span::Weeks { n, counting } => Self { weeks: Some(n), ..of(counting) },
            Span::Months { n, counting } => Self { months: Some(n), ..of(counting) },
            Span::Min(spans) => Self { min: Some(Box::new((*spans).clone())), ..Self::default() },
        }
    }
}

/// Seconds as hours, minutes and seconds, those that are zero left out.
fn parts(seconds: u32) -> (Option<u32>, Option<u32>, Option<u32>) {
    let some = |number: u32| (number > 0).then_some(number);
    let hours = if seconds == 0 { Some(0) } else { some(seconds / 3600) };
    (hours, some(seconds / 60 % 60), some(seconds % 60))
}

impl fmt::Display for Span {
    /// `4 working hours`; `3 working days, by close of business`; `the earlier of 8 weeks and 2 months`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, unit, counting) = match self {
            Self::Hours { seconds } => return write_clock(f, *seconds, ""),
            Self::WorkingHours { seconds } => return write_clock(f, *seconds, "working "),
            Self::Min(spans) => return write!(f, "the earlier of {} and {}", spans.0, spans.1),
            Self::WorkingDays { n, counting } => (n, "working day", counting),
            Self::CalendarDays { n, counting } => (n, "calendar day", counting),
            Self::Weeks { n, counting } => (n, "week", counting),
            Self::Months { n, counting } => (n, "month", counting),
        };
        write!(f, "{n} {unit}{}", plural(*n))?;
        if counting.first_day == FirstDay::Include {
            f.write_str(", the first day counted")?;
        }
        if counting.after_close == AfterClose::NextWorkingDay {
            f.write_str(", after close counting as the next working day")?;
        }
        match counting.end {
            DayEnd::EndOfDay => {}
            DayEnd::CloseOfBusiness => f.write_str(", by close of business")?,
            DayEnd::Exact => f.write_str(", to the same time of day")?,
        }
        match counting.roll {
            Roll::None => Ok(()),
            Roll::NextWorkingDay => f.write_str(", or the next working day"),
        }
    }
}

fn write_clock(f: &mut fmt::Formatter<'_>, seconds: u32, kind: &str) -> fmt::Result {
    let (hours, minutes, seconds) = parts(seconds);
    let units = [(hours, "hour"), (minutes, "minute"), (seconds, "second")];
    let mut separator = "";
    for (number, unit) in units.into_iter().filter_map(|(number, unit)| Some((number?, unit))) {
        // The kind is said once: 1 working hour 30 minutes.
        let kind = if separator.is_empty() { kind } else { "" };
        write!(f, "{separator}{number} {kind}{unit}{}", plural(number))?;
        separator = " ";
    }
    Ok(())
}

fn plural(n: u32) -> &'static str {
    if n == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_compactly_and_read_back() {
        let spans = [
            (Span::weeks(8), r#"{"weeks":8}"#, "8 weeks"),
            (Span::working_hours(4), r#"{"working_hours":4}"#, "4 working hours"),
            (Span::hours(1), r#"{"hours":1}"#, "1 hour"),
            (
                Span::working_minutes(90),
                r#"{"working_hours":1,"working_minutes":30}"#,
                "1 working hour 30 minutes",
            ),
            (
                Span::working_days(3).close_of_business(),
                r#"{"working_days":3,"end":"close-of-business"}"#,
                "3 working days, by close of business",
            ),
            (
                Span::months(6).first_day(FirstDay::Include).roll(Roll::NextWorkingDay),
                r#"{"months":6,"first_day":"include","roll":"next-working-day"}"#,
                "6 months, the first day counted, or the next working day",
            ),
            (
                Span::calendar_days(90).min(Span::hours(48)),
                r#"{"min":[{"calendar_days":90},{"hours":48}]}"#,
                "the earlier of 90 calendar days and 48 hours",
            ),
        ];
        for (span, json, words) in spans {
            assert_eq!(serde_json::to_string(&span).unwrap(), json);
            assert_eq!(serde_json::from_str::<Span>(json).unwrap(), span);
            assert_eq!(span.to_string(), words);
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for json in [
            "{}",
            r#"{"weeks":0}"#,
            r#"{"hours":0}"#,
            r#"{"weeks":1,"months":1}"#,
            r#"{"hours":1,"end":"exact"}"#,
            r#"{"weeks":1,"ends":"exact"}"#,
            r#"{"weeks":-1}"#,
            r#"{"hours":4294967295}"#,
            r#"{"min":[{"min":[{"hours":1},{"hours":2}]},{"hours":3}]}"#,
            r#"{"min":[{"weeks":0},{"hours":3}]}"#,
        ] {
            assert!(serde_json::from_str::<Span>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_span_is_small() {
        assert_eq!(size_of::<Span>(), 16);
    }
}
