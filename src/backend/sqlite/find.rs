//! Lists. The text of a statement depends on which filters are used and how many stages and priorities
//! they name, never on what somebody wrote: every value is bound.

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use super::column::{bytes_at, id_at, id_columns, instant, micros_up, signed, unsigned_at};
use super::conn::Conn;
use super::error::Fault;
use crate::backend::stored::decode_record;
use crate::backend::{
    BackendError, CaseQuery, Direction, Find, Found, Key, Order, Page, RecordId, TimeRange, Undecodable,
};
use crate::case::Stage;
use crate::id::{StaffId, TeamId};

pub(super) fn find(
    conn: &mut Conn,
    find: &Find,
    after: Option<(DateTime<Utc>, RecordId)>,
) -> Result<Page, Fault> {
    let mut page = Page { items: Vec::new(), next: None };
    let Some(tenant) = conn.tenant(&find.query.tenant)? else { return Ok(page) };
    let mut list = List::of(&find.query, tenant)?;
    list.behind(after);
    // One more than asked for, to know whether there is one.
    list.limit(find.page.limit.saturating_add(1));
    let mut select = conn.sql(&list.sql)?;
    let mut rows = select.query(params_from_iter(list.values))?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        if page.items.len() == find.page.limit {
            page.next = last.map(|(at, record)| find.query.cursor(at, record));
            break;
        }
        let (at, key) = (instant(row.get(0)?), Key::new(find.query.tenant.clone(), id_at(row, 1)?));
        last = Some((at, key.id));
        page.items.push(found(row, &key)?);
    }
    Ok(page)
}

fn found(row: &Row<'_>, key: &Key) -> rusqlite::Result<Result<Found, Undecodable>> {
    let quarantined = row.get(4)?;
    let record = decode_record(key, unsigned_at(row, 3)?, bytes_at(row, 5)?);
    Ok(record.map(|record| Found { record, quarantined }))
}

/// A statement as it grows, with its values in the order of their places.
struct List {
    sql: String,
    values: Vec<Value>,
    /// What the list is ordered by: its time, and whose columns say which record that is.
    time: &'static str,
    table: &'static str,
    direction: Direction,
}

impl List {
    fn of(query: &CaseQuery, tenant: i64) -> Result<Self, Fault> {
        let open = !query.stages.is_empty() && !query.stages.contains(&Stage::Closed);
        let quarantined = query.quarantined == Some(true);
        let (time, table) = match query.order {
            Order::Opened => ("r.opened", "r"),
            Order::Updated => ("r.updated", "r"),
            Order::WakeUp => ("w.due", "w"),
            Order::Due => ("r.due", "r"),
        };
        // Which index to walk is said here, because without statistics SQLite can only guess.
        let from = match query.order {
            // There are few of them.
            _ if quarantined => {
                "wakes w INDEXED BY wakes_quarantined CROSS JOIN records r ON r.num = w.record"
            }
            _ if !query.customers.is_empty() => {
                "records r INDEXED BY records_customer CROSS JOIN wakes w ON w.record = r.num"
            }
            Order::Opened if open => {
                "records r INDEXED BY records_open CROSS JOIN wakes w ON w.record = r.num"
            }
            Order::Opened => "records r INDEXED BY records_opened CROSS JOIN wakes w ON w.record = r.num",
            Order::Updated => "records r INDEXED BY records_updated CROSS JOIN wakes w ON w.record = r.num",
            Order::Due => "records r INDEXED BY records_due CROSS JOIN wakes w ON w.record = r.num",
            Order::WakeUp => "wakes w INDEXED BY wakes_due CROSS JOIN records r ON r.num = w.record",
        };
        let whose = if from.starts_with('w') { "w" } else { "r" };
        let mut list = Self {
            sql: format!(
                "SELECT {time}, r.kind, r.id, r.version, w.quarantined, r.body FROM {from} WHERE {whose}.tenant = ?"
            ),
            values: vec![tenant.into()],
            time,
            table,
            direction: query.direction,
        };
        match query.order {
            Order::WakeUp => list.and("w.due IS NOT NULL", []),
            Order::Due => list.and("r.due IS NOT NULL", []),
            Order::Opened | Order::Updated => {}
        }
        if open {
            list.and("r.open = 1", []);
        }
        match query.quarantined {
            Some(true) => list.and("w.quarantined = 1", []),
            Some(false) => list.and("w.quarantined = 0", []),
            None => {}
        }
        list.one_of("r.stage", query.stages.iter().map(|stage| stage.as_str()));
        list.one_of("r.priority", query.priorities.iter().map(|priority| priority.as_str()));
        list.any_of("r.feedback", query.kinds.iter().map(|kind| Some(kind.as_str())))?;
        list.any_of("r.owner", query.owners.iter().map(|id| id.as_ref().map(StaffId::as_str)))?;
        list.any_of("r.team", query.teams.iter().map(|id| id.as_ref().map(TeamId::as_str)))?;
        list.any_of("r.customer", query.customers.iter().map(|id| Some(id.as_str())))?;
        for label in &query.labels {
            list.and("instr(r.labels, ?) > 0", [format!(" {label} ").into()]);
        }
        list.within("r.opened", query.opened);
        list.within("r.updated", query.updated);
        list.within("w.due", TimeRange { from: None, until: query.wake_up_before });
        Ok(list)
    }

    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// One of a handful of words of ours.
    fn one_of(&mut self, column: &str, wanted: impl Iterator<Item = &'static str>) {
        let mut wanted: Vec<_> = wanted.collect();
        wanted.sort_unstable();
        wanted.dedup();
        if !wanted.is_empty() {
            let places = vec!["?"; wanted.len()].join(", ");
            self.and(
                &format!("{column} IN ({places})"),
                wanted.into_iter().map(|word| word.to_owned().into()),
            );
        }
    }

