//! Opening: the release of SQLite, the settings of a connection, the tables.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::conn::Conn;
use super::error::SqliteOpenError;
use super::options::{Journal, SqliteOptions, Synchronous};
use super::schema;

/// Where a store is, and how it is kept.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// `None` for memory.
    pub(super) path: Option<PathBuf>,
    pub(super) options: SqliteOptions,
}

impl Place {
    /// Opens the file, or makes it, and settles which one it is: from here on its path is absolute and without
    /// links, so that neither a change of the working directory nor one of a link leads to another file.
    pub(super) fn open(&mut self) -> Result<Conn, SqliteOpenError> {
        let failed = |source: std::io::Error| SqliteOpenError::Failed { source: source.into() };
        self.path = self.path.take().map(std::path::absolute).transpose().map_err(failed)?;
        let conn = self.open_writer(OpenFlags::SQLITE_OPEN_CREATE)?;
        self.path = self.path.take().map(std::fs::canonicalize).transpose().map_err(failed)?;
        Ok(conn)
    }

    /// The writing connection once more. A file that is gone is not made anew, because it would be empty.
    pub(super) fn reopen(&self) -> Result<Conn, SqliteOpenError> {
        self.open_writer(OpenFlags::empty())
    }

    /// The connection that writes, with the tables as this release has them.
    fn open_writer(&self, more: OpenFlags) -> Result<Conn, SqliteOpenError> {
        check_version(rusqlite::version_number(), self.path.is_some(), self.options.journal)?;
        let mut db = self.connect(more)?;
        schema::check(&db)?;
        self.journal(&db)?;
        schema::migrate(&mut db)?;
        if self.options.synchronous == Synchronous::Normal {
            db.pragma_update(None, "synchronous", "NORMAL")?;
        }
        Ok(Conn::new(db))
    }

    /// A connection that only reads. There are none of a store in memory.
    pub(super) fn open_reader(&self) -> Result<Conn, rusqlite::Error> {
        let db = self.connect(OpenFlags::empty())?;
        db.pragma_update(None, "query_only", true)?;
        Ok(Conn::new(db))
    }

    /// A connection for reading the whole file at once, which may write elsewhere.
    pub(super) fn open_copier(&self) -> Result<Connection, rusqlite::Error> {
        self.connect(OpenFlags::empty())
    }

    fn connect(&self, more: OpenFlags) -> Result<Connection, rusqlite::Error> {
        // Without the flag for URIs: a path is a path, whatever it begins with.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
        let db = match &self.path {
            Some(path) => Connection::open_with_flags(path, flags)?,
            None => Connection::open_in_memory_with_flags(flags)?,
        };
        // Not by rusqlite's own function: its later releases call one of SQLite 3.44 there, and an older library
        // could not be linked.
        let patience = i32::try_from(self.options.busy_timeout.as_millis()).unwrap_or(i32::MAX);
        db.pragma_update_and_check(None, "busy_timeout", patience, |_| Ok(()))?;
        // Plans that do not depend on the values: else some statements are compiled anew for each.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // `FULL` would leave the removal of a rollback journal unsynchronised, and a power cut could bring it
        // back: with it the commit that was answered would be undone.
        db.pragma_update(None, "synchronous", "EXTRA")?;
        db.pragma_update(None, "foreign_keys", true)?;
        db.pragma_update(None, "secure_delete", true)?;
        // Nothing of a transaction goes to a file of which nobody knows.
        db.pragma_update(None, "temp_store", "MEMORY")?;
        db.pragma_update(None, "cache_size", -CACHE_KIB)?;
        db.pragma_update(None, "wal_autocheckpoint", self.options.wal_autocheckpoint)?;
        Ok(db)
    }

    fn journal(&self, db: &Connection) -> Result<(), SqliteOpenError> {
        if self.path.is_none() {
            return Ok(());
        }
        let wanted = match self.options.journal {
            Journal::WriteAheadLog => "wal",
            Journal::Rollback => "delete",
        };
        for _ in 1..CHANGE_JOURNAL {
            match change_journal(db, wanted) {
                // SQLite waits for nobody while it changes this, and another process may be about to do the
                // same. It does wait for its turn to write.
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                    db.execute_batch("BEGIN EXCLUSIVE; ROLLBACK")?;
                }
                changed => return if changed? { Ok(()) } else { Err(SqliteOpenError::NoLog) },
            }
        }
        if change_journal(db, wanted)? { Ok(()) } else { Err(SqliteOpenError::NoLog) }
    }
}

/// Whether the file has that journal afterwards.
fn change_journal(db: &Connection, wanted: &str) -> Result<bool, rusqlite::Error> {
    let mode: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode == wanted {
        return Ok(true);
    }
    let mode: String = db.pragma_update_and_check(None, "journal_mode", wanted, |row| row.get(0))?;
    Ok(mode == wanted)
}

/// How often it is tried to change the journal.
const CHANGE_JOURNAL: u32 = 100;

/// How much of the file a connection keeps in memory.
const CACHE_KIB: i64 = 8192;

/// The mark that says how far the feed was read stands beside the file.
pub(super) fn mark_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-feed");
    name.into()
}

/// Whether that release (as SQLite numbers them: 3051003 for 3.51.3) can be trusted.
fn check_version(number: i32, file: bool, journal: Journal) -> Result<(), SqliteOpenError> {
    let version = || format!("{}.{}.{}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
    if number < 3_038_000 {
        return Err(SqliteOpenError::OldVersion { version: version() });
    }
    let sound = number >= 3_051_003 || matches!(number, 3_050_007 | 3_044_006);
    if file && journal == Journal::WriteAheadLog && !sound {
        return Err(SqliteOpenError::UnsafeVersion { version: version() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_that_damages_files_is_refused() {
        let log = |number| check_version(number, true, Journal::WriteAheadLog);
        for sound in [3_051_003, 3_051_004, 3_052_000, 3_054_001, 3_050_007, 3_044_006, 4_000_000] {
            assert!(log(sound).is_ok(), "{sound}");
        }
        for unsound in [3_038_000, 3_040_001, 3_044_005, 3_044_007, 3_050_006, 3_050_008, 3_051_002] {
            let error = log(unsound).unwrap_err();
            assert!(matches!(error, SqliteOpenError::UnsafeVersion { .. }), "{unsound}: {error}");
            assert!(check_version(unsound, true, Journal::Rollback).is_ok(), "{unsound}");
            assert!(check_version(unsound, false, Journal::WriteAheadLog).is_ok(), "{unsound} in memory");
        }
        let error = log(3_040_001).unwrap_err().to_string();
        assert!(error.starts_with("SQLite 3.40.1 can damage a file"), "{error}");
        let old = check_version(3_037_002, true, Journal::Rollback).unwrap_err();
        assert_eq!(old.to_string(), "SQLite 3.37.2 is too old: 3.38 or later is needed");
    }
}
