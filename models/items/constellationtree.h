#pragma once

#include "models/items/assessment.h"
#include "models/items/constellationmodel.h"

#include <QHash>

#include <vector>

namespace elephaas {

// Why a member is not below its upstream.
enum class Oddity { None, UpstreamMissing, UpstreamElsewhere, Circle };

struct ConstellationNode {
    ItemKind kind = ItemKind::None;
    qint64 id = 0;
    int parent = -1;
    int row = 0; // among its parent's children
    std::vector<int> children;
    QString name; // of environments and groups: what they are ordered by
    Tally tally; // of environments and groups
    Assessment state; // of instances
    Oddity oddity = Oddity::None;
    qint64 seenAt = 0; // of instances, ms since epoch; 0: never
    bool fresh = false; // seenAt at the last look
};

// Where one instance belongs below its group.
struct MemberPlace {
    InstanceId id;
    int above = -1; // position of its parent in the same list, which comes earlier; -1: the group
    Oddity oddity = Oddity::None;
};

// Members of a herd as they replicate, each below its upstream; in the order of display, parents before children.
std::vector<MemberPlace> placesInHerd(const Inventory& inventory, HerdId herd);
std::vector<MemberPlace> placesOnServer(const Inventory& inventory, ServerId server);

// The nodes, addressed by number: a number is an index's internal id, so that a stale index can be found out, never followed
// into freed memory. Number 0 is the root.
struct ConstellationTree {
    static constexpr int root = 0;

    std::vector<ConstellationNode> nodes{ConstellationNode{}};
    std::vector<int> unused;
    QHash<qint64, int> environments; // 0: no environment
    QHash<qint64, int> groups; // by herd or server id
    QHash<qint64, int> instances;

    ConstellationNode& at(int node) { return nodes[static_cast<size_t>(node)]; }
    const ConstellationNode& at(int node) const { return nodes[static_cast<size_t>(node)]; }

    int create(ItemKind kind, qint64 id);
    void attach(int node, int parent, int row);
    void detach(int node);
    void destroy(int node); // with all below; must be detached
    void renumber(int parent, int from = 0);
    QHash<qint64, int>& registryOf(ItemKind kind);
    const QHash<qint64, int>& registryOf(ItemKind kind) const;
};

} // namespace elephaas
