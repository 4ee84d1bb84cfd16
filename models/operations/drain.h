#pragma once

#include "models/domain/inventory.h"

#include <optional>
#include <span>
#include <vector>

namespace elephaas {

// Who would take over in a herd, by what is known without asking anybody: the replica of its DR pair, else the one that runs and is behind
// least. Nobody on a server of `notOn`.
std::optional<InstanceId> candidateOf(const Inventory& inventory, HerdId herd, std::span<const ServerId> notOn = {});

// What it comes to when servers are drained: every primary moves to another server.
struct Drain {
    std::vector<InstanceId> candidates; // who takes over, one of each herd
    std::vector<InstanceId> staying; // primaries that nobody elsewhere could take over from
};
QString serverNames(const Inventory& inventory, std::span<const ServerId> servers); // "db1, db2"; for people
Drain drainOf(const Inventory& inventory, std::span<const ServerId> servers);

} // namespace elephaas
