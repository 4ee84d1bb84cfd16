#include "app/adapters/journal/sqlitejournal.h"
#include "app/adapters/ssh/sshshell.h"
#include "models/operations/lifecycle.h"
#include "models/operations/planrunner.h"
#include "models/operations/portexecutor.h"
#include "models/operations/shellprober.h"
#include "models/postgres/commandpresets.h"
#include "models/postgres/commandtemplates.h"
#include "tests/support/lab.h"
#include "tests/support/timescale.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <map>
#include <mutex>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

using tests::Lab;
using tests::LabAnswer;
using tests::timeScale;

constexpr auto herdName = "trading"_L1;
constexpr int herdPort = 5432;

QMap<QString, QString> debianCommands() { return commandPresets().front().commands; }

// db1 is the primary, db2 and db3 are replicas; ids 1 to 3. Id 4 is a cluster on db1 that only the inventory knows, on the same port.
Inventory inventoryOf(const Lab& lab)
{
    InventoryRows rows;
    rows.environments = {{.id = EnvironmentId(1), .name = u"lab"_s}};
    rows.herds = {{.id = HerdId(1), .environment = EnvironmentId(1), .baseName = herdName, .name = herdName, .port = herdPort,
        .dataDirectory = lab.herds().first().dataDirectory}};
    for (int i = 1; i <= 3; ++i) {
        rows.servers.push_back({.id = ServerId(i), .hostName = u"db%1"_s.arg(i)});
        Instance row;
        row.id = InstanceId(i);
        row.herd = HerdId(1);
        row.server = ServerId(i);
        row.version = lab.postgresVersion();
        if (i > 1)
            row.upstream = InstanceId(1);
        rows.instances.push_back(row);
    }
    rows.herds.push_back({.id = HerdId(2), .environment = EnvironmentId(1), .baseName = u"none"_s, .name = u"none"_s, .port = herdPort,
        .dataDirectory = u"/var/lib/postgresql/none"_s});
    Instance row;
    row.id = InstanceId(4);
    row.herd = HerdId(2);
    row.server = ServerId(1);
    row.version = lab.postgresVersion();
    rows.instances.push_back(row);
    return {rows, {}, 1, {}};
}

std::vector<InstanceId> ids(std::initializer_list<int> numbers)
{
    std::vector<InstanceId> result;
    for (const int number : numbers)
        result.emplace_back(number);
    return result;
}

} // namespace

