//! Writing a commit.

use rusqlite::{OptionalExtension, params};

use super::column::{id_columns, micros, signed, unsigned_at};
use super::conn::Conn;
use super::error::Fault;
use super::load::{more_of, outcome};
use super::{notice, text};
use crate::backend::stored::{encode_event, encode_notice, encode_record};
use crate::backend::{BackendError, CommandStamp, Commit, Committed, Index, Key, Outcome, Write};
use crate::case::Stage;
use crate::id::{CustomerId, StaffId, TeamId, TenantId};
use crate::text::Text;
use crate::workflow::{Notice, NoticeId};

/// A commit, ready to be written: what takes time is done before the store is held.
pub(super) struct Prepared {
    tenant: TenantId,
    command: Option<CommandStamp>,
    writes: Vec<Part>,
    outcome: Outcome,
}

/// One record of it.
struct Part {
    index: Index,
    expected: u64,
    version: u64,
    body: String,
    /// From version `expected + 1` on.
    events: Vec<String>,
    texts: Vec<Text>,
    notices: Vec<Owed>,
}

/// A notice, as it is stored.
pub(super) struct Owed {
    pub(super) id: NoticeId,
    pub(super) person: Option<CustomerId>,
    pub(super) line: String,
    pub(super) due: i64,
    pub(super) body: String,
}

impl Prepared {
    /// The commit was checked.
    pub(super) fn of(commit: Commit) -> Result<Self, BackendError> {
        let outcome = commit.outcome();
        let writes = commit.writes.into_iter().map(Part::of).collect::<Result<_, _>>()?;
        Ok(Self { tenant: commit.tenant, command: commit.command, writes, outcome })
    }

    /// Writes it, inside a transaction that is taken back if this fails.
    pub(super) fn write(&self, conn: &mut Conn) -> Result<Committed, Fault> {
        let tenant = conn.tenant_or_new(&self.tenant)?;
        if let Some(stamp) = self.command
            && let Some(known) = outcome(conn, &self.tenant, tenant, stamp.id)?
        {
            return Ok(known.repeat(stamp)?);
        }
        let mut places = Vec::with_capacity(self.writes.len());
        for part in &self.writes {
            places.push((part.write_record(conn, tenant)?, part.expected.saturating_add(1), part.version));
        }
        let command = match self.command {
            Some(stamp) => Some(remember(conn, tenant, stamp, &places)?),
            None => None,
        };
        for (part, (record, ..)) in self.writes.iter().zip(places) {
            part.write_rest(conn, tenant, record, command)?;
        }
        Ok(Committed { outcome: self.outcome.clone(), fresh: true })
    }
}

impl Part {
    fn of(write: Write) -> Result<Self, BackendError> {
        let Write { record, expected, events, texts, notices } = write;
        let key = record.key();
        Ok(Self {
            index: record.index(),
            expected,
            version: record.version(),
            body: encode_record(&record)?,
            events: events.iter().map(|event| encode_event(&key, event)).collect::<Result<_, _>>()?,
            texts,
            notices: notices.iter().map(|notice| Owed::of(&key, notice)).collect::<Result<_, _>>()?,
        })
    }

    /// Writes the record and its wake-up if it is at the expected version, and says which number it has.
    fn write_record(&self, conn: &Conn, tenant: i64) -> Result<i64, Fault> {
        let (kind, id) = id_columns(self.index.record);
        let stored = conn
            .sql(
                "SELECT num, version, customer, open, opened FROM records
                 WHERE tenant = ?1 AND kind = ?2 AND id = ?3",
            )?
            .query_row(params![tenant, kind, id], |row| {
                let moved = row.get_ref(2)?.as_str()? != self.index.customer.as_str()
                    || row.get::<_, bool>(3)? != self.is_open()
                    || row.get::<_, i64>(4)? != micros(self.index.opened);
                Ok((row.get(0)?, unsigned_at(row, 1)?, moved))
            })
            .optional()?;
        let actual = stored.map_or(0, |(_, version, _)| version);
        if actual != self.expected {
            let key = Key { tenant: self.index.tenant.clone(), id: self.index.record };
            return Err(BackendError::Conflict { key, expected: self.expected, actual }.into());
        }
        match stored {
            Some((num, _, moved)) => self.update(conn, num, moved).map(|()| num),
            None => self.insert(conn, tenant),
        }
    }

