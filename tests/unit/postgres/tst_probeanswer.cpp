#include "models/postgres/connectiontarget.h"
#include "models/postgres/probe.h"
#include "models/postgres/versionfacts.h"
#include "tests/unit/postgres/hostiletext.h"

#include <QRegularExpression>
#include <QTest>
#include <QTimeZone>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

const QDateTime now(QDate(2026, 11, 23), QTime(12, 0), Qt::UTC);

// An answer as recorded from the script, TAG in place of its random word.
constexpr auto primary = R"(Welcome to db1!
TAG begin 1795443483
TAG 1 major 15
TAG 1 running 1
TAG 1 status ready
TAG 1 f version 150020
TAG 1 f superuser 1
TAG 1 f recovery 0
TAG 1 f current 16/3000148
TAG 1 f timeline 0000000A

TAG 1 f identifier -7735372701129570279
TAG 1 f started 1795443478932
TAG 1 f loaded 1795443478920
TAG 1 f directory 2f646174612fc3a4
TAG 1 f pending 706f72742c7761
TAG 1 f follower 64622c320a46414b45. 31302e302e302e32. 73747265616d696e67. 16/3000148 16/3000060
TAG 1 f follower 646233. . 73746172747570. - -
TAG 1 f end
TAG 1 asked 0
TAG 1 complete
TAG end
)";
constexpr auto standby = R"(TAG begin 1
TAG 1 running 1
TAG 1 f version 90624
TAG 1 f superuser 1
TAG 1 f recovery 1
TAG 1 f timeline 00000003
TAG 1 f receive 0/5000000
TAG 1 f replay 0/4000000
TAG 1 f paused 1
TAG 1 f identifier 7711371021580961337
TAG 1 f receiver 73747265616d696e67
TAG 1 f connected 757365723d7265706c20686f73743d64623120706f72743d35343333
TAG 1 f end
TAG 1 asked 0
TAG 1 complete
TAG end
)";
constexpr auto stopped = R"(TAG begin 1
TAG 1 major 15
TAG 1 directory 2f73727620
TAG 1 running 0
TAG 1 standby 1
TAG 1 control identifier 18011372052579590379
TAG 1 control state shut down in recovery
TAG 1 control checkpoint 0/3000060
TAG 1 control timeline 2
TAG 1 control recoveryend 0/3000148
TAG 1 control recoverytimeline 3
TAG 1 inconf 27686f73743d27276462312727202320703d27202320636f6d6d656e74
TAG 1 complete
TAG end
)";

} // namespace

class ProbeTest final : public QObject {
    Q_OBJECT

private:
    static Probe probeOf(int instances)
    {
        std::vector<ProbeRequest> requests;
        for (int i = 1; i <= instances; ++i)
            requests.push_back({InstanceId(i), u"main"_s, 5432, u"/data"_s});
        return Probe(requests);
    }
    static QByteArray tagOf(const Probe& probe)
    {
        const QByteArray input = probe.input();
        return input.sliced(4, input.indexOf(' ') - 4);
    }
    static std::vector<Observation> parse(QByteArray answer, int instances = 1)
    {
        const Probe probe = probeOf(instances);
        answer.replace("TAG", tagOf(probe));
        auto seen = probe.parse(answer, now);
        return seen ? *seen : std::vector<Observation>();
    }

private Q_SLOTS:
    void aPrimary()
    {
        const auto all = parse(primary);
        QCOMPARE(all.size(), size_t(1));
        const Observation& seen = all[0];
        QCOMPARE(seen.instance, InstanceId(1));
        QCOMPARE(seen.at, now);
        QCOMPARE(seen.factsAt, now);
        QCOMPARE(seen.liveness, Liveness::Online);
        QCOMPARE(seen.role, Role::Primary);
        QVERIFY(seen.acceptsConnections);
        QVERIFY(!seen.error);
        QCOMPARE(seen.version.value(), (PgVersion{15, 20, 0}));
        QCOMPARE(seen.timeline.value(), 10);
        QCOMPARE(seen.currentLsn.value().toString(), u"16/3000148"_s);
        QVERIFY(!seen.receiveLsn && !seen.replayLsn);
        QCOMPARE(seen.systemIdentifier.value(), Q_UINT64_C(10711371372579981337));
        QCOMPARE(seen.postmasterStarted, QDateTime::fromMSecsSinceEpoch(1795443478932, Qt::UTC));
        QCOMPARE(seen.configurationLoaded, QDateTime::fromMSecsSinceEpoch(1795443478920, Qt::UTC));
        QCOMPARE(seen.dataDirectory, u"/data/ä"_s);
        QCOMPARE(seen.pendingRestart, (QStringList{u"port"_s, u"wa"_s}));
        QCOMPARE(seen.postmasterStatus, u"ready"_s);
        QCOMPARE(seen.followers.size(), size_t(2));
        QCOMPARE(seen.followers[0].applicationName, u"db,2\nFAKE"_s);
        QCOMPARE(seen.followers[0].clientAddress, u"10.0.0.2"_s);
        QCOMPARE(seen.followers[0].state, u"streaming"_s);
        QCOMPARE(seen.followers[0].replayLsn.value().toString(), u"16/3000060"_s);
        QCOMPARE(seen.followers[1].state, u"startup"_s);
        QCOMPARE(seen.followers[1].clientAddress, QString());
        QVERIFY(!seen.followers[1].sentLsn);
    }

