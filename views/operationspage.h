#pragma once

#include "models/items/operationtreemodel.h"
#include "views/datatable.h"

#include <QSortFilterProxyModel>
#include <QWidget>

namespace elephaas {

// Filters operations by words and sorts them by several keys. There are few of them.
class OperationProxy final : public QSortFilterProxyModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OperationProxy)

public:
    explicit OperationProxy(QObject* parent = nullptr);
    void setWords(const QString& text);
    void setSortColumns(const std::vector<SortColumn>& keys);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    QStringList m_words;
    std::vector<SortColumn> m_keys;
};

// Every operation, of earlier runs too, as a table.
class OperationsPage final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OperationsPage)

public:
    explicit OperationsPage(OperationTreeModel* model, QWidget* parent = nullptr);

    DataTable* table() const { return m_table; }
    OperationProxy* proxy() const { return m_proxy; }
    // Null when nothing is chosen.
    QUuid currentOperation() const;

Q_SIGNALS:
    void selectionChanged();

private:
    OperationProxy* m_proxy;
    DataTable* m_table;
};

} // namespace elephaas
