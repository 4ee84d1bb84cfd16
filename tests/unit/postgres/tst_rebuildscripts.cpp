#include "models/postgres/conninfo.h"
#include "models/postgres/inplacescripts.h"
#include "models/postgres/rebuildscripts.h"
#include "models/postgres/scriptpieces.h"
#include "models/postgres/standbyscripts.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

// The scripts of a rebuild, run by the machine's own sh on directories that only look like databases; and connection strings.
class RebuildScriptsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_data = m_folder->filePath(u"da'ta \"1\" $x"_s);
        QVERIFY(QDir().mkpath(m_data + u"/global"_s));
        write(u"PG_VERSION"_s, "15\n");
        write(u"postgresql.conf"_s, "");
        m_places = {.key = u"0123abcd"_s, .directory = m_data, .major = u"15"_s};
        m_standby = {.dataDirectory = m_data, .conninfo = u"user=repl host=db1"_s, .secretFolders = {m_data}};
    }

    void autoConfKeepsEverythingElse_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("kept");
        QTest::newRow("none") << QByteArray() << QByteArray();
        QTest::newRow("comments and odd quoting") << QByteArray("# primary_conninfo = 'x'\nwork_mem '5MB' # a\n\tName.Of = it''s\nx='it''s \\'q\\''\n")
                                                  << QByteArray("# primary_conninfo = 'x'\nwork_mem '5MB' # a\n\tName.Of = it''s\nx='it''s \\'q\\''\n");
        QTest::newRow("ours, in several spellings") << QByteArray("PRIMARY_CONNINFO 'host=a'\n  primary_conninfo='b'\nprimary_slot_name = s\nport = 1\n")
                                                    << QByteArray("port = 1\n");
        QTest::newRow("no line feed at the end") << QByteArray("port = 1") << QByteArray("port = 1\n");
        QTest::newRow("another name that begins alike") << QByteArray("primary_conninfo_x = 1\nx.primary_conninfo = 2\n")
                                                        << QByteArray("primary_conninfo_x = 1\nx.primary_conninfo = 2\n");
        QTest::newRow("not ASCII") << QByteArray("x = '\xc3\xa4\xff'\n") << QByteArray("x = '\xc3\xa4\xff'\n");
    }
    void autoConfKeepsEverythingElse()
    {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, kept);
        if (!before.isNull())
            write(u"postgresql.auto.conf"_s, before);
        const StandbySettings settings{.dataDirectory = m_data, .conninfo = u"host=db1 options='-c a=b\\'\\\\'"_s, .slotName = u"s_1"_s};
        QCOMPARE(run(standbyConfiguredScript(settings)), 1);
        QCOMPARE(run(configureStandbyScript(settings)), 0);
        QCOMPARE(read(u"postgresql.auto.conf"_s), kept + "primary_conninfo = 'host=db1 options=''-c a=b\\\\''\\\\\\\\'''\nprimary_slot_name = 's_1'\n");
        QVERIFY(QFile::exists(m_data + u"/standby.signal"_s));
        QCOMPARE(run(standbyConfiguredScript(settings)), 0);
        QCOMPARE(run(configureStandbyScript(settings)), 0); // again: the same
        QCOMPARE(run(standbyConfiguredScript(settings)), 0);
        write(u"recovery.signal"_s, ""); // with it the next promotion would leave it where it is
        QCOMPARE(run(standbyConfiguredScript(settings)), 1);
        QCOMPARE(run(configureAndProveStandbyScript(settings)), 0);
        QVERIFY(!QFile::exists(m_data + u"/recovery.signal"_s));
        QCOMPARE(run(configureAndProveStandbyScript(settings)), 0);
        StandbySettings other = settings;
        other.conninfo = u"host=db2"_s;
        QCOMPARE(run(standbyConfiguredScript(other)), 1);
    }

    void passwordsStayWithTheirUser_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("password");
        QTest::newRow("plain") << QByteArray("primary_conninfo = 'user=repl password=secret host=a'\n") << QByteArray("password=''secret''");
        QTest::newRow("quoted twice") << QByteArray("primary_conninfo = 'user=repl password=''a b\\\\''c\\\\\\\\'''\n") << QByteArray("password=''a b\\\\''c\\\\\\\\''");
        QTest::newRow("the last line holds") << QByteArray("primary_conninfo = 'user=repl password=old'\nprimary_conninfo = 'user=repl password=new'\n")
                                             << QByteArray("password=''new''");
        QTest::newRow("another user's") << QByteArray("primary_conninfo = 'user=other password=secret'\n") << QByteArray();
        QTest::newRow("none") << QByteArray("primary_conninfo = 'user=repl'\n") << QByteArray();
        QTest::newRow("in a comment") << QByteArray("#primary_conninfo = 'user=repl password=secret'\n") << QByteArray();
    }
    void passwordsStayWithTheirUser()
    {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, password);
        write(u"postgresql.auto.conf"_s, before);
        const StandbySettings settings{.dataDirectory = m_data, .conninfo = u"user=repl host=db1"_s, .secretFolders = secretFolders()};
        QCOMPARE(run(configureStandbyScript(settings)), 0);
        const QByteArray tail = password.isEmpty() ? QByteArray() : QByteArray(' ' + password);
        const QByteArray comment = before.startsWith('#') ? before : QByteArray();
        QCOMPARE(read(u"postgresql.auto.conf"_s), comment + "primary_conninfo = 'user=repl host=db1" + tail + "'\n");
        QCOMPARE(run(standbyConfiguredScript(settings)), 0);
    }

    void recoveryConf()
    {
        write(u"recovery.done"_s, "standby_mode = 'on'\nprimary_conninfo = 'host=a'\nrestore_command = 'cp /a/%f %p'\nrecovery_target_timeline = '1'\n");
        const StandbySettings settings{.dataDirectory = m_data, .conninfo = u"host=db1"_s, .kind = StandbyConfiguration::RecoveryConf};
        QCOMPARE(run(configureStandbyScript(settings)), 0);
        QCOMPARE(read(u"recovery.conf"_s),
            "restore_command = 'cp /a/%f %p'\nprimary_conninfo = 'host=db1'\nstandby_mode = 'on'\nrecovery_target_timeline = 'latest'\n");
        QCOMPARE(run(standbyConfiguredScript(settings)), 0);
        // The mark of a handover hides nothing of what it was as a standby before.
        write(u"recovery.done"_s, "restore_command = 'cp /b/%f %p'\n");
        write(u"recovery.conf"_s, "# Made a standby while it hands over\nstandby_mode = 'on'\n");
        QCOMPARE(run(standbyConfiguredScript(settings)), 1);
        QCOMPARE(run(configureAndProveStandbyScript(settings)), 0);
        QCOMPARE(read(u"recovery.conf"_s),
            "restore_command = 'cp /b/%f %p'\nprimary_conninfo = 'host=db1'\nstandby_mode = 'on'\nrecovery_target_timeline = 'latest'\n");
        // A server that no longer knows it would not start.
        const StandbySettings newer{.dataDirectory = m_data, .conninfo = u"host=db1"_s};
        QCOMPARE(run(configureStandbyScript(newer)), 0);
        QVERIFY(!QFile::exists(m_data + u"/recovery.conf"_s));
        QVERIFY(QFile::exists(m_data + u"/recovery.conf.elephaas"_s));
    }

    // Wherever it was broken off, the swap comes to its end, and back.
    void swapFromEveryState_data()
    {
        QTest::addColumn<QString>("state");
        QTest::newRow("nothing done") << u"whole"_s;
        QTest::newRow("the old one is away") << u"between"_s;
        QTest::newRow("a tablespace is swapped") << u"tablespace"_s;
        QTest::newRow("all done") << u"done"_s;
    }
    void swapFromEveryState()
    {
        QFETCH(QString, state);
        const QString space = copyWithTablespace();
        const QString newSpace = m_places.besides(space, u".new-");
        if (state == u"between"_s)
            QVERIFY(QDir().rename(m_data, m_places.old()));
        if (state == u"tablespace"_s)
            QVERIFY(QDir().rename(space, m_places.besides(space, u".old-")) && QDir().rename(newSpace, space));
        if (state == u"done"_s)
            QCOMPARE(run(swapScript(m_places)), 0);
        QCOMPARE(run(swappedScript(m_places)), state == u"done"_s ? 0 : 1);
        QCOMPARE(run(swapScript(m_places)), 0);
        QCOMPARE(run(swappedScript(m_places)), 0);
        QCOMPARE(get(m_data + u"/pg_tblspc/1/PG_15_1/who"_s), "new");
        QCOMPARE(get(m_places.old() + u"/mine"_s), "old");
        QCOMPARE(run(swapBackScript(m_places)), 0);
        QCOMPARE(run(swappedBackScript(m_places)), 0);
        QCOMPARE(read(u"mine"_s), "old");
        QCOMPARE(get(space + u"/PG_15_1/who"_s), "old");
        QCOMPARE(run(swapScript(m_places)), 0);
        QCOMPARE(run(cleanUpScript(m_places)), 0);
        QCOMPARE(run(cleanedUpScript(m_places)), 0);
        QCOMPARE(QDir(m_folder->path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot).size(), 2);
        QCOMPARE(run(cleanUpScript(m_places)), 0);
    }

    // What fails in the middle is moved back at once; what is killed there is moved back when somebody asks for it.
    void swapBrokenOff_data()
    {
        QTest::addColumn<int>("move");
        QTest::addColumn<bool>("killed");
        for (int move = 1; move <= 4; ++move) {
            QTest::addRow("move %d fails", move) << move << false;
            QTest::addRow("killed at move %d", move) << move << true;
        }
    }
    void swapBrokenOff()
    {
        QFETCH(int, move);
        QFETCH(bool, killed);
        const QString space = copyWithTablespace();
        const QByteArray stub = "mv() { moves=$((${moves-0} + 1)); if [ $moves = " + QByteArray::number(move) + " ]; then "
            + (killed ? "kill -s KILL $$" : "return 1") + "; fi; command mv \"$@\"; }\n";
        QCOMPARE(run(stub + swapScript(m_places)), killed ? -1 : 3);
        QCOMPARE(run(swappedScript(m_places)), 1);
        QCOMPARE(run(swapBegunScript(m_places)), killed && move > 1 ? 0 : 1);
        if (killed && move > 1) {
            QCOMPARE(run(swappedBackScript(m_places)), 1);
            QCOMPARE(run(removeCopyScript(m_places)), 3);
            QCOMPARE(run(swapBackScript(m_places)), 0);
        }
        QCOMPARE(run(swappedBackScript(m_places)), 0);
        QCOMPARE(read(u"mine"_s), "old");
        QCOMPARE(get(space + u"/PG_15_1/who"_s), "old");
        QCOMPARE(get(m_places.copied() + u"/pg_tblspc/1/PG_15_1/who"_s), "new");
        QCOMPARE(run(swapBackScript(m_places)), 3);
        QCOMPARE(run(swapScript(m_places)), 0);
        QCOMPARE(get(m_data + u"/pg_tblspc/1/PG_15_1/who"_s), "new");
    }

    void onlyItsOwnIsSwapped_data()
    {
        QTest::addColumn<QString>("state");
        QTest::addColumn<bool>("allowed");
        for (const char* state : {"a tablespace of it", "an empty directory", "nothing", "WAL of it"})
            QTest::newRow(state) << QString::fromLatin1(state) << true;
        for (const char* state : {"another cluster beside", "a hidden file", "no link there", "a symbolic link", "a file", "in the data directory",
                 "around the data directory", "no folder for it", "other files with the WAL"})
            QTest::newRow(state) << QString::fromLatin1(state) << false;
    }
    void onlyItsOwnIsSwapped()
    {
        QFETCH(QString, state);
        QFETCH(bool, allowed);
        QString space = copyWithTablespace();
        QVERIFY(QDir(m_places.copied()).removeRecursively());
        const auto other = [&](const QString& path) {
            space = path;
            m_places.outside = {{u"pg_tblspc/1"_s, space}};
        };
        if (state == u"another cluster beside"_s)
            QVERIFY(QDir().mkpath(space + u"/PG_13_1"_s));
        if (state == u"a hidden file"_s)
            put(space + u"/.mine"_s, "");
        if (state == u"no link there"_s)
            QVERIFY(QFile::remove(m_data + u"/pg_tblspc/1"_s));
        if (state == u"a symbolic link"_s)
            QVERIFY(QDir().rename(space, space + u"2"_s) && QFile::link(space + u"2"_s, space));
        if (state == u"an empty directory"_s || state == u"nothing"_s || state == u"a file"_s)
            QVERIFY(QDir(space).removeRecursively());
        if (state == u"an empty directory"_s)
            QVERIFY(QDir().mkpath(space));
        if (state == u"a file"_s)
            put(space, "");
        if (state == u"in the data directory"_s)
            other(m_data + u"/space"_s);
        if (state == u"around the data directory"_s)
            other(m_folder->path());
        if (state == u"no folder for it"_s)
            other(m_folder->filePath(u"none/space"_s));
        if (state.contains(u"WAL"_s)) {
            other(m_folder->filePath(u"wal"_s));
            m_places.outside = {{u"pg_wal"_s, space}};
            QVERIFY(QDir().mkpath(space + u"/archive_status"_s) && QFile::link(space, m_data + u"/pg_wal"_s));
            put(space + u"/000000010000000000000001"_s, "");
        }
        if (state == u"other files with the WAL"_s)
            QVERIFY(QDir().mkpath(space + u"/15"_s));
        QCOMPARE(run(lookOutsideScript(m_places)), allowed ? 0 : 3);
        QVERIFY(copies());
        QCOMPARE(run(copyScript(m_places, m_source)), allowed ? 0 : 3);
        QCOMPARE(run(copiedScript(m_places)), allowed ? 0 : 1);
        QVERIFY(allowed || !QFile::exists(m_places.copied())); // refused before anything is made
        QVERIFY(!QFile::exists(m_data + u".elephaas-work"_s));
        QCOMPARE(run(removeCopyScript(m_places)), 0);
        QCOMPARE(run(copyRemovedScript(m_places)), 0);
    }
    // It may have come there since the copy was made.
    void noOtherDirectoryIsSwappedOut()
    {
        copyWithTablespace();
        QVERIFY(QFile::remove(m_data + u"/PG_VERSION"_s));
        QCOMPARE(run(swapScript(m_places)), 3);
        QVERIFY(!QFile::exists(m_places.old()));
    }

    void configurationIsCarriedOrNot()
    {
        QVERIFY(copies());
        QCOMPARE(run(copyScript(m_places, m_source)), 0);
        write(u"postgresql.conf"_s, "port = 1\n");
        write(u"server.key"_s, "mine");
        QCOMPARE(run(carriedScript(m_places)), 1);
        QVERIFY(run("cp() { return 1; }\n" + carryConfigurationScript(m_places)) > 0);
        QCOMPARE(run(carriedScript(m_places)), 1);
        QCOMPARE(run(carryConfigurationScript(m_places)), 0);
        QCOMPARE(run(carriedScript(m_places)), 0);
        QCOMPARE(get(m_places.copied() + u"/server.key"_s), "mine");
        QCOMPARE(run(swapScript(m_places)), 0);
        QCOMPARE(run(carriedScript(m_places)), 0);
        QCOMPARE(run(cleanedUpScript(m_places)), 1);
        QCOMPARE(run(cleanUpScript(m_places)), 0);
        QCOMPARE(run(cleanedUpScript(m_places)), 0);
        QCOMPARE(run(carriedScript(m_places)), 1);
    }

    // A second run on what the first one left would find nothing to do.
    void aRewindRunsOnce_data()
    {
        QTest::addColumn<QByteArray>("end");
        QTest::addColumn<bool>("whole");
        QTest::newRow("whole") << QByteArray("exit 0") << true;
        QTest::newRow("failed half-way") << QByteArray("exit 1") << false;
        QTest::newRow("ended by a signal") << QByteArray("kill -s TERM $$") << false;
        QTest::newRow("killed with its shell") << QByteArray("kill -s KILL $PPID $$") << false;
    }
    void aRewindRunsOnce()
    {
        QFETCH(QByteArray, end);
        QFETCH(bool, whole);
        write(u"global/pg_control"_s, "");
        write(u"postgresql.conf"_s, "mine");
        const QString calls = m_folder->filePath(u"calls"_s);
        program("case \"$*\" in *--dry-run*) exit 0 ;; esac\necho x >>'" + calls.toUtf8() + "'\necho theirs >\"${1#*=}/postgresql.conf\"\n" + end + '\n');
        for (const bool restores : {false, true}) {
            const RewindOptions options{.recoversCrash = true, .restoresWal = restores};
            QCOMPARE(run(canRewindScript(m_places, m_source, options)), restores && !whole ? 1 : 0);
            QCOMPARE(run(rewindScript(m_places, m_source, options, m_standby)) == 0, whole);
            QCOMPARE(run(rewoundScript(m_places)), whole ? 0 : 1);
            QCOMPARE(run(canRewindScript(m_places, m_source, options)), whole ? 0 : 1);
            QCOMPARE(get(calls), "x\n");
        }
        if (!whole)
            QCOMPARE(run(rewindScript(m_places, m_source, {}, m_standby)), 3);
        QCOMPARE(read(u"postgresql.conf"_s), whole ? "mine" : "theirs\n");
        // Nobody starts a primary of it, at any time after it was rewound.
        QCOMPARE(run(standbyConfiguredScript(m_standby)), whole ? 0 : 1);
        // The files that were kept serve the copy that follows.
        if (!whole) {
            QVERIFY(copies());
            QCOMPARE(run(copyScript(m_places, m_source)), 0);
            QCOMPARE(run(carryConfigurationScript(m_places)), 0);
            QCOMPARE(get(m_places.copied() + u"/postgresql.conf"_s), "mine");
        }
    }
    // Nobody starts it meanwhile, as an init system does after a power cut: unless pg_rewind itself has to.
    void nobodyStartsWhatIsRewound_data()
    {
        QTest::addColumn<QByteArray>("state");
        QTest::addColumn<bool>("isLocked");
        QTest::newRow("stopped") << QByteArray("shut down") << true;
        QTest::newRow("stopped while it followed") << QByteArray("shut down in recovery") << true;
        QTest::newRow("crashed") << QByteArray("in production") << false;
        QTest::newRow("nobody knows") << QByteArray() << false;
    }
    void nobodyStartsWhatIsRewound()
    {
        QFETCH(const QByteArray, state);
        QFETCH(const bool, isLocked);
        const auto othersMayWrite = [&] { return QFile::permissions(m_data).testFlag(QFile::WriteOther); };
        write(u"global/pg_control"_s, "");
        const QString seen = m_folder->filePath(u"seen"_s);
        const QString controldata = m_folder->filePath(u"pg_controldata"_s);
        program("stat -c %A \"${1#*=}\" >'" + seen.toUtf8() + "'\nexit $(cat '" + seen.toUtf8() + ".status')\n");
        const QByteArray says = "[ -n '" + state + "' ] || exit 1\necho 'Database cluster state:               " + state + "'\n";
        put(controldata, "#!/bin/sh\n" + says);
        QFile::setPermissions(controldata, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        put(seen + u".status"_s, "1");
        QVERIFY(run(rewindScript(m_places, m_source, {}, m_standby)) > 0);
        QCOMPARE(get(seen).endsWith("-w-\n"), isLocked);
        QCOMPARE(othersMayWrite(), isLocked);
        QDir(m_places.kept()).removeRecursively();
        put(seen + u".status"_s, "0");
        QCOMPARE(run(rewindScript(m_places, m_source, {}, m_standby)), 0);
        QCOMPARE(get(seen).endsWith("-w-\n"), isLocked);
        QVERIFY(!othersMayWrite());
    }
    // pg_rewind came to its end; only its owner's files are not back yet.
    void aRewindIsCompleted()
    {
        write(u"global/pg_control"_s, "");
        write(u"postgresql.conf"_s, "mine");
        program("case \"$*\" in *--dry-run*) exit 0 ;; esac\nrm \"${1#*=}/postgresql.conf\"\n"); // fails when there is none
        QVERIFY(run("cp() { case $3 in \"$data\"/*) return 1 ;; esac; command cp \"$@\"; }\n" + rewindScript(m_places, m_source, {}, m_standby)) > 0);
        QCOMPARE(run(rewoundScript(m_places)), 1);
        QVERIFY(QFile::exists(m_data + u"/standby.signal"_s));
        QCOMPARE(run(canRewindScript(m_places, m_source, {})), 0);
        QCOMPARE(run(rewindScript(m_places, m_source, {}, m_standby)), 0);
        QCOMPARE(run(rewoundScript(m_places)), 0);
        QCOMPARE(read(u"postgresql.conf"_s), "mine");
    }
    void aDryRunIsNoBeginning()
    {
        program("case \"$*\" in *--dry-run*) exit 1 ;; esac\nexit 0\n");
        QCOMPARE(run(canRewindScript(m_places, m_source, {})), 1);
        QVERIFY(!QFile::exists(m_places.kept()));
        program("exit 0\n");
        QCOMPARE(run(canRewindScript(m_places, m_source, {})), 0);
    }

    // Of two at one data directory the second one gives way, or ends the first.
    void oneAtATime_data()
    {
        QTest::addColumn<bool>("shellKilled");
        QTest::addColumn<bool>("stubborn");
        QTest::newRow("script and program") << false << false;
        QTest::newRow("the script was killed, its program goes on") << true << false;
        QTest::newRow("the program ignores polite words") << true << true;
    }
    void oneAtATime()
    {
        QFETCH(bool, shellKilled);
        QFETCH(bool, stubborn);
        const QString begun = m_folder->filePath(u"begun"_s);
        const QString calls = m_folder->filePath(u"calls"_s);
        QCOMPARE(QProcess::execute(u"mkfifo"_s, {m_folder->filePath(u"never"_s)}), 0);
        program(QByteArray(stubborn ? "trap '' TERM\n" : "") + "echo x >>'" + calls.toUtf8() + "'\necho $$ >'" + begun.toUtf8() + ".part'\nmv '" + begun.toUtf8() + ".part' '"
            + begun.toUtf8() + "'\nwhile :; do read -r line <'" + m_folder->filePath(u"never"_s).toUtf8() + "'; done\n");
        QProcess first;
        start(first, rewindScript(m_places, m_source, {}, m_standby));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(begun), 20000);
        const QString stat = QString(u"/proc/"_s % QString::fromLatin1(get(begun).trimmed()) % u"/stat"_s);
        const auto lives = [&] { return QFile::exists(stat) && !get(stat).contains(") Z "); }; // nobody may ask for an orphan's end
        QVERIFY(lives());
        if (shellKilled) {
            first.kill();
            QVERIFY(first.waitForFinished());
        }
        RebuildPlaces others = m_places;
        others.key = u"fedcba98"_s;
        QVERIFY(copies());
        QCOMPARE(run(copyScript(others, m_source)), 3);
        QCOMPARE(run(cleanUpScript(others)), 3);
        QCOMPARE(run(receiveScript(others, versionFacts(PgVersion{15, 0, 0}), false)), 3);
        QVERIFY(lives());
        QCOMPARE(run(copyScript(m_places, m_source)), 0);
        QVERIFY(!lives());
        QVERIFY(first.state() == QProcess::NotRunning || first.waitForFinished());
        QCOMPARE(get(calls), "x\n"); // the first one did not go on
        QVERIFY(!QFile::exists(m_data + u".elephaas-work"_s));
        QCOMPARE(run(copyScript(others, m_source)), 0);
    }
    // Its number belongs to somebody else by now.
    void aNumberUsedAgain()
    {
        QVERIFY(copies());
        for (const QByteArray& line : {QByteArray("fedcba98 " + QByteArray::number(QCoreApplication::applicationPid()) + " 1-x\n"), QByteArray("\n"), QByteArray(),
                 QByteArray("fedcba98 -1 1-x\n"), QByteArray("x\ny $(z)\n")}) {
            put(m_data + u".elephaas-work"_s, line);
            QCOMPARE(run(copyScript(m_places, m_source)), 0);
            QVERIFY(!QFile::exists(m_data + u".elephaas-work"_s));
        }
    }

    void inPlaceOnlyWhereADatabaseIs_data()
    {
        QTest::addColumn<QString>("state");
        QTest::addColumn<int>("status");
        QTest::newRow("a database") << u"database"_s << 0;
        QTest::newRow("empty") << u"empty"_s << 0;
        QTest::newRow("missing") << u"missing"_s << 0;
        QTest::newRow("an earlier try") << u"earlier"_s << 0;
        QTest::newRow("another's earlier try") << u"another"_s << 3;
        QTest::newRow("files") << u"files"_s << 3;
        QTest::newRow("a link to more than WAL") << u"wal"_s << 3;
    }
    void inPlaceOnlyWhereADatabaseIs()
    {
        QFETCH(QString, state);
        QFETCH(int, status);
        if (state != u"database"_s && state != u"wal"_s)
            QVERIFY(QDir(m_data).removeRecursively() && (state == u"missing"_s || QDir().mkpath(m_data)));
        if (state == u"files"_s || state == u"earlier"_s || state == u"another"_s)
            write(u"mine"_s, "");
        if (state == u"earlier"_s)
            write(u"elephaas-inplace-0123abcd"_s, "");
        if (state == u"another"_s)
            write(u"elephaas-inplace-fedcba98"_s, "");
        if (state == u"wal"_s) {
            QVERIFY(QDir().mkpath(m_folder->filePath(u"wal/mine"_s)) && QFile::link(m_folder->filePath(u"wal"_s), m_data + u"/pg_wal"_s));
        }
        const QByteArray stub = "rsync() { echo called >'" + m_folder->filePath(u"called"_s).toUtf8() + "'; }\n";
        QCOMPARE(run(stub + receiveScript(m_places, versionFacts(PgVersion{15, 0, 0}), true)), status);
        QCOMPARE(QFile::exists(m_folder->filePath(u"called"_s)), status == 0);
        QCOMPARE(run(receivedScript(m_places)), status == 0 ? 0 : 1);
    }
    // The source ends well also where the target could not write.
    void inPlaceIsCompletedOnlyWhenAllCame()
    {
        const VersionFacts facts = versionFacts(PgVersion{15, 0, 0});
        write(u"global/pg_control"_s, "old");
        QVERIFY(QDir().mkpath(m_folder->filePath(u"from/global"_s)));
        put(m_folder->filePath(u"from/global/pg_control"_s), "new");
        put(m_folder->filePath(u"from/elephaas-label-0123abcd"_s), "START WAL LOCATION: 0/2000028\n");
        const QString archive = m_folder->filePath(u"archive"_s);
        QCOMPARE(QProcess::execute(u"tar"_s, {u"-C"_s, m_folder->filePath(u"from"_s), u"-cf"_s, archive, u"elephaas-label-0123abcd"_s, u"global/pg_control"_s}), 0);
        const auto receive = [&](int status) { return run("rsync() { return " + QByteArray::number(status) + "; }\n" + receiveScript(m_places, facts, true)); };
        const auto complete = [&] { return run(receiveControlScript(m_places, facts, {}), archive); };
        QCOMPARE(receive(24), 0 + 24);
        QCOMPARE(run(receivedScript(m_places)), 0);
        QCOMPARE(receive(23), 23);
        QCOMPARE(run(receivedScript(m_places)), 1);
        QCOMPARE(complete(), 3);
        QVERIFY(!QFile::exists(m_data + u"/global/pg_control"_s));
        QCOMPARE(receive(0), 0);
        QCOMPARE(run(receivedScript(m_places)), 0);
        QCOMPARE(run(completedScript(m_places)), 1);
        QCOMPARE(complete(), 0);
        QCOMPARE(run(completedScript(m_places)), 0);
        QCOMPARE(run(receivedScript(m_places)), 0);
        QCOMPARE(read(u"global/pg_control"_s), "new");
        QVERIFY(!QFile::exists(m_data + u"/elephaas-received-0123abcd"_s) && !QFile::exists(m_data + u"/elephaas-inplace-0123abcd"_s));
        QCOMPARE(receive(0), 3);
        QCOMPARE(run(cleanUpScript(m_places)), 0);
        QCOMPARE(QDir(m_data).entryList({u"elephaas*"_s}, QDir::AllEntries).size(), 0);
    }
    void sourceScriptsOfEachVersion_data()
    {
        QTest::addColumn<PgVersion>("version");
        QTest::addColumn<QByteArray>("end");
        QTest::newRow("9.6") << PgVersion{9, 6, 0} << QByteArray("pg_stop_backup(false)\"");
        QTest::newRow("10") << PgVersion{10, 0, 0} << QByteArray("pg_stop_backup(false, false)\"");
        QTest::newRow("14") << PgVersion{14, 0, 0} << QByteArray("pg_stop_backup(false, false)\"");
        QTest::newRow("15") << PgVersion{15, 0, 0} << QByteArray("pg_backup_stop(false)\"");
    }
    void sourceScriptsOfEachVersion()
    {
        QFETCH(PgVersion, version);
        QFETCH(QByteArray, end);
        QVERIFY(sendScript(m_places, {m_data, "psql", versionFacts(version)}).contains(QByteArray("end=\"" + end)));
        // A backup that cannot begin leaves neither slot nor label.
        const QString asked = m_folder->filePath(u"asked"_s);
        write(u"elephaas-label-0123abcd"_s, "of an earlier try");
        program("case \"$*\" in *pg_drop_replication_slot*elephaas_0123abcd*) echo dropped >>'" + asked.toUtf8() + "' ;; *) exit 1 ;; esac\n");
        QVERIFY(run(sendScript(m_places, {m_data, QByteArray("'" + m_source.program.toUtf8() + "'"), versionFacts(version)})) > 0);
        QCOMPARE(get(asked), "dropped\n");
        QVERIFY(!QFile::exists(m_data + u"/elephaas-label-0123abcd"_s));
    }

    void nothingIsSwappedUnderAPostmaster()
    {
        QVERIFY(QDir().mkpath(m_places.copied()));
        put(m_places.copied() + u'/' + m_places.marker(), "");
        write(u"postmaster.pid"_s, QByteArray::number(QCoreApplication::applicationPid()) + '\n');
        QCOMPARE(run(swapScript(m_places)), 3);
        QVERIFY(!QFile::exists(m_places.old()));
    }
    void nothingIsSwappedWithoutACopy()
    {
        QVERIFY(QDir().mkpath(m_places.copied()));
        QCOMPARE(run(swapScript(m_places)), 3);
        QVERIFY(QFile::exists(m_data + u"/PG_VERSION"_s));
    }
    void nothingIsRemovedWithoutADatabase()
    {
        QVERIFY(QDir().rename(m_data, m_places.old()));
        QCOMPARE(run(cleanUpScript(m_places)), 3);
        QVERIFY(QFile::exists(m_places.old() + u"/PG_VERSION"_s));
    }

    // What is put aside for reading is not lost, and is never what is special about a script.
    void pieces()
    {
        const QByteArray script = configureStandbyScript(m_standby);
        QByteArray all, special;
        int shared = 0;
        for (const ScriptPiece& piece : piecesOf(script)) {
            all += piece.code;
            if (piece.isShared)
                ++shared;
            else
                special += piece.code;
        }
        QCOMPARE(all, script);
        QCOMPARE(shared, 1); // settings and folders stand beside each other
        QVERIFY(special.contains("conninfo='user=repl host=db1'") && special.contains("standby.signal"));
        QVERIFY(special.size() < script.size() / 2);
        const auto asked = piecesOf(swappedScript(m_places));
        QVERIFY(asked.size() == 3 && asked[1].isShared && asked[1].code.contains("is_there()") && asked[2].code.contains("$marker"));
        const auto plain = piecesOf("pg_ctlcluster 15 main stop");
        QCOMPARE(plain.size(), size_t(1));
        QVERIFY(!plain.front().isShared && plain.front().code == "pg_ctlcluster 15 main stop");
        QVERIFY(piecesOf({}).empty());
    }

    void conninfo_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("normal");
        QTest::newRow("plain") << u" host = a  port=1 "_s << u"host=a port=1"_s;
        QTest::newRow("quoted") << u"host='a b' user='it\\'s' x='\\\\'"_s << u"host='a b' user='it\\'s' x='\\\\'"_s;
        QTest::newRow("twice") << u"host=a port=1 host=b"_s << u"host=b port=1"_s;
        QTest::newRow("empty value") << u"host='' port=1"_s << u"port=1"_s;
        QTest::newRow("uri") << u"postgresql://me@h:77/db?application_name=x%20y"_s << u"user=me host=h port=77 dbname=db application_name='x y'"_s;
        QTest::newRow("no value") << u"host"_s << QString();
        QTest::newRow("open quotes") << u"host='a"_s << QString();
    }
    void conninfo()
    {
        QFETCH(QString, text);
        QFETCH(QString, normal);
        const auto info = Conninfo::parse(text);
        QCOMPARE(info.has_value(), !normal.isEmpty());
        if (info)
            QCOMPARE(info->text(), normal);
    }

