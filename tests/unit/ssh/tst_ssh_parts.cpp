#include "app/adapters/ssh/agent.h"
#include "app/adapters/ssh/commandrun.h"
#include "app/adapters/ssh/jumphost.h"
#include "app/adapters/ssh/knownhosts.h"
#include "app/adapters/ssh/remotegroup.h"

#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include <sys/socket.h>
#include <sys/un.h>

using namespace elephaas;
using namespace elephaas::ssh;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

// The parts of the remote shell that need no server.
class TestSshParts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // Every split of a stream gives the same head and tail as the whole of it.
    void cappedBuffer()
    {
        QRandomGenerator random(7);
        for (int round = 0; round < 2000; ++round) {
            const qsizetype limit = random.bounded(0, 40);
            QByteArray all;
            CappedBuffer buffer(limit);
            for (int chunk = random.bounded(12); chunk > 0; --chunk) {
                QByteArray data(random.bounded(0, 25), Qt::Uninitialized);
                for (char& c : data)
                    c = char('a' + random.bounded(26));
                all += data;
                buffer.add(data);
            }
            const CappedOutput output = buffer.take();
            QCOMPARE(output.total, all.size());
            QCOMPARE(output.isCapped(), all.size() > limit);
            if (all.size() <= limit) {
                QCOMPARE(output.head, all);
                QVERIFY(output.tail.isEmpty());
            } else {
                QCOMPARE(output.head, all.first(limit / 2));
                QCOMPARE(output.tail, all.last(limit - limit / 2));
            }
        }
    }

    void markerInPieces()
    {
        const QByteArray stream = "noise\nEHabc 4321\nout\0put"_ba;
        for (qsizetype cut = 0; cut <= stream.size(); ++cut) {
            MarkerFilter filter("EHabc");
            QByteArray passed = filter.pass(stream.first(cut));
            passed += filter.pass(stream.sliced(cut));
            passed += filter.rest();
            QCOMPARE(passed, "out\0put"_ba);
            QCOMPARE(filter.processGroup(), std::optional<qint64>(4321));
        }
    }

    void markerThatNeverComes()
    {
        MarkerFilter filter("EHabc");
        const QByteArray much(70'000, 'x');
        QCOMPARE(filter.pass(much), much);
        QVERIFY(!filter.processGroup());
        MarkerFilter little("EHabc");
        QCOMPARE(little.pass("EHab"), QByteArray());
        QCOMPARE(little.rest(), "EHab"_ba);
    }

    // Group 1 or 0 would be everybody's: such an answer is no group.
    void markerWithNonsense()
    {
        for (const QByteArray text : {"EHabc 1\n", "EHabc 0\n", "EHabc -5\n", "EHabc x\n", "EHabc \n"}) {
            MarkerFilter filter("EHabc");
            filter.pass(text);
            QVERIFY2(!filter.processGroup(), text.constData());
        }
    }

    void endGroup_data()
    {
        QTest::addColumn<QString>("shell");
        for (const QString& shell : {u"dash"_s, u"bash"_s, u"busybox"_s, u"ksh"_s, u"zsh"_s}) {
            if (!QStandardPaths::findExecutable(shell).isEmpty())
                QTest::newRow(qPrintable(shell)) << QStandardPaths::findExecutable(shell);
        }
    }
    // The script that ends a group, in every shell there is: TERM is enough, TERM is ignored, all gone already.
    void endGroup()
    {
        QFETCH(QString, shell);
        QCOMPARE(endOf("sleep 70 & sleep 71", shell, 2000ms, "SIGTERM"), GroupEnd::Gone);
        QCOMPARE(endOf("trap '' TERM; while :; do sleep 0.05; done", shell, 100ms, "SIGKILL"), GroupEnd::Gone);
        QCOMPARE(endOf("exit 0", shell, 100ms, "exit"), GroupEnd::Gone);
    }

    void jumps_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("hops");
        QTest::newRow("host") << u"gate"_s << u"gate||0"_s;
        QTest::newRow("all") << u"me@gate:2222"_s << u"gate|me|2222"_s;
        QTest::newRow("two") << u"a, b@c"_s << u"a||0 c|b|0"_s;
        QTest::newRow("ipv6") << u"[fd00::1]:22"_s << u"fd00::1||22"_s;
        QTest::newRow("ipv6 bare") << u"fd00::1"_s << u"fd00::1||0"_s;
        QTest::newRow("ipv6 brackets only") << u"u@[fd00::1]"_s << u"fd00::1|u|0"_s;
        QTest::newRow("uri") << u"ssh://u@h:5"_s << u"h|u|5"_s;
        QTest::newRow("empty") << QString() << u"nothing"_s;
        QTest::newRow("empty part") << u"a,,b"_s << u"nothing"_s;
        QTest::newRow("bad port") << u"a:b"_s << u"nothing"_s;
        QTest::newRow("big port") << u"a:70000"_s << u"nothing"_s;
    }
    void jumps()
    {
        QFETCH(QString, text);
        const auto parsed = parseProxyJump(text);
        QStringList hops;
        for (const JumpHop& hop : parsed.value_or(std::vector<JumpHop>()))
            hops += hop.host + u'|' + hop.user + u'|' + QString::number(hop.port);
        QTEST(parsed ? hops.join(u' ') : u"nothing"_s, "hops");
    }

    void knownHosts_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<int>("port");
        QTest::addColumn<HostKeyState>("state");
        const auto row = [](const char* name, QByteArray file, HostKeyState state, int port = 22) {
            QTest::newRow(name) << file << port << state;
        };
        row("empty", "", HostKeyState::New);
        row("known", "db1 ssh-ed25519 AAAA\n", HostKeyState::Known);
        row("no end of line", "db1 ssh-ed25519 AAAA", HostKeyState::Known);
        row("comment", "# db1 ssh-ed25519 AAAA\n", HostKeyState::New);
        row("with comment", "db1 ssh-ed25519 AAAA root@db1\n", HostKeyState::Known);
        row("upper case", "DB1 ssh-ed25519 AAAA\n", HostKeyState::Known);
        row("list", "x,db1,10.0.0.1 ssh-ed25519 AAAA\n", HostKeyState::Known);
        row("other", "db2 ssh-ed25519 AAAA\n", HostKeyState::New);
        row("changed", "db1 ssh-ed25519 BBBB\n", HostKeyState::Changed);
        row("one of two", "db1 ssh-ed25519 BBBB\ndb1 ssh-ed25519 AAAA\n", HostKeyState::Known);
        row("other type", "db1 ssh-rsa AAAA\n", HostKeyState::OtherType);
        row("other type and changed", "db1 ssh-rsa AAAA\ndb1 ssh-ed25519 BBBB\n", HostKeyState::Changed);
        row("pattern", "db* ssh-ed25519 AAAA\n", HostKeyState::Known);
        row("negated", "db*,!db1 ssh-ed25519 AAAA\n", HostKeyState::New);
        row("revoked", "@revoked db1 ssh-ed25519 AAAA\n", HostKeyState::Revoked);
        row("revoked after known", "db1 ssh-ed25519 AAAA\n@revoked * ssh-ed25519 AAAA\n", HostKeyState::Revoked);
        row("another revoked", "@revoked * ssh-ed25519 BBBB\ndb1 ssh-ed25519 AAAA\n", HostKeyState::Known);
        row("authority", "@cert-authority * ssh-ed25519 AAAA\n", HostKeyState::New);
        row("port", "[db1]:2222 ssh-ed25519 AAAA\n", HostKeyState::Known, 2222);
        row("port of another", "db1 ssh-ed25519 BBBB\n", HostKeyState::New, 2222);
        row("garbage", "db1\n\n|1|x\n|1|!|! ssh-ed25519 AAAA\ndb1 ssh-ed25519\n", HostKeyState::New);
    }
    void knownHosts()
    {
        QFETCH(QByteArray, file);
        QFETCH(int, port);
        HostConfig config = site(file);
        config.port = port;
        QTEST(judgeHostKey(config, {"ssh-ed25519", "AAAA"}).state, "state");
    }

    void knownHostsHashedByOpenSsh()
    {
        const HostConfig config = site("db1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJj0g5Ss+Ohcq5m6YNqTZGwpqN3lJpbLnDDwPfA8x8bB\n");
        QCOMPARE(QProcess::execute(u"ssh-keygen"_s, {u"-q"_s, u"-H"_s, u"-f"_s, config.knownHostsFiles.first()}), 0);
        QFile file(config.knownHostsFiles.first());
        QVERIFY(file.open(QIODevice::ReadOnly) && file.readAll().startsWith("|1|"));
        QCOMPARE(judgeHostKey(config, {"ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIJj0g5Ss+Ohcq5m6YNqTZGwpqN3lJpbLnDDwPfA8x8bB"}).state,
            HostKeyState::Known);
    }

    void knownHostsWritten()
    {
        for (const bool hashed : {false, true}) {
            HostConfig config = site("db9 ssh-rsa CCCC"); // without an end of line
            config.hashKnownHosts = hashed;
            config.port = 2200;
            QVERIFY(addHostKey(config, {"ssh-ed25519", "AAAA"}));
            QCOMPARE(judgeHostKey(config, {"ssh-ed25519", "AAAA"}).state, HostKeyState::Known);
            QCOMPARE(judgeHostKey(config, {"ssh-ed25519", "AAAA"}).line, 2);
            QCOMPARE(knownKeyTypes(config), QByteArrayList{"ssh-ed25519"});
        }
        HostConfig fresh = site({});
        fresh.knownHostsFiles = {m_directory.filePath(u"new-directory/known_hosts"_s)};
        QVERIFY(addHostKey(fresh, {"ssh-ed25519", "AAAA"}));
        QVERIFY(QFile::exists(fresh.knownHostsFiles.first()));
    }

    // An agent that answers with nonsense, or not at all.
    void agentWithNonsense()
    {
        const StopSignal never{std::stop_token()};
        for (const QByteArray& answer : {"\xff\xff\xff\xff"_ba, "\0\0\0\0"_ba, "\0\0\0\5\x0c\xff\xff\xff\xff"_ba,
                 "\0\0\0\x0d\x0c\0\0\0\1\0\0\xff\xff" "abcd"_ba, QByteArray()}) {
            const QString path = m_directory.filePath(u"agent"_s);
            QFile::remove(path);
            const FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            qstrncpy(address.sun_path, path.toLocal8Bit().constData(), sizeof address.sun_path);
            QCOMPARE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
            QCOMPARE(::listen(listener.get(), 1), 0);
            auto agent = AgentConnection::open(path, {never, SteadyClock::now() + 5s});
            QVERIFY(agent);
            FileDescriptor peer(::accept(listener.get(), nullptr, nullptr));
            QCOMPARE(::write(peer.get(), answer.constData(), size_t(answer.size())), ssize_t(answer.size()));
            const auto keys = agent->keys({never, SteadyClock::now() + 300ms});
            QVERIFY(!keys || keys->empty());
        }
    }

