#include "app/hostkeybridge.h"

using namespace std::chrono_literals;

namespace elephaas {

HostKeyBridge::HostKeyBridge()
    : m_questions(
        [this](std::vector<PendingPtr> batch) {
            for (const PendingPtr& pending : batch)
                Q_EMIT asked(pending);
        },
        0ms)
{
}

HostKeyBridge::~HostKeyBridge() = default;

bool HostKeyBridge::accept(const HostKeyQuestion& question, std::stop_token stop)
{
    const Subject subject(question.host, question.keyType, question.fingerprint);
    {
        const std::lock_guard lock(m_mutex);
        if (m_refused.contains(subject))
            return false;
    }
    auto pending = std::make_shared<Pending>(question);
    m_questions.post(pending);
    std::unique_lock lock(pending->m_mutex);
    pending->m_changed.wait(lock, stop, [&] { return pending->m_answer.has_value(); });
    pending->m_abandoned = !pending->m_answer;
    if (pending->m_answer == false) {
        const std::lock_guard refusing(m_mutex);
        m_refused.insert(subject);
    }
    return pending->m_answer.value_or(false);
}

void HostKeyBridge::askAgain()
{
    const std::lock_guard lock(m_mutex);
    m_refused.clear();
}

void HostKeyBridge::Pending::answer(bool accepted)
{
    const std::lock_guard lock(m_mutex);
    if (!m_answer)
        m_answer = accepted;
    m_changed.notify_all();
}

bool HostKeyBridge::Pending::isAbandoned() const
{
    const std::lock_guard lock(m_mutex);
    return m_abandoned;
}

} // namespace elephaas
