// The window driven as a person drives it: by keys, by the mouse where it has its own way, and through what it says of itself.
#include "models/items/operationtreemodel.h"
#include "models/operations/lifecycle.h"
#include "models/operations/replicationrequest.h"
#include "tests/gui/sample.h"
#include "views/actions.h"
#include "views/banner.h"
#include "views/constellationview.h"
#include "views/datatable.h"
#include "views/filterbar.h"
#include "views/mainwindow.h"
#include "views/operationspanel.h"
#include "views/replicationreasons.h"
#include "views/startpage.h"
#include "views/tablepage.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QRandomGenerator>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>
#include <set>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

InventoryService::Status liveStatus(const QDateTime& now)
{
    return {.connection = InventoryService::Connection::Live,
        .info = {.description = u"test inventory"_s, .user = u"ops"_s, .privileges = {.editInventory = true}},
        .currentAt = now};
}

std::vector<QAction*> actionsOf(const QMenu* menu)
{
    std::vector<QAction*> all;
    for (QAction* action : menu->actions()) {
        if (action->menu()) {
            const std::vector<QAction*> below = actionsOf(action->menu());
            all.insert(all.end(), below.begin(), below.end());
        } else if (!action->isSeparator()) {
            all.push_back(action);
        }
    }
    return all;
}

} // namespace

class MainWindowTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_clock = std::make_shared<sample::StillClock>();
        m_snapshot = sample::constellation(m_clock->now()).build();
        m_window = makeWindow(nullptr);
    }

    void cleanup() { m_window.reset(); }

    void shortcutsAreUnique()
    {
        QHash<QString, QString> owner;
        for (const ActionId id : m_window->actions().all()) {
            const QAction* action = m_window->actions()[id];
            for (const QKeySequence& shortcut : action->shortcuts()) {
                const QString keys = shortcut.toString(QKeySequence::PortableText);
                QVERIFY2(!owner.contains(keys), qPrintable(keys + u": "_s + owner.value(keys) + u", "_s + action->objectName()));
                owner.insert(keys, action->objectName());
            }
        }
        QVERIFY(owner.size() > 30);
    }

    void everyActionIsInAMenuAndNamed()
    {
        std::set<QAction*> inMenus;
        for (const QMenu* menu : m_window->findChildren<QMenu*>()) {
            const std::vector<QAction*> below = actionsOf(menu);
            inMenus.insert(below.begin(), below.end());
        }
        std::set<QString> names;
        for (const ActionId id : m_window->actions().all()) {
            QAction* action = m_window->actions()[id];
            QVERIFY2(inMenus.contains(action), qPrintable(action->objectName()));
            QVERIFY(action->objectName().startsWith("action"_L1));
            QVERIFY2(names.insert(action->objectName()).second, qPrintable(action->objectName()));
            QVERIFY2(!action->toolTip().isEmpty(), qPrintable(action->objectName()));
        }
    }

    void mnemonicsAreUniqueInEachMenu()
    {
        const auto mnemonic = [](const QString& text) {
            const qsizetype at = text.indexOf(u'&');
            return at >= 0 ? text.at(at + 1).toLower() : QChar();
        };
        const auto check = [&](const QList<QAction*>& actions, const QString& where) {
            QHash<QChar, QString> used;
            for (const QAction* action : actions) {
                const QChar key = mnemonic(action->text());
                if (key.isNull())
                    continue;
                QVERIFY2(!used.contains(key), qPrintable(where + u": "_s + action->text() + u" and "_s + used.value(key)));
                used.insert(key, action->text());
            }
        };
        check(m_window->menuBar()->actions(), u"menu bar"_s);
        for (const QMenu* menu : m_window->findChildren<QMenu*>())
            check(menu->actions(), menu->objectName());
    }

    void disabledActionsSayWhy()
    {
        const auto tip = [this](ActionId id) { return m_window->actions()[id]->toolTip(); };
        settle();
        QVERIFY(!action(ActionId::Start)->isEnabled());
        QVERIFY2(tip(ActionId::Start).contains("Nothing is selected"_L1), qPrintable(tip(ActionId::Start)));
        chooseRow(rowOf(table(), u"trading"_s)); // its primary, on db1
        QVERIFY(action(ActionId::Start)->isEnabled());
        QVERIFY(!tip(ActionId::Start).contains("not available"_L1));

        m_window->setStatus(liveStatus(m_clock->now()), u"The console was started read-only."_s, u"The console was started read-only."_s);
        settle();
        for (const ActionId id : {ActionId::Start, ActionId::Stop, ActionId::Restart, ActionId::Reload, ActionId::EditEntity, ActionId::Delete,
                 ActionId::AddHerd, ActionId::AddInstance, ActionId::Import}) {
            QVERIFY2(!action(id)->isEnabled(), qPrintable(action(id)->objectName()));
            QVERIFY2(tip(id).contains("read-only"_L1), qPrintable(tip(id)));
        }
        QVERIFY(action(ActionId::Export)->isEnabled());

        m_window->setStatus(liveStatus(m_clock->now()), {}, {});
        m_window->putOperation(sample::runningOperation(*m_snapshot, m_clock->now()));
        settle();
        QVERIFY(!action(ActionId::Stop)->isEnabled());
        QVERIFY2(tip(ActionId::Stop).contains("running on trading on db1"_L1), qPrintable(tip(ActionId::Stop)));
        QVERIFY(action(ActionId::EditEntity)->isEnabled());
        OperationRecord ended = sample::runningOperation(*m_snapshot, m_clock->now());
        ended.state = OperationState::Succeeded;
        m_window->putOperation(ended);
        settle();
        QVERIFY(action(ActionId::Stop)->isEnabled());
    }

    void replicationSaysWhyNot_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("of");
        QTest::addColumn<QList<int>>("ids");
        QTest::addColumn<QString>("why"); // a part of it; "": available
        const auto row = [](const char* name, ReplicationKind kind, ItemKind of, const QList<int>& ids, const QString& why) {
            QTest::newRow(name) << static_cast<int>(kind) << static_cast<int>(of) << ids << why;
        };
        using K = ReplicationKind;
        using I = ItemKind;
        row("nothing", K::Promote, I::Instance, {}, u"Nothing is selected"_s);
        row("promote a replica", K::Promote, I::Instance, {2}, {});
        row("promote two replicas", K::Promote, I::Instance, {2, 3}, {});
        row("promote a primary", K::Promote, I::Instance, {2, 1}, u"h1 on s1 is a primary already"_s);
        row("promote a herd", K::Promote, I::Herd, {1}, u"choose the instances"_s);
        row("promote a server", K::Promote, I::Server, {1}, u"choose the instances"_s);
        row("promote a DR pair", K::Promote, I::DrPair, {1}, u"not to a DR pair"_s);
        row("demote a replica", K::Demote, I::Instance, {2}, u"a replica already"_s);
        row("demote the only primary", K::Demote, I::Instance, {1}, u"the only primary"_s);
        row("demote one of two", K::Demote, I::Instance, {5}, {});
        row("demote both", K::Demote, I::Instance, {5, 4}, u"the only primary"_s);
        row("demote one with followers", K::Demote, I::Instance, {4}, u"still has a follower, h2 on s3"_s);
        row("rebuild a replica", K::Rebuild, I::Instance, {2, 3}, {});
        row("rebuild the only primary", K::Rebuild, I::Instance, {1}, u"copied from"_s);
        row("rebuild one of two", K::Rebuild, I::Instance, {5}, {});
        row("rebuild what is alone", K::Rebuild, I::Instance, {7}, u"nothing to copy from"_s);
        row("remaster a replica", K::Remaster, I::Instance, {2, 3}, {});
        row("remaster a primary", K::Remaster, I::Instance, {1}, u"demote it first"_s);
        row("remaster across herds", K::Remaster, I::Instance, {2, 6}, u"different herds"_s);
        row("initialise what runs", K::Initialise, I::Instance, {2}, u"runs"_s);
        row("initialise what was never seen", K::Initialise, I::Instance, {7}, {});
        row("initialise a herd's missing members", K::Initialise, I::Herd, {3}, {});
        row("initialise a herd that runs", K::Initialise, I::Herd, {1}, u"Every member"_s);
        row("initialise a server", K::Initialise, I::Server, {1}, u"choose the instances"_s);
        row("switch over to a replica", K::Switchover, I::Instance, {2}, {});
        row("switch over to the primary", K::Switchover, I::Instance, {1}, u"is the primary"_s);
        row("switch over to two of a herd", K::Switchover, I::Instance, {2, 3}, u"belong to one herd"_s);
        row("switch over herds", K::Switchover, I::Herd, {1, 2}, {});
        row("switch over a DR pair", K::Switchover, I::DrPair, {1}, {});
        row("switch over what is alone", K::Switchover, I::Instance, {7}, u"only member"_s);
        row("fail over a herd", K::Failover, I::Herd, {1}, {});
        row("fail over a herd without a replica", K::Failover, I::Herd, {3}, u"No replica"_s);
        row("fail over a server", K::Failover, I::Server, {1}, u"choose the instances"_s);
        row("refresh the DNS name of a herd", K::RefreshDns, I::Herd, {1, 2}, {});
        row("refresh the DNS name of a DR pair", K::RefreshDns, I::DrPair, {1}, {});
        row("refresh a name by a member", K::RefreshDns, I::Instance, {2}, {});
        row("refresh a name by two members", K::RefreshDns, I::Instance, {1, 2}, u"has one name"_s);
        row("refresh a name that is none", K::RefreshDns, I::Herd, {3}, u"no virtual host"_s);
        row("refresh the names of a server", K::RefreshDns, I::Server, {1}, u"choose the instances"_s);
    }

    // Two herds: a primary with two replicas; two primaries, the first with a replica. A third one that nobody has seen.
    void replicationSaysWhyNot()
    {
        QFETCH(int, kind);
        QFETCH(int, of);
        QFETCH(QList<int>, ids);
        QFETCH(QString, why);
        sample::Builder b(m_clock->now());
        std::vector<ServerId> servers;
        for (int i = 1; i <= 3; ++i)
            servers.push_back(b.server(u"s%1"_s.arg(i), {}));
        const HerdId one = b.herd(u"h1"_s, {}, 5432);
        const HerdId two = b.herd(u"h2"_s, {}, 5433);
        const HerdId three = b.herd(u"h3"_s, {}, 5434);
        const InstanceId a = b.instance(one, servers[0], u"15.4"_s);
        b.seenPrimary(a, 1000);
        b.seenReplica(b.instance(one, servers[1], u"15.4"_s, a), 1000);
        b.seenReplica(b.instance(one, servers[2], u"15.4"_s, a), 1000);
        const InstanceId c = b.instance(two, servers[0], u"15.4"_s);
        b.seenPrimary(c, 1000);
        b.seenPrimary(b.instance(two, servers[1], u"15.4"_s), 1000);
        b.seenReplica(b.instance(two, servers[2], u"15.4"_s, c), 1000);
        b.instance(three, servers[0], {});
        b.rows().herds[2].virtualHost.clear();
        const InventoryPtr inventory = b.build(1);
        const Subject subject = makeSubject(*inventory, static_cast<ItemKind>(of), {ids.begin(), ids.end()}, false);
        const auto said = [&](const Circumstances& circumstances) {
            return whyNotReplication(static_cast<ReplicationKind>(kind), *inventory, subject, circumstances);
        };
        if (why.isEmpty())
            QCOMPARE(said({}), QString());
        else
            QVERIFY2(said({}).contains(why), qPrintable(said({})));
        QCOMPARE(said({.whyNotRunnable = u"read-only"_s}), u"read-only"_s);
        if (why.isEmpty() && !subject.instances.empty())
            QVERIFY(said({.busy = {subject.instances.back()}}).contains(u"An operation is running on"_s));
    }

    // A primary with a replica elsewhere, one whose replica is drained as well, and one that is alone.
    void drainingSaysWhyNot()
    {
        sample::Builder b(m_clock->now());
        std::vector<ServerId> servers;
        for (int i = 1; i <= 5; ++i)
            servers.push_back(b.server(u"s%1"_s.arg(i), {}));
        const HerdId one = b.herd(u"h1"_s, {}, 5432);
        const HerdId two = b.herd(u"h2"_s, {}, 5433);
        const InstanceId a = b.instance(one, servers[0], u"15.4"_s);
        b.seenPrimary(a, 1000);
        const InstanceId near = b.instance(one, servers[1], u"15.4"_s, a);
        b.seenReplica(near, 1000);
        const InstanceId far = b.instance(one, servers[2], u"15.4"_s, a);
        b.seenReplica(far, 500);
        const InstanceId alone = b.instance(two, servers[3], u"15.4"_s);
        b.seenPrimary(alone, 1000);
        const InventoryPtr inventory = b.build(1);
        const auto of = [&](const std::vector<qint64>& ids) { return makeSubject(*inventory, ItemKind::Server, ids, false); };
        const auto said = [&](const Subject& subject, const Circumstances& circumstances = {}) { return whyNotDrain(*inventory, subject, circumstances); };
        QCOMPARE(said(of({1})), QString());
        QCOMPARE(drainRequest(*inventory, of({1})), (ReplicationRequest{.kind = ReplicationKind::Switchover, .instances = {near}, .drained = {servers[0]}}));
        QCOMPARE(drainRequest(*inventory, of({1, 2})).instances, std::vector{far}); // the other one goes as well
        QCOMPARE(drainRequest(*inventory, of({1, 4})).instances, std::vector{near}); // and what cannot move is told with the plan
        QVERIFY(said(of({1, 2, 3})).contains(u"h1 on s1"_s));
        QVERIFY(said(of({4})).contains(u"h2 on s4"_s));
        QVERIFY(said(of({2, 5})).contains(u"No primary is on 2 servers"_s));
        QVERIFY(said(makeSubject(*inventory, ItemKind::Instance, {1}, false)).contains(u"choose them"_s));
        QVERIFY(said(of({1}), {.busy = {far}}).contains(u"An operation is running"_s));
        QCOMPARE(said(of({1}), {.whyNotRunnable = u"read-only"_s}), u"read-only"_s);
    }

    void replicationIsAskedForByKeys()
    {
        QSignalSpy asked(m_window.get(), &MainWindow::replicationRequested);
        const auto press = [&](Qt::Key key) { QTest::keyClick(m_window.get(), key, Qt::ControlModifier | Qt::ShiftModifier); };
        for (int row = 0; row < table()->model()->rowCount(); ++row) {
            chooseRow(row);
            if (action(ActionId::Promote)->isEnabled() && action(ActionId::Remaster)->isEnabled())
                break;
        }
        const auto chosen = m_window->subject().instances;
        for (const auto& [key, kind] : {std::pair{Qt::Key_P, ReplicationKind::Promote}, std::pair{Qt::Key_B, ReplicationKind::Rebuild},
                 std::pair{Qt::Key_O, ReplicationKind::Remaster}, std::pair{Qt::Key_W, ReplicationKind::Switchover},
                 std::pair{Qt::Key_X, ReplicationKind::Failover}}) {
            press(key);
            QCOMPARE(asked.size(), 1);
            QCOMPARE(asked.takeFirst().at(0).value<ReplicationRequest>(), (ReplicationRequest{.kind = kind, .instances = chosen}));
        }
        QVERIFY(m_window->actions().whyNot(ActionId::Demote).contains(u"a replica already"_s));
        press(Qt::Key_D); // disabled: nothing happens
        QCOMPARE(asked.size(), 0);
        QTest::keyRelease(m_window.get(), Qt::Key_Shift); // the keys are up again, for whatever comes next
    }

    void everyDisabledActionHasAReason()
    {
        settle();
        for (const ActionId id : m_window->actions().all()) {
            if (!action(id)->isEnabled())
                QVERIFY2(!m_window->actions().whyNot(id).isEmpty(), qPrintable(action(id)->objectName()));
        }
    }

    void shortcutsAskForWhatTheySay()
    {
        QSignalSpy lifecycle(m_window.get(), &MainWindow::lifecycleRequested);
        chooseRow(0);
        const auto chosen = m_window->subject().instances;
        QCOMPARE(chosen.size(), 1U);
        for (const auto& [key, kind] : {std::pair{Qt::Key_S, LifecycleKind::Start}, std::pair{Qt::Key_T, LifecycleKind::Stop},
                 std::pair{Qt::Key_R, LifecycleKind::Restart}, std::pair{Qt::Key_L, LifecycleKind::Reload}}) {
            QTest::keyClick(m_window.get(), key, Qt::ControlModifier | Qt::ShiftModifier);
            QCOMPARE(lifecycle.size(), 1);
            QCOMPARE(lifecycle.front().at(0).value<LifecycleKind>(), kind);
            QCOMPARE(lifecycle.front().at(1).value<std::vector<InstanceId>>(), chosen);
            lifecycle.clear();
        }
        QSignalSpy refresh(m_window.get(), &MainWindow::refreshRequested);
        QTest::keyClick(m_window.get(), Qt::Key_F5, Qt::ShiftModifier);
        QCOMPARE(refresh.size(), 1);
        QCOMPARE(refresh.takeFirst().at(0).value<std::vector<InstanceId>>(), chosen);
        QTest::keyClick(m_window.get(), Qt::Key_R, Qt::ControlModifier);
        QTest::keyClick(m_window.get(), Qt::Key_F5);
        QCOMPARE(refresh.size(), 2);
        for (const auto& everything : refresh)
            QVERIFY(everything.at(0).value<std::vector<InstanceId>>().empty());

        QSignalSpy edit(m_window.get(), &MainWindow::editRequested);
        QTest::keyClick(table(), Qt::Key_F2);
        QTest::keyClick(table(), Qt::Key_Return);
        QCOMPARE(edit.size(), 2);
        QCOMPARE(edit.front().at(0).value<ItemKind>(), ItemKind::Instance);
        QCOMPARE(edit.front().at(1).toLongLong(), chosen.front().value);
        QSignalSpy remove(m_window.get(), &MainWindow::deleteRequested);
        QTest::keyClick(table(), Qt::Key_Delete);
        QCOMPARE(remove.size(), 1);
    }

    void keysMayFollowASelectionAtOnce()
    {
        table()->clearSelection();
        settle();
        QVERIFY(!action(ActionId::Reload)->isEnabled());
        QSignalSpy lifecycle(m_window.get(), &MainWindow::lifecycleRequested);
        table()->selectRow(1);
        QTest::keyClick(table(), Qt::Key_L, Qt::ControlModifier | Qt::ShiftModifier); // no event loop in between
        QCOMPARE(lifecycle.size(), 1);
        QCOMPARE(lifecycle.front().at(1).value<std::vector<InstanceId>>(), m_window->subject().instances);
    }

    void shiftF10OpensTheMenuOfTheRow()
    {
        chooseRow(0);
        table()->setFocus();
        QTest::keyClick(table(), Qt::Key_F10, Qt::ShiftModifier);
        const auto* menu = m_window->findChild<QMenu*>(u"contextMenu"_s);
        QVERIFY(menu && menu->isVisible());
        QVERIFY(menu->actions().contains(action(ActionId::Stop)));
        QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_Escape);
        QTRY_VERIFY(!m_window->findChild<QMenu*>(u"contextMenu"_s));
    }

    void anActionAppliesToVisibleSelectedRowsOnly()
    {
        table()->selectAll();
        settle();
        QCOMPARE(m_window->subject().instances.size(), m_snapshot->instances().size());
        filterText()->setText(u"trading"_s);
        QSignalSpy lifecycle(m_window.get(), &MainWindow::lifecycleRequested);
        action(ActionId::Restart)->trigger();
        QCOMPARE(lifecycle.size(), 1);
        const auto targets = lifecycle.front().at(1).value<std::vector<InstanceId>>();
        QCOMPARE(targets.size(), 4U);
        for (const InstanceId id : targets)
            QCOMPARE(m_snapshot->find(m_snapshot->find(id)->herd)->name, u"trading"_s);
    }

    void herdsAndNodesStandForTheirMembers()
    {
        QTest::keyClick(m_window.get(), Qt::Key_2, Qt::ControlModifier);
        DataTable* herds = find<DataTable>(u"herdsTable"_s);
        QVERIFY(herds && herds->hasFocus());
        herds->selectRow(rowOf(herds, u"trading"_s));
        settle();
        QCOMPARE(m_window->subject().instances.size(), 4U);
        QCOMPARE(m_window->subject().kind, ItemKind::Herd);

        auto* tree = find<QTreeView>(u"constellationTree"_s);
        auto* model = static_cast<ConstellationModel*>(tree->model());
        tree->setFocus();
        tree->setCurrentIndex(model->indexOf(ItemKind::Environment, 2));
        settle();
        QCOMPARE(m_window->subject().kind, ItemKind::Environment);
        QVERIFY(m_window->subject().fromTree);
        QCOMPARE(m_window->subject().instances, instancesOf(*m_snapshot, ItemKind::Environment, 2));
    }

    void theTreeFocusesTheTables()
    {
        auto* tree = find<QTreeView>(u"constellationTree"_s);
        auto* model = static_cast<ConstellationModel*>(tree->model());
        auto* chip = find<QToolButton>(u"focusChip"_s);
        QVERIFY(!chip->isVisible());
        tree->setFocus();
        tree->setCurrentIndex(model->indexOf(ItemKind::Herd, 1));
        QVERIFY(chip->isVisible());
        QVERIFY(chip->text().contains("trading"_L1));
        QCOMPARE(table()->model()->rowCount(), 4);
        // An instance focuses its herd and is chosen in the table.
        tree->setCurrentIndex(model->indexOf(ItemKind::Instance, 3));
        QCOMPARE(table()->model()->rowCount(), 4);
        QCOMPARE(table()->currentIndex().data(IdRole).toLongLong(), 3);
        QCOMPARE(m_window->subject().ids, std::vector<qint64>{3});
        chip->click();
        QVERIFY(!chip->isVisible());
        QCOMPARE(table()->model()->rowCount(), int(m_snapshot->instances().size()));
        QVERIFY(!tree->currentIndex().isValid());
        // By server.
        action(ActionId::GroupByServer)->trigger();
        tree->setCurrentIndex(model->indexOf(ItemKind::Server, 2));
        QCOMPARE(table()->model()->rowCount(), int(m_snapshot->instancesOn(ServerId(2)).size()));
        QTest::keyClick(tree, Qt::Key_Escape);
        QVERIFY(!chip->isVisible());
        QCOMPARE(table()->model()->rowCount(), int(m_snapshot->instances().size()));
    }

    void focusAndDropDownsAreAlternatives()
    {
        auto* tree = find<QTreeView>(u"constellationTree"_s);
        auto* model = static_cast<ConstellationModel*>(tree->model());
        auto* environments = find<QComboBox>(u"filterEnvironment"_s);
        QTRY_COMPARE(environments->count(), 5); // three, none, and no choice
        tree->setCurrentIndex(model->indexOf(ItemKind::Herd, 1));
        environments->setCurrentIndex(environments->findText(u"STAGE"_s));
        QVERIFY(!find<QToolButton>(u"focusChip"_s)->isVisible());
        QCOMPARE(table()->model()->rowCount(), 4);
        tree->setCurrentIndex(model->indexOf(ItemKind::Herd, 1));
        QCOMPARE(environments->currentIndex(), 0);
        QCOMPARE(table()->model()->rowCount(), 4);
        action(ActionId::ClearFilter)->trigger();
        QCOMPARE(table()->model()->rowCount(), int(m_snapshot->instances().size()));
    }

    void dropDownsAndTogglesFilter()
    {
        QTRY_VERIFY(find<QComboBox>(u"filterVersion"_s)->count() > 3);
        const auto choose = [this](const QString& combo, const QString& text) {
            auto* box = find<QComboBox>(combo);
            const int index = box->findText(text, Qt::MatchExactly);
            QVERIFY2(index > 0, qPrintable(combo + u' ' + text));
            box->setCurrentIndex(index);
        };
        choose(u"filterState"_s, u"offline"_s);
        QCOMPARE(table()->model()->rowCount(), 1);
        action(ActionId::ClearFilter)->trigger();
        choose(u"filterVersion"_s, u"9.6"_s);
        QCOMPARE(table()->model()->rowCount(), 3);
        action(ActionId::ClearFilter)->trigger();
        choose(u"filterRole"_s, u"primary"_s);
        const int primaries = table()->model()->rowCount();
        action(ActionId::ClearFilter)->trigger();
        QTest::keyClick(m_window.get(), Qt::Key_2, Qt::AltModifier);
        QCOMPARE(table()->model()->rowCount(), primaries);
        QTest::keyClick(m_window.get(), Qt::Key_3, Qt::AltModifier); // replicas end primaries
        QVERIFY(!action(ActionId::TogglePrimaries)->isChecked());
        QVERIFY(table()->model()->rowCount() > primaries);
        QTest::keyClick(m_window.get(), Qt::Key_4, Qt::AltModifier);
        QCOMPARE(table()->model()->rowCount(), 1); // one lags
    }

    void theFilterByKeyboard()
    {
        table()->setFocus();
        QTest::keyClick(table(), Qt::Key_Slash);
        QVERIFY(filterText()->hasFocus());
        QTest::keyClicks(filterText(), u"trading db/"_s); // a slash is text there
        QCOMPARE(filterText()->text(), u"trading db/"_s);
        QCOMPARE(table()->model()->rowCount(), 0);
        QTest::keyClick(filterText(), Qt::Key_Backspace);
        QCOMPARE(table()->model()->rowCount(), 4);
        QTest::keyClick(filterText(), Qt::Key_Down);
        QVERIFY(table()->hasFocus());
        QCOMPARE(table()->currentIndex().row(), 0);
        QTest::keyClick(table(), Qt::Key_Up);
        QVERIFY(filterText()->hasFocus());
        QTest::keyClick(filterText(), Qt::Key_Escape);
        QVERIFY(filterText()->text().isEmpty());
        QCOMPARE(table()->model()->rowCount(), int(m_snapshot->instances().size()));
        QTest::keyClick(filterText(), Qt::Key_Escape);
        QVERIFY(table()->hasFocus());
        QTest::keyClick(table(), Qt::Key_F, Qt::ControlModifier);
        QVERIFY(filterText()->hasFocus());
    }

    void selectionScrollAndFocusSurviveRefreshes()
    {
        m_window->resize(1200, 420); // so that there is something to scroll
        settle();
        QRandomGenerator random(20260314);
        action(ActionId::SortByColumn)->trigger();
        table()->header()->sortBy(0, false);
        table()->setFocus();
        std::set<qint64> wanted;
        for (const int row : {2, 5, 11, 20}) {
            table()->selectionModel()->setCurrentIndex(table()->model()->index(row, 1), QItemSelectionModel::Select | QItemSelectionModel::Rows);
            wanted.insert(table()->model()->index(row, 0).data(IdRole).toLongLong());
        }
        const qint64 current = table()->currentIndex().data(IdRole).toLongLong();
        const int scroll = table()->verticalScrollBar()->value();
        QVERIFY(table()->verticalScrollBar()->maximum() > 0);
        InventoryPtr before = m_snapshot;
        for (int round = 0; round < 60; ++round) {
            sample::Builder rows = sample::constellation(m_clock->now());
            for (int i = 0; i < 6; ++i) {
                const InstanceId id(1 + random.bounded(int(m_snapshot->instances().size())));
                switch (random.bounded(4)) {
                case 0:
                    rows.seenOffline(id, random.bounded(200));
                    break;
                case 1:
                    rows.seenUnreachable(id, random.bounded(200));
                    break;
                case 2:
                    rows.seenPrimary(id, 1000 + random.bounded(100000), random.bounded(200));
                    break;
                default:
                    rows.seenReplica(id, 1000 + random.bounded(100000), random.bounded(200));
                }
            }
            const InventoryPtr next = rows.build(quint64(round) + 2);
            m_window->setInventory(next, round % 5 == 0 ? nullptr : std::make_shared<const InventoryDifference>(difference(*before, *next)));
            before = next;
            m_clock->advance(std::chrono::seconds(random.bounded(30)));
        }
        std::set<qint64> kept;
        for (const int row : table()->selectedRowNumbers())
            kept.insert(table()->model()->index(row, 0).data(IdRole).toLongLong());
        QCOMPARE(kept, wanted);
        QCOMPARE(table()->currentIndex().data(IdRole).toLongLong(), current);
        QCOMPARE(table()->verticalScrollBar()->value(), scroll);
        QVERIFY(table()->hasFocus());
    }

    void theWindowComesBackAsItWas()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(u"settings.ini"_s);
        {
            QSettings settings(file, QSettings::IniFormat);
            m_window = makeWindow(&settings);
            table()->header()->sortBy(6, false);
            table()->header()->sortBy(1, true);
            table()->header()->moveSection(table()->header()->visualIndex(5), 0);
            table()->setColumnHidden(9, true);
            table()->setColumnWidth(0, 222);
            filterText()->setText(u"prod"_s);
            action(ActionId::ToggleReplicas)->setChecked(true);
            find<QComboBox>(u"filterState"_s)->setCurrentIndex(1);
            action(ActionId::GroupByServer)->trigger();
            action(ActionId::ShowDetails)->setChecked(false);
            m_window->resize(1111, 666);
            QTest::keyClick(m_window.get(), Qt::Key_3, Qt::ControlModifier);
            m_window->close();
            m_window.reset();
        }
        QSettings settings(file, QSettings::IniFormat);
        m_window = makeWindow(&settings);
        QCOMPARE(m_window->size(), QSize(1111, 666));
        QVERIFY(find<DataTable>(u"serversTable"_s)->isVisible());
        QVERIFY(action(ActionId::PageServers)->isChecked());
        QVERIFY(action(ActionId::GroupByServer)->isChecked());
        QVERIFY(!find<QWidget>(u"detailsPanel"_s)->isVisible());
        QCOMPARE(filterText()->text(), u"prod"_s);
        QVERIFY(action(ActionId::ToggleReplicas)->isChecked());
        QCOMPARE(find<QComboBox>(u"filterState"_s)->currentIndex(), 1);
        QTest::keyClick(m_window.get(), Qt::Key_1, Qt::ControlModifier);
        QCOMPARE(table()->header()->sortColumns(), (std::vector<SortColumn>{{6, Qt::AscendingOrder}, {1, Qt::AscendingOrder}}));
        QCOMPARE(table()->header()->logicalIndex(0), 5);
        QVERIFY(table()->isColumnHidden(9));
        QCOMPARE(table()->columnWidth(0), 222);
    }

    void brokenSettingsDoNoHarm()
    {
        QTemporaryDir folder;
        QSettings settings(folder.filePath(u"settings.ini"_s), QSettings::IniFormat);
        settings.setValue(u"window/page"_s, 99);
        settings.setValue(u"window/geometry"_s, QByteArray("nonsense"));
        settings.setValue(u"window/columns"_s, QByteArray("nonsense"));
        settings.setValue(u"tables/instancesTable/columns"_s, QStringList{u"herd:0:0"_s, u"nothing:1:1"_s, u"x"_s, u"server:1:99999999"_s});
        settings.setValue(u"tables/instancesTable/sort"_s, QStringList{u"+nothing"_s, u""_s});
        settings.setValue(u"filter/environment"_s, 4711); // gone since
        settings.setValue(u"filter/role"_s, -5);
        settings.setValue(u"filter/focus/kind"_s, 77);
        m_window = makeWindow(&settings);
        QVERIFY(table()->isVisible());
        QCOMPARE(table()->model()->rowCount(), int(m_snapshot->instances().size()));
    }

    void sortingByKeyboardAndShiftClick()
    {
        table()->setFocus();
        table()->setCurrentIndex(table()->model()->index(0, 1));
        QTest::keyClick(table(), Qt::Key_F3);
        QCOMPARE(table()->header()->sortColumns(), (std::vector<SortColumn>{{1, Qt::AscendingOrder}}));
        QTest::keyClick(table(), Qt::Key_F3);
        QCOMPARE(table()->header()->sortColumns(), (std::vector<SortColumn>{{1, Qt::DescendingOrder}}));
        const auto click = [this](int column, Qt::KeyboardModifiers modifiers) {
            const int x = table()->header()->sectionViewportPosition(column) + 12;
            QTest::mouseClick(table()->header()->viewport(), Qt::LeftButton, modifiers, QPoint(x, 10));
        };
        click(0, Qt::NoModifier);
        click(3, Qt::ShiftModifier);
        QCOMPARE(table()->header()->sortColumns(), (std::vector<SortColumn>{{0, Qt::AscendingOrder}, {3, Qt::AscendingOrder}}));
        QStringList herds;
        for (int row = 0; row < table()->model()->rowCount(); ++row)
            herds << table()->model()->index(row, 0).data().toString();
        QVERIFY(std::is_sorted(herds.begin(), herds.end(), [](const QString& a, const QString& b) { return QString::compare(a, b, Qt::CaseInsensitive) < 0; }));
    }

    void copyAsTextAndCsv()
    {
        filterText()->setText(u"lost"_s);
        table()->selectAll();
        QTest::keyClick(table(), Qt::Key_C, Qt::ControlModifier);
        const QStringList lines = QApplication::clipboard()->text().split(u'\n');
        QCOMPARE(lines.size(), 3);
        QVERIFY(lines.at(0).startsWith("Herd\tServer\t"_L1));
        QVERIFY(lines.at(1).startsWith("<b>lost</b> & found"_L1));
        QTest::keyClick(table(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(QApplication::clipboard()->text().contains("\"<b>lost</b> & found <img src=\"\"file:///etc/passwd\"\">\""_L1));
    }

    void panesFollowEachOther()
    {
        table()->setFocus();
        QStringList seen;
        for (int i = 0; i < 4; ++i) {
            QTest::keyClick(m_window.get(), Qt::Key_F6);
            seen << QApplication::focusWidget()->objectName();
        }
        QCOMPARE(seen, (QStringList{u"detailsPanel"_s, u"filterText"_s, u"constellationTree"_s, u"instancesTable"_s}));
        QTest::keyClick(m_window.get(), Qt::Key_F6, Qt::ShiftModifier);
        QCOMPARE(QApplication::focusWidget()->objectName(), u"constellationTree"_s);
        action(ActionId::ShowOperations)->setChecked(true);
        action(ActionId::ShowTree)->setChecked(false); // the focus does not get lost with it
        QVERIFY(table()->hasFocus());
        QTest::keyClick(m_window.get(), Qt::Key_F6);
        QTest::keyClick(m_window.get(), Qt::Key_F6);
        QCOMPARE(QApplication::focusWidget()->objectName(), u"operationsTree"_s);
    }

    void tabReachesEveryControl()
    {
        filterText()->setFocus();
        QStringList seen;
        for (int i = 0; i < 200 && (seen.isEmpty() || QApplication::focusWidget() != filterText()); ++i) {
            seen << QApplication::focusWidget()->objectName();
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        }
        for (const QString& name : {u"filterEnvironment"_s, u"filterHerd"_s, u"filterRole"_s, u"filterState"_s, u"filterVersion"_s, u"toggleProblems"_s,
                 u"refreshAll"_s, u"constellationTree"_s, u"pageTabs"_s, u"instancesTable"_s})
            QVERIFY2(seen.contains(name), qPrintable(name + u" in "_s + seen.join(u' ')));
    }

    void everythingHasANameForScreenReaders()
    {
        for (const ActionId id : {ActionId::PageHerds, ActionId::PageServers, ActionId::PageEnvironments, ActionId::PageDrPairs, ActionId::PageOperations,
                 ActionId::PageInstances})
            action(id)->trigger();
        chooseRow(2);
        m_window->putOperation(sample::runningOperation(*m_snapshot, m_clock->now()));
        m_window->showNotice(u"Title"_s, u"Text"_s);
        settle();
        QStringList nameless;
        for (QWidget* widget : m_window->findChildren<QWidget*>()) {
            const bool control = widget->focusPolicy() != Qt::NoFocus && widget->isEnabled();
            const auto* label = qobject_cast<QLabel*>(widget);
            if (!widget->isVisible() || (!control && !(label && !label->text().isEmpty())) || widget->objectName().startsWith("qt_"_L1))
                continue;
            QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(widget);
            QVERIFY(interface);
            if (interface->text(QAccessible::Name).isEmpty())
                nameless << QLatin1String(widget->metaObject()->className()) + u' ' + widget->objectName();
            if (control && widget->objectName().isEmpty())
                nameless << QLatin1String(widget->metaObject()->className()) + u" without object name"_s;
        }
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(u"; "_s)));
        QAccessibleInterface* cells = QAccessible::queryAccessibleInterface(table());
        QVERIFY(cells->tableInterface()->cellAt(2, 5)->text(QAccessible::Name).contains("online"_L1));
    }

    void hostileTextStaysText()
    {
        filterText()->setText(u"lost"_s);
        QCOMPARE(table()->model()->rowCount(), 1);
        chooseRow(0);
        auto* tree = find<QTreeView>(u"constellationTree"_s);
        auto* model = static_cast<ConstellationModel*>(tree->model());
        const HerdId herd = m_snapshot->instances().back().herd;
        tree->setCurrentIndex(model->indexOf(ItemKind::Herd, herd.value));
        settle();
        const QString name = u"<b>lost</b> & found <img src=\"file:///etc/passwd\">"_s;
        QCOMPARE(find<QLabel>(u"detailsTitle"_s)->text(), name);
        for (const QLabel* label : m_window->findChildren<QLabel*>()) {
            if (label->text().contains("<b>"_L1))
                QCOMPARE(label->textFormat(), Qt::PlainText);
        }
        for (const QWidget* widget : m_window->findChildren<QWidget*>())
            QVERIFY2(!widget->toolTip().contains("<img"_L1), qPrintable(widget->objectName()));
        for (const ActionId id : m_window->actions().all())
            QVERIFY(!action(id)->toolTip().contains("<img"_L1));
        auto* chip = find<QToolButton>(u"focusChip"_s);
        QVERIFY(chip->text().contains("&&"_L1)); // an ampersand, not a mnemonic
        for (int column = 0; column < table()->model()->columnCount(); ++column) {
            const QString tip = table()->model()->index(0, column).data(Qt::ToolTipRole).toString();
            QVERIFY2(!tip.contains("<img"_L1), qPrintable(tip));
        }
    }

    void operationsAreShownAndCancelled()
    {
        auto* panel = find<OperationsPanel>(u"operationsPanel"_s);
        QVERIFY(!panel->isVisible());
        OperationRecord operation = sample::runningOperation(*m_snapshot, m_clock->now());
        m_window->putOperation(operation);
        QVERIFY(panel->isVisible());
        QCOMPARE(panel->currentOperation(), operation.id);
        auto* tree = find<QTreeView>(u"operationsTree"_s);
        QVERIFY(tree->isExpanded(tree->model()->index(0, 0)));
        tree->setCurrentIndex(tree->model()->index(1, 0, tree->model()->index(0, 0)));
        auto* output = find<QPlainTextEdit>(u"operationOutput"_s);
        QVERIFY(output->toPlainText().contains("pg_ctlcluster 15 trading restart"_L1));
        StepRecord step = operation.steps.at(1);
        step.output += "<script>\033[31mred\n";
        step.state = StepState::Failed;
        step.message = u"It failed."_s;
        m_window->updateOperationStep(operation.id, step);
        QVERIFY(output->toPlainText().contains("<script>"_L1));
        QVERIFY(!output->toPlainText().contains(QChar(0x1b)));
        QVERIFY(output->toPlainText().endsWith("It failed."_L1));
        QCOMPARE(tree->model()->index(0, int(OperationTreeModel::Column::Progress)).data().toString(), u"2 of 3, 1 failed"_s);

        QSignalSpy details(m_window.get(), &MainWindow::operationDetailsRequested);
        QSignalSpy cancel(m_window.get(), &MainWindow::cancelOperationRequested);
        tree->setFocus();
        QTest::keyClick(tree, Qt::Key_Return);
        QCOMPARE(details.size(), 1);
        QCOMPARE(details.front().front().toUuid(), operation.id);
        QTest::keyClick(tree, Qt::Key_Period, Qt::ControlModifier);
        QCOMPARE(cancel.size(), 1);
        operation.state = OperationState::Cancelled;
        m_window->putOperation(operation);
        settle();
        QVERIFY(!action(ActionId::CancelOperation)->isEnabled());
        // Who hid the panel is not shown it again.
        action(ActionId::ShowOperations)->setChecked(false);
        OperationRecord another = operation;
        another.id = QUuid::createUuid();
        another.state = OperationState::Running;
        m_window->putOperation(another);
        QVERIFY(!panel->isVisible());
    }

    void aLostInventoryIsSaid()
    {
        auto* banner = find<Banner>(u"connectionBanner"_s);
        QVERIFY(!banner->isVisible());
        InventoryService::Status status = liveStatus(m_clock->now());
        status.connection = InventoryService::Connection::Lost;
        status.error = Error{.kind = ErrorKind::Unreachable, .what = u"The inventory does not answer."_s, .where = u"pg-admin"_s, .detail = u"Connection <b>refused</b>"_s, .remedy = u"Look after it."_s};
        m_clock->advance(std::chrono::seconds(300));
        m_window->setStatus(status, u"The inventory is not connected."_s, {});
        QTRY_VERIFY(banner->isVisible());
        QCOMPARE(banner->title(), u"The inventory does not answer."_s);
        for (const QLatin1String part : {"pg-admin"_L1, "Connection <b>refused</b>"_L1, "Look after it."_L1, "5 min"_L1})
            QVERIFY2(banner->text().contains(part), qPrintable(banner->text()));
        QSignalSpy retry(m_window.get(), &MainWindow::retryRequested);
        QTest::mouseClick(find<QToolButton>(u"connectionBannerAction"_s), Qt::LeftButton);
        QCOMPARE(retry.size(), 1);
        QCOMPARE(table()->model()->rowCount(), int(m_snapshot->instances().size())); // what was known stays
        find<QToolButton>(u"connectionBannerClose"_s)->click();
        m_window->setStatus(status, {}, {});
        QVERIFY(!banner->isVisible()); // closed is closed, until it is lost anew
        m_window->setStatus(liveStatus(m_clock->now()), {}, {});
        m_window->setStatus(status, {}, {});
        QVERIFY(banner->isVisible());
        m_window->setStatus(liveStatus(m_clock->now()), {}, {});
        QVERIFY(!banner->isVisible());

        status.connection = InventoryService::Connection::Opening;
        status.fromOfflineCopy = true;
        status.currentAt = m_clock->now().addSecs(-7200);
        m_window->setStatus(status, {}, {});
        QVERIFY(banner->isVisible());
        QVERIFY2(banner->text().contains("2 h"_L1), qPrintable(banner->text()));
    }

    void theStatusBarCounts()
    {
        QCOMPARE(find<QToolButton>(u"statusDown"_s)->text(), u"1 down"_s);
        QCOMPARE(find<QToolButton>(u"statusUnreachable"_s)->text(), u"1 unreachable"_s);
        QVERIFY(!find<QToolButton>(u"statusUnknown"_s)->isVisible());
        QVERIFY2(find<QLabel>(u"statusAge"_s)->text().contains("2 s old"_L1), qPrintable(find<QLabel>(u"statusAge"_s)->text()));
        find<QToolButton>(u"statusDown"_s)->click();
        QCOMPARE(table()->model()->rowCount(), 1);
        QVERIFY(!find<QLabel>(u"statusReadOnly"_s)->isVisible());
        InventoryService::Status status = liveStatus(m_clock->now());
        status.readOnly = true;
        m_window->setStatus(status, u"read-only"_s, u"read-only"_s);
        QVERIFY(find<QLabel>(u"statusReadOnly"_s)->isVisible());
    }

    void anEmptyInventoryShowsTheFirstSteps()
    {
        m_window->setInventory(std::make_shared<const Inventory>(InventoryRows{}, Observations{}, 2, m_clock->now()), nullptr);
        auto* page = find<StartPage>(u"startPage"_s);
        QVERIFY(page && page->isVisible());
        QSignalSpy add(m_window.get(), &MainWindow::addRequested);
        QTest::keyClick(m_window.get(), Qt::Key_F6);
        QApplication::focusWidget();
        find<QWidget>(u"startAddServer"_s)->setFocus();
        QTest::keyClick(find<QWidget>(u"startAddServer"_s), Qt::Key_Space);
        QCOMPARE(add.size(), 1);
        QCOMPARE(add.front().front().value<ItemKind>(), ItemKind::Server);
        m_window->setInventory(m_snapshot, nullptr);
        QVERIFY(!page->isVisible());
        QCOMPARE(table()->model()->rowCount(), int(m_snapshot->instances().size()));
    }

    void aSmallWindowCutsNothingOff()
    {
        m_window->resize(720, 430); // 1440x900 at a scale of 2
        chooseRow(2);
        const auto* panel = find<QScrollArea>(u"detailsPanel"_s);
        QVERIFY2(panel->widget()->minimumSizeHint().width() <= panel->viewport()->width(),
            qPrintable(u"%1 in %2"_s.arg(panel->widget()->minimumSizeHint().width()).arg(panel->viewport()->width())));
        QVERIFY(m_window->width() <= 720);
    }

    void visibleInstancesAreAnnounced()
    {
        QSignalSpy visible(m_window.get(), &MainWindow::visibleInstancesChanged);
        filterText()->setText(u"trading"_s);
        QTRY_VERIFY(!visible.isEmpty() && visible.back().front().value<std::vector<InstanceId>>().size() == 4);
    }

    void theContextMenuOpensByKey()
    {
        chooseRow(1);
        QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(40, 40), table()->mapToGlobal(QPoint(40, 40)));
        QApplication::sendEvent(table(), &event);
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        QVERIFY(menu);
        QVERIFY(menu->actions().contains(action(ActionId::Restart)));
        menu->close();
    }

    void helpIsAskedForByKey()
    {
        QSignalSpy shortcuts(m_window.get(), &MainWindow::shortcutsRequested);
        QTest::keyClick(table(), Qt::Key_Question);
        QCOMPARE(shortcuts.size(), 1);
        QSignalSpy help(m_window.get(), &MainWindow::helpRequested);
        for (const auto& [page, wanted] : {std::pair{ActionId::PageInstances, "instance"}, {ActionId::PageHerds, "herd"}, {ActionId::PageServers, "server"},
                 {ActionId::PageEnvironments, "environment"}, {ActionId::PageDrPairs, "dr-pair"}, {ActionId::PageOperations, "lifecycle"}}) {
            action(page)->trigger();
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_F1);
            QCOMPARE(help.size(), 1);
            QCOMPARE(help.takeFirst().front().toString(), QString::fromLatin1(wanted));
        }
        // In the tree it is that of what is chosen there, whatever the page.
        auto* tree = m_window->findChild<QTreeView*>(u"constellationTree"_s);
        tree->setFocus();
        const QAbstractItemModel* model = tree->model();
        int herd = 0; // the first one with members
        while (herd < model->rowCount(model->index(0, 0)) && model->rowCount(model->index(herd, 0, model->index(0, 0))) == 0)
            ++herd;
        QModelIndex index = model->index(0, 0);
        for (const auto* wanted : {"environment", "herd", "instance"}) {
            QVERIFY2(index.isValid(), wanted);
            tree->setCurrentIndex(index);
            QTest::keyClick(tree, Qt::Key_F1);
            QCOMPARE(help.takeFirst().front().toString(), QString::fromLatin1(wanted));
            index = model->index(index.parent().isValid() ? 0 : herd, 0, index);
        }
    }

