-- What pg_rewind needs of its source: superuser, or since 11 the right to run four functions (manual, pg_rewind, "Notes").
select 'f one 1';
select 'f rewind ' || case
    when (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then 1
    when current_setting('server_version_num')::int < 110000 then 0
    else (select coalesce(bool_and(pg_catalog.has_function_privilege(p.oid, 'execute')), false)::int
        from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'pg_catalog' and (p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')') in (
            'pg_ls_dir(text, boolean, boolean)', 'pg_stat_file(text, boolean)', 'pg_read_binary_file(text)',
            'pg_read_binary_file(text, bigint, bigint, boolean)'))
    end;
