#include "views/fleetsummary.h"

#include <algorithm>

namespace elephaas {

FleetSummary::Entry FleetSummary::look(const Inventory& snapshot, const Instance& instance) const
{
    Entry entry{.id = instance.id, .liveness = snapshot.livenessOf(instance)};
    if (const Observation* seen = snapshot.observation(instance.id))
        entry.seenMs = seen->at.toMSecsSinceEpoch();
    if (const std::optional<qint64> lag = snapshot.lagBytesOf(instance))
        entry.lagging = double(*lag) > m_lagLimit * double(bytesPerMegabyte);
    return entry;
}

void FleetSummary::count(const Entry& entry, int by)
{
    m_counts.instances += by;
    m_counts.offline += entry.liveness == Liveness::Offline ? by : 0;
    m_counts.unreachable += entry.liveness == Liveness::Unreachable ? by : 0;
    m_counts.unknown += entry.liveness == Liveness::Unknown ? by : 0;
    m_counts.lagging += entry.lagging ? by : 0;
    m_counts.neverSeen += entry.seenMs == 0 ? by : 0;
}

void FleetSummary::apply(const Inventory& snapshot, const InventoryDifference* difference)
{
    if (!difference || !difference->instances.added.empty() || !difference->instances.removed.empty()
        || m_entries.size() != snapshot.instances().size()) {
        m_entries.clear();
        m_counts = {};
        m_entries.reserve(snapshot.instances().size());
        for (const Instance& instance : snapshot.instances()) {
            m_entries.push_back(look(snapshot, instance));
            count(m_entries.back(), 1);
        }
        return;
    }
    for (const InstanceId id : difference->instances.changed) {
        const auto entry = std::lower_bound(
            m_entries.begin(), m_entries.end(), id, [](const Entry& e, InstanceId wanted) { return e.id < wanted; });
        const Instance* instance = snapshot.find(id);
        if (entry == m_entries.end() || entry->id != id || !instance)
            continue;
        count(*entry, -1);
        *entry = look(snapshot, *instance);
        count(*entry, 1);
    }
}

QDateTime FleetSummary::newest() const
{
    qint64 newest = 0;
    for (const Entry& entry : m_entries)
        newest = std::max(newest, entry.seenMs);
    return newest ? QDateTime::fromMSecsSinceEpoch(newest, Qt::UTC) : QDateTime();
}

int FleetSummary::seenBefore(const QDateTime& limit) const
{
    const qint64 limitMs = limit.toMSecsSinceEpoch();
    return int(std::count_if(
        m_entries.begin(), m_entries.end(), [limitMs](const Entry& e) { return e.seenMs != 0 && e.seenMs < limitMs; }));
}

} // namespace elephaas
