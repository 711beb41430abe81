-- Reading and writing one record. Each call is one statement, so that no transaction is ever left open,
-- whatever becomes of the caller.
--
-- A session keeps its plans. One that was made while a table was empty, as the notices often are, would
-- read the whole table with each call once it is not: hence no such plan is made.

-- Commits to one record come one after the other. Who waits here has drawn no transaction id yet, so
-- that a reader of the feed never waits for somebody who will be refused.
CREATE FUNCTION {schema}.lock_key(p_tenant text, p_kind smallint, p_id uuid)
RETURNS bigint LANGUAGE sql IMMUTABLE
AS $function$
    SELECT hashtextextended('{schema}/' || p_tenant || '/' || p_kind::text || '/' || p_id::text, 0)
$function$;

-- True where each statement sees what was committed before it began (`read committed`). Elsewhere a call sees
-- what was committed before it waited for a lock, and nothing newer. It has to find out that this is out of date:
-- by locking the rows that the one before it changed, which then fails as a serialization failure, and is tried
-- again by the caller.
CREATE FUNCTION {schema}.sees_the_newest()
RETURNS boolean LANGUAGE sql STABLE
AS $function$
    SELECT current_setting('transaction_isolation') IN ('read committed', 'read uncommitted')
$function$;

CREATE FUNCTION {schema}.load(
    p_tenant text, p_kind smallint, p_id uuid, p_command uuid,
    OUT o_version bigint, OUT o_data text, OUT o_fingerprint bigint, OUT o_written text)
LANGUAGE plpgsql
AS $function$
DECLARE
    v_tenant text := set_config('talkback.tenant', p_tenant, true);
    v_plans text := set_config('enable_seqscan', 'off', true);
BEGIN
    -- One statement: both are of one instant.
    SELECT record.version, record.data, known.fingerprint, known.written
    INTO o_version, o_data, o_fingerprint, o_written
    FROM (SELECT 1) AS one
    LEFT JOIN {schema}.records AS record
        ON record.tenant = p_tenant AND record.kind = p_kind AND record.id = p_id
    LEFT JOIN {schema}.commands AS known
        ON known.tenant = p_tenant AND known.command = p_command;
END
$function$;

-- The present epoch. It begins anew when the store finds itself in another cluster, on another
-- timeline, or before the transactions that the last one began among. Looked up once per session: a
-- restored or promoted server has no writing session of before. Who only reads learns the number that
-- the next commit will write.
CREATE FUNCTION {schema}.present_epoch(p_write boolean) RETURNS int LANGUAGE plpgsql
AS $function$
DECLARE
    v_known text := current_setting('talkback.epoch', true);
    v_cluster text;
    v_last {schema}.epochs;
