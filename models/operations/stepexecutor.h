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
};

} // namespace elephaas
