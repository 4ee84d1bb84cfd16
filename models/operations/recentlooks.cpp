#include "models/operations/recentlooks.h"

namespace elephaas {

void RecentLooks::keep(InstanceId instance, const Observation& seen, TimePoint begun)
{
    const std::scoped_lock lock(m_mutex);
    m_looks.insert_or_assign(instance, Look{seen, begun});
}

void RecentLooks::forget(InstanceId instance)
{
    const std::scoped_lock lock(m_mutex);
    m_looks.erase(instance);
}

void RecentLooks::forgetAll()
{
    const std::scoped_lock lock(m_mutex);
    m_looks.clear();
}

std::optional<Observation> RecentLooks::since(InstanceId instance, TimePoint earliest) const
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_looks.find(instance);
    return found == m_looks.end() || found->second.begun < earliest ? std::nullopt : std::optional(found->second.seen);
}

} // namespace elephaas
