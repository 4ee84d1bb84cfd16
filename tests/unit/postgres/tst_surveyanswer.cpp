#include "models/postgres/surveyanswer.h"
#include "models/postgres/surveyquestion.h"
#include "tests/unit/postgres/hostiletext.h"

#include <QTest>
#include <QTimeZone>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

// Answers as recorded from the script; hexadecimal text stands in brackets.
constexpr auto primary = R"(Welcome to db1!
TAG begin 1795443483.250000000
TAG 0 user [dba]
TAG 0 owner sudo [postgres]. [/home/pg]
TAG 0 relays 0
TAG 0 major 15
TAG 0 running 1
TAG 0 data [/data/ä]
TAG 0 exists 1
TAG 0 real [/srv/data]
TAG 0 parentwritable 1
TAG 0 writable 1
TAG 0 free 123456789012
TAG 0 beside 1
TAG 0 leftover [/srv/data.old-1]
TAG 0 leftover [/srv/data.new-2]
TAG 0 inside 5000
TAG 0 mountbelow [/srv/data/pg_wal]
TAG 0 mounted 0
TAG 0 conf [pg_hba.conf]
TAG 0 conf [postgresql.auto.conf]
TAG 0 tablespace 16400 0 77 [/ts/one two]
TAG 0 tablespace 16401 - - [/ts/2]
TAG 0 empty 0
TAG 0 wal [/wal/15]
TAG 0 walmounted 1
TAG 0 busy 0123abcd
TAG 0 target recovery_target_time [2026-01-01
TAG 0 complete]
TAG 0 database 1
TAG 0 file backup_label
TAG 0 file recovery.done
TAG 0 contents
TAG 0 debian [/etc/postgresql/15/main]
TAG 0 conninfo 0 
TAG 0 control state in production
TAG 0 control identifier 18011372052579590379
TAG 0 control checkpoint 16/3000060
TAG 0 control timeline 2
TAG 0 control recoveryend 0/0
TAG 0 control recoverytimeline 0
TAG 0 control hints on
TAG 0 control checksums 1
TAG 0 f version 150020
TAG 0 f recovery 0
TAG 0 f current 16/3000148
TAG 0 f timeline 0000000A
TAG 0 f setting port 35343332
TAG 0 f setting cluster_name [a b
f end]
TAG 0 conninfo 1 [host=db2 user=r]
TAG 0 f slotname [s l]
TAG 0 f follower [repl]. [db2
TAG 0 complete]. [10.0.0.2]. [streaming].
TAG 0 f follower . . . [startup].
TAG 0 f slot [one]. 0 1 reserved
TAG 0 f slot [two]. 1 0 -
TAG 0 f prepared 2
TAG 0 f oldest 77
TAG 0 f backups 1
TAG 0 f archiver 1
TAG 0 f end
TAG 0 f bytes 7000000000
TAG 0 asked 0
TAG 0 program psql 15.20 [/usr/lib/postgresql/15/bin/psql]
TAG 0 program pg_rewind 9.6.24 [/opt/a b/pg_rewind]
TAG 0 program rsync 3.2.7 [/usr/bin/rsync]
TAG 0 program pg_ctl - [/usr/lib/postgresql/15/bin/pg_ctl]
TAG 0 address 10.0.0.1
TAG 0 address fd00::1
TAG 0 supervisor [Patroni]
TAG 0 complete
TAG end
)";
constexpr auto standby = R"(TAG begin 1795443483
TAG 0 owner same [postgres]
TAG 0 major 9.6
TAG 0 running 1
TAG 0 data [/data]
TAG 0 exists 1
TAG 0 database 1
TAG 0 file recovery.conf
TAG 0 control state in archive recovery
TAG 0 control checkpoint 0/3000060
TAG 0 control timeline 2
TAG 0 control recoveryend 0/3000148
TAG 0 control recoverytimeline 3
TAG 0 control checksums 0
TAG 0 f version 90624
TAG 0 f recovery 1
TAG 0 f receive 0/1000000
TAG 0 f replay 0/4000000
TAG 0 f paused 1
TAG 0 f timeline 00000003
TAG 0 f receiver [streaming]
TAG 0 f end
TAG 0 complete
TAG end
)";

