#include "app/adapters/ssh/sshshell.h"
#include "models/postgres/probe.h"
#include "tests/support/postgresserver.h"
#include "tests/support/procstat.h"
#include "tests/support/remoteresulttext.h"
#include "tests/support/sshsite.h"
#include "tests/support/timescale.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTest>

#include <future>
#include <set>
#include <thread>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

// Shells that stay open for questions, on a real sshd, with a real PostgreSQL behind them.
class TestSshKept : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_site = std::make_unique<SshSite>();
        m_site->addServer(u"one"_s);
        QString error;
        m_server = PostgresServer::start(&error);
        QVERIFY2(m_server, qPrintable(error));
    }
    void cleanupTestCase()
    {
        m_server.reset();
        m_site.reset();
    }
    void init() { m_shell = newShell(); }
    void cleanup() { m_shell.reset(); }

    // An open shell and a new one have to mean the same.
    void asInANewShell_data()
    {
        QTest::addColumn<QByteArray>("script");
        const auto row = [](const char* name, const QByteArray& script) { QTest::newRow(name) << script; };
        row("nothing", "");
        row("output", "echo a; echo b");
        row("no line break at the end", "printf a");
        row("only line breaks", "printf '\\n\\n'");
        row("errors", "echo a; echo b >&2; printf c >&2; exit 3");
        row("status of the last command", "false");
        row("exit in a function", "f() { exit 7; }\nf\necho no");
        row("quotes", "echo \"a'b\" 'c\"d' e\\\\f \"$((1 + 1))\" '$HOME'");
        row("here document", "cat <<'END'\n$x 'y\nEND\n");
        row("standard input is empty", "cat; echo end");
        row("syntax", "if true; then echo a; fi; if\n");
        row("an open quote", "echo 'a");
        row("an open parenthesis", "echo a; (");
        row("reserved words do not close it", "echo a\n)\necho b");
        row("unset variable", "set -u; echo \"$no_such_variable\"; echo b");
        row("set -e", "set -e; false; echo b");
        row("not found", "no-such-program-here 2>/dev/null");
        row("long lines", "head -c 200000 /dev/zero | tr '\\0' x");
        row("more than is kept", "i=0; while [ $i -lt 60000 ]; do echo \"line $i\"; i=$((i + 1)); done");
        row("something like the marked line", "printf '\\nEK0123 5\\n'; printf '\\nEK0123\\n' >&2; exit 4");
        row("bytes", "printf '\\377\\376\\001 \\t'");
    }
    void asInANewShell()
    {
        QFETCH(QByteArray, script);
        for (const char* program : {"exec dash -s", "exec bash -s"}) {
            RemoteCommand command = question(script, program);
            const RemoteResult first = m_shell->run(command, {}, {});
            QByteArray streamed;
            const RemoteResult second = m_shell->run(
                command, [&](OutputStream stream, QByteArrayView data) { streamed += stream == OutputStream::Output ? data.toByteArray() : QByteArray(); }, {});
            command.kept.reset();
            const RemoteResult usual = m_shell->run(command, {}, {});
            for (const RemoteResult* result : {&first, &second}) {
                // What a shell says of a syntax error names the line; and bash ends with 1 in eval, with 2 else.
                const bool isSyntax = outcomeText(usual) == "exited 2" || outcomeText(usual) == "exited 1";
                if (isSyntax && !usual.errors.head.isEmpty())
                    QVERIFY(!result->succeeded());
                else
                    QCOMPARE(outcomeText(*result), outcomeText(usual));
                if (!isSyntax || usual.errors.head.isEmpty())
                    QCOMPARE(result->errors.head + result->errors.tail, usual.errors.head + usual.errors.tail);
                QCOMPARE(result->output.total, usual.output.total);
                QCOMPARE(result->output.head, usual.output.head);
                QCOMPARE(result->output.tail, usual.output.tail);
            }
            QCOMPARE(streamed.size(), usual.output.total);
            QCOMPARE(m_shell->run(question("echo still there", program), {}, {}).output.head, "still there\n");
        }
    }

    void oneShellByKey()
    {
        const QByteArray pid = ask("echo $$");
        QCOMPARE(ask("echo $$"), pid);
        QCOMPARE(ask("x=1; cd /; exit 3", 3), QByteArray());
        QCOMPARE(ask("echo $$ $x"), pid); // and nothing stays of the one before
        QVERIFY(ask("echo $$", 0, "2") != pid);
        m_shell->letGo({.host = u"one"_s}, "1");
        QVERIFY(!isRunning(pid));
        QVERIFY(ask("echo $$") != pid);
    }
    void goesWhenNobodyAsks()
    {
        m_shell = newShell({.keptTime = 200ms, .servicePeriod = 100ms});
        const QByteArray pid = ask("echo $$");
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning(pid), 10000 * tests::timeScale);
        QVERIFY(ask("echo $$") != pid);
    }
    // Silence is no sign of its end; of the connection's end it is.
    void staysWhileNobodyAsks()
    {
        m_shell = newShell({.servicePeriod = 50ms, .heartbeatInterval = 100ms, .heartbeatPatience = 300ms});
        const QByteArray pid = ask("echo $$");
        QTest::qWait(1000);
        QCOMPARE(ask("echo $$"), pid);
        m_site->server(u"one"_s).freeze();
        QTest::qWait(1000);
        m_site->server(u"one"_s).thaw();
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning(pid), 10000 * tests::timeScale);
        m_shell = newShell({.servicePeriod = 10min, .heartbeatInterval = 100ms, .heartbeatPatience = 300ms});
        const QByteArray other = ask("echo $$");
        QTest::qWait(1000);
        QCOMPARE(ask("echo $$"), other);
    }
    void goesWithTheConsole()
    {
        const QByteArray pid = ask("echo $$");
        QVERIFY(askServer("select 1") == "1");
        m_shell.reset();
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning(pid), 10000 * tests::timeScale);
        QTRY_COMPARE_WITH_TIMEOUT(sessions(), u"0"_s, 10000 * tests::timeScale);
    }

    // What does not answer soon is asked in the usual way, and nothing of the first attempt stays.
    void aHangingQuestion()
    {
        const QString once = m_site->path(u"once"_s);
        QFile::remove(once);
        const QByteArray script = "if mkdir '" + once.toUtf8() + "' 2>/dev/null; then sleep 301 & echo $! >'" + once.toUtf8() + "/pid'; wait; fi; echo answer";
        RemoteCommand command = question(script);
        command.kept->patience = 500ms;
        QCOMPARE(m_shell->run(command, {}, {}).output.head, "answer\n");
        const QByteArray pid = m_site->readFile(u"once/pid"_s);
        QVERIFY(pid.trimmed().toInt() > 1);
        QVERIFY(!isRunning(pid));
        QVERIFY(QDir(once).removeRecursively());
    }
    void cancelled()
    {
        const QString file = m_site->path(u"cancelled"_s);
        QFile::remove(file);
        std::stop_source stop;
        auto result = std::async(std::launch::async, [&] {
            return m_shell->run(question("echo $$ >'" + file.toUtf8() + "'; sleep 302"), {}, stop.get_token());
        });
        QTRY_VERIFY_WITH_TIMEOUT(!m_site->readFile(u"cancelled"_s).isEmpty(), 10000 * tests::timeScale);
        stop.request_stop();
        const RemoteResult ended = result.get();
        QVERIFY2(isUnknown(ended), outcomeText(ended).constData());
        QCOMPARE(errorOf(ended).kind, ErrorKind::Cancelled);
        QVERIFY(!isRunning(m_site->readFile(u"cancelled"_s)));
        QCOMPARE(ask("echo 1"), "1");
    }
    void outOfTime()
    {
        RemoteCommand command = question("sleep 303");
        command.timeout = 700ms;
        const RemoteResult ended = m_shell->run(command, {}, {});
        QVERIFY2(isUnknown(ended), outcomeText(ended).constData());
        QCOMPARE(errorOf(ended).kind, ErrorKind::TimedOut);
    }
    // The shell of the question is ended by the question.
    void endsItsShell()
    {
        ask("true");
        const RemoteResult result = m_shell->run(question("kill -KILL $$; sleep 1"), {}, {});
        QCOMPARE(outcomeText(result), "signalled KILL");
        QCOMPARE(ask("echo 1"), "1");
    }
    void theConnectionIsLost()
    {
        ask("true");
        const RemoteResult result = m_shell->run(question("kill -KILL $(ps -o ppid= -p $$) 2>/dev/null; sleep 5"), {}, {});
        QVERIFY2(isUnknown(result), outcomeText(result).constData());
        QCOMPARE(ask("echo 1"), "1");
        m_site->server(u"one"_s).stop();
        QVERIFY(!m_shell->run(question("echo 1"), {}, {}).succeeded());
        m_site->server(u"one"_s).start();
        QCOMPARE(ask("echo 1"), "1");
    }
    void aSilentServer()
    {
        m_shell = newShell({.connectTimeout = 1000ms, .heartbeatInterval = 500ms, .heartbeatPatience = 1500ms});
        ask("true");
        m_site->server(u"one"_s).freeze();
        QElapsedTimer time;
        time.start();
        const RemoteResult result = m_shell->run(question("echo 1"), {}, {});
        m_site->server(u"one"_s).thaw();
        QVERIFY(!result.succeeded());
        QVERIFY2(time.elapsed() < 20000 * tests::timeScale, qPrintable(QString::number(time.elapsed())));
        QCOMPARE(ask("echo 1"), "1");
    }

    void manyAtOnce()
    {
        std::vector<std::future<bool>> all;
        for (int thread = 0; thread < 8; ++thread) {
            all.push_back(std::async(std::launch::async, [this, thread] {
                for (int i = 0; i < 20; ++i) {
                    const QByteArray word = QByteArray::number(thread) + '.' + QByteArray::number(i);
                    const RemoteResult result = m_shell->run(question("echo " + word + "; exit 5", "exec /bin/sh -s", QByteArray::number(thread % 3)), {}, {});
                    if (outcomeText(result) != "exited 5" || result.output.head != word + '\n')
                        return false;
                    if (i % 7 == 0)
                        m_shell->letGo({.host = u"one"_s}, QByteArray::number(thread % 3));
                }
                return true;
            }));
        }
        for (auto& one : all)
            QVERIFY(one.get());
    }
    // The ones that are there stay: they would only take each other's place.
    void notTooMany()
    {
        std::vector<QByteArray> pids;
        for (int i = 0; i < 35; ++i)
            pids.push_back(ask("echo $$", 0, QByteArray::number(i)));
        QCOMPARE(std::set<QByteArray>(pids.begin(), pids.end()).size(), std::size_t(35));
        QCOMPARE(std::ranges::count_if(pids, isRunning), 32);
        QCOMPARE(ask("echo $$", 0, "0"), pids.front());
        QVERIFY(ask("echo $$", 0, "34") != pids.back());
    }

    // ---- psql ----

    void oneConnection_data()
    {
        QTest::addColumn<QByteArray>("program");
        QTest::newRow("dash") << QByteArray("exec dash -s");
        QTest::newRow("bash") << QByteArray("exec bash -s");
    }
    void oneConnection()
    {
        QFETCH(QByteArray, program);
        const auto query = [&](const QByteArray& sql, int status = 0) { return askServer(sql, status, {}, program); };
        const QByteArray backend = query("select pg_backend_pid()");
        QVERIFY(backend.toInt() > 1);
        QCOMPARE(query("select pg_backend_pid()"), backend);
        // Nothing stays of a question's settings.
        QCOMPARE(query("set statement_timeout = '7s'; select current_setting('statement_timeout')"), "7s");
        QCOMPARE(query("select current_setting('statement_timeout')"), "0");
        // Several lines, several questions, a text with everything in it.
        QCOMPARE(query("select 'a' union all select 'b' order by 1"), "a\nb");
        QCOMPARE(query("select 1;\nselect 2"), "1\n2");
        QCOMPARE(query("select 'it''s \\n :x \"' || chr(36) || 'HOME `x`'"), "it's \\n :x \"$HOME `x`");
        QCOMPARE(query("select ''"), "");
        QCOMPARE(query("select repeat('x', 100000)"), QByteArray(100000, 'x'));
        QCOMPARE(query("select pg_backend_pid()"), backend);
        // An error ends it, as it ends psql; the next question has a new one.
        QVERIFY(query("select 1/0; select 2", 3).contains("division by zero"));
        const RemoteResult failed = m_shell->run(question(psql() + " -v ON_ERROR_STOP=1 -c 'select 1/0'", program), {}, {});
        QVERIFY(failed.output.head.isEmpty());
        QVERIFY(failed.errors.head.contains("division by zero"));
        // Not where it need not.
        const QByteArray next = query("select pg_backend_pid()");
        QVERIFY(next.toInt() > 1 && next != backend);
        QVERIFY(askServer("select 1/0; select 2", 0, {}, program, false).endsWith("\n2"));
        QCOMPARE(query("select pg_backend_pid()"), next);
        // In a question's own subshell, too.
        QCOMPARE(m_shell->run(question("x=$(" + psql() + " -c 'select pg_backend_pid()') || exit 9\necho \"$x\"\n", program), {}, {}).output.head, next + '\n');
        m_shell->letGo({.host = u"one"_s}, "1");
        QTRY_COMPARE_WITH_TIMEOUT(sessions(), u"0"_s, 10000 * tests::timeScale);
    }
    void goesOnAfterItsEnd()
    {
        const QByteArray backend = askServer("select pg_backend_pid()");
        QVERIFY(m_server->psql(u"select pg_terminate_backend(%1)"_s.arg(QString::fromLatin1(backend))));
        const QByteArray next = askServer("select pg_backend_pid()");
        QVERIFY2(next.toInt() > 1 && next != backend, next.constData());
        m_server->end();
        QVERIFY(askServer("select 1", 2).contains("connection to server"));
        QVERIFY(askServer("select 1", 2).contains("connection to server"));
        QVERIFY(m_server->launch());
        QCOMPARE(askServer("select 1"), "1");
        // Killed, with its shell still waiting for the next question.
        QVERIFY(ask("for p in $(ps -A -o pid= -o ppid= -o comm= | awk -v me=$$ '$3 == \"psql\" { print $1 }'); do kill -KILL $p; done") == "");
        QCOMPARE(askServer("select 1"), "1");
    }
    void boundsItsTime()
    {
        const QByteArray words = askServer("select pg_sleep(60)", 3, "limit=1\n");
        QVERIFY2(words.contains("statement timeout"), words.constData());
    }
    // A backend that hangs costs no more than a question in the usual way does.
    void aHangingServer()
    {
        QCOMPARE(askServer("select 1"), "1");
        m_server->freeze();
        RemoteCommand command = question(psql() + " -c 'select 1'");
        command.timeout = 2000ms;
        command.kept->patience = 500ms;
        const RemoteResult result = m_shell->run(command, {}, {});
        m_server->thaw();
        QVERIFY2(!result.succeeded(), outcomeText(result).constData());
        QCOMPARE(askServer("select 1"), "1");
    }
    void leavesNothingBehind()
    {
        const QString folder = m_site->path(u"temporary"_s);
        QVERIFY(QDir().mkpath(folder));
        RemoteCommand command = question(psql() + " -c 'select 1'", "TMPDIR='" + folder.toUtf8() + "' exec /bin/sh -s");
        QCOMPARE(m_shell->run(command, {}, {}).output.head, "1\n");
        QVERIFY(QDir(folder).isEmpty(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden));
        // Nor does it keep a file system from being unmounted.
        QCOMPARE(ask("readlink /proc/$$/cwd; pwd"), "/\n/");
        // Where no pipes can be made, each question starts its own.
        const QByteArray nowhere = "TMPDIR=/nowhere exec /bin/sh -s";
        const QByteArray script = psql() + " -c 'select pg_backend_pid()'";
        const QByteArray first = m_shell->run(question(script, nowhere), {}, {}).output.head;
        QVERIFY(first.trimmed().toInt() > 1);
        QVERIFY(m_shell->run(question(script, nowhere), {}, {}).output.head != first);
    }

