#pragma once

#include "models/services/inventoryservice.h"
#include "models/services/teamsettings.h"

#include <QDialog>

class QPushButton;
class QTabWidget;

namespace elephaas {

class CommandsPage;
class MessageStrip;
class SshPage;
class WatchPage;

// What the team agrees on. Reads the settings from the inventory when it opens and writes only what was changed; stays open, with
// everything that was typed, when that fails. Opened with open(); deletes itself.
class PreferencesDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PreferencesDialog)

public:
    explicit PreferencesDialog(InventoryService& inventory, QWidget* parent = nullptr);

    bool isReady() const { return m_ready; } // the settings have been read
    QString message() const;
    void reject() override; // asks once, inside the dialog, when something was changed

Q_SIGNALS:
    void saved(const elephaas::TeamSettings& settings);

private:
    void build();
    void load();
    void fill(const TeamSettings& settings, const QStringList& problems);
    TeamSettings edited() const;
    void updateButtons();
    void save();

    InventoryService& m_inventory;
    TeamSettings m_before;
    QTabWidget* m_tabs;
    CommandsPage* m_commands;
    SshPage* m_ssh;
    WatchPage* m_watch;
    MessageStrip* m_strip;
    QPushButton* m_save;
    bool m_ready = false;
    bool m_wasLive = false;
    bool m_saving = false;
    bool m_askedToDiscard = false;
};

} // namespace elephaas
