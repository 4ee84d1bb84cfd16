// Random edits, thousands of them: after each one every model equals one made anew, and whoever followed the signals knows it.
#include "models/items/constellationmodel.h"
#include "models/items/drpairtablemodel.h"
#include "models/items/environmenttablemodel.h"
#include "models/items/herdtablemodel.h"
#include "models/items/instancetablemodel.h"
#include "models/items/servertablemodel.h"
#include "models/items/tableproxy.h"
#include "tests/models/items/mirrors.h"
#include "tests/models/items/randominventory.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int rounds = 600; // of one to six edits each: over 2,000

QString allText(const QAbstractItemModel& model)
{
    QString text;
    for (int row = 0; row < model.rowCount(); ++row) {
        for (int column = 0; column < model.columnCount(); ++column)
            text += cellText(model.index(row, column)) + u'\t';
        text += u'\n';
    }
    return text;
}

InstanceFilter randomFilter(RandomInventory& inventory)
{
    InstanceFilter filter;
    const auto anyOf = [&](const auto& rows) { return rows[static_cast<size_t>(inventory.below(static_cast<int>(rows.size())))].id; };
    switch (inventory.below(11)) {
    case 0:
        break;
    case 1:
        filter.text = u"db%1"_s.arg(inventory.below(10));
        break;
    case 2:
        filter.text = u"HERD on"_s;
        break;
    case 3:
        filter.problemsOnly = true;
        break;
    case 4:
        filter.role = static_cast<Role>(inventory.below(4));
        break;
    case 5:
        filter.liveness = static_cast<Liveness>(inventory.below(4));
        break;
    case 6:
        filter.withoutEnvironment = true;
        break;
    case 7:
        filter.olderThan = std::chrono::seconds(60);
        break;
    case 8:
        filter.server = anyOf(inventory.rows().servers);
        break;
    case 9:
        filter.herd = anyOf(inventory.rows().herds);
        break;
    default:
        filter.text = u"\u00FCber"_s;
    }
    return filter;
}

// One flat model with its proxy, watched from all sides.
template <class Model>
class Watched {
public:
    explicit Watched(std::shared_ptr<const Clock> clock)
        : m_clock(clock)
        , model(clock)
        , m_modelTester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest)
        , m_proxyTester(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest)
        , m_modelMirror(model)
        , m_proxyMirror(proxy)
    {
        proxy.setSourceModel(&model);
        QObject::connect(&model, &QAbstractItemModel::modelAboutToBeReset, &model, [this] { resets += model.rowCount() > 0 ? 1 : 0; });
    }

    void apply(const InventoryPtr& snapshot, const DifferencePtr& difference, RandomInventory& random)
    {
        remember(random);
        model.apply(snapshot, difference);
        check();
    }

    void disturb(RandomInventory& random)
    {
        remember(random);
        if (random.below(2) == 0) {
            m_filter = randomFilter(random);
            proxy.setFilter(m_filter);
        } else {
            const auto order = random.below(2) == 0 ? Qt::AscendingOrder : Qt::DescendingOrder;
            proxy.sort(random.below(model.columnCount() + 1) - 1, order);
        }
        check();
    }

    void check()
    {
        QCOMPARE(m_modelMirror.mismatch(), QString());
        QCOMPARE(m_proxyMirror.mismatch(), QString());
        checkProxy();
        checkPersistent();
        if (++m_checks % 4 == 0)
            checkAgainstFresh();
    }

    void checkAgainstFresh()
    {
        Model fresh(m_clock);
        fresh.apply(model.snapshot(), nullptr);
        const QStringList lines = allText(model).split(u'\n');
        const QStringList wanted = allText(fresh).split(u'\n');
        for (qsizetype i = 0; i < std::max(lines.size(), wanted.size()); ++i)
            QCOMPARE(lines.value(i), wanted.value(i));
    }

    void checkProxy()
    {
        std::vector<int> wanted;
        const FilterMatcher matcher(m_filter);
        for (int row = 0; row < model.rowCount(); ++row) {
            if (matcher.matches(model, row))
                wanted.push_back(row);
        }
        std::vector<int> shown;
        for (int row = 0; row < proxy.rowCount(); ++row) {
            shown.push_back(proxy.sourceRow(row));
            QCOMPARE(proxy.proxyRow(shown.back()), row);
        }
        for (size_t i = 1; i < shown.size(); ++i) {
            int order = 0;
            for (const auto& key : proxy.sortKeys())
                order = order != 0 ? order : model.compare(shown[i - 1], shown[i], key.column, key.order);
            QVERIFY(order <= 0);
        }
        std::sort(shown.begin(), shown.end());
        QCOMPARE(shown, wanted);
    }

    // A persistent index stays on its row for as long as that is there.
    void remember(RandomInventory& random)
    {
        m_inModel.clear();
        m_inProxy.clear();
        for (int i = 0; i < 5 && model.rowCount() > 0; ++i) {
            const int row = random.below(model.rowCount());
            m_inModel.emplace_back(model.idAt(row), model.index(row, 1));
        }
        for (int i = 0; i < 5 && proxy.rowCount() > 0; ++i) {
            const QModelIndex index = proxy.index(random.below(proxy.rowCount()), 1);
            m_inProxy.emplace_back(index.data(IdRole).toLongLong(), index);
        }
    }

    void checkPersistent()
    {
        for (const auto& [id, index] : m_inModel) {
            QCOMPARE(index.isValid(), model.rowOf(id) >= 0);
            if (index.isValid())
                QCOMPARE(index.data(IdRole).toLongLong(), id);
        }
        for (const auto& [id, index] : m_inProxy) {
            if (index.isValid())
                QCOMPARE(index.data(IdRole).toLongLong(), id);
            else
                QVERIFY(!proxy.indexOf(id).isValid());
        }
    }

