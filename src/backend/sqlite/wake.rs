//! Wake-ups: taken and given back.

use rusqlite::{OptionalExtension, params};

use super::column::{id_at, id_columns, micros, pending_at, signed};
use super::conn::Conn;
use super::error::Fault;
use crate::backend::{BackendError, Claim, Key, Lane, Lease, LeasedWake, Pending, RecordId, WakeEnd};
use crate::id::TenantId;
use chrono::{DateTime, Utc};

pub(super) fn claim(conn: &mut Conn, id: &TenantId, claim: &Claim) -> Result<Vec<LeasedWake>, Fault> {
    let Some(tenant) = conn.tenant(id)? else { return Ok(Vec::new()) };
    // What was moved further ahead than a lease lasts was moved under a clock that ran ahead.
    conn.sql(
        "UPDATE wakes INDEXED BY wakes_moved SET ready = min(due, ?2)
         WHERE ready <> due AND ready > ?3 AND tenant = ?1",
    )?
    .execute(params![tenant, micros(claim.now), micros(claim.horizon())])?;
    let ready: Vec<(i64, RecordId, Pending)> = conn
        .sql(
            "SELECT record, kind, id, due, ready, leases, attempts, leased, quarantined
             FROM wakes INDEXED BY wakes_ready
             WHERE tenant = ?1 AND ready <= ?2 ORDER BY ready LIMIT ?3",
        )?
        .query_map(params![tenant, micros(claim.now), signed(claim.limit as u64)], |row| {
            Ok((row.get(0)?, id_at(row, 1)?, Pending { quarantined: row.get(8)?, ..pending_at(row, 3)? }))
        })?
        .collect::<Result<_, _>>()?;
    let mut claimed = Vec::with_capacity(ready.len());
    for (record, wake, mut pending) in ready {
        let Some(due) = pending.due() else { continue };
        let lease = pending.take(Lane::Wakes, claim.now, claim.lease);
        store(conn, record, &pending)?;
        claimed.push(LeasedWake {
            key: Key { tenant: id.clone(), id: wake },
            due,
            attempts: pending.attempts(),
            quarantined: pending.quarantined(),
            lease,
        });
    }
    Ok(claimed)
}

pub(super) fn settle(
    conn: &mut Conn,
    tenant: &TenantId,
    record: RecordId,
    lease: Lease,
    end: WakeEnd,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let tenant = conn.tenant(tenant)?.ok_or(BackendError::LeaseLost)?;
    let (kind, id) = id_columns(record);
    let stored = conn
        .sql(
            "SELECT w.record, w.due, w.ready, w.leases, w.attempts, w.leased, w.quarantined
             FROM records r JOIN wakes w ON w.record = r.num
             WHERE r.tenant = ?1 AND r.kind = ?2 AND r.id = ?3",
        )?
        .query_row(params![tenant, kind, id], |row| {
            Ok((row.get(0)?, Pending { quarantined: row.get(6)?, ..pending_at(row, 1)? }))
        })
        .optional()?;
    let (record, mut pending): (i64, Pending) = stored.ok_or(BackendError::LeaseLost)?;
    pending.settle_wake(lease, end, now)?;
    store(conn, record, &pending)
}

fn store(conn: &Conn, record: i64, pending: &Pending) -> Result<(), Fault> {
    let sql = "UPDATE wakes SET ready = ?2, leases = ?3, attempts = ?4, leased = ?5, quarantined = ?6
               WHERE record = ?1";
    conn.sql(sql)?.execute(params![
        record,
        pending.ready.map(micros),
        pending.leases,
        pending.attempts,
        pending.leased,
        pending.quarantined,
    ])?;
    Ok(())
}