    void aStandby()
    {
        const Observation seen = parse(standby)[0];
        QCOMPARE(seen.role, Role::Replica);
        QCOMPARE(seen.version.value().toString(), u"9.6.24"_s);
        QCOMPARE(seen.timeline.value(), 3);
        QCOMPARE(seen.receiveLsn.value().toString(), u"0/5000000"_s);
        QCOMPARE(seen.replayLsn.value().toString(), u"0/4000000"_s);
        QVERIFY(!seen.currentLsn);
        QVERIFY(seen.replayPaused);
        QCOMPARE(seen.receiverState, u"streaming"_s);
        QCOMPARE(seen.upstreamHost, u"db1"_s);
        QCOMPARE(seen.upstreamPort.value(), 5433);
    }

    void aReceiverThatHasGotNothingYet()
    {
        const Observation seen = parse(QByteArray(standby).replace("receive 0/5000000", "receive 0/1000000"))[0];
        QCOMPARE(seen.receiveLsn, seen.replayLsn);
    }

    void aStandbyThatFollowsNobody()
    {
        QByteArray answer = standby;
        answer.replace("TAG 1 f receiver 73747265616d696e67\n", "");
        answer.remove(answer.indexOf("TAG 1 f connected"), answer.indexOf("TAG 1 f end") - answer.indexOf("TAG 1 f connected"));
        QCOMPARE(parse(answer)[0].role, Role::Detached);
        answer.replace("f superuser 1", "f superuser 0"); // then the setting may only be hidden
        QCOMPARE(parse(answer)[0].role, Role::Replica);
    }

    void aStoppedStandby()
    {
        const Observation seen = parse(stopped)[0];
        QCOMPARE(seen.liveness, Liveness::Offline);
        QCOMPARE(seen.role, Role::Replica);
        QCOMPARE(seen.factsAt, now);
        QVERIFY(!seen.error);
        QVERIFY(!seen.acceptsConnections);
        QCOMPARE(seen.controlState, u"shut down in recovery"_s);
        QCOMPARE(seen.currentLsn.value().toString(), u"0/3000060"_s);
        QCOMPARE(seen.replayLsn.value().toString(), u"0/3000148"_s);
        QCOMPARE(seen.timeline.value(), 3);
        QCOMPARE(seen.systemIdentifier.value(), Q_UINT64_C(18011372052579590379));
        QCOMPARE(seen.upstreamHost, u"db1"_s);
        QCOMPARE(seen.version.value().major(), u"15"_s);
        QCOMPARE(seen.dataDirectory, u"/srv "_s);
    }

    // What pg_rewind has not finished looks like a stopped server; that it may not be started is said.
    void anUnfinishedRewind()
    {
        const Observation seen = parse(QByteArray(stopped).replace("standby 1", "closed 1\nTAG 1 standby 1"))[0];
        QCOMPARE(seen.liveness, Liveness::Offline);
        QCOMPARE(seen.controlState, u"shut down in recovery"_s);
        QVERIFY(seen.error && seen.error->what.contains(u"pg_rewind"_s) && !seen.error->remedy.isEmpty());
        QVERIFY(!parse(stopped)[0].error);
    }

