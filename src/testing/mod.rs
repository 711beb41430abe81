//! For those who test: the suite that proves a backend, and stories that prove a policy.
//!
//! A backend proves itself with [`conformance`], a policy with a [`Scenario`]:
//! see [`scenario`].
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

pub mod conformance;
mod failure;
mod probe;
mod sample;
pub mod scenario;

pub use failure::Failure;
pub use scenario::Scenario;
