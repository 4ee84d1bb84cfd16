#include "models/services/operationservice.h"

#include "models/operations/backgroundthread.h"
#include "models/postgres/probe.h"
#include "models/services/mailbox.h"
#include "models/services/operationboard.h"
#include "models/services/probeservice.h"

#include <QPointer>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

using Call = std::function<void()>;

constexpr size_t inspectorThreads = 4;

// Looks at the steps of one plan, several at a time.
class Inspection final {
public:
    Inspection(std::shared_ptr<StepExecutor> executor, Plan plan, std::function<void(int, StepResult)> tell)
        : m_executor(std::move(executor))
        , m_plan(std::move(plan))
        , m_tell(std::move(tell))
    {
        const size_t count = std::min(inspectorThreads, m_plan.steps.size());
        m_running = count;
        for (size_t i = 0; i < count; ++i)
            m_threads.emplace_back([this](const std::stop_token& stop) { look(stop); });
    }
    void stop()
    {
        for (std::jthread& thread : m_threads)
            thread.request_stop();
    }
    bool isOver() const { return m_running == 0; }

private:
    void look(const std::stop_token& stop)
    {
        giveWayToWindow(Urgency::Later);
        for (size_t next = m_next++; next < m_plan.steps.size() && !stop.stop_requested(); next = m_next++) {
            const Step& step = m_plan.steps[next];
            m_tell(step.id, m_executor->inspect(step, stop));
        }
        --m_running;
    }

    const std::shared_ptr<StepExecutor> m_executor;
    const Plan m_plan;
    const std::function<void(int, StepResult)> m_tell;
    std::atomic<size_t> m_next = 0;
    std::atomic<size_t> m_running = 0;
    std::vector<std::jthread> m_threads; // last: end before what they use
};

// One thread that reads the journal, so that the GUI thread never waits for a disk.
class JournalReader final {
public:
    explicit JournalReader(std::shared_ptr<OperationJournal> journal)
        : m_journal(std::move(journal))
        , m_answers([](std::vector<Call> answers) {
            for (const Call& answer : answers)
                answer();
        }, std::chrono::milliseconds(0))
        , m_thread([this](const std::stop_token& stop) { run(stop); })
    {
    }

    template <class Result>
    void read(std::function<Expected<Result>(OperationJournal&)> what, QObject* context, std::function<void(Expected<Result>)> done)
    {
        const QPointer<QObject> guard(context);
        const std::lock_guard lock(m_mutex);
        m_jobs.emplace_back([this, what = std::move(what), guard, done = std::move(done)] {
            m_answers.post([guard, done, result = what(*m_journal)] {
                if (guard)
                    done(result);
            });
        });
        m_wake.notify_one();
    }

private:
    void run(const std::stop_token& stop)
    {
        while (true) {
            Call job;
            {
                std::unique_lock lock(m_mutex);
                if (!m_wake.wait(lock, stop, [this] { return !m_jobs.empty(); }) || stop.stop_requested())
                    return;
                job = std::move(m_jobs.front());
                m_jobs.pop_front();
            }
            job();
        }
    }

    const std::shared_ptr<OperationJournal> m_journal;
    Mailbox<Call> m_answers;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Call> m_jobs;
    std::jthread m_thread; // last: ends before what it uses
};

} // namespace

class OperationService::Private {
public:
    Private(OperationService& service, std::shared_ptr<StepExecutor> stepExecutor, std::shared_ptr<OperationJournal> journal,
        InventoryService& inventoryService, ProbeService* probeService, std::shared_ptr<const Clock> theClock, Options theOptions)
        : q(service)
        , options(std::move(theOptions))
        , inventory(inventoryService)
        , probes(probeService)
        , clock(std::move(theClock))
        , executor(std::move(stepExecutor))
        , reader(journal)
        , answers([](std::vector<Call> calls) {
            for (const Call& call : calls)
                call();
        })
        , mailbox([this](const std::vector<QUuid>& changed) { deliver(changed); }, options.batchInterval)
        , runner(executor, std::move(journal), clock, options.limits,
              [this](const QUuid& operation, const OperationEvent& event) { take(operation, event); }, options.locks)
    {
    }

