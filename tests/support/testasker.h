#pragma once

#include "models/ports/remoteshell.h"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace elephaas::tests {

// Stands in for the person who is asked about host keys.
class TestAsker final : public HostKeyAsker {
public:
    explicit TestAsker(bool answer) : m_answer(answer) { }

    bool accept(const HostKeyQuestion& question, std::stop_token stop) override
    {
        std::unique_lock lock(m_mutex);
        m_questions.push_back(question);
        m_changed.notify_all();
        m_changed.wait(lock, stop, [this] { return !m_held; });
        return m_answer && !stop.stop_requested();
    }
    // Questions wait until they are let go.
    void hold()
    {
        const std::scoped_lock lock(m_mutex);
        m_held = true;
    }
    void letGo()
    {
        const std::scoped_lock lock(m_mutex);
        m_held = false;
        m_changed.notify_all();
    }
    bool waitForQuestion()
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::seconds(20), [this] { return !m_questions.empty(); });
    }
    std::vector<HostKeyQuestion> questions()
    {
        const std::scoped_lock lock(m_mutex);
        return m_questions;
    }

private:
    const bool m_answer;
    bool m_held = false;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::vector<HostKeyQuestion> m_questions;
};

} // namespace elephaas::tests
