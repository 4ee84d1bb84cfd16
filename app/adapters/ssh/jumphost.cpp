#include "app/adapters/ssh/jumphost.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto askAfter = 5s;
constexpr auto lostAfter = 15s;
constexpr std::size_t chunkSize = 32 * 1024;

std::optional<JumpHop> parseHop(QString text)
{
    JumpHop hop;
    if (text.startsWith("ssh://"_L1))
        text = text.sliced(6);
    if (const qsizetype at = text.lastIndexOf(u'@'); at >= 0) {
        hop.user = text.first(at);
        text = text.sliced(at + 1);
    }
    const qsizetype bracket = text.startsWith(u'[') ? text.indexOf(u']') : -1;
    const qsizetype colon = text.indexOf(u':', std::max<qsizetype>(0, bracket));
    // An IPv6 address without brackets has no port.
    const bool hasPort = colon >= 0 && text.indexOf(u':', colon + 1) < 0;
    hop.host = hasPort ? text.first(colon) : text;
    if (bracket > 0)
        hop.host = text.sliced(1, bracket - 1);
    if (hasPort) {
        bool isNumber = false;
        hop.port = text.sliced(colon + 1).toInt(&isNumber);
        if (!isNumber || hop.port <= 0 || hop.port > 65535)
            return std::nullopt;
    }
    return hop.host.isEmpty() ? std::nullopt : std::optional(hop);
}

} // namespace

std::optional<std::vector<JumpHop>> parseProxyJump(const QString& text)
{
    std::vector<JumpHop> hops;
    for (const QString& part : text.split(u',')) {
        const auto hop = parseHop(part.trimmed());
        if (!hop)
            return std::nullopt;
        hops.push_back(*hop);
    }
    return hops;
}

JumpHost::JumpHost(std::unique_ptr<Session> session)
    : m_where(session->config().where()), m_session(std::move(session)), m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      m_thread([this] { serve(); })
{
}

JumpHost::~JumpHost()
{
    m_stopping = true;
    wake();
    m_thread.join();
}

void JumpHost::wake()
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(m_wake.get(), &one, sizeof one);
}

Expected<FileDescriptor> JumpHost::openTunnel(const QString& host, int port, const Patience& patience)
{
    auto pair = socketPair();
    if (!pair)
        return fail(std::move(pair.error()));
    const auto request = std::make_shared<Request>(Request{.host = host.toUtf8(), .port = port, .end = std::move(pair->second)});
    std::unique_lock lock(m_mutex);
    if (!m_alive)
        return fail({.kind = ErrorKind::LinkLost, .what = SshText::tr("The connection to the jump host was lost."), .where = m_where});
    m_requests.push_back(request);
    wake();
    m_settled.wait_until(
        lock, patience.stop.token(), patience.until, [&] { return request->state != Request::State::Waiting; });
    switch (request->state) {
    case Request::State::Open: return std::move(pair->first);
    case Request::State::Failed: break;
    case Request::State::Waiting:
    case Request::State::GivenUp:
        request->state = Request::State::GivenUp;
        wake();
        return fail(patience.error(SshText::tr("%1 port %2 does not answer behind the jump host.").arg(host).arg(port), m_where));
    }
    if (!m_alive)
        return fail({.kind = ErrorKind::LinkLost, .what = SshText::tr("The connection to the jump host was lost."), .where = m_where});
    const bool prohibited = request->words.contains("(1)"_L1) || request->words.contains("prohibited"_L1);
    return fail({.kind = prohibited ? ErrorKind::PermissionDenied : ErrorKind::Unreachable,
        .what = prohibited ? SshText::tr("The jump host does not pass connections on to %1 port %2.").arg(host).arg(port)
                           : SshText::tr("The jump host cannot reach %1 port %2.").arg(host).arg(port),
        .where = m_where,
        .detail = request->words});
}

void JumpHost::settle(Request& request, Request::State state, const QString& words)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (request.state == Request::State::Waiting) {
            request.state = state;
            request.words = words;
        }
    }
    m_settled.notify_all();
}

void JumpHost::serve()
{
    while (!m_stopping && checkLife()) {
        takeRequests();
        moveAll();
        waitForWork();
        m_session->pump(SteadyClock::now(), nullptr);
    }
    {
        const std::scoped_lock lock(m_mutex);
        m_alive = false;
    }
    takeRequests();
    for (const auto& tunnel : m_tunnels)
        settle(*tunnel->request, Request::State::Failed);
    m_tunnels.clear(); // closes our ends: what went through them sees an end of file
    m_session.reset();
}

bool JumpHost::checkLife() { return !m_session->isLost({askAfter, lostAfter}); }

