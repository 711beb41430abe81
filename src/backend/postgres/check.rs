//! What is not as it should be around the store.

use std::fmt;

use super::Store;
use super::call::{column, only};
use super::schema::newest;
use crate::backend::BackendError;

/// Something about the server, the role or the session that weakens what the backend promises, or will
/// stop it from working. `Display` says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Not every migration was run, or one was that a later version of this crate brought.
    Schema {
        /// The last one that was run, 0 for none.
        found: u32,
        /// The last one that this version knows.
        newest: u32,
    },
    /// The role is a superuser: row level security does not hold it.
    Superuser,
    /// The role may bypass row level security.
    BypassesRowSecurity,
    /// A commit is answered before it is on disk (`synchronous_commit`, or `fsync`): a crash may lose
    /// commits that were answered.
    NotDurable,
    /// A statement may take for ever.
    NoStatementTimeout,
    /// A transaction that somebody else leaves open may stay so for ever, and hold up cleaning.
    NoIdleTimeout,
    /// The server is older than PostgreSQL 13.
    OldServer,
    /// `default_transaction_isolation` is not `read committed`: calls that meet are tried again, and while many
    /// transactions write into the cluster, the feed may stop below one that has just ended.
    NotReadCommitted,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema { found, newest } if found < newest => {
                write!(f, "the schema is at step {found} of {newest}: migrate")
            }
            Self::Schema { found, newest } => {
                write!(f, "the schema is at step {found}, this version knows {newest}: upgrade")
            }
            Self::Superuser => f.write_str("connected as a superuser: use a role of its own"),
            Self::BypassesRowSecurity => f.write_str("the role has BYPASSRLS: take it away"),
            Self::NotDurable => f.write_str(
                "commits are answered before they are on disk: switch synchronous_commit and fsync on",
            ),
            Self::NoStatementTimeout => f.write_str("no statement_timeout: set one for the role"),
            Self::NoIdleTimeout => {
                f.write_str("no idle_in_transaction_session_timeout: set one for the role")
            }
            Self::OldServer => f.write_str("the server is older than PostgreSQL 13"),
            Self::NotReadCommitted => f.write_str(
                "default_transaction_isolation holds the feed back: set it to 'read committed' for the role",
            ),
        }
    }
}

impl Store {
    pub(super) async fn check(&self) -> Result<Vec<Warning>, BackendError> {
        let row = only(self.call_once(&self.statements.circumstances, &[]).await?)?;
        let (found, newest) = (self.migrated().await?, newest());
        let durable = column::<bool>(&row, 2)? && column::<bool>(&row, 3)?;
        let warnings = [
            (found != newest, Warning::Schema { found, newest }),
            (column(&row, 0)?, Warning::Superuser),
            (column(&row, 1)?, Warning::BypassesRowSecurity),
            (!durable, Warning::NotDurable),
            (!column::<bool>(&row, 4)?, Warning::NoStatementTimeout),
            (!column::<bool>(&row, 5)?, Warning::NoIdleTimeout),
            (column::<i32>(&row, 6)? < 130_000, Warning::OldServer),
            (!column::<bool>(&row, 7)?, Warning::NotReadCommitted),
        ];
        Ok(warnings.into_iter().filter_map(|(holds, warning)| holds.then_some(warning)).collect())
    }
}
