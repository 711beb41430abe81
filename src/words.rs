//! What somebody wrote, on its way to a text: never shown by `Debug`, never longer than allowed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::is_invisible;

/// Words of a person, in a command. They are stored as a text beside the ledger, so that they can be
/// erased; events and errors never hold them, and `Debug` shows only how many bytes they are.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(Box<str>);

impl Words {
    /// Takes the words as they are. Their length is checked when a command is decided.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into().into_boxed_str())
    }

    /// The words themselves: to store, to send, never to log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when there is nothing to read in them.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        is_blank(&self.0)
    }
}

/// True when there is nothing to read: nothing at all, white space, or what cannot be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({} bytes)", self.0.len())
    }
}

impl From<&str> for Words {
    fn from(words: &str) -> Self {
        Self(Box::from(words))
    }
}

impl From<String> for Words {
    fn from(words: String) -> Self {
        Self(words.into_boxed_str())
    }
}
