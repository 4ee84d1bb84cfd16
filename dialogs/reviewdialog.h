#pragma once

#include "dialogs/parts/filewriter.h"
#include "models/domain/inventory.h"
#include "models/operations/plan.h"

#include <QDialog>

#include <vector>

class QLineEdit;
class QListWidget;
class QPlainTextEdit;
class QPushButton;

namespace elephaas {

class FieldNote;
class MessageStrip;

// Shows exactly what a plan will do, and asks. The plan is frozen: what is shown is what `approved` hands out.
//
// Dangerous (stop or restart of a primary, or anything in a protected environment): Cancel is the default and Enter means Cancel
// wherever the focus is. In a protected environment the herd's name has to be typed first, or the environment's when the plan
// touches several of its herds. A plan with a blocker cannot be approved. Opened with open(); deletes itself.
class ReviewDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ReviewDialog)

public:
    ReviewDialog(const Plan& plan, const Inventory& inventory, QWidget* parent = nullptr);

    bool isDangerous() const { return m_dangerous; }
    // What has to be typed, one per protected environment.
    struct Name {
        QString environment;
        QString toType;
    };
    const std::vector<Name>& namesToType() const { return m_names; }

Q_SIGNALS:
    void approved(const elephaas::Plan& plan);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void build(const Inventory& inventory);
    QWidget* makeTags(const Inventory& inventory);
    QWidget* makeFindings();
    QWidget* makeSteps();
    QWidget* makeTyping();
    QWidget* makeButtons();
    QString commandsText();
    void checkTyped();
    void showStep(int step);
    void copy();
    void exportPlan();
    QByteArray contentFor(const QString& path) const;

    struct Typing {
        Name name;
        QLineEdit* editor;
        FieldNote* note;
    };

    const Plan m_plan;
    bool m_dangerous = false;
    std::vector<Name> m_names;
    std::vector<Typing> m_typing;
    std::vector<int> m_stepPositions; // of each step in the commands' text
    QListWidget* m_findings = nullptr; // null when there are none
    QListWidget* m_targets = nullptr;
    QPlainTextEdit* m_commands = nullptr;
    MessageStrip* m_strip = nullptr;
    QPushButton* m_run = nullptr;
    QPushButton* m_cancel = nullptr;
    FileWriter m_writer;
};

} // namespace elephaas
