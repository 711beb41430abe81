//! Notices: owed, taken in their order, settled.

use rusqlite::{OptionalExtension, params};

use super::column::{bytes_at, id_at, id_columns, micros, pending_at, signed, unsigned_at};
use super::commit::Owed;
use super::conn::Conn;
use super::error::Fault;
use crate::backend::stored::decode_notice;
use crate::backend::{BackendError, Claim, Key, Lane, Lease, LeasedNotice, NoticeEnd, Pending, RecordId};
use crate::id::{CustomerId, TenantId};
use crate::workflow::NoticeId;

/// The first of a record's notices in a line is ready at its time; the others are not shown to a claim.
pub(super) fn insert(conn: &Conn, tenant: i64, record: i64, owed: &Owed) -> Result<(), Fault> {
    let sql = "INSERT INTO notices (tenant, record, version, n, person, line, due, ready, leases, attempts,
                   leased, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
                   CASE WHEN EXISTS (SELECT 1 FROM notices WHERE tenant = ?1 AND record = ?2 AND line = ?6)
                       THEN NULL ELSE ?7 END,
                   0, 0, 0, ?8)";
    conn.sql(sql)?.execute(params![
        tenant,
        record,
        signed(owed.id.version),
        owed.id.n,
        owed.person.as_ref().map(CustomerId::as_str),
        owed.line,
        owed.due,
        owed.body,
    ])?;
    Ok(())
}

pub(super) fn claim(conn: &mut Conn, id: &TenantId, claim: &Claim) -> Result<Vec<LeasedNotice>, Fault> {
    let Some(tenant) = conn.tenant(id)? else { return Ok(Vec::new()) };
    let mut claimed = Vec::new();
    let mut taken = Vec::new();
    {
        let mut select = conn.sql(
            "SELECT n.num, r.kind, r.id, n.version, n.n, n.due, n.ready, n.leases, n.attempts, n.leased, n.body
             FROM notices n INDEXED BY notices_ready JOIN records r ON r.num = n.record
             WHERE n.tenant = ?1 AND n.ready <= ?2 ORDER BY n.ready LIMIT ?3",
        )?;
        let mut rows = select.query(params![tenant, micros(claim.now), signed(claim.limit as u64)])?;
        while let Some(row) = rows.next()? {
            let mut pending = pending_at(row, 5)?;
            let RecordId::Case(case) = id_at(row, 1)?;
            let notice = NoticeId { case, version: unsigned_at(row, 3)?, n: row.get(4)? };
            let key = Key::new(id.clone(), case);
            let due = pending.due.unwrap_or(claim.now);
            let lease = pending.take(Lane::Notices, claim.now, claim.lease);
            claimed.push(LeasedNotice {
                notice: decode_notice(&key, notice, bytes_at(row, 10)?),
                key,
                id: notice,
                due,
                attempts: pending.attempts(),
                lease,
            });
            taken.push((row.get(0)?, pending));
        }
    }
    for (num, pending) in taken {
        store(conn, num, &pending)?;
    }
    Ok(claimed)
}

pub(super) fn settle(
    conn: &mut Conn,
    tenant: &TenantId,
    notice: NoticeId,
    lease: Lease,
    end: &NoticeEnd,
) -> Result<(), Fault> {
    let tenant = conn.tenant(tenant)?.ok_or(BackendError::LeaseLost)?;
    let (kind, id) = id_columns(notice.case.into());
    let stored = conn
        .sql(
            "SELECT n.num, n.record, n.line, n.due, n.ready, n.leases, n.attempts, n.leased
             FROM records r JOIN notices n ON n.tenant = ?1 AND n.record = r.num
             WHERE r.tenant = ?1 AND r.kind = ?2 AND r.id = ?3 AND n.version = ?4 AND n.n = ?5",
        )?
        .query_row(params![tenant, kind, id, signed(notice.version), notice.n], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, pending_at(row, 3)?))
        })
        .optional()?;
    let (num, record, line, mut pending): (i64, i64, String, Pending) =
        stored.ok_or(BackendError::LeaseLost)?;
    if !pending.settle_notice(lease, end)? {
        return store(conn, num, &pending);
    }
    conn.sql("DELETE FROM notices WHERE num = ?1")?.execute([num])?;
    // The next one of the same line was never taken, so that it is ready at its own time.
    conn.sql(
        "UPDATE notices SET ready = due WHERE num = (
             SELECT num FROM notices WHERE tenant = ?1 AND record = ?2 AND line = ?3
             ORDER BY version, n LIMIT 1)",
    )?
    .execute(params![tenant, record, line])?;
    Ok(())
}

/// Takes away what is about a person; what stood behind it moves up.
pub(super) fn void(conn: &Conn, tenant: i64, person: &CustomerId) -> Result<u64, Fault> {
    let gone = conn
        .sql("DELETE FROM notices WHERE tenant = ?1 AND person = ?2")?
        .execute(params![tenant, person.as_str()])?;
    conn.sql(
        "UPDATE notices AS n SET ready = due WHERE tenant = ?1 AND ready IS NULL AND NOT EXISTS (
             SELECT 1 FROM notices e WHERE e.tenant = ?1 AND e.record = n.record AND e.line = n.line
                 AND (e.version, e.n) < (n.version, n.n))",
    )?
    .execute([tenant])?;
    Ok(gone as u64)
}

fn store(conn: &Conn, num: i64, pending: &Pending) -> Result<(), Fault> {
    let sql = "UPDATE notices SET ready = ?2, leases = ?3, attempts = ?4, leased = ?5 WHERE num = ?1";
    conn.sql(sql)?.execute(params![
        num,
        pending.ready.map(micros),
        pending.leases,
        pending.attempts,
        pending.leased,
    ])?;
    Ok(())
}
