// What the desk costs the GUI thread, in the console's own window: a key typed into the filter until everything is painted, and a
// refresh of one instance in a hundred until everything is painted.
//
// filter_key_10k_ms, filter_key_100k_ms: 95th percentile over every key of some filters, typed and deleted again.
// merge_10k_ms: median; the instances table is sorted by lag, a hundred rows are selected and have to stay so.

#include "models/domain/difference.h"
#include "models/items/instancetablemodel.h"
#include "models/items/tableproxy.h"
#include "tests/support/synthetic.h"
#include "views/datatable.h"
#include "views/mainwindow.h"
#include "views/sortheader.h"
#include "views/theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QKeyEvent>
#include <QLineEdit>

#include <algorithm>
#include <cstdio>
#include <functional>

using namespace elephaas;
using namespace Qt::Literals::StringLiterals;

namespace {

double milliseconds(const std::function<void()>& work)
{
    QElapsedTimer timer;
    timer.start();
    work();
    return double(timer.nsecsElapsed()) / 1e6;
}

double quantile(std::vector<double> values, double part)
{
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, static_cast<size_t>(part * static_cast<double>(values.size())))];
}

ObservationPtr seen(const Instance& row, int round, const QDateTime& at)
{
    auto observation = std::make_shared<Observation>();
    observation->instance = row.id;
    observation->at = at;
    observation->factsAt = at;
    observation->seenBy = u"probe"_s;
    observation->liveness = row.isOnline ? Liveness::Online : Liveness::Offline;
    observation->role = row.upstream ? Role::Replica : Role::Primary;
    observation->version = PgVersion::parse(row.version);
    observation->timeline = 1;
    const auto behind = static_cast<quint64>((row.id.value * 7919 + round * 104729) % 300) * 90000ULL;
    const Lsn position{row.walPosition ? row.walPosition->value - (row.upstream ? behind : 0) : 0};
    if (row.upstream) {
        observation->replayLsn = position;
        observation->receiveLsn = position;
        observation->receiverState = u"streaming"_s;
    } else {
        observation->currentLsn = Lsn{position.value + 300 * 90000ULL};
    }
    return observation;
}

InventoryPtr observedInventory(int instances)
{
    const auto now = QDateTime::currentDateTimeUtc();
    InventoryRows rows = syntheticRows(instances, instances * 3 / 10, instances / 5);
    Observations observations;
    for (const Instance& row : rows.instances)
        observations.insert(row.id, seen(row, 0, now));
    return std::make_shared<const Inventory>(std::move(rows), std::move(observations), 1, now);
}

// The console's window on a constellation, without the outside world.
struct Desk {
    explicit Desk(int instances)
        : window(std::make_shared<SystemClock>(), nullptr)
        , snapshot(observedInventory(instances))
    {
        window.resize(1500, 950);
        window.setStatus({.connection = InventoryService::Connection::Live}, {}, {});
        window.setInventory(snapshot, nullptr);
        window.show();
        filter = child<QLineEdit>(u"filterText"_s);
        table = child<DataTable>(u"instancesTable"_s);
        proxy = qobject_cast<TableProxy*>(table->model());
        table->header()->setSortColumns({{static_cast<int>(InstanceTableModel::Column::Lag), Qt::DescendingOrder}});
        proxy->sort(static_cast<int>(InstanceTableModel::Column::Lag), Qt::DescendingOrder);
        filter->setFocus();
        QApplication::processEvents();
    }

    template <class Widget>
    Widget* child(const QString& name)
    {
        auto* widget = window.findChild<Widget*>(name);
        if (!widget) {
            std::fprintf(stderr, "the window has no %s\n", qPrintable(name));
            std::exit(1);
        }
        return widget;
    }

    void selectSome()
    {
        QItemSelection selection;
        const int rows = proxy->rowCount();
        for (int row = 0; row < 100; ++row)
            selection.select(proxy->index(row * 7 % rows, 0), proxy->index(row * 7 % rows, proxy->columnCount() - 1));
        table->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
        table->selectionModel()->setCurrentIndex(proxy->index(3, 0), QItemSelectionModel::NoUpdate);
        QApplication::processEvents();
    }