private:
    static void start(QProcess& process, const QByteArray& script, const QString& input = u"/dev/null"_s)
    {
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(u"/bin/sh"_s, {u"-s"_s, input});
        // The machine's disks are not what is tested.
        process.write("input=$1\nsync() { :; }\nmain() {\n" + script + "\n}\nmain <\"$input\"\n");
        process.closeWriteChannel();
    }
    static int run(const QByteArray& script, const QString& input = u"/dev/null"_s)
    {
        QProcess process;
        start(process, script, input);
        return process.waitForFinished() && process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    }
    // The data directory with a tablespace outside, and a copy of both that is complete. Returns where the tablespace is.
    QString copyWithTablespace()
    {
        const QString space = m_folder->filePath(u"space = 1"_s);
        m_places.outside = {{u"pg_tblspc/1"_s, space}};
        const QString newSpace = m_places.besides(space, u".new-");
        for (const QString& folder : {QString(space + u"/PG_15_1"_s), QString(newSpace + u"/PG_15_1"_s), QString(m_data + u"/pg_tblspc"_s),
                 QString(m_places.copied() + u"/pg_tblspc"_s)})
            QDir().mkpath(folder);
        write(u"mine"_s, "old");
        put(space + u"/PG_15_1/who"_s, "old");
        put(newSpace + u"/PG_15_1/who"_s, "new");
        put(m_places.copied() + u"/PG_VERSION"_s, "15\n");
        put(m_places.copied() + u'/' + m_places.marker(), "");
        QFile::link(space, m_data + u"/pg_tblspc/1"_s);
        QFile::link(newSpace, m_places.copied() + u"/pg_tblspc/1"_s);
        return space;
    }
    // What stands in for a program of PostgreSQL.
    void program(const QByteArray& text)
    {
        m_source.program = m_folder->filePath(u"program"_s);
        QFile::remove(m_source.program); // an earlier one may still run
        put(m_source.program, "#!/bin/sh\n" + text);
        QFile::setPermissions(m_source.program, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    bool copies()
    {
        program("while [ \"$1\" != -D ]; do shift; done\nmkdir \"$2/global\" && echo 15 >\"$2/PG_VERSION\" && : >\"$2/global/pg_control\" && : >\"$2/backup_label\"\n");
        return QFile::exists(m_source.program);
    }
    static void put(const QString& name, const QByteArray& content)
    {
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    static QByteArray get(const QString& name)
    {
        QFile file(name);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("no file");
    }
    void write(const QString& name, const QByteArray& content) const { put(m_data + u'/' + name, content); }
    QByteArray read(const QString& name) const { return get(m_data + u'/' + name); }
    QStringList secretFolders() const { return {m_data}; }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_data;
    RebuildPlaces m_places;
    StandbySettings m_standby;
    CopySource m_source;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::RebuildScriptsTest)
#include "tst_rebuildscripts.moc"
