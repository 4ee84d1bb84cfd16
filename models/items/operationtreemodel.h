#pragma once

#include "models/ports/clock.h"
#include "models/ports/operationjournal.h"

#include <QAbstractItemModel>

#include <memory>
#include <span>
#include <vector>

namespace elephaas {

// Operations, newest first, with their steps below them. Follows what runs; never resets. GUI thread.
class OperationTreeModel final : public QAbstractItemModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OperationTreeModel)

public:
    enum class Column { Title, State, Progress, Duration, Started, Operator, Message };
    static constexpr int columns = static_cast<int>(Column::Message) + 1;

    enum Role {
        OperationIdRole = Qt::UserRole + 100, // QUuid
        StepNumberRole, // int; -1 for an operation
        OperationStateRole, // OperationState; invalid for a step
        StepStateRole, // StepState; invalid for an operation
        DoneStepsRole, // int, ended in whatever way; invalid for a step
        TotalStepsRole,
        FailedStepsRole, // failed or indeterminate
        StepWarningRole, // bool: ended well, but somebody should look; invalid for an operation
    };

    explicit OperationTreeModel(std::shared_ptr<const Clock> clock, QObject* parent = nullptr);

    // A new operation, or the present state of a known one.
    void put(const OperationRecord& record);
    // From the journal: those that are not known yet; they have no steps to show before fetchSteps().
    void putHistory(std::span<const OperationRecord> records);
    // Nothing happens when operation or step is not known.
    void updateStep(const QUuid& operation, const StepRecord& step);
    // Once a second: durations of what runs.
    void tick();

    // nullptr when it is not known. Valid until the next change of the model.
    const OperationRecord* record(const QUuid& operation) const;
    const OperationRecord* recordAt(const QModelIndex& index) const; // of the operation the index belongs to
    const StepRecord* stepAt(const QModelIndex& index) const; // nullptr for an operation
    QModelIndex indexOf(const QUuid& operation) const;
    int runningCount() const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Entry {
        quintptr key = 0; // from 1; what the steps' indexes carry
        OperationRecord record;
        int done = 0;
        int failed = 0;
    };
    int rowOf(const QUuid& operation) const;
    int rowOfKey(quintptr key) const;
    static void count(Entry& entry);
    void replace(int row, const OperationRecord& record);
    QVariant operationData(const Entry& entry, Column column, int role) const;
    QVariant stepData(const Entry& entry, const StepRecord& step, Column column, int role) const;
    QString operationText(const Entry& entry, Column column) const;
    QString stepText(const StepRecord& step, Column column) const;
    QString duration(const QDateTime& started, const QDateTime& ended) const;

    std::shared_ptr<const Clock> m_clock;
    std::vector<Entry> m_entries;
    quintptr m_nextKey = 1;
};

QString operationStateText(OperationState state);
QString stepStateText(StepState state);
// "0.8 s", "12 s", "3 min 5 s".
QString durationText(qint64 milliseconds);

} // namespace elephaas
