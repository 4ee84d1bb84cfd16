#pragma once

#include "models/operations/events.h"
#include "models/operations/plan.h"

#include <functional>
#include <stop_token>

namespace elephaas {

// How a step ended. `state` is one of Succeeded, Skipped, Failed, Cancelled, Indeterminate.
struct StepResult {
    StepState state = StepState::Failed;
    QString message;
    bool warning = false;
    // With Skipped. Where it is left open, a question that was skipped was answered no, and anything else was done already.
    SkipReason skip = SkipReason::Nothing;
    QDateTime oldAnswersUntil = {}; // as StepRecord's
};

// What an executor gets to work with, for one step.
struct StepContext {
    std::stop_token cancel; // a person cancelled: end what can be ended safely, then say where it stands
    std::stop_token abort; // the program ends: return at once, without looking again
    std::function<void(const OperationEvent&)> emitEvent; // StepProgress, StepCommand, StepOutput, StepObserved; never empty
};

// Does one step and proves it. Blocks; called from many threads at once.
class StepExecutor {
public:
    virtual ~StepExecutor() = default;
    virtual StepResult execute(const Step& step, const StepContext& context) = 0;
    // Looks whether what the step is for holds now, by its doneScript, proofScript and postcondition; changes nothing. Succeeded: it
    // holds; Failed: it does not; Indeterminate: not known. The message says what was seen. Blocks; from many threads at once.
    virtual StepResult inspect(const Step& step, std::stop_token stop);
};

inline StepResult StepExecutor::inspect(const Step& /*step*/, std::stop_token /*stop*/)
{
    return {.state = StepState::Indeterminate, .message = {}};
}

} // namespace elephaas