QByteArray recorded(const char* text)
{
    QByteArray answer;
    const QByteArray all = text;
    for (qsizetype at = 0; at < all.size();) {
        const qsizetype open = all.indexOf('[', at);
        if (open < 0)
            return QByteArray(answer + all.sliced(at));
        const qsizetype close = all.indexOf(']', open);
        answer += all.sliced(at, open - at);
        answer += all.sliced(open + 1, close - open - 1).toHex();
        at = close + 1;
    }
    return answer;
}

} // namespace

class SurveyAnswerTest final : public QObject {
    Q_OBJECT

private:
    static Survey parse(const QByteArray& answer) { return SurveyAnswer(answer, "TAG").survey(); }
    static Survey lines(const QByteArray& text) { return parse("TAG begin 1\n" + recorded(text.constData()) + "TAG end\n"); }
    static ConnectionTrial trial(const QByteArray& text, bool replication = true)
    {
        return SurveyAnswer(QByteArray("TAG begin 1\n" + recorded(text.constData())), "TAG").trial(replication);
    }

private Q_SLOTS:
    void aPrimary()
    {
        const Survey seen = parse(recorded(primary));
        QVERIFY(seen.isComplete && seen.answered && !seen.error);
        QCOMPARE(seen.remoteUser, u"dba"_s);
        QCOMPARE(seen.owner, u"postgres"_s);
        QCOMPARE(seen.shell, QByteArray("exec sudo -n -H -u postgres /bin/sh -s"));
        QCOMPARE(seen.mayRelay, std::optional(false));
        QCOMPARE(seen.walIsMountPoint, std::optional(true));
        QCOMPARE(seen.busyWith, u"0123abcd"_s);
        QCOMPARE(seen.recoveryTargets, (QMap<QString, QString>{{u"recovery_target_time"_s, u"2026-01-01\nTAG 0 complete"_s}}));
        QCOMPARE(seen.programs.size(), 4);
        QCOMPARE(seen.programs.value(u"psql"_s), (SurveyedProgram{u"/usr/lib/postgresql/15/bin/psql"_s, u"15"_s}));
        QCOMPARE(seen.programs.value(u"pg_rewind"_s), (SurveyedProgram{u"/opt/a b/pg_rewind"_s, u"9.6"_s}));
        QCOMPARE(seen.programs.value(u"rsync"_s).version, u"3.2.7"_s);
        QCOMPARE(seen.programs.value(u"pg_ctl"_s).version, QString());
        QCOMPARE(seen.addresses, (QStringList{u"10.0.0.1"_s, u"fd00::1"_s}));
        QCOMPARE(seen.supervisor, u"Patroni"_s);
        QCOMPARE(seen.dataDirectory, u"/data/ä"_s);
        QCOMPARE(seen.realDirectory, u"/srv/data"_s);
        QVERIFY(seen.exists.value() && !seen.isEmpty.value() && seen.hasDatabase.value());
        QVERIFY(!seen.isMountPoint.value() && seen.parentWritable.value() && seen.isWritable.value());
        QCOMPARE(seen.major, u"15"_s);
        QCOMPARE(seen.freeBytes.value(), 123456789012);
        QCOMPARE(seen.freeBytesInside.value(), 5000);
        QCOMPARE(seen.leftovers, (QStringList{u"/srv/data.old-1"_s, u"/srv/data.new-2"_s}));
        QVERIFY(seen.leftoversKnown && seen.contentsKnown);
        QCOMPARE(seen.configurationFiles, (QStringList{u"pg_hba.conf"_s, u"postgresql.auto.conf"_s}));
        QVERIFY(!seen.standbySignal && !seen.recoveryConf && seen.recoveryDone && seen.backupLabel);
        QCOMPARE(seen.configDirectory, u"/etc/postgresql/15/main"_s);
        QCOMPARE(seen.tablespaces, (std::vector{SurveyedTablespace{16400, u"/ts/one two"_s, false, 77}, SurveyedTablespace{16401, u"/ts/2"_s}}));
        QCOMPARE(seen.mountsBelow, QStringList{u"/srv/data/pg_wal"_s});
        QCOMPARE(seen.walLink, u"/wal/15"_s);
        QCOMPARE(seen.primaryConninfo, u"host=db2 user=r"_s); // the server's word, which comes later
        QVERIFY(seen.conninfoHasPassword);
        QCOMPARE(seen.primarySlotName, u"s l"_s);
        QCOMPARE(seen.controlState, u"in production"_s);
        QCOMPARE(seen.systemIdentifier.value(), Q_UINT64_C(18011372052579590379));
        QCOMPARE(seen.timeline.value(), 2);
        QCOMPARE(seen.checkpointLsn.value().toString(), u"16/3000060"_s);
        QVERIFY(!seen.recoveryEnd && seen.walLogHints.value() && seen.dataChecksums.value());
        QVERIFY(seen.postmasterRuns.value());
        QCOMPARE(seen.version.value(), (PgVersion{15, 20, 0}));
        QVERIFY(!seen.inRecovery.value() && !seen.receiveLsn && !seen.replayPaused);
        QCOMPARE(seen.position.value().toString(), u"16/3000148"_s);
        QCOMPARE(seen.runningTimeline.value(), 10);
        QCOMPARE(seen.setting(u"port"_s), u"5432"_s);
        QCOMPARE(seen.setting(u"cluster_name"_s), u"a b\nf end"_s);
        QCOMPARE(seen.followers.size(), size_t(2));
        QCOMPARE(seen.followers[0], (SurveyedFollower{u"repl"_s, u"db2\nTAG 0 complete"_s, u"10.0.0.2"_s, u"streaming"_s}));
        QCOMPARE(seen.followers[1].state, u"startup"_s);
        QCOMPARE(seen.slots_, (std::vector{SurveyedSlot{u"one"_s, false, true, u"reserved"_s}, SurveyedSlot{u"two"_s, true, false}}));
        QCOMPARE(seen.databaseBytes.value(), 7000000000);
        QCOMPARE(seen.preparedTransactions.value(), 2);
        QCOMPARE(seen.oldestTransaction.value(), 77s);
        QCOMPARE(seen.runningBackups.value(), 1);
        QVERIFY(seen.archiverFailing.value());
    }

