#include "models/services/inventoryservice.h"

#include "models/operations/backgroundthread.h"
#include "models/services/mailbox.h"

#include <QPointer>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace elephaas {

// What the inventory thread tells the GUI thread; exactly one part is set.
struct InventoryService::Event {
    std::optional<Status> status = {};
    bool snapshot = false; // there is one to collect
    std::function<void()> call = {};
};

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr size_t observationsAtOnce = 1000;

bool connectionIsGone(const Error& error)
{
    switch (error.kind) {
    case ErrorKind::Unreachable:
    case ErrorKind::TimedOut:
    case ErrorKind::LinkLost:
        return true;
    case ErrorKind::Authentication:
    case ErrorKind::HostKeyUnknown:
    case ErrorKind::HostKeyChanged:
    case ErrorKind::PermissionDenied:
    case ErrorKind::NotFound:
    case ErrorKind::Conflict:
    case ErrorKind::InvalidInput:
    case ErrorKind::Unsupported:
    case ErrorKind::Schema:
    case ErrorKind::Cancelled:
    case ErrorKind::Busy:
    case ErrorKind::Storage:
    case ErrorKind::Internal:
        return false;
    }
    return false;
}

// Each instance's newest observation; those of instances that are gone are dropped.
Observations newest(const InventoryRows& rows, const Observations& a, const Observations& b)
{
    Observations result;
    result.reserve(a.size());
    for (const Instance& instance : rows.instances) {
        const ObservationPtr one = a.value(instance.id);
        const ObservationPtr two = b.value(instance.id);
        if (one || two)
            result.insert(instance.id, !two || (one && one->at >= two->at) ? one : two);
    }
    return result;
}

InventoryRows withUpdates(InventoryRows rows, const std::vector<InstanceStateUpdate>& updates)
{
    QHash<InstanceId, const InstanceStateUpdate*> byId;
    for (const InstanceStateUpdate& update : updates)
        byId.insert(update.instance, &update);
    for (Instance& instance : rows.instances) {
        const InstanceStateUpdate* update = byId.value(instance.id);
        if (!update)
            continue;
        if (update->version)
            instance.version = *update->version;
        if (update->isOnline)
            instance.isOnline = *update->isOnline;
        if (update->walPosition)
            instance.walPosition = update->walPosition;
        if (update->upstream)
            instance.upstream = *update->upstream;
    }
    return rows;
}

bool changesRows(const std::vector<InstanceStateUpdate>& updates)
{
    return std::any_of(updates.begin(), updates.end(),
        [](const InstanceStateUpdate& u) { return u.version || u.isOnline || u.walPosition || u.upstream; });
}

} // namespace

// The inventory thread. Everything below `run` happens on it; the public calls only queue.
class InventoryService::Worker final {
public:
    using Job = std::function<void(Worker&, std::stop_token)>;

    Worker(std::unique_ptr<InventoryStore> store, std::unique_ptr<OfflineCopy> offlineCopy, std::shared_ptr<const Clock> clock,
        const Options& options, Mailbox<Event>::Handler handler)
        : m_store(std::move(store))
        , m_offlineCopy(std::move(offlineCopy))
        , m_clock(std::move(clock))
        , m_options(options)
        , m_events(std::move(handler), std::chrono::milliseconds(0)) // paced by publishInterval on this side
        , m_collected(std::make_shared<const Inventory>())
        , m_snapshot(m_collected)
    {
        m_status.readOnly = options.readOnly;
    }

    ~Worker()
    {
        m_thread.request_stop();
        if (m_thread.joinable())
            m_thread.join();
    }

    void start()
    {
        if (!m_thread.joinable())
            m_thread = std::jthread([this](std::stop_token stop) { run(stop); });
    }

    void queue(Job job)
    {
        const std::lock_guard lock(m_mutex);
        m_jobs.push_back(std::move(job));
        m_wake.notify_one();
    }

    void observe(std::vector<ObservationPtr> seen)
    {
        const std::lock_guard lock(m_mutex);
        m_firstObservation = m_firstObservation || m_observed.empty();
        m_observed.insert(m_observed.end(), std::make_move_iterator(seen.begin()), std::make_move_iterator(seen.end()));
        m_wake.notify_one();
    }

