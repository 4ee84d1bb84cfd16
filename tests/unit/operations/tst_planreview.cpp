// What a plan says in words, in Markdown, and in comparison with itself made again.
#include "models/operations/assumedversions.h"
#include "models/operations/consequences.h"
#include "models/operations/markdown.h"
#include "models/operations/plancompare.h"
#include "models/operations/planwords.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

Finding check(Severity severity, const QString& name, const QString& target = u"h on db2"_s)
{
    return {.severity = severity, .code = FindingCode::Check, .target = target, .text = u"Says %1."_s.arg(name), .instance = InstanceId(2), .check = name};
}

Plan plan()
{
    Plan plan{.id = QUuid::createUuid(), .kind = u"rebuild"_s, .title = u"Rebuild h on db2"_s, .basedOn = 3,
        .created = QDateTime(QDate(2026, 3, 1), QTime(12, 0), Qt::UTC)};
    for (int i = 0; i < 3; ++i) {
        plan.steps.push_back({.id = i, .title = u"Step %1"_s.arg(i + 1), .target = u"h on db2"_s, .instance = InstanceId(2),
            .address = {.remote = {.host = u"db2"_s}}, .action = RunScript{"exec /bin/sh -s", "echo %1\n"}});
    }
    plan.findings = {check(Severity::Ok, u"reach"_s), check(Severity::Warning, u"lag"_s)};
    return plan;
}

} // namespace

class PlanReviewTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void markdownStaysText_data()
    {
        QTest::addColumn<QString>("plain");
        QTest::addColumn<QString>("markdown");
        QTest::newRow("plain") << u"trading on db1, 5.2 GB (all)"_s << u"trading on db1, 5.2 GB (all)"_s;
        QTest::newRow("html") << u"<img src=x>&amp;"_s << u"\\<img src=x\\>\\&amp;"_s;
        QTest::newRow("table") << u"a | b"_s << u"a \\| b"_s;
        QTest::newRow("a backslash does not undo it") << u"a \\| b"_s << u"a \\\\\\| b"_s;
        QTest::newRow("emphasis and code") << u"*a* _b_ ~c~ `d`"_s << u"\\*a\\* \\_b\\_ \\~c\\~ \\`d\\`"_s;
        QTest::newRow("link") << u"[x](y) ![z](w)"_s << u"\\[x\\](y) \\!\\[z\\](w)"_s;
        QTest::newRow("address") << u"see http://evil.example and www.evil.example"_s << u"see http\\://evil.example and www\\.evil.example"_s;
        QTest::newRow("new line") << u"a\n# b"_s << u"a\u240A\\# b"_s;
        QTest::newRow("escape") << u"\x1b[31m"_s << u"\u241B\\[31m"_s;
    }

    void markdownStaysText()
    {
        QFETCH(QString, plain);
        QFETCH(QString, markdown);
        QCOMPARE(markdown::text(plain), markdown);
    }

    void fencesAreLongerThanWhatTheyHold()
    {
        QCOMPARE(markdown::code(u"ls"_s), u"```\nls\n```\n"_s);
        QCOMPARE(markdown::code(u"a\n```\nb\n"_s), u"````\na\n```\nb\n````\n"_s);
        QCOMPARE(markdown::code(u"x `````y"_s), u"``````\nx `````y\n``````\n"_s);
        QCOMPARE(markdown::code(QByteArrayView("\x1b[2J\xff")), u"```\n\u241B[2J\\xFF\n```\n"_s);
    }

    // Every line that is not in a fence is one of ours: hostile text neither opens a fence nor leaves its cell.
    void hostilePlansStayInTheirPlaces()
    {
        const QString hostile = u"x\n```\n# evil\n| a | b |\r\n<script>"_s;
        Plan made = plan();
        made.title = hostile;
        made.findings[0].target = made.findings[0].measured = made.findings[0].cure = hostile;
        made.findings[0].reason = hostile;
        for (Step& step : made.steps) {
            step.title = step.target = hostile;
            step.address.remote.host = hostile;
            step.action = RunScript{hostile.toUtf8(), hostile.toUtf8()};
            step.proofScript = hostile.toUtf8();
            step.undo = Undo{.title = hostile, .action = RunScript{"sh", hostile.toUtf8()}};
        }
        QString fence;
        int fences = 0;
        int rows = 0;
        for (const QString& line : made.toMarkdown().split(u'\n')) {
            if (!fence.isEmpty()) {
                if (line == fence)
                    fence.clear();
                continue;
            }
            if (line.startsWith(u"```"_s)) {
                QVERIFY2(line == QString(line.size(), u'`'), qPrintable(line));
                fence = line;
                ++fences;
                continue;
            }
            QVERIFY2(!line.contains(u"<script"_s) || line.contains(u"\\<script"_s), qPrintable(line));
            QVERIFY2(!line.startsWith(u"# evil"_s), qPrintable(line));
            if (line.startsWith(u'|')) {
                ++rows;
                QCOMPARE(QString(line).remove(u"\\|"_s).count(u'|'), 9); // eight cells
            }
        }
        QVERIFY(fence.isEmpty());
        QCOMPARE(fences, 3 * 3); // script, proof, undo of each step
        QCOMPARE(rows, 2 + 2);
    }

    void theSamePlanIsTheSame()
    {
        const Plan shown = plan();
        Plan now = shown;
        now.created = now.created.addDays(1);
        now.basedOn = 99;
        now.findings[1].measured = u"more"_s;
        now.findings[1].text = u"In other words."_s;
        now.findings[1].limit = u"another"_s;
        now.findings[1].severity = Severity::Ok; // it is better now
        std::swap(now.findings[0], now.findings[1]);
        QCOMPARE(differencesBetween(shown, now), QStringList());
    }

    void whatDiffersIsTold_data()
    {
        QTest::addColumn<int>("change");
        QTest::addColumn<QStringList>("told");
        QTest::newRow("heavier") << 0 << QStringList{u"Now: [blocker] h on db2: Says lag. (was: warning)"_s};
        QTest::newRow("new finding") << 1 << QStringList{u"New: [unknown] h on db2: Says space."_s};
        QTest::newRow("finding gone") << 2 << QStringList{u"No longer: [ok] h on db2: Says reach."_s};
        QTest::newRow("another target") << 3 << QStringList{u"New: [warning] h on db3: Says lag."_s, u"No longer: [warning] h on db2: Says lag."_s};
        QTest::newRow("another command") << 4 << QStringList{u"Step 2 is done in another way: Step 2"_s};
        QTest::newRow("another host") << 5 << QStringList{u"Step 2 is done in another way: Step 2"_s};
        QTest::newRow("new step") << 6 << QStringList{u"New step: Step 4"_s};
        QTest::newRow("step gone") << 7 << QStringList{u"Step no longer needed or possible: Step 3"_s};
        QTest::newRow("order") << 8 << QStringList{u"The steps come in another order."_s};
        QTest::newRow("may be passed over") << 9 << QStringList{u"Now: [warning] h on db2: Says lag. (was: warning)"_s};
        QTest::newRow("limits") << 10 << QStringList{u"The operation is another one: Rebuild h on db2"_s};
        QTest::newRow("twice") << 11 << QStringList{u"New: [ok] h on db2: Says reach."_s};
    }

    void whatDiffersIsTold()
    {
        QFETCH(int, change);
        QFETCH(QStringList, told);
        const Plan shown = plan();
        Plan now = shown;
        const std::function<void()> changes[] = {[&] { now.findings[1].severity = Severity::Blocker; },
            [&] { now.findings.push_back(check(Severity::Unknown, u"space"_s)); }, [&] { now.findings.erase(now.findings.begin()); },
            [&] { now.findings[1].target = u"h on db3"_s; }, [&] { now.steps[1].action = RunCommand{"other"}; },
            [&] { now.steps[1].address.remote.host = u"db9"_s; },
            [&] {
                now.steps.push_back(now.steps.back());
                now.steps.back().id = 3;
                now.steps.back().title = u"Step 4"_s;
            },
            [&] { now.steps.pop_back(); }, [&] { std::swap(now.steps[0].title, now.steps[1].title); },
            [&] { now.findings[1].override_ = Override::WithReason; }, [&] { now.limits.parallel = 1; },
            [&] { now.findings.push_back(now.findings[0]); }};
        changes[change]();
        QCOMPARE(differencesBetween(shown, now), told);
    }

    void reasonsStayWithTheirBlockers()
    {
        Plan from = plan();
        for (const QString& name : {u"wal-senders"_s, u"settings"_s, u"space"_s}) {
            Finding finding = check(Severity::Blocker, name);
            finding.override_ = Override::WithReason;
            finding.reason = u"because "_s + name;
            from.findings.push_back(finding);
        }
        Plan to = from;
        for (Finding& finding : to.findings)
            finding.reason.clear();
        to.findings[3].override_ = Override::Never; // may not be passed over any more
        to.findings[4].severity = Severity::Warning;
        Finding twice = to.findings[2]; // one reason does not serve two
        to.findings.push_back(twice);
        keepReasons(from, to);
        QCOMPARE(to.findings[2].reason, u"because wal-senders"_s);
        for (const size_t i : {0U, 1U, 3U, 4U, 5U})
            QCOMPARE(to.findings[i].reason, QString());
    }

    // One blocker for each member that could not be looked at, all about the same new one.
    void aReasonIsForOneBlocker()
    {
        Plan shown = plan();
        for (const QString& member : {u"db3"_s, u"db4"_s}) {
            Finding finding = check(Severity::Blocker, u"herd"_s);
            finding.text = member + u" could not be looked at."_s;
            finding.measured = u"2 GB"_s;
            finding.override_ = Override::WithReason;
            shown.findings.push_back(finding);
        }
        shown.findings[2].reason = u"db3 is scrap"_s;
        shown.findings[3].reason = u"db4 is scrap, too"_s;
        QCOMPARE(differencesBetween(shown, shown), QStringList());
        Plan now = shown;
        for (Finding& finding : now.findings)
            finding.reason.clear();
        std::swap(now.findings[2], now.findings[3]);
        QCOMPARE(differencesBetween(shown, now), QStringList());
        keepReasons(shown, now);
        QCOMPARE(now.findings[2].reason, u"db4 is scrap, too"_s);
        QCOMPARE(now.findings[3].reason, u"db3 is scrap"_s);
        now.findings[2].reason.clear();
        now.findings[2].text = u"db5 could not be looked at."_s;
        QCOMPARE(differencesBetween(shown, now),
            QStringList(u"Now: [blocker] h on db2: db5 could not be looked at. (was: db4 could not be looked at.)"_s));
        keepReasons(shown, now);
        QCOMPARE(now.findings[2].reason, QString());
        QCOMPARE(now.findings[3].reason, u"db3 is scrap"_s);
        now = shown;
        now.findings[2].reason.clear();
        now.findings[2].measured = u"20 GB"_s;
        QCOMPARE(differencesBetween(shown, now).size(), 1);
        keepReasons(shown, now);
        QCOMPARE(now.findings[2].reason, QString());
        // How a server could not be reached is told in other words each time.
        shown.findings[2].measuredIsFailure = true;
        shown.findings[2].measured = u"No route to host"_s;
        now.findings[2] = shown.findings[2];
        now.findings[2].reason.clear();
        now.findings[2].measured = u"Timed out"_s;
        QCOMPARE(differencesBetween(shown, now), QStringList());
        keepReasons(shown, now);
        QCOMPARE(now.findings[2].reason, u"db3 is scrap"_s);
        QCOMPARE(Plan::fromJson(now.toJson())->findings[2], now.findings[2]);
    }

    void aNewReplicaHasItsSourcesVersion()
    {
        InventoryRows rows;
        rows.herds = {{.id = HerdId(1), .environment = {}, .baseName = u"h"_s, .name = u"h"_s, .description = {}, .dataDirectory = {}, .virtualHost = {}}};
        for (int i = 1; i <= 3; ++i) {
            rows.servers.push_back({.id = ServerId(i), .environment = {}, .hostName = u"db%1"_s.arg(i)});
            rows.instances.push_back({.id = InstanceId(i), .herd = HerdId(1), .server = ServerId(i), .version = {}, .localDataDirectory = {}, .walPosition = {},
                .upstream = i == 1 ? std::nullopt : std::optional(InstanceId(1))});
        }
        rows.instances[0].version = u"15.4"_s;
        const auto inventory = std::make_shared<const Inventory>(rows, Observations(), 1, QDateTime());
        ReplicationRequest request{.kind = ReplicationKind::Initialise, .instances = {InstanceId(3)}};
        QCOMPARE(withAssumedVersions(inventory, request)->versionOf(*inventory->find(InstanceId(3))), PgVersion::parse(u"15.4"_s));
        QCOMPARE(withAssumedVersions(inventory, request)->versionOf(*inventory->find(InstanceId(2))), std::nullopt);
        request.upstream = InstanceId(2); // nobody knows that one's, either
        QCOMPARE(withAssumedVersions(inventory, request), inventory);
        request.upstream.reset();
        request.kind = ReplicationKind::Rebuild;
        QCOMPARE(withAssumedVersions(inventory, request), inventory);
        request.kind = ReplicationKind::Initialise;
        request.instances = {InstanceId(1)}; // known: what is known stays
        QCOMPARE(withAssumedVersions(inventory, request), inventory);
    }

    void consequencesNameWhatIsErased()
    {
        InventoryRows rows;
        rows.herds = {{.id = HerdId(1), .environment = {}, .baseName = u"h"_s, .name = u"h"_s, .description = {}, .dataDirectory = u"/srv/h"_s, .virtualHost = {}}};
        for (int i = 1; i <= 7; ++i) {
            rows.servers.push_back({.id = ServerId(i), .environment = {}, .hostName = u"db%1"_s.arg(i)});
            rows.instances.push_back({.id = InstanceId(i), .herd = HerdId(1), .server = ServerId(i), .version = {}, .localDataDirectory = {}, .walPosition = {}, .upstream = {}});
        }
        const Inventory inventory(rows, {}, 1, {});
        ReplicationRequest request{.kind = ReplicationKind::Rebuild, .instances = {InstanceId(2)}, .upstream = InstanceId(3)};
        QCOMPARE(consequenceOf(request, inventory),
            u"Erases the data of h on db2 (/srv/h): the data of h on db3 take their place. What only they have is lost. After a copy the old data "
            "are kept until the new ones stream."_s);
        request.method = RebuildMethod::InPlace;
        QVERIFY(consequenceOf(request, inventory).contains(u"nothing is kept aside"_s));
        request.kind = ReplicationKind::Demote;
        request.instances = {InstanceId(1), InstanceId(2), InstanceId(3), InstanceId(4), InstanceId(5), InstanceId(6), InstanceId(7)};
        QVERIFY(consequenceOf(request, inventory).contains(u"h on db5 (/srv/h) and 2 more"_s));
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::PlanReviewTest)
#include "tst_planreview.moc"
