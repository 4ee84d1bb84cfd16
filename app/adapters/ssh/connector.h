#pragma once

#include "app/adapters/ssh/hostkeydesk.h"
#include "app/adapters/ssh/jumphost.h"

#include <condition_variable>
#include <map>
#include <mutex>

namespace elephaas::ssh {

// Opens sessions: transport (with jump hosts, whose sessions are shared), retries while the server is too busy (MaxStartups),
// further connections while there are further keys (MaxAuthTries), and the question about a new host key. Thread-safe.
class Connector {
public:
    Connector(HostResolver& resolver, std::shared_ptr<HostKeyAsker> asker, std::chrono::milliseconds connectTimeout)
        : m_resolver(resolver), m_desk(std::move(asker)), m_connectTimeout(connectTimeout)
    {
    }
    // `accepted`: the identity that the server took the last time; updated. `patience` grows by the time a person took to answer.
    Expected<std::unique_ptr<Session>> connect(const HostConfig& config, QByteArray& accepted, Patience& patience)
    {
        return connect(config, accepted, patience, {});
    }

private:
    using Opened = tl::expected<std::unique_ptr<Session>, OpenFailure>;
    Expected<std::unique_ptr<Session>> connect(
        const HostConfig& config, QByteArray& accepted, Patience& patience, const QStringList& path);
    Opened tryOnce(const HostConfig& config, std::shared_ptr<JumpHost> jump, Offers& offers, const Patience& patience);
    Expected<Transport> openTransport(const HostConfig& config, std::shared_ptr<JumpHost> jump, const Patience& patience);
    // The session to the last hop before the host: a shared one, or a new one. Null: the host is reached directly.
    // `path`: the hosts that are being connected to through this one.
    Expected<std::shared_ptr<JumpHost>> jumpHost(const HostConfig& config, Patience& patience, QStringList path);
    Expected<HostConfig> lastHop(const HostConfig& config, const Patience& patience) const;

    struct SharedJump {
        std::weak_ptr<JumpHost> host; // lives as long as a session goes through it
        bool connecting = false;
        QByteArray accepted = {};
    };

    HostResolver& m_resolver;
    HostKeyDesk m_desk;
    const std::chrono::milliseconds m_connectTimeout; // where the configuration has no ConnectTimeout
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::map<QString, SharedJump> m_jumps;
};

} // namespace elephaas::ssh
