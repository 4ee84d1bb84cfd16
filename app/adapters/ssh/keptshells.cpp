#include "app/adapters/ssh/keptshells.h"

#include <algorithm>

namespace elephaas::ssh {

KeptShells::KeptShells(SessionPool& pool, Heartbeat heartbeat, KeptLimits limits, Aside aside)
    : m_pool(pool), m_heartbeat(heartbeat), m_limits(limits), m_aside(std::move(aside)),
      m_servant([this](const std::stop_token& stop) { serve(stop); })
{
}

KeptShells::~KeptShells() = default;

// Waits for the turn and takes the place: the shell in it, null when one is to be opened. Nothing: the place stays another one's, or there
// are too many.
std::optional<std::unique_ptr<KeptShell>> KeptShells::take(const Name& name, const Patience& patience)
{
    std::unique_ptr<KeptShell> evicted; // goes after the lock
    std::unique_lock lock(m_mutex);
    const TimePoint until = std::min(patience.until, SteadyClock::now() + m_limits.turn);
    const bool isFree = m_changed.wait_until(lock, patience.stop.token(), until, [&] {
        const auto place = m_places.find(name);
        return place == m_places.end() || !place->second.isTaken;
    });
    if (!isFree)
        return std::nullopt;
    if (m_places.find(name) == m_places.end()) {
        int count = 0;
        auto longest = m_places.end();
        for (auto place = m_places.begin(); place != m_places.end(); ++place) {
            if (place->first.host != name.host)
                continue;
            ++count;
            if (!place->second.isTaken && (longest == m_places.end() || place->second.idleSince < longest->second.idleSince))
                longest = place;
        }
        if (count >= m_limits.perHost) {
            if (longest == m_places.end())
                return std::nullopt;
            evicted = std::move(longest->second.shell);
            m_places.erase(longest);
        }
    }
    Place& place = m_places[name];
    place.isTaken = true;
    return std::move(place.shell);
}

// `shell`: null when it is of no use any more.
void KeptShells::giveBack(const Name& name, std::unique_ptr<KeptShell> shell)
{
    {
        const std::scoped_lock lock(m_mutex);
        Place& place = m_places[name];
        if (shell && !place.isUnwanted) {
            place.shell = std::move(shell);
            place.isTaken = false;
            place.idleSince = SteadyClock::now();
        }
    }
    if (shell) // somebody has let it go meanwhile
        shell->close({});
    {
        const std::scoped_lock lock(m_mutex);
        if (const auto place = m_places.find(name); place != m_places.end() && place->second.isTaken)
            m_places.erase(place);
    }
    m_changed.notify_all();
}

std::optional<RemoteResult> KeptShells::run(
    const HostConfig& config, const RemoteCommand& command, const OutputSink& sink, Patience& patience)
{
    const Name name{config.sessionKey(), command.kept->key, command.command};
    auto taken = take(name, patience);
    if (!taken)
        return std::nullopt;
    std::unique_ptr<KeptShell> shell = std::move(*taken);
    if (!shell) {
        auto lease = m_pool.lease(config, patience, SessionPool::Want::Now);
        if (!lease) {
            giveBack(name, nullptr);
            return RemoteResult{.outcome = NotStarted{std::move(lease.error())}};
        }
        shell = std::make_unique<KeptShell>(std::move(*lease), m_heartbeat);
        if (!shell->open(command.command, command.kept->prelude, patience.atMost(command.kept->patience)))
            shell.reset();
    }
    std::optional<RemoteResult> result;
    if (shell)
        result = shell->run(command.input, command.outputLimit, sink, patience.atMost(command.kept->patience));
    if (!result && shell) {
        shell->close([&](const QByteArray& text, const Patience& time) { return m_aside(config, text, time); });
        shell.reset();
    }
    giveBack(name, std::move(shell));
    return result;
}

void KeptShells::letGo(const HostConfig& config, const QByteArray& key, const Patience& patience)
{
    std::vector<std::unique_ptr<KeptShell>> idle;
    const auto isMeant = [&](const Name& name) { return name.host == config.sessionKey() && name.key == key; };
    std::unique_lock lock(m_mutex);
    for (auto place = m_places.begin(); place != m_places.end();) {
        if (isMeant(place->first)) {
            if (!place->second.isTaken) {
                idle.push_back(std::move(place->second.shell));
                place = m_places.erase(place);
                continue;
            }
            place->second.isUnwanted = true;
        }
        ++place;
    }
    lock.unlock();
    for (const auto& shell : idle)
        shell->close({});
    idle.clear();
    lock.lock();
    m_changed.wait_until(lock, patience.stop.token(), patience.until, [&] {
        return std::ranges::none_of(m_places, [&](const auto& place) { return isMeant(place.first) && place.second.isUnwanted; });
    });
}

void KeptShells::serve(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        m_changed.wait_for(lock, stop, m_limits.servicePeriod, [] { return false; });
        std::vector<std::unique_ptr<KeptShell>> done;
        for (auto place = m_places.begin(); place != m_places.end();) {
            const bool isIdle = !place->second.isTaken;
            if (isIdle && (SteadyClock::now() - place->second.idleSince >= m_limits.idleTime || !place->second.shell->tend())) {
                done.push_back(std::move(place->second.shell));
                place = m_places.erase(place);
            } else {
                ++place;
            }
        }
        lock.unlock();
        if (!stop.stop_requested()) {
            for (const auto& shell : done)
                shell->close({});
        }
        done.clear();
        lock.lock();
    }
}

} // namespace elephaas::ssh
