#pragma once

#include "models/domain/seenalias.h"
#include "models/items/rowtable.h"

#include <QLocale>

namespace elephaas {

struct DrPairRow {
    HerdId id;
    EnvironmentId environmentId; // 0: none
    InstanceId primaryId;
    InstanceId replicaId;
    ServerId replicaServerId;
    ServerId primaryServerId;
    QString herd;
    QString environment;
    QString primary; // host
    QString replica; // host
    QString virtualHost;
    Assessment primaryState;
    Assessment replicaState;
    SeenAlias alias; // as asked last; without a time: never, or for another name
    qint64 seenAt = 0; // the older of the two, ms since epoch; 0: one was never seen
    bool operator==(const DrPairRow&) const = default;

    Health worst() const { return std::max(primaryState.health, replicaState.health); }
    // The name is known to point to another server than the primary's, or name servers do not agree.
    bool isMisdirected() const;
};

// One row per herd that has a primary and an online replica: what a failover would swap.
class DrPairTableModel final : public RowTable<DrPairRow, HerdId> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DrPairTableModel)

public:
    enum class Column {
        Herd,
        Environment,
        Primary,
        Replica,
        Lag,
        VirtualHost,
        PointsTo,
        Seen,
    };
    static constexpr int columns = static_cast<int>(Column::Seen) + 1;

    explicit DrPairTableModel(std::shared_ptr<const Clock> clock, QObject* parent = nullptr);

    void apply(const InventoryPtr& snapshot, const DifferencePtr& difference) override;
    void setAliases(const SeenAliasesPtr& aliases);
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    int compare(int a, int b, int column, Qt::SortOrder order) const override;
    int compareNames(int a, int b) const override;
    bool passes(int row, const InstanceFilter& filter) const override;

protected:
    void fold(int row, QString& text) const override;
    std::vector<int> ageColumns() const override { return {static_cast<int>(Column::PointsTo), static_cast<int>(Column::Seen)}; }
    int freshParts(int row) const override;
    void limitsChanged() override;
    ColumnSpan changedColumns(const DrPairRow& before, const DrPairRow& after) const override;

private:
    DrPairRow makeRow(const Inventory& inventory, HerdId id) const;
    static QString headerText(Column column);
    QString display(const DrPairRow& row, Column column) const;
    Freshness freshnessOf(const DrPairRow& row, Column column) const;
    QString explanation(const DrPairRow& row, Column column) const;
    QString aliasExplanation(const DrPairRow& row) const;

    std::vector<DrPair> m_pairs; // by herd
    SeenAliasesPtr m_aliases = std::make_shared<const SeenAliases>();
    QLocale m_locale;
};

} // namespace elephaas
