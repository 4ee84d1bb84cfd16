#pragma once

#include "app/adapters/ssh/keptshell.h"

#include <tuple>

namespace elephaas::ssh {

struct KeptLimits {
    int perHost = 16; // beside the sessions of commands
    std::chrono::milliseconds turn{300}; // how long a question waits for the one before it
    std::chrono::milliseconds idleTime{60'000};
    std::chrono::milliseconds servicePeriod{5'000};
};

// The shells that stay open for questions. Thread-safe.
class KeptShells {
public:
    using Aside = std::function<std::optional<QByteArray>(const HostConfig& config, const QByteArray& command, const Patience& patience)>;
    // `aside` runs a command on a connection of its own.
    KeptShells(SessionPool& pool, Heartbeat heartbeat, KeptLimits limits, Aside aside);
    KeptShells(const KeptShells&) = delete;
    KeptShells& operator=(const KeptShells&) = delete;
    ~KeptShells();

    // Nothing when no shell has answered: the command is to be run as usual.
    std::optional<RemoteResult> run(const HostConfig& config, const RemoteCommand& command, const OutputSink& sink, Patience& patience);
    // Ends the shells of a key there.
    void letGo(const HostConfig& config, const QByteArray& key, const Patience& patience);

private:
    struct Name {
        QString host; // HostConfig::sessionKey()
        QByteArray key;
        QByteArray command;
        bool operator<(const Name& other) const { return std::tie(host, key, command) < std::tie(other.host, other.key, other.command); }
    };
    struct Place {
        std::unique_ptr<KeptShell> shell = {}; // null while it is at work, or not open
        bool isTaken = false;
        bool isUnwanted = false;
        TimePoint idleSince = {};
    };

    std::optional<std::unique_ptr<KeptShell>> take(const Name& name, const Patience& patience);
    void giveBack(const Name& name, std::unique_ptr<KeptShell> shell);
    void close(const HostConfig& config, std::unique_ptr<KeptShell> shell) const;
    void serve(const std::stop_token& stop);

    SessionPool& m_pool;
    const Heartbeat m_heartbeat;
    const KeptLimits m_limits;
    const Aside m_aside;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::map<Name, Place> m_places;
    std::jthread m_servant; // last: it uses all of the above
};

} // namespace elephaas::ssh
