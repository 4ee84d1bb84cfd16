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

// A console that comes as root, or as another account, and not as the owner of the databases.
class LocalShell final : public RemoteShell {
public:
    explicit LocalShell(const Lab& lab)
        : m_lab(lab)
    {
    }
    void setPath(const QString& path) { m_path = path; }
    void setAccount(const QString& account) { m_account = account; }
    RemoteResult run(const RemoteCommand& command, const OutputSink& sink, std::stop_token /*stop*/) override
    {
        const QString become = m_account.isEmpty() ? QString() : QString(u"/usr/sbin/runuser -u " + m_account + u" --");
        const QString script = u"cd /; PATH=%1; export PATH; printf '%s' \"$0\" | %2 sh -c \"$1\""_s.arg(m_path, become);
        const LabAnswer answer
            = m_lab.run({u"exec"_s, command.target.host, u"sh"_s, u"-c"_s, script, QString::fromUtf8(command.input), QString::fromUtf8(command.command)});
        RemoteResult result{.outcome = Exited{answer.status}, .output = {answer.output}, .errors = {answer.errors}};
        if (sink)
            sink(OutputStream::Output, answer.output);
        return result;
    }

private:
    const Lab& m_lab;
    QString m_path = u"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"_s;
    QString m_account;
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

    void aRunningReplica()
    {
        QVERIFY(comes(u"db2"_s, [](const Survey& seen) { return seen.receiverState == u"streaming"; }));
        const Survey seen = look(u"db2"_s);
        QVERIFY(seen.isComplete && seen.answered && !seen.error);
        QCOMPARE(seen.inRecovery, std::optional(true));
        QVERIFY(seen.position && seen.receiveLsn && *seen.receiveLsn >= *seen.position);
        QCOMPARE(seen.runningTimeline, std::optional(1));
        QCOMPARE(seen.replayPaused, std::optional(false));
        QCOMPARE(seen.controlState, u"in archive recovery"_s);
        QCOMPARE(seen.primaryConninfo, u"host=trading-vhost port=6001 user=replicator application_name=db2"_s);
        QVERIFY(!seen.conninfoHasPassword);
        QCOMPARE(seen.standbySignal, major() >= 12);
        QCOMPARE(seen.recoveryConf, major() < 12);
        QCOMPARE(seen.systemIdentifier, look(u"db1"_s).systemIdentifier);
    }

    void slotsBackupsAndTransactions()
    {
        QVERIFY(sql(u"db1"_s, u"select pg_create_physical_replication_slot('a_slot')"_s).ok());
        QVERIFY(sql(u"db1"_s, u"select pg_create_physical_replication_slot('b', true)"_s).ok());
        // Somebody sits in a transaction, in the background of the host.
        QVERIFY(on(u"db1"_s, u"(setsid psql -Xqp 6001 -d postgres -c 'begin; select pg_sleep(600)' >/dev/null 2>&1 </dev/null &)"_s).ok());
        QVERIFY(comes(u"db1"_s, [](const Survey& seen) { return seen.oldestTransaction.has_value(); }));
        const Survey seen = look(u"db1"_s);
        QVERIFY(seen.oldestTransaction && *seen.oldestTransaction < 60s);
        QCOMPARE(seen.slots_.size(), size_t(2));
        const auto slot = std::find_if(seen.slots_.begin(), seen.slots_.end(), [](const SurveyedSlot& s) { return s.name == u"b"; });
        QVERIFY(slot != seen.slots_.end());
        QVERIFY(!slot->isActive && !slot->isLogical);
        QCOMPARE(slot->walStatus, major() < 13 ? QString() : u"reserved"_s);
        QVERIFY(sql(u"db1"_s, u"select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; select pg_sleep%'"_s).ok());
        QVERIFY(sql(u"db1"_s, u"select pg_drop_replication_slot(slot_name) from pg_replication_slots"_s).ok());
    }