    void liveness_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<Liveness>("liveness");
        QTest::addColumn<bool>("saysWhy");
        QTest::addColumn<bool>("accepts");
        const auto row = [](const char* name, const char* answer, Liveness liveness, bool saysWhy = true, bool accepts = false) {
            QTest::newRow(name) << QByteArray(answer) << liveness << saysWhy << accepts;
        };
        row("nothing of it", "", Liveness::Unknown);
        row("cut before the verdict", "TAG 1 major 15\n", Liveness::Unknown);
        row("cut within the verdict", "TAG 1 running 0", Liveness::Unknown);
        row("cut after the verdict", "TAG 1 running 0\n", Liveness::Offline);
        row("somebody else's word", "TAG2 1 running 0\nTAGS 1 complete\n1 running 0\nTAG 2 running 0\n", Liveness::Unknown);
        row("undecided", "TAG 1 running ?\nTAG 1 error port 78\nTAG 1 complete\n", Liveness::Unknown);
        row("starts", "TAG 1 running 1\nTAG 1 asked 2\nTAG 1 error psql 46\nTAG 1 complete\n", Liveness::Online);
        row("no psql", "TAG 1 running 1\nTAG 1 error psql 46\nTAG 1 complete\n", Liveness::Online);
        row("a question failed", "TAG 1 running 1\nTAG 1 asked 3\nTAG 1 error psql 46\nTAG 1 complete\n", Liveness::Online, true, true);
        row("hangs", "TAG 1 running 1\nTAG 1 asked 124\nTAG 1 error psql\nTAG 1 complete\n", Liveness::Unknown);
        row("hangs while connecting",
            "TAG 1 running 1\nTAG 1 asked 2\nTAG 1 error psql 74696d656f757420657870697265640a\nTAG 1 complete\n", Liveness::Unknown);
        row("no control file", "TAG 1 running 0\nTAG 1 error control 78\nTAG 1 complete\n", Liveness::Offline);
        row("control file", "TAG 1 running 0\nTAG 1 control state shut down\nTAG 1 complete\n", Liveness::Offline, false);
        row("answers, though unseen", "TAG 1 running ?\nTAG 1 f recovery 0\nTAG 1 f end\nTAG 1 complete\n", Liveness::Online, false, true);
        row("found by name", "TAG 1 directory 2f61\nTAG 1 instead name 2f62\nTAG 1 running 1\nTAG 1 f recovery 0\nTAG 1 f end\nTAG 1 asked 0\nTAG 1 complete\n",
            Liveness::Online, true, true);
        row("found by port", "TAG 1 directory 2f61\nTAG 1 instead port 2f62\nTAG 1 running ?\nTAG 1 complete\n", Liveness::Unknown);
        row("answers without end", "TAG 1 running 1\nTAG 1 f recovery 0\nTAG 1 f current 0/1\nTAG 1 asked 3\nTAG 1 complete\n",
            Liveness::Online, true, true);
    }
    void liveness()
    {
        QFETCH(QByteArray, answer);
        QFETCH(Liveness, liveness);
        QFETCH(bool, saysWhy);
        QFETCH(bool, accepts);
        const Observation seen = parse("TAG begin 1\n" + answer)[0];
        QCOMPARE(seen.liveness, liveness);
        QCOMPARE(seen.acceptsConnections, accepts);
        QCOMPARE(seen.error.has_value(), saysWhy);
        if (!accepts || saysWhy)
            QVERIFY(!seen.currentLsn);
    }

    // The cluster that has the port is not this instance: nothing of it is told as this one's.
    void anotherDirectory()
    {
        const QByteArray facts = "TAG 1 status ready\nTAG 1 f recovery 0\nTAG 1 f current 0/77\nTAG 1 f end\nTAG 1 asked 0\nTAG 1 complete\n";
        const Observation other = parse("TAG begin 1\nTAG 1 directory 2f61\nTAG 1 instead port 2f62\nTAG 1 running 1\n" + facts)[0];
        QCOMPARE(other.liveness, Liveness::Unknown);
        QCOMPARE(other.role, Role::Unknown);
        QVERIFY(!other.currentLsn && !other.acceptsConnections && !other.factsAt.isValid() && other.postmasterStatus.isEmpty());
        QCOMPARE(other.error.value().kind, ErrorKind::Conflict);
        QCOMPARE(other.error->what, u"Runs in /a; the inventory says /b."_s);
        const Observation named = parse("TAG begin 1\nTAG 1 directory 2f61\nTAG 1 instead name 2f62\nTAG 1 running 1\n" + facts)[0];
        QCOMPARE(named.role, Role::Primary);
        QCOMPARE(named.error.value().what, u"Runs in /a; the inventory says /b."_s);
        const Observation stopped = parse("TAG begin 1\nTAG 1 directory 2f61\nTAG 1 instead name 2f62\nTAG 1 running 0\n"
                                          "TAG 1 control state shut down\nTAG 1 complete\n")[0];
        QCOMPARE(stopped.liveness, Liveness::Offline);
        QCOMPARE(stopped.error.value().what, u"Its data is in /a; the inventory says /b."_s);
    }

    void noAnswerAtAll()
    {
        const auto seen = probeOf(1).parse("This account is currently not available.\n", now);
        QVERIFY(!seen);
        QVERIFY(seen.error().detail.contains(u"not available"_s));
        QVERIFY(parse("TAG begi").empty());
    }

    // Wherever the answer breaks off, what is said is what was there, or unknown.
    void truncatedAnywhere()
    {
        const QByteArray whole = QByteArray(primary) + QByteArray(standby).replace("TAG 1", "TAG 2");
        for (qsizetype length = 0; length <= whole.size(); ++length) {
            const auto all = parse(whole.first(length), 2);
            if (all.empty())
                continue;
            QCOMPARE(all.size(), size_t(2));
            const Observation& one = all[0];
            QVERIFY(one.liveness == Liveness::Unknown || one.liveness == Liveness::Online);
            QVERIFY(one.liveness != Liveness::Unknown || one.error);
            if (one.currentLsn) {
                QCOMPARE(one.currentLsn->toString(), u"16/3000148"_s);
                QCOMPARE(one.followers.size(), size_t(2));
            }
            const Observation& two = all[1];
            QVERIFY(two.replayLsn || two.role == Role::Unknown);
            QVERIFY(two.error || two.replayLsn.value().toString() == u"0/4000000"_s);
        }
    }

    void noise()
    {
        test::HostileText hostile(test::seed());
        const QByteArrayList words{"TAG ", "1 ", "f ", "running ", "1\n", "0\n", "follower ", "end\n", "version ", "control ", "state ",
            "error ", "psql ", "complete\n", "0/0 ", "6", "\n", "begin ", "timeline ", "99999999999999999999", "-1 ", "directory ", "zz"};
        for (int i = 0; i < 20000; ++i) {
            QByteArray text = "TAG begin 1\n";
            for (int parts = hostile.below(40); parts >= 0; --parts) {
                if (hostile.below(5) == 0)
                    text += hostile.next().toUtf8() + static_cast<char>(hostile.below(256));
                else
                    text += words[hostile.below(static_cast<int>(words.size()))];
            }
            const auto all = parse(text, 2);
            QCOMPARE(all.size(), size_t(2));
            for (const Observation& seen : all)
                QVERIFY(seen.liveness != Liveness::Unknown || seen.error);
        }
    }

    void input()
    {
        const Probe probe({{InstanceId(7), u"it's; echo"_s, 5433, u"/da ta\n$(x)"_s, u"15"_s}, {InstanceId(8), u"a\0b"_s, 1, {}}});
        const QByteArray text = probe.input();
        QVERIFY(text.contains("\ninstance 7 'it'\\''s; echo' 5433 '/da ta\n$(x)' 15\ninstance 8 '' 1 '' ''\nfinish\n"));
        QVERIFY(tagOf(probe) != tagOf(probeOf(1)));
        QVERIFY(tagOf(probe).size() > 30);
    }

    void earlierFacts()
    {
        Observation before = parse(primary)[0];
        before.at = before.factsAt = now.addSecs(-30);
        const Observation gone
            = withEarlierFacts(unreachable(InstanceId(1), {ErrorKind::Unreachable, u"refused"_s}, now), &before);
        QCOMPARE(gone.liveness, Liveness::Unreachable);
        QCOMPARE(gone.at, now);
        QCOMPARE(gone.factsAt, before.factsAt);
        QCOMPARE(gone.currentLsn, before.currentLsn);
        QCOMPARE(gone.role, Role::Primary);
        QVERIFY(gone.error);
        QVERIFY(!gone.acceptsConnections);

        const Observation down = withEarlierFacts(parse(stopped)[0], &before);
        QCOMPARE(down.liveness, Liveness::Offline);
        QCOMPARE(down.factsAt, now);
        QCOMPARE(down.version.value(), (PgVersion{15, 20, 0})); // of the files only "15" is known
        QVERIFY(down.followers.empty());

        const Observation again = withEarlierFacts(parse(standby)[0], &before);
        QCOMPARE(again, parse(standby)[0]);
        QCOMPARE(withEarlierFacts(parse(standby)[0], nullptr), parse(standby)[0]);
    }

    void connectionTargets_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("host");
        QTest::addColumn<int>("port"); // 0: none
        QTest::newRow("empty") << QString() << QString() << 0;
        QTest::newRow("plain") << u"user=r host=db1 port=5433 sslmode=x"_s << u"db1"_s << 5433;
        QTest::newRow("blanks") << u" host = 'db 1' port= 1"_s << u"db 1"_s << 1;
        QTest::newRow("quotes") << u"application_name='host=x \\' port=3' host='a\\\\b'"_s << u"a\\b"_s << 0;
        QTest::newRow("address only") << u"hostaddr=10.0.0.1"_s << u"10.0.0.1"_s << 0;
        QTest::newRow("several") << u"host=a,b port=1,2"_s << QString() << 0;
        QTest::newRow("secret cut out") << u"user=r  b' host=db1"_s << u"db1"_s << 0;
        QTest::newRow("bad port") << u"host=a port=99999"_s << u"a"_s << 0;
        QTest::newRow("uri") << u"postgresql://u@db1:5433/x?a=b"_s << u"db1"_s << 5433;
        QTest::newRow("uri 6") << u"postgres://[::1]/"_s << u"::1"_s << 0;
        QTest::newRow("uri with query") << u"postgres:///x?host=/run&port=2"_s << u"/run"_s << 2;
        QTest::newRow("nonsense") << u"=== = host"_s << QString() << 0;
    }
    void connectionTargets()
    {
        QFETCH(QString, text);
        QFETCH(QString, host);
        QFETCH(int, port);
        QCOMPARE(connectionTarget(text).host, host);
        QCOMPARE(connectionTarget(text).port.value_or(0), port);
    }

    void configurationValues()
    {
        QCOMPARE(configurationValue(u"'host=''a'' port=1' # x"_s), u"host='a' port=1"_s);
        QCOMPARE(configurationValue(u"'a\\'b"_s), u"a'b"_s);
        QCOMPARE(configurationValue(u" on # x"_s), u"on"_s);
        QCOMPARE(configurationValue(QString()), QString());
    }

    void facts_data()
    {
        QTest::addColumn<int>("number");
        QTest::addColumn<QString>("names");
        QTest::addColumn<QString>("able"); // s: standby.signal, r: re-points by reload, w: promote waits, p: pg_promote,
                                           // b: pause blocks promotion, h: sender_host, c: rewind -R -c, f: --config-file
        const QString xlog = u"pg_xlog pg_current_xlog_location pg_last_xlog_receive_location pg_last_xlog_replay_location "
                             "pg_xlog_location_diff replay_location pg_start_backup pg_stop_backup"_s;
        const QString wal = u"pg_wal pg_current_wal_lsn pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_wal_lsn_diff replay_lsn "_s;
        const QString old = wal + u"pg_start_backup pg_stop_backup"_s;
        const QString fresh = wal + u"pg_backup_start pg_backup_stop"_s;
        QTest::newRow("9.6") << 90624 << xlog << u"b"_s;
        QTest::newRow("10") << 100023 << old << u"wb"_s;
        QTest::newRow("11") << 110022 << old << u"wbh"_s;
        QTest::newRow("12") << 120022 << old << u"swpbh"_s;
        QTest::newRow("13") << 130000 << old << u"srwphc"_s;
        QTest::newRow("14") << 140001 << old << u"srwphc"_s;
        QTest::newRow("15") << 150020 << fresh << u"srwphcf"_s;
        QTest::newRow("16") << 160000 << fresh << u"srwphcf"_s;
        QTest::newRow("17") << 170000 << fresh << u"srwphcf"_s;
        QTest::newRow("18") << 180004 << fresh << u"srwphcf"_s;
    }
    void facts()
    {
        QFETCH(int, number);
        QFETCH(QString, names);
        QFETCH(QString, able);
        const VersionFacts f = versionFacts(PgVersion::fromNumber(number).value());
        QCOMPARE((QStringList{f.walDirectory, f.currentLsn, f.receiveLsn, f.replayLsn, f.lsnDifference, f.replayColumn, f.startBackup, f.stopBackup}
                     .join(u' ')),
            names);
        QString seen;
        const std::pair<bool, char16_t> flags[] = {{f.standbyConfiguration == StandbyConfiguration::StandbySignal, u's'},
            {f.repointsByReload, u'r'}, {f.promoteCommandWaits, u'w'}, {f.hasPromoteFunction, u'p'}, {f.pausedReplayBlocksPromotion, u'b'},
            {f.receiverNamesSender, u'h'}, {f.rewindRestoresWal && f.rewindWritesStandbyConfiguration && f.reportsCopyProgress, u'c'},
            {f.rewindTakesConfigFile, u'f'}};
        for (const auto& [on, letter] : flags) {
            if (on)
                seen += QChar(letter);
        }
        QCOMPARE(seen, able);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ProbeTest)
#include "tst_probeanswer.moc"
