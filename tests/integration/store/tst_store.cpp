#include "models/exchange/exportdocument.h"
#include "models/exchange/planimport.h"
#include "tests/integration/store/storefixture.h"
#include "tests/support/synthetic.h"

#include <QElapsedTimer>
#include <QTest>

#include <thread>

using namespace Qt::Literals::StringLiterals;

// `expression` is an Expected that must hold; gives its value to `name`.
#define GET(name, expression) \
    auto name##Result = (expression); \
    QVERIFY2(name##Result, qPrintable(name##Result ? QString() : name##Result.error().text())); \
    [[maybe_unused]] auto& name = *name##Result
#define DO(expression) \
    do { \
        const auto done = (expression); \
        QVERIFY2(done, qPrintable(done ? QString() : done.error().text())); \
    } while (false)
#define REFUSED(expression, errorKind, words) \
    do { \
        const auto done = (expression); \
        QVERIFY(!done); \
        QVERIFY2(done.error().kind == (errorKind), qPrintable(done.error().text())); \
        QVERIFY2(done.error().text().contains(words), qPrintable(done.error().text())); \
    } while (false)

namespace elephaas {

namespace {

Environment environment(qint64 id, const QString& name) { return {.id = EnvironmentId(id), .name = name, .description = {}}; }
Server server(qint64 id, const QString& name, std::optional<EnvironmentId> in = {})
{
    return {.id = ServerId(id), .environment = in, .hostName = name};
}
Herd herd(qint64 id, const QString& name, std::optional<EnvironmentId> in = {})
{
    return {.id = HerdId(id), .environment = in, .baseName = name, .name = name, .description = {}, .dataDirectory = u"/data"_s,
        .virtualHost = {}};
}
Instance instance(qint64 id, HerdId herdId, ServerId serverId, std::optional<InstanceId> upstream = {})
{
    Instance row;
    row.id = InstanceId(id);
    row.herd = herdId;
    row.server = serverId;
    row.upstream = upstream;
    return row;
}

// One environment, one herd on three servers: a primary, a replica, and one that follows the replica.
ChangeSet smallInventory()
{
    return {Put<Environment>{environment(-1, u"prod"_s)}, Put<Server>{server(-2, u"db1"_s, EnvironmentId(-1))},
        Put<Server>{server(-3, u"db2"_s, EnvironmentId(-1))}, Put<Server>{server(-4, u"db3"_s)},
        Put<Herd>{herd(-5, u"trading"_s, EnvironmentId(-1))}, Put<Instance>{instance(-6, HerdId(-5), ServerId(-2))},
        Put<Instance>{instance(-7, HerdId(-5), ServerId(-3), InstanceId(-6))},
        Put<Instance>{instance(-8, HerdId(-5), ServerId(-4), InstanceId(-7))}};
}

Inventory snapshot(const LoadedInventory& loaded) { return Inventory(loaded.rows, loaded.observations, 1, loaded.readAt); }

ObservationPtr observation(InstanceId id)
{
    auto seen = std::make_shared<Observation>();
    seen->instance = id;
    seen->at = QDateTime::fromMSecsSinceEpoch(1'760'000'000'123, Qt::UTC);
    seen->factsAt = seen->at.addSecs(-3);
    seen->seenBy = u"probe"_s;
    seen->liveness = Liveness::Online;
    seen->role = Role::Replica;
    seen->version = PgVersion::parse(u"15.20");
    seen->timeline = 7;
    seen->receiveLsn = Lsn::parse(u"16/B374D848");
    seen->replayLsn = Lsn{0};
    seen->systemIdentifier = 0xF123456789ABCDEFULL;
    seen->upstreamHost = u"db1'; --"_s;
    seen->upstreamPort = 5432;
    seen->receiverState = u"streaming"_s;
    seen->replayPaused = true;
    seen->followers = {{u"walreceiver \"x\""_s, u"fe80::1"_s, u"catchup"_s, Lsn{1}, std::nullopt}, {u""_s, u""_s, u""_s, {}, Lsn{9}}};
    seen->controlState = u"in archive recovery"_s;
    seen->postmasterStarted = seen->at.addDays(-2);
    seen->error = Error{.kind = ErrorKind::TimedOut, .what = u"what {\"}\\"_s, .where = u"w"_s, .detail = u"d\n"_s, .remedy = {}};
    return seen;
}

} // namespace

class StoreTest final : public QObject {
    Q_OBJECT

    std::unique_ptr<StorePlace> m_place;
    std::unique_ptr<InventoryStore> m_store;
    std::stop_token m_never;
    bool m_noticed = false;

    void openKind(const QString& name)
    {
        m_store.reset();
        for (const StoreKind& kind : storeKinds()) {
            if (QLatin1StringView(kind.name) == name)
                m_place = kind.make();
        }
        QVERIFY(m_place);
        m_store = m_place->store();
        DO(m_store->open(m_never));
    }
    Expected<Inventory> load(InventoryStore& store) { return store.load(m_never).map(snapshot); }
    Expected<Inventory> load() { return load(*m_store); }
    // Says "changed" once only: remembers it while a test waits.
    bool noticed()
    {
        m_noticed = m_noticed || m_store->changedElsewhere(m_never).value_or(false);
        return m_noticed;
    }
    Expected<AppliedChanges> apply(const ChangeSet& changes) { return m_store->apply(changes, m_never); }

private Q_SLOTS:
    void cleanupTestCase() { endTestServer(); }
    void initTestCase_data()
    {
        QTest::addColumn<QString>("kind");
        for (const StoreKind& kind : storeKinds())
            QTest::newRow(kind.name) << QString(QLatin1StringView(kind.name));
    }
    void init()
    {
        QFETCH_GLOBAL(QString, kind);
        m_noticed = false;
        openKind(kind);
    }
    void cleanup()
    {
        m_store.reset();
        m_place.reset();
    }

    void startsEmptyAndSaysWhatItMay()
    {
        GET(info, m_store->open(m_never));
        QVERIFY(info.privileges.editInventory);
        QVERIFY(info.privileges.updateInstanceState);
        QCOMPARE(info.privileges.useConsoleTables, m_place->hasConsoleTables());
        QCOMPARE(info.privileges.reason.isEmpty(), m_place->hasConsoleTables());
        QCOMPARE(info.schemaVersion, m_place->hasConsoleTables() ? info.newestSchemaVersion : 0);
        QVERIFY(info.newestSchemaVersion > 0);
        QVERIFY(!info.description.isEmpty());
        QVERIFY(info.limits == m_place->limits());
        GET(rows, load());
        QVERIFY(rows.environments().empty() && rows.instances().empty());
        QVERIFY(rows.asOf().isValid());
    }

    void storesNewRowsWithTemporaryReferences()
    {
        GET(applied, apply(smallInventory()));
        QCOMPARE(applied.instances.size(), 3);
        GET(rows, load());
        const InstanceId primary = applied.instances.value(InstanceId(-6));
        const InstanceId replica = applied.instances.value(InstanceId(-7));
        QCOMPARE(rows.find(replica)->upstream, primary);
        QCOMPARE(rows.find(applied.instances.value(InstanceId(-8)))->upstream, replica);
        QCOMPARE(rows.leaderOf(applied.herds.value(HerdId(-5)))->id, primary);
        QCOMPARE(rows.find(applied.servers.value(ServerId(-4)))->environment, std::optional<EnvironmentId>());
        QCOMPARE(rows.find(applied.herds.value(HerdId(-5)))->environment, applied.environments.value(EnvironmentId(-1)));
        const Herd& trading = rows.herds()[0];
        QCOMPARE(trading.created, QDate::currentDate());
        QCOMPARE(trading.modified, QDate::currentDate());
        QCOMPARE(trading.port, 5432);
        QVERIFY(!rows.find(primary)->walPosition);
        QVERIFY(!rows.find(primary)->isOnline);
        QVERIFY(m_place->store()->open(m_never)); // and it is there for others
    }
    void keepsEveryFieldOfARow()
    {
        const QString nasty = u"'; DROP TABLE x; -- \"\\ % _ ? :a $1 é漢😀\n\t<b>"_s;
        Herd full = herd(-1, nasty.left(30));
        full.description = nasty.repeated(1000);
        full.port = 65535;
        full.dataDirectory = u"/a b/"_s + nasty;
        full.virtualHost = nasty.left(30);
        Instance member = instance(-3, HerdId(-1), ServerId(-2));
        member.version = u"9.6.24"_s;
        member.localDataDirectory = nasty;
        member.walPosition = Lsn{0x7FFFFFFFFFFFFFFF};
        member.isOnline = true;
        GET(applied, apply({Put<Herd>{full}, Put<Server>{server(-2, nasty.left(30))}, Put<Instance>{member}}));
        GET(rows, load());
        full.id = rows.herds()[0].id;
        full.created = full.modified = QDate::currentDate();
        QCOMPARE(rows.herds()[0].description, full.description);
        QVERIFY(rows.herds()[0] == full);
        QCOMPARE(rows.servers()[0].hostName, nasty.left(30));
        member.id = rows.instances()[0].id;
        member.herd = full.id;
        member.server = rows.servers()[0].id;
        member.created = member.modified = QDate::currentDate();
        QVERIFY(rows.instances()[0] == member);
    }
    void updatesOnlyWhatWasEdited()
    {
        GET(applied, apply(smallInventory()));
        GET(rows, load());
        const Instance before = rows.instances()[0];
        // The agent reports meanwhile: no reason for a conflict with an edit of something else.
        m_place->execute(u"UPDATE %1 SET version = '15.4', is_online = true, xlog_pos = 77"_s.arg(m_place->table(u"ele_instance"_s)));
        Instance after = before;
        after.localDataDirectory = u"/mnt/x"_s;
        DO(apply({Put<Instance>{after, before}}));
        GET(now, load());
        const Instance* stored = now.find(before.id);
        QCOMPARE(stored->localDataDirectory, u"/mnt/x"_s);
        QCOMPARE(stored->version, u"15.4"_s);
        QCOMPARE(stored->walPosition, Lsn{77});
        QVERIFY(stored->isOnline);
    }
    void creationDateIsKeptOnUpdate()
    {
        GET(applied, apply({Put<Environment>{environment(-1, u"a"_s)}}));
        GET(rows, load());
        Environment changed = rows.environments()[0];
        changed.description = u"new"_s;
        DO(apply({Put<Environment>{changed, rows.environments()[0]}}));
        GET(now, load());
        QCOMPARE(now.environments()[0].created, QDate::currentDate());
        QCOMPARE(now.environments()[0].modified, QDate::currentDate());
    }

    void refusesAConflictAndChangesNothing()
    {
        GET(applied, apply(smallInventory()));
        GET(rows, load());
        const Herd before = rows.herds()[0];
        m_place->execute(u"UPDATE %1 SET db_port = 6000"_s.arg(m_place->table(u"ele_herd"_s)));
        Herd after = before;
        after.description = u"mine"_s;
        const Environment other = rows.environments()[0];
        Environment renamed = other;
        renamed.name = u"renamed"_s;
        const ChangeSet changes{Put<Environment>{renamed, other}, Put<Herd>{after, before}};
        REFUSED(apply(changes), ErrorKind::Conflict, u"port from 5432 to 6000"_s);
        GET(now, load());
        QCOMPARE(now.environments()[0].name, u"prod"_s); // all or nothing
        QCOMPARE(now.herds()[0].description, u""_s);
    }
    void refusesToEditWhatIsGone()
    {
        GET(applied, apply(smallInventory()));
        GET(rows, load());
        const Instance before = rows.instances()[2];
        m_place->execute(u"DELETE FROM %1 WHERE instance_id = %2"_s.arg(m_place->table(u"ele_instance"_s)).arg(before.id.value));
        Instance after = before;
        after.localDataDirectory = u"/x"_s;
        REFUSED(apply({Put<Instance>{after, before}}), ErrorKind::Conflict, u"deleted elsewhere"_s);
    }
    void refusesDanglingReferences()
    {
        GET(applied, apply(smallInventory()));
        GET(rows, load());
        const HerdId here = rows.herds()[0].id;
        REFUSED(apply({Put<Herd>{herd(-1, u"x"_s, EnvironmentId(4711))}}), ErrorKind::Conflict, u"environment 4711"_s);
        REFUSED(apply({Put<Instance>{instance(-1, here, ServerId(4711))}}), ErrorKind::Conflict, u"server 4711"_s);
        REFUSED(apply({Put<Instance>{instance(-1, here, rows.servers()[0].id, InstanceId(4711))}}), ErrorKind::Conflict, u"instance 4711"_s);
        REFUSED(apply({Put<Instance>{instance(-1, here, ServerId(-9))}}), ErrorKind::InvalidInput, u"server"_s);
        const ChangeSet late{Remove<ServerId>{rows.servers()[0].id}, Put<Instance>{instance(-1, here, rows.servers()[0].id)}};
        REFUSED(apply(late), ErrorKind::Conflict, u"server"_s);
        GET(now, load());
        QVERIFY(now.rows() == rows.rows());
    }
    void refusesWhatDoesNotFit_data()
    {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QString>("words");
        QTest::newRow("environment name") << u"environment"_s << u"name"_s;
        QTest::newRow("host name") << u"host"_s << u"host name"_s;
        QTest::newRow("virtual host") << u"vhost"_s << u"virtual host"_s;
        QTest::newRow("data directory") << u"pgdata"_s << u"data directory"_s;
        QTest::newRow("version") << u"version"_s << u"version"_s;
        QTest::newRow("NUL") << u"nul"_s << u"NUL"_s;
        QTest::newRow("broken Unicode") << u"surrogate"_s << u"Unicode"_s;
        QTest::newRow("port") << u"port"_s << u"port 70000"_s;
        QTest::newRow("follows itself") << u"self"_s << u"follow itself"_s;
        QTest::newRow("position") << u"position"_s << u"position"_s;
    }
    void refusesWhatDoesNotFit()
    {
        QFETCH(QString, field);
        QFETCH(QString, words);
        GET(info, m_store->open(m_never));
        const auto tooLong = [](int limit) { return QString(limit + 1, u'x'); };
        Environment e = environment(-1, u"e"_s);
        Server s = server(-2, u"s"_s);
        Herd h = herd(-3, u"h"_s);
        Instance i = instance(-4, HerdId(-3), ServerId(-2));
        if (field == u"environment"_s)
            e.name = tooLong(info.limits.environmentName);
        else if (field == u"host"_s)
            s.hostName = tooLong(info.limits.hostName);
        else if (field == u"vhost"_s)
            h.virtualHost = tooLong(info.limits.virtualHost);
        else if (field == u"pgdata"_s)
            h.dataDirectory = tooLong(info.limits.dataDirectory);
        else if (field == u"version"_s)
            i.version = tooLong(info.limits.version);
        else if (field == u"nul"_s)
            e.description = u"a"_s + QChar(u'\0');
        else if (field == u"surrogate"_s)
            e.description = QString(QChar(0xD800));
        else if (field == u"port"_s)
            h.port = 70000;
        else if (field == u"self"_s)
            i.upstream = i.id;
        else
            i.walPosition = Lsn{~quint64(0)};
        REFUSED(apply({Put<Environment>{e}, Put<Server>{s}, Put<Herd>{h}, Put<Instance>{i}}), ErrorKind::InvalidInput, words);
        GET(rows, load());
        QVERIFY(rows.rows() == InventoryRows());
    }
    void limitsCountCharactersNotUnits()
    {
        GET(info, m_store->open(m_never));
        const QString most = u"😀"_s.repeated(info.limits.environmentName);
        DO(apply({Put<Environment>{environment(-1, most)}}));
        GET(rows, load());
        QCOMPARE(rows.environments()[0].name, most);
    }

    void deletingFollowsTheRules_data()
    {
        QTest::addColumn<int>("what");
        QTest::newRow("environment") << 0;
        QTest::newRow("herd") << 1;
        QTest::newRow("server") << 2;
        QTest::newRow("instance") << 3;
    }
    void deletingFollowsTheRules()
    {
        QFETCH(int, what);
        GET(applied, apply(smallInventory()));
        const HerdId first = applied.herds.value(HerdId(-5));
        const ServerId db1 = applied.servers.value(ServerId(-2));
        const InstanceId primary = applied.instances.value(InstanceId(-6));
        const InstanceId replica = applied.instances.value(InstanceId(-7));
        // A member of another herd that follows the first herd's primary: its upstream goes too.
        GET(more, apply({Put<Herd>{herd(-1, u"other"_s)}, Put<Instance>{instance(-2, HerdId(-1), applied.servers.value(ServerId(-4)), primary)}}));
        const InstanceId foreign = more.instances.value(InstanceId(-2));
        if (what == 0)
            DO(apply({Remove<EnvironmentId>{applied.environments.value(EnvironmentId(-1))}}));
        else if (what == 1)
            DO(apply({Remove<HerdId>{first}}));
        else if (what == 2)
            DO(apply({Remove<ServerId>{db1}}));
        else
            DO(apply({Remove<InstanceId>{primary}, Remove<InstanceId>{primary}})); // twice: gone is gone
        GET(rows, load());
        if (what == 0) {
            QVERIFY(rows.environments().empty());
            QVERIFY(!rows.find(first)->environment);
            QVERIFY(!rows.find(db1)->environment);
            QCOMPARE(rows.instances().size(), size_t(4));
            QCOMPARE(rows.find(replica)->upstream, primary);
            return;
        }
        QCOMPARE(rows.herds().size(), size_t(what == 1 ? 1 : 2));
        QCOMPARE(rows.servers().size(), size_t(what == 2 ? 2 : 3));
        QCOMPARE(rows.instances().size(), size_t(what == 1 ? 1 : 3));
        QVERIFY(!rows.find(primary));
        QVERIFY(rows.find(foreign) && !rows.find(foreign)->upstream);
        if (what != 1)
            QVERIFY(!rows.find(replica)->upstream);
    }
    void deletingARowOfTheSameSetWorks()
    {
        DO(apply({Put<Environment>{environment(-1, u"a"_s)}, Remove<EnvironmentId>{EnvironmentId(-1)}}));
        GET(rows, load());
        QVERIFY(rows.environments().empty());
    }

    void duplicatesAndCirclesAreKept()
    {
        GET(applied, apply({Put<Environment>{environment(-1, u"a"_s)}, Put<Environment>{environment(-2, u"a"_s)},
            Put<Server>{server(-3, u"s"_s)}, Put<Server>{server(-4, u"s"_s)}, Put<Herd>{herd(-5, u"h"_s)}, Put<Herd>{herd(-6, u"h"_s)},
            // each follows one that comes later: a circle
            Put<Instance>{instance(-7, HerdId(-5), ServerId(-3), InstanceId(-8))},
            Put<Instance>{instance(-8, HerdId(-5), ServerId(-3), InstanceId(-7))}}));
        GET(rows, load());
        QCOMPARE(rows.environments().size(), size_t(2));
        QCOMPARE(rows.instances().size(), size_t(2));
        QCOMPARE(rows.instances()[0].upstream, rows.instances()[1].id);
        QCOMPARE(rows.instances()[1].upstream, rows.instances()[0].id);
        QVERIFY(!rows.leaderOf(rows.herds()[0].id));
    }

    void recordsWhatProbesSaw()
    {
        GET(applied, apply(smallInventory()));
        const InstanceId primary = applied.instances.value(InstanceId(-6));
        const InstanceId replica = applied.instances.value(InstanceId(-7));
        const InstanceId last = applied.instances.value(InstanceId(-8));
        const std::vector<InstanceStateUpdate> updates{
            {.instance = primary, .version = u"15.20"_s, .isOnline = true, .walPosition = Lsn{0x16B374D848}},
            {.instance = replica, .isOnline = true, .upstream = std::optional<InstanceId>(), .observation = observation(replica)},
            {.instance = last, .upstream = primary},
            {.instance = InstanceId(4711), .version = u"1"_s, .isOnline = true, .observation = observation(InstanceId(4711))}};
        DO(m_store->recordState(updates, m_never));
        GET(rows, load());
        QCOMPARE(rows.find(primary)->version, u"15.20"_s);
        QCOMPARE(rows.find(primary)->walPosition, Lsn{0x16B374D848});
        QVERIFY(rows.find(primary)->isOnline);
        QVERIFY(rows.find(replica)->isOnline);
        QVERIFY(!rows.find(replica)->upstream);
        QCOMPARE(rows.find(replica)->version, u""_s);
        QCOMPARE(rows.find(last)->upstream, primary);
        QVERIFY(!rows.find(last)->isOnline);
        if (!m_place->hasConsoleTables()) {
            QVERIFY(rows.observations().isEmpty());
            return;
        }
        QCOMPARE(rows.observations().size(), 1);
        QVERIFY(*rows.observation(replica) == *observation(replica));

        // An older version is as true as a newer one; a late old probe is not.
        auto older = std::make_shared<Observation>(*observation(replica));
        older->at = older->at.addSecs(-60);
        older->liveness = Liveness::Offline;
        auto newer = std::make_shared<Observation>();
        newer->instance = primary;
        newer->at = older->at;
        const std::vector<InstanceStateUpdate> second{{.instance = primary, .version = u"9.6.1"_s, .observation = newer},
            {.instance = replica, .observation = older}};
        DO(m_store->recordState(second, m_never));
        GET(now, load());
        QCOMPARE(now.find(primary)->version, u"9.6.1"_s);
        QCOMPARE(now.observation(replica)->liveness, Liveness::Online);
        QVERIFY(*now.observation(primary) == *newer);
        // What hangs on an instance goes with it.
        DO(apply({Remove<HerdId>{applied.herds.value(HerdId(-5))}}));
        GET(empty, load());
        QCOMPARE(empty.observations().size(), 0);
    }

    void keepsSettings()
    {
        GET(none, m_store->settings(m_never));
        QVERIFY(none.isEmpty());
        if (!m_place->hasConsoleTables()) {
            REFUSED(m_store->setSettings({{u"a"_s, u"1"_s}}, m_never), ErrorKind::Schema, u"settings"_s);
            return;
        }
        DO(m_store->setSettings({{u"a"_s, u"1"_s}, {u"b'"_s, u"{\"é\":\n1}"_s}, {u"c"_s, {}}}, m_never));
        DO(m_store->setSettings({{u"a"_s, u"2"_s}}, m_never));
        GET(all, m_place->store()->open(m_never));
        GET(kept, m_store->settings(m_never));
        const QMap<QString, QString> wanted{{u"a"_s, u"2"_s}, {u"b'"_s, u"{\"é\":\n1}"_s}, {u"c"_s, u""_s}};
        QCOMPARE(kept, wanted);
    }

    void noticesChangesOfOthersOnly()
    {
        GET(first, load());
        GET(quiet, m_store->changedElsewhere(m_never));
        QVERIFY(!quiet);
        DO(apply({Put<Environment>{environment(-1, u"mine"_s)}}));
        GET(own, m_store->changedElsewhere(m_never));
        QVERIFY(!own || !m_place->hasConsoleTables()); // without triggers nobody can tell whose change it was
        const auto other = m_place->store();
        DO(other->open(m_never));
        DO(other->apply({Put<Environment>{environment(-1, u"theirs"_s)}}, m_never));
        QTRY_VERIFY(noticed());
        GET(again, m_store->changedElsewhere(m_never));
        QVERIFY(!again);
        m_noticed = false;
        m_place->execute(u"UPDATE %1 SET env_descr = 'by hand'"_s.arg(m_place->table(u"ele_environment"_s)));
        QTRY_VERIFY(noticed());
    }

    void cancelledCallsChangeNothing()
    {
        std::stop_source source;
        source.request_stop();
        REFUSED(m_store->apply(smallInventory(), source.get_token()), ErrorKind::Cancelled, u""_s);
        REFUSED(m_store->load(source.get_token()), ErrorKind::Cancelled, u""_s);
        GET(rows, load());
        QVERIFY(rows.rows() == InventoryRows());
    }
    void callsWithoutOpenAreErrors()
    {
        m_store->close();
        REFUSED(m_store->load(m_never), ErrorKind::LinkLost, u""_s);
        REFUSED(apply(smallInventory()), ErrorKind::LinkLost, u""_s);
        REFUSED(m_store->settings(m_never), ErrorKind::LinkLost, u""_s);
        REFUSED(m_store->changedElsewhere(m_never), ErrorKind::LinkLost, u""_s);
        DO(m_store->open(m_never));
        DO(apply(smallInventory()));
    }
    void twoWritersAtOnceLoseNothing()
    {
        std::vector<std::thread> writers;
        std::atomic<int> failed = 0;
        for (int w = 0; w < 4; ++w) {
            writers.emplace_back([&, w] {
                const auto store = m_place->store();
                if (!store->open(m_never))
                    ++failed;
                for (int i = 0; i < 10; ++i) {
                    if (!store->apply({Put<Environment>{environment(-1, QString::number(w * 100 + i))}}, m_never))
                        ++failed;
                }
            });
        }
        for (std::thread& writer : writers)
            writer.join();
        QCOMPARE(failed.load(), 0);
        GET(rows, load());
        QCOMPARE(rows.environments().size(), size_t(40));
    }

    void importsAndExportsWholeInventories()
    {
        const auto import = [&](const QByteArray& text) -> Expected<AppliedChanges> {
            const auto document = parseDocument(text);
            const auto present = load();
            if (!document)
                return fail(document.error());
            const auto changes = planImport(*document, *present);
            return changes ? apply(*changes) : fail(changes.error());
        };
        DO(import(realSiteDocument()));
        GET(rows, load());
        QCOMPARE(rows.environments().size(), size_t(2));
        QCOMPARE(rows.instances().size(), size_t(3));
        QCOMPARE(rows.upstreamOf(*rows.find(rows.instancesOf(rows.herds()[1].id)[0]))->herd, rows.herds()[0].id);
        const QByteArray exported = exportDocument(rows);
        DO(import(exported)); // changes nothing
        GET(again, load());
        QVERIFY(again.rows() == rows.rows());
        ChangeSet clear;
        for (const Environment& row : rows.environments())
            clear.push_back(Remove<EnvironmentId>{row.id});
        for (const Herd& row : rows.herds())
            clear.push_back(Remove<HerdId>{row.id});
        for (const Server& row : rows.servers())
            clear.push_back(Remove<ServerId>{row.id});
        DO(apply(clear));
        DO(import(exported));
        GET(back, load());
        QCOMPARE(exportDocument(back), exported);
        // What does not fit at the end takes the beginning back.
        const QByteArray tooLong = "{\"format\": \"elephaas-inventory\", \"version\": 1, \"environments\": [{\"name\": \"new\"}],"
                                   " \"servers\": [{\"hostName\": \""
            + QByteArray(300, 'x') + "\"}]}";
        REFUSED(import(tooLong), ErrorKind::InvalidInput, u"host name"_s);
        GET(same, load());
        QVERIFY(same.rows() == back.rows());
    }

    void hundredThousandInstances()
    {
        InventoryRows made = syntheticRows(100'000, 30'000, 20'000);
        ChangeSet changes;
        const auto temporary = [](auto& id) { id.value = -id.value; };
        for (Environment& row : made.environments) {
            temporary(row.id);
            changes.push_back(Put<Environment>{row});
        }
        for (Herd& row : made.herds) {
            temporary(row.id);
            temporary(*row.environment);
            changes.push_back(Put<Herd>{row});
        }
        for (Server& row : made.servers) {
            temporary(row.id);
            temporary(*row.environment);
            changes.push_back(Put<Server>{row});
        }
        for (Instance& row : made.instances) {
            temporary(row.id);
            temporary(row.herd);
            temporary(row.server);
            if (row.upstream)
                temporary(*row.upstream);
            changes.push_back(Put<Instance>{row});
        }
        QElapsedTimer timer;
        timer.start();
        GET(applied, apply(changes));
        const auto stored = timer.restart();
        GET(rows, load());
        const auto loaded = timer.restart();
        QCOMPARE(rows.instances().size(), size_t(100'000));
        QCOMPARE(rows.herds().size(), size_t(30'000));
        const Instance* last = rows.find(applied.instances.value(InstanceId(-100'000)));
        QCOMPARE(rows.find(last->herd)->name, made.herds[size_t(-made.instances.back().herd.value - 1)].name);
        std::vector<InstanceStateUpdate> updates;
        for (const Instance& row : rows.instances())
            updates.push_back({.instance = row.id, .version = u"16.1"_s, .isOnline = true, .walPosition = Lsn{quint64(row.id.value)}});
        timer.restart();
        DO(m_store->recordState(updates, m_never));
        qInfo("stored in %lld ms, loaded in %lld ms, states recorded in %lld ms", stored, loaded, timer.elapsed());
        GET(now, load());
        QCOMPARE(now.instances().back().walPosition, Lsn{quint64(now.instances().back().id.value)});
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::StoreTest)
#include "tst_store.moc"
