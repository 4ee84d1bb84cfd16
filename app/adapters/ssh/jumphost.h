#pragma once

#include "app/adapters/ssh/session.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace elephaas::ssh {

// One hop of a ProxyJump: "user@host:port", with brackets around an IPv6 address, or an ssh:// URI.
struct JumpHop {
    QString host;
    QString user = {};
    int port = 0;
    bool operator==(const JumpHop&) const = default;
};
// Nothing: the text is not a list of hops.
std::optional<std::vector<JumpHop>> parseProxyJump(const QString& text);

// A session to a jump host that carries any number of connections to the hosts behind it, each through a direct-tcpip channel
// (RFC 4254 section 7.2). The session belongs to a thread of its own, which moves the bytes. Thread-safe.
class JumpHost {
public:
    explicit JumpHost(std::unique_ptr<Session> session);
    JumpHost(const JumpHost&) = delete;
    JumpHost& operator=(const JumpHost&) = delete;
    ~JumpHost();

    // One end of a socket pair, as if connected to the host. It gets an end of file when the jump host is lost.
    // Errors: Unreachable (with the jump host's words), PermissionDenied (it does not forward), TimedOut, Cancelled, LinkLost.
    Expected<FileDescriptor> openTunnel(const QString& host, int port, const Patience& patience);
    bool isAlive() const { return m_alive; }
    QString where() const { return m_where; }

private:
    struct Request {
        QByteArray host;
        int port = 0;
        FileDescriptor end; // ours
        enum class State { Waiting, Open, Failed, GivenUp } state = State::Waiting;
        QString words = {}; // the server's, when it failed
    };
    struct Tunnel {
        Session* session = nullptr;
        ssh_channel channel = nullptr;
        std::shared_ptr<Request> request;
        FileDescriptor end; // set once the channel is open
        QByteArray toEnd = {}; // read from the channel and not written yet
        bool channelEnded = false;
        bool endEnded = false;
        explicit Tunnel(Session& over) : session(&over), channel(ssh_channel_new(over.handle())) { }
        Tunnel(const Tunnel&) = delete;
        Tunnel& operator=(const Tunnel&) = delete;
        ~Tunnel() { ssh_channel_free(channel); }
        bool isDone() const { return (channelEnded && toEnd.isEmpty()) || endEnded; }
    };

    void serve();
    void takeRequests();
    bool advance(Tunnel& tunnel);
    bool advanceOpening(Tunnel& tunnel);
    bool readChannel(Tunnel& tunnel);
    bool writeChannel(Tunnel& tunnel);
    void moveAll();
    void waitForWork();
    bool checkLife();
    void settle(Request& request, Request::State state, const QString& words = {});
    void wake();

    const QString m_where;
    std::unique_ptr<Session> m_session; // of the thread, once it runs
    std::vector<std::unique_ptr<Tunnel>> m_tunnels; // of the thread
    FileDescriptor m_wake;
    std::atomic<bool> m_alive = true;
    std::atomic<bool> m_stopping = false;
    std::mutex m_mutex;
    std::condition_variable_any m_settled;
    std::vector<std::shared_ptr<Request>> m_requests;
    std::thread m_thread;
};

} // namespace elephaas::ssh
