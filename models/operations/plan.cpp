#include "models/operations/plan.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

std::vector<QByteArray> Step::commands() const
{
    struct Visitor {
        std::vector<QByteArray> operator()(const RunCommand& run) const { return {run.command}; }
        std::vector<QByteArray> operator()(const RestartInstance& restart) const { return {restart.stop, restart.start}; }
        std::vector<QByteArray> operator()(const WaitUntil&) const { return {}; }
        std::vector<QByteArray> operator()(const RunScript& run) const { return {run.script}; }
        std::vector<QByteArray> operator()(const AskScript& ask) const { return {ask.script}; }
        std::vector<QByteArray> operator()(const RelayScripts& relay) const { return {relay.sourceScript, relay.script}; }
        std::vector<QByteArray> operator()(const SetUpstream&) const { return {}; }
        std::vector<QByteArray> operator()(const ChangeAlias&) const { return {}; }
        std::vector<QByteArray> operator()(const AwaitAlias&) const { return {}; }
    };
    return std::visit(Visitor{}, action);
}

QString Plan::whyNotRunnable() const
{
    for (const Finding& finding : findings) {
        if (finding.severity == Severity::Blocker && finding.reason.trimmed().isEmpty())
            return finding.target.isEmpty() ? finding.text : QString(finding.target % u": "_s % finding.text);
    }
    if (steps.empty())
        return tr("The plan has no steps.");
    for (size_t i = 0; i < steps.size(); ++i) {
        const Step& step = steps[i];
        if (step.id != static_cast<int>(i))
            return tr("The steps of the plan are not numbered in order.");
        const auto isBefore = [&](int before) { return before >= 0 && before < step.id; };
        const bool ordered = std::ranges::all_of(step.after, isBefore) && std::ranges::all_of(step.oneOf, isBefore);
        const bool guarded = !step.guard || isBefore(step.guard->step);
        if (!ordered || !guarded)
            return tr("Step %1 waits for a step that does not come before it.").arg(step.id + 1);
    }
    return {};
}

bool Plan::needsConfirmation() const
{
    return std::ranges::any_of(findings, [](const Finding& finding) { return finding.severity != Severity::Ok; });
}

std::set<QString> Plan::environmentsToType() const
{
    std::set<QString> names;
    for (const Finding& finding : findings) {
        if (finding.code == FindingCode::ProtectedEnvironment)
            names.insert(finding.environment);
    }
    return names;
}

} // namespace elephaas
