#include "dialogs/environmentdialog.h"
#include "dialogs/herddialog.h"
#include "dialogs/instancedialog.h"
#include "dialogs/parts/searchcombo.h"
#include "dialogs/serverdialog.h"
#include "tests/gui/dialogfixture.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QPointer>
#include <QPushButton>
#include <QTableWidget>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

class FormsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void addsAnEnvironmentByKeyboardAlone();
    void saysWhatIsWrongWhileTyping_data();
    void saysWhatIsWrongWhileTyping();
    void namesTheLimitOfTheInventory();
    void emptyFieldsAreReproachedOnlyOnSave();
    void duplicatesAreOnlyHints();
    void keepsWhatWasTypedWhenTheWriteFails();
    void cannotSaveWhatMayNotBeEdited();
    void showsWhatChangedMeanwhile();
    void keepEditingMergesFieldByField();
    void takeTheirsLoadsTheirs();
    void columnsOfProbesAreNoConflict();
    void conflictOnSaveReadsAgain();
    void deletedMeanwhileCanBeAddedAsNew();
    void offersServersOfTheHerdsEnvironmentOnly();
    void aHerdIsKnownByItsNameAlone();
    void offersNoUpstreamThatWouldMakeACircle();
    void badRowsCanBeMendedFieldByField();
    void untouchedValuesStayByteForByte();
    void escapeAsksOnceWhenSomethingWasTyped();
    void hostileNamesStayPlain();
    void everyControlIsNamed();
};

namespace {

const Herd& herdOf(const ChangeSet& changes) { return std::get<Put<Herd>>(changes.at(0)).row; }

void press(QWidget* dialog, const char* button) { QTest::mouseClick(child(dialog, button), Qt::LeftButton); }

template <class Dialog>
QPointer<Dialog> opened(Dialog* dialog)
{
    dialog->open();
    if (!QTest::qWaitForWindowActive(dialog))
        qFatal("the dialog does not show");
    return dialog;
}

} // namespace

void FormsTest::addsAnEnvironmentByKeyboardAlone()
{
    DialogFixture f;
    const auto dialog = opened(new EnvironmentDialog(*f.service, {}));
    QSignalSpy saved(dialog, &FormDialog::saved);
    QCOMPARE(dialog->focusWidget()->objectName(), u"environmentName"_s);
    QTest::keyClicks(dialog->focusWidget(), u"dev"_s);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Tab);
    QCOMPARE(dialog->focusWidget()->objectName(), u"environmentDescription"_s);
    QTest::keyClicks(dialog->focusWidget(), u"For us"_s);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return); // a line break here
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(saved.count(), 1);
    QTRY_VERIFY(!dialog);
    const auto row = std::get<Put<Environment>>(f.state->applied.at(0).at(0));
    QCOMPARE(row.row.name, u"dev"_s);
    QCOMPARE(row.row.description, u"For us"_s);
    QVERIFY(!row.before);
    QVERIFY(f.service->snapshot()->find(EnvironmentId(saved.at(0).at(0).toLongLong())));
}

void FormsTest::saysWhatIsWrongWhileTyping_data()
{
    QTest::addColumn<QString>("editor");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("says"); // "" : nothing wrong
    QTest::newRow("port 0") << u"herdPort"_s << u"0"_s << u"1 to 65535"_s;
    QTest::newRow("port 65536") << u"herdPort"_s << u"65536"_s << u"1 to 65535"_s;
    QTest::newRow("port 65535") << u"herdPort"_s << u"65535"_s << QString();
    QTest::newRow("port +1") << u"herdPort"_s << u"+1"_s << u"1 to 65535"_s;
    QTest::newRow("port of letters") << u"herdPort"_s << u"54x"_s << u"1 to 65535"_s;
    QTest::newRow("empty port") << u"herdPort"_s << QString() << u"empty"_s;
    QTest::newRow("relative path") << u"herdDataDirectory"_s << u"data/15"_s << u"absolute"_s;
    QTest::newRow("absolute path") << u"herdDataDirectory"_s << u"/data/15"_s << QString();
    QTest::newRow("name too long") << u"herdName"_s << QString(41, u'x') << u"40 characters"_s;
    QTest::newRow("name that fits") << u"herdName"_s << QString(40, u'x') << QString();
    QTest::newRow("virtual host with a blank") << u"herdVirtualHost"_s << u"a b"_s << u"blanks"_s;
    QTest::newRow("virtual host with a quote") << u"herdVirtualHost"_s << u"a'b"_s << u"'"_s;
    QTest::newRow("no virtual host") << u"herdVirtualHost"_s << QString() << QString();
    QTest::newRow("base name like an option") << u"herdBaseName"_s << u"-x"_s << u"option"_s;
    QTest::newRow("base name with a slash") << u"herdBaseName"_s << u"a/b"_s << u"/"_s;
}

