#pragma once

#include <QDialog>
#include <QList>

class QAction;

namespace elephaas {

// Every action that has a shortcut, to be searched. Opened with open() or show(); deletes itself.
class ShortcutsDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ShortcutsDialog)

public:
    explicit ShortcutsDialog(const QList<QAction*>& actions, QWidget* parent = nullptr);
};

} // namespace elephaas
