#include "dialogs/aboutdialog.h"
#include "dialogs/connectiondialog.h"
#include "dialogs/helpdialog.h"
#include "dialogs/messagedialog.h"
#include "dialogs/parts/searchcombo.h"
#include "dialogs/preferencesdialog.h"
#include "dialogs/shortcutsdialog.h"
#include "models/operations/replicationrequest.h"
#include "tests/gui/dialogfixture.h"

#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QGuiApplication>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QRadioButton>
#include <QRegularExpression>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableWidget>
#include <QTextBrowser>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

template <class Dialog>
QPointer<Dialog> opened(Dialog* dialog)
{
    dialog->open();
    if (!QTest::qWaitForWindowActive(dialog))
        qFatal("the dialog does not show");
    return dialog;
}

QPointer<PreferencesDialog> openedPreferences(DialogFixture& f, SecretVault* secrets = nullptr)
{
    const auto dialog = opened(new PreferencesDialog(*f.service, secrets));
    if (!QTest::qWaitFor([&] { return dialog->isReady(); }))
        qFatal("the settings are not read");
    return dialog;
}

void press(QWidget* dialog, const char* button) { QTest::mouseClick(child(dialog, button), Qt::LeftButton); }

QMap<QString, QString> stored(DialogFixture& f)
{
    const std::lock_guard lock(f.state->mutex);
    return f.state->settings;
}

// Keeps what it is given, and says what it is told to.
class PaperVault final : public SecretVault {
public:
    void read(const QString& name, Read done) override
    {
        if (secrets.contains(name))
            done(secrets.value(name));
        else
            done(fail({.kind = ErrorKind::NotFound, .what = u"No such secret."_s}));
    }
    void write(const QString& name, const QByteArray& secret, Written done) override
    {
        secrets.insert(name, secret);
        done(Kept::InKeychain, {});
    }
    void remove(const QString& name, Removed done) override
    {
        secrets.remove(name);
        done({});
    }
    QMap<QString, QByteArray> secrets;
};

} // namespace

class SettingsDialogsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void previewsCommandsWhileTyping();
    void savesOnlyWhatChanged();
    void stopsAtABrokenTemplate();
    void takesPresetsAndPastedSettings();
    void addsOwnTemplates();
    void checksServersThatDiffer();
    void keepsWhatWasTypedWhenTheWriteFails();
    void saysWhySettingsCannotBeRead();
    void escapeAsksOnceWhenSomethingChanged();
    void dnsSecretGoesToTheKeychainOnly();
    void checksDnsFields();

    void localConnectionByKeyboard();
    void sharedConnectionIsChecked();
    void connectionShowsTestResults();

    void messagesArePlain();
    void listsShortcuts();
    void helpHasEveryPage();
    void helpIsTurnedAndSearched();
    void helpOpensInADialog();
    void aboutCanBeCopied();
    void everyControlIsNamed();
};

void SettingsDialogsTest::previewsCommandsWhileTyping()
{
    DialogFixture f;
    const auto dialog = openedPreferences(f);
    child<SearchCombo>(dialog, "previewInstance")->setCurrentKey(4); // tools on db1
    QCOMPARE(noteOf(dialog, "template_start_text"), u"pg_ctlcluster 15 tools start"_s);
    typeInto(dialog, "template_start_text", u"{COMMANDS[base]} start --port {inst.port}"_s);
    QCOMPARE(noteOf(dialog, "template_start_text"), u"pg_ctlcluster 15 tools start --port 5433"_s);
    // A change of "base" shows in everything that refers to it.
    typeInto(dialog, "template_base_text", u"/opt/ctl {version[0]}"_s);
    QCOMPARE(noteOf(dialog, "template_stop_text"), u"/opt/ctl 15 stop -m fast"_s);
    typeInto(dialog, "template_stop_text", u"{nonsense}"_s);
    QVERIFY(noteOf(dialog, "template_stop_text").contains(u"nonsense"_s));
    QVERIFY(child(dialog, "template_stop_text")->accessibleDescription().startsWith(u"Error"_s));
    delete dialog;
}