    Expected<void> check(const Plan& plan) const;
    QString hostOf(const Inventory& snapshot, InstanceId id) const;
    bool hostsAreTheSame(const Inventory& snapshot, const Plan& plan, const Step& step) const;
    Plan withHerds(Plan plan) const;
    OperationRecord newRecord(const Plan& plan, const QString& reason) const;
    void take(const QUuid& operation, const OperationEvent& event); // on the runner's threads
    void deliver(const std::vector<QUuid>& changed);
    void deliver(OperationBoard::News news);
    void observe(const std::map<InstanceId, ObservationPtr>& seen) const;
    void probeAgain(const OperationRecord& operation) const;
    void settleContinued(const OperationRecord& operation);

    OperationService& q;
    const Options options;
    InventoryService& inventory;
    ProbeService* const probes;
    const std::shared_ptr<const Clock> clock;
    const std::shared_ptr<StepExecutor> executor;
    std::vector<QUuid> order; // newest first
    std::map<QUuid, QUuid> continued; // by what goes on with them: those to be closed when it has begun
    std::map<QUuid, OperationRecord> records;
    OperationBoard board;
    JournalReader reader;
    Mailbox<Call> answers;
    Mailbox<QUuid> mailbox;
    std::vector<std::shared_ptr<Inspection>> inspections;
    PlanRunner runner; // last: its threads end before what they use
};

namespace {

Error hasChanged(const QString& where)
{
    return {.kind = ErrorKind::Conflict,
        .what = OperationService::tr("The inventory has changed since the plan was made."),
        .where = where,
        .remedy = OperationService::tr("Look at the new plan and confirm again.")};
}

} // namespace

QString OperationService::Private::hostOf(const Inventory& snapshot, InstanceId id) const
{
    const Instance* row = snapshot.find(id);
    const Server* server = row ? snapshot.find(row->server) : nullptr;
    return !server ? QString() : options.resolve ? options.resolve(*server).host : server->hostName;
}

// A server's row may name another machine by now: then a step would act there on what it takes for its instance.
bool OperationService::Private::hostsAreTheSame(const Inventory& snapshot, const Plan& plan, const Step& step) const
{
    if (step.address.remote.host != hostOf(snapshot, *step.instance))
        return false;
    if (step.upstream && step.upstream->instance && step.upstream->address.remote.host != hostOf(snapshot, *step.upstream->instance))
        return false;
    const auto* relay = std::get_if<RelayScripts>(&step.action);
    if (!relay)
        return true;
    const std::optional<InstanceId> source = sourceOf(plan, *step.instance);
    const auto members = snapshot.instancesOf(snapshot.find(*step.instance)->herd);
    return source ? relay->source.host == hostOf(snapshot, *source)
                  : std::ranges::any_of(members, [&](InstanceId id) { return relay->source.host == hostOf(snapshot, id); });
}

// Whatever may have changed since the plan was shown; the instances themselves are looked at by each step.
Expected<void> OperationService::Private::check(const Plan& plan) const
{
    const InventoryPtr snapshot = inventory.snapshot();
    for (const Step& step : plan.steps) {
        if (!step.instance)
            continue;
        const Instance* row = snapshot->find(*step.instance);
        const Herd* herd = row ? snapshot->find(row->herd) : nullptr;
        if (!herd)
            return fail({.kind = ErrorKind::NotFound, .what = tr("The instance is no longer in the inventory."), .where = step.target});
        if (row->server != step.server || herd->port != step.address.port || herd->baseName != step.address.baseName
            || snapshot->dataDirectoryOf(*row) != step.address.dataDirectory || !hostsAreTheSame(*snapshot, plan, step))
            return fail(hasChanged(step.target));
    }
    return {};
}

// Planners name what they change; where they did not, it is the herds of the instances that the steps are about.
Plan OperationService::Private::withHerds(Plan plan) const
{
    if (!plan.herds.empty())
        return plan;
    const InventoryPtr snapshot = inventory.snapshot();
    std::set<HerdId> herds;
    for (const Step& step : plan.steps) {
        if (const Instance* row = step.instance ? snapshot->find(*step.instance) : nullptr)
            herds.insert(row->herd);
    }
    plan.herds.assign(herds.begin(), herds.end());
    return plan;
}

