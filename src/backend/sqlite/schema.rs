//! The tables, release by release.

use rusqlite::{Connection, TransactionBehavior};

use super::error::SqliteOpenError;
use crate::clock::{Clock, SystemClock};

/// What leads from each schema to the next; the first from an empty file. None of them ever changes.
const STEPS: &[&str] = &[include_str!("schema/1.sql")];

/// In the file's header, so that a database of something else is not taken for a store.
const APPLICATION: i32 = 0x7461_6c6b;

/// Whether the file may become or is a store that this release can read.
pub(super) fn check(db: &Connection) -> Result<u32, SqliteOpenError> {
    // All of it at one moment: another process may be about to make a store of it.
    let at_once = db.unchecked_transaction()?;
    known(&at_once)
}

/// The schema that the file has, 0 for an empty one. Asked inside a transaction.
fn known(db: &Connection) -> Result<u32, SqliteOpenError> {
    let application: i32 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let found: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let latest = STEPS.len() as u32;
    match (application, found) {
        (APPLICATION, 1..) if found > latest => Err(SqliteOpenError::NewerSchema { found, known: latest }),
        (APPLICATION, 1..) => Ok(found),
        (0, 0) => {
            let tables: u32 = db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
            if tables == 0 { Ok(0) } else { Err(SqliteOpenError::Foreign) }
        }
        _ => Err(SqliteOpenError::Foreign),
    }
}

/// Takes the file to the latest schema, in one transaction: a file that is half way does not exist, and
/// of two that begin at once the second finds it done.
pub(super) fn migrate(db: &mut Connection) -> Result<(), SqliteOpenError> {
    if check(db)? as usize == STEPS.len() {
        return Ok(());
    }
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = known(&tx)?;
    for step in STEPS.iter().skip(found as usize) {
        tx.execute_batch(step)?;
    }
    if found == 0 {
        tx.execute("INSERT INTO store (id) VALUES (?1)", [SystemClock.entropy().to_be_bytes()])?;
        tx.execute("INSERT INTO epochs (first, epoch) VALUES (1, 1)", [])?;
        tx.pragma_update(None, "application_id", APPLICATION)?;
    }
    tx.pragma_update(None, "user_version", STEPS.len() as u32)?;
    Ok(tx.commit()?)
}
