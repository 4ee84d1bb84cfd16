#include "app/adapters/inventory/migrations.h"
#include "app/adapters/inventory/pgstore.h"
#include "tests/integration/store/storefixture.h"
#include "tests/support/synthetic.h"
#include "tests/support/timescale.h"

#include <QElapsedTimer>
#include <QTcpServer>
#include <QTest>

#include <latch>
#include <thread>

using namespace Qt::Literals::StringLiterals;

#define DO(expression) \
    do { \
        const auto done = (expression); \
        QVERIFY2(done, qPrintable(done ? QString() : done.error().text())); \
    } while (false)
#define REFUSED(expression, errorKind, words) \
    do { \
        const auto done = (expression); \
        QVERIFY(!done); \
        QVERIFY2(done.error().kind == (errorKind), qPrintable(done.error().text())); \
        QVERIFY2(done.error().text().contains(words), qPrintable(done.error().text())); \
        QVERIFY2(!done.error().text().contains(secret), qPrintable(done.error().text())); \
    } while (false)

namespace elephaas {

namespace {

const QString secret = u"s3cret;' \\pass"_s;

Environment environment(const QString& name) { return {.id = EnvironmentId(-1), .name = name, .description = {}}; }

} // namespace

// What only a database server can do to an inventory.
class PgStoreTest final : public QObject {
    Q_OBJECT

    std::stop_token m_never;
    int m_number = 0;

    QString newSchema() { return u"inv%1"_s.arg(++m_number); }
    PgOptions options(const QString& schema, const QString& user = u"postgres"_s)
    {
        return {.connection = testServer().connection(u"postgres"_s, user), .schema = schema};
    }
    QString made()
    {
        const QString schema = newSchema();
        const auto applied = PgStore(options(schema)).applyMigrations(m_never);
        if (!applied)
            qWarning("%s", qPrintable(applied.error().text()));
        return schema;
    }
    static QString psql(const QString& sql) { return testServer().psql(sql).value_or(u"psql failed"_s); }

private Q_SLOTS:
    void initTestCase()
    {
        psql(u"CREATE ROLE withpassword LOGIN PASSWORD '%1'; CREATE ROLE reader LOGIN; CREATE ROLE stranger LOGIN;"
             "CREATE ROLE agent LOGIN; CREATE ROLE util_exec; GRANT util_exec TO agent;"
             "CREATE ROLE ele_viewer; CREATE ROLE ele_operator; CREATE ROLE ele_admin;"
             "CREATE ROLE viewer LOGIN; CREATE ROLE oper LOGIN; GRANT ele_viewer TO viewer; GRANT ele_operator TO oper;"_s.arg(
                 QString(secret).replace(u'\'', u"''"_s)));
    }
    void cleanupTestCase() { endTestServer(); }

    // --- connecting -------------------------------------------------------------------------------------------------------------

