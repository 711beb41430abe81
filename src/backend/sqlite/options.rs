//! How a file is kept.

use std::time::Duration;

/// How a [`SqliteBackend`](super::SqliteBackend) keeps its file. The default is durable and for
/// asynchronous hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// What survives a power cut.
    pub synchronous: Synchronous,
    /// How a transaction is made whole again after a crash.
    pub journal: Journal,
    /// On which thread is written.
    pub writing: Writing,
    /// After how many pages of 4 KiB the write-ahead log is copied into the file, by the commit that
    /// fills it. More makes the slowest commits rarer, the log longer and the usual commit a little
    /// slower. 0 for never: then somebody has to call
    /// [`clean_up`](super::SqliteBackend::clean_up) from time to time.
    pub wal_autocheckpoint: u32,
    /// How long a call waits for another process, or for another backend on the same file, that writes.
    /// After that it is [`Unavailable`](crate::BackendError::Unavailable).
    pub busy_timeout: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            synchronous: Synchronous::Full,
            journal: Journal::WriteAheadLog,
            writing: Writing::OwnThread,
            wal_autocheckpoint: 1000,
            busy_timeout: Duration::from_secs(5),
        }
    }
}

impl SqliteOptions {
    /// Sets what survives a power cut.
    #[must_use]
    pub fn with_synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// Sets the kind of journal.
    #[must_use]
    pub fn with_journal(mut self, journal: Journal) -> Self {
        self.journal = journal;
        self
    }

    /// Sets on which thread is written.
    #[must_use]
    pub fn with_writing(mut self, writing: Writing) -> Self {
        self.writing = writing;
        self
    }

    /// Sets after how many pages the write-ahead log is copied into the file.
    #[must_use]
    pub fn with_wal_autocheckpoint(mut self, pages: u32) -> Self {
        self.wal_autocheckpoint = pages;
        self
    }

    /// Sets how long a call waits for another writer.
    #[must_use]
    pub fn with_busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }
}

/// What survives a power cut. A crash of the process alone loses nothing that was answered, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// The last commits may be gone after a power cut; what is left is whole, and the feed begins a new epoch
    /// if what was lost had been read. About eight times as many commits a second as with
    /// [`Synchronous::Full`], one by one. Every process that opens the file should say the same.
    Normal,
    /// A commit that was answered is on the disk.
    Full,
}

/// How a transaction is made whole again after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// A write-ahead log: readers and the writer do not wait for each other. Refused with a release of
    /// SQLite whose log can damage the file.
    WriteAheadLog,
    /// A rollback journal: slower, and readers and the writer wait for each other. Sound with every
    /// release, and where files cannot be shared between processes through memory.
    Rollback,
}

/// On which thread is written. Reading is always done by the caller's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// On a thread that the backend owns, which takes what waits into one transaction: for
    /// asynchronous hosts, and for many callers at once. The caller's thread never waits for the disk
    /// to be written.
    OwnThread,
    /// On the caller's thread, each call a transaction of its own: for tools, imports and synchronous
    /// hosts. The quickest for a single caller; it blocks the thread that polls.
    InLine,
}
