#include "app/sockets/waiting.h"

#include <algorithm>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>

namespace elephaas::sockets {

using namespace std::chrono_literals;

void StopSignal::Wake::operator()() const noexcept
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
}

StopSignal::StopSignal(std::stop_token token)
    : m_token(std::move(token))
    , m_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    , m_callback(m_token, Wake{m_fd.get()})
{
}

std::chrono::milliseconds Patience::left() const
{
    return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now()));
}

Patience Patience::atMost(std::chrono::milliseconds time) const
{
    return {stop, std::min(until, SteadyClock::now() + time)};
}

Error Patience::error(const QString& what, const QString& where) const
{
    if (stop.requested())
        return {.kind = ErrorKind::Cancelled, .what = SocketText::tr("Cancelled."), .where = where};
    return {.kind = ErrorKind::TimedOut, .what = what, .where = where};
}

int pollTimeout(TimePoint until)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

Waited waitFor(int fd, short events, const Patience& patience)
{
    for (;;) {
        if (patience.stop.requested())
            return Waited::Stopped;
        pollfd watched[] = {{fd, events, 0}, {patience.stop.fd(), POLLIN, 0}};
        const int count = ::poll(watched, 2, pollTimeout(patience.until));
        if (watched[1].revents != 0)
            return Waited::Stopped;
        if (count > 0)
            return Waited::Ready;
        if (SteadyClock::now() >= patience.until)
            return Waited::TimedOut;
    }
}

} // namespace elephaas::sockets
