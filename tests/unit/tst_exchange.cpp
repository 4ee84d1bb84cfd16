#include "models/exchange/exportdocument.h"
#include "models/exchange/importdocument.h"
#include "models/exchange/planimport.h"

#include <QElapsedTimer>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QByteArray document(const QByteArray& inner)
{
    return R"({"format":"elephaas-inventory","version":1)" + (inner.isEmpty() ? QByteArray() : "," + inner) + "}";
}

// What a store does with a change set, in memory: gives keys and follows temporary references.
Inventory applied(const ChangeSet& changes, const Inventory& to)
{
    InventoryRows rows = to.rows();
    QHash<qint64, qint64> given;
    qint64 next = 1000;
    const auto give = [&](auto& id) {
        if (id.value < 0 && !given.contains(id.value))
            given.insert(id.value, ++next);
        if (id.value < 0)
            id.value = given.value(id.value);
    };
    const auto store = [&](auto& table, auto row, bool exists) {
        if (!exists) {
            table.push_back(row);
            return;
        }
        for (auto& known : table)
            known = known.id == row.id ? row : known;
    };
    for (const Edit& edit : changes) {
        if (const auto* environment = std::get_if<Put<Environment>>(&edit)) {
            auto row = environment->row;
            give(row.id);
            store(rows.environments, row, environment->before.has_value());
        } else if (const auto* herd = std::get_if<Put<Herd>>(&edit)) {
            auto row = herd->row;
            give(row.id);
            if (row.environment)
                give(*row.environment);
            store(rows.herds, row, herd->before.has_value());
        } else if (const auto* server = std::get_if<Put<Server>>(&edit)) {
            auto row = server->row;
            give(row.id);
            if (row.environment)
                give(*row.environment);
            store(rows.servers, row, server->before.has_value());
        } else if (const auto* instance = std::get_if<Put<Instance>>(&edit)) {
            auto row = instance->row;
            give(row.id);
            give(row.herd);
            give(row.server);
            if (row.upstream)
                give(*row.upstream);
            store(rows.instances, row, instance->before.has_value());
        }
    }
    return Inventory(std::move(rows), {}, 1, {});
}

Expected<Inventory> imported(const QByteArray& json, const Inventory& into = {})
{
    const auto parsed = parseDocument(json);
    if (!parsed)
        return fail(parsed.error());
    const auto changes = planImport(*parsed, into);
    if (!changes)
        return fail(changes.error());
    return applied(*changes, into);
}

const QByteArray sample = document(R"(
    "environments":[{"name":"prod","description":"real"},{"name":"dev"}],
    "servers":[{"hostName":"db1","environment":"prod"},{"hostName":"db2","environment":"prod"},{"hostName":"db3"}],
    "herds":[
      {"name":"trading","baseName":"trd","environment":"prod","port":5432,"dataDirectory":"/d","virtualHost":"trd.example",
       "description":"x","members":[
         {"server":"db2","upstream":"db1","version":"15.4","online":true,"walPosition":"16/B374D848"},
         {"server":"DB1","upstream":null,"dataDirectory":"/mnt/d"}]},
      {"name":"spare","port":5433,"members":[{"server":"db3"}]}])");

} // namespace

class ExchangeTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void importsIntoAnEmptyInventory()
    {
        const auto inventory = imported(sample);
        QVERIFY2(inventory, qPrintable(inventory ? QString() : inventory.error().text()));
        QCOMPARE(inventory->environments().size(), size_t(2));
        QCOMPARE(inventory->servers().size(), size_t(3));
        QCOMPARE(inventory->herds().size(), size_t(2));
        QCOMPARE(inventory->instances().size(), size_t(3));
        const Herd& trading = inventory->herds()[0];
        QCOMPARE(trading.baseName, u"trd"_s);
        QCOMPARE(inventory->find(*trading.environment)->name, u"prod"_s);
        const Instance* leader = inventory->leaderOf(trading.id);
        QCOMPARE(inventory->find(leader->server)->hostName, u"db1"_s);
        QCOMPARE(leader->localDataDirectory, u"/mnt/d"_s);
        const Instance* replica = inventory->find(inventory->followersOf(leader->id)[0]);
        QCOMPARE(replica->version, u"15.4"_s);
        QVERIFY(replica->isOnline);
        QCOMPARE(replica->walPosition->toString(), u"16/B374D848"_s);
        QCOMPARE(inventory->herds()[1].baseName, u"spare"_s);
        QVERIFY(!inventory->herds()[1].environment);
    }
    void importingTwiceChangesNothing()
    {
        const auto once = imported(sample);
        const auto changes = planImport(*parseDocument(sample), *once);
        QVERIFY(changes);
        QCOMPARE(changes->size(), size_t(0));
    }
    void mergesByNaturalKeyAndLeavesTheRest()
    {
        const auto once = imported(sample);
        const auto parsed = parseDocument(document(R"(
            "environments":[{"name":"prod","description":"changed"}],
            "servers":[{"hostName":"DB3","environment":"dev"}],
            "herds":[{"baseName":"trd","environment":"prod","port":5432,"virtualHost":"new.example",
                      "members":[{"server":"db2","version":"16.1","online":false,"walPosition":"0/1"},{"server":"db3","upstream":"db2"}]}])"));
        QVERIFY(parsed);
        const auto changes = planImport(*parsed, *once);
        QVERIFY2(changes, qPrintable(changes ? QString() : changes.error().text()));
        const Inventory twice = applied(*changes, *once);
        QCOMPARE(twice.environments().size(), size_t(2));
        QCOMPARE(twice.herds().size(), size_t(2));
        QCOMPARE(twice.servers().size(), size_t(3));
        QCOMPARE(twice.instances().size(), size_t(4));
        QCOMPARE(twice.environments()[0].description, u"changed"_s);
        const Herd& trading = twice.herds()[0];
        QCOMPARE(trading.name, u"trading"_s);
        QCOMPARE(trading.virtualHost, u"new.example"_s);
        QCOMPARE(trading.dataDirectory, u"/d"_s);
        const Instance* changed = twice.find(once->followersOf(once->leaderOf(trading.id)->id)[0]);
        QCOMPARE(changed->version, u"16.1"_s);
        QVERIFY(changed->isOnline); // what was seen is not replaced by what a file says
        QCOMPARE(changed->walPosition->toString(), u"16/B374D848"_s);
        QCOMPARE(twice.followersOf(changed->id).size(), size_t(1)); // cascaded
        QCOMPARE(twice.find(*twice.servers()[2].environment)->name, u"dev"_s);
    }
    // A shared base name must not make one herd out of two.
    void aNamedHerdIsNeverMatchedByItsBaseName()
    {
        const auto once = imported(document(R"("herds":[{"name":"crm","baseName":"main","port":5432}])"));
        const auto twice = imported(document(R"("herds":[{"name":"shop","baseName":"main","port":5432}])"), *once);
        QVERIFY(twice);
        QCOMPARE(twice->herds().size(), size_t(2));
    }

    void roundTripsExactly()
    {
        const auto once = imported(sample);
        const QByteArray text = exportDocument(*once);
        const auto again = imported(text);
        QVERIFY2(again, qPrintable(again ? QString() : again.error().text()));
        QCOMPARE(exportDocument(*again), text);
        QCOMPARE(again->instances().size(), once->instances().size());
    }
    void hostileTextsRoundTrip()
    {
        InventoryRows rows;
        const QString nasty = u"'; DROP \"x\" \\ \n\t\x01 é 漢 😀 <b>$(reboot)</b>\u2028"_s;
        rows.environments.push_back({.id = EnvironmentId(1), .name = nasty, .description = nasty});
        rows.servers.push_back({.id = ServerId(1), .environment = EnvironmentId(1), .hostName = nasty});
        rows.herds.push_back({.id = HerdId(1), .environment = EnvironmentId(1), .baseName = nasty, .name = nasty,
            .description = nasty, .port = 1, .dataDirectory = nasty, .virtualHost = nasty});
        const Inventory inventory(std::move(rows), {}, 1, {});
        const QByteArray text = exportDocument(inventory);
        const auto again = imported(text);
        QVERIFY2(again, qPrintable(again ? QString() : again.error().text()));
        QCOMPARE(again->herds()[0].description, nasty);
        QCOMPARE(exportDocument(*again), text);
    }
    // Real sites have all of this; none of it may be lost or silently merged.
    void duplicatesCirclesAndForeignUpstreamsRoundTrip()
    {
        InventoryRows rows;
        for (const qint64 i : {1, 2}) {
            rows.environments.push_back({.id = EnvironmentId(i), .name = u"prod"_s, .description = QString::number(i)});
            rows.servers.push_back({.id = ServerId(i), .environment = EnvironmentId(i), .hostName = i == 1 ? u"db"_s : u"DB"_s});
            rows.herds.push_back({.id = HerdId(i), .environment = EnvironmentId(2), .baseName = u"a"_s, .name = u"a"_s,
                .description = QString::number(i)});
        }
        rows.herds.push_back({.id = HerdId(3), .environment = {}, .baseName = u"b"_s, .name = u"b"_s, .description = {}});
        const auto add = [&](qint64 id, qint64 herd, qint64 server, qint64 upstream) {
            Instance row;
            row.id = InstanceId(id);
            row.herd = HerdId(herd);
            row.server = ServerId(server);
            row.upstream = InstanceId(upstream);
            row.version = QString::number(id);
            rows.instances.push_back(row);
        };
        add(1, 1, 1, 2); // a circle of two
        add(2, 1, 2, 1);
        add(3, 2, 1, 1); // follows a member of another herd
        add(4, 2, 1, 3); // twice on one server
        add(5, 3, 2, 5000); // dangling
        add(6, 99, 1, 1); // no such herd
        const Inventory inventory(std::move(rows), {}, 1, {});
        const QByteArray text = exportDocument(inventory);
        QVERIFY(text.contains("\"notes\""));
        const auto again = imported(text);
        QVERIFY2(again, qPrintable(again ? QString() : again.error().text()));
        QCOMPARE(again->instances().size(), size_t(5));
        const auto withVersion = [&](const QString& version) {
            for (const Instance& row : again->instances()) {
                if (row.version == version)
                    return row;
            }
            return Instance();
        };
        QCOMPARE(withVersion(u"1"_s).upstream, withVersion(u"2"_s).id);
        QCOMPARE(withVersion(u"2"_s).upstream, withVersion(u"1"_s).id);
        QCOMPARE(withVersion(u"3"_s).upstream, withVersion(u"1"_s).id);
        QCOMPARE(withVersion(u"4"_s).upstream, withVersion(u"3"_s).id);
        QVERIFY(!withVersion(u"5"_s).upstream);
        const auto changes = planImport(*parseDocument(text), *again);
        QVERIFY(changes);
        QCOMPARE(changes->size(), size_t(0));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("where");
        const auto row = [](const char* name, const QByteArray& json, const QString& where) { QTest::newRow(name) << json << where; };
        row("empty file", "", u"line 1, column 1"_s);
        row("truncated", sample.left(200), u"line "_s);
        row("no object", "[]", u"$"_s);
        row("not utf-8", document("\"notes\":\"\xff\xfe\""), u"line 1"_s);
        row("other format", R"({"format":"something","version":1})", u"$.format"_s);
        row("no format", "{}", u"$.format"_s);
        row("no version", R"({"format":"elephaas-inventory"})", u"$.version"_s);
        row("version is a text", R"({"format":"elephaas-inventory","version":"1"})", u"$.version"_s);
        row("newer version", R"({"format":"elephaas-inventory","version":2})", u"$.version"_s);
        row("list is an object", document(R"("herds":{})"), u"$.herds"_s);
        row("entry is a text", document(R"("servers":["db1"])"), u"$.servers[0]"_s);
        row("host name is a number", document(R"("servers":[{"hostName":7}])"), u"$.servers[0].hostName"_s);
        row("host name is empty", document(R"("servers":[{"hostName":""}])"), u"$.servers[0].hostName"_s);
        row("NUL in a name", document(R"("environments":[{"name":"a\u0000b"}])"), u"$.environments[0].name"_s);
        row("port too large", document(R"("herds":[{"name":"a","port":70000}])"), u"$.herds[0].port"_s);
        row("port is a fraction", document(R"("herds":[{"name":"a","port":5432.5}])"), u"$.herds[0].port"_s);
        row("port missing", document(R"("herds":[{"name":"a"}])"), u"$.herds[0].port"_s);
        row("nameless herd", document(R"("herds":[{"port":5432}])"), u"$.herds[0].name"_s);
        row("unknown field", document(R"("herds":[{"name":"a","port":1,"prot":2}])"), u"$.herds[0].prot"_s);
        row("unknown top field", document(R"("instances":[])"), u"$.instances"_s);
        row("bad position", document(R"("servers":[{"hostName":"s"}],"herds":[{"name":"a","port":1,"members":[{"server":"s","walPosition":"1"}]}])"),
            u"$.herds[0].members[0].walPosition"_s);
        row("online is a text", document(R"("servers":[{"hostName":"s"}],"herds":[{"name":"a","port":1,"members":[{"server":"s","online":"yes"}]}])"),
            u"$.herds[0].members[0].online"_s);
        row("unknown environment", document(R"("servers":[{"hostName":"s","environment":"prod"}])"), u"$.servers[0].environment"_s);
        row("unknown server", document(R"("herds":[{"name":"a","port":1,"members":[{"server":"s"}]}])"), u"$.herds[0].members[0].server"_s);
        row("unknown upstream", document(R"("servers":[{"hostName":"s"},{"hostName":"t"}],"herds":[{"name":"a","port":1,"members":[{"server":"s","upstream":"t"}]}])"),
            u"$.herds[0].members[0].upstream"_s);
        row("follows itself", document(R"("servers":[{"hostName":"s"}],"herds":[{"name":"a","port":1,"members":[{"server":"s","upstream":"s"}]}])"),
            u"$.herds[0].members[0].upstream"_s);
        row("unknown label", document(R"("servers":[{"hostName":"s","environment":{"label":"x"}}])"), u"$.servers[0].environment"_s);
        row("environment twice", document(R"("environments":[{"name":"a"},{"name":"a"}])"), u"$.environments[1]"_s);
        row("server twice", document(R"("servers":[{"hostName":"db1"},{"hostName":"DB1"}])"), u"$.servers[1]"_s);
        row("herd twice", document(R"("herds":[{"name":"a","port":1},{"name":"a","port":1}])"), u"$.herds[1]"_s);
        row("herd twice, once by base name", document(R"("herds":[{"name":"a","port":1},{"baseName":"a","port":1}])"), u"$.herds[1]"_s);
        row("member twice", document(R"("servers":[{"hostName":"s"}],"herds":[{"name":"a","port":1,"members":[{"server":"s"},{"server":"S"}]}])"),
            u"$.herds[0].members[1]"_s);
        row("label twice", document(R"("environments":[{"name":"a","label":"l"},{"name":"a","label":"l"}])"), u"$.environments[1].label"_s);
        row("one of two without label", document(R"("environments":[{"name":"a","label":"l"},{"name":"a"}])"), u"$.environments[1]"_s);
        row("very deep", document("\"herds\":" + QByteArray(100000, '[')), u"line 1"_s);
    }
    void refuses()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, where);
        const auto result = imported(json);
        QVERIFY(!result);
        QVERIFY2(result.error().where.startsWith(where), qPrintable(result.error().text()));
        QVERIFY(result.error().kind == ErrorKind::InvalidInput || result.error().kind == ErrorKind::Unsupported);
        QVERIFY(!result.error().what.isEmpty());
    }
    void everyTruncationIsRefused()
    {
        const QByteArray text = exportDocument(*imported(sample)).trimmed();
        for (qsizetype size = 0; size < text.size(); ++size)
            QVERIFY(!parseDocument(text.left(size)));
    }
    void byteOrderMarkIsAccepted() { QVERIFY(parseDocument("\xEF\xBB\xBF" + document({}))); }

    void fiftyMegabytes_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<bool>("valid");
        QByteArray servers = document("\"servers\":[").chopped(1);
        for (int i = 0; servers.size() < 50'000'000; ++i)
            servers += "{\"hostName\":\"db" + QByteArray::number(i) + ".a.rather.long.domain.name.example\",\"environment\":null},";
        servers.chop(1);
        QTest::newRow("valid") << servers + "]}" << true;
        QTest::newRow("truncated") << servers << false;
        QTest::newRow("wrong at the end") << servers + ",7]}" << false;
        QTest::newRow("one text") << document("\"servers\":[{\"hostName\":\"" + QByteArray(50'000'000, 'x')) << false;
        QTest::newRow("no JSON") << QByteArray(50'000'000, 'x') << false;
    }
    void fiftyMegabytes()
    {
        QFETCH(QByteArray, json);
        QFETCH(bool, valid);
        QElapsedTimer timer;
        timer.start();
        const auto parsed = parseDocument(json);
        QCOMPARE(parsed.has_value(), valid);
        if (parsed)
            QVERIFY(planImport(*parsed, {}));
        QVERIFY2(timer.elapsed() < 300'000, qPrintable(u"%1 ms"_s.arg(timer.elapsed())));
        qInfo("%lld ms", timer.elapsed());
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ExchangeTest)
#include "tst_exchange.moc"
