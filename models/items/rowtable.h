#pragma once

#include "models/items/itemtablemodel.h"

#include <algorithm>

namespace elephaas {

// Columns from first to last; empty when nothing changed.
struct ColumnSpan {
    int first = 0;
    int last = -1;

    bool isEmpty() const { return last < first; }
    void addAll(int columns)
    {
        first = 0;
        last = columns - 1;
    }
    void add(int column)
    {
        first = isEmpty() ? column : std::min(first, column);
        last = std::max(last, column);
    }
    void add(ColumnSpan other)
    {
        if (other.isEmpty())
            return;
        add(other.first);
        add(other.last);
    }
};

// The merge that all flat tables share: rows are values with a member `id`, ascending, and one per wanted key.
template <class Row, class Key>
class RowTable : public ItemTableModel {
public:
    int rowCount(const QModelIndex& parent = {}) const final
    {
        return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
    }
    qint64 idAt(int row) const final { return rowAt(row).id.value; }
    int rowOf(qint64 id) const final
    {
        const auto it = find(Key(id));
        return it == m_rows.end() ? -1 : static_cast<int>(it - m_rows.begin());
    }
    const Row& rowAt(int row) const { return m_rows[static_cast<size_t>(row)]; }

protected:
    using ItemTableModel::ItemTableModel;

    const std::vector<Row>& rows() const { return m_rows; }

    virtual ColumnSpan changedColumns(const Row& before, const Row& after) const = 0;

    // Makes the rows those of `wanted` (ascending). Rows that stay are made anew when in `touched` (ascending; null: all)
    // and announced when they differ. `make(key)` sees the new snapshot.
    template <class Make>
    void merge(const InventoryPtr& snapshot, const std::vector<Key>& wanted, const std::vector<Key>* touched, Make make)
    {
        const std::vector<int> doomed = rowsMissingIn(wanted);
        const size_t kept = m_rows.size() - doomed.size();
        const size_t larger = std::max(m_rows.size(), wanted.size());
        if (m_rows.empty() || (larger > fewRows && kept * 2 < larger)) {
            resetTo(snapshot, wanted, make);
        } else {
            beginApply(doomed);
            removeRuns(doomed);
            takeSnapshot(snapshot);
            replace(touched ? *touched : keys(), make);
            insertMissing(wanted, make);
            endApply();
        }
        Q_ASSERT(std::equal(m_rows.begin(), m_rows.end(), wanted.begin(), wanted.end(),
            [](const Row& row, Key key) { return row.id == key; }));
    }

    // Makes every row anew from the present snapshot.
    template <class Make>
    void remake(Make make)
    {
        beginApply({});
        replace(keys(), make);
        endApply();
    }

private:
    auto find(Key key) const
    {
        const auto it = std::lower_bound(
            m_rows.begin(), m_rows.end(), key, [](const Row& row, Key wanted) { return row.id < wanted; });
        return it != m_rows.end() && it->id == key ? it : m_rows.end();
    }

    std::vector<Key> keys() const
    {
        std::vector<Key> all;
        all.reserve(m_rows.size());
        for (const Row& row : m_rows)
            all.push_back(row.id);
        return all;
    }

    std::vector<int> rowsMissingIn(const std::vector<Key>& wanted) const
    {
        std::vector<int> missing;
        auto next = wanted.begin();
        for (size_t row = 0; row < m_rows.size(); ++row) {
            while (next != wanted.end() && *next < m_rows[row].id)
                ++next;
            if (next == wanted.end() || *next != m_rows[row].id)
                missing.push_back(static_cast<int>(row));
        }
        return missing;
    }

    template <class Make>
    void resetTo(const InventoryPtr& snapshot, const std::vector<Key>& wanted, Make make)
    {
        beginApply({});
        const bool visible = !m_rows.empty() || !wanted.empty();
        if (visible)
            beginResetModel();
        takeSnapshot(snapshot);
        m_rows.clear();
        m_rows.reserve(wanted.size());
        for (const Key key : wanted)
            m_rows.push_back(make(key));
        foldedReset(rowCount());
        if (visible)
            endResetModel();
        endApply();
    }

    void removeRuns(const std::vector<int>& doomed)
    {
        for (auto end = doomed.end(); end != doomed.begin();) {
            auto begin = end - 1;
            while (begin != doomed.begin() && *(begin - 1) == *begin - 1)
                --begin;
            const int first = *begin;
            const int last = *(end - 1);
            beginRemoveRows({}, first, last);
            m_rows.erase(m_rows.begin() + first, m_rows.begin() + last + 1);
            foldedRemoved(first, last - first + 1);
            endRemoveRows();
            end = begin;
        }
    }

    template <class Make>
    void replace(const std::vector<Key>& touched, Make make)
    {
        // All rows first, then the signals: a listener never meets a half-applied snapshot.
        std::vector<std::pair<int, ColumnSpan>> changed;
        for (const Key key : touched) {
            const auto it = find(key);
            if (it == m_rows.end())
                continue;
            const int row = static_cast<int>(it - m_rows.begin());
            if (Row fresh = make(key); fresh != *it) {
                changed.emplace_back(row, changedColumns(*it, fresh));
                m_rows[static_cast<size_t>(row)] = std::move(fresh);
                foldedStale(row);
            }
        }
        for (auto run = changed.begin(); run != changed.end();) {
            auto end = run;
            ColumnSpan span;
            while (end != changed.end() && end->first - run->first == end - run) {
                span.add(end->second);
                ++end;
            }
            if (!span.isEmpty())
                Q_EMIT dataChanged(index(run->first, span.first), index((end - 1)->first, span.last));
            run = end;
        }
    }

    template <class Make>
    void insertMissing(const std::vector<Key>& wanted, Make make)
    {
        size_t row = 0;
        for (size_t next = 0; next < wanted.size();) {
            if (row < m_rows.size() && m_rows[row].id == wanted[next]) {
                ++row;
                ++next;
                continue;
            }
            size_t end = next;
            std::vector<Row> run;
            while (end < wanted.size() && (row == m_rows.size() || wanted[end] < m_rows[row].id))
                run.push_back(make(wanted[end++]));
            const int first = static_cast<int>(row);
            const int count = static_cast<int>(run.size());
            beginInsertRows({}, first, first + count - 1);
            m_rows.insert(m_rows.begin() + first, std::make_move_iterator(run.begin()), std::make_move_iterator(run.end()));
            foldedInserted(first, count);
            endInsertRows();
            row += run.size();
            next = end;
        }
    }

    static constexpr size_t fewRows = 500; // merged in any case

    std::vector<Row> m_rows;
};

} // namespace elephaas
