#include "models/services/probeservice.h"

#include "models/postgres/probe.h"
#include "models/services/mailbox.h"
#include "models/services/probepool.h"

#include <QPointer>
#include <QSet>
#include <QTimer>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// A server that takes longer no longer counts for the limit of servers at once: it waits, and so costs nothing.
constexpr std::chrono::milliseconds stallTime{1500};
constexpr std::chrono::milliseconds stallCheck{500};

} // namespace

class ProbeService::Private final {
    struct State {
        bool again = false;
    };
    struct Waiter {
        QPointer<QObject> context;
        std::function<void()> done;
        std::unique_ptr<QTimer> deadline;
        QSet<ServerId> servers = {}; // that have not answered yet
        std::vector<InstanceId> instances = {};
    };

public:
    Private(ProbeService& service, std::shared_ptr<RemoteShell> shell, InventoryService& inventoryService,
        std::shared_ptr<const Clock> clock, Options given)
        : q(service)
        , inventory(inventoryService)
        , options(given)
        , results([this](std::vector<ProbeResult> batch) { take(std::move(batch)); })
        , pool(std::move(shell), std::move(clock), {given.timeout, given.parallel, stallTime},
              [this](ProbeResult result) { results.post(std::move(result)); })
    {
        resolve = [](const Server& server) { return RemoteTarget{server.hostName, u"postgres"_s}; };
        QObject::connect(&rounds, &QTimer::timeout, &q, [this] { askAll(false); });
        QObject::connect(&stalls, &QTimer::timeout, &q, [this] { pool.makeUpForStalled(); });
        stalls.setInterval(stallCheck);
        QObject::connect(&inventory, &InventoryService::snapshotChanged, &q,
            [this](const InventoryPtr&, const DifferencePtr& difference) {
                askNew(difference);
                callWaiters();
            });
        setInterval(options.interval);
    }

    void setInterval(std::chrono::milliseconds interval)
    {
        options.interval = interval;
        if (interval.count() > 0)
            rounds.start(interval);
        else
            rounds.stop();
    }

    // Instances that were not there before are not left unknown until the next round.
    void askNew(const DifferencePtr& difference)
    {
        if (options.interval.count() <= 0)
            return;
        if (difference)
            askInstances(difference->instances.added, false);
        else
            askAll(false);
    }

    void askInstances(const std::vector<InstanceId>& instances, bool now)
    {
        const InventoryPtr snapshot = inventory.snapshot();
        QSet<ServerId> servers;
        for (const InstanceId id : instances) {
            if (const Instance* instance = snapshot->find(id))
                servers.insert(instance->server);
        }
        ask(snapshot, {servers.begin(), servers.end()}, now);
    }

    void askAll(bool now)
    {
        const InventoryPtr snapshot = inventory.snapshot();
        std::vector<ServerId> servers;
        for (const Server& server : snapshot->servers())
            servers.push_back(server.id);
        ask(snapshot, servers, now);
    }

    // `now`: a person, or an operation, asked; what is under way began too early to be the answer.
    void ask(const InventoryPtr& snapshot, const std::vector<ServerId>& servers, bool now)
    {
        std::vector<ProbeJob> jobs;
        for (const ServerId id : servers) {
            const Server* server = snapshot->find(id);
            if (!server || snapshot->instancesOn(id).empty())
                continue;
            if (states.contains(id)) {
                if (now && !pool.hasten(id, priority(snapshot, id, true)))
                    states[id].again = true;
                continue;
            }
            states.insert(id, {});
            jobs.push_back({id, priority(snapshot, id, now), resolve(*server), snapshot, earlier(*snapshot, id)});
        }
        if (jobs.empty())
            return;
        total += static_cast<int>(jobs.size());
        pool.add(std::move(jobs));
        stalls.start();
        Q_EMIT q.progress(done, total);
    }

    // Lower comes first. Servers that did not answer last time come last, in their class.
    int priority(const InventoryPtr& snapshot, ServerId server, bool now) const
    {
        const auto instances = snapshot->instancesOn(server);
        const bool isVisible = std::any_of(instances.begin(), instances.end(), [&](InstanceId id) { return visible.contains(id); });
        return (now ? 0 : isVisible ? 2 : 4) + (silent.contains(server) ? 1 : 0);
    }

    std::vector<ObservationPtr> earlier(const Inventory& snapshot, ServerId server) const
    {
        std::vector<ObservationPtr> known;
        for (const InstanceId id : snapshot.instancesOn(server)) {
            const ObservationPtr mine = last.value(id);
            const ObservationPtr shown = snapshot.observations().value(id);
            const ObservationPtr& newest = !shown || (mine && mine->at >= shown->at) ? mine : shown;
            if (newest)
                known.push_back(newest);
        }
        return known;
    }

