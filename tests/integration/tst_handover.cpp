#include "models/postgres/handoverscripts.h"
#include "models/postgres/shellquote.h"
#include "tests/integration/replicationlab.h"
#include "tests/support/timescale.h"

#include <QElapsedTimer>
#include <QScopeGuard>
#include <QTest>

#include <condition_variable>
#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using tests::ReplicationLab;
using tests::timeScale;

namespace {

const std::stop_token never;

int statusOf(const RemoteResult& result)
{
    const auto* exited = std::get_if<Exited>(&result.outcome);
    return exited ? exited->code : -1;
}

QByteArray howItEnded(const RemoteResult& result)
{
    if (const auto* notStarted = std::get_if<NotStarted>(&result.outcome))
        return "not started: " + notStarted->error.what.toUtf8();
    if (const auto* unknown = std::get_if<OutcomeUnknown>(&result.outcome))
        return "unknown: " + unknown->error.what.toUtf8();
    return QByteArray::number(statusOf(result));
}

} // namespace

// The two scripts of a handover on real servers: what either does when the other one does not do its part.
class HandoverTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_herd = std::make_unique<ReplicationLab>();
        m_herd->make(herdName(), port, 3, 3);
        m_herd->sql(1, u"create table t as select 1 as n"_s);
    }
    void cleanupTestCase() { m_herd.reset(); }
    // db1 is the primary, db2 the standby that is to take over; both were before.
    void init()
    {
        m_herd->sql(1, u"truncate t; insert into t values (1)"_s);
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(2, u"select sum(n) from t"_s), "1", 60000);
        m_herd->sql(1, u"insert into t values (2)"_s); // right before the handover
    }

    // By itself the primary would wait for it until wal_sender_timeout is over. The first test: none of the others looks after db3.
    void anotherReplicaHangs()
    {
        m_herd->sql(1, u"alter system set wal_sender_timeout = '10min'"_s);
        m_herd->sql(1, u"select pg_reload_conf()"_s);
        const auto healed = qScopeGuard([this] { m_herd->lab().run({u"thaw"_s, u"db3"_s}); });
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(1, u"show wal_sender_timeout"_s), "10min", 20000);
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(3, 1), 60000);
        QVERIFY(m_herd->lab().run({u"freeze"_s, u"db3"_s}).ok());
        m_herd->sql(1, u"insert into t values (3)"_s);
        QElapsedTimer timer;
        timer.start();
        const RelayResult result = handOver();
        const qint64 took = timer.elapsed();
        QVERIFY(m_herd->lab().run({u"thaw"_s, u"db3"_s}).ok());
        QVERIFY2(statusOf(result.source) == 0 && statusOf(result.target) == 0, m_said.constData());
        QVERIFY2(took < 20000 * timeScale, m_said.constData());
        QVERIFY2(m_said.contains("does not take the rest: its connection was ended."), m_said.constData());
        QCOMPARE(m_herd->sql(2, u"select pg_is_in_recovery(), sum(n) from t group by 1"_s), "f|6");
        m_herd->sql(2, u"delete from t where n = 3"_s);
        handBack();
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(1, u"select pg_is_in_recovery()"_s), "f", 60000);
        m_herd->sql(1, u"alter system reset wal_sender_timeout"_s);
        m_herd->sql(1, u"select pg_reload_conf()"_s);
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->sql(1, u"show wal_sender_timeout"_s) != "10min", 20000);
    }

    // Its receiver does not get the rest: nothing is promoted, and the primary is back.
    void theRestDoesNotCome()
    {
        QVERIFY(m_herd->lab().run({u"exec"_s, u"db2"_s, u"pkill"_s, u"-STOP"_s, u"-f"_s, u"wal ?receiver"_s}).ok());
        m_herd->sql(1, u"insert into t values (4)"_s);
        const RelayResult result = handOver();
        m_herd->lab().run({u"exec"_s, u"db2"_s, u"pkill"_s, u"-CONT"_s, u"-f"_s, u"wal ?receiver"_s});
        QVERIFY2(statusOf(result.source) == 4 && statusOf(result.target) == 3, m_said.constData());
        QCOMPARE(m_herd->sql(1, u"select pg_is_in_recovery(), sum(n) from t group by 1"_s), "f|7");
        QCOMPARE(m_herd->sql(2, u"select pg_is_in_recovery()"_s), "t");
        QVERIFY(!isMarked(1));
    }

    // The same, but it was stopped by somebody else: what this did not stop it does not start.
    void offBefore()
    {
        QVERIFY(m_herd->lab().run({u"exec"_s, u"db2"_s, u"pkill"_s, u"-STOP"_s, u"-f"_s, u"wal ?receiver"_s}).ok());
        m_herd->sql(1, u"insert into t values (4)"_s);
        m_herd->on(1, cluster(u"stop -m fast"_s));
        const RelayResult result = handOver();
        m_herd->lab().run({u"exec"_s, u"db2"_s, u"pkill"_s, u"-CONT"_s, u"-f"_s, u"wal ?receiver"_s});
        QVERIFY2(statusOf(result.source) == 7 && statusOf(result.target) == 3, m_said.constData());
        QVERIFY(!isRunning(1));
        QCOMPARE(m_herd->sql(2, u"select pg_is_in_recovery()"_s), "t");
        m_herd->on(1, u"rm %1/%2"_s.arg(m_herd->dataDirectory(1), sign()));
        m_herd->on(1, cluster(u"start"_s));
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1), 30000);
    }

    void doesNotStopCleanly_data()
    {
        QTest::addColumn<QString>("stop");
        QTest::addColumn<int>("status");
        QTest::newRow("immediate, and is started again") << cluster(u"stop -m immediate"_s) << 4;
        QTest::newRow("not at all") << u"echo nothing is stopped; exit 1"_s << 3;
        QTest::newRow("says that it did") << u"true"_s << 3;
    }
    void doesNotStopCleanly()
    {
        QFETCH(const QString, stop);
        QFETCH(const int, status);
        const RelayResult result = handOver(stop);
        QVERIFY2(statusOf(result.source) == status && statusOf(result.target) == 3, m_said.constData());
        QCOMPARE(m_herd->sql(1, u"select pg_is_in_recovery()"_s), "f");
        QCOMPARE(m_herd->sql(2, u"select pg_is_in_recovery()"_s), "t");
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1), 30000);
    }

    void standbyIsDown()
    {
        m_herd->on(2, cluster(u"stop -m fast"_s));
        const RelayResult result = handOver();
        QVERIFY2(statusOf(result.source) == 3 && statusOf(result.target) == 3, m_said.constData());
        QVERIFY(isRunning(1)); // nothing was stopped
        m_herd->on(2, cluster(u"start"_s));
    }

    // What is to take over is a primary: nothing is stopped.
    void noStandby()
    {
        m_herd->on(3, cluster(u"promote"_s));
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(3, u"select pg_is_in_recovery()"_s), "f", 20000);
        const RelayResult result = handOver({}, 1, 3);
        QVERIFY2(statusOf(result.source) == 3 && statusOf(result.target) == 3, m_said.constData());
        QVERIFY(isRunning(1));
    }

    // Left there by something else: who started it again would get a standby, so it is not stopped.
    void runningWithTheSign()
    {
        const QString sign = m_herd->dataDirectory(1) + (m_herd->lab().postgresVersion().toInt() < 12 ? u"/recovery.conf"_s : u"/standby.signal"_s);
        m_herd->on(1, u"touch "_s + sign);
        const RelayResult result = handOver();
        m_herd->on(1, u"rm "_s + sign);
        QVERIFY2(statusOf(result.source) == 3 && statusOf(result.target) == 3, m_said.constData());
        QVERIFY2(m_said.contains("whoever starts it again gets a standby"), m_said.constData());
        QVERIFY(isRunning(1));
        QCOMPARE(m_herd->sql(1, u"select pg_is_in_recovery()"_s), "f");
    }

    void handsOver()
    {
        const RelayResult result = handOver();
        QVERIFY2(statusOf(result.source) == 0 && statusOf(result.target) == 0, m_said.constData());
        QCOMPARE(m_herd->sql(2, u"select pg_is_in_recovery(), sum(n) from t group by 1"_s), "f|3");
        QCOMPARE(m_herd->survey(1).controlState, u"shut down"_s);
        QVERIFY(!isRunning(1));
        // Somebody's watchdog starts it.
        m_herd->on(1, cluster(u"start"_s));
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(1, u"select pg_is_in_recovery()"_s), "t", 20000);
        m_herd->on(1, cluster(u"stop -m fast"_s));
        // Once more, as after a console that died: there is a primary already, and the old one stays off.
        const RelayResult again = handOver();
        QVERIFY2(statusOf(again.source) == 3 && statusOf(again.target) == 3, m_said.constData());
        QVERIFY(!isRunning(1));
        handBack();
    }

    // Stopped by a first try, of which nothing else came.
    void goesOnAfterTheStop()
    {
        m_herd->on(1, cluster(u"stop -m fast"_s));
        const RelayResult result = handOver();
        QVERIFY2(statusOf(result.source) == 0 && statusOf(result.target) == 0, m_said.constData());
        QCOMPARE(m_herd->sql(2, u"select pg_is_in_recovery(), sum(n) from t group by 1"_s), "f|3");
        handBack();
    }

    void cutOff_data()
    {
        QTest::addColumn<QStringList>("hosts");
        QTest::newRow("the standby") << QStringList{u"db2"_s};
        QTest::newRow("the primary") << QStringList{u"db1"_s};
        QTest::newRow("the console") << QStringList{u"db1"_s, u"db2"_s};
        QTest::newRow("nobody, but it is given up") << QStringList();
    }
    // While the primary is being stopped, the line is cut: it was not told "go", so nobody is promoted, and the primary is back by itself.
    void cutOff()
    {
        QFETCH(const QStringList, hosts);
        forget();
        std::stop_source given;
        std::jthread cut([&] {
            {
                std::unique_lock lock(m_mutex);
                m_heard.wait_for(lock, 30s * timeScale, [this] { return m_said.contains("Stopping it."); });
            }
            for (const QString& host : hosts)
                m_herd->lab().run({u"cut"_s, host});
            if (hosts.isEmpty())
                given.request_stop();
            m_herd->lab().run({u"exec"_s, u"db1"_s, u"touch"_s, u"/tmp/cut"_s});
        });
        const RelayResult result = handOver(u"while [ ! -e /tmp/cut ]; do sleep 0.1; done; "_s + cluster(u"stop -m fast"_s), 1, 2, given.get_token());
        cut.join();
        for (const QString& host : hosts)
            m_herd->lab().run({u"heal"_s, host});
        if (!hosts.contains(u"db1"_s))
            QVERIFY2(statusOf(result.source) == 4, m_said.constData());
        if (!hosts.contains(u"db2"_s))
            QVERIFY2(statusOf(result.target) == 3, m_said.constData());
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(1, u"select pg_is_in_recovery(), sum(n) from t group by 1"_s), "f|3", 60000);
        QVERIFY(!isMarked(1));
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(2, u"select pg_is_in_recovery(), sum(n) from t group by 1"_s), "t|3", 60000);
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1), 60000);
        m_herd->on(1, u"rm -f /tmp/cut"_s);
    }

    // The line to the standby is cut at whatever moment after the stop: there are never two.
    void theStandbyIsCutOff()
    {
        std::jthread cut([this] {
            while (isRunning(1)) { }
            m_herd->lab().run({u"cut"_s, u"db2"_s});
        });
        const RelayResult result = handOver();
        cut.join();
        m_herd->lab().run({u"heal"_s, u"db2"_s});
        const int status = statusOf(result.source);
        QVERIFY2(status == 0 || status == 4 || status == 6, m_said.constData());
        QCOMPARE(isRunning(1), status == 4);
        // What was begun is finished by the next try, or was done.
        QTRY_VERIFY_WITH_TIMEOUT(!m_herd->sql(2, u"select 1"_s).isEmpty(), 30000);
        if (status == 4)
            QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1), 60000);
        handOver();
        QCOMPARE(m_herd->sql(2, u"select pg_is_in_recovery(), sum(n) from t group by 1"_s), "f|3");
        QVERIFY(!isRunning(1));
        handBack();
    }

    // Without the primary.
    void takesOver()
    {
        m_herd->lab().run({u"kill"_s, u"db1"_s});
        const RemoteResult result = run(2, takeOverScript(standby(2)));
        QVERIFY2(statusOf(result) == 0, result.errors.head.constData());
        QCOMPARE(result.output.head, "promoting\npromoted\n");
        QCOMPARE(m_herd->sql(2, u"select pg_is_in_recovery()"_s), "f");
        QCOMPARE(statusOf(run(2, takeOverScript(standby(2)))), 3); // is none any more
    }

