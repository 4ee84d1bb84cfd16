#include "models/operations/continuation.h"

#include <QCoreApplication>
#include <QJsonValue>

#include <algorithm>
#include <map>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Continuation)
};

Error noWay(const QString& why) { return {.kind = ErrorKind::InvalidInput, .what = why}; }

Expected<Plan> planOf(const OperationRecord& record)
{
    if (record.plan.isEmpty())
        return fail(noWay(Words::tr("The record of this operation does not hold its plan.")));
    if (record.plan.value("format"_L1).toInt() < 2)
        return fail(noWay(Words::tr("An earlier version of the console made the plan of this operation; this one cannot go on with it.")));
    Expected<Plan> plan = Plan::fromJson(record.plan);
    if (!plan)
        return plan;
    // A plan from a file is no more trusted than one from a planner; its blockers were passed over one by one when it was approved.
    if (const QString why = plan->whyNotRunnable(); !why.isEmpty())
        return fail(noWay(why));
    if (plan->steps.size() != record.steps.size())
        return fail(noWay(Words::tr("The record of this operation does not fit its plan.")));
    return plan;
}

bool endedWell(const StepRecord& step)
{
    return step.state == StepState::Succeeded
        || (step.state == StepState::Skipped && (step.skip == SkipReason::Done || step.skip == SkipReason::Nothing));
}

// Once it is over, nothing tells any more that it was.
bool holdsOnlyInTheMoment(const Step& step)
{
    return step.doneScript.isEmpty() && (step.postcondition == Condition::Restarted || step.postcondition == Condition::Reloaded);
}

// Numbers the steps anew without some of them, which count as done.
std::vector<Step> without(const std::vector<Step>& steps, std::vector<bool> left)
{
    std::map<int, int> newIds;
    std::vector<Step> kept;
    for (const Step& step : steps) {
        Step one = step;
        if (!left[static_cast<size_t>(step.id)] && one.guard && !newIds.contains(one.guard->step)) {
            left[static_cast<size_t>(step.id)] = !one.guard->succeeded; // instead of what was done: not needed
            one.guard.reset();
        }
        if (left[static_cast<size_t>(step.id)])
            continue;
        one.id = static_cast<int>(kept.size());
        newIds.emplace(step.id, one.id);
        std::erase_if(one.after, [&](int before) { return !newIds.contains(before); });
        for (int& before : one.after)
            before = newIds.at(before);
        if (std::ranges::any_of(one.oneOf, [&](int way) { return !newIds.contains(way); }))
            one.oneOf.clear(); // one of them was done
        for (int& way : one.oneOf)
            way = newIds.at(way);
        if (one.guard)
            one.guard->step = newIds.at(one.guard->step);
        kept.push_back(std::move(one));
    }
    return kept;
}

Plan startedFrom(const Plan& plan, const OperationRecord& record, const QDateTime& now)
{
    Plan next = plan;
    next.id = QUuid::createUuid();
    next.continues = record.id;
    next.created = now;
    return next;
}

bool changesReplication(const QString& kind)
{
    return kind != "start"_L1 && kind != "stop"_L1 && kind != "restart"_L1 && kind != "reload"_L1 && kind != "refresh-dns"_L1;
}

// Where a step changed something that its undo would not bring back.
bool isNoReturn(const Step& step) { return step.noReturn || step.postcondition == Condition::Promoted; }

bool mayHaveActed(const StepRecord& record)
{
    return record.started.isValid() && record.state != StepState::Pending && record.state != StepState::Skipped;
}

Step undoStep(const Step& step)
{
    Step undo = step;
    undo.title = step.undo->title;
    undo.action = step.undo->action;
    undo.precondition = step.undo->precondition;
    // What does not run any more need not be stopped; anything else has to be as expected.
    undo.onUnmet = undo.precondition == Condition::PostmasterRuns ? OnUnmet::Skip : OnUnmet::Fail;
    undo.postcondition = step.undo->postcondition;
    undo.proofScript = step.undo->proofScript;
    undo.onFailure = OnFailure::StopDependants;
    undo.doneScript.clear();
    undo.provesItself = false;
    undo.guard.reset();
    undo.oneOf.clear();
    undo.erasesTraces = false;
    undo.undo.reset();
    undo.after.clear();
    return undo;
}

