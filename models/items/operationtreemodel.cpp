#include "models/items/operationtreemodel.h"

#include "models/items/cells.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString translated(const char* text, const char* note = nullptr, int n = -1)
{
    return QCoreApplication::translate("elephaas::OperationTreeModel", text, note, n);
}

} // namespace


QString operationStateText(OperationState state)
{
    switch (state) {
    case OperationState::Running:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "running"));
    case OperationState::Succeeded:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "succeeded"));
    case OperationState::Warning:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "ended with warnings"));
    case OperationState::Failed:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "failed"));
    case OperationState::Cancelled:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "cancelled"));
    case OperationState::Indeterminate:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "outcome unknown"));
    }
    Q_UNREACHABLE();
}

QString stepStateText(StepState state)
{
    switch (state) {
    case StepState::Pending:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "waiting"));
    case StepState::Running:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "running"));
    case StepState::Succeeded:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "succeeded"));
    case StepState::Skipped:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "skipped"));
    case StepState::Failed:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "failed"));
    case StepState::Cancelled:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "cancelled"));
    case StepState::Indeterminate:
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "outcome unknown"));
    }
    Q_UNREACHABLE();
}

QString durationText(qint64 milliseconds)
{
    const qint64 ms = std::max<qint64>(0, milliseconds);
    if (ms < 10000)
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "%1 s")).arg(QLocale().toString(double(ms) / 1000, 'f', 1));
    const qint64 seconds = ms / 1000;
    if (seconds < 60)
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "%1 s")).arg(seconds);
    if (seconds < 3600)
        return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "%1 min %2 s")).arg(seconds / 60).arg(seconds % 60);
    return translated(QT_TRANSLATE_NOOP("elephaas::OperationTreeModel", "%1 h %2 min")).arg(seconds / 3600).arg(seconds / 60 % 60);
}

OperationTreeModel::OperationTreeModel(std::shared_ptr<const Clock> clock, QObject* parent)
    : QAbstractItemModel(parent)
    , m_clock(std::move(clock))
{
}

void OperationTreeModel::count(Entry& entry)
{
    entry.done = 0;
    entry.failed = 0;
    for (const StepRecord& step : entry.record.steps) {
        entry.done += hasEnded(step.state) ? 1 : 0;
        entry.failed += step.state == StepState::Failed || step.state == StepState::Indeterminate ? 1 : 0;
    }
}

int OperationTreeModel::rowOf(const QUuid& operation) const
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& e) { return e.record.id == operation; });
    return found == m_entries.end() ? -1 : static_cast<int>(found - m_entries.begin());
}

int OperationTreeModel::rowOfKey(quintptr key) const
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [key](const Entry& e) { return e.key == key; });
    return found == m_entries.end() ? -1 : static_cast<int>(found - m_entries.begin());
}

void OperationTreeModel::put(const OperationRecord& record)
{
    const int known = rowOf(record.id);
    if (known >= 0)
        return replace(known, record);
    const auto place = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& e) { return e.record.started <= record.started; });
    const int row = static_cast<int>(place - m_entries.begin());
    beginInsertRows({}, row, row);
    Entry entry{.key = m_nextKey++, .record = record};
    count(entry);
    m_entries.insert(place, std::move(entry));
    endInsertRows();
}

void OperationTreeModel::replace(int row, const OperationRecord& record)
{
    Entry& entry = m_entries[static_cast<size_t>(row)];
    const QModelIndex parent = index(row, 0);
    const int before = static_cast<int>(entry.record.steps.size());
    const int after = static_cast<int>(record.steps.size());
    if (after > before) {
        beginInsertRows(parent, before, after - 1);
        entry.record = record;
        endInsertRows();
    } else if (after < before) {
        beginRemoveRows(parent, after, before - 1);
        entry.record = record;
        endRemoveRows();
    } else {
        entry.record = record;
    }
    count(entry);
    Q_EMIT dataChanged(parent, index(row, columns - 1));
    if (const int kept = std::min(before, after); kept > 0)
        Q_EMIT dataChanged(index(0, 0, parent), index(kept - 1, columns - 1, parent));
}

void OperationTreeModel::putHistory(std::span<const OperationRecord> records)
{
    for (const OperationRecord& record : records) {
        if (rowOf(record.id) < 0)
            put(record);
    }
}