    // The newest snapshot that was published and what is different from the one collected before; nothing when there is none since.
    // However late the GUI thread is, it has one to take over, not many. On the GUI thread.
    std::pair<InventoryPtr, DifferencePtr> collect()
    {
        const std::lock_guard lock(m_mutex);
        if (m_published)
            m_collected = m_published;
        return {std::exchange(m_published, {}), std::exchange(m_publishedDifference, {})};
    }

    void requestReload()
    {
        const std::lock_guard lock(m_mutex);
        m_reload = true;
        m_wake.notify_one();
    }

    // --- on the inventory thread

    InventoryStore& store() { return *m_store; }
    bool isLive() const { return m_status.connection == Connection::Live; }
    void call(std::function<void()> function) { m_events.post(Event{.call = std::move(function)}); }

    Error notLive() const
    {
        return m_status.error ? *m_status.error
                              : Error{ErrorKind::Unreachable, tr("The inventory is not open yet.")};
    }

    // Looks whether an error means that the connection is gone, and says so to everybody.
    void noteFailure(const Error& error)
    {
        if (connectionIsGone(error))
            setLost(error);
    }

    // `look` gets the rows as they are stored, before what probes saw is laid over them.
    void load(std::stop_token stop, const std::function<void(const InventoryRows&)>& look = {})
    {
        auto loaded = m_store->load(stop);
        if (!loaded) {
            if (loaded.error().kind != ErrorKind::Cancelled)
                setLost(loaded.error());
            return;
        }
        m_nextPoll = m_clock->steady() + m_options.pollInterval;
        m_status.connection = Connection::Live;
        m_status.fromOfflineCopy = false;
        m_status.offlineSettings.reset();
        m_status.error.reset();
        m_status.currentAt = loaded->readAt;
        if (look)
            look(loaded->rows);
        takeRows(std::move(*loaded));
        publishStatus();
        saveOfflineCopy(stop);
    }

    Expected<void> setUpstream(InstanceId instance, std::optional<InstanceId> upstream, std::stop_token stop);

    void saveOfflineCopy(std::stop_token stop)
    {
        if (!m_offlineCopy)
            return;
        if (auto settings = m_store->settings(stop))
            m_settings = std::move(*settings);
        const auto saved = m_offlineCopy->save(*m_snapshot, m_settings, stop);
        noteWrite(saved ? std::nullopt : std::optional(saved.error()));
    }

private:
    static QString tr(const char* text) { return InventoryService::tr(text); }

    void run(std::stop_token stop)
    {
        if (m_offlineCopy)
            showOfflineCopy(stop);
        giveWayToWindow(Urgency::Later); // not before: the first rows are what the window waits for
        open(stop);
        while (!stop.stop_requested())
            turn(stop);
        m_store->close();
        m_store.reset(); // a database connection is closed by the thread that opened it
        m_offlineCopy.reset();
    }

