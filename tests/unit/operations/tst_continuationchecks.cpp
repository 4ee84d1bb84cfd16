#include "models/operations/continuationchecks.h"
#include "models/operations/replicationplanner.h"

#include <QTest>

#include <mutex>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr quint64 identifier = 7000000000000000001;

// Tells what the test says, and whom it was asked about.
class FakeSurveyor final : public Surveyor {
public:
    Survey survey(const InstanceAddress&, InstanceId instance, std::chrono::milliseconds timeout, std::stop_token) override
    {
        const std::scoped_lock lock(m_mutex);
        asked.insert(instance);
        timeouts[instance] = timeout;
        return facts.surveys.at(instance);
    }
    ConnectionTrial tryConnection(const Trial& trial, std::chrono::milliseconds, std::stop_token) override
    {
        const std::scoped_lock lock(m_mutex);
        tried << trial.conninfo;
        ConnectionTrial connected{.connected = true, .unknown = false};
        connected.systemIdentifier = identifier;
        return connected;
    }
    ReplicationFacts facts;
    std::set<InstanceId> asked;
    std::map<InstanceId, std::chrono::milliseconds> timeouts;
    QStringList tried;

private:
    std::mutex m_mutex;
};

// By step title: what it is said to be now.
class FakeExecutor final : public StepExecutor {
public:
    StepResult execute(const Step&, const StepContext&) override { return {}; }
    StepResult inspect(const Step& step, std::stop_token) override
    {
        const bool isDone = std::ranges::any_of(done, [&](const QString& title) { return step.title.startsWith(title); });
        return {.state = isDone ? StepState::Succeeded : StepState::Failed, .message = isDone ? u"seen"_s : u"not seen"_s};
    }
    QStringList done;
};

} // namespace

// Continue and Take back, long after: whatever the herd became meanwhile is found, and what is half done is no obstacle.
class ContinuationChecksTest final : public QObject {
    Q_OBJECT

    FakeSurveyor m_surveyor;
    FakeExecutor m_executor;
    SystemClock m_clock;
    Inventory m_inventory;

