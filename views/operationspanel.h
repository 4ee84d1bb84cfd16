#pragma once

#include "models/items/operationtreemodel.h"

#include <QWidget>

class QLabel;
class QPlainTextEdit;
class QTreeView;

namespace elephaas {

class Actions;

// Operations of this run of the program with their steps, and the output of the chosen one. Never modal.
class OperationsPanel final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OperationsPanel)

public:
    OperationsPanel(const Actions& actions, OperationTreeModel* model, QWidget* parent = nullptr);

    ~OperationsPanel() override;

    QTreeView* tree() const { return m_tree; }
    // Null when nothing is chosen.
    QUuid currentOperation() const;
    // Chooses the operation and shows its steps.
    void reveal(const QUuid& operation);

Q_SIGNALS:
    void currentChanged();
    void activated(); // Enter or double click
    void hideRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void showOutput();
    void showCounts();
    void sizeColumns();

    OperationTreeModel* m_model;
    QLabel* m_counts;
    QTreeView* m_tree;
    QPlainTextEdit* m_output;
    QString m_shownOutput;
};

} // namespace elephaas
