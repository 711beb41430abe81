//! After a fault: what clients were told, held against what is stored.
//!
//! A client keeps a [`Journal`] somewhere that the fault does not touch: before it sends a command, and when
//! it was answered. Afterwards [`stored`] reads the whole store of the tenant: what was acknowledged is there,
//! once; what is there was sent by somebody; nothing is torn, and each case is what its events make of it.
//! [`work`] then takes all work that there is, and finds each wake-up and each notice exactly once and in
//! its order. Both take any backend whose records were written by a [`Desk`](crate::Desk).

mod journal;
mod stored;
mod work;

pub use journal::Journal;
pub use stored::{Audited, stored};
pub use work::work;
