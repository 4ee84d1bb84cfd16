#include "app/adapters/inventory/pgherdlocks.h"
#include "app/adapters/inventory/pgstore.h"
#include "app/adapters/inventory/sqliteherdlocks.h"
#include "app/adapters/inventory/sqlitestore.h"
#include "tests/integration/store/storefixture.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QTest>

#include <unistd.h>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// What this program does when it is started a second time by the test: locks, says so, and ends without any farewell, as a crash does.
[[noreturn]] void lockAndDie(const QString& file, qint64 herd)
{
    SqliteHerdLocks locks(file);
    const HerdId id(herd);
    const bool locked = locks.acquire(QUuid::createUuid(), {&id, 1}, u"Rebuild x"_s, u"bob on desk"_s, {}).has_value();
    ::_exit(locked ? 0 : 1);
}

QString why(const Expected<void>& result) { return result ? QString() : result.error().text(); }

} // namespace

// One inventory, several consoles.
class HerdLocksTest final : public QObject {
    Q_OBJECT

    int m_number = 0;
    std::unique_ptr<QTemporaryDir> m_folder;

    static Expected<void> lock(HerdLocks& locks, const QUuid& operation, const std::vector<HerdId>& herds,
        const QString& what = u"Rebuild trading on db2"_s, const QString& who = u"ann on laptop7"_s)
    {
        return locks.acquire(operation, herds, what, who, {});
    }
    static QString psql(const QString& sql) { return testServer().psql(sql).value_or(u"psql failed"_s); }
    static PgOptions options(const QString& schema, const QString& user = u"postgres"_s)
    {
        return {.connection = testServer().connection(u"postgres"_s, user), .schema = schema};
    }
    // An inventory with herds 1 to 3 in a new schema.
    QString shared()
    {
        const QString schema = u"locks%1"_s.arg(++m_number);
        const auto applied = PgStore(options(schema)).applyMigrations({});
        if (!applied)
            qWarning("%s", qPrintable(applied.error().text()));
        psql(u"INSERT INTO %1.ele_herd (herd_id, base_name, herd_name, herd_descr, db_port, pgdata, vhost, created_dt, modified_dt)"
             " SELECT i, 'h' || i, 'h' || i, '', 5432, '/d', '', now(), now() FROM generate_series(1, 3) i"_s.arg(schema));
        return schema;
    }
    QString local()
    {
        const QString file = m_folder->filePath(u"inventory %1.sqlite"_s.arg(++m_number));
        SqliteStore store(file);
        if (!store.open({}))
            qWarning("no store");
        ChangeSet changes;
        for (int i = 1; i <= 3; ++i)
            changes.push_back(Put<Herd>{{.id = HerdId(-i), .baseName = u"h%1"_s.arg(i), .name = u"h%1"_s.arg(i), .port = 5432, .dataDirectory = u"/d"_s}});
        const auto applied = store.apply(changes, {});
        if (!applied)
            qWarning("%s", qPrintable(applied.error().text()));
        return file;
    }
    std::unique_ptr<HerdLocks> console(bool isShared, const QString& place)
    {
        if (isShared)
            return std::make_unique<PgHerdLocks>(options(place));
        return std::make_unique<SqliteHerdLocks>(place);
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanupTestCase() { endTestServer(); }

    void twoConsoles_data()
    {
        QTest::addColumn<bool>("isShared");
        QTest::newRow("shared") << true;
        QTest::newRow("local") << false;
    }
    void twoConsoles()
    {
        QFETCH(bool, isShared);
        const QString place = isShared ? shared() : local();
        const auto one = console(isShared, place);
        const auto two = console(isShared, place);
        const QUuid first = QUuid::createUuid();
        const QUuid second = QUuid::createUuid();
        const QUuid third = QUuid::createUuid();
        QCOMPARE(why(lock(*one, first, {HerdId(1), HerdId(2), HerdId(1)})), QString());
        // All or none, whoever asks: another console, or the same one for another operation.
        for (HerdLocks* other : {two.get(), one.get()}) {
            const auto refused = lock(*other, second, {HerdId(3), HerdId(2)}, u"Promote"_s, u"bob on desk"_s);
            QVERIFY(!refused);
            QCOMPARE(refused.error().kind, ErrorKind::Busy);
            for (const QString& word : {u"ann on laptop7"_s, u"Rebuild trading on db2"_s, u"since"_s})
                QVERIFY2(refused.error().text().contains(word), qPrintable(refused.error().text()));
        }
        QCOMPARE(why(lock(*two, third, {HerdId(3)})), QString()); // was not kept by the one that was refused
        QCOMPARE(why(one->release(first)), QString());
        QCOMPARE(why(lock(*two, second, {HerdId(2)})), QString()); // at once
        QCOMPARE(why(one->release(QUuid::createUuid())), QString());
        QCOMPARE(why(two->release(second)), QString());
        QCOMPARE(why(two->release(third)), QString());
        QCOMPARE(why(lock(*one, first, {HerdId(1), HerdId(2), HerdId(3)})), QString());
    }

    void schemasDoNotMeet()
    {
        PgHerdLocks one(options(shared()));
        PgHerdLocks two(options(shared()));
        QCOMPARE(why(lock(one, QUuid::createUuid(), {HerdId(1)})), QString());
        QCOMPARE(why(lock(two, QUuid::createUuid(), {HerdId(1)})), QString());
    }

    void consoleThatIsGone()
    {
        const QString schema = shared();
        PgHerdLocks two(options(schema));
        const QUuid operation = QUuid::createUuid();
        {
            PgHerdLocks one(options(schema));
            QCOMPARE(why(lock(one, QUuid::createUuid(), {HerdId(1)})), QString());
            QVERIFY(!lock(two, operation, {HerdId(1)}));
        }
        bool got = false;
        QTRY_VERIFY(got || (got = lock(two, operation, {HerdId(1)}).has_value()));
        // Its row, if it left one, says who has it now.
        QCOMPARE(psql(u"SELECT count(*) FROM %1.ele_herd_lock WHERE operation_id = '%2'"_s.arg(schema, operation.toString(QUuid::WithoutBraces))), u"1"_s);
    }

    void localConsoleThatIsGone()
    {
        const QString file = local();
        QProcess other;
        other.start(QCoreApplication::applicationFilePath(), {u"--lock-and-die"_s, file, u"2"_s});
        QVERIFY(other.waitForFinished(30000));
        QCOMPARE(other.exitCode(), 0);
        SqliteHerdLocks locks(file);
        const QUuid operation = QUuid::createUuid();
        QCOMPARE(why(lock(locks, operation, {HerdId(2)})), QString());
        QCOMPARE(why(locks.release(operation)), QString());
        QVERIFY(QDir(m_folder->path()).entryList({u"*.lock"_s}).isEmpty());
    }

    // The connection dies in the middle of an operation: somebody else may have the lock then, and the operation hears of it.
    void backendIsKilled()
    {
        const QString schema = shared();
        PgHerdLocks one(options(schema));
        PgHerdLocks two(options(schema));
        const QUuid first = QUuid::createUuid();
        const QUuid second = QUuid::createUuid();
        QCOMPARE(why(lock(one, first, {HerdId(1)})), QString());
        QVERIFY(!lock(two, second, {HerdId(1)}));
        psql(u"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"_s);
        bool got = false;
        QTRY_VERIFY(got || (got = lock(two, second, {HerdId(1)}).has_value()));
        Expected<void> told = one.release(first);
        QVERIFY(!told);
        QCOMPARE(told.error().kind, ErrorKind::LinkLost);
        QCOMPARE(why(two.release(second)), QString());
    }

    // Unless somebody else was faster, the lock is had again, and release tells all the same.
    void lostLockIsTakenAgain()
    {
        const QString schema = shared();
        PgHerdLocks one(options(schema));
        const QUuid operation = QUuid::createUuid();
        QCOMPARE(why(lock(one, operation, {HerdId(1)})), QString());
        const auto holders = u"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"_s;
        psql(u"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"_s);
        QTRY_COMPARE(psql(holders), u"0"_s);
        QTRY_COMPARE_WITH_TIMEOUT(psql(holders), u"1"_s, 30000);
        const auto refused = PgHerdLocks(options(schema)).acquire(QUuid::createUuid(), std::vector{HerdId(1)}, u"x"_s, u"bob"_s, {});
        QVERIFY(!refused && refused.error().kind == ErrorKind::Busy);
        const auto told = one.release(operation);
        QVERIFY(!told && told.error().kind == ErrorKind::LinkLost);
    }

    void lostToSomebodyElse()
    {
        const QString schema = shared();
        PgHerdLocks one(options(schema));
        PgHerdLocks two(options(schema));
        const QUuid first = QUuid::createUuid();
        QCOMPARE(why(lock(one, first, {HerdId(1)})), QString());
        QCOMPARE(why(one.check(first)), QString());
        // The first does not try again before its next beat.
        psql(u"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"_s);
        bool got = false;
        QTRY_VERIFY(got || (got = lock(two, QUuid::createUuid(), {HerdId(1)}, u"Rebuild it"_s, u"bob on desk"_s).has_value()));
        QTRY_VERIFY_WITH_TIMEOUT(!one.check(first), 30000);
        QCOMPARE(one.check(first).error().kind, ErrorKind::Busy);
        QVERIFY2(why(one.check(first)).contains(u"bob on desk"_s), qPrintable(why(one.check(first))));
        static_cast<void>(one.release(first));
    }

    void serverIsGone()
    {
        PgHerdLocks locks({.connection = u"host=%1 port=1 dbname=postgres user=postgres"_s.arg(m_folder->path())});
        const auto refused = lock(locks, QUuid::createUuid(), {HerdId(1)});
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Unreachable);
    }

