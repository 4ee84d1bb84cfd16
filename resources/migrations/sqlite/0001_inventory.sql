-- The tables that the older application knows, in a local inventory. Statements end at a line that is only "--;".
-- SQLite keeps no lengths: the console reads them from the declared types and keeps them itself.
CREATE TABLE ele_environment (
    environment_id integer PRIMARY KEY AUTOINCREMENT,
    env_name varchar(40) NOT NULL,
    env_descr text NOT NULL,
    created_dt date NOT NULL DEFAULT (date('now', 'localtime')),
    modified_dt date NOT NULL DEFAULT (date('now', 'localtime'))
)
--;
CREATE TABLE ele_herd (
    herd_id integer PRIMARY KEY AUTOINCREMENT,
    environment_id integer REFERENCES ele_environment (environment_id) DEFERRABLE INITIALLY DEFERRED,
    base_name varchar(40) NOT NULL,
    herd_name varchar(40) NOT NULL,
    herd_descr text NOT NULL,
    db_port integer NOT NULL,
    pgdata varchar(1024) NOT NULL,
    vhost varchar(255) NOT NULL,
    created_dt date NOT NULL DEFAULT (date('now', 'localtime')),
    modified_dt date NOT NULL DEFAULT (date('now', 'localtime'))
)
--;
CREATE TABLE ele_server (
    server_id integer PRIMARY KEY AUTOINCREMENT,
    environment_id integer REFERENCES ele_environment (environment_id) DEFERRABLE INITIALLY DEFERRED,
    hostname varchar(255) NOT NULL,
    created_dt date NOT NULL DEFAULT (date('now', 'localtime')),
    modified_dt date NOT NULL DEFAULT (date('now', 'localtime'))
)
--;
CREATE TABLE ele_instance (
    instance_id integer PRIMARY KEY AUTOINCREMENT,
    herd_id integer NOT NULL REFERENCES ele_herd (herd_id) DEFERRABLE INITIALLY DEFERRED,
    server_id integer NOT NULL REFERENCES ele_server (server_id) DEFERRABLE INITIALLY DEFERRED,
    version varchar(20) NOT NULL DEFAULT '',
    local_pgdata varchar(1024) NOT NULL DEFAULT '',
    xlog_pos bigint,
    is_online boolean NOT NULL DEFAULT 0,
    master_id integer REFERENCES ele_instance (instance_id) DEFERRABLE INITIALLY DEFERRED,
    created_dt date NOT NULL DEFAULT (date('now', 'localtime')),
    modified_dt date NOT NULL DEFAULT (date('now', 'localtime'))
)
--;
CREATE INDEX ele_herd_environment_id ON ele_herd (environment_id)
--;
CREATE INDEX ele_server_environment_id ON ele_server (environment_id)
--;
CREATE INDEX ele_instance_herd_id ON ele_instance (herd_id)
--;
CREATE INDEX ele_instance_server_id ON ele_instance (server_id)
--;
CREATE INDEX ele_instance_master_id ON ele_instance (master_id)
--;
CREATE TRIGGER ele_environment_created AFTER INSERT ON ele_environment
WHEN new.created_dt IS NOT date('now', 'localtime') OR new.modified_dt IS NOT date('now', 'localtime')
BEGIN
    UPDATE ele_environment SET created_dt = date('now', 'localtime'), modified_dt = date('now', 'localtime')
    WHERE environment_id = new.environment_id;
END
--;
CREATE TRIGGER ele_environment_modified AFTER UPDATE OF environment_id, env_name, env_descr ON ele_environment
WHEN new.modified_dt IS NOT date('now', 'localtime')
BEGIN
    UPDATE ele_environment SET modified_dt = date('now', 'localtime') WHERE environment_id = new.environment_id;
END
--;
CREATE TRIGGER ele_herd_created AFTER INSERT ON ele_herd
WHEN new.created_dt IS NOT date('now', 'localtime') OR new.modified_dt IS NOT date('now', 'localtime')
BEGIN
    UPDATE ele_herd SET created_dt = date('now', 'localtime'), modified_dt = date('now', 'localtime')
    WHERE herd_id = new.herd_id;
END
--;
CREATE TRIGGER ele_herd_modified
AFTER UPDATE OF herd_id, environment_id, base_name, herd_name, herd_descr, db_port, pgdata, vhost ON ele_herd
WHEN new.modified_dt IS NOT date('now', 'localtime')
BEGIN
    UPDATE ele_herd SET modified_dt = date('now', 'localtime') WHERE herd_id = new.herd_id;
END
--;
CREATE TRIGGER ele_server_created AFTER INSERT ON ele_server
WHEN new.created_dt IS NOT date('now', 'localtime') OR new.modified_dt IS NOT date('now', 'localtime')
BEGIN
    UPDATE ele_server SET created_dt = date('now', 'localtime'), modified_dt = date('now', 'localtime')
    WHERE server_id = new.server_id;
END
--;
CREATE TRIGGER ele_server_modified AFTER UPDATE OF server_id, environment_id, hostname ON ele_server
WHEN new.modified_dt IS NOT date('now', 'localtime')
BEGIN
    UPDATE ele_server SET modified_dt = date('now', 'localtime') WHERE server_id = new.server_id;
END
--;
CREATE TRIGGER ele_instance_created AFTER INSERT ON ele_instance
WHEN new.created_dt IS NOT date('now', 'localtime') OR new.modified_dt IS NOT date('now', 'localtime')
BEGIN
    UPDATE ele_instance SET created_dt = date('now', 'localtime'), modified_dt = date('now', 'localtime')
    WHERE instance_id = new.instance_id;
END
--;
CREATE TRIGGER ele_instance_modified
AFTER UPDATE OF instance_id, herd_id, server_id, version, local_pgdata, xlog_pos, is_online, master_id ON ele_instance
WHEN new.modified_dt IS NOT date('now', 'localtime')
BEGIN
    UPDATE ele_instance SET modified_dt = date('now', 'localtime') WHERE instance_id = new.instance_id;
END
--;
-- Per herd the online replica with the least lag; an unknown lag comes last, ties go to the lowest id.
CREATE VIEW v_dr_pairs AS
SELECT herd_id, instance_id, master_id, server_id, mb_lag, vhost
FROM (
    SELECT r.herd_id, r.instance_id, r.master_id, r.server_id, h.vhost,
        CASE WHEN p.xlog_pos IS NOT NULL AND r.xlog_pos IS NOT NULL
            THEN round(max(p.xlog_pos - r.xlog_pos, 0) / 1048576.0, 2) END AS mb_lag,
        row_number() OVER (PARTITION BY r.herd_id ORDER BY p.xlog_pos IS NULL OR r.xlog_pos IS NULL,
            max(p.xlog_pos - r.xlog_pos, 0), r.instance_id) AS place
    FROM ele_instance r
        JOIN ele_instance p ON p.instance_id = r.master_id
        JOIN ele_herd h ON h.herd_id = r.herd_id
    WHERE r.is_online
) candidates
WHERE place = 1
--;
CREATE VIEW v_flat_instance AS
SELECT i.instance_id, i.version, h.pgdata, i.local_pgdata, i.xlog_pos, i.is_online, h.base_name, h.herd_name,
    h.db_port, h.vhost, i.server_id, s.hostname, i.master_id, h.environment_id, e.env_name
FROM ele_instance i
    JOIN ele_herd h ON h.herd_id = i.herd_id
    JOIN ele_server s ON s.server_id = i.server_id
    LEFT JOIN ele_environment e ON e.environment_id = h.environment_id
