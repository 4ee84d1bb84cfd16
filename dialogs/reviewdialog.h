#pragma once

#include "dialogs/parts/filewriter.h"
#include "models/domain/inventory.h"
#include "models/operations/plan.h"

#include <QDialog>

#include <functional>
#include <memory>
#include <vector>

class QLineEdit;
class QPushButton;
class QScrollArea;
class QSplitter;
class QVBoxLayout;

namespace elephaas {

class FieldNote;
class FindingsTree;
class MessageStrip;

// Shows exactly what a plan will do, and asks. The plan is frozen: what is shown is what `approved` hands out, with the reasons that were typed
// for passing over blockers. When it is run, the state is read again first: a plan that comes out otherwise is refused and shown anew.
//
// Dangerous (promote, demote, rebuild, initialise; what goes on with an operation or takes it back; stop or restart of a primary; anything in a
// protected environment): Cancel is the default
// and Enter means Cancel wherever the focus is. In a protected environment the herd's name has to be typed first, or the environment's when
// the plan touches several of its herds. A plan with a blocker cannot be approved, unless it is one that may be passed over and a reason was
// given for it, singly. Opened with open(); deletes itself.
class ReviewDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ReviewDialog)

public:
    // Makes the plan again from the state of now, under the same id. `done` is called once in the GUI thread, at once or later, unless
    // `context` is gone by then.
    using Replan = std::function<void(QObject* context, std::function<void(Expected<Plan>)> done)>;
    struct Options {
        QString consequence = {}; // a sentence under the title: what is erased, what is interrupted
        Replan replan = {}; // unset: approved at once
    };

    ReviewDialog(const Plan& plan, const Inventory& inventory, QWidget* parent = nullptr);
    ReviewDialog(const Plan& plan, const Inventory& inventory, Options options, QWidget* parent = nullptr);

    bool isDangerous() const { return m_dangerous; }
    // What has to be typed, one per protected environment.
    struct Name {
        QString environment;
        QString toType;
    };
    const std::vector<Name>& namesToType() const { return m_names; }
    bool isLooking() const { return m_looking != nullptr; }

Q_SIGNALS:
    void approved(const elephaas::Plan& plan);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void build();
    void present(); // m_plan, anew
    QWidget* makeHead();
    QWidget* makeTags();
    QWidget* makeOverrides();
    QWidget* makeTyping();
    QWidget* makeButtons();
    void shareHeight();
    void fitOverrides();
    void check();
    QString whyNotApprovable() const;
    void run();
    void takeNewPlan(Expected<Plan> plan);
    void showLooking(bool on);
    void copy();
    void exportPlan();
    QByteArray contentFor(const QString& path) const;

    struct Typing {
        Name name;
        QLineEdit* editor;
        FieldNote* note;
    };
    struct Reason {
        size_t finding;
        QLineEdit* editor;
    };

    Plan m_plan;
    const Inventory m_inventory; // as it was when the plan was made: for names and environments
    const Options m_options;
    bool m_dangerous = false;
    std::vector<Name> m_names;
    QString m_never; // why no reason and no name can make it run; "" when it can be
    std::vector<Typing> m_typing;
    std::vector<Reason> m_reasons;
    std::unique_ptr<QObject> m_looking; // while the state is read again
    QVBoxLayout* m_column = nullptr;
    QWidget* m_body = nullptr; // everything that belongs to m_plan
    QSplitter* m_split = nullptr;
    QScrollArea* m_overrides = nullptr; // null when there is nothing to pass over
    FindingsTree* m_findings = nullptr; // null when there are none
    MessageStrip* m_strip = nullptr;
    QPushButton* m_run = nullptr;
    QPushButton* m_cancel = nullptr;
    FileWriter m_writer;
};

} // namespace elephaas