    // The password of a connection never leaves its server, however it is written.
    void passwordsStay_data()
    {
        QTest::addColumn<QString>("line"); // of the configuration file; the secret is S3cret
        QTest::addColumn<QString>("shown");
        QTest::addColumn<bool>("had");
        const QString base = u"host=trading-vhost port=6001 user=replicator"_s;
        const auto row = [&](const char* name, const QString& line) { QTest::newRow(name) << line << base << true; };
        // More ways to write it, without a server: tst_surveyscripts.
        row("quoted", u"primary_conninfo = 'host=trading-vhost password=''a S3cret word'' port=6001 user=replicator'"_s);
        row("octal", uR"(primary_conninfo = 'host=trading-vhost p\141ssword=S3cret port=6001 user=replicator')"_s);
        QTest::newRow("URI") << u"primary_conninfo = 'postgresql://replicator:S3cret@trading-vhost:6001/?application_name=a@b&pass%77ord=S3cret'"_s
                             << u"postgresql://replicator@trading-vhost:6001/?application_name=a@b"_s << true;
        QTest::newRow("none") << u"primary_conninfo = 'host=trading-vhost port=6001 user=replicator passfile=/nowhere/S3'"_s
                              << QString(base + u" passfile=/nowhere/S3") << false;
    }
    void passwordsStay()
    {
        QFETCH(QString, line);
        QFETCH(QString, shown);
        QFETCH(bool, had);
        const QString file = directory() + (major() < 12 ? u"/recovery.conf"_s : u"/postgresql.auto.conf"_s);
        QVERIFY(on(u"db2"_s, u"cp %1 ~/kept.conf"_s.arg(file)).ok());
        QString quoted = line;
        quoted.replace(u'\'', u"'\\''"_s);
        QVERIFY(on(u"db2"_s, u"printf '%s\\n' '%1' >>%2"_s.arg(quoted, file)).ok());
        QVERIFY(on(u"db2"_s, u"pg_ctlcluster %1 restart -m fast"_s.arg(cluster())).ok());
        const Survey running = look(u"db2"_s);
        QVERIFY(on(u"db2"_s, u"pg_ctlcluster %1 stop -m fast"_s.arg(cluster())).ok());
        const Survey stopped = look(u"db2"_s);
        QVERIFY(on(u"db2"_s, u"cat ~/kept.conf >%1"_s.arg(file)).ok());
        QVERIFY(on(u"db2"_s, u"pg_ctlcluster %1 start"_s.arg(cluster())).ok());
        QVERIFY(running.answered);
        QCOMPARE(running.primaryConninfo, shown);
        QCOMPARE(running.conninfoHasPassword, had);
        QVERIFY(!stopped.answered);
        QCOMPARE(stopped.primaryConninfo, shown);
        QCOMPARE(stopped.conninfoHasPassword, had);
        QVERIFY(!m_shell->hasSeen("S3cret"));
    }

    void trials()
    {
        const Survey primary = look(u"db1"_s);
        const ConnectionTrial good = attempt(u"host=trading-vhost port=6001 user=replicator"_s);
        QVERIFY2(good.connected && !good.unknown, qPrintable(good.words));
        QCOMPARE(good.systemIdentifier, primary.systemIdentifier);
        QCOMPARE(good.timeline, std::optional(1));
        QVERIFY(good.position.value() >= primary.position.value());
        QCOMPARE(good.words, QString());

        const ConnectionTrial ordinary = attempt(u"host=db1 port=6001 user=replicator"_s, false);
        QVERIFY2(ordinary.connected, qPrintable(ordinary.words));
        QCOMPARE(ordinary.mayRewind, std::optional(false));
        QCOMPARE(attempt(u"host=db1 port=6001 user=postgres"_s, false).mayRewind, std::optional(true));
        if (major() >= 11) {
            const QString grant = u"grant execute on function pg_catalog.pg_ls_dir(text, boolean, boolean), "
                                  "pg_catalog.pg_stat_file(text, boolean), pg_catalog.pg_read_binary_file(text), "
                                  "pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean) to replicator"_s;
            QVERIFY(sql(u"db1"_s, grant).ok());
            QCOMPARE(attempt(u"host=db1 port=6001 user=replicator"_s, false).mayRewind, std::optional(true));
        }

        const ConnectionTrial nobody = attempt(u"host=db1 port=6001 user='no \\'body'"_s);
        QVERIFY(!nobody.connected && !nobody.unknown);
        QVERIFY2(nobody.words.contains(u"role \"no 'body\" does not exist"_s), qPrintable(nobody.words));
        const ConnectionTrial nowhere = attempt(u"host=db1 port=6999 user=replicator"_s);
        QVERIFY(!nowhere.connected && !nowhere.unknown);
        QVERIFY2(nowhere.words.contains(u"Connection refused"_s), qPrintable(nowhere.words));
        const ConnectionTrial unclear = attempt(u"host=db1 port=6001 user"_s);
        QVERIFY(!unclear.connected && !unclear.words.isEmpty());
        const ConnectionTrial notOurs = attempt(u"host=db1"_s, true, {});
        QVERIFY(notOurs.unknown && !notOurs.connected && !notOurs.words.isEmpty());
    }

