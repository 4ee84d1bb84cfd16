#include "models/domain/difference.h"
#include "models/domain/inventory.h"
#include "models/domain/pgversion.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

Instance instance(qint64 id, qint64 herd, std::optional<qint64> upstream = {}, std::optional<quint64> lsn = {})
{
    Instance row;
    row.id = InstanceId(id);
    row.herd = HerdId(herd);
    row.server = ServerId(id);
    row.isOnline = true;
    if (upstream)
        row.upstream = InstanceId(*upstream);
    if (lsn)
        row.walPosition = Lsn{*lsn};
    return row;
}

Inventory inventory(std::vector<Instance> instances)
{
    InventoryRows rows;
    rows.herds.push_back(Herd{.id = HerdId(1), .environment = {}, .baseName = u"trading"_s, .name = u"trading"_s, .description = {},
        .dataDirectory = u"/data"_s, .virtualHost = {}});
    rows.instances = std::move(instances);
    return Inventory(std::move(rows), {}, 1, {});
}

ObservationPtr seen(qint64 id, Liveness liveness, Role role, std::optional<Lsn> lsn)
{
    auto observation = std::make_shared<Observation>();
    observation->instance = InstanceId(id);
    observation->liveness = liveness;
    observation->role = role;
    (role == Role::Replica ? observation->replayLsn : observation->currentLsn) = lsn;
    return observation;
}

} // namespace

class DomainTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void lsn_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("valid");
        QTest::addColumn<quint64>("value");
        QTest::newRow("zero") << u"0/0"_s << true << quint64(0);
        QTest::newRow("both halves") << u"16/B374D848"_s << true << quint64(0x16B374D848);
        QTest::newRow("largest") << u"FFFFFFFF/FFFFFFFF"_s << true << ~quint64(0);
        QTest::newRow("lower case") << u"a/b"_s << true << quint64(0xA0000000B);
        QTest::newRow("empty") << u""_s << false << quint64(0);
        QTest::newRow("no slash") << u"1234"_s << false << quint64(0);
        QTest::newRow("nine digits") << u"123456789/0"_s << false << quint64(0);
        QTest::newRow("sign") << u"-1/0"_s << false << quint64(0);
        QTest::newRow("blank") << u" 1/0"_s << false << quint64(0);
    }
    void lsn()
    {
        QFETCH(QString, text);
        QFETCH(bool, valid);
        QFETCH(quint64, value);
        const auto lsn = Lsn::parse(text);
        QCOMPARE(lsn.has_value(), valid);
        if (lsn) {
            QCOMPARE(lsn->value, value);
            QCOMPARE(lsn->toString(), text.toUpper());
        }
    }

    void version_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("major");
        QTest::addColumn<QString>("full");
        QTest::newRow("nine") << u"9.6.24"_s << u"9.6"_s << u"9.6.24"_s;
        QTest::newRow("fifteen") << u"15.20"_s << u"15"_s << u"15.20"_s;
        QTest::newRow("beta") << u"16beta1"_s << u"16"_s << u"16.0"_s;
        QTest::newRow("debian") << u"15.4 (Debian 15.4-1)"_s << u"15"_s << u"15.4"_s;
        QTest::newRow("empty") << u""_s << u""_s << u""_s;
        QTest::newRow("garbage") << u"v15"_s << u""_s << u""_s;
        QTest::newRow("injection") << u"15;reboot"_s << u""_s << u""_s;
    }
    void version()
    {
        QFETCH(QString, text);
        QFETCH(QString, major);
        QFETCH(QString, full);
        const auto version = PgVersion::parse(text);
        QCOMPARE(version ? version->major() : QString(), major);
        QCOMPARE(version ? version->toString() : QString(), full);
    }
    void versionsCompareByPart()
    {
        QVERIFY(*PgVersion::parse(u"9.6.9") < *PgVersion::parse(u"9.6.24"));
        QVERIFY(*PgVersion::parse(u"9.6.24") < *PgVersion::parse(u"10.1"));
        QVERIFY(PgVersion::fromNumber(90624)->atLeast(9, 6));
        QVERIFY(!PgVersion::fromNumber(90624)->atLeast(10));
        QCOMPARE(PgVersion::fromNumber(150020)->toString(), u"15.20"_s);
    }

    void lagIsUnknownWhenAPositionIs()
    {
        const Inventory rows = inventory({instance(1, 1, {}, 1000), instance(2, 1, 1, 400), instance(3, 1, 1), instance(4, 1, 9, 10)});
        QCOMPARE(rows.lagBytesOf(*rows.find(InstanceId(2))), std::optional<qint64>(600));
        QVERIFY(!rows.lagBytesOf(*rows.find(InstanceId(3))));
        QVERIFY(!rows.lagBytesOf(*rows.find(InstanceId(4)))); // dangling upstream
        QVERIFY(!rows.lagBytesOf(*rows.find(InstanceId(1))));
    }
    void lagNeverMixesFreshAndStalePositions()
    {
        const Inventory base = inventory({instance(1, 1, {}, 1000), instance(2, 1, 1, 400)});
        const ObservationPtr replica = seen(2, Liveness::Online, Role::Replica, Lsn{5000});
        const auto one = base.withObservations({&replica, 1}, 2);
        QVERIFY(!one->lagBytesOf(*one->find(InstanceId(2))));
        const ObservationPtr primary = seen(1, Liveness::Online, Role::Primary, Lsn{5500});
        const auto both = one->withObservations({&primary, 1}, 3);
        QCOMPARE(both->lagBytesOf(*both->find(InstanceId(2))), std::optional<qint64>(500));
        const ObservationPtr gone = seen(1, Liveness::Unreachable, Role::Primary, Lsn{5500});
        const auto lost = both->withObservations({&gone, 1}, 4);
        QVERIFY(!lost->lagBytesOf(*lost->find(InstanceId(2))));
        // It runs, but does not answer: its position is of earlier.
        auto busy = std::make_shared<Observation>(*primary);
        busy->at = QDateTime::currentDateTimeUtc();
        busy->factsAt = busy->at.addSecs(-30);
        const ObservationPtr starting = busy;
        const auto unanswered = both->withObservations({&starting, 1}, 5);
        QVERIFY(!unanswered->lagBytesOf(*unanswered->find(InstanceId(2))));
    }

    void aRowThatNobodyEverSawIsUnknownNotOffline()
    {
        Instance row = instance(1, 1);
        QCOMPARE(Inventory().livenessOf(row), Liveness::Online); // the inventory's word
        row.isOnline = false;
        QCOMPARE(Inventory().livenessOf(row), Liveness::Unknown);
        row.version = u"15.4"_s;
        QCOMPARE(Inventory().livenessOf(row), Liveness::Offline);
    }

    void drPairTakesLeastKnownLagThenLowestId()
    {
        const Inventory rows = inventory(
            {instance(1, 1, {}, 1000), instance(2, 1, 1), instance(3, 1, 1, 900), instance(4, 1, 1, 900), instance(5, 1, 1, 100)});
        const auto pairs = rows.drPairs();
        QCOMPARE(pairs.size(), size_t(1));
        QCOMPARE(pairs[0].primary, InstanceId(1));
        QCOMPARE(pairs[0].replica, InstanceId(3));
        QCOMPARE(pairs[0].lagBytes, std::optional<qint64>(100));
    }
    void leaderHasMostFollowersThenLowestId()
    {
        const Inventory rows = inventory({instance(1, 1), instance(2, 1), instance(3, 1, 2), instance(4, 1)});
        QCOMPARE(rows.leaderOf(HerdId(1))->id, InstanceId(2));
        QVERIFY(!rows.leaderOf(HerdId(7)));
        const Inventory circle = inventory({instance(1, 1, 2), instance(2, 1, 1)});
        QVERIFY(!circle.leaderOf(HerdId(1)));
    }

    void differenceIsMinimalAndSpreads()
    {
        const Inventory before = inventory({instance(1, 1, {}, 1000), instance(2, 1, 1, 400), instance(3, 2)});
        const Inventory same = inventory({instance(1, 1, {}, 1000), instance(2, 1, 1, 400), instance(3, 2)});
        QVERIFY(difference(before, same).isEmpty());
        const Inventory after = inventory({instance(1, 1, {}, 2000), instance(2, 1, 1, 400), instance(4, 2)});
        const auto d = difference(before, after);
        QCOMPARE(d.instances.added, std::vector{InstanceId(4)});
        QCOMPARE(d.instances.removed, std::vector{InstanceId(3)});
        QCOMPARE(d.instances.changed, (std::vector{InstanceId(1), InstanceId(2)})); // the follower's lag moved too
        QVERIFY(d.herds.isEmpty());
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::DomainTest)
#include "tst_domain.moc"
