#include "app/adapters/dns/exchange.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include <poll.h>
#include <sys/socket.h>

namespace elephaas::dns {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace sockets;

namespace {

constexpr std::array firstTries{600ms, 1200ms}; // over UDP, for each address
constexpr auto lastTry = 1500ms; // over TCP, where another address is left
constexpr std::size_t largestMessage = 65535;

enum class Turn { Answered, CutOff, Silent, Failed, Over };

class Asking {
public:
    Asking(const QString& server, const ldns_pkt* request, const Judge& judge, const Patience& patience)
        : m_server(server), m_request(request), m_wire(wire(request)), m_judge(judge), m_patience(patience)
    {
    }

    bool overUdp(const Address& address, std::chrono::milliseconds time)
    {
        Turn turn = udp(address, m_patience.atMost(time));
        if (turn == Turn::CutOff)
            turn = tcp(address, m_patience);
        if (turn == Turn::Failed)
            m_failed.insert(&address);
        return turn == Turn::Answered;
    }
    bool overTcp(const Address& address, std::chrono::milliseconds time) { return tcp(address, m_patience.atMost(time)) == Turn::Answered; }
    bool isOut(const Address& address) const { return m_failed.contains(&address); }
    bool isOver() const { return m_patience.isOver(); }

    Reply takeReply() { return std::move(*m_reply); }
    NoReply noReply() const
    {
        const QString where = m_server;
        if (m_patience.stop.requested() || m_error == 0) {
            return {m_patience.error(DnsText::tr("The name server %1 does not answer.").arg(m_server), where), m_sent};
        }
        const QString words = QString::fromLocal8Bit(std::strerror(m_error));
        if (m_error == ECONNREFUSED) {
            return {{.kind = ErrorKind::Unreachable, .what = DnsText::tr("No name server answers at %1.").arg(m_server), .where = where,
                        .detail = words},
                m_sent};
        }
        return {{.kind = ErrorKind::Unreachable, .what = DnsText::tr("The name server %1 cannot be reached.").arg(m_server), .where = where,
                    .detail = words},
            m_sent};
    }

private:
    Turn udp(const Address& address, const Patience& patience)
    {
        const FileDescriptor socket = beginConnect(address, SOCK_DGRAM);
        if (!socket.isOpen() || ::send(socket.get(), m_wire.constData(), static_cast<std::size_t>(m_wire.size()), 0) < 0)
            return failed(errno);
        m_sent = true;
        QByteArray buffer(largestMessage, Qt::Uninitialized);
        while (!patience.isOver() && waitFor(socket.get(), POLLIN, patience) == Waited::Ready) {
            const ssize_t size = ::recv(socket.get(), buffer.data(), static_cast<std::size_t>(buffer.size()), 0);
            if (size < 0 && errno != EAGAIN && errno != EINTR)
                return failed(errno); // ICMP: nobody listens
            if (size <= 0)
                continue;
            if (const Turn turn = consider(buffer.first(size), address); turn != Turn::Silent)
                return turn;
        }
        m_error = 0;
        return Turn::Silent;
    }

    Turn tcp(const Address& address, const Patience& patience)
    {
        const FileDescriptor socket = beginConnect(address, SOCK_STREAM);
        if (!socket.isOpen())
            return failed(errno);
        if (waitFor(socket.get(), POLLOUT, patience) != Waited::Ready)
            return Turn::Silent;
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0)
            return failed(error);
        QByteArray framed = m_wire;
        framed.prepend(static_cast<char>(m_wire.size() & 0xff)).prepend(static_cast<char>(m_wire.size() >> 8));
        if (!sendAll(socket.get(), framed, patience))
            return Turn::Silent;
        while (!patience.isOver()) {
            const QByteArray head = receive(socket.get(), 2, patience);
            if (head.size() != 2)
                return Turn::Silent;
            const qsizetype length = static_cast<std::uint8_t>(head[0]) << 8 | static_cast<std::uint8_t>(head[1]);
            const QByteArray message = receive(socket.get(), length, patience);
            if (message.size() != length)
                return Turn::Silent;
            if (const Turn turn = consider(message, address); turn == Turn::Answered)
                return turn;
        }
        return Turn::Silent;
    }

    bool sendAll(int socket, QByteArrayView bytes, const Patience& patience)
    {
        while (!bytes.isEmpty()) {
            if (waitFor(socket, POLLOUT, patience) != Waited::Ready)
                return false;
            const ssize_t sent = ::send(socket, bytes.data(), static_cast<std::size_t>(bytes.size()), MSG_NOSIGNAL);
            if (sent > 0) {
                m_sent = true;
                bytes = bytes.sliced(sent);
            } else if (errno != EAGAIN && errno != EINTR) {
                m_error = errno;
                return false;
            }
        }
        return true;
    }

    // As many bytes, or fewer where the connection ended or the patience did.
    QByteArray receive(int socket, qsizetype size, const Patience& patience)
    {
        QByteArray bytes(size, Qt::Uninitialized);
        qsizetype got = 0;
        while (got < size && waitFor(socket, POLLIN, patience) == Waited::Ready) {
            const ssize_t count = ::recv(socket, bytes.data() + got, static_cast<std::size_t>(size - got), 0);
            if (count > 0)
                got += count;
            else if (count == 0 || (errno != EAGAIN && errno != EINTR))
                break;
        }
        return bytes.first(got);
    }

    Turn consider(const QByteArray& bytes, const Address& address)
    {
        Reply reply{parsed(bytes), bytes, address};
        if (!reply.packet || !isReplyTo(reply.packet.get(), m_request))
            return Turn::Silent;
        if (ldns_pkt_tc(reply.packet.get()))
            return Turn::CutOff;
        if (!m_judge(reply))
            return Turn::Silent;
        m_reply = std::move(reply);
        return Turn::Answered;
    }

    Turn failed(int error)
    {
        m_error = error;
        return Turn::Failed;
    }

    const QString m_server;
    const ldns_pkt* m_request;
    const QByteArray m_wire;
    const Judge& m_judge;
    const Patience& m_patience;
    std::set<const Address*> m_failed;
    std::optional<Reply> m_reply;
    int m_error = 0; // errno of the last try; 0: nobody answered
    bool m_sent = false;
};

} // namespace

tl::expected<Reply, NoReply> exchange(const QString& server, const std::vector<Address>& addresses, const ldns_pkt* request, const Judge& judge,
    const Patience& patience)
{
    Asking asking(server, request, judge, patience);
    for (const auto time : firstTries) {
        for (const Address& address : addresses) {
            if (!asking.isOver() && !asking.isOut(address) && asking.overUdp(address, time))
                return asking.takeReply();
        }
    }
    for (const Address& address : addresses) {
        const bool isLast = &address == &addresses.back();
        if (!asking.isOver() && asking.overTcp(address, isLast ? patience.left() : lastTry))
            return asking.takeReply();
    }
    return tl::unexpected(asking.noReply());
}

} // namespace elephaas::dns
