#include "app/adapters/ssh/socketconnect.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

class Race {
public:
    Race(std::vector<Address> addresses, const Patience& patience)
        : m_addresses(std::move(addresses)), m_patience(patience)
    {
    }

    // An invalid descriptor: nobody answered, and lastError() says why (0: the patience was over).
    FileDescriptor run()
    {
        startNext();
        while (!m_winner.isOpen() && (!m_running.empty() || m_next < m_addresses.size())) {
            if (m_patience.isOver()) {
                m_error = 0;
                break;
            }
            step();
        }
        return std::move(m_winner);
    }
    int lastError() const { return m_error; }

private:
    static constexpr auto headStart = 250ms;

    void step()
    {
        std::vector<pollfd> watched{{m_patience.stop.fd(), POLLIN, 0}};
        for (const FileDescriptor& socket : m_running)
            watched.push_back({socket.get(), POLLOUT, 0});
        const bool more = m_next < m_addresses.size();
        ::poll(watched.data(), watched.size(), pollTimeout(more ? std::min(m_nextStart, m_patience.until) : m_patience.until));
        bool failed = false;
        std::vector<FileDescriptor> still;
        for (std::size_t i = 0; i < m_running.size(); ++i) {
            if (watched[i + 1].revents == 0) {
                still.push_back(std::move(m_running[i]));
                continue;
            }
            int error = 0;
            socklen_t size = sizeof error;
            ::getsockopt(m_running[i].get(), SOL_SOCKET, SO_ERROR, &error, &size);
            if (error == 0 && !m_winner.isOpen())
                m_winner = std::move(m_running[i]);
            else
                note(error);
            failed = failed || error != 0;
        }
        m_running = std::move(still);
        if (!m_winner.isOpen() && (failed || SteadyClock::now() >= m_nextStart))
            startNext();
    }

    void startNext()
    {
        while (m_next < m_addresses.size()) {
            const Address& address = m_addresses[m_next++];
            m_nextStart = SteadyClock::now() + headStart;
            if (FileDescriptor socket = beginConnect(address, SOCK_STREAM); socket.isOpen()) {
                m_running.push_back(std::move(socket));
                return;
            }
            note(errno);
        }
    }

    // "Refused" tells more than "no route": another address family is often simply not routed.
    void note(int error)
    {
        if (error != 0 && m_error != ECONNREFUSED)
            m_error = error;
    }

    std::vector<Address> m_addresses;
    const Patience& m_patience;
    std::size_t m_next = 0;
    TimePoint m_nextStart;
    std::vector<FileDescriptor> m_running;
    FileDescriptor m_winner;
    int m_error = 0;
};

} // namespace

Expected<FileDescriptor> connectSocket(
    const QString& host, int port, AddressFamily family, const QString& where, const Patience& patience)
{
    auto addresses = resolve(host, port, family, where, patience);
    if (!addresses)
        return fail(std::move(addresses.error()));
    Race race(std::move(*addresses), patience);
    FileDescriptor socket = race.run();
    if (socket.isOpen()) {
        const int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        return socket;
    }
    if (race.lastError() == 0)
        return fail(patience.error(SshText::tr("%1 port %2 does not answer.").arg(host).arg(port), where));
    if (race.lastError() == ECONNREFUSED)
        return fail({.kind = ErrorKind::Unreachable,
            .what = SshText::tr("%1 refuses connections to port %2.").arg(host).arg(port),
            .where = where,
            .detail = QString::fromLocal8Bit(std::strerror(race.lastError())),
            .remedy = SshText::tr("Check that sshd runs there and listens on this port.")});
    return fail({.kind = race.lastError() == ETIMEDOUT ? ErrorKind::TimedOut : ErrorKind::Unreachable,
        .what = SshText::tr("%1 port %2 cannot be reached.").arg(host).arg(port),
        .where = where,
        .detail = QString::fromLocal8Bit(std::strerror(race.lastError()))});
}

} // namespace elephaas::ssh
