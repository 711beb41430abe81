GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT ON {schema}.migrations TO {role};
GRANT SELECT, INSERT ON {schema}.epochs, {schema}.events TO {role};
GRANT SELECT, INSERT, UPDATE ON {schema}.records TO {role};
GRANT SELECT, INSERT, UPDATE (fingerprint) ON {schema}.commands TO {role};
GRANT SELECT, INSERT, DELETE ON {schema}.texts TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.wakes, {schema}.notices TO {role};
GRANT EXECUTE ON FUNCTION {schema}.tenants_with_work(boolean, timestamptz, int, timestamptz) TO {role};
