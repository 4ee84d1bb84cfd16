#pragma once

#include "app/adapters/ssh/waiting.h"
#include "app/sockets/addresses.h"

#include <QString>

namespace elephaas::ssh {

// Connects to the first address of `host` that answers. All addresses are tried, IPv6 and IPv4 in turn; the next one starts when
// the one before has failed or has not answered for 250 ms (after RFC 8305). The socket is non-blocking and close-on-exec.
// Errors: Unreachable (unknown name, refused, no route), TimedOut, Cancelled.
Expected<FileDescriptor> connectSocket(
    const QString& host, int port, AddressFamily family, const QString& where, const Patience& patience);

} // namespace elephaas::ssh
