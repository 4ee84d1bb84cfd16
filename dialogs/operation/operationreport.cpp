#include "dialogs/operation/operationreport.h"

#include "dialogs/parts/operationwords.h"
#include "models/domain/visibletext.h"
#include "models/operations/markdown.h"
#include "models/operations/plan.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

using namespace markdown;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::OperationReport)
};

QString stamp(const QDateTime& time) { return time.isValid() ? time.toUTC().toString(u"yyyy-MM-dd HH:mm:ss.zzz"_s) + u" UTC"_s : QString(); }
QString isoText(const QDateTime& time) { return time.isValid() ? time.toUTC().toString(Qt::ISODateWithMs) : QString(); }

QString lasted(const QDateTime& from, const QDateTime& to)
{
    return from.isValid() && to.isValid() ? durationText(std::chrono::milliseconds(from.msecsTo(to))) : QString();
}

QString keyOf(StepState state)
{
    switch (state) {
    case StepState::Pending: return u"pending"_s;
    case StepState::Running: return u"running"_s;
    case StepState::Succeeded: return u"succeeded"_s;
    case StepState::Skipped: return u"skipped"_s;
    case StepState::Failed: return u"failed"_s;
    case StepState::Cancelled: return u"cancelled"_s;
    case StepState::Indeterminate: return u"indeterminate"_s;
    }
    Q_UNREACHABLE();
}

QString keyOf(OperationState state)
{
    switch (state) {
    case OperationState::Running: return u"running"_s;
    case OperationState::Succeeded: return u"succeeded"_s;
    case OperationState::Warning: return u"warning"_s;
    case OperationState::Failed: return u"failed"_s;
    case OperationState::Cancelled: return u"cancelled"_s;
    case OperationState::Indeterminate: return u"indeterminate"_s;
    }
    Q_UNREACHABLE();
}

QString stepsTable(const OperationRecord& record)
{
    QString out = headerRow({Words::tr("Step"), Words::tr("What"), Words::tr("State"), Words::tr("Time"), Words::tr("Result")});
    for (const StepRecord& step : record.steps) {
        out += row({QString::number(step.number + 1), text(step.title), text(nameOf(step.state, step.warning)), text(lasted(step.started, step.ended)),
            text(step.message)});
    }
    return out;
}

QString stepSection(const StepRecord& step)
{
    QString out = u"### "_s + QString::number(step.number + 1) + u"\\. "_s + text(step.title) + u"\n\n"_s;
    const auto line = [&out](const QString& label, const QString& value) {
        if (!value.isEmpty())
            out += u"- "_s + text(label) + u": "_s + text(value) + u'\n';
    };
    line(Words::tr("State"), nameOf(step.state, step.warning));
    line(Words::tr("Started"), stamp(step.started));
    line(Words::tr("Ended"), stamp(step.ended));
    line(Words::tr("Result"), step.message);
    out += u'\n';
    if (!step.command.isEmpty())
        out += text(Words::tr("Sent")) + u"\n\n"_s + code(visibleText(step.command)) + u'\n';
    if (!step.output.isEmpty())
        out += text(Words::tr("Came back")) + u"\n\n"_s + code(QByteArrayView(step.output)) + u'\n';
    return out;
}

} // namespace

QString reportMarkdown(const OperationRecord& record)
{
    QString out = u"# "_s + text(record.title) + u"\n\n"_s + text(summaryOf(record)) + u"\n\n"_s;
    if (const QString remark = remarkOf(record); !remark.isEmpty())
        out += text(remark) + u"\n\n"_s;
    const auto line = [&out](const QString& label, const QString& value) {
        if (!value.isEmpty())
            out += u"- "_s + text(label) + u": "_s + text(value) + u'\n';
    };
    line(Words::tr("Operation"), record.id.toString(QUuid::WithoutBraces));
    line(Words::tr("By"), record.operatorName);
    line(Words::tr("On"), record.clientHost);
    line(Words::tr("Reason"), record.reason);
    line(Words::tr("Started"), stamp(record.started));
    line(Words::tr("Ended"), record.ended.isValid() ? stamp(record.ended) : Words::tr("not yet"));
    const Expected<Plan> plan = Plan::fromJson(record.plan);
    if (plan) {
        for (const Finding& finding : plan->findings) {
            if (!finding.reason.isEmpty())
                line(Words::tr("Blocker passed over"), Words::tr("%1: %2 Reason: %3").arg(finding.target, finding.text, finding.reason));
        }
    }
    out += u"\n## "_s + text(Words::tr("What happened")) + u"\n\n"_s + stepsTable(record) + u'\n';
    for (const StepRecord& step : record.steps)
        out += stepSection(step);
    if (plan)
        out += u"## "_s + text(Words::tr("The plan, as approved")) + u"\n\n"_s + plan->toMarkdown(3);
    return out;
}

QJsonObject reportJson(const OperationRecord& record)
{
    QJsonArray steps;
    for (const StepRecord& step : record.steps) {
        QJsonObject one{{u"number"_s, step.number + 1}, {u"title"_s, step.title}, {u"target"_s, step.target}, {u"state"_s, keyOf(step.state)},
            {u"warning"_s, step.warning}, {u"started"_s, isoText(step.started)}, {u"ended"_s, isoText(step.ended)}, {u"message"_s, step.message},
            {u"command"_s, step.command}, {u"output"_s, visibleText(step.output)}};
        if (step.instance)
            one.insert(u"instance"_s, step.instance->value);
        steps.append(one);
    }
    return {{u"format"_s, u"elephaas-operation"_s}, {u"version"_s, 1}, {u"id"_s, record.id.toString(QUuid::WithoutBraces)},
        {u"kind"_s, record.kind}, {u"title"_s, record.title}, {u"operator"_s, record.operatorName}, {u"clientHost"_s, record.clientHost},
        {u"reason"_s, record.reason}, {u"state"_s, keyOf(record.state)}, {u"message"_s, record.message}, {u"started"_s, isoText(record.started)},
        {u"ended"_s, isoText(record.ended)}, {u"steps"_s, steps}, {u"plan"_s, record.plan}};
}

} // namespace elephaas
