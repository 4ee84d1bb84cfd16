// The proxy as a view meets it: few signals, and a selection that stays on its rows.
#include "models/items/instancetablemodel.h"
#include "models/items/tableproxy.h"
#include "tests/models/items/randominventory.h"
#include "tests/support/synthetic.h"

#include <QItemSelectionModel>
#include <QSet>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

using C = InstanceTableModel::Column;

class Signals final {
public:
    explicit Signals(const QAbstractItemModel& model)
        : inserted(&model, &QAbstractItemModel::rowsInserted)
        , removed(&model, &QAbstractItemModel::rowsRemoved)
        , layouts(&model, &QAbstractItemModel::layoutChanged)
        , changed(&model, &QAbstractItemModel::dataChanged)
        , resets(&model, &QAbstractItemModel::modelReset)
    {
    }
    QList<qsizetype> counts() const { return {inserted.size(), removed.size(), layouts.size(), changed.size(), resets.size()}; }
    void clear()
    {
        for (QSignalSpy* spy : {&inserted, &removed, &layouts, &changed, &resets})
            spy->clear();
    }

private:
    QSignalSpy inserted, removed, layouts, changed, resets;
};

QSet<qint64> selectedIds(const QItemSelectionModel& selection)
{
    QSet<qint64> ids;
    for (const QItemSelectionRange& range : selection.selection()) {
        for (int row = range.top(); row <= range.bottom(); ++row)
            ids.insert(range.model()->index(row, 0).data(IdRole).toLongLong());
    }
    return ids;
}

InstanceFilter textFilter(const QString& words)
{
    InstanceFilter filter;
    filter.text = words;
    return filter;
}

} // namespace

class TableProxyTest final : public QObject {
    Q_OBJECT

    static constexpr int rows = 3000;
    std::shared_ptr<ManualClock> m_clock;
    InventoryPtr m_snapshot;
    std::unique_ptr<InstanceTableModel> m_model;
    std::unique_ptr<TableProxy> m_proxy;
    std::unique_ptr<QItemSelectionModel> m_selection;

    void select(std::initializer_list<int> ids)
    {
        QItemSelection chosen;
        for (const int id : ids)
            chosen.select(m_proxy->indexOf(id, 0), m_proxy->indexOf(id, InstanceTableModel::columns - 1));
        m_selection->select(chosen, QItemSelectionModel::ClearAndSelect);
    }

    void applyChange(const std::function<void(InventoryRows&)>& change)
    {
        InventoryRows next = m_snapshot->rows();
        change(next);
        const auto after = std::make_shared<const Inventory>(std::move(next), Observations(), m_snapshot->revision() + 1, QDateTime());
        m_model->apply(after, std::make_shared<const InventoryDifference>(difference(*m_snapshot, *after)));
        m_snapshot = after;
    }

private Q_SLOTS:
    void init()
    {
        m_clock = std::make_shared<ManualClock>();
        m_snapshot = std::make_shared<const Inventory>(syntheticRows(rows, 900, 600), Observations(), 1, QDateTime());
        m_model = std::make_unique<InstanceTableModel>(m_clock);
        m_proxy = std::make_unique<TableProxy>();
        m_proxy->setSourceModel(m_model.get());
        m_model->apply(m_snapshot, nullptr);
        m_proxy->sort(int(C::Server), Qt::AscendingOrder);
        m_selection = std::make_unique<QItemSelectionModel>(m_proxy.get());
        QCOMPARE(m_proxy->rowCount(), rows);
    }
    void cleanup()
    {
        m_selection.reset();
        m_proxy.reset();
        m_model.reset();
    }