private:
    static constexpr int port = 5455;
    static QString herdName() { return u"handover"_s; }
    QString cluster(const QString& what) const { return u"pg_ctlcluster %1 %2 %3 2>&1"_s.arg(m_herd->lab().postgresVersion(), herdName(), what); }
    bool isRunning(int member) const { return !m_herd->on(member, u"cat %1/postmaster.pid 2>/dev/null"_s.arg(m_herd->dataDirectory(member))).isEmpty(); }
    bool hasRecoveryConf() const { return standby(1).facts.standbyConfiguration == StandbyConfiguration::RecoveryConf; }
    QString sign() const { return hasRecoveryConf() ? u"recovery.conf"_s : u"standby.signal"_s; }
    bool isMarked(int member) const { return m_herd->on(member, u"ls %1/%2"_s.arg(m_herd->dataDirectory(member), sign())).contains(sign()); }
    // db2 was handed to; what was stopped cleanly before can follow it as it is, and takes over again.
    void handBack()
    {
        const QString line = u"primary_conninfo = 'host=db2 port=%1 user=replicator application_name=db1'"_s.arg(port);
        const bool isOld = hasRecoveryConf();
        m_herd->on(1, (isOld ? u"printf '%s\\n' \"standby_mode = 'on'\" \"recovery_target_timeline = 'latest'\" \"%2\" >%1/recovery.conf"_s
                             : u"echo \"%2\" >>%1/postgresql.auto.conf; : >%1/standby.signal"_s).arg(m_herd->dataDirectory(1), line));
        m_herd->on(1, cluster(u"start"_s));
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(1, 2), 30000);
        const RelayResult back = handOver({}, 2, 1);
        QVERIFY2(statusOf(back.source) == 0 && statusOf(back.target) == 0, m_said.constData());
        m_herd->on(2, isOld ? u"mv %1/recovery.done %1/recovery.conf"_s.arg(m_herd->dataDirectory(2)) : u": >%1/standby.signal"_s.arg(m_herd->dataDirectory(2)));
        m_herd->on(2, cluster(u"start"_s));
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1), 30000);
    }
    RemoteTarget target(int member) const { return {u"db%1"_s.arg(member), m_herd->lab().remoteUser(), 0}; }
    RemoteResult run(int member, const QByteArray& script) const
    {
        return m_herd->shell().run({.target = target(member), .command = "exec /bin/sh -s", .input = script, .timeout = 60s * timeScale}, {}, never);
    }

    HandoverStandby standby(int member) const
    {
        const auto version = PgVersion::parse(m_herd->lab().postgresVersion());
        return {.dataDirectory = m_herd->dataDirectory(member),
            .psql = "psql -XAtqw -d postgres -p " + QByteArray::number(port),
            .facts = versionFacts(version.value_or(PgVersion{15, 0, 0})),
            .replayPatience = 3s * timeScale,
            .promotePatience = 30s * timeScale};
    }
    void forget()
    {
        const std::scoped_lock lock(m_mutex);
        m_said.clear();
    }
    RelayResult handOver(const QString& stop = {}, int from = 1, int to = 2, const std::stop_token& giveUp = never)
    {
        const HandoverPrimary primary{.dataDirectory = m_herd->dataDirectory(from),
            .shell = "exec env -- sh -c 'echo \"sudo: unable to resolve host\" >&2; exec /bin/sh -s'", // as one that warns first
            .controldata = u"/usr/lib/postgresql/%1/bin/pg_controldata"_s.arg(m_herd->lab().postgresVersion()),
            .stop = (stop.isEmpty() ? cluster(u"stop -m fast"_s) : stop).toUtf8(),
            .start = cluster(u"start"_s).toUtf8(),
            .facts = standby(from).facts,
            .patience = 1s,
            .replayPatience = 3s * timeScale,
            .promotePatience = 30s * timeScale,
            .otherFollowers = {m_herd->lab().databaseHosts().at(2).address, u"not'an address"_s}};
        const auto command = [this](int member, const QByteArray& script) {
            return RemoteCommand{.target = target(member), .command = "exec /bin/sh -c " + shellQuote(QString::fromUtf8(script)), .timeout = 90s * timeScale};
        };
        forget();
        QElapsedTimer timer;
        timer.start();
        const auto sink = [&](OutputStream, QByteArrayView bytes) {
            const std::scoped_lock lock(m_mutex);
            m_said += QByteArray::number(timer.elapsed()) + ": " + bytes.toByteArray();
            m_heard.notify_all();
        };
        const RelayResult result = m_herd->shell().relay(
            command(from, handoverPrimaryScript(primary)), command(to, handoverStandbyScript(standby(to))), sink, sink, {}, giveUp, RelayKind::Conversation);
        m_said += QByteArray::number(timer.elapsed()) + ": primary " + howItEnded(result.source) + ", standby " + howItEnded(result.target);
        return result;
    }

    std::unique_ptr<ReplicationLab> m_herd;
    std::mutex m_mutex;
    std::condition_variable m_heard;
    QByteArray m_said; // by both, while they talk
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::HandoverTest)
#include "tst_handover.moc"
