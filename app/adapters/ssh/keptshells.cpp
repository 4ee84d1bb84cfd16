#include "app/adapters/ssh/keptshells.h"

#include <algorithm>
#include <utility>

namespace elephaas::ssh {

KeptShells::KeptShells(SessionPool& pool, Heartbeat heartbeat, KeptLimits limits, Aside aside)
    : m_pool(pool), m_heartbeat(heartbeat), m_limits(limits), m_aside(std::move(aside)),
      m_servant([this](const std::stop_token& stop) { serve(stop); })
{
}

KeptShells::~KeptShells()
{
    m_servant = {};
    // Nobody waits for the shells here: their input ends with their connections.
    for (auto& [host, carriers] : m_hosts) {
        for (const auto& carrier : carriers) {
            if (carrier->lease && !carrier->shells.empty())
                carrier->lease->discard();
        }
    }
}

// Called with the lock held. The connection that has the shell, or has room for it, or is to be made; null: none is free.
std::shared_ptr<KeptShells::Carrier> KeptShells::choose(Carriers& carriers, const Name& name) const
{
    for (const auto& carrier : carriers) {
        if (carrier->shells.contains(name))
            return carrier->isTaken ? nullptr : carrier;
    }
    std::shared_ptr<Carrier> best;
    for (const auto& carrier : carriers) {
        const bool hasRoom = !carrier->isTaken && !carrier->isFull && static_cast<int>(carrier->shells.size()) < m_limits.shellsPerSession;
        if (hasRoom && (!best || carrier->shells.size() < best->shells.size()))
            best = carrier;
    }
    if (static_cast<int>(carriers.size()) < m_limits.sessionsPerHost && !best)
        best = carriers.emplace_back(std::make_shared<Carrier>());
    return best;
}

std::shared_ptr<KeptShells::Carrier> KeptShells::take(const QString& host, const Name& name, const Patience& patience)
{
    std::unique_lock lock(m_mutex);
    std::shared_ptr<Carrier> carrier;
    const TimePoint until = std::min(patience.until, SteadyClock::now() + m_limits.turn);
    m_changed.wait_until(lock, patience.stop.token(), until, [&] {
        carrier = choose(m_hosts[host], name);
        return carrier != nullptr;
    });
    if (carrier)
        carrier->isTaken = true;
    return carrier;
}

// Ends what has been let go meanwhile. A connection without shells goes back to the pool.
void KeptShells::giveBack(const QString& host, const std::shared_ptr<Carrier>& carrier)
{
    std::unique_lock lock(m_mutex);
    const bool isAlive = carrier->lease && carrier->lease->session().isAlive();
    while (isAlive && !carrier->isBroken) {
        const auto unwanted = std::ranges::find_if(carrier->shells, [](const auto& entry) { return entry.second.isUnwanted; });
        if (unwanted == carrier->shells.end())
            break;
        const Name name = unwanted->first;
        lock.unlock();
        end(*carrier, name, {});
        lock.lock();
    }
    carrier->isTaken = false;
    const bool isUseless = !isAlive || carrier->isBroken;
    if (isUseless || carrier->shells.empty()) {
        std::erase(m_hosts[host], carrier);
        if (carrier->lease && isUseless)
            carrier->lease->discard();
    }
    m_changed.notify_all();
    // What is not in the list any more goes with the caller's pointer, outside the lock.
}

// Whoever waits for its end looks whether it is in the list.
bool KeptShells::end(Carrier& carrier, const Name& name, const SecondConnection& second)
{
    const bool hasGone = carrier.shells.at(name).shell->close(second);
    const std::scoped_lock lock(m_mutex);
    carrier.isBroken = carrier.isBroken || !hasGone;
    carrier.shells.erase(name);
    return hasGone;
}

// Null: it could not be opened.
KeptShell* KeptShells::shellOf(Carrier& carrier, const Name& name, const RemoteCommand& command, const Patience& patience)
{
    if (const auto found = carrier.shells.find(name); found != carrier.shells.end())
        return found->second.shell.get();
    auto shell = std::make_unique<KeptShell>(carrier.lease->session(), m_heartbeat);
    const bool isOpen = shell->open(command.command, command.kept->prelude, patience);
    const std::scoped_lock lock(m_mutex);
    if (!isOpen) {
        carrier.isFull = true;
        carrier.isBroken = carrier.isBroken || carrier.shells.empty();
        return nullptr;
    }
    return carrier.shells.emplace(name, Shell{.shell = std::move(shell)}).first->second.shell.get();
}

KeptShells::Answer KeptShells::run(const HostConfig& config, const RemoteCommand& command, const OutputSink& sink, Patience& patience)
{
    const QString host = config.sessionKey();
    const Name name{command.kept->key, command.command};
    const std::shared_ptr<Carrier> carrier = take(host, name, patience);
    if (!carrier)
        return {};
    if (!carrier->lease) {
        auto lease = m_pool.lease(config, patience, SessionPool::Want::Now);
        if (!lease) {
            giveBack(host, carrier);
            return {.result = RemoteResult{.outcome = NotStarted{std::move(lease.error())}}};
        }
        carrier->lease.emplace(std::move(*lease));
    }
    const Patience limit = patience.atMost(command.kept->patience);
    Answer answer;
    if (KeptShell* shell = shellOf(*carrier, name, command, limit)) {
        answer = {.result = shell->run(command.input, command.outputLimit, sink, limit), .wasGiven = true};
        if (answer.result) {
            const std::scoped_lock lock(m_mutex);
            carrier->shells.at(name).idleSince = SteadyClock::now();
        } else {
            const bool hasGone = end(*carrier, name, [&](const QByteArray& text, const Patience& time) { return m_aside(config, text, time); });
            if (patience.isOver()) {
                answer.result = RemoteResult{
                    .outcome = OutcomeUnknown{patience.error(SshText::tr("The command was out of time."), config.where())},
                    .ended = hasGone ? RemoteResult::Ended::Gone : RemoteResult::Ended::Unknown};
            }
        }
    }
    giveBack(host, carrier);
    return answer;
}

void KeptShells::letGo(const HostConfig& config, const QByteArray& key, const Patience& patience)
{
    const QString host = config.sessionKey();
    Carriers free;
    std::unique_lock lock(m_mutex);
    for (const auto& carrier : m_hosts[host]) {
        bool isMeant = false;
        for (auto& [name, shell] : carrier->shells) {
            if (name.key == key)
                isMeant = shell.isUnwanted = true;
        }
        if (isMeant && !std::exchange(carrier->isTaken, true))
            free.push_back(carrier);
    }
    lock.unlock();
    for (const auto& carrier : free)
        giveBack(host, carrier);
    free.clear();
    lock.lock();
    m_changed.wait_until(lock, patience.stop.token(), patience.until, [&] {
        return std::ranges::none_of(m_hosts[host], [&](const auto& carrier) {
            return std::ranges::any_of(carrier->shells, [&](const auto& entry) { return entry.first.key == key && entry.second.isUnwanted; });
        });
    });
}

// Called with the lock held, of one that nobody has taken. Nobody has to say anything while it is idle, but what was asked is answered.
bool KeptShells::isLost(Carrier& carrier) const
{
    Session& session = carrier.lease->session();
    session.pump(SteadyClock::now(), nullptr);
    const TimePoint now = SteadyClock::now();
    if (carrier.asked && session.lastHeard() >= *carrier.asked)
        carrier.asked.reset();
    if (carrier.asked && now - *carrier.asked >= m_heartbeat.patience)
        return true;
    if (!carrier.asked && now - session.lastHeard() >= m_heartbeat.interval) {
        session.askForLife();
        carrier.asked = now;
    }
    return !session.isAlive();
}

void KeptShells::serve(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        m_changed.wait_for(lock, stop, m_limits.servicePeriod, [] { return false; });
        std::vector<std::pair<QString, std::shared_ptr<Carrier>>> concerned;
        for (auto& [host, carriers] : m_hosts) {
            for (const auto& carrier : carriers) {
                if (carrier->isTaken)
                    continue;
                carrier->isBroken = isLost(*carrier);
                bool isConcerned = carrier->isBroken;
                for (auto& [name, shell] : carrier->shells) {
                    shell.isUnwanted = shell.isUnwanted || !shell.shell->isOpen() || SteadyClock::now() - shell.idleSince >= m_limits.idleTime;
                    isConcerned = isConcerned || shell.isUnwanted;
                }
                if (isConcerned) {
                    carrier->isTaken = true;
                    concerned.emplace_back(host, carrier);
                }
            }
        }
        lock.unlock();
        for (const auto& [host, carrier] : concerned)
            giveBack(host, carrier);
        concerned.clear();
        lock.lock();
    }
}

} // namespace elephaas::ssh
