// The main job without a window, on real servers: what a console knows and does, asked of OpenSSH and PostgreSQL as well.

#include "app/adapters/inventory/sqlitestore.h"
#include "app/adapters/journal/sqlitejournal.h"
#include "app/adapters/ssh/sshshell.h"
#include "app/session.h"
#include "tests/support/lab.h"
#include "tests/support/timescale.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

class SessionTest final : public QObject {
    Q_OBJECT

    std::optional<tests::Lab> m_lab;
    QTemporaryDir m_home;
    std::unique_ptr<Session> m_session;

    const Inventory& now() const { return *m_session->inventory().snapshot(); }
    Liveness livenessOf(int id) const { return now().livenessOf(*now().find(InstanceId(id))); }
    // What pg_lsclusters on the host itself says of a cluster.
    QByteArray clusterStatus(const QString& host, const QString& herd) const
    {
        for (const QByteArray& line : m_lab->ssh(host, u"pg_lsclusters -h"_s).output.split('\n')) {
            const QList<QByteArray> words = line.simplified().split(' ');
            if (words.size() > 3 && words[1] == herd.toUtf8())
                return words[3];
        }
        return "gone";
    }

    OperationRecord operate(LifecycleKind kind, const std::vector<int>& ids)
    {
        std::vector<InstanceId> instances;
        for (const int id : ids)
            instances.emplace_back(id);
        const auto plan = m_session->planLifecycle(kind, instances);
        if (!plan) {
            qWarning("%s", qPrintable(plan.error().text()));
            return {};
        }
        const auto operation = m_session->operations().run(*plan);
        if (!operation) {
            qWarning("%s", qPrintable(operation.error().text()));
            return {};
        }
        const auto isOver = [&] {
            const OperationRecord* record = m_session->operations().record(*operation);
            return record && record->state != OperationState::Running;
        };
        [&] { QTRY_VERIFY_WITH_TIMEOUT(isOver(), 120000 * tests::timeScale); }();
        return *m_session->operations().record(*operation);
    }

    Instance member(int id, int server, std::optional<int> upstream) const
    {
        Instance row{.id = InstanceId(-id), .herd = HerdId(-1), .server = ServerId(-server), .version = {}, .localDataDirectory = {}};
        if (upstream)
            row.upstream = InstanceId(-*upstream);
        return row;
    }

private Q_SLOTS:
    void initTestCase()
    {
        auto lab = tests::Lab::leased();
        QVERIFY2(lab, lab ? "" : qPrintable(lab.error().text()));
        m_lab = std::move(*lab);
        const tests::LabAnswer made = m_lab->makeHerd(u"trading"_s, 5432, {u"db1"_s, u"db2"_s, u"db3"_s});
        QVERIFY2(made.ok(), made.errors.constData());

        Session::Ports ports{.store = std::make_unique<SqliteStore>(m_home.filePath(u"inventory.sqlite"_s)),
            .shell = std::make_shared<SshShell>(SshShell::Options{.configFile = m_lab->sshConfigFile()}, nullptr),
            .journal = std::make_shared<SqliteJournal>(m_home.filePath(u"journal.sqlite"_s)),
            .clock = std::make_shared<SystemClock>()};
        Session::Options options;
        options.probes.interval = 0ms;
        options.operatorName = u"tester"_s;
        m_session = std::make_unique<Session>(std::move(ports), options);
        m_session->start();
        QTRY_COMPARE(m_session->inventory().status().connection, InventoryService::Connection::Live);
        m_session->probes().setInterval(0ms);

        const QString data = m_lab->herds().constFirst().dataDirectory;
        ChangeSet rows;
        rows.push_back(Put<Environment>{{.id = EnvironmentId(-1), .name = u"prod"_s, .description = {}}});
        rows.push_back(Put<Herd>{{.id = HerdId(-1), .environment = EnvironmentId(-1), .baseName = u"trading"_s, .name = u"Trading"_s,
            .description = {}, .port = 5432, .dataDirectory = data, .virtualHost = u"trading-vhost"_s}});
        for (int i = 1; i <= 3; ++i)
            rows.push_back(Put<Server>{{.id = ServerId(-i), .environment = EnvironmentId(-1), .hostName = u"db%1"_s.arg(i)}});
        rows.push_back(Put<Instance>{member(1, 1, {})});
        rows.push_back(Put<Instance>{member(2, 2, 1)});
        rows.push_back(Put<Instance>{member(3, 3, {})}); // wrong: the probe will find out
        std::optional<Expected<AppliedChanges>> applied;
        m_session->inventory().apply(rows, this, [&](Expected<AppliedChanges> result) { applied = std::move(result); });
        QTRY_VERIFY(applied.has_value());
        QVERIFY2(applied->has_value(), applied->has_value() ? "" : qPrintable(applied->error().text()));
    }
    void cleanupTestCase() { m_session.reset(); }

