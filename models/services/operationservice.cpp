#include "models/services/operationservice.h"

#include "models/postgres/probe.h"
#include "models/services/mailbox.h"
#include "models/services/operationboard.h"
#include "models/services/probeservice.h"

#include <QPointer>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

namespace elephaas {

namespace {

using Call = std::function<void()>;

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
    Private(OperationService& service, std::shared_ptr<StepExecutor> executor, std::shared_ptr<OperationJournal> journal,
        InventoryService& inventoryService, ProbeService* probeService, std::shared_ptr<const Clock> theClock, Options theOptions)
        : q(service)
        , options(std::move(theOptions))
        , inventory(inventoryService)
        , probes(probeService)
        , clock(std::move(theClock))
        , reader(journal)
        , mailbox([this](const std::vector<QUuid>& changed) { deliver(changed); }, options.batchInterval)
        , runner(std::move(executor), std::move(journal), clock, options.limits,
              [this](const QUuid& operation, const OperationEvent& event) { take(operation, event); }, options.locks)
    {
    }

    Expected<void> check(const Plan& plan) const;
    Plan withHerds(Plan plan) const;
    OperationRecord newRecord(const Plan& plan, const QString& reason) const;
    void take(const QUuid& operation, const OperationEvent& event); // on the runner's threads
    void deliver(const std::vector<QUuid>& changed);
    void deliver(OperationBoard::News news);
    void observe(const std::map<InstanceId, ObservationPtr>& seen) const;
    void probeAgain(const OperationRecord& operation) const;

    OperationService& q;
    const Options options;
    InventoryService& inventory;
    ProbeService* const probes;
    const std::shared_ptr<const Clock> clock;
    std::vector<QUuid> order; // newest first
    std::map<QUuid, OperationRecord> records;
    OperationBoard board;
    JournalReader reader;
    Mailbox<QUuid> mailbox;
    PlanRunner runner; // last: its threads end before what they use
};

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
            || snapshot->dataDirectoryOf(*row) != step.address.dataDirectory)
            return fail({.kind = ErrorKind::Conflict,
                .what = tr("The inventory has changed since the plan was made."),
                .where = step.target,
                .remedy = tr("Look at the new plan and confirm again.")});
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

OperationService::~OperationService() = default;

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
    Q_EMIT operationStarted(plan.id);
    return plan.id;
}

QString OperationService::whyNotRunnable() const
{
    return m_d->inventory.status().readOnly ? tr("This console was started read-only.") : QString();
}

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
// is no time of it. The words are made in the GUI thread.
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
        [operation](OperationJournal& journal) { return journal.find(operation); }, context, std::move(done));
}

void OperationService::settleUnfinished(QObject* context, std::function<void(Expected<std::vector<OperationRecord>>)> done)
{
    m_d->reader.read<std::vector<OperationRecord>>(
        [settled = Settlement()](OperationJournal& journal) {
            auto records = journal.unfinished();
            if (!records)
                return records;
            for (OperationRecord& record : *records) {
                const OperationRecord before = std::exchange(record, settled(record));
                // Where it cannot be written it is told again at the next start.
                std::ignore = writeSettled(journal, before, record);
            }
            return records;
        },
        context, std::move(done));
}

} // namespace elephaas