void FormsTest::saysWhatIsWrongWhileTyping()
{
    QFETCH(QString, editor);
    QFETCH(QString, typed);
    QFETCH(QString, says);
    DialogFixture f;
    const auto dialog = opened(new HerdDialog(*f.service, HerdId(2)));
    const QByteArray name = editor.toLatin1();
    const QString calm = noteOf(dialog, name.constData());
    typeInto(dialog, name.constData(), typed);
    const QString note = noteOf(dialog, name.constData());
    if (says.isEmpty()) {
        QCOMPARE(note, calm);
    } else {
        QVERIFY2(note.contains(says), qPrintable(note));
        QVERIFY(child(dialog, name.constData())->accessibleDescription().contains(u"Error"_s));
        press(dialog, "saveButton");
        QCOMPARE(dialog->focusWidget()->objectName(), editor);
        QVERIFY(dialog->message().contains(u"Not saved"_s));
        QTest::qWait(0);
        QCOMPARE(f.appliedCount(), 0u);
    }
    delete dialog;
}

void FormsTest::namesTheLimitOfTheInventory()
{
    DialogFixture f;
    f.state->info.limits.environmentName = 12;
    f.restart({});
    const auto dialog = opened(new EnvironmentDialog(*f.service, {}));
    typeInto(dialog, "environmentName", u"123456789"_s);
    QCOMPARE(child<QLabel>(dialog, "environmentNameCounter")->text(), u"9 of 12"_s);
    // Code points count, as the database counts them.
    child<QLineEdit>(dialog, "environmentName")->setText(u"🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘"_s);
    QTest::keyClicks(child(dialog, "environmentName"), u"x"_s);
    QCOMPARE(child<QLabel>(dialog, "environmentNameCounter")->text(), u"12 of 12"_s);
    QTest::keyClicks(child(dialog, "environmentName"), u"y"_s);
    QVERIFY(noteOf(dialog, "environmentName").contains(u"12"_s));
    QVERIFY(noteOf(dialog, "environmentName").contains(u"13"_s));
    delete dialog;
}

void FormsTest::emptyFieldsAreReproachedOnlyOnSave()
{
    DialogFixture f;
    const auto dialog = opened(new HerdDialog(*f.service, {}));
    const QString calm = noteOf(dialog, "herdName");
    QVERIFY(!calm.contains(u"empty"_s));
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return); // Save is the default
    QVERIFY(noteOf(dialog, "herdName").contains(u"empty"_s));
    QVERIFY(noteOf(dialog, "herdDataDirectory").contains(u"empty"_s));
    QCOMPARE(dialog->focusWidget()->objectName(), u"herdName"_s);
    QVERIFY(dialog->message().contains(u"3"_s)); // name, base name, data directory
    delete dialog;
}

void FormsTest::duplicatesAreOnlyHints()
{
    DialogFixture f;
    const auto dialog = opened(new ServerDialog(*f.service, {}));
    QSignalSpy saved(dialog, &FormDialog::saved);
    typeInto(dialog, "serverHostName", u"DB1"_s);
    QVERIFY(noteOf(dialog, "serverHostName").contains(u"already is a server"_s));
    QVERIFY(noteOf(dialog, "serverHostName").contains(u"prod"_s));
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(saved.count(), 1);
}

void FormsTest::keepsWhatWasTypedWhenTheWriteFails()
{
    DialogFixture f;
    f.state->applyError = Error{ErrorKind::PermissionDenied, u"You may not change herds."_s, u"ele_herd"_s,
        u"ERROR: permission denied for table ele_herd"_s, u"Ask an administrator."_s};
    const auto dialog = opened(new HerdDialog(*f.service, HerdId(1)));
    typeInto(dialog, "herdName", u"trading2"_s);
    press(dialog, "saveButton");
    QTRY_VERIFY(dialog->message().contains(u"You may not change herds."_s));
    QVERIFY(dialog->message().contains(u"ele_herd"_s));
    QVERIFY(dialog->message().contains(u"ERROR: permission denied"_s));
    QVERIFY(dialog->message().contains(u"Ask an administrator."_s));
    QVERIFY(dialog->isVisible());
    QCOMPARE(child<QLineEdit>(dialog, "herdName")->text(), u"trading2"_s);
    QVERIFY(child<QLineEdit>(dialog, "herdName")->isEnabled());
    {
        const std::lock_guard lock(f.state->mutex);
        f.state->applyError.reset();
    }
    QSignalSpy saved(dialog, &FormDialog::saved);
    press(dialog, "saveButton");
    QTRY_COMPARE(saved.count(), 1);
    QCOMPARE(herdOf(f.state->applied.at(0)).name, u"trading2"_s);
}

