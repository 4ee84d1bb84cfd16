#pragma once

#include "models/operations/plan.h"
#include "models/ports/operationjournal.h"

namespace elephaas {

// The ways on from an operation that did not come to a good end, as plans of their own: they are reviewed, approved and journalled like
// any other. Pure. InvalidInput says why there is none: its plan was written by an earlier version, or nothing is left.

// The same plan once more. What is done already is skipped by each step's own evidence; steps whose evidence holds only in the moment
// (a restart, a reload) are left out when they ended well.
Expected<Plan> continuationOf(const OperationRecord& record, const QDateTime& now);

// What was done, taken back, the last first. A step whose outcome is not known is asked first whether it was done. Nothing from before a
// step after which there is no way back.
Expected<Plan> undoOf(const OperationRecord& record, const QDateTime& now);

} // namespace elephaas
