#include "dialogs/operation/stepmodel.h"

#include "dialogs/parts/operationwords.h"
#include "dialogs/parts/plainlabel.h"
#include "models/domain/visibletext.h"

#include <QApplication>

#include <algorithm>
#include <set>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// Keeps a right-aligned column off the left-aligned one beside it.
const QString gap(2, QChar(0x2002));

// What wants attention comes first.
int rankOf(StepState state)
{
    switch (state) {
    case StepState::Failed:
        return 0;
    case StepState::Indeterminate:
        return 1;
    case StepState::Running:
        return 2;
    case StepState::Skipped:
        return 3;
    case StepState::Cancelled:
        return 4;
    case StepState::Pending:
        return 5;
    case StepState::Succeeded:
        return 6;
    }
    Q_UNREACHABLE();
}

} // namespace

StepModel::StepModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

QString StepModel::lastLineOf(const StepRecord& step)
{
    if (!step.message.isEmpty())
        return inOneLine(step.message, 400);
    // The output's last line that is not blank, from its end: it may be long and grow fast.
    const QByteArrayView tail = QByteArrayView(step.output).last(std::min<qsizetype>(step.output.size(), 2000));
    const QString text = visibleText(tail).trimmed();
    return inOneLine(text.mid(text.lastIndexOf(u'\n') + 1), 400);
}

StepModel::Row StepModel::rowOf(const StepRecord& step) const
{
    return {inOneLine(m_namesSteps || step.target.isEmpty() ? step.title : step.target, 200), lastLineOf(step), step.state, step.warning, step.started, step.ended};
}

void StepModel::setSteps(const std::vector<StepRecord>& steps)
{
    std::set<QString> targets;
    for (const StepRecord& step : steps)
        targets.insert(step.target);
    beginResetModel();
    m_namesSteps = targets.size() < steps.size();
    m_rows.clear();
    m_rows.reserve(steps.size());
    for (const StepRecord& step : steps)
        m_rows.push_back(rowOf(step));
    endResetModel();
}

void StepModel::updateSteps(const std::vector<StepRecord>& steps, std::vector<int> changed)
{
    if (steps.size() != m_rows.size()) {
        setSteps(steps);
        return;
    }
    std::sort(changed.begin(), changed.end());
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    std::erase_if(changed, [this](int row) { return row < 0 || row >= rowCount(); });
    for (const int row : changed)
        m_rows[static_cast<size_t>(row)] = rowOf(steps[static_cast<size_t>(row)]);
    for (size_t from = 0; from < changed.size();) {
        size_t to = from;
        while (to + 1 < changed.size() && changed[to + 1] == changed[to] + 1)
            ++to;
        Q_EMIT dataChanged(index(changed[from], 0), index(changed[to], columns - 1));
        from = to + 1;
    }
}

void StepModel::tick(const QDateTime& now)
{
    m_now = now;
    constexpr int time = static_cast<int>(Column::Time);
    for (int row = 0; row < rowCount(); ++row) {
        if (m_rows[static_cast<size_t>(row)].state == StepState::Running)
            Q_EMIT dataChanged(index(row, time), index(row, time), {Qt::DisplayRole});
    }
}

int StepModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
int StepModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : columns; }

qint64 StepModel::milliseconds(const Row& row) const
{
    if (!row.started.isValid())
        return -1;
    const QDateTime end = row.ended.isValid() ? row.ended : m_now;
    return end.isValid() ? std::max<qint64>(0, row.started.msecsTo(end)) : 0;
}

QVariant StepModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Row& row = m_rows[static_cast<size_t>(index.row())];
    const auto column = static_cast<Column>(index.column());
    if (role == StateRole)
        return static_cast<int>(row.state);
    if (role == WarningRole)
        return row.warning;
    if (role == StepRole)
        return index.row();
    if (role == Qt::AccessibleDescriptionRole && column == Column::Target)
        return u"%1, %2"_s.arg(nameOf(row.state, row.warning), row.lastLine);
    switch (column) {
    case Column::State:
        if (role == Qt::DisplayRole)
            return nameOf(row.state, row.warning);
        if (role == Qt::DecorationRole)
            return markIcon(markOf(row.state, row.warning), QApplication::palette());
        if (role == SortRole)
            return row.state == StepState::Succeeded && row.warning ? rankOf(StepState::Skipped) : rankOf(row.state);
        break;
    case Column::Target:
        if (role == Qt::DisplayRole || role == SortRole)
            return row.target;
        break;
    case Column::Time:
        if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole) {
            const qint64 ms = milliseconds(row);
            return ms < 0 ? QString() : QString(durationText(std::chrono::milliseconds(ms)) + (role == Qt::DisplayRole ? gap : QString()));
        }
        if (role == Qt::TextAlignmentRole)
            return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
        if (role == SortRole)
            return milliseconds(row);
        break;
    case Column::LastLine:
        if (role == Qt::DisplayRole || role == SortRole)
            return row.lastLine;
        if (role == Qt::ToolTipRole)
            return row.lastLine.toHtmlEscaped();
        break;
    }
    return {};
}

QVariant StepModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    const auto column = static_cast<Column>(section);
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>((column == Column::Time ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
        return {};
    switch (column) {
    case Column::State:
        return tr("State");
    case Column::Target:
        return m_namesSteps ? tr("Step") : tr("Instance");
    case Column::Time:
        return role == Qt::DisplayRole ? QString(tr("Time") + gap) : tr("Time");
    case Column::LastLine:
        //: the last line of what a remote command wrote, or the result in one line
        return tr("Last line");
    }
    return {};
}

StepProxy::StepProxy(QObject* parent)
    : QSortFilterProxyModel(parent)
{
    setSortRole(StepModel::SortRole);
    setDynamicSortFilter(true);
}

void StepProxy::setProblemsOnly(bool on)
{
    m_problemsOnly = on;
    invalidateFilter();
}

bool StepProxy::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    if (!m_problemsOnly)
        return true;
    const QModelIndex index = sourceModel()->index(row, 0, parent);
    const auto state = static_cast<StepState>(index.data(StepModel::StateRole).toInt());
    return isProblem(state) || state == StepState::Skipped || index.data(StepModel::WarningRole).toBool();
}

bool StepProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const QVariant a = left.data(StepModel::SortRole);
    const QVariant b = right.data(StepModel::SortRole);
    if (a == b) // a steady order: as in the plan
        return sortOrder() == Qt::AscendingOrder ? left.row() < right.row() : left.row() > right.row();
    if (a.typeId() == QMetaType::QString)
        return a.toString().compare(b.toString(), Qt::CaseInsensitive) < 0;
    return a.toLongLong() < b.toLongLong();
}

} // namespace elephaas