private:
    HostConfig site(const QByteArray& knownHosts)
    {
        HostConfig config;
        config.name = u"db1"_s;
        config.hostName = u"db1"_s;
        config.knownHostsFiles = {m_directory.filePath(u"known_hosts"_s)};
        QFile file(config.knownHostsFiles.first());
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(knownHosts) != knownHosts.size())
            qFatal("cannot write");
        return config;
    }

    // Runs `command` as the leader of a group and the script of endGroupCommand() in `shell`, both children of one process, as
    // under one sshd. `ending`: how the leader ended.
    static GroupEnd endOf(const QByteArray& command, const QString& shell, std::chrono::milliseconds grace, const QByteArray& ending)
    {
        QProcess leader;
        leader.start(u"setsid"_s, {u"sh"_s, u"-c"_s, u"echo ready; "_s + QString::fromUtf8(command)});
        if (!leader.waitForReadyRead(10000))
            return GroupEnd::Unknown;
        const qint64 group = leader.processId();
        if (ending == "exit")
            leader.waitForFinished();
        QByteArray script = endGroupCommand(group, grace, true);
        QStringList arguments{u"-c"_s};
        if (shell.endsWith(u"busybox"_s))
            arguments.prepend(u"sh"_s);
        // What /bin/sh would get from "exec /bin/sh -c '…'".
        script = script.mid(script.indexOf('\'') + 1).chopped(1);
        QProcess killer;
        killer.start(shell, arguments + QStringList{QString::fromUtf8(script)});
        // The leader has to be reaped for its group to be gone.
        if (!leader.waitForFinished(10000) && ending != "exit")
            return GroupEnd::StillThere;
        killer.waitForFinished(10000);
        if (ending == "SIGTERM" && leader.exitCode() != SIGTERM)
            return GroupEnd::Unknown;
        if (ending == "SIGKILL" && leader.exitCode() != SIGKILL)
            return GroupEnd::Unknown;
        return parseGroupEnd(killer.readAllStandardOutput());
    }

    QTemporaryDir m_directory;
};

QTEST_GUILESS_MAIN(TestSshParts)
#include "tst_ssh_parts.moc"
