#include "models/operations/scriptcaller.h"

#include "models/domain/visibletext.h"
#include "models/operations/questions.h"
#include "models/operations/steprun.h"
#include "models/postgres/shellquote.h"

#include <QCoreApplication>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::ScriptCaller)
};

using Verdict = Evaluation::Verdict;

QString reason(const RemoteResult& result)
{
    const QString line = tellingLine(result.output.head + result.output.tail);
    return line.isEmpty() ? tellingLine(result.errors.head + result.errors.tail) : line;
}

} // namespace

QByteArray scriptInput(const QByteArray& script) { return QByteArray("main() {\n" + script + "\n}\nmain </dev/null\n"); }

QByteArray scriptCommand(const QByteArray& shell, const QByteArray& script)
{
    return QByteArray(shell + " -c " + shellQuote(QString::fromUtf8(script)));
}

Evaluation askByScript(RemoteShell& shell, const InstanceAddress& address, const QByteArray& interpreter, const QByteArray& script,
    std::chrono::milliseconds timeout, const std::stop_token& stop)
{
    const RemoteResult result = shell.run({.target = address.remote, .command = interpreter, .input = scriptInput(script), .timeout = timeout,
                                              .killGrace = std::chrono::milliseconds(0), .outputLimit = 16 * 1024,
                                              .kept = shellForQuestions(address)},
        {}, stop);
    if (const auto* exited = std::get_if<Exited>(&result.outcome)) {
        if (exited->code == 0)
            return {Verdict::Holds, false, reason(result)};
        if (exited->code == 1)
            return {Verdict::DoesNot, false, reason(result)};
        const QString line = reason(result);
        return {Verdict::Unknown, false,
            line.isEmpty() ? Words::tr("The question ended with status %1.").arg(exited->code)
                           : Words::tr("The question ended with status %1: %2").arg(exited->code).arg(line)};
    }
    if (const auto* notStarted = std::get_if<NotStarted>(&result.outcome))
        return {Verdict::Unknown, false, visibleText(notStarted->error.text())};
    if (const auto* unknown = std::get_if<OutcomeUnknown>(&result.outcome))
        return {Verdict::Unknown, false, visibleText(unknown->error.text())};
    return {Verdict::Unknown, false, Words::tr("The question was ended by a signal.")};
}

} // namespace elephaas
