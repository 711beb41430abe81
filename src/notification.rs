//! What is told, and by which way.

use serde::{Deserialize, Serialize};

pub use crate::id::Destination;

/// What somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NoticeKind {
    /// A message for the customer: its words are the text.
    Message,
    /// They left without saying why: they are asked, once, and need not answer.
    AskWhy,
    /// A deadline comes near.
    Warning,
    /// A deadline was missed.
    Escalation,
    /// A case was not touched for a while.
    Review,
    /// A case is now yours, or your team's.
    Assigned,
    /// You earned thanks: the words are the text.
    Thanks,
    /// A message to the customer did not arrive.
    Undelivered,
}