    void aStandby()
    {
        const Survey seen = parse(recorded(standby));
        QVERIFY(seen.isComplete && seen.answered && !seen.error);
        QCOMPARE(seen.shell, QByteArray("exec /bin/sh -s"));
        QCOMPARE(seen.major, u"9.6"_s);
        QCOMPARE(seen.version.value().toString(), u"9.6.24"_s);
        QVERIFY(seen.inRecovery.value() && seen.replayPaused.value() && seen.recoveryConf);
        QCOMPARE(seen.position.value().toString(), u"0/4000000"_s);
        QCOMPARE(seen.receiveLsn, seen.position); // a receiver that has got nothing yet
        QCOMPARE(seen.runningTimeline.value(), 3);
        QCOMPARE(seen.timeline.value(), 3);
        QCOMPARE(seen.recoveryEnd.value().toString(), u"0/3000148"_s);
        QCOMPARE(seen.dataChecksums, std::optional(false));
        QVERIFY(!seen.walLogHints && !seen.databaseBytes && !seen.preparedTransactions && !seen.runningBackups && !seen.archiverFailing);
        QVERIFY(!seen.freeBytes && !seen.isMountPoint && !seen.leftoversKnown && !seen.contentsKnown && !seen.isEmpty);
    }

    // Wherever an answer breaks off: nothing is made up of half a line, nothing is called complete, no list is shown that is not whole.
    void cutOffAnywhere()
    {
        const QByteArray whole = recorded(primary);
        const Survey all = parse(whole);
        for (qsizetype length = 0; length < whole.size(); ++length) {
            const Survey seen = parse(whole.first(length));
            QVERIFY(!seen.isComplete && seen.error);
            QVERIFY(seen.freeBytes == std::nullopt || seen.freeBytes == all.freeBytes);
            QVERIFY(seen.position == std::nullopt || seen.position == all.position);
            QVERIFY(seen.databaseBytes == std::nullopt || seen.databaseBytes == all.databaseBytes);
            QVERIFY(seen.dataDirectory.isEmpty() || seen.dataDirectory == all.dataDirectory);
            QVERIFY(seen.leftovers.size() <= all.leftovers.size());
            QVERIFY(!seen.leftovers.contains(u"/srv/data.old"_s));
            if (seen.answered) {
                QCOMPARE(seen.followers, all.followers);
                QCOMPARE(seen.slots_, all.slots_);
                QCOMPARE(seen.settings, all.settings);
            } else {
                QVERIFY(seen.followers.empty() && seen.slots_.empty() && seen.settings.isEmpty() && !seen.position && !seen.inRecovery);
            }
        }
    }

