#include "app/adapters/ssh/sshshell.h"
#include "tests/support/remoteresulttext.h"
#include "tests/support/sshsite.h"
#include "tests/support/testasker.h"

#include <QTest>

#include <future>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

// New, changed and revoked host keys, on a real sshd. Every test has its own site: nothing is known but what it says.
class TestSshHostKeys : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_site = std::make_unique<SshSite>();
        m_site->addServer(u"one"_s);
    }

    void newKeyIsAskedAboutAndRemembered()
    {
        m_site->writeFile(u"known_hosts"_s, "# a line without its end");
        const auto asker = std::make_shared<TestAsker>(true);
        QCOMPARE(outcomeText(run(asker)), "exited 0");
        QCOMPARE(asker->questions().size(), 1u);
        const HostKeyQuestion question = asker->questions().front();
        QCOMPARE(question.keyType, u"ssh-ed25519"_s);
        const QByteArray expected = runTool(u"ssh-keygen"_s, {u"-lf"_s, m_site->server(u"one"_s).hostKeyFile()});
        QVERIFY2(expected.contains(question.fingerprint.toUtf8()), expected.constData());
        QVERIFY(question.host.startsWith(u"one"_s));
        // OpenSSH agrees with what was written.
        runTool(u"ssh"_s, {u"-F"_s, m_site->configFile(), u"-o"_s, u"StrictHostKeyChecking=yes"_s, u"one"_s, u"true"_s});
        QCOMPARE(outcomeText(run(asker)), "exited 0");
        QCOMPARE(asker->questions().size(), 1u);
    }

    void newKeyMayBeRefused()
    {
        m_site->writeFile(u"known_hosts"_s, {});
        const RemoteResult result = run(std::make_shared<TestAsker>(false));
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::HostKeyUnknown);
        QVERIFY(errorOf(result).detail.contains(u"SHA256:"_s));
        QCOMPARE(m_site->readFile(u"known_hosts"_s), QByteArray());
    }

    void nobodyToAsk()
    {
        m_site->writeFile(u"known_hosts"_s, {});
        QCOMPARE(errorOf(run(nullptr)).kind, ErrorKind::HostKeyUnknown);
    }

    void oneQuestionForManyCommands()
    {
        m_site->writeFile(u"known_hosts"_s, {});
        const auto asker = std::make_shared<TestAsker>(true);
        asker->hold();
        SshShell shell({.configFile = m_site->configFile()}, asker);
        std::vector<std::future<RemoteResult>> results;
        for (int i = 0; i < 12; ++i) {
            results.push_back(std::async(
                std::launch::async, [&] { return shell.run({.target = {u"one"_s}, .command = "true"}, {}, {}); }));
        }
        QVERIFY(asker->waitForQuestion());
        asker->letGo();
        for (auto& result : results)
            QCOMPARE(outcomeText(result.get()), "exited 0");
        QCOMPARE(asker->questions().size(), 1u);
        QCOMPARE(m_site->readFile(u"known_hosts"_s).count('\n'), 1);
    }

    // A person may think for longer than the command may take.
    void thinkingDoesNotCount()
    {
        m_site->writeFile(u"known_hosts"_s, {});
        class SlowAsker final : public HostKeyAsker {
            bool accept(const HostKeyQuestion&, std::stop_token stop) override
            {
                std::unique_lock lock(m_mutex);
                m_never.wait_for(lock, stop, 7000ms, [] { return false; }); // the time itself is what is tested
                return true;
            }
            std::mutex m_mutex;
            std::condition_variable_any m_never;
        };
        SshShell shell({.configFile = m_site->configFile()}, std::make_shared<SlowAsker>());
        RemoteCommand command{.target = {u"one"_s}, .command = "true"};
        command.timeout = 6000ms;
        QCOMPARE(outcomeText(shell.run(command, {}, {})), "exited 0");
    }

    void cancelWhileAsking()
    {
        m_site->writeFile(u"known_hosts"_s, {});
        const auto asker = std::make_shared<TestAsker>(true);
        asker->hold();
        SshShell shell({.configFile = m_site->configFile()}, asker);
        std::stop_source stop;
        auto first = std::async(std::launch::async,
            [&] { return shell.run({.target = {u"one"_s}, .command = "true"}, {}, stop.get_token()); });
        QVERIFY(asker->waitForQuestion());
        auto second = std::async(
            std::launch::async, [&] { return shell.run({.target = {u"one"_s}, .command = "true"}, {}, {}); });
        stop.request_stop();
        const RemoteResult result = first.get();
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::Cancelled);
        asker->letGo(); // who waited for the same answer asks again, and gets one
        QCOMPARE(outcomeText(second.get()), "exited 0");
    }

    void changedKeyIsRefused()
    {
        const auto asker = std::make_shared<TestAsker>(true);
        SshServer& server = m_site->server(u"one"_s);
        server.stop();
        server.newHostKey();
        server.start();
        const QByteArray before = m_site->readFile(u"known_hosts"_s);
        const RemoteResult result = run(asker);
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::HostKeyChanged);
        QVERIFY2(errorOf(result).remedy.contains(u"ssh-keygen -f \"%1\" -R \"[127.0.0.1]:%2\""_s.arg(m_site->knownHosts()).arg(server.port())),
            qPrintable(errorOf(result).remedy));
        QVERIFY(asker->questions().empty());
        QCOMPARE(m_site->readFile(u"known_hosts"_s), before);
    }

    // Also when the configuration asks for no checking at all.
    void changedKeyIsRefusedWithoutChecking()
    {
        m_site->configure(u"StrictHostKeyChecking no"_s);
        m_site->server(u"one"_s).stop();
        m_site->server(u"one"_s).newHostKey();
        m_site->server(u"one"_s).start();
        QCOMPARE(errorOf(run(nullptr)).kind, ErrorKind::HostKeyChanged);
    }

    void keyOfAnotherTypeIsRefused()
    {
        m_site->makeKey(u"other"_s, false, {u"-t"_s, u"ecdsa"_s});
        const QByteArrayList key = m_site->readFile(u"other.pub"_s).split(' ');
        m_site->writeFile(u"known_hosts"_s,
            "[127.0.0.1]:" + QByteArray::number(m_site->server(u"one"_s).port()) + ' ' + key[0] + ' ' + key[1] + '\n');
        const auto asker = std::make_shared<TestAsker>(true);
        QCOMPARE(errorOf(run(asker)).kind, ErrorKind::HostKeyChanged);
        QVERIFY(asker->questions().empty());
    }

    void revokedKeyIsRefused()
    {
        m_site->writeFile(u"known_hosts"_s, m_site->readFile(u"known_hosts"_s) + "@revoked " + m_site->readFile(u"known_hosts"_s));
        QCOMPARE(errorOf(run(std::make_shared<TestAsker>(true))).kind, ErrorKind::HostKeyChanged);
    }

    void strictNeverAsks()
    {
        m_site->writeFile(u"known_hosts"_s, {});
        m_site->configure(u"StrictHostKeyChecking yes"_s);
        const auto asker = std::make_shared<TestAsker>(true);
        QCOMPARE(errorOf(run(asker)).kind, ErrorKind::HostKeyUnknown);
        QVERIFY(asker->questions().empty());
    }

    void acceptNewNeverAsks()
    {
        m_site->writeFile(u"known_hosts"_s, {});
        m_site->configure(u"StrictHostKeyChecking accept-new\nHashKnownHosts yes"_s);
        const auto asker = std::make_shared<TestAsker>(false);
        QCOMPARE(outcomeText(run(asker)), "exited 0");
        QVERIFY(asker->questions().empty());
        QVERIFY2(m_site->readFile(u"known_hosts"_s).startsWith("|1|"), m_site->readFile(u"known_hosts"_s).constData());
        // The hashed line is found again, by us and by OpenSSH.
        m_site->configure(u"StrictHostKeyChecking yes"_s);
        QCOMPARE(outcomeText(run(nullptr)), "exited 0");
        runTool(u"ssh"_s, {u"-F"_s, m_site->configFile(), u"one"_s, u"true"_s});
    }

    void hostKeyAlias()
    {
        const QByteArrayList key = m_site->readFile(u"one_hostkey.pub"_s).split(' ');
        m_site->writeFile(u"known_hosts"_s, "the-alias " + key[0] + ' ' + key[1] + '\n');
        QCOMPARE(errorOf(run(nullptr)).kind, ErrorKind::HostKeyUnknown);
        m_site->configure(u"HostKeyAlias the-alias"_s);
        QCOMPARE(outcomeText(run(nullptr)), "exited 0");
    }

    // The server has a key of each type and only the least preferred one is known.
    void knownTypeIsAskedForFirst()
    {
        m_site->makeKey(u"rsahost"_s, false, {u"-t"_s, u"rsa"_s, u"-b"_s, u"2048"_s});
        SshServer& server = m_site->addServer(u"two"_s, {u"HostKey="_s + m_site->path(u"rsahost"_s)});
        const QByteArrayList key = m_site->readFile(u"rsahost.pub"_s).split(' ');
        m_site->writeFile(u"known_hosts"_s, "[127.0.0.1]:" + QByteArray::number(server.port()) + ' ' + key[0] + ' ' + key[1] + '\n');
        SshShell shell({.configFile = m_site->configFile()}, nullptr);
        QCOMPARE(outcomeText(shell.run({.target = {u"two"_s}, .command = "true"}, {}, {})), "exited 0");
    }

    void knownHostsCannotBeWritten()
    {
        m_site->configure(u"UserKnownHostsFile /proc/nowhere/known_hosts"_s);
        const auto asker = std::make_shared<TestAsker>(true);
        SshShell shell({.configFile = m_site->configFile()}, asker);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"could not be remembered"_s));
        QCOMPARE(outcomeText(shell.run({.target = {u"one"_s}, .command = "true"}, {}, {})), "exited 0");
        QCOMPARE(outcomeText(shell.run({.target = {u"one"_s, {}, m_site->server(u"one"_s).port()}, .command = "true"}, {}, {})), "exited 0");
        QCOMPARE(asker->questions().size(), 1u);
    }

private:
    RemoteResult run(const std::shared_ptr<HostKeyAsker>& asker)
    {
        SshShell shell({.configFile = m_site->configFile()}, asker);
        return shell.run({.target = {u"one"_s}, .command = "true"}, {}, {});
    }

    std::unique_ptr<SshSite> m_site;
};

QTEST_GUILESS_MAIN(TestSshHostKeys)
#include "tst_ssh_hostkeys.moc"