private:
    std::shared_ptr<const Clock> m_clock;

public:
    Model model;
    TableProxy proxy;
    int resets = 0;

private:
    QAbstractItemModelTester m_modelTester;
    QAbstractItemModelTester m_proxyTester;
    TableMirror m_modelMirror;
    TableMirror m_proxyMirror;
    InstanceFilter m_filter;
    int m_checks = 0;
    std::vector<std::pair<qint64, QPersistentModelIndex>> m_inModel;
    std::vector<std::pair<qint64, QPersistentModelIndex>> m_inProxy;
};

} // namespace

class ItemMergeTest final : public QObject {
    Q_OBJECT

private:
    template <class Model>
    void table(quint32 seed)
    {
        const auto clock = std::make_shared<ManualClock>();
        RandomInventory random(seed, clock);
        Watched<Model> watched(clock);
        InventoryPtr before = random.snapshot();
        watched.apply(before, nullptr, random);
        const int resets = watched.resets;
        for (int i = 0; i < rounds && !QTest::currentTestFailed(); ++i) {
            if (i % 7 == 0) {
                watched.remember(random);
                clock->advance(random.below(40));
                watched.model.tick();
                watched.check();
            }
            if (i % 5 == 0)
                watched.disturb(random);
            for (int n = random.below(6); n >= 0; --n)
                random.edit();
            const InventoryPtr next = random.snapshot();
            const bool unknown = i % 11 == 0;
            watched.apply(next, unknown ? nullptr : std::make_shared<const InventoryDifference>(difference(*before, *next)), random);
            before = next;
            if (i % 100 == 99)
                watched.model.setLimits({.freshFor = std::chrono::seconds(30 + random.below(100)), .lagMb = 1.0 * random.below(100)});
            if (i % 100 == 99)
                watched.model.setLimits({});
        }
        QCOMPARE(watched.resets, resets); // edits are merged, whatever they are
    }

    void tree(quint32 seed, ConstellationModel::Grouping grouping)
    {
        const auto clock = std::make_shared<ManualClock>();
        RandomInventory random(seed, clock);
        ConstellationModel model(clock);
        model.setGrouping(grouping);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const TreeMirror mirror(model);
        InventoryPtr before = random.snapshot();
        model.apply(before, nullptr);
        int resets = 0;
        connect(&model, &QAbstractItemModel::modelReset, this, [&] { ++resets; });
        for (int i = 0; i < rounds && !QTest::currentTestFailed(); ++i) {
            if (i % 7 == 0) {
                clock->advance(random.below(40));
                model.tick();
            }
            std::vector<std::pair<qint64, QPersistentModelIndex>> kept;
            for (const Instance& row : random.rows().instances) {
                if (random.below(5) == 0)
                    kept.emplace_back(row.id.value, model.indexOf(ItemKind::Instance, row.id.value));
            }
            for (int n = random.below(6); n >= 0; --n)
                random.edit();
            const InventoryPtr next = random.snapshot();
            model.apply(next, i % 11 == 0 ? nullptr : std::make_shared<const InventoryDifference>(difference(*before, *next)));
            before = next;

            ConstellationModel fresh(clock);
            fresh.setGrouping(grouping);
            fresh.apply(next, nullptr);
            QCOMPARE(mirror.mismatch(), QString());
            QCOMPARE(treeText(model), treeText(fresh));
            QCOMPARE(model.instancesBelow({}).size(), next->instances().size());
            QCOMPARE(model.instancesBelow({}), fresh.instancesBelow({}));
            for (const auto& [id, index] : kept) {
                QCOMPARE(index.isValid(), next->find(InstanceId(id)) != nullptr);
                if (index.isValid())
                    QCOMPARE(index.data(IdRole).toLongLong(), id);
            }
        }
        QCOMPARE(resets, 0);
    }

private Q_SLOTS:
    void instances() { table<InstanceTableModel>(1); }
    void herds() { table<HerdTableModel>(2); }
    void servers() { table<ServerTableModel>(3); }
    void environments() { table<EnvironmentTableModel>(4); }
    void drPairs() { table<DrPairTableModel>(5); }
    void treeByHerd() { tree(6, ConstellationModel::Grouping::ByHerd); }
    void treeByServer() { tree(7, ConstellationModel::Grouping::ByServer); }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ItemMergeTest)
#include "tst_item_merge.moc"