void SettingsDialogsTest::savesOnlyWhatChanged()
{
    DialogFixture f;
    f.state->settings.insert(u"somebody.else"_s, u"x"_s);
    const auto dialog = openedPreferences(f);
    QSignalSpy saved(dialog, &PreferencesDialog::saved);
    child<QTabWidget>(dialog, "preferencesTabs")->setCurrentIndex(2);
    auto* interval = child<QSpinBox>(dialog, "probeInterval");
    interval->setFocus();
    interval->selectAll();
    QTest::keyClicks(interval, u"45"_s);
    auto* environments = child<QListWidget>(dialog, "protectedEnvironments");
    QCOMPARE(environments->count(), 2);
    QCOMPARE(environments->item(0)->checkState(), Qt::Checked); // prod, by default
    environments->item(1)->setCheckState(Qt::Checked);
    press(dialog, "saveButton");
    QTRY_COMPARE(saved.count(), 1);
    const TeamSettings settings = TeamSettings::fromMap(stored(f));
    QCOMPARE(settings.probeIntervalSeconds, 45);
    QVERIFY(settings.isProtected(u"stage"_s));
    QVERIFY(settings.isProtected(u"prod"_s));
    QVERIFY(settings.commands.isEmpty()); // the default preset is still the default
    QCOMPARE(stored(f).value(u"somebody.else"_s), u"x"_s);
    QCOMPARE(saved.at(0).at(0).value<TeamSettings>(), settings);
}

void SettingsDialogsTest::stopsAtABrokenTemplate()
{
    DialogFixture f;
    const auto dialog = openedPreferences(f);
    QSignalSpy saved(dialog, &PreferencesDialog::saved);
    typeInto(dialog, "template_reload_text", u"{COMMANDS[nothing]}"_s);
    child<QTabWidget>(dialog, "preferencesTabs")->setCurrentIndex(1);
    press(dialog, "saveButton");
    QCOMPARE(child<QTabWidget>(dialog, "preferencesTabs")->currentIndex(), 0);
    QCOMPARE(dialog->focusWidget()->objectName(), u"template_reload_text"_s);
    QVERIFY(dialog->message().contains(u"Not saved"_s));
    QCOMPARE(saved.count(), 0);
    delete dialog;
}

void SettingsDialogsTest::takesPresetsAndPastedSettings()
{
    DialogFixture f;
    const auto dialog = openedPreferences(f);
    QSignalSpy saved(dialog, &PreferencesDialog::saved);
    auto* preset = child<QComboBox>(dialog, "commandPreset");
    preset->setCurrentIndex(preset->findData(u"pg_ctl"_s));
    press(dialog, "usePresetButton");
    QVERIFY(child<QPlainTextEdit>(dialog, "template_base_text")->toPlainText().startsWith(u"pg_ctl -D"_s));

    press(dialog, "pasteSettingsButton");
    auto* paste = child(dialog, "pasteSettingsDialog");
    auto* text = child<QPlainTextEdit>(paste, "pastedSettings");
    text->setPlainText(u"COMMANDS = { 'base': open('x') }"_s);
    press(paste, "takeButton");
    QVERIFY(paste->isVisible()); // refused, with the reason
    text->setPlainText(u"COMMANDS = {\n 'base': 'ctl {version[0]}',\n 'mine': \"echo {inst.server.hostname}\" }"_s);
    press(paste, "takeButton");
    QTRY_VERIFY(!dialog->findChild<QWidget*>(u"pasteSettingsDialog"_s));
    QCOMPARE(child<QPlainTextEdit>(dialog, "template_base_text")->toPlainText(), u"ctl {version[0]}"_s);
    QCOMPARE(noteOf(dialog, "template_mine_text"), u"echo db1"_s); // tools on db1 is the first by name
    press(dialog, "saveButton");
    QTRY_COMPARE(saved.count(), 1);
    QCOMPARE(TeamSettings::fromMap(stored(f)).commands.value(u"mine"_s), u"echo {inst.server.hostname}"_s);
}

