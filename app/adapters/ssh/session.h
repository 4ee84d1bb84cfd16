#pragma once

#include "app/adapters/ssh/childprocess.h"
#include "app/adapters/ssh/knownhosts.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <functional>
#include <memory>
#include <optional>

namespace elephaas::ssh {

class JumpHost;
class WakeUp;

// What carries a session: a connected socket, and what has to live as long as it does.
struct Transport {
    FileDescriptor socket;
    ProxyProcess proxy = {};
    std::shared_ptr<JumpHost> jump = {};
};

// Why no session could be opened, and what can be done about it.
struct OpenFailure {
    Error error;
    bool tryAgain = false; // the server closed before it had said who it is: MaxStartups, or a restart
    bool tryMoreKeys = false; // it had enough of wrong keys (MaxAuthTries) before all were offered
    std::optional<HostKey> newKey = {}; // the host key is new and has to be asked about
};

// What has been offered to a server, over several connections when it has enough after a few (MaxAuthTries).
struct Offers {
    QByteArrayList refused = {};
    QStringList names = {}; // the same for people
    QByteArray accepted = {}; // what it took the last time
};

struct Heartbeat {
    std::chrono::milliseconds interval{5000}; // silence after which the server is asked for a sign of life
    std::chrono::milliseconds patience{15000}; // silence after which the link counts as lost
};

// One authenticated SSH connection. It belongs to one thread at a time; between calls it may wander.
// libssh is used without blocking throughout: every wait is a poll() with a deadline and a stop signal.
class Session {
public:
    // Key exchange, host key and authentication over `transport`. `isTrusted`: whether a key that no file knows was accepted.
    static tl::expected<std::unique_ptr<Session>, OpenFailure> open(const HostConfig& config, Transport transport,
        const std::function<bool(const HostKey&)>& isTrusted, Offers& offers, const Patience& connecting,
        const Patience& loggingIn);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    ssh_session handle() const { return m_session; }
    const HostConfig& config() const { return m_config; }
    QString lastError() const;

    // Takes in what has arrived and writes what is waiting; sleeps at most `until`, and wakes early when `stop` fires or `wake` rings.
    void pump(TimePoint until, const StopSignal* stop, const WakeUp* wake = nullptr);
    bool isAlive() const;

    // When something was last received from the server.
    TimePoint lastHeard() const { return m_lastHeard; }
    // Asks the server for a sign of life (a global request that every server has to answer, RFC 4254 section 4).
    void askForLife();
    // Whether it is dead, or has been silent for too long, `since` when somebody listens. Asks for a sign of life before that.
    bool isLost(Heartbeat heartbeat, TimePoint since = {});
    // True when the server has answered the last askForLife().
    bool hasAnswered();
    // Number of bytes received so far.
    quint64 bytesIn() const { return m_traffic.in_bytes; }

private:
    explicit Session(const HostConfig& config, Transport transport);
    std::optional<OpenFailure> exchangeKeys(const Patience& patience);
    std::optional<OpenFailure> checkHostKey(const std::function<bool(const HostKey&)>& isTrusted);
    void applyOptions();
    void noteTraffic();

    HostConfig m_config;
    Transport m_transport;
    ssh_session m_session = nullptr;
    ssh_event m_event = nullptr;
    bool m_inEvent = false;
    ssh_counter_struct m_traffic{}; // bytes of the socket
    quint64 m_noted = 0;
    quint64 m_bytesWhenAsked = 0;
    bool m_asked = false;
    TimePoint m_lastHeard = SteadyClock::now();
};

// Repeats a libssh call that answers SSH_AGAIN until it is done, the session is dead or the patience is over (then: SSH_AGAIN).
int repeat(Session& session, const Patience& patience, const std::function<int()>& call);

} // namespace elephaas::ssh
