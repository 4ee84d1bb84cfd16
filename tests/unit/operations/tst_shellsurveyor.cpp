#include "models/operations/shellsurveyor.h"
#include "tests/unit/operations/fakeclock.h"

#include <QTest>

#include <functional>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

// Answers as the test says; TAG stands for the script's random word.
class AnsweringShell final : public RemoteShell {
public:
    std::function<RemoteResult(const RemoteCommand&, const OutputSink&, const QByteArray& tag)> answer;
    RemoteCommand asked;

    RemoteResult run(const RemoteCommand& command, const OutputSink& sink, std::stop_token /*stop*/) override
    {
        asked = command;
        const qsizetype at = command.input.indexOf("tag=") + 4;
        return answer(command, sink, command.input.sliced(at, 33));
    }
};

RemoteResult exited(QByteArray output, const QByteArray& tag, int code = 0)
{
    return {.outcome = Exited{code}, .output = {.head = output.replace("TAG", tag), .total = output.size()}};
}

} // namespace

class ShellSurveyorTest final : public QObject {
    Q_OBJECT

private:
    std::shared_ptr<AnsweringShell> m_shell = std::make_shared<AnsweringShell>();
    std::shared_ptr<tests::FakeClock> m_clock = std::make_shared<tests::FakeClock>();
    ShellSurveyor m_surveyor{m_shell, m_clock};
    const InstanceAddress m_address{.remote = {u"db1"_s, u"dba"_s}, .port = 5433, .dataDirectory = u"/da'ta"_s, .baseName = u"main"_s, .version = u"15.3"_s};

    Survey look() { return m_surveyor.survey(m_address, InstanceId(7), 20s, {}); }

private Q_SLOTS:
    void asks()
    {
        m_shell->answer = [](const RemoteCommand&, const OutputSink&, const QByteArray& tag) {
            return exited("TAG begin 1\nTAG 0 exists 0\nTAG 0 complete\nTAG end\n", tag);
        };
        const Survey seen = look();
        QVERIFY(seen.isComplete && !seen.error);
        QCOMPARE(seen.instance, InstanceId(7));
        QCOMPARE(seen.at, m_clock->now());
        QCOMPARE(seen.exists, std::optional(false));
        QCOMPARE(m_shell->asked.target, m_address.remote);
        QCOMPARE(m_shell->asked.command, QByteArray("exec /bin/sh -s"));
        QCOMPARE(m_shell->asked.timeout, 20000ms);
        QVERIFY(!m_shell->asked.command.contains("/da"));
    }

    // The clock is compared with the moment in which the first line came, not with the end of a long answer.
    void clocks()
    {
        const QDateTime start = m_clock->now();
        m_shell->answer = [&](const RemoteCommand&, const OutputSink& sink, const QByteArray& tag) {
            m_clock->advance(200ms);
            QByteArray begin = "Welcome\nTAG begin " + QByteArray::number(start.toSecsSinceEpoch() + 60) + ".100000000\n";
            begin.replace("TAG", tag);
            sink(OutputStream::Errors, "warning");
            sink(OutputStream::Output, QByteArrayView(begin).first(20)); // in two pieces
            sink(OutputStream::Output, QByteArrayView(begin).sliced(20));
            m_clock->advance(9s);
            sink(OutputStream::Output, "more");
            return exited(begin + "TAG 0 complete\nTAG end\n", tag);
        };
        const Survey seen = look();
        QCOMPARE(seen.clockOffset.value(), 60s);
        QCOMPARE(seen.clockUncertainty, 100ms);
        QCOMPARE(seen.at, start.addMSecs(9200));
    }

