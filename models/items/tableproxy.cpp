#include "models/items/tableproxy.h"

#include <algorithm>
#include <numeric>

namespace elephaas {

namespace {

constexpr size_t maxKeys = 3;
// Up to so many separate runs of rows are removed or inserted one by one; more cost a view less as one re-ordering and one run.
constexpr size_t maxRuns = 8;
constexpr size_t maxChangeSignals = 256;

template <class Wanted>
std::vector<std::pair<int, int>> runsOf(const std::vector<int>& rows, Wanted wanted)
{
    std::vector<std::pair<int, int>> runs; // first, last
    for (size_t i = 0; i < rows.size(); ++i) {
        if (!wanted(rows[i]))
            continue;
        const int at = static_cast<int>(i);
        if (!runs.empty() && runs.back().second == at - 1)
            runs.back().second = at;
        else
            runs.emplace_back(at, at);
    }
    return runs;
}

} // namespace

TableProxy::TableProxy(QObject* parent)
    : QAbstractProxyModel(parent)
{
}

void TableProxy::setSourceModel(QAbstractItemModel* model)
{
    if (model == m_model)
        return;
    beginResetModel();
    if (m_model)
        disconnect(m_model, nullptr, this, nullptr);
    m_model = qobject_cast<ItemTableModel*>(model);
    Q_ASSERT(m_model || !model);
    QAbstractProxyModel::setSourceModel(m_model);
    if (m_model) {
        connect(m_model, &ItemTableModel::aboutToApply, this, &TableProxy::onAboutToApply);
        connect(m_model, &ItemTableModel::applied, this, &TableProxy::onApplied);
        connect(m_model, &ItemTableModel::rowsRemoved, this,
            [this](const QModelIndex&, int first, int last) { onRowsRemoved(first, last); });
        connect(m_model, &ItemTableModel::rowsInserted, this,
            [this](const QModelIndex&, int first, int last) { onRowsInserted(first, last); });
        connect(m_model, &ItemTableModel::dataChanged, this, &TableProxy::onDataChanged);
        connect(m_model, &ItemTableModel::headerDataChanged, this, &TableProxy::headerDataChanged);
        connect(m_model, &ItemTableModel::modelAboutToBeReset, this, [this] { beginResetModel(); });
        connect(m_model, &ItemTableModel::modelReset, this, [this] {
            rebuild();
            endResetModel();
            announceVisible();
        });
        connect(m_model, &QObject::destroyed, this, [this] { setSourceModel(nullptr); });
    }
    rebuild();
    endResetModel();
    announceVisible();
}

void TableProxy::setFilter(const InstanceFilter& filter)
{
    setMatcher(filter == InstanceFilter() ? nullptr : std::make_shared<FilterMatcher>(filter));
}

void TableProxy::setMatcher(std::shared_ptr<const RowMatcher> matcher)
{
    const bool narrower = matcher && (!m_matcher || matcher->narrows(*m_matcher));
    m_matcher = std::move(matcher);
    if (!m_model)
        return;
    // In the order of the source: its rows and texts lie side by side in memory.
    const int rows = static_cast<int>(m_state.size());
    for (int row = 0; row < rows; ++row) {
        quint8& state = m_state[static_cast<size_t>(row)];
        if (narrower && (state & Accepted) == 0)
            continue;
        state = static_cast<quint8>(accepts(row) ? state | Accepted : state & ~Accepted);
    }
    transition(acceptedInOrder());
}

void TableProxy::setSortKeys(std::vector<SortKey> keys)
{
    if (keys == m_keys)
        return;
    m_keys = std::move(keys);
    if (!m_model)
        return;
    sortAll();
    transition(acceptedInOrder());
}

void TableProxy::sort(int column, Qt::SortOrder order)
{
    std::vector<SortKey> keys;
    if (column >= 0) {
        keys.push_back({column, order});
        std::copy_if(m_keys.begin(), m_keys.end(), std::back_inserter(keys), [&](const SortKey& key) { return key.column != column; });
        keys.resize(std::min(keys.size(), maxKeys));
    }
    setSortKeys(std::move(keys));
}

int TableProxy::sourceRow(int proxyRow) const
{
    return proxyRow >= 0 && proxyRow < rowCount() ? m_visible[static_cast<size_t>(proxyRow)] : -1;
}

int TableProxy::proxyRow(int sourceRow) const
{
    return sourceRow >= 0 && static_cast<size_t>(sourceRow) < m_proxyRow.size() ? m_proxyRow[static_cast<size_t>(sourceRow)] : -1;
}

QModelIndex TableProxy::indexOf(qint64 id, int column) const
{
    return m_model ? index(proxyRow(m_model->rowOf(id)), column) : QModelIndex();
}

QModelIndex TableProxy::mapToSource(const QModelIndex& proxyIndex) const
{
    if (!m_model || !proxyIndex.isValid())
        return {};
    return m_model->index(sourceRow(proxyIndex.row()), proxyIndex.column());
}

QModelIndex TableProxy::mapFromSource(const QModelIndex& sourceIndex) const
{
    return sourceIndex.isValid() ? index(proxyRow(sourceIndex.row()), sourceIndex.column()) : QModelIndex();
}

QModelIndex TableProxy::index(int row, int column, const QModelIndex& parent) const
{
    if (parent.isValid() || row < 0 || row >= rowCount() || column < 0 || column >= columnCount())
        return {};
    return createIndex(row, column);
}

QModelIndex TableProxy::parent(const QModelIndex& /*child*/) const
{
    return {};
}

int TableProxy::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_visible.size());
}

