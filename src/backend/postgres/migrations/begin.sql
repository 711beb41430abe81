-- Whatever the role is set to: what others did while this one waited has to be seen.
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
-- One after the other: whoever waited here may find that nothing is missing any more.
SELECT pg_advisory_xact_lock(hashtextextended('{schema}/migrations', 0));
DO $do$
DECLARE
    v_last int := 0;
BEGIN
    IF to_regclass('{schema}.migrations') IS NOT NULL THEN
        SELECT coalesce(max(number), 0) INTO v_last FROM {schema}.migrations;
    END IF;
    IF v_last <> {last} THEN
        RAISE EXCEPTION USING ERRCODE = 'TB001', MESSAGE = 'somebody else migrated';
    END IF;
END
$do$;
