#pragma once

#include "models/items/itemtablemodel.h"
#include "models/items/tableproxy.h"
#include "views/datatable.h"

#include <QWidget>

#include <memory>
#include <vector>

namespace elephaas {

class LagDelegate;

// One kind of row as a table with its own columns.
class TablePage final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TablePage)

public:
    TablePage(ItemKind kind, std::shared_ptr<const Clock> clock, QWidget* parent = nullptr);
    ~TablePage() override;

    ItemKind kind() const { return m_kind; }
    DataTable* table() const { return m_table; }
    TableProxy* proxy() const { return m_proxy; }
    ItemTableModel* model() const { return m_model; }

    void setLimits(const ItemLimits& limits);

    std::vector<qint64> selectedIds() const;
    std::vector<qint64> visibleIds() const; // in the viewport
    // Selects and shows the row; false when it is filtered out.
    bool choose(qint64 id);

Q_SIGNALS:
    void selectionChanged();

private:
    ItemTableModel* makeModel(std::shared_ptr<const Clock> clock);
    void setUp();

    ItemKind m_kind;
    ItemTableModel* m_model;
    TableProxy* m_proxy;
    DataTable* m_table;
    LagDelegate* m_lagDelegate = nullptr;
};

} // namespace elephaas
