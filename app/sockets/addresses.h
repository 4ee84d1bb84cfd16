#pragma once

#include "app/sockets/waiting.h"

#include <QString>

#include <vector>

#include <sys/socket.h>

namespace elephaas::sockets {

enum class AddressFamily { Any, IPv4, IPv6 };

// An address of a host with its port.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family() const { return storage.ss_family; }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    QString text() const; // "10.0.0.1", "2001:db8::1": without the port
};

// All addresses of a host name, or the one that `host` is itself. IPv6 and IPv4 in turn, as RFC 8305 section 4 proposes; the resolver's order
// within a family is kept. Errors: Unreachable (unknown name), TimedOut, Cancelled.
Expected<std::vector<Address>> resolve(const QString& host, int port, AddressFamily family, const QString& where, const Patience& patience);

// Begins to connect: non-blocking, close-on-exec. Not open when that failed at once (errno). `type`: SOCK_STREAM or SOCK_DGRAM.
FileDescriptor beginConnect(const Address& address, int type);

} // namespace elephaas::sockets
