//! The integration tests, in one binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backend;
mod codes;
mod desk;
mod docs;
mod given;
// Nearly every test of theirs is in a named zone.
#[cfg(feature = "tz")]
mod agreement;
#[cfg(feature = "tz")]
mod calendar;
#[cfg(feature = "tz")]
mod due;
#[cfg(feature = "ical")]
mod ical;
#[cfg(feature = "tz")]
mod play;
#[cfg(feature = "tz")]
mod policies;
#[cfg(feature = "tz")]
mod presets;
mod random;
#[cfg(feature = "tz")]
mod replay;
mod scenario;
#[cfg(feature = "sqlite")]
mod scratch;
#[cfg(feature = "tz")]
mod span;
mod subscriber;
mod tables;
#[cfg(feature = "webhooks")]
mod webhooks;
mod workers;
mod workflow;