    // One round: wait for work or a time, then do what is due.
    void turn(std::stop_token stop)
    {
        std::deque<Job> jobs;
        std::vector<ObservationPtr> observed;
        bool reload = false;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait_until(lock, stop, nextWake(), [&] { return !m_jobs.empty() || m_reload || m_firstObservation || observationsAreDue(); });
            m_firstObservation = false; // the next wait ends when they are due
            if (stop.stop_requested())
                return;
            jobs.swap(m_jobs);
            reload = std::exchange(m_reload, false);
            if (observationsAreDue()) {
                // The rest waits for the next snapshot: the window takes over a few rows quickly, and all of 10,000 not.
                const auto end = m_observed.begin() + static_cast<qsizetype>(std::min(m_observed.size(), observationsAtOnce));
                observed.assign(std::make_move_iterator(m_observed.begin()), std::make_move_iterator(end));
                m_observed.erase(m_observed.begin(), end);
            }
        }
        for (const Job& job : jobs)
            job(*this, stop);
        if (!observed.empty())
            takeObservations(observed, stop);
        if (!isLive() && (reload || (m_retry && m_clock->steady() >= m_nextPoll)))
            open(stop);
        else if (isLive() && (reload || pollFindsChanges(stop)))
            load(stop);
    }

    bool observationsAreDue() const { return !m_observed.empty() && m_clock->steady() >= m_nextPublish; }

    SteadyTime nextWake() const
    {
        const bool polls = isLive() || m_retry;
        SteadyTime next = polls ? m_nextPoll : m_clock->steady() + std::chrono::hours(1);
        if (!m_observed.empty())
            next = std::min(next, m_nextPublish);
        return next;
    }

    bool pollFindsChanges(std::stop_token stop)
    {
        if (m_clock->steady() < m_nextPoll)
            return false;
        m_nextPoll = m_clock->steady() + m_options.pollInterval;
        const auto changed = m_store->changedElsewhere(stop);
        if (!changed) {
            noteFailure(changed.error());
        } else if (!*changed) {
            m_status.currentAt = m_clock->now();
            publishStatus();
        }
        return changed && *changed;
    }

    void open(std::stop_token stop)
    {
        auto info = m_store->open(stop);
        if (!info) {
            if (info.error().kind != ErrorKind::Cancelled)
                setLost(info.error());
            return;
        }
        m_status.info = std::move(*info);
        load(stop);
    }

    void setLost(const Error& error)
    {
        m_status.connection = Connection::Lost;
        // A wrong password tried again and again would lock the account; everything else may mend itself.
        m_retry = error.kind != ErrorKind::Authentication;
        m_nextPoll = m_clock->steady() + m_options.reconnectDelay;
        const bool news = m_status.error != error;
        m_status.error = error;
        if (news || !m_lostPublished)
            publishStatus();
        m_lostPublished = true;
    }

    void publishStatus()
    {
        m_lostPublished = false;
        m_events.post(Event{.status = m_status});
    }

    void publish(InventoryPtr next)
    {
        m_snapshot = std::move(next);
        m_nextPublish = m_clock->steady() + m_options.publishInterval;
        // Former ones end here, not in the GUI thread, which is usually the last that held them.
        std::erase_if(m_former, [](const InventoryPtr& snapshot) { return snapshot.use_count() == 1; });
        m_former.push_back(m_snapshot);
        bool waits = true;
        while (true) {
            const InventoryPtr collected = lastCollected();
            auto changes = std::make_shared<const InventoryDifference>(difference(*collected, *m_snapshot));
            const std::lock_guard lock(m_mutex);
            if (collected != m_collected)
                continue; // collected meanwhile: different from that one
            waits = m_published != nullptr;
            m_published = m_snapshot;
            m_publishedDifference = std::move(changes);
            break;
        }
        if (!waits)
            m_events.post(Event{.snapshot = true});
    }

    InventoryPtr lastCollected()
    {
        const std::lock_guard lock(m_mutex);
        return m_collected;
    }

    void takeRows(LoadedInventory loaded)
    {
        Observations seen = newest(loaded.rows, m_snapshot->observations(), loaded.observations);
        auto next = std::make_shared<const Inventory>(std::move(loaded.rows), std::move(seen), ++m_revision, loaded.readAt);
        publish(overlaid(std::move(next)));
    }

    // Where probe results are not written, they still decide what is shown of the rows.
    InventoryPtr overlaid(InventoryPtr snapshot)
    {
        if (!m_options.stateUpdates || m_seenHere.isEmpty())
            return snapshot;
        std::vector<ObservationPtr> seen;
        seen.reserve(static_cast<size_t>(m_seenHere.size()));
        for (const ObservationPtr& observation : std::as_const(m_seenHere)) {
            if (snapshot->find(observation->instance))
                seen.push_back(observation);
        }
        const auto updates = m_options.stateUpdates(*snapshot, seen);
        if (!changesRows(updates))
            return snapshot;
        return std::make_shared<const Inventory>(
            withUpdates(snapshot->rows(), updates), snapshot->observations(), ++m_revision, snapshot->asOf());
    }

    void takeObservations(std::vector<ObservationPtr>& observed, std::stop_token stop)
    {
        std::erase_if(observed, [&](const ObservationPtr& seen) {
            const Observation* known = m_snapshot->observation(seen->instance);
            return !m_snapshot->find(seen->instance) || (known && known->at > seen->at);
        });
        if (observed.empty())
            return;
        for (const ObservationPtr& seen : observed)
            m_seenHere.insert(seen->instance, seen);
        InventoryPtr next = m_snapshot->withObservations(observed, ++m_revision);
        std::vector<InstanceStateUpdate> updates;
        if (m_options.stateUpdates)
            updates = m_options.stateUpdates(*next, observed);
        if (changesRows(updates)) {
            next = std::make_shared<const Inventory>(
                withUpdates(next->rows(), updates), next->observations(), ++m_revision, next->asOf());
        }
        publish(std::move(next));
        record(updates, stop);
    }

    void record(const std::vector<InstanceStateUpdate>& updates, std::stop_token stop)
    {
        const StorePrivileges& may = m_status.info.privileges;
        if (updates.empty() || m_status.readOnly || !isLive() || !(may.updateInstanceState || may.useConsoleTables))
            return;
        const auto written = m_store->recordState(updates, stop);
        noteWrite(written ? std::nullopt : std::optional(written.error()));
    }

    void noteWrite(const std::optional<Error>& error)
    {
        if (error && error->kind == ErrorKind::Cancelled)
            return;
        if (error)
            noteFailure(*error);
        if (m_status.writeError == error)
            return;
        m_status.writeError = error;
        publishStatus();
    }

    void showOfflineCopy(std::stop_token stop)
    {
        auto copy = m_offlineCopy->load(stop);
        if (!copy) {
            noteWrite(copy.error());
            return;
        }
        if (!*copy)
            return;
        m_status.fromOfflineCopy = true;
        m_status.currentAt = (*copy)->inventory.readAt;
        m_status.offlineSettings = m_settings = std::move((*copy)->settings);
        publishStatus();
        takeRows(std::move((*copy)->inventory));
    }

    std::unique_ptr<InventoryStore> m_store;
    std::unique_ptr<OfflineCopy> m_offlineCopy;
    const std::shared_ptr<const Clock> m_clock;
    const Options m_options;
    Mailbox<Event> m_events;

    std::mutex m_mutex; // guards all up to the empty line
    std::condition_variable_any m_wake;
    std::deque<Job> m_jobs;
    std::vector<ObservationPtr> m_observed;
    bool m_firstObservation = false; // the time to wait for was set before there were any
    bool m_reload = false;
    InventoryPtr m_collected; // what the GUI thread shows
    InventoryPtr m_published; // what it has not collected yet
    DifferencePtr m_publishedDifference; // between the two

    // The inventory thread's own.
    InventoryPtr m_snapshot;
    std::vector<InventoryPtr> m_former;
    Observations m_seenHere;
    QMap<QString, QString> m_settings; // the team's, for the offline copy
    Status m_status;
    quint64 m_revision = 0;
    SteadyTime m_nextPoll;
    SteadyTime m_nextPublish;
    bool m_retry = true;
    bool m_lostPublished = false;

    std::jthread m_thread; // last: ends before what it uses
};

