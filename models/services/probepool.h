#pragma once

#include "models/domain/inventory.h"
#include "models/ports/clock.h"
#include "models/ports/remoteshell.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace elephaas {

// One server to be asked.
struct ProbeJob {
    ServerId server;
    int priority = 0; // lower comes first; later ones of the same priority come later
    RemoteTarget target = {};
    InventoryPtr inventory = {}; // which instances are to be asked for
    std::vector<ObservationPtr> earlier = {}; // of its instances, for facts that cannot be had now
};

struct ProbeResult {
    ServerId server;
    bool reached = false; // the server answered, whatever it said
    std::vector<ObservationPtr> observations = {};
};

// Threads that ask servers, a limited number at once. Made when they are needed, ended with the pool; the public calls are
// for one thread, which never waits for an answer in them.
class ProbePool final {
public:
    struct Limits {
        std::chrono::milliseconds timeout; // of one server
        int parallel = 16; // servers at once, not counting stalled ones; of those there are at most three times as many more
        std::chrono::milliseconds stallTime; // after which a server counts as stalled
    };

    // `deliver` is called on the pool's threads, never after the destructor has returned.
    ProbePool(std::shared_ptr<RemoteShell> shell, std::shared_ptr<const Clock> clock, Limits limits, std::function<void(ProbeResult)> deliver);
    // Cancels what is under way and drops what waits; no results are delivered for either.
    ~ProbePool();
    ProbePool(const ProbePool&) = delete;
    ProbePool& operator=(const ProbePool&) = delete;

    void add(std::vector<ProbeJob> jobs);
    // Gives a waiting server a better priority. False when it does not wait (any more).
    bool hasten(ServerId server, int priority);
    // Lets waiting servers begin in place of stalled ones. To be called now and then while something is under way.
    void makeUpForStalled();

private:
    using Key = std::pair<int, quint64>; // priority, order of arrival
    using SteadyTime = std::chrono::steady_clock::time_point;

    void work(std::stop_token stop);
    ProbeResult ask(const ProbeJob& job, std::stop_token stop) const;
    // With the mutex held.
    int allowed() const;
    void startThreads();

    const std::shared_ptr<RemoteShell> m_shell;
    const std::shared_ptr<const Clock> m_clock;
    const Limits m_limits;
    const std::function<void(ProbeResult)> m_deliver;

    std::mutex m_mutex; // guards the next six
    std::condition_variable_any m_wake;
    std::map<Key, ProbeJob> m_waiting;
    std::map<ServerId, Key> m_keys; // of those that wait
    std::map<ServerId, SteadyTime> m_underWay;
    quint64 m_arrivals = 0;

    std::vector<std::jthread> m_threads; // the owner's alone
};

} // namespace elephaas
