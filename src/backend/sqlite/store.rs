//! The connections to one file, and how a transaction runs on one.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::{Error, ErrorCode};

use super::conn::Conn;
use super::error::{Fault, SqliteOpenError, again, is_fatal, nothing_written};
use super::mark::Mark;
use super::open::Place;
use crate::backend::BackendError;
use crate::id::CommandId;

/// How many connections that only read are kept open while nobody reads.
const IDLE_READERS: usize = 8;

pub(super) struct Store {
    pub(super) place: Place,
    /// `None` after a failure that left it in doubt: the next one to write opens the file anew.
    writer: Mutex<Option<Conn>>,
    readers: Mutex<Vec<Conn>>,
    /// How far the feed was read; none of a store in memory, which cannot be set back.
    pub(super) mark: Option<Mark>,
}

impl Store {
    pub(super) fn open(mut place: Place) -> Result<Self, SqliteOpenError> {
        let mut conn = place.open()?;
        let mark = match &place.path {
            Some(path) => Some(Mark::open(path, place.options.synchronous, &mut conn)?),
            None => None,
        };
        Ok(Self { place, writer: Mutex::new(Some(conn)), readers: Mutex::default(), mark })
    }

    /// Reads on a connection that nobody else uses now.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&mut Conn) -> Result<T, Fault>,
    ) -> Result<T, BackendError> {
        if self.place.path.is_none() {
            let answer = self.hold(|conn| read(conn).map_err(Failed::from));
            return answer.map_err(|failed| failed.answer(None));
        }
        let idle = lock(&self.readers).pop();
        let mut conn = match idle {
            Some(conn) => conn,
            None => self.place.open_reader().map_err(nothing_written)?,
        };
        let answer = read(&mut conn);
        if conn.is_idle() && !answer.as_ref().is_err_and(Fault::is_fatal) {
            let mut readers = lock(&self.readers);
            if readers.len() < IDLE_READERS {
                readers.push(conn);
            }
        }
        answer.map_err(Fault::harmless)
    }

    /// Reads on the writer's connection if nobody writes now: its pages are in memory still, those of
    /// the other connections are not after a commit.
    pub(super) fn read_warm<T>(
        &self,
        read: impl FnOnce(&mut Conn) -> Result<T, Fault>,
    ) -> Result<T, BackendError> {
        let writer = match self.writer.try_lock() {
            Ok(writer) => Some(writer),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        match writer {
            Some(mut writer) if writer.as_ref().is_some_and(Conn::is_idle) => {
                let Some(conn) = writer.as_mut() else { return self.read(read) };
                read(conn).map_err(Fault::harmless)
            }
            _ => self.read(read),
        }
    }

    /// One transaction for one piece of work.
    pub(super) fn write<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> Result<T, Failed> {
        self.hold(|conn| transaction(conn, work))
    }

    /// Holds the writer's connection, outside of a transaction at first and at last.
    pub(super) fn hold<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Failed>) -> Result<T, Failed> {
        let mut writer = lock(&self.writer);
        let conn = self.ready(&mut writer).map_err(Failed::Nothing)?;
        let answer = work(conn);
        let broken = answer.as_ref().is_err_and(Failed::is_fatal);
        if broken && self.place.path.is_some() {
            *writer = None;
        }
        answer
    }

    /// Closes the connections that nobody uses, so that they do not hinder who needs the file alone.
    pub(super) fn close_readers(&self) {
        lock(&self.readers).clear();
    }

    fn ready<'a>(&self, writer: &'a mut MutexGuard<'_, Option<Conn>>) -> Result<&'a mut Conn, BackendError> {
        if let Some(conn) = writer.as_mut()
            && !conn.is_idle()
        {
            // Whoever held it before panicked.
            conn.roll_back();
        }
        if writer.as_ref().is_none_or(|conn| !conn.is_idle()) {
            **writer = None;
            **writer = Some(self.place.reopen().map_err(BackendError::unavailable)?);
        }
        writer.as_mut().ok_or(BackendError::Unavailable { source: "no connection".into() })
    }
}

/// Why a transaction did not happen, or may not have happened.
#[derive(Debug)]
pub(super) enum Failed {
    /// Nothing was written.
    Nothing(BackendError),
    /// SQLite failed, and nothing was written.
    Undone(Error),
    /// The commit itself failed.
    Unknown(Error),
}

impl Failed {
    pub(super) fn answer(self, command: Option<CommandId>) -> BackendError {
        match self {
            Self::Nothing(error) => error,
            Self::Undone(error) => nothing_written(error),
            Self::Unknown(_) => BackendError::Unknown { command },
        }
    }

    pub(super) fn is_full(&self) -> bool {
        matches!(self, Self::Undone(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull))
    }

    fn is_fatal(&self) -> bool {
        matches!(self, Self::Undone(error) | Self::Unknown(error) if is_fatal(error))
    }

    /// The same answer for another one that it hit.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Nothing(BackendError::Full) => Self::Nothing(BackendError::Full),
            Self::Nothing(error) => Self::Nothing(BackendError::unavailable(error.to_string())),
            Self::Undone(error) => Self::Undone(again(error)),
            Self::Unknown(error) => Self::Unknown(again(error)),
        }
    }
}

impl From<Fault> for Failed {
    /// Once the transaction was rolled back.
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => Self::Nothing(error),
            Fault::Storage(error) => Self::Undone(error),
        }
    }
}

fn transaction<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T, Fault>) -> Result<T, Failed> {
    conn.begin().map_err(Failed::Undone)?;
    let answer = match work(conn) {
        Ok(answer) => answer,
        Err(fault) => {
            conn.roll_back();
            return Err(fault.into());
        }
    };
    commit(conn)?;
    Ok(answer)
}

/// Commits, or says whether that may have happened.
pub(super) fn commit(conn: &mut Conn) -> Result<(), Failed> {
    let Err(error) = conn.commit() else { return Ok(()) };
    conn.roll_back();
    // For want of room or of a lock the commit stops before it becomes valid, and what it wrote
    // was just taken back. After any other failure, a part of it may be found by whoever opens the
    // file after a crash.
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy) if conn.is_idle() => Err(Failed::Undone(error)),
        _ => Err(Failed::Unknown(error)),
    }
}

// What a panic leaves behind is looked at by whoever takes the lock next.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
