#include "models/operations/planrunner.h"

#include "models/operations/backgroundthread.h"
#include "models/operations/cappedbuffer.h"
#include "models/operations/lifecycle.h"
#include "models/operations/planprogress.h"

#include <QCoreApplication>

#include <algorithm>
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

} // namespace

class PlanRunner::Private {
public:
    // Guarded by the runner's mutex, but for `request` and `id`, which never change, and what says otherwise.
    struct Operation {
        explicit Operation(OperationRequest asked)
            : id(asked.plan.id)
            , request(std::move(asked))
            , progress(request.plan)
        {
        }
        const QUuid id;
        const OperationRequest request;
        PlanProgress progress;
        enum class Phase { Queued, Locking, Running, Ended } phase = Phase::Queued;
        std::vector<int> unwritten; // ended without having run; the coordinator writes and reports them
        int running = 0;
        std::map<ServerId, int> serverLoad;
        bool journalBroken = false;
        bool refused = false; // nothing ran, and that is a failure
        bool locked = false;
        QString remark; // what a person should know of the whole; for its message
        std::jthread locker; // waits for the inventory's server, so that other operations need not
        std::stop_source cancel;
        std::mutex events; // one event at a time; taken without the runner's mutex
    };
    using OperationPtr = std::shared_ptr<Operation>;
    struct Task {
        OperationPtr operation;
        int step = 0;
    };

    Private(std::shared_ptr<StepExecutor> stepExecutor, std::shared_ptr<OperationJournal> operationJournal,
        std::shared_ptr<const Clock> theClock, RunnerLimits runnerLimits, EventSink eventSink, std::shared_ptr<HerdLocks> herdLocks)
        : executor(std::move(stepExecutor))
        , journal(std::move(operationJournal))
        , clock(std::move(theClock))
        , limits(runnerLimits)
        , sink(std::move(eventSink))
        , locks(std::move(herdLocks))
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
    static void settle(Operation& operation);
    OperationPtr needsAttention() const;

    void begin(const OperationPtr& operation, std::unique_lock<std::mutex>& lock);
    void lockHerds(Operation& operation);
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
    const std::shared_ptr<HerdLocks> locks; // may be null

    std::mutex mutex;
    std::condition_variable_any wake; // workers and coordinator
    std::condition_variable_any idle;
    std::vector<OperationPtr> operations; // not ended, oldest first
    std::set<QUuid> known; // ids of all operations ever started here
    std::map<ServerId, int> serverLoad;
    std::map<QString, int> sourceLoad; // relays by the host they read from
    std::set<InstanceId> busyInstances;
    size_t turn = 0; // operations take turns in handing out
    std::stop_source abort;
    std::vector<std::jthread> threads; // the first one is the coordinator; made by the first operation
};