    Survey& seen(int number) { return m_surveyor.facts.surveys.at(InstanceId(number)); }
    PlanningTools tools()
    {
        return {.surveyor = m_surveyor,
            .build = [](const QString& name, InstanceId id) { return Expected<QByteArray>(name.toUtf8() + ' ' + QByteArray::number(id.value)); },
            .resolve = {},
            .clock = m_clock,
            .options = {.protectedEnvironments = {u"prod"_s}, .parallel = 2}};
    }
    // db1 leads, the others follow it.
    void describe()
    {
        InventoryRows rows;
        rows.environments = {{EnvironmentId(1), u"prod"_s, {}}};
        rows.herds = {{.id = HerdId(1), .environment = EnvironmentId(1), .baseName = u"main"_s, .name = u"trading"_s, .description = {}, .port = 5432,
            .dataDirectory = u"/data/main"_s, .virtualHost = {}}};
        m_surveyor.facts = {};
        m_surveyor.asked.clear();
        m_surveyor.tried.clear();
        m_executor.done.clear();
        for (int i = 1; i <= 3; ++i) {
            rows.servers.push_back({.id = ServerId(i), .environment = {}, .hostName = u"db%1"_s.arg(i)});
            Instance row;
            row.id = InstanceId(i);
            row.herd = HerdId(1);
            row.server = ServerId(i);
            row.version = u"15"_s;
            if (i > 1)
                row.upstream = InstanceId(1);
            rows.instances.push_back(row);
            m_surveyor.facts.surveys.emplace(row.id, member(i));
        }
        m_inventory = Inventory(rows, {}, 1, {});
    }
    static Survey member(int number)
    {
        Survey seen{.instance = InstanceId(number)};
        seen.isComplete = seen.answered = true;
        seen.owner = seen.remoteUser = u"postgres"_s;
        seen.shell = "exec /bin/sh -s";
        for (const QString& name : {u"psql"_s, u"pg_controldata"_s, u"pg_basebackup"_s, u"pg_rewind"_s})
            seen.programs.insert(name, {QString(u"/usr/bin/"_s % name), u"15"_s});
        seen.dataDirectory = seen.realDirectory = u"/data/main"_s;
        seen.exists = seen.hasDatabase = seen.parentWritable = true;
        seen.isMountPoint = false;
        seen.major = u"15"_s;
        seen.version = PgVersion::parse(u"15.4"_s);
        seen.freeBytes = 100'000'000'000;
        seen.databaseBytes = 1'000'000'000;
        seen.systemIdentifier = identifier;
        seen.walLogHints = true;
        seen.inRecovery = number > 1;
        seen.standbySignal = number > 1;
        seen.primaryConninfo = number > 1 ? u"host=db1 user=replicator"_s : QString();
        seen.position = Lsn{0x5000000};
        seen.runningTimeline = 1;
        seen.settings = {{u"max_connections"_s, u"100"_s}, {u"max_wal_senders"_s, u"10"_s}, {u"wal_level"_s, u"replica"_s}};
        return seen;
    }
    void stopped(int number)
    {
        seen(number).answered = false;
        seen(number).inRecovery.reset();
        seen(number).position.reset();
        seen(number).runningTimeline.reset();
    }
    void promoted(int number)
    {
        seen(number).inRecovery = false;
        seen(number).standbySignal = false;
        seen(number).runningTimeline = 2;
    }
    Plan planned(const ReplicationRequest& request)
    {
        ReplicationFacts facts = m_surveyor.facts;
        for (const InstanceId id : request.instances)
            facts.trials.emplace(std::pair{id, request.upstream.value_or(InstanceId(1))},
                ReplicationFacts::Trials{.replication = {.connected = true, .unknown = false}, .ordinary = {.connected = true, .unknown = false, .mayRewind = true}, .ordinaryInfo = u"host=db1"_s});
        const auto made = planReplication(request, m_inventory, facts, tools(), QUuid::createUuid());
        if (!made || !made->whyNotRunnable().isEmpty())
            qFatal("%s", qPrintable(made ? made->toText() : made.error().text()));
        return *made;
    }
    // Everything worked before the step whose title begins so; that one failed.
    static OperationRecord failedAt(const Plan& plan, const QString& title)
    {
        OperationRecord record{.id = plan.id, .kind = plan.kind, .title = plan.title, .started = QDateTime(QDate(2026, 3, 1), QTime(12, 0), Qt::UTC), .plan = plan.toJson()};
        bool reached = false;
        for (const Step& step : plan.steps) {
            const bool here = !reached && step.title.startsWith(title);
            record.steps.push_back({.number = step.id, .title = step.title, .instance = step.instance,
                .state = here ? StepState::Failed : reached ? StepState::Pending : StepState::Succeeded, .started = reached ? QDateTime() : record.started});
            reached = reached || here;
        }
        return record;
    }
    Plan again(const OperationRecord& record, Way way, const QString& superseded = {})
    {
        const auto made = planAgain(record, way, superseded, m_inventory, tools(), m_executor, QUuid::createUuid(), {});
        if (!made)
            qFatal("%s", qPrintable(made.error().text()));
        return *made;
    }
    static QStringList blockers(const Plan& plan)
    {
        QStringList names;
        for (const Finding& finding : plan.findings) {
            if (finding.severity == Severity::Blocker)
                names << finding.check + (finding.override_ == Override::Never ? u""_s : u" (overridable)"_s);
        }
        return names;
    }
    static const ReplicationRequest& rebuild()
    {
        static const ReplicationRequest request{.kind = ReplicationKind::Rebuild, .instances = {InstanceId(2)}, .method = RebuildMethod::Copy};
        return request;
    }

private Q_SLOTS:
    void init() { describe(); }

