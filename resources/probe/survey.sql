-- What the closer look asks of one running instance, 9.6 to 18, in one connection. Every line that matters begins with "f "; text is
-- written in hexadecimal. A question that fails does not lose the others. Needs psql 9.3 or later.
select
    case when n >= 100000 then 'pg_current_wal_lsn' else 'pg_current_xlog_location' end as current_lsn,
    case when n >= 100000 then 'pg_last_wal_receive_lsn' else 'pg_last_xlog_receive_location' end as receive_lsn,
    case when n >= 100000 then 'pg_last_wal_replay_lsn' else 'pg_last_xlog_replay_location' end as replay_lsn,
    case when n >= 100000 then 'pg_is_wal_replay_paused' else 'pg_is_xlog_replay_paused' end as replay_paused,
    case when n >= 100000 then 'pg_walfile_name' else 'pg_xlogfile_name' end as walfile_name,
    case when n >= 100000 then 'pg_ls_waldir()' else '(select pg_ls_dir(''pg_xlog'') as name)' end as wal_files,
    case when n >= 100000 then 'a.backend_type = ''client backend''' else 'true' end as is_client,
    case when n >= 130000 then 'wal_status' else 'null::text' end as wal_status,
    case when n >= 130000 then '(select count(*) from pg_stat_progress_basebackup)'
        else '(select count(*) from pg_stat_replication where state = ''backup'')' end as copies,
    -- Only the exclusive mode can be told from outside; it is gone since 15.
    case when n < 150000 then 'pg_is_in_backup()::int' else '0' end as backup_mode
from (select current_setting('server_version_num')::int as n) as v \gset v_

select unnest(array[
    'f version ' || current_setting('server_version_num'),
    'f recovery ' || case when pg_is_in_recovery() then '1' else '0' end,
    'f current ' || case when not pg_is_in_recovery() then :v_current_lsn()::text end,
    'f receive ' || case when pg_is_in_recovery() then :v_receive_lsn()::text end,
    'f replay ' || case when pg_is_in_recovery() then :v_replay_lsn()::text end,
    'f paused ' || case when pg_is_in_recovery() then :v_replay_paused()::int::text end
]);

-- The control file keeps the old timeline until the first checkpoint after a promotion; the name of the WAL file does not.
select 'f timeline ' || case when pg_is_in_recovery() then
    (select lpad(to_hex(coalesce((select max(received_tli) from pg_stat_wal_receiver where received_tli > 0),
        greatest(c.timeline_id, r.min_recovery_end_timeline))), 8, '0') from pg_control_checkpoint() c, pg_control_recovery() r)
    else left(:v_walfile_name(:v_current_lsn()), 8) end;
-- A standby that nobody sends anything may have replayed on a timeline that its control file does not know yet, because nothing was flushed
-- since. The segment of its position is there under the name of the timeline that it came from: this line counts then, being the last.
select 'f timeline ' || max(left(f.name, 8))
from :v_wal_files f, (select size, floor((greatest(:v_receive_lsn(), :v_replay_lsn()) - '0/0'::pg_lsn - 1) / size)::bigint as number
    from pg_size_bytes(current_setting('wal_segment_size')) as size) as s
where pg_is_in_recovery() and not exists (select from pg_stat_wal_receiver where received_tli > 0) and f.name ~ '^[0-9A-F]{24}$'
    and right(f.name, 16) = upper(lpad(to_hex(s.number / (4294967296 / s.size)), 8, '0') || lpad(to_hex(s.number % (4294967296 / s.size)), 8, '0'))
having max(left(f.name, 8)) > (select upper(lpad(to_hex(greatest(c.timeline_id, r.min_recovery_end_timeline)), 8, '0'))
    from pg_control_checkpoint() c, pg_control_recovery() r);

select 'f setting ' || name || ' ' || encode(textsend(current_setting(name)), 'hex') from pg_settings where name in (
    'max_connections', 'max_worker_processes', 'max_wal_senders', 'max_prepared_transactions', 'max_locks_per_transaction',
    'max_replication_slots', 'wal_level', 'wal_log_hints', 'data_checksums', 'full_page_writes', 'hot_standby', 'archive_mode',
    'promote_trigger_file', 'config_file', 'hba_file', 'ident_file', 'data_directory', 'cluster_name', 'listen_addresses', 'port',
    'synchronous_standby_names', 'synchronous_commit', 'recovery_min_apply_delay', 'unix_socket_directories', 'wal_keep_size',
    'wal_keep_segments', 'shared_preload_libraries');

-- Only since 12 the server itself knows whom it follows, and tells superusers.
select 'f conninfo ' || encode(textsend(setting), 'hex') from pg_settings where name = 'primary_conninfo' and setting is not null;
select 'f slotname ' || encode(textsend(setting), 'hex') from pg_settings where name = 'primary_slot_name' and setting is not null;

select 'f receiver ' || encode(textsend(status), 'hex') from pg_stat_wal_receiver where status is not null;

select 'f follower ' || encode(textsend(coalesce(usename, '')), 'hex')
    || '. ' || encode(textsend(coalesce(application_name, '')), 'hex')
    || '. ' || encode(textsend(coalesce(host(client_addr), '')), 'hex')
    || '. ' || encode(textsend(coalesce(state, '')), 'hex') || '.'
from pg_stat_replication;

select 'f slot ' || encode(textsend(slot_name), 'hex') || '. ' || (slot_type = 'logical')::int || ' ' || active::int || ' '
    || coalesce(:v_wal_status, '-')
from pg_replication_slots;

select 'f prepared ' || count(*) from pg_prepared_xacts;
select 'f oldest ' || floor(extract(epoch from max(clock_timestamp() - xact_start)))::bigint
from pg_stat_activity a where pid <> pg_backend_pid() and :v_is_client;
select 'f backups ' || (:v_copies + :v_backup_mode);
select 'f archiver ' || coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)::int from pg_stat_archiver;

select 'f end';

set statement_timeout = '3s';
select 'f bytes ' || sum(pg_database_size(oid)) from pg_database;
