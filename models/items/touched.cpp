#include "models/items/touched.h"

#include <algorithm>

namespace elephaas {

namespace {

template <class Key>
void sortUnique(std::vector<Key>& keys)
{
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

template <class Key>
void append(std::vector<Key>& keys, const std::vector<Key>& more)
{
    keys.insert(keys.end(), more.begin(), more.end());
}

// Of every instance that the difference names, as it was and as it is.
template <class Visit>
void forEachInstance(const InventoryDifference& difference, const Inventory& before, const Inventory& after, Visit visit)
{
    for (const auto* ids : {&difference.instances.changed, &difference.instances.added, &difference.instances.removed}) {
        for (const InstanceId id : *ids) {
            if (const Instance* row = before.find(id))
                visit(*row);
            if (const Instance* row = after.find(id))
                visit(*row);
        }
    }
}

} // namespace

std::vector<InstanceId> touchedInstances(const InventoryDifference& difference, const Inventory& before, const Inventory& after)
{
    std::vector<InstanceId> touched = difference.instances.changed;
    std::vector<HerdId> herds;
    forEachInstance(difference, before, after, [&](const Instance& row) { herds.push_back(row.herd); });
    sortUnique(herds);
    // A second primary concerns the whole herd.
    for (const HerdId herd : herds) {
        const auto members = after.instancesOf(herd);
        touched.insert(touched.end(), members.begin(), members.end());
    }
    // Followers show their upstream's host, also when only that server's row changed.
    for (const auto* ids : {&difference.servers.changed, &difference.servers.added, &difference.servers.removed}) {
        for (const ServerId server : *ids) {
            for (const InstanceId upstream : after.instancesOn(server)) {
                const auto followers = after.followersOf(upstream);
                touched.insert(touched.end(), followers.begin(), followers.end());
            }
        }
    }
    sortUnique(touched);
    return touched;
}

std::vector<HerdId> touchedHerds(const InventoryDifference& difference, const Inventory& before, const Inventory& after)
{
    std::vector<HerdId> touched;
    append(touched, difference.herds.changed);
    append(touched, difference.herds.added);
    append(touched, difference.herds.removed);
    forEachInstance(difference, before, after, [&](const Instance& row) {
        touched.push_back(row.herd);
        // Who leads a herd is decided by followers, and these may be anywhere.
        for (const Inventory* inventory : {&before, &after}) {
            if (const Instance* upstream = inventory->upstreamOf(row))
                touched.push_back(upstream->herd);
        }
    });
    // Rows show host names.
    for (const auto* ids : {&difference.servers.changed, &difference.servers.added, &difference.servers.removed}) {
        for (const ServerId server : *ids) {
            for (const InstanceId id : after.instancesOn(server))
                touched.push_back(after.find(id)->herd);
        }
    }
    sortUnique(touched);
    return touched;
}

std::vector<ServerId> touchedServers(const InventoryDifference& difference, const Inventory& before, const Inventory& after)
{
    std::vector<ServerId> touched;
    append(touched, difference.servers.changed);
    append(touched, difference.servers.added);
    append(touched, difference.servers.removed);
    // A second primary in a herd weighs on all its members, wherever they are.
    std::vector<HerdId> herds;
    forEachInstance(difference, before, after, [&](const Instance& row) {
        touched.push_back(row.server);
        herds.push_back(row.herd);
    });
    sortUnique(herds);
    for (const HerdId herd : herds) {
        for (const InstanceId id : after.instancesOf(herd))
            touched.push_back(after.find(id)->server);
    }
    sortUnique(touched);
    return touched;
}

} // namespace elephaas
