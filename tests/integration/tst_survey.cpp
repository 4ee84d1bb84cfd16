// The closer look and its trials of connections against real PostgreSQL and real sshd, with the instances in every state.

#include "app/adapters/ssh/sshshell.h"
#include "models/operations/shellsurveyor.h"
#include "tests/support/lab.h"
#include "tests/support/timescale.h"

#include <QElapsedTimer>
#include <QMutex>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using tests::Lab;
using tests::LabAnswer;
using tests::timeScale;

namespace {

// Keeps everything that came over the wire.
class RecordingShell final : public RemoteShell {
public:
    explicit RecordingShell(std::shared_ptr<RemoteShell> shell)
        : m_shell(std::move(shell))
    {
    }
    RemoteResult run(const RemoteCommand& command, const OutputSink& sink, std::stop_token stop) override
    {
        RemoteResult result = m_shell->run(command, sink, stop);
        const QMutexLocker lock(&m_mutex);
        m_seen += result.output.head + result.output.tail + result.errors.head + result.errors.tail;
        return result;
    }
    // Also within what is in hexadecimal.
    bool hasSeen(const QByteArray& words) const
    {
        const QMutexLocker lock(&m_mutex);
        return m_seen.contains(words) || m_seen.contains(words.toHex());
    }

private:
    const std::shared_ptr<RemoteShell> m_shell;
    mutable QMutex m_mutex;
    QByteArray m_seen;
};

} // namespace

class SurveyLabTest final : public QObject {
    Q_OBJECT

private:
    std::optional<Lab> m_lab;
    std::shared_ptr<SystemClock> m_clock = std::make_shared<SystemClock>();
    std::shared_ptr<RecordingShell> m_shell;
    std::unique_ptr<ShellSurveyor> m_surveyor;

    QString directory() const { return u"/var/lib/postgresql/%1/trading"_s.arg(m_lab->postgresVersion()); }
    QString cluster() const { return m_lab->postgresVersion() + u" trading"_s; }
    int major() const { return m_lab->postgresVersion().toInt(); }
    InstanceAddress address(const QString& host) const
    {
        return {.remote = {host, m_lab->remoteUser()}, .port = 6001, .dataDirectory = directory(), .baseName = u"trading"_s,
            .version = m_lab->postgresVersion()};
    }
    Survey look(const InstanceAddress& at)
    {
        QElapsedTimer timer;
        timer.start();
        const Survey seen = m_surveyor->survey(at, InstanceId(1), 20s * timeScale, {});
        qInfo("%s: %lld ms%s%s", qPrintable(at.remote.host), timer.elapsed(), seen.error ? ", " : "",
            seen.error ? qPrintable(seen.error->text()) : "");
        return seen;
    }
    Survey look(const QString& host) { return look(address(host)); }
    template <class Predicate>
    bool comes(const QString& host, Predicate wanted)
    {
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 40000 * timeScale) {
            if (wanted(look(host)))
                return true;
        }
        return false;
    }
    ConnectionTrial attempt(const QString& conninfo, bool replication = true, const QByteArray& shell = "exec /bin/sh -s")
    {
        return m_surveyor->tryConnection(
            {.from = address(u"db2"_s), .shell = shell, .conninfo = conninfo, .replication = replication}, 20s * timeScale, {});
    }

    LabAnswer on(const QString& host, const QString& command) { return m_lab->ssh(host, command); }
    LabAnswer asRoot(const QString& host, const QString& command)
    {
        return m_lab->run({u"exec"_s, host, u"sh"_s, u"-c"_s, command});
    }
    LabAnswer sql(const QString& host, const QString& statement)
    {
        return on(host, u"psql -Xqtp 6001 -d postgres -c \"%1\""_s.arg(statement));
    }

