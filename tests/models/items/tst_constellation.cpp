// The tree, read as indented text.
#include "models/items/constellationmodel.h"
#include "tests/models/items/mirrors.h"
#include "tests/models/items/randominventory.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Site {
    qint64 environment(const QString& name)
    {
        rows.environments.push_back({EnvironmentId(++last), name, {}});
        return last;
    }
    qint64 herd(const QString& name, qint64 environment)
    {
        Herd row;
        row.id = HerdId(++last);
        row.name = name;
        if (environment > 0)
            row.environment = EnvironmentId(environment);
        rows.herds.push_back(row);
        return last;
    }
    qint64 instance(const QString& host, qint64 herd, qint64 upstream = 0)
    {
        Server server;
        server.id = ServerId(++last);
        server.hostName = host;
        rows.servers.push_back(server);
        Instance row;
        row.id = InstanceId(last);
        row.herd = HerdId(herd);
        row.server = server.id;
        row.isOnline = true;
        if (upstream > 0)
            row.upstream = InstanceId(upstream);
        rows.instances.push_back(row);
        return last;
    }
    Instance& at(qint64 id)
    {
        return *std::find_if(rows.instances.begin(), rows.instances.end(), [&](const Instance& row) { return row.id.value == id; });
    }
    InventoryPtr snapshot() const { return std::make_shared<const Inventory>(rows, Observations(), 1, QDateTime()); }

    InventoryRows rows;
    qint64 last = 0;
};

DifferencePtr between(const InventoryPtr& a, const InventoryPtr& b)
{
    return std::make_shared<const InventoryDifference>(difference(*a, *b));
}

} // namespace

class ConstellationTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cascades()
    {
        Site site;
        const qint64 prod = site.environment(u"prod"_s);
        const qint64 herd = site.herd(u"trading"_s, prod);
        site.herd(u"empty"_s, 0);
        const qint64 db1 = site.instance(u"db1"_s, herd);
        const qint64 db10 = site.instance(u"db10"_s, herd, db1);
        const qint64 db2 = site.instance(u"db2"_s, herd, db1);
        site.instance(u"db3"_s, herd, db2);
        site.at(db10).isOnline = false;
        ConstellationModel model(std::make_shared<ManualClock>());
        const QAbstractItemModelTester tester(&model);
        model.apply(site.snapshot(), nullptr);
        QCOMPARE(treeText(model),
            u"prod [4] 1 of 4: unknown\n"
            "  trading [5432] 1 of 4: unknown\n"
            "    db1 [primary] online\n"
            "      db2 [-] online\n"
            "        db3 [-] online\n"
            "      db10 [-] unknown\n"
            "No environment [0] no instances\n"
            "  empty [5432] no instances\n"_s);
        QCOMPARE(model.index(0, 0).data(Qt::AccessibleTextRole).toString(), u"prod, 4 instance(s), 1 of 4: unknown"_s);
        QCOMPARE(model.indexOf(ItemKind::Instance, db1).data(Qt::AccessibleTextRole).toString(), u"db1, primary, online"_s);
        QCOMPARE(model.instancesBelow(model.indexOf(ItemKind::Herd, herd)).size(), 4U);
        QCOMPARE(model.indexOf(ItemKind::Instance, db2).data(HerdIdRole).toLongLong(), herd);
        QCOMPARE(model.indexOf(ItemKind::Instance, db2).data(EnvironmentNameRole).toString(), u"prod"_s);
        QVERIFY(!model.indexOf(ItemKind::Server, 1).isValid());
        QVERIFY(!model.indexOf(ItemKind::Instance, 4711).isValid());
    }

    void circlesAndDanglingUpstreamsAreShown()
    {
        Site site;
        const qint64 herd = site.herd(u"odd"_s, 0);
        const qint64 other = site.herd(u"other"_s, 0);
        const qint64 a = site.instance(u"a"_s, herd);
        const qint64 b = site.instance(u"b"_s, herd, a);
        const qint64 c = site.instance(u"c"_s, herd, b);
        site.at(a).upstream = InstanceId(c); // a <- b <- c <- a
        const qint64 self = site.instance(u"self"_s, herd);
        site.at(self).upstream = InstanceId(self);
        const qint64 lost = site.instance(u"lost"_s, herd, 4711);
        const qint64 elsewhere = site.instance(u"x"_s, other);
        const qint64 guest = site.instance(u"guest"_s, herd, elsewhere);
        site.instance(u"nowhere"_s, 99); // its herd does not exist
        ConstellationModel model(std::make_shared<ManualClock>());
        const QAbstractItemModelTester tester(&model);
        model.apply(site.snapshot(), nullptr);
        QCOMPARE(treeText(model),
            u"No environment [8] online\n"
            "  (herd 99) [-] online\n"
            "    nowhere [primary] online\n"
            "  odd [5432] online\n"
            "    a [-] online\n"
            "      b [-] online\n"
            "        c [-] online\n"
            "    guest [-] online\n"
            "    lost [-] online\n"
            "    self [-] online\n"
            "  other [5432] online\n"
            "    x [primary] online\n"_s);
        const auto tip = [&](qint64 id) { return model.indexOf(ItemKind::Instance, id).data(Qt::ToolTipRole).toString(); };
        QVERIFY(tip(a).contains(u"circle"_s));
        QVERIFY(tip(self).contains(u"circle"_s));
        QVERIFY(!tip(b).contains(u"circle"_s));
        QVERIFY(tip(lost).contains(u"does not exist"_s));
        QVERIFY(tip(guest).contains(u"another herd"_s));
    }

    void duplicatesAreTwoRows()
    {
        Site site;
        const qint64 prod = site.environment(u"prod"_s);
        site.environment(u"prod"_s);
        const qint64 herd = site.herd(u"twin"_s, prod);
        site.herd(u"twin"_s, prod);
        const qint64 first = site.instance(u"db1"_s, herd);
        const qint64 second = site.instance(u"db1"_s, herd);
        site.at(second).server = site.at(first).server;
        ConstellationModel model(std::make_shared<ManualClock>());
        model.apply(site.snapshot(), nullptr);
        QCOMPARE(treeText(model),
            u"prod [2] online\n"
            "  twin [5432] online\n"
            "    db1 [primary] online\n"
            "    db1 [primary] online\n"
            "  twin [5432] no instances\n"
            "prod [0] no instances\n"_s);
    }

    void byServer()
    {
        Site site;
        const qint64 prod = site.environment(u"prod"_s);
        const qint64 b = site.herd(u"b"_s, prod);
        const qint64 a = site.herd(u"a"_s, prod);
        const qint64 first = site.instance(u"db1"_s, b);
        const qint64 second = site.instance(u"db2"_s, a, first);
        site.at(second).server = site.at(first).server;
        site.rows.servers.front().environment = EnvironmentId(prod);
        ConstellationModel model(std::make_shared<ManualClock>());
        const QAbstractItemModelTester tester(&model);
        model.apply(site.snapshot(), nullptr);
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        model.setGrouping(ConstellationModel::Grouping::ByServer);
        QCOMPARE(resets.size(), 1);
        QCOMPARE(treeText(model),
            u"prod [2] online\n"
            "  db1 [2] online\n"
            "    a [-] online\n"
            "    b [primary] online\n"
            "No environment [0] no instances\n"
            "  db2 [0] no instances\n"_s);
        QVERIFY(!model.indexOf(ItemKind::Herd, a).isValid());
        QVERIFY(model.indexOf(ItemKind::Server, site.at(first).server.value).isValid());
    }

    void remasterMovesTheRow()
    {
        Site site;
        const qint64 herd = site.herd(u"h"_s, 0);
        const qint64 db1 = site.instance(u"db1"_s, herd);
        const qint64 db2 = site.instance(u"db2"_s, herd, db1);
        const qint64 db3 = site.instance(u"db3"_s, herd, db2);
        ConstellationModel model(std::make_shared<ManualClock>());
        const QAbstractItemModelTester tester(&model);
        InventoryPtr before = site.snapshot();
        model.apply(before, nullptr);
        const QPersistentModelIndex third = model.indexOf(ItemKind::Instance, db3);
        QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
        QSignalSpy moved(&model, &QAbstractItemModel::rowsMoved);

        site.at(db3).upstream = InstanceId(db1);
        InventoryPtr after = site.snapshot();
        model.apply(after, between(before, after));
        QCOMPARE(moved.size(), 1);
        QCOMPARE(third, QPersistentModelIndex(model.indexOf(ItemKind::Instance, db3)));

        // Switchover: the tree turns upside down, every row stays itself.
        before = std::exchange(after, nullptr);
        site.at(db1).upstream = InstanceId(db3);
        site.at(db2).upstream = InstanceId(db3);
        site.at(db3).upstream = {};
        after = site.snapshot();
        model.apply(after, between(before, after));
        QCOMPARE(treeText(model),
            u"No environment [3] online\n"
            "  h [5432] online\n"
            "    db3 [primary] online\n"
            "      db1 [-] online\n"
            "      db2 [-] online\n"_s);
        QVERIFY(third.isValid());
        QCOMPARE(third.data(IdRole).toLongLong(), db3);
        QCOMPARE(removed.size(), 0);
    }

    void longCascadesDoNotOverflow()
    {
        Site site;
        const qint64 herd = site.herd(u"h"_s, 0);
        qint64 upstream = site.instance(u"db"_s, herd);
        for (int i = 0; i < 20000; ++i)
            upstream = site.instance(u"db"_s, herd, upstream);
        ConstellationModel model(std::make_shared<ManualClock>());
        const InventoryPtr before = site.snapshot();
        model.apply(before, nullptr);
        QCOMPARE(model.instancesBelow({}).size(), 20001U);
        site.rows.instances.clear();
        const InventoryPtr after = site.snapshot();
        model.apply(after, nullptr);
        QVERIFY(model.instancesBelow({}).empty());
    }

    void nothing()
    {
        ConstellationModel model(std::make_shared<ManualClock>());
        const QAbstractItemModelTester tester(&model);
        model.apply(std::make_shared<const Inventory>(), nullptr);
        QCOMPARE(model.rowCount(), 0);
        Site site;
        site.environment(u"prod"_s);
        const InventoryPtr after = site.snapshot();
        model.apply(after, nullptr);
        QCOMPARE(treeText(model), u"prod [0] no instances\n"_s);
        model.apply(std::make_shared<const Inventory>(), nullptr);
        QCOMPARE(model.rowCount(), 0);
        model.tick();
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ConstellationTest)
#include "tst_constellation.moc"
