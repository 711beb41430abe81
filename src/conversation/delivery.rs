//! What became of a message on its way to the customer.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of a message on its way to one of its recipients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Delivery {
    /// It was handed over to whoever carries it. It may still come back.
    Sent,
    /// It is there.
    Delivered,
    /// It was opened.
    Read,
    /// It did not arrive: it came back, the address does not exist, nobody picked up.
    Failed,
}

impl Delivery {
    /// Every result, in order of declaration.
    pub const ALL: [Self; 4] = [Self::Sent, Self::Delivered, Self::Read, Self::Failed];

    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