    void theRequestIsKept()
    {
        const Plan plan = planned(rebuild());
        QCOMPARE(plan.request, std::optional(rebuild()));
        const OperationRecord record = failedAt(plan, u"Start"_s);
        stopped(2);
        QCOMPARE(again(record, Way::Continue).request, plan.request);
        QCOMPARE(again(record, Way::TakeBack).request, plan.request);
    }

    // "Rebuild db2 from db1" failed; then a failover: db2 leads now.
    void theTargetLeadsByNow_data()
    {
        QTest::addColumn<ReplicationRequest>("request");
        QTest::addColumn<QString>("failed");
        QTest::addColumn<int>("way");
        ReplicationRequest initialise = rebuild();
        initialise.kind = ReplicationKind::Initialise;
        const ReplicationRequest remaster{.kind = ReplicationKind::Remaster, .instances = {InstanceId(2)}, .upstream = InstanceId(3)};
        QTest::newRow("rebuild") << rebuild() << u"Start"_s << int(Way::Continue);
        QTest::newRow("rebuild, before anything ran") << rebuild() << u"Copy"_s << int(Way::Continue);
        QTest::newRow("rebuild, only the inventory is left") << rebuild() << u"Inventory"_s << int(Way::Continue);
        QTest::newRow("rebuild taken back") << rebuild() << u"Start"_s << int(Way::TakeBack);
        QTest::newRow("remaster") << remaster << u"Reload"_s << int(Way::Continue);
        QTest::newRow("initialise") << initialise << u"Start"_s << int(Way::Continue);
    }
    void theTargetLeadsByNow()
    {
        QFETCH(ReplicationRequest, request);
        QFETCH(QString, failed);
        QFETCH(int, way);
        if (request.kind == ReplicationKind::Initialise) {
            stopped(2);
            seen(2).hasDatabase = seen(2).exists = false;
        }
        OperationRecord record = failedAt(planned(request), failed);
        describe();
        promoted(2);
        seen(1) = member(3); // and db1 follows it
        seen(1).instance = InstanceId(1);
        seen(1).primaryConninfo = u"host=db2 user=replicator"_s;
        const Plan next = again(record, Way(way));
        QVERIFY2(blockers(next).contains(u"role"_s), qPrintable(next.toText()));
        QVERIFY(!next.whyNotRunnable().isEmpty());
        // The same for a record that does not say what was wanted.
        record.plan.remove(u"request"_s);
        const Plan old = again(record, Way(way));
        QVERIFY2(blockers(old).contains(u"role"_s), qPrintable(old.toText()));
        QVERIFY(std::ranges::any_of(old.findings, [](const Finding& one) { return one.text.contains(u"does not say what was wanted"_s); }));
    }

    // The usual case: stopped, or half replaced, and the herd as it was.
    void halfWayBlocksNothing_data()
    {
        QTest::addColumn<QString>("failed");
        QTest::addColumn<int>("state");
        QTest::newRow("stopped") << u"Swap"_s << 0;
        QTest::newRow("without a directory") << u"Swap"_s << 1;
        QTest::newRow("without a control file") << u"Start"_s << 2;
        QTest::newRow("runs and streams") << u"Inventory"_s << 3;
        QTest::newRow("runs as it did before") << u"Copy"_s << 4;
    }
    void halfWayBlocksNothing()
    {
        QFETCH(QString, failed);
        QFETCH(int, state);
        const OperationRecord record = failedAt(planned(rebuild()), failed);
        if (state < 3)
            stopped(2);
        if (state == 1)
            seen(2).exists = seen(2).hasDatabase = false;
        if (state == 1 || state == 2) {
            seen(2).systemIdentifier.reset();
            seen(2).controlState.clear();
        }
        if (state == 3) { // it uses the last sender itself
            seen(1).settings[u"max_wal_senders"_s] = u"1"_s;
            seen(1).followers = {{.user = {}, .applicationName = u"db2"_s, .clientAddress = {}, .state = u"streaming"_s}};
        }
        for (const Way way : {Way::Continue, Way::TakeBack}) {
            if (way == Way::TakeBack && state > 2)
                continue; // nothing to take back, or no way back
            const Plan next = again(record, way);
            QCOMPARE(blockers(next), QStringList());
            QCOMPARE(next.whyNotRunnable(), QString());
            QVERIFY(next.environmentsToType().contains(u"prod"_s));
        }
    }

