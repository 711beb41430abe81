//! For those who test: the suite that proves a backend, the audit of a store after a fault, and stories
//! that prove a policy.
//!
//! A backend proves itself with [`mod@conformance`], what it kept in bad times with [`audit`], a policy with a
//! [`Scenario`]: see [`scenario`].
//!
//! ```
//! use std::sync::Arc;
//! use talkback::testing::conformance;
//! use talkback::{Backend, MemoryBackend};
//!
//! let report = pollster::block_on(conformance::run_all(async || {
//!     Arc::new(MemoryBackend::new()) as Arc<dyn Backend>
//! }));
//! assert!(report.is_kept(), "{report}");
//! ```

pub mod audit;
pub mod conformance;
mod failure;
mod faulty;
mod probe;
mod sample;
pub mod scenario;

#[doc(inline)]
pub use crate::conformance_tests as conformance;
pub use failure::Failure;
pub use faulty::{Faults, FaultyBackend};
pub use scenario::Scenario;

/// What the SQLite backend is made of, for tests that damage a file and for benches that write one by
/// hand. Not a promise: the release changes as it pleases.
#[cfg(feature = "sqlite")]
#[doc(hidden)]
pub use rusqlite;