    void probesTellTheTruth()
    {
        // The replicas may still be on their way to streaming: looked at again until they are there.
        const auto streams = [this] {
            const Observation* seen = now().observation(InstanceId(1));
            const Observation* third = now().observation(InstanceId(3));
            return seen && third && seen->followers.size() == 2 && third->receiverState == u"streaming"_s;
        };
        QTRY_VERIFY_WITH_TIMEOUT((m_session->probes().probeAll(), QTest::qWait(200), streams()), 60000);
        for (const int id : {1, 2, 3})
            QCOMPARE(livenessOf(id), Liveness::Online);
        const Observation* primary = now().observation(InstanceId(1));
        const Observation* replica = now().observation(InstanceId(3));
        QVERIFY(primary && replica);
        QCOMPARE(primary->role, Role::Primary);
        QCOMPARE(replica->role, Role::Replica);
        QCOMPARE(replica->receiverState, u"streaming"_s);
        QVERIFY(primary->systemIdentifier.has_value());
        QCOMPARE(primary->systemIdentifier, replica->systemIdentifier);
        QCOMPARE(primary->followers.size(), size_t(2));
        QCOMPARE(primary->version->major(), m_lab->postgresVersion());
        // The third member's upstream was wrong in the inventory and is mended from what was seen, in the store too.
        QTRY_COMPARE_WITH_TIMEOUT(now().find(InstanceId(3))->upstream, std::optional(InstanceId(1)), 10000 * tests::timeScale);
        QVERIFY(now().lagBytesOf(*now().find(InstanceId(3))).has_value());
        m_session->inventory().reload();
        QTRY_VERIFY(now().find(InstanceId(3))->isOnline);
    }

    void stopStartRestartReloadOfOne()
    {
        const OperationRecord stopped = operate(LifecycleKind::Stop, {2});
        QCOMPARE(stopped.state, OperationState::Succeeded);
        QCOMPARE(clusterStatus(u"db2"_s, u"trading"_s), QByteArray("down,recovery"));
        QTRY_COMPARE(livenessOf(2), Liveness::Offline);
        QVERIFY(now().observation(InstanceId(2))->controlState.contains(u"shut down"_s));

        const OperationRecord again = operate(LifecycleKind::Stop, {2});
        QCOMPARE(again.state, OperationState::Warning);
        QCOMPARE(again.steps.at(0).state, StepState::Skipped);
        QVERIFY(again.steps.at(0).command.isEmpty());

        const OperationRecord reloadOfStopped = operate(LifecycleKind::Reload, {2});
        QCOMPARE(reloadOfStopped.state, OperationState::Warning);

        const OperationRecord started = operate(LifecycleKind::Start, {2});
        QCOMPARE(started.state, OperationState::Succeeded);
        QCOMPARE(clusterStatus(u"db2"_s, u"trading"_s), QByteArray("online,recovery"));
        QTRY_COMPARE(livenessOf(2), Liveness::Online);

        const QByteArray before = m_lab->ssh(u"db2"_s, u"head -1 %1/postmaster.pid"_s.arg(m_lab->herds().constFirst().dataDirectory)).output;
        const OperationRecord restarted = operate(LifecycleKind::Restart, {2});
        QCOMPARE(restarted.state, OperationState::Succeeded);
        const QByteArray after = m_lab->ssh(u"db2"_s, u"head -1 %1/postmaster.pid"_s.arg(m_lab->herds().constFirst().dataDirectory)).output;
        QVERIFY(!after.isEmpty());
        QVERIFY(before != after);

        const OperationRecord reloaded = operate(LifecycleKind::Reload, {2});
        QCOMPARE(reloaded.state, OperationState::Succeeded);
    }

    void allAtOnce()
    {
        const OperationRecord stopped = operate(LifecycleKind::Stop, {1, 2, 3});
        QCOMPARE(stopped.state, OperationState::Succeeded);
        for (const QString& host : {u"db1"_s, u"db2"_s, u"db3"_s})
            QVERIFY(clusterStatus(host, u"trading"_s).startsWith("down"));
        const OperationRecord started = operate(LifecycleKind::Start, {1, 2, 3});
        QCOMPARE(started.state, OperationState::Succeeded);
        for (const QString& host : {u"db1"_s, u"db2"_s, u"db3"_s})
            QVERIFY(clusterStatus(host, u"trading"_s).startsWith("online"));
    }

    void aHostThatDiesIsUnreachableAndNothingElseChanges()
    {
        QVERIFY(m_lab->run({u"kill"_s, u"db3"_s}).ok());
        m_session->probes().probeAll();
        QTRY_COMPARE_WITH_TIMEOUT(livenessOf(3), Liveness::Unreachable, 60000 * tests::timeScale);
        QVERIFY(now().observation(InstanceId(3))->error.has_value());
        QCOMPARE(livenessOf(1), Liveness::Online);
        QCOMPARE(livenessOf(2), Liveness::Online);
        QVERIFY(!now().lagBytesOf(*now().find(InstanceId(3))).has_value());
        const OperationRecord stopped = operate(LifecycleKind::Stop, {3});
        QVERIFY(stopped.state == OperationState::Failed || stopped.state == OperationState::Indeterminate);
        QVERIFY(m_lab->run({u"start"_s, u"db3"_s}).ok());
        QTRY_VERIFY_WITH_TIMEOUT((m_session->probes().probe({InstanceId(3)}), QTest::qWait(200), livenessOf(3) == Liveness::Online), 60000);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::SessionTest)
#include "tst_session.moc"