    void whatHoldsOfEachStep()
    {
        const OperationRecord record = failedAt(planned(rebuild()), u"Start"_s);
        stopped(2);
        m_executor.done = {u"Stop"_s, u"Copy"_s, u"Swap"_s};
        const Plan next = again(record, Way::Continue);
        std::map<QString, Severity> found;
        for (const Finding& finding : next.findings) {
            if (finding.check.startsWith(u"step-"_s))
                found[finding.text.section(u": "_s, 1).section(u' ', 0, 0)] = finding.severity;
        }
        QCOMPARE(found.at(u"Copy"_s), Severity::Ok);
        QCOMPARE(found.at(u"Swap"_s), Severity::Ok);
        QCOMPARE(found.at(u"Start"_s), Severity::Warning);
        QCOMPARE(found.at(u"Inventory:"_s), Severity::Ok); // it says so already
        // Nothing that was found in March is told as if it were so now.
        QVERIFY(std::ranges::none_of(next.findings, [](const Finding& one) { return one.check == "erased"_L1 || one.check == "copy"_L1; }));
        QCOMPARE(next.findings.front().code, FindingCode::Other);
    }

    void theSourceIsThePlansOwn_data()
    {
        QTest::addColumn<std::function<void(ContinuationChecksTest&)>>("change");
        QTest::addColumn<QString>("blocker");
        const auto row = [](const char* name, const char* blocker, std::function<void(ContinuationChecksTest&)> change) {
            QTest::newRow(name) << std::move(change) << QString::fromLatin1(blocker);
        };
        row("does not answer", "upstream", [](ContinuationChecksTest& t) { t.stopped(1); });
        row("another cluster", "system-identifier", [](ContinuationChecksTest& t) { t.seen(1).systemIdentifier = 5; });
        row("follows the target", "circle", [](ContinuationChecksTest& t) {
            t.seen(1).inRecovery = true;
            t.seen(1).primaryConninfo = u"host=db2 port=5432 user=replicator"_s;
        });
        row("its server was not reached", "upstream", [](ContinuationChecksTest& t) { t.seen(1) = Survey{.instance = InstanceId(1)}; });
        row("the target's was not", "reach", [](ContinuationChecksTest& t) { t.seen(2) = Survey{.instance = InstanceId(2)}; });
        row("a supervisor", "supervisor", [](ContinuationChecksTest& t) { t.seen(2).supervisor = u"Patroni"_s; });
    }
    void theSourceIsThePlansOwn()
    {
        QFETCH(std::function<void(ContinuationChecksTest&)>, change);
        QFETCH(QString, blocker);
        const OperationRecord record = failedAt(planned(rebuild()), u"Swap"_s);
        stopped(2);
        promoted(3); // leads by now: it is not the one to copy from all the same
        change(*this);
        const Plan next = again(record, Way::Continue);
        QVERIFY2(blockers(next).contains(blocker), qPrintable(next.toText()));
        for (const QString& conninfo : m_surveyor.tried)
            QVERIFY2(conninfo.contains(u"db1"_s), qPrintable(conninfo));
    }

