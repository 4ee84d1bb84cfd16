#pragma once

#include "models/domain/inventory.h"

#include <QHash>

#include <span>
#include <vector>

namespace elephaas {

struct LagSample {
    qint64 atMs = 0; // since the epoch, UTC: when the replica was observed
    double megabytes = 0.0;
    bool operator==(const LagSample&) const = default;
};

// Lag of each replica as observed since the program started; the last `capacity` samples of each. Plain memory: nothing of
// it is kept after the end. GUI thread.
class LagHistory final {
public:
    static constexpr int capacity = 180;

    // Takes the instances that changed, or all of them. An observation that was seen before adds nothing.
    void add(const Inventory& snapshot, std::span<const InstanceId> changed);
    void addAll(const Inventory& snapshot);
    // Oldest first. Gaps, where lag was unknown, have no sample.
    std::vector<LagSample> of(InstanceId instance) const;

private:
    void addOne(const Inventory& snapshot, const Instance& instance);
    // Half the size of a sample: at 10,000 instances that is what counts.
    struct Packed {
        quint32 seconds;
        float megabytes;
    };
    QHash<InstanceId, std::vector<Packed>> m_samples;
};

} // namespace elephaas
