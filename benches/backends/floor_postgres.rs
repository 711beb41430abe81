//! By hand, in PostgreSQL: one round trip to load, one statement that writes everything.
//!
//! What [`Floor`] does: for each command it loads the case by its id and decodes it, encodes what was
//! decided with the same serde forms, and stores it in one statement that the version guards: the snapshot,
//! the events with their place in the tenant's feed, the words, the notices in their lines, the wake-up, the
//! command's id. It names the tenant to the server, as row level security wants it. Everything that the
//! backend can list, claim, follow or erase can be found here by an index too. What it does not: it decides
//! nothing (the case and the events are given to it), sums up no text against damage, takes no lock for the
//! feed, counts no epochs, tells a repeated command by its failure only, writes one record at a time, has
//! one connection and no pool.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use talkback::backend::postgres::tokio_postgres::types::{ToSql, Type};
use talkback::backend::postgres::tokio_postgres::{Client, Config, Statement};
use talkback::backend::{Commit, Write};
use talkback::{Case, CaseId, CustomerId, StaffId, TeamId};
use uuid::Uuid;

use super::cluster::connect;
use super::store::PAGE;

const TABLES: &str = include_str!("floor_postgres.sql");
const TENANT: &str = "default";

const LOAD: &str =
    "SELECT data, (SELECT set_config('floor.tenant', $1, true)) FROM records WHERE tenant = $1 AND id = $2";

const OPEN: &str =
    "INSERT INTO records (tenant, id, version, stage, topic, owner, team, customer, priority, opened,
        updated, wake_up, data)
    SELECT $1, $2, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
    RETURNING id";

const GO_ON: &str = "UPDATE records SET version = $4, stage = $5, topic = $6, owner = $7, team = $8,
        customer = $9, priority = $10, opened = $11, updated = $12, wake_up = $13, data = $14
    WHERE tenant = $1 AND id = $2 AND version = $3
    RETURNING id";

/// Many new cases at once.
const FILL: &str = "WITH item AS (
        SELECT * FROM unnest($2, $3, $4, $5) AS item(id, opened, wake_up, data)),
    record AS (
        INSERT INTO records (tenant, id, version, stage, topic, customer, priority, opened, updated, wake_up,
            data)
        SELECT $1, id, 1, 'received', 'complaint', 'customer-17', 'normal', opened, opened, wake_up, data
        FROM item),
    wake AS (INSERT INTO wakes (tenant, id, ready_at) SELECT $1, id, wake_up FROM item)
    INSERT INTO events (tenant, id, version, tx, n, data)
    SELECT $1, item.id, 1, pg_current_xact_id()::text::bigint, item.n, item.data
    FROM unnest($2, $6) WITH ORDINALITY AS item(id, data, n)";

/// What is the same for a new case and a known one, behind the record itself.
const REST: &str = "
    wake AS (
        INSERT INTO wakes (tenant, id, ready_at) SELECT $1, id, $13 FROM record WHERE $13 IS NOT NULL
        ON CONFLICT (tenant, id) DO UPDATE SET ready_at = excluded.ready_at, attempts = 0
            WHERE wakes.ready_at <> excluded.ready_at OR wakes.attempts > 0),
    asleep AS (
        DELETE FROM wakes USING record WHERE $13 IS NULL AND wakes.tenant = $1 AND wakes.id = record.id),
    event AS (
        INSERT INTO events (tenant, id, version, tx, n, data)
        SELECT $1, record.id, $3 + item.n, pg_current_xact_id()::text::bigint, item.n, item.data
        FROM record, unnest($15) WITH ORDINALITY AS item(data, n)),
    command AS (
        INSERT INTO commands (tenant, command, fingerprint, id, first, last)
        SELECT $1, $16, $17, id, $3 + 1, $4 FROM record WHERE $16 IS NOT NULL),
    word AS (
        INSERT INTO texts (tenant, command, slot, id, about, body)
        SELECT $1, $16, item.slot, record.id, item.about, item.body
        FROM record, unnest($18, $19, $20) AS item(slot, about, body)),
    notice AS (
        INSERT INTO notices (tenant, id, version, n, person, due, ready_at, data)
        SELECT $1, record.id, item.version, item.n, item.person, item.due,
            CASE WHEN NOT EXISTS (SELECT FROM notices AS earlier WHERE earlier.tenant = $1
                AND earlier.id = record.id AND earlier.person = item.person) THEN item.due END,
            item.data
        FROM record, unnest($21, $22, $23, $24, $25) AS item(version, n, person, due, data))
    SELECT (SELECT set_config('floor.tenant', $1, true)), count(*) FROM record";

