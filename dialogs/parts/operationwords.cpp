#include "dialogs/parts/operationwords.h"

#include "models/domain/visibletext.h"

#include <QCoreApplication>
#include <QLocale>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct OperationWords {
    Q_DECLARE_TR_FUNCTIONS(elephaas::OperationWords)
};

std::chrono::milliseconds between(const QDateTime& from, const QDateTime& to)
{
    return std::chrono::milliseconds(from.isValid() && to.isValid() ? std::max<qint64>(0, from.msecsTo(to)) : 0);
}

QString stamp(const QDateTime& time)
{
    return time.isValid() ? time.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s) + u" UTC"_s : QString();
}

} // namespace

OperationCounts countSteps(const OperationRecord& record)
{
    OperationCounts counts;
    counts.total = static_cast<int>(record.steps.size());
    for (const StepRecord& step : record.steps) {
        switch (step.state) {
        case StepState::Pending:
            ++counts.waiting;
            break;
        case StepState::Running:
            ++counts.running;
            break;
        case StepState::Succeeded:
            ++(step.warning ? counts.warnings : counts.done);
            break;
        case StepState::Skipped:
            ++counts.warnings;
            break;
        case StepState::Failed:
            ++counts.failed;
            break;
        case StepState::Cancelled:
            ++counts.cancelled;
            break;
        case StepState::Indeterminate:
            ++counts.indeterminate;
            break;
        }
    }
    return counts;
}

Mark markOf(StepState state, bool warning)
{
    switch (state) {
    case StepState::Pending:
        return Mark::Pending;
    case StepState::Running:
        return Mark::Running;
    case StepState::Succeeded:
        return warning ? Mark::Warning : Mark::Done;
    case StepState::Skipped:
        return warning ? Mark::Warning : Mark::Done;
    case StepState::Failed:
        return Mark::Failed;
    case StepState::Cancelled:
        return Mark::Cancelled;
    case StepState::Indeterminate:
        return Mark::Unknown;
    }
    Q_UNREACHABLE();
}

Mark markOf(OperationState state)
{
    switch (state) {
    case OperationState::Running:
        return Mark::Running;
    case OperationState::Succeeded:
        return Mark::Done;
    case OperationState::Warning:
        return Mark::Warning;
    case OperationState::Failed:
        return Mark::Failed;
    case OperationState::Cancelled:
        return Mark::Cancelled;
    case OperationState::Indeterminate:
        return Mark::Unknown;
    }
    Q_UNREACHABLE();
}

QString nameOf(StepState state, bool warning)
{
    switch (state) {
    case StepState::Pending:
        return OperationWords::tr("waiting", "state of a step");
    case StepState::Running:
        return OperationWords::tr("running", "state of a step");
    case StepState::Succeeded:
        return warning ? OperationWords::tr("done, look", "state of a step: done, but there is something to look at")
                       : OperationWords::tr("done", "state of a step");
    case StepState::Skipped:
        //: the instance was in the wanted state before: nothing was done, a warning
        return OperationWords::tr("already so", "state of a step");
    case StepState::Failed:
        return OperationWords::tr("failed", "state of a step");
    case StepState::Cancelled:
        return OperationWords::tr("cancelled", "state of a step");
    case StepState::Indeterminate:
        //: the link was lost after the command was sent: nobody knows what came of it
        return OperationWords::tr("outcome unknown", "state of a step");
    }
    Q_UNREACHABLE();
}

bool isProblem(StepState state) { return state == StepState::Failed || state == StepState::Indeterminate; }

