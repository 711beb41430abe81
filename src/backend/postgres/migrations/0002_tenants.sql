-- Whoever forgets to say whose data they want sees none. Rows are those of the tenant that the
-- transaction names in `talkback.tenant`; FORCE, so that this holds for the owner of the tables too.

DO $do$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['records', 'events', 'commands', 'texts', 'wakes', 'notices'] LOOP
        EXECUTE format('ALTER TABLE {schema}.%I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('ALTER TABLE {schema}.%I FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format(
            'CREATE POLICY one_tenant ON {schema}.%I '
            'USING (tenant = current_setting(''talkback.tenant'', true)) '
            'WITH CHECK (tenant = current_setting(''talkback.tenant'', true))',
            v_table);
    END LOOP;
    -- These two belong to no tenant.
    FOREACH v_table IN ARRAY ARRAY['migrations', 'epochs'] LOOP
        EXECUTE format('ALTER TABLE {schema}.%I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('ALTER TABLE {schema}.%I FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY everyone ON {schema}.%I USING (true) WITH CHECK (true)', v_table);
    END LOOP;
END
$do$;

-- Which tenants have work is asked across all of them. The function below may look, with its owner's
-- eyes and only while it runs; it answers with names and nothing else.
CREATE POLICY every_tenant ON {schema}.wakes FOR SELECT TO CURRENT_USER
    USING (current_setting('talkback.scope', true) = 'every');
CREATE POLICY every_tenant ON {schema}.notices FOR SELECT TO CURRENT_USER
    USING (current_setting('talkback.scope', true) = 'every');

-- The tenants that have an item which is ready, by the instant since when it is. One step into the
-- index for each tenant, however many items there are.
CREATE FUNCTION {schema}.tenants_with_work(
    p_notices boolean, p_now timestamptz, p_limit int, p_horizon timestamptz)
RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM set_config('talkback.scope', 'every', true);
    IF p_notices THEN
        RETURN QUERY
        WITH RECURSIVE heads AS (
            (SELECT tenant, ready_at FROM {schema}.notices
             WHERE ready_at IS NOT NULL ORDER BY tenant, ready_at LIMIT 1)
            UNION ALL
            SELECT item.tenant, item.ready_at FROM heads, LATERAL (
                SELECT tenant, ready_at FROM {schema}.notices
                WHERE ready_at IS NOT NULL AND tenant > heads.tenant
                ORDER BY tenant, ready_at LIMIT 1) AS item
        ), due AS (
            SELECT tenant, ready_at FROM heads WHERE ready_at <= p_now
            UNION ALL
            -- Under a lease of a clock that ran ahead.
            SELECT tenant, least(due, p_now) FROM {schema}.notices
            WHERE lease IS NOT NULL AND ready_at > p_horizon
        )
        SELECT tenant FROM due GROUP BY tenant ORDER BY min(ready_at), tenant LIMIT p_limit;
    ELSE
        RETURN QUERY
        WITH RECURSIVE heads AS (
            (SELECT tenant, ready_at FROM {schema}.wakes ORDER BY tenant, ready_at LIMIT 1)
            UNION ALL
            SELECT item.tenant, item.ready_at FROM heads, LATERAL (
                SELECT tenant, ready_at FROM {schema}.wakes
                WHERE tenant > heads.tenant
                ORDER BY tenant, ready_at LIMIT 1) AS item
        ), due AS (
            SELECT tenant, ready_at FROM heads WHERE ready_at <= p_now
            UNION ALL
            SELECT tenant, least(due, p_now) FROM {schema}.wakes
            WHERE ready_at <> due AND ready_at > p_horizon
        )
        SELECT tenant FROM due GROUP BY tenant ORDER BY min(ready_at), tenant LIMIT p_limit;
    END IF;
    PERFORM set_config('talkback.scope', '', true);
END
$function$;
REVOKE ALL ON FUNCTION {schema}.tenants_with_work(boolean, timestamptz, int, timestamptz) FROM PUBLIC;