OperationRecord OperationService::Private::newRecord(const Plan& plan, const QString& reason) const
{
    OperationRecord record{.id = plan.id, .kind = plan.kind, .title = plan.title, .operatorName = options.operatorName,
        .clientHost = options.clientHost, .reason = reason, .started = clock->now(), .plan = plan.toJson()};
    for (const Step& step : plan.steps)
        record.steps.push_back({.number = step.id, .title = step.title, .target = step.target, .instance = step.instance});
    return record;
}

void OperationService::Private::take(const QUuid& operation, const OperationEvent& event)
{
    if (board.take(operation, event))
        mailbox.post(operation);
}

void OperationService::Private::deliver(const std::vector<QUuid>& changed)
{
    for (const QUuid& operation : changed) {
        if (std::optional<OperationBoard::News> news = board.fetch(operation))
            deliver(std::move(*news));
    }
}

void OperationService::Private::deliver(OperationBoard::News news)
{
    const QUuid id = news.operation;
    OperationRecord& record = records.at(id);
    if (news.began.isValid())
        record.started = news.began;
    // Moved in, not assigned: Qt's own assignment lets go of the old texts, which the runner shared, where ThreadSanitizer does not look.
    for (const StepRecord& step : news.steps)
        record.steps.at(static_cast<size_t>(step.number)) = StepRecord(step);
    if (news.finished) {
        record.state = news.finished->state;
        record.message = news.finished->message;
        record.ended = news.finished->at;
    }
    observe(news.seen);
    settleContinued(record);
    for (const StepRecord& step : news.steps)
        Q_EMIT q.stepChanged(id, step.number);
    if (news.journalError)
        Q_EMIT q.journalFailed(id, *news.journalError);
    if (news.finished) {
        probeAgain(record);
        Q_EMIT q.operationFinished(id);
    }
}

// What a stopped instance no longer tells is kept from before, as the probe service does.
void OperationService::Private::observe(const std::map<InstanceId, ObservationPtr>& seen) const
{
    const InventoryPtr snapshot = inventory.snapshot();
    std::vector<ObservationPtr> merged;
    for (const auto& [id, observation] : seen)
        merged.push_back(std::make_shared<const Observation>(withEarlierFacts(*observation, snapshot->observation(id))));
    if (!merged.empty())
        inventory.observe(std::move(merged));
}

void OperationService::Private::probeAgain(const OperationRecord& operation) const
{
    std::vector<InstanceId> touched;
    for (const StepRecord& step : operation.steps) {
        if (step.instance && step.started.isValid())
            touched.push_back(*step.instance);
    }
    if (probes && !touched.empty())
        probes->probe(touched);
}

OperationService::OperationService(std::shared_ptr<StepExecutor> executor, std::shared_ptr<OperationJournal> journal,
    InventoryService& inventory, ProbeService* probes, std::shared_ptr<const Clock> clock, Options options, QObject* parent)
    : QObject(parent)
    , m_d(std::make_unique<Private>(
          *this, std::move(executor), std::move(journal), inventory, probes, std::move(clock), std::move(options)))
{
}

OperationService::~OperationService()
{
    for (const auto& inspection : m_d->inspections)
        inspection->stop();
}

Expected<QUuid> OperationService::run(const Plan& approved, const QString& reason)
{
    const Plan plan = m_d->withHerds(approved);
    if (const QString why = whyNotRunnable(); !why.isEmpty())
        return fail({.kind = ErrorKind::PermissionDenied, .what = why});
    if (m_d->records.contains(plan.id))
        return fail({.kind = ErrorKind::InvalidInput, .what = tr("This plan was run already; make a new one.")});
    if (const Expected<void> ok = m_d->check(plan); !ok)
        return fail(ok.error());
    OperationRecord record = m_d->newRecord(plan, reason);
    m_d->board.add(record);
    const Expected<void> started = m_d->runner.start(
        {.plan = plan, .operatorName = record.operatorName, .clientHost = record.clientHost, .reason = reason});
    if (!started) {
        m_d->board.remove(plan.id);
        return fail(started.error());
    }
    m_d->order.insert(m_d->order.begin(), plan.id);
    m_d->records.emplace(plan.id, std::move(record));
    if (plan.continues)
        m_d->continued.emplace(plan.id, *plan.continues);
    Q_EMIT operationStarted(plan.id);
    return plan.id;
}

