#include "models/operations/planrunner.h"

#include "models/operations/backgroundthread.h"
#include "models/operations/cappedbuffer.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::PlanRunner)
};

bool endedWell(StepState state) { return state == StepState::Succeeded || state == StepState::Skipped; }

QString whoAndWhat(const StepRecord& step) { return step.title.isEmpty() ? step.target : step.title; }

} // namespace

class PlanRunner::Private {
public:
    // Guarded by the runner's mutex, but for `request` and `id`, which never change, and what says otherwise.
    struct Operation {
        QUuid id;
        OperationRequest request;
        std::vector<StepRecord> steps;
        enum class Phase { Queued, Running, Ended } phase = Phase::Queued;
        std::vector<int> pending; // not handed out yet, in order
        std::vector<int> unwritten; // ended without having run; the coordinator writes and reports them
        int running = 0;
        int failures = 0;
        std::map<ServerId, int> serverLoad;
        QString halted; // why nothing more is handed out; "" while it goes on
        bool journalBroken = false;
        std::stop_source cancel;
        std::mutex events; // one event at a time; taken without the runner's mutex
    };
    using OperationPtr = std::shared_ptr<Operation>;
    struct Task {
        OperationPtr operation;
        int step = 0;
    };

    Private(std::shared_ptr<StepExecutor> stepExecutor, std::shared_ptr<OperationJournal> operationJournal,
        std::shared_ptr<const Clock> theClock, RunnerLimits runnerLimits, EventSink eventSink)
        : executor(std::move(stepExecutor))
        , journal(std::move(operationJournal))
        , clock(std::move(theClock))
        , limits(runnerLimits)
        , sink(std::move(eventSink))
    {
        limits.parallel = qMax(1, limits.parallel);
        limits.perServer = qMax(1, limits.perServer);
    }

    Expected<void> start(OperationRequest request);
    void cancel(const QUuid& id, const QString& why);
    std::optional<Error> whoIsBusy(const Plan& plan) const;

    void coordinate(const std::stop_token& stop);
    void work(const std::stop_token& stop);

    std::optional<Task> nextTask();
    std::optional<int> nextStepOf(const Operation& operation) const;
    bool isReady(const Operation& operation, const Step& step) const;
    void settle(Operation& operation);
    OperationPtr needsAttention() const;

    void begin(const OperationPtr& operation, std::unique_lock<std::mutex>& lock);
    void reportUnrun(const OperationPtr& operation, std::unique_lock<std::mutex>& lock);
    void end(const OperationPtr& operation, std::unique_lock<std::mutex>& lock);
    void perform(const Task& task);
    StepResult execute(const OperationPtr& operation, const Step& step, StepRecord& record);
    void emitEvent(Operation& operation, const OperationEvent& event) const;
    void journalFailed(const OperationPtr& operation, const Error& error);

    const std::shared_ptr<StepExecutor> executor;
    const std::shared_ptr<OperationJournal> journal;
    const std::shared_ptr<const Clock> clock;
    RunnerLimits limits;
    const EventSink sink;

    std::mutex mutex;
    std::condition_variable_any wake; // workers and coordinator
    std::condition_variable_any idle;
    std::vector<OperationPtr> operations; // not ended, oldest first
    std::set<QUuid> known; // ids of all operations ever started here
    std::map<ServerId, int> serverLoad;
    std::set<InstanceId> busyInstances;
    size_t turn = 0; // operations take turns in handing out
    std::stop_source abort;
    std::vector<std::jthread> threads; // the first one is the coordinator; made by the first operation
};

