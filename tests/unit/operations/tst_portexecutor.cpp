#include "models/operations/lifecycle.h"
#include "models/operations/portexecutor.h"
#include "models/operations/steprun.h"
#include "tests/unit/operations/fakeworld.h"

#include <QTest>

#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

using tests::FakeClock;
using tests::FakeProber;
using tests::FakeShell;
using tests::FakeWorld;

Step stepOf(LifecycleKind kind)
{
    InventoryRows rows;
    rows.herds = {{.id = HerdId(1), .name = u"trading"_s}};
    rows.servers = {{.id = ServerId(1), .hostName = u"db1"_s}};
    Instance row;
    row.id = InstanceId(1);
    row.herd = HerdId(1);
    row.server = ServerId(1);
    rows.instances = {row};
    const std::vector<InstanceId> ids{row.id};
    return planLifecycle(kind, Inventory(rows, {}, 1, {}), ids,
        [](const QString& name, InstanceId) -> Expected<QByteArray> { return name.toUtf8(); }, {}, {}, {})
        ->steps.front();
}

struct Run {
    explicit Run(LifecycleKind kind)
        : step(stepOf(kind))
    {
    }

    StepResult go()
    {
        PortExecutor executor(std::make_shared<FakeShell>(world), std::make_shared<FakeProber>(world), clock, {.poll = 0ms});
        const StepContext context{cancel.get_token(), abort.get_token(), [this](const OperationEvent& event) {
            if (const auto* chunk = std::get_if<StepOutput>(&event))
                output += chunk->bytes;
            if (const auto* observed = std::get_if<StepObserved>(&event))
                last = *observed->observation;
        }};
        return executor.execute(step, context);
    }

    std::shared_ptr<FakeClock> clock = std::make_shared<FakeClock>();
    FakeWorld world{clock};
    Step step;
    std::stop_source cancel;
    std::stop_source abort;
    QByteArray output;
    Observation last;
};

RemoteResult exited(int code) { return {.outcome = Exited{code}}; }
RemoteResult lost() { return {.outcome = OutcomeUnknown{{.kind = ErrorKind::LinkLost, .what = u"The link was lost."_s}}}; }
RemoteResult outOfTime(RemoteResult::Ended ended)
{
    return {.outcome = OutcomeUnknown{{.kind = ErrorKind::TimedOut, .what = u"Out of time."_s}}, .ended = ended};
}
RemoteResult notStarted() { return {.outcome = NotStarted{{.kind = ErrorKind::Unreachable, .what = u"No route."_s}}}; }

using Before = std::function<void(FakeWorld&)>;
using Command = std::function<RemoteResult(FakeWorld&, const QByteArray&, const OutputSink&)>;

const Before asIs = [](FakeWorld&) {};
const Before down = [](FakeWorld& world) { world.goDown(); };
const Before crashed = [](FakeWorld& world) { world.goDown(u"in production"_s); };
const Before startingUp = [](FakeWorld& world) { world.beBusy(u"starting up"_s); };
const Before gone = [](FakeWorld& world) { world.beUnreachable(); };

Command obeys(int code)
{
    return [code](FakeWorld& world, const QByteArray& command, const OutputSink&) {
        if (command == "start")
            world.comeUp();
        else if (command == "stop")
            world.goDown();
        else
            world.seen.configurationLoaded = world.clock->now().addMSecs(1);
        return exited(code);
    };
}
Command says(const RemoteResult& result, const QByteArray& words = {})
{
    return [result, words](FakeWorld&, const QByteArray&, const OutputSink& sink) {
        if (!words.isEmpty())
            sink(OutputStream::Errors, words);
        return result;
    };
}

} // namespace

class PortExecutorTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // By the upstream's row of it and not of a namesake, and by its own receiver.
    void whoStreams_data()
    {
        QTest::addColumn<QStringList>("addresses");
        QTest::addColumn<QString>("shown"); // client_addr
        QTest::addColumn<QString>("sender");
        QTest::addColumn<int>("port");
        QTest::addColumn<bool>("proved");
        const QStringList own{u"10.0.0.3"_s, u"fd00::3"_s};
        QTest::newRow("it") << own << u"fd00::3"_s << u"db1"_s << 5432 << true;
        QTest::newRow("a namesake") << own << u"10.0.0.4"_s << u"db1"_s << 5432 << false;
        QTest::newRow("addresses are not known") << QStringList() << u"10.0.0.4"_s << u"DB1"_s << 5432 << true;
        QTest::newRow("by address") << own << u"10.0.0.3"_s << u"10.0.0.1"_s << 5432 << true;
        QTest::newRow("a row of yesterday") << own << u"10.0.0.3"_s << u"db2"_s << 5432 << false;
        QTest::newRow("another instance there") << own << u"10.0.0.3"_s << u"db1"_s << 5433 << false;
        QTest::newRow("the receiver does not tell") << own << u"10.0.0.3"_s << QString() << 5432 << true;
    }
    void whoStreams()
    {
        QFETCH(const QStringList, addresses);
        QFETCH(const QString, shown);
        QFETCH(const QString, sender);
        QFETCH(const int, port);
        QFETCH(const bool, proved);
        Run run(LifecycleKind::Start);
        run.world.comeUp();
        run.world.seen.role = Role::Replica;
        run.world.seen.receiverState = u"streaming"_s;
        run.world.seen.upstreamHost = sender;
        run.world.seen.upstreamPort = port;
        run.world.seen.followers = {Follower{.applicationName = u"db3"_s, .clientAddress = shown, .state = u"streaming"_s}};
        run.step.action = WaitUntil{};
        run.step.precondition = Condition::None;
        run.step.postcondition = Condition::Streaming;
        run.step.timeout = 20s;
        run.step.upstream = FollowedUpstream{.followerName = u"db3"_s, .followerAddresses = addresses, .senderHosts = {u"db1"_s, u"10.0.0.1"_s}, .senderPort = 5432};
        const StepResult result = run.go();
        QVERIFY2((result.state == StepState::Succeeded || result.state == StepState::Skipped) == proved, qPrintable(result.message));
        // An old plan knows no more than the name.
        run.step.upstream = FollowedUpstream{.followerName = u"db3"_s};
        const StepResult old = run.go();
        QVERIFY2(old.state == StepState::Succeeded || old.state == StepState::Skipped, qPrintable(old.message));
    }

    // Who only waits does not look at what was seen just now, unless something was sent there since.
    void looksOnlyOnce()
    {
        Run run(LifecycleKind::Start);
        run.world.goDown();
        run.world.onCommand = [&](const QByteArray& command, const OutputSink& sink, const std::stop_token&) { return obeys(0)(run.world, command, sink); };
        PortExecutor executor(std::make_shared<FakeShell>(run.world), std::make_shared<FakeProber>(run.world), run.clock, {.poll = 0ms});
        const StepContext context{run.cancel.get_token(), run.abort.get_token(), [](const OperationEvent&) {}};
        QCOMPARE(executor.execute(run.step, context).state, StepState::Succeeded);
        QCOMPARE(run.world.looks, 2);
        Step wait = run.step;
        wait.action = WaitUntil{};
        wait.precondition = Condition::PostmasterRuns;
        QCOMPARE(executor.execute(wait, context).state, StepState::Succeeded);
        QCOMPARE(run.world.looks, 2);
        Step other = wait;
        other.instance = InstanceId(2);
        QCOMPARE(executor.execute(other, context).state, StepState::Succeeded);
        QCOMPARE(run.world.looks, 3);
        run.clock->advance(2s);
        QCOMPARE(executor.execute(wait, context).state, StepState::Succeeded);
        QCOMPARE(run.world.looks, 4);
        Step command = run.step;
        command.precondition = command.postcondition = Condition::None;
        QCOMPARE(executor.execute(command, context).state, StepState::Succeeded);
        QCOMPARE(run.world.looks, 4);
        QCOMPARE(executor.execute(wait, context).state, StepState::Succeeded);
        QCOMPARE(run.world.looks, 5);
        // Before anything is sent there always is a look.
        QCOMPARE(executor.execute(run.step, context).state, StepState::Skipped);
        QCOMPARE(run.world.looks, 6);
    }

    // What was there, what the command did, what must be told.
    void verdicts_data()
    {
        QTest::addColumn<LifecycleKind>("kind");
        QTest::addColumn<Before>("before");
        QTest::addColumn<Command>("command");
        QTest::addColumn<StepState>("state");
        QTest::addColumn<bool>("warning");
        QTest::addColumn<QString>("words");
        QTest::addColumn<QString>("sent");
        using K = LifecycleKind;
        using S = StepState;
        const auto row = [](const char* name, K kind, const Before& before, const Command& command, S state, bool warning,
                             const QString& words, const QString& sent) {
            QTest::newRow(name) << kind << before << command << state << warning << words << sent;
        };
        row("start", K::Start, down, obeys(0), S::Succeeded, false, u"Runs as primary"_s, u"start"_s);
        row("start what runs", K::Start, asIs, obeys(0), S::Skipped, true, u"Already running"_s, {});
        row("start what starts", K::Start,
            [](FakeWorld& world) {
                world.beBusy(u"starting up"_s);
                world.atLook(5, [&world] { world.comeUp(Role::Replica); });
            },
            obeys(0), S::Succeeded, false, u"standby and has reached consistency"_s, {});
        row("start what is nobody's to know", K::Start, gone, obeys(0), S::Failed, false, u"No route to host"_s, {});
        row("start after a crash", K::Start, crashed, obeys(0), S::Succeeded, false, u"Runs as primary"_s, u"start"_s);
        row("start: exit 0 proves nothing", K::Start, down, says(exited(0)), S::Failed, false, u"status 0, which proves nothing"_s,
            u"start"_s);
        row("start: exit 0 and later it is there", K::Start, down,
            [](FakeWorld& world, const QByteArray&, const OutputSink&) {
                world.atLook(4, [&world] { world.comeUp(); });
                return exited(0);
            },
            S::Succeeded, false, u"Runs as primary"_s, u"start"_s);
        row("start: exit 2 but it runs", K::Start, down, obeys(2), S::Succeeded, true, u"status 2"_s, u"start"_s);
        row("start: exit 1 and the remote words", K::Start, down,
            says(exited(1), "Error: could not exec\nFATAL:  no pg_hba.conf entry\n more\n"), S::Failed, false,
            u"status 1: FATAL:  no pg_hba.conf entry"_s, u"start"_s);
        row("start: long recovery", K::Start, down,
            [](FakeWorld& world, const QByteArray&, const OutputSink&) {
                world.beBusy(u"the database system is starting up"_s);
                world.atLook(200, [&world] { world.comeUp(); });
                return exited(1);
            },
            S::Succeeded, true, u"Runs as primary"_s, u"start"_s);
        row("start: recovery longer than the step", K::Start, down,
            [](FakeWorld& world, const QByteArray&, const OutputSink&) {
                world.beBusy(u"the database system is starting up"_s);
                return exited(0);
            },
            S::Failed, false, u"time of the step is over (300 s)"_s, u"start"_s);
        row("start: not sent", K::Start, down, says(notStarted()), S::Failed, false, u"Nothing was sent. No route."_s, u"start"_s);
        row("start: link lost, it worked", K::Start, down,
            [](FakeWorld& world, const QByteArray&, const OutputSink&) {
                world.beUnreachable();
                world.atLook(5, [&world] { world.comeUp(); });
                return lost();
            },
            S::Succeeded, true, u"Proved by looking"_s, u"start"_s);
        row("start: link lost, it is not there", K::Start, down, says(lost()), S::Indeterminate, false, u"not known"_s, u"start"_s);
        row("start: link lost for good", K::Start, down,
            [](FakeWorld& world, const QByteArray&, const OutputSink&) {
                world.beUnreachable();
                return lost();
            },
            S::Indeterminate, false, u"No route to host"_s, u"start"_s);
        row("start: killed", K::Start, down, says({.outcome = Signalled{u"KILL"_s}}), S::Failed, false, u"signal KILL"_s, u"start"_s);
        row("start: out of time and ended", K::Start, down, says(outOfTime(RemoteResult::Ended::Gone)), S::Failed, false,
            u"did not end in time"_s, u"start"_s);
        row("start: out of time, who knows", K::Start, down, says(outOfTime(RemoteResult::Ended::Unknown)), S::Indeterminate, false,
            u"not known"_s, u"start"_s);

        row("stop", K::Stop, asIs, obeys(0), S::Succeeded, false, u"\"shut down\""_s, u"stop"_s);
        row("stop what is down", K::Stop, down, obeys(0), S::Skipped, true, u"Already stopped"_s, {});
        row("stop what crashed", K::Stop, crashed, obeys(0), S::Skipped, true, u"not shut down cleanly"_s, {});
        row("stop what starts up", K::Stop, startingUp, obeys(0), S::Succeeded, false, u"\"shut down\""_s, u"stop"_s);
        row("stop of a standby", K::Stop, asIs,
            [](FakeWorld& world, const QByteArray&, const OutputSink&) {
                world.goDown(u"shut down in recovery"_s);
                return exited(0);
            },
            S::Succeeded, false, u"shut down in recovery"_s, u"stop"_s);
        row("stop that took the postmaster's life", K::Stop, asIs,
            [](FakeWorld& world, const QByteArray&, const OutputSink&) {
                world.goDown(u"in production"_s);
                return exited(0);
            },
            S::Failed, false, u"not shut down cleanly"_s, u"stop"_s);
        row("stop without a readable control file", K::Stop, asIs,
            [](FakeWorld& world, const QByteArray&, const OutputSink&) {
                world.goDown({});
                return exited(0);
            },
            S::Indeterminate, false, u"control file could not be read"_s, u"stop"_s);
        row("stop: exit 0 but it runs", K::Stop, asIs, says(exited(0)), S::Failed, false, u"Runs as primary"_s, u"stop"_s);
        row("stop: pg_ctl gave up, the checkpoint took longer", K::Stop, asIs,
            [](FakeWorld& world, const QByteArray&, const OutputSink&) {
                world.beBusy(u"the database system is shutting down"_s);
                world.atLook(100, [&world] { world.goDown(); });
                return exited(1);
            },
            S::Succeeded, true, u"status 1"_s, u"stop"_s);
        row("stop: refused", K::Stop, asIs, says(exited(1), "sudo: a password is required\n"), S::Failed, false,
            u"sudo: a password is required"_s, u"stop"_s);

        row("restart", K::Restart, asIs, obeys(0), S::Succeeded, false, u"Runs as primary"_s, u"stop start"_s);
        row("restart what is down", K::Restart, down, obeys(0), S::Succeeded, false, u"was not running"_s, u"start"_s);
        row("restart: does not stop", K::Restart, asIs, says(exited(1), "cannot\n"), S::Failed, false, u"did not stop"_s, u"stop"_s);
        row("restart: start time not readable, but seen down", K::Restart,
            [](FakeWorld& world) {
                world.seen.postmasterStarted = {};
                world.seen.acceptsConnections = false;
                world.seen.postmasterStatus = u"ready"_s;
            },
            obeys(0), S::Succeeded, false, u"Runs as primary"_s, u"stop start"_s);
        row("restart: unclean stop is started again", K::Restart, asIs,
            [](FakeWorld& world, const QByteArray& command, const OutputSink&) {
                if (command == "stop")
                    world.goDown(u"in production"_s);
                else
                    world.comeUp();
                return exited(0);
            },
            S::Succeeded, false, u"not shut down cleanly"_s, u"stop start"_s);
        row("restart: does not start", K::Restart, asIs,
            [](FakeWorld& world, const QByteArray& command, const OutputSink&) {
                if (command == "stop")
                    world.goDown();
                return exited(command == "stop" ? 0 : 1);
            },
            S::Failed, false, u"status 1"_s, u"stop start"_s);
        row("restart: host dies", K::Restart, asIs,
            [](FakeWorld& world, const QByteArray&, const OutputSink&) {
                world.beUnreachable();
                return lost();
            },
            S::Indeterminate, false, u"not known"_s, u"stop"_s);
        row("restart: start cannot be sent", K::Restart, asIs,
            [](FakeWorld& world, const QByteArray& command, const OutputSink&) {
                world.goDown();
                return command == "stop" ? exited(0) : notStarted();
            },
            S::Failed, false, u"it is down"_s, u"stop start"_s);

        row("reload", K::Reload, asIs, obeys(0), S::Succeeded, false, u"Reloaded"_s, u"reload"_s);
        row("reload what is down", K::Reload, down, obeys(0), S::Skipped, true, u"Is not running"_s, {});
        row("reload that did nothing", K::Reload, asIs, says(exited(0)), S::Failed, false, u"still the one loaded"_s, u"reload"_s);
        row("reload: time not readable", K::Reload, [](FakeWorld& world) { world.seen.configurationLoaded = {}; }, says(exited(0)),
            S::Indeterminate, false, u"could not be read"_s, u"reload"_s);
    }
    void verdicts()
    {
        QFETCH(LifecycleKind, kind);
        QFETCH(Before, before);
        QFETCH(Command, command);
        QFETCH(StepState, state);
        QFETCH(bool, warning);
        QFETCH(QString, words);
        QFETCH(QString, sent);
        Run run(kind);
        before(run.world);
        run.world.onCommand = [&](const QByteArray& text, const OutputSink& sink, const std::stop_token&) {
            return command(run.world, text, sink);
        };
        const StepResult result = run.go();
        QCOMPARE(result.state, state);
        QVERIFY2(result.message.contains(words), qPrintable(result.message));
        QCOMPARE(result.warning, warning);
        QCOMPARE(QString::fromUtf8(QByteArrayList(run.world.sent.begin(), run.world.sent.end()).join(' ')), sent);
        QVERIFY(run.last.at.isValid()); // what was seen was handed on
    }

    void postmasterStates_data()
    {
        QTest::addColumn<Liveness>("liveness");
        QTest::addColumn<bool>("accepts");
        QTest::addColumn<QString>("status");
        QTest::addColumn<QString>("words");
        QTest::addColumn<PostmasterState>("state");
        using L = Liveness;
        using P = PostmasterState;
        QTest::newRow("answers") << L::Online << true << u"ready"_s << QString() << P::Ready;
        QTest::newRow("9.6 answers") << L::Online << true << QString() << QString() << P::Ready;
        QTest::newRow("9.6 does not") << L::Online << false << QString() << QString() << P::NotReady;
        QTest::newRow("no hot standby") << L::Online << false << u"standby"_s << u"FATAL:  the database system is not accepting connections"_s
                                        << P::Ready;
        QTest::newRow("no such role") << L::Online << false << u"ready"_s << u"FATAL:  role \"x\" does not exist"_s << P::Ready;
        QTest::newRow("no psql") << L::Online << false << u"ready"_s << u"psql was not found on the server"_s << P::Ready;
        QTest::newRow("crash recovery") << L::Online << false << u"ready"_s << u"FATAL:  the database system is in recovery mode"_s
                                        << P::NotReady;
        QTest::newRow("starts") << L::Online << false << u"starting"_s << QString() << P::NotReady;
        QTest::newRow("stops") << L::Online << false << u"stopping"_s << QString() << P::NotReady;
        QTest::newRow("hangs") << L::Unknown << false << u"ready"_s << QString() << P::NotReady;
        QTest::newRow("unknown") << L::Unknown << false << QString() << QString() << P::Unknown;
        QTest::newRow("unreachable, once ready") << L::Unreachable << true << u"ready"_s << QString() << P::Unknown;
        QTest::newRow("down, once ready") << L::Offline << true << u"ready"_s << QString() << P::Gone;
    }
    void postmasterStates()
    {
        QFETCH(Liveness, liveness);
        QFETCH(bool, accepts);
        QFETCH(QString, status);
        QFETCH(QString, words);
        QFETCH(PostmasterState, state);
        Observation seen;
        seen.liveness = liveness;
        seen.acceptsConnections = accepts;
        seen.postmasterStatus = status;
        if (!words.isEmpty())
            seen.error = Error{.what = u"x"_s, .detail = words};
        QCOMPARE(postmasterStateOf(seen), state);
    }

    void startFailureShowsTheServersLog()
    {
        Run run(LifecycleKind::Start);
        run.world.goDown();
        run.world.log = "LOG:  starting\nFATAL:  configuration file \"x\" contains errors\nLOG:  bye\n";
        run.world.onCommand = [](const QByteArray&, const OutputSink&, const std::stop_token&) { return exited(0); };
        const StepResult result = run.go();
        QCOMPARE(result.state, StepState::Failed);
        QVERIFY2(result.message.contains(u"log says: FATAL:  configuration file"_s), qPrintable(result.message));
        QVERIFY(run.output.contains("LOG:  bye"));
    }

    void reloadTellsWhatWaits()
    {
        Run run(LifecycleKind::Reload);
        run.world.seen.pendingRestart = {u"max_connections"_s};
        run.world.fileErrors = {u"pg_hba.conf line 7: bad\u001B[m"_s};
        run.world.onCommand = [&](const QByteArray& text, const OutputSink& sink, const std::stop_token&) {
            return obeys(0)(run.world, text, sink);
        };
        const StepResult result = run.go();
        QCOMPARE(result.state, StepState::Succeeded);
        QVERIFY(result.warning);
        QVERIFY2(result.message.contains(u"need a restart: max_connections"_s), qPrintable(result.message));
        QVERIFY(result.message.contains(u"pg_hba.conf line 7: bad\u241B[m"_s));
        QVERIFY(run.output.contains("max_connections"));
    }

    // When the cancel comes, what it finds, and what must be told and sent.
    void cancels_data()
    {
        QTest::addColumn<LifecycleKind>("kind");
        QTest::addColumn<Command>("command"); // runs after the cancel was asked for
        QTest::addColumn<StepState>("state");
        QTest::addColumn<QString>("words");
        QTest::addColumn<QString>("sent");
        const RemoteResult ended{.outcome = Signalled{u"TERM"_s}, .ended = RemoteResult::Ended::Gone};
        using K = LifecycleKind;
        using S = StepState;
        const auto withEffect = [ended](const std::function<void(FakeWorld&)>& effect) -> Command {
            return [=](FakeWorld& world, const QByteArray& command, const OutputSink&) {
                if (command == "start") {
                    world.comeUp();
                    return exited(0);
                }
                effect(world);
                return ended;
            };
        };
        QTest::newRow("stop: no effect") << K::Stop << withEffect(asIs) << S::Cancelled << u"Runs as primary"_s << u"stop"_s;
        QTest::newRow("stop: effect") << K::Stop << withEffect(down) << S::Succeeded << u"Had taken effect"_s << u"stop"_s;
        QTest::newRow("stop: under way") << K::Stop << withEffect(startingUp) << S::Cancelled << u"may still take effect"_s << u"stop"_s;
        QTest::newRow("stop: host gone") << K::Stop << withEffect(gone) << S::Indeterminate << u"not known"_s << u"stop"_s;
        QTest::newRow("restart: no effect") << K::Restart << withEffect(asIs) << S::Cancelled << u"not started again"_s << u"stop"_s;
        QTest::newRow("restart: went down") << K::Restart << withEffect(down) << S::Succeeded << u"so as not to be left down"_s
                                            << u"stop start"_s;
        QTest::newRow("restart: goes down a little later")
            << K::Restart << withEffect([](FakeWorld& world) {
                   world.beBusy(u"shutting down"_s);
                   world.atLook(8, [&world] { world.goDown(); });
               })
            << S::Succeeded << u"so as not to be left down"_s << u"stop start"_s;
        QTest::newRow("restart: hangs") << K::Restart << withEffect([](FakeWorld& world) { world.beBusy(u"hangs"_s); }) << S::Cancelled
                                        << u"may still take effect"_s << u"stop"_s;
        QTest::newRow("restart: host gone") << K::Restart << withEffect(gone) << S::Indeterminate << u"not known"_s << u"stop"_s;
    }
    void cancels()
    {
        QFETCH(LifecycleKind, kind);
        QFETCH(Command, command);
        QFETCH(StepState, state);
        QFETCH(QString, words);
        QFETCH(QString, sent);
        Run run(kind);
        run.world.onCommand = [&](const QByteArray& text, const OutputSink& sink, const std::stop_token&) {
            run.cancel.request_stop();
            return command(run.world, text, sink);
        };
        const StepResult result = run.go();
        QVERIFY2(result.message.contains(words), qPrintable(result.message));
        QCOMPARE(result.state, state);
        QCOMPARE(QString::fromUtf8(QByteArrayList(run.world.sent.begin(), run.world.sent.end()).join(' ')), sent);
    }

    void cancelBeforeAnythingWasSent()
    {
        Run run(LifecycleKind::Stop);
        run.cancel.request_stop();
        const StepResult result = run.go();
        QCOMPARE(result.state, StepState::Cancelled);
        QVERIFY(run.world.sent.empty());
        QCOMPARE(run.world.looks, 0);
    }

    void cancelWhileWaitingForTheProof()
    {
        Run run(LifecycleKind::Start);
        run.world.goDown();
        run.world.onCommand = [&](const QByteArray&, const OutputSink&, const std::stop_token&) {
            run.world.beBusy(u"starting up"_s);
            run.world.atLook(3, [&] { run.cancel.request_stop(); });
            return exited(0);
        };
        const StepResult result = run.go();
        QCOMPARE(result.state, StepState::Cancelled);
        QVERIFY2(result.message.contains(u"may still take effect"_s), qPrintable(result.message));
    }

    void closingTheProgramIsQuick()
    {
        Run run(LifecycleKind::Stop);
        run.world.onCommand = [&](const QByteArray&, const OutputSink&, const std::stop_token& stop) {
            run.abort.request_stop();
            run.cancel.request_stop();
            Q_ASSERT(stop.stop_requested());
            return RemoteResult{.outcome = Signalled{u"TERM"_s}, .ended = RemoteResult::Ended::Gone};
        };
        const StepResult result = run.go();
        QCOMPARE(result.state, StepState::Indeterminate);
        QCOMPARE(run.world.looks, 1); // the one before
    }

    // Nothing but its exit status tells whether a script without proof did its work.
    void aScriptWithoutProof_data()
    {
        QTest::addColumn<RemoteResult>("result");
        QTest::addColumn<bool>("cancelled");
        QTest::addColumn<StepState>("state");
        QTest::addColumn<QString>("words");
        const RemoteResult cancelled{.outcome = OutcomeUnknown{{.kind = ErrorKind::Cancelled, .what = u"Cancelled."_s}}, .ended = RemoteResult::Ended::Gone};
        RemoteResult stays = cancelled;
        stays.ended = RemoteResult::Ended::StillThere;
        RemoteResult nobodyKnows = cancelled;
        nobodyKnows.ended = RemoteResult::Ended::Unknown;
        QTest::newRow("status 0") << exited(0) << false << StepState::Succeeded << QString();
        QTest::newRow("status 3") << exited(3) << false << StepState::Failed << u"status 3"_s;
        QTest::newRow("link lost") << lost() << false << StepState::Indeterminate << u"not known"_s;
        QTest::newRow("out of time and ended") << outOfTime(RemoteResult::Ended::Gone) << false << StepState::Failed << u"did not end in time"_s;
        QTest::newRow("cancelled and gone") << cancelled << true << StepState::Cancelled << u"Cancelled after the command was sent"_s;
        QTest::newRow("cancelled, and it runs on") << stays << true << StepState::Indeterminate << u"still runs on the server"_s;
        QTest::newRow("cancelled, and nobody knows") << nobodyKnows << true << StepState::Indeterminate << u"is not known"_s;
    }
    void aScriptWithoutProof()
    {
        QFETCH(const RemoteResult, result);
        QFETCH(const bool, cancelled);
        QFETCH(const StepState, state);
        QFETCH(const QString, words);
        Run run(LifecycleKind::Start);
        run.step.action = RunScript{.script = "work\n"};
        run.step.precondition = run.step.postcondition = Condition::None;
        run.world.onCommand = [&](const QByteArray&, const OutputSink&, const std::stop_token&) {
            if (cancelled)
                run.cancel.request_stop();
            return result;
        };
        const StepResult ended = run.go();
        QCOMPARE(ended.state, state);
        QVERIFY2(ended.message.contains(words), qPrintable(ended.message));
    }

    void tellingLine_data()
    {
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QString>("line");
        QTest::newRow("nothing") << QByteArray() << QString();
        QTest::newRow("last line") << QByteArray("a\nb\n\n") << u"b"_s;
        QTest::newRow("an error before it") << QByteArray("x\nFATAL:  bad\nhint\n") << u"FATAL:  bad"_s;
        QTest::newRow("the last of the errors") << QByteArray("ERROR: one\nError: two\nend") << u"Error: two"_s;
        QTest::newRow("hostile") << QByteArray("\x1b[2Jgone\n") << u"\u241B[2Jgone"_s;
        QTest::newRow("long") << QByteArray(1000, 'x') << QString(300, u'x') + u"\u2026"_s;
    }
    void tellingLine()
    {
        QFETCH(QByteArray, output);
        QFETCH(QString, line);
        QCOMPARE(elephaas::tellingLine(output), line);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::PortExecutorTest)
#include "tst_portexecutor.moc"
