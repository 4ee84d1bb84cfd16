#include "app/adapters/inventory/pgherdlocks.h"
#include "app/adapters/inventory/pgstore.h"
#include "tests/integration/replicationlab.h"
#include "tests/support/postgresserver.h"
#include "tests/support/timescale.h"

#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using tests::ReplicationLab;
using tests::timeScale;

#define SUCCEEDED(record)                                                                                                                            \
    QVERIFY2((record).state == OperationState::Succeeded || (record).state == OperationState::Warning, qPrintable(ReplicationLab::wordsOf(record)))

// Herds in a state in which not everything can be done: what the plan says to it, and what works all the same.
class TroublesTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_herd = std::make_unique<ReplicationLab>();
        m_herd->make(u"trading"_s, 5432, 3, 3);
    }
    void cleanupTestCase() { m_herd.reset(); }
    void init() { QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1) && m_herd->streamsFrom(3, 1), 60000); }

    // The right one is used without ever being shown.
    void replicationPassword()
    {
        const QString secret = u"q'ä \"% s3cret"_s;
        m_herd->sql(1, u"alter role replicator password '%1'"_s.arg(QString(secret).replace(u'\'', u"''"_s)));
        accessRule(u"host all,replication replicator all scram-sha-256"_s);
        const auto refused = [&] { return m_herd->plan(ReplicationKind::Rebuild, {3}, {}, RebuildMethod::Copy); };
        const Plan without = refused();
        QVERIFY(!without.whyNotRunnable().isEmpty());
        QVERIFY2(ReplicationLab::wordsOf(without).contains(u"no password supplied"_s), qPrintable(ReplicationLab::wordsOf(without)));
        configuredPassword(u"wrong"_s);
        const Plan wrong = refused();
        QVERIFY(!wrong.whyNotRunnable().isEmpty());
        QVERIFY2(ReplicationLab::wordsOf(wrong).contains(u"password authentication failed"_s), qPrintable(ReplicationLab::wordsOf(wrong)));
        configuredPassword(secret);
        const Plan right = m_herd->plan(ReplicationKind::Rebuild, {3}, {}, RebuildMethod::Copy);
        QVERIFY2(right.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(right)));
        const OperationRecord record = m_herd->run(right);
        SUCCEEDED(record);
        QVERIFY(m_herd->streamsFrom(3, 1));
        QVERIFY(m_herd->sql(3, u"show primary_conninfo"_s).contains("s3cret"));
        QVERIFY(!QJsonDocument(record.plan).toJson().contains("s3cret"));
        QVERIFY(!ReplicationLab::wordsOf(record).contains(u"s3cret"_s));
        for (const StepRecord& step : record.steps)
            QVERIFY(!step.output.contains("s3cret"));
        noAccessRule();
    }

    // Of what stands in a file that is not written anew the password counts and the name of the slot, which is made; no target stays in force.
    void settingsInOtherFiles()
    {
        m_herd->sql(1, u"alter role replicator password 's3cret_there'"_s);
        accessRule(u"host all,replication replicator all scram-sha-256"_s);
        control(3, u"stop -m fast"_s);
        const QString file = m_herd->configDirectory() + u"/conf.d/left.conf"_s;
        m_herd->on(3, u"sed -i /^primary_conninfo/d %1/postgresql.auto.conf; mkdir -p ${0%/*}; cat >%2 <<\"END\"\n"
                      "primary_conninfo = 'postgresql://replicator:s3cret_there@db1/?application_name=db3'\nprimary_slot_name = 'its_slot'\n"
                      "recovery_target_time = '2020-01-01'\nrecovery_target_action = 'promote'\nEND"_s.arg(m_herd->dataDirectory(3), file).replace(u"${0%/*}"_s, file.section(u'/', 0, -2)));
        const Plan plan = m_herd->plan(ReplicationKind::Remaster, {3}, 1);
        QVERIFY2(ReplicationLab::wordsOf(plan).contains(u"recovery_target_time = 2020-01-01"_s), qPrintable(ReplicationLab::wordsOf(plan)));
        const OperationRecord record = m_herd->run(plan);
        SUCCEEDED(record);
        QVERIFY(m_herd->streamsFrom(3, 1));
        QCOMPARE(m_herd->sql(3, u"select pg_is_in_recovery(), current_setting('primary_slot_name'), current_setting('recovery_target_time')"_s), "t|its_slot|");
        QCOMPARE(m_herd->sql(1, u"select slot_name || ' ' || active from pg_replication_slots"_s), "its_slot true");
        QVERIFY(m_herd->sql(3, u"show primary_conninfo"_s).contains("s3cret_there"));
        QVERIFY(!QJsonDocument(record.plan).toJson().contains("s3cret_there"));
        control(3, u"stop -m fast"_s);
        m_herd->on(3, u"rm %1; sed -i /^primary_slot_name/d %2/postgresql.auto.conf"_s.arg(file, m_herd->dataDirectory(3)));
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(1, u"select count(*) from pg_replication_slots where active"_s), "0", 30000);
        m_herd->sql(1, u"select pg_drop_replication_slot('its_slot')"_s);
        QCOMPARE(m_herd->sql(1, u"select count(*) from pg_replication_slots"_s), "0");
        control(3, u"start"_s);
        noAccessRule();
    }

    // A replica with a slot has one afterwards, too, and nothing of it is left where it is not used.
    void theSlotComesAlong()
    {
        const QString slots_ = u"select string_agg(slot_name || ' ' || active, ',') from pg_replication_slots"_s;
        m_herd->sql(3, u"alter system set primary_slot_name = 'db3'"_s);
        for (const bool isThere : {false, true}) {
            if (isThere) // it reads from there while the copy is made
                QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(1, slots_), "db3 true", 30000);
            SUCCEEDED(m_herd->run(ReplicationKind::Rebuild, {3}, 1, isThere ? RebuildMethod::Copy : RebuildMethod::InPlace));
            QVERIFY(m_herd->streamsFrom(3, 1));
            QCOMPARE(m_herd->sql(3, u"show primary_slot_name"_s), "db3");
            QCOMPARE(m_herd->sql(1, slots_), "db3 true");
        }
        m_herd->sql(3, u"alter system reset primary_slot_name"_s);
        control(3, u"restart -m fast"_s);
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(1, slots_), "db3 false", 30000);
        m_herd->sql(1, u"select pg_drop_replication_slot('db3')"_s);
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(3, 1), 30000);
    }

    void accessIsRefused()
    {
        accessRule(u"host all,replication replicator all reject"_s);
        const Plan plan = m_herd->plan(ReplicationKind::Remaster, {3}, 1);
        const Plan rebuild = m_herd->plan(ReplicationKind::Rebuild, {3});
        noAccessRule();
        QVERIFY(!rebuild.whyNotRunnable().isEmpty());
        QVERIFY2(ReplicationLab::wordsOf(rebuild).contains(u"pg_hba.conf rejects"_s), qPrintable(ReplicationLab::wordsOf(rebuild)));
    }

    void aSupervisorIsInCharge_data()
    {
        QTest::addColumn<QString>("program");
        QTest::addColumn<QString>("name");
        QTest::addColumn<ReplicationKind>("kind");
        QTest::newRow("Patroni, rebuild") << u"patroni"_s << u"Patroni"_s << ReplicationKind::Rebuild;
        QTest::newRow("Patroni, promote") << u"patroni"_s << u"Patroni"_s << ReplicationKind::Promote;
        QTest::newRow("Patroni, follow") << u"patroni"_s << u"Patroni"_s << ReplicationKind::Remaster;
        QTest::newRow("repmgrd, promote") << u"repmgrd"_s << u"repmgrd"_s << ReplicationKind::Promote;
        QTest::newRow("pg_autoctl, promote") << u"pg_autoctl"_s << u"pg_auto_failover"_s << ReplicationKind::Promote;
    }
    void aSupervisorIsInCharge()
    {
        QFETCH(const QString, program);
        QFETCH(const QString, name);
        QFETCH(const ReplicationKind, kind);
        m_herd->on(3, u"cp /bin/sleep /tmp/%1 && { setsid /tmp/%1 600 </dev/null >/dev/null 2>&1 & echo $! >/tmp/%1.pid; }"_s.arg(program));
        const Plan plan = m_herd->plan(kind, {3}, kind == ReplicationKind::Remaster ? std::optional(2) : std::nullopt);
        QVERIFY2(plan.whyNotRunnable().contains(name), qPrintable(ReplicationLab::wordsOf(plan)));
        m_herd->on(3, u"kill $(cat /tmp/%1.pid); rm /tmp/%1 /tmp/%1.pid"_s.arg(program));
    }

    void sourceInRecovery()
    {
        const Plan plan = m_herd->plan(ReplicationKind::Rebuild, {3}, 2);
        QVERIFY2(ReplicationLab::wordsOf(plan).contains(u"is in recovery"_s), qPrintable(ReplicationLab::wordsOf(plan)));
        QVERIFY(!hasStep(plan, u"Rewind"_s));
        const OperationRecord record = m_herd->run(plan);
        SUCCEEDED(record);
        QVERIFY(m_herd->streamsFrom(3, 2));
        SUCCEEDED(m_herd->run(ReplicationKind::Rebuild, {3}, 2, RebuildMethod::InPlace));
        QVERIFY(m_herd->streamsFrom(3, 2));
        SUCCEEDED(m_herd->run(ReplicationKind::Remaster, {3}, 1));
    }

    void neitherHintsNorChecksums()
    {
        m_herd->sql(3, u"alter system set wal_log_hints = off"_s);
        control(3, u"restart -m fast"_s);
        part(3);
        const Plan plan = m_herd->plan(ReplicationKind::Demote, {3});
        QVERIFY2(ReplicationLab::wordsOf(plan).contains(u"neither wal_log_hints nor data checksums"_s), qPrintable(ReplicationLab::wordsOf(plan)));
        QVERIFY(!hasStep(plan, u"Rewind"_s));
        const OperationRecord record = m_herd->run(plan);
        SUCCEEDED(record);
        isAsTheOthers(3);
        m_herd->sql(3, u"alter system reset wal_log_hints"_s);
        control(3, u"restart -m fast"_s);
    }

    // It fell behind, and the source has removed what it would need: it cannot catch up, and pg_rewind would say that nothing is to be done.
    void missingWal()
    {
        control(3, u"stop -m fast"_s);
        removeWal();
        const OperationRecord record = m_herd->run(ReplicationKind::Rebuild, {3});
        SUCCEEDED(record);
        QVERIFY2(ReplicationLab::wordsOf(record).contains(u"no longer has"_s), qPrintable(ReplicationLab::wordsOf(record)));
        isAsTheOthers(3);
    }

    // The same after it parted.
    void missingWalAfterItParted()
    {
        part(3);
        removeWal();
        const OperationRecord record = m_herd->run(ReplicationKind::Demote, {3});
        SUCCEEDED(record);
        QVERIFY2(ReplicationLab::wordsOf(record).contains(u"no longer has"_s), qPrintable(ReplicationLab::wordsOf(record)));
        isAsTheOthers(3);
    }

    void crashedAfterItParted()
    {
        part(3);
        m_herd->on(3, u"kill -9 $(head -1 %1/postmaster.pid)"_s.arg(m_herd->dataDirectory(3)));
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->sql(3, u"select 1"_s).isEmpty(), 20000);
        Plan plan = m_herd->plan(ReplicationKind::Rebuild, {3});
        for (Finding& finding : plan.findings)
            finding.reason = u"it parted, and is given up"_s;
        QVERIFY2(plan.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(plan)));
        const OperationRecord record = m_herd->run(plan);
        SUCCEEDED(record);
        isAsTheOthers(3);
    }

    // Its host dies in the middle of a rewind, and starts what it finds when it is back.
    void powerFailsInARewind()
    {
        part(3);
        m_herd->sql(1, u"create table big as select repeat(md5(n::text), 30) from generate_series(1, 60000) as n"_s);
        const Plan plan = m_herd->plan(ReplicationKind::Demote, {3});
        QVERIFY2(hasStep(plan, u"Rewind"_s), qPrintable(ReplicationLab::wordsOf(plan)));
        QVERIFY(m_herd->runner().start({.plan = plan}));
        // A new file of the source is there in part: pg_rewind has begun to write.
        const QString big = QString::fromUtf8(m_herd->sql(1, u"select pg_relation_filepath('big')"_s));
        QVERIFY(m_herd->on(3, u"n=0; until [ -s %1/%2 ] || [ $((n += 1)) -gt 3000 ]; do sleep 0.01; done; ls %1/%2"_s.arg(m_herd->dataDirectory(3), big)).contains(big));
        m_herd->lab().run({u"kill"_s, u"db3"_s});
        m_herd->lab().run({u"start"_s, u"db3"_s});
        m_herd->runner().waitUntilIdle();
        const QString kept = m_herd->on(3, u"ls %1.*"_s.arg(m_herd->dataDirectory(3)));
        QVERIFY2(kept.contains(u"begun"_s) && !kept.contains(u"through"_s), qPrintable(kept));
        const QString log = m_herd->on(3, u"tail -n 5 /var/log/postgresql/*trading.log"_s);
        QVERIFY2(m_herd->sql(3, u"select 1"_s).isEmpty() && log.contains(u"has invalid permissions"_s), qPrintable(log));
        const Observation seen = m_herd->probe(3);
        QVERIFY2(seen.liveness == Liveness::Offline && seen.error && seen.error->what.contains(u"half of two servers"_s),
            qPrintable(seen.error ? seen.error->text() : u"nothing is said of it"_s));
        Plan again = plan;
        again.id = QUuid::createUuid();
        again.continues = plan.id;
        const OperationRecord record = m_herd->run(again);
        SUCCEEDED(record);
        QVERIFY2(ReplicationLab::wordsOf(record).contains(u"an earlier rewind broke off"_s), qPrintable(ReplicationLab::wordsOf(record)));
        isAsTheOthers(3);
        m_herd->sql(1, u"drop table big"_s);
    }

    // What only it has is lost: refused, until somebody gives a reason; and then a rewind would change nothing.
    void aheadOnTheSameTimeline()
    {
        const QString one = m_herd->dataDirectory(1);
        control(1, u"stop -m fast"_s);
        m_herd->on(1, u"cp -a %1 %1.before"_s.arg(one));
        control(1, u"start"_s);
        m_herd->sql(1, u"create table later as select generate_series(1, 1000) as n"_s);
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(3, u"select count(*) from later"_s), "1000", 60000);
        for (const int member : {3, 2, 1})
            control(member, u"stop -m fast"_s);
        m_herd->on(1, u"rm -rf %1 && mv %1.before %1"_s.arg(one));
        for (const int member : {1, 2, 3})
            control(member, u"start"_s);
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(3, u"select pg_is_in_recovery()"_s), "t", 20000);
        const Plan remaster = m_herd->plan(ReplicationKind::Remaster, {3}, 1);
        QVERIFY2(remaster.whyNotRunnable().contains(u"ahead of"_s), qPrintable(ReplicationLab::wordsOf(remaster)));
        // Both before one of them runs: a copy makes the primary write, and pass where they are.
        std::map<int, Plan> plans;
        for (const int member : {2, 3}) {
            Plan plan = m_herd->plan(ReplicationKind::Rebuild, {member});
            QVERIFY2(plan.whyNotRunnable().contains(u"ahead of"_s), qPrintable(ReplicationLab::wordsOf(plan)));
            QVERIFY(!hasStep(plan, u"Rewind"_s));
            for (Finding& finding : plan.findings)
                finding.reason = u"the primary was restored on purpose"_s;
            QVERIFY2(plan.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(plan)));
            plans.emplace(member, plan);
        }
        for (const auto& [member, plan] : plans) {
            SUCCEEDED(m_herd->run(plan));
            QVERIFY(m_herd->streamsFrom(member, 1));
            QCOMPARE(m_herd->sql(member, u"select count(*) from pg_class where relname = 'later'"_s), "0");
        }
    }

    // Who is promoted begins a timeline: whoever has more than it began with cannot follow, and what was promoted apart never can.
    void timelines()
    {
        const auto isPrimary = [&](int member) { return m_herd->sql(member, u"select pg_is_in_recovery()"_s) == "f"; };
        const auto promote = [&](int member) {
            control(member, u"promote"_s);
            QTRY_VERIFY_WITH_TIMEOUT(isPrimary(member), 20000);
        };
        const auto follow = [&] { return m_herd->plan(ReplicationKind::Remaster, {3}, 2); };
        const auto rebuild = [&](int member) {
            Plan plan = m_herd->plan(ReplicationKind::Rebuild, {member}, 1);
            for (Finding& finding : plan.findings)
                finding.reason = u"it parted, and is given up"_s;
            SUCCEEDED(m_herd->run(plan));
        };
        // Both have all that the old primary wrote.
        control(1, u"stop -m fast"_s);
        promote(2);
        const Plan level = follow();
        QVERIFY2(level.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(level)));
        SUCCEEDED(m_herd->run(level));
        QVERIFY(m_herd->streamsFrom(3, 2));
        control(1, u"start"_s);
        QTRY_VERIFY_WITH_TIMEOUT(isPrimary(1), 20000);
        rebuild(3);
        SUCCEEDED(m_herd->run(ReplicationKind::Demote, {2}));
        // One has more.
        promote(2);
        m_herd->sql(1, u"create table past as select generate_series(1, 1000) as n"_s);
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(3, u"select count(*) from past"_s), "1000", 20000);
        const Plan past = follow();
        QVERIFY2(past.whyNotRunnable().contains(u"past the point"_s), qPrintable(ReplicationLab::wordsOf(past)));
        // Both begin timeline 2, or what comes after it, each in its own place.
        control(3, u"promote"_s);
        QTRY_VERIFY_WITH_TIMEOUT(isPrimary(3), 20000);
        m_herd->sql(3, u"checkpoint"_s);
        control(3, u"stop -m fast"_s);
        m_herd->on(3, u"touch %1/standby.signal"_s.arg(m_herd->dataDirectory(3)));
        control(3, u"start"_s);
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(3, u"select pg_is_in_recovery()"_s), "t", 20000);
        const Plan parted = follow();
        QVERIFY2(parted.whyNotRunnable().contains(u"parted"_s), qPrintable(ReplicationLab::wordsOf(parted)));
        rebuild(3);
        SUCCEEDED(m_herd->run(ReplicationKind::Demote, {2}));
        m_herd->sql(1, u"drop table past"_s);
    }

    // Two consoles on one shared inventory press Run at the same time.
    void twoConsoles()
    {
        QString error;
        const auto server = PostgresServer::start(&error);
        QVERIFY2(server, qPrintable(error));
        const PgOptions options{.connection = server->connection(), .schema = u"utility"_s};
        const auto applied = PgStore(options).applyMigrations({});
        QVERIFY2(applied, applied ? "" : qPrintable(applied.error().text()));
        QTemporaryDir folder;
        struct Console {
            std::shared_ptr<SqliteJournal> journal;
            std::unique_ptr<PlanRunner> runner;
            Plan plan;
        };
        std::vector<Console> consoles;
        for (const QString& who : {u"ann"_s, u"bob"_s}) {
            Console one{std::make_shared<SqliteJournal>(folder.filePath(who)), {}, m_herd->plan(ReplicationKind::Rebuild, {3}, {}, RebuildMethod::Copy)};
            one.runner = m_herd->anotherRunner(one.journal, std::make_shared<PgHerdLocks>(options));
            consoles.push_back(std::move(one));
        }
        for (const Console& one : consoles)
            QVERIFY(one.runner->start({.plan = one.plan, .operatorName = u"ann"_s, .clientHost = u"laptop7"_s}));
        QStringList refused;
        int done = 0;
        for (const Console& one : consoles) {
            one.runner->waitUntilIdle();
            const OperationRecord record = *one.journal->find(one.plan.id);
            const bool well = record.state == OperationState::Succeeded || record.state == OperationState::Warning;
            done += well;
            if (well)
                continue;
            refused << ReplicationLab::wordsOf(record);
            for (const StepRecord& step : record.steps)
                QVERIFY2(!step.started.isValid(), qPrintable(refused.last()));
        }
        QVERIFY2(done == 1, qPrintable(refused.join(u'\n')));
        QVERIFY2(refused.first().contains(u"ann on laptop7"_s) || refused.first().contains(u"laptop7"_s), qPrintable(refused.first()));
        QVERIFY(m_herd->streamsFrom(3, 1));
    }

