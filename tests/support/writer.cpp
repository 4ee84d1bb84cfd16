#include "tests/support/writer.h"

#include <libpq-fe.h>

#include <condition_variable>
#include <memory>

namespace elephaas::tests {

using namespace std::chrono_literals;

namespace {

struct Close {
    void operator()(PGconn* connection) const { PQfinish(connection); }
    void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Close>;
using Result = std::unique_ptr<PGresult, Close>;

constexpr auto retry = 5ms;

bool pauses(std::chrono::steady_clock::time_point until, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, stop, until, [] { return false; });
    return !stop.stop_requested();
}

} // namespace

Writer::Writer(QByteArray conninfo, std::chrono::milliseconds interval)
    : m_conninfo(std::move(conninfo))
    , m_interval(interval)
    , m_thread([this](const std::stop_token& stop) { run(stop); })
{
}

void Writer::stop()
{
    m_thread.request_stop();
    if (m_thread.joinable())
        m_thread.join();
}

void Writer::run(const std::stop_token& stop)
{
    Connection connection;
    qint64 number = 0;
    auto next = std::chrono::steady_clock::now();
    while (!stop.stop_requested()) {
        if (!connection || PQstatus(connection.get()) != CONNECTION_OK) {
            connection.reset(PQconnectdb(m_conninfo.constData()));
            if (PQstatus(connection.get()) != CONNECTION_OK) {
                const std::scoped_lock lock(m_mutex);
                m_error = PQerrorMessage(connection.get());
            }
        }
        // A number that was sent and not acknowledged is not used again: it may be there.
        ++number;
        const QByteArray insert = "insert into acked values (" + QByteArray::number(number) + ')';
        const Result result(PQstatus(connection.get()) == CONNECTION_OK ? PQexec(connection.get(), insert.constData()) : nullptr);
        if (result && PQresultStatus(result.get()) == PGRES_COMMAND_OK) {
            note(number);
            next = std::max(next + m_interval, std::chrono::steady_clock::now());
        } else {
            if (result) {
                const std::scoped_lock lock(m_mutex);
                m_error = PQerrorMessage(connection.get());
            }
            connection.reset();
            next = std::chrono::steady_clock::now() + retry;
        }
        pauses(next, stop);
    }
}

void Writer::note(qint64 number)
{
    const auto now = std::chrono::steady_clock::now();
    const std::scoped_lock lock(m_mutex);
    if (m_last != std::chrono::steady_clock::time_point())
        m_gap = std::max(m_gap, now - m_last);
    m_last = now;
    m_acknowledged.push_back(number);
    ++m_count;
}

std::chrono::microseconds Writer::longestGap() const
{
    const std::scoped_lock lock(m_mutex);
    return std::chrono::duration_cast<std::chrono::microseconds>(m_gap);
}

void Writer::forget()
{
    const std::scoped_lock lock(m_mutex);
    m_gap = {};
}

std::vector<qint64> Writer::acknowledged() const
{
    const std::scoped_lock lock(m_mutex);
    return m_acknowledged;
}

QByteArray Writer::lastError() const
{
    const std::scoped_lock lock(m_mutex);
    return m_error;
}

} // namespace elephaas::tests