void FormsTest::cannotSaveWhatMayNotBeEdited()
{
    DialogFixture f;
    f.restart({.readOnly = true});
    const auto dialog = opened(new ServerDialog(*f.service, ServerId(1)));
    QVERIFY(!child(dialog, "saveButton")->isEnabled());
    QVERIFY(child(dialog, "saveButton")->toolTip().contains(u"read-only"_s));
    QVERIFY(child(dialog, "notEditableStrip")->isVisible());
    typeInto(dialog, "serverHostName", u"other"_s);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTest::qWait(0);
    QCOMPARE(f.appliedCount(), 0u);
    delete dialog;
}

void FormsTest::showsWhatChangedMeanwhile()
{
    DialogFixture f;
    const auto dialog = opened(new HerdDialog(*f.service, HerdId(1)));
    typeInto(dialog, "herdName", u"mine"_s);
    QVERIFY(f.changeElsewhere([](InventoryRows& rows) { rows.herds[0].name = u"theirs"_s; }));
    QTRY_VERIFY(child(dialog, "conflictPanel")->isVisible());
    const auto* table = child<QTableWidget>(dialog, "conflictTable");
    QCOMPARE(table->rowCount(), 1);
    QCOMPARE(table->item(0, 0)->text(), u"Name"_s);
    QCOMPARE(table->item(0, 1)->text(), u"trading"_s);
    QCOMPARE(table->item(0, 2)->text(), u"mine"_s);
    QCOMPARE(table->item(0, 3)->text(), u"theirs"_s);
    QVERIFY(!child(dialog, "saveButton")->isEnabled());
    QCOMPARE(child<QLineEdit>(dialog, "herdName")->text(), u"mine"_s);
    delete dialog;
}

void FormsTest::keepEditingMergesFieldByField()
{
    DialogFixture f;
    const auto dialog = opened(new HerdDialog(*f.service, HerdId(1)));
    QSignalSpy saved(dialog, &FormDialog::saved);
    typeInto(dialog, "herdName", u"mine"_s);
    QVERIFY(f.changeElsewhere([](InventoryRows& rows) {
        rows.herds[0].name = u"theirs"_s;
        rows.herds[0].virtualHost = u"theirs.example.org"_s;
    }));
    QTRY_VERIFY(child(dialog, "conflictPanel")->isVisible());
    press(dialog, "keepEditingButton");
    QVERIFY(!child(dialog, "conflictPanel")->isVisible());
    QCOMPARE(child<QLineEdit>(dialog, "herdName")->text(), u"mine"_s);
    QCOMPARE(child<QLineEdit>(dialog, "herdVirtualHost")->text(), u"theirs.example.org"_s);
    press(dialog, "saveButton");
    QTRY_COMPARE(saved.count(), 1);
    QCOMPARE(f.service->snapshot()->find(HerdId(1))->name, u"mine"_s);
    QCOMPARE(f.service->snapshot()->find(HerdId(1))->virtualHost, u"theirs.example.org"_s);
}

void FormsTest::takeTheirsLoadsTheirs()
{
    DialogFixture f;
    const auto dialog = opened(new HerdDialog(*f.service, HerdId(1)));
    typeInto(dialog, "herdName", u"mine"_s);
    QVERIFY(f.changeElsewhere([](InventoryRows& rows) { rows.herds[0].name = u"theirs"_s; }));
    QTRY_VERIFY(child(dialog, "conflictPanel")->isVisible());
    press(dialog, "takeTheirsButton");
    QCOMPARE(child<QLineEdit>(dialog, "herdName")->text(), u"theirs"_s);
    QVERIFY(child(dialog, "saveButton")->isEnabled());
    QTest::keyClick(dialog, Qt::Key_Escape); // nothing is typed now: closes at once
    QTRY_VERIFY(!dialog);
}

