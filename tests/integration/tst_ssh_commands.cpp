#include "app/adapters/ssh/sshshell.h"
#include "tests/support/sshsite.h"

#include <QTest>

#include <thread>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

QByteArray outcomeText(const RemoteResult& result)
{
    const auto text = [](const Error& error) { return error.text().toUtf8(); };
    if (const auto* exited = std::get_if<Exited>(&result.outcome))
        return "exited " + QByteArray::number(exited->code);
    if (const auto* signalled = std::get_if<Signalled>(&result.outcome))
        return "signalled " + signalled->signal.toUtf8();
    if (const auto* unknown = std::get_if<OutcomeUnknown>(&result.outcome))
        return "unknown: " + text(unknown->error);
    return "not started: " + text(std::get<NotStarted>(result.outcome).error);
}

} // namespace

// What a command sees and what comes back of it, on a real sshd.
class TestSshCommands : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_site = std::make_unique<SshSite>();
        m_site->addServer(u"one"_s);
        m_shell = std::make_unique<SshShell>(SshShell::Options{.configFile = m_site->configFile()}, nullptr);
    }
    void cleanupTestCase()
    {
        m_shell.reset();
        m_site.reset();
    }

    void exitStatus_data()
    {
        QTest::addColumn<QByteArray>("command");
        QTest::addColumn<QByteArray>("outcome");
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QByteArray>("errors");
        const auto row = [](const char* name, QByteArray command, QByteArray outcome, QByteArray output = {}, QByteArray errors = {}) {
            QTest::newRow(name) << command << outcome << output << errors;
        };
        row("true", "true", "exited 0");
        row("false", "false", "exited 1");
        row("status", "exit 77", "exited 77");
        row("255 is no lost link", "exit 255", "exited 255");
        row("not found", "no-such-program-here 2>/dev/null", "exited 127");
        row("signal", "kill -TERM $$", "signalled TERM");
        row("kill", "kill -KILL $$", "signalled KILL");
        row("empty", "", "exited 0");
        row("both streams", "echo out; echo err >&2; exit 3", "exited 3", "out\n", "err\n");
        row("no newline", "printf out", "exited 0", "out");
        row("quotes", "printf '%s|' \"a b\" 'c'\\''d' \"$((1+1))\"", "exited 0", "a b|c'd|2|");
        row("lines", "echo a\necho b", "exited 0", "a\nb\n");
        row("here document", "cat <<'END'\n$x\nEND\n", "exited 0", "$x\n");
        row("streams closed early", "exec >&- 2>&-; sleep 0.2; exit 5", "exited 5");
    }
    void exitStatus()
    {
        QFETCH(QByteArray, command);
        const RemoteResult result = run(command);
        QTEST(outcomeText(result), "outcome");
        QTEST(result.output.head, "output");
        QTEST(result.errors.head, "errors");
        QCOMPARE(result.ended, RemoteResult::Ended::NotAsked);
    }

private:
    RemoteResult run(const QByteArray& command) { return m_shell->run({.target = {u"one"_s}, .command = command}, {}, {}); }

    std::unique_ptr<SshSite> m_site;
    std::unique_ptr<SshShell> m_shell;
};

QTEST_GUILESS_MAIN(TestSshCommands)
#include "tst_ssh_commands.moc"