    // A server that says nothing neither holds up the end of an operation nor that of the program.
    void frozenServer()
    {
        const QString schema = shared();
        const QUuid operation = QUuid::createUuid();
        QElapsedTimer clock;
        {
            PgHerdLocks locks(options(schema));
            QCOMPARE(why(lock(locks, operation, {HerdId(1)})), QString());
            testServer().freeze();
            clock.start();
            static_cast<void>(locks.release(operation));
            QVERIFY2(clock.elapsed() < 3500, qPrintable(QString::number(clock.elapsed())));
        }
        const qint64 ended = clock.elapsed();
        testServer().thaw();
        QVERIFY2(ended < 15000, qPrintable(QString::number(ended)));
    }

    // Without the console's tables, or without the privilege to write there, the lock holds all the same.
    void withoutTables_data()
    {
        QTest::addColumn<QString>("spoil");
        QTest::newRow("no table") << u"DROP TABLE %1.ele_herd_lock"_s;
        QTest::newRow("no privilege") << u"REVOKE ALL ON %1.ele_herd_lock FROM PUBLIC"_s;
        QTest::newRow("no title") << u"ALTER TABLE %1.ele_herd_lock DROP COLUMN title"_s;
    }
    void withoutTables()
    {
        QFETCH(QString, spoil);
        const QString schema = shared();
        psql(u"CREATE ROLE plain%1 LOGIN; GRANT USAGE ON SCHEMA %2 TO plain%1"_s.arg(m_number).arg(schema));
        psql(spoil.arg(schema));
        const QString user = u"plain%1"_s.arg(m_number);
        PgHerdLocks one(options(schema, user));
        PgHerdLocks two(options(schema, user));
        const QUuid first = QUuid::createUuid();
        QCOMPARE(why(lock(one, first, {HerdId(1)})), QString());
        const auto refused = lock(two, QUuid::createUuid(), {HerdId(1)});
        QVERIFY(!refused);
        QVERIFY2(refused.error().kind == ErrorKind::Busy && refused.error().text().contains(u"ann on laptop7"_s), qPrintable(refused.error().text()));
        QCOMPARE(why(one.release(first)), QString());
    }

