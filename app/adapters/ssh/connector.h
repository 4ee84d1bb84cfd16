#pragma once

#include "app/adapters/ssh/hostkeydesk.h"
#include "app/adapters/ssh/session.h"

namespace elephaas::ssh {

// Opens sessions: transport, retries while the server is too busy (MaxStartups), further connections while there are further keys
// (MaxAuthTries), and the question about a new host key. Thread-safe.
class Connector {
public:
    Connector(std::shared_ptr<HostKeyAsker> asker, std::chrono::milliseconds connectTimeout)
        : m_desk(std::move(asker)), m_connectTimeout(connectTimeout)
    {
    }
    // `accepted`: the identity that the server took the last time; updated. `patience` grows by the time a person took to answer.
    Expected<std::unique_ptr<Session>> connect(const HostConfig& config, QByteArray& accepted, Patience& patience);

private:
    tl::expected<std::unique_ptr<Session>, OpenFailure> tryOnce(const HostConfig& config, Offers& offers, const Patience& patience);
    Expected<Transport> openTransport(const HostConfig& config, const Patience& patience);

    HostKeyDesk m_desk;
    const std::chrono::milliseconds m_connectTimeout; // where the configuration has no ConnectTimeout
};

} // namespace elephaas::ssh
