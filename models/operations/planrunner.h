#pragma once

#include "models/operations/events.h"
#include "models/operations/plan.h"
#include "models/operations/stepexecutor.h"
#include "models/ports/clock.h"
#include "models/ports/herdlocks.h"
#include "models/ports/operationjournal.h"

#include <memory>
#include <optional>
#include <vector>

namespace elephaas {

// Over all operations together; a plan may ask for less.
struct RunnerLimits {
    int parallel = 16; // steps at once: the number of threads
    int perServer = 4; // of those on one server
    int perSource = 4; // relays that read from one host
    // and always: one step per instance
};

struct OperationRequest {
    Plan plan;
    QString operatorName = {};
    QString clientHost = {};
    QString reason = {};
};

// Runs plans on a pool of threads of its own. Thread-safe.
//
// An operation is first written to the journal; when that fails nothing of it runs and it ends failed. Each step is written before it
// acts and after it ended. When one of these writes fails, the operation hands out nothing more: steps under way come to their end,
// the rest is cancelled, and a JournalFailed event and the operation's message say so.
//
// Then the plan's herds are locked. Somebody else's lock fails the operation, and nothing of it runs. When nobody can tell who has the
// lock, because the inventory is not there, start, stop, restart and reload go on and say so; everything else is refused.
//
// A step ends in exactly one of Succeeded, Skipped, Failed, Cancelled, Indeterminate. What never ran is Cancelled, with the reason;
// or Skipped, where its guard says that it need not run. A failed step that a guard answers to is waited for: what comes `after` it
// runs once another step before that one has made up for it, and a failure policy applies only when nothing did.
class PlanRunner final {
public:
    PlanRunner(std::shared_ptr<StepExecutor> executor, std::shared_ptr<OperationJournal> journal, std::shared_ptr<const Clock> clock,
        RunnerLimits limits, EventSink sink, std::shared_ptr<HerdLocks> locks = {});
    // Aborts what runs and joins the threads.
    ~PlanRunner();
    PlanRunner(const PlanRunner&) = delete;
    PlanRunner& operator=(const PlanRunner&) = delete;

    // Queues the plan and returns. Busy, with the names of instance and operation, when one of its instances or herds belongs to an
    // operation that has not ended; InvalidInput when the plan is not runnable or its id was used.
    Expected<void> start(OperationRequest request);
    void cancel(const QUuid& operation);

    // Blocks until nothing runs or waits; for tests and for the end of the program.
    void waitUntilIdle();

private:
    class Private;
    std::unique_ptr<Private> m_d;
};

} // namespace elephaas
