-- Taking work, giving it back, and erasing words. For the plans see the step before.

-- Takes what is ready, the longest ready first. With `p_since`, what was ready before that instant is
-- looked at only if there is not enough behind it: under a reader that holds an old snapshot, the dead
-- entries at the head of the index would be read again and again.
CREATE FUNCTION {schema}.claim_wakes(
    p_tenant text, p_now timestamptz, p_until timestamptz, p_pause_until timestamptz, p_after int,
    p_limit int, p_since timestamptz, p_horizon timestamptz)
RETURNS TABLE (
    o_kind smallint, o_id uuid, o_due timestamptz, o_taken_at timestamptz, o_attempts int,
    o_quarantined boolean, o_lease bigint)
LANGUAGE plpgsql
AS $function$
DECLARE
    v_tenant text := set_config('talkback.tenant', p_tenant, true);
    v_plans text := set_config('enable_seqscan', 'off', true);
    v_since timestamptz := coalesce(p_since, '-infinity');
    v_left int := p_limit;
    v_taken int;
BEGIN
    -- What was moved further ahead than a lease lasts was moved under a clock that ran ahead.
    UPDATE {schema}.wakes SET ready_at = least(due, p_now)
    WHERE tenant = p_tenant AND ready_at <> due AND ready_at > p_horizon;
    IF FOUND THEN
        v_since := '-infinity';
    END IF;
    WHILE v_left > 0 LOOP
        -- The limit within is a literal, because of a parameter the planner would believe that it is a
        -- tenth of all there is, and sort it.
        RETURN QUERY
        UPDATE {schema}.wakes AS wake SET
            taken_at = wake.ready_at,
            ready_at = CASE WHEN wake.attempts >= p_after THEN p_pause_until ELSE p_until END,
            lease = pg_current_xact_id()::text::bigint,
            attempts = wake.attempts + 1,
            quarantined = wake.attempts >= p_after
        WHERE wake.tenant = p_tenant AND wake.ctid = ANY (ARRAY(
            SELECT first.place FROM (
                SELECT item.ctid AS place FROM {schema}.wakes AS item
                WHERE item.tenant = p_tenant AND item.ready_at >= v_since AND item.ready_at <= p_now
                ORDER BY item.ready_at LIMIT 100 FOR UPDATE SKIP LOCKED) AS first
            LIMIT v_left))
        RETURNING wake.kind, wake.id, wake.due, wake.taken_at, wake.attempts, wake.quarantined, wake.lease;
        GET DIAGNOSTICS v_taken = ROW_COUNT;
        v_left := v_left - v_taken;
        IF v_taken < least(100, v_left + v_taken) THEN
            EXIT WHEN v_since = '-infinity';
            v_since := '-infinity';
        END IF;
    END LOOP;
END
$function$;

CREATE FUNCTION {schema}.claim_notices(
    p_tenant text, p_now timestamptz, p_until timestamptz, p_limit int, p_since timestamptz,
    p_horizon timestamptz)
RETURNS TABLE (
    o_kind smallint, o_id uuid, o_version bigint, o_n int, o_due timestamptz, o_taken_at timestamptz,
    o_attempts int, o_lease bigint, o_data text)
LANGUAGE plpgsql
AS $function$
DECLARE
    v_tenant text := set_config('talkback.tenant', p_tenant, true);
    v_plans text := set_config('enable_seqscan', 'off', true);
    v_since timestamptz := coalesce(p_since, '-infinity');
    v_left int := p_limit;
    v_taken int;
BEGIN
    UPDATE {schema}.notices SET ready_at = least(due, p_now)
    WHERE tenant = p_tenant AND lease IS NOT NULL AND ready_at > p_horizon;
    IF FOUND THEN
        v_since := '-infinity';
    END IF;
    WHILE v_left > 0 LOOP
        RETURN QUERY
        UPDATE {schema}.notices AS notice SET
            taken_at = notice.ready_at,
            ready_at = p_until,
            lease = pg_current_xact_id()::text::bigint,
            attempts = notice.attempts + 1
        WHERE notice.tenant = p_tenant AND notice.ctid = ANY (ARRAY(
            SELECT first.place FROM (
                SELECT item.ctid AS place FROM {schema}.notices AS item
                WHERE item.tenant = p_tenant AND item.ready_at >= v_since AND item.ready_at <= p_now
                ORDER BY item.ready_at LIMIT 100 FOR UPDATE SKIP LOCKED) AS first
            LIMIT v_left))
        RETURNING notice.kind, notice.id, notice.version, notice.n, notice.due, notice.taken_at,
            notice.attempts, notice.lease, notice.data;
        GET DIAGNOSTICS v_taken = ROW_COUNT;
        v_left := v_left - v_taken;
        IF v_taken < least(100, v_left + v_taken) THEN
            EXIT WHEN v_since = '-infinity';
            v_since := '-infinity';
        END IF;
    END LOOP;
