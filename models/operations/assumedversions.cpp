#include "models/operations/assumedversions.h"

#include <algorithm>

namespace elephaas {

namespace {

std::optional<PgVersion> versionToBe(const Inventory& inventory, const ReplicationRequest& request, const Instance& instance)
{
    const Instance* source = request.upstream ? inventory.find(*request.upstream) : inventory.leaderOf(instance.herd);
    if (source && source->id != instance.id)
        return inventory.versionOf(*source);
    for (const InstanceId id : inventory.instancesOf(instance.herd)) {
        const auto version = id == instance.id ? std::nullopt : inventory.versionOf(*inventory.find(id));
        if (version)
            return version;
    }
    return {};
}

} // namespace

InventoryPtr withAssumedVersions(const InventoryPtr& inventory, const ReplicationRequest& request)
{
    if (request.kind != ReplicationKind::Initialise)
        return inventory;
    std::vector<ObservationPtr> assumed;
    for (const InstanceId id : request.instances) {
        const Instance* instance = inventory->find(id);
        if (!instance || inventory->versionOf(*instance))
            continue;
        const auto version = versionToBe(*inventory, request, *instance);
        if (!version)
            continue;
        const Observation* seen = inventory->observation(id);
        auto with = std::make_shared<Observation>(seen ? *seen : Observation{.instance = id});
        with->version = version;
        assumed.push_back(std::move(with));
    }
    return assumed.empty() ? inventory : inventory->withObservations(assumed, inventory->revision());
}

} // namespace elephaas