    void nothingWasAsked()
    {
        m_shell->answer = [](const RemoteCommand&, const OutputSink&, const QByteArray&) {
            return RemoteResult{.outcome = NotStarted{{.kind = ErrorKind::Authentication, .what = u"No key."_s}}};
        };
        const Survey seen = look();
        QVERIFY(!seen.isComplete && !seen.answered && !seen.clockOffset);
        QCOMPARE(seen.error.value().kind, ErrorKind::Authentication);
        QCOMPARE(seen.error->where, u"db1"_s);
        const ConnectionTrial tried = m_surveyor.tryConnection({.from = m_address, .shell = "exec /bin/sh -s", .conninfo = u"host=a"_s}, 20s, {});
        QVERIFY(tried.unknown && !tried.connected && tried.words.contains(u"No key."_s));
    }

    // What came before the link broke is kept, but it is not the whole truth.
    void theLinkBreaks()
    {
        m_shell->answer = [](const RemoteCommand&, const OutputSink&, const QByteArray& tag) {
            RemoteResult result = exited("TAG begin 1\nTAG 0 exists 1\nTAG 0 complete\nTAG end\n", tag);
            result.outcome = OutcomeUnknown{{.kind = ErrorKind::TimedOut, .what = u"Out of time."_s}};
            return result;
        };
        const Survey seen = look();
        QCOMPARE(seen.exists, std::optional(true));
        QVERIFY(!seen.isComplete);
        QCOMPARE(seen.error.value().kind, ErrorKind::TimedOut);
    }

    void tooMuch()
    {
        m_shell->answer = [](const RemoteCommand&, const OutputSink&, const QByteArray& tag) {
            RemoteResult result = exited("TAG begin 1\nTAG 0 exists 1\n", tag);
            result.output.tail = QByteArray("TAG 0 complete\nTAG end\n").replace("TAG", tag);
            result.output.total = 99999999;
            return result;
        };
        const Survey seen = look();
        QVERIFY(!seen.isComplete && seen.error);
    }

    void aShellThatIsNone()
    {
        m_shell->answer = [](const RemoteCommand&, const OutputSink&, const QByteArray& tag) {
            return exited("This account is currently not available.\n", tag, 1);
        };
        const Survey seen = look();
        QVERIFY(!seen.isComplete);
        QCOMPARE(seen.error.value().kind, ErrorKind::Unsupported);
        QVERIFY(seen.error->detail.contains(u"not available"_s));
        m_shell->answer = [](const RemoteCommand&, const OutputSink&, const QByteArray& tag) {
            RemoteResult result = exited({}, tag, 1);
            result.errors.head = "sudo: a password is required\x1b[0m\n";
            return result;
        };
        const ConnectionTrial tried = m_surveyor.tryConnection({.from = m_address, .shell = "exec sudo", .conninfo = u"host=a"_s}, 20s, {});
        QVERIFY(tried.unknown && tried.words.contains(u"sudo: a password is required"_s) && !tried.words.contains(u'\x1b'));
        QCOMPARE(m_shell->asked.command, QByteArray("exec sudo"));
    }

    void cancelled()
    {
        m_shell->answer = [](const RemoteCommand&, const OutputSink&, const QByteArray&) {
            return RemoteResult{.outcome = OutcomeUnknown{{.kind = ErrorKind::LinkLost, .what = u"x"_s}}};
        };
        std::stop_source stop;
        stop.request_stop();
        QCOMPARE(m_surveyor.survey(m_address, InstanceId(1), 20s, stop.get_token()).error.value().kind, ErrorKind::Cancelled);
    }

    void whatCannotBeTried()
    {
        m_shell->answer = [](const RemoteCommand&, const OutputSink&, const QByteArray& tag) { return exited({}, tag); };
        for (const QString& conninfo : {u"postgresql://u@h"_s, QString(u"host=a"_s + QChar(u'\0')), QString(QChar(0xD800))}) {
            m_shell->asked = {};
            const ConnectionTrial tried = m_surveyor.tryConnection({.from = m_address, .shell = "sh", .conninfo = conninfo}, 20s, {});
            QVERIFY(tried.unknown && !tried.connected && !tried.words.isEmpty());
            QVERIFY(m_shell->asked.command.isEmpty());
        }
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ShellSurveyorTest)
#include "tst_shellsurveyor.moc"
