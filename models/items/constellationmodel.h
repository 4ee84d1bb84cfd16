#pragma once

#include "models/items/assessment.h"
#include "models/items/itemtablemodel.h"
#include "models/items/roles.h"

#include <QAbstractItemModel>

#include <memory>
#include <vector>

namespace elephaas {

struct ConstellationTree;

// The constellation as a tree. GUI thread.
//
// By herd: environment -> herd -> members as they replicate, cascades included. By server: environment -> server -> instances.
// Herds and servers without an environment are under "No environment"; an instance whose herd (server) row is missing is under a
// node that says so. An upstream that is missing, in another herd, or in a circle makes its follower a top member, which says
// why in its tool tip. Groups carry the count and the worst health of the instances below (CountRole, ProblemCountRole,
// HealthRole). Children are ordered by name, members with primaries first.
//
// Rows: IdRole is the entity's id (0 for "No environment", the missing id for a missing herd or server), KindRole its kind.
class ConstellationModel final : public QAbstractItemModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ConstellationModel)

public:
    enum class Grouping { ByHerd, ByServer };
    // Name: of the environment, the herd, the host; by server an instance is named by its herd.
    // Detail: instances of an environment or server, port of a herd, role or lag of an instance.
    enum class Column { Name, Detail, State };
    static constexpr int columns = static_cast<int>(Column::State) + 1;

    explicit ConstellationModel(std::shared_ptr<const Clock> clock, QObject* parent = nullptr);
    ~ConstellationModel() override;

    // As for the tables. What stays keeps its persistent indexes, also when it moves to another place.
    void apply(const InventoryPtr& snapshot, const DifferencePtr& difference);
    const InventoryPtr& snapshot() const { return m_snapshot; }

    Grouping grouping() const { return m_grouping; }
    // Resets; select again by indexOf().
    void setGrouping(Grouping grouping);

    const ItemLimits& limits() const { return m_limits; }
    void setLimits(const ItemLimits& limits);
    void tick(); // see ItemTableModel
    void retranslate(); // resets, as names may change their order

    // Invalid when the present grouping does not show it. Environment 0 is "No environment".
    QModelIndex indexOf(ItemKind kind, qint64 id) const;
    // The instances at or below the index, in the order of the tree.
    std::vector<InstanceId> instancesBelow(const QModelIndex& index) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    bool hasChildren(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    friend class ConstellationMerge;
    QModelIndex indexOfNode(int node, int column = 0) const;
    int nodeAt(const QModelIndex& index) const; // the root for an invalid index
    void rebuild();
    void announceAll();
    QString memberName(const Instance& instance, const Inventory& inventory) const;
    Freshness freshness(qint64 at) const;
    QString display(int node, Column column) const;
    QString explanation(int node) const;
    QString accessibleText(int node, Column column) const;
    QVariant entityData(int node, int role) const;
    QVariant instanceData(int node, int role) const;

    std::shared_ptr<const Clock> m_clock;
    InventoryPtr m_snapshot;
    ItemLimits m_limits;
    Grouping m_grouping = Grouping::ByHerd;
    qint64 m_nowMs = 0;
    std::unique_ptr<ConstellationTree> m_tree;
};

} // namespace elephaas