QString OperationService::whyNotRunnable() const
{
    return m_d->inventory.status().readOnly ? tr("This console was started read-only.") : QString();
}

QString OperationService::operatorName() const { return m_d->options.operatorName; }

void OperationService::cancel(const QUuid& operation) { m_d->runner.cancel(operation); }

std::vector<QUuid> OperationService::operations() const { return m_d->order; }

const OperationRecord* OperationService::record(const QUuid& operation) const
{
    const auto it = m_d->records.find(operation);
    return it == m_d->records.end() ? nullptr : &it->second;
}

int OperationService::runningCount() const
{
    return static_cast<int>(std::ranges::count_if(
        m_d->records, [](const auto& entry) { return entry.second.state == OperationState::Running; }));
}

std::optional<QUuid> OperationService::operationOf(InstanceId instance) const
{
    for (const auto& [id, record] : m_d->records) {
        if (record.state == OperationState::Running
            && std::ranges::any_of(record.steps, [&](const StepRecord& step) { return step.instance == instance; }))
            return id;
    }
    return {};
}

namespace {

// What a console that is gone left open: what was under way is unknown, what was not begun will never be. Nobody saw the end, so there
// is no time of it but that of a decision. The words are made in the GUI thread.
struct Settlement {
    QString whole = OperationService::tr("The console ended before this operation did: how it went from there on is not known.");
    QString underWay = OperationService::tr("The console ended while this was under way: how it went is not known.");
    QString notBegun = OperationService::tr("Not run: the console ended before.");

    OperationRecord operator()(OperationRecord record) const
    {
        record.state = OperationState::Indeterminate;
        record.message = whole;
        for (StepRecord& step : record.steps) {
            if (hasEnded(step.state))
                continue;
            step.message = step.state == StepState::Running ? underWay : notBegun;
            step.state = step.state == StepState::Running ? StepState::Indeterminate : StepState::Cancelled;
        }
        return record;
    }
};

Expected<void> writeSettled(OperationJournal& journal, const OperationRecord& before, const OperationRecord& after)
{
    std::vector<StepRecord> changed;
    for (size_t i = 0; i < after.steps.size(); ++i) {
        if (after.steps[i] != before.steps[i])
            changed.push_back(after.steps[i]);
    }
    if (!changed.empty()) {
        if (const auto written = journal.writeSteps(after.id, changed); !written)
            return written;
    }
    return journal.finish(after.id, after.state, after.message, after.ended);
}

} // namespace

void OperationService::history(int limit, QObject* context, std::function<void(Expected<std::vector<OperationRecord>>)> done)
{
    m_d->reader.read<std::vector<OperationRecord>>(
        [limit, settled = Settlement()](OperationJournal& journal) {
            auto records = journal.recent(limit);
            if (!records || std::ranges::none_of(*records, [](const auto& one) { return one.state == OperationState::Running; }))
                return records;
            // Nothing is shown as running that nobody runs, also where the journal cannot be written.
            const auto left = journal.unfinished();
            if (!left)
                return left;
            for (OperationRecord& record : *records) {
                if (std::ranges::any_of(*left, [&](const auto& one) { return one.id == record.id; }))
                    record = settled(std::move(record));
            }
            return records;
        },
        context, std::move(done));
}

void OperationService::fetch(const QUuid& operation, QObject* context, std::function<void(Expected<OperationRecord>)> done)
{
    m_d->reader.read<OperationRecord>(
        [operation, settled = Settlement()](OperationJournal& journal) {
            auto record = journal.find(operation);
            if (!record || record->state != OperationState::Running)
                return record;
            // As in the history: nothing is shown as running that nobody runs.
            const auto left = journal.unfinished();
            if (left && std::ranges::any_of(*left, [&](const auto& one) { return one.id == operation; }))
                return Expected<OperationRecord>(settled(std::move(*record)));
            return record;
        },
        context, std::move(done));
}

