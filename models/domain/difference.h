#pragma once

#include "models/domain/inventory.h"

#include <vector>

namespace elephaas {

// Ids sorted; what is in `changed` exists on both sides.
template <class Key>
struct RowDifference {
    std::vector<Key> added;
    std::vector<Key> removed;
    std::vector<Key> changed;
    bool isEmpty() const { return added.empty() && removed.empty() && changed.empty(); }
    bool operator==(const RowDifference&) const = default;
};

// What turns one snapshot into the next. An instance counts as changed when its row, its observation, or what is shown of it
// (its herd, server, environment or upstream: names, lag) changed.
struct InventoryDifference {
    RowDifference<EnvironmentId> environments;
    RowDifference<HerdId> herds;
    RowDifference<ServerId> servers;
    RowDifference<InstanceId> instances;
    bool isEmpty() const
    {
        return environments.isEmpty() && herds.isEmpty() && servers.isEmpty() && instances.isEmpty();
    }
};

// Pure and linear in the number of rows; call it off the GUI thread.
InventoryDifference difference(const Inventory& before, const Inventory& after);

} // namespace elephaas