    void demote_data()
    {
        QTest::addColumn<bool>("hasFollower");
        QTest::addColumn<bool>("anotherPrimary");
        QTest::addColumn<bool>("blocked");
        QTest::newRow("as it was") << false << true << false;
        QTest::newRow("others follow it") << true << true << true;
        QTest::newRow("the only one") << false << false << true;
    }
    void demote()
    {
        QFETCH(bool, hasFollower);
        QFETCH(bool, anotherPrimary);
        QFETCH(bool, blocked);
        promoted(3);
        seen(1).runningTimeline = 2;
        seen(1).followers = {{.user = u"replicator"_s, .applicationName = u"db2"_s, .clientAddress = {}, .state = u"streaming"_s}};
        const OperationRecord record = failedAt(planned({.kind = ReplicationKind::Demote, .instances = {InstanceId(3)}, .method = RebuildMethod::Copy}), u"Stop"_s);
        if (hasFollower)
            seen(3).followers = {{.user = u"replicator"_s, .applicationName = u"db2"_s, .clientAddress = {}, .state = u"streaming"_s}};
        if (!anotherPrimary)
            seen(1).inRecovery = true;
        const Plan next = again(record, Way::Continue);
        QCOMPARE(blockers(next).contains(u"role"_s), blocked);
    }

    void promote()
    {
        const OperationRecord record = failedAt(planned({.kind = ReplicationKind::Promote, .instances = {InstanceId(2)}}), u"Write"_s);
        promoted(2);
        m_executor.done = {u"Promote"_s};
        const Plan next = again(record, Way::Continue);
        QCOMPARE(blockers(next), QStringList());
        QVERIFY(std::ranges::any_of(next.findings, [](const Finding& one) { return one.check == "two-primaries"_L1; }));
    }

    // The first of a herd becomes its primary: that is what was wanted.
    void aNewHerdsPrimary()
    {
        Plan plan = planned({.kind = ReplicationKind::Promote, .instances = {InstanceId(2)}});
        plan.request->kind = ReplicationKind::Initialise;
        plan.kind = u"initialise"_s;
        promoted(2);
        QCOMPARE(blockers(again(failedAt(plan, u"Inventory"_s), Way::Continue)), QStringList());
    }

    // A stop of what was a replica, and is a primary with replicas by now.
    void lifecycle()
    {
        const auto plan = planLifecycle(LifecycleKind::Stop, m_inventory, std::vector{InstanceId(2)}, tools().build, {}, {}, m_clock.now());
        const OperationRecord record = failedAt(*plan, u"Stop"_s);
        const auto interrupts = [&] {
            const Plan next = again(record, Way::Continue);
            [&] { QCOMPARE(blockers(next), QStringList()); }();
            return std::ranges::any_of(next.findings, [](const Finding& one) { return one.code == FindingCode::PrimaryWithReplicas; });
        };
        QVERIFY(!interrupts());
        QCOMPARE(m_surveyor.asked, std::set{InstanceId(2)}); // nobody else
        promoted(2);
        seen(2).followers = {{.user = {}, .applicationName = u"db3"_s, .clientAddress = {}, .state = u"streaming"_s}};
        seen(2).shell.clear(); // commands have an account of their own
        QVERIFY(interrupts());
    }

    void supersededBlocks()
    {
        const OperationRecord record = failedAt(planned(rebuild()), u"Swap"_s);
        stopped(2);
        const Plan next = again(record, Way::Continue, u"bob went on with it"_s);
        QCOMPARE(blockers(next), QStringList(u"superseded"_s));
        QVERIFY(next.whyNotRunnable().contains(u"bob"_s));
    }

    // Looked at twice in the same state it is the same plan; once the state is another one, it is not.
    void theSameLookIsTheSamePlan()
    {
        const OperationRecord record = failedAt(planned(rebuild()), u"Swap"_s);
        stopped(2);
        m_executor.done = {u"Copy"_s};
        const Plan first = again(record, Way::Continue);
        QCOMPARE(again(record, Way::Continue).findings, first.findings);
        QCOMPARE(again(record, Way::Continue).steps, first.steps);
        promoted(2);
        seen(2).answered = true;
        QVERIFY(again(record, Way::Continue).findings != first.findings);
    }

