#pragma once

#include "models/domain/id.h"
#include "models/domain/observation.h"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>

namespace elephaas {

// What instances were last seen as by the steps of this console, so that a step that only waits need not look at what the step before it has just
// proved. Any thread.
class RecentLooks final {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // `begun`: when the look began, what was seen is not older.
    void keep(InstanceId instance, const Observation& seen, TimePoint begun);
    // Before and after anything is sent there.
    void forget(InstanceId instance);
    void forgetAll();
    std::optional<Observation> since(InstanceId instance, TimePoint earliest) const;

private:
    struct Look {
        Observation seen;
        TimePoint begun;
    };
    mutable std::mutex m_mutex;
    std::map<InstanceId, Look> m_looks;
};

} // namespace elephaas
