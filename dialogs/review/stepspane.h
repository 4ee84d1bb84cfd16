#pragma once

#include "models/domain/inventory.h"
#include "models/operations/plan.h"

#include <QWidget>

#include <vector>

class QCheckBox;
class QListWidget;
class QPlainTextEdit;

namespace elephaas {

// The steps of a plan beside their exact commands. Text of functions that stand in many scripts is folded until somebody asks for it.
class StepsPane final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StepsPane)

public:
    // Both live longer than the pane.
    StepsPane(const Plan& plan, const Inventory& inventory, QWidget* parent = nullptr);

    // As in a plan of many instances: then the targets are the list.
    bool hasOneStepEach() const { return m_oneStepEach; }

private:
    QString commandsText();
    void showStep(int step);
    void showCommands();

    const Plan& m_plan;
    const Inventory& m_inventory; // for names
    const bool m_oneStepEach;
    std::vector<int> m_stepPositions; // of each step in the commands' text
    std::vector<int> m_remarkPositions; // of what is ours and no command
    QListWidget* m_targets = nullptr;
    QPlainTextEdit* m_commands = nullptr;
    QCheckBox* m_wholeScripts = nullptr;
    QCheckBox* m_showProofs = nullptr;
};

} // namespace elephaas
