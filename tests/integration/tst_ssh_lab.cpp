#include "app/adapters/ssh/sshshell.h"
#include "tests/support/lab.h"
#include "tests/support/remoteresulttext.h"
#include "tests/support/timescale.h"

#include <QFile>
#include <QProcess>
#include <QTest>

#include <future>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {
constexpr auto connectTimeout = 2s * timeScale;
}

// What needs hosts with a network of their own: names, routes, links that are cut, hosts that lose power, a real postmaster.
class TestSshLab : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        auto lab = Lab::leased();
        QVERIFY2(lab, lab ? "" : qPrintable(lab.error().text()));
        m_lab = std::make_unique<Lab>(std::move(*lab));
    }
    void init() { useConfig({}); }
    void cleanup() { m_shell.reset(); }

    void unknownName()
    {
        const RemoteResult result = run(u"no-such-host"_s);
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::Unreachable);
        QVERIFY2(errorOf(result).what.contains(u"no-such-host"_s), qPrintable(errorOf(result).text()));
    }

    void ipv6() { QCOMPARE(outcomeText(run(u"db1-6"_s)), "exited 0"); }

    // The name's first address is on nobody's machine: the second one must not wait until the kernel has given up on it.
    void firstAddressIsDead()
    {
        const LabHost host = m_lab->databaseHosts().front();
        QVERIFY(m_lab->run({u"name"_s, u"half-dead"_s, u"fd77::dead"_s, host.address}).ok());
        useConfig(u"Host half-dead\n  HostKeyAlias "_s + host.name + u'\n');
        const RemoteResult result = run(u"half-dead"_s);
        QCOMPARE(outcomeText(result), "exited 0");
        QVERIFY2(result.elapsed < 2500ms * timeScale, qPrintable(QString::number(result.elapsed.count())));
    }

    // No answer at all: the deadline of connecting ends it.
    void blackHole()
    {
        QVERIFY(m_lab->run({u"drop"_s, u"db1"_s, u"tcp"_s, u"22"_s}).ok());
        const RemoteResult result = run(u"db1"_s);
        QVERIFY(m_lab->run({u"undrop"_s, u"db1"_s}).ok());
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::TimedOut);
        QVERIFY2(result.elapsed >= connectTimeout && result.elapsed < 4 * connectTimeout, qPrintable(QString::number(result.elapsed.count())));
        QCOMPARE(outcomeText(run(u"db1"_s)), "exited 0");
    }

    void linkIsCutUnderTheCommand()
    {
        const RemoteResult result = runAnd(u"db1"_s, "echo started; sleep 60", [this] { QVERIFY(m_lab->run({u"cut"_s, u"db1"_s}).ok()); });
        QVERIFY2(isUnknown(result), outcomeText(result).constData());
        QCOMPARE(errorOf(result).kind, ErrorKind::LinkLost);
        QCOMPARE(result.output.head, "started\n");
        QVERIFY(m_lab->run({u"heal"_s, u"db1"_s}).ok());
        QTRY_COMPARE_WITH_TIMEOUT(outcomeText(run(u"db1"_s)), "exited 0"_ba, 30000);
    }

    // The link is cut and somebody cancels: nobody can end the process, and nobody may claim that it has ended.
    void cancelOverACutLink()
    {
        std::stop_source stop;
        const RemoteResult result = runAnd(
            u"db1"_s, "echo started; sleep 60",
            [&] {
                QVERIFY(m_lab->run({u"cut"_s, u"db1"_s}).ok());
                stop.request_stop();
            },
            stop.get_token());
        QVERIFY(m_lab->run({u"heal"_s, u"db1"_s}).ok());
        QVERIFY2(isUnknown(result), outcomeText(result).constData());
        QCOMPARE(result.ended, RemoteResult::Ended::Unknown);
        QTRY_COMPARE_WITH_TIMEOUT(outcomeText(run(u"db1"_s)), "exited 0"_ba, 30000);
    }

    void powerCutUnderTheCommand()
    {
        const RemoteResult result = runAnd(u"db2"_s, "echo started; sleep 60", [this] { QVERIFY(m_lab->run({u"kill"_s, u"db2"_s}).ok()); });
        QVERIFY2(isUnknown(result), outcomeText(result).constData());
        QVERIFY2(isNotStarted(run(u"db2"_s)), "the host is off");
        QVERIFY(m_lab->run({u"start"_s, u"db2"_s}).ok());
        QTRY_COMPARE_WITH_TIMEOUT(outcomeText(run(u"db2"_s)), "exited 0"_ba, 30000);
    }

    // A host that answers nobody but the jump host.
    void behindAJumpHost()
    {
        QVERIFY(m_lab->run({u"isolate"_s, u"db2"_s, u"via"_s, u"db1"_s}).ok());
        QVERIFY(isNotStarted(run(u"db2"_s)));
        useConfig(u"Host db2\n  ProxyJump db1\n"_s);
        QCOMPARE(run(u"db2"_s, "hostname").output.head, "db2\n"_ba);
        QVERIFY(m_lab->run({u"unisolate"_s, u"db2"_s}).ok());
    }

    void newHostKeyAfterReinstallation()
    {
        QVERIFY(m_lab->run({u"rekey"_s, u"db2"_s}).ok());
        const RemoteResult result = run(u"db2"_s);
        QCOMPARE(errorOf(result).kind, ErrorKind::HostKeyChanged);
        // The remedy that is offered works: after it the key is new, not changed.
        const QString remedy = errorOf(result).remedy;
        QProcess shell;
        shell.start(u"sh"_s, {u"-c"_s, remedy.sliced(remedy.indexOf(u"ssh-keygen"_s))});
        QVERIFY(shell.waitForFinished(10000) && shell.exitCode() == 0);
        QCOMPARE(errorOf(run(u"db2"_s)).kind, ErrorKind::HostKeyUnknown);
    }

    // 60 commands at once on an sshd with the limits that it comes with.
    void defaultLimits()
    {
        QVERIFY(m_lab->run({u"sshd"_s, u"db1"_s, u"2222"_s}).ok());
        std::vector<std::future<RemoteResult>> results;
        for (int i = 0; i < 60; ++i) {
            results.push_back(std::async(std::launch::async,
                [this] { return m_shell->run({.target = {u"db1"_s, {}, 2222}, .command = "true"}, {}, {}); }));
        }
        for (auto& result : results)
            QCOMPARE(outcomeText(result.get()), "exited 0");
        QVERIFY(m_lab->run({u"sshd"_s, u"db1"_s, u"2222"_s, u"stop"_s}).ok());
    }

    // pg_ctl without -l: the postmaster holds the streams, and is not the command's any more - also when that is cancelled.
    void postmaster()
    {
        const LabAnswer made = m_lab->makeHerd(u"ssh"_s, 5470, {u"db1"_s});
        QVERIFY2(made.ok(), made.errors.constData());
        const QByteArray version = m_lab->postgresVersion().toUtf8();
        const QByteArray control = "/usr/lib/postgresql/" + version + "/bin/pg_ctl -D /var/lib/postgresql/" + version + "/ssh ";
        QVERIFY(run(u"db1"_s, control + "stop -m fast").succeeded());
        const RemoteResult started
            = run(u"db1"_s, control + "start -w -o '-c config_file=/etc/postgresql/" + version + "/ssh/postgresql.conf'");
        QCOMPARE(outcomeText(started), "exited 0");
        QVERIFY2(started.elapsed < 10s * timeScale, qPrintable(QString::number(started.elapsed.count())));
        QVERIFY(started.output.head.contains("server started"));
        QVERIFY(run(u"db1"_s, control + "status").succeeded());

        QVERIFY(run(u"db1"_s, control + "stop -m fast").succeeded());
        std::stop_source stop;
        const RemoteResult cancelled = runAnd(
            u"db1"_s,
            control + "start -w -l /tmp/ssh.log -o '-c config_file=/etc/postgresql/" + version
                + "/ssh/postgresql.conf' >/dev/null; echo started; sleep 60",
            [&] { stop.request_stop(); }, stop.get_token());
        QCOMPARE(cancelled.ended, RemoteResult::Ended::Gone);
        QVERIFY(run(u"db1"_s, control + "status").succeeded());
        QVERIFY(run(u"db1"_s, control + "stop -m fast").succeeded());
    }