END
$function$;

-- Gives a wake-up back: to be tried at `p_retry`, or as if nobody had taken it if that is null. True if
-- it was under that lease; then `o_ready_at` is from when on it is ready.
CREATE FUNCTION {schema}.settle_wake(
    p_tenant text, p_patience text, p_kind smallint, p_id uuid, p_lease bigint, p_retry timestamptz,
    p_pause_until timestamptz, p_after int,
    OUT o_held boolean, OUT o_ready_at timestamptz)
LANGUAGE plpgsql
AS $function$
DECLARE
    v_tenant text := set_config('talkback.tenant', p_tenant, true);
    v_plans text := set_config('enable_seqscan', 'off', true);
    v_patience text := set_config('lock_timeout', p_patience, true);
BEGIN
    UPDATE {schema}.wakes SET
        lease = NULL,
        attempts = CASE WHEN p_retry IS NULL THEN greatest(attempts - 1, 0) ELSE attempts END,
        quarantined = CASE WHEN p_retry IS NULL THEN quarantined ELSE attempts >= p_after END,
        ready_at = CASE
            WHEN p_retry IS NULL THEN due
            WHEN attempts >= p_after THEN p_pause_until
            ELSE p_retry END
    WHERE tenant = p_tenant AND kind = p_kind AND id = p_id AND lease = p_lease
    RETURNING ready_at INTO o_ready_at;
    o_held := FOUND;
END
$function$;

-- Settles a notice: to be tried at `p_retry`, `p_untried` tries fewer, or given up for the reason `p_dead`, or
-- over if both are null. A dead letter is put back by the first, under no line and with its tries forgotten. What
-- is given up or over lets the next of its line be ready at its own time. `o_ready_at` is from when on one of the line is ready, null if none is left.
CREATE FUNCTION {schema}.settle_notice(
    p_tenant text, p_patience text, p_kind smallint, p_id uuid, p_version bigint, p_n int, p_lease bigint,
    p_retry timestamptz, p_untried int, p_dead text,
    OUT o_held boolean, OUT o_ready_at timestamptz)
LANGUAGE plpgsql
AS $function$
DECLARE
    v_tenant text := set_config('talkback.tenant', p_tenant, true);
    v_plans text := set_config('enable_seqscan', 'off', true);
    v_patience text := set_config('lock_timeout', p_patience, true);
    v_line text;
BEGIN
    IF p_retry IS NOT NULL THEN
        UPDATE {schema}.notices SET lease = NULL, ready_at = p_retry, dead = NULL,
            attempts = CASE WHEN dead IS NULL THEN attempts - p_untried ELSE 0 END
        WHERE tenant = p_tenant AND kind = p_kind AND id = p_id AND version = p_version AND n = p_n
            AND lease = p_lease
        RETURNING ready_at INTO o_ready_at;
        o_held := FOUND;
        RETURN;
    END IF;
    -- With the record's commits: one of them may be adding to this line, behind this one.
    PERFORM pg_advisory_xact_lock({schema}.lock_key(p_tenant, p_kind, p_id));
    IF NOT {schema}.sees_the_newest() THEN
        PERFORM FROM {schema}.records
        WHERE tenant = p_tenant AND kind = p_kind AND id = p_id FOR SHARE;
    END IF;
    SELECT line INTO v_line FROM {schema}.notices
    WHERE tenant = p_tenant AND kind = p_kind AND id = p_id AND version = p_version AND n = p_n
        AND lease = p_lease
    FOR UPDATE;
    o_held := FOUND;
    IF o_held THEN
        IF p_dead IS NULL THEN
            DELETE FROM {schema}.notices
            WHERE tenant = p_tenant AND kind = p_kind AND id = p_id AND version = p_version AND n = p_n;
        ELSE
            -- Under a lease of its own, which never ends.
            UPDATE {schema}.notices SET
                dead = p_dead, line = NULL, ready_at = NULL, lease = pg_current_xact_id()::text::bigint
            WHERE tenant = p_tenant AND kind = p_kind AND id = p_id AND version = p_version AND n = p_n;
        END IF;
        UPDATE {schema}.notices SET ready_at = due
        WHERE tenant = p_tenant AND kind = p_kind AND id = p_id AND (version, n) = (
            SELECT version, n FROM {schema}.notices
            WHERE tenant = p_tenant AND kind = p_kind AND id = p_id AND line = v_line
            ORDER BY version, n LIMIT 1)
        RETURNING ready_at INTO o_ready_at;
    END IF;