const LIST: &str = "SELECT data, (SELECT set_config('floor.tenant', $1, true)) FROM records
    WHERE tenant = $1 AND wake_up IS NOT NULL AND (wake_up, id) > ($2, $3)
    ORDER BY wake_up, id LIMIT 50";

const CLAIM: &str = "UPDATE wakes SET ready_at = $3, attempts = attempts + 1
    WHERE tenant = $1 AND ctid = ANY (ARRAY(
        SELECT ctid FROM wakes WHERE tenant = $1 AND ready_at <= $2
        ORDER BY ready_at LIMIT 100 FOR UPDATE SKIP LOCKED))
    RETURNING id, (SELECT set_config('floor.tenant', $1, true))";

const TYPES: &[Type] = &[
    Type::TEXT,
    Type::UUID,
    Type::INT8,
    Type::INT8,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::TEXT,
    Type::TEXT_ARRAY,
    Type::UUID,
    Type::INT8,
    Type::INT2_ARRAY,
    Type::TEXT_ARRAY,
    Type::BYTEA_ARRAY,
    Type::INT8_ARRAY,
    Type::INT4_ARRAY,
    Type::TEXT_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::TEXT_ARRAY,
];

pub(crate) struct Floor {
    client: Client,
    load: Statement,
    open: Statement,
    go_on: Statement,
    list: Statement,
    claim: Statement,
}

impl Floor {
    /// In a schema that is made for it if it is not there.
    pub(crate) async fn open(config: &Config, schema: &str) -> Self {
        let client = connect(config).await;
        let exists = format!("SELECT to_regclass('{schema}.records') IS NOT NULL");
        let exists: bool = client.query_one(&exists, &[]).await.unwrap().get(0);
        if !exists {
            client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
        }
        client.batch_execute(&format!("SET search_path = {schema}")).await.unwrap();
        if !exists {
            client.batch_execute(TABLES).await.unwrap();
        }
        let at = Type::TIMESTAMPTZ;
        let prepare = async |sql: &str, types: &[Type]| client.prepare_typed(sql, types).await.unwrap();
        let writing = |record: &str| format!("WITH record AS ({record}), {REST}");
        Self {
            load: prepare(LOAD, &[Type::TEXT, Type::UUID]).await,
            open: prepare(&writing(OPEN), TYPES).await,
            go_on: prepare(&writing(GO_ON), TYPES).await,
            list: prepare(LIST, &[Type::TEXT, at.clone(), Type::UUID]).await,
            claim: prepare(CLAIM, &[Type::TEXT, at.clone(), at]).await,
            client,
        }
    }

    /// Carries out one command from the id of its case.
    pub(crate) async fn carry_out(&self, commit: &Commit) {
        let write = &commit.writes[0];
        let id = write.record.as_case().unwrap().id;
        std::hint::black_box(self.load(id).await);
        self.write(commit, write).await;
    }

    pub(crate) async fn load(&self, id: CaseId) -> Option<Case> {
        let row = self.client.query_opt(&self.load, &[&TENANT, &id.uuid()]).await.unwrap()?;
        Some(serde_json::from_str(row.get(0)).unwrap())
    }