void JumpHost::takeRequests()
{
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(m_wake.get(), &count, sizeof count);
    std::vector<std::shared_ptr<Request>> requests;
    {
        const std::scoped_lock lock(m_mutex);
        requests.swap(m_requests);
    }
    for (auto& request : requests) {
        m_tunnels.push_back(std::make_unique<Tunnel>(*m_session));
        m_tunnels.back()->request = std::move(request);
    }
}

// Everything that can move without waiting. Reading one channel may take in packets of another one that had nothing a moment ago,
// so the round is over only when nothing moved and nothing came in.
void JumpHost::moveAll()
{
    for (bool moved = true; moved;) {
        const quint64 before = m_session->bytesIn();
        moved = false;
        for (const auto& tunnel : m_tunnels)
            moved = advance(*tunnel) || moved;
        moved = moved || m_session->bytesIn() != before;
        std::erase_if(m_tunnels, [](const auto& tunnel) { return tunnel->isDone(); });
    }
}

bool JumpHost::advance(Tunnel& tunnel)
{
    if (tunnel.isDone())
        return false;
    if (!tunnel.end.isOpen() && !advanceOpening(tunnel))
        return false;
    if (!tunnel.end.isOpen())
        return true;
    const bool read = readChannel(tunnel);
    return writeChannel(tunnel) || read;
}

// True when the state changed.
bool JumpHost::advanceOpening(Tunnel& tunnel)
{
    Request& request = *tunnel.request;
    const int status = ssh_channel_open_forward(tunnel.channel, request.host.constData(), request.port, "127.0.0.1", 0);
    if (status == SSH_OK) {
        tunnel.end = std::move(request.end);
        settle(request, Request::State::Open);
        return true;
    }
    if (status == SSH_ERROR)
        settle(request, Request::State::Failed, m_session->lastError());
    const std::scoped_lock lock(m_mutex);
    tunnel.endEnded = status == SSH_ERROR || request.state == Request::State::GivenUp;
    return tunnel.endEnded;
}

bool JumpHost::readChannel(Tunnel& tunnel)
{
    bool moved = false;
    if (tunnel.toEnd.isEmpty() && !tunnel.channelEnded) {
        std::array<char, chunkSize> chunk;
        const int count = ssh_channel_read_nonblocking(tunnel.channel, chunk.data(), chunk.size(), 0);
        if (count > 0)
            tunnel.toEnd = QByteArray(chunk.data(), count);
        else
            tunnel.channelEnded = count < 0 || ssh_channel_is_eof(tunnel.channel) != 0 || ssh_channel_is_closed(tunnel.channel) != 0;
        moved = count > 0 || tunnel.channelEnded;
    }
    if (tunnel.toEnd.isEmpty())
        return moved;
    const auto count
        = ::send(tunnel.end.get(), tunnel.toEnd.constData(), static_cast<std::size_t>(tunnel.toEnd.size()), MSG_NOSIGNAL);
    if (count > 0)
        tunnel.toEnd.remove(0, count);
    else if (count < 0 && errno != EAGAIN && errno != EINTR)
        tunnel.endEnded = true;
    return moved || count > 0;
}

bool JumpHost::writeChannel(Tunnel& tunnel)
{
    if ((ssh_get_poll_flags(m_session->handle()) & SSH_WRITE_PENDING) != 0)
        return false;
    std::array<char, chunkSize> chunk;
    const std::size_t room = std::min<std::size_t>(ssh_channel_window_size(tunnel.channel), chunk.size());
    if (room == 0)
        return false;
    const auto count = ::recv(tunnel.end.get(), chunk.data(), room, 0);
    if (count > 0) {
        // The window has room for all of it.
        if (ssh_channel_write(tunnel.channel, chunk.data(), static_cast<uint32_t>(count)) != count)
            tunnel.endEnded = true;
        return true;
    }
    tunnel.endEnded = tunnel.endEnded || count == 0 || (errno != EAGAIN && errno != EINTR);
    return tunnel.endEnded;
}

void JumpHost::waitForWork()
{
    const bool writing = (ssh_get_poll_flags(m_session->handle()) & SSH_WRITE_PENDING) != 0;
    std::vector<pollfd> watched{
        {ssh_get_fd(m_session->handle()), short(POLLIN | (writing ? POLLOUT : 0)), 0}, {m_wake.get(), POLLIN, 0}};
    for (const auto& tunnel : m_tunnels) {
        if (!tunnel->end.isOpen())
            continue;
        const bool canTake = !writing && ssh_channel_window_size(tunnel->channel) > 0;
        const short events = short((canTake ? POLLIN : 0) | (tunnel->toEnd.isEmpty() ? 0 : POLLOUT));
        if (events != 0)
            watched.push_back({tunnel->end.get(), events, 0});
    }
    ::poll(watched.data(), watched.size(), pollTimeout(SteadyClock::now() + (askAfter / 2)));
}

} // namespace elephaas::ssh
