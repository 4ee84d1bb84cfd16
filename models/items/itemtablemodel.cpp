#include "models/items/itemtablemodel.h"

#include <QElapsedTimer>

namespace elephaas {

namespace {

constexpr int idleDelayMs = 200; // after a change the window comes first
constexpr int sliceMs = 2;

} // namespace

ItemTableModel::ItemTableModel(std::shared_ptr<const Clock> clock, int columns, QObject* parent)
    : QAbstractTableModel(parent)
    , m_clock(std::move(clock))
    , m_snapshot(std::make_shared<const Inventory>())
    , m_now(m_clock->now())
    , m_nowMs(m_now.toMSecsSinceEpoch())
    , m_columns(columns)
{
    m_idle.setSingleShot(true);
    connect(&m_idle, &QTimer::timeout, this, &ItemTableModel::foldSlice);
}

int ItemTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_columns;
}

void ItemTableModel::setLimits(const ItemLimits& limits)
{
    if (limits == m_limits)
        return;
    m_limits = limits;
    limitsChanged();
    announceAll(); // filters ask for the limits, too
    tick();
}

void ItemTableModel::tick()
{
    m_now = m_clock->now();
    m_nowMs = m_now.toMSecsSinceEpoch();
    const int rows = rowCount();
    if (rows == 0)
        return;
    const QList<int> roles{Qt::DisplayRole, Qt::ToolTipRole, Qt::AccessibleTextRole, Qt::AccessibleDescriptionRole, FreshnessRole};
    const int fresh = countFresh();
    if (fresh != m_fresh) {
        m_fresh = fresh;
        Q_EMIT dataChanged(index(0, 0), index(rows - 1, m_columns - 1), roles);
        return;
    }
    for (const int column : ageColumns())
        Q_EMIT dataChanged(index(0, column), index(rows - 1, column), roles);
}

void ItemTableModel::retranslate()
{
    foldedReset(rowCount());
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, m_columns - 1);
    announceAll();
}

void ItemTableModel::announceAll()
{
    if (rowCount() == 0)
        return;
    Q_EMIT aboutToApply({});
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, m_columns - 1));
    Q_EMIT applied();
}

int ItemTableModel::countFresh() const
{
    int fresh = 0;
    for (int row = 0; row < rowCount(); ++row)
        fresh += freshParts(row);
    return fresh;
}

Freshness ItemTableModel::freshness(qint64 at) const
{
    const qint64 limit = std::chrono::milliseconds(m_limits.freshFor).count();
    return at > 0 && m_nowMs - at <= limit ? Freshness::Fresh : Freshness::Stale;
}

void ItemTableModel::beginApply(const std::vector<int>& doomed)
{
    Q_EMIT aboutToApply(doomed);
}

void ItemTableModel::endApply()
{
    m_fresh = countFresh();
    m_nextToFold = 0;
    if (rowCount() > 0)
        m_idle.start(idleDelayMs);
    Q_EMIT applied();
}

const QByteArray& ItemTableModel::foldedText(int row) const
{
    QByteArray& folded = m_folded[static_cast<size_t>(row)];
    if (folded.isNull()) {
        m_scratch.resize(0);
        fold(row, m_scratch);
        folded = foldText(m_scratch);
        if (folded.isNull())
            folded = QByteArray("", 0);
    }
    return folded;
}

// In small steps, so that neither a frame nor the first key typed into the filter waits for 100,000 rows.
void ItemTableModel::foldSlice()
{
    QElapsedTimer timer;
    timer.start();
    const int rows = rowCount();
    while (m_nextToFold < rows) {
        foldedText(m_nextToFold++);
        if (m_nextToFold % 64 == 0 && timer.elapsed() >= sliceMs) {
            m_idle.start(0);
            return;
        }
    }
}

void ItemTableModel::foldedInserted(int first, int count)
{
    m_folded.insert(m_folded.begin() + first, static_cast<size_t>(count), QByteArray());
}

void ItemTableModel::foldedRemoved(int first, int count)
{
    m_folded.erase(m_folded.begin() + first, m_folded.begin() + first + count);
}

void ItemTableModel::foldedReset(int count)
{
    m_folded.assign(static_cast<size_t>(count), QByteArray());
}

void ItemTableModel::foldedStale(int row)
{
    m_folded[static_cast<size_t>(row)] = QByteArray();
}

} // namespace elephaas
