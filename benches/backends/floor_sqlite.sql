CREATE TABLE records (
    num INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL,
    opened INTEGER NOT NULL, updated INTEGER NOT NULL, stage TEXT NOT NULL, feedback TEXT NOT NULL,
    priority TEXT NOT NULL, customer TEXT NOT NULL, owner TEXT, team TEXT, body TEXT NOT NULL,
    UNIQUE (tenant, id)) STRICT;
CREATE INDEX records_opened ON records (tenant, opened, id);
CREATE INDEX records_updated ON records (tenant, updated, id);
CREATE INDEX records_customer ON records (tenant, customer);
CREATE TABLE wakes (
    tenant INTEGER NOT NULL, ready INTEGER NOT NULL, record INTEGER NOT NULL, id BLOB NOT NULL,
    attempts INTEGER NOT NULL, PRIMARY KEY (tenant, ready, record)) STRICT, WITHOUT ROWID;
CREATE TABLE commands (
    tenant INTEGER NOT NULL, id BLOB NOT NULL, fingerprint INTEGER NOT NULL, record INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID;
CREATE TABLE events (
    position INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, record INTEGER NOT NULL,
    version INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (record, version)) STRICT;
CREATE INDEX events_feed ON events (tenant, position);
CREATE TABLE texts (
    num INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, record INTEGER NOT NULL, about TEXT NOT NULL,
    kind TEXT NOT NULL, body TEXT) STRICT;
CREATE INDEX texts_about ON texts (tenant, about);
CREATE TABLE notices (
    num INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, record INTEGER NOT NULL, version INTEGER NOT NULL,
    n INTEGER NOT NULL, person TEXT, due INTEGER NOT NULL, ready INTEGER, attempts INTEGER NOT NULL,
    body TEXT NOT NULL, UNIQUE (record, version, n)) STRICT;
CREATE INDEX notices_ready ON notices (tenant, ready) WHERE ready IS NOT NULL;
