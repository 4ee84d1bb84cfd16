#pragma once

#include "models/ports/clock.h"
#include "models/ports/operationjournal.h"

#include <QWidget>

#include <memory>
#include <vector>

class QCheckBox;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QTreeView;

namespace elephaas {

class MessageStrip;
class StepModel;
class StepProxy;

// One operation: bar, elapsed time, counts, a row per step, the chosen step's output on demand. Shows whatever record it is given;
// knows no service, so that it also shows operations of the past.
class OperationView final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OperationView)

public:
    explicit OperationView(std::shared_ptr<const Clock> clock, QWidget* parent = nullptr);

    // All of it. The record is copied; outputs are shared.
    void setRecord(const OperationRecord& record);
    // The same record, these steps changed.
    void update(const OperationRecord& record, const std::vector<int>& changedSteps);
    void setCancelling();
    void tick();

    QString report() const;
    const OperationRecord& record() const { return m_record; }
    bool isFinished() const { return m_finished; }
    bool countsDown() const { return !oldAnswersText().isEmpty(); } // also after the end: then it wants to tick on
    bool namesSteps() const; // a row is a step, not an instance

protected:
    void changeEvent(QEvent* event) override;

private:
    void build();
    void showTotals(const OperationRecord& record);
    void showElapsed();
    void showOutage();
    QString outageText() const; // "" where none is known
    QString oldAnswersText() const; // "" where none can be left
    void showSummary(const OperationRecord& record);
    void showOutput();
    int chosenStep() const;

    std::shared_ptr<const Clock> m_clock;
    OperationRecord m_record; // the latest; its outputs are shared with the service's
    StepModel* m_model;
    StepProxy* m_proxy;
    QLabel* m_by;
    QProgressBar* m_bar;
    QLabel* m_counts;
    QLabel* m_elapsed;
    QLabel* m_outage;
    QLabel* m_oldAnswers;
    QCheckBox* m_problemsOnly;
    QCheckBox* m_showOutput;
    QTreeView* m_table;
    QPlainTextEdit* m_output;
    MessageStrip* m_summary;
    bool m_finished = false;
    bool m_cancelling = false;
    bool m_userChose = false; // a row: then nothing else chooses for him
    QString m_shownOutput;
};

} // namespace elephaas
