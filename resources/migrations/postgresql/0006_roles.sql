-- Group roles: ele_viewer reads; ele_operator also writes instance state and operations; ele_admin may do everything. Making roles may
-- not be allowed to who runs this: then an administrator makes them and grants the same.
DO $elephaas$
DECLARE
    sRole text;
BEGIN
    FOREACH sRole IN ARRAY ARRAY['ele_viewer', 'ele_operator', 'ele_admin'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = sRole) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', sRole);
        END IF;
    END LOOP;
    GRANT ele_viewer TO ele_operator;
    GRANT ele_operator TO ele_admin;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'the group roles were not made: %', sqlerrm;
END
$elephaas$;

DO $elephaas$
DECLARE
    sTable text;
BEGIN
    IF (SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname IN ('ele_viewer', 'ele_operator', 'ele_admin')) < 3 THEN
        RETURN;
    END IF;
    GRANT USAGE ON SCHEMA {schema} TO ele_viewer;
    GRANT ALL ON SCHEMA {schema} TO ele_admin;
    FOREACH sTable IN ARRAY ARRAY['ele_environment', 'ele_herd', 'ele_server', 'ele_instance', 'ele_console_schema',
        'ele_console_setting', 'ele_herd_lock', 'ele_operation', 'ele_operation_step', 'ele_probe']
    LOOP
        EXECUTE format('GRANT SELECT ON %s.%I TO ele_viewer', {schema_literal}, sTable);
        EXECUTE format('GRANT ALL ON %s.%I TO ele_admin', {schema_literal}, sTable);
    END LOOP;
    GRANT UPDATE (version, xlog_pos, is_online, master_id) ON {schema}.ele_instance TO ele_operator;
    GRANT INSERT, UPDATE, DELETE ON {schema}.ele_probe, {schema}.ele_herd_lock, {schema}.ele_operation,
        {schema}.ele_operation_step TO ele_operator;
    GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO ele_admin;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'the group roles were not given their privileges: %', sqlerrm;
END
$elephaas$;

-- Views exist at most sites, not at all.
DO $elephaas$
BEGIN
    GRANT SELECT ON {schema}.v_dr_pairs, {schema}.v_flat_instance TO ele_viewer;
EXCEPTION WHEN insufficient_privilege OR undefined_table OR undefined_object THEN
    RAISE NOTICE 'the views were not opened to ele_viewer: %', sqlerrm;
END
$elephaas$;

DO $elephaas$
BEGIN
    GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO util_exec;
    GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO util_exec;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO util_exec;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'role util_exec was not given the new tables: %', sqlerrm;
END
$elephaas$;
