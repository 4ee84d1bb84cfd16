#include "models/postgres/stateupdates.h"
#include "tests/unit/postgres/templatefixture.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

const QDateTime now(QDate(2026, 11, 23), QTime(12, 0), Qt::UTC);

std::shared_ptr<Observation> observed(qint64 id, Role role, const QString& upstreamHost = {}, std::optional<int> port = 5433)
{
    auto seen = std::make_shared<Observation>();
    seen->instance = InstanceId(id);
    seen->at = seen->factsAt = now;
    seen->liveness = Liveness::Online;
    seen->acceptsConnections = true;
    seen->role = role;
    seen->version = PgVersion{9, 6, 24};
    seen->systemIdentifier = 99;
    seen->upstreamHost = upstreamHost;
    seen->upstreamPort = port;
    return seen;
}

// The fixture's herd with a third member: 3 on db3.example, following nobody by the inventory's word.
InventoryRows rows()
{
    InventoryRows all = test::templateRows();
    all.servers.push_back({ServerId(13), {}, u"db3.example"_s});
    Instance third = all.instances[1];
    third.id = InstanceId(3);
    third.server = ServerId(13);
    third.upstream.reset();
    all.instances.push_back(third);
    return all;
}

} // namespace

class StateUpdatesTest final : public QObject {
    Q_OBJECT

private:
    static Inventory inventory(const std::vector<ObservationPtr>& observations, InventoryRows from = rows())
    {
        Observations seen;
        for (const ObservationPtr& one : observations)
            seen.insert(one->instance, one);
        return Inventory(std::move(from), seen, 1, now);
    }

private Q_SLOTS:
    void upstream_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<int>("port");
        QTest::addColumn<int>("upstream"); // 0: not proved
        QTest::newRow("full name") << u"db1.example"_s << 5433 << 1;
        QTest::newRow("other case") << u"DB1.Example."_s << 5433 << 1;
        QTest::newRow("short name") << u"db1"_s << 5433 << 1;
        QTest::newRow("cascade") << u"db2.example"_s << 5433 << 2;
        QTest::newRow("other domain") << u"db1.elsewhere"_s << 5433 << 0;
        QTest::newRow("other port") << u"db1.example"_s << 5432 << 0;
        QTest::newRow("itself") << u"db3.example"_s << 5433 << 0;
        QTest::newRow("virtual host") << u"trading.example"_s << 5433 << 1;
        QTest::newRow("virtual host, short") << u"TRADING"_s << 5433 << 1;
        QTest::newRow("nobody's name") << u"db9"_s << 5433 << 0;
        QTest::newRow("nothing") << QString() << 5433 << 0;
        QTest::newRow("socket") << u"/run/postgresql"_s << 5433 << 0;
        QTest::newRow("address") << u"10.0.0.1"_s << 5433 << 1;
        QTest::newRow("address 6") << u"fd00::1"_s << 5433 << 1;
    }
    void upstream()
    {
        QFETCH(QString, host);
        QFETCH(int, port);
        QFETCH(int, upstream);
        auto primary = observed(1, Role::Primary);
        primary->followers = {{u"db2.example"_s, u"10.0.0.2"_s, u"streaming"_s}, {u"trading_db3"_s, u"10.0.0.3"_s, u"streaming"_s}};
        const auto replica = observed(3, Role::Replica, host, port);
        const auto result = resolveUpstream(inventory({primary, replica}), *replica);
        QCOMPARE(result.has_value(), upstream != 0);
        if (result)
            QCOMPARE(result->value().value, qint64(upstream));
    }

    void upstreamIsNotGuessed()
    {
        // Two primaries behind one virtual host.
        const auto replica = observed(3, Role::Replica, u"trading.example"_s);
        QVERIFY(!resolveUpstream(inventory({observed(1, Role::Primary), observed(2, Role::Primary), replica}), *replica));
        // A primary of another system.
        auto other = observed(1, Role::Primary);
        other->systemIdentifier = 98;
        QVERIFY(!resolveUpstream(inventory({other, replica}), *replica));
        // A primary that is no longer reached.
        auto old = observed(1, Role::Primary);
        old->liveness = Liveness::Unreachable;
        QVERIFY(!resolveUpstream(inventory({old, replica}), *replica));
        // Two rows for one server name.
        InventoryRows twice = rows();
        twice.servers[1].hostName = u"db1.example"_s;
        const auto named = observed(3, Role::Replica, u"db1.example"_s);
        QVERIFY(!resolveUpstream(inventory({named}, twice), *named));
        // Two members that see a follower of this name.
        auto one = observed(1, Role::Primary);
        one->followers = {{u"db3"_s, {}, u"streaming"_s}};
        auto two = observed(2, Role::Replica);
        two->followers = one->followers;
        const auto byAddress = observed(3, Role::Replica, u"10.0.0.1"_s);
        QVERIFY(!resolveUpstream(inventory({one, two, byAddress}), *byAddress));
        // An instance that is not in the inventory, or without herd.
        const auto stranger = observed(77, Role::Primary);
        QVERIFY(!resolveUpstream(inventory({stranger}), *stranger));
    }

    void promoted()
    {
        const auto seen = observed(2, Role::Primary);
        const auto updates = stateUpdates(inventory({seen}), std::vector<ObservationPtr>{seen});
        QCOMPARE(updates.size(), size_t(1));
        QVERIFY(updates[0].upstream.has_value());
        QVERIFY(!updates[0].upstream->has_value());
    }

    void onlyWhatDiffers()
    {
        auto seen = observed(1, Role::Primary);
        seen->currentLsn = Lsn{4096};
        const auto same = stateUpdates(inventory({seen}), std::vector<ObservationPtr>{seen});
        QCOMPARE(same.size(), size_t(1)); // for the observation itself
        QCOMPARE(same[0].observation, ObservationPtr(seen));
        QVERIFY(!same[0].version && !same[0].isOnline && !same[0].walPosition && !same[0].upstream);

        auto moved = observed(2, Role::Replica, u"db3"_s);
        moved->version = PgVersion{10, 3, 0};
        moved->replayLsn = Lsn{77};
        const auto updates = stateUpdates(inventory({moved}), std::vector<ObservationPtr>{moved});
        QCOMPARE(updates[0].version.value(), u"10.3"_s);
        QCOMPARE(updates[0].isOnline.value(), true);
        QCOMPARE(updates[0].walPosition.value(), Lsn{77});
        QCOMPARE(updates[0].upstream.value().value(), InstanceId(3));
    }

    void notWhatWasNotSeen()
    {
        auto gone = observed(1, Role::Primary);
        gone->currentLsn = Lsn{9999};
        gone->version = PgVersion{15, 1, 0};
        gone->at = now.addSecs(30);
        gone->liveness = Liveness::Unreachable;
        gone->acceptsConnections = false;
        auto updates = stateUpdates(inventory({gone}), std::vector<ObservationPtr>{gone});
        QVERIFY(!updates[0].version && !updates[0].isOnline && !updates[0].walPosition && !updates[0].upstream);

        gone->liveness = Liveness::Unknown;
        updates = stateUpdates(inventory({gone}), std::vector<ObservationPtr>{gone});
        QVERIFY(!updates[0].version && !updates[0].isOnline && !updates[0].walPosition && !updates[0].upstream);

        gone->liveness = Liveness::Offline; // seen now, though the facts were not
        updates = stateUpdates(inventory({gone}), std::vector<ObservationPtr>{gone});
        QCOMPARE(updates[0].isOnline.value(), false);
        QVERIFY(!updates[0].version && !updates[0].walPosition && !updates[0].upstream);
    }

    void stopped()
    {
        auto seen = observed(1, Role::Primary);
        seen->liveness = Liveness::Offline;
        seen->acceptsConnections = false;
        seen->version = PgVersion{15, 0, 0};
        seen->currentLsn = Lsn{8192};
        auto updates = stateUpdates(inventory({seen}), std::vector<ObservationPtr>{seen});
        QCOMPARE(updates[0].isOnline.value(), false);
        QCOMPARE(updates[0].walPosition.value(), Lsn{8192});
        QVERIFY(!updates[0].version); // "9.6.24" says more than the files of a stopped instance
        QVERIFY(!updates[0].upstream);
        InventoryRows unknown = rows();
        unknown.instances[0].version.clear();
        updates = stateUpdates(inventory({seen}, unknown), std::vector<ObservationPtr>{seen});
        QCOMPARE(updates[0].version.value(), u"15"_s);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::StateUpdatesTest)
#include "tst_stateupdates.moc"