// Start, stop, restart and reload on real servers, over real SSH, with a real journal.
class LifecycleTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        auto lab = Lab::leased();
        QVERIFY2(lab, lab ? "" : qPrintable(lab.error().text()));
        m_lab = std::make_unique<Lab>(*lab);
        const LabAnswer made = m_lab->makeHerd(herdName, herdPort, {u"db1"_s, u"db2"_s, u"db3"_s});
        QVERIFY2(made.ok(), made.errors.constData());
        m_inventory = inventoryOf(*m_lab);

        m_shell = std::make_shared<SshShell>(SshShell::Options{.configFile = m_lab->sshConfigFile(), .connectTimeout = 5s * timeScale,
                                                 .heartbeatInterval = 1s, .heartbeatPatience = 3s * timeScale},
            nullptr);
        m_journal = std::make_shared<SqliteJournal>(m_state.filePath(u"operations.sqlite"_s));
        const auto executor = std::make_shared<PortExecutor>(m_shell, std::make_shared<ShellProber>(m_shell, m_clock), m_clock,
            PortExecutor::Options{.probeTimeout = 10s * timeScale, .patienceAfterSuccess = 3s * timeScale, .patienceAfterLoss = 8s * timeScale, .patienceAfterCancel = 5s * timeScale});
        m_runner = std::make_unique<PlanRunner>(executor, m_journal, m_clock, RunnerLimits(),
            [this](const QUuid& id, const OperationEvent& event) { take(id, event); });
    }
    void cleanupTestCase()
    {
        m_runner.reset();
        m_shell.reset();
    }
    // Every test begins with a herd that runs and streams, with the files it was made with, whatever the one before left behind.
    void init()
    {
        m_onOutput = {};
        for (const auto& host : {u"db1"_s, u"db2"_s, u"db3"_s})
            wake(host);
        QDeadlineTimer deadline(60s * timeScale); // a host that was killed may still be on its way up
        while (run(LifecycleKind::Start, {1, 2, 3}).state == OperationState::Failed)
            QVERIFY(!deadline.hasExpired());
        for (const auto& host : {u"db1"_s, u"db2"_s, u"db3"_s})
            QCOMPARE(clusterStatus(host).section(u',', 0, 0), u"online"_s);
    }

    void stopAndStartOfOne()
    {
        const OperationRecord stopped = run(LifecycleKind::Stop, {2});
        QCOMPARE(wordsOf(stopped), u"succeeded: Is not running; its control file says \"shut down in recovery\"."_s);
        QCOMPARE(clusterStatus(u"db2"_s), u"down,recovery"_s);
        QVERIFY(stopped.steps.front().command.contains(u"pg_ctlcluster %1 trading stop -m fast"_s.arg(m_lab->postgresVersion())));

        const OperationRecord again = run(LifecycleKind::Stop, {2});
        QVERIFY(wordsOf(again).startsWith(u"skipped: Already stopped."_s));
        QVERIFY(again.steps.front().command.isEmpty());
        QCOMPARE(again.state, OperationState::Warning);

        const OperationRecord started = run(LifecycleKind::Start, {2});
        QVERIFY2(wordsOf(started).startsWith(u"succeeded: Runs as standby"_s), qPrintable(wordsOf(started)));
        QCOMPARE(clusterStatus(u"db2"_s), u"online,recovery"_s);

        QVERIFY(wordsOf(run(LifecycleKind::Start, {2})).startsWith(u"skipped: Already running."_s));
    }

    void stopOfThePrimaryIsClean()
    {
        QCOMPARE(wordsOf(run(LifecycleKind::Stop, {1})), u"succeeded: Is not running; its control file says \"shut down\"."_s);
        const OperationRecord started = run(LifecycleKind::Start, {1});
        QVERIFY2(wordsOf(started).startsWith(u"succeeded: Runs as primary"_s), qPrintable(wordsOf(started)));
    }

    void restartMovesTheStartTime()
    {
        const QByteArray before = sql(u"db1"_s, u"select pg_postmaster_start_time()"_s);
        const OperationRecord record = run(LifecycleKind::Restart, {1});
        QVERIFY2(wordsOf(record).startsWith(u"succeeded: Runs as primary"_s), qPrintable(wordsOf(record)));
        QVERIFY(sql(u"db1"_s, u"select pg_postmaster_start_time()"_s) != before);
        QCOMPARE(record.steps.front().command.count(u'\n'), 1); // stop, start

        run(LifecycleKind::Stop, {1});
        const OperationRecord ofStopped = run(LifecycleKind::Restart, {1});
        QVERIFY2(wordsOf(ofStopped).contains(u"It was not running."_s), qPrintable(wordsOf(ofStopped)));
        QCOMPARE(ofStopped.steps.front().command.count(u'\n'), 0); // start
    }

    void allAtOnce()
    {
        for (const LifecycleKind kind : {LifecycleKind::Stop, LifecycleKind::Start, LifecycleKind::Restart, LifecycleKind::Reload}) {
            const OperationRecord record = run(kind, {1, 2, 3});
            QVERIFY2(record.state == OperationState::Succeeded, qPrintable(record.message + wordsOf(record)));
            QCOMPARE(record.message, u"3 succeeded"_s);
        }
    }

    void reloadProvesItself()
    {
        const OperationRecord record = run(LifecycleKind::Reload, {1});
        QCOMPARE(wordsOf(record), u"succeeded: Reloaded its configuration."_s);
        run(LifecycleKind::Stop, {3});
        const OperationRecord stopped = run(LifecycleKind::Reload, {3});
        QVERIFY2(wordsOf(stopped).startsWith(u"skipped: Nothing to do. Is not running"_s), qPrintable(wordsOf(stopped)));
        QCOMPARE(stopped.state, OperationState::Warning);
    }

    void reloadListsWhatNeedsARestart()
    {
        const ConfFile conf(*this, u"db2"_s, u"postgresql.conf"_s, u"max_connections = 137"_s);
        const OperationRecord record = run(LifecycleKind::Reload, {2});
        QCOMPARE(record.state, OperationState::Warning);
        QVERIFY2(wordsOf(record).startsWith(u"succeeded: Reloaded its configuration. Settings that need a restart: max_connections."_s),
            qPrintable(wordsOf(record)));
        QVERIFY2(!wordsOf(record).contains(u"Errors"_s), qPrintable(wordsOf(record)));
    }

    void reloadShowsErrorsInTheFiles()
    {
        {
            const ConfFile conf(*this, u"db2"_s, u"pg_hba.conf"_s, u"host all all nonsense"_s);
            const OperationRecord record = run(LifecycleKind::Reload, {2});
            QCOMPARE(record.state, OperationState::Warning);
            QVERIFY2(wordsOf(record).contains(u"Errors in the configuration files: %1/pg_hba.conf line"_s.arg(configDirectory())),
                qPrintable(wordsOf(record)));
        }
        const ConfFile conf(*this, u"db2"_s, u"postgresql.conf"_s, u"no_such_setting = 1"_s);
        const OperationRecord record = run(LifecycleKind::Reload, {2});
        QCOMPARE(record.state, OperationState::Failed); // nothing was applied
        QVERIFY2(wordsOf(record).contains(u"unrecognized configuration parameter"_s), qPrintable(wordsOf(record)));
    }

    void startThatFailsShowsTheRemoteWords()
    {
        run(LifecycleKind::Stop, {3});
        const ConfFile conf(*this, u"db3"_s, u"postgresql.conf"_s, u"no_such_setting = 1"_s);
        const OperationRecord record = run(LifecycleKind::Start, {3});
        QCOMPARE(record.steps.front().state, StepState::Failed);
        QVERIFY2(wordsOf(record).contains(u"unrecognized configuration parameter"_s)
                || wordsOf(record).contains(u"contains errors"_s),
            qPrintable(wordsOf(record)));
        QVERIFY(record.steps.front().output.contains("no_such_setting"));
        QCOMPARE(clusterStatus(u"db3"_s), u"down,recovery"_s);
    }

    void crashedInstanceIsToldApart()
    {
        QVERIFY(m_lab->ssh(u"db2"_s, u"kill -9 $(head -1 %1/postmaster.pid)"_s.arg(dataDirectory())).ok());
        QTRY_COMPARE_WITH_TIMEOUT(clusterStatus(u"db2"_s).section(u',', 0, 0), u"down"_s, 20000);
        const OperationRecord stopped = run(LifecycleKind::Stop, {2});
        QVERIFY2(wordsOf(stopped).contains(u"not shut down cleanly"_s), qPrintable(wordsOf(stopped)));
        QCOMPARE(stopped.steps.front().state, StepState::Skipped);
        QVERIFY(wordsOf(run(LifecycleKind::Start, {2})).startsWith(u"succeeded: Runs as standby"_s));
    }

    void standbyWithoutQueriesCounts()
    {
        run(LifecycleKind::Stop, {3});
        const ConfFile conf(*this, u"db3"_s, u"postgresql.conf"_s, u"hot_standby = off"_s);
        const OperationRecord record = run(LifecycleKind::Start, {3});
        QVERIFY2(wordsOf(record).startsWith(u"succeeded: Runs as standby and has reached consistency; it serves no queries."_s),
            qPrintable(wordsOf(record)));
        const OperationRecord restarted = run(LifecycleKind::Restart, {3});
        QVERIFY2(restarted.steps.front().state == StepState::Succeeded, qPrintable(wordsOf(restarted)));
        run(LifecycleKind::Stop, {3});
    }

    // What answers on the port runs in another directory than the inventory says: it is left alone.
    void anotherClusterOnThePortIsLeftAlone()
    {
        auto commands = debianCommands();
        for (const QString& name : {u"start"_s, u"stop"_s, u"reload"_s})
            commands[name] = u"touch /var/lib/postgresql/touched"_s;
        for (const LifecycleKind kind : {LifecycleKind::Start, LifecycleKind::Stop, LifecycleKind::Restart, LifecycleKind::Reload}) {
            const OperationRecord record = run(kind, {4}, commands);
            QCOMPARE(record.state, OperationState::Failed);
            QVERIFY2(wordsOf(record).contains(
                         u"Nothing was sent. Its state is unknown: Runs in %1; the inventory says /var/lib/postgresql/none."_s.arg(dataDirectory())),
                qPrintable(wordsOf(record)));
            QVERIFY(record.steps.front().command.isEmpty());
        }
        QVERIFY(m_lab->ssh(u"db1"_s, u"test ! -e /var/lib/postgresql/touched"_s).ok());
        QCOMPARE(clusterStatus(u"db1"_s), u"online"_s);
    }

    // It waits for every session: that of our own questions is none of them.
    void smartShutdownHasNobodyOfOursToWaitFor()
    {
        auto commands = debianCommands();
        commands[u"stop"_s] = u"{COMMANDS[base]} stop -m smart"_s;
        const OperationRecord stopped = run(LifecycleKind::Stop, {2}, commands, {.stopTimeout = 20s});
        QVERIFY2(wordsOf(stopped).startsWith(u"succeeded: "_s), qPrintable(wordsOf(stopped)));
        QCOMPARE(run(LifecycleKind::Start, {2}, commands).steps.front().state, StepState::Succeeded);
        const OperationRecord restarted = run(LifecycleKind::Restart, {2}, commands, {.stopTimeout = 20s});
        QCOMPARE(restarted.steps.front().state, StepState::Succeeded);
        QCOMPARE(clusterStatus(u"db2"_s), u"online,recovery"_s);
    }

    void exitStatusIsNotBelieved()
    {
        auto commands = debianCommands();
        commands[u"stop"_s] = u"echo done"_s;
        const OperationRecord lied = run(LifecycleKind::Stop, {2}, commands);
        QCOMPARE(lied.steps.front().state, StepState::Failed);
        QVERIFY2(wordsOf(lied).contains(u"status 0, which proves nothing"_s), qPrintable(wordsOf(lied)));
        QCOMPARE(clusterStatus(u"db2"_s), u"online,recovery"_s);

        commands[u"stop"_s] = u"{COMMANDS[base]} stop -m fast; exit 3"_s;
        const OperationRecord grumbled = run(LifecycleKind::Stop, {2}, commands);
        QCOMPARE(grumbled.steps.front().state, StepState::Succeeded);
        QVERIFY(grumbled.steps.front().warning);
        QVERIFY2(wordsOf(grumbled).contains(u"status 3"_s), qPrintable(wordsOf(grumbled)));
    }

    void hostDiesInTheMiddle()
    {
        auto commands = debianCommands();
        commands[u"stop"_s] = u"echo begun on $(uname -n).; sleep 60; {COMMANDS[base]} stop -m fast"_s;
        m_onOutput = [this](const QByteArray& bytes) {
            if (bytes.contains("begun on db3.")) // not a word of db2: nothing may have been sent to db3 by then
                m_lab->run({u"kill"_s, u"db3"_s});
        };
        const OperationRecord record = run(LifecycleKind::Stop, {2, 3}, commands, {.stopTimeout = 15s});
        QCOMPARE(record.state, OperationState::Indeterminate);
        QVERIFY2(wordsOf(record, InstanceId(3)).startsWith(u"indeterminate: "_s), qPrintable(wordsOf(record, InstanceId(3))));
        QVERIFY(wordsOf(record, InstanceId(3)).contains(u"not known"_s));
        QVERIFY(m_lab->run({u"start"_s, u"db3"_s}).ok()); // its clusters start with it
        const OperationRecord started = run(LifecycleKind::Start, {3});
        QVERIFY2(started.steps.front().state == StepState::Skipped || started.steps.front().state == StepState::Succeeded,
            qPrintable(wordsOf(started)));
    }

    void unreachableHostIsToldAtOnce()
    {
        QVERIFY(m_lab->run({u"kill"_s, u"db3"_s}).ok());
        const OperationRecord record = run(LifecycleKind::Restart, {3});
        QCOMPARE(record.steps.front().state, StepState::Failed);
        QVERIFY2(wordsOf(record).contains(u"Nothing was sent"_s), qPrintable(wordsOf(record)));
        QVERIFY(record.steps.front().command.isEmpty());
        QVERIFY(m_lab->run({u"start"_s, u"db3"_s}).ok());
    }

    void hungServerCanBeCancelled()
    {
        const QString pid = QString::fromUtf8(
            m_lab->ssh(u"db2"_s, u"head -1 %1/postmaster.pid"_s.arg(dataDirectory())).output.trimmed());
        QVERIFY(m_lab->ssh(u"db2"_s, u"kill -STOP "_s + pid).ok());
        const Plan plan = planFor(LifecycleKind::Stop, {2});
        QVERIFY(m_runner->start({.plan = plan}));
        QTRY_VERIFY_WITH_TIMEOUT(m_lab->ssh(u"db2"_s, u"pgrep -f 'pg_ctl.*stop'"_s).ok(), 30000);
        m_runner->cancel(plan.id);
        QElapsedTimer patience;
        patience.start();
        m_runner->waitUntilIdle();
        QVERIFY2(patience.elapsed() < 30000 * timeScale, qPrintable(QString::number(patience.elapsed())));
        const OperationRecord record = *m_journal->find(plan.id);
        QCOMPARE(record.state, OperationState::Cancelled);
        QVERIFY2(wordsOf(record).contains(u"may still take effect"_s), qPrintable(wordsOf(record)));
        QVERIFY(!m_lab->ssh(u"db2"_s, u"pgrep -f 'pg_ctl.*stop'"_s).ok()); // ended on the server, too
        QVERIFY(m_lab->ssh(u"db2"_s, u"kill -CONT "_s + pid).ok());
        // The signal had been delivered: it stops now, and the next look tells so.
        QTRY_COMPARE_WITH_TIMEOUT(clusterStatus(u"db2"_s).section(u',', 0, 0), u"down"_s, 30000);
        QVERIFY(wordsOf(run(LifecycleKind::Stop, {2})).startsWith(u"skipped: Already stopped."_s));
    }

