//! Reading a record, and what became of a command.

use rusqlite::{OptionalExtension, Row, params};

use super::column::{bytes_at, id_at, id_columns, unsigned_at};
use super::conn::Conn;
use super::error::Fault;
use crate::backend::stored::decode_record;
use crate::backend::{BackendError, Key, Load, Loaded, Outcome, Record, RecordId, Written};
use crate::id::{CommandId, TenantId};

/// One statement, and so one instant, for both.
const BOTH: &str = "
    SELECT r.version, r.body, c.fingerprint, c.first, c.last, c.more, w.kind, w.id
    FROM (SELECT 1)
    LEFT JOIN records r ON r.tenant = ?1 AND r.kind = ?2 AND r.id = ?3
    LEFT JOIN commands c ON c.tenant = ?1 AND c.id = ?4
    LEFT JOIN records w ON w.num = c.record";

const RECORD: &str = "SELECT version, body FROM records WHERE tenant = ?1 AND kind = ?2 AND id = ?3";

const OUTCOME: &str = "
    SELECT c.fingerprint, c.first, c.last, c.more, w.kind, w.id
    FROM commands c JOIN records w ON w.num = c.record
    WHERE c.tenant = ?1 AND c.id = ?2";

pub(super) fn load(conn: &mut Conn, load: &Load) -> Result<Loaded, Fault> {
    let Some(tenant) = conn.tenant(&load.key.tenant)? else {
        return Ok(Loaded { record: None, outcome: None });
    };
    let (kind, id) = id_columns(load.key.id);
    let Some(command) = load.command else {
        let record = conn
            .sql(RECORD)?
            .query_row(params![tenant, kind, id], |row| Ok(record_at(row, &load.key)))
            .optional()?;
        return Ok(Loaded { record: record.transpose()?.flatten(), outcome: None });
    };
    let (record, outcome) =
        conn.sql(BOTH)?.query_row(params![tenant, kind, id, command.uuid().as_bytes()], |row| {
            let known = row.get::<_, Option<i64>>(3)?.is_some();
            let outcome = if known { Some(outcome_at(row, 2, &load.key.tenant)?) } else { None };
            Ok((record_at(row, &load.key), outcome))
        })?;
    let outcome = outcome.map(|part| part.whole(conn, &load.key.tenant)).transpose()?;
    Ok(Loaded { record: record?, outcome })
}

/// What a command of the tenant did, if it was committed.
pub(super) fn outcome(
    conn: &Conn,
    id: &TenantId,
    tenant: i64,
    command: CommandId,
) -> Result<Option<Outcome>, Fault> {
    let part = conn
        .sql(OUTCOME)?
        .query_row(params![tenant, command.uuid().as_bytes()], |row| outcome_at(row, 0, id))
        .optional()?;
    part.map(|part| part.whole(conn, id)).transpose()
}

fn record_at(row: &Row<'_>, key: &Key) -> Result<Option<Record>, BackendError> {
    let columns = row.get::<_, Option<i64>>(0).and_then(|version| Ok((version, bytes_at(row, 1)?)));
    match columns.map_err(BackendError::other)? {
        (None, _) => Ok(None),
        (Some(version), bytes) => Ok(Some(decode_record(key, version.unsigned_abs(), bytes)?)),
    }
}

/// An outcome, but for what it wrote besides its first record.
struct Part {
    outcome: Outcome,
    more: Option<String>,
}

impl Part {
    // Which record has which number never changes, so that this need not be of the same instant.
    fn whole(self, conn: &Conn, tenant: &TenantId) -> Result<Outcome, Fault> {
        let Self { mut outcome, more } = self;
        let Some(more) = more else { return Ok(outcome) };
        let more: Vec<(i64, u64, u64)> = serde_json::from_str(&more).map_err(BackendError::other)?;
        for (num, first, last) in more {
            let id: RecordId = conn
                .sql("SELECT kind, id FROM records WHERE num = ?1")?
                .query_row([num], |row| id_at(row, 0))?;
            outcome.written.push(Written { key: Key::new(tenant.clone(), id), first, last });
        }
        Ok(outcome)
    }
}

fn outcome_at(row: &Row<'_>, at: usize, tenant: &TenantId) -> rusqlite::Result<Part> {
    let fingerprint = row.get::<_, Option<i64>>(at)?.map(i64::cast_unsigned);
    let (first, last) = (unsigned_at(row, at + 1)?, unsigned_at(row, at + 2)?);
    let key = Key { tenant: tenant.clone(), id: id_at(row, at + 4)? };
    let outcome = Outcome { fingerprint, written: vec![Written { key, first, last }] };
    Ok(Part { outcome, more: row.get(at + 3)? })
}

/// What [`Part::whole`] reads: the records of a commit behind the first, by their numbers.
pub(super) fn more_of(places: &[(i64, u64, u64)]) -> Result<Option<String>, Fault> {
    match places.get(1..) {
        None | Some([]) => Ok(None),
        Some(more) => Ok(Some(serde_json::to_string(more).map_err(BackendError::other)?)),
    }
}
