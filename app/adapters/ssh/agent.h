#pragma once

#include "app/adapters/ssh/waiting.h"

#include <QByteArray>
#include <QString>

#include <mutex>
#include <thread>
#include <vector>

namespace elephaas::ssh {

struct AgentKey {
    QByteArray blob; // public key or certificate, as RFC 4253 encodes it
    QString comment;
};

// A connection to an ssh-agent (draft-miller-ssh-agent). Everything has a deadline: an agent may hang, or wait for a person.
class AgentConnection {
public:
    // Errors: Unreachable (no agent there), TimedOut, Cancelled.
    static Expected<AgentConnection> open(const QString& path, const Patience& patience);
    Expected<std::vector<AgentKey>> keys(const Patience& patience);
    // One message there, one back, without the length before them.
    Expected<QByteArray> ask(const QByteArray& message, const Patience& patience);
    void shutDown();

private:
    explicit AgentConnection(FileDescriptor socket) : m_socket(std::move(socket)) { }
    FileDescriptor m_socket;
};

// Stands between libssh and the agent and shows one key at a time. libssh would offer all keys of an agent until the server has
// enough of them, knows nothing of IdentitiesOnly, and waits for the agent without a deadline.
class AgentRelay {
public:
    AgentRelay(AgentConnection agent, const Patience& patience);
    AgentRelay(const AgentRelay&) = delete;
    AgentRelay& operator=(const AgentRelay&) = delete;
    ~AgentRelay();

    // The end for ssh_set_agent_socket(), which takes it over. Invalid when it could not be made.
    int takeClientEnd() { return m_clientEnd.release(); }
    void show(const AgentKey& key);

private:
    void serve();
    QByteArray answer(const QByteArray& message);

    AgentConnection m_agent;
    Patience m_patience;
    FileDescriptor m_clientEnd;
    FileDescriptor m_ownEnd;
    std::mutex m_mutex;
    AgentKey m_shown;
    std::thread m_thread;
};

// "ssh-ed25519" of a public key blob; empty when it is none.
QByteArray blobType(const QByteArray& blob);

} // namespace elephaas::ssh
