#pragma once

#include <QByteArray>
#include <QString>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

namespace elephaas::tests {

// An application that writes all the time, over libpq: inserts numbers 1, 2, … into the table `acked(n bigint)`, one every `interval`, each in
// a transaction of its own; connects anew when it is thrown out. It knows which of them the server has acknowledged.
class Writer final {
public:
    // `conninfo` as psql takes it; with several hosts and target_session_attrs=read-write it finds the primary.
    explicit Writer(QByteArray conninfo, std::chrono::milliseconds interval = std::chrono::milliseconds(5));
    ~Writer() { stop(); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void stop(); // and waits for its end
    qint64 count() const { return m_count; } // acknowledged so far
    // The longest time between two acknowledged commits since the start, or since forget().
    std::chrono::microseconds longestGap() const;
    void forget();
    std::vector<qint64> acknowledged() const;
    QByteArray lastError() const;

private:
    void run(const std::stop_token& stop);
    void note(qint64 number);

    const QByteArray m_conninfo;
    const std::chrono::milliseconds m_interval;
    std::atomic<qint64> m_count{0};
    mutable std::mutex m_mutex;
    std::vector<qint64> m_acknowledged;
    std::chrono::steady_clock::time_point m_last{};
    std::chrono::steady_clock::duration m_gap{};
    QByteArray m_error;
    std::jthread m_thread;
};

} // namespace elephaas::tests
