-- A new shared inventory: the tables, views and functions that the older application and its agent know.
-- "{schema}" stands for the quoted name of the schema, "{schema_literal}" for the same as a
-- string constant. Works on PostgreSQL 9.6 and later.

CREATE TABLE {schema}.ele_environment (
    environment_id serial PRIMARY KEY,
    env_name varchar(40) NOT NULL,
    env_descr text NOT NULL,
    created_dt date NOT NULL,
    modified_dt date NOT NULL
);

CREATE TABLE {schema}.ele_herd (
    herd_id serial PRIMARY KEY,
    environment_id int REFERENCES {schema}.ele_environment (environment_id) DEFERRABLE INITIALLY DEFERRED,
    base_name varchar(40) NOT NULL,
    herd_name varchar(40) NOT NULL,
    herd_descr text NOT NULL,
    db_port int NOT NULL,
    pgdata varchar(1024) NOT NULL,
    vhost varchar(255) NOT NULL,
    created_dt date NOT NULL,
    modified_dt date NOT NULL
);

CREATE TABLE {schema}.ele_server (
    server_id serial PRIMARY KEY,
    environment_id int REFERENCES {schema}.ele_environment (environment_id) DEFERRABLE INITIALLY DEFERRED,
    hostname varchar(255) NOT NULL,
    created_dt date NOT NULL,
    modified_dt date NOT NULL
);

CREATE TABLE {schema}.ele_instance (
    instance_id serial PRIMARY KEY,
    herd_id int NOT NULL REFERENCES {schema}.ele_herd (herd_id) DEFERRABLE INITIALLY DEFERRED,
    server_id int NOT NULL REFERENCES {schema}.ele_server (server_id) DEFERRABLE INITIALLY DEFERRED,
    version varchar(20) NOT NULL,
    local_pgdata varchar(1024) NOT NULL,
    xlog_pos bigint,
    is_online boolean NOT NULL,
    master_id int REFERENCES {schema}.ele_instance (instance_id) DEFERRABLE INITIALLY DEFERRED,
    created_dt date NOT NULL,
    modified_dt date NOT NULL
);
CREATE INDEX ele_herd_environment_id ON {schema}.ele_herd (environment_id);
CREATE INDEX ele_server_environment_id ON {schema}.ele_server (environment_id);
CREATE INDEX ele_instance_herd_id ON {schema}.ele_instance (herd_id);
CREATE INDEX ele_instance_server_id ON {schema}.ele_instance (server_id);
CREATE INDEX ele_instance_master_id ON {schema}.ele_instance (master_id);

CREATE FUNCTION {schema}.sp_ele_dates() RETURNS trigger LANGUAGE plpgsql AS $elephaas$
BEGIN
    new.created_dt := current_date;
    IF tg_op = 'UPDATE' THEN
        new.created_dt := old.created_dt;
    END IF;
    new.modified_dt := current_date;
    RETURN new;
END
$elephaas$;
CREATE TRIGGER ele_environment_dates BEFORE INSERT OR UPDATE ON {schema}.ele_environment
    FOR EACH ROW EXECUTE PROCEDURE {schema}.sp_ele_dates();
CREATE TRIGGER ele_herd_dates BEFORE INSERT OR UPDATE ON {schema}.ele_herd
    FOR EACH ROW EXECUTE PROCEDURE {schema}.sp_ele_dates();
CREATE TRIGGER ele_server_dates BEFORE INSERT OR UPDATE ON {schema}.ele_server
    FOR EACH ROW EXECUTE PROCEDURE {schema}.sp_ele_dates();
CREATE TRIGGER ele_instance_dates BEFORE INSERT OR UPDATE ON {schema}.ele_instance
    FOR EACH ROW EXECUTE PROCEDURE {schema}.sp_ele_dates();

-- Per herd the online replica with the least lag; an unknown lag comes last, ties go to the lowest id.
CREATE VIEW {schema}.v_dr_pairs AS
SELECT DISTINCT ON (r.herd_id) r.herd_id, r.instance_id, r.master_id, r.server_id,
    round(greatest(p.xlog_pos - r.xlog_pos, 0 * (p.xlog_pos - r.xlog_pos)) / 1048576.0, 2) AS mb_lag, h.vhost
FROM {schema}.ele_instance r
    JOIN {schema}.ele_instance p ON p.instance_id = r.master_id
    JOIN {schema}.ele_herd h ON h.herd_id = r.herd_id
WHERE r.is_online
ORDER BY r.herd_id, greatest(p.xlog_pos - r.xlog_pos, 0 * (p.xlog_pos - r.xlog_pos)) NULLS LAST, r.instance_id;

CREATE VIEW {schema}.v_flat_instance AS
SELECT i.instance_id, i.version, h.pgdata, i.local_pgdata, i.xlog_pos, i.is_online, h.base_name, h.herd_name,
    h.db_port, h.vhost, i.server_id, s.hostname, i.master_id, h.environment_id, e.env_name
FROM {schema}.ele_instance i
    JOIN {schema}.ele_herd h ON h.herd_id = i.herd_id
    JOIN {schema}.ele_server s ON s.server_id = i.server_id
    LEFT JOIN {schema}.ele_environment e ON e.environment_id = h.environment_id;

-- The server of that name, in lower case; a new one has no environment until somebody assigns it.
CREATE FUNCTION {schema}.sp_discover_server(sHost varchar) RETURNS int LANGUAGE plpgsql AS $elephaas$
DECLARE
    nServer int;
