#include "app/adapters/ssh/configfile.h"
#include "app/adapters/ssh/hostconfig.h"
#include "tests/support/sshsite.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace elephaas;
using namespace elephaas::ssh;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Both ways to the same answer, field by field, as text that explains itself.
QString describe(HostConfig config)
{
    // Default keys of types that libssh does not know.
    config.identityFiles.removeIf([](const QString& file) { return file.endsWith(u"/id_xmss"_s) || file.endsWith(u"/id_dsa"_s); });
    QStringList result{config.hostName, QString::number(config.port), config.user, config.identityFiles.join(u' '),
        config.certificateFiles.join(u' '), config.identitiesOnly ? u"only"_s : u"all"_s, config.identityAgent,
        config.knownHostsFiles.join(u' '), config.globalKnownHostsFiles.join(u' '), config.hostKeyAlias,
        config.hashKnownHosts ? u"hashed"_s : u"plain"_s, QString::number(int(config.newHostKey)), config.proxyJump,
        config.proxyCommand, QString::number(int(config.family)),
        config.connectTimeout ? QString::number(config.connectTimeout->count()) : u"-"_s};
    return result.join(u" | "_s);
}

} // namespace

class TestSshConfig : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        write(u"one"_s, "Host db*\n HostName from-include\nHost *\n IdentityFile /included\n");
        write(u"many-a"_s, "Host web\n User a\n");
        write(u"many-b"_s, "User b\nHost nobody\n Port 77\n");
    }

    void words_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("words");
        QTest::newRow("plain") << u"a  b\tc"_s << QStringList{u"a"_s, u"b"_s, u"c"_s};
        QTest::newRow("quotes") << u"\"a b\" 'c d'"_s << QStringList{u"a b"_s, u"c d"_s};
        QTest::newRow("inside") << u"a\" \"b"_s << QStringList{u"a b"_s};
        QTest::newRow("comment") << u"a # b"_s << QStringList{u"a"_s};
        QTest::newRow("no comment") << u"a#b"_s << QStringList{u"a#b"_s};
        QTest::newRow("escapes") << u"a\\\"b \"c\\\"d\" e\\ f"_s << QStringList{u"a\"b"_s, u"c\"d"_s, u"e f"_s};
        QTest::newRow("empty") << u"\"\""_s << QStringList{QString()};
    }
    void words()
    {
        QFETCH(QString, text);
        QTEST(splitWords(text).value_or(QStringList{u"nothing"_s}), "words");
    }
    void openQuote() { QVERIFY(!splitWords(u"\"a b"_s)); }

    void patterns()
    {
        QVERIFY(matchesPattern(u"db1.example.org", u"db*.example.org"));
        QVERIFY(matchesPattern(u"db1", u"db?"));
        QVERIFY(!matchesPattern(u"db", u"db?"));
        QVERIFY(matchesPattern(u"", u"*"));
        QVERIFY(!matchesPattern(u"a", u""));
        QVERIFY(matchesPattern(u"aXbXc", u"a*b*c"));
        QVERIFY(matchesPattern(u"a*", u"a*"));
        // A pattern that costs a naive matcher for ever.
        QVERIFY(!matchesPattern(QString(200, u'a'), QString(u"a*"_s.repeated(60) + u'b')));
    }

    // What is evaluated here is what OpenSSH says; what is not certain is left to it.
    void agreesWithOpenSsh_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("certain");
        const auto row = [](const char* name, QByteArray text, bool certain = true) { QTest::newRow(name) << text << certain; };
        row("empty", "");
        row("simple", "Host db1\n  HostName 10.0.0.1\n  Port 2222\n  User me\n");
        row("first wins", "Host db1\n Port 1\nHost *\n Port 2\n User a\nHost db*\n User b\n");
        row("negated", "Host db* !db1\n Port 1\nHost * !x\n Port 3\n");
        row("before any host", "User early\nHost db1\n User late\n");
        row("equals and quotes", "Host=\"db1\"\nUser = \"some-one\"\nPort=23\n");
        row("case", "hOST db1\n  hostNAME X.Example\n  IDENTITIESONLY yes\n");
        row("identities add up", "IdentityFile ~/.ssh/a\nHost db1\n IdentityFile /b/%h-%r\n CertificateFile /c\nHost *\n IdentityFile c\n");
        row("no identity", "IdentityFile none\n");
        row("files", "UserKnownHostsFile /a /b\nGlobalKnownHostsFile /c\nHashKnownHosts yes\n");
        row("strict", "StrictHostKeyChecking yes\n");
        row("accept new", "StrictHostKeyChecking accept-new\n");
        row("no checking", "StrictHostKeyChecking no\n");
        row("jump", "Host db1\n ProxyJump me@gate:2222,other\n");
        row("no jump", "Host db1\n ProxyJump none\nHost *\n ProxyJump gate\n");
        row("agent", "IdentityAgent /run/agent\nIdentitiesOnly yes\n");
        row("no agent", "IdentityAgent none\n");
        row("tokens in the name", "Host db*\n HostName %h.example.org\n");
        row("alias", "HostKeyAlias cluster\nAddressFamily inet\nConnectTimeout 7\n");
        row("harmless", "ServerAliveInterval 5\nForwardAgent yes\nSendEnv LANG LC_*\nCompression yes\nControlMaster auto\n");
        row("comments", "# Host db1\nHost db1 # not db2\n Port 5 # five\n");
        row("include", "Include one\nHost db1\n Port 9\n");
        row("include in a block", "Host other\n Include one\nHost *\n User u\n");
        row("include of many", "Host db1\n Include many-*\nUser after\n");
        row("blocks of an include end with it", "Host db1\n Include many-b\n IdentityAgent /after\n");
        row("match", "Match host db1\n Port 5\n", false);
        row("match all", "Match all\n Port 5\n", false);
        row("proxy command", "ProxyCommand nc %h %p\n", false);
        row("canonical", "CanonicalizeHostname yes\nCanonicalDomains invalid\nCanonicalizeMaxDots 0\n", false);
        row("key exchange", "KexAlgorithms curve25519-sha256\n", false);
    }
    void agreesWithOpenSsh()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, certain);
        const QString path = write(u"config"_s, text);
        for (const HostRequest& request : {HostRequest{u"db1"_s}, HostRequest{u"db2"_s, u"postgres"_s, 4444}, HostRequest{u"x"_s}}) {
            const auto values = ConfigFile::read(path).evaluate(request);
            QCOMPARE(values.has_value(), certain);
            if (certain)
                QCOMPARE(describe(makeHostConfig(request, *values)), describe(viaOpenSsh(path, request)));
            else
                QCOMPARE(describe(resolve(path, request)), describe(viaOpenSsh(path, request)));
        }
    }

    // Made-up configurations of blocks, patterns and includes.
    void agreesWithOpenSshAtRandom()
    {
        QRandomGenerator random(20260101);
        const QStringList hosts{u"db1"_s, u"db2"_s, u"web"_s, u"a.example.org"_s};
        const QStringList patterns{u"db1"_s, u"db?"_s, u"*"_s, u"!db1"_s, u"*.org"_s, u"web"_s, u"!web"_s, u"w*b"_s};
        const QStringList settings{u"Port %1"_s, u"User u%1"_s, u"HostName h%1.example"_s, u"IdentityFile /k%1"_s,
            u"IdentitiesOnly yes"_s, u"ProxyJump j%1"_s, u"UserKnownHostsFile /f%1"_s, u"ConnectTimeout %1"_s, u"HostKeyAlias a%1"_s,
            u"Include one"_s, u"Include many-*"_s, u"StrictHostKeyChecking accept-new"_s};
        const auto pick = [&](const QStringList& list) { return list[random.bounded(int(list.size()))]; };
        for (int round = 0; round < 60; ++round) {
            QString text;
            for (int line = random.bounded(12); line >= 0; --line) {
                if (random.bounded(3) == 0)
                    text += u"Host "_s + pick(patterns) + u' ' + pick(patterns) + u'\n';
                const QString setting = pick(settings);
                text += setting.contains(u'%') ? setting.arg(random.bounded(1, 999)) : setting;
                text += u'\n';
            }
            const QString path = write(u"config"_s, text.toUtf8());
            const HostRequest request{pick(hosts)};
            const auto values = ConfigFile::read(path).evaluate(request);
            QVERIFY2(values, qPrintable(text));
            const QString ours = describe(makeHostConfig(request, *values));
            const QString theirs = describe(viaOpenSsh(path, request));
            QVERIFY2(ours == theirs, qPrintable(text + u"\nfor "_s + request.host + u'\n' + ours + u'\n' + theirs));
        }
    }

    void changesAreNoticed()
    {
        const QString path = write(u"config"_s, "Port 1\n");
        HostResolver resolver(path, u"ssh"_s);
        QCOMPARE(resolver.resolve({u"db1"_s}, m_patience)->port, 1);
        write(u"config"_s, "Port 22222\n");
        QCOMPARE(resolver.resolve({u"db1"_s}, m_patience)->port, 22222);
    }

    void fileThatIsNotThere()
    {
        HostResolver resolver(m_directory.filePath(u"no-such-file"_s), u"ssh"_s);
        const auto config = resolver.resolve({u"db1"_s}, m_patience);
        QVERIFY(!config);
        QCOMPARE(config.error().kind, ErrorKind::NotFound);
    }

    // Without OpenSSH's client: what is simple works, and nothing is guessed.
    void withoutTheProgram()
    {
        HostResolver simple(write(u"config"_s, "Host db1\n Port 5\n"), u"/nowhere/ssh"_s);
        QCOMPARE(simple.resolve({u"db1"_s}, m_patience)->port, 5);
        HostResolver other(write(u"config"_s, "Match host db1\n Port 5\n"), u"/nowhere/ssh"_s);
        const auto config = other.resolve({u"db1"_s}, m_patience);
        QVERIFY(!config);
        QCOMPARE(config.error().kind, ErrorKind::Unsupported);
    }

    void wrongConfiguration()
    {
        HostResolver resolver(write(u"config"_s, "Prot 5\n"), u"ssh"_s);
        const auto config = resolver.resolve({u"db1"_s}, m_patience);
        QVERIFY(!config);
        QVERIFY2(config.error().detail.contains(u"prot"_s, Qt::CaseInsensitive), qPrintable(config.error().text()));
    }

    void programThatHangs()
    {
        const QString program = write(u"hanging"_s, "#!/bin/sh\nsleep 60\n");
        QFile::setPermissions(program, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        HostResolver resolver(write(u"config"_s, "Match host db1\n Port 5\n"), program);
        const auto config = resolver.resolve({u"db1"_s}, m_patience.atMost(300ms));
        QVERIFY(!config);
        QCOMPARE(config.error().kind, ErrorKind::TimedOut);
    }

    // A configuration must not turn a harmless name into an option of a proxy's command.
    void hostileResult()
    {
        HostResolver resolver(write(u"config"_s, "Host db1\n HostName -oProxyCommand=x\n"), u"ssh"_s);
        const auto config = resolver.resolve({u"db1"_s}, m_patience);
        QVERIFY(!config);
        QCOMPARE(config.error().kind, ErrorKind::InvalidInput);
    }

    void proxyCommandTokens()
    {
        const HostConfig config = resolve(write(u"config"_s, "Host db1\n HostName 10.0.0.7\n Port 33\n User me\n ProxyCommand nc %h %p %r %n %%\n"), {u"db1"_s});
        QCOMPARE(config.proxyCommand, u"nc 10.0.0.7 33 me db1 %"_s);
    }

    void environmentInPaths()
    {
        qputenv("ELEPHAAS_TEST_KEYS", "/keys");
        const HostConfig config = makeHostConfig({u"db1"_s}, {{u"identityfile"_s, {u"${ELEPHAAS_TEST_KEYS}/%n-%p"_s, u"~/x"_s}}});
        QCOMPARE(config.identityFiles, (QStringList{u"/keys/db1-22"_s, accountHome() + u"/x"_s}));
    }

private:
    QString write(const QString& name, const QByteArray& text)
    {
        // OpenSSH looks for relative includes in ~/.ssh: here they are absolute.
        QByteArray absolute = text;
        absolute.replace("Include ", QByteArray("Include " + m_directory.path().toUtf8() + '/'));
        const QString path = m_directory.filePath(name);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(absolute) != absolute.size())
            qFatal("cannot write");
        return path;
    }
    HostConfig resolve(const QString& path, const HostRequest& request)
    {
        const auto config = HostResolver(path, u"ssh"_s).resolve(request, m_patience);
        return config ? *config : HostConfig{.name = config.error().text()};
    }
    // The same settings behind a line that only OpenSSH understands.
    HostConfig viaOpenSsh(const QString& path, const HostRequest& request)
    {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            qFatal("cannot read");
        QFile other(m_directory.filePath(u"uncertain"_s));
        if (!other.open(QIODevice::WriteOnly))
            qFatal("cannot write");
        other.write(file.readAll() + "\nMatch host never-this-one\n");
        other.close();
        return resolve(other.fileName(), request);
    }

    QTemporaryDir m_directory;
    StopSignal m_never{std::stop_token()};
    Patience m_patience{m_never, SteadyClock::now() + 1h};
};

QTEST_GUILESS_MAIN(TestSshConfig)
#include "tst_ssh_config.moc"
