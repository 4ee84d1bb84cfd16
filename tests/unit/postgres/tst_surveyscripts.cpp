// The shell functions that the scripts for servers have in common, in a shell of this computer.

#include "models/postgres/answertext.h"
#include "models/postgres/surveyquestion.h"

#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

class SurveyScriptsTest final : public QObject {
    Q_OBJECT

private:
    // Runs the common functions, then `script`, with these arguments.
    static QByteArray run(const QByteArray& script, const QStringList& arguments)
    {
        QByteArray before = "tag=T id=0 limit=5\n";
        for (const QString& name : {u"settings.sh"_s, u"common.sh"_s, u"survey.sh"_s}) {
            QFile file(QStringLiteral(ELEPHAAS_PROBE_SCRIPTS "/") + name);
            if (!file.open(QIODevice::ReadOnly))
                return "no script";
            before += file.readAll();
        }
        QProcess shell;
        shell.start(u"/bin/sh"_s, QStringList{u"-s"_s, u"--"_s} + arguments);
        shell.write(before);
        shell.write(script);
        shell.closeWriteChannel();
        if (!shell.waitForFinished(60000) || shell.exitStatus() != QProcess::NormalExit)
            return "did not end";
        return shell.readAllStandardOutput() + shell.readAllStandardError();
    }
    static void writeFile(const QTemporaryDir& folder, const QString& name, const QByteArray& content)
    {
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(content), content.size());
    }
    // "0[…]" or "1[…]" for each.
    static QList<QByteArray> cut(const QStringList& strings)
    {
        QList<QByteArray> answers = run("for one in \"$@\"; do cut_secrets \"$one\"; printf '%s[%s]\\000' \"$had\" \"$shown\"; done\n", strings).split('\0');
        answers.removeLast();
        return answers;
    }