BEGIN
    SELECT min(s.server_id) INTO nServer FROM {schema}.ele_server s WHERE lower(s.hostname) = lower(sHost);
    IF nServer IS NULL AND sHost <> '' THEN
        INSERT INTO {schema}.ele_server (hostname, created_dt, modified_dt)
        VALUES (lower(sHost), current_date, current_date)
        RETURNING server_id INTO nServer;
    END IF;
    RETURN nServer;
END
$elephaas$;

-- The herd of that base name and port in that environment; null when there is none.
CREATE FUNCTION {schema}.sp_get_herd(sName varchar, nPort int, nEnv int) RETURNS int LANGUAGE sql STABLE AS $elephaas$
    SELECT min(h.herd_id) FROM {schema}.ele_herd h
    WHERE h.base_name = sName AND h.db_port = nPort AND h.environment_id = nEnv
$elephaas$;

-- "9.6.24" as {9,6,24}; what does not begin with a number is less than any version.
CREATE FUNCTION {schema}.sp_ele_version_parts(sVer varchar) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS $elephaas$
    SELECT coalesce(string_to_array(substring(sVer FROM '^[0-9]+(?:[.][0-9]+)*'), '.')::numeric[], '{}')
$elephaas$;

-- What the agent on a server reports about one instance. Everything after the port may be left out: null leaves it as it is.
-- sMasterHost '' says that it follows nobody; a host on which the inventory knows no such instance changes nothing.
CREATE FUNCTION {schema}.sp_instance_checkin(sHerd varchar, sHost varchar, nPort int, sVer varchar DEFAULT NULL,
    bOnline boolean DEFAULT NULL, sDataDir varchar DEFAULT NULL, sMasterHost varchar DEFAULT NULL, nXlog bigint DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $elephaas$
DECLARE
    nInstance int;
    nServer int;
    nEnv int;
    nMaster int;
    nHerd int;
    sHerdData varchar;
BEGIN
    SELECT min(i.instance_id) INTO nInstance
    FROM {schema}.ele_instance i
        JOIN {schema}.ele_server s ON s.server_id = i.server_id
        JOIN {schema}.ele_herd h ON h.herd_id = i.herd_id
    WHERE lower(s.hostname) = lower(sHost) AND h.base_name = sHerd AND h.db_port = nPort;

    -- A known instance follows one of its own herd rather than a namesake of another environment.
    SELECT i.instance_id INTO nMaster
    FROM {schema}.ele_instance i
        JOIN {schema}.ele_server s ON s.server_id = i.server_id
        JOIN {schema}.ele_herd h ON h.herd_id = i.herd_id
    WHERE lower(s.hostname) = lower(sMasterHost) AND h.base_name = sHerd AND h.db_port = nPort
        AND i.instance_id IS DISTINCT FROM nInstance
    ORDER BY i.herd_id IS DISTINCT FROM (SELECT o.herd_id FROM {schema}.ele_instance o WHERE o.instance_id = nInstance), i.instance_id
    LIMIT 1;

    IF nInstance IS NOT NULL THEN
        UPDATE {schema}.ele_instance i
        SET version = CASE WHEN {schema}.sp_ele_version_parts(sVer) > {schema}.sp_ele_version_parts(i.version)
                THEN sVer ELSE i.version END,
            is_online = coalesce(bOnline, i.is_online),
            xlog_pos = coalesce(nXlog, i.xlog_pos),
            local_pgdata = CASE WHEN sDataDir IS NULL THEN i.local_pgdata
                WHEN sDataDir = h.pgdata THEN '' ELSE sDataDir END,
            master_id = CASE WHEN sMasterHost = '' THEN NULL ELSE coalesce(nMaster, i.master_id) END
        FROM {schema}.ele_herd h
        WHERE i.instance_id = nInstance AND h.herd_id = i.herd_id;
        RETURN;
    END IF;

    nServer := {schema}.sp_discover_server(sHost);
    SELECT s.environment_id INTO nEnv FROM {schema}.ele_server s WHERE s.server_id = nServer;
    IF nEnv IS NULL THEN
        RETURN;
    END IF;
    SELECT i.herd_id INTO nHerd FROM {schema}.ele_instance i WHERE i.instance_id = nMaster;
    IF nHerd IS NULL THEN
        nHerd := {schema}.sp_get_herd(sHerd, nPort, nEnv);
    END IF;
    IF nHerd IS NULL THEN
        RETURN;
    END IF;
    SELECT h.pgdata INTO sHerdData FROM {schema}.ele_herd h WHERE h.herd_id = nHerd;
    INSERT INTO {schema}.ele_instance
        (herd_id, server_id, version, local_pgdata, xlog_pos, is_online, master_id, created_dt, modified_dt)
    VALUES (nHerd, nServer, coalesce(sVer, ''), CASE WHEN sDataDir = sHerdData THEN '' ELSE coalesce(sDataDir, '') END,
        nXlog, coalesce(bOnline, false), nMaster, current_date, current_date);
END
$elephaas$;

-- Sites expect that role util_exec may use everything here. Making a role may not be allowed to who runs this: then an
-- administrator makes it and grants the same.
DO $elephaas$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'util_exec') THEN
        CREATE ROLE util_exec NOLOGIN;
    END IF;
    GRANT USAGE ON SCHEMA {schema} TO util_exec;
    GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO util_exec;
    GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO util_exec;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO util_exec;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'role util_exec was not made: %', sqlerrm;
END
$elephaas$;
