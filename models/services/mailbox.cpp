#include "models/services/mailbox.h"

#include <QSocketNotifier>
#include <QTimer>

#include <sys/eventfd.h>
#include <unistd.h>

namespace elephaas {

MailboxWaker::MailboxWaker(std::chrono::milliseconds interval, std::function<void()> drain)
    : m_interval(interval)
    , m_drain(std::move(drain))
    , m_descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    , m_notifier(std::make_unique<QSocketNotifier>(m_descriptor, QSocketNotifier::Read))
    , m_timer(std::make_unique<QTimer>())
{
    m_timer->setSingleShot(true);
    m_timer->setTimerType(Qt::PreciseTimer);
    if (m_descriptor < 0)
        qFatal("no file descriptors left for eventfd");
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &MailboxWaker::deliverInTime);
    connect(m_timer.get(), &QTimer::timeout, this, &MailboxWaker::deliver);
}

MailboxWaker::~MailboxWaker()
{
    m_notifier.reset();
    ::close(m_descriptor);
}

void MailboxWaker::wake()
{
    // Fails only when the counter is full: then the wake-up is under way anyhow.
    [[maybe_unused]] const int result = ::eventfd_write(m_descriptor, 1);
}

void MailboxWaker::deliverInTime()
{
    eventfd_t count = 0;
    if (::eventfd_read(m_descriptor, &count) != 0)
        return;
    const auto since = std::chrono::steady_clock::now() - m_last;
    if (since >= m_interval)
        deliver();
    else if (!m_timer->isActive())
        m_timer->start(std::chrono::ceil<std::chrono::milliseconds>(m_interval - since));
}

void MailboxWaker::deliver()
{
    m_last = std::chrono::steady_clock::now();
    m_drain();
}

} // namespace elephaas