void SettingsDialogsTest::addsOwnTemplates()
{
    DialogFixture f;
    const auto dialog = openedPreferences(f);
    typeInto(dialog, "newTemplateName", u"base"_s);
    press(dialog, "addTemplateButton");
    QVERIFY(noteOf(dialog, "newTemplateName").contains(u"already"_s));
    typeInto(dialog, "newTemplateName", u"a b"_s);
    press(dialog, "addTemplateButton");
    QVERIFY(noteOf(dialog, "newTemplateName").contains(u"letters"_s));
    typeInto(dialog, "newTemplateName", u"wrap"_s);
    press(dialog, "addTemplateButton");
    QCOMPARE(dialog->focusWidget()->objectName(), u"template_wrap_text"_s);
    QTest::keyClicks(dialog->focusWidget(), u"nice"_s);
    typeInto(dialog, "template_start_text", u"{COMMANDS[wrap]} go"_s);
    QCOMPARE(noteOf(dialog, "template_start_text"), u"nice go"_s);
    press(dialog, "template_wrap_remove");
    QVERIFY(noteOf(dialog, "template_start_text").contains(u"wrap"_s)); // what referred to it says so
    delete dialog;
}

void SettingsDialogsTest::checksServersThatDiffer()
{
    DialogFixture f;
    const auto dialog = openedPreferences(f);
    QSignalSpy saved(dialog, &PreferencesDialog::saved);
    child<QTabWidget>(dialog, "preferencesTabs")->setCurrentIndex(1);
    press(dialog, "addOverrideButton");
    auto* table = child<QTableWidget>(dialog, "sshOverrides");
    QCOMPARE(table->rowCount(), 1);
    table->item(0, 0)->setText(u"DB1"_s);
    table->item(0, 1)->setText(u"root:1"_s);
    table->item(0, 2)->setText(u"22222"_s);
    press(dialog, "saveButton");
    QCOMPARE(saved.count(), 0);
    QVERIFY(noteOf(dialog, "sshOverrides").contains(u"Row 1"_s));
    table->item(0, 1)->setText(u"root"_s);
    press(dialog, "saveButton");
    QTRY_COMPARE(saved.count(), 1);
    QCOMPARE(TeamSettings::fromMap(stored(f)).sshFor(u"db1"_s), (SshOverride{u"root"_s, 22222}));
}

void SettingsDialogsTest::keepsWhatWasTypedWhenTheWriteFails()
{
    DialogFixture f;
    const auto dialog = openedPreferences(f);
    typeInto(dialog, "template_start_text", u"go"_s);
    {
        const std::lock_guard lock(f.state->mutex);
        f.state->applyError = Error{ErrorKind::PermissionDenied, u"You may not."_s, {}, u"permission denied"_s, {}};
    }
    press(dialog, "saveButton");
    QTRY_VERIFY(dialog->message().contains(u"permission denied"_s));
    QCOMPARE(child<QPlainTextEdit>(dialog, "template_start_text")->toPlainText(), u"go"_s);
    QVERIFY(child(dialog, "saveButton")->isEnabled());
    delete dialog;
}

void SettingsDialogsTest::saysWhySettingsCannotBeRead()
{
    DialogFixture f;
    f.state->readSettingsError = Error{ErrorKind::Unsupported, u"This inventory keeps no settings."_s};
    const auto dialog = opened(new PreferencesDialog(*f.service, nullptr));
    QTRY_VERIFY(dialog->message().contains(u"keeps no settings"_s));
    QVERIFY(!child(dialog, "saveButton")->isEnabled());
    QVERIFY(!child(dialog, "saveButton")->toolTip().isEmpty());
    // It stays said while the service goes on polling, and reading is not tried over and over.
    QSignalSpy polled(f.service.get(), &InventoryService::statusChanged);
    QTRY_VERIFY(polled.count() >= 3);
    QVERIFY(dialog->message().contains(u"keeps no settings"_s));
    delete dialog;
}