    // Somebody who waits for an answer that begins from now on.
    void waitFor(const std::vector<InstanceId>& instances, QObject* context, std::function<void()> tell)
    {
        const InventoryPtr snapshot = inventory.snapshot();
        Waiter waiter{.context = context, .done = std::move(tell), .deadline = std::make_unique<QTimer>()};
        for (const InstanceId id : instances) {
            if (const Instance* instance = snapshot->find(id)) {
                waiter.servers.insert(instance->server);
                waiter.instances.push_back(id);
            }
        }
        waiter.deadline->setSingleShot(true);
        QObject::connect(waiter.deadline.get(), &QTimer::timeout, &q, [this] { callWaiters(); });
        waiter.deadline->start(waiter.servers.isEmpty() ? std::chrono::milliseconds(0) : options.patience);
        waiters.push_back(std::move(waiter));
        askInstances(instances, true);
    }

    bool isOver(const Waiter& waiter) const
    {
        if (!waiter.deadline->isActive())
            return true;
        const InventoryPtr snapshot = inventory.snapshot();
        const auto isShown = [&](InstanceId id) { // what was seen takes a moment to enter the snapshot
            const ObservationPtr mine = last.value(id);
            const Observation* shown = snapshot->observation(id);
            return !mine || !snapshot->find(id) || (shown && shown->at >= mine->at);
        };
        return waiter.servers.isEmpty() && std::ranges::all_of(waiter.instances, isShown);
    }

    void callWaiters()
    {
        std::vector<Waiter> over;
        std::erase_if(waiters, [&](Waiter& waiter) {
            const bool is = isOver(waiter);
            if (is)
                over.push_back(std::move(waiter));
            return is;
        });
        for (Waiter& waiter : over) {
            waiter.deadline.release()->deleteLater(); // it may be what is calling
            if (waiter.context)
                waiter.done();
        }
    }

    void take(std::vector<ProbeResult> batch)
    {
        std::vector<ObservationPtr> seen;
        std::vector<ServerId> again;
        for (ProbeResult& result : batch) {
            if (states.take(result.server).again) {
                again.push_back(result.server);
                --total; // counted anew when it is asked: the same server, not one more
            } else {
                ++done;
                for (Waiter& waiter : waiters)
                    waiter.servers.remove(result.server);
            }
            if (result.reached)
                silent.remove(result.server);
            else
                silent.insert(result.server);
            for (ObservationPtr& observation : result.observations) {
                last.insert(observation->instance, observation);
                seen.push_back(std::move(observation));
            }
        }
        if (!seen.empty())
            inventory.observe(std::move(seen));
        ask(inventory.snapshot(), again, true);
        callWaiters();
        finishRound();
    }

    void finishRound()
    {
        Q_EMIT q.progress(done, total);
        if (!states.isEmpty())
            return;
        done = total = 0;
        stalls.stop();
        forgetRemoved();
    }

    void forgetRemoved()
    {
        const InventoryPtr snapshot = inventory.snapshot();
        last.removeIf([&](const auto& entry) { return !snapshot->find(entry.key()); });
        silent.removeIf([&](ServerId id) { return !snapshot->find(id); });
    }

    ProbeService& q;
    InventoryService& inventory;
    Options options;
    std::function<RemoteTarget(const Server&)> resolve;
    QSet<InstanceId> visible;
    QHash<ServerId, State> states; // waiting or under way
    QSet<ServerId> silent; // did not answer last time
    Observations last; // what was seen here, also before the inventory service has published it
    std::vector<Waiter> waiters;
    int done = 0;
    int total = 0;
    QTimer rounds;
    QTimer stalls;
    Mailbox<ProbeResult> results;
    ProbePool pool; // last: its threads post to the mailbox
};

ProbeService::ProbeService(std::shared_ptr<RemoteShell> shell, InventoryService& inventory, std::shared_ptr<const Clock> clock,
    Options options, QObject* parent)
    : QObject(parent)
    , m_d(std::make_unique<Private>(*this, std::move(shell), inventory, std::move(clock), options))
{
}

ProbeService::~ProbeService() = default;

void ProbeService::setTargetResolver(std::function<RemoteTarget(const Server&)> resolver) { m_d->resolve = std::move(resolver); }

void ProbeService::setInterval(std::chrono::milliseconds interval) { m_d->setInterval(interval); }

void ProbeService::setVisible(std::vector<InstanceId> visible) { m_d->visible = {visible.begin(), visible.end()}; }

void ProbeService::probe(const std::vector<InstanceId>& instances) { m_d->askInstances(instances, true); }

void ProbeService::probe(const std::vector<InstanceId>& instances, QObject* context, std::function<void()> done)
{
    m_d->waitFor(instances, context, std::move(done));
}

void ProbeService::probeAll() { m_d->askAll(true); }

int ProbeService::pending() const { return static_cast<int>(m_d->states.size()); }

} // namespace elephaas
