#include "models/operations/drain.h"

#include "models/domain/visibletext.h"

#include <QCoreApplication>

#include <algorithm>
#include <limits>
#include <set>

namespace elephaas {

std::optional<InstanceId> candidateOf(const Inventory& inventory, HerdId herd, std::span<const ServerId> notOn)
{
    const auto stays = [&](const Instance& instance) { return std::ranges::find(notOn, instance.server) == notOn.end(); };
    if (const auto pair = inventory.drPairOf(herd); pair && stays(*inventory.find(pair->replica)))
        return pair->replica;
    const auto rank = [&](InstanceId id) {
        const Instance& instance = *inventory.find(id);
        const bool runs = inventory.livenessOf(instance) == Liveness::Online;
        return std::pair(!runs, inventory.lagBytesOf(instance).value_or(std::numeric_limits<qint64>::max()));
    };
    std::optional<InstanceId> best;
    for (const InstanceId id : inventory.instancesOf(herd)) {
        const Instance& instance = *inventory.find(id);
        if (inventory.roleOf(instance) == Role::Replica && stays(instance) && (!best || rank(id) < rank(*best)))
            best = id;
    }
    return best;
}

QString serverNames(const Inventory& inventory, std::span<const ServerId> servers)
{
    QStringList names;
    for (const ServerId id : servers) {
        if (const Server* server = inventory.find(id))
            names << visibleLine(server->hostName);
    }
    return names.join(QCoreApplication::translate("elephaas::Drain", ", ", "between names"));
}

Drain drainOf(const Inventory& inventory, std::span<const ServerId> servers)
{
    Drain drain;
    std::set<HerdId> herds;
    for (const ServerId server : servers) {
        for (const InstanceId id : inventory.instancesOn(server)) {
            const Instance& instance = *inventory.find(id);
            if (inventory.roleOf(instance) != Role::Primary || !herds.insert(instance.herd).second)
                continue;
            if (const auto candidate = candidateOf(inventory, instance.herd, servers))
                drain.candidates.push_back(*candidate);
            else
                drain.staying.push_back(id);
        }
    }
    return drain;
}

} // namespace elephaas
