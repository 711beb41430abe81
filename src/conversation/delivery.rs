//! What became of a message on its way to the customer.

use serde::{Deserialize, Serialize};

use crate::codes::codes;

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
    /// It was not sent, because the words or the address were erased. That moves no deadline.
    Void,
}

codes! {
    Delivery {
        Sent = "sent",
        Delivered = "delivered",
        Read = "read",
        Failed = "failed",
        Void = "void",
    }
}
