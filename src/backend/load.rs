//! Reading one record, and asking what became of a command.

use super::commit::Outcome;
use super::record::{Key, Record};
use crate::id::CommandId;

/// Asks for a record and, if a command is named, for what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Which record.
    pub key: Key,
    /// A command of the same tenant, whichever record it was for.
    pub command: Option<CommandId>,
}

impl Load {
    /// Asks for the record alone.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key, command: None }
    }

    /// Asks for the outcome of that command too.
    #[must_use]
    pub fn with_command(mut self, command: CommandId) -> Self {
        self.command = Some(command);
        self
    }
}

/// A record and a command's outcome, as they stood at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The record, `None` if it was never committed.
    pub record: Option<Record>,
    /// What the command that was asked for did, `None` if it was never committed (or none was named).
    pub outcome: Option<Outcome>,
}