private:
    void useConfig(const QString& lines)
    {
        QFile base(m_lab->sshConfigFile());
        QFile file(m_lab->stateDirectory() + u"/ssh-test-config"_s);
        QVERIFY(base.open(QIODevice::ReadOnly) && file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(lines.toUtf8() + base.readAll());
        file.close();
        m_shell = std::make_unique<SshShell>(SshShell::Options{.configFile = file.fileName(),
                                                 .connectTimeout = connectTimeout,
                                                 .heartbeatInterval = 500ms,
                                                 .heartbeatPatience = 2500ms * timeScale},
            nullptr);
    }
    RemoteResult run(const QString& host, const QByteArray& command = "true")
    {
        return m_shell->run({.target = {host}, .command = command, .timeout = 30s * timeScale}, {}, {});
    }
    // `then` once the command has said something.
    RemoteResult runAnd(const QString& host, const QByteArray& command, const std::function<void()>& then, std::stop_token stop = {})
    {
        bool said = false;
        return m_shell->run({.target = {host}, .command = command},
            [&](OutputStream, QByteArrayView) {
                if (!std::exchange(said, true))
                    then();
            },
            stop);
    }

    std::unique_ptr<Lab> m_lab;
    std::unique_ptr<SshShell> m_shell;
};

QTEST_GUILESS_MAIN(TestSshLab)
#include "tst_ssh_lab.moc"