    void trialsThatAreRefused()
    {
        const QString hba = u"/etc/postgresql/%1/trading/pg_hba.conf"_s.arg(m_lab->postgresVersion());
        QVERIFY(on(u"db1"_s, u"cp %1 ~/kept.hba"_s.arg(hba)).ok());
        const auto refuse = [&](const QString& method) {
            const QString command = u"{ printf 'host all,replication replicator all %2\\n'; cat ~/kept.hba; } >%1"_s.arg(hba, method);
            return on(u"db1"_s, command).ok() && sql(u"db1"_s, u"select pg_reload_conf()"_s).ok();
        };
        const QString conninfo = u"host=db1 port=6001 user=replicator"_s;
        ConnectionTrial tried;
        const auto fails = [&](const QString& words, bool replication) {
            return QTest::qWaitFor(
                [&] {
                    tried = attempt(conninfo, replication);
                    return !tried.connected && !tried.unknown && tried.words.contains(words);
                },
                20000 * timeScale);
        };
        QVERIFY(refuse(u"reject"_s));
        QVERIFY2(fails(u"pg_hba.conf rejects replication connection"_s, true), qPrintable(tried.words));
        QVERIFY2(fails(u"pg_hba.conf rejects connection"_s, false), qPrintable(tried.words));

        // With a password: of the standby's file, of the account's own password file, or the wrong one.
        QVERIFY(sql(u"db1"_s, u"alter role replicator password 'two S3crets'"_s).ok());
        QVERIFY(refuse(u"md5"_s));
        QVERIFY2(fails(u"no password supplied"_s, true), qPrintable(tried.words));
        const QString file = directory() + (major() < 12 ? u"/recovery.conf"_s : u"/postgresql.auto.conf"_s);
        QVERIFY(on(u"db2"_s, u"cp %1 ~/kept.conf"_s.arg(file)).ok());
        const auto write = [&](const QString& line) {
            return on(u"db2"_s, u"{ cat ~/kept.conf; printf '%s\\n' \"%2\"; } >%1"_s.arg(file, line)).ok();
        };
        QVERIFY(write(u"primary_conninfo = 'user=replicator password=''two S3crets'' host=elsewhere'"_s));
        tried = attempt(conninfo);
        QVERIFY2(tried.connected, qPrintable(tried.words));
        QVERIFY(write(u"primary_conninfo = 'postgresql://replicator:two%20S3crets@elsewhere/'"_s));
        tried = attempt(conninfo);
        QVERIFY2(tried.connected, qPrintable(tried.words));
        QVERIFY(write(u"primary_conninfo = 'user=replicator password=''wr0ng S3crets'' host=elsewhere'"_s));
        QVERIFY2(fails(u"password authentication failed for user"_s, true), qPrintable(tried.words));
        // That of another user is not tried.
        QVERIFY(write(u"primary_conninfo = 'user=another password=''wr0ng S3crets'' host=elsewhere'"_s));
        QVERIFY2(fails(u"no password supplied"_s, true), qPrintable(tried.words));
        QVERIFY(on(u"db2"_s, u"umask 077; printf '%s\\n' 'db1:6001:replication:replicator:two S3crets' >~/.pgpass"_s).ok());
        tried = attempt(conninfo);
        QVERIFY2(tried.connected, qPrintable(tried.words));
        QVERIFY(on(u"db2"_s, u"rm ~/.pgpass; cat ~/kept.conf >%1"_s.arg(file)).ok());
        QVERIFY(on(u"db1"_s, u"cat ~/kept.hba >%1"_s.arg(hba)).ok());
        QVERIFY(sql(u"db1"_s, u"select pg_reload_conf()"_s).ok());
        QVERIFY(!m_shell->hasSeen("S3cret"));
    }

