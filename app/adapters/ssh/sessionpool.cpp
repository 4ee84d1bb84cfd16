#include "app/adapters/ssh/sessionpool.h"

#include <algorithm>

namespace elephaas::ssh {

using namespace std::chrono_literals;

namespace {

constexpr auto askIdleAfter = 30s;
constexpr auto idleIsDeadAfter = 60s;

} // namespace

SessionPool::SessionPool(Connector& connector, PoolLimits limits)
    : m_connector(connector), m_limits(limits), m_servant([this](std::stop_token stop) { serve(std::move(stop)); })
{
}

SessionPool::~SessionPool() = default;

SessionPool::Lease::~Lease()
{
    if (m_session)
        m_pool->giveBack(m_key, std::move(m_session), !m_discarded);
}

Expected<SessionPool::Lease> SessionPool::lease(const HostConfig& config, Patience& patience, Want want)
{
    const bool fresh = want == Want::Fresh;
    const QString key = config.sessionKey();
    const QString server = config.serverKey();
    std::unique_lock lock(m_mutex);
    Host& host = m_hosts[key]; // never erased: references stay
    const auto mayConnect = [&] {
        return m_connecting[server] < m_limits.connectsPerServer && (want != Want::Session || host.open < m_limits.sessionsPerHost);
    };
    for (;;) {
        if (auto session = fresh ? nullptr : takeIdle(host))
            return Lease(*this, key, std::move(session), true);
        if (mayConnect())
            break;
        m_changed.wait_until(lock, patience.stop.token(), patience.until, [&] {
            return (!fresh && !host.idle.empty()) || mayConnect();
        });
        if (patience.isOver())
            return fail(patience.error(SshText::tr("All connections to this server are busy."), config.where()));
    }
    ++m_connecting[server];
    ++host.open;
    QByteArray accepted = host.accepted;
    lock.unlock();
    auto session = m_connector.connect(config, accepted, patience);
    lock.lock();
    --m_connecting[server];
    if (session)
        host.accepted = accepted;
    else
        --host.open;
    m_changed.notify_all();
    lock.unlock();
    if (!session)
        return fail(std::move(session.error()));
    return Lease(*this, key, std::move(*session), false);
}

// Called with the lock held. A session that the server has closed meanwhile is not handed out.
std::unique_ptr<Session> SessionPool::takeIdle(Host& host)
{
    while (!host.idle.empty()) {
        std::unique_ptr<Session> session = std::move(host.idle.back());
        host.idle.pop_back();
        host.idleSince.pop_back();
        --m_idleCount;
        session->pump(SteadyClock::now(), nullptr);
        if (session->isAlive())
            return session;
        --host.open;
    }
    return nullptr;
}

void SessionPool::giveBack(const QString& key, std::unique_ptr<Session> session, bool keep)
{
    session->pump(SteadyClock::now(), nullptr); // libssh still holds the closing of the channel
    const bool kept = keep && session->isAlive();
    {
        const std::scoped_lock lock(m_mutex);
        Host& host = m_hosts[key];
        if (kept) {
            host.idle.push_back(std::move(session));
            host.idleSince.push_back(SteadyClock::now());
            if (++m_idleCount > m_limits.warmSessions)
                session = takeLongestIdle();
        } else {
            --host.open;
        }
    }
    m_changed.notify_all();
    // A session that is not kept is closed here, outside the lock.
}

// Called with the lock held. Null: there is no idle session.
std::unique_ptr<Session> SessionPool::takeLongestIdle()
{
    Host* longest = nullptr;
    for (auto& [key, host] : m_hosts) {
        if (!host.idle.empty() && (!longest || host.idleSince.front() < longest->idleSince.front()))
            longest = &host;
    }
    if (!longest)
        return nullptr;
    std::unique_ptr<Session> session = std::move(longest->idle.front());
    longest->idle.erase(longest->idle.begin());
    longest->idleSince.erase(longest->idleSince.begin());
    --longest->open;
    --m_idleCount;
    return session;
}

void SessionPool::serve(std::stop_token stop)
{
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        m_changed.wait_for(lock, stop, m_limits.servicePeriod, [] { return false; });
        std::vector<std::unique_ptr<Session>> done = lookAfterIdle();
        if (done.empty())
            continue;
        m_changed.notify_all();
        lock.unlock();
        done.clear();
        lock.lock();
    }
}

// Called with the lock held. Answers what servers ask of idle clients (ClientAliveInterval), notices links that are gone, and
// sorts out what nobody has used for long.
std::vector<std::unique_ptr<Session>> SessionPool::lookAfterIdle()
{
    std::vector<std::unique_ptr<Session>> done;
    const TimePoint now = SteadyClock::now();
    for (auto& [key, host] : m_hosts) {
        for (std::size_t i = 0; i < host.idle.size();) {
            Session& session = *host.idle[i];
            session.pump(now, nullptr);
            const auto silence = now - session.lastHeard();
            if (session.isAlive() && silence < idleIsDeadAfter && now - host.idleSince[i] < m_limits.idleTime) {
                if (silence >= askIdleAfter)
                    session.askForLife();
                ++i;
                continue;
            }
            done.push_back(std::move(host.idle[i]));
            host.idle.erase(host.idle.begin() + std::ptrdiff_t(i));
            host.idleSince.erase(host.idleSince.begin() + std::ptrdiff_t(i));
            --host.open;
            --m_idleCount;
        }
    }
    return done;
}

} // namespace elephaas::ssh