    MainWindow window;
    InventoryPtr snapshot;
    QLineEdit* filter = nullptr;
    DataTable* table = nullptr;
    TableProxy* proxy = nullptr;
};

void press(QWidget& widget, int key, const QString& text)
{
    QKeyEvent down(QEvent::KeyPress, key, Qt::NoModifier, text);
    QKeyEvent up(QEvent::KeyRelease, key, Qt::NoModifier, text);
    QApplication::sendEvent(&widget, &down);
    QApplication::sendEvent(&widget, &up);
}

std::vector<double> typeFilters(Desk& desk, int rounds)
{
    std::vector<double> keys;
    const QStringList filters{u"herd00123"_s, u"db0042.example"_s, u"offline"_s, u"prod 15.20 replica"_s, u"stage primary"_s, u"nothing like it"_s,
        u"/srv/pg"_s, u"5433"_s};
    for (int round = 0; round < rounds; ++round) {
        for (const QString& filter : filters) {
            for (const QChar c : filter) {
                keys.push_back(milliseconds([&] {
                    press(*desk.filter, 0, QString(c));
                    QApplication::processEvents();
                }));
            }
            for (qsizetype i = 0; i < filter.size(); ++i) {
                keys.push_back(milliseconds([&] {
                    press(*desk.filter, Qt::Key_Backspace, {});
                    QApplication::processEvents();
                }));
            }
        }
    }
    return keys;
}

// Lets idle work (text folded ahead) come to its end.
void settle(const Desk& desk)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < 500 + static_cast<int>(desk.snapshot->instances().size()) / 100)
        QApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 20);
}

void benchFilter(int instances, const char* name, int rounds)
{
    Desk desk(instances);
    desk.selectSome();
    settle(desk);
    const auto keys = typeFilters(desk, rounds);
    std::fprintf(stderr, "%s: median %.2f, worst %.2f, %zu keys\n", name, quantile(keys, 0.5), quantile(keys, 1), keys.size());
    std::printf("%s %.2f ms\n", name, quantile(keys, 0.95));
}

void benchMerge(int instances, const char* name, int rounds)
{
    Desk desk(instances);
    desk.selectSome();
    settle(desk);
    std::vector<double> merges;
    std::vector<double> withPaint;
    bool kept = true;
    for (int round = 1; round <= rounds; ++round) {
        std::vector<ObservationPtr> changed;
        const auto& rows = desk.snapshot->instances();
        for (size_t i = static_cast<size_t>(round) % 100; i < rows.size(); i += 100)
            changed.push_back(seen(rows[i], round, QDateTime::currentDateTimeUtc()));
        const InventoryPtr next = desk.snapshot->withObservations(changed, desk.snapshot->revision() + 1);
        const auto what = std::make_shared<const InventoryDifference>(difference(*desk.snapshot, *next));
        const auto selected = desk.table->selectionModel()->selectedRows().size();
        const auto current = desk.table->currentIndex().data(IdRole);
        double applied = 0;
        withPaint.push_back(milliseconds([&] {
            applied = milliseconds([&] { desk.window.setInventory(next, what); });
            QApplication::processEvents();
        }));
        desk.snapshot = next;
        merges.push_back(applied);
        kept = kept && desk.table->selectionModel()->selectedRows().size() == selected
            && desk.table->currentIndex().data(IdRole) == current;
    }
    std::fprintf(stderr, "%s: worst %.2f, painted too: median %.2f\n", name, quantile(merges, 1), quantile(withPaint, 0.5));
    if (!kept) {
        std::fprintf(stderr, "%s: the selection was lost\n", name);
        std::exit(1);
    }
    std::printf("%s %.2f ms\n", name, quantile(withPaint, 0.5));
}

} // namespace

int main(int argc, char** argv)
{
    const QApplication app(argc, argv);
    applyColorScheme(ColorScheme::Light);
    benchFilter(10000, "filter_key_10k_ms", 3);


    benchFilter(100000, "filter_key_100k_ms", 1);
    benchMerge(10000, "merge_10k_ms", 50);
    return 0;
}
