//! By hand, in SQLite.
//!
//! What [`Floor`] does: for each command it loads the case by its id and decodes it, encodes what was
//! decided with the same serde forms, and stores it in one transaction that the version guards: the
//! snapshot, the events with their place in the tenant's feed, the words, the notices in their lines, the
//! wake-up, the command's id. Everything that the backend can list, claim, follow or erase can be found here
//! by an index too. What it does not: it decides nothing (the case and the events are given to it), sums up
//! no text against damage, overwrites nothing that was erased, notices no file that was set back, checks no
//! foreign key, shares its connection with nobody.

use std::path::Path;

use chrono::{DateTime, Utc};
use talkback::backend::{Commit, Write};
use talkback::testing::rusqlite::{Connection, OptionalExtension, params};
use talkback::{Case, CaseId, CustomerId, StaffId, TeamId};

use super::store::{CLAIM, Ledger, PAGE, Place, Store};

const SCHEMA: &str = include_str!("floor_sqlite.sql");

const TENANT: i64 = 1;

pub(crate) struct Floor {
    db: Connection,
}

/// A case as it is stored.
struct Stored {
    num: i64,
    case: Case,
}

impl Floor {
    pub(crate) fn open(path: &Path, synchronous: &str) -> Self {
        let db = Connection::open(path).unwrap();
        db.set_prepared_statement_cache_capacity(64);
        let settings = format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA cache_size = -8192;
             PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 1000;"
        );
        db.execute_batch(&settings).unwrap();
        db.execute_batch(SCHEMA).unwrap();
        Self { db }
    }

    /// Carries out one command: `leased` is where its wake-up stands if it was claimed.
    pub(crate) fn carry_out(&self, commit: &Commit, leased: Option<i64>) {
        let write = &commit.writes[0];
        let case = write.record.as_case().unwrap();
        let before = self.stored(case.id);
        let body = serde_json::to_string(&**case).unwrap();
        let events: Vec<_> = write.events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let notices: Vec<_> =
            write.notices.iter().map(|notice| serde_json::to_string(notice).unwrap()).collect();

        self.run("BEGIN IMMEDIATE");
        let num = match &before {
            Some(stored) => {
                self.update(stored, write, case, &body, leased);
                stored.num
            }
            None => self.insert(case, &body),
        };
        let mut first = 0;
        let mut insert = self
            .db
            .prepare_cached("INSERT INTO events (tenant, record, version, body) VALUES (?1, ?2, ?3, ?4)")
            .unwrap();
        for (event, body) in write.events.iter().zip(&events) {
            let position = insert.insert(params![TENANT, num, event.version as i64, body]).unwrap();
            first = if first == 0 { position } else { first };
        }
        if let Some(stamp) = commit.command {
            let id = stamp.id.uuid();
            let last = case.version as i64;
            self.execute(
                "INSERT INTO commands (tenant, id, fingerprint, record, first, last, position)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    TENANT,
                    id.as_bytes(),
                    stamp.fingerprint.cast_signed(),
                    num,
                    write.expected as i64 + 1,
                    last,
                    first
                ],
            );
        }
        for text in &write.texts {
            self.execute(
                "INSERT INTO texts (num, tenant, record, about, kind, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    first * 256 + i64::from(text.id.slot),
                    TENANT,
                    num,
                    text.about.as_str(),
                    "body",
                    text.body
                ],
            );
        }
        for (notice, body) in write.notices.iter().zip(&notices) {
            self.execute(
                "INSERT INTO notices (tenant, record, version, n, person, due, ready, attempts, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6,
                     CASE WHEN EXISTS (SELECT 1 FROM notices WHERE record = ?2 AND person IS ?5)
                         THEN NULL ELSE ?6 END, 0, ?7)",
                params![
                    TENANT,
                    num,
                    notice.id.version as i64,
                    notice.id.n,
                    notice.person.as_ref().map(CustomerId::as_str),
                    notice.at.timestamp_micros(),
                    body
                ],
            );
        }
        self.run("COMMIT");
    }

    fn insert(&self, case: &Case, body: &str) -> i64 {
        let sql =
            "INSERT INTO records (tenant, id, version, opened, updated, stage, feedback, priority, customer,
                       owner, team, body)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let id = case.id.uuid();
        let num = self.db.prepare_cached(sql).unwrap().insert(params![
            TENANT,
            id.as_bytes(),
            case.version as i64,
            case.received_at.timestamp_micros(),
            case.updated_at.timestamp_micros(),
            case.stage.as_str(),
            case.head.kind.as_str(),
            case.head.priority.as_str(),
            case.head.customer.as_str(),
            case.owner.as_ref().map(StaffId::as_str),
            case.team.as_ref().map(TeamId::as_str),
            body
        ]);
        let num = num.unwrap();
        self.wake(num, case);
        num
    }

    fn update(&self, stored: &Stored, write: &Write, case: &Case, body: &str, leased: Option<i64>) {
        let sql = "UPDATE records SET version = ?3, updated = ?4, stage = ?5, feedback = ?6, priority = ?7,
                       owner = ?8, team = ?9, body = ?10
                   WHERE num = ?1 AND version = ?2";
        let changed = self.execute(
            sql,
            params![
                stored.num,
                write.expected as i64,
                case.version as i64,
                case.updated_at.timestamp_micros(),
                case.stage.as_str(),
                case.head.kind.as_str(),
                case.head.priority.as_str(),
                case.owner.as_ref().map(StaffId::as_str),
                case.team.as_ref().map(TeamId::as_str),
                body
            ],
        );
        assert_eq!(changed, 1, "a conflict");
        let stands = leased.or(stored.case.wake_up().map(|at| at.timestamp_micros()));
        if stands != case.wake_up().map(|at| at.timestamp_micros()) {
            if let Some(stands) = stands {
                self.execute(
                    "DELETE FROM wakes WHERE tenant = ?1 AND ready = ?2 AND record = ?3",
                    params![TENANT, stands, stored.num],
                );
            }
            self.wake(stored.num, case);
        }
    }

    fn wake(&self, num: i64, case: &Case) {
        if let Some(at) = case.wake_up() {
            self.execute(
                "INSERT INTO wakes (tenant, ready, record, id, attempts) VALUES (?1, ?2, ?3, ?4, 0)",
                params![TENANT, at.timestamp_micros(), num, case.id.uuid().as_bytes()],
            );
        }
    }

    fn stored(&self, id: CaseId) -> Option<Stored> {
        let sql = "SELECT num, body FROM records WHERE tenant = ?1 AND id = ?2";
        let mut select = self.db.prepare_cached(sql).unwrap();
        let row = select.query_row(params![TENANT, id.uuid().as_bytes()], |row| {
            let case = serde_json::from_str(row.get_ref(1)?.as_str()?).unwrap();
            Ok(Stored { num: row.get(0)?, case })
        });
        row.optional().unwrap()
    }

    fn execute(&self, sql: &str, params: impl talkback::testing::rusqlite::Params) -> usize {
        self.db.prepare_cached(sql).unwrap().execute(params).unwrap()
    }

    fn run(&self, sql: &str) {
        self.execute(sql, []);
    }
}

