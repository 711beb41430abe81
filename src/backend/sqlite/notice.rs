//! Notices: owed, taken in their order, settled.

use rusqlite::{OptionalExtension, Row, params};

use super::column::{bytes_at, id_at, id_columns, micros, pending_at, signed, unsigned_at};
use super::commit::Owed;
use super::conn::Conn;
use super::error::Fault;
use crate::backend::stored::decode_notice;
use crate::backend::{
    After, BackendError, Claim, DeadNotice, Key, Lease, LeasedNotice, NoticeEnd, PendingNotice, RecordId,
};
use crate::id::{Code, CustomerId, TenantId};
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
    // What is leased further ahead than a lease lasts was taken under a clock that ran ahead.
    conn.sql(
        "UPDATE notices INDEXED BY notices_leased SET ready = min(due, ?2)
         WHERE leased = 1 AND ready > ?3 AND tenant = ?1",
    )?
    .execute(params![tenant, micros(claim.now), micros(claim.horizon())])?;
    let mut claimed = Vec::new();
    let mut taken = Vec::new();
    {
        let mut select = conn.sql(
            "SELECT n.num, r.kind, r.id, n.version, n.n,
                 n.due, n.ready, n.leases, n.attempts, n.leased, n.line IS NOT NULL, n.dead, n.body
             FROM notices n INDEXED BY notices_ready JOIN records r ON r.num = n.record
             WHERE n.tenant = ?1 AND n.ready <= ?2 ORDER BY n.ready LIMIT ?3",
        )?;
        let mut rows = select.query(params![tenant, micros(claim.now), signed(claim.limit as u64)])?;
        while let Some(row) = rows.next()? {
            let mut pending = notice_at(row, 5)?;
            let RecordId::Case(case) = id_at(row, 1)?;
            let notice = NoticeId { case, version: unsigned_at(row, 3)?, n: row.get(4)? };
            let key = Key::new(id.clone(), case);
            let read = decode_notice(&key, notice, bytes_at(row, 12)?);
            claimed.push(pending.take(key, notice, read, claim));
            taken.push((row.get(0)?, pending));
        }
    }
    for (num, pending) in taken {
        store(conn, num, &pending)?;
    }
    Ok(claimed)
}

/// The dead letters, by rising id.
pub(super) fn dead_letters(
    conn: &mut Conn,
    id: &TenantId,
    after: Option<NoticeId>,
    limit: usize,
) -> Result<Vec<DeadNotice>, Fault> {
    let Some(tenant) = conn.tenant(id)? else { return Ok(Vec::new()) };
    let (case, version, n) = match after {
        Some(after) => (after.case.uuid().into_bytes().to_vec(), signed(after.version), i64::from(after.n)),
        None => (Vec::new(), 0, 0),
    };
    let mut select = conn.sql(
        "SELECT r.kind, r.id, n.version, n.n,
             n.due, n.ready, n.leases, n.attempts, n.leased, n.line IS NOT NULL, n.dead, n.body
         FROM notices n INDEXED BY notices_dead JOIN records r ON r.num = n.record
         WHERE n.tenant = ?1 AND n.dead IS NOT NULL AND (r.id, n.version, n.n) > (?2, ?3, ?4)
         ORDER BY r.id, n.version, n.n LIMIT ?5",
    )?;
    let mut rows = select.query(params![tenant, case, version, n, signed(limit as u64)])?;
    let mut dead = Vec::new();
    while let Some(row) = rows.next()? {
        let RecordId::Case(case) = id_at(row, 0)?;
        let notice = NoticeId { case, version: unsigned_at(row, 2)?, n: row.get(3)? };
        let key = Key::new(id.clone(), case);
        let read = decode_notice(&key, notice, bytes_at(row, 11)?);
        dead.extend(notice_at(row, 4)?.as_dead(key, notice, read));
    }
    Ok(dead)
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
            "SELECT n.num, n.record, n.line,
                 n.due, n.ready, n.leases, n.attempts, n.leased, n.line IS NOT NULL, n.dead
             FROM records r JOIN notices n ON n.tenant = ?1 AND n.record = r.num
             WHERE r.tenant = ?1 AND r.kind = ?2 AND r.id = ?3 AND n.version = ?4 AND n.n = ?5",
        )?
        .query_row(params![tenant, kind, id, signed(notice.version), notice.n], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, notice_at(row, 3)))
        })
        .optional()?;
    let (num, record, line, pending): (i64, i64, Option<String>, Result<PendingNotice, Fault>) =
        stored.ok_or(BackendError::LeaseLost)?;
    let mut pending = pending?;
    match pending.settle(lease, end)? {
        After::Waits => return store(conn, num, &pending),
        After::SetAside => store(conn, num, &pending)?,
        After::Over => drop(conn.sql("DELETE FROM notices WHERE num = ?1")?.execute([num])?),
    }
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
        "UPDATE notices AS n SET ready = due WHERE tenant = ?1 AND ready IS NULL AND line IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM notices e WHERE e.tenant = ?1 AND e.record = n.record AND e.line = n.line
                 AND (e.version, e.n) < (n.version, n.n))",
    )?
    .execute([tenant])?;
    Ok(gone as u64)
}

fn store(conn: &Conn, num: i64, notice: &PendingNotice) -> Result<(), Fault> {
    let sql = "UPDATE notices SET ready = ?2, leases = ?3, attempts = ?4, leased = ?5, dead = ?6,
                   line = CASE WHEN ?7 THEN line END
               WHERE num = ?1";
    let pending = &notice.pending;
    conn.sql(sql)?.execute(params![
        num,
        pending.ready.map(micros),
        pending.leases,
        pending.attempts,
        pending.leased,
        notice.dead.as_ref().map(Code::as_str),
        notice.in_line,
    ])?;
    Ok(())
}

/// The columns of a [`PendingNotice`] from that place on.
fn notice_at(row: &Row<'_>, at: usize) -> Result<PendingNotice, Fault> {
    let dead: Option<String> = row.get(at + 6)?;
    let dead = dead.map(Code::new).transpose().map_err(BackendError::other)?;
    Ok(PendingNotice { pending: pending_at(row, at)?, in_line: row.get(at + 5)?, dead })
}