int TableProxy::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_model ? 0 : m_model->columnCount();
}

bool TableProxy::hasChildren(const QModelIndex& parent) const
{
    return !parent.isValid() && !m_visible.empty();
}

QVariant TableProxy::headerData(int section, Qt::Orientation orientation, int role) const
{
    return m_model ? m_model->headerData(section, orientation, role) : QVariant();
}

bool TableProxy::less(int a, int b) const
{
    for (const SortKey& key : m_keys) {
        if (const int order = m_model->compare(a, b, key.column, key.order))
            return order < 0;
    }
    if (!m_keys.empty()) {
        if (const int order = m_model->compareNames(a, b))
            return order < 0;
    }
    return a < b; // source rows are in the order of ids
}

bool TableProxy::accepts(int row) const
{
    return !m_matcher || m_matcher->matches(*m_model, row);
}

void TableProxy::rebuild()
{
    const size_t rows = m_model ? static_cast<size_t>(m_model->rowCount()) : 0;
    m_state.assign(rows, 0);
    for (size_t row = 0; row < rows; ++row)
        m_state[row] = accepts(static_cast<int>(row)) ? Accepted : 0;
    m_sorted.resize(rows);
    std::iota(m_sorted.begin(), m_sorted.end(), 0);
    sortAll();
    m_visible = acceptedInOrder();
    renumber();
}

