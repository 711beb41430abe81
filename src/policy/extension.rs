//! Extensions: how a deadline may be moved back while it still runs.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Span;
use super::target::last_moment;
use crate::calendar::{CalendarError, WorkingCalendar};

/// How a deadline may be extended. An extension is always granted before the present due time has
/// passed: a deadline that was missed cannot be extended any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// By how much.
    pub length: ExtensionLength,
    /// How often; 255 stands for as often as need be. Default: once.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u8,
    /// Whether the reasons have to be given in words. Default: yes.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub reason: bool,
    /// Whether the customer has to be told, in a message that goes with the extension. Default: yes.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub notice: bool,
}

/// By how much a deadline may be extended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ExtensionLength {
    /// By this much after the present last day, or, of hours, after the present due time.
    By(Span),
    /// To this much in all, counted from what the target runs from: never from a day to which the end
    /// of the first period had moved.
    To(Span),
    /// To the date that was agreed with the customer, or that they are told, which comes with the
    /// command.
    Agreed,
}

impl Extension {
    /// Once, by this much, with reasons and notice to the customer.
    #[must_use]
    pub const fn by(span: Span) -> Self {
        Self::of(ExtensionLength::By(span))
    }

    /// Once, to this much in all, with reasons and notice to the customer.
    #[must_use]
    pub const fn to(span: Span) -> Self {
        Self::of(ExtensionLength::To(span))
    }

    /// Once, to an agreed date, with reasons and notice to the customer.
    #[must_use]
    pub const fn agreed() -> Self {
        Self::of(ExtensionLength::Agreed)
    }

    const fn of(length: ExtensionLength) -> Self {
        Self { length, times: 1, reason: true, notice: true }
    }

    /// Says how often.
    #[must_use]
    pub const fn times(mut self, times: u8) -> Self {
        self.times = times;
        self
    }

    /// Asks for no reasons.
    #[must_use]
    pub const fn without_reason(mut self) -> Self {
        self.reason = false;
        self
    }

    /// Asks for no notice to the customer.
    #[must_use]
    pub const fn without_notice(mut self) -> Self {
        self.notice = false;
        self
    }

    /// The due time after one extension, UTC, of a deadline that runs from `anchor` and is due at `due`;
    /// never earlier than that. `None` where it has to be agreed.
    ///
    /// # Errors
    /// As [`Span::due`].
    pub fn due(
        &self,
        calendar: &WorkingCalendar,
        anchor: DateTime<Utc>,
        due: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, CalendarError> {
        let extended = match &self.length {
            ExtensionLength::By(span) => span.due(calendar, last_moment(span, due))?,
            ExtensionLength::To(span) => span.due(calendar, anchor)?,
            ExtensionLength::Agreed => return Ok(None),
        };
        Ok(Some(extended.max(due)))
    }

    /// The span that its length is written in.
    #[must_use]
    pub const fn span(&self) -> Option<&Span> {
        match &self.length {
            ExtensionLength::By(span) | ExtensionLength::To(span) => Some(span),
            ExtensionLength::Agreed => None,
        }
    }
}

/// In words: `once by 10 working days, with reasons and notice to the customer`.
impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.times {
            1 => f.write_str("once")?,
            2 => f.write_str("twice")?,
            u8::MAX => f.write_str("as often as need be")?,
            times => write!(f, "{times} times")?,
        }
        match &self.length {
            ExtensionLength::By(span) => write!(f, " by {span}")?,
            ExtensionLength::To(span) => write!(f, " to a total of {span}")?,
            ExtensionLength::Agreed => f.write_str(" to a date that the customer is told")?,
        }
        f.write_str(match (self.reason, self.notice) {
            (true, true) => ", with reasons and notice to the customer",
            (true, false) => ", with reasons",
            (false, true) => ", with notice to the customer",
            (false, false) => "",
        })
    }
}

const fn once() -> u8 {
    1
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_once(times: &u8) -> bool {
    *times == once()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_yes(value: &bool) -> bool {
    *value
}
