#pragma once

#include "models/domain/inventory.h"

#include <span>
#include <variant>
#include <vector>

namespace elephaas {

using RowKey = std::variant<EnvironmentId, HerdId, ServerId, InstanceId>;

// What goes with the deletion of some rows, by the inventory's rules: an environment's herds and servers lose it, a herd's and a
// server's instances go too, an instance's followers lose their upstream. Each list sorted by id; what was chosen itself is in
// `chosen` only, and rows that are deleted are not listed as losing something.
struct DeletionEffects {
    std::vector<RowKey> chosen; // those that still exist, in the order given
    std::vector<HerdId> herdsWithoutEnvironment;
    std::vector<ServerId> serversWithoutEnvironment;
    std::vector<InstanceId> instancesDeleted;
    std::vector<InstanceId> followersWithoutUpstream;
    bool hasDependants() const
    {
        return !herdsWithoutEnvironment.empty() || !serversWithoutEnvironment.empty() || !instancesDeleted.empty()
            || !followersWithoutUpstream.empty();
    }
    bool operator==(const DeletionEffects&) const = default;
};

DeletionEffects deletionEffects(const Inventory& inventory, std::span<const RowKey> chosen);

} // namespace elephaas