void TableProxy::sortAll()
{
    if (m_keys.empty() || m_sorted.empty())
        return std::sort(m_sorted.begin(), m_sorted.end());
    const auto byKeys = [this](int a, int b) { return less(a, b); };
    const std::vector<int> ranks = m_model->ranks(m_keys.front().column, m_keys.front().order);
    if (ranks.empty())
        return std::sort(m_sorted.begin(), m_sorted.end(), byKeys);
    Q_ASSERT(ranks.size() == m_sorted.size());
    // Rows of a rank side by side, then each rank by all keys. Ranks are numbered without gaps.
    std::vector<int> begins(static_cast<size_t>(*std::max_element(ranks.begin(), ranks.end())) + 2);
    for (const int rank : ranks)
        ++begins[static_cast<size_t>(rank) + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    std::vector<int> next = begins;
    for (size_t row = 0; row < ranks.size(); ++row)
        m_sorted[static_cast<size_t>(next[static_cast<size_t>(ranks[row])]++)] = static_cast<int>(row);
    for (size_t rank = 0; rank + 1 < begins.size(); ++rank)
        std::sort(m_sorted.begin() + begins[rank], m_sorted.begin() + begins[rank + 1], byKeys);
}

// Everything but `changed` is in order: takes those out and puts each where it belongs.
void TableProxy::mergeChanged(const std::vector<int>& changed)
{
    if (changed.size() > m_state.size() / 8) {
        m_sorted.resize(m_state.size());
        std::iota(m_sorted.begin(), m_sorted.end(), 0);
        sortAll();
        return;
    }
    const auto byKeys = [this](int a, int b) { return less(a, b); };
    std::erase_if(m_sorted, [this](int row) { return (m_state[static_cast<size_t>(row)] & (Changed | New)) != 0; });
    std::vector<int> moved = changed;
    std::sort(moved.begin(), moved.end(), byKeys);
    std::vector<int> merged;
    merged.reserve(m_sorted.size() + moved.size());
    auto from = m_sorted.begin();
    for (const int row : moved) {
        const auto to = std::lower_bound(from, m_sorted.end(), row, byKeys);
        merged.insert(merged.end(), from, to);
        merged.push_back(row);
        from = to;
    }
    merged.insert(merged.end(), from, m_sorted.end());
    m_sorted = std::move(merged);
}

std::vector<int> TableProxy::acceptedInOrder() const
{
    std::vector<int> rows(m_sorted.size());
    const auto end = std::copy_if(m_sorted.begin(), m_sorted.end(), rows.begin(),
        [this](int row) { return (m_state[static_cast<size_t>(row)] & Accepted) != 0; });
    rows.resize(static_cast<size_t>(end - rows.begin()));
    return rows;
}

// From what is visible to `next`, with signals: removals, then one re-ordering if needed, insertions.
void TableProxy::transition(std::vector<int> next)
{
    if (next == m_visible)
        return;
    removeGone(next);
    const size_t kept = m_visible.size();

    std::vector<int> keptInOrder = next;
    if (kept < next.size())
        std::erase_if(keptInOrder, [this](int row) { return m_proxyRow[static_cast<size_t>(row)] < 0; });
    const bool ordered = keptInOrder == m_visible;
    const auto added = kept < next.size()
        ? runsOf(next, [this](int row) { return m_proxyRow[static_cast<size_t>(row)] < 0; })
        : std::vector<std::pair<int, int>>();
    if (added.size() <= maxRuns) {
        if (!ordered)
            permute(std::move(keptInOrder));
        for (const auto& [first, last] : added) {
            beginInsertRows({}, first, last);
            m_visible.insert(m_visible.begin() + first, next.begin() + first, next.begin() + last + 1);
            renumber();
            endInsertRows();
        }
    } else {
        const int first = static_cast<int>(kept);
        const int last = static_cast<int>(next.size()) - 1;
        beginInsertRows({}, first, last);
        std::copy_if(next.begin(), next.end(), std::back_inserter(m_visible),
            [this](int row) { return m_proxyRow[static_cast<size_t>(row)] < 0; });
        renumber();
        endInsertRows();
        permute(std::move(next));
    }
    announceVisible();
}

void TableProxy::removeGone(const std::vector<int>& next)
{
    std::vector<bool> stays(m_state.size());
    for (const int row : next)
        stays[static_cast<size_t>(row)] = true;
    const auto gone = [&](int row) { return !stays[static_cast<size_t>(row)]; };
    auto runs = runsOf(m_visible, gone);
    if (runs.size() > maxRuns) {
        // Those that go to the front, so that a removed current row is followed by the first one that stays.
        std::vector<int> order;
        order.reserve(m_visible.size());
        std::copy_if(m_visible.begin(), m_visible.end(), std::back_inserter(order), gone);
        const int count = static_cast<int>(order.size());
        std::copy_if(next.begin(), next.end(), std::back_inserter(order),
            [this](int row) { return m_proxyRow[static_cast<size_t>(row)] >= 0; });
        permute(std::move(order));
        runs = {{0, count - 1}};
    }
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
        beginRemoveRows({}, run->first, run->second);
        m_visible.erase(m_visible.begin() + run->first, m_visible.begin() + run->second + 1);
        renumber();
        endRemoveRows();
    }
}

// `order` holds the visible rows in another order.
void TableProxy::permute(std::vector<int> order)
{
    Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
    const QModelIndexList from = persistentIndexList();
    std::vector<int> sources;
    sources.reserve(static_cast<size_t>(from.size()));
    for (const QModelIndex& index : from)
        sources.push_back(sourceRow(index.row()));
    m_visible = std::move(order);
    renumber();
    QModelIndexList to;
    to.reserve(from.size());
    for (qsizetype i = 0; i < from.size(); ++i)
        to.append(index(proxyRow(sources[static_cast<size_t>(i)]), from[i].column()));
    changePersistentIndexList(from, to);
    Q_EMIT layoutChanged({}, VerticalSortHint);
}

void TableProxy::renumber()
{
    m_proxyRow.assign(m_state.size(), -1);
    for (size_t i = 0; i < m_visible.size(); ++i)
        m_proxyRow[static_cast<size_t>(m_visible[i])] = static_cast<int>(i);
}

