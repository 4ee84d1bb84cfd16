#pragma once

#include "models/items/constellationmodel.h"
#include "models/items/constellationtree.h"

namespace elephaas {

// One pass that turns the tree of a ConstellationModel into that of its present snapshot, with minimal signals (or none:
// the model is being reset). What stays is moved, not replaced.
class ConstellationMerge final {
public:
    enum class Signals { Emit, Silent };
    ConstellationMerge(ConstellationModel& model, Signals how);

    void all();
    // What the difference between `before` and the present snapshot touched.
    void touched(const InventoryDifference& difference, const Inventory& before);

private:
    struct Group {
        ItemKind kind = ItemKind::Herd;
        qint64 id = 0;
        bool exists = false;
        qint64 environment = 0; // of rows that exist, else 0
        QString name;
    };

    Group groupOf(qint64 id) const;
    std::vector<qint64> allGroups() const;
    void run(const std::vector<qint64>& groups);
    void placeEnvironments();
    int environmentNode(qint64 id);
    int placeGroup(const Group& group);
    void sortGroups();
    void placeMembers(int groupNode, qint64 groupId);
    bool weigh(int node, const MemberPlace& place, bool twoPrimaries);
    void sumUp();
    void removeLeftovers(const std::vector<qint64>& groups);
    void removeEmptyEnvironments();
    void announce();

    int rowFor(int parent, const QString& name, qint64 id, int except) const;
    void insert(int node, int parent, int row);
    void move(int node, int parent, int row);
    void removeTail(int parent, int from);
    bool belongsHere(const ConstellationNode& node) const;

    ConstellationModel& m_model;
    ConstellationTree& m_tree;
    const Inventory& m_inventory;
    bool m_emit;
    std::vector<int> m_touchedGroups; // nodes
    std::vector<int> m_changedNodes; // whose cells show something else
};

} // namespace elephaas
