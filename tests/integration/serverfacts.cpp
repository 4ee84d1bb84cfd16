#include "tests/integration/serverfacts.h"

#include "models/postgres/versionfacts.h"
#include "tests/integration/replicationlab.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas::tests {

namespace {

bool hasColumn(const ReplicationLab& herd, QLatin1StringView relation, QLatin1StringView column)
{
    return herd.sql(1, u"select count(*) from pg_attribute where attname = '%1' and attrelid = to_regclass('%2')"_s.arg(column, relation)) == "1";
}

QByteArray contextOf(const ReplicationLab& herd, QLatin1StringView setting)
{
    return herd.sql(1, u"select context from pg_settings where name = '%1'"_s.arg(setting));
}

void checkFunctions(const ReplicationLab& herd, const VersionFacts& facts)
{
    QStringList names;
    for (const QLatin1StringView name : {facts.currentLsn, facts.receiveLsn, facts.replayLsn, facts.lsnDifference,
             facts.walFileName, facts.isReplayPaused, facts.pauseReplay, facts.resumeReplay, facts.switchWal,
             facts.startBackup, facts.stopBackup})
        names << name;
    const QString all = u"select distinct proname from pg_proc where proname in ('%1', 'pg_promote')"_s.arg(names.join(u"', '"_s));
    const QByteArrayList found = herd.sql(1, all).split('\n');
    for (const QString& name : std::as_const(names))
        QVERIFY2(found.contains(name.toUtf8()), qPrintable(name));
    QCOMPARE(found.contains("pg_promote"), facts.hasPromoteFunction);
}

void checkColumnsAndViews(const ReplicationLab& herd, const VersionFacts& facts)
{
    QVERIFY(hasColumn(herd, "pg_stat_replication"_L1, facts.sentColumn));
    QVERIFY(hasColumn(herd, "pg_stat_replication"_L1, facts.replayColumn));
    QCOMPARE(hasColumn(herd, "pg_stat_wal_receiver"_L1, "sender_host"_L1), facts.receiverNamesSender);
    QCOMPARE(hasColumn(herd, "pg_stat_progress_basebackup"_L1, "phase"_L1), facts.reportsCopyProgress);
}

void checkSettings(const ReplicationLab& herd, const VersionFacts& facts)
{
    QCOMPARE(contextOf(herd, "wal_keep_size"_L1).isEmpty(), !facts.hasWalKeepSize);
    QCOMPARE(contextOf(herd, "wal_keep_segments"_L1).isEmpty(), facts.hasWalKeepSize);
    const bool isSetting = facts.standbyConfiguration == StandbyConfiguration::StandbySignal;
    QCOMPARE(!contextOf(herd, "primary_conninfo"_L1).isEmpty(), isSetting);
    QCOMPARE(contextOf(herd, "primary_conninfo"_L1) == "sighup", facts.repointsByReload);
    QCOMPARE(contextOf(herd, "primary_slot_name"_L1) == "sighup", facts.repointsByReload);
}

void checkFiles(const ReplicationLab& herd, const VersionFacts& facts)
{
    QCOMPARE(herd.on(1, u"cd %1 && ls -d %2"_s.arg(herd.dataDirectory(1), facts.walDirectory)), facts.walDirectory);
    const bool hasSignal = facts.standbyConfiguration == StandbyConfiguration::StandbySignal;
    const QString file = hasSignal ? u"standby.signal"_s : u"recovery.conf"_s;
    QCOMPARE(herd.on(2, u"cd %1 && ls %2"_s.arg(herd.dataDirectory(2), file)), file);
}

// Where the lab brings a program of its own for it, too.
void checkControlFile(const ReplicationLab& herd, const QString& version)
{
    const QString question = u"LC_ALL=C /usr/lib/postgresql/%1/bin/pg_controldata -D %2"_s.arg(version, herd.dataDirectory(1));
    for (const int member : {1, 2}) {
        QVERIFY(herd.sql(member, u"checkpoint"_s).isEmpty());
        const QByteArray said = herd.on(member, question).toUtf8();
        const auto line = [&](const QByteArray& name) {
            for (const QByteArray& candidate : said.split('\n')) {
                if (candidate.startsWith(name) && candidate.mid(name.size(), 1) == ":")
                    return candidate.mid(name.size() + 1).trimmed();
            }
            return QByteArray("(no line)");
        };
        const QByteArrayList words = herd.sql(member,
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
        QCOMPARE(line("Database cluster state"), member == 1 ? QByteArray("in production") : QByteArray("in archive recovery"));
    }
    // Both may go on between the two looks: only the timeline is sure to stand still.
    QVERIFY(herd.on(2, question).contains(u"\nMin recovery ending loc's timeline:   1\n"_s));
}

} // namespace

void checkServerFacts(ReplicationLab& herd)
{
    const QString version = herd.lab().postgresVersion();
    const auto parsed = PgVersion::parse(version);
    QVERIFY(parsed);
    const VersionFacts facts = versionFacts(*parsed);
    for (const auto check : {checkFunctions, checkColumnsAndViews, checkSettings, checkFiles}) {
        check(herd, facts);
        if (QTest::currentTestFailed())
            return;
    }
    checkControlFile(herd, version);
}

} // namespace elephaas::tests
