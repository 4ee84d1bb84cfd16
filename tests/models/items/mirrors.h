#pragma once

#include "models/items/roles.h"

#include "models/domain/observation.h"

#include <QAbstractItemModel>
#include <QHash>
#include <QRegularExpression>
#include <QStringList>

namespace elephaas {

inline QString cellText(const QModelIndex& index)
{
    QStringList parts;
    for (const int role : {int(Qt::DisplayRole), int(Qt::ToolTipRole), int(Qt::AccessibleTextRole)})
        parts << index.data(role).toString();
    parts << QString::number(static_cast<int>(index.data(FreshnessRole).value<Freshness>()))
          << QString::number(static_cast<int>(index.data(HealthRole).value<Health>()))
          << QString::number(static_cast<int>(index.data(LivenessRole).value<Liveness>())) << index.data(ConflictRole).toString()
          << index.data(IdRole).toString() << index.data(CountRole).toString();
    // Ages within sentences are read when somebody asks, not announced.
    static const QRegularExpression age(QStringLiteral("seen \\S+ \\S+ ago"));
    QString text = parts.join(u'|');
    return text.contains(QStringLiteral("seen ")) ? text.remove(age) : text;
}

// What a view knows that looks only where a flat model says that something happened.
class TableMirror final : public QObject {
public:
    explicit TableMirror(QAbstractItemModel& model)
        : m_model(model)
    {
        connect(&model, &QAbstractItemModel::modelReset, this, [this] { readAll(); });
        connect(&model, &QAbstractItemModel::layoutChanged, this, [this] { readAll(); });
        connect(&model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex&, int first, int last) {
            for (int row = first; row <= last; ++row)
                m_rows.insert(m_rows.begin() + row, readRow(row));
        });
        connect(&model, &QAbstractItemModel::rowsRemoved, this, [this](const QModelIndex&, int first, int last) {
            m_rows.erase(m_rows.begin() + first, m_rows.begin() + last + 1);
        });
        connect(&model, &QAbstractItemModel::dataChanged, this, [this](const QModelIndex& from, const QModelIndex& to) {
            for (int row = from.row(); row <= to.row(); ++row) {
                for (int column = from.column(); column <= to.column(); ++column)
                    m_rows[static_cast<size_t>(row)][column] = cellText(m_model.index(row, column));
            }
        });
        readAll();
    }
    // "" when the mirror shows what the model holds.
    QString mismatch() const
    {
        if (static_cast<int>(m_rows.size()) != m_model.rowCount())
            return QStringLiteral("%1 rows, model has %2").arg(m_rows.size()).arg(m_model.rowCount());
        for (int row = 0; row < m_model.rowCount(); ++row) {
            const QStringList now = readRow(row);
            for (int column = 0; column < now.size(); ++column) {
                if (now[column] != m_rows[static_cast<size_t>(row)][column])
                    return QStringLiteral("row %1 column %2: %3 is now %4").arg(row).arg(column).arg(m_rows[static_cast<size_t>(row)][column], now[column]);
            }
        }
        return {};
    }

private:
    QStringList readRow(int row) const
    {
        QStringList cells;
        for (int column = 0; column < m_model.columnCount(); ++column)
            cells << cellText(m_model.index(row, column));
        return cells;
    }
    void readAll()
    {
        m_rows.clear();
        for (int row = 0; row < m_model.rowCount(); ++row)
            m_rows.push_back(readRow(row));
    }

    QAbstractItemModel& m_model;
    std::vector<QStringList> m_rows;
};

// The same for a tree: cells by what they belong to.
class TreeMirror final : public QObject {
public:
    explicit TreeMirror(QAbstractItemModel& model)
        : m_model(model)
    {
        connect(&model, &QAbstractItemModel::modelReset, this, [this] { readAll(); });
        connect(&model, &QAbstractItemModel::layoutChanged, this, [this] { readAll(); });
        connect(&model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex& parent, int first, int last) {
            for (int row = first; row <= last; ++row)
                read(m_model.index(row, 0, parent));
        });
        connect(&model, &QAbstractItemModel::dataChanged, this, [this](const QModelIndex& from, const QModelIndex& to) {
            for (int row = from.row(); row <= to.row(); ++row)
                m_cells[key(from.siblingAtRow(row))] = texts(from.siblingAtRow(row));
        });
        readAll();
    }
    QString mismatch(const QModelIndex& parent = {}) const
    {
        for (int row = 0; row < m_model.rowCount(parent); ++row) {
            const QModelIndex index = m_model.index(row, 0, parent);
            if (m_cells.value(key(index)) != texts(index))
                return QStringLiteral("%1 is now %2").arg(m_cells.value(key(index)), texts(index));
            if (const QString below = mismatch(index); !below.isEmpty())
                return below;
        }
        return {};
    }

private:
    static QString key(const QModelIndex& index)
    {
        return QStringLiteral("%1/%2").arg(static_cast<int>(index.data(KindRole).value<ItemKind>())).arg(index.data(IdRole).toLongLong());
    }
    static QString texts(const QModelIndex& index)
    {
        QStringList cells;
        for (int column = 0; column < index.model()->columnCount(); ++column)
            cells << cellText(index.siblingAtColumn(column));
        return cells.join(u'#');
    }
    void read(const QModelIndex& index)
    {
        m_cells[key(index)] = texts(index);
        for (int row = 0; row < m_model.rowCount(index); ++row)
            read(m_model.index(row, 0, index));
    }
    void readAll()
    {
        m_cells.clear();
        for (int row = 0; row < m_model.rowCount(); ++row)
            read(m_model.index(row, 0));
    }

    QAbstractItemModel& m_model;
    QHash<QString, QString> m_cells;
};

// A tree as indented text: "name [detail] state".
inline QString treeText(const QAbstractItemModel& model, const QModelIndex& parent = {}, int depth = 0)
{
    QString text;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        text += QString(depth * 2, u' ') + index.data().toString() + QStringLiteral(" [") + index.siblingAtColumn(1).data().toString()
            + QStringLiteral("] ") + index.siblingAtColumn(2).data().toString() + u'\n';
        text += treeText(model, index, depth + 1);
    }
    return text;
}

} // namespace elephaas