private:
    std::unique_ptr<SshShell> newShell(SshShell::Options options = {}) const
    {
        options.configFile = m_site->configFile();
        return std::make_unique<SshShell>(options, nullptr);
    }
    RemoteCommand question(const QByteArray& script, const QByteArray& program = "exec /bin/sh -s", const QByteArray& key = "1") const
    {
        return {.target = {.host = u"one"_s}, .command = program, .input = script + '\n', .timeout = std::chrono::milliseconds(20000 * tests::timeScale),
            .killGrace = 0ms, .kept = KeptFor{.key = key, .prelude = questionsPrelude()}};
    }
    QByteArray ask(const QByteArray& script, int status = 0, const QByteArray& key = "1")
    {
        const RemoteResult result = m_shell->run(question(script, "exec /bin/sh -s", key), {}, {});
        if (outcomeText(result) != "exited " + QByteArray::number(status))
            return outcomeText(result) + ": " + result.output.head + result.errors.head;
        return result.output.head.trimmed();
    }
    QByteArray psql() const
    {
        return "$elephaas_sql env PGCONNECT_TIMEOUT=10 PGOPTIONS= psql -XAtqw -h '" + m_server->socketFolder().toUtf8() + "' -p "
            + QByteArray::number(m_server->port()) + " -U postgres -d postgres";
    }
    QByteArray askServer(QByteArray sql, int status = 0, const QByteArray& before = {}, const QByteArray& program = "exec /bin/sh -s", bool stopOnError = true)
    {
        const QByteArray line = before + psql() + (stopOnError ? " -v ON_ERROR_STOP=1" : "") + " -c '" + sql.replace("'", "'\\''") + "' 2>&1";
        const RemoteResult result = m_shell->run(question(line, program), {}, {});
        if (outcomeText(result) != "exited " + QByteArray::number(status))
            return outcomeText(result) + ": " + result.output.head + result.errors.head;
        return result.output.head.trimmed();
    }
    QString sessions() const
    {
        return m_server->psql(u"select count(*) from pg_stat_activity where application_name = 'elephaas probe'"_s).value_or(QString()).trimmed();
    }

    std::unique_ptr<SshSite> m_site;
    std::unique_ptr<PostgresServer> m_server;
    std::unique_ptr<SshShell> m_shell;
};

QTEST_GUILESS_MAIN(TestSshKept)
#include "tst_ssh_kept.moc"