Expected<void> PlanRunner::Private::start(OperationRequest request)
{
    if (const QString why = request.plan.whyNotRunnable(); !why.isEmpty())
        return fail({.kind = ErrorKind::InvalidInput, .what = why});
    auto operation = std::make_shared<Operation>(std::move(request));

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
        for (const StepRecord& step : operation->progress.steps()) {
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
    for (const OperationPtr& operation : operations) {
        const std::vector<HerdId>& theirs = operation->request.plan.herds;
        if (std::ranges::any_of(plan.herds, [&](HerdId herd) { return std::ranges::find(theirs, herd) != theirs.end(); }))
            return Error{.kind = ErrorKind::Busy,
                .what = Words::tr("Another operation works on this herd: %1.").arg(operation->request.plan.title),
                .where = {},
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
        found->progress.halt(why);
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
    if (const auto* relay = std::get_if<RelayScripts>(&step.action)) {
        const auto it = sourceLoad.find(relay->source.host);
        if (it != sourceLoad.end() && it->second >= qMax(1, qMin(limits.perSource, operation.request.plan.limits.perSource)))
            return false;
    }
    return operation.progress.mayRun(step);
}

std::optional<int> PlanRunner::Private::nextStepOf(const Operation& operation) const
{
    if (operation.phase != Operation::Phase::Running || operation.progress.isHalted()
        || operation.running >= qMax(1, operation.request.plan.limits.parallel))
        return {};
    for (const int id : operation.progress.pending()) {
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
        operation->progress.begin(*id);
        ++operation->running;
        if (step.server) {
            ++serverLoad[*step.server];
            ++operation->serverLoad[*step.server];
        }
        if (const auto* relay = std::get_if<RelayScripts>(&step.action))
            ++sourceLoad[relay->source.host];
        if (step.instance)
            busyInstances.insert(*step.instance);
        return Task{operation, *id};
    }
    return {};
}

void PlanRunner::Private::settle(Operation& operation)
{
    const std::vector<int> decided = operation.progress.settle();
    operation.unwritten.insert(operation.unwritten.end(), decided.begin(), decided.end());
}

PlanRunner::Private::OperationPtr PlanRunner::Private::needsAttention() const
{
    for (const OperationPtr& operation : operations) {
        const bool over = operation->phase != Operation::Phase::Locking && operation->progress.pending().empty() && operation->running == 0;
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
    const bool locking = written && locks && !request.plan.herds.empty() && !operation->progress.isHalted();
    operation->phase = locking ? Operation::Phase::Locking : Operation::Phase::Running;
    if (locking)
        operation->locker = std::jthread([this, operation = operation.get()] { lockHerds(*operation); });
    if (!written) {
        operation->journalBroken = true;
        operation->progress.halt(Words::tr("Nothing was run: the operation could not be recorded. %1").arg(written.error().text()), true);
    }
    settle(*operation);
}

// On a thread of its own. The operation stays until it has been joined: end().
void PlanRunner::Private::lockHerds(Operation& operation)
{
    giveWayToWindow(Urgency::Soon);
    const OperationRequest& request = operation.request;
    //: who holds a lock: "ann on laptop7"
    const QString who = Words::tr("%1 on %2").arg(request.operatorName, request.clientHost);
    const Expected<void> locked = locks->acquire(operation.id, request.plan.herds, request.plan.title, who, operation.cancel.get_token());
    const std::scoped_lock lock(mutex);
    operation.locked = locked.has_value();
    operation.phase = Operation::Phase::Running;
    if (!locked && !operation.progress.isHalted()) {
        const QString why = locked.error().text();
        if (locked.error().kind != ErrorKind::Busy && isLifecycle(request.plan.kind)) {
            operation.remark = Words::tr("The herd was not locked against other consoles: %1").arg(why);
        } else {
            operation.refused = true;
            operation.progress.halt(locked.error().kind == ErrorKind::Busy
                    ? Words::tr("Nothing was run. %1").arg(why)
                    : Words::tr("Nothing was run: who follows whom is changed only with the herd locked against other consoles. %1").arg(why));
        }
    }
    settle(operation);
    wake.notify_all();
}

void PlanRunner::Private::reportUnrun(const OperationPtr& operation, std::unique_lock<std::mutex>& lock)
{
    std::vector<StepRecord> records;
    for (const int id : std::exchange(operation->unwritten, {}))
        records.push_back(operation->progress.steps()[static_cast<size_t>(id)]);
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
    if (operation->locker.joinable() || operation->locked) {
        lock.unlock();
        if (operation->locker.joinable())
            operation->locker.join(); // it has said its last word
        const Expected<void> released = operation->locked ? locks->release(operation->id) : Expected<void>();
        lock.lock();
        operation->locked = false;
        if (!released)
            operation->remark = Words::tr("The lock on the herd was lost meanwhile: %1").arg(released.error().text());
    }
    auto [state, message] = operation->progress.ending({.journalBroken = operation->journalBroken, .refused = operation->refused, .remark = operation->remark});
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

    // Two consoles that change one herd at the same time ruin it; start and stop go on.
    const Expected<void> mine = operation.locked && !isLifecycle(operation.request.plan.kind) ? locks->check(operation.id) : Expected<void>();
    Expected<void> written = mine ? journal->writeStep(operation.id, record) : Expected<void>();
    if (!mine) {
        record.state = StepState::Cancelled;
        record.started = {};
        record.message = Words::tr("Not run: the lock on the herd was lost, and somebody else has it. %1").arg(mine.error().text());
    } else if (written) {
        emitEvent(operation, StepStarted{step.id, record.started});
        const StepResult result = execute(task.operation, step, record);
        record.state = hasEnded(result.state) ? result.state : StepState::Indeterminate;
        record.message = result.message;
        record.warning = result.warning;
        record.skip = result.skip;
        record.oldAnswersUntil = result.oldAnswersUntil;
        if (record.state == StepState::Skipped && record.skip == SkipReason::Nothing && std::holds_alternative<AskScript>(step.action))
            record.skip = SkipReason::No;
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
    if (!mine)
        operation.progress.halt(record.message);
    operation.progress.end(std::move(record));
    --operation.running;
    if (step.server) {
        --serverLoad[*step.server];
        --operation.serverLoad[*step.server];
    }
    if (const auto* relay = std::get_if<RelayScripts>(&step.action))
        --sourceLoad[relay->source.host];
    if (step.instance)
        busyInstances.erase(*step.instance);
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
        } else if (const auto* stopped = std::get_if<WritesStopped>(&event)) {
            record.writesStopped = stopped->since;
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
    operation->progress.halt(Words::tr("Not run: the operation could no longer be recorded. %1").arg(error.text()));
    settle(*operation);
    wake.notify_all();
}

PlanRunner::PlanRunner(std::shared_ptr<StepExecutor> executor, std::shared_ptr<OperationJournal> journal,
    std::shared_ptr<const Clock> clock, RunnerLimits limits, EventSink sink, std::shared_ptr<HerdLocks> locks)
    : m_d(std::make_unique<Private>(
          std::move(executor), std::move(journal), std::move(clock), limits, std::move(sink), std::move(locks)))
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