    void noServer()
    {
        QTcpServer port; // a port that nobody listens on once this is closed
        port.listen(QHostAddress::LocalHost);
        const int free = port.serverPort();
        port.close();
        PgStore store({.connection = u"host=127.0.0.1 port=%1"_s.arg(free)});
        REFUSED(store.open(m_never), ErrorKind::Unreachable, u"cannot be reached"_s);
        PgStore nowhere({.connection = u"host=no-such-host.invalid"_s});
        REFUSED(nowhere.open(m_never), ErrorKind::Unreachable, u"no-such-host.invalid"_s);
    }
    void silentServerIsGivenUpAndCanBeCancelled()
    {
        QTcpServer silent; // takes connections and says nothing
        silent.listen(QHostAddress::LocalHost);
        const QString connection = u"host=127.0.0.1 port=%1 password='%2'"_s.arg(silent.serverPort()).arg(u"x"_s);
        QElapsedTimer timer;
        timer.start();
        PgStore store({.connection = connection, .connectTimeout = std::chrono::seconds(2)});
        REFUSED(store.open(m_never), ErrorKind::TimedOut, u"does not answer"_s);
        QVERIFY(timer.elapsed() < 10000 * tests::timeScale);

        std::stop_source source;
        PgStore patient({.connection = connection, .connectTimeout = std::chrono::seconds(60)});
        std::jthread other([&] { source.request_stop(); });
        timer.restart();
        REFUSED(patient.open(source.get_token()), ErrorKind::Cancelled, u""_s);
        QVERIFY(timer.elapsed() < 2000 * tests::timeScale);
    }
    void severalHostsTheFirstOfThemDead()
    {
        const QString schema = made();
        QTcpServer port;
        port.listen(QHostAddress::LocalHost);
        const int free = port.serverPort();
        port.close();
        PgStore store({.connection = u"host=127.0.0.1,%1 port=%2,%3 user=postgres dbname=postgres target_session_attrs=read-write"_s.arg(
                           testServer().socketFolder()).arg(free).arg(testServer().port()),
            .schema = schema});
        DO(store.open(m_never));
        DO(store.load(m_never));
    }
    void uriServiceAndEnvironment()
    {
        const QString schema = made();
        PgStore uri({.connection = u"postgresql://postgres@/postgres?host=%1&port=%2"_s.arg(
                         QString::fromLatin1(QUrl::toPercentEncoding(testServer().socketFolder())), QString::number(testServer().port())),
            .schema = schema});
        DO(uri.open(m_never));

        QTemporaryDir folder;
        QFile file(folder.filePath(u"services"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(u"[team]\nhost=%1\nport=%2\nuser=postgres\ndbname=postgres\n"_s.arg(testServer().socketFolder()).arg(testServer().port()).toUtf8());
        file.close();
        qputenv("PGSERVICEFILE", file.fileName().toUtf8());
        PgStore service({.connection = u"service=team"_s, .schema = schema});
        DO(service.open(m_never));
        PgStore unknown({.connection = u"service=nobody"_s, .schema = schema});
        REFUSED(unknown.open(m_never), ErrorKind::InvalidInput, u"service"_s);
        qunsetenv("PGSERVICEFILE");

        qputenv("PGHOST", testServer().socketFolder().toUtf8());
        qputenv("PGPORT", QByteArray::number(testServer().port()));
        qputenv("PGUSER", "postgres");
        PgStore environment({.database = u"postgres"_s, .schema = schema});
        const auto info = environment.open(m_never);
        for (const char* name : {"PGHOST", "PGPORT", "PGUSER"})
            qunsetenv(name);
        QVERIFY2(info, qPrintable(info ? QString() : info.error().text()));
        QCOMPARE(info->user, u"postgres"_s);
        QVERIFY(info->isShared);
        QCOMPARE(psql(u"SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'elephaas'"_s), u"t"_s);
    }
    void passwords()
    {
        const QString schema = made();
        psql(u"GRANT ele_admin TO withpassword"_s);
        const QString connection = testServer().loopbackConnection(u"postgres"_s, u"withpassword"_s);
        PgStore right({.connection = connection, .schema = schema, .password = secret});
        const auto info = right.open(m_never);
        QVERIFY2(info, qPrintable(info ? QString() : info.error().text()));
        QVERIFY(!info->description.contains(secret));
        QCOMPARE(info->description, u"postgres on 127.0.0.1 as withpassword"_s);
        PgStore wrong({.connection = connection, .schema = schema, .password = u"wrong"_s});
        REFUSED(wrong.open(m_never), ErrorKind::Authentication, u"password"_s);
        PgStore none({.connection = connection, .schema = schema});
        REFUSED(none.open(m_never), ErrorKind::Authentication, u"password"_s);
        PgStore garbled({.connection = u"host=x password="_s + secret, .schema = schema});
        REFUSED(garbled.open(m_never), ErrorKind::InvalidInput, u"connection string"_s);
    }
    void noSuchDatabaseSchemaOrTables()
    {
        PgStore database({.connection = testServer().connection(u"nonexistent"_s)});
        REFUSED(database.open(m_never), ErrorKind::NotFound, u"database does not exist"_s);
        PgStore schema(options(u"nowhere"_s));
        REFUSED(schema.open(m_never), ErrorKind::NotFound, u"nowhere"_s);
        REFUSED(schema.load(m_never), ErrorKind::LinkLost, u""_s);
        const QString empty = newSchema();
        psql(u"CREATE SCHEMA "_s + empty);
        PgStore tables(options(empty));
        REFUSED(tables.open(m_never), ErrorKind::NotFound, u"has no inventory"_s);
        const QString half = made();
        psql(u"ALTER TABLE %1.ele_herd DROP COLUMN vhost CASCADE"_s.arg(half));
        PgStore column(options(half));
        REFUSED(column.open(m_never), ErrorKind::Schema, u"ele_herd.vhost"_s);
        PgStore nasty(options(u"a\nb"_s));
        REFUSED(nasty.open(m_never), ErrorKind::InvalidInput, u"schema"_s);
    }

    // --- privileges -------------------------------------------------------------------------------------------------------------

    void whoMayOnlySelect()
    {
        const QString schema = newSchema();
        psql(olderApplicationSchema(schema));
        PgStore stranger(options(schema, u"stranger"_s));
        REFUSED(stranger.open(m_never), ErrorKind::PermissionDenied, u"schema "_s + schema);
        psql(u"GRANT USAGE ON SCHEMA %1 TO stranger"_s.arg(schema));
        REFUSED(stranger.open(m_never), ErrorKind::PermissionDenied, u"ele_instance"_s);

        psql(u"GRANT USAGE ON SCHEMA %1 TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA %1 TO reader"_s.arg(schema));
        PgStore reader(options(schema, u"reader"_s));
        const auto info = reader.open(m_never);
        QVERIFY2(info, qPrintable(info ? QString() : info.error().text()));
        QVERIFY(!info->privileges.editInventory);
        QVERIFY(!info->privileges.updateInstanceState);
        QVERIFY(!info->privileges.createTables);
        QVERIFY2(info->privileges.reason.contains(u"INSERT on ele_environment"_s), qPrintable(info->privileges.reason));
        DO(reader.load(m_never));
        REFUSED(reader.apply({Put<Environment>{environment(u"x"_s)}}, m_never), ErrorKind::PermissionDenied, u"ele_environment"_s);
        const std::vector<InstanceStateUpdate> updates{{.instance = InstanceId(1), .isOnline = true}};
        REFUSED(reader.recordState(updates, m_never), ErrorKind::PermissionDenied, u"UPDATE on ele_instance"_s);
        REFUSED(reader.applyMigrations(m_never), ErrorKind::PermissionDenied, schema);
        DO(reader.open(m_never)); // and still reads
        DO(reader.load(m_never));
    }
    void groupRoles()
    {
        const QString schema = made();
        psql(u"INSERT INTO %1.ele_herd (base_name, herd_name, herd_descr, db_port, pgdata, vhost) VALUES ('h', 'h', '', 1, '', '');"
             "INSERT INTO %1.ele_server (hostname) VALUES ('s'); INSERT INTO %1.ele_instance (herd_id, server_id, version, local_pgdata,"
             " is_online) VALUES (1, 1, '', '', false)"_s.arg(schema));
        PgStore viewer(options(schema, u"viewer"_s));
        const auto mayView = viewer.open(m_never);
        QVERIFY2(mayView, qPrintable(mayView ? QString() : mayView.error().text()));
        QVERIFY(!mayView->privileges.editInventory && !mayView->privileges.updateInstanceState && !mayView->privileges.useConsoleTables);
        DO(viewer.load(m_never));
        DO(viewer.settings(m_never));
        REFUSED(viewer.setSettings({{u"a"_s, u"b"_s}}, m_never), ErrorKind::PermissionDenied, u"ele_console_setting"_s);

        PgStore operatorStore(options(schema, u"oper"_s));
        const auto mayOperate = operatorStore.open(m_never);
        QVERIFY(mayOperate);
        QVERIFY(!mayOperate->privileges.editInventory);
        QVERIFY(mayOperate->privileges.updateInstanceState);
        QVERIFY(mayOperate->privileges.useConsoleTables);
        auto seen = std::make_shared<Observation>();
        seen->instance = InstanceId(1);
        seen->at = QDateTime::currentDateTimeUtc();
        seen->liveness = Liveness::Online;
        seen->upstreamHost = u"nul\0x"_s;
        const std::vector<InstanceStateUpdate> updates{
            {.instance = InstanceId(1), .version = u"15.4"_s, .isOnline = true, .walPosition = Lsn{5}, .observation = seen}};
        DO(operatorStore.recordState(updates, m_never));
        QCOMPARE(psql(u"SELECT i.version, is_online, xlog_pos, liveness FROM %1.ele_instance i JOIN %1.ele_probe USING (instance_id)"_s.arg(schema)),
            u"15.4|t|5|online"_s);
        REFUSED(operatorStore.apply({Remove<InstanceId>{InstanceId(1)}}, m_never), ErrorKind::PermissionDenied, u"ele_instance"_s);
    }
    void readOnlyServer()
    {
        const QString schema = made();
        psql(u"CREATE ROLE careful LOGIN SUPERUSER; ALTER ROLE careful SET default_transaction_read_only = on"_s);
        PgStore store(options(schema, u"careful"_s));
        const auto info = store.open(m_never);
        QVERIFY(info);
        QVERIFY(!info->privileges.editInventory);
        QVERIFY(info->privileges.reason.contains(u"read-only"_s));
        DO(store.load(m_never));
    }

    // --- migrations -------------------------------------------------------------------------------------------------------------

    void makesASharedInventory()
    {
        const QString schema = newSchema();
        PgStore store(options(schema));
        const auto pending = store.pendingMigrations(m_never);
        QVERIFY(pending);
        QCOMPARE(pending->size(), qsizetype(migrations(MigrationDialect::PostgreSql).size()));
        QVERIFY(store.migrationText(pending->first()).contains(u"\"%1\".ele_herd"_s.arg(schema)));
        const auto applied = store.applyMigrations(m_never);
        QVERIFY2(applied, qPrintable(applied ? QString() : applied.error().text()));
        QCOMPARE(*applied, *pending);
        QCOMPARE(store.pendingMigrations(m_never).value_or(QStringList{u"?"_s}), QStringList());
        DO(store.applyMigrations(m_never)); // nothing to do
        const auto info = store.open(m_never);
        QVERIFY(info && info->schemaVersion == info->newestSchemaVersion);
        QCOMPARE(psql(u"SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND condeferred AND confdeltype = 'a' AND connamespace ="
                      " '%1'::regnamespace"_s.arg(schema)), u"5"_s);
        QCOMPARE(psql(u"SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_schema = '%1'"
                      " AND table_name = 'v_dr_pairs'"_s.arg(schema)), u"herd_id,instance_id,master_id,server_id,mb_lag,vhost"_s);
        QCOMPARE(psql(u"SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_schema = '%1'"
                      " AND table_name = 'v_flat_instance'"_s.arg(schema)),
            u"instance_id,version,pgdata,local_pgdata,xlog_pos,is_online,base_name,herd_name,db_port,vhost,server_id,hostname,master_id,"
            "environment_id,env_name"_s);
    }
    void addsTheConsolesTablesToAnOlderDatabase()
    {
        const QString schema = newSchema();
        psql(olderApplicationSchema(schema));
        PgStore admin(options(schema));
        const auto before = admin.open(m_never);
        QVERIFY(before);
        QCOMPARE(before->schemaVersion, 0);
        QVERIFY(before->privileges.createTables && !before->privileges.useConsoleTables);
        DO(admin.apply({Put<Environment>{environment(u"kept"_s)}}, m_never));
        const auto pending = admin.pendingMigrations(m_never);
        QVERIFY(pending && !pending->contains(u"0001_inventory"_s) && pending->contains(u"0002_console"_s));
        DO(admin.applyMigrations(m_never));
        const auto after = admin.open(m_never);
        QVERIFY(after && after->schemaVersion == after->newestSchemaVersion && after->privileges.useConsoleTables);
        QCOMPARE(after->limits.hostName, 40); // the site's own columns stay as they are
        QCOMPARE(admin.load(m_never)->rows.environments.size(), size_t(1));
        // The site's account goes on working, and its changes are noticed now.
        PgStore site(options(schema, u"siteuser"_s));
        DO(site.open(m_never));
        DO(site.apply({Put<Environment>{environment(u"second"_s)}}, m_never));
        bool noticed = false;
        QTRY_VERIFY(noticed = noticed || admin.changedElsewhere(m_never).value_or(false));
    }
    void aFailedMigrationLeavesNothing()
    {
        const QString schema = newSchema();
        psql(olderApplicationSchema(schema));
        psql(u"CREATE TABLE %1.ele_operation_step (x int)"_s.arg(schema)); // in the way of number 3
        PgStore admin(options(schema));
        REFUSED(admin.applyMigrations(m_never), ErrorKind::Internal, u"0003_operations"_s);
        QCOMPARE(psql(u"SELECT max(version) FROM %1.ele_console_schema"_s.arg(schema)), u"2"_s);
        QCOMPARE(psql(u"SELECT to_regclass('%1.ele_operation') IS NULL"_s.arg(schema)), u"t"_s);
        psql(u"DROP TABLE %1.ele_operation_step"_s.arg(schema));
        DO(admin.applyMigrations(m_never));
    }
    void twoAdministratorsAtOnce()
    {
        const QString schema = newSchema();
        std::atomic<int> failed = 0;
        {
            std::vector<std::jthread> both;
            for (int i = 0; i < 2; ++i) {
                both.emplace_back([&] {
                    const auto applied = PgStore(options(schema)).applyMigrations({});
                    if (!applied) {
                        qWarning("%s", qPrintable(applied.error().text()));
                        ++failed;
                    }
                });
            }
        }
        QCOMPARE(failed.load(), 0);
        PgStore store(options(schema));
        DO(store.open(m_never));
    }
    void newerSchemaIsReadButNotWritten()
    {
        const QString schema = made();
        psql(u"INSERT INTO %1.ele_console_schema (version, name) VALUES (99, 'future')"_s.arg(schema));
        PgStore store(options(schema));
        const auto info = store.open(m_never);
        QVERIFY(info);
        QCOMPARE(info->schemaVersion, 99);
        QVERIFY(!info->privileges.editInventory);
        QVERIFY(info->privileges.reason.contains(u"newer version"_s));
        DO(store.load(m_never));
        REFUSED(store.apply({Put<Environment>{environment(u"x"_s)}}, m_never), ErrorKind::Schema, u"newer version"_s);
        REFUSED(store.recordState({}, m_never), ErrorKind::Schema, u"newer version"_s);
        QCOMPARE(store.pendingMigrations(m_never).value_or(QStringList{u"?"_s}), QStringList());
    }
    void withoutTheRightToMakeRoles()
    {
        psql(u"CREATE ROLE owner LOGIN; CREATE DATABASE owned OWNER owner"_s);
        PgStore store({.connection = testServer().connection(u"owned"_s, u"owner"_s)});
        psql(u"ALTER ROLE util_exec RENAME TO other_exec; ALTER ROLE ele_admin RENAME TO other_admin"_s);
        QStringList notices;
        const auto applied = store.applyMigrations(m_never, &notices);
        psql(u"ALTER ROLE other_exec RENAME TO util_exec; ALTER ROLE other_admin RENAME TO ele_admin"_s);
        QVERIFY2(applied, qPrintable(applied ? QString() : applied.error().text()));
        QVERIFY2(notices.join(u'\n').contains(u"util_exec was not made"_s), qPrintable(notices.join(u'\n')));
        DO(store.open(m_never));
        DO(store.apply({Put<Environment>{environment(u"x"_s)}}, m_never));
    }

    // --- the agent's functions --------------------------------------------------------------------------------------------------

    void checkIn()
    {
        const QString schema = made();
        const auto asAgent = [&](const QString& arguments) {
            return psql(u"SET SESSION AUTHORIZATION agent; SELECT %1.sp_instance_checkin(%2)"_s.arg(schema, arguments));
        };
        const auto rows = [&] {
            return psql(u"SELECT hostname, coalesce(herd_name, '-'), version, local_pgdata, coalesce(xlog_pos::text, '-'), is_online,"
                        " coalesce((SELECT s.hostname FROM %1.ele_instance m JOIN %1.ele_server s USING (server_id) WHERE m.instance_id ="
                        " f.master_id), '-') FROM %1.v_flat_instance f ORDER BY instance_id"_s.arg(schema)).split(u'\n');
        };
        // A new server waits for an environment; nothing else is captured.
        QCOMPARE(asAgent(u"sHerd := 'trd', sHost := 'DB1.Example', nPort := 5432"_s), QString());
        QCOMPARE(psql(u"SELECT hostname, environment_id IS NULL FROM %1.ele_server"_s.arg(schema)), u"db1.example|t"_s);
        QCOMPARE(rows(), QStringList{u""_s});
        psql(u"INSERT INTO %1.ele_environment (env_name, env_descr) VALUES ('prod', ''), ('dev', '');"
             "UPDATE %1.ele_server SET environment_id = 1;"
             "INSERT INTO %1.ele_herd (environment_id, base_name, herd_name, herd_descr, db_port, pgdata, vhost) VALUES"
             " (2, 'trd', 'dev trading', '', 5432, '/d', ''), (1, 'trd', 'trading', '', 5432, '/d', '')"_s.arg(schema));
        asAgent(u"sHerd := 'unknown', sHost := 'db1.example', nPort := 5432"_s);
        QCOMPARE(rows(), QStringList{u""_s});
        // Known herd and environment: inserted; the herd's directory is not repeated.
        asAgent(u"sHerd := 'trd', sHost := 'db1.example', nPort := 5432, sVer := '9.6.9', bOnline := true, sDataDir := '/d'"_s);
        QCOMPARE(rows(), QStringList{u"db1.example|trading|9.6.9||-|t|-"_s});
        // The higher version wins, part by part.
        asAgent(u"sHerd := 'trd', sHost := 'DB1.example', nPort := 5432, sVer := '9.6.24'"_s);
        asAgent(u"sHerd := 'trd', sHost := 'db1.example', nPort := 5432, sVer := '9.6.10', nXlog := 77"_s);
        QCOMPARE(rows(), QStringList{u"db1.example|trading|9.6.24||77|t|-"_s});
        asAgent(u"'trd', 'db1.example', 5432, '10.1', false"_s);
        QCOMPARE(rows(), QStringList{u"db1.example|trading|10.1||77|f|-"_s});
        asAgent(u"'trd', 'db1.example', 5432, 'garbage'"_s);
        asAgent(u"'trd', 'db1.example', 5432, bOnline := true, sDataDir := '/other'"_s);
        QCOMPARE(rows(), QStringList{u"db1.example|trading|10.1|/other|77|t|-"_s});
        // A replica that names its upstream goes into the upstream's herd, once its server has any environment.
        psql(u"INSERT INTO %1.ele_server (hostname, environment_id) VALUES ('db2', 2)"_s.arg(schema));
        asAgent(u"'trd', 'db2', 5432, sVer := '10.1', sDataDir := '/own', sMasterHost := 'DB1.EXAMPLE', bOnline := true, nXlog := 50"_s);
        QCOMPARE(rows()[1], u"db2|trading|10.1|/own|50|t|db1.example"_s);
        asAgent(u"'trd', 'db2', 5432, sMasterHost := 'nobody'"_s);
        QCOMPARE(rows()[1], u"db2|trading|10.1|/own|50|t|db1.example"_s);
        asAgent(u"'trd', 'db2', 5432, sMasterHost := '', sDataDir := '/d'"_s);
        QCOMPARE(rows()[1], u"db2|trading|10.1||50|t|-"_s);
        // The dates stay right.
        QCOMPARE(psql(u"SELECT bool_and(created_dt = current_date AND modified_dt = current_date) FROM %1.ele_instance"_s.arg(schema)), u"t"_s);
        // A role outside has no business here.
        QVERIFY(!testServer().psql(u"SET SESSION AUTHORIZATION stranger; SELECT %1.sp_instance_checkin('a', 'b', 1)"_s.arg(schema)));
    }
    void drPairsView()
    {
        const QString schema = made();
        psql(u"INSERT INTO %1.ele_herd (base_name, herd_name, herd_descr, db_port, pgdata, vhost) VALUES ('h', 'h', '', 1, '', 'v');"
             "INSERT INTO %1.ele_server (hostname) VALUES ('a');"
             "INSERT INTO %1.ele_instance (herd_id, server_id, version, local_pgdata, xlog_pos, is_online, master_id) VALUES"
             " (1, 1, '', '', 10485760, true, NULL), (1, 1, '', '', NULL, true, 1), (1, 1, '', '', 0, false, 1), (1, 1, '', '', 5242880, true, 1),"
             " (1, 1, '', '', 5242880, true, 1)"_s.arg(schema));
        QCOMPARE(psql(u"SELECT * FROM %1.v_dr_pairs"_s.arg(schema)), u"1|4|1|1|5.00|v"_s);
        psql(u"UPDATE %1.ele_instance SET is_online = false WHERE instance_id >= 4"_s.arg(schema));
        QCOMPARE(psql(u"SELECT * FROM %1.v_dr_pairs"_s.arg(schema)), u"1|2|1|1||v"_s); // unknown is not 0
    }

    // --- bad days ---------------------------------------------------------------------------------------------------------------

    void rowsWithoutForeignKeysAreShown()
    {
        const QString schema = newSchema();
        psql(olderApplicationSchema(schema));
        psql(u"ALTER TABLE %1.ele_instance DROP CONSTRAINT ele_instance_master_id_fkey, DROP CONSTRAINT ele_instance_herd_id_fkey;"
             "INSERT INTO %1.ele_server (hostname) VALUES ('a'), ('a');"
             "INSERT INTO %1.ele_instance (herd_id, server_id, version, local_pgdata, xlog_pos, is_online, master_id) VALUES"
             " (77, 1, '', '', -5, true, 4711), (77, 1, '', '', 1, true, 3), (77, 1, '', '', 1, true, 2)"_s.arg(schema));
        PgStore store(options(schema, u"siteuser"_s));
        DO(store.open(m_never));
        auto loaded = store.load(m_never);
        QVERIFY(loaded);
        const Inventory rows(loaded->rows, {}, 1, {});
        QCOMPARE(rows.instances().size(), size_t(3));
        QCOMPARE(rows.instances()[0].upstream, InstanceId(4711));
        QVERIFY(!rows.instances()[0].walPosition);
        // An edit of such a row does not trip over what it leaves alone.
        Instance changed = rows.instances()[0];
        changed.localDataDirectory = u"/x"_s;
        DO(store.apply({Put<Instance>{changed, rows.instances()[0]}}, m_never));
    }
    void aChangeBehindADeferredKeyIsAConflict()
    {
        const QString schema = newSchema();
        psql(olderApplicationSchema(schema));
        // Somebody adds a member while the herd is being deleted: only COMMIT can tell.
        psql(u"INSERT INTO %1.ele_herd (base_name, herd_name, herd_descr, db_port, pgdata, vhost) VALUES ('h', 'h', '', 1, '', '');"
             "INSERT INTO %1.ele_server (hostname) VALUES ('a');"
             "CREATE FUNCTION %1.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO %1.ele_instance (herd_id, server_id, version,"
             " local_pgdata, is_online) VALUES (old.herd_id, 1, '', '', false); RETURN old; END $$;"
             "CREATE TRIGGER late AFTER DELETE ON %1.ele_herd FOR EACH ROW EXECUTE PROCEDURE %1.late()"_s.arg(schema));
        PgStore store(options(schema, u"siteuser"_s));
        DO(store.open(m_never));
        REFUSED(store.apply({Remove<HerdId>{HerdId(1)}}, m_never), ErrorKind::Conflict, u"nothing was saved"_s);
        QCOMPARE(store.load(m_never)->rows.herds.size(), size_t(1));
    }
    void lockedRowsAreGivenUp()
    {
        const QString schema = made();
        PgStore store(options(schema));
        DO(store.open(m_never));
        DO(store.apply({Put<Environment>{environment(u"a"_s)}}, m_never));
        PgSession other(options(schema));
        DO(other.open(m_never));
        DO(other.script(u"BEGIN; LOCK TABLE %1.ele_environment IN ACCESS EXCLUSIVE MODE"_s.arg(schema).toUtf8()));
        REFUSED(store.apply({Put<Environment>{environment(u"b"_s)}}, m_never), ErrorKind::Busy, u"lock"_s);
        other.rollback();
        DO(store.apply({Put<Environment>{environment(u"b"_s)}}, m_never));
    }
    void cancelEndsARunningStatementAtOnce()
    {
        const QString schema = made();
        PgStore store(options(schema));
        DO(store.open(m_never));
        PgSession other(options(schema));
        DO(other.open(m_never));
        DO(other.script(u"BEGIN; LOCK TABLE %1.ele_instance IN ACCESS EXCLUSIVE MODE"_s.arg(schema).toUtf8()));
        std::stop_source source;
        // The stop comes while the statement waits for the lock.
        std::jthread stopper([&] {
            const QDeadlineTimer deadline(10000);
            while (psql(u"SELECT count(*) FROM pg_locks WHERE NOT granted"_s) == u"0"_s && !deadline.hasExpired()) { }
            source.request_stop();
        });
        QElapsedTimer timer;
        timer.start();
        REFUSED(store.load(source.get_token()), ErrorKind::Cancelled, u""_s);
        QVERIFY(timer.elapsed() < 9000); // before the lock's own time is up
        other.rollback();
        DO(store.load(m_never)); // the connection is still good, and the late cancel hits nobody
        DO(store.apply({Put<Environment>{environment(u"b"_s)}}, m_never));
    }
    void backendKilled()
    {
        const QString schema = made();
        PgStore store(options(schema));
        DO(store.open(m_never));
        psql(u"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'elephaas'"_s);
        REFUSED(store.changedElsewhere(m_never), ErrorKind::LinkLost, u""_s);
        REFUSED(store.load(m_never), ErrorKind::LinkLost, u""_s);
        DO(store.open(m_never));
        DO(store.load(m_never));
    }
    void serverFrozen()
    {
        const QString schema = made();
        PgOptions impatient = options(schema);
        impatient.silence = std::chrono::milliseconds(700) * tests::timeScale;
        PgStore store(impatient);
        DO(store.open(m_never));
        testServer().freeze();
        QElapsedTimer timer;
        timer.start();
        const auto loaded = store.load(m_never);
        const auto elapsed = timer.elapsed();
        testServer().thaw();
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().kind, ErrorKind::TimedOut);
        QVERIFY2(elapsed < 5000 * tests::timeScale, qPrintable(QString::number(elapsed)));
        DO(store.open(m_never));
        DO(store.load(m_never));
    }
    void serverKilledAndBack()
    {
        const QString schema = made();
        PgStore store(options(schema));
        DO(store.open(m_never));
        DO(store.apply({Put<Environment>{environment(u"kept"_s)}}, m_never));
        testServer().kill();
        REFUSED(store.load(m_never), ErrorKind::LinkLost, u""_s);
        REFUSED(store.apply({Put<Environment>{environment(u"x"_s)}}, m_never), ErrorKind::LinkLost, u""_s);
        REFUSED(store.open(m_never), ErrorKind::Unreachable, u"cannot be reached"_s);
        QVERIFY(testServer().launch());
        DO(store.open(m_never));
        const auto loaded = store.load(m_never);
        QVERIFY(loaded);
        QCOMPARE(loaded->rows.environments.size(), size_t(1));
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::PgStoreTest)
#include "tst_pgstore.moc"
