#include "app/adapters/ssh/socketconnect.h"

#include <QByteArray>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family() const { return storage.ss_family; }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

struct LookUp {
    std::vector<Address> addresses;
    int error = 0; // EAI_…
    int systemError = 0;
};

LookUp lookUp(const QByteArray& host, const QByteArray& port, AddressFamily family, int flags)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    switch (family) {
    case AddressFamily::Any: hints.ai_family = AF_UNSPEC; break;
    case AddressFamily::IPv4: hints.ai_family = AF_INET; break;
    case AddressFamily::IPv6: hints.ai_family = AF_INET6; break;
    }
    addrinfo* list = nullptr;
    LookUp result;
    result.error = ::getaddrinfo(host.constData(), port.constData(), &hints, &list);
    result.systemError = errno;
    if (result.error != 0)
        return result;
    for (const addrinfo* info = list; info; info = info->ai_next) {
        Address address;
        if (info->ai_addrlen > sizeof address.storage)
            continue;
        std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
        address.size = info->ai_addrlen;
        result.addresses.push_back(address);
    }
    ::freeaddrinfo(list);
    return result;
}

// getaddrinfo() blocks and cannot be called off: it gets a thread of its own, which is left behind when nobody waits any more.
struct PendingLookUp {
    std::mutex mutex;
    LookUp result;
    FileDescriptor done{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

Error unknownName(const QString& host, const LookUp& found, const QString& where)
{
    const char* words = found.error == EAI_SYSTEM ? std::strerror(found.systemError) : ::gai_strerror(found.error);
    return {.kind = ErrorKind::Unreachable,
        .what = SshText::tr("The host name %1 has no address.").arg(host),
        .where = where,
        .detail = QString::fromLocal8Bit(words),
        .remedy = SshText::tr("Check the spelling, the name server and the OpenSSH configuration.")};
}

Expected<std::vector<Address>> resolve(
    const QString& host, int port, AddressFamily family, const QString& where, const Patience& patience)
{
    const QByteArray name = host.toUtf8();
    const QByteArray service = QByteArray::number(port);
    LookUp found = lookUp(name, service, family, AI_NUMERICHOST);
    if (found.error == 0)
        return std::move(found.addresses);

    auto pending = std::make_shared<PendingLookUp>();
    std::thread([pending, name, service, family] {
        LookUp result = lookUp(name, service, family, AI_ADDRCONFIG);
        if (result.error != 0) // a machine without any configured address but loopback: AI_ADDRCONFIG hides even /etc/hosts
            result = lookUp(name, service, family, 0);
        const std::scoped_lock lock(pending->mutex);
        pending->result = std::move(result);
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(pending->done.get(), &one, sizeof one);
    }).detach();
    if (waitFor(pending->done.get(), POLLIN, patience) != Waited::Ready)
        return fail(patience.error(SshText::tr("Looking up the host name %1 took too long.").arg(host), where));
    const std::scoped_lock lock(pending->mutex);
    if (pending->result.error != 0 || pending->result.addresses.empty())
        return fail(unknownName(host, pending->result, where));
    return std::move(pending->result.addresses);
}

// IPv6, IPv4, IPv6, … as RFC 8305 section 4 proposes; the resolver's order within a family is kept.
std::vector<Address> interleaved(std::vector<Address> addresses)
{
    const auto middle = std::stable_partition(addresses.begin(), addresses.end(),
        [first = addresses.front().family()](const Address& address) { return address.family() == first; });
    std::vector<Address> result;
    result.reserve(addresses.size());
    for (auto one = addresses.begin(), other = middle; one != middle || other != addresses.end();) {
        if (one != middle)
            result.push_back(*one++);
        if (other != addresses.end())
            result.push_back(*other++);
    }
    return result;
}

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
            FileDescriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            const int status = socket.isOpen() ? ::connect(socket.get(), address.get(), address.size) : -1;
            if (status == 0) {
                m_winner = std::move(socket);
                return;
            }
            if (socket.isOpen() && errno == EINPROGRESS) {
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
    Race race(interleaved(std::move(*addresses)), patience);
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
