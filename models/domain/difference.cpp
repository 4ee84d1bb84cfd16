#include "models/domain/difference.h"

#include <algorithm>

namespace elephaas {

namespace {

template <class Row>
auto compareRows(const std::vector<Row>& before, const std::vector<Row>& after)
{
    RowDifference<decltype(Row::id)> result;
    auto a = before.begin();
    auto b = after.begin();
    while (a != before.end() || b != after.end()) {
        if (b == after.end() || (a != before.end() && a->id < b->id)) {
            result.removed.push_back(a->id);
            ++a;
        } else if (a == before.end() || b->id < a->id) {
            result.added.push_back(b->id);
            ++b;
        } else {
            if (*a != *b)
                result.changed.push_back(a->id);
            ++a;
            ++b;
        }
    }
    return result;
}

bool sameObservation(const Observation* a, const Observation* b)
{
    return a == b || (a && b && *a == *b);
}

template <class Key>
bool has(const std::vector<Key>& sorted, Key key)
{
    return std::binary_search(sorted.begin(), sorted.end(), key);
}

template <class Key>
void sortUnique(std::vector<Key>& keys)
{
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

// Herds and servers show their environment's name; instances show all of them and a lag against their upstream.
void spread(const Inventory& before, const Inventory& after, InventoryDifference& d)
{
    if (!d.environments.isEmpty()) {
        const auto touched = [&](const std::optional<EnvironmentId>& id) {
            return id && (has(d.environments.changed, *id) || has(d.environments.added, *id) || has(d.environments.removed, *id));
        };
        for (const Herd& herd : after.herds()) {
            if (touched(herd.environment) && before.find(herd.id))
                d.herds.changed.push_back(herd.id);
        }
        for (const Server& server : after.servers()) {
            if (touched(server.environment) && before.find(server.id))
                d.servers.changed.push_back(server.id);
        }
        sortUnique(d.herds.changed);
        sortUnique(d.servers.changed);
    }

    std::vector<InstanceId> more;
    const auto addHerd = [&](HerdId id) {
        const auto members = after.instancesOf(id);
        more.insert(more.end(), members.begin(), members.end());
    };
    for (const auto* ids : {&d.herds.changed, &d.herds.added, &d.herds.removed})
        std::for_each(ids->begin(), ids->end(), addHerd);
    const auto addServer = [&](ServerId id) {
        const auto members = after.instancesOn(id);
        more.insert(more.end(), members.begin(), members.end());
    };
    for (const auto* ids : {&d.servers.changed, &d.servers.added, &d.servers.removed})
        std::for_each(ids->begin(), ids->end(), addServer);
    // An upstream row's change alters its followers' lag; so does a follower list its upstream's role in the tree.
    const auto addFollowers = [&](InstanceId id) {
        const auto followers = after.followersOf(id);
        more.insert(more.end(), followers.begin(), followers.end());
    };
    for (const auto* ids : {&d.instances.changed, &d.instances.added, &d.instances.removed})
        std::for_each(ids->begin(), ids->end(), addFollowers);

    std::erase_if(more, [&](InstanceId id) { return !before.find(id); });
    d.instances.changed.insert(d.instances.changed.end(), more.begin(), more.end());
    sortUnique(d.instances.changed);
}

} // namespace

InventoryDifference difference(const Inventory& before, const Inventory& after)
{
    InventoryDifference d;
    if (!after.sharesRowsWith(before)) {
        d.environments = compareRows(before.environments(), after.environments());
        d.herds = compareRows(before.herds(), after.herds());
        d.servers = compareRows(before.servers(), after.servers());
        d.instances = compareRows(before.instances(), after.instances());
    }
    for (const Instance& instance : after.instances()) {
        if (before.find(instance.id) && !sameObservation(before.observation(instance.id), after.observation(instance.id)))
            d.instances.changed.push_back(instance.id);
    }
    sortUnique(d.instances.changed);
    spread(before, after, d);
    return d;
}

} // namespace elephaas
