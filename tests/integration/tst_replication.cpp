#include "tests/integration/replicationlab.h"

#include "models/postgres/versionfacts.h"
#include "tests/integration/serverfacts.h"
#include "tests/support/timescale.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using tests::ReplicationLab;
using tests::timeScale;

constexpr int newestCopier = 15; // the distribution's pg_basebackup

#define SUCCEEDED(record)                                                                                                                            \
    QVERIFY2((record).state == OperationState::Succeeded || (record).state == OperationState::Warning, qPrintable(ReplicationLab::wordsOf(record)))

// Who follows whom, changed on real servers: promote, rebuild by rewind and by copy, remaster, demote, initialise.
class ReplicationTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_herd = std::make_unique<ReplicationLab>();
        // Host 4 has a row, and nothing on its disk.
        m_herd->make(u"trading"_s, 5432, 4, 3);
    }
    void cleanupTestCase() { m_herd.reset(); }

    // What plans are made of; on every version. tst_survey looks closer.
    void whatIsSeen()
    {
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1) && m_herd->streamsFrom(3, 1), 30000);
        const Survey primary = m_herd->survey(1);
        const Survey replica = m_herd->survey(2);
        const QString major = m_herd->lab().postgresVersion();
        for (const Survey& seen : {primary, replica}) {
            QVERIFY2(!seen.error && seen.isComplete && seen.answered, qPrintable(seen.error ? seen.error->text() : QString()));
            QCOMPARE(seen.major, major);
            QCOMPARE(seen.version.value().major(), major);
            QCOMPARE(seen.systemIdentifier, primary.systemIdentifier);
            QCOMPARE(seen.timeline, std::optional(1));
            QCOMPARE(seen.runningTimeline, std::optional(1));
            QVERIFY(seen.position && seen.checkpointLsn && seen.databaseBytes && seen.walLogHints && seen.dataChecksums);
            QCOMPARE(seen.runningBackups, std::optional(0));
            QVERIFY(seen.slots_.empty() && !seen.settings.isEmpty());
        }
        QCOMPARE(primary.inRecovery, std::optional(false));
        QCOMPARE(primary.controlState, u"in production"_s);
        QCOMPARE(primary.followers.size(), size_t(2));
        QCOMPARE(primary.archiverFailing, std::optional(false));
        QCOMPARE(replica.inRecovery, std::optional(true));
        QCOMPARE(replica.controlState, u"in archive recovery"_s);
        QCOMPARE(replica.receiverState, u"streaming"_s);
        QVERIFY(replica.receiveLsn && replica.replayPaused == false && !replica.primaryConninfo.isEmpty());
        QCOMPARE(replica.recoveryConf, major.toInt() < 12);
        QCOMPARE(replica.standbySignal, major.toInt() >= 12);
    }

    void whatIsKnownOfTheVersion() { tests::checkServerFacts(*m_herd); }

    // What every step looks at; on every version. tst_probe looks closer.
    void whatIsProbed()
    {
        const auto follows = [&](const Follower& f) { return f.state == u"streaming"; };
        const Observation primary = m_herd->probe(1);
        QCOMPARE(primary.liveness, Liveness::Online);
        QCOMPARE(primary.role, Role::Primary);
        QCOMPARE(primary.version.value().major(), m_herd->lab().postgresVersion());
        QVERIFY(primary.timeline == 1 && primary.currentLsn && primary.systemIdentifier && primary.postmasterStarted.isValid() && !primary.error);
        QVERIFY(primary.followers.size() == 2 && std::ranges::all_of(primary.followers, follows));
        const Observation replica = m_herd->probe(2);
        QCOMPARE(replica.role, Role::Replica);
        QCOMPARE(replica.receiverState, u"streaming"_s);
        QCOMPARE(replica.upstreamHost, u"trading-vhost"_s);
        QCOMPARE(replica.systemIdentifier, primary.systemIdentifier);
        QVERIFY(replica.timeline == 1 && replica.receiveLsn && replica.replayLsn && !replica.currentLsn && !replica.replayPaused);
        m_herd->sql(2, u"select %1()"_s.arg(versionFacts(*primary.version).pauseReplay));
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->probe(2).replayPaused == true, 20000);
        m_herd->sql(2, u"select %1()"_s.arg(versionFacts(*primary.version).resumeReplay));
        // Crashed: the control file is all there is.
        m_herd->on(3, u"kill -KILL $(head -n 1 %1/postmaster.pid)"_s.arg(m_herd->dataDirectory(3)));
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->probe(3).liveness, Liveness::Offline, 20000);
        const Observation crashed = m_herd->probe(3);
        QCOMPARE(crashed.controlState, u"in archive recovery"_s);
        QCOMPARE(crashed.role, Role::Replica);
        QCOMPARE(crashed.upstreamHost, u"trading-vhost"_s);
        QCOMPARE(crashed.systemIdentifier, primary.systemIdentifier);
        SUCCEEDED(m_herd->lifecycle(LifecycleKind::Start, {3}));
    }

    // On every version; tst_lifecycle looks closer.
    void lifecycle()
    {
        for (const LifecycleKind kind : {LifecycleKind::Stop, LifecycleKind::Start, LifecycleKind::Restart}) {
            const OperationRecord record = m_herd->lifecycle(kind, {1, 2, 3});
            QVERIFY2(record.state == OperationState::Succeeded, qPrintable(ReplicationLab::wordsOf(record)));
        }
        m_herd->sql(2, u"alter system set max_connections = 137"_s);
        const OperationRecord record = m_herd->lifecycle(LifecycleKind::Reload, {2});
        QCOMPARE(record.state, OperationState::Warning);
        QVERIFY2(record.steps.front().message.contains(u"Settings that need a restart: max_connections."_s), qPrintable(ReplicationLab::wordsOf(record)));
        m_herd->sql(2, u"alter system reset max_connections"_s);
        SUCCEEDED(m_herd->lifecycle(LifecycleKind::Reload, {2}));
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1) && m_herd->streamsFrom(3, 1), 30000);
    }

    void promoteLeavesTheRestAlone()
    {
        const OperationRecord record = run(ReplicationKind::Promote, {3});
        SUCCEEDED(record);
        QCOMPARE(m_herd->sql(3, u"select pg_is_in_recovery()"_s), "f");
        QVERIFY(m_herd->streamsFrom(2, 1));
        QVERIFY(!m_herd->streamsFrom(3, 1));
        const OperationRecord again = run(ReplicationKind::Promote, {3});
        QCOMPARE(again.steps.front().state, StepState::Skipped);
    }

    void demoteIsRefusedForTheLeader()
    {
        const Plan plan = m_herd->plan(ReplicationKind::Demote, {1});
        QVERIFY2(plan.whyNotRunnable().contains(u"leads the herd"_s), qPrintable(ReplicationLab::wordsOf(plan)));
    }

    // It was written to after the promotion: only a rewind or a copy brings it back.
    void demote()
    {
        m_herd->sql(3, u"create table parted as select generate_series(1, 1000) as n"_s);
        m_herd->sql(1, u"insert into beat(host) values ('after the promotion')"_s);
        const OperationRecord record = run(ReplicationKind::Demote, {3});
        SUCCEEDED(record);
        QVERIFY(m_herd->streamsFrom(3, 1));
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(3, u"select count(*) from beat where host = 'after the promotion'"_s), "1", 20000);
        QCOMPARE(m_herd->sql(3, u"select count(*) from pg_class where relname = 'parted'"_s), "0");
        noTraces(3);
    }

    void rebuildByCopy()
    {
        // pg_basebackup reads no newer server; of those the lab has none.
        if (m_herd->lab().postgresVersion().toInt() > newestCopier) {
            const Plan refused = m_herd->plan(ReplicationKind::Rebuild, {2}, {}, RebuildMethod::Copy);
            QVERIFY2(ReplicationLab::wordsOf(refused).contains(u"too old for"_s), qPrintable(ReplicationLab::wordsOf(refused)));
            QVERIFY(!refused.whyNotRunnable().isEmpty());
            return;
        }
        const QByteArray before = m_herd->sql(2, u"select pg_postmaster_start_time()"_s);
        m_herd->on(2, u"touch %1/mine"_s.arg(m_herd->dataDirectory(2)));
        const OperationRecord record = run(ReplicationKind::Rebuild, {2}, {}, RebuildMethod::Copy);
        SUCCEEDED(record);
        QVERIFY(m_herd->streamsFrom(2, 1));
        QVERIFY(m_herd->sql(2, u"select pg_postmaster_start_time()"_s) != before);
        QCOMPARE(m_herd->on(2, u"ls %1/mine 2>/dev/null"_s.arg(m_herd->dataDirectory(2))), QString());
        noTraces(2);
    }

    void rebuildInPlace()
    {
        m_herd->sql(2, u"select 1"_s);
        m_herd->sql(1, u"create table since as select generate_series(1, 10000) as n"_s);
        const OperationRecord record = run(ReplicationKind::Rebuild, {2}, {}, RebuildMethod::InPlace);
        SUCCEEDED(record);
        QVERIFY(m_herd->streamsFrom(2, 1));
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(2, u"select count(*) from since"_s), "10000", 20000);
        QCOMPARE(m_herd->sql(1, u"select count(*) from pg_replication_slots"_s), "0");
        noTraces(2);
        noTraces(1);
    }

    void remasterMakesACascadeAndNoCircle()
    {
        const OperationRecord record = run(ReplicationKind::Remaster, {3}, 2);
        SUCCEEDED(record);
        QVERIFY(m_herd->streamsFrom(3, 2));
        QVERIFY(!m_herd->streamsFrom(3, 1));
        const Plan circle = m_herd->plan(ReplicationKind::Remaster, {2}, 3);
        QVERIFY2(circle.whyNotRunnable().contains(u"circle"_s), qPrintable(ReplicationLab::wordsOf(circle)));
        const OperationRecord back = run(ReplicationKind::Remaster, {3}, 1);
        SUCCEEDED(back);
        QVERIFY(m_herd->streamsFrom(3, 1));
    }

    void initialiseANewReplica()
    {
        const OperationRecord record = run(ReplicationKind::Initialise, {4});
        SUCCEEDED(record);
        QVERIFY(m_herd->streamsFrom(4, 1));
        const Plan again = m_herd->plan(ReplicationKind::Initialise, {4});
        QVERIFY2(again.whyNotRunnable().contains(u"never initialised"_s), qPrintable(ReplicationLab::wordsOf(again)));
        noTraces(4);
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
    // Nothing is left beside the data directory.
    void noTraces(int member)
    {
        const QString directory = m_herd->dataDirectory(member);
        QCOMPARE(m_herd->on(member, u"ls -d %1.* %1/elephaas* %1/*.elephaas 2>/dev/null"_s.arg(directory)), QString());
    }

    std::unique_ptr<ReplicationLab> m_herd;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ReplicationTest)
#include "tst_replication.moc"
