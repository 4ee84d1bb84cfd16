#pragma once

#include "models/domain/difference.h"

#include <vector>

namespace elephaas {

// Which rows show something else after a difference, also where they only sum up or mention what changed. Ascending.
// `before` and `after` are the snapshots that the difference separates.

std::vector<InstanceId> touchedInstances(const InventoryDifference& difference, const Inventory& before, const Inventory& after);
std::vector<HerdId> touchedHerds(const InventoryDifference& difference, const Inventory& before, const Inventory& after);
std::vector<ServerId> touchedServers(const InventoryDifference& difference, const Inventory& before, const Inventory& after);

} // namespace elephaas
