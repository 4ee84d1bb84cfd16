#include "app/adapters/ssh/sshshell.h"
#include "tests/support/procstat.h"
#include "tests/support/remoteresulttext.h"
#include "tests/support/sshsite.h"
#include "tests/support/timescale.h"

#include <QCryptographicHash>
#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <future>
#include <thread>

#include <csignal>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

qint64 residentKilobytes()
{
    QFile status(u"/proc/self/status"_s);
    if (!status.open(QIODevice::ReadOnly))
        return -1;
    for (const QByteArray& line : status.readAll().split('\n')) {
        if (line.startsWith("VmRSS:"))
            return line.mid(6).trimmed().split(' ').first().toLongLong();
    }
    return -1;
}

} // namespace

// What a command sees and what comes back of it, on a real sshd.
class TestSshCommands : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_site = std::make_unique<SshSite>();
        m_site->addServer(u"one"_s);
        m_site->addServer(u"single"_s, {u"MaxSessions=1"_s});
        m_shell = std::make_unique<SshShell>(SshShell::Options{.configFile = m_site->configFile()}, nullptr);
    }
    void cleanupTestCase()
    {
        m_shell.reset();
        m_site.reset();
    }

    void exitStatus_data()
    {
        QTest::addColumn<QByteArray>("command");
        QTest::addColumn<QByteArray>("outcome");
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QByteArray>("errors");
        const auto row = [](const char* name, QByteArray command, QByteArray outcome, QByteArray output = {}, QByteArray errors = {}) {
            QTest::newRow(name) << command << outcome << output << errors;
        };
        row("true", "true", "exited 0");
        row("false", "false", "exited 1");
        row("status", "exit 77", "exited 77");
        row("255 is no lost link", "exit 255", "exited 255");
        row("not found", "no-such-program-here 2>/dev/null", "exited 127");
        row("signal", "kill -TERM $$", "signalled TERM");
        row("kill", "kill -KILL $$", "signalled KILL");
        row("empty", "", "exited 0");
        row("both streams", "echo out; echo err >&2; exit 3", "exited 3", "out\n", "err\n");
        row("no newline", "printf out", "exited 0", "out");
        row("quotes", "printf '%s|' \"a b\" 'c'\\''d' \"$((1+1))\"", "exited 0", "a b|c'd|2|");
        row("lines", "echo a\necho b", "exited 0", "a\nb\n");
        row("here document", "cat <<'END'\n$x\nEND\n", "exited 0", "$x\n");
        row("streams closed early", "exec >&- 2>&-; sleep 0.2; exit 5", "exited 5");
        row("comment", "# nothing", "exited 0");
        row("looks like the marker", "echo EH0123 456", "exited 0", "EH0123 456\n");
    }
    void exitStatus()
    {
        QFETCH(QByteArray, command);
        const RemoteResult result = run(command);
        QTEST(outcomeText(result), "outcome");
        QTEST(result.output.head, "output");
        QTEST(result.errors.head, "errors");
        QCOMPARE(result.ended, RemoteResult::Ended::NotAsked);
    }

    // Trap: an exit status that never came is neither success nor failure.
    void exitStatusUnknown()
    {
        // The shell ends the server's process of this connection: nobody is left to tell the status.
        const RemoteResult result = run("kill -KILL $PPID; sleep 5");
        QVERIFY2(isUnknown(result), outcomeText(result).constData());
        QCOMPARE(errorOf(result).kind, ErrorKind::LinkLost);
        QVERIFY(!result.succeeded());
        QCOMPARE(outcomeText(run("true")), "exited 0"); // a new session takes over
    }

    void zeroByteIsRefused()
    {
        const RemoteResult result = run(QByteArray("echo a\0b", 8));
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::InvalidInput);
    }

    void binaryInputAndOutput()
    {
        QByteArray data;
        for (int i = 0; i < 3'000'000; ++i)
            data += char(i * 7 + i / 256);
        RemoteCommand command{.target = {u"one"_s}, .command = "cat", .input = data};
        command.outputLimit = 4'000'000;
        const RemoteResult result = m_shell->run(command, {}, {});
        QCOMPARE(outcomeText(result), "exited 0");
        QVERIFY(result.output.head == data);
        QVERIFY(!result.output.isCapped());
    }

    void inputThatNobodyReads()
    {
        const QByteArray data(5'000'000, 'x');
        QCOMPARE(outcomeText(m_shell->run({.target = {u"one"_s}, .command = "exit 4", .input = data}, {}, {})), "exited 4");
        QCOMPARE(outcomeText(m_shell->run({.target = {u"one"_s}, .command = "head -c 3", .input = data}, {}, {})), "exited 0");
        QCOMPARE(run("echo still fine").output.head, "still fine\n");
    }

    void withoutInputThereIsEndOfFile() { QCOMPARE(outcomeText(run("cat")), "exited 0"); }

    // What start-up files print is not the command's; neither is anything lost when the marker arrives in pieces.
    void startUpFilesMayPrint()
    {
        m_site->writeFile(u".bashrc"_s, "printf 'welcome, no newline'\n");
        QCOMPARE(run("echo out").output.head, "out\n");
        m_site->writeFile(u".bashrc"_s, "");
    }

    void forcedCommandPassesThrough()
    {
        m_site->addServer(u"forced"_s, {u"ForceCommand=echo forced; exit 6"_s});
        const RemoteResult result = m_shell->run({.target = {u"forced"_s}, .command = "true"}, {}, {});
        QCOMPARE(outcomeText(result), "exited 6");
        QCOMPARE(result.output.head, "forced\n");
    }

    // 100 MB: the sink sees all, memory does not grow, head and tail are kept.
    void muchOutput()
    {
        QVERIFY(run("true").succeeded());
        RemoteCommand command{.target = {u"one"_s}, .command = "echo start; head -c 100000000 /dev/zero; echo end"};
        command.outputLimit = 1000;
        qint64 seen = 0;
        qint64 highest = 0;
        const qint64 before = residentKilobytes();
        const RemoteResult result = m_shell->run(
            command,
            [&](OutputStream, QByteArrayView data) {
                if (seen / 10'000'000 != (seen + data.size()) / 10'000'000)
                    highest = std::max(highest, residentKilobytes());
                seen += data.size();
            },
            {});
        QCOMPARE(outcomeText(result), "exited 0");
        QCOMPARE(seen, 100'000'010);
        QCOMPARE(result.output.total, 100'000'010);
        QVERIFY(result.output.isCapped());
        QCOMPARE(result.output.head.size() + result.output.tail.size(), 1000);
        QVERIFY(result.output.head.startsWith("start\n"));
        QVERIFY(result.output.tail.endsWith(QByteArray("\0end\n", 5)));
#ifdef __SANITIZE_ADDRESS__
        constexpr qint64 mayGrow = 400'000; // AddressSanitizer keeps 256 MB of freed memory back
#else
        constexpr qint64 mayGrow = 30'000;
#endif
        QVERIFY2(highest - before < mayGrow, qPrintable(u"grew by %1 kB"_s.arg(highest - before)));
    }

    // Trap: a silent command that takes longer than libssh's time-out is not at its end.
    void silentCommand()
    {
        SshShell shell({.configFile = m_site->configFile(), .heartbeatInterval = 100ms, .heartbeatPatience = 1000ms * timeScale}, nullptr);
        const RemoteResult result = shell.run({.target = {u"one"_s}, .command = "sleep 2.5; echo late; exit 9"}, {}, {});
        QCOMPARE(outcomeText(result), "exited 9");
        QCOMPARE(result.output.head, "late\n");
    }

    // pg_ctl start without -l leaves a postmaster that keeps the streams open.
    void daemonKeepsTheStreams()
    {
        QElapsedTimer timer;
        timer.start();
        const RemoteResult result = run("echo before; setsid sleep 61 & echo $!; exit 7");
        QCOMPARE(outcomeText(result), "exited 7");
        QVERIFY2(timer.elapsed() < 20000 * timeScale, qPrintable(QString::number(timer.elapsed()))); // far less than the daemon lives
        const QByteArray pid = result.output.head.split('\n').value(1);
        QVERIFY(result.output.head.startsWith("before\n"));
        QVERIFY(isRunning(pid));
        ::kill(pid.toInt(), SIGKILL);
    }

    // The exit status overtakes output that is still in the pipe: nothing of it may be lost.
    void outputAfterTheExitStatus()
    {
        const RemoteResult result = run("(setsid sleep 61 & echo $! >&2); head -c 2000000 /dev/zero & wait; exit 0");
        QCOMPARE(outcomeText(result), "exited 0");
        QCOMPARE(result.output.total, 2'000'000);
        ::kill(result.errors.head.trimmed().toInt(), SIGKILL);
    }

    // Trap: closing a channel leaves the remote process running.
    void cancelEndsTheProcessGroup()
    {
        std::stop_source stop;
        QByteArray pids;
        const RemoteResult result = m_shell->run({.target = {u"one"_s}, .command = "sleep 62 & echo $$ $!; wait"},
            [&](OutputStream, QByteArrayView data) {
                pids += data.toByteArray();
                if (pids.endsWith('\n'))
                    stop.request_stop();
            },
            stop.get_token());
        QCOMPARE(result.ended, RemoteResult::Ended::Gone);
        QVERIFY2(outcomeText(result) == "signalled TERM", outcomeText(result).constData());
        const QByteArrayList list = pids.trimmed().split(' ');
        QCOMPARE(list.size(), 2);
        QVERIFY(!isRunning(list[0]));
        QVERIFY(!isRunning(list[1]));
    }

    void cancelIsNoticedAtOnce()
    {
        std::stop_source stop;
        QElapsedTimer timer;
        const RemoteResult result = m_shell->run({.target = {u"one"_s}, .command = "trap 'exit 11' TERM; echo; sleep 63 & wait"},
            [&](OutputStream, QByteArrayView) {
                timer.start();
                stop.request_stop();
            },
            stop.get_token());
        QCOMPARE(outcomeText(result), "exited 11"); // what is known is told, also after a cancel
        QCOMPARE(result.ended, RemoteResult::Ended::Gone);
        // Unnoticed it would take 63 seconds; a busy machine may take some.
        QVERIFY2(timer.elapsed() < 10000 * timeScale, qPrintable(QString::number(timer.elapsed())));
    }

    void cancelBeforeTheStart()
    {
        std::stop_source stop;
        stop.request_stop();
        const RemoteResult result = m_shell->run({.target = {u"one"_s}, .command = "true"}, {}, stop.get_token());
        QVERIFY2(isNotStarted(result), outcomeText(result).constData());
        QCOMPARE(errorOf(result).kind, ErrorKind::Cancelled);
    }

    void commandThatIgnoresTerm()
    {
        RemoteCommand command{.target = {u"one"_s}, .command = "trap '' TERM; echo $$; while :; do sleep 0.1; done"};
        command.timeout = 2500ms * timeScale;
        command.killGrace = 300ms;
        const RemoteResult result = m_shell->run(command, {}, {});
        QCOMPARE(result.ended, RemoteResult::Ended::Gone);
        QCOMPARE(outcomeText(result), "signalled KILL");
        QVERIFY(!isRunning(result.output.head));
    }

    void outOfTime()
    {
        RemoteCommand command{.target = {u"one"_s}, .command = "echo $$; exec sleep 64"};
        command.timeout = 2000ms * timeScale;
        const RemoteResult result = m_shell->run(command, {}, {});
        QCOMPARE(result.ended, RemoteResult::Ended::Gone);
        QCOMPARE(outcomeText(result), "signalled TERM");
        QVERIFY(result.elapsed >= command.timeout);
        QVERIFY2(result.elapsed < 20000ms * timeScale, qPrintable(QString::number(result.elapsed.count())));
        QVERIFY(!isRunning(result.output.head));
    }

    // A postmaster has left the group of pg_ctl: it is not the command any more.
    void cancelLeavesDaemonsAlone()
    {
        RemoteCommand command{.target = {u"one"_s}, .command = "setsid sleep 65 >/dev/null 2>&1 </dev/null & echo $!; sleep 66"};
        command.timeout = 2500ms * timeScale;
        const RemoteResult result = m_shell->run(command, {}, {});
        QCOMPARE(result.ended, RemoteResult::Ended::Gone);
        QVERIFY(isRunning(result.output.head));
        ::kill(result.output.head.trimmed().toInt(), SIGKILL);
    }

    // MaxSessions 1: the second channel is refused, a second connection does it.
    void cancelWithOneChannelOnly()
    {
        RemoteCommand command{.target = {u"single"_s}, .command = "echo $$; sleep 67"};
        command.timeout = 5000ms * timeScale;
        const RemoteResult result = m_shell->run(command, {}, {});
        QCOMPARE(result.ended, RemoteResult::Ended::Gone);
        QVERIFY(!isRunning(result.output.head));
    }

    // The group is not ours any more when its id was given away: nothing may be ended.
    void processGroupOfAnother()
    {
        SshShell shell({.configFile = m_site->configFile()}, nullptr);
        std::stop_source stop;
        // The forged marker stands in for an id that the system gave to somebody else.
        QProcess other;
        other.start(u"setsid"_s, {u"sleep"_s, u"68"_s});
        QVERIFY(other.waitForStarted());
        m_site->writeFile(u".bashrc"_s, "echo() { case $1 in EH*) builtin echo \"$1\" " + QByteArray::number(other.processId())
                + ";; *) builtin echo \"$@\";; esac; }\n");
        const RemoteResult result = shell.run({.target = {u"one"_s}, .command = "printf started; sleep 1.5"},
            [&](OutputStream, QByteArrayView) { stop.request_stop(); }, stop.get_token());
        m_site->writeFile(u".bashrc"_s, "");
        QCOMPARE(result.ended, RemoteResult::Ended::Unknown);
        QVERIFY(isRunning(QByteArray::number(other.processId())));
        other.kill();
        other.waitForFinished();
    }

    void manyThreadsOneHost()
    {
        std::vector<std::future<RemoteResult>> results;
        for (int i = 0; i < 32; ++i) {
            results.push_back(std::async(std::launch::async, [this, i] {
                return m_shell->run({.target = {u"one"_s}, .command = "echo " + QByteArray::number(i)}, {}, {});
            }));
        }
        for (int i = 0; i < 32; ++i) {
            const RemoteResult result = results[std::size_t(i)].get();
            QCOMPARE(outcomeText(result), "exited 0");
            QCOMPARE(result.output.head, QByteArray::number(i) + '\n');
        }
    }

private:
    RemoteResult run(const QByteArray& command) { return m_shell->run({.target = {u"one"_s}, .command = command}, {}, {}); }

    std::unique_ptr<SshSite> m_site;
    std::unique_ptr<SshShell> m_shell;
};

QTEST_GUILESS_MAIN(TestSshCommands)
#include "tst_ssh_commands.moc"
