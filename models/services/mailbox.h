#pragma once

#include <QObject>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

class QSocketNotifier;
class QTimer;

namespace elephaas {

// Wakes its own thread from any other one. One queued event at a time, and not more often than the interval.
class MailboxWaker final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MailboxWaker)

public:
    MailboxWaker(std::chrono::milliseconds interval, std::function<void()> drain);
    ~MailboxWaker() override;

    void wake(); // from any thread

private:
    void deliverInTime();
    void deliver();

    const std::chrono::milliseconds m_interval;
    const std::function<void()> m_drain;
    const int m_descriptor;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::unique_ptr<QTimer> m_timer;
    std::chrono::steady_clock::time_point m_last;
};

// What worker threads send to the thread that made the mailbox. Any thread posts; the owner's thread gets batches, in order,
// first at once and then at most once per interval. Built on std::mutex and an eventfd(2), so that ThreadSanitizer, which does not see into Qt's own locks, knows the order of everything that is passed.
// Every poster must have ended before the mailbox is destroyed; what was not delivered by then is dropped.
template <class T>
class Mailbox final {
    Q_DISABLE_COPY_MOVE(Mailbox)

public:
    using Handler = std::function<void(std::vector<T>)>;

    explicit Mailbox(Handler handler, std::chrono::milliseconds interval = std::chrono::milliseconds(100))
        : m_handler(std::move(handler))
        , m_waker(interval, [this] { drain(); })
    {
    }
    ~Mailbox() = default;

    void post(T item)
    {
        bool first = false;
        {
            const std::lock_guard lock(m_mutex);
            first = m_items.empty();
            m_items.push_back(std::move(item));
        }
        if (first)
            m_waker.wake();
    }

private:
    void drain()
    {
        std::vector<T> items;
        {
            const std::lock_guard lock(m_mutex);
            items.swap(m_items);
        }
        if (!items.empty())
            m_handler(std::move(items));
    }

    std::mutex m_mutex;
    std::vector<T> m_items;
    Handler m_handler;
    MailboxWaker m_waker;
};

} // namespace elephaas
