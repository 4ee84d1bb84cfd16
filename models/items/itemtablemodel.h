#pragma once

#include "models/domain/difference.h"
#include "models/domain/inventory.h"
#include "models/items/assessment.h"
#include "models/items/roles.h"
#include "models/items/rowfilter.h"
#include "models/ports/clock.h"

#include <QAbstractTableModel>
#include <QTimer>

#include <memory>
#include <vector>

namespace elephaas {

using DifferencePtr = std::shared_ptr<const InventoryDifference>;

// A flat table over the inventory: one row per entity, ordered by id. GUI thread.
//
// Changes come as apply(); every apply is announced (aboutToApply) and closed (applied), with row signals in between, so that
// a TableProxy settles once. Row signals are minimal; a wholly different inventory is one reset.
class ItemTableModel : public QAbstractTableModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ItemTableModel)

public:
    // Never null `snapshot`. `difference` is what separates it from the one applied before; null: unknown, all is compared.
    virtual void apply(const InventoryPtr& snapshot, const DifferencePtr& difference) = 0;
    const InventoryPtr& snapshot() const { return m_snapshot; }

    const ItemLimits& limits() const { return m_limits; }
    void setLimits(const ItemLimits& limits);

    // Once a second: ages move on. One dataChanged over the age columns, and one over all columns when a row became stale.
    void tick();
    // The time that ages are computed against: the clock's at the last tick.
    const QDateTime& now() const { return m_now; }
    // The clock's time zone, locale or language changed: everything is shown anew.
    void retranslate();

    // Id of the row's entity, and back (-1: no such row).
    virtual qint64 idAt(int row) const = 0;
    virtual int rowOf(qint64 id) const = 0;

    // Typed order of two cells in the given direction; unknown ones come last in both. 0: equal.
    virtual int compare(int a, int b, int column, Qt::SortOrder order) const = 0;
    // Where each row stands by the given column, equal numbers for equal cells: for sorting many rows when few texts are different.
    // Empty: compare() is as good.
    virtual std::vector<int> ranks(int /*column*/, Qt::SortOrder /*order*/) const { return {}; }
    // Steadies the order of rows that are equal in all sort keys: herd, host, then id.
    virtual int compareNames(int a, int b) const = 0;
    // The structured part of a filter, not its text.
    virtual bool passes(int row, const InstanceFilter& filter) const = 0;
    // What text filters search: folded, one line per cell. Computed on first use and in idle time.
    const QByteArray& foldedText(int row) const;
    int columnCount(const QModelIndex& parent = {}) const final;

Q_SIGNALS:
    // Before any row signal; `doomed` are the rows, ascending, that this apply will remove.
    void aboutToApply(const std::vector<int>& doomed);
    void applied();

protected:
    ItemTableModel(std::shared_ptr<const Clock> clock, int columns, QObject* parent);

    virtual void fold(int row, QString& text) const = 0; // appends the cells, each ended by a line feed
    virtual std::vector<int> ageColumns() const = 0;
    // How many of the row's times are fresh: when the sum over all rows drops, cells became stale.
    virtual int freshParts(int row) const = 0;
    virtual void limitsChanged() = 0;

    void beginApply(const std::vector<int>& doomed);
    void endApply();
    // The cache follows the rows.
    void foldedInserted(int first, int count);
    void foldedRemoved(int first, int count);
    void foldedReset(int count);
    void foldedStale(int row);
    void takeSnapshot(const InventoryPtr& snapshot) { m_snapshot = snapshot; }

    // Age of something seen at `at` (ms since epoch, 0: never) against the limit.
    Freshness freshness(qint64 at) const;
    qint64 nowMs() const { return m_nowMs; }

private:
    void announceAll();
    void foldSlice();
    int countFresh() const;

    std::shared_ptr<const Clock> m_clock;
    InventoryPtr m_snapshot;
    ItemLimits m_limits;
    QDateTime m_now;
    qint64 m_nowMs = 0;
    int m_columns;
    int m_fresh = 0; // rows that were fresh at the last look
    mutable std::vector<QByteArray> m_folded; // null: not computed yet
    mutable QString m_scratch;
    int m_nextToFold = 0;
    QTimer m_idle;
};

} // namespace elephaas
