//! Reading the ledger.

use rusqlite::{Row, Rows, params};

use super::column::{bytes_at, id_at, id_columns, signed, unsigned_at};
use super::conn::Conn;
use super::error::Fault;
use crate::backend::stored::decode_event;
use crate::backend::{EventItem, EventPage, EventQuery, EventScope, Key, Position, RecordId};
use crate::id::TenantId;

/// What is read of each event: its place, its record, its version and itself.
const HISTORY: &str = "
    SELECT e.position, (SELECT epoch FROM epochs WHERE first <= e.position ORDER BY first DESC LIMIT 1),
        r.kind, r.id, e.version, e.body
    FROM records r JOIN events e ON e.record = r.num
    WHERE r.tenant = ?1 AND r.kind = ?2 AND r.id = ?3 AND e.version > ?4
    ORDER BY e.version LIMIT ?5";

const FEED: &str = "
    SELECT e.position, (SELECT epoch FROM epochs WHERE first <= e.position ORDER BY first DESC LIMIT 1),
        r.kind, r.id, e.version, e.body
    FROM events e INDEXED BY events_feed JOIN records r ON r.num = e.record
    WHERE e.tenant = ?1 AND e.position >= ?2
    ORDER BY e.position LIMIT ?3";

pub(super) fn events(conn: &mut Conn, query: &EventQuery) -> Result<EventPage, Fault> {
    let Some(tenant) = conn.tenant(&query.tenant)? else {
        return Ok(EventPage { items: Vec::new() });
    };
    let limit = signed(query.limit as u64);
    let items = match &query.scope {
        EventScope::Record { id, after } => {
            let (kind, id) = id_columns(*id);
            let mut select = conn.sql(HISTORY)?;
            items(select.query(params![tenant, kind, id, signed(*after), limit])?, &query.tenant)?
        }
        EventScope::Feed { after } => {
            // Of one instant, so that no epoch begins between the two.
            conn.at_once(|conn| {
                let Some(first) = first_behind(conn, *after)? else { return Ok(Vec::new()) };
                let mut select = conn.sql(FEED)?;
                items(select.query(params![tenant, first, limit])?, &query.tenant)
            })?
        }
    };
    Ok(EventPage { items })
}

/// The smallest number that an event behind that position can have, `None` if there is none yet.
///
/// Numbers go on when an epoch begins, so that behind a position of an earlier epoch come the rest of that
/// epoch and all of the later ones, also if numbers beyond the end of its epoch were handed out for what
/// was lost.
fn first_behind(conn: &Conn, after: Option<Position>) -> Result<Option<i64>, Fault> {
    let Some(after) = after else { return Ok(Some(0)) };
    let next = i64::try_from(after.number()).unwrap_or(i64::MAX).saturating_add(1);
    let sql = "SELECT (SELECT min(first) FROM epochs WHERE epoch >= ?1),
                   (SELECT min(first) FROM epochs WHERE epoch > ?1)";
    let (own, later): (Option<i64>, Option<i64>) =
        conn.sql(sql)?.query_row([signed(after.epoch())], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(own.map(|own| own.max(later.map_or(next, |later| next.min(later)))))
}

fn items(mut rows: Rows<'_>, tenant: &TenantId) -> Result<Vec<EventItem>, Fault> {
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(item(row, tenant)?);
    }
    Ok(items)
}

fn item(row: &Row<'_>, tenant: &TenantId) -> rusqlite::Result<EventItem> {
    let position = Position::new(unsigned_at(row, 1)?, u128::from(unsigned_at(row, 0)?));
    let id: RecordId = id_at(row, 2)?;
    let key = Key { tenant: tenant.clone(), id };
    let event = decode_event(&key, unsigned_at(row, 4)?, bytes_at(row, 5)?);
    Ok(EventItem { position, key, event })
}
