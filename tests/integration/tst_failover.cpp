#include "tests/integration/replicationlab.h"
#include "models/postgres/standbyscripts.h"
#include "tests/support/timescale.h"
#include "tests/support/writer.h"

#include <QJsonObject>
#include <QTest>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using tests::ReplicationLab;
using tests::timeScale;
using tests::Writer;

#define SUCCEEDED(record)                                                                                                                            \
    QVERIFY2((record).state == OperationState::Succeeded || (record).state == OperationState::Warning, qPrintable(ReplicationLab::wordsOf(record)))

// Switchovers and failovers of a real herd with a real DNS, with an application that writes all the time.
class FailoverTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_herd = std::make_unique<ReplicationLab>();
        m_herd->make(u"trading"_s, 5432, 3, 3);
        m_herd->sql(1, u"create table acked (n bigint)"_s);
        // db3 reads through a slot, which has to move along.
        m_herd->sql(1, u"select pg_create_physical_replication_slot('db3', true)"_s);
        const bool isOld = m_herd->lab().postgresVersion().toDouble() < 12;
        m_herd->on(3, u"echo \"primary_slot_name = 'db3'\" >>%1/%2; pg_ctlcluster %3 trading restart -m fast"_s.arg(
                          m_herd->dataDirectory(3), isOld ? u"recovery.conf"_s : u"postgresql.auto.conf"_s, m_herd->lab().postgresVersion()));
        if (qEnvironmentVariableIsSet("ELEPHAAS_EVENTS")) {
            m_herd->onEvent = [](const OperationEvent& event) {
                if (const auto* progress = std::get_if<StepProgress>(&event))
                    qInfo("step %d: %s", progress->step, qPrintable(progress->message));
                if (const auto* output = std::get_if<StepOutput>(&event))
                    qInfo("step %d: %s", output->step, output->bytes.trimmed().constData());
            };
        }
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1) && m_herd->streamsFrom(3, 1), 60000);
    }
    void cleanupTestCase() { m_herd.reset(); }

    // There and back: the old primary joins at once.
    void switchesOver_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("to");
        QTest::addColumn<OldPrimary>("old");
        QTest::newRow("there, and it joins") << 1 << 2 << OldPrimary::Rejoin;
        QTest::newRow("back, and it stays off") << 2 << 1 << OldPrimary::LeaveOff;
    }
    void switchesOver()
    {
        QFETCH(const int, from);
        QFETCH(const int, to);
        QFETCH(const OldPrimary, old);
        Writer writer(conninfo());
        QTRY_VERIFY_WITH_TIMEOUT(writer.count() > 20, 30000 * timeScale);
        const Plan plan = m_herd->plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(to)}, .oldPrimary = old});
        QVERIFY2(plan.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(plan)));
        QCOMPARE(Plan::fromJson(plan.toJson()).value(), plan);
        writer.forget();
        const OperationRecord record = m_herd->run(plan);
        SUCCEEDED(record);
        QCOMPARE(m_herd->sql(to, u"select pg_is_in_recovery()"_s), "f");
        const qint64 before = writer.count();
        QTRY_VERIFY_WITH_TIMEOUT(writer.count() > before + 20, 30000 * timeScale);
        writer.stop();
        qInfo("the longest time between two commits was %lld ms", static_cast<long long>(writer.longestGap().count() / 1000));
        nothingIsLost(writer, to);
        QVERIFY(pointsTo(to));
        QVERIFY(m_herd->streamsFrom(3, to));
        QCOMPARE(m_herd->streamsFrom(from, to), old == OldPrimary::Rejoin);
        const QString slots_ = u"select slot_name || ' ' || active from pg_replication_slots"_s;
        QCOMPARE(m_herd->sql(to, slots_), "db3 true");
        if (old == OldPrimary::Rejoin)
            QCOMPARE(m_herd->sql(from, slots_), "");
        QVERIFY2(ReplicationLab::wordsOf(record).contains(u"Nobody could write for"_s), qPrintable(ReplicationLab::wordsOf(record)));
        if (old == OldPrimary::LeaveOff) {
            QCOMPARE(m_herd->survey(from).controlState, u"shut down"_s);
            SUCCEEDED(m_herd->lifecycle(LifecycleKind::Start, {from})); // as a standby, which it was configured as
            QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(from, to), 60000);
        }
        // Once more: there is nothing to do.
        QVERIFY(!m_herd->plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(to)}}).whyNotRunnable().isEmpty());
    }

    // There and back, and each replica finds the primary by the name that moves along.
    void followsByName()
    {
        m_herd->upstreamHost = UpstreamHost::VirtualHost;
        for (const int to : {2, 1}) {
            const int from = 3 - to;
            const OperationRecord record = m_herd->run(m_herd->plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(to)}, .oldPrimary = OldPrimary::Rejoin}));
            SUCCEEDED(record);
            QVERIFY(pointsTo(to) && m_herd->streamsFrom(3, to) && m_herd->streamsFrom(from, to));
            for (const int member : {from, 3})
                QVERIFY(m_herd->sql(member, u"select conninfo from pg_stat_wal_receiver"_s).contains("host=trading-vhost.db.lab.test "));
        }
        m_herd->upstreamHost = UpstreamHost::Server;
        const auto answer = [&](const char* name, const char* target) { return m_herd->on(3, QString::fromUtf8(nameLeadsScript(QString::fromLatin1(name), QString::fromLatin1(target), {}))); };
        QVERIFY(answer("trading-vhost.db.lab.test", "db1.db.lab.test").startsWith(u"trading-vhost.db.lab.test leads to "_s));
        QVERIFY(answer("trading-vhost.db.lab.test", "db2.db.lab.test").endsWith(u", which is not db2.db.lab.test."_s));
        QVERIFY(answer("trading-vhost.db.lab.test", "nowhere.db.lab.test").endsWith(u", which is not nowhere.db.lab.test."_s));
        QVERIFY(answer("nowhere.db.lab.test", "nowhere.db.lab.test").contains(u"leads to no address"_s));
        QVERIFY(answer("x$(echo y) 'z'", "db1.db.lab.test").startsWith(u"x$(echo y) 'z' leads to no address"_s));
    }

    // What DNS refuses, it refuses before anything stops.
    void dnsRefuses()
    {
        Plan plan = m_herd->plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}});
        QVERIFY2(plan.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(plan)));
        for (Step& step : plan.steps) {
            if (auto* alias = std::get_if<ChangeAlias>(&step.action))
                alias->change.from = u"elsewhere.db.lab.test"_s; // as if it had been changed since
        }
        const OperationRecord record = m_herd->run(plan);
        QCOMPARE(record.state, OperationState::Failed);
        QVERIFY2(ReplicationLab::wordsOf(record).contains(u"no longer points to"_s), qPrintable(ReplicationLab::wordsOf(record)));
        QCOMPARE(m_herd->sql(1, u"select pg_is_in_recovery()"_s), "f");
        QVERIFY(m_herd->streamsFrom(2, 1) && m_herd->streamsFrom(3, 1));
        QVERIFY(pointsTo(1));
    }

    // The rest does not get to the candidate: nothing is promoted, the old primary runs again, and the name stays.
    void theRestDoesNotCome()
    {
        const Plan plan = m_herd->plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}});
        QVERIFY2(plan.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(plan)));
        Writer writer(conninfo());
        QTRY_VERIFY_WITH_TIMEOUT(writer.count() > 20, 30000 * timeScale);
        QVERIFY(m_herd->lab().run({u"exec"_s, u"db2"_s, u"pkill"_s, u"-STOP"_s, u"-f"_s, u"walreceiver"_s}).ok());
        const OperationRecord record = m_herd->run(plan);
        m_herd->lab().run({u"exec"_s, u"db2"_s, u"pkill"_s, u"-CONT"_s, u"-f"_s, u"walreceiver"_s});
        QCOMPARE(record.state, OperationState::Failed);
        QVERIFY2(ReplicationLab::wordsOf(record).contains(u"Starting it again"_s), qPrintable(ReplicationLab::wordsOf(record)));
        QCOMPARE(m_herd->sql(1, u"select pg_is_in_recovery()"_s), "f");
        QCOMPARE(m_herd->sql(2, u"select pg_is_in_recovery()"_s), "t");
        QVERIFY(pointsTo(1));
        const qint64 before = writer.count();
        QTRY_VERIFY_WITH_TIMEOUT(writer.count() > before + 20, 30000 * timeScale);
        writer.stop();
        nothingIsLost(writer, 1);
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1) && m_herd->streamsFrom(3, 1), 60000);
    }

    // Given up at a step, and continued: before the handover, and when it was made.
    void goesOn_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("to");
        QTest::addColumn<QString>("at"); // the step that is cancelled, or whose end is the last thing that is done
        QTest::newRow("before anything stops") << 1 << 2 << u"Ask whether "_s;
        QTest::newRow("while it hands over, which goes to its end") << 2 << 1 << u"Hand over "_s;
        // Nobody sends db3 anything then, and its control file need not know the timeline that it is on.
        QTest::newRow("a follower is configured, and does not know") << 1 << 2 << u"Configure trading on db3"_s;
        QTest::newRow("the same, and back") << 2 << 1 << u"Configure trading on db3"_s;
    }
    void goesOn()
    {
        QFETCH(const int, from);
        QFETCH(const int, to);
        QFETCH(const QString, at);
        const Plan plan = m_herd->plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(to)}, .oldPrimary = OldPrimary::Rejoin});
        QVERIFY2(plan.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(plan)));
        const auto last = std::ranges::find_if(plan.steps, [&](const Step& step) { return step.title.startsWith(at); });
        QVERIFY(last != plan.steps.end());
        m_herd->onEvent = [&](const OperationEvent& event) {
            const auto* finished = std::get_if<StepFinished>(&event);
            const auto* output = std::get_if<StepOutput>(&event);
            if ((finished && finished->record.number == last->id) || (output && output->step == last->id))
                m_herd->runner().cancel(plan.id);
        };
        const OperationRecord record = m_herd->run(plan);
        m_herd->onEvent = {};
        QCOMPARE(record.state, OperationState::Cancelled);
        QCOMPARE(m_herd->sql(to, u"select pg_is_in_recovery()"_s), at.startsWith(u"Ask"_s) ? "t" : "f");
        Writer writer(conninfo());
        QTRY_VERIFY_WITH_TIMEOUT(writer.count() > 20, 30000 * timeScale);
        const Plan again = m_herd->again(record);
        QVERIFY2(again.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(again)));
        const OperationRecord continued = m_herd->run(again);
        SUCCEEDED(continued);
        QCOMPARE(m_herd->sql(to, u"select pg_is_in_recovery()"_s), "f");
        QVERIFY(pointsTo(to) && m_herd->streamsFrom(3, to) && m_herd->streamsFrom(from, to));
        const qint64 before = writer.count();
        QTRY_VERIFY_WITH_TIMEOUT(writer.count() > before + 20, 30000 * timeScale);
        writer.stop();
        nothingIsLost(writer, to);
    }

    // Somebody let the name point elsewhere; it points to the primary again, whichever member is asked for.
    void refreshesDns()
    {
        const auto found = m_herd->dns().read(u"trading-vhost.db.lab.test"_s, {});
        QVERIFY(found);
        QVERIFY(m_herd->dns().replace({.name = found->name, .zone = found->zone, .from = found->primary.target, .to = u"db3.db.lab.test"_s}, {}));
        const ReplicationRequest request{.kind = ReplicationKind::RefreshDns, .instances = {InstanceId(2)}};
        const Plan plan = m_herd->plan(request);
        QVERIFY2(plan.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(plan)));
        SUCCEEDED(m_herd->run(plan));
        QVERIFY(pointsTo(1));
        QVERIFY(m_herd->plan(request).steps.empty()); // nothing to do
    }

    // The primary's host loses power while something is written.
    void failsOver()
    {
        const int from = m_herd->sql(1, u"select pg_is_in_recovery()"_s) == "f" ? 1 : 2;
        const int to = 3 - from;
        const QString host = u"db%1"_s.arg(from);
        QVERIFY2(!m_herd->plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(to)}}).whyNotRunnable().isEmpty(), "it still runs");
        Writer writer(conninfo());
        QTRY_VERIFY_WITH_TIMEOUT(writer.count() > 20, 30000 * timeScale);
        m_herd->lab().run({u"cut"_s, u"db3"_s}); // else it is chance which of the two the last bytes reach, and the other one could not follow
        m_herd->lab().run({u"kill"_s, host});
        m_herd->lab().run({u"heal"_s, u"db3"_s});
        Plan plan = m_herd->plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(to)}});
        // Nobody can know whether it is off: a person has to say so.
        QVERIFY2(plan.whyNotRunnable().contains(u"is off is not known"_s), qPrintable(ReplicationLab::wordsOf(plan)));
        std::ranges::find_if(plan.findings, [](const Finding& finding) { return finding.severity == Severity::Blocker && finding.check == "split-brain"_L1; })->reason = u"its power is off"_s;
        QVERIFY2(plan.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(plan)));
        const OperationRecord record = m_herd->run(plan);
        SUCCEEDED(record);
        QCOMPARE(m_herd->sql(to, u"select pg_is_in_recovery()"_s), "f");
        QVERIFY(m_herd->streamsFrom(3, to));
        QVERIFY(pointsTo(to));
        const qint64 before = writer.count();
        QTRY_VERIFY_WITH_TIMEOUT(writer.count() > before + 20, 60000 * timeScale);
        writer.stop();
        m_herd->lab().run({u"start"_s, host, u"--bare"_s});
    }

private:
    QByteArray conninfo() const
    {
        return "host=db1,db2,db3 port=5432 user=postgres dbname=postgres target_session_attrs=read-write connect_timeout=2 tcp_user_timeout=3000";
    }
    bool pointsTo(int member) const
    {
        const auto reading = m_herd->dns().read(u"trading-vhost.db.lab.test"_s, {});
        return reading && reading->agreesOn(u"db%1.db.lab.test"_s.arg(member));
    }
    void nothingIsLost(const Writer& writer, int member) const
    {
        const std::vector<qint64> acknowledged = writer.acknowledged();
        QByteArrayList numbers;
        for (const qint64 number : acknowledged)
            numbers << QByteArray::number(number);
        const QByteArray there = m_herd->sql(member, u"select count(distinct n) from acked where n = any('{%1}')"_s.arg(QString::fromLatin1(numbers.join(','))));
        m_herd->sql(member, u"truncate acked"_s);
        QCOMPARE(there, QByteArray::number(static_cast<qlonglong>(acknowledged.size())));
    }

    std::unique_ptr<ReplicationLab> m_herd;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::FailoverTest)
#include "tst_failover.moc"
