#include "tests/support/lab.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QTest>

#include <optional>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas::tests {

// The C++ side of the lab, which the other integration tests stand on. What the lab itself does is proved by
// tests/lab/selftest.
class TestLab final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        auto lab = Lab::leased();
        QVERIFY2(lab, lab ? "" : qPrintable(lab.error().text()));
        m_lab = *lab;
    }

    void describesItself()
    {
        QCOMPARE(m_lab->databaseHosts().size(), 2);
        QCOMPARE(m_lab->databaseHosts().at(1).name, u"db2"_s);
        QCOMPARE(m_lab->databaseHosts().at(1).address, u"10.77.0.12"_s);
        QCOMPARE(m_lab->remoteUser(), u"postgres"_s);
        for (const QString& file :
            {m_lab->identityFile(), m_lab->knownHostsFile(), m_lab->sshConfigFile(), m_lab->tsigKeyFile()})
            QVERIFY2(QFileInfo::exists(file), qPrintable(file));
    }

    void remoteCommandsKeepStatusAndStreams()
    {
        const LabAnswer answer = m_lab->ssh(u"db2"_s, u"hostname; echo wrong >&2; exit 5"_s);
        QCOMPARE(answer.status, 5);
        QCOMPARE(answer.output, "db2\n");
        QCOMPARE(answer.errors, "wrong\n");
    }

    void herdIsMadeAndListed()
    {
        const LabAnswer made = m_lab->makeHerd(u"small"_s, 5432, {u"db2"_s, u"db1"_s});
        QVERIFY2(made.ok(), made.errors.constData());
        QCOMPARE(m_lab->herds().size(), 1);
        QCOMPARE(m_lab->herds().constFirst().hosts, QStringList({u"db2"_s, u"db1"_s}));
        const LabAnswer listed = m_lab->ssh(u"db1"_s, u"pg_lsclusters -h"_s);
        QVERIFY2(listed.output.contains("online,recovery"), listed.output.constData());
    }

    void manyServersAreListed()
    {
        QVERIFY(m_lab->run({u"many"_s, u"3"_s}).ok());
        QVERIFY(m_lab->refresh());
        QCOMPARE(m_lab->manyHosts(), QStringList({u"many1"_s, u"many2"_s, u"many3"_s}));
        QCOMPARE(m_lab->ssh(u"many3"_s, u"hostname"_s).output, "many\n");
    }

    void wrongCommandsFail()
    {
        const LabAnswer answer = m_lab->run({u"kill"_s, u"db9"_s});
        QVERIFY(!answer.ok());
        QVERIFY2(answer.errors.contains("no host db9"), answer.errors.constData());
    }

    void deadlineEndsTheCommand()
    {
        QElapsedTimer clock;
        clock.start();
        const LabAnswer answer = m_lab->ssh(u"db1"_s, u"sleep 60"_s, 500ms);
        QCOMPARE(answer.status, -1);
        QVERIFY2(answer.errors.contains("deadline"), answer.errors.constData());
        QVERIFY(clock.elapsed() < 30000);
    }

private:
    std::optional<Lab> m_lab;
};

} // namespace elephaas::tests

QTEST_GUILESS_MAIN(elephaas::tests::TestLab)
#include "tst_lab.moc"
