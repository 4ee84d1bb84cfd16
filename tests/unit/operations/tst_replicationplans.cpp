#include "tests/unit/operations/herdonpaper.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

// From what was seen to the plan: what differs between the versions, which way of a rebuild is taken, and what keeps a plan from running.
class ReplicationPlansTest final : public QObject, private HerdOnPaper {
    Q_OBJECT

private Q_SLOTS:
    void init() { describe(u"15"_s); }

    void versions_data()
    {
        QTest::addColumn<QString>("major");
        QTest::addColumn<bool>("recoveryConf");
        QTest::addColumn<bool>("reloads");
        QTest::addColumn<QByteArray>("function");
        const auto row = [](const char* major, bool recoveryConf, bool reloads, const char* function) {
            QTest::newRow(major) << QString::fromLatin1(major) << recoveryConf << reloads << QByteArray(function);
        };
        row("9.6", true, false, "pg_xlogfile_name(pg_current_xlog_location())");
        row("10", true, false, "pg_walfile_name(pg_current_wal_lsn())");
        row("11", true, false, "pg_walfile_name(pg_current_wal_lsn())");
        row("12", false, false, "pg_walfile_name(pg_current_wal_lsn())");
        for (const char* major : {"13", "14", "15", "16", "17", "18"})
            row(major, false, true, "pg_walfile_name(pg_current_wal_lsn())");
    }
    void versions()
    {
        QFETCH(QString, major);
        QFETCH(bool, recoveryConf);
        QFETCH(bool, reloads);
        QFETCH(QByteArray, function);
        describe(major);
        const Plan remaster = plan({.kind = ReplicationKind::Remaster, .instances = {InstanceId(3)}, .upstream = InstanceId(2)});
        QCOMPARE(remaster.whyNotRunnable(), QString());
        QCOMPARE(remaster.steps.size(), 4u);
        const auto& configure = std::get<RunScript>(remaster.steps[0].action);
        QCOMPARE(configure.script.contains("kind=recovery\n"), recoveryConf);
        QCOMPARE(std::holds_alternative<RunCommand>(remaster.steps[1].action), reloads);
        QCOMPARE(std::holds_alternative<RestartInstance>(remaster.steps[1].action), !reloads);
        QCOMPARE(remaster.steps[2].postcondition, Condition::Streaming);
        const Plan promote = plan({.kind = ReplicationKind::Promote, .instances = {InstanceId(3)}});
        QVERIFY(promote.steps[1].proofScript.contains(function));
    }

    void theLadder_data()
    {
        QTest::addColumn<bool>("hints");
        QTest::addColumn<bool>("room");
        QTest::addColumn<QString>("ways");
        QTest::newRow("everything can be done") << true << true << u"rewind, copy"_s;
        QTest::newRow("no hints") << false << true << u"copy"_s;
        QTest::newRow("no room") << true << false << u"rewind, in place"_s;
        QTest::newRow("neither") << false << false << u"in place"_s;
    }
    void theLadder()
    {
        QFETCH(bool, hints);
        QFETCH(bool, room);
        QFETCH(QString, ways);
        Survey& target = m_facts.surveys.at(InstanceId(3));
        target.walLogHints = hints;
        target.freeBytes = room ? 100'000'000'000 : 1000;
        const Plan made = plan({.kind = ReplicationKind::Rebuild, .instances = {InstanceId(3)}});
        QCOMPARE(made.whyNotRunnable(), QString());
        QStringList found;
        for (const Step& step : made.steps) {
            if (step.title.startsWith(u"Rewind "_s))
                found << u"rewind"_s;
            if (step.title.startsWith(u"Copy "_s))
                found << u"copy"_s;
            if (step.title.startsWith(u"Bring "_s))
                found << u"in place"_s;
        }
        QCOMPARE(found.join(u", "_s), ways);
        // The last way runs only when the one before did not work.
        if (found.size() == 2) {
            const auto second = std::ranges::find_if(made.steps, [](const Step& step) { return step.title.startsWith(u"Copy "_s) || step.title.startsWith(u"Bring "_s); });
            QVERIFY(second->guard && !second->guard->succeeded);
            QVERIFY(made.steps[static_cast<size_t>(second->guard->step)].title.startsWith(u"Rewind "_s));
        }
    }

