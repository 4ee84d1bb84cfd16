// The probe and the probe service against real PostgreSQL and real sshd, with the instances in every state.

#include "app/adapters/ssh/sshshell.h"
#include "models/postgres/stateupdates.h"
#include "models/services/probeservice.h"
#include "tests/support/fakestore.h"
#include "tests/support/lab.h"
#include "tests/support/timescale.h"

#include <QElapsedTimer>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using tests::Lab;
using tests::LabAnswer;
using tests::timeScale;

class ProbeLabTest final : public QObject {
    Q_OBJECT

private:
    std::optional<Lab> m_lab;
    std::shared_ptr<FakeStoreState> m_state = std::make_shared<FakeStoreState>();
    std::shared_ptr<SystemClock> m_clock = std::make_shared<SystemClock>();
    std::unique_ptr<InventoryService> m_inventory;
    std::unique_ptr<ProbeService> m_probes;

    // Instances 1 to 3: herd trading on db1 to db3; 4: herd billing on db1. 5 and 6 are there as well, but only the inventory says so:
    // 5 has billing's port, 6 is billing by another path.
    void fillInventory()
    {
        const QString version = m_lab->postgresVersion();
        const auto addHerd = [&](qint64 id, const QString& name, int port, const QString& directory) {
            Herd herd;
            herd.id = HerdId(id);
            herd.name = herd.baseName = name;
            herd.port = port;
            herd.dataDirectory = directory;
            herd.virtualHost = name + u"-vhost"_s;
            m_state->rows.herds.push_back(herd);
        };
        addHerd(1, u"trading"_s, 6001, u"/var/lib/postgresql/%1/trading"_s.arg(version));
        addHerd(2, u"billing"_s, 6002, u"/nowhere/pgdata"_s); // the cluster's configuration knows better
        addHerd(3, u"ghost"_s, 6002, u"/var/lib/postgresql/ghost"_s);
        addHerd(4, u"other-path"_s, 6002, u"/var/lib/postgresql/other-path/"_s);
        for (qint64 n = 1; n <= 3; ++n)
            m_state->rows.servers.push_back({ServerId(n), {}, u"db%1"_s.arg(n)});
        for (qint64 n = 1; n <= 6; ++n) {
            Instance instance;
            instance.id = InstanceId(n);
            instance.herd = HerdId(n < 4 ? 1 : n - 2);
            instance.server = ServerId(n < 4 ? n : 1);
            m_state->rows.instances.push_back(instance);
        }
    }

    Observation see(qint64 id)
    {
        m_probes->probe({InstanceId(id)});
        const QDateTime asked = m_clock->now();
        const auto isFresh = [&] {
            const Observation* seen = m_inventory->snapshot()->observation(InstanceId(id));
            return seen && seen->at >= asked && m_probes->pending() == 0;
        };
        if (!QTest::qWaitFor(isFresh, 30000 * timeScale))
            return {};
        return *m_inventory->snapshot()->observation(InstanceId(id));
    }
    // Probes until the instance is as wanted: replication needs a moment.
    template <class Predicate>
    bool comes(qint64 id, Predicate wanted)
    {
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 40000 * timeScale) {
            if (wanted(see(id)))
                return true;
        }
        return false;
    }
    const Instance& row(qint64 id) const { return *m_inventory->snapshot()->find(InstanceId(id)); }

    LabAnswer on(const QString& host, const QString& command) { return m_lab->ssh(host, command); }
    QString cluster(const QString& name) const { return m_lab->postgresVersion() + u' ' + name; }
    QString directory(const QString& name) const { return u"/var/lib/postgresql/%1/%2"_s.arg(m_lab->postgresVersion(), name); }

