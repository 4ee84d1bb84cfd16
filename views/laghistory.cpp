#include "views/laghistory.h"

namespace elephaas {

void LagHistory::add(const Inventory& snapshot, std::span<const InstanceId> changed)
{
    for (const InstanceId id : changed) {
        if (const Instance* instance = snapshot.find(id))
            addOne(snapshot, *instance);
    }
}

void LagHistory::addAll(const Inventory& snapshot)
{
    for (const Instance& instance : snapshot.instances())
        addOne(snapshot, instance);
}

void LagHistory::addOne(const Inventory& snapshot, const Instance& instance)
{
    const Observation* seen = snapshot.observation(instance.id);
    // Facts older than the observation itself are no new measurement.
    if (!seen || !seen->factsAt.isValid() || seen->factsAt != seen->at)
        return;
    const std::optional<qint64> bytes = snapshot.lagBytesOf(instance);
    if (!bytes)
        return;
    std::vector<Packed>& samples = m_samples[instance.id];
    const auto seconds = static_cast<quint32>(seen->at.toSecsSinceEpoch());
    const auto megabytes = static_cast<float>(static_cast<double>(*bytes) / double(bytesPerMegabyte));
    if (!samples.empty() && samples.back().seconds >= seconds) {
        // The upstream was observed later than the replica in the same round: the newer difference is the better one.
        if (samples.back().seconds == seconds)
            samples.back().megabytes = megabytes;
        return;
    }
    if (samples.size() >= capacity)
        samples.erase(samples.begin());
    samples.push_back({seconds, megabytes});
}

std::vector<LagSample> LagHistory::of(InstanceId instance) const
{
    std::vector<LagSample> samples;
    const auto found = m_samples.constFind(instance);
    if (found == m_samples.cend())
        return samples;
    samples.reserve(found->size());
    for (const Packed& packed : *found)
        samples.push_back({qint64(packed.seconds) * 1000, double(packed.megabytes)});
    return samples;
}

} // namespace elephaas
