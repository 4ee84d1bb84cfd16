#include "app/adapters/ssh/relaypipe.h"

#include <algorithm>
#include <cstdint>

#include <sys/eventfd.h>

namespace elephaas::ssh {

using namespace std::chrono_literals;

namespace {
constexpr auto progressPeriod = 100ms;
}

WakeUp::WakeUp() : m_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { }

void WakeUp::ring() const noexcept
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(m_fd.get(), &one, sizeof one);
}

void WakeUp::quiet() const noexcept
{
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(m_fd.get(), &count, sizeof count);
}

bool RelayPipe::hasRoomFor(qsizetype size)
{
    const std::scoped_lock lock(m_mutex);
    m_writerWaits = !m_abandoned && m_size > lowWater && m_size + size > capacity;
    return !m_writerWaits;
}

void RelayPipe::write(QByteArrayView data)
{
    const std::scoped_lock lock(m_mutex);
    if (m_abandoned)
        return;
    m_size += data.size();
    while (!data.isEmpty()) {
        if (m_chunks.empty() || m_chunks.back().size() >= chunk)
            m_chunks.emplace_back();
        const qsizetype count = std::min(data.size(), chunk - m_chunks.back().size());
        m_chunks.back().append(data.first(count));
        data = data.sliced(count);
    }
    if (std::exchange(m_readerWaits, false))
        m_reader.ring();
}

void RelayPipe::finish()
{
    const std::scoped_lock lock(m_mutex);
    if (!std::exchange(m_finished, true))
        m_reader.ring();
}

std::optional<TimePoint> RelayPipe::abandonedSince()
{
    const std::scoped_lock lock(m_mutex);
    return m_abandoned;
}

QByteArray RelayPipe::take()
{
    const std::scoped_lock lock(m_mutex);
    m_readerWaits = m_chunks.empty();
    if (m_readerWaits)
        return {};
    QByteArray first = std::move(m_chunks.front());
    m_chunks.pop_front();
    m_size -= first.size();
    if (m_writerWaits && m_size <= lowWater) {
        m_writerWaits = false;
        m_writer.ring();
    }
    return first;
}

bool RelayPipe::isAtEnd()
{
    const std::scoped_lock lock(m_mutex);
    return m_finished && m_chunks.empty();
}

void RelayPipe::abandon()
{
    const std::scoped_lock lock(m_mutex);
    if (m_abandoned)
        return;
    m_abandoned = SteadyClock::now();
    m_chunks.clear();
    m_size = 0;
    m_writer.ring();
}

Relay::Start Relay::start()
{
    const std::scoped_lock lock(m_mutex);
    return m_isOff ? Start::Off : m_ready < 2 ? Start::Wait : Start::Go;
}

void Relay::ready()
{
    const std::scoped_lock lock(m_mutex);
    ++m_ready;
    sourceWake.ring();
    targetWake.ring();
}

bool Relay::unready()
{
    const std::scoped_lock lock(m_mutex);
    if (m_ready >= 2)
        return false;
    --m_ready;
    return true;
}

void Relay::callOff()
{
    const std::scoped_lock lock(m_mutex);
    m_isOff = true;
    sourceWake.ring();
    targetWake.ring();
}

void Relay::tellProgress()
{
    const std::unique_lock lock(m_telling, std::try_to_lock);
    if (!m_progress || !lock.owns_lock() || SteadyClock::now() - m_told < progressPeriod)
        return;
    m_progress(toTarget.passed(), toSource.passed());
    m_told = SteadyClock::now();
}

void Relay::tellLast()
{
    const std::scoped_lock lock(m_telling);
    if (m_progress)
        m_progress(toTarget.passed(), toSource.passed());
}

} // namespace elephaas::ssh