void FormsTest::columnsOfProbesAreNoConflict()
{
    DialogFixture f;
    const auto dialog = opened(new InstanceDialog(*f.service, InstanceId(2)));
    QSignalSpy saved(dialog, &FormDialog::saved);
    typeInto(dialog, "instanceDataDirectory", u"/mnt/fast"_s);
    QVERIFY(f.changeElsewhere([](InventoryRows& rows) {
        rows.instances[1].isOnline = false;
        rows.instances[1].walPosition = Lsn{0x4000000};
    }));
    QVERIFY(!child(dialog, "conflictPanel")->isVisible());
    press(dialog, "saveButton");
    QTRY_COMPARE(saved.count(), 1);
    const Instance* row = f.service->snapshot()->find(InstanceId(2));
    QCOMPARE(row->localDataDirectory, u"/mnt/fast"_s);
    QCOMPARE(row->isOnline, false);
    QCOMPARE(row->walPosition, std::optional(Lsn{0x4000000}));
}

void FormsTest::conflictOnSaveReadsAgain()
{
    DialogFixture f;
    const auto dialog = opened(new HerdDialog(*f.service, HerdId(1)));
    typeInto(dialog, "herdName", u"mine"_s);
    {
        // Changed, and the service has not noticed when Save is pressed.
        const std::lock_guard lock(f.state->mutex);
        f.state->rows.herds[0].port = 6000;
    }
    press(dialog, "saveButton");
    QTRY_VERIFY(child(dialog, "conflictPanel")->isVisible());
    QCOMPARE(child<QTableWidget>(dialog, "conflictTable")->item(0, 3)->text(), u"6000"_s);
    QCOMPARE(child<QLineEdit>(dialog, "herdName")->text(), u"mine"_s);
    QCOMPARE(f.appliedCount(), 0u);
    delete dialog;
}

void FormsTest::deletedMeanwhileCanBeAddedAsNew()
{
    DialogFixture f;
    const auto dialog = opened(new ServerDialog(*f.service, ServerId(5)));
    QSignalSpy saved(dialog, &FormDialog::saved);
    typeInto(dialog, "serverHostName", u"new2"_s);
    QVERIFY(f.changeElsewhere([](InventoryRows& rows) { rows.servers.pop_back(); }));
    QTRY_VERIFY(child(dialog, "conflictPanel")->isVisible());
    QVERIFY(!child(dialog, "saveButton")->isEnabled());
    press(dialog, "keepEditingButton");
    press(dialog, "saveButton");
    QTRY_COMPARE(saved.count(), 1);
    QCOMPARE(f.service->snapshot()->find(ServerId(saved.at(0).at(0).toLongLong()))->hostName, u"new2"_s);
}

void FormsTest::offersServersOfTheHerdsEnvironmentOnly()
{
    DialogFixture f;
    const auto dialog = opened(new InstanceDialog(*f.service, {}));
    QVERIFY(!child(dialog, "instanceServer")->isEnabled());
    dialog->setHerd(HerdId(1));
    const auto* server = child<SearchCombo>(dialog, "instanceServer");
    QVERIFY(server->isEnabled());
    QCOMPARE(server->choices().size(), 3u);
    QVERIFY(noteOf(dialog, "instanceServer").contains(u"Not offered: 1 of other environments, 1 without environment"_s));
    typeInto(dialog, "instanceServer", u"stage1"_s);
    QVERIFY(noteOf(dialog, "instanceServer").contains(u"belongs to “stage”"_s));
    press(dialog, "saveButton");
    QTest::qWait(0);
    QCOMPARE(f.appliedCount(), 0u);
    typeInto(dialog, "instanceServer", u"db1"_s);
    QVERIFY(noteOf(dialog, "instanceServer").contains(u"already has a member"_s)); // a hint
    delete dialog;
}

void FormsTest::aHerdIsKnownByItsNameAlone()
{
    DialogFixture f;
    const auto dialog = opened(new InstanceDialog(*f.service, {}));
    const auto* herd = child<SearchCombo>(dialog, "instanceHerd");
    typeInto(dialog, "instanceHerd", u"trad"_s);
    QCOMPARE(herd->currentKey(), std::nullopt);
    typeInto(dialog, "instanceHerd", u"trading"_s);
    QCOMPARE(herd->currentKey(), std::optional<qint64>(1)); // trading-stage is another
    QVERIFY(child(dialog, "instanceServer")->isEnabled());
    QTest::keyClick(herd->completer()->popup(), Qt::Key_Tab); // the list of suggestions has the keyboard, and hands it on
    QCOMPARE(herd->currentText(), herd->choices().at(2).text);
    delete dialog;
}