    // The row of a console that died is not taken for the one that holds the lock.
    void staleRowIsNotBelieved()
    {
        const QString schema = shared();
        psql(u"INSERT INTO %1.ele_herd_lock (herd_id, operation_id, operator_name, client_host, taken_at, title)"
             " VALUES (1, '%2', 'zoe on old', 'old', now() - interval '1 day', 'Something')"_s.arg(schema, QUuid::createUuid().toString(QUuid::WithoutBraces)));
        psql(u"CREATE ROLE mute%1 LOGIN; GRANT USAGE ON SCHEMA %2 TO mute%1; GRANT SELECT ON %2.ele_herd_lock TO mute%1"_s.arg(m_number).arg(schema));
        PgHerdLocks one(options(schema, u"mute%1"_s.arg(m_number)));
        PgHerdLocks two(options(schema));
        const QUuid first = QUuid::createUuid();
        QCOMPARE(why(lock(one, first, {HerdId(1)})), QString());
        const auto refused = lock(two, QUuid::createUuid(), {HerdId(1)});
        QVERIFY(!refused);
        QVERIFY2(refused.error().text().contains(u"ann"_s) && !refused.error().text().contains(u"zoe"_s), qPrintable(refused.error().text()));
    }
};

} // namespace elephaas

int main(int argc, char* argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    if (arguments.size() == 4 && arguments[1] == "--lock-and-die"_L1)
        elephaas::lockAndDie(arguments[2], arguments[3].toLongLong());
    elephaas::HerdLocksTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_herdlocks.moc"
