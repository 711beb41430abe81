//! SQLite: the suite in every way of running, and what the suite cannot know of.

mod promises;
