#pragma once

#include "models/ports/secretvault.h"
#include "models/services/inventoryservice.h"
#include "models/services/teamsettings.h"

#include <QDialog>

class QPushButton;
class QTabWidget;

namespace elephaas {

class CommandsPage;
class DnsPage;
class MessageStrip;
class SshPage;
class WatchPage;

// What the team agrees on. Reads the settings from the inventory when it opens and writes only what was changed; stays open, with
// everything that was typed, when that fails. Opened with open(); deletes itself.
class PreferencesDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PreferencesDialog)

public:
    // `secrets`: tells whether this computer has the DNS key's secret; may be null, and otherwise outlives the dialog.
    PreferencesDialog(InventoryService& inventory, SecretVault* secrets, QWidget* parent = nullptr);

    bool isReady() const { return m_ready; } // the settings have been read
    QString message() const;
    void reject() override; // asks once, inside the dialog, when something was changed

Q_SIGNALS:
    void saved(const elephaas::TeamSettings& settings);
    // Before saved(): what was typed as the secret of the settings' DNS key, for whoever keeps it.
    void secretTyped(const elephaas::TeamSettings& settings, const QByteArray& secret);

private:
    void build();
    void load();
    void fill(const TeamSettings& settings, const QStringList& problems);
    TeamSettings edited() const;
    void updateButtons();
    void save();
    void askForSecret();

    InventoryService& m_inventory;
    SecretVault* const m_secrets;
    TeamSettings m_before;
    QTabWidget* m_tabs;
    CommandsPage* m_commands;
    SshPage* m_ssh;
    WatchPage* m_watch;
    DnsPage* m_dns;
    MessageStrip* m_strip;
    QPushButton* m_save;
    bool m_ready = false;
    bool m_wasLive = false;
    bool m_saving = false;
    bool m_askedToDiscard = false;
};

} // namespace elephaas
