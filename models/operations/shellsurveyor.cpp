#include "models/operations/shellsurveyor.h"

#include "models/domain/visibletext.h"
#include "models/operations/questions.h"
#include "models/postgres/shellquote.h"
#include "models/postgres/surveyquestion.h"

#include <QCoreApplication>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::ShellSurveyor)
};

constexpr std::chrono::milliseconds onlyReads{0}; // nothing is lost when a question is killed at once

ProbeRequest requestFor(const InstanceAddress& address, InstanceId instance)
{
    const auto version = PgVersion::parse(address.version);
    return {.instance = instance, .baseName = address.baseName, .port = address.port, .dataDirectory = address.dataDirectory,
        .versionMajor = version ? version->major() : QString()};
}

// Why a script did not run to its end; nothing when it did.
std::optional<Error> brokenOff(const RemoteResult& result, const RemoteTarget& target, const std::stop_token& stop)
{
    if (std::holds_alternative<Exited>(result.outcome))
        return std::nullopt;
    if (stop.stop_requested())
        return Error{.kind = ErrorKind::Cancelled, .what = Words::tr("Cancelled."), .where = target.host};
    if (const auto* notStarted = std::get_if<NotStarted>(&result.outcome))
        return notStarted->error;
    if (const auto* unknown = std::get_if<OutcomeUnknown>(&result.outcome))
        return unknown->error;
    return Error{.kind = ErrorKind::LinkLost,
        .what = Words::tr("The server ended the question."),
        .where = target.host,
        .detail = visibleText(QByteArrayView(result.errors.head)).trimmed()};
}

} // namespace

ShellSurveyor::ShellSurveyor(std::shared_ptr<RemoteShell> shell, std::shared_ptr<const Clock> clock)
    : m_shell(std::move(shell))
    , m_clock(std::move(clock))
{
}

Survey ShellSurveyor::survey(
    const InstanceAddress& address, InstanceId instance, std::chrono::milliseconds timeout, std::stop_token stop)
{
    const SurveyQuestion question(requestFor(address, instance));
    SurveyQuestion::Times times{.asked = m_clock->now(), .begun = {}, .answered = {}};
    QByteArray beginning; // what came before the script's first line
    const auto sink = [&](OutputStream stream, QByteArrayView bytes) {
        if (stream != OutputStream::Output || times.begun.isValid())
            return;
        beginning += bytes;
        if (question.hasBegun(beginning))
            times.begun = m_clock->now();
        if (times.begun.isValid() || beginning.size() > 64 * 1024)
            beginning.clear();
    };
    KeptFor kept = shellForQuestions(address);
    kept.patience = std::max(kept.patience, timeout / 2); // a closer look at many instances of busy servers
    const RemoteResult result = m_shell->run({.target = address.remote, .command = SurveyQuestion::command(), .input = question.input(),
                                                 .timeout = timeout, .killGrace = onlyReads, .outputLimit = SurveyQuestion::outputLimit,
                                                 .kept = std::move(kept)},
        sink, stop);
    times.answered = m_clock->now();
    const std::optional<Error> broken = brokenOff(result, address.remote, stop);
    // What has come until the link broke is true all the same. The middle of a capped answer is missing: its tail alone tells that it ended.
    const QByteArray answer = result.output.isCapped() ? result.output.head : QByteArray(result.output.head + result.output.tail);
    Survey seen = question.parse(answer, times);
    if (broken) {
        const QString words = seen.error ? seen.error->detail : QString();
        seen.error = broken;
        if (seen.error->detail.isEmpty())
            seen.error->detail = words;
        seen.isComplete = false;
    }
    if (seen.error && seen.error->where.isEmpty())
        seen.error->where = address.remote.host;
    return seen;
}

ConnectionTrial ShellSurveyor::tryConnection(const Trial& trial, std::chrono::milliseconds timeout, std::stop_token stop)
{
    if (trial.shell.isEmpty())
        return {.words = Words::tr("The remote user cannot become the owner of the data directory.")};
    if (!isShellWord(trial.conninfo) || trial.conninfo.contains(u"://"_s))
        return {.words = Words::tr("Not a keyword/value connection string: %1").arg(trial.conninfo)};
    const TrialQuestion question(requestFor(trial.from, {}), trial.conninfo, trial.replication);
    const RemoteResult result = m_shell->run({.target = trial.from.remote, .command = trial.shell, .input = question.input(),
                                                 .timeout = timeout, .killGrace = onlyReads},
        {}, stop);
    if (const auto broken = brokenOff(result, trial.from.remote, stop))
        return {.words = broken->text()};
    ConnectionTrial tried = question.parse(QByteArray(result.output.head + result.output.tail));
    if (tried.unknown) {
        if (const QString words = visibleText(QByteArrayView(result.errors.head)).trimmed(); !words.isEmpty())
            tried.words += u'\n' + words;
    }
    return tried;
}

} // namespace elephaas
