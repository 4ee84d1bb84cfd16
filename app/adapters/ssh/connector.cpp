#include "app/adapters/ssh/connector.h"

#include <QRandomGenerator>

#include <poll.h>

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int busyTries = 7; // with waits of 0.1, 0.2 … 3.2 s between them
constexpr int keyConnections = 8;
constexpr int deepestJump = 8;
constexpr auto loginTime = 60s; // an agent may wait for a person to touch a key; half of sshd's LoginGraceTime

// Waits a little, not the same for everybody. False: the patience is over.
bool backOff(int round, const Patience& patience)
{
    const auto wait = 100ms * (1 << round);
    const auto jitter = std::chrono::milliseconds(QRandomGenerator::global()->bounded(int(wait.count() / 2) + 1));
    return waitFor(-1, 0, patience.atMost(wait + jitter)) == Waited::TimedOut && !patience.isOver();
}

Error circle(const HostConfig& config)
{
    return {.kind = ErrorKind::InvalidInput,
        .what = SshText::tr("There are too many jump hosts, or they go round in a circle."),
        .where = config.where(),
        .detail = SshText::tr("ProxyJump %1").arg(config.proxyJump)};
}

QString hopText(const JumpHop& hop)
{
    const QString host = hop.host.contains(u':') ? QString(u'[' + hop.host + u']') : hop.host;
    return (hop.user.isEmpty() ? QString() : QString(hop.user + u'@')) + host
        + (hop.port == 0 ? QString() : QString(u':' + QString::number(hop.port)));
}

} // namespace

Expected<std::unique_ptr<Session>> Connector::connect(
    const HostConfig& config, QByteArray& accepted, Patience& patience, const QStringList& path)
{
    Offers offers{.accepted = accepted};
    bool jumpWasLost = false;
    int busy = 0;
    int connections = 0;
    for (;;) {
        auto jump = jumpHost(config, patience, path);
        if (!jump)
            return fail(std::move(jump.error()));
        auto session = tryOnce(config, *jump, offers, patience);
        if (session) {
            accepted = offers.accepted;
            return std::move(*session);
        }
        OpenFailure& failure = session.error();
        if (failure.newKey) {
            const TimePoint asked = SteadyClock::now();
            const auto decided = m_desk.decide(config, *failure.newKey, failure.error, patience.stop);
            patience.until += SteadyClock::now() - asked;
            if (!decided)
                return fail(decided.error());
        } else if (*jump && !(*jump)->isAlive() && !std::exchange(jumpWasLost, true)) {
            continue; // a shared jump session that had died: once more with a new one
        } else if (failure.tryMoreKeys && ++connections < keyConnections && !patience.isOver()) {
            continue;
        } else if (!failure.tryAgain || ++busy >= busyTries || !backOff(busy - 1, patience)) {
            return fail(patience.stop.requested() ? patience.error({}, config.where()) : std::move(failure.error));
        }
    }
}

Connector::Opened Connector::tryOnce(
    const HostConfig& config, std::shared_ptr<JumpHost> jump, Offers& offers, const Patience& patience)
{
    const Patience connecting
        = patience.atMost(config.connectTimeout ? std::chrono::milliseconds(*config.connectTimeout) : m_connectTimeout);
    auto transport = openTransport(config, std::move(jump), connecting);
    if (!transport)
        return tl::unexpected(OpenFailure{std::move(transport.error())});
    const auto isTrusted = [&](const HostKey& key) { return m_desk.isTrusted(config, key); };
    return Session::open(config, std::move(*transport), isTrusted, offers, connecting, patience.atMost(loginTime));
}

Expected<Transport> Connector::openTransport(
    const HostConfig& config, std::shared_ptr<JumpHost> jump, const Patience& patience)
{
    Transport transport;
    auto socket = jump ? jump->openTunnel(config.hostName, config.port, patience)
        : config.proxyCommand.isEmpty()
        ? connectSocket(config.hostName, config.port, config.family, config.where(), patience)
        : ProxyProcess::start(config.proxyCommand.toUtf8(), transport.proxy);
    if (!socket)
        return fail(std::move(socket.error()));
    transport.socket = std::move(*socket);
    transport.jump = std::move(jump);
    return transport;
}

// As OpenSSH reads "a,b": to b through a. The configuration of a hop counts for it; its own ProxyJump only when no hop is before it.
Expected<HostConfig> Connector::lastHop(const HostConfig& config, const Patience& patience) const
{
    auto hops = parseProxyJump(config.proxyJump);
    if (!hops)
        return fail({.kind = ErrorKind::InvalidInput,
            .what = SshText::tr("ProxyJump is not a list of hosts: %1").arg(config.proxyJump),
            .where = config.where()});
    const JumpHop last = hops->back();
    hops->pop_back();
    auto hop = m_resolver.resolve({last.host, last.user, last.port}, patience);
    if (hop && !hops->empty()) {
        QStringList before;
        for (const JumpHop& other : *hops)
            before += hopText(other);
        hop->proxyJump = before.join(u',');
        hop->proxyCommand.clear();
    }
    return hop;
}

Expected<std::shared_ptr<JumpHost>> Connector::jumpHost(const HostConfig& config, Patience& patience, QStringList path)
{
    if (config.proxyJump.isEmpty())
        return nullptr;
    const QString ownKey = config.sessionKey();
    if (path.contains(ownKey) || path.size() >= deepestJump)
        return fail(circle(config));
    path += ownKey;
    const auto hop = lastHop(config, patience);
    if (!hop)
        return fail(hop.error());
    std::unique_lock lock(m_mutex);
    if (path.contains(hop->sessionKey()))
        return fail(circle(config));
    SharedJump& shared = m_jumps[hop->sessionKey()]; // never erased: the reference stays
    for (;;) {
        if (auto host = shared.host.lock(); host && host->isAlive())
            return host;
        if (!shared.connecting)
            break;
        m_changed.wait_until(lock, patience.stop.token(), patience.until, [&] { return !shared.connecting; });
        if (patience.isOver())
            return fail(patience.error(SshText::tr("The jump host did not let anybody in in time."), hop->where()));
    }
    shared.connecting = true;
    QByteArray accepted = shared.accepted;
    lock.unlock();
    auto session = connect(*hop, accepted, patience, path);
    auto host = session ? std::make_shared<JumpHost>(std::move(*session)) : nullptr;
    lock.lock();
    shared.connecting = false;
    shared.host = host;
    shared.accepted = accepted;
    m_changed.notify_all();
    if (!session) {
        Error error = std::move(session.error());
        error.where = SshText::tr("%1 (jump host for %2)").arg(error.where, config.where());
        return fail(std::move(error));
    }
    return host;
}

} // namespace elephaas::ssh
