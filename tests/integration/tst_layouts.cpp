#include "tests/integration/replicationlab.h"

#include "tests/support/timescale.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using tests::LabAnswer;
using tests::ReplicationLab;
using tests::timeScale;

#define SUCCEEDED(record)                                                                                                                            \
    do {                                                                                                                                             \
        const OperationRecord ended = record;                                                                                                        \
        QVERIFY2(ended.state == OperationState::Succeeded || ended.state == OperationState::Warning, qPrintable(ReplicationLab::wordsOf(ended)));     \
    } while (false)

// Where a site keeps what: initdb and pg_ctl with everything in one directory with an odd name, a directory of an instance's own, a tablespace,
// WAL on another disk, a data directory that is a mount point, a hand-edited postgresql.auto.conf. Each is made, rebuilt and looked at.
class LayoutsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_herd = std::make_unique<ReplicationLab>();
        m_herd->describe(u"odd"_s, 5499, 3, oddDirectory);
        const QString directory = u"/usr/lib/postgresql/{version.major}/bin/"_s;
        m_herd->useCommands({{u"base"_s, directory + u"pg_ctl -D {pgdata}"_s}, {u"start"_s, u"{COMMANDS[base]} -w -l {pgdata}/pg_ctl.log start"_s},
            {u"stop"_s, u"{COMMANDS[base]} -w -m fast stop"_s}, {u"reload"_s, u"{COMMANDS[base]} reload"_s}, {u"promote"_s, u"{COMMANDS[base]} -w promote"_s},
            {u"init"_s,
                directory
                    + u"initdb -D {pgdata} --auth=trust && echo 'port = {inst.port}' >>{pgdata}/postgresql.conf && echo 'wal_log_hints = on' >>{pgdata}/postgresql.conf"_s}});
    }
    void cleanupTestCase() { m_herd.reset(); }

    void aNewHerd()
    {
        const OperationRecord record = run(ReplicationKind::Initialise, {1});
        SUCCEEDED(record);
        QCOMPARE(m_herd->sql(1, u"select pg_is_in_recovery()"_s), "f");
        // What a person does next: others may connect.
        on(1, u"cd %1 && echo \"listen_addresses = '*'\" >>postgresql.conf && echo 'host all,replication all all trust' >>pg_hba.conf"_s.arg(quoted(oddDirectory)));
        SUCCEEDED(m_herd->lifecycle(LifecycleKind::Restart, {1}));
        m_herd->sql(1, u"create role replicator login replication"_s);
        // It tells new replicas who to connect as, and is no standby for that.
        m_herd->sql(1, u"alter system set primary_conninfo = 'user=replicator connect_timeout=7'"_s);
        SUCCEEDED(m_herd->lifecycle(LifecycleKind::Reload, {1}));
    }

    void aNewReplicaWithADirectoryOfItsOwn()
    {
        m_herd->setLocalDirectory(2, ownDirectory);
        SUCCEEDED(run(ReplicationKind::Initialise, {2}));
        SUCCEEDED(run(ReplicationKind::Initialise, {3}));
        QVERIFY(m_herd->streamsFrom(2, 1));
        QVERIFY(m_herd->streamsFrom(3, 1));
        QCOMPARE(m_herd->on(2, u"cat %1/PG_VERSION"_s.arg(quoted(ownDirectory))), m_herd->lab().postgresVersion());
        QCOMPARE(m_herd->sql(2, u"show primary_conninfo"_s), "user=replicator connect_timeout=7 host=db1 port=5499 application_name=db2");
    }

    // Ours are replaced; everything else stays as somebody left it.
    void aHandEditedConfiguration()
    {
        const QString file = quoted(ownDirectory + u"/postgresql.auto.conf"_s);
        const QString mine = u"# mine\nWork_Mem   '5MB'   # kept\n\tlog_line_prefix='it''s %m '"_s;
        on(2, u"cat >>%1 <<'END'\n%2\nPrimary_ConnInfo 'host=elsewhere'\nEND"_s.arg(file, mine));
        for (const RebuildMethod method : {RebuildMethod::Copy, RebuildMethod::InPlace}) {
            SUCCEEDED(run(ReplicationKind::Rebuild, {2}, {}, method));
            QVERIFY(m_herd->streamsFrom(2, 1));
            const QString text = m_herd->on(2, u"cat "_s + file);
            QVERIFY2(text.contains(mine), qPrintable(text));
            QVERIFY2(!text.contains(u"elsewhere"_s), qPrintable(text));
            QCOMPARE(m_herd->sql(2, u"show work_mem"_s), "5MB");
        }
        // What was rebuilt in place has no WAL of before; a rewind begins at the last common checkpoint.
        m_herd->sql(1, u"checkpoint"_s);
        m_herd->sql(1, u"create table common as select 1"_s);
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(2, u"select count(*) from common"_s), "1", 20000);
        m_herd->sql(2, u"checkpoint"_s);
        // A rewind replaces the files of the target by the source's: they are put back.
        on(2, u"/usr/lib/postgresql/%1/bin/pg_ctl -D %2 -w promote"_s.arg(m_herd->lab().postgresVersion(), quoted(ownDirectory)));
        m_herd->sql(2, u"create table parted as select generate_series(1, 1000) as n"_s);
        const OperationRecord demoted = run(ReplicationKind::Demote, {2});
        SUCCEEDED(demoted);
        QVERIFY2(ReplicationLab::wordsOf(demoted).contains(u"Rewind odd on db2 and configure it to follow odd on db1: succeeded"_s), qPrintable(ReplicationLab::wordsOf(demoted)));
        QVERIFY(m_herd->on(2, u"cat "_s + file).contains(mine));
        QVERIFY(m_herd->streamsFrom(2, 1));
    }

    void walOnAnotherDisk()
    {
        SUCCEEDED(m_herd->lifecycle(LifecycleKind::Stop, {3}));
        on(3, u"cd %1 && mkdir -m 700 /var/lib/postgresql/wal && mv pg_wal /var/lib/postgresql/wal/odd && ln -s /var/lib/postgresql/wal/odd pg_wal"_s.arg(
                  quoted(oddDirectory)));
        SUCCEEDED(m_herd->lifecycle(LifecycleKind::Start, {3}));
        SUCCEEDED(run(ReplicationKind::Rebuild, {3}, {}, RebuildMethod::Copy));
        QVERIFY(m_herd->streamsFrom(3, 1));
        QCOMPARE(m_herd->on(3, u"readlink %1/pg_wal; ls /var/lib/postgresql/wal"_s.arg(quoted(oddDirectory))), u"/var/lib/postgresql/wal/odd\nodd"_s);
    }

    void tablespace()
    {
        for (const int member : {1, 2, 3})
            on(member, u"mkdir -p -m 700 \"/var/lib/postgresql/space = here\""_s);
        m_herd->sql(1, u"create tablespace fast location '/var/lib/postgresql/space = here'"_s);
        m_herd->sql(1, u"create table quick tablespace fast as select generate_series(1, 5000) as n"_s);
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(3, u"select count(*) from quick"_s), "5000", 20000);
        SUCCEEDED(run(ReplicationKind::Rebuild, {3}, {}, RebuildMethod::Copy));
        QVERIFY(m_herd->streamsFrom(3, 1));
        QCOMPARE(m_herd->sql(3, u"select count(*) from quick"_s), "5000");
        QCOMPARE(m_herd->on(3, u"ls -d /var/lib/postgresql/space*"_s), u"/var/lib/postgresql/space = here"_s);
        // In place it cannot be done, and that is said by name.
        const Plan plan = m_herd->plan(ReplicationKind::Rebuild, {3}, {}, RebuildMethod::InPlace);
        QVERIFY2(ReplicationLab::wordsOf(plan).contains(u"the tablespace in /var/lib/postgresql/space = here cannot be copied in place"_s),
            qPrintable(ReplicationLab::wordsOf(plan)));
        QVERIFY(!plan.whyNotRunnable().isEmpty());
        m_herd->sql(1, u"drop table quick"_s);
        m_herd->sql(1, u"drop tablespace fast"_s);
    }

    void aMountPoint()
    {
        SUCCEEDED(m_herd->lifecycle(LifecycleKind::Stop, {2}));
        const LabAnswer mounted = m_herd->lab().run({u"exec"_s, u"db2"_s, u"mount"_s, u"--bind"_s, ownDirectory, ownDirectory});
        QVERIFY2(mounted.ok(), mounted.errors.constData());
        SUCCEEDED(m_herd->lifecycle(LifecycleKind::Start, {2}));
        const Plan copy = m_herd->plan(ReplicationKind::Rebuild, {2}, {}, RebuildMethod::Copy);
        QVERIFY2(copy.whyNotRunnable().contains(u"No copy can be made"_s), qPrintable(ReplicationLab::wordsOf(copy)));
        QVERIFY2(ReplicationLab::wordsOf(copy).contains(u"is a mount point"_s), qPrintable(ReplicationLab::wordsOf(copy)));
        SUCCEEDED(run(ReplicationKind::Rebuild, {2}));
        QVERIFY(m_herd->streamsFrom(2, 1));
    }

private:
    OperationRecord run(ReplicationKind kind, std::initializer_list<int> members, std::optional<int> upstream = {},
        RebuildMethod method = RebuildMethod::Automatic)
    {
        const Plan plan = m_herd->plan(kind, members, upstream, method);
        const OperationRecord record = m_herd->run(plan);
        if (record.state != OperationState::Succeeded)
            qInfo("%s\n%s", qPrintable(ReplicationLab::wordsOf(plan)), qPrintable(ReplicationLab::wordsOf(record)));
        return record;
    }
    void on(int member, const QString& command) const
    {
        const LabAnswer answer = m_herd->lab().ssh(u"db%1"_s.arg(member), command);
        QVERIFY2(answer.ok(), answer.errors.constData());
    }
    static QString quoted(QString text) { return QString(u'\'' % text.replace(u'\'', u"'\\''"_s) % u'\''); }

    const QString oddDirectory = u"/var/lib/postgresql/it's an odd place"_s;
    const QString ownDirectory = u"/var/lib/postgresql/own/data of db2"_s;
    std::unique_ptr<ReplicationLab> m_herd;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::LayoutsTest)
#include "tst_layouts.moc"