impl Store for Floor {
    fn put(&mut self, writes: &[Write]) {
        self.run("BEGIN IMMEDIATE");
        for write in writes {
            let case = write.record.as_case().unwrap();
            let num = self.insert(case, &serde_json::to_string(&**case).unwrap());
            for event in &write.events {
                let body = serde_json::to_string(event).unwrap();
                self.execute(
                    "INSERT INTO events (tenant, record, version, body) VALUES (?1, ?2, ?3, ?4)",
                    params![TENANT, num, event.version as i64, body],
                );
            }
        }
        self.run("COMMIT");
    }

    fn load(&mut self, id: CaseId) {
        assert!(self.stored(id).is_some());
    }

    fn list(&mut self, behind: Option<Place>) -> Option<Place> {
        let (at, id) =
            behind.map_or((i64::MIN, uuid::Uuid::nil()), |(at, id)| (at.timestamp_micros(), id.uuid()));
        // Ids rise with the numbers of their records, so that the wake-ups stand in the order of the list.
        let sql = "SELECT r.body FROM wakes w JOIN records r ON r.num = w.record
                   WHERE w.tenant = ?1 AND (w.ready, w.record) >
                       (?2, coalesce((SELECT num FROM records WHERE tenant = ?1 AND id = ?3), 0))
                   ORDER BY w.ready, w.record LIMIT ?4";
        let mut select = self.db.prepare_cached(sql).unwrap();
        let mut rows = select.query(params![TENANT, at, id.as_bytes(), PAGE as i64]).unwrap();
        let mut page: Vec<Case> = Vec::with_capacity(PAGE);
        while let Some(row) = rows.next().unwrap() {
            page.push(serde_json::from_str(row.get_ref(0).unwrap().as_str().unwrap()).unwrap());
        }
        let last = page.last()?;
        Some((last.wake_up()?, last.id))
    }

    fn claim(&mut self, now: DateTime<Utc>, until: DateTime<Utc>) -> Vec<CaseId> {
        self.run("BEGIN IMMEDIATE");
        let mut taken: Vec<(i64, i64, [u8; 16])> = Vec::with_capacity(CLAIM);
        {
            let sql = "SELECT ready, record, id FROM wakes WHERE tenant = ?1 AND ready <= ?2
                       ORDER BY ready LIMIT ?3";
            let mut select = self.db.prepare_cached(sql).unwrap();
            let mut rows = select.query(params![TENANT, now.timestamp_micros(), CLAIM as i64]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                taken.push((row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap()));
            }
        }
        let sql = "UPDATE wakes SET ready = ?4, attempts = attempts + 1
                   WHERE tenant = ?1 AND ready = ?2 AND record = ?3";
        let mut update = self.db.prepare_cached(sql).unwrap();
        for (ready, record, _) in &taken {
            update.execute(params![TENANT, ready, record, until.timestamp_micros()]).unwrap();
        }
        self.run("COMMIT");
        taken.into_iter().map(|(.., id)| CaseId::from_uuid(uuid::Uuid::from_bytes(id))).collect()
    }
}

impl Ledger for Floor {
    fn carry_out(&mut self, commit: &Commit, until: DateTime<Utc>) {
        Floor::carry_out(self, commit, Some(until.timestamp_micros()));
    }
}