Expected<Plan> continued(const Plan& plan, const OperationRecord& record, const QDateTime& now)
{
    Plan next = startedFrom(plan, record, now);
    if (!plan.continues)
        next.title = Words::tr("Continue: %1").arg(plan.title);
    const std::set<int> recorded = doneByRecord(plan, record);
    std::vector<bool> done(plan.steps.size());
    for (const Step& step : plan.steps) {
        const bool tellsNothing = holdsOnlyInTheMoment(step) || step.erasesTraces;
        done[static_cast<size_t>(step.id)]
            = recorded.contains(step.id) || (tellsNothing && endedWell(record.steps[static_cast<size_t>(step.id)]));
    }
    next.steps = without(plan.steps, std::move(done));
    if (next.steps.empty())
        return fail(noWay(Words::tr("Nothing of this operation is left to do.")));
    // What was found then says nothing about now.
    std::erase_if(next.findings, [](const Finding& finding) { return finding.code != FindingCode::ProtectedEnvironment; });
    next.findings.insert(next.findings.begin(),
        {.severity = Severity::Warning,
            .text = Words::tr("This goes on with an operation that did not come to its end. What its steps find done is skipped."),
            .measured = Words::tr("begun %1 UTC").arg(record.started.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s))});
    return next;
}

Expected<Plan> takenBack(const Plan& plan, const OperationRecord& record, const QDateTime& now)
{
    Plan undo = startedFrom(plan, record, now);
    undo.kind = u"undo"_s;
    undo.title = Words::tr("Take back: %1").arg(plan.title);
    undo.steps.clear();
    // Instances are taken back each on its own: what one cannot undo does not keep another one from it.
    std::map<std::optional<InstanceId>, int> last;
    std::map<std::optional<InstanceId>, QString> noReturn;
    const auto add = [&](Step step) {
        step.id = static_cast<int>(undo.steps.size());
        if (const auto before = last.find(step.instance); before != last.end())
            step.after = {before->second};
        last[step.instance] = step.id;
        undo.steps.push_back(std::move(step));
        return undo.steps.back().id;
    };
    for (size_t i = plan.steps.size(); i-- > 0;) {
        const Step& step = plan.steps[i];
        const StepRecord& seen = record.steps[i];
        const bool foundDone = seen.state == StepState::Skipped && endedWell(seen);
        if (noReturn.contains(step.instance))
            continue;
        if (isNoReturn(step) && (mayHaveActed(seen) || foundDone)) {
            noReturn.emplace(step.instance, step.title);
            continue;
        }
        if (!step.undo)
            continue;
        // What was done before this operation is not its to take back, unless it went on with another one.
        const QByteArray question = step.undo->question.isEmpty() ? step.doneScript : step.undo->question;
        if (seen.state == StepState::Succeeded || (plan.continues && foundDone)) {
            add(undoStep(step));
        } else if (mayHaveActed(seen) && !question.isEmpty()) {
            Step ask = undoStep(step);
            ask.title = Words::tr("Ask whether this was done: %1").arg(step.title);
            ask.action = AskScript{step.shell, question};
            ask.precondition = ask.postcondition = Condition::None;
            ask.proofScript.clear();
            const int asked = add(std::move(ask));
            Step back = undoStep(step);
            back.guard = Guard{asked, true};
            add(std::move(back));
        }
    }
    if (undo.steps.empty())
        return fail(noWay(noReturn.empty() ? Words::tr("Nothing that this operation did can be taken back.")
                                           : Words::tr("There is no way back after this: %1").arg(noReturn.begin()->second)));
    std::erase_if(undo.findings, [](const Finding& finding) { return finding.code != FindingCode::ProtectedEnvironment; });
    undo.findings.push_back(
        {.severity = Severity::Warning, .text = Words::tr("Only the steps shown are taken back; what else the operation did stays.")});
    for (const auto& [instance, title] : noReturn) {
        undo.findings.push_back(
            {.severity = Severity::Warning, .text = Words::tr("There is no way back to before this: %1").arg(title), .instance = instance});
    }
    return undo;
}

} // namespace

