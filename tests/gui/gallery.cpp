// Shows the window with a sample constellation and saves pictures of it: gallery FOLDER [light|dark].
// Not a test: a person looks at the pictures.
#include "models/items/operationtreemodel.h"
#include "tests/gui/sample.h"
#include "views/actions.h"
#include "views/columnsdialog.h"
#include "views/mainwindow.h"
#include "views/theme.h"

#include <QApplication>
#include <QDir>
#include <QLineEdit>
#include <QTableView>
#include <QTest>
#include <QTreeView>

#include <cmath>

using namespace Qt::Literals::StringLiterals;
using namespace elephaas;

namespace {

void save(QWidget* widget, const QString& folder, const QString& name)
{
    QTest::qWait(500);
    widget->grab().save(QDir(folder).filePath(name + u".png"_s));
}

InventoryService::Status live()
{
    return {.connection = InventoryService::Connection::Live,
        .info = {.description = u"admin on pg-admin"_s, .user = u"ops"_s, .isShared = true, .privileges = {.editInventory = true}},
        .currentAt = {}};
}

} // namespace

int main(int argc, char* argv[])
{
    QApplication app(argc, argv);
    const QStringList arguments = QApplication::arguments();
    const QString folder = arguments.value(1, u"."_s);
    const bool dark = arguments.value(2) == "dark"_L1;
    const QString prefix = dark ? u"dark-"_s : u"light-"_s;
    QDir().mkpath(folder);
    applyColorScheme(dark ? ColorScheme::Dark : ColorScheme::Light);

    auto clock = std::make_shared<sample::StillClock>();
    sample::Builder rows = sample::constellation(clock->now());
    MainWindow window(clock, nullptr);
    // The offscreen platform has a small screen that does not matter.
    const QSize screen = QGuiApplication::platformName() == "offscreen"_L1 ? QSize(1440, 900) : QGuiApplication::primaryScreen()->availableSize();
    window.resize(screen.boundedTo(QSize(1440, 900)));
    InventoryService::Status status = live();
    window.setStatus(status, {}, {});
    window.show();
    // Some minutes of lag.
    InventoryPtr snapshot;
    for (int i = 0; i < 60; ++i) {
        sample::Builder earlier = sample::constellation(clock->now());
        earlier.seenReplica(InstanceId(3), 0x2A'4F00'0000ULL + 500 * sample::megabyte - quint64(317 * (0.4 + 0.6 * i / 60.0) + 60 * std::sin(i / 3.0)) * sample::megabyte);
        snapshot = earlier.build(quint64(i) + 1);
        window.setInventory(snapshot, nullptr);
        clock->advance(std::chrono::seconds(5));
    }
    snapshot = sample::constellation(clock->now()).build(100);
    window.setInventory(snapshot, nullptr);
    status.currentAt = clock->now().addSecs(-2);
    window.setStatus(status, {}, {});
    QTest::qWait(400);
    save(&window, folder, prefix + u"1-start"_s);

    auto* table = window.findChild<QTableView*>(u"instancesTable"_s);
    table->setFocus();
    table->selectRow(2);
    window.putHistory({sample::failedOperation(*snapshot, clock->now())});
    save(&window, folder, prefix + u"2-selected"_s);
    window.putOperation(sample::runningOperation(*snapshot, clock->now()));
    save(&window, folder, prefix + u"3-running"_s);

    auto* tree = window.findChild<QTreeView*>(u"constellationTree"_s);
    tree->setFocus();
    tree->setCurrentIndex(tree->model()->index(0, 0, tree->model()->index(0, 0)));
    save(&window, folder, prefix + u"4-focus"_s);
    window.actions()[ActionId::ClearFilter]->trigger();
    const std::array pages{ActionId::PageHerds, ActionId::PageServers, ActionId::PageEnvironments, ActionId::PageDrPairs, ActionId::PageOperations};
    for (size_t i = 0; i < pages.size(); ++i) {
        window.actions()[pages.at(i)]->trigger();
        if (auto* view = qobject_cast<QTableView*>(QApplication::focusWidget()); view && view->model()->rowCount() > 1)
            view->selectRow(1);
        save(&window, folder, prefix + u"5-page%1"_s.arg(i + 2));
    }
    window.actions()[ActionId::PageInstances]->trigger();
    table->clearSelection();
    window.actions()[ActionId::ShowOperations]->setChecked(false);
    window.findChild<QLineEdit*>(u"filterText"_s)->setText(u"nothing like it"_s);
    status.connection = InventoryService::Connection::Lost;
    status.error = Error{.kind = ErrorKind::Unreachable, .what = u"The inventory does not answer."_s, .where = u"pg-admin, port 5432"_s,
        .detail = u"connection to server at \"pg-admin\" (10.1.0.9), port 5432 failed: Connection refused"_s,
        .remedy = u"Check that the server runs; the console tries again by itself."_s};
    status.readOnly = true;
    window.setStatus(status, u"The console was started read-only."_s, u"The console was started read-only."_s);
    save(&window, folder, prefix + u"6-lost"_s);
    window.findChild<QLineEdit*>(u"filterText"_s)->clear();
    table->selectRow(0);
    save(&window, folder, prefix + u"7-readonly"_s);

    window.actions()[ActionId::Columns]->trigger();
    save(QApplication::activeModalWidget(), folder, prefix + u"8-columns"_s);
    QApplication::activeModalWidget()->close();
    MainWindow empty(clock, nullptr);
    empty.resize(screen.boundedTo(QSize(1100, 700)));
    empty.show();
    empty.setInventory(std::make_shared<const Inventory>(InventoryRows{}, Observations{}, 1, clock->now()), nullptr);
    empty.setStatus(live(), {}, {});
    save(&empty, folder, prefix + u"9-empty"_s);
    return 0;
}
