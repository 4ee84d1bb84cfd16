#pragma once

#include "models/items/rowtable.h"

namespace elephaas {

struct HerdRow {
    HerdId id;
    EnvironmentId environmentId; // 0: none
    QString name;
    QString environment;
    QString virtualHost;
    QString dataDirectory;
    QString description;
    QString primary; // host; several when several running ones were seen
    int port = 0;
    Tally members;
    bool conflict = false;
    size_t memberServers = 0; // digest of where the members are: filters ask for it
    bool operator==(const HerdRow&) const = default;
};

// Every herd, with its members summed up.
class HerdTableModel final : public RowTable<HerdRow, HerdId> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HerdTableModel)

public:
    enum class Column {
        Name,
        Environment,
        Port,
        VirtualHost,
        DataDirectory,
        Members,
        Primary,
        WorstState,
        Description,
    };
    static constexpr int columns = static_cast<int>(Column::Description) + 1;

    explicit HerdTableModel(std::shared_ptr<const Clock> clock, QObject* parent = nullptr);

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
    ColumnSpan changedColumns(const HerdRow& before, const HerdRow& after) const override;

private:
    HerdRow makeRow(const Inventory& inventory, const Herd& herd) const;
    static QString headerText(Column column);
    QString display(const HerdRow& row, Column column) const;
};

} // namespace elephaas