void OperationTreeModel::updateStep(const QUuid& operation, const StepRecord& step)
{
    const int row = rowOf(operation);
    if (row < 0)
        return;
    Entry& entry = m_entries[static_cast<size_t>(row)];
    if (step.number < 0 || step.number >= static_cast<int>(entry.record.steps.size()))
        return;
    StepRecord& known = entry.record.steps[static_cast<size_t>(step.number)];
    const bool counts = known.state != step.state;
    const bool says = known.message != step.message;
    known = step;
    const QModelIndex parent = index(row, 0);
    Q_EMIT dataChanged(index(step.number, 0, parent), index(step.number, columns - 1, parent));
    if (counts) {
        count(entry);
        Q_EMIT dataChanged(parent, index(row, columns - 1));
    } else if (says) {
        const QModelIndex message = index(row, static_cast<int>(Column::Message));
        Q_EMIT dataChanged(message, message);
    }
}

void OperationTreeModel::tick()
{
    const int column = static_cast<int>(Column::Duration);
    for (int row = 0; row < rowCount(); ++row) {
        const Entry& entry = m_entries[static_cast<size_t>(row)];
        if (entry.record.state != OperationState::Running)
            continue;
        const QModelIndex parent = index(row, 0);
        Q_EMIT dataChanged(index(row, column), index(row, column), {Qt::DisplayRole});
        if (const int steps = rowCount(parent); steps > 0)
            Q_EMIT dataChanged(index(0, column, parent), index(steps - 1, column, parent), {Qt::DisplayRole});
    }
}

const OperationRecord* OperationTreeModel::record(const QUuid& operation) const
{
    const int row = rowOf(operation);
    return row < 0 ? nullptr : &m_entries[static_cast<size_t>(row)].record;
}

const OperationRecord* OperationTreeModel::recordAt(const QModelIndex& index) const
{
    if (!index.isValid())
        return nullptr;
    const int row = index.internalId() ? rowOfKey(index.internalId()) : index.row();
    return row < 0 || row >= rowCount() ? nullptr : &m_entries[static_cast<size_t>(row)].record;
}

const StepRecord* OperationTreeModel::stepAt(const QModelIndex& index) const
{
    const OperationRecord* operation = recordAt(index);
    if (!operation || !index.internalId() || index.row() >= static_cast<int>(operation->steps.size()))
        return nullptr;
    return &operation->steps[static_cast<size_t>(index.row())];
}

QModelIndex OperationTreeModel::indexOf(const QUuid& operation) const
{
    const int row = rowOf(operation);
    return row < 0 ? QModelIndex() : index(row, 0);
}

int OperationTreeModel::runningCount() const
{
    return static_cast<int>(std::count_if(
        m_entries.begin(), m_entries.end(), [](const Entry& e) { return e.record.state == OperationState::Running; }));
}

QModelIndex OperationTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (row < 0 || column < 0 || column >= columns || row >= rowCount(parent))
        return {};
    return createIndex(row, column, parent.isValid() ? m_entries[static_cast<size_t>(parent.row())].key : quintptr(0));
}

QModelIndex OperationTreeModel::parent(const QModelIndex& child) const
{
    if (!child.isValid() || child.internalId() == 0)
        return {};
    const int row = rowOfKey(child.internalId());
    return row < 0 ? QModelIndex() : createIndex(row, 0, quintptr(0));
}

int OperationTreeModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_entries.size());
    if (parent.internalId() != 0 || parent.column() != 0 || parent.row() >= static_cast<int>(m_entries.size()))
        return 0;
    return static_cast<int>(m_entries[static_cast<size_t>(parent.row())].record.steps.size());
}

int OperationTreeModel::columnCount(const QModelIndex& /*parent*/) const { return columns; }

QString OperationTreeModel::duration(const QDateTime& started, const QDateTime& ended) const
{
    if (!started.isValid())
        return {};
    return durationText(started.msecsTo(ended.isValid() ? ended : m_clock->now()));
}