private:
    // A line at the end of a configuration file of a cluster, as long as it lives.
    class ConfFile final {
    public:
        ConfFile(LifecycleTest& test, QString host, const QString& file, const QString& line)
            : m_test(test)
            , m_host(std::move(host))
            , m_file(test.configDirectory() + u'/' + file)
        {
            const LabAnswer done = test.m_lab->ssh(
                m_host, u"cp -p %1 %1.kept && echo '%2' >>%1"_s.arg(m_file, line));
            if (!done.ok())
                qFatal("%s", done.errors.constData());
        }
        ~ConfFile()
        {
            m_test.m_lab->ssh(m_host, u"cat %1.kept >%1; rm %1.kept; pg_ctlcluster %2 trading reload"_s.arg(m_file, m_test.m_lab->postgresVersion()));
        }

    private:
        LifecycleTest& m_test;
        const QString m_host;
        const QString m_file;
    };

    Plan planFor(LifecycleKind kind, std::initializer_list<int> numbers, const QMap<QString, QString>& commands = debianCommands(),
        const LifecycleOptions& options = {})
    {
        const CommandTemplates templates(commands);
        return *planLifecycle(
            kind, m_inventory, ids(numbers),
            [&](const QString& name, InstanceId id) { return templates.build(name, m_inventory, id); },
            [this](const Server& server) { return RemoteTarget{server.hostName, m_lab->remoteUser(), 0}; }, options, m_clock->now());
    }

    // From the journal: what a person would read the day after.
    OperationRecord run(LifecycleKind kind, std::initializer_list<int> numbers,
        const QMap<QString, QString>& commands = debianCommands(), const LifecycleOptions& options = {})
    {
        const Plan plan = planFor(kind, numbers, commands, options);
        if (const auto started = m_runner->start({.plan = plan}); !started)
            qFatal("%s", qPrintable(started.error().text()));
        m_runner->waitUntilIdle();
        return *m_journal->find(plan.id);
    }

    static QString wordsOf(const OperationRecord& record, InstanceId of = {})
    {
        static const std::map<StepState, QString> names{{StepState::Succeeded, u"succeeded"_s}, {StepState::Skipped, u"skipped"_s},
            {StepState::Failed, u"failed"_s}, {StepState::Cancelled, u"cancelled"_s}, {StepState::Indeterminate, u"indeterminate"_s}};
        for (const StepRecord& step : record.steps) {
            if (step.instance == of || !of.isValid())
                return names.at(step.state) + u": "_s + step.message;
        }
        return {};
    }

    void take(const QUuid&, const OperationEvent& event)
    {
        if (const auto* output = std::get_if<StepOutput>(&event); output && m_onOutput)
            m_onOutput(output->bytes);
    }

    // Switched on, and its postmaster not held.
    void wake(const QString& host) const
    {
        const QString go = u"kill -CONT $(head -1 %1/postmaster.pid) 2>/dev/null; true"_s.arg(dataDirectory());
        if (m_lab->run({u"exec"_s, host, u"sh"_s, u"-c"_s, go}).ok())
            return;
        const LabAnswer started = m_lab->run({u"start"_s, host});
        QVERIFY2(started.ok(), started.errors.constData());
    }
    QString configDirectory() const { return u"/etc/postgresql/%1/trading"_s.arg(m_lab->postgresVersion()); }
    QString dataDirectory() const { return m_lab->herds().first().dataDirectory; }
    QString clusterStatus(const QString& host) const
    {
        const QString line = QString::fromUtf8(m_lab->ssh(host, u"pg_lsclusters -h"_s).output).simplified();
        return line.section(u' ', 3, 3);
    }
    QByteArray sql(const QString& host, const QString& query) const
    {
        return m_lab->sql(host, herdPort, query);
    }

    std::unique_ptr<Lab> m_lab;
    Inventory m_inventory;
    QTemporaryDir m_state;
    const std::shared_ptr<const Clock> m_clock = std::make_shared<SystemClock>();
    std::shared_ptr<SshShell> m_shell;
    std::shared_ptr<SqliteJournal> m_journal;
    std::function<void(const QByteArray&)> m_onOutput; // set while nothing runs
    std::unique_ptr<PlanRunner> m_runner;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::LifecycleTest)
#include "tst_lifecycle.moc"
