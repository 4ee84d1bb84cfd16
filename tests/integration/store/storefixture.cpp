#include "tests/integration/store/storefixture.h"

#include "app/adapters/inventory/pgstore.h"
#include "app/adapters/inventory/sqlitestore.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

std::unique_ptr<PostgresServer> s_server;
int s_schemas = 0;

class SqlitePlace final : public StorePlace {
public:
    std::unique_ptr<InventoryStore> store() override { return std::make_unique<SqliteStore>(file()); }
    void execute(const QString& sql) override
    {
        SqliteSession session(file());
        QVERIFY(session.open(SqliteSession::Mode::ReadWrite));
        const auto done = session.runScript(sql);
        QVERIFY2(done, qPrintable(done ? QString() : done.error().text()));
    }
    QString table(const QString& name) const override { return name; }

private:
    QString file() const { return m_folder.filePath(u"sub folder/inv?entory%20.sqlite"_s); }
    QTemporaryDir m_folder;
};

// A shared inventory that the console made, in a schema whose name wants quoting.
class SharedPlace final : public StorePlace {
public:
    SharedPlace()
        : m_schema(u"Team's \"%1\" ?%2 {schema}\\%3"_s.arg(u"a"_s, u"b"_s).arg(++s_schemas))
    {
        const auto made = PgStore(options()).applyMigrations({});
        QVERIFY2(made, qPrintable(made ? QString() : made.error().text()));
    }
    std::unique_ptr<InventoryStore> store() override { return std::make_unique<PgStore>(options()); }
    void execute(const QString& sql) override { QVERIFY(testServer().psql(sql)); }
    QString table(const QString& name) const override { return PgSession::quoteIdentifier(m_schema) + u'.' + name; }

private:
    PgOptions options() const { return {.connection = testServer().connection(), .schema = m_schema}; }
    QString m_schema;
};

// A database of the older application, used with an account that may not create tables.
class OlderPlace final : public StorePlace {
public:
    OlderPlace()
        : m_schema(u"site%1"_s.arg(++s_schemas))
    {
        execute(olderApplicationSchema(m_schema));
    }
    std::unique_ptr<InventoryStore> store() override
    {
        return std::make_unique<PgStore>(
            PgOptions{.connection = testServer().connection(u"postgres"_s, u"siteuser"_s), .schema = m_schema});
    }
    void execute(const QString& sql) override { QVERIFY(testServer().psql(sql)); }
    QString table(const QString& name) const override { return m_schema + u'.' + name; }
    bool hasConsoleTables() const override { return false; }
    StoreLimits limits() const override { return {}; }

private:
    QString m_schema;
};

} // namespace

PostgresServer& testServer()
{
    if (!s_server) {
        QString error;
        s_server = PostgresServer::start(&error);
        if (!s_server)
            qFatal("no PostgreSQL: %s", qPrintable(error));
    }
    return *s_server;
}

void endTestServer() { s_server.reset(); }

QString olderApplicationSchema(const QString& schema)
{
    QString sql = uR"(
        DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'siteuser') THEN CREATE ROLE siteuser LOGIN; END IF; END $$;
        CREATE SCHEMA site;
        CREATE TABLE site.ele_environment (environment_id serial PRIMARY KEY, env_name varchar(40) NOT NULL, env_descr text NOT NULL,
            created_dt date NOT NULL, modified_dt date NOT NULL);
        CREATE TABLE site.ele_herd (herd_id serial PRIMARY KEY, environment_id int, base_name varchar(40) NOT NULL,
            herd_name varchar(40) NOT NULL, herd_descr text NOT NULL, db_port int NOT NULL, pgdata varchar(100) NOT NULL,
            vhost varchar(40) NOT NULL, created_dt date NOT NULL, modified_dt date NOT NULL);
        CREATE TABLE site.ele_server (server_id serial PRIMARY KEY, environment_id int, hostname varchar(40) NOT NULL,
            created_dt date NOT NULL, modified_dt date NOT NULL);
        CREATE TABLE site.ele_instance (instance_id serial PRIMARY KEY, herd_id int NOT NULL, server_id int NOT NULL,
            version varchar(10) NOT NULL, local_pgdata varchar(100) NOT NULL, xlog_pos bigint, is_online boolean NOT NULL, master_id int,
            created_dt date NOT NULL, modified_dt date NOT NULL);
        ALTER TABLE site.ele_herd ADD FOREIGN KEY (environment_id) REFERENCES site.ele_environment DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE site.ele_server ADD FOREIGN KEY (environment_id) REFERENCES site.ele_environment DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE site.ele_instance ADD FOREIGN KEY (herd_id) REFERENCES site.ele_herd DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE site.ele_instance ADD FOREIGN KEY (server_id) REFERENCES site.ele_server DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE site.ele_instance ADD FOREIGN KEY (master_id) REFERENCES site.ele_instance DEFERRABLE INITIALLY DEFERRED;
        CREATE FUNCTION site.sp_dates() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            new.modified_dt := now(); IF tg_op = 'INSERT' THEN new.created_dt := now(); ELSE new.created_dt := old.created_dt; END IF;
            RETURN new; END $$;
        CREATE TRIGGER t BEFORE INSERT OR UPDATE ON site.ele_environment FOR EACH ROW EXECUTE PROCEDURE site.sp_dates();
        CREATE TRIGGER t BEFORE INSERT OR UPDATE ON site.ele_herd FOR EACH ROW EXECUTE PROCEDURE site.sp_dates();
        CREATE TRIGGER t BEFORE INSERT OR UPDATE ON site.ele_server FOR EACH ROW EXECUTE PROCEDURE site.sp_dates();
        CREATE TRIGGER t BEFORE INSERT OR UPDATE ON site.ele_instance FOR EACH ROW EXECUTE PROCEDURE site.sp_dates();
        GRANT USAGE ON SCHEMA site TO siteuser;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA site TO siteuser;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA site TO siteuser;
    )"_s;
    return sql.replace(u" site."_s, u" "_s + schema + u'.').replace(u"SCHEMA site"_s, u"SCHEMA "_s + schema);
}

QByteArray realSiteDocument()
{
    return R"({"format": "elephaas-inventory", "version": 1,
    "environments": [{"name": "prod", "label": "p1"}, {"name": "prod", "label": "p2", "description": "again"}],
    "servers": [{"hostName": "db1", "environment": {"label": "p2"}}, {"hostName": "db2", "environment": null}],
    "herds": [
      {"name": "a", "environment": {"label": "p1"}, "port": 5432, "members": [
        {"server": "db1", "upstream": "db2", "label": "m1"}, {"server": "db2", "upstream": "db1", "version": "15.4"}]},
      {"name": "b", "port": 5433, "description": "'; --", "members": [
        {"server": "db1", "upstream": {"label": "m1"}, "online": true, "walPosition": "0/1"}]}]})";
}

std::vector<StoreKind> storeKinds()
{
    return {
        {"local", [] { return std::make_unique<SqlitePlace>(); }},
        {"shared", [] { return std::make_unique<SharedPlace>(); }},
        {"older application", [] { return std::make_unique<OlderPlace>(); }},
    };
}

} // namespace elephaas
