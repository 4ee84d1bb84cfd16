#include "models/domain/deletion.h"
#include "models/domain/rowchecks.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// prod: herd 1 (instances 1 <- 2 <- 3 on servers 1, 2, 3), herd 2 (instance 4 on server 1); stage: server 4; no environment: server 5.
// Instances 8 and 9 of herd 3 follow each other; 7 follows an instance that does not exist.
InventoryRows sample()
{
    const auto instance = [](qint64 id, qint64 herd, qint64 server, qint64 upstream) {
        Instance row;
        row.id = InstanceId(id);
        row.herd = HerdId(herd);
        row.server = ServerId(server);
        if (upstream)
            row.upstream = InstanceId(upstream);
        return row;
    };
    const auto herd = [](qint64 id, std::optional<EnvironmentId> environment, const QString& name, int port) {
        Herd row;
        row.id = HerdId(id);
        row.environment = environment;
        row.name = row.baseName = name;
        row.port = port;
        return row;
    };
    InventoryRows rows;
    rows.environments = {{EnvironmentId(1), u"prod"_s, {}}, {EnvironmentId(2), u"stage"_s, {}}};
    rows.herds = {herd(1, EnvironmentId(1), u"a"_s, 5432), herd(2, EnvironmentId(1), u"b"_s, 5432), herd(3, {}, u"c"_s, 5433)};
    rows.servers = {{ServerId(1), EnvironmentId(1), u"s2"_s}, {ServerId(2), EnvironmentId(1), u"s1"_s},
        {ServerId(3), EnvironmentId(1), u"S3"_s}, {ServerId(4), EnvironmentId(2), u"x"_s}, {ServerId(5), {}, u"y"_s}};
    rows.instances = {instance(1, 1, 1, 0), instance(2, 1, 2, 1), instance(3, 1, 3, 2), instance(4, 2, 1, 0),
        instance(7, 3, 5, 77), instance(8, 3, 5, 9), instance(9, 3, 5, 8)};
    return rows;
}

using Weight = FieldCheck::Weight;

} // namespace

class RowChecksTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsCodePoints()
    {
        QCOMPARE(lengthInCharacters(u"aé🐘"_s), 3);
        QCOMPARE(checkName(u"🐘🐘"_s, 2).weight, Weight::Fine);
        QCOMPARE(checkName(u"🐘🐘🐘"_s, 2).weight, Weight::Error);
    }

    void judgesValues_data()
    {
        QTest::addColumn<FieldCheck>("check");
        QTest::addColumn<int>("weight");
        const auto row = [](const char* name, const FieldCheck& check, Weight weight) {
            QTest::newRow(name) << check << static_cast<int>(weight);
        };
        row("host", checkHostName(u"db-1.example.org"_s, 40), Weight::Fine);
        row("IPv6", checkHostName(u"fd00::1"_s, 40), Weight::Fine);
        row("host like an option", checkHostName(u"-oProxyCommand=x"_s, 40), Weight::Error);
        row("host with a command", checkHostName(u"a;reboot"_s, 40), Weight::Error);
        row("host with a user", checkHostName(u"root@a"_s, 40), Weight::Error);
        row("host with a line break", checkHostName(u"a\nb"_s, 40), Weight::Error);
        row("host beyond ASCII", checkHostName(u"dbé"_s, 40), Weight::Error);
        row("no host", checkHostName({}, 40), Weight::Error);
        row("blank host", checkHostName(u"  "_s, 40), Weight::Error);
        row("no optional host", checkHostName({}, 40, Need::Optional), Weight::Fine);
        row("host of the very length", checkHostName(QString(40, u'a'), 40), Weight::Fine);
        row("host too long", checkHostName(QString(41, u'a'), 40), Weight::Error);
        row("name with a NUL", checkName(u"a\0b"_s, 40), Weight::Error);
        row("name with a line separator", checkName(u"a\u2028b"_s, 40), Weight::Error);
        row("description of lines", checkText(u"a\nb"_s), Weight::Fine);
        row("base name", checkBaseName(u"main-1.x_y"_s, 40), Weight::Fine);
        row("odd base name", checkBaseName(u"größe"_s, 40), Weight::Warning);
        row("base name with a blank", checkBaseName(u"a b"_s, 40), Weight::Error);
        row("directory", checkDirectory(u"/a b/c"_s, 40), Weight::Fine);
        row("relative directory", checkDirectory(u"~/data"_s, 40), Weight::Error);
        row("no own directory", checkDirectory({}, 40, Need::Optional), Weight::Fine);
        row("port", checkPort(u" 5432 "_s), Weight::Fine);
        row("port 0", checkPort(u"0"_s), Weight::Error);
        row("port far too big", checkPort(u"99999999999999999999"_s), Weight::Error);
        row("version", checkVersion(u"9.6.24"_s, 10), Weight::Fine);
        row("no version", checkVersion({}, 10), Weight::Fine);
        row("no such version", checkVersion(u"latest"_s, 10), Weight::Error);
        row("version too long", checkVersion(u"15.4 (Debian 15.4-1)"_s, 10), Weight::Error);
    }

    void judgesValues()
    {
        QFETCH(FieldCheck, check);
        QFETCH(int, weight);
        QVERIFY2(static_cast<int>(check.weight) == weight, qPrintable(check.text));
        QCOMPARE(check.text.isEmpty(), check.weight == Weight::Fine);
    }

    void findsDuplicates()
    {
        const Inventory inventory(sample(), {}, 1, {});
        Herd herd = *inventory.find(HerdId(1));
        QCOMPARE(checkDuplicate(inventory, herd).weight, Weight::Fine); // not of itself
        herd.name = u"B "_s;
        QCOMPARE(checkDuplicate(inventory, herd).weight, Weight::Warning);
        herd.baseName = u"b"_s;
        QCOMPARE(checkSameCluster(inventory, herd).weight, Weight::Warning);
        herd.port = 1;
        QCOMPARE(checkSameCluster(inventory, herd).weight, Weight::Fine);
        // Both herds use 5432 and have a member on server 1.
        QCOMPARE(checkPortOnServer(inventory, *inventory.find(InstanceId(4))).weight, Weight::Warning);
        QCOMPARE(checkPortOnServer(inventory, *inventory.find(InstanceId(2))).weight, Weight::Fine);
    }

    void offersServersOfTheHerdsEnvironment()
    {
        const Inventory inventory(sample(), {}, 1, {});
        const ServerChoice choice = serversFor(inventory, *inventory.find(HerdId(1)));
        QCOMPARE(choice.offered, (std::vector{ServerId(2), ServerId(1), ServerId(3)})); // by name
        QCOMPARE(choice.ofOtherEnvironments, 1);
        QCOMPARE(choice.withoutEnvironment, 1);
        const ServerChoice loose = serversFor(inventory, *inventory.find(HerdId(3)));
        QCOMPARE(loose.offered, std::vector{ServerId(5)});
        QCOMPARE(loose.ofOtherEnvironments, 4);
        QCOMPARE(loose.withoutEnvironment, 0);
    }

    void offersNoUpstreamInACircle()
    {
        const Inventory inventory(sample(), {}, 1, {});
        QCOMPARE(upstreamsFor(inventory, HerdId(1), InstanceId(1)), std::vector<InstanceId>{});
        QCOMPARE(upstreamsFor(inventory, HerdId(1), InstanceId(2)), std::vector{InstanceId(1)});
        QCOMPARE(upstreamsFor(inventory, HerdId(1), InstanceId(3)), (std::vector{InstanceId(2), InstanceId(1)}));
        QCOMPARE(upstreamsFor(inventory, HerdId(1), {}).size(), 3u);
        // A circle that is already there ends the walk too.
        QCOMPARE(upstreamsFor(inventory, HerdId(3), InstanceId(7)), (std::vector{InstanceId(8), InstanceId(9)}));
        QCOMPARE(upstreamsFor(inventory, HerdId(3), InstanceId(8)), std::vector{InstanceId(7)});
    }

    void saysWhatADeletionTakesAlong()
    {
        const Inventory inventory(sample(), {}, 1, {});
        const auto effects = [&](std::vector<RowKey> keys) { return deletionEffects(inventory, keys); };

        const DeletionEffects environment = effects({EnvironmentId(1)});
        QCOMPARE(environment.herdsWithoutEnvironment, (std::vector{HerdId(1), HerdId(2)}));
        QCOMPARE(environment.serversWithoutEnvironment, (std::vector{ServerId(1), ServerId(2), ServerId(3)}));
        QVERIFY(environment.instancesDeleted.empty());

        const DeletionEffects herd = effects({HerdId(1)});
        QCOMPARE(herd.instancesDeleted, (std::vector{InstanceId(1), InstanceId(2), InstanceId(3)}));
        QVERIFY(herd.followersWithoutUpstream.empty()); // they go themselves

        const DeletionEffects server = effects({ServerId(1)});
        QCOMPARE(server.instancesDeleted, (std::vector{InstanceId(1), InstanceId(4)}));
        QCOMPARE(server.followersWithoutUpstream, std::vector{InstanceId(2)});

        const DeletionEffects both = effects({InstanceId(1), InstanceId(2), InstanceId(1), InstanceId(12345)});
        QCOMPARE(both.chosen.size(), 2u);
        QVERIFY(both.instancesDeleted.empty());
        QCOMPARE(both.followersWithoutUpstream, std::vector{InstanceId(3)});

        const DeletionEffects mixed = effects({EnvironmentId(1), HerdId(1), ServerId(1)});
        QCOMPARE(mixed.herdsWithoutEnvironment, std::vector{HerdId(2)});
        QCOMPARE(mixed.serversWithoutEnvironment, (std::vector{ServerId(2), ServerId(3)}));
        QCOMPARE(mixed.instancesDeleted, (std::vector{InstanceId(1), InstanceId(2), InstanceId(3), InstanceId(4)}));
        QVERIFY(!effects({EnvironmentId(2), ServerId(99)}).herdsWithoutEnvironment.size());
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::RowChecksTest)
#include "tst_rowchecks.moc"
