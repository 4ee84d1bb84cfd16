#include "app/adapters/ssh/sshshell.h"
#include "tests/support/remoteresulttext.h"
#include "tests/support/sshsite.h"
#include "tests/support/timescale.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <future>

#include <csignal>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

int openDescriptors() { return int(QDir(u"/proc/self/fd"_s).entryList(QDir::NoDotAndDotDot | QDir::Files | QDir::System).size()); }
int ownThreads() { return int(QDir(u"/proc/self/task"_s).entryList(QDir::NoDotAndDotDot | QDir::Dirs).size()); }

} // namespace

// Connections that do not come about, that die, and that lead through other hosts, on real sshd.
class TestSshLinks : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_site = std::make_unique<SshSite>();
        m_site->addServer(u"one"_s);
        m_shell = std::make_unique<SshShell>(options(), nullptr);
    }
    void cleanup()
    {
        m_shell.reset();
        m_site.reset();
    }

    void refused()
    {
        m_site->server(u"one"_s).stop();
        const RemoteResult result = run();
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::Unreachable);
        QVERIFY2(errorOf(result).what.contains(QString::number(m_site->server(u"one"_s).port())), qPrintable(errorOf(result).text()));
        QVERIFY(result.elapsed < 2000ms * timeScale);
    }

    // Trap: libssh tries the first address only. This name has two, and sshd listens on the IPv4 one.
    void allAddressesAreTried()
    {
        m_site->configure(u"Host both\n  HostName localhost\n  Port %1\n  HostKeyAlias both"_s.arg(m_site->server(u"one"_s).port()));
        const QByteArrayList key = m_site->readFile(u"one_hostkey.pub"_s).split(' ');
        m_site->writeFile(u"known_hosts"_s, "both " + key[0] + ' ' + key[1] + '\n');
        QCOMPARE(outcomeText(run(u"both"_s)), "exited 0");
    }

    // Somebody accepts and says nothing: the deadline of connecting ends it, not the command's.
    void silentServer()
    {
        QTcpServer silent;
        QVERIFY(silent.listen(QHostAddress::LocalHost));
        m_site->configure(u"Host silent\n  HostName 127.0.0.1\n  Port %1\n  ConnectTimeout 1"_s.arg(silent.serverPort()));
        const RemoteResult result = run(u"silent"_s);
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::TimedOut);
        QVERIFY2(result.elapsed >= 900ms && result.elapsed < 3000ms * timeScale, qPrintable(QString::number(result.elapsed.count())));
    }

    void cancelWhileConnecting()
    {
        QTcpServer silent;
        QVERIFY(silent.listen(QHostAddress::LocalHost));
        m_site->configure(u"Host silent\n  HostName 127.0.0.1\n  Port %1"_s.arg(silent.serverPort()));
        std::stop_source stop;
        auto result = std::async(std::launch::async,
            [&] { return m_shell->run({.target = {u"silent"_s}, .command = "true"}, {}, stop.get_token()); });
        QVERIFY(silent.waitForNewConnection(10000));
        const QDeadlineTimer noticed(1000 * timeScale);
        stop.request_stop();
        QCOMPARE(errorOf(result.get()).kind, ErrorKind::Cancelled);
        QVERIFY(!noticed.hasExpired());
    }

    void notAnSshServer()
    {
        QTcpServer web;
        QVERIFY(web.listen(QHostAddress::LocalHost));
        m_site->configure(u"Host web\n  HostName 127.0.0.1\n  Port %1"_s.arg(web.serverPort()));
        auto result = std::async(std::launch::async, [&] { return run(u"web"_s); });
        QVERIFY(web.waitForNewConnection(10000));
        QTcpSocket* socket = web.nextPendingConnection();
        socket->write("HTTP/1.0 400 Bad Request\r\n\r\n" + QByteArray(2000, 'x'));
        QVERIFY(socket->waitForBytesWritten(5000));
        socket->disconnectFromHost();
        web.close();
        const RemoteResult answer = result.get();
        QVERIFY2(isNotStarted(answer), outcomeText(answer).constData());
    }

    void hostileNames_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("user");
        QTest::newRow("option") << u"-oProxyCommand=touch%1"_s << QString();
        QTest::newRow("blank") << u"one two"_s << QString();
        QTest::newRow("newline") << u"one\nProxyCommand touch"_s << QString();
        QTest::newRow("empty") << QString() << QString();
        QTest::newRow("shell") << u"$(touch x)"_s << QString();
        QTest::newRow("backticks") << u"`touch x`"_s << QString();
        QTest::newRow("user in host") << u"root@one"_s << QString();
        QTest::newRow("control") << u"one\x1b[2J"_s << QString();
        QTest::newRow("user option") << u"one"_s << u"-oProxyCommand=touch"_s;
        QTest::newRow("user shell") << u"one"_s << u"x;touch x"_s;
        QTest::newRow("user blank") << u"one"_s << u"a b"_s;
    }
    void hostileNames()
    {
        QFETCH(QString, host);
        QFETCH(QString, user);
        const RemoteResult result = m_shell->run({.target = {host, user}, .command = "true"}, {}, {});
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::InvalidInput);
        QVERIFY(m_site->server(u"one"_s).log().count("Connection from") <= 1); // the fixture's own look
    }

    // 60 commands at once on one sshd with its default MaxStartups 10:30:100 and MaxSessions 10.
    void sixtyAtOnce()
    {
        std::vector<std::future<RemoteResult>> results;
        for (int i = 0; i < 60; ++i)
            results.push_back(std::async(std::launch::async, [this] { return run(); }));
        for (auto& result : results)
            QCOMPARE(outcomeText(result.get()), "exited 0");
        const QByteArray log = m_site->server(u"one"_s).log();
        QVERIFY(!log.contains("MaxStartups"));
        QVERIFY2(log.count("Accepted publickey") <= 8, log.constData());
    }

    // Others fill the server up; once they go, the command gets through.
    void serverIsFull()
    {
        SshServer& server = m_site->addServer(u"full"_s, {u"MaxStartups=2"_s});
        std::vector<std::unique_ptr<QTcpSocket>> others;
        for (int i = 0; i < 2; ++i) {
            others.push_back(std::make_unique<QTcpSocket>());
            others.back()->connectToHost(server.address(), quint16(server.port()));
            QVERIFY(others.back()->waitForReadyRead(10000));
        }
        auto result = std::async(std::launch::async, [this] { return run(u"full"_s); });
        QTRY_VERIFY_WITH_TIMEOUT(server.log().contains("MaxStartups"), 10000 * timeScale);
        others.clear();
        QCOMPARE(outcomeText(result.get()), "exited 0");
    }

    void hostDiesUnderTheCommand()
    {
        const RemoteResult result = m_shell->run({.target = {u"one"_s}, .command = "echo started; sleep 60"},
            [this](OutputStream, QByteArrayView) { m_site->server(u"one"_s).stop(); }, {});
        QVERIFY2(isUnknown(result), outcomeText(result).constData());
        QCOMPARE(errorOf(result).kind, ErrorKind::LinkLost);
        QCOMPARE(result.output.head, "started\n");
    }

    // Nothing arrives any more, and nothing says so: the heartbeat notices. Cancelling then does not hang either.
    void linkGoesSilentUnderTheCommand()
    {
        const RemoteResult result = m_shell->run({.target = {u"one"_s}, .command = "echo started; sleep 60"},
            [this](OutputStream, QByteArrayView) { m_site->server(u"one"_s).freeze(); }, {});
        QVERIFY2(isUnknown(result), outcomeText(result).constData());
        QCOMPARE(errorOf(result).kind, ErrorKind::LinkLost);
        QVERIFY2(result.elapsed < 5000ms * timeScale, qPrintable(QString::number(result.elapsed.count())));
    }

    // The server was restarted between two commands: the second one is sent over a new session, once.
    void warmSessionHasDied()
    {
        QCOMPARE(outcomeText(run()), "exited 0");
        m_site->server(u"one"_s).stop();
        m_site->server(u"one"_s).start();
        const QByteArray count = "echo x >>" + m_site->path(u"count"_s).toUtf8();
        QCOMPARE(outcomeText(run(u"one"_s, count)), "exited 0");
        QCOMPARE(m_site->readFile(u"count"_s), "x\n");
    }

    // The warm session is a black hole: nothing was sent before its channel opened, so another one is used.
    void warmSessionIsSilent()
    {
        QCOMPARE(outcomeText(run()), "exited 0");
        const QByteArray pid = m_shell->run({.target = {u"one"_s}, .command = "echo $PPID"}, {}, {}).output.head;
        QCOMPARE(::kill(pid.trimmed().toInt(), SIGSTOP), 0);
        const QByteArray count = "echo x >>" + m_site->path(u"count"_s).toUtf8();
        QCOMPARE(outcomeText(run(u"one"_s, count)), "exited 0");
        QCOMPARE(m_site->readFile(u"count"_s), "x\n");
    }

    // A command that may have been sent is never sent again.
    void neverSentTwice()
    {
        QCOMPARE(outcomeText(run()), "exited 0");
        const QByteArray command = "echo x >>" + m_site->path(u"count"_s).toUtf8() + "; kill -KILL $PPID; sleep 5";
        QVERIFY(isUnknown(run(u"one"_s, command)));
        QCOMPARE(m_site->readFile(u"count"_s), "x\n");
    }

    void sessionsAreKeptWarm()
    {
        for (int i = 0; i < 5; ++i)
            QCOMPARE(outcomeText(run()), "exited 0");
        QCOMPARE(m_site->server(u"one"_s).log().count("Accepted publickey"), 1);
    }

    void idleSessionsAreClosed()
    {
        SshShell::Options some = options();
        some.idleTime = 300ms;
        some.servicePeriod = 100ms;
        SshShell shell(some, nullptr);
        QVERIFY(shell.run({.target = {u"one"_s}, .command = "true"}, {}, {}).succeeded());
        QTRY_VERIFY_WITH_TIMEOUT(m_site->server(u"one"_s).log().contains("Disconnected from user"), 10000 * timeScale);
    }

    // Idle sessions are kept for the whole constellation up to a limit: the one that has been idle for longest goes.
    void warmSessionsAreLimited()
    {
        SshShell::Options some = options();
        some.warmSessions = 2;
        m_site->addServer(u"two"_s);
        m_site->addServer(u"three"_s);
        SshShell shell(some, nullptr);
        for (const QString& host : {u"one"_s, u"two"_s, u"three"_s})
            QVERIFY(shell.run({.target = {host}, .command = "true"}, {}, {}).succeeded());
        QTRY_VERIFY_WITH_TIMEOUT(m_site->server(u"one"_s).log().contains("Disconnected from user"), 10000 * timeScale);
        QVERIFY(shell.run({.target = {u"two"_s}, .command = "true"}, {}, {}).succeeded());
        QCOMPARE(m_site->server(u"two"_s).log().count("Accepted publickey"), 1);
    }

    void userAndPortOfTheTarget()
    {
        const RemoteResult result = m_shell->run({.target = {u"one"_s, u"not-here"_s}, .command = "true"}, {}, {});
        QCOMPARE(errorOf(result).kind, ErrorKind::Authentication);
        m_site->addServer(u"two"_s);
        const auto port = m_site->server(u"two"_s).port();
        const RemoteResult other = m_shell->run({.target = {u"one"_s, {}, port}, .command = "true"}, {}, {});
        QCOMPARE(outcomeText(other), "exited 0");
        QVERIFY(m_site->server(u"two"_s).log().contains("Accepted publickey"));
    }

    void serverThatRunsNothing()
    {
        m_site->addServer(u"none"_s, {u"MaxSessions=0"_s});
        const RemoteResult result = run(u"none"_s);
        QVERIFY(isNotStarted(result));
        QVERIFY2(errorOf(result).remedy.contains(u"MaxSessions"_s), qPrintable(errorOf(result).text()));
    }

    void proxyCommand()
    {
        m_site->addServer(u"two"_s);
        m_site->configure(u"Host two\n  ProxyCommand ssh -F %1 -W %h:%p one"_s.arg(m_site->configFile()));
        QCOMPARE(outcomeText(run(u"two"_s)), "exited 0");
        QCOMPARE(m_site->server(u"one"_s).log().count("Accepted publickey"), 1);
    }

    void oneJump()
    {
        m_site->addServer(u"two"_s);
        m_site->addServer(u"three"_s);
        m_site->configure(u"Host two three\n  ProxyJump one"_s);
        QByteArray data;
        for (int i = 0; i < 2'000'000; ++i)
            data += char(i * 13 + i / 256);
        RemoteCommand command{.target = {u"two"_s}, .command = "cat", .input = data};
        command.outputLimit = 4'000'000;
        const RemoteResult result = m_shell->run(command, {}, {});
        QCOMPARE(outcomeText(result), "exited 0");
        QVERIFY(result.output.head == data);
        QCOMPARE(outcomeText(run(u"three"_s)), "exited 0");
        QCOMPARE(m_site->server(u"one"_s).log().count("Accepted publickey"), 1); // the session to the jump host is shared
    }

    void manyThroughOneJump()
    {
        QStringList names;
        for (int i = 0; i < 12; ++i)
            names += m_site->addServer(u"behind%1"_s.arg(i)).name();
        m_site->configure(u"Host behind*\n  ProxyJump one"_s);
        std::vector<std::future<RemoteResult>> results;
        for (const QString& name : names)
            results.push_back(std::async(std::launch::async, [this, name] { return run(name, "head -c 1000000 /dev/zero"); }));
        for (auto& future : results) {
            const RemoteResult result = future.get();
            QCOMPARE(outcomeText(result), "exited 0");
            QCOMPARE(result.output.total, 1'000'000);
        }
        QCOMPARE(m_site->server(u"one"_s).log().count("Accepted publickey"), 1);
    }

    void twoJumps()
    {
        m_site->addServer(u"two"_s);
        m_site->addServer(u"three"_s);
        m_site->configure(u"Host three\n  ProxyJump one,two"_s);
        QCOMPARE(outcomeText(run(u"three"_s)), "exited 0");
        QVERIFY(m_site->server(u"one"_s).log().contains("Accepted publickey"));
        QVERIFY(m_site->server(u"two"_s).log().contains("Accepted publickey"));
    }

    // Trap: with libssh's own ProxyJump the questions about the jump host's key bypass the program.
    void jumpHostKeyIsChecked()
    {
        m_site->addServer(u"two"_s);
        m_site->configure(u"Host two\n  ProxyJump one"_s);
        m_site->server(u"one"_s).stop();
        m_site->server(u"one"_s).newHostKey();
        m_site->server(u"one"_s).start();
        const RemoteResult result = run(u"two"_s);
        QCOMPARE(errorOf(result).kind, ErrorKind::HostKeyChanged);
        QVERIFY2(errorOf(result).where.contains(u"jump host"_s), qPrintable(errorOf(result).text()));
    }

    void jumpHostThatDoesNotForward()
    {
        m_site->addServer(u"closed"_s, {u"AllowTcpForwarding=no"_s});
        m_site->addServer(u"two"_s);
        m_site->configure(u"Host two\n  ProxyJump closed"_s);
        const RemoteResult result = run(u"two"_s);
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::PermissionDenied);
    }

    void hostBehindTheJumpRefuses()
    {
        m_site->addServer(u"two"_s).stop();
        m_site->configure(u"Host two\n  ProxyJump one"_s);
        const RemoteResult result = run(u"two"_s);
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::Unreachable);
        QVERIFY2(errorOf(result).detail.contains(u"refused"_s), qPrintable(errorOf(result).text()));
    }

    void jumpHostDiesUnderTheCommand()
    {
        m_site->addServer(u"two"_s);
        m_site->configure(u"Host two\n  ProxyJump one"_s);
        const RemoteResult result = m_shell->run({.target = {u"two"_s}, .command = "echo started; sleep 60"},
            [this](OutputStream, QByteArrayView) { m_site->server(u"one"_s).stop(); }, {});
        QVERIFY2(isUnknown(result), outcomeText(result).constData());
        m_site->server(u"one"_s).start();
        QCOMPARE(outcomeText(run(u"two"_s)), "exited 0");
    }

    void jumpsInACircle()
    {
        m_site->configure(u"Host a\n  ProxyJump b\nHost b\n  ProxyJump a"_s);
        const RemoteResult result = run(u"a"_s);
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::InvalidInput);
    }

    // Descriptors and threads, after sessions that ended in every way.
    void nothingIsLeftBehind()
    {
        m_site->addServer(u"two"_s);
        m_site->configure(u"Host two\n  ProxyJump one"_s);
        const auto everything = [this] {
            SshShell shell(options(), nullptr);
            const auto on = [&](const QString& host, const QByteArray& command) {
                return shell.run({.target = {host}, .command = command, .timeout = 10s * timeScale}, {}, {});
            };
            QVERIFY(on(u"one"_s, "true").succeeded());
            QVERIFY(on(u"two"_s, "true").succeeded());
            QVERIFY(isUnknown(on(u"two"_s, "kill -KILL $PPID; sleep 1")));
            QVERIFY(isNotStarted(on(u"-x"_s, "true")));
            QVERIFY(isNotStarted(shell.run({.target = {u"one"_s, u"nobody-here"_s}, .command = "true"}, {}, {})));
            QVERIFY(isNotStarted(shell.run({.target = {u"one"_s, {}, 1}, .command = "true"}, {}, {})));
        };
        m_shell.reset();
        everything();
        const int descriptors = openDescriptors();
        const int threads = ownThreads();
        for (int i = 0; i < 3; ++i)
            everything();
        QTRY_COMPARE(openDescriptors(), descriptors);
        QTRY_COMPARE(ownThreads(), threads);
    }

private:
    SshShell::Options options() const
    {
        return {.configFile = m_site->configFile(), .heartbeatInterval = 300ms, .heartbeatPatience = 1500ms * timeScale};
    }
    RemoteResult run(const QString& host = u"one"_s, const QByteArray& command = "true")
    {
        return m_shell->run({.target = {host}, .command = command}, {}, {});
    }

    std::unique_ptr<SshSite> m_site;
    std::unique_ptr<SshShell> m_shell;
};

QTEST_GUILESS_MAIN(TestSshLinks)
#include "tst_ssh_links.moc"