void OperationService::unfinished(QObject* context, std::function<void(Expected<std::vector<OperationRecord>>)> done)
{
    m_d->reader.read<std::vector<OperationRecord>>(
        [settled = Settlement()](OperationJournal& journal) {
            auto records = journal.unfinished();
            if (!records)
                return records;
            // It could not be closed when another one took its place: the disk was full, or the console ended before.
            std::erase_if(*records, [&](const OperationRecord& record) {
                const auto later = journal.later(record.id);
                return later && std::ranges::any_of(*later, [&](const OperationRecord& one) { return isContinuedBy(record, one); });
            });
            std::ranges::transform(*records, records->begin(), settled);
            return records;
        },
        context, std::move(done));
}

void OperationService::waysOn(const OperationRecord& record, QObject* context, std::function<void(const WaysOn&)> done)
{
    m_d->reader.read<WaysOn>(
        [record](OperationJournal& journal) -> Expected<WaysOn> {
            // What cannot be read cannot speak against it; it is looked at again when the plan is made.
            return elephaas::waysOn(record, journal.later(record.id).value_or(std::vector<OperationRecord>()));
        },
        context, [done = std::move(done)](const Expected<WaysOn>& ways) { done(*ways); });
}

void OperationService::resolve(
    const QUuid& operation, const QString& message, QObject* context, std::function<void(Expected<OperationRecord>)> done)
{
    const QPointer<QObject> guard(context);
    m_d->reader.read<OperationRecord>(
        [operation, message, settled = Settlement(), at = m_d->clock->now()](OperationJournal& journal) -> Expected<OperationRecord> {
            const auto left = journal.unfinished();
            if (!left)
                return fail(left.error());
            const auto before = std::ranges::find(*left, operation, &OperationRecord::id);
            if (before == left->end())
                return fail({.kind = ErrorKind::NotFound, .what = tr("This operation is not open any more: somebody has decided already.")});
            OperationRecord after = settled(*before);
            after.message = message;
            after.ended = at;
            if (const auto written = writeSettled(journal, *before, after); !written)
                return fail(written.error());
            return after;
        },
        this, [this, guard, done = std::move(done)](const Expected<OperationRecord>& record) {
            if (record)
                Q_EMIT operationResolved(*record);
            if (guard && done)
                done(record);
        });
}

// What goes on with an operation takes its place as soon as it has done something: refused, it has not.
void OperationService::Private::settleContinued(const OperationRecord& operation)
{
    const auto it = continued.find(operation.id);
    if (it == continued.end()
        || std::ranges::none_of(operation.steps, [](const StepRecord& step) { return step.started.isValid(); }))
        return;
    const QUuid old = it->second;
    continued.erase(it);
    const QString message = operation.kind == "undo"_L1 ? tr("The console ended before this operation did. Taken back by %1: %2")
                                                         : tr("The console ended before this operation did. Continued by %1: %2");
    q.resolve(old, message.arg(operation.operatorName, operation.title), &q, [this, old](const Expected<OperationRecord>& closed) {
        // One that came to an end of its own is not in the journal as unfinished: then there is nothing to close.
        if (!closed && closed.error().kind != ErrorKind::NotFound)
            Q_EMIT q.journalFailed(old, closed.error());
    });
}

Expected<void> OperationService::inspect(
    const OperationRecord& record, QObject* context, std::function<void(const StepInspection&)> each)
{
    Expected<Plan> plan = Plan::fromJson(record.plan);
    if (!plan)
        return fail(plan.error());
    std::erase_if(m_d->inspections, [](const auto& one) { return one->isOver(); });
    const QPointer<QObject> guard(context);
    const auto inspection = std::make_shared<Inspection>(m_d->executor, std::move(*plan),
        [d = m_d.get(), guard, each = std::move(each)](int step, StepResult result) {
            d->answers.post([guard, each, seen = StepInspection{step, std::move(result), d->clock->now()}] {
                if (guard)
                    each(seen);
            });
        });
    m_d->inspections.push_back(inspection);
    connect(context, &QObject::destroyed, this, [weak = std::weak_ptr(inspection)] {
        if (const auto running = weak.lock())
            running->stop();
    });
    return {};
}

} // namespace elephaas
