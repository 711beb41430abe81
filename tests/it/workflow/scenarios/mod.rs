//! What the rules say, as stories.

mod clocks;
mod endings;
mod people;
mod policies;
mod waits;