    void typingNarrowsWithFewSignals()
    {
        select({1, 13, 113, 1100});
        const QSet<qint64> chosen = selectedIds(*m_selection);
        QCOMPARE(chosen.size(), 4);
        Signals seen(*m_proxy);
        m_proxy->setFilter(textFilter(u"2"_s));
        m_proxy->setFilter(textFilter(u"22"_s));
        m_proxy->setFilter(textFilter(u"22 12."_s));
        QVERIFY(m_proxy->rowCount() > 0 && m_proxy->rowCount() < rows);
        const auto counts = seen.counts();
        QVERIFY(counts[0] == 0 && counts[1] <= 3 && counts[2] <= 3 && counts[3] == 0 && counts[4] == 0);
        QVERIFY(chosen.contains(selectedIds(*m_selection)));
        seen.clear();
        m_proxy->setFilter({});
        QCOMPARE(m_proxy->rowCount(), rows);
        QVERIFY(seen.counts()[0] == 1 && seen.counts()[2] == 1 && seen.counts()[4] == 0);
        seen.clear();
        m_proxy->setFilter({});
        QCOMPARE(seen.counts(), QList<qsizetype>({0, 0, 0, 0, 0}));
    }

    void selectionStaysOnRowsThatStay()
    {
        select({7, 8, 450, 2999});
        m_selection->setCurrentIndex(m_proxy->indexOf(450), QItemSelectionModel::NoUpdate);
        m_proxy->setFilter(textFilter(u"replica"_s));
        QCOMPARE(selectedIds(*m_selection), QSet<qint64>({2999}));
        select({2999});
        m_proxy->sort(int(C::Lag), Qt::DescendingOrder);
        QCOMPARE(selectedIds(*m_selection), QSet<qint64>({2999}));
        m_proxy->setFilter({});
        QCOMPARE(selectedIds(*m_selection), QSet<qint64>({2999}));
    }

    void allSelectedThenNarrowed()
    {
        m_selection->select(QItemSelection(m_proxy->index(0, 0), m_proxy->index(rows - 1, InstanceTableModel::columns - 1)),
            QItemSelectionModel::ClearAndSelect);
        m_proxy->setFilter(textFilter(u"offline"_s));
        const int visible = m_proxy->rowCount();
        QVERIFY(visible > 8 && visible < 100);
        QCOMPARE(selectedIds(*m_selection).size(), visible); // what is visible and was selected, no more
        m_proxy->setFilter({});
        QCOMPARE(selectedIds(*m_selection).size(), visible);
        for (const qint64 id : selectedIds(*m_selection))
            QVERIFY(!m_snapshot->find(InstanceId(id))->isOnline);
    }

    void refreshKeepsSelectionAndOrder()
    {
        m_proxy->sort(int(C::Lag), Qt::DescendingOrder);
        select({1000, 1500, 2000});
        m_selection->setCurrentIndex(m_proxy->indexOf(1500), QItemSelectionModel::NoUpdate);
        Signals seen(*m_proxy);
        applyChange([](InventoryRows& next) {
            for (size_t i = 0; i < next.instances.size(); i += 50) {
                if (next.instances[i].upstream)
                    next.instances[i].walPosition = Lsn{next.instances[i].walPosition->value - 12345678 - i};
            }
        });
        QCOMPARE(selectedIds(*m_selection), QSet<qint64>({1000, 1500, 2000}));
        QCOMPARE(m_selection->currentIndex().data(IdRole).toLongLong(), 1500);
        QVERIFY(seen.counts()[0] == 0 && seen.counts()[1] == 0 && seen.counts()[2] == 1 && seen.counts()[4] == 0);
        for (int row = 1; row < rows; ++row)
            QVERIFY(m_model->compare(m_proxy->sourceRow(row - 1), m_proxy->sourceRow(row), int(C::Lag), Qt::DescendingOrder) <= 0);
    }

