//! What SQLite says, by what it means.

use std::path::PathBuf;

use rusqlite::{Error, ErrorCode};

use crate::backend::{BackendError, Cause};

/// Why a file was not opened. It was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteOpenError {
    /// The SQLite that this program is linked to can damage a file by a race in its write-ahead log
    /// (releases 3.7.0 to 3.51.2, without 3.50.7 and 3.44.6). Link a newer one (the feature
    /// `sqlite-bundled` does), or ask for [`Journal::Rollback`](super::Journal::Rollback).
    #[error(
        "SQLite {version} can damage a file through its write-ahead log: link 3.51.3 or later, \
         or ask for a rollback journal"
    )]
    UnsafeVersion {
        /// The release that is linked.
        version: String,
    },
    /// The SQLite that this program is linked to is older than 3.38, the first release that has everything the
    /// tables and lists need.
    #[error("SQLite {version} is too old: 3.38 or later is needed")]
    OldVersion {
        /// The release that is linked.
        version: String,
    },
    /// The file was written by a later release of this crate.
    #[error("the file has schema {found}, and this release of talkback knows up to {known}")]
    NewerSchema {
        /// The schema of the file.
        found: u32,
        /// The latest one that this release knows.
        known: u32,
    },
    /// The file is a database of something else.
    #[error("the file is not a store of talkback")]
    Foreign,
    /// The write-ahead log cannot be had where the file is.
    #[error("a write-ahead log is not possible there: ask for a rollback journal")]
    NoLog,
    /// The file beside the store that marks how far the feed was read cannot be read or written.
    #[error("{} cannot be used", path.display())]
    Mark {
        /// Its path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite failed.
    #[error("the file cannot be opened")]
    Failed {
        /// What it said.
        source: Cause,
    },
}

impl From<Error> for SqliteOpenError {
    fn from(error: Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign,
            _ => Self::Failed { source: Box::new(error) },
        }
    }
}

/// Why work inside a transaction ended early: the transaction is not to be committed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The answer is a refusal.
    Refused(BackendError),
    /// SQLite failed.
    Storage(Error),
}

impl Fault {
    /// What it means when the transaction was rolled back, or only read.
    pub(super) fn harmless(self) -> BackendError {
        match self {
            Self::Refused(error) => error,
            Self::Storage(error) => nothing_written(error),
        }
    }

    pub(super) fn is_fatal(&self) -> bool {
        matches!(self, Self::Storage(error) if is_fatal(error))
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Storage(error)
    }
}

impl From<BackendError> for Fault {
    fn from(error: BackendError) -> Self {
        Self::Refused(error)
    }
}

/// The meaning of an error after which surely nothing was written.
pub(super) fn nothing_written(error: Error) -> BackendError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => BackendError::Full,
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OperationInterrupted
            | ErrorCode::SchemaChanged,
        ) => BackendError::unavailable(error),
        _ => BackendError::other(error),
    }
}

/// True if the connection may hold pages that are not what the disk has: it is not to be used further.
pub(super) fn is_fatal(error: &Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
        )
    )
}

/// The same error once more, for the next of several whom it hit.
pub(super) fn again(error: &Error) -> Error {
    match error {
        Error::SqliteFailure(code, message) => Error::SqliteFailure(*code, message.clone()),
        _ => Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR), None),
    }
}
