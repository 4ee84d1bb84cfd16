#include "app/sockets/addresses.h"

#include <QByteArray>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>

namespace elephaas::sockets {

using namespace Qt::Literals::StringLiterals;

namespace {

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
        .what = SocketText::tr("The host name %1 has no address.").arg(host),
        .where = where,
        .detail = QString::fromLocal8Bit(words),
        .remedy = SocketText::tr("Check the spelling, the name server and, for SSH, the OpenSSH configuration.")};
}

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

} // namespace

QString Address::text() const
{
    std::array<char, NI_MAXHOST> name{};
    const int status = ::getnameinfo(get(), size, name.data(), name.size(), nullptr, 0, NI_NUMERICHOST);
    return status == 0 ? QString::fromLatin1(name.data()) : QString();
}

Expected<std::vector<Address>> resolve(
    const QString& host, int port, AddressFamily family, const QString& where, const Patience& patience)
{
    const QByteArray name = host.toUtf8();
    const QByteArray service = QByteArray::number(port);
    LookUp found = lookUp(name, service, family, AI_NUMERICHOST);
    if (found.error == 0)
        return interleaved(std::move(found.addresses));

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
        return fail(patience.error(SocketText::tr("Looking up the host name %1 took too long.").arg(host), where));
    const std::scoped_lock lock(pending->mutex);
    if (pending->result.error != 0 || pending->result.addresses.empty())
        return fail(unknownName(host, pending->result, where));
    return interleaved(std::move(pending->result.addresses));
}

FileDescriptor beginConnect(const Address& address, int type)
{
    FileDescriptor socket(::socket(address.family(), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.isOpen() && ::connect(socket.get(), address.get(), address.size) != 0 && errno != EINPROGRESS) {
        const int error = errno;
        socket.reset();
        errno = error;
    }
    return socket;
}

} // namespace elephaas::sockets