QString sentenceOf(const OperationCounts& counts)
{
    QStringList parts;
    const auto add = [&parts](int count, const QString& text) {
        if (count > 0)
            parts << text;
    };
    add(counts.failed, OperationWords::tr("%n failed", nullptr, counts.failed));
    add(counts.indeterminate, OperationWords::tr("%n with unknown outcome", nullptr, counts.indeterminate));
    add(counts.warnings, OperationWords::tr("%n with a warning", nullptr, counts.warnings));
    add(counts.done, OperationWords::tr("%n done", nullptr, counts.done));
    add(counts.cancelled, OperationWords::tr("%n cancelled", nullptr, counts.cancelled));
    add(counts.running, OperationWords::tr("%n running", nullptr, counts.running));
    add(counts.waiting, OperationWords::tr("%n waiting", nullptr, counts.waiting));
    return parts.isEmpty() ? OperationWords::tr("nothing to do") : parts.join(u", "_s);
}

QString summaryOf(const OperationRecord& record)
{
    const OperationCounts counts = countSteps(record);
    const QString time = durationText(between(record.started, record.ended));
    const QString sentence = sentenceOf(counts);
    switch (record.state) {
    case OperationState::Running:
        return OperationWords::tr("Running: %1.").arg(sentence);
    case OperationState::Succeeded:
        //: %n instances or steps, %1 the time it took
        return OperationWords::tr("All %n done in %1.", nullptr, counts.total).arg(time);
    case OperationState::Warning:
        return OperationWords::tr("Ended with warnings after %1: %2.").arg(time, sentence);
    case OperationState::Failed:
        return OperationWords::tr("Ended with failures after %1: %2.").arg(time, sentence);
    case OperationState::Cancelled:
        return OperationWords::tr("Cancelled after %1: %2.").arg(time, sentence);
    case OperationState::Indeterminate:
        return OperationWords::tr("Ended after %1, but not everything is known: %2.").arg(time, sentence);
    }
    Q_UNREACHABLE();
}

QString remarkOf(const OperationRecord& record)
{
    const qsizetype end = record.message.indexOf(u". "_s); // of the counts, which the summary has itself
    return end < 0 ? QString() : record.message.mid(end + 2);
}

QString durationText(std::chrono::milliseconds duration)
{
    const qint64 ms = std::max<qint64>(0, duration.count());
    if (ms < 10'000)
        return OperationWords::tr("%1 s").arg(QLocale().toString(static_cast<double>(ms) / 1000.0, 'f', 1));
    const qint64 seconds = ms / 1000;
    if (seconds < 60)
        return OperationWords::tr("%1 s").arg(seconds);
    if (seconds < 3600)
        return OperationWords::tr("%1 min %2 s").arg(seconds / 60).arg(seconds % 60, 2, 10, QLatin1Char('0'));
    return OperationWords::tr("%1 h %2 min").arg(seconds / 3600).arg(seconds / 60 % 60, 2, 10, QLatin1Char('0'));
}

QString reportOf(const OperationRecord& record)
{
    QStringList lines{visibleText(record.title), summaryOf(record)};
    if (!remarkOf(record).isEmpty())
        lines << visibleText(remarkOf(record));
    lines << OperationWords::tr("By %1 on %2").arg(visibleText(record.operatorName), visibleText(record.clientHost));
    lines << OperationWords::tr("Started %1, ended %2")
                 .arg(stamp(record.started), record.ended.isValid() ? stamp(record.ended) : OperationWords::tr("not yet"));
    if (!record.reason.isEmpty())
        lines << OperationWords::tr("Reason: %1").arg(visibleText(record.reason));
    lines << OperationWords::tr("Operation %1").arg(record.id.toString(QUuid::WithoutBraces)) << QString();
    for (const StepRecord& step : record.steps) {
        const QString time = step.ended.isValid() ? durationText(between(step.started, step.ended)) : QString();
        lines << u"[%1] %2  %3"_s.arg(nameOf(step.state, step.warning), visibleText(step.title), time).trimmed();
        if (!step.message.isEmpty())
            lines << u"    "_s + visibleText(step.message);
        if (!step.command.isEmpty())
            lines << u"    $ "_s + visibleText(step.command);
        if (!step.output.isEmpty()) {
            const QString output = visibleText(step.output);
            for (const QString& line : output.split(u'\n'))
                lines << u"    | "_s + line;
        }
    }
    return lines.join(u'\n') + u'\n';
}

} // namespace elephaas