void SettingsDialogsTest::escapeAsksOnceWhenSomethingChanged()
{
    DialogFixture f;
    const auto clean = openedPreferences(f);
    QTest::keyClick(clean, Qt::Key_Escape);
    QTRY_VERIFY(!clean);
    const auto dialog = openedPreferences(f);
    typeInto(dialog, "template_start_text", u"go"_s);
    QTest::keyClick(dialog, Qt::Key_Escape);
    QVERIFY(dialog->isVisible());
    QTest::keyClick(dialog, Qt::Key_Escape);
    QTRY_VERIFY(!dialog);
}

void SettingsDialogsTest::dnsSecretGoesToTheKeychainOnly()
{
    DialogFixture f;
    PaperVault vault;
    auto dialog = openedPreferences(f, &vault);
    QSignalSpy saved(dialog, &PreferencesDialog::saved);
    QSignalSpy typed(dialog, &PreferencesDialog::secretTyped);
    child<QTabWidget>(dialog, "preferencesTabs")->setCurrentIndex(3);
    typeInto(dialog, "dnsKeyName", u"Console"_s);
    typeInto(dialog, "dnsSecret", u"c2VjcmV0IGtleQ=="_s);
    typeInto(dialog, "dnsServer", u"ns1.example"_s);
    QCOMPARE(child<QCheckBox>(dialog, "dnsFollowByName")->isChecked(), false);
    child<QCheckBox>(dialog, "dnsFollowByName")->click();
    press(dialog, "saveButton");
    QTRY_COMPARE(saved.count(), 1);
    const TeamSettings settings = TeamSettings::fromMap(stored(f));
    QCOMPARE(settings.upstreamHost, UpstreamHost::VirtualHost);
    QCOMPARE(settings.dns, (TeamDns{.server = u"ns1.example"_s, .keyName = u"Console"_s}));
    QCOMPARE(typed.size(), 1);
    QCOMPARE(typed.at(0).at(0).value<TeamSettings>(), settings);
    QCOMPARE(typed.at(0).at(1).toByteArray(), "c2VjcmV0IGtleQ==");
    for (const QString& value : stored(f))
        QVERIFY2(!value.contains(u"c2Vjcm"_s), qPrintable(value));
    QTRY_VERIFY(!dialog);
    // Once more: it is known, and never shown; a new one alone is handed on, too.
    vault.secrets.insert(u"tsig/console"_s, "c2VjcmV0IGtleQ==");
    dialog = openedPreferences(f, &vault);
    child<QTabWidget>(dialog, "preferencesTabs")->setCurrentIndex(3);
    QCOMPARE(child<QLineEdit>(dialog, "dnsSecret")->text(), QString());
    QVERIFY2(noteOf(dialog, "dnsSecret").contains(u"This computer has it"_s), qPrintable(noteOf(dialog, "dnsSecret")));
    QSignalSpy again(dialog, &PreferencesDialog::secretTyped);
    typeInto(dialog, "dnsSecret", u"bmV3"_s);
    dialog->reject();
    QVERIFY(dialog->message().contains(u"not saved"_s));
    press(dialog, "saveButton");
    QTRY_COMPARE(again.count(), 1);
    QCOMPARE(again.at(0).at(1).toByteArray(), "bmV3");
    vault.secrets.clear();
    QTRY_VERIFY(!dialog);
    dialog = openedPreferences(f, &vault);
    QVERIFY2(noteOf(dialog, "dnsSecret").contains(u"does not have it"_s), qPrintable(noteOf(dialog, "dnsSecret")));
    delete dialog;
}

