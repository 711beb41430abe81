//! The words: what people wrote and how to reach them, kept apart from the facts so that they can be
//! erased while the ledger stands.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, TextId};

/// The longest text, in bytes: 1 MiB.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// Words about one person.
///
/// Stored byte for byte as they were given. Every text names the person whom it is about, so that
/// erasing and exporting a person find it; `Debug` shows its size instead of its words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The command that brought it, and its place there.
    pub id: TextId,
    /// The person whom the words are about, or who wrote them.
    pub about: CustomerId,
    /// What part the words play.
    pub kind: TextKind,
    /// The words.
    pub body: String,
}

impl Text {
    /// A text within the limits.
    ///
    /// # Errors
    /// [`TextError::TooLong`] for more than [`MAX_TEXT_BYTES`].
    pub fn new(
        id: TextId,
        about: CustomerId,
        kind: TextKind,
        body: impl Into<String>,
    ) -> Result<Self, TextError> {
        let text = Self { id, about, kind, body: body.into() };
        text.check()?;
        Ok(text)
    }

    /// Whether the text keeps the limits, for one that was not made by [`Text::new`].
    ///
    /// # Errors
    /// [`TextError::TooLong`] for more than [`MAX_TEXT_BYTES`].
    pub fn check(&self) -> Result<(), TextError> {
        match self.body.len() {
            bytes if bytes > MAX_TEXT_BYTES => Err(TextError::TooLong { bytes, max: MAX_TEXT_BYTES }),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text")
            .field("id", &self.id)
            .field("about", &self.about)
            .field("kind", &self.kind)
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .finish()
    }
}

/// What part a text plays. Not every part is for the customer's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TextKind {
    /// The subject line of the feedback.
    Subject,
    /// What was said: the feedback itself, or a message to or from the customer.
    Body,
    /// An address or a number under which someone is reached.
    Contact,
    /// What someone is called.
    Name,
    /// Why something was done, in an employee's words.
    Reason,
    /// An internal note: it never leaves the house.
    Note,
    /// Where an answer has to go so that it reaches the conversation.
    ReplyPath,
    /// What was offered to put things right.
    Offer,
}

impl TextKind {
    /// True for what only employees may read: notes and reasons.
    #[must_use]
    pub const fn is_internal(self) -> bool {
        matches!(self, Self::Note | Self::Reason)
    }
}

/// Why a text was refused. It never repeats the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// More than [`MAX_TEXT_BYTES`].
    #[error("a text of {bytes} bytes is longer than the {max} that are allowed")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The longest that is allowed.
        max: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CommandId, TenantId};

    fn text(body: String) -> Result<Text, TextError> {
        let command = CommandId::derive(&TenantId::single(), &["text"]);
        let about = CustomerId::new("customer-1").unwrap();
        Text::new(TextId { command, slot: 0 }, about, TextKind::Body, body)
    }

    #[test]
    fn debug_shows_the_size_only() {
        let shown = format!("{:?}", text("my secret".to_owned()).unwrap());
        assert!(shown.contains("<9 bytes>") && !shown.contains("secret"), "{shown}");
    }

    #[test]
    fn a_text_has_a_limit() {
        assert!(text("x".repeat(MAX_TEXT_BYTES)).is_ok());
        let bytes = MAX_TEXT_BYTES + 1;
        assert_eq!(text("x".repeat(bytes)), Err(TextError::TooLong { bytes, max: MAX_TEXT_BYTES }));
    }
}