    void changedColumnsOnly()
    {
        QSignalSpy changed(m_proxy.get(), &QAbstractItemModel::dataChanged);
        applyChange([](InventoryRows& next) { next.instances[5].version = u"15.21"_s; });
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed[0][0].toModelIndex(), m_proxy->indexOf(6, int(C::Version)));
        QCOMPARE(changed[0][1].toModelIndex(), m_proxy->indexOf(6, int(C::Version)));
        changed.clear();
        applyChange([](InventoryRows&) {});
        QCOMPARE(changed.size(), 0);
    }

    void rowsComeAndGo()
    {
        QSignalSpy counts(m_proxy.get(), &TableProxy::visibleChanged);
        m_proxy->setFilter(textFilter(u"primary"_s));
        const int before = m_proxy->rowCount();
        QCOMPARE(counts.last(), QVariantList({before, rows}));
        applyChange([](InventoryRows& next) { std::erase_if(next.instances, [](const Instance& row) { return row.id.value % 3 == 0; }); });
        QCOMPARE(counts.last(), QVariantList({m_proxy->rowCount(), 2000}));
        QVERIFY(m_proxy->rowCount() < before + 2000);
        const int left = m_proxy->rowCount();
        applyChange([](InventoryRows& next) {
            Instance row = next.instances.front();
            row.id = InstanceId(999999);
            next.instances.push_back(row);
        });
        QCOMPARE(m_proxy->rowCount(), left + 1);
        QVERIFY(m_proxy->indexOf(999999).isValid());
    }

    void timeAloneCanLetRowsIn()
    {
        auto seen = std::make_shared<Observation>();
        seen->instance = InstanceId(1);
        seen->at = m_clock->now();
        seen->liveness = Liveness::Online;
        std::vector<ObservationPtr> all{seen};
        const InventoryPtr next = m_snapshot->withObservations(all, 2);
        m_model->apply(next, nullptr);
        InstanceFilter old;
        old.olderThan = std::chrono::seconds(300);
        m_proxy->setFilter(old);
        QCOMPARE(m_proxy->rowCount(), rows - 1); // never seen is older than anything
        m_clock->advance(301);
        m_model->tick();
        QCOMPARE(m_proxy->rowCount(), rows);
    }

    void narrowing_data()
    {
        QTest::addColumn<QString>("earlier");
        QTest::addColumn<QString>("now");
        QTest::addColumn<bool>("narrows");
        QTest::newRow("appended") << u"tra"_s << u"trad"_s << true;
        QTest::newRow("new word") << u"tra"_s << u"tra db"_s << true;
        QTest::newRow("prepended") << u"rad"_s << u"trad"_s << true;
        QTest::newRow("deleted") << u"trad"_s << u"tra"_s << false;
        QTest::newRow("word gone") << u"tra db"_s << u"trad"_s << false;
        QTest::newRow("from nothing") << QString() << u"x"_s << true;
        QTest::newRow("other") << u"a"_s << u"b"_s << false;
        QTest::newRow("case") << u"TRA"_s << u"trad"_s << true;
    }
    void narrowing()
    {
        QFETCH(QString, earlier);
        QFETCH(QString, now);
        QTEST(FilterMatcher(textFilter(now)).narrows(FilterMatcher(textFilter(earlier))), "narrows");
    }

    void structureNarrowsOnlyWhenItIsStricter()
    {
        InstanceFilter lag;
        lag.lagAboveMb = 5;
        InstanceFilter more;
        more.lagAboveMb = 10;
        QVERIFY(FilterMatcher(more).narrows(FilterMatcher(lag)));
        QVERIFY(!FilterMatcher(lag).narrows(FilterMatcher(more)));
        QVERIFY(!FilterMatcher(InstanceFilter()).narrows(FilterMatcher(lag)));
        InstanceFilter role;
        role.role = Role::Primary;
        QVERIFY(FilterMatcher(role).narrows(FilterMatcher(InstanceFilter())));
        QVERIFY(!FilterMatcher(role).narrows(FilterMatcher(lag)));
    }

    void sourceGoesAway()
    {
        m_selection.reset();
        m_model.reset();
        QCOMPARE(m_proxy->rowCount(), 0);
        QVERIFY(!m_proxy->index(0, 0).isValid());
        m_proxy->setFilter(textFilter(u"x"_s));
        m_proxy->sort(0);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::TableProxyTest)
#include "tst_table_proxy.moc"
