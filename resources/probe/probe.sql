-- What the probe asks of one running instance, 9.6 to 18, in one connection. Every line that matters begins with "f "; text is
-- written in hexadecimal, so that no name or setting can look like another line. Needs psql 9.3 or later.
select
    case when n >= 100000 then 'pg_current_wal_lsn' else 'pg_current_xlog_location' end as current_lsn,
    case when n >= 100000 then 'pg_last_wal_receive_lsn' else 'pg_last_xlog_receive_location' end as receive_lsn,
    case when n >= 100000 then 'pg_last_wal_replay_lsn' else 'pg_last_xlog_replay_location' end as replay_lsn,
    case when n >= 100000 then 'pg_is_wal_replay_paused' else 'pg_is_xlog_replay_paused' end as replay_paused,
    case when n >= 100000 then 'pg_walfile_name' else 'pg_xlogfile_name' end as walfile_name,
    case when n >= 100000 then 'sent_lsn' else 'sent_location' end as sent_column,
    case when n >= 100000 then 'replay_lsn' else 'replay_location' end as replay_column,
    case when n >= 110000 then 'sender_host' else 'null::text' end as sender_host,
    case when n >= 110000 then 'sender_port' else 'null::int' end as sender_port
from (select current_setting('server_version_num')::int as n) as v \gset v_

select unnest(array[
    'f version ' || current_setting('server_version_num'),
    'f superuser ' || case when current_setting('is_superuser') = 'on' then '1' else '0' end,
    'f recovery ' || case when pg_is_in_recovery() then '1' else '0' end,
    'f current ' || case when not pg_is_in_recovery() then :v_current_lsn()::text end,
    -- The control file keeps the old timeline until the first checkpoint after a promotion; the name of the WAL file does not.
    'f timeline ' || case when pg_is_in_recovery() then
        (select lpad(to_hex(coalesce((select max(received_tli) from pg_stat_wal_receiver),
            greatest(c.timeline_id, r.min_recovery_end_timeline))), 8, '0') from pg_control_checkpoint() c, pg_control_recovery() r)
        else left(:v_walfile_name(:v_current_lsn()), 8) end,
    'f receive ' || case when pg_is_in_recovery() then :v_receive_lsn()::text end,
    'f replay ' || case when pg_is_in_recovery() then :v_replay_lsn()::text end,
    'f paused ' || case when pg_is_in_recovery() then :v_replay_paused()::int::text end,
    'f identifier ' || (select system_identifier::text from pg_control_system()),
    'f started ' || (extract(epoch from pg_postmaster_start_time()) * 1000)::bigint::text,
    'f loaded ' || (extract(epoch from pg_conf_load_time()) * 1000)::bigint::text,
    'f directory ' || (select encode(textsend(left(setting, 900)), 'hex') from pg_settings where name = 'data_directory'),
    'f configured ' || (select encode(textsend(left(regexp_replace(regexp_replace(setting,
            '\w*(password|secret)\s*=\s*(''([^''\\]|\\.)*''?|([^\s\\]|\\.)*)', '', 'gi'), '//[^@/]*@', '//'), 900)), 'hex')
        from pg_settings where name = 'primary_conninfo' and setting <> ''),
    'f pending ' || (select encode(textsend(left(string_agg(name, ',' order by name), 900)), 'hex') from pg_settings where pending_restart)
]);

select unnest(array[
    'f receiver ' || encode(textsend(status), 'hex'),
    'f sender ' || encode(textsend(:v_sender_host), 'hex'),
    'f senderport ' || (:v_sender_port)::text,
    'f connected ' || encode(textsend(left(conninfo, 900)), 'hex')
]) from pg_stat_wal_receiver;

select 'f follower ' || encode(textsend(coalesce(application_name, '')), 'hex')
    || '. ' || encode(textsend(coalesce(host(client_addr), '')), 'hex')
    || '. ' || encode(textsend(coalesce(state, '')), 'hex')
    || '. ' || coalesce(:v_sent_column::text, '-') || ' ' || coalesce(:v_replay_column::text, '-')
from pg_stat_replication;

select 'f end';