    /// One of however many; `None` among them stands for having none. They are bound as one value, so
    /// that their number is not limited and does not make another statement.
    fn any_of<'a>(
        &mut self,
        column: &str,
        wanted: impl Iterator<Item = Option<&'a str>>,
    ) -> Result<(), Fault> {
        let (some, none): (Vec<_>, Vec<_>) = wanted.partition(Option::is_some);
        let among = format!("{column} IN (SELECT value FROM json_each(?))");
        let json = || serde_json::to_string(&some).map_err(BackendError::other);
        match (some.as_slice(), none.is_empty()) {
            ([], true) => {}
            ([], false) => self.and(&format!("{column} IS NULL"), []),
            ([Some(one)], true) => self.and(&format!("{column} = ?"), [(*one).to_owned().into()]),
            (_, true) => self.and(&among, [json()?.into()]),
            (_, false) => self.and(&format!("({column} IS NULL OR {among})"), [json()?.into()]),
        }
        Ok(())
    }

    fn within(&mut self, column: &str, range: TimeRange) {
        if let Some(from) = range.from {
            self.and(&format!("{column} >= ?"), [micros_up(from).into()]);
        }
        if let Some(until) = range.until {
            self.and(&format!("{column} < ?"), [micros_up(until).into()]);
        }
    }

    fn behind(&mut self, after: Option<(DateTime<Utc>, RecordId)>) {
        let Some((at, record)) = after else { return };
        let (kind, id) = id_columns(record);
        let (time, table) = (self.time, self.table);
        let beyond = match self.direction {
            Direction::Ascending => ">",
            Direction::Descending => "<",
        };
        let place = [at.timestamp_micros().into(), kind.into(), id.to_vec().into()];
        self.and(&format!("({time}, {table}.kind, {table}.id) {beyond} (?, ?, ?)"), place);
    }

    fn limit(&mut self, limit: usize) {
        let direction = match self.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        let (time, table) = (self.time, self.table);
        self.sql.push_str(&format!(
            " ORDER BY {time} {direction}, {table}.kind {direction}, {table}.id {direction} LIMIT ?"
        ));
        self.values.push(signed(limit as u64).into());
    }
}