private Q_SLOTS:
    void textComesBackAsItWas_data()
    {
        QTest::addColumn<QString>("text");
        for (const QString& text : {u""_s, u"postgres"_s, u"/var/lib/postgresql/15/main"_s, u"=61"_s, u"61"_s, u" a"_s, u"a b"_s, u"a\nb"_s, u"a\n"_s, u"ärger"_s, u"%20"_s, u"100 % of it"_s, u"  "_s, u"a\tb"_s,
                 u"$(x) `y` 'z' \"w\" \\"_s, u"-n"_s, u"%s"_s, u"*"_s})
            QTest::newRow(qPrintable(text)) << text;
    }
    void textComesBackAsItWas()
    {
        QFETCH(QString, text);
        const QByteArray written = run("write \"$1\"; printf '%s' \"$written\"\n", {text});
        QCOMPARE(writtenText(written), text);
        QVERIFY2(!written.contains(' ') && !written.contains('\n'), written.constData());
    }

    void secrets_data()
    {
        QTest::addColumn<QString>("string");
        QTest::addColumn<QString>("cut");
        const auto row = [](const QString& string, const QString& cut) { QTest::newRow(qPrintable(string)) << string << cut; };
        row(u""_s, u"0[]"_s);
        row(u"host=db1 port=5"_s, u"0[host=db1 port=5]"_s);
        row(u"host=db1 user=r password=S3cret port=5"_s, u"1[host=db1 user=r port=5]"_s);
        row(u"host=db1 password='a S3cret' port=5"_s, u"1[host=db1 port=5]"_s);
        row(uR"(host=db1 password = 'it\'s S3cret' port=5)"_s, u"1[host=db1 port=5]"_s);
        row(uR"(host=db1 password=a\ S3cret port=5)"_s, u"1[host=db1 port=5]"_s);
        row(uR"(host=db1 password=a\\ port=5)"_s, u"1[host=db1 port=5]"_s);
        row(u"host = 'db 1' PassWord=S3cret"_s, u"1[host = 'db 1']"_s);
        row(u"password=S3cret password='S3cret'"_s, u"1[]"_s);
        row(u"host=a password='S3cret'port=5"_s, u"1[host=a port=5]"_s);
        row(u"host=a\npassword=S3cret\tport=5"_s, u"1[host=a port=5]"_s);
        row(u"host=db1 password="_s, u"0[host=db1]"_s);
        row(u"host=db1 password='' port=5"_s, u"0[host=db1 port=5]"_s);
        row(u"host=db1 passfile=/x sslpassword=S3cret"_s, u"1[host=db1 passfile=/x]"_s);
        row(u"oauth_client_secret=S3cret scram_client_key=S3cret host=a"_s, u"1[host=a]"_s);
        row(u"application_name='password=x' host=a"_s, u"0[application_name='password=x' host=a]"_s);
        // What libpq would refuse.
        row(u"host=a password='S3cret"_s, u"1[host=a ]"_s);
        row(u"host=a password S3cret"_s, u"1[host=a ]"_s);
        row(u"host=a nonsense"_s, u"0[host=a nonsense]"_s);
        row(u"x postgres://u:S3cret@h"_s, u"1[x postgres]"_s);
        // URIs.
        row(u"postgresql://h:5433/db?sslmode=require"_s, u"0[postgresql://h:5433/db?sslmode=require]"_s);
        row(u"postgresql://u@h1,h2:5/db"_s, u"0[postgresql://u@h1,h2:5/db]"_s);
        row(u"postgresql://u:@h"_s, u"0[postgresql://u@h]"_s);
        row(u"postgresql://u:S3cret@h1:1,h2:2/db?application_name=a@b"_s, u"1[postgresql://u@h1:1,h2:2/db?application_name=a@b]"_s);
        row(u"postgres://[::1]:5433/db?application_name=a@b"_s, u"0[postgres://[::1]:5433/db?application_name=a@b]"_s);
        row(u"postgres://u:S3cret@[fe80::1]/"_s, u"1[postgres://u@[fe80::1]/]"_s);
        row(u"postgres://h/db?password=S3cret&user=u&pass%77ord=S3cret"_s, u"1[postgres://h/db?user=u]"_s);
        row(u"postgres://h?user=u&password=S3cret"_s, u"1[postgres://h?user=u]"_s);
        row(u"postgres://u:S3@cret@h/db"_s, u"1[postgres://u@h/db]"_s);
        row(u"postgres://u:S3/cret@h/db"_s, u"1[postgres://u@h/db]"_s);
        row(u"postgres://u:S3?cret@h/db"_s, u"1[postgres://u@h/db]"_s);
        row(u"postgres://u:S3cret"_s, u"1[postgres://u]"_s);
        row(u"  postgres://u:S3cret@h"_s, u"1[  postgres://u@h]"_s);
    }
    void secrets()
    {
        QFETCH(QString, string);
        QFETCH(QString, cut);
        QCOMPARE(SurveyScriptsTest::cut({string}).value(0), cut.toUtf8());
    }

    // Many strings as libpq takes them, put together by chance; the password is always in them and never in what is shown.
    void noSecretIsShown()
    {
        QRandomGenerator random(5);
        const auto one = [&](const QStringList& of) { return of[random.bounded(of.size())]; };
        const auto written = [&](const QString& value) {
            QString out;
            const bool quoted = value.isEmpty() || random.bounded(2) == 0;
            for (const QChar c : value) {
                const bool needs = c == u'\\' || c == u'\'' || (!quoted && c.isSpace());
                if (needs || random.bounded(5) == 0)
                    out += u'\\';
                out += c;
            }
            return quoted ? QString(u'\'' + out + u'\'') : out;
        };
        QStringList strings;
        for (int i = 0; i < 400; ++i) {
            const QString secret = one({u"zq"_s, u"a zq"_s, u"zq'zq"_s, u"zq\\"_s, u"' zq '"_s, u"=zq="_s, u"zq password=zq"_s, u"zq\nzq"_s});
            QStringList words = {u"host"_s + one({u"="_s, u" = "_s, u"= "_s}) + written(one({u"db1"_s, u"/a b"_s, u"it's"_s, u"pass\\word"_s})),
                u"password"_s + one({u"="_s, u" ="_s, u" =  "_s}) + written(secret), u"user="_s + written(u"u s"_s)};
            std::shuffle(words.begin(), words.end(), random);
            strings += one({u""_s, u" "_s}) + words.join(one({u" "_s, u"  "_s, u"\n"_s, u"\t"_s}));
        }
        const QList<QByteArray> shown = cut(strings);
        QCOMPARE(shown.size(), strings.size());
        for (qsizetype i = 0; i < shown.size(); ++i) {
            QVERIFY2(shown[i].startsWith("1["), qPrintable(strings[i]));
            QVERIFY2(!shown[i].contains('z') && shown[i].contains("host") && shown[i].contains("user="),
                qPrintable(strings[i] + u" -> " + QString::fromUtf8(shown[i])));
        }
    }

    void settingsOfFiles_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("value");
        const auto row = [](const char* name, const char* text, const char* value) { QTest::newRow(name) << QByteArray(text) << QByteArray(value); };
        row("none", "other = 'x'\n#primary_conninfo = 'x'\nprimary_conninfo_2 = 'x'\nmy.primary_conninfo='x'\n", "unset");
        row("last", "primary_conninfo = 'a'\nprimary_conninfo = 'b'\n", "[b]");
        row("empty", "primary_conninfo = 'a'\nprimary_conninfo = ''\n", "[]");
        row("no equals sign", "primary_conninfo 'a b'\n", "[a b]");
        row("nothing between", "primary_conninfo'a b'\n", "[a b]");
        row("tabs", "\t primary_conninfo\t=\t'a'\t# 'b'\n", "[a]");
        row("large letters", "Primary_ConnInfo = 'a'", "[a]");
        row("unquoted", "primary_conninfo = abc# x\n", "[abc]");
        row("two quotes", "primary_conninfo = 'it''s # \"it\"'\n", "[it's # \"it\"]");
        row("backslashes", "primary_conninfo = 'a\\'b\\\\c\\141\\x'\n", "[a'b\\cax]");
        row("DOS", "primary_conninfo = 'a'\r\n", "[a]");
        row("unterminated", "primary_conninfo = 'a b\n", "[a b]");
        row("included", "primary_conninfo = 'a'\ninclude 'one.conf'\ninclude_if_exists 'nowhere.conf'\n", "[one]");
        row("included, but overruled", "include = one.conf\nprimary_conninfo = 'a'\n", "[a]");
        row("folder", "include_dir 'dir with '' quote'\n", "[two]");
        row("in circles", "include 'main.conf'\nprimary_conninfo='a'\n", "[a]");
    }
    void settingsOfFiles()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, value);
        QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkpath(u"dir with ' quote"_s));
        const auto write = [&](const QString& name, const QByteArray& content) { writeFile(folder, name, content); };
        write(u"postgresql.conf"_s, text);
        write(u"main.conf"_s, "include 'postgresql.conf'\n");
        write(u"one.conf"_s, "primary_conninfo = 'one'\n");
        write(u"dir with ' quote/1.conf"_s, "primary_conninfo = 'three'\n");
        write(u"dir with ' quote/2.conf"_s, "primary_conninfo = 'two'\n");
        write(u"dir with ' quote/.3.conf"_s, "primary_conninfo = 'hidden'\n");
        write(u"dir with ' quote/4.conf~"_s, "primary_conninfo = 'old'\n");
        const QByteArray script = "data=$1 conf=$1 version=15\nif read_configured primary_conninfo; then printf '[%s]' \"$configured\"; else printf unset; fi\n";
        QCOMPARE(run(script, {folder.path()}), value);
    }

    // Debian's configuration includes such a folder: what is in it is found once, by the shell that runs anyway.
    void includedFolder()
    {
        QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkpath(u"conf.d"_s));
        const auto write = [&](const QString& name, const QByteArray& content) { writeFile(folder, name, content); };
        write(u"postgresql.conf"_s, "primary_conninfo = 'main'\ninclude_dir = 'conf.d'\n");
        const QByteArray script = "data=$1 conf=$1 version=15\nread_configured primary_conninfo; printf '[%s]' \"$configured\"; list_included \"$1/postgresql.conf\"\n"
                                  "printf '%s' \"$c_listed\" | wc -l\ncase $- in *f*) ;; *) echo globs ;; esac\n";
        QCOMPARE(run(script, {folder.path()}), "[main]1\n");
        for (const char* name : {"b with 'quote.conf", ".hidden.conf", "a.conf", "z.conf~"})
            write(u"conf.d/"_s + QString::fromLatin1(name), "primary_conninfo = '" + QByteArray(name).replace('\'', "''") + "'\n");
        QCOMPARE(run(script, {folder.path()}), "[b with 'quote.conf]3\n");
    }

    // The postmaster's own note of how it was started: the program, then its arguments in quotes.
    void programOfTheLastStart_data()
    {
        QTest::addColumn<QByteArray>("options");
        QTest::addColumn<QByteArray>("folder");
        QTest::newRow("Debian") << QByteArray("/usr/lib/postgresql/15/bin/postgres \"-D\" \"/var/lib/postgresql/15/main\"\n") << QByteArray("/usr/lib/postgresql/15/bin");
        QTest::newRow("blanks") << QByteArray("/opt/my postgres/bin/postgres \"-D\" \"/a b/postgres\"\n") << QByteArray("/opt/my postgres/bin");
        QTest::newRow("no arguments") << QByteArray("/opt/pg/bin/postgres\n") << QByteArray("/opt/pg/bin");
        QTest::newRow("something else") << QByteArray("/bin/sh \"-c\" \"/x/postgres\"\n") << QByteArray();
        QTest::newRow("none") << QByteArray() << QByteArray();
    }
    void programOfTheLastStart()
    {
        QFETCH(const QByteArray, options);
        QFETCH(const QByteArray, folder);
        QTemporaryDir data;
        writeFile(data, u"postmaster.opts"_s, options);
        QCOMPARE(run("data=$1 p_pid=\nfind_bindir; printf %s \"$bindir\"\n", {data.path()}), folder);
    }

    // Before 12 a file of its own; since then the ordinary ones, of which the one that ALTER SYSTEM writes counts most.
    void whichFileCounts()
    {
        QTemporaryDir folder;
        for (const char* name : {"recovery.conf", "postgresql.conf", "postgresql.auto.conf"})
            writeFile(folder, QString::fromLatin1(name), "primary_conninfo = '" + QByteArray(name) + "'\n");
        const QByteArray script = "data=$1 conf=$1\nfor version in 9.6 10 11 12 18 ''; do read_configured primary_conninfo; printf '%s ' \"$configured\"; done\n";
        QCOMPARE(run(script, {folder.path()}),
            QByteArray("recovery.conf recovery.conf recovery.conf postgresql.auto.conf postgresql.auto.conf postgresql.auto.conf "));
    }

    // Values become assignments of the shell: nothing in them may become more.
    void hostileValues_data()
    {
        QTest::addColumn<QByteArray>("value"); // as it stands in the file, between apostrophes
        QTest::addColumn<QByteArray>("read");
        QTest::newRow("quotes") << QByteArray("a\'\'; echo b; \\\'") << QByteArray("a'; echo b; '");
        QTest::newRow("commands") << QByteArray("$(echo b)`echo c`$HOME") << QByteArray("$(echo b)`echo c`$HOME");
        QTest::newRow("lines") << QByteArray("a\\nset_restore_command=x\\n") << QByteArray("a\nset_restore_command=x\n");
        QTest::newRow("backslash") << QByteArray("a\\\\") << QByteArray("a\\");
    }
    void hostileValues()
    {
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, read);
        QTemporaryDir folder;
        writeFile(folder, u"postgresql.conf"_s, "primary_conninfo = '" + value + "'\n");
        const QByteArray script = "data=$1 conf=$1 version=15 set_restore_command=before\nfind_configured 'primary_conninfo restore_command primary_slot_name'\n"
                                  "printf '%s|%s|%s' \"$set_primary_conninfo\" \"${set_restore_command-none}\" \"${set_primary_slot_name-none}\"\n";
        QCOMPARE(run(script, {folder.path()}), read + "|none|none");
    }

    void recoveryTargets_data()
    {
        QTest::addColumn<QByteArray>("version");
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("files") << QByteArray("15") << QByteArray("T 0 target recovery_target_name =a\nT 0 target recovery_target_time =b\n");
        QTest::newRow("recovery.done") << QByteArray("11") << QByteArray("T 0 target recovery_target_xid =7\n");
    }
    void recoveryTargets()
    {
        QFETCH(QByteArray, version);
        QFETCH(QByteArray, answer);
        QTemporaryDir folder;
        const auto write = [&](const QString& name, const QByteArray& content) { writeFile(folder, name, content); };
        write(u"postgresql.conf"_s, "recovery_target_name = 'a'\nrecovery_target_lsn = '0/1'\nrecovery_target_timeline = 'latest'\n");
        write(u"postgresql.auto.conf"_s, "recovery_target_time = 'b'\nrecovery_target_lsn = ''\n");
        write(u"recovery.done"_s, "recovery_target_xid = '7'\n");
        QCOMPARE(run("data=$1 conf=$1 version=$2\nfind_standby \"$targets\"\ntell_targets\n", {folder.path(), QString::fromLatin1(version)}), answer);
    }

    // As PostgreSQL writes them, by hand, and as nobody should.
    void histories_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("one") << QByteArray("1\t0/3000060\tno recovery target specified\n") << QByteArray("T 0 history 0000000A 1@0/3000060\n");
        QTest::newRow("two") << QByteArray("1\t0/3000060\tbefore 2000-01-01\n\n2\tA/5000060\tx\n") << QByteArray("T 0 history 0000000A 1@0/3000060 2@A/5000060\n");
        QTest::newRow("remarks, no end") << QByteArray("# ours\n  1 0/3000060") << QByteArray("T 0 history 0000000A 1@0/3000060\n");
        QTest::newRow("none") << QByteArray() << QByteArray("T 0 history 0000000A\n");
        QTest::newRow("hostile") << QByteArray("1\t0/3000060\tx\n$(touch x)\t0/1\n") << QByteArray();
        QTest::newRow("not a position") << QByteArray("1\tthere\tx\n") << QByteArray();
        QTest::newRow("endless") << QByteArray("1\t0/3000060\n").repeated(500) << QByteArray();
    }
    void histories()
    {
        QFETCH(const QByteArray, content);
        QFETCH(const QByteArray, answer);
        QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkpath(u"pg_wal"_s));
        writeFile(folder, u"pg_wal/0000000A.history"_s, content);
        // Each once, however it was named; one without a file is not told.
        QCOMPARE(run("data=$1 timelines='10 0x0000000a 3 0xhostile ;x'\ntell_histories\n", {folder.path()}), answer);
    }

    void leftovers()
    {
        QTemporaryDir folder;
        const QDir dir(QFileInfo(folder.path()).canonicalFilePath());
        for (const char* name : {"data/global", "data.new-1", "data.old-2", "data.conf-3", "data.other-9", "wal", "wal.old-4", "space.new-5", "space", "data/pg_tblspc"})
            QVERIFY(dir.mkpath(QString::fromLatin1(name)));
        QVERIFY(QFile::link(dir.filePath(u"wal"_s) + u'/', dir.filePath(u"data/pg_wal"_s)));
        QVERIFY(QFile::link(dir.filePath(u"space"_s), dir.filePath(u"data/pg_tblspc/16400"_s)));
        for (const char* name : {"data/elephaas-copy-6", "data/global/pg_control.elephaas", "data/global/pg_control", "data.elephaas-work"}) {
            QFile file(dir.filePath(QString::fromLatin1(name)));
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
        QStringList found;
        QString wal;
        for (const QByteArray& line : run("data=$1 asowner=1\ntell_files\n", {dir.filePath(u"data"_s)}).split('\n')) {
            if (line.startsWith("T 0 leftover "))
                found << dir.relativeFilePath(writtenText(line.sliced(13)));
            if (line.startsWith("T 0 wal "))
                wal = writtenText(line.sliced(8));
        }
        found.sort();
        QCOMPARE(found, QStringList({u"data.conf-3"_s, u"data.elephaas-work"_s, u"data.new-1"_s, u"data.old-2"_s, u"data/elephaas-copy-6"_s,
            u"data/global/pg_control.elephaas"_s, u"space.new-5"_s, u"wal.old-4"_s}));
        QCOMPARE(wal, dir.filePath(u"wal"_s));
    }

    // A script is at work on the directory only while its process lives, and is the same.
    void atWork()
    {
        QTemporaryDir folder;
        const QByteArray script = R"(sleep 100 &
pid=$!
start=$(sed 's/.*) //' /proc/$pid/stat | cut -d ' ' -f 20)
echo "0123abcd $pid $start rebuild" >"$1"
tell_work "$1"
echo "0123abcd $pid 1$start" >"$1"
tell_work "$1"
{ kill "$pid"; wait "$pid"; } 2>/dev/null
echo "0123abcd $pid $start" >"$1"
tell_work "$1"
echo "hostile\$(touch x) $pid $start" >"$1"
tell_work "$1"
)";
        const QString file = folder.filePath(u"data.elephaas-work"_s);
        const QByteArray left = "T 0 leftover =" + file.toUtf8() + '\n';
        QCOMPARE(run(script, {file}), "T 0 busy 0123abcd\n" + left + left + left);
    }

    void slashesAtTheEnd()
    {
        QTemporaryDir folder;
        QVERIFY(QFile::setPermissions(folder.path(), QFile::permissions(folder.path()) | QFile::ReadOther | QFile::ExeOther)); // the script may become postgres
        const QString missing = QFileInfo(folder.path()).canonicalFilePath() + u"/none"_s;
        const SurveyQuestion question({.instance = InstanceId(4), .baseName = u"none-such"_s, .port = 1, .dataDirectory = missing + u"//"_s}, 2s);
        QProcess shell;
        shell.start(u"/bin/sh"_s, {u"-s"_s});
        shell.write(question.input());
        shell.closeWriteChannel();
        QVERIFY(shell.waitForFinished(60000));
        const QDateTime now = QDateTime::currentDateTimeUtc();
        const Survey seen = question.parse(shell.readAllStandardOutput(), {now, now, now});
        QCOMPARE(seen.dataDirectory, missing);
        QCOMPARE(seen.realDirectory, missing);
    }

    // The whole script where there is no PostgreSQL and nothing is known.
    void nothingIsKnown()
    {
        const SurveyQuestion question({.instance = InstanceId(4), .baseName = u"none-such"_s, .port = 1, .dataDirectory = u"not/absolute"_s}, 2s);
        QProcess shell;
        shell.start(u"/bin/sh"_s, {u"-s"_s});
        shell.write(question.input());
        shell.closeWriteChannel();
        QVERIFY(shell.waitForFinished(60000));
        QCOMPARE(shell.readAllStandardError(), QByteArray());
        const QDateTime now = QDateTime::currentDateTimeUtc();
        const Survey seen = question.parse(shell.readAllStandardOutput(), {now, now, now});
        QVERIFY(seen.isComplete && !seen.answered && !seen.exists && seen.dataDirectory.isEmpty());
        QCOMPARE(seen.instance, InstanceId(4));
        QVERIFY(seen.clockOffset);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::SurveyScriptsTest)
#include "tst_surveyscripts.moc"
