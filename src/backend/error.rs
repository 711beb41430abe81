//! What can go wrong in a backend, by meaning.

use std::error::Error;
use std::fmt;

use super::record::{Key, RecordId};
use crate::id::{CommandId, TenantId, TextId};
use crate::text::TextError;
use crate::workflow::NoticeId;

/// The cause of an error, as the storage gave it.
pub type Cause = Box<dyn Error + Send + Sync + 'static>;

/// Why a backend could not do as it was asked, by what it means to the caller.
///
/// Errors carry ids, versions and causes, never words of a customer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// Someone else was quicker: the record is not at the version that the commit was decided on.
    /// Nothing was written. Load again, decide again.
    #[error("{key} is at version {actual}, the commit expected {expected}")]
    Conflict {
        /// The record in question.
        key: Key,
        /// The version that the commit was decided on.
        expected: u64,
        /// The version that is stored, 0 for a record that does not exist.
        actual: u64,
    },
    /// This command id was already used for another command. Nothing was written.
    #[error("command {command} was already used with another body")]
    CommandReused {
        /// The id in question.
        command: CommandId,
    },
    /// The lease no longer holds: someone took the item over, settled it, or a commit or an erasure
    /// made it void. There is nothing left to settle.
    #[error("the lease is no longer held")]
    LeaseLost,
    /// The cursor belongs to another query, or to none.
    #[error("the cursor does not belong to this query")]
    BadCursor,
    /// The request makes no sense, whatever is stored.
    #[error("invalid request: {0}")]
    Invalid(#[from] Invalid),
    /// What is stored under this key cannot be read. The stored bytes stay as they are.
    #[error("what is stored for {key} cannot be read")]
    Corrupt {
        /// The record in question.
        key: Key,
        /// Why it cannot be read.
        source: Cause,
    },
    /// The storage has no room. Nothing was written; reading goes on.
    #[error("the storage is full")]
    Full,
    /// The storage did not answer and certainly did nothing.
    #[error("the storage is not available")]
    Unavailable {
        /// What it said.
        source: Cause,
    },
    /// The storage did not answer, and whether the commit happened is not known. Load with the
    /// command's id to find out; without one, the record's version tells.
    #[error("it is not known whether the commit happened")]
    Unknown {
        /// The command of the commit, if it had one.
        command: Option<CommandId>,
    },
    /// Anything else.
    #[error("the storage failed")]
    Other {
        /// What it said.
        source: Cause,
    },
}

impl BackendError {
    /// True if the same request may well succeed when it is sent again, unchanged and a little later.
    ///
    /// A conflict is not of that kind: the same request conflicts for ever, a new decision does not.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Unknown { .. })
    }

    /// [`BackendError::Corrupt`], keeping the cause.
    pub fn corrupt(key: Key, source: impl Into<Cause>) -> Self {
        Self::Corrupt { key, source: source.into() }
    }

    /// [`BackendError::Unavailable`], keeping the cause.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self::Unavailable { source: source.into() }
    }

    /// [`BackendError::Other`], keeping the cause.
    pub fn other(source: impl Into<Cause>) -> Self {
        Self::Other { source: source.into() }
    }
}

/// Why a request makes no sense, whatever is stored. Every one is a mistake of the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A commit without a record.
    #[error("a commit writes at least one record")]
    NoRecord,
    /// A commit with more records than [`MAX_RECORDS`](super::MAX_RECORDS).
    #[error("a commit of {records} records is more than the {max} that are allowed")]
    TooManyRecords {
        /// How many it has.
        records: usize,
        /// How many it may have.
        max: usize,
    },
    /// A record of another tenant than the commit's.
    #[error("{key} is not a record of tenant {tenant}")]
    ForeignRecord {
        /// The record in question.
        key: Key,
        /// The commit's tenant.
        tenant: TenantId,
    },
    /// The same record twice in one commit.
    #[error("{key} is written twice")]
    SameRecord {
        /// The record in question.
        key: Key,
    },
    /// A record without an event: nothing happened to it, so there is nothing to write.
    #[error("{key} is written without an event")]
    NoEvent {
        /// The record in question.
        key: Key,
    },
    /// The events do not lead from the expected version to the record's, one by one.
    #[error("the events of {key} do not lead from version {expected} to version {version}")]
    Versions {
        /// The record in question.
        key: Key,
        /// The version that the events start from.
        expected: u64,
        /// The version that the record says it has.
        version: u64,
    },
    /// A text under the id of another command, or in a commit without one.
    #[error("text {text} is not one of the commit's command")]
    ForeignText {
        /// The text in question.
        text: TextId,
    },
    /// Two texts under one id.
    #[error("text {text} is brought twice")]
    SameText {
        /// The text in question.
        text: TextId,
    },
    /// A text beyond its limits.
    #[error("text {text}: {reason}")]
    Text {
        /// The text in question.
        text: TextId,
        /// The limit that it breaks.
        reason: TextError,
    },
    /// A notice that no event of its write calls for, or two under one id, or out of order.
    #[error("notice {} of version {} is not owed by {record}", notice.n, notice.version)]
    ForeignNotice {
        /// The notice in question.
        notice: NoticeId,
        /// The record that brought it.
        record: RecordId,
    },
    /// More items than [`MAX_LIMIT`](super::MAX_LIMIT), or none.
    #[error("a limit of {limit} is not between 1 and {max}")]
    Limit {
        /// How many were asked for.
        limit: usize,
        /// How many may be asked for.
        max: usize,
    },
    /// A lease that ends no later than it begins.
    #[error("a lease has to last")]
    Lease,
}

/// A stored item that cannot be read: a damaged row, or a form from a later version of this crate.
///
/// It stands in its place in the answer, so that the items around it are read as usual. `Debug` shows
/// the number of its bytes only.
pub struct Undecodable {
    /// The record it is, or belongs to.
    pub key: Key,
    /// What is stored.
    pub bytes: Vec<u8>,
    /// Why it cannot be read.
    pub source: Cause,
}

impl fmt::Debug for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undecodable")
            .field("key", &self.key)
            .field("bytes", &format_args!("<{} bytes>", self.bytes.len()))
            .field("source", &self.source)
            .finish()
    }
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what is stored for {} cannot be read", self.key)
    }
}

impl Error for Undecodable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

impl From<Undecodable> for BackendError {
    fn from(item: Undecodable) -> Self {
        Self::Corrupt { key: item.key, source: item.source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CaseId;

    #[test]
    fn what_cannot_be_read_is_not_shown() {
        let key = Key::new(TenantId::single(), CaseId::from_uuid(uuid::Uuid::nil()));
        let item = Undecodable { key, bytes: b"my secret".to_vec(), source: "cut off".into() };
        assert!(!format!("{item:?} {item}").contains("secret"));
        let error = BackendError::from(item);
        assert!(!format!("{error:?} {error}").contains("secret"));
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("cut off"));
    }

    #[test]
    fn only_what_may_pass_is_retryable() {
        assert!(BackendError::unavailable("later").is_retryable());
        assert!(BackendError::Unknown { command: None }.is_retryable());
        for error in [BackendError::Full, BackendError::LeaseLost, BackendError::other("why")] {
            assert!(!error.is_retryable(), "{error}");
        }
    }
}