END
$function$;

-- Erases the words of a person or, if that is null, those of a record.
CREATE FUNCTION {schema}.erase(
    p_tenant text, p_patience text, p_person text, p_kind smallint, p_id uuid,
    OUT o_texts bigint, OUT o_notices bigint)
LANGUAGE plpgsql
AS $function$
DECLARE
    v_tenant text := set_config('talkback.tenant', p_tenant, true);
    v_patience text := set_config('lock_timeout', p_patience, true);
    v_commands uuid[];
    v_key bigint;
BEGIN
    -- One erasure of a tenant at a time, and with the commits to the records whose lines it empties.
    PERFORM pg_advisory_xact_lock(hashtextextended('{schema}/' || p_tenant || '/erase', 0));
    FOR v_key IN
        SELECT DISTINCT {schema}.lock_key(p_tenant, item.kind, item.id) FROM (
            SELECT kind, id FROM {schema}.notices
            WHERE tenant = p_tenant AND p_person IS NOT NULL AND person = p_person
            UNION ALL
            SELECT p_kind, p_id WHERE p_person IS NULL) AS item
        ORDER BY 1
    LOOP
        PERFORM pg_advisory_xact_lock(v_key);
    END LOOP;
    IF NOT {schema}.sees_the_newest() THEN
        PERFORM FROM {schema}.records AS record
        WHERE record.tenant = p_tenant AND (record.kind, record.id) IN (
            SELECT kind, id FROM {schema}.notices
            WHERE tenant = p_tenant AND p_person IS NOT NULL AND person = p_person
            UNION ALL
            SELECT p_kind, p_id WHERE p_person IS NULL)
        FOR SHARE;
    END IF;

    IF p_person IS NOT NULL THEN
        WITH gone AS (
            DELETE FROM {schema}.texts WHERE tenant = p_tenant AND about = p_person RETURNING command)
        SELECT count(*), array_agg(DISTINCT command) INTO o_texts, v_commands FROM gone;
        DELETE FROM {schema}.notices WHERE tenant = p_tenant AND person = p_person;
        GET DIAGNOSTICS o_notices = ROW_COUNT;
        -- What stood behind them moves up.
        UPDATE {schema}.notices AS notice SET ready_at = due
        WHERE tenant = p_tenant AND ready_at IS NULL AND line IS NOT NULL AND NOT EXISTS (
            SELECT FROM {schema}.notices AS earlier
            WHERE earlier.tenant = p_tenant AND earlier.kind = notice.kind AND earlier.id = notice.id
                AND earlier.line = notice.line AND (earlier.version, earlier.n) < (notice.version, notice.n));
        v_commands := v_commands || ARRAY(
            SELECT DISTINCT event.command
            FROM {schema}.records AS record
            JOIN {schema}.events AS event
                ON event.tenant = p_tenant AND event.kind = record.kind AND event.id = record.id
            WHERE record.tenant = p_tenant AND record.customer = p_person AND event.command IS NOT NULL);
    ELSE
        WITH gone AS (
            DELETE FROM {schema}.texts
            WHERE tenant = p_tenant AND kind = p_kind AND id = p_id RETURNING command)
        SELECT count(*), array_agg(DISTINCT command) INTO o_texts, v_commands FROM gone;
        DELETE FROM {schema}.notices WHERE tenant = p_tenant AND kind = p_kind AND id = p_id;
        GET DIAGNOSTICS o_notices = ROW_COUNT;
        v_commands := v_commands || ARRAY(
            SELECT DISTINCT event.command FROM {schema}.events AS event
            WHERE event.tenant = p_tenant AND event.kind = p_kind AND event.id = p_id
                AND event.command IS NOT NULL);
    END IF;

    UPDATE {schema}.commands SET fingerprint = NULL
    WHERE tenant = p_tenant AND command = ANY (v_commands) AND fingerprint IS NOT NULL;
END
$function$;
