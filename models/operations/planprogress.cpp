#include "models/operations/planprogress.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::PlanRunner)
};

bool endedWell(StepState state) { return state == StepState::Succeeded || state == StepState::Skipped; }

QString whoAndWhat(const StepRecord& step) { return step.title.isEmpty() ? step.target : step.title; }

} // namespace

PlanProgress::PlanProgress(const Plan& plan)
    : m_plan(plan)
    , m_guarded(plan.steps.size())
{
    for (const Step& step : plan.steps) {
        m_steps.push_back({.number = step.id, .title = step.title, .target = step.target, .instance = step.instance});
        m_pending.push_back(step.id);
        if (step.guard)
            m_guarded[static_cast<size_t>(step.guard->step)].push_back(step.id);
    }
}

void PlanProgress::halt(const QString& why, bool insteadOfEarlier)
{
    if (m_halted.isEmpty() || insteadOfEarlier)
        m_halted = why;
}

bool PlanProgress::mayRun(const Step& step) const
{
    // What a guard forbids was settled as soon as that was known.
    const bool guardOpen = step.guard && answerOf(recordOf(step.guard->step)) == Answer::Open;
    return !guardOpen && std::ranges::all_of(step.after, [&](int before) { return permission(step, before) == Handled::Yes; });
}

void PlanProgress::begin(int step)
{
    std::erase(m_pending, step);
    m_steps[static_cast<size_t>(step)].state = StepState::Running;
}

void PlanProgress::end(StepRecord record)
{
    record.output.clear();
    const auto number = static_cast<size_t>(record.number);
    m_steps[number] = std::move(record);
}

PlanProgress::Answer PlanProgress::answerOf(const StepRecord& record)
{
    switch (record.state) {
    case StepState::Pending:
    case StepState::Running: return Answer::Open;
    case StepState::Succeeded: return Answer::Yes;
    case StepState::Failed: return Answer::No;
    case StepState::Cancelled:
    case StepState::Indeterminate: return Answer::Unknown;
    case StepState::Skipped: break;
    }
    switch (record.skip) {
    case SkipReason::Nothing:
    case SkipReason::Done: return Answer::Yes;
    case SkipReason::No: return Answer::No;
    case SkipReason::NotNeeded: return Answer::NotNeeded;
    }
    return Answer::Unknown;
}

// Decides which waiting steps will never run: all of them when the operation is halted, else those whose guard does not let them and
// those that come after one that did not end well. What is decided about one step may decide about the failure of another, and that
// may halt the operation: until nothing changes any more.
std::vector<int> PlanProgress::settle()
{
    std::vector<int> settled;
    do
        applyFailurePolicies();
    while (settlePending(settled));
    return settled;
}

bool PlanProgress::settlePending(std::vector<int>& settled)
{
    const size_t before = m_pending.size();
    std::vector<int> left;
    for (const int id : m_pending) {
        std::optional<StepRecord> record = decided(stepOf(id));
        if (!record) {
            left.push_back(id);
            continue;
        }
        m_steps[static_cast<size_t>(id)] = std::move(*record);
        settled.push_back(id);
    }
    m_pending = std::move(left);
    return m_pending.size() != before;
}

// How a waiting step ends without having run; nothing when it may run yet. Dependencies have lower ids, so that one pass finds them all.
std::optional<StepRecord> PlanProgress::decided(const Step& step) const
{
    StepRecord record = recordOf(step.id);
    const auto ends = [&record](StepState state, const QString& why, SkipReason skip = SkipReason::Nothing) {
        record.state = state;
        record.message = why;
        record.skip = skip;
        return record;
    };
    if (!m_halted.isEmpty())
        return ends(StepState::Cancelled, m_halted);
    // The guard first: what need not run is not held up by what went wrong on its way.
    if (step.guard) {
        const StepRecord& other = recordOf(step.guard->step);
        switch (answerOf(other)) {
        case Answer::Open:
            break;
        case Answer::Yes:
            if (!step.guard->succeeded)
                return ends(StepState::Skipped, Words::tr("Not needed: this did it: %1").arg(whoAndWhat(other)), SkipReason::NotNeeded);
            break;
        case Answer::No:
            if (step.guard->succeeded)
                return ends(StepState::Skipped,
                    other.state == StepState::Failed ? Words::tr("Not needed: this failed: %1").arg(whoAndWhat(other))
                                                     : Words::tr("Not needed: the answer was no: %1").arg(whoAndWhat(other)),
                    SkipReason::No);
            break;
        case Answer::NotNeeded:
            return ends(StepState::Skipped, Words::tr("Not needed, as this was not: %1").arg(whoAndWhat(other)), SkipReason::NotNeeded);
        case Answer::Unknown:
            return ends(StepState::Cancelled, Words::tr("Not run, because this did not succeed: %1").arg(whoAndWhat(other)));
        }
    }
    for (const int before : step.after) {
        if (permission(step, before) == Handled::No)
            return ends(StepState::Cancelled,
                Words::tr("Not run, because this did not succeed: %1").arg(whoAndWhat(recordOf(before))));
    }
    if (const std::optional<Answer> way = waysOf(step)) {
        if (*way == Answer::No)
            return ends(StepState::Failed, Words::tr("Not run: none of the ways that lead here was gone to its end."));
        if (*way == Answer::Unknown)
            return ends(StepState::Cancelled, Words::tr("Not run: it is not known whether one of the ways that lead here was gone to its end."));
    }
    return {};
}