InventoryService::InventoryService(std::unique_ptr<InventoryStore> store, std::unique_ptr<OfflineCopy> offlineCopy,
    std::shared_ptr<const Clock> clock, Options options, QObject* parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_snapshot(std::make_shared<const Inventory>())
{
    m_status.readOnly = m_options.readOnly;
    m_worker = std::make_unique<Worker>(std::move(store), std::move(offlineCopy), std::move(clock), m_options,
        [this](std::vector<Event> events) {
            // Of several states of affairs only the last one still holds.
            const auto last = std::find_if(events.rbegin(), events.rend(), [](const Event& event) { return event.status.has_value(); });
            for (Event& event : events) {
                if (!event.status || &event == &*last)
                    take(std::move(event));
            }
        });
}

InventoryService::~InventoryService() = default;

void InventoryService::start() { m_worker->start(); }
InventoryPtr InventoryService::snapshot() const { return m_snapshot; }
const InventoryService::Status& InventoryService::status() const { return m_status; }
void InventoryService::reload() { m_worker->requestReload(); }
void InventoryService::observe(std::vector<ObservationPtr> seen) { m_worker->observe(std::move(seen)); }

void InventoryService::take(Event event)
{
    if (event.status) {
        m_status = std::move(*event.status);
        Q_EMIT statusChanged();
    } else if (event.snapshot) {
        auto [snapshot, difference] = m_worker->collect();
        m_snapshot = std::move(snapshot);
        Q_EMIT snapshotChanged(m_snapshot, difference);
    } else if (event.call) {
        event.call();
    }
}

QString InventoryService::whyNotEditable() const
{
    if (m_status.readOnly)
        return tr("This console was started read-only.");
    switch (m_status.connection) {
    case Connection::Opening:
        return tr("The inventory is still being opened.");
    case Connection::Lost:
        return m_status.error ? tr("The inventory cannot be reached: %1").arg(m_status.error->text())
                              : tr("The inventory cannot be reached.");
    case Connection::Live:
        break;
    }
    if (!m_status.info.privileges.editInventory) {
        const QString& reason = m_status.info.privileges.reason;
        return reason.isEmpty() ? tr("Your database account may not change the inventory.") : reason;
    }
    return {};
}

namespace {

// Calls `done` in the GUI thread if its context still lives there then.
template <class Result>
auto guarded(QObject* context, std::function<void(Result)> done)
{
    return [guard = QPointer<QObject>(context), done = std::move(done)](Result result) {
        if (guard && done)
            done(std::move(result));
    };
}

} // namespace

void InventoryService::apply(ChangeSet changes, QObject* context, std::function<void(Expected<AppliedChanges>)> done)
{
    auto answer = guarded(context, std::move(done));
    if (const QString reason = whyNotEditable(); !reason.isEmpty()) {
        m_worker->queue([answer, reason](Worker& worker, std::stop_token) {
            worker.call([answer, reason] { answer(fail({ErrorKind::PermissionDenied, reason})); });
        });
        return;
    }
    m_worker->queue([answer, changes = std::move(changes)](Worker& worker, std::stop_token stop) {
        Expected<AppliedChanges> result = worker.isLive() ? worker.store().apply(changes, stop)
                                                          : Expected<AppliedChanges>(fail(worker.notLive()));
        if (result)
            worker.load(stop);
        else
            worker.noteFailure(result.error());
        worker.call([answer, result = std::move(result)] { answer(result); });
    });
}

void InventoryService::readSettings(QObject* context, std::function<void(Expected<QMap<QString, QString>>)> done)
{
    m_worker->queue([answer = guarded(context, std::move(done))](Worker& worker, std::stop_token stop) {
        auto result = worker.isLive() ? worker.store().settings(stop) : fail(worker.notLive());
        worker.call([answer, result = std::move(result)] { answer(result); });
    });
}

void InventoryService::writeSettings(
    QMap<QString, QString> changed, QObject* context, std::function<void(Expected<void>)> done)
{
    const bool readOnly = m_status.readOnly;
    m_worker->queue([answer = guarded(context, std::move(done)), changed = std::move(changed), readOnly](
                        Worker& worker, std::stop_token stop) {
        Expected<void> result;
        if (readOnly)
            result = fail({ErrorKind::PermissionDenied, InventoryService::tr("This console was started read-only.")});
        else if (!worker.isLive())
            result = fail(worker.notLive());
        else
            result = worker.store().setSettings(changed, stop);
        if (result && worker.isLive())
            worker.saveOfflineCopy(stop); // without the inventory, too, servers are reached as the team does now
        worker.call([answer, result = std::move(result)] { answer(result); });
    });
}

namespace {

Error goneInstance()
{
    return {.kind = ErrorKind::NotFound, .what = InventoryService::tr("The instance is no longer in the inventory.")};
}

Expected<void> checkUpstream(const InventoryRows& rows, InstanceId instance, std::optional<InstanceId> upstream)
{
    const auto find = [&](InstanceId id) { return std::ranges::find(rows.instances, id, &Instance::id); };
    const auto row = find(instance);
    if (row == rows.instances.end() || (upstream && find(*upstream) == rows.instances.end()))
        return fail(goneInstance());
    if (row->upstream != upstream)
        return fail({.kind = ErrorKind::Conflict,
            .what = InventoryService::tr("The inventory does not keep whom the instance follows: something else writes it at the same time."),
            .where = {},
            .remedy = InventoryService::tr("Look at what the instance follows, and correct the inventory if need be.")});
    return {};
}

// Stands in for a thread that waits: the answer of a job, also of one that is thrown away because the thread that would do it ends.
class WaitingAnswer final {
public:
    explicit WaitingAnswer(Expected<void> otherwise)
        : m_otherwise(std::move(otherwise))
    {
    }
    // False when nobody waits any more: the job must not begin.
    bool begin()
    {
        const std::lock_guard lock(m_mutex);
        m_begun = !m_abandoned;
        return m_begun;
    }
    void give(Expected<void> answer)
    {
        const std::lock_guard lock(m_mutex);
        if (!m_answer)
            m_answer = std::move(answer);
        m_given.notify_all();
    }
    // What has begun is waited for: its outcome has to be known.
    Expected<void> wait(const std::stop_token& stop)
    {
        std::unique_lock lock(m_mutex);
        if (!m_given.wait(lock, stop, [this] { return m_answer.has_value(); }) && !m_begun) {
            m_abandoned = true;
            return m_otherwise;
        }
        m_given.wait(lock, [this] { return m_answer.has_value(); });
        return *m_answer;
    }

private:
    const Expected<void> m_otherwise;
    std::mutex m_mutex;
    std::condition_variable_any m_given;
    std::optional<Expected<void>> m_answer;
    bool m_begun = false;
    bool m_abandoned = false;
};

} // namespace

// Written with the privileges that operators have, not those of editors, and then read back: the stores pass over rows that are gone.
Expected<void> InventoryService::Worker::setUpstream(InstanceId instance, std::optional<InstanceId> upstream, std::stop_token stop)
{
    if (!isLive())
        return fail(notLive());
    const InstanceStateUpdate update{.instance = instance, .upstream = std::optional(upstream)};
    if (const auto written = m_store->recordState({&update, 1}, stop); !written) {
        noteFailure(written.error());
        return written;
    }
    std::optional<Expected<void>> stored;
    load(stop, [&](const InventoryRows& rows) { stored = checkUpstream(rows, instance, upstream); });
    return stored ? *stored : Expected<void>(fail(notLive()));
}

std::shared_ptr<UpstreamWriter> InventoryService::upstreamWriter()
{
    class Writer final : public UpstreamWriter {
    public:
        Writer(Worker& worker, bool readOnly)
            : m_worker(worker)
            , m_readOnly(readOnly)
        {
        }
        Expected<void> setUpstream(InstanceId instance, std::optional<InstanceId> upstream, std::stop_token stop) override
        {
            if (m_readOnly)
                return fail({.kind = ErrorKind::PermissionDenied, .what = tr("This console was started read-only.")});
            const Expected<void> cancelled = fail({.kind = ErrorKind::Cancelled, .what = tr("Cancelled; the inventory was not changed.")});
            const auto answer = std::make_shared<WaitingAnswer>(cancelled);
            {
                // The last copy of the job gives an answer, whatever becomes of it.
                const std::shared_ptr<void> atLast(answer.get(), [answer, cancelled](void*) { answer->give(cancelled); });
                m_worker.queue([answer, atLast, instance, upstream](Worker& worker, std::stop_token ending) {
                    if (answer->begin())
                        answer->give(worker.setUpstream(instance, upstream, ending));
                });
            }
            return answer->wait(stop);
        }

    private:
        Worker& m_worker;
        const bool m_readOnly;
    };
    return std::make_shared<Writer>(*m_worker, m_options.readOnly);
}

} // namespace elephaas