void TableProxy::announceVisible()
{
    const std::pair counts(rowCount(), m_model ? m_model->rowCount() : 0);
    if (!m_applying && counts != std::exchange(m_announced, counts))
        Q_EMIT visibleChanged(counts.first, counts.second);
}

void TableProxy::onAboutToApply(const std::vector<int>& doomed)
{
    m_applying = true;
    m_firstColumn = 0;
    m_lastColumn = -1;
    if (doomed.empty())
        return;
    // They leave while the source still has them.
    for (const int row : doomed)
        m_state[static_cast<size_t>(row)] = Changed;
    std::erase_if(m_sorted, [this](int row) { return (m_state[static_cast<size_t>(row)] & Changed) != 0; });
    transition(acceptedInOrder());
}

void TableProxy::onRowsRemoved(int first, int last)
{
    const int count = last - first + 1;
    m_state.erase(m_state.begin() + first, m_state.begin() + last + 1);
    const auto shift = [=](int& row) { row -= row > last ? count : 0; };
    std::for_each(m_sorted.begin(), m_sorted.end(), shift);
    std::for_each(m_visible.begin(), m_visible.end(), shift);
    m_proxyRow.erase(m_proxyRow.begin() + first, m_proxyRow.begin() + last + 1);
}

void TableProxy::onRowsInserted(int first, int last)
{
    const int count = last - first + 1;
    m_state.insert(m_state.begin() + first, static_cast<size_t>(count), quint8(New));
    const auto shift = [=](int& row) { row += row >= first ? count : 0; };
    std::for_each(m_sorted.begin(), m_sorted.end(), shift);
    std::for_each(m_visible.begin(), m_visible.end(), shift);
    m_proxyRow.insert(m_proxyRow.begin() + first, static_cast<size_t>(count), -1);
}

void TableProxy::onDataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight, const QList<int>& roles)
{
    if (m_applying) {
        for (int row = topLeft.row(); row <= bottomRight.row(); ++row)
            m_state[static_cast<size_t>(row)] |= Changed;
        m_firstColumn = m_lastColumn < 0 ? topLeft.column() : std::min(m_firstColumn, topLeft.column());
        m_lastColumn = std::max(m_lastColumn, bottomRight.column());
        return;
    }
    // Time went on: no row changed its place, but some may have come of the age that the filter asks for.
    if (m_matcher && m_matcher->dependsOnTime()) {
        for (size_t row = 0; row < m_state.size(); ++row)
            m_state[row] = accepts(static_cast<int>(row)) ? Accepted : 0;
        transition(acceptedInOrder());
    }
    if (!m_visible.empty())
        Q_EMIT dataChanged(index(0, topLeft.column()), index(rowCount() - 1, bottomRight.column()), roles);
}

void TableProxy::onApplied()
{
    m_applying = false;
    std::vector<int> changed;
    for (size_t i = 0; i < m_state.size(); ++i) {
        quint8& state = m_state[i];
        if ((state & (Changed | New)) == 0)
            continue;
        const int row = static_cast<int>(i);
        changed.push_back(row);
        state = static_cast<quint8>(accepts(row) ? state | Accepted : state & ~Accepted);
    }
    if (changed.empty())
        return announceVisible();
    mergeChanged(changed);
    std::vector<int> stayed;
    for (const int row : changed) {
        quint8& state = m_state[static_cast<size_t>(row)];
        if ((state & New) == 0 && m_proxyRow[static_cast<size_t>(row)] >= 0)
            stayed.push_back(row);
        state &= Accepted;
    }
    transition(acceptedInOrder());
    announceVisible();
    forwardChanges(stayed);
}

void TableProxy::forwardChanges(const std::vector<int>& changed)
{
    if (m_lastColumn < m_firstColumn)
        return;
    std::vector<int> rows;
    for (const int row : changed) {
        if (const int at = m_proxyRow[static_cast<size_t>(row)]; at >= 0)
            rows.push_back(at);
    }
    std::sort(rows.begin(), rows.end());
    std::vector<std::pair<int, int>> runs;
    for (const int row : rows) {
        if (!runs.empty() && runs.back().second == row - 1)
            runs.back().second = row;
        else
            runs.emplace_back(row, row);
    }
    if (runs.size() > maxChangeSignals)
        runs = {{rows.front(), rows.back()}};
    for (const auto& [first, last] : runs)
        Q_EMIT dataChanged(index(first, m_firstColumn), index(last, m_lastColumn));
}

} // namespace elephaas
