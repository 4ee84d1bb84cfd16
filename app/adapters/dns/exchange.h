#pragma once

#include "app/adapters/dns/message.h"
#include "app/sockets/addresses.h"

#include <functional>
#include <vector>

namespace elephaas::dns {

struct Reply {
    Packet packet;
    QByteArray wire;
    sockets::Address from;
};

struct NoReply {
    Error error; // Unreachable, TimedOut, Cancelled
    bool sent = false; // it may have arrived
};

// Whether what answers is to be believed; what is not is passed over, and the wait goes on. It may keep why it did not.
using Judge = std::function<bool(const Reply& reply)>;

// Asks the addresses of one server, in turn, over UDP: twice each, with growing time; over TCP where an answer is cut off, and at the end where
// none came. What does not answer the request (isReplyTo) is passed over, and so is what `judge` does not believe.
tl::expected<Reply, NoReply> exchange(const QString& server, const std::vector<sockets::Address>& addresses, const ldns_pkt* request,
    const Judge& judge, const sockets::Patience& patience);

} // namespace elephaas::dns
