#pragma once

#include "models/services/operationservice.h"

#include <QDialog>

#include <map>
#include <vector>

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QTreeWidget;

namespace elephaas {

class MessageStrip;

// Operations that a console left open when it ended: what was recorded of each step, and what holds now, looked at on the hosts. A person
// decides: go on, take back, or mark as handled. Going on and taking back are plans, to be reviewed like any other. Opened with show();
// deletes itself, also when nothing is left to decide.
class UnfinishedDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(UnfinishedDialog)

public:
    UnfinishedDialog(OperationService& operations, std::vector<OperationRecord> records, QWidget* parent = nullptr,
        std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>());

    void choose(const QUuid& operation);

Q_SIGNALS:
    // To be planned from what holds now, and reviewed.
    void wayChosen(const elephaas::OperationRecord& record, elephaas::Way way);

private:
    void build();
    QWidget* makeDecision();
    void showChosen();
    void showSteps();
    void showStep(int step);
    void showWays();
    void look();
    void take(const QUuid& operation, const StepInspection& seen);
    void askForWays();
    void takeWays(const QUuid& operation, const WaysOn& ways);
    void choose(Way way);
    void markHandled();
    void forget(const QUuid& operation);
    const OperationRecord* chosen() const;

    OperationService& m_operations;
    const std::shared_ptr<const Clock> m_clock;
    std::vector<OperationRecord> m_records;
    std::map<QUuid, std::map<int, StepInspection>> m_seen;
    std::map<QUuid, WaysOn> m_waysOn;
    std::unique_ptr<QObject> m_looking; // gone: its answers are not wanted any more
    QListWidget* m_list = nullptr;
    QLabel* m_about = nullptr;
    QTreeWidget* m_steps = nullptr;
    QLabel* m_ways = nullptr;
    MessageStrip* m_strip = nullptr;
    QLineEdit* m_note = nullptr;
    QPushButton* m_look = nullptr;
    QPushButton* m_handled = nullptr;
    QPushButton* m_undo = nullptr;
    QPushButton* m_continue = nullptr;
};

} // namespace elephaas
