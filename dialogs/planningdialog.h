#pragma once

#include <QDialog>

class QLabel;

namespace elephaas {

// While the servers are looked at before a plan is made: what is looked at, and a way to stop it. Not modal. Whoever opened it closes it with
// done() when the plan is there; closed in any other way it is cancelled. Deletes itself.
class PlanningDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PlanningDialog)

public:
    // "Rebuild", "Looking at db1, db2…"
    PlanningDialog(const QString& title, const QString& lookingAt, QWidget* parent = nullptr);

    void finish(); // the plan is there
    void tell(const QString& text); // what is looked at just now; plain text

Q_SIGNALS:
    void cancelled();

private:
    QLabel* m_now;
};

} // namespace elephaas
