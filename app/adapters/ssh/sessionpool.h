#pragma once

#include "app/adapters/ssh/connector.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace elephaas::ssh {

struct PoolLimits {
    int connectsPerServer = 4; // connecting to one sshd at the same time: far from MaxStartups
    int sessionsPerHost = 8;
    int warmSessions = 300; // idle ones of all hosts
    std::chrono::milliseconds idleTime{180'000};
    std::chrono::milliseconds servicePeriod{10'000}; // how often idle sessions are looked after
};

// Keeps sessions warm and lends each to one command at a time. Thread-safe.
class SessionPool {
public:
    SessionPool(Connector& connector, PoolLimits limits);
    ~SessionPool();

    // A borrowed session: goes back to the pool when the lease ends, unless it is dead or discarded.
    class Lease {
    public:
        Lease(SessionPool& pool, QString key, std::unique_ptr<Session> session, bool isWarm)
            : m_pool(&pool), m_key(std::move(key)), m_session(std::move(session)), m_isWarm(isWarm)
        {
        }
        Lease(Lease&&) = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        Session& session() const { return *m_session; }
        bool isWarm() const { return m_isWarm; } // it was opened for an earlier command
        void discard() { m_discarded = true; }

    private:
        SessionPool* m_pool;
        QString m_key;
        std::unique_ptr<Session> m_session;
        bool m_isWarm;
        bool m_discarded = false;
    };

    enum class Want {
        Session, // a warm one, or a new one as long as there are not too many; else waits for one
        Now, // a warm one or a new one, beyond the limit if need be: for who holds a session already while waiting for this one
        Fresh // a new one, beyond the limit if need be
    };
    Expected<Lease> lease(const HostConfig& config, Patience& patience, Want want);

private:
    struct Host {
        std::vector<std::unique_ptr<Session>> idle; // the latest used is the last
        std::vector<TimePoint> idleSince;
        int open = 0; // idle, lent and connecting
        QByteArray accepted; // the identity the server takes
    };

    std::unique_ptr<Session> takeIdle(Host& host);
    std::unique_ptr<Session> takeLongestIdle();
    void giveBack(const QString& key, std::unique_ptr<Session> session, bool keep);
    void serve(std::stop_token stop);
    std::vector<std::unique_ptr<Session>> lookAfterIdle();

    Connector& m_connector;
    const PoolLimits m_limits;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::map<QString, Host> m_hosts;
    std::map<QString, int> m_connecting; // by server
    int m_idleCount = 0;
    std::jthread m_servant;
};

} // namespace elephaas::ssh
