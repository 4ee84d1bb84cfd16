#pragma once

#include "models/items/rowtable.h"

#include <QHash>

namespace elephaas {

struct EnvironmentRow {
    EnvironmentId id;
    QString name;
    QString description;
    int herds = 0;
    int servers = 0;
    Tally instances; // of its herds
    bool operator==(const EnvironmentRow&) const = default;
};

// Every environment, with its herds' instances summed up.
class EnvironmentTableModel final : public RowTable<EnvironmentRow, EnvironmentId> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EnvironmentTableModel)

public:
    enum class Column {
        Name,
        Description,
        Herds,
        Servers,
        WorstState,
    };
    static constexpr int columns = static_cast<int>(Column::WorstState) + 1;

    explicit EnvironmentTableModel(std::shared_ptr<const Clock> clock, QObject* parent = nullptr);

    void apply(const InventoryPtr& snapshot, const DifferencePtr& difference) override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    int compare(int a, int b, int column, Qt::SortOrder order) const override;
    int compareNames(int a, int b) const override;
    bool passes(int row, const InstanceFilter& filter) const override;

protected:
    void fold(int row, QString& text) const override;
    std::vector<int> ageColumns() const override { return {}; }
    int freshParts(int) const override { return 0; }
    void limitsChanged() override;
    ColumnSpan changedColumns(const EnvironmentRow& before, const EnvironmentRow& after) const override;

private:
    Tally tallyOf(const Inventory& inventory, HerdId herd) const;
    void countAll(const Inventory& inventory);
    EnvironmentRow makeRow(const Inventory& inventory, EnvironmentId id) const;
    static QString headerText(Column column);
    QString display(const EnvironmentRow& row, Column column) const;

    QHash<HerdId, Tally> m_herds; // so that a refresh weighs only the herds that it touched
    QHash<EnvironmentId, EnvironmentRow> m_sums; // counts only
};

} // namespace elephaas
