#include "app/adapters/inventory/migrations.h"
#include "app/adapters/inventory/offlinecopy.h"
#include "app/adapters/inventory/sqlitesession.h"
#include "app/adapters/inventory/sqlitestore.h"
#include "tests/support/synthetic.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;

#define DO(expression) \
    do { \
        const auto done = (expression); \
        QVERIFY2(done, qPrintable(done ? QString() : done.error().text())); \
    } while (false)

namespace elephaas {

namespace {

Environment environment(const QString& name, const QString& description = {})
{
    return {.id = EnvironmentId(-1), .name = name, .description = description};
}

// A folder that fills up, or that nobody may write to: a small file system of one's own where that is allowed (root), else limits and
// permissions of this process.
class BadFolder final {
public:
    BadFolder()
        : m_own(::geteuid() == 0 && ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
              && ::mount("tmpfs", qUtf8Printable(path()), "tmpfs", 0, "size=400k") == 0)
    {
    }
    ~BadFolder()
    {
        heal();
        if (m_own)
            ::umount2(qUtf8Printable(path()), MNT_DETACH);
    }
    QString path() const { return m_folder.path(); }
    QString file(const QString& name) const { return m_folder.filePath(name); }
    void fillUp()
    {
        if (m_own) {
            QFile ballast(file(u"ballast"_s));
            QVERIFY(ballast.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
            while (ballast.write(QByteArray(4096, 'x')) == 4096) { }
        } else {
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{4096, RLIM_INFINITY};
            QCOMPARE(::setrlimit(RLIMIT_FSIZE, &limit), 0);
        }
    }
    void protect()
    {
        if (m_own)
            QCOMPARE(::mount(nullptr, qUtf8Printable(path()), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
        else
            ::chmod(qUtf8Printable(path()), 0555);
    }
    void heal()
    {
        if (m_own) {
            ::mount(nullptr, qUtf8Printable(path()), nullptr, MS_REMOUNT, nullptr);
            QFile::remove(file(u"ballast"_s));
        } else {
            ::chmod(qUtf8Printable(path()), 0755);
            const rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
            ::setrlimit(RLIMIT_FSIZE, &limit);
        }
    }

private:
    QTemporaryDir m_folder;
    bool m_own;
};

Inventory madeUp(int instances = 300)
{
    Observations observations;
    for (int i = 1; i <= instances; i += 3) {
        auto seen = std::make_shared<Observation>();
        seen->instance = InstanceId(i);
        seen->at = QDateTime::fromMSecsSinceEpoch(1'760'000'000'000 + i, Qt::UTC);
        seen->liveness = Liveness::Unreachable;
        seen->replayLsn = Lsn{quint64(i)};
        seen->version = PgVersion{15, 4, 0};
        seen->systemIdentifier = ~quint64(0);
        seen->followers = {{u"a"_s, u"b"_s, u"c"_s, Lsn{1}, {}}};
        seen->error = Error{.kind = ErrorKind::TimedOut, .what = u"é"_s};
        observations.insert(InstanceId(i), seen);
    }
    InventoryRows rows = syntheticRows(instances, 100, 60);
    rows.instances[0].created = QDate(2001, 2, 3);
    rows.instances[1].upstream = InstanceId(999'999); // dangling
    rows.environments.push_back({.id = EnvironmentId(77), .name = u"'\"\n漢😀"_s, .description = u""_s});
    return Inventory(std::move(rows), std::move(observations), 5, QDateTime::fromMSecsSinceEpoch(1'760'000'000'123, Qt::UTC));
}

void overwrite(const QString& name, qint64 from, const QByteArray& bytes)
{
    QFile file(name);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(from));
    QCOMPARE(file.write(bytes), bytes.size());
}

} // namespace

// What files can do to a local inventory and to the offline copy.
class LocalStoreTest final : public QObject {
    Q_OBJECT

    std::stop_token m_never;

private Q_SLOTS:
    void offlineCopyKeepsEverything()
    {
        const QTemporaryDir folder;
        SqliteOfflineCopy copy(folder.filePath(u"a b/c?py.sqlite"_s));
        const auto none = copy.load(m_never);
        QVERIFY(none && !none->has_value());
        const Inventory made = madeUp();
        const QMap<QString, QString> settings{{u"ssh.user"_s, u"dba"_s}, {u"command.start"_s, u"echo \"ü\"\n"_s}};
        DO(copy.save(made, settings, m_never));
        const auto loaded = copy.load(m_never);
        QVERIFY2(loaded && loaded->has_value(), qPrintable(loaded ? QString() : loaded.error().text()));
        const LoadedInventory& back = (*loaded)->inventory;
        QCOMPARE((*loaded)->settings, settings);
        QCOMPARE(back.readAt, made.asOf());
        QVERIFY(back.rows == made.rows());
        QCOMPARE(back.observations.size(), made.observations().size());
        for (const ObservationPtr& seen : made.observations())
            QVERIFY(*back.observations.value(seen->instance) == *seen);
        QCOMPARE(QDir(folder.filePath(u"a b"_s)).entryList(QDir::Files).size(), 1); // nothing is left beside it
        DO(copy.save(madeUp(30), {}, m_never));
        QCOMPARE((*copy.load(m_never))->inventory.rows.instances.size(), size_t(30));
        QCOMPARE(QFile::permissions(folder.filePath(u"a b/c?py.sqlite"_s)) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    }
    void offlineCopyOfAnotherVersionSaysSo()
    {
        const QTemporaryDir folder;
        const QString name = folder.filePath(u"copy.sqlite"_s);
        SqliteOfflineCopy copy(name);
        {
            SqliteSession other(name);
            DO(other.open(SqliteSession::Mode::ReadWrite));
            DO(other.run(u"CREATE TABLE ele_offline_copy (format INTEGER, something TEXT)"_s, {}));
            DO(other.run(u"INSERT INTO ele_offline_copy VALUES (9999, 'else')"_s, {}));
        }
        const auto loaded = copy.load(m_never);
        QVERIFY(!loaded);
        QVERIFY2(loaded.error().what.contains(u"another version"_s), qPrintable(loaded.error().text()));
        QVERIFY2(!loaded.error().text().contains(u"damaged"_s), qPrintable(loaded.error().text()));
        DO(copy.save(madeUp(30), {}, m_never)); // as it says: written anew
        QCOMPARE((*copy.load(m_never))->inventory.rows.instances.size(), size_t(30));
    }
    // Wherever a copy is damaged: an error or the whole truth, never a part of it, never a crash.
    void damagedOfflineCopyIsNoCopy()
    {
        const QTemporaryDir folder;
        const QString name = folder.filePath(u"copy.sqlite"_s);
        SqliteOfflineCopy copy(name);
        DO(copy.save(madeUp(), {}, m_never));
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray good = file.readAll();
        file.close();
        int refused = 0;
        const auto look = [&] {
            const auto loaded = copy.load(m_never);
            if (!loaded) {
                QCOMPARE(loaded.error().kind, ErrorKind::Storage);
                QVERIFY(!loaded.error().what.isEmpty());
                ++refused;
                return;
            }
            QVERIFY(loaded->has_value());
            QCOMPARE((*loaded)->inventory.rows.instances.size(), size_t(300));
        };
        const auto restore = [&] {
            QFile::remove(name);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(good);
            file.close();
        };
        for (qsizetype size = 0; size < good.size(); size += good.size() / 40 + 1) {
            restore();
            QVERIFY(QFile::resize(name, size));
            look();
        }
        QVERIFY2(refused >= 40, qPrintable(QString::number(refused)));
        for (qsizetype from = 0; from + 64 < good.size(); from += good.size() / 60 + 1) {
            restore();
            overwrite(name, from, QByteArray(64, '\xA5'));
            look();
        }
        restore();
        overwrite(name, 0, "this is no database");
        const auto loaded = copy.load(m_never);
        QVERIFY(!loaded);
        DO(copy.save(madeUp(), {}, m_never)); // and the next save mends it
        QVERIFY(copy.load(m_never));
    }
    void offlineCopyOnAFullOrProtectedDisk()
    {
        BadFolder folder;
        SqliteOfflineCopy copy(folder.file(u"copy.sqlite"_s));
        DO(copy.save(madeUp(30), {}, m_never));
        folder.fillUp();
        const auto full = copy.save(madeUp(), {}, m_never);
        QVERIFY(!full);
        QCOMPARE(full.error().kind, ErrorKind::Storage);
        QCOMPARE((*copy.load(m_never))->inventory.rows.instances.size(), size_t(30)); // the older one is whole
        folder.heal();
        folder.protect();
        QVERIFY(!copy.save(madeUp(), {}, m_never));
        QCOMPARE((*copy.load(m_never))->inventory.rows.instances.size(), size_t(30));
    }

    void inventoryOnAFullDisk()
    {
        BadFolder folder;
        SqliteStore store(folder.file(u"inventory.sqlite"_s));
        DO(store.open(m_never));
        DO(store.apply({Put<Environment>{environment(u"kept"_s)}}, m_never));
        folder.fillUp();
        const auto full = store.apply({Put<Environment>{environment(u"lost"_s, QString(500'000, u'x'))}}, m_never);
        QVERIFY(!full);
        QVERIFY2(full.error().kind == ErrorKind::Storage, qPrintable(full.error().text()));
        QVERIFY(full.error().text().contains(u"disk is full"_s));
        auto loaded = store.load(m_never);
        QVERIFY2(loaded, qPrintable(loaded ? QString() : loaded.error().text()));
        QCOMPARE(loaded->rows.environments.size(), size_t(1));
        folder.heal();
        DO(store.apply({Put<Environment>{environment(u"again"_s)}}, m_never));
    }
    void firstStartOnAFullDisk()
    {
        BadFolder folder;
        folder.fillUp();
        SqliteStore store(folder.file(u"inventory.sqlite"_s));
        const auto opened = store.open(m_never);
        QVERIFY(!opened);
        QVERIFY2(opened.error().kind == ErrorKind::Storage, qPrintable(opened.error().text()));
        QVERIFY(!opened.error().remedy.isEmpty());
        folder.heal();
        DO(store.open(m_never));
    }
    void protectedInventoryIsShownAndNotEdited()
    {
        BadFolder folder;
        const QString name = folder.file(u"inventory.sqlite"_s);
        {
            SqliteStore store(name);
            DO(store.open(m_never));
            DO(store.apply({Put<Environment>{environment(u"kept"_s)}}, m_never));
        }
        folder.protect();
        ::chmod(qUtf8Printable(name), 0444);
        SqliteStore store(name);
        const auto info = store.open(m_never);
        QVERIFY2(info, qPrintable(info ? QString() : info.error().text()));
        QVERIFY(!info->privileges.editInventory && !info->privileges.reason.isEmpty());
        const auto loaded = store.load(m_never);
        QVERIFY(loaded && loaded->rows.environments.size() == 1);
        const auto refused = store.apply({Put<Environment>{environment(u"x"_s)}}, m_never);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::PermissionDenied);
        SqliteStore fresh(folder.file(u"new.sqlite"_s));
        const auto opened = fresh.open(m_never);
        QVERIFY(!opened);
        QVERIFY(!opened.error().what.isEmpty());
        SqliteStore deeper(folder.file(u"new/folder/inventory.sqlite"_s));
        QVERIFY(!deeper.open(m_never));
    }
    void fileThatIsNoInventory()
    {
        const QTemporaryDir folder;
        const QString name = folder.filePath(u"notes.txt"_s);
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray("Dear diary, ").repeated(1000));
        file.close();
        SqliteStore store(name);
        const auto opened = store.open(m_never);
        QVERIFY(!opened);
        QCOMPARE(opened.error().kind, ErrorKind::Storage);
        QVERIFY(opened.error().text().contains(u"no inventory"_s));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().startsWith("Dear diary")); // untouched
        SqliteStore aFolder(folder.path());
        QVERIFY(!aFolder.open(m_never));
    }
    void newerSchemaIsReadButNotWritten()
    {
        const QTemporaryDir folder;
        const QString name = folder.filePath(u"inventory.sqlite"_s);
        SqliteStore store(name);
        DO(store.open(m_never));
        SqliteSession session(name);
        DO(session.open(SqliteSession::Mode::ReadWrite));
        DO(session.run(u"INSERT INTO ele_console_schema (version, name, applied_at) VALUES (99, 'future', 0)"_s, {}));
        const auto info = store.open(m_never);
        QVERIFY(info);
        QCOMPARE(info->schemaVersion, 99);
        QVERIFY(!info->privileges.editInventory);
        DO(store.load(m_never));
        const auto refused = store.apply({Put<Environment>{environment(u"x"_s)}}, m_never);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Schema);
    }
    void somebodyElseHoldsTheLock()
    {
        const QTemporaryDir folder;
        const QString name = folder.filePath(u"inventory.sqlite"_s);
        SqliteStore store(name);
        DO(store.open(m_never));
        SqliteSession other(name);
        DO(other.open(SqliteSession::Mode::ReadWrite));
        DO(other.begin());
        DO(store.load(m_never)); // reading goes on
        const auto refused = store.apply({Put<Environment>{environment(u"x"_s)}}, m_never);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Busy);
        other.rollback();
        DO(store.apply({Put<Environment>{environment(u"x"_s)}}, m_never));
    }
    void migrationsAreNumberedWithoutGaps()
    {
        for (const MigrationDialect dialect : {MigrationDialect::Sqlite, MigrationDialect::PostgreSql}) {
            const auto all = migrations(dialect);
            QVERIFY(all.size() >= 4);
            for (size_t i = 0; i < all.size(); ++i) {
                QCOMPARE(all[i].number, int(i) + 1);
                QVERIFY(!all[i].script.isEmpty());
            }
        }
    }
    void viewsOfTheLocalInventory()
    {
        const QTemporaryDir folder;
        const QString name = folder.filePath(u"inventory.sqlite"_s);
        SqliteStore store(name);
        DO(store.open(m_never));
        SqliteSession session(name);
        DO(session.open(SqliteSession::Mode::ReadWrite));
        DO(session.runScript(
            u"INSERT INTO ele_herd (base_name, herd_name, herd_descr, db_port, pgdata, vhost) VALUES ('h', 'h', '', 1, '/d', 'v')\n--;\n"
            "INSERT INTO ele_server (hostname) VALUES ('a')\n--;\n"
            "INSERT INTO ele_instance (herd_id, server_id, xlog_pos, is_online, master_id) VALUES (1, 1, 10485760, 1, NULL), (1, 1, NULL, 1, 1),"
            " (1, 1, 0, 0, 1), (1, 1, 5242880, 1, 1), (1, 1, 5242880, 1, 1)"_s));
        const auto pair = session.run(u"SELECT herd_id, instance_id, master_id, server_id, mb_lag, vhost FROM v_dr_pairs"_s, {});
        QVERIFY(pair && pair->size() == 1);
        QCOMPARE((*pair)[0][1].toInt(), 4);
        QCOMPARE((*pair)[0][4].toDouble(), 5.0);
        const auto flat = session.run(u"SELECT count(*) FROM v_flat_instance WHERE hostname = 'a' AND env_name IS NULL"_s, {});
        QVERIFY(flat);
        QCOMPARE((*flat)[0][0].toInt(), 5);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::LocalStoreTest)
#include "tst_localstore.moc"
