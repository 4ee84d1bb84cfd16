#pragma once

#include "models/operations/continuation.h"
#include "models/operations/planbuilder.h"
#include "models/operations/stepexecutor.h"

#include <map>
#include <stop_token>

namespace elephaas {

// What goes on with an operation, or takes it back, keeps its steps; but between the first try and now the herd may have been turned around.
// The findings are made anew from what is seen now: whether the target is what the plan takes it for, whether its source still is one, and
// what holds of each step. A target that is stopped or half replaced is the usual case here and blocks nothing. Pure. `inspected`: what
// StepExecutor::inspect() said, by step.
Plan withFreshFindings(Plan next, const Inventory& inventory, const ReplicationFacts& facts, const std::map<int, StepResult>& inspected,
    const PlanningTools& tools);

// Looks at the servers and makes the plan, under this id. Blocks; from any thread. `superseded`: supersededBy(), which then blocks it.
Expected<Plan> planAgain(const OperationRecord& record, Way way, const QString& superseded, const Inventory& inventory,
    const PlanningTools& tools, StepExecutor& executor, const QUuid& id, const std::stop_token& stop);

} // namespace elephaas
