// What the desk costs the GUI thread, in real views on real models: a key typed into the filter until the table is painted, and a
// refresh of one instance in a hundred taken in by every model.
//
// filter_key_10k_ms, filter_key_100k_ms: 95th percentile over every key of some filters, typed and deleted again.
// merge_10k_ms: median; the instances table is sorted by lag, tables and tree are shown, a hundred rows are selected.

#include "models/domain/difference.h"
#include "models/items/constellationmodel.h"
#include "models/items/drpairtablemodel.h"
#include "models/items/environmenttablemodel.h"
#include "models/items/herdtablemodel.h"
#include "models/items/instancetablemodel.h"
#include "models/items/servertablemodel.h"
#include "models/items/tableproxy.h"
#include "tests/support/synthetic.h"

#include <QApplication>
#include <QCache>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QSplitter>
#include <QStaticText>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QTreeView>
#include <QVBoxLayout>

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

// Qt's own delegate lays out each text anew, which alone costs 11 ms a page; kept texts cost 4.
class FastDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const bool selected = (option.state & QStyle::State_Selected) != 0;
        if (selected)
            painter->fillRect(option.rect, option.palette.brush(QPalette::Active, QPalette::Highlight));
        const QString text = index.data().toString();
        if (text.isEmpty())
            return;
        QStaticText* cached = m_texts.object(text);
        if (!cached) {
            cached = new QStaticText(text);
            cached->setTextFormat(Qt::PlainText);
            cached->setPerformanceHint(QStaticText::AggressiveCaching);
            cached->prepare(QTransform(), painter->font());
            m_texts.insert(text, cached);
        }
        const QRect rect = option.rect.adjusted(4, 0, -4, 0);
        const QSizeF size = cached->size();
        painter->setPen(option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text));
        const double y = rect.top() + (rect.height() - size.height()) / 2;
        if (size.width() > rect.width()) {
            painter->drawText(rect, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, option.fontMetrics.elidedText(text, Qt::ElideRight, rect.width()));
            return;
        }
        const QVariant align = index.data(Qt::TextAlignmentRole);
        const bool right = align.isValid() && (align.toInt() & Qt::AlignRight) != 0;
        painter->drawStaticText(QPointF(right ? rect.right() - size.width() : rect.left(), y), *cached);
    }
    mutable QCache<QString, QStaticText> m_texts{5000};
};

// The part of the window that these figures are about.
struct Desk {
    explicit Desk(int instances)
        : clock(std::make_shared<SystemClock>())
        , model(clock)
        , herds(clock)
        , servers(clock)
        , environments(clock)
        , pairs(clock)
        , constellation(clock)
    {
        table.setSelectionBehavior(QAbstractItemView::SelectRows);
        table.verticalHeader()->hide();
        table.verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
        table.verticalHeader()->setDefaultSectionSize(24);
        table.setWordWrap(false);
        table.setTextElideMode(Qt::ElideRight);
        table.setItemDelegate(new FastDelegate(&table));
        table.setShowGrid(false);
        tree.setUniformRowHeights(true);
        auto* right = new QWidget;
        auto* column = new QVBoxLayout(right);
        column->addWidget(&filter);
        column->addWidget(&table);
        window.addWidget(&tree);
        window.addWidget(right);
        window.setSizes({300, 1200});
        window.resize(1500, 950);

        snapshot = observedInventory(instances);
        proxy.setSortKeys({{static_cast<int>(InstanceTableModel::Column::Lag), Qt::DescendingOrder}});
        proxy.setSourceModel(&model);
        table.setModel(&proxy);
        tree.setModel(&constellation);
        apply(snapshot, nullptr);
        tree.expandToDepth(0);
        QObject::connect(&filter, &QLineEdit::textChanged, &proxy, [this](const QString& text) {
            InstanceFilter wanted;
            wanted.text = text;
            proxy.setFilter(wanted);
        });
        window.show();
        filter.setFocus();
        QApplication::processEvents();
    }
    ~Desk()
    {
        table.setParent(nullptr);
        filter.setParent(nullptr);
        tree.setParent(nullptr);
    }

    void apply(const InventoryPtr& next, const DifferencePtr& difference)
    {
        model.apply(next, difference);
        herds.apply(next, difference);
        servers.apply(next, difference);
        environments.apply(next, difference);
        pairs.apply(next, difference);
        constellation.apply(next, difference);
        snapshot = next;
    }

    void selectSome()
    {
        QItemSelection selection;
        for (int row = 0; row < 100; ++row)
            selection.select(proxy.index(row * 7 % proxy.rowCount(), 0), proxy.index(row * 7 % proxy.rowCount(), proxy.columnCount() - 1));
        table.selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
        table.selectionModel()->setCurrentIndex(proxy.index(3, 0), QItemSelectionModel::NoUpdate);
    }

    std::shared_ptr<const Clock> clock;
    InstanceTableModel model;
    HerdTableModel herds;
    ServerTableModel servers;
    EnvironmentTableModel environments;
    DrPairTableModel pairs;
    ConstellationModel constellation;
    TableProxy proxy;
    InventoryPtr snapshot;
    QSplitter window;
    QLineEdit filter;
    QTableView table;
    QTreeView tree;
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
                    press(desk.filter, 0, QString(c));
                    QApplication::processEvents();
                }));
            }
            for (qsizetype i = 0; i < filter.size(); ++i) {
                keys.push_back(milliseconds([&] {
                    press(desk.filter, Qt::Key_Backspace, {});
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
    while (timer.elapsed() < 500 + desk.model.rowCount() / 100)
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
        const auto selected = desk.table.selectionModel()->selectedRows().size();
        const auto current = desk.table.currentIndex().data(IdRole);
        double applied = 0;
        withPaint.push_back(milliseconds([&] {
            applied = milliseconds([&] { desk.apply(next, what); });
            QApplication::processEvents();
        }));
        merges.push_back(applied);
        kept = kept && desk.table.selectionModel()->selectedRows().size() == selected
            && desk.table.currentIndex().data(IdRole) == current;
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
    QApplication app(argc, argv);
    benchFilter(10000, "filter_key_10k_ms", 3);


    benchFilter(100000, "filter_key_100k_ms", 1);
    benchMerge(10000, "merge_10k_ms", 50);
    return 0;
}