BEGIN
    IF starts_with(v_known, '{schema}/') THEN
        RETURN substr(v_known, length('{schema}/') + 1)::int;
    END IF;
    IF NOT pg_is_in_recovery() THEN
        BEGIN
            v_cluster := (SELECT system_identifier FROM pg_control_system())
                || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8);
        EXCEPTION WHEN OTHERS THEN
            -- Not every host of databases lets one ask. Then only the transaction ids tell.
            NULL;
        END;
    END IF;
    LOOP
        SELECT * INTO v_last FROM {schema}.epochs ORDER BY epoch DESC LIMIT 1;
        EXIT WHEN v_last.cluster = coalesce(v_cluster, v_last.cluster)
            AND v_last.first_tx <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
        IF NOT p_write THEN
            RETURN coalesce(v_last.epoch, 0) + 1;
        END IF;
        INSERT INTO {schema}.epochs (epoch, cluster, first_tx)
        VALUES (coalesce(v_last.epoch, 0) + 1, coalesce(v_cluster, ''),
                pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
        ON CONFLICT DO NOTHING;
    END LOOP;
    IF NOT pg_is_in_recovery() THEN
        PERFORM set_config('talkback.epoch', '{schema}/' || v_last.epoch, false);
    END IF;
    RETURN v_last.epoch;
END
$function$;

-- Writes everything or nothing. `o_state`: 0 for written, 1 for a command that is known (with what it
-- did), 2 for a conflict (with the place of the record and the version that is stored).
CREATE FUNCTION {schema}.commit(
    p_tenant text, p_patience text, p_command uuid, p_fingerprint bigint, p_written text,
    p_kinds smallint[], p_ids uuid[], p_expected bigint[], p_versions bigint[],
    p_stages text[], p_topics text[], p_owners text[], p_teams text[], p_customers text[],
    p_priorities text[], p_opened timestamptz[], p_updated timestamptz[], p_wake_ups timestamptz[],
    p_dues timestamptz[],
    p_labels text[], p_records text[],
    p_event_places int[], p_event_versions bigint[], p_events text[],
    p_text_places int[], p_text_slots smallint[], p_text_abouts text[], p_text_parts text[],
    p_text_bodies bytea[],
    p_notice_places int[], p_notice_versions bigint[], p_notice_numbers int[], p_notice_persons text[],
    p_notice_lines text[], p_notice_dues timestamptz[], p_notices text[],
    OUT o_state int, OUT o_place int, OUT o_actual bigint, OUT o_fingerprint bigint, OUT o_written text)
LANGUAGE plpgsql
AS $function$
DECLARE
    v_tenant text := set_config('talkback.tenant', p_tenant, true);
    v_plans text := set_config('enable_seqscan', 'off', true);
    v_patience text := set_config('lock_timeout', p_patience, true);
    v_count int := cardinality(p_ids);
    v_epoch int;
    v_tx bigint;
    v_key bigint;
BEGIN
    IF v_count = 1 THEN
        PERFORM pg_advisory_xact_lock({schema}.lock_key(p_tenant, p_kinds[1], p_ids[1]));
    ELSE
        -- In one order for everybody, or two of them could wait for each other.
        FOR v_key IN
            SELECT DISTINCT {schema}.lock_key(p_tenant, item.kind, item.id)
            FROM unnest(p_kinds, p_ids) AS item(kind, id) ORDER BY 1
        LOOP
            PERFORM pg_advisory_xact_lock(v_key);
        END LOOP;
    END IF;

    IF p_command IS NOT NULL THEN
        SELECT known.fingerprint, known.written INTO o_fingerprint, o_written
        FROM {schema}.commands AS known
        WHERE known.tenant = p_tenant AND known.command = p_command;
        IF FOUND THEN
            o_state := 1;
            RETURN;
        END IF;
    END IF;

    IF v_count > 1 THEN
        -- All of them as of one instant and before anything is written, so that what was committed
        -- below any of them has a lower transaction id than this.
        SELECT item.place, coalesce(record.version, 0) INTO o_place, o_actual
        FROM unnest(p_kinds, p_ids, p_expected) WITH ORDINALITY AS item(kind, id, expected, place)
        LEFT JOIN {schema}.records AS record
            ON record.tenant = p_tenant AND record.kind = item.kind AND record.id = item.id
        WHERE coalesce(record.version, 0) <> item.expected
        ORDER BY item.place LIMIT 1;
        IF FOUND THEN
            o_state := 2;
            RETURN;
        END IF;
    END IF;

    FOR i IN 1..v_count LOOP
        IF p_expected[i] = 0 THEN
            INSERT INTO {schema}.records (
                tenant, kind, id, version, stage, topic, owner, team, customer, priority,
                opened, updated, wake_up, due, labels, data)
            VALUES (
                p_tenant, p_kinds[i], p_ids[i], p_versions[i], p_stages[i], p_topics[i], p_owners[i],
                p_teams[i], p_customers[i], p_priorities[i], p_opened[i], p_updated[i], p_wake_ups[i],
                p_dues[i], string_to_array(p_labels[i], ' '), p_records[i])
            ON CONFLICT DO NOTHING;
        ELSE
            UPDATE {schema}.records SET
                version = p_versions[i], stage = p_stages[i], topic = p_topics[i], owner = p_owners[i],
                team = p_teams[i], customer = p_customers[i], priority = p_priorities[i],
                opened = p_opened[i], updated = p_updated[i], wake_up = p_wake_ups[i],
                due = p_dues[i],
                labels = string_to_array(p_labels[i], ' '), data = p_records[i]
            WHERE tenant = p_tenant AND kind = p_kinds[i] AND id = p_ids[i] AND version = p_expected[i];
        END IF;
        IF NOT FOUND THEN
            IF i > 1 THEN
                -- Somebody writes without the lock; the caller is to try again.
                RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'a record moved';
            END IF;
            o_state := 2;
            o_place := 1;
            o_actual := coalesce((
                SELECT version FROM {schema}.records
                WHERE tenant = p_tenant AND kind = p_kinds[1] AND id = p_ids[1]), 0);
            RETURN;
        END IF;

        IF p_wake_ups[i] IS NOT NULL THEN
            -- A wake-up that stays as it is, and that nobody tried, costs no write.
            INSERT INTO {schema}.wakes AS wake (tenant, kind, id, due, ready_at)
            VALUES (p_tenant, p_kinds[i], p_ids[i], p_wake_ups[i], p_wake_ups[i])
            ON CONFLICT (tenant, kind, id) DO UPDATE SET
                due = excluded.due, ready_at = excluded.ready_at, lease = NULL, attempts = 0,
                quarantined = false
            WHERE wake.due <> excluded.due OR wake.ready_at <> excluded.ready_at
                OR wake.lease IS NOT NULL OR wake.attempts > 0 OR wake.quarantined;
        ELSIF p_expected[i] > 0 THEN
            DELETE FROM {schema}.wakes WHERE tenant = p_tenant AND kind = p_kinds[i] AND id = p_ids[i];
        END IF;
    END LOOP;

    -- Only now: whoever has a transaction id here holds a lock on `records` already, and the reader of
    -- the feed knows its own by that.
    v_tx := pg_current_xact_id()::text::bigint;
    v_epoch := {schema}.present_epoch(true);

    INSERT INTO {schema}.events (tenant, kind, id, version, epoch, tx, n, command, data)
    SELECT p_tenant, p_kinds[item.place], p_ids[item.place], item.version, v_epoch, v_tx, item.n,
           p_command, item.data
    FROM unnest(p_event_places, p_event_versions, p_events) WITH ORDINALITY
        AS item(place, version, data, n);

    IF p_command IS NOT NULL THEN
        INSERT INTO {schema}.commands (tenant, command, fingerprint, written)
        VALUES (p_tenant, p_command, p_fingerprint, p_written)
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            -- Somebody was quicker with this command, on another record.
            RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'a command came twice';
        END IF;
    END IF;

    IF cardinality(p_text_places) > 0 THEN
        INSERT INTO {schema}.texts (tenant, command, slot, kind, id, about, part, body)
        SELECT p_tenant, p_command, item.slot, p_kinds[item.place], p_ids[item.place], item.about,
               item.part, item.body
        FROM unnest(p_text_places, p_text_slots, p_text_abouts, p_text_parts, p_text_bodies)
            AS item(place, slot, about, part, body);
    END IF;

    IF cardinality(p_notice_places) > 0 THEN
        IF NOT {schema}.sees_the_newest() THEN
            -- One of those that the new ones would wait for may have been settled.
            PERFORM FROM {schema}.notices AS earlier
            WHERE earlier.tenant = p_tenant AND (earlier.kind, earlier.id) IN (
                SELECT item.kind, item.id FROM unnest(p_kinds, p_ids) AS item(kind, id))
            FOR UPDATE;
        END IF;
        -- The first of a line is ready at its time, the others wait for the one before them.
        INSERT INTO {schema}.notices (tenant, kind, id, version, n, person, line, due, ready_at, data)
        SELECT p_tenant, p_kinds[item.place], p_ids[item.place], item.version, item.n, item.person,
               item.line, item.due,
               CASE WHEN NOT EXISTS (
                        SELECT FROM {schema}.notices AS earlier
                        WHERE earlier.tenant = p_tenant AND earlier.kind = p_kinds[item.place]
                            AND earlier.id = p_ids[item.place] AND earlier.line = item.line)
                    AND row_number() OVER (
                        PARTITION BY item.place, item.line ORDER BY item.version, item.n) = 1
                    THEN item.due END,
               item.data
        FROM unnest(p_notice_places, p_notice_versions, p_notice_numbers, p_notice_persons,
                    p_notice_lines, p_notice_dues, p_notices)
            AS item(place, version, n, person, line, due, data);
    END IF;

    o_state := 0;
END
$function$;

-- The transaction id from which on a tenant's feed is not settled yet, as of that snapshot: that of the
-- oldest transaction in flight then that writes into it. Everything below it is there for good.
--
-- Those that only happen to run in the same cluster do not count. A transaction that writes here has
-- held its lock on `records` since before it got its id, and holds it until it is over: whoever is seen
-- without that lock, and is still running after that look, is a stranger. Of those that are over by
-- then, what they wrote can be seen.
--
-- Where a statement sees no more than its transaction's snapshot, what was written by those that are over
-- cannot be seen. Then the caller is to look again, or, without `p_again`, gets no further than the first of them.
CREATE FUNCTION {schema}.feed_end(p_tenant text, p_epoch int, p_snapshot pg_snapshot, p_again boolean)
RETURNS bigint
LANGUAGE plpgsql
AS $function$
DECLARE
    v_end bigint := pg_snapshot_xmax(p_snapshot)::text::bigint;
    v_newest boolean := {schema}.sees_the_newest();
    v_strangers xid[];
    v_flying xid8;
BEGIN
    IF pg_is_in_recovery() THEN
        -- A replica does not see the locks.
        RETURN pg_snapshot_xmin(p_snapshot)::text::bigint;
    END IF;
    IF pg_snapshot_xmin(p_snapshot) = pg_snapshot_xmax(p_snapshot) THEN
        RETURN v_end;
    END IF;
    WITH held AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted)
    SELECT coalesce(array_agg(own.transactionid), '{}') INTO v_strangers
    FROM held AS own
    WHERE own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock'
        AND NOT EXISTS (
            SELECT FROM held AS other
            WHERE other.virtualtransaction = own.virtualtransaction AND other.locktype = 'relation'
                AND other.mode = 'RowExclusiveLock'
                AND other.relation = '{schema}.records'::regclass
                AND other.database = (SELECT oid FROM pg_database WHERE datname = current_database()));
    FOR v_flying IN SELECT flying FROM pg_snapshot_xip(p_snapshot) AS flying ORDER BY flying LOOP
        IF pg_xact_status(v_flying) = 'in progress' THEN
            CONTINUE WHEN v_flying::xid = ANY (v_strangers);
            RETURN v_flying::text::bigint;
        END IF;
        CONTINUE WHEN pg_xact_status(v_flying) = 'aborted';
        IF NOT v_newest THEN
            IF p_again THEN
                RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'a writer ended meanwhile';
            END IF;
            RETURN v_flying::text::bigint;
        END IF;
        -- This statement's own snapshot is younger than the end of that transaction.
        IF EXISTS (
            SELECT FROM {schema}.events
            WHERE tenant = p_tenant AND epoch = p_epoch AND tx = v_flying::text::bigint)
        THEN
            RETURN v_flying::text::bigint;
        END IF;
    END LOOP;
    RETURN v_end;
END
$function$;
