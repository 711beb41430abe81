//! The workflow: scenarios that read like the rules, and laws that hold for every history.

mod bent;
mod bounds;
mod catalogue;
pub(crate) mod generate;
mod guide;
mod laws;
mod map;
pub(crate) mod policies;
mod random;
mod rules;
mod run;
mod scenarios;
mod search;
mod seeded;
mod stored;
mod story;
pub(crate) mod world;