    void blockers_data()
    {
        QTest::addColumn<std::function<void(ReplicationFacts&)>>("change");
        QTest::addColumn<QString>("check");
        QTest::addColumn<bool>("overridable");
        const auto row = [](const char* name, const char* check, bool overridable, std::function<void(ReplicationFacts&)> change) {
            QTest::newRow(name) << std::move(change) << QString::fromLatin1(check) << overridable;
        };
        row("a supervisor", "supervisor", false, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).supervisor = u"Patroni"_s; });
        row("another cluster", "system-identifier", false, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).systemIdentifier = 1; });
        row("another version", "version", false, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).version = PgVersion{14, 1, 0}; });
        row("ahead", "position", true, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).position = Lsn{0x9000000}; });
        row("a later timeline", "timeline", true, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).runningTimeline = 9; });
        row("small settings", "settings", true, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).settings[u"max_connections"_s] = u"10"_s; });
        row("refused", "replication-connection", false, [](ReplicationFacts& f) {
            auto& trial = f.trials.at({InstanceId(3), InstanceId(1)}).replication;
            trial.connected = false;
            trial.words = u"FATAL: no pg_hba.conf entry"_s;
        });
        row("not looked at", "reach", false, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)) = Survey{.instance = InstanceId(3)}; });
        row("another account", "account", false, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).shell.clear(); });
        row("somebody works there", "busy", false, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).busyWith = u"deadbeef"_s; });
        row("another cluster has the port", "survey", false, [](ReplicationFacts& f) {
            f.surveys.at(InstanceId(3)).error = Error{.kind = ErrorKind::Conflict, .what = u"Another cluster has the port."_s};
        });
        row("its source follows it", "circle", false, [](ReplicationFacts& f) {
            Survey& source = f.surveys.at(InstanceId(1));
            source.inRecovery = true;
            source.standbySignal = true;
            source.primaryConninfo = u"host=10.0.0.3 user=replicator"_s;
            f.surveys.at(InstanceId(3)).addresses = {u"10.0.0.3"_s};
        });
        row("no database, but files", "directory", false, [](ReplicationFacts& f) {
            f.surveys.at(InstanceId(3)).hasDatabase = false;
            f.surveys.at(InstanceId(3)).isEmpty = false;
        });
        row("nothing known of the directory", "directory", false, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).hasDatabase.reset(); });
        row("a line feed in its name", "directory", false, [](ReplicationFacts& f) { f.surveys.at(InstanceId(3)).realDirectory = u"/data/a\nb"_s; });
        row("no sender left", "wal-senders", true, [](ReplicationFacts& f) { f.surveys.at(InstanceId(1)).settings[u"max_wal_senders"_s] = u"0"_s; });
    }
    void blockers()
    {
        QFETCH(std::function<void(ReplicationFacts&)>, change);
        QFETCH(QString, check);
        QFETCH(bool, overridable);
        change(m_facts);
        Plan made = plan({.kind = ReplicationKind::Rebuild, .instances = {InstanceId(3)}, .upstream = InstanceId(1)});
        const auto found = std::ranges::find_if(made.findings, [&](const Finding& f) { return f.severity == Severity::Blocker && f.check == check; });
        QVERIFY2(found != made.findings.end(), qPrintable(made.toText()));
        QVERIFY(!made.whyNotRunnable().isEmpty());
        QCOMPARE(found->override_ == Override::WithReason, overridable);
        QVERIFY(overridable ? !found->cure.isEmpty() : true);
        if (overridable) {
            found->reason = u"tested"_s;
            QCOMPARE(made.whyNotRunnable(), QString());
        }
    }

    // What does not keep a plan from running, and is said.
    void findings_data()
    {
        using Change = std::function<void(Survey&, Survey&)>;
        QTest::addColumn<Change>("change"); // of the target and the source
        QTest::addColumn<QString>("check");
        QTest::addColumn<Severity>("severity");
        QTest::addColumn<QString>("measured");
        const auto row = [](const char* name, const char* check, Severity severity, const QString& measured, Change change) {
            QTest::newRow(name) << std::move(change) << QString::fromLatin1(check) << severity << measured;
        };
        row("a recovery target", "recovery-target", Severity::Warning, u"recovery_target_xid = 7"_s, [](Survey& t, Survey&) { t.recoveryTargets = {{u"recovery_target_xid"_s, u"7"_s}}; });
        row("a mount below", "copy", Severity::Warning, u"/data/main/pg_wal"_s, [](Survey& t, Survey&) { t.mountsBelow = {u"/data/main/pg_wal"_s}; });
        row("a mounted tablespace", "copy", Severity::Warning, u"/ts/1"_s, [](Survey& t, Survey&) { t.tablespaces = {{7, u"/ts/1"_s, true, {}}}; });
        row("mounted WAL", "copy", Severity::Warning, u"/wal"_s, [](Survey& t, Survey&) { t.walLink = u"/wal"_s; t.walIsMountPoint = true; });
        row("mount not known", "directory", Severity::Unknown, {}, [](Survey& t, Survey&) { t.isMountPoint.reset(); });
        row("writable not known", "directory", Severity::Unknown, {}, [](Survey& t, Survey&) { t.parentWritable.reset(); });
        row("leftovers not known", "leftovers", Severity::Unknown, {}, [](Survey& t, Survey&) { t.leftoversKnown = false; });
        row("a slot left there", "slot", Severity::Warning, u"elephaas_deadbeef"_s, [](Survey&, Survey& s) { s.slots_ = {{.name = u"elephaas_deadbeef"_s}}; });
        row("a slot here", "slot", Severity::Warning, u"mine"_s, [](Survey& t, Survey&) { t.slots_ = {{.name = u"mine"_s}}; });
        row("a crash", "position", Severity::Unknown, {}, [](Survey& t, Survey&) {
            t.answered = false;
            t.postmasterRuns = false;
            t.controlState = u"in production"_s;
        });
        row("a primary of before", "timeline", Severity::Warning, {}, [](Survey& t, Survey& s) {
            t.answered = false;
            t.standbySignal = false;
            t.controlState = u"shut down"_s;
            s.runningTimeline = 2;
        });
        row("namesakes", "follower-name", Severity::Warning, u"walreceiver"_s, [](Survey&, Survey& s) {
            s.followers = {{u"r"_s, u"walreceiver"_s, u"10.0.0.2"_s, u"streaming"_s}, {u"r"_s, u"walreceiver"_s, u"10.0.0.9"_s, u"streaming"_s}};
        });
    }
    void findings()
    {
        using Change = std::function<void(Survey&, Survey&)>;
        QFETCH(Change, change);
        QFETCH(QString, check);
        QFETCH(Severity, severity);
        QFETCH(QString, measured);
        const ReplicationRequest request{.kind = ReplicationKind::Rebuild, .instances = {InstanceId(3)}};
        const auto found = [&](const Plan& made) {
            return std::ranges::any_of(made.findings, [&](const Finding& f) { return f.severity == severity && f.check == check && f.measured.contains(measured); });
        };
        QVERIFY(!found(plan(request)));
        change(m_facts.surveys.at(InstanceId(3)), m_facts.surveys.at(InstanceId(1)));
        const Plan made = plan(request);
        QVERIFY2(found(made), qPrintable(made.toText()));
        QCOMPARE(made.whyNotRunnable(), QString());
    }

    // Of two that were promoted apart the number says nothing; of one that follows its upstream's promotion, where that began.
    void timelines_data()
    {
        QTest::addColumn<ReplicationKind>("kind");
        QTest::addColumn<TimelinePlace>("target");
        QTest::addColumn<quint64>("position");
        QTest::addColumn<TimelinePlace>("source");
        QTest::addColumn<Severity>("severity");
        QTest::addColumn<QString>("check");
        QTest::addColumn<QString>("text");
        const auto row = [](const char* name, ReplicationKind kind, const TimelinePlace& target, quint64 position, const TimelinePlace& source,
                             Severity severity, const char* check, const QString& text) {
            QTest::newRow(name) << kind << target << position << source << severity << QString::fromLatin1(check) << text;
        };
        const TimelinePlace first{.timeline = 1};
        const TimelinePlace promoted{2, TimelineHistory{{1, {0x2000000}}}};
        const TimelinePlace otherwise{2, TimelineHistory{{1, {0x1800000}}}};
        const TimelinePlace unknown{.timeline = 2};
        constexpr auto follow = ReplicationKind::Remaster;
        constexpr auto rebuild = ReplicationKind::Rebuild;
        row("it can follow", follow, first, 0x2000000, promoted, Severity::Ok, "position", u"Is not ahead"_s);
        row("it is past", follow, first, 0x2000002, promoted, Severity::Blocker, "timeline", u"Is 2 bytes past the point"_s);
        row("nobody knows", follow, first, 0x2000000, unknown, Severity::Warning, "timeline", u"it can follow only if"_s);
        row("it parted, behind", follow, otherwise, 0x1900000, promoted, Severity::Blocker, "timeline", u"parted"_s);
        row("it parted, ahead", follow, otherwise, 0x9000000, promoted, Severity::Blocker, "timeline", u"parted"_s);
        row("nothing is lost", rebuild, first, 0x2000000, promoted, Severity::Ok, "position", u"Is not ahead"_s);
        row("some is lost", rebuild, first, 0x2000002, promoted, Severity::Warning, "timeline", u"lost, 2 bytes at most"_s);
        row("what it wrote is lost", rebuild, otherwise, 0x9000000, promoted, Severity::Blocker, "timeline", u"is lost"_s);
    }
    void timelines()
    {
        QFETCH(const ReplicationKind, kind);
        QFETCH(const TimelinePlace, target);
        QFETCH(const quint64, position);
        QFETCH(const TimelinePlace, source);
        QFETCH(const Severity, severity);
        QFETCH(const QString, check);
        QFETCH(const QString, text);
        const auto stand = [&](int member, const TimelinePlace& place) {
            Survey& seen = m_facts.surveys.at(InstanceId(member));
            seen.runningTimeline = place.timeline;
            if (place.history)
                seen.timelineHistories = {{place.timeline, *place.history}};
            return &seen;
        };
        Survey* seen = stand(3, target);
        seen->position = seen->receiveLsn = Lsn{position};
        stand(1, source)->position = Lsn{0x3000000};
        ReplicationRequest request{.kind = kind, .instances = {InstanceId(3)}};
        if (kind == ReplicationKind::Remaster)
            request.upstream = InstanceId(1);
        const Plan made = plan(request);
        QVERIFY2(std::ranges::any_of(made.findings, [&](const Finding& f) { return f.severity == severity && f.check == check && f.text.contains(text); }), qPrintable(made.toText()));
        QCOMPARE(made.whyNotRunnable().isEmpty(), severity != Severity::Blocker);
    }

    // It runs as primary now, whatever the inventory still says.
    void theInventoryIsOfYesterday()
    {
        Survey& source = m_facts.surveys.at(InstanceId(2));
        source.inRecovery = false;
        source.standbySignal = false;
        m_facts.surveys.at(InstanceId(1)).answered = false;
        m_facts.surveys.at(InstanceId(1)).controlState = u"shut down"_s;
        m_facts.trials.emplace(std::pair{InstanceId(1), InstanceId(2)}, m_facts.trials.at({InstanceId(3), InstanceId(1)}));
        QCOMPARE(plan({.kind = ReplicationKind::Rebuild, .instances = {InstanceId(1)}}).whyNotRunnable(), QString());
    }

    // To let it follow a replica would take the herd its only primary.
    void theOnlyPrimary()
    {
        m_facts.trials.emplace(std::pair{InstanceId(1), InstanceId(2)}, m_facts.trials.at({InstanceId(3), InstanceId(1)}));
        const Plan made = plan({.kind = ReplicationKind::Demote, .instances = {InstanceId(1)}, .upstream = InstanceId(2)});
        QVERIFY(std::ranges::any_of(made.findings, [](const Finding& f) { return f.check == u"only-primary"_s && f.severity == Severity::Blocker; }));
    }

    // By which address it is told from a namesake.
    void whoStreams()
    {
        const auto of = [&] {
            const Plan made = plan({.kind = ReplicationKind::Remaster, .instances = {InstanceId(3)}, .upstream = InstanceId(1)});
            return made.steps.at(2).upstream.value();
        };
        m_facts.surveys.at(InstanceId(1)).addresses = {u"10.0.0.1"_s};
        m_facts.surveys.at(InstanceId(3)).addresses = {u"10.0.0.3"_s};
        QCOMPARE(of().followerAddresses, QStringList{u"10.0.0.3"_s});
        QCOMPARE(of().senderHosts, QStringList({u"db1"_s, u"10.0.0.1"_s}));
        QCOMPARE(of().senderPort, 5432);
        // Addresses are translated on the way: they tell nothing.
        m_facts.surveys.at(InstanceId(1)).followers = {{u"replicator"_s, u"db3"_s, u"172.16.0.1"_s, u"streaming"_s}};
        QCOMPARE(of().followerAddresses, QStringList());
    }

    // What lies outside is renamed and removed: a copy is made only where it is known to the letter, and apart.
    void placesOutside_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<bool>("wal");
        QTest::addColumn<bool>("copies");
        const auto row = [](const char* name, const char* path, bool wal, bool copies) { QTest::newRow(name) << QString::fromLatin1(path) << wal << copies; };
        row("a tablespace", "/ts/fast", false, true);
        row("a name that begins alike", "/data/main2", false, true);
        row("WAL elsewhere", "/wal/main", true, true);
        row("no exact text", "", false, false);
        row("relative", "../ts", false, false);
        row("a way up", "/ts/../data/main/x", false, false);
        row("in the data directory", "/data/main/ts", false, false);
        row("the data directory", "/data/main", false, false);
        row("around it", "/data", false, false);
        row("in the source's", "/data/source/ts", false, false);
        row("a line feed", "/ts/a\nb", false, false);
        row("WAL in the data directory", "/data/main/wal", true, false);
        row("relative WAL", "../wal", true, false);
    }
    void placesOutside()
    {
        QFETCH(QString, path);
        QFETCH(bool, wal);
        QFETCH(bool, copies);
        m_facts.surveys.at(InstanceId(1)).realDirectory = u"/data/source"_s;
        if (wal)
            m_facts.surveys.at(InstanceId(3)).walLink = path;
        else
            m_facts.surveys.at(InstanceId(1)).tablespaces = {{16384, path}};
        const Plan made = plan({.kind = ReplicationKind::Rebuild, .instances = {InstanceId(3)}, .method = RebuildMethod::Copy});
        QVERIFY2(made.whyNotRunnable().isEmpty() == copies, qPrintable(made.toText()));
        QCOMPARE(std::ranges::any_of(made.steps, [](const Step& step) { return step.title.startsWith(u"Copy "_s); }), copies);
    }
    // 9.6 has another name for it.
    void theOptionForWal()
    {
        for (const QString& major : {u"9.6"_s, u"10"_s, u"15"_s}) {
            describe(major);
            m_facts.surveys.at(InstanceId(3)).walLink = u"/wal/main"_s;
            const Plan made = plan({.kind = ReplicationKind::Rebuild, .instances = {InstanceId(3)}, .method = RebuildMethod::Copy});
            const auto copy = std::ranges::find_if(made.steps, [](const Step& step) { return step.title.startsWith(u"Copy "_s); });
            QVERIFY2(copy != made.steps.end(), qPrintable(made.toText()));
            const QByteArray script = std::get<RunScript>(copy->action).script;
            QCOMPARE(script.contains("--xlogdir="), major == u"9.6"_s);
            QCOMPARE(script.contains("--waldir="), major != u"9.6"_s);
        }
    }

    // Debian's configuration goes through a script that is an argument.
    void aNewMembersConfiguration_data()
    {
        QTest::addColumn<int>("refusing"); // 0: nobody
        QTest::addColumn<bool>("debian");
        QTest::addColumn<bool>("blocked");
        QTest::newRow("allowed") << 0 << true << false;
        QTest::newRow("not on the source") << 1 << true << true;
        QTest::newRow("not on the target") << 3 << true << true;
        QTest::newRow("nothing to copy") << 3 << false << false;
    }
    void aNewMembersConfiguration()
    {
        QFETCH(int, refusing);
        QFETCH(bool, debian);
        QFETCH(bool, blocked);
        Survey& target = m_facts.surveys.at(InstanceId(3));
        target.hasDatabase = target.exists = target.answered = false;
        target.systemIdentifier.reset();
        target.primaryConninfo.clear();
        if (debian)
            m_facts.surveys.at(InstanceId(1)).configDirectory = u"/etc/postgresql/15/main"_s;
        if (refusing > 0)
            m_facts.surveys.at(InstanceId(refusing)).mayRelay = false;
        const Plan made = plan({.kind = ReplicationKind::Initialise, .instances = {InstanceId(3)}, .upstream = InstanceId(1)});
        const bool isBlocked = std::ranges::any_of(made.findings, [&](const Finding& f) {
            return f.severity == Severity::Blocker && f.check == "account"_L1 && f.text.contains(u"db%1 "_s.arg(refusing));
        });
        QVERIFY2(isBlocked == blocked, qPrintable(made.toText()));
        QCOMPARE(made.whyNotRunnable().isEmpty(), !blocked);
    }

    // Whoever has a slot goes on using it, and what it kept is not thrown away: a rewind may need it.
    void theSlotOfARebuild()
    {
        Survey& target = m_facts.surveys.at(InstanceId(3));
        Survey& source = m_facts.surveys.at(InstanceId(1));
        target.primarySlotName = u"db3"_s;
        const auto stepOf = [](const Plan& made, const QString& start) { return std::ranges::find_if(made.steps, [&](const Step& step) { return step.title.startsWith(start); }); };
        for (const RebuildMethod method : {RebuildMethod::Copy, RebuildMethod::InPlace}) {
            source.slots_.clear();
            source.settings[u"max_replication_slots"_s] = u"1"_s;
            const ReplicationRequest request{.kind = ReplicationKind::Rebuild, .instances = {InstanceId(3)}, .method = method};
            const Plan made = plan(request);
            QCOMPARE(made.whyNotRunnable(), QString());
            const Step& slot = made.steps.front();
            QCOMPARE(slot.title, u"Make the replication slot db3 on trading on db1"_s);
            QVERIFY(slot.undo.has_value());
            QCOMPARE(made.steps[1].after, std::vector{slot.id});
            const QByteArray script = std::get<RunScript>(slot.action).script;
            QVERIFY(script.contains("wal_status = '") && script.count("pg_drop_replication_slot") == 1);
            QVERIFY(std::get<RunScript>(stepOf(made, u"Configure trading on db3"_s)->action).script.contains("slot=db3\n")
                || std::get<RunScript>(stepOf(made, u"Configure trading on db3"_s)->action).script.contains("slot='db3'\n"));
            source.slots_ = {{.name = u"db3"_s}};
            QVERIFY(!plan(request).steps.front().undo.has_value()); // it was there before
            source.slots_ = {{.name = u"db3"_s, .isLogical = true}};
            QVERIFY(!plan(request).whyNotRunnable().isEmpty());
            source.slots_ = {{.name = u"other"_s}};
            QVERIFY(!plan(request).whyNotRunnable().isEmpty()); // no room
        }
        // What no server would have written.
        source.slots_.clear();
        target.primarySlotName = u"'; drop"_s;
        QVERIFY(!plan({.kind = ReplicationKind::Rebuild, .instances = {InstanceId(3)}}).steps.front().title.contains(u"slot"_s));
        // Before 13 no slot loses what it kept.
        describe(u"12"_s);
        m_facts.surveys.at(InstanceId(3)).primarySlotName = u"db3"_s;
        QVERIFY(!std::get<RunScript>(plan({.kind = ReplicationKind::Rebuild, .instances = {InstanceId(3)}, .method = RebuildMethod::Copy}).steps.front().action).script.contains("wal_status"));
    }

    void samePlanTwice()
    {
        m_facts.surveys.at(InstanceId(3)).addresses = {u"10.0.0.3"_s};
        const ReplicationRequest request{.kind = ReplicationKind::Rebuild, .instances = {InstanceId(3)}};
        QCOMPARE(plan(request).steps, plan(request).steps);
        const auto back = Plan::fromJson(plan(request).toJson());
        QVERIFY(back);
        QCOMPARE(back->steps, plan(request).steps);
        QCOMPARE(back->herds, std::vector<HerdId>{HerdId(1)}); // what is locked
    }

    // By which name the others reach the upstream counts only where the upstream itself shows them.
    void theUpstreamsOtherNetwork()
    {
        Survey& follower = m_facts.surveys.at(InstanceId(2));
        follower.primaryConninfo = u"host=10.9.9.1 port=5433 user=replicator application_name=db2"_s;
        follower.receiverState = u"streaming"_s;
        follower.addresses = {u"10.9.9.2"_s};
        const auto of = [&] { return *standbyConninfo(m_inventory, m_facts, *m_inventory.find(InstanceId(3)), *m_inventory.find(InstanceId(1))); };
        QVERIFY2(of().contains(u"host=db1 "_s) && of().contains(u"port=5432"_s), qPrintable(of()));
        m_facts.surveys.at(InstanceId(1)).followers = {{u"replicator"_s, u"db2"_s, u"10.9.9.2"_s, u"streaming"_s}};
        QVERIFY2(of().contains(u"host=10.9.9.1 "_s) && of().contains(u"port=5433"_s), qPrintable(of()));
        QVERIFY(!of().contains(u"db2"_s));
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ReplicationPlansTest)
#include "tst_replicationplans.moc"