void SettingsDialogsTest::checksDnsFields()
{
    DialogFixture f;
    const auto dialog = openedPreferences(f);
    child<QTabWidget>(dialog, "preferencesTabs")->setCurrentIndex(3);
    for (const auto& [field, value, part] : {std::tuple{"dnsKeyName", u"a..b"_s, u"between dots"_s}, std::tuple{"dnsZone", u"ex ample"_s, u"Only letters"_s},
             std::tuple{"dnsServer", QString(64, u'x'), u"between dots"_s}, std::tuple{"dnsSecret", u"not base64!"_s, u"not base64"_s},
             std::tuple{"dnsSecret", u"c2VjcmV0"_s, u"Of which key"_s}}) {
        typeInto(dialog, field, value);
        QVERIFY2(noteOf(dialog, field).contains(part), qPrintable(noteOf(dialog, field)));
        press(dialog, "saveButton");
        QVERIFY(dialog->message().contains(u"needs attention"_s));
        typeInto(dialog, field, {});
    }
    QCOMPARE(stored(f), (QMap<QString, QString>()));
    delete dialog;
}

void SettingsDialogsTest::localConnectionByKeyboard()
{
    const auto dialog = opened(new ConnectionDialog({}, u"/home/x/inventory.sqlite"_s));
    QSignalSpy connecting(dialog, &ConnectionDialog::connectRequested);
    QCOMPARE(dialog->focusWidget()->objectName(), u"localInventory"_s);
    typeInto(dialog, "inventoryFile", u"relative.sqlite"_s);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QCOMPARE(connecting.count(), 0);
    QCOMPARE(dialog->focusWidget()->objectName(), u"inventoryFile"_s);
    typeInto(dialog, "inventoryFile", u"/tmp/x.sqlite"_s);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QCOMPARE(connecting.count(), 1);
    const auto profile = connecting.at(0).at(0).value<ConnectionProfile>();
    QCOMPARE(profile.kind, ConnectionProfile::Kind::Local);
    QCOMPARE(profile.file, u"/tmp/x.sqlite"_s);
    QVERIFY(dialog->isVisible()); // until it worked
    dialog->showFailure({ErrorKind::Storage, u"Read-only file system."_s});
    QVERIFY(child(dialog, "connectButton")->isEnabled());
    delete dialog;
}

void SettingsDialogsTest::sharedConnectionIsChecked()
{
    const auto dialog = opened(new ConnectionDialog({}, u"/home/x/inventory.sqlite"_s));
    QSignalSpy connecting(dialog, &ConnectionDialog::connectRequested);
    QTest::keyClick(dialog, Qt::Key_S, Qt::AltModifier);
    QTRY_VERIFY(child<QRadioButton>(dialog, "sharedInventory")->isChecked());
    QCOMPARE(child<QLineEdit>(dialog, "databaseName")->text(), u"admin"_s);
    QCOMPARE(child<QLineEdit>(dialog, "schemaName")->text(), u"utility"_s);
    typeInto(dialog, "hostList", u"pg1, pg 2"_s);
    QVERIFY(noteOf(dialog, "hostList").contains(u"blanks"_s));
    typeInto(dialog, "hostList", u"pg1,/run/postgresql"_s);
    typeInto(dialog, "portList", u"5432,5433,5434"_s);
    QVERIFY(noteOf(dialog, "portList").contains(u"one for each"_s));
    press(dialog, "connectButton");
    QCOMPARE(connecting.count(), 0);
    QCOMPARE(dialog->focusWidget()->objectName(), u"portList"_s);
    typeInto(dialog, "portList", u"5433"_s);
    typeInto(dialog, "password", u"s3cret"_s);
    QCOMPARE(child<QLineEdit>(dialog, "password")->echoMode(), QLineEdit::Password);
    child<QCheckBox>(dialog, "rememberPassword")->setChecked(true);
    press(dialog, "connectButton");
    QCOMPARE(connecting.count(), 1);
    const auto profile = connecting.at(0).at(0).value<ConnectionProfile>();
    QCOMPARE(profile.kind, ConnectionProfile::Kind::Shared);
    QCOMPARE(profile.hosts, u"pg1,/run/postgresql"_s);
    QVERIFY(profile.rememberPassword);
    QCOMPARE(connecting.at(0).at(1).toString(), u"s3cret"_s);
    delete dialog;
}

