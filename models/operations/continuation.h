#pragma once

#include "models/operations/plan.h"
#include "models/ports/operationjournal.h"

#include <set>
#include <span>

namespace elephaas {

enum class Way { Continue, TakeBack };

// Whom an instance follows when the plan is through, and so was copied from; nothing where the plan does not say.
std::optional<InstanceId> sourceOf(const Plan& plan, InstanceId instance);
// The instances that the plan changes; others have steps in it, too: a checkpoint on a source.
std::set<InstanceId> targetsOf(const Plan& plan);

// The ways on from an operation that did not come to a good end, as plans of their own: they are reviewed, approved and journalled like
// any other. Pure. InvalidInput says why there is none: its plan was written by an earlier version, or nothing is left.

// Steps that were done by the word of the record alone: one that removes what would tell so may have acted, and it comes after them.
std::set<int> doneByRecord(const Plan& plan, const OperationRecord& record);

// Which ways there are, and why not; reads the record's plan once.
struct WaysOn {
    QString whyNotContinue = {}; // "": it can be continued
    QString whyNotTakeBack = {};
    std::set<int> doneByRecord = {};
};
// `later`: as OperationJournal::later() gives them.
WaysOn waysOn(const OperationRecord& record, std::span<const OperationRecord> later = {});

// Whether `later` went on with the operation, or took it back, and has begun to.
bool isContinuedBy(const OperationRecord& record, const OperationRecord& later);
// Why it is not gone on with any more, whatever its plan: somebody did already, or its instances were dealt with since. "": nothing of the
// kind is among `later`.
QString supersededBy(const OperationRecord& record, std::span<const OperationRecord> later);

// The same plan once more. What is done already is skipped by each step's own evidence; steps whose evidence holds only in the moment
// (a restart, a reload) are left out when they ended well, and those that are done by the record's word always.
Expected<Plan> continuationOf(const OperationRecord& record, const QDateTime& now);

// What was done, taken back, the last first. A step whose outcome is not known is asked first whether it was done. Nothing from before a
// step after which there is no way back.
Expected<Plan> undoOf(const OperationRecord& record, const QDateTime& now);

} // namespace elephaas
