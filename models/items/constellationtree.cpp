#include "models/items/constellationtree.h"

#include "models/items/texts.h"

#include <algorithm>

namespace elephaas {

namespace {

QString hostOf(const Inventory& inventory, const Instance& instance)
{
    const Server* server = inventory.find(instance.server);
    return server ? server->hostName : QString();
}

// A herd's members while they are arranged; positions are those in `rows`, which is ordered by id.
struct Arrangement {
    std::vector<const Instance*> rows;
    std::vector<QString> hosts;
    std::vector<int> above; // -1: top member
    std::vector<Oddity> oddities;
    std::vector<std::vector<int>> below;

    int positionOf(InstanceId id) const
    {
        const auto it = std::lower_bound(
            rows.begin(), rows.end(), id, [](const Instance* row, InstanceId wanted) { return row->id < wanted; });
        return it != rows.end() && (*it)->id == id ? static_cast<int>(it - rows.begin()) : -1;
    }

    bool before(int a, int b) const
    {
        const auto x = static_cast<size_t>(a);
        const auto y = static_cast<size_t>(b);
        const bool xFollows = rows[x]->upstream.has_value();
        const bool yFollows = rows[y]->upstream.has_value();
        if (xFollows != yFollows)
            return yFollows;
        const int order = compareNatural(hosts[x], hosts[y]);
        return order != 0 ? order < 0 : a < b;
    }
};

// Circles of upstreams are opened at their lowest id.
void openCircles(Arrangement& members)
{
    enum : char { New, Walking, Done };
    std::vector<char> marks(members.rows.size(), New);
    for (size_t start = 0; start < members.rows.size(); ++start) {
        std::vector<size_t> path;
        int at = static_cast<int>(start);
        while (at >= 0 && marks[static_cast<size_t>(at)] == New) {
            marks[static_cast<size_t>(at)] = Walking;
            path.push_back(static_cast<size_t>(at));
            at = members.above[static_cast<size_t>(at)];
        }
        if (at >= 0 && marks[static_cast<size_t>(at)] == Walking) {
            const auto circle = std::find(path.begin(), path.end(), static_cast<size_t>(at));
            const size_t first = *std::min_element(circle, path.end());
            members.above[first] = -1;
            members.oddities[first] = Oddity::Circle;
        }
        for (const size_t position : path)
            marks[position] = Done;
    }
}

Arrangement arrange(const Inventory& inventory, HerdId herd)
{
    Arrangement members;
    for (const InstanceId id : inventory.instancesOf(herd))
        members.rows.push_back(inventory.find(id));
    const size_t count = members.rows.size();
    members.above.assign(count, -1);
    members.oddities.assign(count, Oddity::None);
    members.below.resize(count);
    for (size_t i = 0; i < count; ++i) {
        const Instance& row = *members.rows[i];
        members.hosts.push_back(hostOf(inventory, row));
        if (!row.upstream)
            continue;
        members.above[i] = members.positionOf(*row.upstream);
        if (members.above[i] < 0)
            members.oddities[i] = inventory.find(*row.upstream) ? Oddity::UpstreamElsewhere : Oddity::UpstreamMissing;
    }
    openCircles(members);
    return members;
}

} // namespace

std::vector<MemberPlace> placesInHerd(const Inventory& inventory, HerdId herd)
{
    Arrangement members = arrange(inventory, herd);
    std::vector<int> tops;
    for (size_t i = 0; i < members.rows.size(); ++i) {
        if (members.above[i] < 0)
            tops.push_back(static_cast<int>(i));
        else
            members.below[static_cast<size_t>(members.above[i])].push_back(static_cast<int>(i));
    }
    const auto inOrder = [&](std::vector<int>& positions) {
        std::sort(positions.begin(), positions.end(), [&](int a, int b) { return members.before(a, b); });
    };

    std::vector<MemberPlace> places;
    places.reserve(members.rows.size());
    // Depth first with a stack of its own: a cascade may be as long as somebody's mistake.
    std::vector<std::pair<int, int>> todo; // member, place of its parent
    const auto push = [&](std::vector<int>& positions, int above) {
        inOrder(positions);
        for (auto it = positions.rbegin(); it != positions.rend(); ++it)
            todo.emplace_back(*it, above);
    };
    push(tops, -1);
    while (!todo.empty()) {
        const auto [member, above] = todo.back();
        todo.pop_back();
        const auto position = static_cast<size_t>(member);
        places.push_back({members.rows[position]->id, above, members.oddities[position]});
        push(members.below[position], static_cast<int>(places.size()) - 1);
    }
    return places;
}

std::vector<MemberPlace> placesOnServer(const Inventory& inventory, ServerId server)
{
    struct Named {
        const Herd* herd;
        InstanceId id;
    };
    std::vector<Named> members;
    for (const InstanceId id : inventory.instancesOn(server))
        members.push_back({inventory.find(inventory.find(id)->herd), id});
    std::sort(members.begin(), members.end(), [](const Named& a, const Named& b) {
        if (a.herd != b.herd) {
            if (!a.herd || !b.herd)
                return a.herd != nullptr;
            if (const int order = compareNatural(a.herd->name, b.herd->name))
                return order < 0;
            if (a.herd->port != b.herd->port)
                return a.herd->port < b.herd->port;
        }
        return a.id < b.id;
    });
    std::vector<MemberPlace> places;
    places.reserve(members.size());
    for (const Named& member : members)
        places.push_back({member.id, -1, Oddity::None});
    return places;
}

int ConstellationTree::create(ItemKind kind, qint64 id)
{
    int node = 0;
    if (unused.empty()) {
        node = static_cast<int>(nodes.size());
        nodes.emplace_back();
    } else {
        node = unused.back();
        unused.pop_back();
        at(node) = ConstellationNode{};
    }
    at(node).kind = kind;
    at(node).id = id;
    registryOf(kind).insert(id, node);
    return node;
}

void ConstellationTree::attach(int node, int parent, int row)
{
    auto& siblings = at(parent).children;
    siblings.insert(siblings.begin() + row, node);
    at(node).parent = parent;
    renumber(parent, row);
}

void ConstellationTree::detach(int node)
{
    const int parent = at(node).parent;
    const int row = at(node).row;
    auto& siblings = at(parent).children;
    siblings.erase(siblings.begin() + row);
    at(node).parent = -1;
    renumber(parent, row);
}

void ConstellationTree::destroy(int node)
{
    std::vector<int> todo{node};
    while (!todo.empty()) {
        const int next = todo.back();
        todo.pop_back();
        ConstellationNode& gone = at(next);
        todo.insert(todo.end(), gone.children.begin(), gone.children.end());
        registryOf(gone.kind).remove(gone.id);
        gone = ConstellationNode{};
        unused.push_back(next);
    }
}

void ConstellationTree::renumber(int parent, int from)
{
    const auto& children = at(parent).children;
    for (size_t row = static_cast<size_t>(from); row < children.size(); ++row)
        at(children[row]).row = static_cast<int>(row);
}

QHash<qint64, int>& ConstellationTree::registryOf(ItemKind kind)
{
    return const_cast<QHash<qint64, int>&>(std::as_const(*this).registryOf(kind));
}

const QHash<qint64, int>& ConstellationTree::registryOf(ItemKind kind) const
{
    switch (kind) {
    case ItemKind::Environment:
        return environments;
    case ItemKind::Herd:
    case ItemKind::Server:
        return groups;
    case ItemKind::Instance:
    case ItemKind::DrPair:
    case ItemKind::None:
        break;
    }
    return instances;
}

} // namespace elephaas
