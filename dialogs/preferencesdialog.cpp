#include "dialogs/preferencesdialog.h"

#include "dialogs/helpdialog.h"
#include "dialogs/parts/messagestrip.h"
#include "dialogs/preferences/commandspage.h"
#include "dialogs/preferences/dnspage.h"
#include "dialogs/preferences/sshpage.h"
#include "dialogs/preferences/watchpage.h"
#include "models/domain/visibletext.h"
#include "models/postgres/commandpresets.h"

#include <QHBoxLayout>
#include <QPointer>
#include <QPushButton>
#include <QTabWidget>

#include <utility>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

PreferencesDialog::PreferencesDialog(InventoryService& inventory, SecretVault* secrets, QWidget* parent)
    : QDialog(parent)
    , m_inventory(inventory)
    , m_secrets(secrets)
    , m_tabs(new QTabWidget(this))
    , m_commands(new CommandsPage(this))
    , m_ssh(new SshPage(this))
    , m_watch(new WatchPage(this))
    , m_dns(new DnsPage(this))
    , m_strip(new MessageStrip(this))
    , m_save(new QPushButton(tr("&Save"), this))
{
    m_wasLive = inventory.status().connection == InventoryService::Connection::Live;
    build();
    load();
}

void PreferencesDialog::build()
{
    setObjectName(u"preferencesDialog"_s);
    HelpDialog::offer(this, [this] {
        const QWidget* shown = m_tabs->currentWidget();
        return shown == m_dns ? u"dns"_s : shown == m_ssh ? u"server"_s : shown == m_watch ? u"lag"_s : u"lifecycle"_s;
    });
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Preferences of the team"));
    setSizeGripEnabled(true);
    m_tabs->setObjectName(u"preferencesTabs"_s);
    m_tabs->setAccessibleName(tr("Preferences"));
    m_tabs->addTab(m_commands, tr("&Commands"));
    m_tabs->addTab(m_ssh, tr("SS&H"));
    m_tabs->addTab(m_watch, tr("&Watching"));
    m_tabs->addTab(m_dns, tr("&DNS"));
    m_save->setObjectName(u"saveButton"_s);
    m_save->setAccessibleName(tr("Save"));
    m_save->setDefault(true);
    auto* cancelButton = new QPushButton(tr("Cancel"), this);
    cancelButton->setObjectName(u"cancelButton"_s);
    cancelButton->setAccessibleName(tr("Cancel"));
    cancelButton->setAutoDefault(false);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(m_save);
    buttons->addWidget(cancelButton);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 12, 14, 12);
    column->setSpacing(10);
    column->addWidget(m_tabs, 1);
    column->addWidget(m_strip);
    column->addLayout(buttons);
    resize(760, 640);

    connect(m_save, &QPushButton::clicked, this, [this] { save(); });
    connect(cancelButton, &QPushButton::clicked, this, [this] { QDialog::reject(); });
    const auto changed = [this] {
        m_askedToDiscard = false;
        m_strip->clear();
        updateButtons();
    };
    connect(m_commands, &CommandsPage::changed, this, changed);
    connect(m_ssh, &SshPage::changed, this, changed);
    connect(m_watch, &WatchPage::changed, this, changed);
    connect(m_dns, &DnsPage::changed, this, changed);
    connect(&m_inventory, &InventoryService::statusChanged, this, [this] {
        updateButtons();
        const bool isLive = m_inventory.status().connection == InventoryService::Connection::Live;
        if (isLive && !std::exchange(m_wasLive, isLive) && !m_ready)
            load(); // the connection came (back): try once more
        m_wasLive = isLive;
    });
}

void PreferencesDialog::load()
{
    m_tabs->setEnabled(false);
    m_strip->showText(Mark::Running, tr("Reading the settings…"));
    updateButtons();
    m_inventory.readSettings(this, [this](Expected<QMap<QString, QString>> result) {
        if (m_ready)
            return;
        if (!result) {
            m_strip->showError(result.error());
            updateButtons();
            return;
        }
        QStringList problems;
        const TeamSettings settings = TeamSettings::fromMap(*result, &problems);
        fill(settings, problems);
    });
}