QString OperationTreeModel::operationText(const Entry& entry, Column column) const
{
    const OperationRecord& operation = entry.record;
    switch (column) {
    case Column::Title:
        return operation.title;
    case Column::State:
        return operationStateText(operation.state);
    case Column::Progress: {
        if (operation.steps.empty())
            return {};
        QString text = tr("%1 of %2", "steps done, steps").arg(entry.done).arg(operation.steps.size());
        if (entry.failed > 0)
            text += tr(", %n failed", "steps", entry.failed);
        return text;
    }
    case Column::Duration:
        // Without an end, only what runs has a duration: of an interrupted one nobody knows.
        return operation.ended.isValid() || operation.state == OperationState::Running ? duration(operation.started, operation.ended)
                                                                                         : unknownText();
    case Column::Started:
        return operation.started.isValid() ? QLocale().toString(operation.started.toLocalTime(), QLocale::ShortFormat) : unknownText();
    case Column::Operator:
        return operation.clientHost.isEmpty() ? operation.operatorName
                                              : tr("%1 on %2", "user, computer").arg(operation.operatorName, operation.clientHost);
    case Column::Message: {
        // What failed says most, then the word on the whole.
        for (const StepRecord& step : operation.steps) {
            const bool bad = step.state == StepState::Failed || step.state == StepState::Indeterminate;
            if (bad && !step.message.isEmpty())
                return step.target.isEmpty() ? step.message : tr("%1: %2", "target, message").arg(step.target, step.message);
        }
        // How far a copy is, say. Of several at once none speaks for all.
        const auto runs = [](const StepRecord& step) { return step.state == StepState::Running; };
        const auto running = std::ranges::find_if(operation.steps, runs);
        if (operation.state == OperationState::Running && running != operation.steps.end() && !running->message.isEmpty()
            && std::find_if(running + 1, operation.steps.end(), runs) == operation.steps.end())
            return running->message;
        return operation.message.isEmpty() ? operation.reason : operation.message;
    }
    }
    Q_UNREACHABLE();
}

QString OperationTreeModel::stepText(const StepRecord& step, Column column) const
{
    switch (column) {
    case Column::Title:
        return step.title;
    case Column::State:
        return stepStateText(step.state);
    case Column::Progress:
    case Column::Operator:
        return {};
    case Column::Duration:
        return step.ended.isValid() || step.state == StepState::Running ? duration(step.started, step.ended) : QString();
    case Column::Started:
        return step.started.isValid() ? QLocale().toString(step.started.toLocalTime().time(), QLocale::LongFormat) : QString();
    case Column::Message:
        return step.message;
    }
    Q_UNREACHABLE();
}

QVariant OperationTreeModel::operationData(const Entry& entry, Column column, int role) const
{
    switch (role) {
    case OperationIdRole:
        return QVariant::fromValue(entry.record.id);
    case StepNumberRole:
        return -1;
    case OperationStateRole:
        return QVariant::fromValue(entry.record.state);
    case DoneStepsRole:
        return entry.done;
    case TotalStepsRole:
        return static_cast<int>(entry.record.steps.size());
    case FailedStepsRole:
        return entry.failed;
    case SortRole:
        return column == Column::Started ? QVariant(entry.record.started) : QVariant(operationText(entry, column));
    default:
        return {};
    }
}

QVariant OperationTreeModel::stepData(const Entry& entry, const StepRecord& step, Column column, int role) const
{
    switch (role) {
    case OperationIdRole:
        return QVariant::fromValue(entry.record.id);
    case StepNumberRole:
        return step.number;
    case StepStateRole:
        return QVariant::fromValue(step.state);
    case StepWarningRole:
        return step.warning;
    case SortRole:
        return stepText(step, column);
    default:
        return {};
    }
}

QVariant OperationTreeModel::data(const QModelIndex& index, int role) const
{
    const int row = !index.isValid() ? -1 : (index.internalId() ? rowOfKey(index.internalId()) : index.row());
    if (row < 0 || row >= rowCount())
        return {};
    const Entry& entry = m_entries[static_cast<size_t>(row)];
    const StepRecord* step = stepAt(index);
    const auto column = static_cast<Column>(index.column());
    const QString text = step ? stepText(*step, column) : operationText(entry, column);
    if (role == Qt::DisplayRole)
        return text;
    if (role == Qt::ToolTipRole)
        return plainToolTip(text);
    if (role == Qt::AccessibleTextRole)
        return cellSentence(headerData(index.column(), Qt::Horizontal).toString(), text);
    if (role == Qt::TextAlignmentRole && column == Column::Duration)
        return alignRight();
    return step ? stepData(entry, *step, column, role) : operationData(entry, column, role);
}

QVariant OperationTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columns)
        return {};
    const auto column = static_cast<Column>(section);
    if (role == Qt::TextAlignmentRole && column == Column::Duration)
        return alignRight();
    if (role != Qt::DisplayRole)
        return {};
    switch (column) {
    case Column::Title:
        return tr("Operation");
    case Column::State:
        return tr("State");
    case Column::Progress:
        return tr("Progress");
    case Column::Duration:
        return tr("Time", "how long it took");
    case Column::Started:
        return tr("Started");
    case Column::Operator:
        return tr("By", "who started the operation");
    case Column::Message:
        return tr("Result");
    }
    Q_UNREACHABLE();
}

} // namespace elephaas
