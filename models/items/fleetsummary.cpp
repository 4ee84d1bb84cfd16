#include "models/items/fleetsummary.h"

#include "models/items/touched.h"

#include <algorithm>
#include <utility>

namespace elephaas {

FleetSummary::Entry FleetSummary::look(const Instance& instance) const
{
    const Assessment now = assess(*m_snapshot, instance, m_limits);
    Entry entry{.id = instance.id, .health = now.health, .lagging = isLagging(now, m_limits)};
    if (const Observation* seen = m_snapshot->observation(instance.id))
        entry.seenMs = seen->at.toMSecsSinceEpoch();
    return entry;
}

void FleetSummary::count(const Entry& entry, int by)
{
    const auto add = [&](int& count, Health health) { count += entry.health == health ? by : 0; };
    m_counts.instances += by;
    add(m_counts.offline, Health::Offline);
    add(m_counts.unreachable, Health::Unreachable);
    add(m_counts.unknown, Health::Unknown);
    add(m_counts.notStreaming, Health::NotStreaming);
    add(m_counts.roleConflicts, Health::RoleConflict);
    add(m_counts.twoPrimaries, Health::TwoPrimaries);
    m_counts.lagging += entry.lagging ? by : 0;
    m_counts.neverSeen += entry.seenMs == 0 ? by : 0;
}

void FleetSummary::countAll()
{
    m_entries.clear();
    m_counts = {};
    m_entries.reserve(m_snapshot->instances().size());
    for (const Instance& instance : m_snapshot->instances()) {
        m_entries.push_back(look(instance));
        count(m_entries.back(), 1);
    }
}

void FleetSummary::apply(const InventoryPtr& snapshot, const InventoryDifference* difference)
{
    const InventoryPtr before = std::exchange(m_snapshot, snapshot);
    if (!before || !difference || !difference->instances.added.empty() || !difference->instances.removed.empty()
        || m_entries.size() != snapshot->instances().size())
        return countAll();
    auto entry = m_entries.begin();
    for (const InstanceId id : touchedInstances(*difference, *before, *snapshot)) { // ascending, as the entries
        entry = std::lower_bound(entry, m_entries.end(), id, [](const Entry& e, InstanceId wanted) { return e.id < wanted; });
        const Instance* instance = snapshot->find(id);
        if (entry == m_entries.end() || entry->id != id || !instance)
            continue;
        count(*entry, -1);
        *entry = look(*instance);
        count(*entry, 1);
    }
}

void FleetSummary::setLimits(const ItemLimits& limits)
{
    if (std::exchange(m_limits, limits) != limits && m_snapshot)
        countAll();
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
