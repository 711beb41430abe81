-- Every key begins with the tenant. Words are in `texts` alone; what events, records and notices hold
-- is JSON that the crate writes and reads.

DO $do$
BEGIN
    -- Asked for first: IF NOT EXISTS would want the right to create one, although it is there.
    IF to_regnamespace('{schema}') IS NULL THEN
        CREATE SCHEMA {schema};
    END IF;
END
$do$;

CREATE TABLE {schema}.migrations (
    number     int PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- How often the store was set back or moved: the leading part of a position in the feed.
CREATE TABLE {schema}.epochs (
    epoch    int PRIMARY KEY,
    -- The cluster and its timeline when the epoch began.
    cluster  text NOT NULL,
    -- The transaction that began it.
    first_tx bigint NOT NULL
);

CREATE TABLE {schema}.records (
    tenant   text COLLATE "C" NOT NULL,
    kind     smallint NOT NULL,
    id       uuid NOT NULL,
    version  bigint NOT NULL CHECK (version > 0),
    stage    text COLLATE "C" NOT NULL,
    topic    text COLLATE "C" NOT NULL,
    owner    text COLLATE "C",
    team     text COLLATE "C",
    customer text COLLATE "C" NOT NULL,
    priority text COLLATE "C" NOT NULL,
    opened   timestamptz NOT NULL,
    updated  timestamptz NOT NULL,
    wake_up  timestamptz,
    due      timestamptz,
    labels   text[] COLLATE "C",
    data     text NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX records_opened ON {schema}.records (tenant, opened, kind, id);
CREATE INDEX records_updated ON {schema}.records (tenant, updated, kind, id);
CREATE INDEX records_wake_up ON {schema}.records (tenant, wake_up, kind, id) WHERE wake_up IS NOT NULL;
-- When the earliest of what is owed is or was due.
CREATE INDEX records_due ON {schema}.records (tenant, due, kind, id) WHERE due IS NOT NULL;
CREATE INDEX records_customer ON {schema}.records (tenant, customer);

-- The ledger. (epoch, tx, n) is the position: the writing transaction, and the place within it.
CREATE TABLE {schema}.events (
    tenant  text COLLATE "C" NOT NULL,
    kind    smallint NOT NULL,
    id      uuid NOT NULL,
    version bigint NOT NULL,
    epoch   int NOT NULL,
    tx      bigint NOT NULL,
    n       int NOT NULL,
    command uuid,
    data    text NOT NULL,
    PRIMARY KEY (tenant, kind, id, version)
);
CREATE UNIQUE INDEX events_feed ON {schema}.events (tenant, epoch, tx, n);

-- What each command wrote. The fingerprint of its body may be erased.
CREATE TABLE {schema}.commands (
    tenant      text COLLATE "C" NOT NULL,
    command     uuid NOT NULL,
    fingerprint bigint,
    written     text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, command)
);

-- The words. Bytes, because people's words may hold what `text` does not take.
CREATE TABLE {schema}.texts (
    tenant  text COLLATE "C" NOT NULL,
    command uuid NOT NULL,
    slot    smallint NOT NULL,
    kind    smallint NOT NULL,
    id      uuid NOT NULL,
    about   text COLLATE "C" NOT NULL,
    part    text COLLATE "C" NOT NULL,
    body    bytea NOT NULL,
    PRIMARY KEY (tenant, command, slot)
);
CREATE INDEX texts_about ON {schema}.texts (tenant, about);
CREATE INDEX texts_record ON {schema}.texts (tenant, kind, id);

-- The wake-ups: one row for each record that wants to be looked at. A lease moves `ready_at`; its
-- number is that of the claiming transaction, so that no two takings share one. `taken_at` is what
-- `ready_at` was before the last claim.
CREATE TABLE {schema}.wakes (
    tenant      text COLLATE "C" NOT NULL,
    kind        smallint NOT NULL,
    id          uuid NOT NULL,
    due         timestamptz NOT NULL,
    ready_at    timestamptz NOT NULL,
    taken_at    timestamptz,
    lease       bigint,
    attempts    int NOT NULL DEFAULT 0,
    quarantined boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant, kind, id)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
CREATE INDEX wakes_ready ON {schema}.wakes (tenant, ready_at);
-- Moved away from when it was to happen, by a lease or for another try: few.
CREATE INDEX wakes_moved ON {schema}.wakes (ready_at, tenant) WHERE ready_at <> due;
CREATE INDEX wakes_quarantined ON {schema}.wakes (tenant, kind, id) WHERE quarantined;

-- The notices that are not settled, and the dead letters. Only the first of a record's line has a `ready_at`.
-- What was given up stands in no line any more, also when it is put back. The empty person
-- stands for nobody in particular.
CREATE TABLE {schema}.notices (
    tenant   text COLLATE "C" NOT NULL,
    kind     smallint NOT NULL,
    id       uuid NOT NULL,
    version  bigint NOT NULL,
    n        int NOT NULL,
    person   text COLLATE "C" NOT NULL,
    line     text COLLATE "C",
    due      timestamptz NOT NULL,
    ready_at timestamptz,
    taken_at timestamptz,
    lease    bigint,
    attempts int NOT NULL DEFAULT 0,
    -- Why it was given up.
    dead     text COLLATE "C",
    data     text NOT NULL,
    PRIMARY KEY (tenant, kind, id, version, n)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
CREATE INDEX notices_ready ON {schema}.notices (tenant, ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX notices_dead ON {schema}.notices (tenant, id, version, n) WHERE dead IS NOT NULL;
CREATE INDEX notices_leased ON {schema}.notices (ready_at, tenant) WHERE lease IS NOT NULL;