// Yes: one of those that it needs one of ended well. No: none did. Nothing: some are open, or it needs none.
std::optional<PlanProgress::Answer> PlanProgress::waysOf(const Step& step) const
{
    std::optional<Answer> answer;
    for (const int id : step.oneOf) {
        switch (answerOf(recordOf(id))) {
        case Answer::Yes: return Answer::Yes;
        case Answer::Open: answer = Answer::Open; break;
        case Answer::Unknown: answer = answer == Answer::Open ? Answer::Open : Answer::Unknown; break;
        case Answer::No:
        case Answer::NotNeeded: answer = answer.value_or(Answer::No); break;
        }
    }
    return answer == Answer::Open ? std::nullopt : answer;
}

// Whether a step may run as far as one of those is concerned that it comes after.
PlanProgress::Handled PlanProgress::permission(const Step& step, int before) const
{
    const StepRecord& record = recordOf(before);
    if (!hasEnded(record.state))
        return Handled::NotYet;
    const bool answersToIt = step.guard && step.guard->step == before && record.state == StepState::Failed;
    if (endedWell(record.state) || answersToIt || stepOf(before).onFailure == OnFailure::Continue)
        return Handled::Yes;
    // Only by steps that come before this one: others may be waiting for it.
    return record.state == StepState::Failed ? handled(before, step.id) : Handled::No;
}

PlanProgress::Handled PlanProgress::handled(int failed, int below) const
{
    Handled best = Handled::No;
    for (const int id : m_guarded[static_cast<size_t>(failed)]) {
        if (id >= below)
            continue;
        const bool instead = !stepOf(id).guard->succeeded;
        Handled one = Handled::No;
        switch (answerOf(recordOf(id))) {
        case Answer::Open: one = instead ? Handled::NotYet : handled(id, below); break;
        case Answer::Yes: one = instead ? Handled::Yes : Handled::No; break;
        case Answer::No: one = handled(id, below); break; // the next one on the way down
        case Answer::NotNeeded:
        case Answer::Unknown: break;
        }
        best = qMax(best, one);
    }
    return best;
}

void PlanProgress::applyFailurePolicies()
{
    if (!m_halted.isEmpty())
        return;
    int failures = 0;
    for (const StepRecord& record : m_steps) {
        const bool counts = record.state == StepState::Indeterminate
            || (record.state == StepState::Failed && handled(record.number, static_cast<int>(m_plan.steps.size())) == Handled::No);
        if (!counts)
            continue;
        ++failures;
        if (stepOf(record.number).onFailure == OnFailure::StopPlan) {
            m_halted = Words::tr("Not run, because this did not succeed: %1").arg(whoAndWhat(record));
            return;
        }
    }
    const int limit = m_plan.limits.stopAfterFailures;
    if (limit > 0 && failures >= limit)
        m_halted = Words::tr("Not run: the limit of failed steps (%1) was reached.").arg(limit);
}

PlanProgress::Ending PlanProgress::ending(const Circumstances& circumstances) const
{
    std::map<StepState, int> count;
    bool warning = false;
    int notNeeded = 0;
    int madeUpFor = 0;
    for (const StepRecord& record : m_steps) {
        if (record.state == StepState::Skipped && !record.started.isValid()) {
            ++notNeeded;
            continue;
        }
        ++count[record.state];
        const bool made = record.state == StepState::Failed
            && handled(record.number, static_cast<int>(m_steps.size())) == Handled::Yes;
        madeUpFor += made ? 1 : 0;
        warning = warning || made || record.warning || (record.state == StepState::Skipped && record.skip == SkipReason::Nothing);
    }
    const auto any = [&](StepState state) { return count.contains(state); };
    const bool failed = any(StepState::Failed) && count[StepState::Failed] > madeUpFor;
    const OperationState state = any(StepState::Indeterminate)           ? OperationState::Indeterminate
        : failed || circumstances.journalBroken || circumstances.refused ? OperationState::Failed
        : any(StepState::Cancelled)                                      ? OperationState::Cancelled
        : warning || !circumstances.remark.isEmpty()                     ? OperationState::Warning
                                                                         : OperationState::Succeeded;
    QStringList parts;
    const auto part = [&](StepState of, const char* words) {
        if (any(of))
            parts.append(Words::tr(words, nullptr, count[of]));
    };
    part(StepState::Succeeded, QT_TRANSLATE_NOOP("elephaas::PlanRunner", "%n succeeded"));
    part(StepState::Skipped, QT_TRANSLATE_NOOP("elephaas::PlanRunner", "%n skipped"));
    part(StepState::Failed, QT_TRANSLATE_NOOP("elephaas::PlanRunner", "%n failed"));
    part(StepState::Indeterminate, QT_TRANSLATE_NOOP("elephaas::PlanRunner", "%n with unknown outcome"));
    part(StepState::Cancelled, QT_TRANSLATE_NOOP("elephaas::PlanRunner", "%n cancelled"));
    if (notNeeded > 0)
        parts.append(Words::tr("%n not needed", nullptr, notNeeded));
    QString message = parts.join(u", "_s);
    if (madeUpFor > 0)
        message += u". "_s % Words::tr("Of what failed, %n could be done another way.", nullptr, madeUpFor);
    // Why nothing more was handed out is news only where that kept something from running.
    const bool someNeverRan = std::ranges::any_of(m_steps,
        [](const StepRecord& step) { return step.state == StepState::Cancelled && !step.started.isValid(); });
    if (!m_halted.isEmpty() && (someNeverRan || circumstances.journalBroken))
        message += u". "_s % m_halted;
    if (!circumstances.remark.isEmpty())
        message += u". "_s % circumstances.remark;
    return {state, message};
}

} // namespace elephaas