void SettingsDialogsTest::connectionShowsTestResults()
{
    ConnectionProfile shared;
    shared.kind = ConnectionProfile::Kind::Shared;
    const auto dialog = opened(new ConnectionDialog(shared, {}));
    QSignalSpy testing(dialog, &ConnectionDialog::testRequested);
    press(dialog, "testButton");
    QCOMPARE(testing.count(), 1);
    QVERIFY(!child(dialog, "testButton")->isEnabled());
    dialog->showTestResult(fail({ErrorKind::Authentication, u"The password was refused."_s, u"pg1"_s, u"FATAL: <b>no</b>"_s, u"Try again."_s}));
    QVERIFY(child(dialog, "testButton")->isEnabled());
    QCOMPARE(child<QLabel>(dialog, "messageRemoteWords")->text(), u"FATAL: <b>no</b>"_s);
    dialog->showTestResult(StoreInfo{.description = u"admin on pg1 as ops"_s, .isShared = true, .privileges = {.reason = u"permission denied"_s}});
    QVERIFY(child<QLabel>(dialog, "messageHeadline")->text().contains(u"admin on pg1 as ops"_s));
    QVERIFY(child<QLabel>(dialog, "messageExplanation")->text().contains(u"permission denied"_s));
    QVERIFY(child<QLabel>(dialog, "messageExplanation")->text().contains(u"older application"_s));
    delete dialog;
}

void SettingsDialogsTest::messagesArePlain()
{
    const QPointer<MessageDialog> error = showError(nullptr, u"Import"_s,
        {ErrorKind::InvalidInput, u"<h1>big</h1>"_s, u"/tmp/x.json"_s, u"line 3"_s, u"Nothing was imported."_s});
    QVERIFY(QTest::qWaitForWindowExposed(error));
    QCOMPARE(offence(error), QString());
    press(error, "copyMessageButton");
    QCOMPARE(QGuiApplication::clipboard()->text(), u"/tmp/x.json: <h1>big</h1>\nline 3\n\nNothing was imported."_s);
    QTest::keyClick(error->focusWidget(), Qt::Key_Return);
    QTRY_VERIFY(!error);
    const QPointer<MessageDialog> text = showText(nullptr, u"Export"_s, u"Exported."_s);
    QVERIFY(QTest::qWaitForWindowExposed(text));
    QVERIFY(!text->findChild<QPlainTextEdit*>());
    delete text;
}

void SettingsDialogsTest::helpHasEveryPage()
{
    for (const QString& page : HelpDialog::pages()) {
        QFile file(HelpDialog::fileOf(page));
        QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(page));
        const QString text = QString::fromUtf8(file.readAll());
        QVERIFY2(text.startsWith(u"# "_s), qPrintable(page));
        static const QRegularExpression link(u"\\]\\(([^)]*)\\)"_s);
        for (const QRegularExpressionMatch& match : link.globalMatch(text)) {
            const QString target = match.captured(1);
            QVERIFY2(target.endsWith(u".md"_s) && HelpDialog::pages().contains(target.chopped(3)), qPrintable(page + u": "_s + target));
        }
    }
    for (const ReplicationKind kind : {ReplicationKind::Promote, ReplicationKind::Demote, ReplicationKind::Rebuild, ReplicationKind::Remaster, ReplicationKind::Initialise,
             ReplicationKind::Switchover, ReplicationKind::Failover})
        QCOMPARE(HelpDialog::pageOfOperation(keyOf(kind)), keyOf(kind));
    QCOMPARE(HelpDialog::pageOfOperation(keyOf(ReplicationKind::RefreshDns)), u"dns"_s);
    QCOMPARE(HelpDialog::pageOfOperation(u"restart"_s), u"lifecycle"_s);
}