    void aServerThatHangs()
    {
        QVERIFY(on(u"db2"_s, u"kill -STOP $(head -n 1 %1/postmaster.pid)"_s.arg(directory())).ok());
        QElapsedTimer timer;
        timer.start();
        const Survey seen = look(u"db2"_s);
        const qint64 took = timer.elapsed();
        const ConnectionTrial tried = m_surveyor->tryConnection({.from = address(u"db1"_s), .shell = "exec /bin/sh -s",
                                                                    .conninfo = u"host=db2 port=6001 user=replicator"_s},
            20s * timeScale, {});
        QVERIFY(on(u"db2"_s, u"kill -CONT $(head -n 1 %1/postmaster.pid)"_s.arg(directory())).ok());
        QVERIFY(took < 10000 * timeScale); // asked once, 5 s
        QVERIFY(seen.isComplete && !seen.answered);
        QCOMPARE(seen.error.value().kind, ErrorKind::TimedOut);
        QCOMPARE(seen.postmasterRuns, std::optional(true));
        QCOMPARE(seen.controlState, u"in archive recovery"_s);
        QVERIFY(seen.contentsKnown && seen.systemIdentifier && !seen.programs.isEmpty() && !seen.addresses.isEmpty());
        QVERIFY(!seen.primaryConninfo.isEmpty());
        QVERIFY(!tried.connected && !tried.unknown);
        QVERIFY2(tried.words.contains(u"timeout expired"_s), qPrintable(tried.words));
    }

