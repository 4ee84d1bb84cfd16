#pragma once

#include "models/items/rowtable.h"

#include <QLocale>

namespace elephaas {

// What a row of the instances table shows; strings are shared with the snapshot.
struct InstanceRow {
    InstanceId id;
    HerdId herdId;
    ServerId serverId;
    EnvironmentId environmentId; // the herd's; 0: none
    QString herd;
    QString server;
    QString version;
    QString upstream; // host of the upstream instance
    QString environment;
    QString dataDirectory;
    std::optional<PgVersion> parsedVersion;
    std::optional<int> timeline;
    int port = 0;
    bool hasUpstream = false; // also when it is dangling
    bool versionSeen = false; // by a probe; else it is the inventory's word
    bool roleSeen = false;
    Assessment state;
    qint64 seenAt = 0; // ms since epoch; 0: never
    qint64 factsAt = 0;
    bool operator==(const InstanceRow&) const = default;
};

// Every instance, one row each.
//
// The state column says the instance's own liveness; SortRole, HealthRole and ProblemRole the weighed health.
// Without an observation the inventory's word is shown, as stale.
class InstanceTableModel final : public RowTable<InstanceRow, InstanceId> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(InstanceTableModel)

public:
    enum class Column {
        Herd,
        Server,
        Port,
        Version,
        Role,
        State,
        Lag,
        ReceiveLag,
        Upstream,
        Timeline,
        Environment,
        DataDirectory,
        Seen,
    };
    static constexpr int columns = static_cast<int>(Column::Seen) + 1;

    explicit InstanceTableModel(std::shared_ptr<const Clock> clock, QObject* parent = nullptr);

    void apply(const InventoryPtr& snapshot, const DifferencePtr& difference) override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    int compare(int a, int b, int column, Qt::SortOrder order) const override;
    std::vector<int> ranks(int column, Qt::SortOrder order) const override;
    int compareNames(int a, int b) const override;
    bool passes(int row, const InstanceFilter& filter) const override;

protected:
    void fold(int row, QString& text) const override;
    std::vector<int> ageColumns() const override { return {static_cast<int>(Column::Seen)}; }
    int freshParts(int row) const override;
    void limitsChanged() override;
    ColumnSpan changedColumns(const InstanceRow& before, const InstanceRow& after) const override;

private:
    InstanceRow makeRow(const Inventory& inventory, const Instance& instance) const;
    static QString headerText(Column column);
    QString display(const InstanceRow& row, Column column) const;
    QVariant sortValue(const InstanceRow& row, Column column) const;
    Freshness freshnessOf(const InstanceRow& row, Column column) const;
    QString explanation(const InstanceRow& row, Column column) const;
    QString accessibleText(const InstanceRow& row, Column column) const;

    QLocale m_locale;
};

} // namespace elephaas
