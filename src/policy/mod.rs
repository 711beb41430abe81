//! What is promised to a customer, and by when.

mod counting;
mod remaining;
mod span;
mod span_form;

pub use counting::{AfterClose, Counting, DayEnd, FirstDay, Roll};
pub use remaining::Remaining;
pub use span::Span;