void PreferencesDialog::fill(const TeamSettings& settings, const QStringList& problems)
{
    m_before = settings;
    m_commands->setInventory(m_inventory.snapshot());
    m_commands->setCommands(settings.commands);
    m_ssh->setSettings(settings);
    m_watch->setSettings(settings, *m_inventory.snapshot());
    m_dns->setSettings(settings);
    askForSecret();
    m_ready = true;
    m_tabs->setEnabled(true);
    m_tabs->currentWidget()->setFocus();
    m_strip->clear();
    if (!problems.isEmpty())
        m_strip->showText(Mark::Warning, tr("Some settings cannot be used"), problems.join(u'\n'));
    updateButtons();
}

// Whether this computer has the secret; itself it is not shown.
void PreferencesDialog::askForSecret()
{
    if (!m_secrets || m_before.dns.keyName.isEmpty())
        return;
    m_dns->setSecretState(tr("Asking the keychain of this computer…"));
    m_secrets->read(m_before.dns.secretName(), [self = QPointer(this)](const Expected<QByteArray>& secret) {
        if (!self)
            return;
        self->m_dns->setSecretState(secret ? tr("This computer has it. Type it only to replace it.")
            : secret.error().kind == ErrorKind::NotFound ? tr("This computer does not have it, or its keychain is locked.") : visibleText(secret.error().text()));
    });
}

QString PreferencesDialog::message() const { return m_strip->text(); }

TeamSettings PreferencesDialog::edited() const
{
    TeamSettings settings = m_before;
    settings.commands = m_commands->commands();
    // No commands at all means the default preset: as long as they are the same, nothing has to be written.
    if (m_before.commands.isEmpty() && settings.commands == commandPresets().front().commands)
        settings.commands.clear();
    m_ssh->take(settings);
    m_watch->take(settings);
    m_dns->take(settings);
    return settings;
}

void PreferencesDialog::updateButtons()
{
    QString reason = m_inventory.status().readOnly ? tr("This console was started read-only.") : QString();
    if (reason.isEmpty() && m_inventory.status().connection != InventoryService::Connection::Live)
        reason = m_inventory.whyNotEditable();
    if (reason.isEmpty() && !m_ready)
        reason = tr("The settings have not been read.");
    m_save->setEnabled(reason.isEmpty() && !m_saving);
    m_save->setToolTip(reason.toHtmlEscaped());
    m_save->setAccessibleDescription(reason);
}

void PreferencesDialog::reject()
{
    if (!m_ready || m_askedToDiscard || (edited() == m_before && m_dns->secret().isEmpty())) {
        QDialog::reject();
        return;
    }
    m_askedToDiscard = true;
    m_strip->showText(Mark::Warning, tr("What you changed is not saved."), tr("Press Escape again to discard it."));
}

void PreferencesDialog::save()
{
    if (!m_ready || m_saving)
        return;
    for (const auto& [page, wrong] : {std::pair<QWidget*, QWidget*>{m_commands, m_commands->firstError()}, {m_ssh, m_ssh->firstError()},
             {m_dns, m_dns->firstError()}}) {
        if (!wrong)
            continue;
        m_tabs->setCurrentWidget(page);
        wrong->setFocus(Qt::OtherFocusReason);
        m_strip->showText(Mark::Failed, tr("Not saved: something here needs attention."));
        return;
    }
    const TeamSettings settings = edited();
    m_saving = true;
    m_tabs->setEnabled(false);
    m_strip->clear();
    updateButtons();
    m_inventory.writeSettings(settings.changesFrom(m_before), this, [this, settings](Expected<void> result) {
        m_saving = false;
        m_tabs->setEnabled(true);
        updateButtons();
        if (!result) {
            m_strip->showError(result.error());
            return;
        }
        if (!m_dns->secret().isEmpty())
            Q_EMIT secretTyped(settings, m_dns->secret());
        Q_EMIT saved(settings);
        accept();
    });
}

} // namespace elephaas
