#include "models/operations/continuationchecks.h"
#include "tests/unit/operations/herdonpaper.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using Change = std::function<void(ReplicationFacts&)>;

// From what was seen to the plan of a switchover or a failover: what is done in which order, and what keeps it from being done.
class FailoverPlansTest final : public QObject, private HerdOnPaper {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_options = {};
        describe(u"15"_s);
    }

    void theOrderOfASwitchover_data()
    {
        QTest::addColumn<QString>("major");
        QTest::addColumn<OldPrimary>("old");
        QTest::addColumn<QStringList>("titles");
        const QStringList head{u"Write a checkpoint on trading on db1"_s, u"Ask whether app.example may be changed"_s, u"Hand over from trading on db1 to trading on db2"_s,
            u"Point app.example to db2.example"_s, u"See all name servers of example say so"_s, u"Configure trading on db3 to follow trading on db2"_s};
        const QStringList follows{u"See trading on db3 stream from trading on db2"_s, u"Inventory: trading on db3 follows trading on db2"_s,
            u"Configure trading on db1 to follow trading on db2"_s};
        const QStringList off{u"Inventory: trading on db1 follows trading on db2"_s};
        const QStringList joins{u"Start trading on db1"_s, u"See trading on db1 stream from trading on db2"_s, u"Inventory: trading on db1 follows trading on db2"_s};
        const QStringList tail{u"Write a checkpoint on trading on db2"_s, u"Inventory: trading on db2 follows nobody"_s};
        for (const char* major : {"9.6", "10", "11", "12"})
            QTest::newRow(major) << QString::fromLatin1(major) << OldPrimary::LeaveOff << head + QStringList{u"Restart trading on db3"_s} + follows + off + tail;
        for (const char* major : {"13", "14", "15", "16", "17", "18"})
            QTest::newRow(major) << QString::fromLatin1(major) << OldPrimary::LeaveOff << head + QStringList{u"Reload trading on db3"_s} + follows + off + tail;
        QTest::newRow("it joins") << u"15"_s << OldPrimary::Rejoin << head + QStringList{u"Reload trading on db3"_s} + follows + joins + tail;
    }
    void theOrderOfASwitchover()
    {
        QFETCH(const QString, major);
        QFETCH(const OldPrimary, old);
        QFETCH(const QStringList, titles);
        describe(major);
        const Plan made = plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}, .oldPrimary = old});
        QCOMPARE(made.whyNotRunnable(), QString());
        QCOMPARE(titlesOf(made), titles);
        // Everything that is to come waits for the promotion, directly or over others.
        const Step& handover = made.steps[2];
        QCOMPARE(handover.instance, std::optional(InstanceId(2)));
        QCOMPARE(handover.postcondition, Condition::Promoted);
        QVERIFY(handover.noReturn && handover.after == std::vector({0, 1}));
        const auto& relay = std::get<RelayScripts>(handover.action);
        QCOMPARE(relay.source.host, u"db1"_s);
        QVERIFY(relay.isConversation);
        QCOMPARE(relay.sourcePort, handover.address.port);
        QCOMPARE(made.limits.perServer, 2);
        QVERIFY(relay.sourceScript.contains("'stop 1'") && relay.sourceScript.contains("'start 1'"));
        // Whose connection may be ended, and never that of who takes over.
        QVERIFY(relay.sourceScript.contains("others='\\'' 10.0.0.3'\\''") && !relay.sourceScript.contains("10.0.0.2"));
        QCOMPARE(relay.script.contains("pg_promote(false)"), major.toDouble() >= 12);
        QCOMPARE(relay.script.contains("pg_last_xlog_replay_location() >"), major == u"9.6"_s);
        for (const Step& step : made.steps) {
            if (step.id > handover.id)
                QVERIFY2(comesAfter(made, step, handover.id), qPrintable(step.title));
        }
        const auto& change = std::get<ChangeAlias>(made.steps[3].action).change;
        QCOMPARE(change.from, u"db1.example"_s);
        QCOMPARE(change.timeToLive, 30s);
        // Until it is a standby by its files, it must not be started: the old one is configured only where no postmaster runs.
        const auto configured = std::ranges::find(made.steps, u"Configure trading on db1 to follow trading on db2"_s, &Step::title);
        QCOMPARE(configured->precondition, Condition::PostmasterGone);
        QCOMPARE(Plan::fromJson(made.toJson()).value(), made);
        QVERIFY(made.toMarkdown().contains(u"CNAME db2.example"_s));
        QVERIFY(made.toMarkdown().contains(u": the connection that is open already"_s));
    }

    void noSwitchover_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("check");
        QTest::addColumn<bool>("overridable");
        const auto row = [](const char* name, const char* check, bool overridable, Change change) { QTest::newRow(name) << std::move(change) << QString::fromLatin1(check) << overridable; };
        const auto candidate = [](ReplicationFacts& f) -> Survey& { return f.surveys.at(InstanceId(2)); };
        const auto primary = [](ReplicationFacts& f) -> Survey& { return f.surveys.at(InstanceId(1)); };
        row("no primary", "upstream", false, [=](ReplicationFacts& f) { primary(f).answered = false; });
        row("it is one", "state", false, [=](ReplicationFacts& f) { candidate(f).inRecovery = false; });
        row("it is down", "state", false, [=](ReplicationFacts& f) { candidate(f).answered = false; });
        row("it does not stream", "streams", false, [=](ReplicationFacts& f) { primary(f).followers.erase(primary(f).followers.begin()); });
        row("it catches up", "streams", false, [=](ReplicationFacts& f) { primary(f).followers[0].state = u"catchup"_s; });
        row("far behind", "lag", true, [=](ReplicationFacts& f) { candidate(f).position = Lsn{0x1000}; });
        row("replay paused", "replay-paused", false, [=](ReplicationFacts& f) { candidate(f).replayPaused = true; });
        row("replays with a delay", "apply-delay", false, [=](ReplicationFacts& f) { candidate(f).settings[u"recovery_min_apply_delay"_s] = u"1h"_s; });
        row("small settings", "settings", true, [=](ReplicationFacts& f) { candidate(f).settings[u"max_connections"_s] = u"10"_s; });
        row("no room for followers", "wal-senders", true, [=](ReplicationFacts& f) { candidate(f).settings[u"max_wal_senders"_s] = u"1"_s; });
        row("a supervisor of the primary", "supervisor", false, [=](ReplicationFacts& f) { primary(f).supervisor = u"Patroni"_s; });
        row("a supervisor of a follower", "supervisor", true, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).supervisor = u"repmgrd"_s; });
        row("no control data", "programs", false, [=](ReplicationFacts& f) { primary(f).programs.remove(u"pg_controldata"_s); });
        row("a follower is refused", "replication-connection", true, [](ReplicationFacts& f) {
            f.trials.at({InstanceId(3), InstanceId(2)}).replication.connected = false;
        });
        row("another cluster", "system-identifier", false, [=](ReplicationFacts& f) { candidate(f).systemIdentifier = 1; });
        row("the name cannot be read", "dns", true, [](ReplicationFacts& f) { f.names.at(HerdId(1)) = fail({.kind = ErrorKind::TimedOut, .what = u"Silent."_s}); });
        row("no alias", "dns", true, [](ReplicationFacts& f) {
            f.names.at(HerdId(1))->primary.target.clear();
            f.names.at(HerdId(1))->primary.otherTypes = QStringList{u"A"_s};
        });
        row("recovery targets", "recovery-target", false, [=](ReplicationFacts& f) { primary(f).recoveryTargets = {{u"recovery_target_time"_s, u"2026-01-01"_s}}; });
        row("a trigger file", "promote-trigger", true, [=](ReplicationFacts& f) { primary(f).settings[u"promote_trigger_file"_s] = u"/tmp/promote"_s; });
        row("may not be changed", "dns-update", true, [](ReplicationFacts& f) { f.unchangeable.emplace(HerdId(1), Error{.kind = ErrorKind::PermissionDenied, .what = u"REFUSED."_s}); });
        row("not there", "dns", true, [](ReplicationFacts& f) { f.names.at(HerdId(1))->primary.target.clear(); });
        row("points elsewhere", "dns", true, [](ReplicationFacts& f) { f.names.at(HerdId(1))->primary.target = u"db9.example"_s; });
    }
    void noSwitchover()
    {
        QFETCH(const Change, change);
        QFETCH(const QString, check);
        QFETCH(const bool, overridable);
        change(m_facts);
        const Plan made = plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}});
        QVERIFY(!made.whyNotRunnable().isEmpty());
        const auto found = std::ranges::find_if(made.findings, [&](const Finding& finding) { return finding.check == check && finding.severity == Severity::Blocker; });
        QVERIFY2(found != made.findings.end(), qPrintable(made.toText()));
        QCOMPARE(found->override_ == Override::WithReason, overridable);
    }

    void itIsTold_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("check");
        const auto row = [](const char* name, const char* check, Change change) { QTest::newRow(name) << std::move(change) << QString::fromLatin1(check); };
        const auto primary = [](ReplicationFacts& f) -> Survey& { return f.surveys.at(InstanceId(1)); };
        row("the archiver fails", "archiver", [=](ReplicationFacts& f) { primary(f).archiverFailing = true; });
        row("logical slots", "logical-slots", [=](ReplicationFacts& f) { primary(f).slots_ = {{.name = u"s"_s, .isLogical = true}}; });
        row("prepared transactions", "prepared-transactions", [=](ReplicationFacts& f) { primary(f).preparedTransactions = 1; });
        row("a long transaction", "long-transaction", [=](ReplicationFacts& f) { primary(f).oldestTransaction = 90s; });
        row("a backup", "backup", [=](ReplicationFacts& f) { primary(f).runningBackups = 1; });
        row("synchronous standbys", "synchronous-standbys", [](ReplicationFacts& f) { f.surveys.at(InstanceId(2)).settings[u"synchronous_standby_names"_s] = u"db9"_s; });
        row("a follower is down", "follower", [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).answered = false; });
        row("DNS is not set up", "dns", [](ReplicationFacts& f) { f.names.clear(); });
        row("it points there already", "dns", [](ReplicationFacts& f) { f.names.at(HerdId(1))->primary.target = u"db2.example"_s; });
        row("a name server lags", "dns-servers", [](ReplicationFacts& f) { f.names.at(HerdId(1))->nameServers[0].target = u"db7.example"_s; });
        row("a name server is silent", "dns-servers", [](ReplicationFacts& f) { f.names.at(HerdId(1))->nameServers[0].error = Error{.what = u"Silent."_s}; });
    }
    void itIsTold()
    {
        QFETCH(const Change, change);
        QFETCH(const QString, check);
        change(m_facts);
        const Plan made = plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}});
        QVERIFY(std::ranges::any_of(made.findings, [&](const Finding& finding) { return finding.check == check && finding.severity == Severity::Warning; }));
        if (check == u"follower"_s)
            QVERIFY(!titlesOf(made).contains(u"Configure trading on db3 to follow trading on db2"_s));
    }

    void targetsOfNames_data()
    {
        QTest::addColumn<QString>("now");
        QTest::addColumn<QString>("to");
        QTest::newRow("the zone's own") << u"db1.example"_s << u"db2.example"_s;
        QTest::newRow("another domain") << u"db1.servers.test"_s << u"db2.servers.test"_s;
        QTest::newRow("capitals") << u"DB1.Example"_s << u"db2.Example"_s;
        QTest::newRow("none yet") << QString() << u"db2.example"_s;
    }
    void targetsOfNames()
    {
        QFETCH(const QString, now);
        QFETCH(const QString, to);
        m_facts.names.at(HerdId(1))->primary.target = now;
        const Plan made = plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}});
        QCOMPARE(std::get<ChangeAlias>(made.steps[1].action).change.to, to);
    }

    void aFailover()
    {
        lost();
        const Plan made = plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}});
        const auto blocker = std::ranges::find(made.findings, Severity::Blocker, &Finding::severity);
        QVERIFY(blocker != made.findings.end());
        QCOMPARE(blocker->check, u"split-brain"_s);
        QCOMPARE(blocker->override_, Override::WithReason);
        QCOMPARE(std::ranges::count(made.findings, Severity::Blocker, &Finding::severity), 1);
        QCOMPARE(titlesOf(made).mid(0, 3),
            (QStringList{u"Ask whether app.example may be changed"_s, u"Promote trading on db2"_s, u"Point app.example to db2.example"_s}));
        // Nothing is asked of the one that is lost.
        for (const Step& step : made.steps)
            QVERIFY2(step.instance != InstanceId(1) || std::holds_alternative<SetUpstream>(step.action), qPrintable(step.title));
        QCOMPARE(titlesOf(made).last(), u"Inventory: trading on db1 follows trading on db2"_s);
    }

    // It answers, and is off: nobody has to say so.
    void isOff()
    {
        lost();
        Survey& old = m_facts.surveys.at(InstanceId(1));
        old.hasDatabase = true;
        old.isComplete = true;
        old.postmasterRuns = false;
        old.controlState = u"in production"_s;
        QCOMPARE(plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}}).whyNotRunnable(), QString());
        old.hasDatabase = false; // another path than it has
        QVERIFY(!plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}}).whyNotRunnable().isEmpty());
        old.hasDatabase = true;
        old.postmasterRuns.reset();
        QVERIFY(!plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}}).whyNotRunnable().isEmpty());
    }

    // Nor is a member that cannot be looked at known to be none.
    void anotherMayBePrimary()
    {
        lost();
        Survey& old = m_facts.surveys.at(InstanceId(1));
        old.isComplete = true;
        old.hasDatabase = true;
        old.postmasterRuns = false;
        m_facts.surveys.at(InstanceId(3)) = Survey{.instance = InstanceId(3)};
        const Plan made = plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}});
        const auto blocker = std::ranges::find(made.findings, Severity::Blocker, &Finding::severity);
        QVERIFY(blocker != made.findings.end());
        QVERIFY(blocker->check == u"split-brain"_s && blocker->instance == InstanceId(3) && blocker->override_ == Override::WithReason);
    }

    void stillRuns()
    {
        const Plan made = plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}});
        const auto blocker = std::ranges::find(made.findings, u"split-brain"_s, &Finding::check);
        QCOMPARE(blocker->override_, Override::Never);
    }

    // Another member has more: it is named, and choosing this one takes a reason.
    void theMostAdvanced()
    {
        lost();
        m_facts.surveys.at(InstanceId(3)).receiveLsn = Lsn{0x5001000};
        const Plan made = plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}});
        const auto finding = std::ranges::find(made.findings, u"most-advanced"_s, &Finding::check);
        QCOMPARE(finding->severity, Severity::Blocker);
        QVERIFY(finding->text.contains(u"trading on db3"_s) && finding->text.contains(u"4.0 kB"_s));
        const Plan better = plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(3)}});
        QCOMPARE(std::ranges::find(better.findings, u"most-advanced"_s, &Finding::check)->severity, Severity::Ok);
    }

    void theEstimate()
    {
        lost();
        const auto estimate = [&] {
            const Plan made = plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}});
            return *std::ranges::find(made.findings, u"loss"_s, &Finding::check);
        };
        QCOMPARE(estimate().severity, Severity::Unknown); // it was never seen
        Survey& old = m_facts.surveys.at(InstanceId(1));
        old.controlState = u"shut down"_s;
        old.checkpointLsn = Lsn{0x5000800};
        QVERIFY2(estimate().text.contains(u"2.0 kB"_s), qPrintable(estimate().text));
        old.checkpointLsn = Lsn{0x4FFFFA0};
        QVERIFY(!estimate().text.contains(u"At least"_s));
        QCOMPARE(estimate().severity, Severity::Warning); // never ok: what came after is not known
    }

    // Continued later: whoever is still to be promoted is looked at as if it were planned now.
    void continuedLater()
    {
        const auto blockersOf = [&](const Plan& made) {
            const PlanningTools tools{.surveyor = m_surveyor, .build = {}, .resolve = {}, .clock = m_clock};
            const Plan fresh = withFreshFindings(made, m_inventory, m_facts, {}, tools);
            QStringList checks;
            for (const Finding& finding : fresh.findings) {
                if (finding.severity == Severity::Blocker && !checks.contains(finding.check))
                    checks << finding.check;
            }
            return checks;
        };
        const Plan handover = plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}});
        QCOMPARE(blockersOf(handover), QStringList());
        m_facts.surveys.at(InstanceId(1)).followers.clear(); // it lost its connection meanwhile
        QCOMPARE(blockersOf(handover), QStringList{u"streams"_s});
        m_facts.surveys.at(InstanceId(2)).replayPaused = true;
        QCOMPARE(blockersOf(handover), (QStringList{u"replay-paused"_s, u"streams"_s}));
        describe(u"15"_s);
        lost();
        const Plan takeover = plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}});
        QCOMPARE(blockersOf(takeover), QStringList{u"split-brain"_s}); // the reason of that day is not one for today
        Survey& old = m_facts.surveys.at(InstanceId(1));
        old.isComplete = true;
        old.hasDatabase = true;
        old.postmasterRuns = false;
        QCOMPARE(blockersOf(takeover), QStringList());
    }

    void namesAreRefreshed_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<Severity>("severity");
        QTest::addColumn<QString>("said");
        QTest::addColumn<QString>("to"); // "": nothing is done
        const auto row = [](const char* name, Severity severity, const QString& said, const QString& to, Change change) { QTest::newRow(name) << std::move(change) << severity << said << to; };
        const auto pointsTo = [](const QString& target) { return [target](ReplicationFacts& f) { f.names.at(HerdId(1))->primary.target = target; f.names.at(HerdId(1))->nameServers[0].target = target; }; };
        row("it does so", Severity::Ok, u"already"_s, {}, [](ReplicationFacts&) {});
        row("it does so in capitals", Severity::Ok, u"already"_s, {}, pointsTo(u"DB1.Example"_s));
        row("to a replica", Severity::Warning, u"trading on db3, which is not the primary"_s, u"db1.example"_s, pointsTo(u"db3.example"_s));
        row("to a replica, in another domain", Severity::Warning, u"trading on db3, which is not the primary"_s, u"db1.servers.test"_s, pointsTo(u"db3.servers.test"_s));
        row("to a stranger", Severity::Blocker, u"does not point to"_s, u"db1.example"_s, pointsTo(u"db9.example"_s));
        row("not there", Severity::Warning, u"it is made"_s, u"db1.example"_s, pointsTo({}));
        row("a name server lags", Severity::Ok, u"already"_s, u"db1.example"_s, [](ReplicationFacts& f) { f.names.at(HerdId(1))->nameServers[0].target = u"db3.example"_s; });
        row("no alias", Severity::Blocker, u"no alias"_s, {}, [](ReplicationFacts& f) { f.names.at(HerdId(1))->primary.otherTypes = QStringList{u"A"_s}; });
        row("cannot be read", Severity::Blocker, u"stays as it is"_s, {}, [](ReplicationFacts& f) { f.names.at(HerdId(1)) = fail({.kind = ErrorKind::TimedOut, .what = u"Silent."_s}); });
        row("not set up", Severity::Blocker, u"not set up"_s, {}, [](ReplicationFacts& f) { f.names.clear(); });
    }
    void namesAreRefreshed()
    {
        QFETCH(const Change, change);
        QFETCH(const Severity, severity);
        QFETCH(const QString, said);
        QFETCH(const QString, to);
        change(m_facts);
        const Plan made = plan({.kind = ReplicationKind::RefreshDns, .instances = {InstanceId(2)}}); // whoever of the herd was chosen
        const auto found = std::ranges::find(made.findings, u"dns"_s, &Finding::check);
        QVERIFY(found != made.findings.end());
        QVERIFY2(found->severity == severity && found->text.contains(said), qPrintable(made.toText()));
        if (to.isEmpty()) {
            QVERIFY(made.steps.empty());
            return;
        }
        QCOMPARE(titlesOf(made), (QStringList{u"Point app.example to "_s + to, u"See all name servers of example say so"_s}));
        QCOMPARE(made.steps.front().instance, InstanceId(1));
        QCOMPARE(made.steps.front().precondition, Condition::Promoted); // it may have changed hands since
        QCOMPARE(Plan::fromJson(made.toJson()).value(), made);
    }
    void noNameIsRefreshed()
    {
        m_facts.names.at(HerdId(1))->primary.target = u"db3.example"_s;
        const ReplicationRequest request{.kind = ReplicationKind::RefreshDns, .instances = {InstanceId(1)}};
        m_facts.surveys.at(InstanceId(2)).inRecovery = false;
        const Plan two = plan(request);
        QVERIFY(!two.whyNotRunnable().isEmpty());
        QCOMPARE(std::ranges::find(two.findings, u"two-primaries"_s, &Finding::check)->override_, Override::WithReason);
        describe(u"15"_s);
        lost();
        const Plan none = plan(request);
        QVERIFY(none.steps.empty());
        QCOMPARE(std::ranges::find(none.findings, u"primary"_s, &Finding::check)->severity, Severity::Blocker);
    }

    // What a follower reads through has to be there before it comes, and what nobody reads any more must not keep WAL.
    void slotsMoveAlong()
    {
        const ReplicationRequest request{.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}, .oldPrimary = OldPrimary::Rejoin};
        Survey& primary = m_facts.surveys.at(InstanceId(1));
        Survey& candidate = m_facts.surveys.at(InstanceId(2));
        Survey& follower = m_facts.surveys.at(InstanceId(3));
        candidate.primarySlotName = u"db2"_s;
        follower.primarySlotName = u"db3"_s;
        candidate.settings[u"max_replication_slots"_s] = u"2"_s;
        primary.slots_ = {{.name = u"db2"_s, .isActive = true}, {.name = u"db3"_s, .isActive = true}, {.name = u"theirs"_s}};
        const auto stepOf = [](const Plan& made, const QString& start) { return std::ranges::find_if(made.steps, [&](const Step& step) { return step.title.startsWith(start); }); };
        const Plan made = plan(request);
        QCOMPARE(made.whyNotRunnable(), QString());
        const auto make = stepOf(made, u"Make the replication slot db3 on trading on db2"_s);
        const auto configure = stepOf(made, u"Configure trading on db3"_s);
        QVERIFY(make != made.steps.end() && configure->after == std::vector{make->id});
        QVERIFY(std::get<RunScript>(configure->action).script.contains("slot=db3") || std::get<RunScript>(configure->action).script.contains("slot='db3'"));
        const auto remove = stepOf(made, u"Remove the replication slots on trading on db1 that nobody reads any more: db2, db3"_s);
        QVERIFY(remove != made.steps.end() && remove->onFailure == OnFailure::Continue);
        QVERIFY(comesAfter(made, *remove, stepOf(made, u"See trading on db3 stream"_s)->id));
        QVERIFY(!std::get<RunScript>(remove->action).script.contains("theirs"));
        QVERIFY(std::ranges::any_of(made.findings, [](const Finding& one) { return one.check == u"slot"_s && one.text.contains(u"no primary_slot_name"_s); }));
        // The old one has a name for its own.
        primary.primarySlotName = u"db1"_s;
        QVERIFY(stepOf(plan(request), u"Make the replication slot db1 on trading on db2"_s)->title.size() > 0);
        ReplicationRequest off = request;
        off.oldPrimary = OldPrimary::LeaveOff;
        const Plan leftOff = plan(off);
        QVERIFY(stepOf(leftOff, u"Remove"_s) == leftOff.steps.end() && stepOf(leftOff, u"Make the replication slot db1"_s) == leftOff.steps.end());
        QVERIFY(std::ranges::any_of(leftOff.findings, [](const Finding& one) { return one.check == u"slots"_s && one.severity == Severity::Warning; }));
        const auto blocked = [&] { return std::ranges::any_of(plan(request).findings, [](const Finding& one) { return one.check == u"slot"_s && one.severity == Severity::Blocker; }); };
        QVERIFY(!blocked());
        candidate.slots_ = {{.name = u"other"_s}, {.name = u"others"_s}};
        QVERIFY(blocked()); // no room
        candidate.slots_ = {{.name = u"db3"_s, .isLogical = true}};
        QVERIFY(blocked());
        candidate.slots_ = {{.name = u"db3"_s, .isActive = true}};
        QVERIFY(blocked());
        candidate.slots_.clear();
        follower.primarySlotName = u"x'); drop table t; --"_s;
        const Plan hostile = plan(request);
        QVERIFY(!blocked() && stepOf(hostile, u"Make the replication slot x"_s) == hostile.steps.end());
    }

    // By the team's wish the name that moves along stands in primary_conninfo: it is looked up on each server before anybody relies on it there.
    void followersByName()
    {
        m_options.upstreamHost = UpstreamHost::VirtualHost;
        const auto stepOf = [](const Plan& made, const QString& start) { return std::ranges::find_if(made.steps, [&](const Step& step) { return step.title.startsWith(start); }); };
        const auto conninfoOf = [&](const Plan& made, const QString& member) {
            const auto step = stepOf(made, u"Configure trading on %1"_s.arg(member));
            return step == made.steps.end() ? QByteArray() : std::get<RunScript>(step->action).script;
        };
        const ReplicationRequest request{.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}, .oldPrimary = OldPrimary::Rejoin};
        const Plan made = plan(request);
        QCOMPARE(made.whyNotRunnable(), QString());
        for (const char* member : {"db1", "db3"}) {
            QVERIFY(conninfoOf(made, QString::fromLatin1(member)).contains("host=app.example "));
            const auto see = stepOf(made, u"See app.example lead to db2 on the server of trading on %1"_s.arg(QString::fromLatin1(member)));
            QVERIFY(see != made.steps.end());
            QVERIFY(comesAfter(made, *see, stepOf(made, u"See all name servers"_s)->id));
            // Nobody comes to the old one by what is remembered of the name.
            QVERIFY(comesAfter(made, *stepOf(made, u"Start trading on db1"_s), see->id));
            const auto stream = stepOf(made, u"See trading on %1 stream"_s.arg(QString::fromLatin1(member)));
            QVERIFY(stream->upstream->senderHosts.contains(u"app.example"_s));
        }
        QVERIFY(comesAfter(made, *stepOf(made, u"Configure trading on db3"_s), stepOf(made, u"See app.example lead to db2 on the server of trading on db3"_s)->id));
        QVERIFY(stepOf(made, u"Let "_s) == made.steps.end());
        QCOMPARE(Plan::fromJson(made.toJson()).value(), made);

        // The name stays where it is: it is of no use.
        const auto warned = [](const Plan& one) { return std::ranges::any_of(one.findings, [](const Finding& f) { return f.check == u"upstream-host"_s && f.severity == Severity::Warning; }); };
        QVERIFY(!warned(made));
        const auto names = m_facts.names;
        m_facts.names.clear();
        const Plan without = plan(request);
        QVERIFY(warned(without) && conninfoOf(without, u"db3"_s).contains("host=db2 ") && stepOf(without, u"See app"_s) == without.steps.end());

        // Who is made to follow the primary at another time gets the name only where it points to it.
        const ReplicationRequest remaster{.kind = ReplicationKind::Remaster, .instances = {InstanceId(3)}, .upstream = InstanceId(1)};
        QVERIFY(warned(plan(remaster)) && conninfoOf(plan(remaster), u"db3"_s).contains("host=db1 "));
        m_facts.names = names;
        QVERIFY(!warned(plan(remaster)) && conninfoOf(plan(remaster), u"db3"_s).contains("host=app.example "));
        m_facts.names.at(HerdId(1))->primary.target = u"db2.example"_s;
        QVERIFY(warned(plan(remaster)) && conninfoOf(plan(remaster), u"db3"_s).contains("host=db1 "));
        m_facts.names = names;
        m_facts.names.at(HerdId(1))->nameServers.front().target = u"db2.example"_s; // not everybody would find it
        QVERIFY(warned(plan(remaster)));
        // A cascade follows a server.
        m_facts.names = names;
        const Plan cascade = plan({.kind = ReplicationKind::Remaster, .instances = {InstanceId(3)}, .upstream = InstanceId(2)});
        QVERIFY(!warned(cascade) && conninfoOf(cascade, u"db3"_s).contains("host=db2 "));

        // Whoever was lost may still hold on to a receiver.
        m_facts.names = names;
        lost();
        m_facts.surveys.at(InstanceId(3)).followers.clear();
        Plan failover = plan({.kind = ReplicationKind::Failover, .instances = {InstanceId(2)}});
        const auto anew = stepOf(failover, u"Let trading on db3 connect anew"_s);
        QVERIFY2(anew != failover.steps.end(), qPrintable(failover.toText()));
        QVERIFY(comesAfter(failover, *stepOf(failover, u"See trading on db3 stream"_s), anew->id));
    }

    // One follower that cannot come along does not keep the service where it is lost; it is left as it is.
    void aFollowerIsLeftAlone()
    {
        m_facts.trials.at({InstanceId(3), InstanceId(2)}).replication.connected = false;
        Survey& primary = m_facts.surveys.at(InstanceId(1));
        m_facts.surveys.at(InstanceId(2)).primarySlotName = u"db2"_s;
        m_facts.surveys.at(InstanceId(3)).primarySlotName = u"db3"_s;
        primary.slots_ = {{.name = u"db2"_s, .isActive = true}, {.name = u"db3"_s, .isActive = true}};
        Plan made = plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}, .oldPrimary = OldPrimary::Rejoin});
        QVERIFY(!made.whyNotRunnable().isEmpty());
        for (Finding& finding : made.findings) {
            if (finding.severity == Severity::Blocker && finding.override_ == Override::WithReason)
                finding.reason = u"it is scrap"_s;
        }
        QCOMPARE(made.whyNotRunnable(), QString());
        for (const Step& step : made.steps)
            QVERIFY2(step.instance != InstanceId(3), qPrintable(step.title));
        // Its slot stays, for it may come back.
        QVERIFY(titlesOf(made).contains(u"Remove the replication slots on trading on db1 that nobody reads any more: db2"_s));
    }

    // Of two herds one cannot be moved: with a reason the other one is, and this one is left as it is.
    void aHerdIsLeftAlone()
    {
        addSecondHerd();
        const ReplicationRequest request{.kind = ReplicationKind::Switchover, .instances = {InstanceId(2), InstanceId(5)}};
        QCOMPARE(plan(request).whyNotRunnable(), QString());
        const size_t both = plan(request).steps.size();
        m_facts.surveys.at(InstanceId(5)).replayPaused = true;
        Plan made = plan(request);
        QVERIFY(!made.whyNotRunnable().isEmpty());
        const auto paused = std::ranges::find(made.findings, u"replay-paused"_s, &Finding::check);
        QVERIFY(paused->override_ == Override::WithReason && paused->cure.contains(u"left as it is"_s));
        paused->reason = u"later"_s;
        QCOMPARE(made.whyNotRunnable(), QString());
        QCOMPARE(made.steps.size(), both / 2);
        for (const Step& step : made.steps)
            QVERIFY(step.instance->value <= 3);
        // Alone it has nothing to be left out of.
        const Plan alone = plan({.kind = ReplicationKind::Switchover, .instances = {InstanceId(5)}});
        QCOMPARE(std::ranges::find(alone.findings, u"replay-paused"_s, &Finding::check)->override_, Override::Never);
    }

    void aServerIsDrained()
    {
        ReplicationRequest request{.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}, .drained = {ServerId(1)}};
        const Plan made = plan(request);
        QCOMPARE(made.whyNotRunnable(), QString());
        QVERIFY2(made.title.startsWith(u"Drain db1"_s), qPrintable(made.title));
        QVERIFY(titlesOf(made).contains(u"Hand over from trading on db1 to trading on db2"_s));
        QCOMPARE(Plan::fromJson(made.toJson()).value(), made);
        // The primary is elsewhere already: it is left where it is.
        request.drained = {ServerId(3)};
        const Plan elsewhere = plan(request);
        QVERIFY(elsewhere.steps.empty());
        QVERIFY(std::ranges::find(elsewhere.findings, u"drain"_s, &Finding::check)->text.contains(u"on another server"_s));
        request.drained = {ServerId(1), ServerId(2)};
        const Plan there = plan(request);
        QCOMPARE(std::ranges::find(there.findings, u"drain"_s, &Finding::check)->severity, Severity::Blocker);
    }

    void twoOfOneHerd()
    {
        const PlanningTools tools{.surveyor = m_surveyor, .build = {}, .resolve = {}, .clock = m_clock};
        const auto made = planReplication({.kind = ReplicationKind::Switchover, .instances = {InstanceId(2), InstanceId(3)}}, m_inventory, m_facts, tools, QUuid::createUuid());
        QVERIFY(!made);
        QCOMPARE(made.error().kind, ErrorKind::InvalidInput);
    }