private:
    std::unique_ptr<MainWindow> makeWindow(QSettings* settings)
    {
        m_window.reset();
        auto window = std::make_unique<MainWindow>(m_clock, settings);
        if (!settings)
            window->resize(1440, 900);
        window->setInventory(m_snapshot, nullptr);
        window->setStatus(liveStatus(m_clock->now()), {}, {});
        window->show();
        window->activateWindow();
        if (!QTest::qWaitForWindowActive(window.get()))
            qWarning("the window did not become active");
        const auto* tree = window->findChild<QTreeView*>(u"constellationTree"_s);
        if (!QTest::qWaitFor([tree] { return tree->model()->rowCount() > 0; }))
            qWarning("the tree stayed empty");
        return window;
    }

    // Lets what is put together for the next turn of the event loop happen.
    static void settle()
    {
        for (int i = 0; i < 3; ++i)
            QCoreApplication::processEvents();
    }

    template <class T>
    T* find(const QString& name) const
    {
        return m_window->findChild<T*>(name);
    }
    QAction* action(ActionId id) const { return m_window->actions()[id]; }
    DataTable* table() const { return find<DataTable>(u"instancesTable"_s); }
    QLineEdit* filterText() const { return find<QLineEdit>(u"filterText"_s); }
    void chooseRow(int row)
    {
        table()->setFocus();
        table()->selectRow(row);
        settle();
    }
    static int rowOf(const QAbstractItemView* view, const QString& text)
    {
        for (int row = 0; row < view->model()->rowCount(); ++row) {
            if (view->model()->index(row, 0).data().toString() == text)
                return row;
        }
        return -1;
    }

    std::shared_ptr<sample::StillClock> m_clock;
    InventoryPtr m_snapshot;
    std::unique_ptr<MainWindow> m_window;
};

} // namespace elephaas

QTEST_MAIN(elephaas::MainWindowTest)
#include "tst_mainwindow.moc"
