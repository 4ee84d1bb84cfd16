// What the program believes of a PostgreSQL version, asked of a real server of it. db1 is the primary, db2 streams from it.

#include "models/postgres/versionfacts.h"
#include "tests/support/lab.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

using tests::Lab;
using tests::LabAnswer;

class VersionFactsLabTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        auto lab = Lab::leased();
        QVERIFY2(lab, lab ? "" : qPrintable(lab.error().text()));
        m_lab = std::move(*lab);
        QVERIFY(m_lab->makeHerd(u"facts"_s, 6000, {u"db1"_s, u"db2"_s}).ok());
        const auto version = PgVersion::parse(m_lab->postgresVersion());
        QVERIFY(version);
        m_facts = versionFacts(*version);
    }

    void functions()
    {
        QStringList names;
        for (const QLatin1StringView name : {m_facts.currentLsn, m_facts.receiveLsn, m_facts.replayLsn, m_facts.lsnDifference,
                 m_facts.walFileName, m_facts.isReplayPaused, m_facts.pauseReplay, m_facts.resumeReplay, m_facts.switchWal,
                 m_facts.startBackup, m_facts.stopBackup})
            names << name;
        const QString all = u"select distinct proname from pg_proc where proname in ('%1', 'pg_promote')"_s.arg(names.join(u"', '"_s));
        const QByteArrayList found = sql(u"db1"_s, all).split('\n');
        for (const QString& name : std::as_const(names))
            QVERIFY2(found.contains(name.toUtf8()), qPrintable(name));
        QCOMPARE(found.contains("pg_promote"), m_facts.hasPromoteFunction);
    }

    void columnsAndViews()
    {
        QVERIFY(hasColumn("pg_stat_replication"_L1, m_facts.sentColumn));
        QVERIFY(hasColumn("pg_stat_replication"_L1, m_facts.replayColumn));
        QCOMPARE(hasColumn("pg_stat_wal_receiver"_L1, "sender_host"_L1), m_facts.receiverNamesSender);
        QCOMPARE(hasColumn("pg_stat_progress_basebackup"_L1, "phase"_L1), m_facts.reportsCopyProgress);
    }

    void settings()
    {
        QCOMPARE(contextOf("wal_keep_size"_L1).isEmpty(), !m_facts.hasWalKeepSize);
        QCOMPARE(contextOf("wal_keep_segments"_L1).isEmpty(), m_facts.hasWalKeepSize);
        const bool isSetting = m_facts.standbyConfiguration == StandbyConfiguration::StandbySignal;
        QCOMPARE(!contextOf("primary_conninfo"_L1).isEmpty(), isSetting);
        QCOMPARE(contextOf("primary_conninfo"_L1) == "sighup", m_facts.repointsByReload);
        QCOMPARE(contextOf("primary_slot_name"_L1) == "sighup", m_facts.repointsByReload);
    }

    void files()
    {
        QVERIFY(m_lab->ssh(u"db1"_s, u"test -d %1/%2"_s.arg(directory(), m_facts.walDirectory)).ok());
        const bool signal = m_facts.standbyConfiguration == StandbyConfiguration::StandbySignal;
        QVERIFY(m_lab->ssh(u"db2"_s, u"test -e %1/%2"_s.arg(directory(), signal ? u"standby.signal"_s : u"recovery.conf"_s)).ok());
    }

    // Where the lab brings a program of its own for it, too.
    void controlFile()
    {
        for (const QString& host : {u"db1"_s, u"db2"_s}) {
            QVERIFY(sql(host, u"checkpoint"_s).isEmpty());
            const QByteArray said = controlData(host);
            const auto line = [&](const QByteArray& name) {
                for (const QByteArray& candidate : said.split('\n')) {
                    if (candidate.startsWith(name) && candidate.mid(name.size(), 1) == ":")
                        return candidate.mid(name.size() + 1).trimmed();
                }
                return QByteArray("(no line)");
            };
            const QByteArrayList words = sql(host,
                u"select c.system_identifier, p.checkpoint_lsn, p.redo_lsn, p.timeline_id, i.data_page_checksum_version, i.bytes_per_wal_segment,"
                " current_setting('wal_log_hints'), current_setting('max_connections'), current_setting('max_locks_per_transaction')"
                " from pg_control_system() c, pg_control_checkpoint() p, pg_control_init() i"_s).split('|');
            QCOMPARE(words.size(), 9);
            QCOMPARE(line("Database system identifier"), words[0]);
            QCOMPARE(line("Latest checkpoint location"), words[1]);
            QCOMPARE(line("Latest checkpoint's REDO location"), words[2]);
            QCOMPARE(line("Latest checkpoint's TimeLineID"), words[3]);
            QCOMPARE(line("Data page checksum version"), words[4]);
            QCOMPARE(line("Bytes per WAL segment"), words[5]);
            QCOMPARE(line("wal_log_hints setting"), words[6]);
            QCOMPARE(line("max_connections setting"), words[7]);
            QCOMPARE(line("max_locks_per_xact setting"), words[8]);
            QCOMPARE(line("Database cluster state"), host == u"db1" ? QByteArray("in production") : QByteArray("in archive recovery"));
        }
        // Both may go on between the two looks: only the timeline is sure to stand still.
        QVERIFY(controlData(u"db2"_s).contains("\nMin recovery ending loc's timeline:   1\n"));
    }

private:
    QString directory() const { return u"/var/lib/postgresql/%1/facts"_s.arg(m_lab->postgresVersion()); }
    QByteArray sql(const QString& host, const QString& text) const
    {
        const LabAnswer answer = m_lab->ssh(host, u"psql -XAtqp 6000 -d postgres -v ON_ERROR_STOP=1 -c \"%1\""_s.arg(text));
        return answer.ok() ? answer.output.trimmed() : "failed: " + answer.errors;
    }
    QByteArray controlData(const QString& host) const
    {
        return m_lab->ssh(host, u"LC_ALL=C /usr/lib/postgresql/%1/bin/pg_controldata -D %2"_s.arg(m_lab->postgresVersion(), directory())).output;
    }
    bool hasColumn(QLatin1StringView relation, QLatin1StringView column) const
    {
        return sql(u"db1"_s, u"select count(*) from pg_attribute where attname = '%1' and attrelid = to_regclass('%2')"_s.arg(column, relation)) == "1";
    }
    QByteArray contextOf(QLatin1StringView setting) const
    {
        return sql(u"db1"_s, u"select context from pg_settings where name = '%1'"_s.arg(setting));
    }

    std::optional<Lab> m_lab;
    VersionFacts m_facts;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::VersionFactsLabTest)
#include "tst_versionfacts.moc"