void FormsTest::offersNoUpstreamThatWouldMakeACircle()
{
    DialogFixture f;
    const auto dialog = opened(new InstanceDialog(*f.service, InstanceId(2)));
    const auto* upstream = child<QComboBox>(dialog, "instanceUpstream");
    // 1 is its upstream; 3 follows it; 4 and 5 belong to other herds.
    QCOMPARE(upstream->count(), 2);
    QCOMPARE(upstream->itemData(0).toLongLong(), 0);
    QCOMPARE(upstream->itemData(1).toLongLong(), 1);
    QCOMPARE(upstream->currentIndex(), 1);
    delete dialog;
}

void FormsTest::badRowsCanBeMendedFieldByField()
{
    InventoryRows rows = sampleRows();
    rows.herds[0].dataDirectory = u"relative"_s;
    rows.herds[0].virtualHost = u"no such; host"_s;
    DialogFixture f(rows);
    const auto dialog = opened(new HerdDialog(*f.service, HerdId(1)));
    QSignalSpy saved(dialog, &FormDialog::saved);
    QVERIFY(noteOf(dialog, "herdDataDirectory").contains(u"absolute"_s)); // said at once, as a warning
    typeInto(dialog, "herdPort", u"5999"_s);
    press(dialog, "saveButton");
    QTRY_COMPARE(saved.count(), 1);
    QCOMPARE(herdOf(f.state->applied.at(0)).dataDirectory, u"relative"_s);
}

void FormsTest::untouchedValuesStayByteForByte()
{
    InventoryRows rows = sampleRows();
    rows.herds[0].name = u"  padded \t"_s;
    rows.herds[0].description = u" two\nlines \n"_s;
    DialogFixture f(rows);
    const auto dialog = opened(new HerdDialog(*f.service, HerdId(1)));
    QSignalSpy saved(dialog, &FormDialog::saved);
    typeInto(dialog, "herdPort", u"5999"_s);
    press(dialog, "saveButton");
    QTRY_COMPARE(saved.count(), 1);
    QCOMPARE(herdOf(f.state->applied.at(0)).name, u"  padded \t"_s);
    QCOMPARE(herdOf(f.state->applied.at(0)).description, u" two\nlines \n"_s);
}

void FormsTest::escapeAsksOnceWhenSomethingWasTyped()
{
    DialogFixture f;
    const auto dialog = opened(new ServerDialog(*f.service, {}));
    QTest::keyClicks(dialog->focusWidget(), u"x"_s);
    QTest::keyClick(dialog, Qt::Key_Escape);
    QVERIFY(dialog->isVisible());
    QVERIFY(dialog->message().contains(u"not saved"_s));
    QTest::keyClick(dialog, Qt::Key_Escape);
    QTRY_VERIFY(!dialog);
}

void FormsTest::hostileNamesStayPlain()
{
    InventoryRows rows = sampleRows();
    rows.environments[0].name = u"<img src=x>&amp;\n"_s;
    rows.servers[0].hostName = u"<a href='x'>db1</a>"_s;
    DialogFixture f(rows);
    for (FormDialog* form : std::initializer_list<FormDialog*>{new HerdDialog(*f.service, HerdId(4)),
             new EnvironmentDialog(*f.service, EnvironmentId(1)), new InstanceDialog(*f.service, InstanceId(1)),
             new ServerDialog(*f.service, ServerId(1))}) {
        const auto dialog = opened(form);
        QCOMPARE(offence(dialog), QString());
        QVERIFY(!dialog->windowTitle().contains(u'\n'));
        delete dialog;
    }
}

void FormsTest::everyControlIsNamed()
{
    DialogFixture f;
    for (FormDialog* form : std::initializer_list<FormDialog*>{new HerdDialog(*f.service, {}),
             new EnvironmentDialog(*f.service, {}), new InstanceDialog(*f.service, {}), new ServerDialog(*f.service, {})}) {
        const auto dialog = opened(form);
        QCOMPARE(offence(dialog), QString());
        // Mnemonics of one form differ.
        QStringList keys;
        for (const QLabel* label : dialog->findChildren<QLabel*>()) {
            if (label->buddy())
                keys << QKeySequence::mnemonic(label->text()).toString();
        }
        for (const QPushButton* button : dialog->findChildren<QPushButton*>())
            keys << QKeySequence::mnemonic(button->text()).toString();
        keys.removeAll(QString());
        QCOMPARE(keys.removeDuplicates(), 0);
        delete dialog;
    }
}

} // namespace elephaas

QTEST_MAIN(elephaas::FormsTest)
#include "tst_dialog_forms.moc"
