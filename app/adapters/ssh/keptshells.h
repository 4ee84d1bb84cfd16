#pragma once

#include "app/adapters/ssh/keptshell.h"
#include "app/adapters/ssh/sessionpool.h"

#include <tuple>

namespace elephaas::ssh {

struct KeptLimits {
    int sessionsPerHost = 4; // beside those of commands
    int shellsPerSession = 8; // sshd's default for MaxSessions is 10; one more is needed to end a group
    std::chrono::milliseconds turn{1500}; // how long a question waits for the ones before it on its connection
    std::chrono::milliseconds idleTime{120'000};
    std::chrono::milliseconds servicePeriod{10'000};
};

// The shells that stay open for questions. Several share a connection, which costs a server more than a shell does; then they are asked in turn.
// Thread-safe.
class KeptShells {
public:
    using Aside = std::function<std::optional<QByteArray>(const HostConfig& config, const QByteArray& command, const Patience& patience)>;
    // `aside` runs a command on a connection of its own.
    KeptShells(SessionPool& pool, Heartbeat heartbeat, KeptLimits limits, Aside aside);
    KeptShells(const KeptShells&) = delete;
    KeptShells& operator=(const KeptShells&) = delete;
    ~KeptShells();

    struct Answer {
        std::optional<RemoteResult> result = {}; // nothing: the command is to be run as usual
        bool wasGiven = false; // to a shell: something of it may have been done
    };
    Answer run(const HostConfig& config, const RemoteCommand& command, const OutputSink& sink, Patience& patience);
    // Ends the shells of a key there.
    void letGo(const HostConfig& config, const QByteArray& key, const Patience& patience);

private:
    struct Name {
        QByteArray key;
        QByteArray command;
        bool operator<(const Name& other) const { return std::tie(key, command) < std::tie(other.key, other.command); }
    };
    struct Shell {
        std::unique_ptr<KeptShell> shell;
        TimePoint idleSince = {};
        bool isUnwanted = false;
    };
    // A connection with its shells. Who has taken it may use it and them, and change `shells` under the mutex.
    struct Carrier {
        std::optional<SessionPool::Lease> lease = {}; // empty until it is connected
        std::map<Name, Shell> shells = {}; // they go before their session
        bool isTaken = false;
        bool isFull = false; // the server has refused another shell
        bool isBroken = false; // a shell was not seen to be gone
        std::optional<TimePoint> asked = {}; // for a sign of life
    };
    using Carriers = std::vector<std::shared_ptr<Carrier>>;

    std::shared_ptr<Carrier> take(const QString& host, const Name& name, const Patience& patience);
    std::shared_ptr<Carrier> choose(Carriers& carriers, const Name& name) const;
    void giveBack(const QString& host, const std::shared_ptr<Carrier>& carrier);
    bool end(Carrier& carrier, const Name& name, const SecondConnection& second); // whether it was seen to be gone
    KeptShell* shellOf(Carrier& carrier, const Name& name, const RemoteCommand& command, const Patience& patience);
    bool isLost(Carrier& carrier) const;
    void serve(const std::stop_token& stop);

    SessionPool& m_pool;
    const Heartbeat m_heartbeat;
    const KeptLimits m_limits;
    const Aside m_aside;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::map<QString, Carriers> m_hosts; // by HostConfig::sessionKey()
    std::jthread m_servant; // last: it uses all of the above
};

} // namespace elephaas::ssh
