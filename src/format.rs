//! The number of the stored form, and what is left out of it.

use std::fmt;

use serde::de::{self, Unexpected};
use serde::{Deserialize, Deserializer};

/// The newest stored form that this version writes and reads.
pub(crate) const FORMAT: u16 = 1;

/// Says in which form an event, a snapshot or a notice is stored. It takes no room: what is in memory has
/// the newest form, and while that is the first, none is written. Reading a newer one fails, with the rest
/// of what is read, so that nobody takes half of what it says for the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Format;

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Known;
        impl de::Expected for Known {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a stored form from 1 to {FORMAT}")
            }
        }
        match u64::deserialize(deserializer)? {
            known if (1..=FORMAT.into()).contains(&known) => Ok(Self),
            other => Err(de::Error::invalid_value(Unexpected::Unsigned(other), &Known)),
        }
    }
}

/// For `skip_serializing_if`: a count of nothing is not written.
pub(crate) fn is_zero<T: Default + PartialEq>(count: &T) -> bool {
    *count == T::default()
}