    void aSupervisor_data()
    {
        QTest::addColumn<QString>("program");
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QString>("setting"); // of the file ~/settings.yml
        QTest::addColumn<QString>("found");
        const QString yaml = u"/var/lib/postgresql/settings.yml"_s;
        const auto row = [](const char* name, const QString& program, const QString& arguments, const QString& setting, const QString& found) {
            QTest::newRow(name) << program << arguments << setting << found;
        };
        row("nothing of it", u"patronictl"_s, u"list"_s, {}, {});
        row("Patroni of somewhere", u"patroni"_s, u"/nowhere/patroni.yml"_s, {}, u"Patroni"_s);
        row("Patroni of this", u"patroni"_s, yaml, u"postgresql:\n  data_dir: \"DIRECTORY/\" # ours\n"_s, u"Patroni"_s);
        row("Patroni in an interpreter", u"python3"_s, u"/opt/patroni/bin/patroni "_s + yaml, {}, u"Patroni"_s);
        row("something else of Patroni's", u"python3"_s, u"/opt/patroni/exporter.py "_s + yaml, {}, {});
        row("Patroni of another", u"patroni"_s, yaml, u"postgresql:\n  data_dir: DIRECTORY2\n"_s, {});
        row("repmgrd of this", u"repmgrd"_s, u"-f "_s + yaml, u"data_directory='DIRECTORY'\n"_s, u"repmgrd"_s);
        row("repmgrd of another", u"repmgrd"_s, u"--config-file="_s + yaml, u"data_directory='/elsewhere'\n"_s, {});
        row("pg_autoctl of this", u"pg_autoctl"_s, u"run --pgdata DIRECTORY"_s, {}, u"pg_auto_failover"_s);
        row("pg_autoctl of another", u"pg_autoctl"_s, u"run --pgdata=/elsewhere"_s, {}, {});
        row("Stolon of another", u"stolon-keeper"_s, u"--data-dir DIRECTORY"_s, {}, {});
        row("Stolon of somewhere", u"stolon-keeper"_s, u""_s, {}, u"Stolon"_s);
        row("Pacemaker that says nothing", u"pacemakerd"_s, u""_s, {}, u"Pacemaker"_s);
    }
    void aSupervisor()
    {
        QFETCH(QString, program);
        QFETCH(QString, arguments);
        QFETCH(QString, setting);
        QFETCH(QString, found);
        const auto filled = [&](QString text) { return text.replace(u"DIRECTORY"_s, directory()); };
        // A script gives its own name to its process.
        const QString script = u"mkdir -p ~/bin && printf '%s\\n' '#!/bin/sh' 'read forever' >~/bin/%1 && chmod 755 ~/bin/%1"_s;
        QVERIFY(on(u"db2"_s, script.arg(program)).ok());
        QVERIFY(on(u"db2"_s, u"printf '%s' '%1' >~/settings.yml"_s.arg(filled(setting).replace(u'\'', u"'\\''"_s))).ok());
        const QString start = u"rm -f ~/pipe && mkfifo ~/pipe && { setsid ~/bin/%1 %2 <>~/pipe >/dev/null 2>&1 & echo $! >~/pid; }"_s;
        QVERIFY(on(u"db2"_s, start.arg(program, filled(arguments))).ok());
        QTRY_VERIFY(on(u"db2"_s, u"grep -qx %1 /proc/$(cat ~/pid)/comm"_s.arg(program)).ok());
        const Survey seen = look(u"db2"_s);
        const Survey other = look(u"db1"_s);
        // What Patroni leaves in the directories that it manages counts more than what can be read of its settings.
        QVERIFY(on(u"db2"_s, u"touch %1/patroni.dynamic.json"_s.arg(directory())).ok());
        const Survey marked = look(u"db2"_s);
        QVERIFY(on(u"db2"_s, u"rm %1/patroni.dynamic.json"_s.arg(directory())).ok());
        QCOMPARE(marked.supervisor, program == u"patroni" ? u"Patroni"_s : found);
        QVERIFY(on(u"db2"_s, u"kill $(cat ~/pid) && rm ~/bin/%1 ~/settings.yml ~/pid ~/pipe"_s.arg(program)).ok());
        QCOMPARE(seen.supervisor, found);
        QVERIFY(!seen.error);
        QCOMPARE(other.supervisor, QString());
    }

    void promoted()
    {
        QVERIFY(on(u"db2"_s, u"pg_ctlcluster %1 promote"_s.arg(cluster())).ok());
        QVERIFY(comes(u"db2"_s, [](const Survey& seen) { return seen.inRecovery == false; }));
        const Survey seen = look(u"db2"_s);
        QCOMPARE(seen.runningTimeline, std::optional(2)); // the control file may still say 1
        QVERIFY(seen.position && !seen.standbySignal);
        QCOMPARE(seen.recoveryDone, major() < 12);
    }