std::optional<InstanceId> sourceOf(const Plan& plan, InstanceId instance)
{
    for (const Step& step : plan.steps) {
        const auto* set = std::get_if<SetUpstream>(&step.action);
        if (set && step.instance == instance)
            return set->upstream;
    }
    return {};
}

std::set<InstanceId> targetsOf(const Plan& plan)
{
    if (plan.request && !movesService(plan.request->kind))
        return {plan.request->instances.begin(), plan.request->instances.end()};
    std::set<InstanceId> all;
    std::set<InstanceId> rewritten; // plans of earlier versions, and where all members are concerned: those whose upstream is written
    for (const Step& step : plan.steps) {
        if (step.instance)
            all.insert(*step.instance);
        if (step.instance && std::holds_alternative<SetUpstream>(step.action))
            rewritten.insert(*step.instance);
    }
    return rewritten.empty() ? all : rewritten;
}

bool isContinuedBy(const OperationRecord& record, const OperationRecord& later)
{
    const QUuid continued = QUuid::fromString(later.plan.value("continues"_L1).toString());
    return continued == record.id && std::ranges::any_of(later.steps, [](const StepRecord& step) { return step.started.isValid(); });
}

QString supersededBy(const OperationRecord& record, std::span<const OperationRecord> later)
{
    const auto when = [](const OperationRecord& one) { return one.started.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s); };
    const auto next = std::ranges::find_if(later, [&](const OperationRecord& one) { return isContinuedBy(record, one); });
    if (next != later.end()) {
        return next->kind == "undo"_L1
            ? Words::tr("%1 began to take it back at %2 UTC: go on with that operation.").arg(next->operatorName, when(*next))
            : Words::tr("%1 went on with it at %2 UTC: go on with that operation.").arg(next->operatorName, when(*next));
    }
    const auto plan = Plan::fromJson(record.plan);
    if (!plan)
        return {};
    const std::set<InstanceId> mine = targetsOf(*plan);
    for (const OperationRecord& one : later) {
        if ((one.state != OperationState::Succeeded && one.state != OperationState::Warning) || !changesReplication(one.kind))
            continue;
        const auto theirs = Plan::fromJson(one.plan);
        if (theirs && std::ranges::any_of(targetsOf(*theirs), [&](InstanceId id) { return mine.contains(id); }))
            return Words::tr("Its instances were dealt with since: %1, at %2 UTC.").arg(one.title, when(one));
    }
    return {};
}

std::set<int> doneByRecord(const Plan& plan, const OperationRecord& record)
{
    std::set<int> done;
    std::vector<int> toFollow;
    for (const Step& step : plan.steps) {
        if (step.erasesTraces && mayHaveActed(record.steps.at(static_cast<size_t>(step.id))))
            toFollow.push_back(step.id);
    }
    while (!toFollow.empty()) {
        const Step& step = plan.steps.at(static_cast<size_t>(toFollow.back()));
        toFollow.pop_back();
        const auto add = [&](int before) {
            if (done.insert(before).second)
                toFollow.push_back(before);
        };
        std::ranges::for_each(step.after, add);
        std::ranges::for_each(step.oneOf, add);
        if (step.guard)
            add(step.guard->step);
    }
    return done;
}

WaysOn waysOn(const OperationRecord& record, std::span<const OperationRecord> later)
{
    const Expected<Plan> plan = planOf(record);
    if (!plan)
        return {plan.error().what, plan.error().what, {}};
    if (const QString why = supersededBy(record, later); !why.isEmpty())
        return {why, why, doneByRecord(*plan, record)};
    const auto whyNot = [](const Expected<Plan>& way) { return way ? QString() : way.error().what; };
    return {whyNot(continued(*plan, record, {})), whyNot(takenBack(*plan, record, {})), doneByRecord(*plan, record)};
}

Expected<Plan> continuationOf(const OperationRecord& record, const QDateTime& now)
{
    return planOf(record).and_then([&](const Plan& plan) { return continued(plan, record, now); });
}

Expected<Plan> undoOf(const OperationRecord& record, const QDateTime& now)
{
    return planOf(record).and_then([&](const Plan& plan) { return takenBack(plan, record, now); });
}

} // namespace elephaas