    pub(crate) async fn write(&self, commit: &Commit, write: &Write) {
        let case = write.record.as_case().unwrap();
        let at = SystemTime::from;
        let json = serde_json::to_string(&**case).unwrap();
        let events: Vec<_> = write.events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let (mut slots, mut abouts, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        for text in &write.texts {
            slots.push(i16::from(text.id.slot));
            abouts.push(text.about.as_str());
            bodies.push(text.body.as_bytes());
        }
        let (mut versions, mut numbers, mut persons) = (Vec::new(), Vec::new(), Vec::new());
        let (mut dues, mut notices) = (Vec::new(), Vec::new());
        for notice in &write.notices {
            versions.push(notice.id.version as i64);
            numbers.push(i32::from(notice.id.n));
            persons.push(notice.person.as_ref().map_or("", CustomerId::as_str));
            dues.push(at(notice.at));
            notices.push(serde_json::to_string(notice).unwrap());
        }
        let (command, fingerprint) = commit
            .command
            .map_or((None, None), |stamp| (Some(stamp.id.uuid()), Some(stamp.fingerprint.cast_signed())));
        let params: [&(dyn ToSql + Sync); 25] = [
            &TENANT,
            &case.id.uuid(),
            &(write.expected as i64),
            &(case.version as i64),
            &case.stage.as_str(),
            &case.head.kind.as_str(),
            &case.owner.as_ref().map(StaffId::as_str),
            &case.team.as_ref().map(TeamId::as_str),
            &case.head.customer.as_str(),
            &case.head.priority.as_str(),
            &at(case.received_at),
            &at(case.updated_at),
            &case.wake_up().map(at),
            &json,
            &events,
            &command,
            &fingerprint,
            &slots,
            &abouts,
            &bodies,
            &versions,
            &numbers,
            &persons,
            &dues,
            &notices,
        ];
        let statement = if write.expected == 0 { &self.open } else { &self.go_on };
        let row = self.client.query_one(statement, &params).await.unwrap();
        assert_eq!(row.get::<_, i64>(1), 1, "a conflict");
    }

    /// Stores cases that were opened by one event each.
    pub(crate) async fn fill(&self, writes: &[Write]) {
        let cases = || writes.iter().filter_map(|write| write.record.as_case());
        let ids: Vec<_> = cases().map(|case| case.id.uuid()).collect();
        let opened: Vec<_> = cases().map(|case| SystemTime::from(case.received_at)).collect();
        let wakes: Vec<_> = cases().map(|case| case.wake_up().map(SystemTime::from)).collect();
        let json: Vec<_> = cases().map(|case| serde_json::to_string(&**case).unwrap()).collect();
        let event = |write: &Write| serde_json::to_string(&write.events[0]).unwrap();
        let events: Vec<_> = writes.iter().map(event).collect();
        let arrays = [Type::UUID_ARRAY, Type::TIMESTAMPTZ_ARRAY, Type::TIMESTAMPTZ_ARRAY, Type::TEXT_ARRAY];
        let mut types = vec![Type::TEXT];
        types.extend(arrays);
        types.push(Type::TEXT_ARRAY);
        let fill = self.client.prepare_typed(FILL, &types).await.unwrap();
        self.client.execute(&fill, &[&TENANT, &ids, &opened, &wakes, &json, &events]).await.unwrap();
    }

    /// What autovacuum would do some time later.
    pub(crate) async fn tidy(&self) {
        self.client.batch_execute("VACUUM ANALYZE").await.unwrap();
    }

    /// How many bytes the server has logged so far.
    pub(crate) async fn logged(&self) -> i64 {
        let sql = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint";
        self.client.query_one(sql, &[]).await.unwrap().get(0)
    }

    pub(crate) async fn list(&self, behind: Option<(DateTime<Utc>, CaseId)>) -> Vec<Case> {
        let (at, id) = behind
            .map_or((SystemTime::UNIX_EPOCH, Uuid::nil()), |(at, id)| (SystemTime::from(at), id.uuid()));
        let rows = self.client.query(&self.list, &[&TENANT, &at, &id]).await.unwrap();
        let mut page = Vec::with_capacity(PAGE);
        page.extend(rows.iter().map(|row| serde_json::from_str::<Case>(row.get(0)).unwrap()));
        page
    }

    pub(crate) async fn claim(&self, now: DateTime<Utc>, until: DateTime<Utc>) -> Vec<CaseId> {
        let (now, until) = (SystemTime::from(now), SystemTime::from(until));
        let rows = self.client.query(&self.claim, &[&TENANT, &now, &until]).await.unwrap();
        rows.iter().map(|row| CaseId::from_uuid(row.get(0))).collect()
    }
}
