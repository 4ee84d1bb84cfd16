#include "app/adapters/ssh/connector.h"

#include <QRandomGenerator>

#include <poll.h>

namespace elephaas::ssh {

using namespace std::chrono_literals;

namespace {

constexpr int busyTries = 7; // with waits of 0.1, 0.2 … 3.2 s between them
constexpr int keyConnections = 8;

// Waits a little, not the same for everybody. False: the patience is over.
bool backOff(int round, const Patience& patience)
{
    const auto wait = 100ms * (1 << round);
    const auto jitter = std::chrono::milliseconds(QRandomGenerator::global()->bounded(int(wait.count() / 2) + 1));
    const Patience nap = patience.atMost(wait + jitter);
    return waitFor(-1, 0, nap) == Waited::TimedOut && !patience.isOver();
}

} // namespace

Expected<std::unique_ptr<Session>> Connector::connect(const HostConfig& config, QByteArray& accepted, Patience& patience)
{
    Offers offers{.accepted = accepted};
    int busy = 0;
    for (int connections = 0;;) {
        const Patience tryPatience
            = patience.atMost(config.connectTimeout ? std::chrono::milliseconds(*config.connectTimeout) : m_connectTimeout);
        auto session = tryOnce(config, offers, tryPatience);
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
        } else if (failure.tryMoreKeys && ++connections < keyConnections && !patience.isOver()) {
            continue;
        } else if (!failure.tryAgain || ++busy >= busyTries || !backOff(busy - 1, patience)) {
            return fail(patience.stop.requested() ? patience.error({}, config.where()) : std::move(failure.error));
        }
    }
}

tl::expected<std::unique_ptr<Session>, OpenFailure> Connector::tryOnce(
    const HostConfig& config, Offers& offers, const Patience& patience)
{
    auto transport = openTransport(config, patience);
    if (!transport)
        return tl::unexpected(OpenFailure{std::move(transport.error())});
    return Session::open(
        config, std::move(*transport), [&](const HostKey& key) { return m_desk.isTrusted(config, key); }, offers, patience);
}

Expected<Transport> Connector::openTransport(const HostConfig& config, const Patience& patience)
{
    Transport transport;
    auto socket = config.proxyCommand.isEmpty()
        ? connectSocket(config.hostName, config.port, config.family, config.where(), patience)
        : ProxyProcess::start(config.proxyCommand.toUtf8(), transport.proxy);
    if (!socket)
        return fail(std::move(socket.error()));
    transport.socket = std::move(*socket);
    return transport;
}

} // namespace elephaas::ssh
