#pragma once

#include "models/ports/clock.h"

#include <atomic>

namespace elephaas::tests {

// Time that moves only when a test moves it. Thread-safe.
class FakeClock final : public Clock {
public:
    QDateTime now() const override { return m_start.addMSecs(m_passed.load()); }
    std::chrono::steady_clock::time_point steady() const override
    {
        return std::chrono::steady_clock::time_point(std::chrono::milliseconds(m_passed.load()));
    }
    void advance(std::chrono::milliseconds by) { m_passed += by.count(); }

private:
    const QDateTime m_start{QDate(2026, 3, 1), QTime(3, 0), Qt::UTC};
    std::atomic<qint64> m_passed{0};
};

} // namespace elephaas::tests
