#include "app/adapters/ssh/sshshell.h"
#include "tests/support/remoteresulttext.h"
#include "tests/support/sshsite.h"
#include "tests/support/timescale.h"

#include <QTest>

#include <thread>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

// Keys, certificates and agents, on a real sshd with its default MaxAuthTries.
class TestSshLogins : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_site = std::make_unique<SshSite>();
        m_site->addServer(u"one"_s);
    }

    void wrongKeyNamesUserHostAndKeys()
    {
        m_site->makeKey(u"wrong"_s, false);
        m_site->writeFile(u"authorized_keys"_s, {});
        m_site->configure(u"IdentityFile "_s + m_site->path(u"wrong"_s));
        const RemoteResult result = run(u"someone"_s);
        QVERIFY(isNotStarted(result));
        const Error error = errorOf(result);
        QCOMPARE(error.kind, ErrorKind::Authentication);
        QVERIFY2(error.text().contains(u"someone"_s) && error.text().contains(u"one"_s), qPrintable(error.text()));
        QVERIFY2(error.detail.contains(m_site->path(u"wrong"_s)) && error.detail.contains(m_site->keyFile()), qPrintable(error.detail));
    }

    void noKeyAtAll()
    {
        m_site->writeFile(u"none"_s, {});
        m_site->configure(u"IdentityFile none\nUser nobody-here"_s);
        m_site->writeFile(u"config"_s, m_site->readFile(u"config"_s).replace(QByteArray("  IdentityFile " + m_site->keyFile().toUtf8()), ""));
        const Error error = errorOf(run());
        QCOMPARE(error.kind, ErrorKind::Authentication);
        QVERIFY2(error.what.contains(u"no key"_s), qPrintable(error.what));
    }

    void rsaAndEcdsaKeys()
    {
        for (const QString& type : {u"rsa"_s, u"ecdsa"_s}) {
            const QString key = m_site->makeKey(type, true, {u"-t"_s, type});
            useOnly(u"IdentityFile "_s + key);
            QCOMPARE(outcomeText(run()), "exited 0");
        }
    }

    void encryptedKeyWithoutAgent()
    {
        const QString key = m_site->makeKey(u"locked"_s, true, {u"-N"_s, u"secret"_s});
        useOnly(u"IdentityFile "_s + key);
        const Error error = errorOf(run());
        QCOMPARE(error.kind, ErrorKind::Authentication);
        QVERIFY2(error.text().contains(key) && error.text().contains(u"encrypted"_s) && error.remedy.contains(u"ssh-add"_s),
            qPrintable(error.text()));
    }

    // With the key in the agent, a file that cannot be opened does no harm; IdentitiesOnly keeps the agent's other keys back.
    void encryptedKeyInTheAgent()
    {
        const QString key = m_site->makeKey(u"locked"_s, true);
        SshAgent agent(m_site->path(u"agent"_s));
        for (int i = 0; i < 10; ++i)
            agent.add(m_site->makeKey(u"other%1"_s.arg(i), false));
        agent.add(key);
        runTool(u"ssh-keygen"_s, {u"-q"_s, u"-p"_s, u"-P"_s, QString(), u"-N"_s, u"secret"_s, u"-f"_s, key});
        useOnly(u"IdentityFile %1\nIdentityAgent %2"_s.arg(key, agent.socketPath()));
        QCOMPARE(outcomeText(run()), "exited 0");
        QCOMPARE(m_site->server(u"one"_s).log().count("Failed publickey"), 0);
    }

    // Trap: the agent holds more keys than the server has patience for (MaxAuthTries 6), the right one last.
    void agentWithTwentyKeys()
    {
        SshAgent agent(m_site->path(u"agent"_s));
        for (int i = 0; i < 19; ++i)
            agent.add(m_site->makeKey(u"other%1"_s.arg(i), false));
        agent.add(m_site->makeKey(u"right"_s, true));
        useOnly(u"IdentitiesOnly no\nIdentityFile none\nIdentityAgent "_s + agent.socketPath());
        SshShell shell({.configFile = m_site->configFile()}, nullptr);
        QCOMPARE(outcomeText(shell.run({.target = {u"one"_s}, .command = "true"}, {}, {})), "exited 0");
        // The one that fitted goes first from now on.
        const auto failures = m_site->server(u"one"_s).log().count("Failed publickey");
        QVERIFY(failures > 0);
        m_site->server(u"one"_s).stop();
        m_site->server(u"one"_s).start();
        QCOMPARE(outcomeText(shell.run({.target = {u"one"_s}, .command = "true"}, {}, {})), "exited 0");
        QCOMPARE(m_site->server(u"one"_s).log().count("Failed publickey"), failures);
    }

    void agentWithTwentyWrongKeys()
    {
        SshAgent agent(m_site->path(u"agent"_s));
        for (int i = 0; i < 20; ++i)
            agent.add(m_site->makeKey(u"other%1"_s.arg(i), false));
        useOnly(u"IdentitiesOnly no\nIdentityFile none\nIdentityAgent "_s + agent.socketPath());
        const RemoteResult result = run();
        QVERIFY(isNotStarted(result));
        QCOMPARE(errorOf(result).kind, ErrorKind::Authentication);
        QVERIFY2(errorOf(result).detail.contains(u"other0"_s) && errorOf(result).detail.contains(u"other19"_s),
            qPrintable(errorOf(result).detail));
    }

    // A configured key goes before the crowd in the agent.
    void configuredKeyBeforeTheAgents()
    {
        SshAgent agent(m_site->path(u"agent"_s));
        for (int i = 0; i < 20; ++i)
            agent.add(m_site->makeKey(u"other%1"_s.arg(i), false));
        m_site->configure(u"IdentitiesOnly no\nIdentityAgent "_s + agent.socketPath());
        QCOMPARE(outcomeText(run()), "exited 0");
        QCOMPARE(m_site->server(u"one"_s).log().count("Failed publickey"), 0);
    }

    // Trap: libssh waits for an agent without any deadline.
    void agentThatHangs()
    {
        SshAgent agent(m_site->path(u"agent"_s));
        agent.add(m_site->makeKey(u"other"_s, false));
        agent.freeze();
        m_site->configure(u"IdentitiesOnly no\nIdentityAgent "_s + agent.socketPath());
        QCOMPARE(outcomeText(run()), "exited 0"); // by the key file
        useOnly(u"IdentitiesOnly no\nIdentityFile none\nIdentityAgent "_s + agent.socketPath());
        RemoteCommand command{.target = {u"one"_s}, .command = "true"};
        command.timeout = 1500ms;
        SshShell shell({.configFile = m_site->configFile()}, nullptr);
        const RemoteResult result = shell.run(command, {}, {});
        QVERIFY(isNotStarted(result));
        QVERIFY2(result.elapsed < 4000ms * timeScale, qPrintable(QString::number(result.elapsed.count())));
        agent.thaw();
    }

    void agentThatIsNotThere()
    {
        m_site->configure(u"IdentitiesOnly no\nIdentityAgent "_s + m_site->path(u"no-agent"_s));
        QCOMPARE(outcomeText(run()), "exited 0");
    }

    // Trap: a certificate beside the key is not picked up by libssh.
    void certificateBesideTheKey()
    {
        const QString authority = m_site->makeKey(u"authority"_s, false);
        SshServer& server = m_site->addServer(u"two"_s, {u"TrustedUserCAKeys="_s + authority + u".pub"_s});
        const QString key = m_site->makeKey(u"certified"_s, false);
        useOnly(u"IdentityFile "_s + key);
        QCOMPARE(errorOf(run({}, u"two"_s)).kind, ErrorKind::Authentication);
        const QString user = QString::fromLocal8Bit(runTool(u"id"_s, {u"-un"_s})).trimmed();
        runTool(u"ssh-keygen"_s, {u"-q"_s, u"-s"_s, authority, u"-I"_s, u"test"_s, u"-n"_s, user, key + u".pub"_s});
        QCOMPARE(outcomeText(run({}, u"two"_s)), "exited 0");
        QVERIFY(server.log().contains("ED25519-CERT"));
        // Elsewhere, named by the configuration.
        m_site->writeFile(u"elsewhere.pub"_s, m_site->readFile(u"certified-cert.pub"_s));
        QFile::remove(key + u"-cert.pub"_s);
        QCOMPARE(errorOf(run({}, u"two"_s)).kind, ErrorKind::Authentication);
        useOnly(u"IdentityFile %1\nCertificateFile %2"_s.arg(key, m_site->path(u"elsewhere.pub"_s)));
        QCOMPARE(outcomeText(run({}, u"two"_s)), "exited 0");
    }

    void serverThatWantsMore()
    {
        m_site->addServer(u"two"_s, {u"AuthenticationMethods=publickey,password"_s, u"PasswordAuthentication=yes"_s});
        const Error error = errorOf(run({}, u"two"_s));
        QCOMPARE(error.kind, ErrorKind::Authentication);
        QVERIFY2(error.what.contains(u"more than a key"_s), qPrintable(error.text()));
    }

private:
    // Without the site's own key.
    void useOnly(const QString& lines)
    {
        m_site->configure(lines);
        m_site->writeFile(u"config"_s, m_site->readFile(u"config"_s).replace(QByteArray("  IdentityFile " + m_site->keyFile().toUtf8()), ""));
    }

    RemoteResult run(const QString& user = {}, const QString& host = u"one"_s)
    {
        SshShell shell({.configFile = m_site->configFile()}, nullptr);
        return shell.run({.target = {host, user}, .command = "true"}, {}, {});
    }

    std::unique_ptr<SshSite> m_site;
};

QTEST_GUILESS_MAIN(TestSshLogins)
#include "tst_ssh_logins.moc"