    void aStoppedInstanceWithAllKindsOfThings()
    {
        QVERIFY(on(u"db2"_s, u"mkdir -p -m 700 ~/'a space' && ln -s ~/'a space' %1/pg_tblspc/16999"_s.arg(directory())).ok());
        const QString things = u"%1.new-1 '%1.old-with '\\'' quote'"_s.arg(directory());
        const QString files = u"%1.new-file %1/backup_label '%1/own é.conf'"_s.arg(directory());
        QVERIFY(on(u"db2"_s, u"pg_ctlcluster %1 stop -m fast"_s.arg(cluster())).ok());
        QVERIFY(on(u"db2"_s, u"mkdir %1 && touch %2"_s.arg(things, files)).ok());
        const Survey seen = look(u"db2"_s);
        QVERIFY(on(u"db2"_s, u"rm -r %1 %2 %3/pg_tblspc/16999"_s.arg(things, files, directory())).ok());
        QVERIFY(!seen.error && seen.isComplete && !seen.answered);
        QCOMPARE(seen.postmasterRuns, std::optional(false));
        QCOMPARE(seen.controlState, u"shut down"_s);
        QCOMPARE(seen.timeline, std::optional(2));
        QVERIFY(seen.settings.isEmpty() && !seen.position);
        QCOMPARE(seen.tablespaces.size(), size_t(1));
        QCOMPARE(seen.tablespaces[0].oid, 16999U);
        QCOMPARE(seen.tablespaces[0].path, u"/var/lib/postgresql/a space"_s);
        QCOMPARE(seen.tablespaces[0].isMountPoint, std::optional(false));
        QVERIFY(seen.tablespaces[0].freeBytes.value() > 0);
        QVERIFY(seen.mountsBelow.isEmpty());
        QStringList leftovers = seen.leftovers;
        leftovers.sort();
        QCOMPARE(leftovers, (QStringList{directory() + u".new-1", directory() + u".old-with ' quote"}));
        QVERIFY(seen.backupLabel);
        QVERIFY(seen.configurationFiles.contains(u"own é.conf"_s));
    }

    void configurationInManyFiles()
    {
        if (major() < 12)
            return; // recovery.conf is all there is
        const QString conf = u"/etc/postgresql/%1/trading"_s.arg(m_lab->postgresVersion());
        const QString keep = u"cp %1/postgresql.auto.conf ~/auto.kept && : >%1/postgresql.auto.conf && cp %2/postgresql.conf ~/conf.kept"_s;
        QVERIFY(on(u"db2"_s, keep.arg(directory(), conf)).ok());
        const auto write = [&](const QString& file, const QString& lines) {
            return on(u"db2"_s, u"mkdir -p %1/more && printf '%b' \"%3\" >>%1/%2"_s.arg(conf, file, lines)).ok();
        };
        QVERIFY(write(u"more/10.conf"_s, u"primary_conninfo = 'host=a password=S3cret'\\n"_s));
        QVERIFY(write(u"more/20.conf"_s, u"primary_conninfo = 'host=b password=S3cret'\\nprimary_slot_name='it''s'\\n"_s));
        QVERIFY(write(u"postgresql.conf"_s, u"include_dir 'more'\\ninclude_if_exists = 'nowhere'\\n"_s));
        const Survey seen = look(u"db2"_s);
        const QString back = u"rm -r %2/more; cat ~/auto.kept >%1/postgresql.auto.conf; cat ~/conf.kept >%2/postgresql.conf"_s;
        QVERIFY(on(u"db2"_s, back.arg(directory(), conf)).ok());
        QCOMPARE(seen.primaryConninfo, u"host=b"_s);
        QVERIFY(seen.conninfoHasPassword);
        QCOMPARE(seen.primarySlotName, u"it's"_s);
        QVERIFY(!m_shell->hasSeen("S3cret"));
    }