Expected<void> PlanRunner::Private::start(OperationRequest request)
{
    if (const QString why = request.plan.whyNotRunnable(); !why.isEmpty())
        return fail({.kind = ErrorKind::InvalidInput, .what = why});
    auto operation = std::make_shared<Operation>();
    operation->id = request.plan.id;
    for (const Step& step : request.plan.steps) {
        operation->steps.push_back({.number = step.id, .title = step.title, .target = step.target, .instance = step.instance});
        operation->pending.push_back(step.id);
    }
    operation->request = std::move(request);

    const std::scoped_lock lock(mutex);
    if (abort.stop_requested())
        return fail({.kind = ErrorKind::Cancelled, .what = Words::tr("The console is closing.")});
    if (operation->id.isNull() || known.contains(operation->id))
        return fail({.kind = ErrorKind::InvalidInput, .what = Words::tr("This plan was run already; make a new one.")});
    if (const std::optional<Error> busy = whoIsBusy(operation->request.plan))
        return fail(*busy);
    known.insert(operation->id);
    operations.push_back(std::move(operation));
    if (threads.empty()) {
        threads.emplace_back([this](const std::stop_token& stop) { coordinate(stop); });
        for (int i = 0; i < limits.parallel; ++i)
            threads.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
    wake.notify_all();
    return {};
}

// An instance that belongs to two operations would be stopped by one and started by the other. Under the mutex.
std::optional<Error> PlanRunner::Private::whoIsBusy(const Plan& plan) const
{
    std::map<InstanceId, const Operation*> taken;
    for (const OperationPtr& operation : operations) {
        for (const StepRecord& step : operation->steps) {
            if (step.instance)
                taken.emplace(*step.instance, operation.get());
        }
    }
    for (const Step& step : plan.steps) {
        const auto other = step.instance ? taken.find(*step.instance) : taken.end();
        if (other != taken.end())
            return Error{.kind = ErrorKind::Busy,
                .what = Words::tr("Another operation works on %1: %2.").arg(step.target, other->second->request.plan.title),
                .where = step.target,
                .remedy = Words::tr("Wait until it has ended, or cancel it.")};
    }
    return {};
}

void PlanRunner::Private::cancel(const QUuid& id, const QString& why)
{
    OperationPtr found;
    {
        const std::scoped_lock lock(mutex);
        const auto it = std::ranges::find(operations, id, [](const OperationPtr& operation) { return operation->id; });
        if (it == operations.end())
            return;
        found = *it;
        if (found->halted.isEmpty())
            found->halted = why;
        settle(*found);
        wake.notify_all();
    }
    found->cancel.request_stop(); // runs callbacks of whoever listens: not under the mutex
}

// ---- Handing out; all under the mutex ----

bool PlanRunner::Private::isReady(const Operation& operation, const Step& step) const
{
    const bool freeInstance = !step.instance || !busyInstances.contains(*step.instance);
    if (!freeInstance)
        return false;
    if (step.server) {
        const auto load = [&](const std::map<ServerId, int>& loads) {
            const auto it = loads.find(*step.server);
            return it == loads.end() ? 0 : it->second;
        };
        if (load(serverLoad) >= limits.perServer
            || load(operation.serverLoad) >= qMax(1, operation.request.plan.limits.perServer))
            return false;
    }
    return std::ranges::all_of(step.after,
        [&](int before) { return hasEnded(operation.steps[static_cast<size_t>(before)].state); });
}

std::optional<int> PlanRunner::Private::nextStepOf(const Operation& operation) const
{
    if (operation.phase != Operation::Phase::Running || !operation.halted.isEmpty()
        || operation.running >= qMax(1, operation.request.plan.limits.parallel))
        return {};
    for (const int id : operation.pending) {
        if (isReady(operation, operation.request.plan.steps[static_cast<size_t>(id)]))
            return id;
    }
    return {};
}

std::optional<PlanRunner::Private::Task> PlanRunner::Private::nextTask()
{
    for (size_t i = 0; i < operations.size(); ++i) {
        const OperationPtr& operation = operations[(turn + i) % operations.size()];
        const std::optional<int> id = nextStepOf(*operation);
        if (!id)
            continue;
        turn = (turn + i + 1) % operations.size();
        const Step& step = operation->request.plan.steps[static_cast<size_t>(*id)];
        std::erase(operation->pending, *id);
        operation->steps[static_cast<size_t>(*id)].state = StepState::Running;
        ++operation->running;
        if (step.server) {
            ++serverLoad[*step.server];
            ++operation->serverLoad[*step.server];
        }
        if (step.instance)
            busyInstances.insert(*step.instance);
        return Task{operation, *id};
    }
    return {};
}

// Decides which waiting steps will never run: all of them when the operation is halted, else those that come after one that
// did not end well. A dependency always has a lower id, so that one pass finds them all.
void PlanRunner::Private::settle(Operation& operation)
{
    const auto& plan = operation.request.plan;
    std::vector<int> left;
    for (const int id : operation.pending) {
        QString why = operation.halted;
        for (const int before : plan.steps[static_cast<size_t>(id)].after) {
            const StepRecord& record = operation.steps[static_cast<size_t>(before)];
            const bool blocks = hasEnded(record.state) && !endedWell(record.state)
                && plan.steps[static_cast<size_t>(before)].onFailure != OnFailure::Continue;
            if (blocks && why.isEmpty())
                why = Words::tr("Not run, because this did not succeed: %1").arg(whoAndWhat(record));
        }
        if (why.isEmpty()) {
            left.push_back(id);
            continue;
        }
        StepRecord& record = operation.steps[static_cast<size_t>(id)];
        record.state = StepState::Cancelled;
        record.message = why;
        operation.unwritten.push_back(id);
    }
    operation.pending = std::move(left);
}

PlanRunner::Private::OperationPtr PlanRunner::Private::needsAttention() const
{
    for (const OperationPtr& operation : operations) {
        const bool over = operation->pending.empty() && operation->running == 0;
        if (operation->phase == Operation::Phase::Queued || !operation->unwritten.empty() || over)
            return operation;
    }
    return {};
}

// ---- The coordinator's thread: beginnings, endings, and steps that never ran ----

void PlanRunner::Private::coordinate(const std::stop_token& stop)
{
    giveWayToWindow(Urgency::Soon);
    std::unique_lock lock(mutex);
    while (wake.wait(lock, stop, [this] { return needsAttention() != nullptr; })) {
        const OperationPtr operation = needsAttention();
        if (operation->phase == Operation::Phase::Queued)
            begin(operation, lock);
        else if (!operation->unwritten.empty())
            reportUnrun(operation, lock);
        else
            end(operation, lock);
        wake.notify_all();
    }
}

void PlanRunner::Private::begin(const OperationPtr& operation, std::unique_lock<std::mutex>& lock)
{
    lock.unlock();
    const OperationRequest& request = operation->request;
    OperationRecord record{.id = operation->id, .kind = request.plan.kind, .title = request.plan.title,
        .operatorName = request.operatorName, .clientHost = request.clientHost, .reason = request.reason,
        .started = clock->now(), .plan = request.plan.toJson()};
    for (const Step& step : request.plan.steps)
        record.steps.push_back({.number = step.id, .title = step.title, .target = step.target, .instance = step.instance});
    const Expected<void> written = journal->begin(record);
    if (written)
        emitEvent(*operation, OperationStarted{std::move(record)});
    else
        emitEvent(*operation, JournalFailed{written.error()});
    lock.lock();
    operation->phase = Operation::Phase::Running;
    if (!written) {
        operation->journalBroken = true;
        operation->halted = Words::tr("Nothing was run: the operation could not be recorded. %1").arg(written.error().text());
    }
    settle(*operation);
}

void PlanRunner::Private::reportUnrun(const OperationPtr& operation, std::unique_lock<std::mutex>& lock)
{
    std::vector<StepRecord> records;
    for (const int id : std::exchange(operation->unwritten, {}))
        records.push_back(operation->steps[static_cast<size_t>(id)]);
    const bool write = !operation->journalBroken;
    lock.unlock();
    const Expected<void> written = write ? journal->writeSteps(operation->id, records) : Expected<void>();
    for (const StepRecord& record : records)
        emitEvent(*operation, StepFinished{record});
    if (!written)
        journalFailed(operation, written.error());
    lock.lock();
}

void PlanRunner::Private::end(const OperationPtr& operation, std::unique_lock<std::mutex>& lock)
{
    std::map<StepState, int> count;
    bool warning = false;
    for (const StepRecord& record : operation->steps) {
        ++count[record.state];
        warning = warning || record.warning || record.state == StepState::Skipped;
    }
    const auto any = [&](StepState state) { return count.contains(state); };
    const OperationState state = any(StepState::Indeterminate) ? OperationState::Indeterminate
        : any(StepState::Failed) || operation->journalBroken   ? OperationState::Failed
        : any(StepState::Cancelled)                            ? OperationState::Cancelled
        : warning                                              ? OperationState::Warning
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
    QString message = parts.join(u", "_s);
    // Why nothing more was handed out is news only where that kept something from running.
    const bool someNeverRan = std::ranges::any_of(operation->steps,
        [](const StepRecord& step) { return step.state == StepState::Cancelled && !step.started.isValid(); });
    if (!operation->halted.isEmpty() && (someNeverRan || operation->journalBroken))
        message += u". "_s % operation->halted;
    const bool write = !operation->journalBroken;
    lock.unlock();

    const QDateTime at = clock->now();
    const Expected<void> written = write ? journal->finish(operation->id, state, message, at) : Expected<void>();
    if (!written) {
        message += u". "_s % Words::tr("The end of the operation could not be recorded: %1").arg(written.error().text());
        emitEvent(*operation, JournalFailed{written.error()});
    }
    emitEvent(*operation, OperationFinished{state, message, at});

    lock.lock();
    operation->phase = Operation::Phase::Ended;
    std::erase(operations, operation);
    turn = 0;
    if (operations.empty())
        idle.notify_all();
}

// ---- The workers' threads ----

void PlanRunner::Private::work(const std::stop_token& stop)
{
    giveWayToWindow(Urgency::Soon);
    while (true) {
        std::optional<Task> task;
        {
            std::unique_lock lock(mutex);
            if (!wake.wait(lock, stop, [&] { return (task = nextTask()).has_value(); }))
                return;
        }
        perform(*task);
    }
}

void PlanRunner::Private::perform(const Task& task)
{
    Operation& operation = *task.operation;
    const Step& step = operation.request.plan.steps[static_cast<size_t>(task.step)];
    StepRecord record{.number = step.id, .title = step.title, .target = step.target, .instance = step.instance,
        .state = StepState::Running, .started = clock->now()};

    Expected<void> written = journal->writeStep(operation.id, record);
    if (written) {
        emitEvent(operation, StepStarted{step.id, record.started});
        const StepResult result = execute(task.operation, step, record);
        record.state = hasEnded(result.state) ? result.state : StepState::Indeterminate;
        record.message = result.message;
        record.warning = result.warning;
        record.ended = clock->now();
        written = journal->writeStep(operation.id, record);
        if (!written)
            record.message += u" "_s % Words::tr("(The result could not be recorded.)");
    } else {
        record.state = StepState::Cancelled;
        record.started = {};
        record.message = Words::tr("Not run: the step could not be recorded.");
    }
    emitEvent(operation, StepFinished{record});
    if (!written)
        journalFailed(task.operation, written.error());

    const std::scoped_lock lock(mutex);
    operation.steps[static_cast<size_t>(step.id)] = record;
    operation.steps[static_cast<size_t>(step.id)].output.clear();
    --operation.running;
    if (step.server) {
        --serverLoad[*step.server];
        --operation.serverLoad[*step.server];
    }
    if (step.instance)
        busyInstances.erase(*step.instance);
    if (record.state == StepState::Failed || record.state == StepState::Indeterminate) {
        const int limit = operation.request.plan.limits.stopAfterFailures;
        if (++operation.failures >= limit && limit > 0 && operation.halted.isEmpty())
            operation.halted = Words::tr("Not run: the limit of failed steps (%1) was reached.").arg(limit);
        if (step.onFailure == OnFailure::StopPlan && operation.halted.isEmpty())
            operation.halted = Words::tr("Not run, because this did not succeed: %1").arg(whoAndWhat(record));
    }
    settle(operation);
    wake.notify_all();
}

StepResult PlanRunner::Private::execute(const OperationPtr& operation, const Step& step, StepRecord& record)
{
    CappedBuffer output;
    StepContext context{.cancel = operation->cancel.get_token(), .abort = abort.get_token(), .emitEvent = {}};
    context.emitEvent = [&](const OperationEvent& event) {
        if (const auto* sent = std::get_if<StepCommand>(&event)) {
            if (!record.command.isEmpty())
                record.command += u'\n';
            record.command += QString::fromUtf8(sent->command);
        } else if (const auto* chunk = std::get_if<StepOutput>(&event)) {
            output.append(chunk->bytes);
        }
        emitEvent(*operation, event);
    };
    StepResult result = executor->execute(step, context);
    record.output = output.toBytes();
    return result;
}

void PlanRunner::Private::emitEvent(Operation& operation, const OperationEvent& event) const
{
    const std::scoped_lock lock(operation.events);
    if (sink)
        sink(operation.id, event);
}

void PlanRunner::Private::journalFailed(const OperationPtr& operation, const Error& error)
{
    emitEvent(*operation, JournalFailed{error});
    const std::scoped_lock lock(mutex);
    operation->journalBroken = true;
    if (operation->halted.isEmpty())
        operation->halted = Words::tr("Not run: the operation could no longer be recorded. %1").arg(error.text());
    settle(*operation);
    wake.notify_all();
}

PlanRunner::PlanRunner(std::shared_ptr<StepExecutor> executor, std::shared_ptr<OperationJournal> journal,
    std::shared_ptr<const Clock> clock, RunnerLimits limits, EventSink sink)
    : m_d(std::make_unique<Private>(std::move(executor), std::move(journal), std::move(clock), limits, std::move(sink)))
{
}

PlanRunner::~PlanRunner()
{
    std::vector<QUuid> left;
    {
        const std::scoped_lock lock(m_d->mutex);
        for (const auto& operation : m_d->operations)
            left.push_back(operation->id);
    }
    m_d->abort.request_stop();
    for (const QUuid& id : left)
        m_d->cancel(id, Words::tr("Not run: the console was closed."));
    waitUntilIdle();
    m_d->threads.clear();
}

Expected<void> PlanRunner::start(OperationRequest request) { return m_d->start(std::move(request)); }

void PlanRunner::cancel(const QUuid& operation) { m_d->cancel(operation, Words::tr("Not run: the operation was cancelled.")); }

void PlanRunner::waitUntilIdle()
{
    std::unique_lock lock(m_d->mutex);
    m_d->idle.wait(lock, [this] { return m_d->operations.empty(); });
}

} // namespace elephaas
