#pragma once

#include "models/domain/difference.h"
#include "models/domain/inventory.h"

#include <QDateTime>

#include <vector>

namespace elephaas {

// Counts over all instances for the status bar. Follows the snapshots by their differences, so that a refresh of few
// instances costs little among many. GUI thread; knows no widgets.
class FleetSummary final {
public:
    struct Counts {
        int instances = 0;
        int offline = 0;
        int unreachable = 0;
        int unknown = 0; // nobody could say whether it runs
        int lagging = 0;
        int neverSeen = 0; // shown by the inventory's word
        bool operator==(const Counts&) const = default;
    };

    // Null `difference`: everything anew.
    void apply(const Inventory& snapshot, const InventoryDifference* difference);
    void setLagLimit(double megabytes) { m_lagLimit = megabytes; }

    const Counts& counts() const { return m_counts; }
    // Of all observations; invalid when there is none.
    QDateTime newest() const;
    // Seen, but before `limit`.
    int seenBefore(const QDateTime& limit) const;

private:
    struct Entry {
        InstanceId id;
        qint64 seenMs = 0; // 0: never
        Liveness liveness = Liveness::Unknown;
        bool lagging = false;
    };
    Entry look(const Inventory& snapshot, const Instance& instance) const;
    void count(const Entry& entry, int by);

    std::vector<Entry> m_entries; // by id
    Counts m_counts;
    double m_lagLimit = 100.0;
};

} // namespace elephaas
