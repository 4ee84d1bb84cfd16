#pragma once

#include "models/ports/operationjournal.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

#include <vector>

namespace elephaas {

// One row per step of an operation: state, target, time, last line. Keeps what is shown, not the output.
class StepModel final : public QAbstractTableModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StepModel)

public:
    enum class Column { State, Target, Time, LastLine };
    static constexpr int columns = 4;
    enum Role { SortRole = Qt::UserRole + 1, StateRole, WarningRole, StepRole };

    explicit StepModel(QObject* parent = nullptr);

    void setSteps(const std::vector<StepRecord>& steps);
    // The steps with these positions changed; sends one signal per run of neighbours.
    void updateSteps(const std::vector<StepRecord>& steps, std::vector<int> changed);
    // The time of running steps moves on.
    void tick(const QDateTime& now);

    // Whether rows are called by what is done: an instance has several of them. Else by their instances.
    bool namesSteps() const { return m_namesSteps; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    static QString lastLineOf(const StepRecord& step);

private:
    struct Row {
        QString target;
        QString lastLine;
        StepState state = StepState::Pending;
        bool warning = false;
        QDateTime started;
        QDateTime ended;
    };
    Row rowOf(const StepRecord& step) const;
    qint64 milliseconds(const Row& row) const; // -1: has not begun

    std::vector<Row> m_rows;
    bool m_namesSteps = false;
    QDateTime m_now;
};

// Sorted by what a person wants to see first, or by a column; optionally problems only.
class StepProxy final : public QSortFilterProxyModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StepProxy)

public:
    explicit StepProxy(QObject* parent = nullptr);
    void setProblemsOnly(bool on);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    bool m_problemsOnly = false;
};

} // namespace elephaas
