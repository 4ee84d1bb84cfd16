#pragma once

#include "models/ports/operationjournal.h"

#include <QJsonObject>

namespace elephaas {

// The whole record of an operation for a ticket: who, when and why, the plan as it was approved with the reasons for passing over blockers,
// and of each step state, time, proof, what was sent and what came back. Whatever hosts wrote stays text.
QString reportMarkdown(const OperationRecord& record);
// The same for programs; the plan is the one that Plan::fromJson() reads.
QJsonObject reportJson(const OperationRecord& record);

} // namespace elephaas