    void aMountPoint()
    {
        QVERIFY(asRoot(u"db2"_s, u"mount --bind %1 %1"_s.arg(directory())).ok());
        const Survey seen = look(u"db2"_s);
        QVERIFY(asRoot(u"db2"_s, u"umount %1"_s.arg(directory())).ok());
        QCOMPARE(seen.isMountPoint, std::optional(true));
        QCOMPARE(look(u"db2"_s).isMountPoint, std::optional(false));
        // The log of the write-ahead on a disk of its own, and a tablespace, too.
        const QString wal = directory() + (major() < 10 ? u"/pg_xlog" : u"/pg_wal");
        QVERIFY(on(u"db2"_s, u"mkdir -p ~/'a space' && ln -s ~/'a space' %1/pg_tblspc/16999"_s.arg(directory())).ok());
        QVERIFY(asRoot(u"db2"_s, u"cd /var/lib/postgresql && mount --bind %1 %1 && mount --bind 'a space' 'a space'"_s.arg(wal)).ok());
        const Survey below = look(u"db2"_s);
        QVERIFY(asRoot(u"db2"_s, u"cd /var/lib/postgresql && umount %1 && umount 'a space' && rm %2/pg_tblspc/16999"_s.arg(wal, directory())).ok());
        QCOMPARE(below.isMountPoint, std::optional(false));
        QCOMPARE(below.mountsBelow, QStringList{wal});
        QCOMPARE(below.tablespaces.size(), size_t(1));
        QCOMPARE(below.tablespaces[0].isMountPoint, std::optional(true));
        // With a blank in its name.
        QVERIFY(on(u"db2"_s, u"mkdir -p '/var/lib/postgresql/a dir/data'"_s).ok());
        QVERIFY(asRoot(u"db2"_s, u"mount --bind '/var/lib/postgresql/a dir/data' '/var/lib/postgresql/a dir/data'"_s).ok());
        InstanceAddress other = address(u"db2"_s);
        other.dataDirectory = u"/var/lib/postgresql/a dir/data/"_s;
        other.port = 7777;
        other.baseName = u"none"_s;
        const Survey blank = look(other);
        QVERIFY(asRoot(u"db2"_s, u"umount '/var/lib/postgresql/a dir/data'"_s).ok());
        QCOMPARE(blank.isMountPoint, std::optional(true));
        QCOMPARE(blank.isEmpty, std::optional(true));
        QCOMPARE(blank.hasDatabase, std::optional(false));
        QCOMPARE(blank.realDirectory, u"/var/lib/postgresql/a dir/data"_s);
        QVERIFY(blank.isComplete && !blank.error);
    }

    void nothingThere()
    {
        InstanceAddress at = address(u"db2"_s);
        at.baseName = u"none"_s;
        at.port = 7777;
        at.dataDirectory = u"/var/lib/postgresql/new/deep/data"_s;
        QVERIFY(on(u"db2"_s, u"mkdir -p ~/real && ln -s ~/real ~/new"_s).ok());
        const Survey seen = look(at);
        QVERIFY(seen.isComplete && !seen.error);
        QCOMPARE(seen.exists, std::optional(false));
        QCOMPARE(seen.hasDatabase, std::optional(false));
        QVERIFY(!seen.isEmpty && !seen.isMountPoint && !seen.systemIdentifier);
        QCOMPARE(seen.realDirectory, u"/var/lib/postgresql/real/deep/data"_s);
        QCOMPARE(seen.owner, u"postgres"_s);
        QCOMPARE(seen.parentWritable, std::optional(true));
        QVERIFY(seen.freeBytes.value() > 0);
        QCOMPARE(seen.postmasterRuns, std::optional(false));
        // In a folder of the system's.
        at.dataDirectory = u"/elephaas-nowhere/data"_s;
        const Survey far = look(at);
        QCOMPARE(far.exists, std::optional(false));
        QCOMPARE(far.owner, u"postgres"_s);
        QCOMPARE(far.parentWritable, std::optional(false));
        // Another cluster has the port that this one is to have.
        at.port = 6001;
        QVERIFY(on(u"db2"_s, u"pg_ctlcluster %1 start"_s.arg(cluster())).ok());
        const Survey taken = look(at);
        QCOMPARE(taken.dataDirectory, at.dataDirectory);
        QCOMPARE(taken.exists, std::optional(false));
        QVERIFY(!taken.answered && !taken.systemIdentifier);
        QCOMPARE(taken.error.value().kind, ErrorKind::Conflict);
        QVERIFY(taken.error->what.contains(directory()));
    }

