#include "models/services/mailbox.h"

#include <QCoreApplication>
#include <QEvent>
#include <QTimer>

namespace elephaas {

namespace {

QEvent::Type wakeType()
{
    static const auto type = static_cast<QEvent::Type>(QEvent::registerEventType());
    return type;
}

} // namespace

MailboxWaker::MailboxWaker(std::chrono::milliseconds interval, std::function<void()> drain)
    : m_interval(interval)
    , m_drain(std::move(drain))
    , m_timer(std::make_unique<QTimer>())
{
    wakeType();
    m_timer->setSingleShot(true);
    m_timer->setTimerType(Qt::PreciseTimer);
    connect(m_timer.get(), &QTimer::timeout, this, &MailboxWaker::deliver);
}

MailboxWaker::~MailboxWaker() = default;

void MailboxWaker::wake() { QCoreApplication::postEvent(this, new QEvent(wakeType())); }

bool MailboxWaker::event(QEvent* event)
{
    if (event->type() != wakeType())
        return QObject::event(event);
    const auto since = std::chrono::steady_clock::now() - m_last;
    if (since >= m_interval)
        deliver();
    else if (!m_timer->isActive())
        m_timer->start(std::chrono::ceil<std::chrono::milliseconds>(m_interval - since));
    return true;
}

void MailboxWaker::deliver()
{
    m_last = std::chrono::steady_clock::now();
    m_drain();
}

} // namespace elephaas
