//! How values stand in columns.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Row;
use rusqlite::types::{FromSqlError, Type, ValueRef};
use uuid::Uuid;

use crate::backend::{Pending, RecordId};
use crate::id::CaseId;

/// Microseconds since 1970, rounded down.
pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// Microseconds since 1970, rounded up: where what is stored has to be no earlier.
pub(super) fn micros_up(at: DateTime<Utc>) -> i64 {
    let down = at.timestamp_micros();
    down.saturating_add(i64::from(instant(down) < at))
}

pub(super) fn instant(micros: i64) -> DateTime<Utc> {
    let end = if micros < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::microseconds(micros)).unwrap_or(end)
}

/// The kind and the bytes of a record's id, which sort as the id does.
pub(super) fn id_columns(id: RecordId) -> (i64, [u8; 16]) {
    match id {
        RecordId::Case(case) => (0, *case.uuid().as_bytes()),
    }
}

/// The id in two neighbouring columns.
pub(super) fn id_at(row: &Row<'_>, at: usize) -> rusqlite::Result<RecordId> {
    match (row.get(at)?, row.get(at + 1)?) {
        (0_i64, bytes) => Ok(CaseId::from_uuid(Uuid::from_bytes(bytes)).into()),
        (kind, _) => Err(rusqlite::Error::FromSqlConversionFailure(
            at,
            Type::Integer,
            FromSqlError::OutOfRange(kind).into(),
        )),
    }
}

/// What is stored of a body, whatever its type is.
pub(super) fn bytes_at<'a>(row: &'a Row<'_>, at: usize) -> rusqlite::Result<&'a [u8]> {
    Ok(match row.get_ref(at)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => &[],
    })
}

/// Versions and counts, which the file keeps as what SQLite has: numbers with a sign.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned_at(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(at)?.unsigned_abs())
}

/// Five columns from `at` on; what is set aside has another.
pub(super) fn pending_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Pending> {
    Ok(Pending {
        due: row.get::<_, Option<i64>>(at)?.map(instant),
        ready: row.get::<_, Option<i64>>(at + 1)?.map(instant),
        leases: row.get(at + 2)?,
        attempts: row.get(at + 3)?,
        leased: row.get(at + 4)?,
        quarantined: false,
    })
}
