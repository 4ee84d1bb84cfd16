#pragma once

#include "models/items/rowtable.h"

namespace elephaas {

struct ServerRow {
    ServerId id;
    EnvironmentId environmentId; // 0: none
    QString name;
    QString environment;
    Tally instances;
    size_t memberHerds = 0; // digest of the herds that its instances belong to: filters ask for it
    qint64 seenAt = 0; // the last time that a probe spoke of one of its instances, ms since epoch; 0: never
    bool operator==(const ServerRow&) const = default;
};

// Every server, with its instances summed up.
class ServerTableModel final : public RowTable<ServerRow, ServerId> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ServerTableModel)

public:
    enum class Column {
        Name,
        Environment,
        Instances,
        WorstState,
        Seen,
    };
    static constexpr int columns = static_cast<int>(Column::Seen) + 1;

    explicit ServerTableModel(std::shared_ptr<const Clock> clock, QObject* parent = nullptr);

    void apply(const InventoryPtr& snapshot, const DifferencePtr& difference) override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    int compare(int a, int b, int column, Qt::SortOrder order) const override;
    int compareNames(int a, int b) const override;
    bool passes(int row, const InstanceFilter& filter) const override;

protected:
    void fold(int row, QString& text) const override;
    std::vector<int> ageColumns() const override { return {static_cast<int>(Column::Seen)}; }
    int freshParts(int row) const override { return freshness(rowAt(row).seenAt) == Freshness::Fresh ? 1 : 0; }
    void limitsChanged() override;
    ColumnSpan changedColumns(const ServerRow& before, const ServerRow& after) const override;

private:
    ServerRow makeRow(const Inventory& inventory, const Server& server) const;
    static QString headerText(Column column);
    QString display(const ServerRow& row, Column column) const;
    Freshness freshnessOf(const ServerRow& row, Column column) const;
};

} // namespace elephaas