    // A switchover failed while it handed over: who is off has to be started first, unless it is known to have stopped cleanly.
    void handsOverAgain_data()
    {
        QTest::addColumn<int>("off");
        QTest::addColumn<QString>("state");
        QTest::addColumn<QStringList>("expected");
        QTest::newRow("nothing is off") << 0 << QString() << QStringList();
        QTest::newRow("the candidate") << 2 << u"in archive recovery"_s << QStringList{u"state 2"_s};
        QTest::newRow("the primary, cleanly") << 1 << u"shut down"_s << QStringList();
        QTest::newRow("the primary, a standby already") << 1 << u"shut down in recovery"_s << QStringList();
        QTest::newRow("the primary, lost") << 1 << u"in production"_s << QStringList{u"state 1"_s};
        QTest::newRow("the primary, while it recovered") << 1 << u"in crash recovery"_s << QStringList{u"state 1"_s};
        QTest::newRow("the primary, not known how") << 1 << QString() << QStringList();
    }
    void handsOverAgain()
    {
        QFETCH(const int, off);
        QFETCH(const QString, state);
        QFETCH(const QStringList, expected);
        const ReplicationRequest request{.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}, .oldPrimary = OldPrimary::Rejoin};
        for (const int number : {2, 3}) {
            SurveyedFollower row;
            row.applicationName = u"db%1"_s.arg(number);
            row.state = u"streaming"_s;
            seen(1).followers.push_back(row);
            seen(number).receiveLsn = seen(number).position;
        }
        ReplicationFacts facts = m_surveyor.facts;
        for (const int number : {1, 3})
            facts.trials.emplace(std::pair{InstanceId(number), InstanceId(2)}, ReplicationFacts::Trials{.replication = {.connected = true, .unknown = false}});
        const auto made = planReplication(request, m_inventory, facts, tools(), QUuid::createUuid());
        QVERIFY2(made && made->whyNotRunnable().isEmpty(), made ? qPrintable(made->toText()) : qPrintable(made.error().text()));
        if (off > 0) {
            stopped(off);
            seen(off).postmasterRuns = false;
            seen(off).controlState = state;
        }
        QStringList found;
        const Plan next = again(failedAt(*made, u"Hand over"_s), Way::Continue);
        for (const Finding& finding : next.findings) {
            // Of the others it is said that they cannot follow who is off.
            if (finding.severity == Severity::Blocker && finding.check != "upstream"_L1)
                found << u"%1 %2"_s.arg(finding.check).arg(finding.instance->value);
        }
        QCOMPARE(found, expected);
        QCOMPARE(next.whyNotRunnable().isEmpty(), expected.isEmpty());
    }

    // The lost primary of a failover is not waited for as a busy server is.
    void whoWasLostIsNotWaitedForAsLong()
    {
        Observations last;
        for (const auto& [number, liveness] : {std::pair(1, Liveness::Unreachable), std::pair(2, Liveness::Online), std::pair(3, Liveness::Unknown)}) {
            Observation one;
            one.instance = InstanceId(number);
            one.liveness = liveness;
            last.insert(one.instance, std::make_shared<const Observation>(one));
        }
        const PlanningTools with = tools();
        const Inventory inventory = Inventory(m_inventory.rows(), last, 2, {});
        std::ignore = gatherFacts({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}}, inventory, with, {});
        QCOMPARE(m_surveyor.timeouts.at(InstanceId(1)), with.options.lostTimeout);
        QCOMPARE(m_surveyor.timeouts.at(InstanceId(2)), with.options.surveyTimeout);
        QCOMPARE(m_surveyor.timeouts.at(InstanceId(3)), with.options.surveyTimeout);
    }

    void cancelled()
    {
        std::stop_source stop;
        stop.request_stop();
        const auto made = planAgain(failedAt(planned(rebuild()), u"Swap"_s), Way::Continue, {}, m_inventory, tools(), m_executor, QUuid::createUuid(), stop.get_token());
        QCOMPARE(made.error().kind, ErrorKind::Cancelled);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ContinuationChecksTest)
#include "tst_continuationchecks.moc"
