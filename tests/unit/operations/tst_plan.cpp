#include "models/domain/visibletext.h"
#include "models/operations/cappedbuffer.h"
#include "models/operations/lifecycle.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// trading (prod): primary on db1, replicas on db2 and db3; tools (dev): alone on db1.
InventoryRows sampleRows()
{
    InventoryRows rows;
    rows.environments = {{.id = EnvironmentId(1), .name = u"prod"_s}, {.id = EnvironmentId(2), .name = u"dev"_s}};
    rows.herds = {{.id = HerdId(1), .environment = EnvironmentId(1), .baseName = u"trading"_s, .name = u"trading"_s, .port = 5432,
                      .dataDirectory = u"/data/trading"_s},
        {.id = HerdId(2), .environment = EnvironmentId(2), .baseName = u"tools"_s, .name = u"tools"_s, .port = 5433,
            .dataDirectory = u"/data/tools"_s}};
    for (int i = 1; i <= 3; ++i)
        rows.servers.push_back({.id = ServerId(i), .hostName = u"db%1"_s.arg(i)});
    const auto add = [&](qint64 id, qint64 herd, qint64 server, std::optional<InstanceId> upstream) {
        Instance row;
        row.id = InstanceId(id);
        row.herd = HerdId(herd);
        row.server = ServerId(server);
        row.version = u"15.4"_s;
        row.isOnline = true;
        row.upstream = upstream;
        rows.instances.push_back(row);
    };
    add(11, 1, 1, {});
    add(12, 1, 2, InstanceId(11));
    add(13, 1, 3, InstanceId(11));
    add(21, 2, 1, {});
    return rows;
}

Inventory sample(Observations seen = {}) { return {sampleRows(), std::move(seen), 7, {}}; }

Expected<QByteArray> echo(const QString& name, InstanceId instance)
{
    return name.toUtf8() + ' ' + QByteArray::number(instance.value);
}

Expected<Plan> plan(LifecycleKind kind, const Inventory& inventory, std::vector<InstanceId> ids, const CommandBuilder& build = echo,
    const LifecycleOptions& options = {.protectedEnvironments = {u"PROD"_s}})
{
    return planLifecycle(kind, inventory, ids, build, {}, options, QDateTime(QDate(2026, 3, 1), QTime(3, 0), Qt::UTC));
}

const std::vector<InstanceId> herdMembers{InstanceId(12), InstanceId(11), InstanceId(13)};

QStringList targets(const Plan& of)
{
    QStringList names;
    for (const Step& step : of.steps)
        names << step.target;
    return names;
}

} // namespace

class PlanTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void orderOfHandingOut_data()
    {
        QTest::addColumn<LifecycleKind>("kind");
        QTest::addColumn<QStringList>("order");
        const QStringList primaryFirst{u"trading on db1"_s, u"trading on db2"_s, u"trading on db3"_s};
        const QStringList replicasFirst{u"trading on db2"_s, u"trading on db3"_s, u"trading on db1"_s};
        QTest::newRow("start") << LifecycleKind::Start << primaryFirst;
        QTest::newRow("stop") << LifecycleKind::Stop << primaryFirst;
        QTest::newRow("restart") << LifecycleKind::Restart << replicasFirst;
        QTest::newRow("reload") << LifecycleKind::Reload << replicasFirst;
    }
    void orderOfHandingOut()
    {
        QFETCH(LifecycleKind, kind);
        QFETCH(QStringList, order);
        const Plan made = *plan(kind, sample(), herdMembers);
        QCOMPARE(targets(made), order);
        QCOMPARE(made.kind, keyOf(kind));
        QCOMPARE(made.basedOn, 7u);
        QVERIFY(made.whyNotRunnable().isEmpty());
        for (const Step& step : made.steps) {
            QVERIFY(step.instance && step.server);
            QCOMPARE(step.address.dataDirectory, u"/data/trading"_s);
            QCOMPARE(step.address.port, 5432);
            QVERIFY(!step.commands().empty());
        }
    }

    void commandsOfEachKind()
    {
        const Plan restart = *plan(LifecycleKind::Restart, sample(), {InstanceId(21)});
        QCOMPARE(restart.title, u"Restart tools on db1"_s);
        QCOMPARE(restart.steps.front().commands(), std::vector<QByteArray>({"stop 21", "start 21"}));
        const Plan reload = *plan(LifecycleKind::Reload, sample(), {InstanceId(21), InstanceId(21)});
        QCOMPARE(reload.steps.size(), 1u); // named twice, done once
        QCOMPARE(reload.steps.front().commands(), std::vector<QByteArray>({"reload 21"}));
    }

    void primaryAsksAgain_data()
    {
        QTest::addColumn<LifecycleKind>("kind");
        QTest::addColumn<int>("streaming"); // -1: not seen
        QTest::addColumn<qint64>("instance");
        QTest::addColumn<QString>("measured"); // "": no finding
        QTest::newRow("stop of a seen primary") << LifecycleKind::Stop << 2 << qint64(11) << u"2 streaming replicas, seen 2026-03-01 02:00:00 UTC"_s;
        QTest::newRow("restart") << LifecycleKind::Restart << 1 << qint64(11) << u"one streaming replica, seen 2026-03-01 02:00:00 UTC"_s;
        QTest::newRow("nobody streams") << LifecycleKind::Stop << 0 << qint64(11) << QString();
        QTest::newRow("by the inventory's word") << LifecycleKind::Stop << -1 << qint64(11) << u"2 replicas in the inventory"_s;
        QTest::newRow("start") << LifecycleKind::Start << 2 << qint64(11) << QString();
        QTest::newRow("reload") << LifecycleKind::Reload << 2 << qint64(11) << QString();
        QTest::newRow("a replica") << LifecycleKind::Stop << -1 << qint64(12) << QString();
    }
    void primaryAsksAgain()
    {
        QFETCH(LifecycleKind, kind);
        QFETCH(int, streaming);
        QFETCH(qint64, instance);
        QFETCH(QString, measured);
        Observations seen;
        if (streaming >= 0) {
            auto observation = std::make_shared<Observation>();
            observation->instance = InstanceId(instance);
            observation->at = QDateTime(QDate(2026, 3, 1), QTime(2, 0), Qt::UTC);
            observation->liveness = Liveness::Online;
            observation->role = Role::Primary;
            observation->followers.resize(static_cast<size_t>(streaming), Follower{.state = u"streaming"_s});
            observation->followers.push_back(Follower{.state = u"startup"_s}); // not attached
            seen.insert(observation->instance, observation);
        }
        const Plan made = *plan(kind, sample(seen), {InstanceId(instance)}, echo, {});
        QCOMPARE(made.needsConfirmation(), !measured.isEmpty());
        if (!measured.isEmpty()) {
            QCOMPARE(made.findings.size(), 1u);
            QCOMPARE(made.findings.front().code, FindingCode::PrimaryWithReplicas);
            QCOMPARE(made.findings.front().severity, Severity::Warning);
            QCOMPARE(made.findings.front().measured, measured);
        }
    }

    // A former primary is not started beside another one without a reason.
    void secondPrimary_data()
    {
        QTest::addColumn<LifecycleKind>("kind");
        QTest::addColumn<Role>("files"); // of the one that is stopped
        QTest::addColumn<Liveness>("other"); // of the one that answers as primary
        QTest::addColumn<bool>("isBlocked");
        QTest::newRow("start") << LifecycleKind::Start << Role::Primary << Liveness::Online << true;
        QTest::newRow("restart, which starts it") << LifecycleKind::Restart << Role::Primary << Liveness::Online << true;
        QTest::newRow("stop") << LifecycleKind::Stop << Role::Primary << Liveness::Online << false;
        QTest::newRow("a standby") << LifecycleKind::Start << Role::Replica << Liveness::Online << false;
        QTest::newRow("the other one is off, too") << LifecycleKind::Start << Role::Primary << Liveness::Offline << false;
    }
    void secondPrimary()
    {
        QFETCH(LifecycleKind, kind);
        QFETCH(Role, files);
        QFETCH(Liveness, other);
        QFETCH(bool, isBlocked);
        Observations seen;
        const auto see = [&](qint64 id, Liveness liveness, Role role) {
            auto observation = std::make_shared<Observation>();
            observation->instance = InstanceId(id);
            observation->at = QDateTime(QDate(2026, 3, 1), QTime(2, 0), Qt::UTC);
            observation->liveness = liveness;
            observation->role = role;
            seen.insert(observation->instance, observation);
        };
        see(11, Liveness::Offline, files);
        see(12, other, Role::Primary);
        see(21, Liveness::Online, Role::Primary); // of another herd
        Plan made = *plan(kind, sample(seen), {InstanceId(11)}, echo, {});
        QCOMPARE(made.whyNotRunnable().isEmpty(), !isBlocked);
        if (!isBlocked)
            return;
        QVERIFY2(made.findings.front().text.contains(u"trading on db2"_s), qPrintable(made.findings.front().text));
        made.findings.front().reason = u"the other one goes"_s;
        QCOMPARE(made.whyNotRunnable(), QString());
    }

    void protectedEnvironmentIsNamed()
    {
        QCOMPARE(plan(LifecycleKind::Start, sample(), herdMembers)->environmentsToType(), std::set<QString>{u"prod"_s});
        QVERIFY(plan(LifecycleKind::Start, sample(), {InstanceId(21)})->environmentsToType().empty());
    }

    void whatCannotBeBuiltBlocks()
    {
        const CommandBuilder build = [](const QString& name, InstanceId id) -> Expected<QByteArray> {
            if (id == InstanceId(12) || id == InstanceId(13))
                return fail({.kind = ErrorKind::InvalidInput, .what = u"no version"_s, .where = u"template start"_s});
            return echo(name, id);
        };
        const Plan made = *plan(LifecycleKind::Start, sample(), herdMembers, build, {});
        QCOMPARE(made.findings.size(), 2u); // all of them, not the first
        QCOMPARE(made.findings.front().severity, Severity::Blocker);
        QCOMPARE(made.findings.front().target, u"trading on db2"_s);
        QVERIFY(made.whyNotRunnable().contains(u"no version"_s));
    }

    void emptyOrGoneIsAnError()
    {
        QCOMPARE(plan(LifecycleKind::Start, sample(), {}).error().kind, ErrorKind::InvalidInput);
        QCOMPARE(plan(LifecycleKind::Start, sample(), {InstanceId(99)}).error().kind, ErrorKind::NotFound);
        InventoryRows rows = sampleRows();
        rows.servers.clear();
        QCOMPARE(plan(LifecycleKind::Start, Inventory(rows, {}, 1, {}), {InstanceId(11)}).error().kind, ErrorKind::NotFound);
    }

    void targetsAreResolved()
    {
        const auto resolve = [](const Server& server) { return RemoteTarget{server.hostName, u"dba"_s, 2222}; };
        const std::vector<InstanceId> ids{InstanceId(12)};
        const Plan made = *planLifecycle(LifecycleKind::Stop, sample(), ids, echo, resolve, {}, {});
        QCOMPARE(made.steps.front().address.remote, (RemoteTarget{u"db2"_s, u"dba"_s, 2222}));
        QVERIFY(made.toText().contains(u"dba@db2:2222$ stop 12"_s));
    }

    void twoMembersOnOneServerAreTold()
    {
        InventoryRows rows = sampleRows();
        rows.instances[1].server = ServerId(1);
        rows.instances[1].localDataDirectory = u"/data/second"_s;
        const Inventory inventory(rows, {}, 1, {});
        QCOMPARE(nameOf(inventory, *inventory.find(InstanceId(11))), u"trading on db1:5432"_s);
        QCOMPARE(nameOf(inventory, *inventory.find(InstanceId(12))), u"trading on db1 /data/second"_s);
        QCOMPARE(nameOf(inventory, *inventory.find(InstanceId(21))), u"tools on db1"_s);
    }

    void jsonRoundTrip()
    {
        Plan made = *plan(LifecycleKind::Restart, sample(), herdMembers);
        made.steps[1].after = {0};
        made.steps[1].onFailure = OnFailure::StopPlan;
        made.steps[2].action = WaitUntil{};
        made.limits.stopAfterFailures = 3;
        made.herds = {HerdId(3), HerdId(7)};
        made.limits.perSource = 3;
        made.request = ReplicationRequest{.kind = ReplicationKind::Rebuild, .instances = {InstanceId(12), InstanceId(13)}, .upstream = InstanceId(11),
            .method = RebuildMethod::InPlace};
        const QByteArray text = QJsonDocument(made.toJson()).toJson();
        const Expected<Plan> back = Plan::fromJson(QJsonDocument::fromJson(text).object());
        QVERIFY(back);
        QVERIFY(*back == made);
    }

    void jsonThatIsWrongNamesTheField_data()
    {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("no id") << u"id"_s << QJsonValue(QJsonValue::Undefined);
        QTest::newRow("newer format") << u"format"_s << QJsonValue(3);
        QTest::newRow("steps are text") << u"steps"_s << QJsonValue(u"x"_s);
        QTest::newRow("title is a number") << u"title"_s << QJsonValue(1);
        QTest::newRow("a request of another kind") << u"request.kind"_s << QJsonValue(u"erase"_s);
    }
    void jsonThatIsWrongNamesTheField()
    {
        QFETCH(QString, field);
        QFETCH(QJsonValue, value);
        Plan made = *plan(LifecycleKind::Start, sample(), herdMembers);
        made.request = ReplicationRequest{.instances = herdMembers};
        QJsonObject json = made.toJson();
        if (const QStringList path = field.split(u'.'); path.size() == 2) {
            QJsonObject inner = json[path[0]].toObject();
            inner[path[1]] = value;
            json[path[0]] = inner;
        } else {
            json[field] = value;
        }
        const auto back = Plan::fromJson(json);
        QVERIFY(!back);
        QCOMPARE(back.error().where, field);
    }

    void textShowsEveryCommandAndFinding()
    {
        const CommandBuilder hostile = [](const QString&, InstanceId) -> Expected<QByteArray> { return QByteArray("start '\x1b[2J\nrm -rf x'"); };
        const QString text = plan(LifecycleKind::Start, sample(), herdMembers, hostile)->toText();
        QVERIFY(text.contains(u"Start 3 instances"_s));
        QVERIFY(text.contains(u"[warning] trading on db1: Belongs to the protected environment prod."_s));
        QVERIFY(text.contains(u"db2$ start '\u241B[2J\n      rm -rf x'"_s)); // nothing that a terminal would obey
        QVERIFY(!text.contains(QChar(0x1b)));
    }

    void visible_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("text");
        QTest::newRow("plain") << QByteArray("a b\tc\nd") << u"a b\tc\nd"_s;
        QTest::newRow("escape") << QByteArray("\x1b[31m") << u"\u241B[31m"_s;
        QTest::newRow("nul and del") << QByteArray("a\0b\x7f", 4) << u"a\u2400b\u2421"_s;
        QTest::newRow("carriage returns") << QByteArray("1%\r2%\r\n") << u"1%\u240D2%\n"_s;
        QTest::newRow("utf-8") << QByteArray("Gr\xc3\xbc\xc3\x9f\x65 \xf0\x9f\x90\x98") << u"Gr\u00FC\u00DFe \U0001F418"_s;
        QTest::newRow("not utf-8") << QByteArray("a\xff\xc3(") << u"a\\xFF\\xC3("_s;
        QTest::newRow("overlong slash") << QByteArray("\xc0\xaf") << u"\\xC0\\xAF"_s;
        QTest::newRow("cut sequence") << QByteArray("\xe2\x82") << u"\\xE2\\x82"_s;
        QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << u"\\xED\\xA0\\x80"_s;
        QTest::newRow("beyond Unicode") << QByteArray("\xf4\x90\x80\x80") << u"\\xF4\\x90\\x80\\x80"_s;
        QTest::newRow("right-to-left override") << QByteArray("\xe2\x80\xae") << u"\\u{202E}"_s;
        QTest::newRow("zero width space") << QByteArray("a\xe2\x80\x8b") << u"a\\u{200B}"_s;
        QTest::newRow("C1 control") << QByteArray("\xc2\x9b") << u"\\u{009B}"_s;
    }
    void visible()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, text);
        QCOMPARE(visibleText(QByteArrayView(bytes)), text);
    }
    void visibleOfText()
    {
        QCOMPARE(visibleText(u"a\u001B\u202E\U0001F418\r\n"_s), u"a\u241B\\u{202E}\U0001F418\n"_s);
        QCOMPARE(visibleText(QString(QChar(0xD800))), u"\\u{D800}"_s);
    }
    void visibleInOneLine()
    {
        QCOMPARE(visibleLine(u"new\nline\ttab\r"_s), u"new\u240Aline\u2409tab\u240D"_s);
        QCOMPARE(visibleLine(u"a\u202Egnp.exe\u2028b\u00AD"_s), u"a\\u{202E}gnp.exe\\u{2028}b\\u{00AD}"_s);
        QCOMPARE(visibleLine(u"\u009B\u007F"_s), u"\\u{009B}\u2421"_s);
        const QString plain = u"Gr\u00FC\u00DFe <b>\"'\u00A0x"_s;
        QCOMPARE(visibleLine(plain), plain);
        QVERIFY(visibleLine(plain).constData() == plain.constData()); // thousands of cells: not even a copy
        QCOMPARE(visibleLine(visibleLine(u"a\nb\u202E"_s)), visibleLine(u"a\nb\u202E"_s));
    }

    void cappedBuffer()
    {
        CappedBuffer buffer(8);
        buffer.append("abc");
        QCOMPARE(buffer.toBytes(), QByteArray("abc"));
        buffer.append("defgh");
        QVERIFY(!buffer.isCapped());
        QCOMPARE(buffer.toBytes(), QByteArray("abcdefgh"));
        buffer.append("ij");
        QVERIFY(buffer.isCapped());
        QCOMPARE(buffer.toBytes(), QByteArray("abcd\n[... 2 bytes left out ...]\nghij"));
        buffer.append("0123456789");
        QCOMPARE(buffer.toBytes(), QByteArray("abcd\n[... 12 bytes left out ...]\n6789"));
        QCOMPARE(buffer.total(), 20);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::PlanTest)
#include "tst_plan.moc"