private:
    static bool hasStep(const Plan& plan, const QString& title)
    {
        return std::ranges::any_of(plan.steps, [&](const Step& step) { return step.title.startsWith(title); });
    }
    void control(int member, const QString& what)
    {
        m_herd->on(member, u"pg_ctlcluster %1 trading %2"_s.arg(m_herd->lab().postgresVersion(), what));
    }
    // Rules of pg_hba.conf on the primary: the first that fits counts.
    void accessRule(const QString& line)
    {
        m_herd->on(1, u"cd %1 && cp -p pg_hba.conf pg_hba.before && { echo '%2'; cat pg_hba.before; } >pg_hba.conf"_s.arg(m_herd->configDirectory(), line));
        m_herd->sql(1, u"select pg_reload_conf()"_s);
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(1, u"select now() - pg_conf_load_time() < '1 min'"_s), "t", 10000);
    }
    void noAccessRule()
    {
        m_herd->on(1, u"cd %1 && cat pg_hba.before >pg_hba.conf"_s.arg(m_herd->configDirectory()));
        m_herd->sql(1, u"select pg_reload_conf()"_s);
    }
    void configuredPassword(const QString& secret)
    {
        QString escaped = secret;
        escaped.replace(u'\\', u"\\\\"_s).replace(u'\'', u"\\'"_s);
        const QString info = u"host=db1 user=replicator application_name=db3 password='%1'"_s.arg(escaped);
        m_herd->sql(3, u"alter system set primary_conninfo = '%1'"_s.arg(QString(info).replace(u'\'', u"''"_s)));
        m_herd->sql(3, u"select pg_reload_conf()"_s);
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->sql(3, u"show primary_conninfo"_s) == info.toUtf8(), 10000);
    }
    // Promoted and written to, and so was the primary.
    void part(int member)
    {
        control(member, u"promote"_s);
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(member, u"select pg_is_in_recovery()"_s), "f", 20000);
        m_herd->sql(member, u"create table parted as select generate_series(1, 1000) as n"_s);
        m_herd->sql(1, u"insert into beat(host) values ('since')"_s);
    }
    void isAsTheOthers(int member)
    {
        QVERIFY(m_herd->streamsFrom(member, 1));
        QTRY_COMPARE_WITH_TIMEOUT(m_herd->sql(member, u"select count(*) from beat"_s), m_herd->sql(1, u"select count(*) from beat"_s), 20000);
        QCOMPARE(m_herd->sql(member, u"select count(*) from pg_class where relname = 'parted'"_s), "0");
    }
    // Until the primary does not have the file any more that it writes now.
    void removeWal()
    {
        QVERIFY(m_herd->sql(1, u"show wal_keep_size"_s) == "0" || m_herd->sql(1, u"alter system set wal_keep_size = 0"_s).isEmpty());
        m_herd->sql(1, u"select pg_reload_conf()"_s);
        const QByteArray file = m_herd->sql(1, u"select pg_walfile_name(pg_current_wal_lsn())"_s);
        const auto gone = [&] {
            m_herd->sql(1, u"insert into beat(host) values ('more'); select pg_switch_wal()"_s);
            // Not from under those who stream, which are to stay well: each switch sends them a whole file.
            const auto haveIt = [&] {
                return m_herd->sql(1, u"select count(*) from pg_stat_replication where flush_lsn is null or flush_lsn < pg_current_wal_lsn()"_s) == "0";
            };
            if (!QTest::qWaitFor(haveIt, 20000))
                return false;
            m_herd->sql(1, u"checkpoint"_s);
            return m_herd->sql(1, u"select count(*) from pg_ls_waldir() where name = '%1'"_s.arg(QString::fromLatin1(file))) == "0";
        };
        QTRY_VERIFY_WITH_TIMEOUT(gone(), 60000);
    }

    std::unique_ptr<ReplicationLab> m_herd;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::TroublesTest)
#include "tst_troubles.moc"
