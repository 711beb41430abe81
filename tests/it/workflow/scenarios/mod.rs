//! What the rules say, as stories.

mod clocks;
mod endings;
mod found;
mod ladders;
mod limits;
mod people;
mod policies;
mod refusals;
mod waits;

pub(crate) use endings::confirmed;
