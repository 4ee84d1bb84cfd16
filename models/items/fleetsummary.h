#pragma once

#include "models/domain/difference.h"
#include "models/items/assessment.h"

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
        int lagging = 0; // what the filter "lagging" keeps; may have another problem, too
        int notStreaming = 0;
        int roleConflicts = 0;
        int twoPrimaries = 0;
        int neverSeen = 0; // shown by the inventory's word
        bool operator==(const Counts&) const = default;

        // Those that run and are not well for another reason than their lag.
        int otherProblems() const { return notStreaming + roleConflicts + twoPrimaries; }
    };

    // `difference` leads here from the snapshot of the last call; null: everything anew.
    void apply(const InventoryPtr& snapshot, const InventoryDifference* difference);
    void setLimits(const ItemLimits& limits);

    const Counts& counts() const { return m_counts; }
    // Of all observations; invalid when there is none.
    QDateTime newest() const;
    // Seen, but before `limit`.
    int seenBefore(const QDateTime& limit) const;

private:
    struct Entry {
        InstanceId id;
        qint64 seenMs = 0; // 0: never
        Health health = Health::Empty;
        bool lagging = false;
    };
    void countAll();
    Entry look(const Instance& instance) const;
    void count(const Entry& entry, int by);

    InventoryPtr m_snapshot; // null before the first
    std::vector<Entry> m_entries; // by id
    Counts m_counts;
    ItemLimits m_limits;
};

} // namespace elephaas
