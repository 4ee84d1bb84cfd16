#pragma once

#include <QDialog>

namespace elephaas {

class Actions;

// Every action with its keys, and the keys of panes, searchable.
class ShortcutsDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ShortcutsDialog)

public:
    ShortcutsDialog(const Actions& actions, QWidget* parent);
};

class AboutDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AboutDialog)

public:
    explicit AboutDialog(QWidget* parent);
};

} // namespace elephaas
