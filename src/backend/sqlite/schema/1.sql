-- Instants are microseconds since 1970, ids the 16 bytes of a UUID. Records, events and notices are JSON;
-- what they are found by stands in columns of its own. "num" is a number of this file and never leaves it.

-- Which store this is: one row.
CREATE TABLE store (id BLOB NOT NULL) STRICT;

-- From which position on events are of which epoch.
CREATE TABLE epochs (first INTEGER PRIMARY KEY, epoch INTEGER NOT NULL) STRICT;

CREATE TABLE tenants (num INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE records (
    num INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenants,
    kind INTEGER NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    -- When the earliest of what is owed is or was due.
    due INTEGER,
    open INTEGER NOT NULL,
    stage TEXT NOT NULL,
    feedback TEXT NOT NULL,
    priority TEXT NOT NULL,
    customer TEXT NOT NULL,
    owner TEXT,
    team TEXT,
    -- Each with a space on both sides, so that one is not found inside another.
    labels TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (tenant, kind, id)
) STRICT;
CREATE INDEX records_opened ON records (tenant, opened, kind, id);
CREATE INDEX records_updated ON records (tenant, updated, kind, id);
CREATE INDEX records_due ON records (tenant, due, kind, id) WHERE due IS NOT NULL;
CREATE INDEX records_customer ON records (tenant, customer, opened, kind, id);
-- The ones that are worked on, so that a list of them does not wade through the closed ones.
CREATE INDEX records_open ON records (tenant, opened, kind, id) WHERE open = 1;

-- One row for each record, apart from its body: a claim of a hundred touches a few pages.
CREATE TABLE wakes (
    record INTEGER PRIMARY KEY REFERENCES records,
    tenant INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    id BLOB NOT NULL,
    -- When it was to happen, and from when on it can be had. A lease moves the second.
    due INTEGER,
    ready INTEGER,
    leases INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    leased INTEGER NOT NULL,
    quarantined INTEGER NOT NULL
) STRICT;
CREATE INDEX wakes_due ON wakes (tenant, due, kind, id) WHERE due IS NOT NULL;
CREATE INDEX wakes_ready ON wakes (tenant, ready) WHERE ready IS NOT NULL;
-- Moved away from when it was to happen, by a lease or for another try: few.
CREATE INDEX wakes_moved ON wakes (ready) WHERE ready <> due;
CREATE INDEX wakes_quarantined ON wakes (tenant) WHERE quarantined = 1;

CREATE TABLE commands (
    num INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    id BLOB NOT NULL,
    -- None once it was erased.
    fingerprint INTEGER,
    record INTEGER NOT NULL REFERENCES records,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    -- What it wrote besides: [record, first, last] of each.
    more TEXT,
    UNIQUE (tenant, id)
) STRICT;

-- Never changed, never removed. The position rises in the order of the commits, because there is one
-- writer at a time.
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    record INTEGER NOT NULL REFERENCES records,
    version INTEGER NOT NULL,
    command INTEGER,
    body TEXT NOT NULL,
    UNIQUE (record, version)
) STRICT;
CREATE INDEX events_feed ON events (tenant, position);

-- The number is 256 times the command's plus the slot. An erased one keeps its row without its words.
CREATE TABLE texts (
    num INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    record INTEGER NOT NULL,
    about TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT
) STRICT;
CREATE INDEX texts_about ON texts (tenant, about) WHERE body IS NOT NULL;

CREATE TABLE notices (
    num INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    record INTEGER NOT NULL REFERENCES records,
    version INTEGER NOT NULL,
    n INTEGER NOT NULL,
    person TEXT,
    -- None once it was given up: it stands in no line, also when it was put back.
    line TEXT,
    due INTEGER NOT NULL,
    -- None while another of the same record and line comes before it, and for a dead letter.
    ready INTEGER,
    leases INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    leased INTEGER NOT NULL,
    -- Why it was given up.
    dead TEXT,
    body TEXT NOT NULL,
    UNIQUE (tenant, record, version, n)
) STRICT;
CREATE INDEX notices_ready ON notices (tenant, ready) WHERE ready IS NOT NULL;
CREATE INDEX notices_dead ON notices (tenant, record, version, n) WHERE dead IS NOT NULL;
CREATE INDEX notices_leased ON notices (ready) WHERE leased = 1;
