#include "models/domain/deletion.h"

#include <QSet>

#include <algorithm>

namespace elephaas {

namespace {

struct Chosen {
    QSet<EnvironmentId> environments;
    QSet<HerdId> herds;
    QSet<ServerId> servers;
    QSet<InstanceId> instances;

    // False when it is there already.
    bool insert(const RowKey& key)
    {
        const auto add = [](auto& set, auto id) {
            const auto before = set.size();
            set.insert(id);
            return set.size() != before;
        };
        struct Visitor {
            Chosen& self;
            decltype(add)& into;
            bool operator()(EnvironmentId id) const { return into(self.environments, id); }
            bool operator()(HerdId id) const { return into(self.herds, id); }
            bool operator()(ServerId id) const { return into(self.servers, id); }
            bool operator()(InstanceId id) const { return into(self.instances, id); }
        };
        return std::visit(Visitor{*this, add}, key);
    }
};

template <class Key>
void makeSortedAndUnique(std::vector<Key>& keys)
{
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

} // namespace

DeletionEffects deletionEffects(const Inventory& inventory, std::span<const RowKey> chosen)
{
    DeletionEffects effects;
    Chosen sets;
    for (const RowKey& key : chosen) {
        const bool exists = std::visit([&inventory](auto id) { return inventory.find(id) != nullptr; }, key);
        if (exists && sets.insert(key))
            effects.chosen.push_back(key);
    }

    if (!sets.environments.isEmpty()) {
        const auto loses = [&sets](const std::optional<EnvironmentId>& id) { return id && sets.environments.contains(*id); };
        for (const Herd& herd : inventory.herds()) {
            if (loses(herd.environment) && !sets.herds.contains(herd.id))
                effects.herdsWithoutEnvironment.push_back(herd.id);
        }
        for (const Server& server : inventory.servers()) {
            if (loses(server.environment) && !sets.servers.contains(server.id))
                effects.serversWithoutEnvironment.push_back(server.id);
        }
    }

    QSet<InstanceId> gone = sets.instances;
    const auto takeAlong = [&](std::span<const InstanceId> instances) {
        for (const InstanceId id : instances) {
            if (gone.contains(id))
                continue;
            gone.insert(id);
            effects.instancesDeleted.push_back(id);
        }
    };
    for (const HerdId id : std::as_const(sets.herds))
        takeAlong(inventory.instancesOf(id));
    for (const ServerId id : std::as_const(sets.servers))
        takeAlong(inventory.instancesOn(id));

    for (const InstanceId id : std::as_const(gone)) {
        for (const InstanceId follower : inventory.followersOf(id)) {
            if (!gone.contains(follower))
                effects.followersWithoutUpstream.push_back(follower);
        }
    }
    makeSortedAndUnique(effects.instancesDeleted);
    makeSortedAndUnique(effects.followersWithoutUpstream);
    return effects;
}

} // namespace elephaas
