#pragma once

#include "models/operations/continuation.h"
#include "models/operations/lifecycle.h"
#include "models/operations/plan.h"
#include "models/operations/planrunner.h"
#include "models/ports/operationjournal.h"
#include "models/services/inventoryservice.h"

#include <QObject>

#include <memory>
#include <vector>

namespace elephaas {

class ProbeService;

// What a step's own evidence says now.
struct StepInspection {
    int step = 0;
    StepResult result; // Succeeded: it holds; Failed: it does not; Indeterminate: not known
    QDateTime at; // UTC
};

// Runs plans and knows what ran. GUI-thread object; plans run on threads of its own, and what happens arrives here in batches,
// at most ten times a second.
//
// What the runs see is handed to the inventory service as it comes, and when an operation ends its instances are probed once more.
class OperationService final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OperationService)

public:
    struct Options {
        RunnerLimits limits = {};
        QString operatorName = {}; // who: the desktop user, and the inventory's user when shared
        QString clientHost = {};
        std::chrono::milliseconds batchInterval{100}; // least time between two batches of changes
        std::shared_ptr<HerdLocks> locks = {}; // may be null: then nothing is locked
        TargetResolver resolve = {}; // how a server of the inventory is addressed; called in the GUI thread
    };

    // `executor` does the steps (usually a PortExecutor on the remote shell and a prober). `probes` may be null.
    OperationService(std::shared_ptr<StepExecutor> executor, std::shared_ptr<OperationJournal> journal, InventoryService& inventory,
        ProbeService* probes, std::shared_ptr<const Clock> clock, Options options, QObject* parent = nullptr);
    // Cancels what runs and waits until the remote commands that are under way were told to end (seconds); their steps are journalled
    // as indeterminate.
    ~OperationService() override;

    // Runs a plan as approved and returns its operation's id (the plan's) at once. Refuses without side effects: PermissionDenied in
    // read-only mode, InvalidInput for a plan with a blocker or one that ran already, NotFound or Conflict when an instance is gone or
    // has moved since the plan was made, Busy (naming instance and operation) when one of its instances is part of an operation under way.
    Expected<QUuid> run(const Plan& plan, const QString& reason = {});
    // "" when operations may be run, else why not (read-only mode): for tool tips.
    QString whyNotRunnable() const;
    QString operatorName() const;
    // Starts nothing more and ends what can be ended safely; the operation then finishes by itself.
    void cancel(const QUuid& operation);

    // Everything of this run of the program, newest first; live: states and output so far.
    std::vector<QUuid> operations() const;
    const OperationRecord* record(const QUuid& operation) const;
    int runningCount() const;
    // The operation under way that has this instance among its steps, if any.
    std::optional<QUuid> operationOf(InstanceId instance) const;

    // From the journal (earlier runs too); `done` in the GUI thread unless `context` is gone.
    void history(int limit, QObject* context, std::function<void(Expected<std::vector<OperationRecord>>)> done);
    void fetch(const QUuid& operation, QObject* context, std::function<void(Expected<OperationRecord>)> done);
    // Operations that a console which is gone began and never finished, oldest first. They are shown as what is known of them:
    // indeterminate, as is the step that was under way. In the journal they stay unfinished until a person decides: with resolve(), or by
    // running a plan that `continues` them, as soon as a step of it has begun; then they are not among these any more.
    void unfinished(QObject* context, std::function<void(Expected<std::vector<OperationRecord>>)> done);
    // How one that has ended, or was left open, can be gone on with; its plan and what came after it are read in the background.
    void waysOn(const OperationRecord& record, QObject* context, std::function<void(const WaysOn&)> done);
    // Closes one of them as indeterminate with a message that says who decided what. NotFound when somebody decided already.
    void resolve(const QUuid& operation, const QString& message, QObject* context, std::function<void(Expected<OperationRecord>)> done);
    // Looks on the hosts what holds now of each step, in the background; changes nothing. `each` is called in the GUI thread as the
    // answers come, until `context` is gone. InvalidInput when the record's plan cannot be read.
    Expected<void> inspect(const OperationRecord& record, QObject* context, std::function<void(const StepInspection&)> each);

Q_SIGNALS:
    void operationStarted(const QUuid& operation);
    void stepChanged(const QUuid& operation, int step); // state, message or output
    void operationFinished(const QUuid& operation);
    // One that was unfinished, as it is closed now.
    void operationResolved(const elephaas::OperationRecord& record);
    // The journal could not be written. An operation that could not even be begun there ran nothing; a later failure stops the
    // operation from handing out more steps. The operation's message says so too.
    void journalFailed(const QUuid& operation, const elephaas::Error& error);

private:
    class Private;
    std::unique_ptr<Private> m_d;
};

} // namespace elephaas