private:
    void describe(const QString& major)
    {
        HerdOnPaper::describe(major, u"app.example"_s);
        for (const int number : {2, 3}) {
            m_facts.surveys.at(InstanceId(number)).mayRelay = true;
            m_facts.surveys.at(InstanceId(1)).followers.push_back({u"replicator"_s, u"db%1"_s.arg(number), u"10.0.0.%1"_s.arg(number), u"streaming"_s});
        }
        const auto known = m_facts.trials.at({InstanceId(3), InstanceId(1)});
        for (const auto& pair : {std::pair{InstanceId(3), InstanceId(2)}, std::pair{InstanceId(1), InstanceId(2)}, std::pair{InstanceId(2), InstanceId(3)}})
            m_facts.trials.insert_or_assign(pair, known);
        const DnsZone zone{.name = u"example"_s, .primary = u"ns1.example"_s, .primaryAddresses = {u"10.0.0.53"_s}, .nameServers = {u"ns1.example"_s}, .serial = 7};
        const DnsAnswer answer{.server = u"ns1.example"_s, .address = u"10.0.0.53"_s, .target = u"db1.example"_s, .timeToLive = 30s};
        m_facts.names.insert_or_assign(HerdId(1), DnsReading{u"app.example"_s, zone, answer, {answer}});
    }
    // As the first one, on the same servers: instances 4 to 6.
    void addSecondHerd()
    {
        InventoryRows rows = m_inventory.rows();
        Herd herd = rows.herds.front();
        herd.id = HerdId(2);
        herd.name = u"orders"_s;
        herd.port = 5433;
        herd.virtualHost = u"orders.example"_s;
        rows.herds.push_back(herd);
        for (int i = 1; i <= 3; ++i) {
            Instance row = rows.instances[static_cast<size_t>(i) - 1];
            row.id = InstanceId(i + 3);
            row.herd = HerdId(2);
            if (row.upstream)
                row.upstream = InstanceId(4);
            rows.instances.push_back(row);
            Survey seen = m_facts.surveys.at(InstanceId(i));
            seen.instance = row.id;
            m_facts.surveys.insert_or_assign(row.id, seen);
        }
        const auto trials = m_facts.trials;
        for (const auto& [pair, tried] : trials)
            m_facts.trials.insert_or_assign(std::pair{InstanceId(pair.first.value + 3), InstanceId(pair.second.value + 3)}, tried);
        DnsReading name = m_facts.names.at(HerdId(1)).value();
        name.name = u"orders.example"_s;
        m_facts.names.insert_or_assign(HerdId(2), name);
        m_inventory = Inventory(rows, {}, 2, {});
    }
    void lost()
    {
        m_facts.surveys.at(InstanceId(1)) = Survey{.instance = InstanceId(1)};
        m_facts.surveys.at(InstanceId(1)).error = Error{.kind = ErrorKind::Unreachable, .what = u"No route."_s};
    }
    static QStringList titlesOf(const Plan& plan)
    {
        QStringList titles;
        for (const Step& step : plan.steps)
            titles << step.title;
        return titles;
    }
    static bool comesAfter(const Plan& plan, const Step& step, int first)
    {
        return std::ranges::any_of(step.after, [&](int before) { return before == first || comesAfter(plan, plan.steps[static_cast<size_t>(before)], first); });
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::FailoverPlansTest)
#include "tst_failoverplans.moc"
