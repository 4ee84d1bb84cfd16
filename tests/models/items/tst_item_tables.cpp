// What the tables' cells say, how they are ordered and filtered.
#include "models/items/drpairtablemodel.h"
#include "models/items/environmenttablemodel.h"
#include "models/items/herdtablemodel.h"
#include "models/items/instancetablemodel.h"
#include "models/items/servertablemodel.h"
#include "models/items/tableproxy.h"
#include "models/items/texts.h"
#include "tests/models/items/randominventory.h"

#include <QSignalSpy>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr quint64 head = 0x500000000ULL;

// A small site: prod with trading (db1 <- db2, db1 <- db3) on 5432 and tools (db4) on 5433; stray, without environment, on db1.
struct Site {
    Site()
    {
        rows.environments = {{EnvironmentId(1), u"prod"_s, u"What customers see"_s}, {EnvironmentId(2), u"dev"_s, u"Playground"_s}};
        rows.herds = {Herd{.id = HerdId(1), .environment = EnvironmentId(1), .baseName = u"trading"_s, .name = u"trading"_s,
                          .description = u"Orders & fills"_s, .port = 5432, .dataDirectory = u"/pg/trading"_s, .virtualHost = u"trading-db.example"_s},
            Herd{.id = HerdId(2), .environment = EnvironmentId(1), .baseName = u"tools"_s, .name = u"tools"_s, .description = {},
                .port = 5433, .dataDirectory = u"/pg/tools"_s, .virtualHost = u"tools-db.example"_s},
            Herd{.id = HerdId(3), .environment = {}, .baseName = u"stray"_s, .name = u"stray"_s, .description = {}, .port = 5434,
                .dataDirectory = u"/pg/stray"_s, .virtualHost = {}}};
        for (int i = 1; i <= 4; ++i)
            rows.servers.push_back({.id = ServerId(i), .environment = EnvironmentId(1), .hostName = u"db%1"_s.arg(i)});
        add(1, 1, 1, {}, head, u"15.20"_s);
        add(2, 1, 2, 1, head - 430000, u"15.20"_s);
        add(3, 1, 3, 1, {}, u"15.20"_s);
        add(4, 2, 4, {}, head, u"9.6.24"_s);
        add(5, 3, 1, 99, head, {});
        rows.instances.back().isOnline = false;
    }

    void add(qint64 id, qint64 herd, qint64 server, std::optional<qint64> upstream, std::optional<quint64> position, const QString& version)
    {
        Instance row;
        row.id = InstanceId(id);
        row.herd = HerdId(herd);
        row.server = ServerId(server);
        row.version = version;
        row.isOnline = true;
        if (upstream)
            row.upstream = InstanceId(*upstream);
        if (position)
            row.walPosition = Lsn{*position};
        rows.instances.push_back(row);
    }

    Observation& see(qint64 id, Liveness liveness, Role role, quint64 position, int secondsAgo = 2)
    {
        auto seen = std::make_shared<Observation>();
        seen->instance = InstanceId(id);
        seen->at = clock->now().addSecs(-secondsAgo);
        seen->factsAt = seen->at;
        seen->seenBy = u"probe"_s;
        seen->liveness = liveness;
        seen->role = role;
        if (role == Role::Replica) {
            seen->replayLsn = Lsn{position};
            seen->receiverState = u"streaming"_s;
        } else if (role == Role::Primary) {
            seen->currentLsn = Lsn{position};
        }
        observations.insert(seen->instance, seen);
        return *seen;
    }

    InventoryPtr snapshot() const { return std::make_shared<const Inventory>(rows, observations, 1, clock->now()); }

    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    InventoryRows rows;
    Observations observations;
};

using C = InstanceTableModel::Column;

QString text(const QAbstractItemModel& model, int row, C column, int role = Qt::DisplayRole)
{
    return model.index(row, static_cast<int>(column)).data(role).toString();
}

QStringList visibleHosts(const TableProxy& proxy)
{
    QStringList hosts;
    for (int row = 0; row < proxy.rowCount(); ++row)
        hosts << text(proxy, row, C::Server);
    return hosts;
}

QStringList names(const TableProxy& proxy)
{
    QStringList texts;
    for (int row = 0; row < proxy.rowCount(); ++row)
        texts << proxy.index(row, 0).data().toString();
    return texts;
}

InstanceFilter textFilter(const QString& words)
{
    InstanceFilter filter;
    filter.text = words;
    return filter;
}

} // namespace

class ItemTablesTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void inventoryWordIsShownAsStale()
    {
        const Site site;
        InstanceTableModel model(site.clock);
        model.apply(site.snapshot(), nullptr);
        QCOMPARE(model.rowCount(), 5);
        QCOMPARE(text(model, 0, C::Herd), u"trading"_s);
        QCOMPARE(text(model, 0, C::Port), u"5432"_s);
        QCOMPARE(text(model, 0, C::Role), u"primary"_s);
        QCOMPARE(text(model, 1, C::Role), u"replica"_s);
        QCOMPARE(text(model, 0, C::State), u"online"_s);
        QCOMPARE(text(model, 4, C::State), u"offline"_s);
        QCOMPARE(text(model, 0, C::Seen), u"-"_s);
        QCOMPARE(text(model, 0, C::State, Qt::AccessibleTextRole), u"State: online, never probed"_s);
        QCOMPARE(model.index(0, int(C::State)).data(FreshnessRole).value<Freshness>(), Freshness::Stale);
        QCOMPARE(model.index(0, int(C::Herd)).data(FreshnessRole).value<Freshness>(), Freshness::Fresh);
        QCOMPARE(text(model, 0, C::DataDirectory), u"/pg/trading"_s);
        QCOMPARE(text(model, 0, C::Environment), u"prod"_s);
        QCOMPARE(text(model, 4, C::Environment), QString());
        QCOMPARE(model.index(3, 0).data(IdRole).toLongLong(), 4);
        QCOMPARE(model.index(3, 0).data(KindRole).value<ItemKind>(), ItemKind::Instance);
    }

    void lag()
    {
        Site site;
        InstanceTableModel model(site.clock);
        model.apply(site.snapshot(), nullptr);
        QCOMPARE(text(model, 0, C::Lag), QString()); // not applicable
        QCOMPARE(text(model, 1, C::Lag), u"0.41"_s);
        QCOMPARE(model.index(1, int(C::Lag)).data(LagRole).toDouble(), 430000.0 / 1048576);
        QCOMPARE(text(model, 2, C::Lag), u"-"_s);
        QVERIFY(!model.index(2, int(C::Lag)).data(LagRole).isValid());
        QVERIFY(text(model, 2, C::Lag, Qt::ToolTipRole).contains(u"WAL position of this instance"_s));
        QCOMPARE(text(model, 2, C::Lag, Qt::AccessibleTextRole), u"MB lag: unknown"_s);
        QCOMPARE(model.index(2, int(C::Lag)).data(FreshnessRole).value<Freshness>(), Freshness::Unknown);
        QVERIFY(text(model, 4, C::Lag, Qt::ToolTipRole).contains(u"does not exist"_s));

        site.see(2, Liveness::Online, Role::Replica, head);
        model.apply(site.snapshot(), nullptr);
        QCOMPARE(text(model, 1, C::Lag), u"-"_s); // fresh against the inventory's old word is no lag
        QVERIFY(text(model, 1, C::Lag, Qt::ToolTipRole).contains(u"never probed"_s));
        site.see(1, Liveness::Unreachable, Role::Unknown, 0);
        model.apply(site.snapshot(), nullptr);
        QVERIFY(text(model, 1, C::Lag, Qt::ToolTipRole).contains(u"no answer from its upstream"_s));
        site.see(1, Liveness::Online, Role::Primary, head + 3 * 1048576 / 2);
        model.apply(site.snapshot(), nullptr);
        QCOMPARE(text(model, 1, C::Lag), u"1.50"_s);
        QCOMPARE(model.index(1, int(C::Lag)).data(FreshnessRole).value<Freshness>(), Freshness::Fresh);
    }

    void numbersAreWrittenByLocale()
    {
        QCOMPARE(megabytesText(0, QLocale(QLocale::German)), u"0,00"_s);
        QCOMPARE(megabytesText(430000, QLocale(QLocale::German)), u"0,41"_s);
        QCOMPARE(megabytesText(5300LL * 1048576, QLocale(QLocale::English)), u"5,300.00"_s);
        QCOMPARE(megabytesText(5, QLocale(QLocale::English)), u"0.00"_s);
        QCOMPARE(megabytesText(1048576LL * 1048576 * 1024, QLocale(QLocale::English)), u"1,073,741,824.00"_s);
    }

    void ages_data()
    {
        QTest::addColumn<qint64>("seconds");
        QTest::addColumn<QString>("text");
        QTest::newRow("future") << qint64(-5) << u"0 s"_s;
        QTest::newRow("now") << qint64(0) << u"0 s"_s;
        QTest::newRow("seconds") << qint64(59) << u"59 s"_s;
        QTest::newRow("minutes") << qint64(60) << u"1 min"_s;
        QTest::newRow("almost an hour") << qint64(3599) << u"59 min"_s;
        QTest::newRow("hours") << qint64(3 * 3600 + 100) << u"3 h"_s;
        QTest::newRow("days") << qint64(49 * 3600) << u"2 d"_s;
    }
    void ages()
    {
        QFETCH(qint64, seconds);
        QTEST(ageText(seconds * 1000), "text");
    }

    void tickMovesAgesAndTellsWhatBecameStale()
    {
        Site site;
        site.see(1, Liveness::Online, Role::Primary, head, 2);
        InstanceTableModel model(site.clock);
        model.apply(site.snapshot(), nullptr);
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        QCOMPARE(text(model, 0, C::Seen), u"2 s"_s);
        QCOMPARE(text(model, 0, C::State, Qt::AccessibleTextRole), u"State: online, seen 2 s ago"_s);
        site.clock->advance(58);
        model.tick();
        QCOMPARE(text(model, 0, C::Seen), u"1 min"_s);
        QCOMPARE(changes.size(), 1);
        QCOMPARE(changes[0][0].toModelIndex(), model.index(0, int(C::Seen)));
        QCOMPARE(changes[0][1].toModelIndex(), model.index(4, int(C::Seen)));
        QVERIFY(changes[0][2].value<QList<int>>().contains(int(FreshnessRole)));
        QCOMPARE(model.index(0, int(C::State)).data(FreshnessRole).value<Freshness>(), Freshness::Fresh);
        changes.clear();
        site.clock->advance(60);
        model.tick();
        QCOMPARE(model.index(0, int(C::State)).data(FreshnessRole).value<Freshness>(), Freshness::Stale);
        QCOMPARE(changes.size(), 1);
        QCOMPARE(changes[0][1].toModelIndex(), model.index(4, InstanceTableModel::columns - 1));
        QCOMPARE(changes[0][0].toModelIndex(), model.index(0, 0));
        model.setLimits({.freshFor = std::chrono::hours(1)});
        QCOMPARE(model.index(0, int(C::State)).data(FreshnessRole).value<Freshness>(), Freshness::Fresh);
    }

    void emptyTableTicksSilently()
    {
        const Site site;
        InstanceTableModel model(site.clock);
        const QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        model.tick();
        model.retranslate();
        model.setLimits({.freshFor = std::chrono::hours(1)});
        model.apply(std::make_shared<const Inventory>(), nullptr);
        QCOMPARE(changes.size(), 0);
    }

    void unreachableKeepsWhatWasSeenWithItsAge()
    {
        Site site;
        Observation& seen = site.see(1, Liveness::Unreachable, Role::Primary, head, 1);
        seen.factsAt = site.clock->now().addSecs(-600);
        seen.timeline = 7;
        seen.error = Error{.kind = ErrorKind::Unreachable, .what = u"No route to <b>db1</b>."_s};
        InstanceTableModel model(site.clock);
        model.apply(site.snapshot(), nullptr);
        QCOMPARE(text(model, 0, C::State), u"unreachable"_s);
        QCOMPARE(model.index(0, int(C::State)).data(FreshnessRole).value<Freshness>(), Freshness::Fresh);
        QCOMPARE(text(model, 0, C::Timeline), u"7"_s);
        QCOMPARE(model.index(0, int(C::Timeline)).data(FreshnessRole).value<Freshness>(), Freshness::Stale);
        QCOMPARE(text(model, 0, C::Timeline, Qt::AccessibleTextRole), u"Timeline: 7, seen 10 min ago"_s);
        QCOMPARE(text(model, 0, C::State, Qt::ToolTipRole), u"<qt>No route to &lt;b&gt;db1&lt;/b&gt;.</qt>"_s);
        QCOMPARE(text(model, 0, C::State, Qt::AccessibleDescriptionRole), u"No route to <b>db1</b>."_s);
    }

    void conflicts()
    {
        Site site;
        site.see(1, Liveness::Online, Role::Primary, head);
        site.see(2, Liveness::Online, Role::Primary, head);
        site.see(3, Liveness::Online, Role::Detached, head);
        InstanceTableModel model(site.clock);
        model.apply(site.snapshot(), nullptr);
        QCOMPARE(model.index(0, 0).data(HealthRole).value<Health>(), Health::TwoPrimaries);
        QCOMPARE(model.index(1, 0).data(HealthRole).value<Health>(), Health::TwoPrimaries);
        QVERIFY(model.index(1, 0).data(ConflictRole).toBool());
        QVERIFY(text(model, 1, C::Role, Qt::ToolTipRole).contains(u"The inventory says replica, the last probe saw primary."_s));
        QCOMPARE(text(model, 2, C::Role), u"detached"_s);
        QCOMPARE(model.index(2, 0).data(HealthRole).value<Health>(), Health::RoleConflict);
        QVERIFY(!model.index(3, 0).data(ConflictRole).toBool());

        HerdTableModel herds(site.clock);
        herds.apply(site.snapshot(), nullptr);
        QVERIFY(herds.index(0, 0).data(ConflictRole).toBool());
        QCOMPARE(herds.index(0, int(HerdTableModel::Column::Primary)).data().toString(), u"db1, db2"_s);
        QCOMPARE(herds.index(0, int(HerdTableModel::Column::WorstState)).data().toString(), u"3 of 3: 2 two primaries, 1 role differs"_s);
    }

    void conditions_data()
    {
        QTest::addColumn<Liveness>("liveness");
        QTest::addColumn<QString>("receiver");
        QTest::addColumn<quint64>("behind");
        QTest::addColumn<Health>("condition");
        QTest::newRow("good") << Liveness::Online << u"streaming"_s << quint64(0) << Health::Good;
        QTest::newRow("at the limit") << Liveness::Online << u"streaming"_s << quint64(100 * 1048576) << Health::Good;
        QTest::newRow("lagging") << Liveness::Online << u"streaming"_s << quint64(100 * 1048576 + 1) << Health::Lagging;
        QTest::newRow("not streaming") << Liveness::Online << u"waiting"_s << quint64(0) << Health::NotStreaming;
        QTest::newRow("no receiver") << Liveness::Online << QString() << quint64(0) << Health::NotStreaming;
        QTest::newRow("offline") << Liveness::Offline << QString() << quint64(0) << Health::Offline;
        QTest::newRow("unreachable") << Liveness::Unreachable << QString() << quint64(0) << Health::Unreachable;
        QTest::newRow("unknown") << Liveness::Unknown << QString() << quint64(0) << Health::Unknown;
    }
    void conditions()
    {
        QFETCH(Liveness, liveness);
        QFETCH(QString, receiver);
        QFETCH(quint64, behind);
        Site site;
        site.see(1, Liveness::Online, Role::Primary, head);
        site.see(2, liveness, Role::Replica, head - behind).receiverState = receiver;
        InstanceTableModel model(site.clock);
        model.apply(site.snapshot(), nullptr);
        QTEST(model.index(1, 0).data(HealthRole).value<Health>(), "condition");
        QCOMPARE(model.index(1, 0).data(ProblemRole).toBool(), isProblem(model.index(1, 0).data(HealthRole).value<Health>()));
    }

    void missingRowsAreNamed()
    {
        Site site;
        site.add(6, 77, 88, {}, {}, {});
        InstanceTableModel model(site.clock);
        model.apply(site.snapshot(), nullptr);
        QCOMPARE(text(model, 5, C::Herd), u"(herd 77)"_s);
        QCOMPARE(text(model, 5, C::Server), u"(server 88)"_s);
        QCOMPARE(text(model, 5, C::Port), u"-"_s);
    }

    void naturalOrder_data()
    {
        QTest::addColumn<QString>("a");
        QTest::addColumn<QString>("b");
        QTest::newRow("numbers") << u"db2"_s << u"db10"_s;
        QTest::newRow("zeros") << u"db01"_s << u"db1"_s;
        QTest::newRow("zeros do not decide early") << u"db01a"_s << u"db1b"_s;
        QTest::newRow("case") << u"Alpha"_s << u"beta"_s;
        QTest::newRow("case last") << u"DB1"_s << u"db1"_s;
        QTest::newRow("prefix") << u"db"_s << u"db1"_s;
        QTest::newRow("empty") << u"db"_s << QString();
        QTest::newRow("long numbers") << u"x99999999999999999999"_s << u"x100000000000000000000"_s;
    }
    void naturalOrder()
    {
        QFETCH(QString, a);
        QFETCH(QString, b);
        QVERIFY(compareNatural(a, b) < 0);
        QVERIFY(compareNatural(b, a) > 0);
        QCOMPARE(compareNatural(a, a), 0);
    }

    void naturalOrderIsTransitive()
    {
        QRandomGenerator random(4);
        const QString alphabet = u"aAbB019.- \u00FC"_s;
        std::vector<QString> texts;
        for (int i = 0; i < 120; ++i) {
            QString word;
            for (int n = random.bounded(6); n > 0; --n)
                word += alphabet[random.bounded(alphabet.size())];
            texts.push_back(word);
        }
        for (const QString& a : texts) {
            for (const QString& b : texts) {
                QCOMPARE(compareNatural(a, b) < 0, compareNatural(b, a) > 0);
                for (const QString& c : texts) {
                    if (compareNatural(a, b) < 0 && compareNatural(b, c) < 0)
                        QVERIFY2(compareNatural(a, c) < 0, qPrintable(a + u'|' + b + u'|' + c));
                }
            }
        }
    }

    void unknownLagIsLastInBothDirections()
    {
        Site site;
        InstanceTableModel model(site.clock);
        TableProxy proxy;
        proxy.setSourceModel(&model);
        site.rows.instances[2].walPosition = Lsn{head - 9000000};
        site.add(6, 1, 4, 1, {}, {});
        model.apply(site.snapshot(), nullptr);
        proxy.sort(int(C::Lag), Qt::AscendingOrder);
        QCOMPARE(visibleHosts(proxy), QStringList({u"db2"_s, u"db3"_s, u"db1"_s, u"db4"_s, u"db4"_s, u"db1"_s}));
        proxy.sort(int(C::Lag), Qt::DescendingOrder);
        QCOMPARE(visibleHosts(proxy), QStringList({u"db3"_s, u"db2"_s, u"db1"_s, u"db4"_s, u"db4"_s, u"db1"_s}));
    }

    void severalSortKeys()
    {
        const Site site;
        InstanceTableModel model(site.clock);
        TableProxy proxy;
        proxy.setSourceModel(&model);
        model.apply(site.snapshot(), nullptr);
        proxy.sort(int(C::Server), Qt::DescendingOrder);
        proxy.sort(int(C::Role), Qt::AscendingOrder); // the server's order stays as the second key
        QCOMPARE(proxy.sortKeys().size(), 2U);
        QCOMPARE(visibleHosts(proxy), QStringList({u"db4"_s, u"db1"_s, u"db3"_s, u"db2"_s, u"db1"_s}));
        proxy.setSortKeys({{int(C::Port), Qt::DescendingOrder}});
        QCOMPARE(visibleHosts(proxy), QStringList({u"db1"_s, u"db4"_s, u"db1"_s, u"db2"_s, u"db3"_s}));
        proxy.sort(-1);
        QCOMPARE(visibleHosts(proxy), QStringList({u"db1"_s, u"db2"_s, u"db3"_s, u"db4"_s, u"db1"_s}));
    }

    void instanceFilters_data()
    {
        QTest::addColumn<InstanceFilter>("filter");
        QTest::addColumn<QString>("ids");
        const auto row = [](const char* name, auto set, const QString& ids) {
            InstanceFilter filter;
            set(filter);
            QTest::newRow(name) << filter << ids;
        };
        row("nothing", [](auto&) {}, u"1 2 3 4 5"_s);
        row("herd name", [](auto& f) { f.text = u"trad"_s; }, u"1 2 3"_s);
        row("host name", [](auto& f) { f.text = u"DB4"_s; }, u"4"_s);
        row("version", [](auto& f) { f.text = u"9.6"_s; }, u"4"_s);
        row("all words", [](auto& f) { f.text = u" replica  trading db3 "_s; }, u"3"_s);
        row("word across cells", [](auto& f) { f.text = u"tradingdb1"_s; }, QString());
        row("data directory", [](auto& f) { f.text = u"/pg/tools"_s; }, u"4"_s);
        row("state", [](auto& f) { f.text = u"offline"_s; }, u"5"_s);
        row("lag", [](auto& f) { f.text = u"0.41"_s; }, u"2"_s);
        row("environment", [](auto& f) { f.environment = EnvironmentId(1); }, u"1 2 3 4"_s);
        row("other environment", [](auto& f) { f.environment = EnvironmentId(2); }, QString());
        row("no environment", [](auto& f) { f.withoutEnvironment = true; }, u"5"_s);
        row("herd", [](auto& f) { f.herd = HerdId(2); }, u"4"_s);
        row("port", [](auto& f) { f.port = 5433; }, u"4"_s);
        row("online", [](auto& f) { f.liveness = Liveness::Online; }, u"1 2 3 4"_s);
        row("offline", [](auto& f) { f.liveness = Liveness::Offline; }, u"5"_s);
        row("role", [](auto& f) { f.role = Role::Primary; }, u"1 4"_s);
        row("primaries", [](auto& f) { f.primariesOnly = true; }, u"1 4"_s);
        row("replicas", [](auto& f) { f.replicasOnly = true; }, u"2 3 5"_s);
        row("major version", [](auto& f) { f.versionMajor = u"15"_s; }, u"1 2 3"_s);
        row("old major version", [](auto& f) { f.versionMajor = u"9.6"_s; }, u"4"_s);
        row("problems", [](auto& f) { f.problemsOnly = true; }, u"5"_s);
        row("lag above", [](auto& f) { f.lagAboveMb = 0.2; }, u"2"_s);
        row("lag above more", [](auto& f) { f.lagAboveMb = 0.5; }, QString());
        row("lagging", [](auto& f) { f.laggingOnly = true; }, QString());
        row("older", [](auto& f) { f.olderThan = std::chrono::seconds(60); }, u"1 2 3 4 5"_s);
    }
    void instanceFilters()
    {
        QFETCH(InstanceFilter, filter);
        const Site site;
        InstanceTableModel model(site.clock);
        TableProxy proxy;
        proxy.setSourceModel(&model);
        model.apply(site.snapshot(), nullptr);
        proxy.setFilter(filter);
        QStringList ids;
        for (int row = 0; row < proxy.rowCount(); ++row)
            ids << proxy.index(row, 0).data(IdRole).toString();
        QTEST(ids.join(u' '), "ids");
        QCOMPARE(proxy.headerData(0, Qt::Horizontal, Qt::DisplayRole).toString(), u"Herd"_s); // also of an empty table
    }

    void otherTablesFilter()
    {
        const Site site;
        HerdTableModel herds(site.clock);
        ServerTableModel servers(site.clock);
        EnvironmentTableModel environments(site.clock);
        DrPairTableModel pairs(site.clock);
        TableProxy proxy;
        InstanceFilter prod;
        prod.environment = EnvironmentId(1);
        InstanceFilter port;
        port.port = 5433;
        const auto with = [&](ItemTableModel& model, const InstanceFilter& filter) {
            model.apply(site.snapshot(), nullptr);
            proxy.setSourceModel(&model);
            proxy.setFilter(filter);
            return names(proxy);
        };
        QCOMPARE(with(herds, prod), QStringList({u"trading"_s, u"tools"_s}));
        QCOMPARE(with(herds, port), QStringList({u"tools"_s}));
        QCOMPARE(with(herds, textFilter(u"fills"_s)), QStringList({u"trading"_s}));
        QCOMPARE(with(herds, textFilter(u"tools-db"_s)), QStringList({u"tools"_s}));
        QCOMPARE(with(herds, textFilter(u"5434"_s)), QStringList({u"stray"_s}));
        QCOMPARE(with(servers, prod).size(), 4);
        QCOMPARE(with(servers, textFilter(u"db3"_s)), QStringList({u"db3"_s}));
        QCOMPARE(with(environments, textFilter(u"customers"_s)), QStringList({u"prod"_s}));
        QCOMPARE(with(environments, textFilter(u"DEV"_s)), QStringList({u"dev"_s}));
        QCOMPARE(with(pairs, prod), QStringList({u"trading"_s}));
        QCOMPARE(with(pairs, textFilter(u"trading-db"_s)), QStringList({u"trading"_s}));
        QCOMPARE(with(pairs, textFilter(u"db2"_s)), QStringList({u"trading"_s}));
        QCOMPARE(with(pairs, textFilter(u"tools"_s)), QStringList());
    }

    void drPairsFollowTheLag()
    {
        Site site;
        DrPairTableModel pairs(site.clock);
        pairs.apply(site.snapshot(), nullptr);
        QCOMPARE(pairs.rowCount(), 1);
        using P = DrPairTableModel::Column;
        QCOMPARE(pairs.index(0, int(P::Primary)).data().toString(), u"db1"_s);
        QCOMPARE(pairs.index(0, int(P::Replica)).data().toString(), u"db2"_s);
        QCOMPARE(pairs.index(0, int(P::Lag)).data().toString(), u"0.41"_s);
        const InventoryPtr before = site.snapshot();
        site.rows.instances[2].walPosition = Lsn{head};
        const InventoryPtr after = site.snapshot();
        pairs.apply(after, std::make_shared<const InventoryDifference>(difference(*before, *after)));
        QCOMPARE(pairs.index(0, int(P::Replica)).data().toString(), u"db3"_s);
        QCOMPARE(pairs.index(0, int(P::Lag)).data().toString(), u"0.00"_s);
    }

    void drPairsShowWhereTheNamePoints()
    {
        Site site;
        DrPairTableModel pairs(site.clock);
        pairs.apply(site.snapshot(), nullptr);
        const QString name = site.rows.herds.front().virtualHost;
        const auto cell = pairs.index(0, int(DrPairTableModel::Column::PointsTo));
        const auto says = [&](const SeenAlias& alias) {
            pairs.setAliases(std::make_shared<const SeenAliases>(SeenAliases{{site.rows.herds.front().id, alias}}));
            return cell.data().toString();
        };
        const QDateTime now = site.clock->now();
        QCOMPARE(cell.data().toString(), unknownText());
        QVERIFY(cell.data(Qt::AccessibleDescriptionRole).toString().contains(u"not asked yet"_s));
        QSignalSpy changed(&pairs, &QAbstractItemModel::dataChanged);
        QCOMPARE(says({.virtualHost = name, .target = u"DB1.example"_s, .at = now}), u"DB1.example"_s);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(cell.data(FreshnessRole).value<Freshness>(), Freshness::Fresh);
        QVERIFY(!cell.data(ProblemRole).toBool());
        QCOMPARE(says({.virtualHost = name, .target = u"db2.example"_s, .at = now}), u"db2.example, not right"_s);
        QVERIFY(cell.data(ProblemRole).toBool());
        QVERIFY(cell.data(Qt::AccessibleDescriptionRole).toString().contains(u"primary's server, db1"_s));
        QCOMPARE(says({.virtualHost = name, .target = u"db1.example"_s, .others = {u"ns2: <b>db2"_s}, .at = now}), u"db1.example, not right"_s);
        QVERIFY(cell.data(Qt::ToolTipRole).toString().contains(u"ns2: &lt;b&gt;db2"_s));
        QCOMPARE(says({.virtualHost = name, .at = now}), u"no alias"_s);
        QCOMPARE(says({.virtualHost = name, .problem = u"Nobody answers."_s, .at = now}), unknownText());
        QCOMPARE(cell.data(FreshnessRole).value<Freshness>(), Freshness::Unknown);
        QVERIFY(!cell.data(ProblemRole).toBool()); // unknown is not wrong
        QCOMPARE(says({.virtualHost = name, .target = u"db1"_s, .at = now.addDays(-1)}), u"db1"_s);
        QCOMPARE(cell.data(FreshnessRole).value<Freshness>(), Freshness::Stale);
        QCOMPARE(says({.virtualHost = u"another"_s, .target = u"db1"_s, .at = now}), unknownText()); // the row was edited meanwhile
    }

    void sums()
    {
        const Site site;
        EnvironmentTableModel environments(site.clock);
        environments.apply(site.snapshot(), nullptr);
        using E = EnvironmentTableModel::Column;
        QCOMPARE(environments.index(0, int(E::Herds)).data().toString(), u"2"_s);
        QCOMPARE(environments.index(0, int(E::Servers)).data().toString(), u"4"_s);
        QCOMPARE(environments.index(0, int(E::WorstState)).data().toString(), u"online"_s);
        QCOMPARE(environments.index(1, int(E::WorstState)).data().toString(), u"no instances"_s);
        ServerTableModel servers(site.clock);
        servers.apply(site.snapshot(), nullptr);
        using S = ServerTableModel::Column;
        QCOMPARE(servers.index(0, int(S::Instances)).data().toString(), u"2"_s);
        QCOMPARE(servers.index(0, int(S::WorstState)).data().toString(), u"1 of 2: offline"_s);
        QCOMPARE(servers.index(0, 0).data(ProblemCountRole).toInt(), 1);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ItemTablesTest)
#include "tst_item_tables.moc"