void SettingsDialogsTest::helpIsTurnedAndSearched()
{
    const auto dialog = opened(new HelpDialog(u"switchover"_s));
    auto* help = qobject_cast<HelpDialog*>(dialog.data());
    auto* pages = child<QListWidget>(dialog, "helpPages");
    auto* text = child<QTextBrowser>(dialog, "helpText");
    QCOMPARE(help->page(), u"switchover"_s);
    QCOMPARE(pages->currentItem()->text(), u"Switch over"_s);
    QVERIFY(text->toPlainText().contains(u"Nothing that a client was told is written gets lost."_s));
    QCOMPARE(dialog->windowTitle(), u"Help: Switch over"_s);
    text->setSource(QUrl(u"failover.md"_s)); // as a click on a link does
    QCOMPARE(help->page(), u"failover"_s);
    QCOMPARE(pages->currentItem()->text(), u"Fail over"_s);
    press(dialog, "helpBack");
    QCOMPARE(help->page(), u"switchover"_s);
    pages->setFocus();
    QTest::keyClick(pages, Qt::Key_Home);
    QCOMPARE(help->page(), u"environment"_s);
    child<QLineEdit>(dialog, "helpSearch")->setFocus();
    QTest::keyClicks(dialog->focusWidget(), u"gss-tsig"_s);
    QStringList found;
    for (int row = 0; row < pages->count(); ++row) {
        if (!pages->item(row)->isHidden())
            found << pages->item(row)->text();
    }
    QCOMPARE(found, QStringList{u"The name of a herd"_s});
    help->turnTo(u"nowhere"_s);
    QCOMPARE(help->page(), u"environment"_s);
    delete dialog;
}

void SettingsDialogsTest::helpOpensInADialog()
{
    DialogFixture f;
    const auto dialog = opened(new PreferencesDialog(*f.service, nullptr));
    auto* tabs = child<QTabWidget>(dialog, "preferencesTabs");
    for (const auto& [tab, page] : {std::pair{0, u"lifecycle"_s}, {1, u"server"_s}, {2, u"lag"_s}, {3, u"dns"_s}}) {
        tabs->setCurrentIndex(tab);
        dialog->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(dialog));
        QTest::keyClick(dialog, Qt::Key_F1);
        const auto shown = dialog->findChildren<HelpDialog*>();
        QCOMPARE(shown.size(), 1); // the same one is turned
        QCOMPARE(shown.front()->page(), page);
    }
    delete dialog;
}

void SettingsDialogsTest::listsShortcuts()
{
    QAction refresh(u"&Refresh"_s, nullptr);
    refresh.setShortcut(Qt::Key_F5);
    QAction find(u"Search && &find…"_s, nullptr);
    find.setShortcuts({QKeySequence(u"Ctrl+F"_s), QKeySequence(u"/"_s)});
    QAction without(u"Without"_s, nullptr);
    const auto dialog = opened(new ShortcutsDialog({&refresh, &find, &without}));
    const auto* table = child<QTableWidget>(dialog, "shortcutTable");
    QCOMPARE(table->rowCount(), 2);
    QCOMPARE(table->item(1, 0)->text(), u"Search & find"_s);
    QCOMPARE(table->item(1, 1)->text(), u"Ctrl+F, /"_s);
    QTest::keyClicks(dialog->focusWidget(), u"F5"_s);
    QVERIFY(!table->isRowHidden(0));
    QVERIFY(table->isRowHidden(1));
    delete dialog;
}

void SettingsDialogsTest::aboutCanBeCopied()
{
    const auto dialog = opened(new AboutDialog({u"libssh 0.10.6"_s}));
    press(dialog, "copyFactsButton");
    QVERIFY(QGuiApplication::clipboard()->text().contains(u"libssh 0.10.6"_s));
    QVERIFY(QGuiApplication::clipboard()->text().contains(QString::fromLatin1(qVersion())));
    delete dialog;
}

void SettingsDialogsTest::everyControlIsNamed()
{
    DialogFixture f;
    for (QDialog* made : std::initializer_list<QDialog*>{new PreferencesDialog(*f.service, nullptr), new ConnectionDialog({}, u"/x"_s),
             new AboutDialog({}), new ShortcutsDialog({}), new HelpDialog(u"dns"_s)}) {
        const auto dialog = opened(made);
        QCOMPARE(offence(dialog), QString());
        delete dialog;
    }
}

} // namespace elephaas

QTEST_MAIN(elephaas::SettingsDialogsTest)
#include "tst_dialog_settings.moc"
