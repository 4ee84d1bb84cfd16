#pragma once

#include "models/operations/plan.h"
#include "models/ports/operationjournal.h"
#include "models/services/inventoryservice.h"

#include <QObject>

#include <memory>
#include <vector>

namespace elephaas {

class ProbeService;

// Runs plans and knows what ran. GUI-thread object; plans run on threads of its own, and what happens arrives here in batches,
// at most ten times a second.
class OperationService final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OperationService)

public:
    // Runs a plan as approved and returns its operation's id at once. Refuses (NotFound, Busy, PermissionDenied …) without side effects.
    Expected<QUuid> run(const Plan& plan, const QString& reason = {});
    // Starts nothing more and ends what can be ended safely; the operation then finishes by itself.
    void cancel(const QUuid& operation);

    // Everything of this run of the program, newest first; live: states and output so far.
    std::vector<QUuid> operations() const;
    const OperationRecord* record(const QUuid& operation) const;
    int runningCount() const;

    // From the journal (earlier runs too); `done` in the GUI thread unless `context` is gone.
    void history(int limit, QObject* context, std::function<void(Expected<std::vector<OperationRecord>>)> done);
    void fetch(const QUuid& operation, QObject* context, std::function<void(Expected<OperationRecord>)> done);

Q_SIGNALS:
    void operationStarted(const QUuid& operation);
    void stepChanged(const QUuid& operation, int step); // state, message or output
    void operationFinished(const QUuid& operation);
};

} // namespace elephaas
