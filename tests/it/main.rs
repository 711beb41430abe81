//! The integration tests, in one binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

// Nearly every test of these is in a named zone.
#[cfg(feature = "tz")]
mod agreement;
#[cfg(feature = "tz")]
mod calendar;
#[cfg(feature = "ical")]
mod ical;
#[cfg(feature = "tz")]
mod span;