private Q_SLOTS:
    void initTestCase()
    {
        auto lab = Lab::leased();
        QVERIFY2(lab, lab ? "" : qPrintable(lab.error().text()));
        m_lab = std::move(*lab);
        QVERIFY(m_lab->makeHerd(u"trading"_s, 6001, {u"db1"_s, u"db2"_s, u"db3"_s}).ok());
        QVERIFY(m_lab->makeHerd(u"billing"_s, 6002, {u"db1"_s}).ok());
        QVERIFY(on(u"db1"_s, u"ln -s %1 /var/lib/postgresql/other-path"_s.arg(directory(u"billing"_s))).ok());
        fillInventory();
        m_inventory = std::make_unique<InventoryService>(std::make_unique<FakeStore>(m_state), nullptr, m_clock,
            InventoryService::Options{.publishInterval = 1ms,
                .stateUpdates = [](const Inventory& snapshot, std::span<const ObservationPtr> seen) { return stateUpdates(snapshot, seen); }});
        auto shell = std::make_shared<SshShell>(
            SshShell::Options{.configFile = m_lab->sshConfigFile(), .connectTimeout = 3s * timeScale}, nullptr);
        m_probes = std::make_unique<ProbeService>(
            shell, *m_inventory, m_clock, ProbeService::Options{.interval = 0ms, .timeout = 12s});
        const QString user = m_lab->remoteUser();
        m_probes->setTargetResolver([user](const Server& server) { return RemoteTarget{server.hostName, user}; });
        m_inventory->start();
        QTRY_COMPARE(m_inventory->snapshot()->instances().size(), size_t(6));
    }
    void cleanupTestCase()
    {
        m_probes.reset();
        m_inventory.reset();
    }

    void aRunningHerd()
    {
        QVERIFY(comes(1, [](const Observation& seen) {
            return seen.followers.size() == 2
                && std::all_of(seen.followers.begin(), seen.followers.end(), [](const Follower& f) { return f.state == u"streaming"; });
        }));
        const Observation primary = see(1);
        QCOMPARE(primary.liveness, Liveness::Online);
        QCOMPARE(primary.role, Role::Primary);
        QCOMPARE(primary.version.value().major(), m_lab->postgresVersion());
        QCOMPARE(primary.timeline.value(), 1);
        QVERIFY(primary.currentLsn && primary.systemIdentifier && !primary.error);
        QCOMPARE(primary.dataDirectory, directory(u"trading"_s));
        QVERIFY(primary.postmasterStarted.isValid() && primary.postmasterStarted <= m_clock->now());
        QVERIFY(primary.configurationLoaded.isValid());
        QStringList names;
        for (const Follower& follower : primary.followers)
            names += follower.applicationName;
        names.sort();
        QCOMPARE(names, (QStringList{u"db2"_s, u"db3"_s}));

        m_probes->probeAll();
        QTRY_COMPARE_WITH_TIMEOUT(m_probes->pending(), 0, 15000 * timeScale);
        QTRY_COMPARE(row(2).upstream, std::optional(InstanceId(1))); // through the virtual host
        QTRY_COMPARE(row(3).upstream, std::optional(InstanceId(1)));
        const Observation replica = *m_inventory->snapshot()->observation(InstanceId(3));
        QCOMPARE(replica.role, Role::Replica);
        QCOMPARE(replica.timeline.value(), 1);
        QCOMPARE(replica.receiverState, u"streaming"_s);
        QCOMPARE(replica.upstreamHost, u"trading-vhost"_s);
        QCOMPARE(replica.upstreamPort.value(), 6001);
        QCOMPARE(replica.systemIdentifier, primary.systemIdentifier);
        QVERIFY(replica.receiveLsn && replica.replayLsn && !replica.currentLsn && !replica.replayPaused);
        QVERIFY(row(1).isOnline && row(3).isOnline);
        QCOMPARE(row(3).version, replica.version->toString());
        QVERIFY(m_inventory->snapshot()->lagBytesOf(row(3)).has_value());
    }

    void aDirectoryThatTheInventoryDoesNotKnow()
    {
        const Observation seen = see(4);
        QCOMPARE(seen.liveness, Liveness::Online);
        QCOMPARE(seen.dataDirectory, directory(u"billing"_s));
        QVERIFY(seen.systemIdentifier != see(1).systemIdentifier);
        QCOMPARE(seen.error.value().what, u"Runs in %1; the inventory says /nowhere/pgdata."_s.arg(directory(u"billing"_s)));
    }

    void aClusterThatOnlyHasThePort()
    {
        Observation seen = see(5);
        QCOMPARE(seen.liveness, Liveness::Unknown);
        QVERIFY(!seen.systemIdentifier && !seen.currentLsn && seen.role == Role::Unknown);
        const QString words = u"Runs in %1; the inventory says /var/lib/postgresql/ghost."_s.arg(directory(u"billing"_s));
        QCOMPARE(seen.error.value().what, words);
        // The same when a database is in the inventory's directory, which nobody runs.
        QVERIFY(on(u"db1"_s, u"mkdir -m 700 /var/lib/postgresql/ghost && echo 15 >/var/lib/postgresql/ghost/PG_VERSION"_s).ok());
        seen = see(5);
        QCOMPARE(seen.liveness, Liveness::Unknown);
        QCOMPARE(seen.error.value().what, words);
        // A link to where it runs is the same directory.
        QVERIFY(on(u"db1"_s, u"rm /var/lib/postgresql/ghost/PG_VERSION && rmdir /var/lib/postgresql/ghost"_s).ok());
        QVERIFY(on(u"db1"_s, u"ln -s %1 /var/lib/postgresql/ghost"_s.arg(directory(u"billing"_s))).ok());
        seen = see(5);
        QCOMPARE(seen.liveness, Liveness::Online);
        QVERIFY(!seen.error);
        QVERIFY(on(u"db1"_s, u"rm /var/lib/postgresql/ghost"_s).ok());
    }

    void anotherPathToTheSameDirectory()
    {
        const Observation seen = see(6);
        QCOMPARE(seen.liveness, Liveness::Online);
        QVERIFY(!seen.error);
        QCOMPARE(seen.systemIdentifier, see(4).systemIdentifier);
    }

    void pausedReplayAndPendingRestart()
    {
        QVERIFY(on(u"db2"_s, u"psql -Xqp 6001 -d postgres -c 'select pg_wal_replay_pause()'"_s).ok());
        QVERIFY(on(u"db1"_s, u"psql -Xqp 6001 -d postgres -c 'alter system set max_connections = 90' -c 'select pg_reload_conf()'"_s).ok());
        QVERIFY(comes(1, [](const Observation& seen) { return seen.pendingRestart == QStringList{u"max_connections"_s}; }));
        QVERIFY(on(u"db1"_s, u"psql -Xqp 6001 -d postgres -c 'create table t as select generate_series(1, 20000)'"_s).ok());
        QVERIFY(comes(2, [](const Observation& seen) {
            return seen.replayPaused && seen.receiveLsn && seen.replayLsn && *seen.receiveLsn - *seen.replayLsn > 100000;
        }));
        see(1);
        QVERIFY(m_inventory->snapshot()->lagBytesOf(row(2)).value() > 100000);
        QVERIFY(m_inventory->snapshot()->receiveLagBytesOf(row(2)).value() < 100000);
        QVERIFY(on(u"db2"_s, u"psql -Xqp 6001 -d postgres -c 'select pg_wal_replay_resume()'"_s).ok());
    }

    void namesThatLookLikeAnswers()
    {
        const LabAnswer answer = on(u"db3"_s,
            uR"sh(psql -Xqp 6001 -d postgres -c "alter system set primary_conninfo = 'host=trading-vhost port=6001 user=replicator application_name=''x f end; f recovery 0'' password=''a secret word'''" -c "select pg_reload_conf()")sh"_s);
        QVERIFY2(answer.ok(), answer.errors.constData());
        QVERIFY(comes(1, [](const Observation& seen) {
            return std::any_of(seen.followers.begin(), seen.followers.end(),
                [](const Follower& f) { return f.applicationName.startsWith(u'x') && f.state == u"streaming"; });
        }));
        const Observation seen = see(3);
        QCOMPARE(seen.upstreamHost, u"trading-vhost"_s);
        QCOMPARE(seen.role, Role::Replica);
    }

    void aPostmasterThatHangs()
    {
        const Observation before = see(4);
        QVERIFY(on(u"db1"_s, u"kill -STOP $(head -n 1 %1/postmaster.pid)"_s.arg(directory(u"billing"_s))).ok());
        const Observation seen = see(4);
        QCOMPARE(seen.liveness, Liveness::Unknown);
        QCOMPARE(seen.error.value().kind, ErrorKind::TimedOut);
        QCOMPARE(seen.factsAt, before.factsAt);
        QCOMPARE(seen.currentLsn, before.currentLsn);
        // Its neighbour was asked in the same round trip, and is none the worse for it.
        const Observation* neighbour = m_inventory->snapshot()->observation(InstanceId(1));
        QCOMPARE(neighbour->liveness, Liveness::Online);
        QCOMPARE(neighbour->factsAt, seen.at);
        QVERIFY(on(u"db1"_s, u"kill -CONT $(head -n 1 %1/postmaster.pid)"_s.arg(directory(u"billing"_s))).ok());
        QCOMPARE(see(4).liveness, Liveness::Online);
    }

    void stoppedAndCrashed()
    {
        QVERIFY(on(u"db3"_s, u"pg_ctlcluster %1 stop -m fast"_s.arg(cluster(u"trading"_s))).ok());
        Observation seen = see(3);
        QCOMPARE(seen.liveness, Liveness::Offline);
        QCOMPARE(seen.controlState, u"shut down in recovery"_s);
        QCOMPARE(seen.role, Role::Replica);
        QCOMPARE(seen.upstreamHost, u"trading-vhost"_s);
        QCOMPARE(seen.version.value().toString(), row(3).version); // from before: the files know the major version only
        QVERIFY(seen.replayLsn && seen.systemIdentifier == see(1).systemIdentifier);
        QTRY_VERIFY(!row(3).isOnline);
        QCOMPARE(row(3).upstream, std::optional(InstanceId(1)));

        QVERIFY(on(u"db1"_s, u"kill -KILL $(head -n 1 %1/postmaster.pid)"_s.arg(directory(u"billing"_s))).ok());
        QVERIFY(comes(4, [](const Observation& now) { return now.liveness == Liveness::Offline; }));
        seen = see(4);
        QCOMPARE(seen.controlState, u"in production"_s);
        QCOMPARE(seen.role, Role::Primary);
        QVERIFY(seen.currentLsn);

        QVERIFY(on(u"db3"_s, u"pg_ctlcluster %1 start"_s.arg(cluster(u"trading"_s))).ok());
        QCOMPARE(see(3).liveness, Liveness::Online);
        QTRY_VERIFY(row(3).isOnline);
    }

    void promoted()
    {
        QCOMPARE(row(2).upstream, std::optional(InstanceId(1)));
        QVERIFY(on(u"db2"_s, u"pg_ctlcluster %1 promote"_s.arg(cluster(u"trading"_s))).ok());
        QVERIFY(comes(2, [](const Observation& seen) { return seen.role == Role::Primary; }));
        const Observation seen = see(2);
        QCOMPARE(seen.timeline.value(), 2); // at once, though the control file may still say 1
        QVERIFY(seen.currentLsn);
        QTRY_VERIFY(!row(2).upstream);
    }

    void aHostThatDies()
    {
        const Observation before = see(3);
        QVERIFY(m_lab->run({u"kill"_s, u"db3"_s}).ok());
        const Observation gone = see(3);
        QCOMPARE(gone.liveness, Liveness::Unreachable);
        QCOMPARE(gone.factsAt, before.factsAt);
        QVERIFY(gone.error.value().where.contains(u"db3"_s));
        QVERIFY(row(3).isOnline);
        QVERIFY(m_lab->run({u"start"_s, u"db3"_s}).ok());
        QVERIFY(comes(3, [](const Observation& seen) { return seen.liveness == Liveness::Online; }));
    }

    void quickWhenWarm()
    {
        see(1);
        std::vector<qint64> times;
        for (int i = 0; i < 9; ++i) {
            QElapsedTimer timer;
            timer.start();
            see(1);
            times.push_back(timer.elapsed());
        }
        std::sort(times.begin(), times.end());
        qInfo("four instances on one warm server: median %lld ms, most %lld ms", times[times.size() / 2], times.back());
        QVERIFY(times[times.size() / 2] < 1500 * timeScale); // far above what it takes: only a hang or a cold connection is so slow
    }

    // The window closes while a server says nothing.
    void endsWhileAHostIsFrozen()
    {
        QVERIFY(m_lab->run({u"freeze"_s, u"db3"_s}).ok());
        m_probes->probe({InstanceId(3)});
        QTest::qWait(500); // long enough for an answer, if there were one
        QCOMPARE(m_probes->pending(), 1);
        QElapsedTimer timer;
        timer.start();
        m_probes.reset();
        qInfo("ended after %lld ms", timer.elapsed());
        QVERIFY(m_lab->run({u"thaw"_s, u"db3"_s}).ok());
        QVERIFY(timer.elapsed() < 5000 * timeScale);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ProbeLabTest)
#include "tst_probe.moc"
