CREATE TABLE records (
    tenant text COLLATE "C" NOT NULL, id uuid NOT NULL, version bigint NOT NULL,
    stage text COLLATE "C" NOT NULL, topic text COLLATE "C" NOT NULL, owner text COLLATE "C",
    team text COLLATE "C", customer text COLLATE "C" NOT NULL, priority text COLLATE "C" NOT NULL,
    opened timestamptz NOT NULL, updated timestamptz NOT NULL, wake_up timestamptz,
    data text NOT NULL, PRIMARY KEY (tenant, id));
CREATE INDEX records_opened ON records (tenant, opened, id);
CREATE INDEX records_updated ON records (tenant, updated, id);
CREATE INDEX records_wake_up ON records (tenant, wake_up, id) WHERE wake_up IS NOT NULL;
CREATE INDEX records_customer ON records (tenant, customer);

CREATE TABLE events (
    tenant text COLLATE "C" NOT NULL, id uuid NOT NULL, version bigint NOT NULL, tx bigint NOT NULL,
    n int NOT NULL, data text NOT NULL, PRIMARY KEY (tenant, id, version));
CREATE UNIQUE INDEX events_feed ON events (tenant, tx, n);

CREATE TABLE commands (
    tenant text COLLATE "C" NOT NULL, command uuid NOT NULL, fingerprint bigint NOT NULL, id uuid NOT NULL,
    first bigint NOT NULL, last bigint NOT NULL, PRIMARY KEY (tenant, command));

CREATE TABLE texts (
    tenant text COLLATE "C" NOT NULL, command uuid NOT NULL, slot smallint NOT NULL, id uuid NOT NULL,
    about text COLLATE "C" NOT NULL, body bytea NOT NULL, PRIMARY KEY (tenant, command, slot));
CREATE INDEX texts_about ON texts (tenant, about);
CREATE INDEX texts_record ON texts (tenant, id);

CREATE TABLE wakes (
    tenant text COLLATE "C" NOT NULL, id uuid NOT NULL, ready_at timestamptz NOT NULL,
    attempts int NOT NULL DEFAULT 0, PRIMARY KEY (tenant, id));
CREATE INDEX wakes_ready ON wakes (tenant, ready_at);

CREATE TABLE notices (
    tenant text COLLATE "C" NOT NULL, id uuid NOT NULL, version bigint NOT NULL, n int NOT NULL,
    person text COLLATE "C" NOT NULL, due timestamptz NOT NULL, ready_at timestamptz,
    attempts int NOT NULL DEFAULT 0, data text NOT NULL, PRIMARY KEY (tenant, id, version, n));
CREATE INDEX notices_ready ON notices (tenant, ready_at) WHERE ready_at IS NOT NULL;