    fn insert(&self, conn: &Conn, tenant: i64) -> Result<i64, Fault> {
        let index = &self.index;
        let (kind, id) = id_columns(index.record);
        let sql = "INSERT INTO records (tenant, kind, id, version, opened, updated, open, stage, feedback,
                       priority, customer, owner, team, labels, body, due)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
        let num = conn.sql(sql)?.insert(params![
            tenant,
            kind,
            id,
            signed(self.version),
            micros(index.opened),
            micros(index.updated),
            self.is_open(),
            index.stage.as_str(),
            index.kind.as_str(),
            index.priority.as_str(),
            index.customer.as_str(),
            index.owner.as_ref().map(StaffId::as_str),
            index.team.as_ref().map(TeamId::as_str),
            labels(index),
            self.body,
            index.due.map(micros),
        ])?;
        let sql = "INSERT INTO wakes (record, tenant, kind, id, due, ready, leases, attempts, leased,
                       quarantined)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0, 0, 0, 0)";
        conn.sql(sql)?.execute(params![num, tenant, kind, id, index.wake_up.map(micros)])?;
        Ok(num)
    }

    /// What rarely changes and is in an index is written only when it does: `moved`.
    fn update(&self, conn: &Conn, num: i64, moved: bool) -> Result<(), Fault> {
        let index = &self.index;
        let sql = "UPDATE records SET version = ?2, updated = ?3, stage = ?4, feedback = ?5, priority = ?6,
                       owner = ?7, team = ?8, labels = ?9, body = ?10, due = ?11
                   WHERE num = ?1";
        conn.sql(sql)?.execute(params![
            num,
            signed(self.version),
            micros(index.updated),
            index.stage.as_str(),
            index.kind.as_str(),
            index.priority.as_str(),
            index.owner.as_ref().map(StaffId::as_str),
            index.team.as_ref().map(TeamId::as_str),
            labels(index),
            self.body,
            index.due.map(micros),
        ])?;
        if moved {
            conn.sql("UPDATE records SET customer = ?2, open = ?3, opened = ?4 WHERE num = ?1")?
                .execute(params![num, index.customer.as_str(), self.is_open(), micros(index.opened)])?;
        }
        // A wake-up that stays what it was, and that nobody took, is not written again.
        let sql = "UPDATE wakes SET due = ?2, ready = ?2, attempts = 0, leased = 0, quarantined = 0
                   WHERE record = ?1 AND (due IS NOT ?2 OR ready IS NOT ?2 OR attempts <> 0 OR leased <> 0
                       OR quarantined <> 0)";
        conn.sql(sql)?.execute(params![num, index.wake_up.map(micros)])?;
        Ok(())
    }

    fn write_rest(&self, conn: &Conn, tenant: i64, record: i64, command: Option<i64>) -> Result<(), Fault> {
        let sql = "INSERT INTO events (tenant, record, version, command, body) VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut insert = conn.sql(sql)?;
        for (version, body) in (self.expected.saturating_add(1)..).zip(&self.events) {
            insert.execute(params![tenant, record, signed(version), command, body])?;
        }
        // Texts come with a command: the commit was checked.
        if let Some(command) = command {
            text::insert(conn, tenant, record, command, &self.texts)?;
        }
        self.notices.iter().try_for_each(|owed| notice::insert(conn, tenant, record, owed))
    }

    fn is_open(&self) -> bool {
        self.index.stage != Stage::Closed
    }
}

impl Owed {
    fn of(key: &Key, notice: &Notice) -> Result<Self, BackendError> {
        let body = encode_notice(key, notice)?;
        let (person, line) = (notice.person.clone(), notice.line());
        Ok(Self { id: notice.id, person, line, due: micros(notice.at), body })
    }
}

/// Each with a space on both sides; a code has none inside.
fn labels(index: &Index) -> String {
    index.labels.iter().fold(String::new(), |text, label| {
        let lead = if text.is_empty() { " " } else { "" };
        text + lead + label.as_str() + " "
    })
}

/// Stores which command this is. Without a record it would be none.
fn remember(conn: &Conn, tenant: i64, stamp: CommandStamp, places: &[(i64, u64, u64)]) -> Result<i64, Fault> {
    let (record, first, last) = places.first().copied().unwrap_or_default();
    let sql = "INSERT INTO commands (tenant, id, fingerprint, record, first, last, more)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    Ok(conn.sql(sql)?.insert(params![
        tenant,
        stamp.id.uuid().as_bytes(),
        stamp.fingerprint.cast_signed(),
        record,
        signed(first),
        signed(last),
        more_of(places)?,
    ])?)
}