private Q_SLOTS:
    void initTestCase()
    {
        auto lab = Lab::leased();
        QVERIFY2(lab, lab ? "" : qPrintable(lab.error().text()));
        m_lab = std::move(*lab);
        QVERIFY(m_lab->makeHerd(u"trading"_s, 6001, {u"db1"_s, u"db2"_s}).ok());
        m_shell = std::make_shared<RecordingShell>(std::make_shared<SshShell>(
            SshShell::Options{.configFile = m_lab->sshConfigFile(), .connectTimeout = 3s * timeScale}, nullptr));
        m_surveyor = std::make_unique<ShellSurveyor>(m_shell, m_clock);
    }

    void aRunningPrimary()
    {
        QVERIFY(comes(u"db1"_s, [](const Survey& seen) { return seen.followers.size() == 1 && seen.followers[0].state == u"streaming"; }));
        const Survey seen = look(u"db1"_s);
        QVERIFY(!seen.error);
        QVERIFY(seen.isComplete && seen.answered);
        QVERIFY(seen.clockOffset && std::chrono::abs(*seen.clockOffset) <= seen.clockUncertainty + 50ms);
        QVERIFY(seen.clockUncertainty < 5s * timeScale);
        QCOMPARE(seen.remoteUser, m_lab->remoteUser());
        QCOMPARE(seen.owner, u"postgres"_s);
        QCOMPARE(seen.shell, QByteArray("exec /bin/sh -s"));
        QCOMPARE(seen.programs.value(u"psql"_s).version.isEmpty(), false);
        QVERIFY(seen.programs.contains(u"pg_controldata"_s));
        QVERIFY(seen.addresses.contains(m_lab->databaseHosts().front().address));
        QCOMPARE(seen.supervisor, QString());
        QCOMPARE(seen.dataDirectory, directory());
        QCOMPARE(seen.realDirectory, directory());
        QCOMPARE(seen.exists, std::optional(true));
        QCOMPARE(seen.isEmpty, std::optional(false));
        QCOMPARE(seen.hasDatabase, std::optional(true));
        QCOMPARE(seen.major, m_lab->postgresVersion());
        QCOMPARE(seen.isMountPoint, std::optional(false));
        QCOMPARE(seen.parentWritable, std::optional(true));
        QCOMPARE(seen.isWritable, std::optional(true));
        QVERIFY(seen.freeBytes.value() > 1000000 && seen.freeBytesInside.value() > 1000000);
        QVERIFY(seen.leftovers.isEmpty() && seen.leftoversKnown && seen.contentsKnown);
        QVERIFY(seen.configurationFiles.contains(u"postgresql.auto.conf"_s));
        QVERIFY(!seen.standbySignal && !seen.recoveryConf && !seen.recoveryDone && !seen.backupLabel);
        QCOMPARE(seen.configDirectory, u"/etc/postgresql/%1/trading"_s.arg(m_lab->postgresVersion()));
        QVERIFY(seen.tablespaces.empty());
        QCOMPARE(seen.primaryConninfo, QString());
        QCOMPARE(seen.controlState, u"in production"_s);
        QVERIFY(seen.systemIdentifier && seen.checkpointLsn);
        QCOMPARE(seen.timeline, std::optional(1));
        QCOMPARE(seen.walLogHints, std::optional(true));
        QVERIFY(seen.dataChecksums);
        QCOMPARE(seen.dataChecksums.value(), seen.setting(u"data_checksums"_s) == u"on");
        QCOMPARE(seen.postmasterRuns, std::optional(true));
        QCOMPARE(seen.version.value().major(), m_lab->postgresVersion());
        QCOMPARE(seen.inRecovery, std::optional(false));
        QVERIFY(seen.position.value() >= seen.checkpointLsn.value());
        QVERIFY(!seen.receiveLsn && !seen.replayPaused);
        QCOMPARE(seen.runningTimeline, std::optional(1));
        QCOMPARE(seen.setting(u"port"_s), u"6001"_s);
        for (const char* name : {"max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions",
                 "max_locks_per_transaction", "max_replication_slots", "wal_level", "wal_log_hints", "data_checksums", "full_page_writes",
                 "hot_standby", "archive_mode", "config_file", "hba_file", "ident_file", "data_directory", "cluster_name",
                 "listen_addresses", "synchronous_standby_names", "synchronous_commit", "unix_socket_directories",
                 "shared_preload_libraries"})
            QVERIFY2(seen.settings.contains(QString::fromLatin1(name)), name);
        QVERIFY(seen.settings.contains(major() < 13 ? u"wal_keep_segments"_s : u"wal_keep_size"_s));
        QCOMPARE(seen.settings.contains(u"recovery_min_apply_delay"_s), major() >= 12);
        QCOMPARE(seen.followers[0].user, u"replicator"_s);
        QCOMPARE(seen.followers[0].applicationName, u"db2"_s);
        QVERIFY(!seen.followers[0].clientAddress.isEmpty());
        QVERIFY(seen.databaseBytes.value() > 1000000);
        QCOMPARE(seen.preparedTransactions, std::optional(0));
        QVERIFY(!seen.oldestTransaction);
        QCOMPARE(seen.runningBackups, std::optional(0));
        QCOMPARE(seen.archiverFailing, std::optional(false));
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::SurveyLabTest)
#include "tst_survey.moc"
