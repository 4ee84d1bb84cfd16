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
    next.findings.insert(next.findings.begin(),
        {.severity = Severity::Warning,
            .text = Words::tr("This goes on with an operation that did not come to its end. What its steps find done is skipped; what is found below was found then."),
            .measured = Words::tr("begun %1 UTC").arg(record.started.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s))});
    return next;
}

Expected<Plan> takenBack(const Plan& plan, const OperationRecord& record, const QDateTime& now)
{
    Plan undo = startedFrom(plan, record, now);
    undo.kind = u"undo"_s;
    undo.title = Words::tr("Take back: %1").arg(plan.title);
    undo.steps.clear();
    const auto add = [&undo](Step step) {
        step.id = static_cast<int>(undo.steps.size());
        if (!undo.steps.empty())
            step.after = {undo.steps.back().id};
        undo.steps.push_back(std::move(step));
        return undo.steps.back().id;
    };
    QString noReturn;
    for (size_t i = plan.steps.size(); i-- > 0 && noReturn.isEmpty();) {
        const Step& step = plan.steps[i];
        const StepRecord& seen = record.steps[i];
        if (isNoReturn(step) && (mayHaveActed(seen) || (seen.state == StepState::Skipped && seen.skip == SkipReason::Done)))
            noReturn = step.title;
        if (!step.undo || !noReturn.isEmpty())
            continue;
        // What was done before this operation is not its to take back, unless it went on with another one.
        const bool done = seen.state == StepState::Succeeded || (plan.continues && seen.state == StepState::Skipped && seen.skip == SkipReason::Done);
        if (done) {
            add(undoStep(step));
        } else if (mayHaveActed(seen) && !step.doneScript.isEmpty()) {
            Step ask = undoStep(step);
            ask.title = Words::tr("Ask whether this was done: %1").arg(step.title);
            ask.action = AskScript{step.shell, step.doneScript};
            ask.precondition = ask.postcondition = Condition::None;
            ask.proofScript.clear();
            const int asked = add(std::move(ask));
            Step back = undoStep(step);
            back.guard = Guard{asked, true};
            add(std::move(back));
        }
    }
    if (undo.steps.empty())
        return fail(noWay(noReturn.isEmpty() ? Words::tr("Nothing that this operation did can be taken back.")
                                             : Words::tr("There is no way back after this: %1").arg(noReturn)));
    std::erase_if(undo.findings, [](const Finding& finding) { return finding.code != FindingCode::ProtectedEnvironment; });
    undo.findings.push_back({.severity = Severity::Warning,
        .text = noReturn.isEmpty() ? Words::tr("Only the steps shown are taken back; what else the operation did stays.")
                                   : Words::tr("Only what came after this is taken back: %1").arg(noReturn)});
    return undo;
}

} // namespace

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

WaysOn waysOn(const OperationRecord& record)
{
    const Expected<Plan> plan = planOf(record);
    if (!plan)
        return {plan.error().what, plan.error().what, {}};
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