    // The console comes as root: everything is asked as the owner, who is named in the shell.
    void anAccountThatIsNotTheOwner()
    {
        const auto shell = std::make_shared<LocalShell>(*m_lab);
        ShellSurveyor surveyor(shell, m_clock);
        const auto look = [&] { return surveyor.survey(address(u"db1"_s), InstanceId(1), 20s * timeScale, {}); };
        const Survey seen = look();
        QVERIFY2(seen.isComplete && seen.answered && !seen.error, seen.error ? qPrintable(seen.error->text()) : "");
        QCOMPARE(seen.owner, u"postgres"_s);
        QCOMPARE(seen.parentWritable, std::optional(true));
        const bool isAnother = asRoot(u"db1"_s, u"[ $(id -u) != $(id -u postgres) ]"_s).ok();
        QCOMPARE(seen.shell, QByteArray(isAnother ? "exec env HOME=/var/lib/postgresql runuser -u postgres -- /bin/sh -s" : "exec /bin/sh -s"));
        const ConnectionTrial tried = surveyor.tryConnection({.from = address(u"db1"_s), .shell = seen.shell,
                                                                 .conninfo = u"host=db1 port=6001 user=replicator"_s},
            20s * timeScale, {});
        QVERIFY2(tried.connected, qPrintable(tried.words));
        if (!isAnother)
            return;
        // Programs find the password file of the account.
        QCOMPARE(shell->run({.target = {u"db1"_s}, .command = seen.shell, .input = "echo $HOME\n"}, {}, {}).output.head.trimmed(),
            QByteArray("/var/lib/postgresql"));
        // Without runuser: with sudo. With neither what is not for everybody to see stays unknown.
        const QString tools = u"/var/lib/postgresql/tools"_s;
        shell->setPath(tools + u":/usr/local/bin:/usr/bin:/bin");
        const QString fake = uR"sh(mkdir -p %1 && cd %1 && printf '#!/bin/sh\nexit 1\n' >runuser &&
            printf '#!/bin/sh\n[ "$1 $2 $3 $4" = "-n -H -u postgres" ] && shift 4 && exec /usr/sbin/runuser -u postgres -- "$@"\n' >sudo &&
            chmod 755 . runuser sudo)sh"_s;
        QVERIFY(asRoot(u"db1"_s, fake.arg(tools)).ok());
        const Survey sudo = look();
        QVERIFY(sudo.isComplete && sudo.answered && !sudo.error);
        QCOMPARE(sudo.shell, QByteArray("exec sudo -n -H -u postgres /bin/sh -s"));
        QVERIFY(asRoot(u"db1"_s, u"printf '#!/bin/sh\\nexit 1\\n' >%1/sudo"_s.arg(tools)).ok());
        shell->setAccount(u"nobody"_s);
        const Survey stranger = look();
        QVERIFY(asRoot(u"db1"_s, u"rm -r %1"_s.arg(tools)).ok());
        QVERIFY(stranger.isComplete && !stranger.answered);
        QCOMPARE(stranger.remoteUser, u"nobody"_s);
        QCOMPARE(stranger.owner, u"postgres"_s);
        QVERIFY(stranger.shell.isEmpty());
        QCOMPARE(stranger.exists, std::optional(true));
        QVERIFY(!stranger.isEmpty && !stranger.hasDatabase && !stranger.parentWritable && !stranger.contentsKnown);
        QCOMPARE(stranger.error.value().kind, ErrorKind::PermissionDenied);
    }

    void aServerThatCannotBeReached()
    {
        QVERIFY(m_lab->run({u"kill"_s, u"db2"_s}).ok());
        const Survey seen = look(u"db2"_s);
        QVERIFY(!seen.isComplete && !seen.answered && !seen.exists && !seen.clockOffset);
        QVERIFY(seen.error.value().where.contains(u"db2"_s));
        const ConnectionTrial tried = attempt(u"host=db1 port=6001 user=replicator"_s);
        QVERIFY(tried.unknown && !tried.connected && !tried.words.isEmpty());
        std::stop_source stop;
        stop.request_stop();
        const Survey stopped = m_surveyor->survey(address(u"db1"_s), InstanceId(1), 20s, stop.get_token());
        QCOMPARE(stopped.error.value().kind, ErrorKind::Cancelled);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::SurveyLabTest)
#include "tst_survey.moc"
