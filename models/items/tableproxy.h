#pragma once

#include "models/items/itemtablemodel.h"
#include "models/items/rowfilter.h"

#include <QAbstractProxyModel>

#include <memory>
#include <vector>

namespace elephaas {

// Filters and sorts an ItemTableModel. Fast at 100,000 rows: the order of all rows is kept and repaired only where rows changed,
// a filter that narrows looks only at what was visible, and views get few signals: one layoutChanged and one removal or
// insertion, however scattered the rows are. Persistent indexes (selection, current) survive everything but a source reset.
class TableProxy final : public QAbstractProxyModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TableProxy)

public:
    struct SortKey {
        int column = 0;
        Qt::SortOrder order = Qt::AscendingOrder;
        bool operator==(const SortKey&) const = default;
    };

    explicit TableProxy(QObject* parent = nullptr);

    // Must be an ItemTableModel (or null).
    void setSourceModel(QAbstractItemModel* model) override;
    ItemTableModel* itemModel() const { return m_model; }

    void setFilter(const InstanceFilter& filter);
    // Null: everything.
    void setMatcher(std::shared_ptr<const RowMatcher> matcher);

    // First key first; none: by id. Rows equal in all keys are ordered by herd name, host name, id.
    void setSortKeys(std::vector<SortKey> keys);
    const std::vector<SortKey>& sortKeys() const { return m_keys; }
    // A header's click: the column becomes the first key, the former keys (at most three are kept) follow. -1: no keys.
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

    int sourceRow(int proxyRow) const; // -1 when out of range
    int proxyRow(int sourceRow) const; // -1 when filtered out
    // Of the given entity; invalid when filtered out or unknown.
    QModelIndex indexOf(qint64 id, int column = 0) const;

    QModelIndex mapToSource(const QModelIndex& proxyIndex) const override;
    QModelIndex mapFromSource(const QModelIndex& sourceIndex) const override;
    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    bool hasChildren(const QModelIndex& parent = {}) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    // How many rows are visible, of how many, changed ("37 of 10,000").
    void visibleChanged(int visible, int total);

private:
    enum State : quint8 { Accepted = 1, Changed = 2, New = 4 };

    bool less(int a, int b) const;
    bool accepts(int row) const;
    void rebuild(); // everything anew, no signals
    void sortAll();
    void mergeChanged(const std::vector<int>& changed);
    std::vector<int> acceptedInOrder() const;
    void transition(std::vector<int> next);
    void removeGone(const std::vector<int>& next);
    void permute(std::vector<int> order);
    void renumber();
    void announceVisible();

    void onAboutToApply(const std::vector<int>& doomed);
    void onRowsRemoved(int first, int last);
    void onRowsInserted(int first, int last);
    void onDataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight, const QList<int>& roles);
    void onApplied();
    void forwardChanges(const std::vector<int>& changed);

    ItemTableModel* m_model = nullptr;
    std::shared_ptr<const RowMatcher> m_matcher;
    std::vector<SortKey> m_keys;
    std::vector<int> m_sorted; // every source row, in order
    std::vector<int> m_visible; // proxy row -> source row
    std::vector<int> m_proxyRow; // source row -> proxy row, -1: not visible
    std::vector<quint8> m_state; // by source row
    int m_firstColumn = 0; // of what changed in the present apply
    int m_lastColumn = -1;
    bool m_applying = false;
    std::pair<int, int> m_announced; // visible, total
};

} // namespace elephaas