    void whyNot_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<bool>("fails");
        QTest::addColumn<ErrorKind>("kind");
        const auto row = [](const char* name, const char* answer, std::optional<ErrorKind> kind) {
            QTest::newRow(name) << QByteArray(answer) << kind.has_value() << kind.value_or(ErrorKind::Internal);
        };
        const auto none = std::nullopt;
        row("nothing", "", ErrorKind::LinkLost);
        row("only the end", "TAG 0 running 0\n", ErrorKind::LinkLost);
        row("missing directory", "TAG 0 data [/a]\nTAG 0 exists 0\nTAG 0 running 0\nTAG 0 error directory [there is none]\nTAG 0 complete\n", none);
        row("empty directory", "TAG 0 exists 1\nTAG 0 database 0\nTAG 0 running 0\nTAG 0 complete\n", none);
        row("stopped", "TAG 0 exists 1\nTAG 0 database 1\nTAG 0 running 0\nTAG 0 control state shut down\nTAG 0 complete\n", none);
        row("no control file", "TAG 0 database 1\nTAG 0 running 0\nTAG 0 error control [x]\nTAG 0 complete\n", ErrorKind::NotFound);
        row("hangs", "TAG 0 database 1\nTAG 0 running 1\nTAG 0 control state x\nTAG 0 error psql [timeout]\nTAG 0 complete\n", ErrorKind::TimedOut);
        row("unsure", "TAG 0 database 1\nTAG 0 running ?\nTAG 0 control state x\nTAG 0 complete\n", ErrorKind::NotFound);
        row("no access", "TAG 0 running ?\nTAG 0 error access [x]\nTAG 0 complete\n", ErrorKind::PermissionDenied);
        row("another cluster", "TAG 0 other [/b]\nTAG 0 running ?\nTAG 0 complete\n", ErrorKind::Conflict);
        row("another port", "TAG 0 database 1\nTAG 0 running ?\nTAG 0 error port [x]\nTAG 0 complete\n", ErrorKind::Conflict);
        row("one question failed", "TAG 0 database 1\nTAG 0 running 1\nTAG 0 control state x\nTAG 0 f version 150001\nTAG 0 f end\n"
                                   "TAG 0 error psql [ERROR: no]\nTAG 0 complete\n", ErrorKind::PermissionDenied);
    }
    void whyNot()
    {
        QFETCH(QByteArray, answer);
        QFETCH(bool, fails);
        QFETCH(ErrorKind, kind);
        const Survey seen = lines(answer);
        QCOMPARE(seen.error.has_value(), fails);
        if (fails)
            QCOMPARE(seen.error->kind, kind);
        QCOMPARE(seen.isComplete, answer.contains("complete"));
    }

    // Whatever is not what it should be is unknown, not zero and not wrapped around.
    void wrongValues_data()
    {
        QTest::addColumn<QByteArray>("value");
        for (const char* value : {"", " ", "-1", "99999999999999999999999", "0x10", "1 2", "abc", "1e9", "\xff\xfe", "NaN", "/", "G/1", "1/", "on1"})
            QTest::newRow(QByteArray(value).toPercentEncoding().constData()) << QByteArray(value);
    }
    void wrongValues()
    {
        QFETCH(QByteArray, value);
        QByteArray answer = "TAG begin " + value + "\nTAG 0 f version 150001\nTAG 0 f recovery 0\nTAG 0 f end\nTAG 0 complete\n";
        for (const char* key : {"free", "inside", "exists", "empty", "database", "mounted", "parentwritable", "writable", "running",
                 "control identifier", "control timeline", "control checkpoint", "control recoveryend", "control hints", "control checksums",
                 "f current", "f timeline", "f bytes", "f prepared", "f oldest", "f backups", "f archiver", "f paused", "f slot", "f follower",
                 "f setting", "tablespace", "program", "data", "real", "leftover", "debian", "major", "owner"})
            answer += "TAG 0 " + QByteArray(key) + ' ' + value + '\n';
        answer += "TAG end\n";
        const Survey seen = parse(answer);
        QVERIFY(!seen.freeBytes && !seen.freeBytesInside && !seen.exists && !seen.isEmpty && !seen.hasDatabase && !seen.isMountPoint);
        QVERIFY(!seen.parentWritable && !seen.isWritable && !seen.postmasterRuns && !seen.systemIdentifier && !seen.checkpointLsn);
        QVERIFY(!seen.recoveryEnd && !seen.walLogHints && !seen.dataChecksums && !seen.position && !seen.databaseBytes && !seen.timeline);
        QVERIFY(!seen.preparedTransactions && !seen.oldestTransaction && !seen.runningBackups && !seen.archiverFailing && !seen.replayPaused);
        QVERIFY(!seen.runningTimeline);
        QVERIFY(seen.slots_.empty() && seen.followers.empty() && seen.programs.isEmpty());
        QVERIFY(seen.dataDirectory.isEmpty() && seen.realDirectory.isEmpty() && seen.leftovers.isEmpty() && seen.configDirectory.isEmpty());
        QVERIFY(seen.tablespaces.empty() || seen.tablespaces.front().path.isEmpty());
        QVERIFY(seen.shell.isEmpty());
        if (const auto time = SurveyAnswer(answer, "TAG").serverTime())
            QVERIFY(time->first >= 0);
    }

    void pathsGoBackExactlyOrNotAtAll()
    {
        QCOMPARE(lines("TAG 0 data [/a \"'$`\\x]\nTAG 0 complete\n").dataDirectory, u"/a \"'$`\\x"_s);
        QCOMPARE(lines("TAG 0 data [/\u202Egnp.exe]\nTAG 0 complete\n").dataDirectory, u"/\u202Egnp.exe"_s);
        QCOMPARE(lines("TAG 0 data [relative]\nTAG 0 complete\n").dataDirectory, QString());
        QCOMPARE(lines("TAG 0 data 2f61ff\nTAG 0 complete\n").dataDirectory, QString()); // no UTF-8
        QCOMPARE(lines("TAG 0 data 2f6100\nTAG 0 complete\n").dataDirectory, QString()); // a NUL
    }

    void shells_data()
    {
        QTest::addColumn<QByteArray>("way");
        QTest::addColumn<QString>("owner");
        QTest::addColumn<QByteArray>("shell");
        QTest::newRow("same") << QByteArray("same") << u"post gres"_s << QByteArray("exec /bin/sh -s");
        QTest::newRow("runuser") << QByteArray("runuser") << u"pg"_s << QByteArray("exec env HOME='/home/a b' runuser -u pg -- /bin/sh -s");
        QTest::newRow("sudo") << QByteArray("sudo") << u"pg-1"_s << QByteArray("exec sudo -n -H -u pg-1 /bin/sh -s");
        QTest::newRow("none") << QByteArray("none") << u"pg"_s << QByteArray();
        QTest::newRow("unknown") << QByteArray("magic") << u"pg"_s << QByteArray();
        for (const char16_t* owner : {u"", u"-u", u"a b", u"$(id)", u"a;b", u"a\nb", u"'", u"\u202Epg"})
            QTest::newRow(QString::fromUtf16(owner).toUtf8().toPercentEncoding().constData())
                << QByteArray("sudo") << QString::fromUtf16(owner) << QByteArray();
    }
    void shells()
    {
        QFETCH(QByteArray, way);
        QFETCH(QString, owner);
        QFETCH(QByteArray, shell);
        QCOMPARE(parse("TAG begin 1\nTAG 0 owner " + way + ' ' + owner.toUtf8().toHex() + ". 2f686f6d652f612062\nTAG 0 complete\nTAG end\n").shell, shell);
    }

    void otherPeoplesLines()
    {
        const Survey seen = parse("TAG begin 1\nTAG2 0 exists 1\nTAGS 0 exists 1\n0 exists 1\nTAG 1 exists 1\n TAG 0 exists 1\nTAG 0 complete\nTAG end\n");
        QVERIFY(!seen.exists && seen.isComplete);
    }

    void garbage()
    {
        test::HostileText text(23);
        for (int round = 0; round < 2000; ++round) {
            QByteArray answer = recorded(primary);
            for (int i = text.below(20); i >= 0; --i) {
                const QByteArray piece = text.next().toUtf8();
                answer.replace(text.below(static_cast<int>(answer.size())), text.below(30), piece);
            }
            const Survey seen = parse(answer);
            QVERIFY(!seen.freeBytes || *seen.freeBytes >= 0);
            QVERIFY(seen.shell.isEmpty() || !seen.shell.contains('\n'));
        }
    }

    void endless()
    {
        QByteArray answer = "TAG begin 1\nTAG 0 f version 150001\n";
        for (int i = 0; i < 30000; ++i)
            answer += "TAG 0 f follower 61. 61. 61. 61.\nTAG 0 leftover 2f61\nTAG 0 f slot 61. 0 0 -\nTAG 0 f setting a" + QByteArray::number(i) + " 61\n";
        const Survey seen = parse(answer + "TAG 0 f end\nTAG 0 complete\nTAG end\n");
        QCOMPARE(seen.followers.size(), size_t(10000));
        QCOMPARE(seen.leftovers.size(), 10000);
        QCOMPARE(seen.slots_.size(), size_t(10000));
        QVERIFY(seen.settings.size() <= 1000);
    }

    void clocks()
    {
        const auto time = [](const char* text) { return SurveyAnswer(QByteArray("TAG begin " + QByteArray(text) + '\n'), "TAG").serverTime(); };
        QCOMPARE(time("1795443483.250000000").value(), std::pair(Q_INT64_C(1795443483250), 0ms));
        QCOMPARE(time("1795443483.%N").value(), std::pair(Q_INT64_C(1795443483500), 500ms));
        QCOMPARE(time("1795443483.").value(), std::pair(Q_INT64_C(1795443483500), 500ms));
        QCOMPARE(time("1795443483").value(), std::pair(Q_INT64_C(1795443483500), 500ms));
        QVERIFY(!time("-5.5") && !time("") && !time("99999999999999999.1") && !time("x"));
    }

    void trials()
    {
        const ConnectionTrial good = trial("TAG 0 identified [7535372701129570279|3|16/3000148|]\nTAG 0 tried 0\nTAG end\n");
        QVERIFY(good.connected && !good.unknown);
        QCOMPARE(good.systemIdentifier.value(), Q_UINT64_C(7535372701129570279));
        QCOMPARE(good.timeline.value(), 3);
        QCOMPARE(good.position.value().toString(), u"16/3000148"_s);

        const ConnectionTrial refused = trial("TAG 0 tried 2\nTAG 0 error psql [FATAL: no]\nTAG end\n");
        QVERIFY(!refused.connected && !refused.unknown);
        QCOMPARE(refused.words, u"FATAL: no"_s);
        const ConnectionTrial hangs = trial("TAG 0 tried 124\nTAG end\n");
        QVERIFY(!hangs.connected && !hangs.unknown && !hangs.words.isEmpty());
        // Not what a server of PostgreSQL answers.
        for (const char* answer : {"", "TAG 0 identified [a|b|c|d]\n", "TAG 0 identified [1|2]\n", "TAG 0 identified [0|1|0/1|]\n"}) {
            const ConnectionTrial odd = trial(QByteArray(answer) + "TAG 0 tried 0\nTAG end\n");
            QVERIFY(!odd.connected && !odd.unknown && !odd.words.isEmpty());
        }
        QVERIFY(!trial("TAG 0 identified [7|3|16/3000148|]\nTAG 0 tried 1\nTAG end\n").connected);
        for (const char* answer : {"", "TAG 0 tried 0\n", "TAG 0 tried 127\nTAG end\n", "TAG 0 error psql [psql was not found]\nTAG end\n",
                 "TAG 0 tried x\nTAG end\n"}) {
            const ConnectionTrial none = trial(answer);
            QVERIFY(none.unknown && !none.connected && !none.words.isEmpty());
        }
        const ConnectionTrial ordinary = trial("TAG 0 f one 1\nTAG 0 f rewind 1\nTAG 0 tried 0\nTAG end\n", false);
        QVERIFY(ordinary.connected && ordinary.mayRewind.value());
        const ConnectionTrial half = trial("TAG 0 f one 1\nTAG 0 tried 3\nTAG 0 error psql [ERROR]\nTAG end\n", false);
        QVERIFY(!half.connected && !half.mayRewind);
        const ConnectionTrial mute = trial("TAG 0 f one 1\nTAG 0 tried 0\nTAG end\n", false);
        QVERIFY(mute.connected && !mute.mayRewind);
    }

    // What goes into the script is one word each, whatever it contains.
    void questionsKeepHostileText()
    {
        test::HostileText text(7);
        for (int i = 0; i < 200; ++i) {
            const QString hostile = text.next();
            const SurveyQuestion question({.instance = InstanceId(1), .baseName = hostile, .port = 1, .dataDirectory = hostile});
            QVERIFY(!question.input().isEmpty());
            const TrialQuestion trial({.instance = InstanceId(1), .baseName = hostile, .port = 1, .dataDirectory = hostile}, hostile, true);
            QVERIFY(!trial.input().isEmpty());
        }
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::SurveyAnswerTest)
#include "tst_surveyanswer.moc"
