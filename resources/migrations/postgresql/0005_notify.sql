-- Tells consoles that listen which table changed. Row triggers: a statement that changes no row says nothing; the same text
-- within one transaction is sent once.
CREATE FUNCTION {schema}.sp_ele_notify() RETURNS trigger LANGUAGE plpgsql AS $elephaas$
BEGIN
    PERFORM pg_catalog.pg_notify('ele_inventory', tg_table_name);
    RETURN NULL;
END
$elephaas$;

DO $elephaas$
DECLARE
    sTable text;
BEGIN
    FOREACH sTable IN ARRAY ARRAY['ele_environment', 'ele_herd', 'ele_server', 'ele_instance', 'ele_console_schema',
        'ele_console_setting', 'ele_herd_lock', 'ele_operation', 'ele_operation_step', 'ele_probe']
    LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s.%I
            FOR EACH ROW EXECUTE PROCEDURE %s.sp_ele_notify()',
            sTable || '_notify', {schema_literal}, sTable, {schema_literal});
        EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s.%I
            FOR EACH STATEMENT EXECUTE PROCEDURE %s.sp_ele_notify()',
            sTable || '_notify_truncate', {schema_literal}, sTable, {schema_literal});
    END LOOP;
END
$elephaas$;
