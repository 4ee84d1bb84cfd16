#include "models/services/inventoryservice.h"
#include "models/services/planningservice.h"
#include "tests/support/fakestore.h"

#include <QSignalSpy>
#include <QTest>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

std::shared_ptr<FakeStoreState> store(int members)
{
    auto state = std::make_shared<FakeStoreState>();
    state->rows.herds = {{.id = HerdId(1), .baseName = u"h"_s, .name = u"h"_s}, {.id = HerdId(2), .baseName = u"other"_s, .name = u"other"_s}};
    for (int i = 1; i <= members + 1; ++i) {
        state->rows.servers.push_back({.id = ServerId(i), .hostName = u"db%1"_s.arg(i)});
        Instance row;
        row.id = InstanceId(i);
        row.herd = HerdId(i <= members ? 1 : 2);
        row.server = ServerId(i);
        state->rows.instances.push_back(row);
    }
    return state;
}

// Plans behind a gate; notices when it is stopped.
struct GatedPlanner {
    std::mutex mutex;
    std::condition_variable_any wake;
    bool open = true;
    std::atomic<int> entered = 0;
    std::atomic<int> stopped = 0;
    std::atomic<bool> onOtherThread = false;

    Expected<Plan> plan(const ReplicationRequest& request, const InventoryPtr& inventory, const QUuid& id, const std::stop_token& stop)
    {
        ++entered;
        onOtherThread = QThread::currentThread() != QCoreApplication::instance()->thread();
        std::unique_lock lock(mutex);
        if (!wake.wait(lock, stop, [this] { return open; })) {
            ++stopped;
            return fail({.kind = ErrorKind::Cancelled, .what = u"stopped"_s});
        }
        return Plan{.id = id, .kind = keyOf(request.kind), .title = u"planned"_s, .basedOn = inventory->revision()};
    }
    PlanningService::Planner function()
    {
        return [this](const ReplicationRequest& request, const InventoryPtr& inventory, const QUuid& id, const std::stop_token& stop,
                   const PlanningService::Tell& tell) {
            tell(u"looking"_s);
            return plan(request, inventory, id, stop);
        };
    }
    void set(bool toOpen)
    {
        const std::lock_guard lock(mutex);
        open = toOpen;
        wake.notify_all();
    }
};

struct Desk {
    explicit Desk(int members = 3)
        : state(store(members))
        , inventory(std::make_unique<FakeStore>(state), nullptr, clock, InventoryService::Options{.publishInterval = 5ms})
        , planning(inventory, planner.function())
    {
        QSignalSpy snapshots(&inventory, &InventoryService::snapshotChanged);
        inventory.start();
        if (snapshots.isEmpty() && !snapshots.wait(5000))
            qFatal("no snapshot");
    }
    GatedPlanner planner;
    std::shared_ptr<FakeStoreState> state;
    std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>();
    InventoryService inventory;
    PlanningService planning;
};

const ReplicationRequest promoteTwo{.kind = ReplicationKind::Promote, .instances = {InstanceId(2)}};

} // namespace

class TestPlanningService final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void plansInTheBackground();
    void keepsTheIdThatItIsGiven();
    void cancelAnswersAtOnceAndStops();
    void nobodyIsToldWhoIsGone();
    void destructionStopsWhatRuns();
    void aNewPlannerServesTheNextPlan();
    void goesOnInTheBackground();
    void saysWhatItLooksAt();
};

void TestPlanningService::plansInTheBackground()
{
    Desk desk;
    QObject context;
    std::vector<Expected<Plan>> got;
    QStringList told;
    const int run = desk.planning.plan(promoteTwo, {}, &context, [&](const Expected<Plan>& plan) { got.push_back(plan); });
    connect(&desk.planning, &PlanningService::progress, this, [&](int of, const QString& text) {
        if (of == run && got.empty())
            told << text;
    });
    QVERIFY(got.empty());
    QCOMPARE(desk.planning.runningCount(), 1);
    QTRY_COMPARE(got.size(), 1U);
    QVERIFY(got.front());
    QCOMPARE(told, QStringList(u"looking"_s));
    QCOMPARE(got.front()->kind, u"promote"_s);
    QVERIFY(!got.front()->id.isNull());
    QCOMPARE(got.front()->basedOn, desk.inventory.snapshot()->revision());
    QVERIFY(desk.planner.onOtherThread);
    QCOMPARE(desk.planning.runningCount(), 0);
}

void TestPlanningService::keepsTheIdThatItIsGiven()
{
    Desk desk;
    QObject context;
    const QUuid id = QUuid::createUuid();
    std::optional<Expected<Plan>> got;
    desk.planning.plan(promoteTwo, id, &context, [&](const Expected<Plan>& plan) { got = plan; });
    QTRY_VERIFY(got);
    QCOMPARE((*got)->id, id);
}

void TestPlanningService::cancelAnswersAtOnceAndStops()
{
    Desk desk;
    desk.planner.set(false);
    QObject context;
    std::vector<Expected<Plan>> got;
    const int run = desk.planning.plan(promoteTwo, {}, &context, [&](const Expected<Plan>& plan) { got.push_back(plan); });
    QTRY_COMPARE(desk.planner.entered.load(), 1);
    desk.planning.cancel(run);
    QCOMPARE(got.size(), 1U);
    QVERIFY(!got.front());
    QCOMPARE(got.front().error().kind, ErrorKind::Cancelled);
    QTRY_COMPARE(desk.planner.stopped.load(), 1);
    desk.planning.cancel(run); // once is enough
    // What comes after it shows that the late answer was passed over.
    desk.planner.set(true);
    desk.planning.plan(promoteTwo, {}, &context, [&](const Expected<Plan>& plan) { got.push_back(plan); });
    QTRY_COMPARE(got.size(), 2U);
    QVERIFY(got.back());
}

void TestPlanningService::nobodyIsToldWhoIsGone()
{
    Desk desk;
    desk.planner.set(false);
    auto gone = std::make_unique<QObject>();
    bool told = false;
    desk.planning.plan(promoteTwo, {}, gone.get(), [&](const Expected<Plan>&) { told = true; });
    QTRY_COMPARE(desk.planner.entered.load(), 1);
    gone.reset();
    QCOMPARE(desk.planning.runningCount(), 0);
    QTRY_COMPARE(desk.planner.stopped.load(), 1); // nobody waits: it stops
    QVERIFY(!told);
}

void TestPlanningService::destructionStopsWhatRuns()
{
    GatedPlanner planner;
    planner.open = false;
    QObject context;
    {
        Desk desk;
        desk.planning.setPlanner(planner.function());
        for (int i = 0; i < 5; ++i)
            desk.planning.plan(promoteTwo, {}, &context, [](const Expected<Plan>&) { QFAIL("told after the end"); });
        QTRY_COMPARE(planner.entered.load(), 5);
    }
    QCOMPARE(planner.stopped.load(), 5);
}

void TestPlanningService::aNewPlannerServesTheNextPlan()
{
    Desk desk;
    QObject context;
    std::vector<QString> titles;
    const auto note = [&](const Expected<Plan>& plan) { titles.push_back(plan ? plan->title : plan.error().what); };
    desk.planner.set(false);
    desk.planning.plan(promoteTwo, {}, &context, note);
    QTRY_COMPARE(desk.planner.entered.load(), 1);
    desk.planning.setPlanner([](const ReplicationRequest&, const InventoryPtr&, const QUuid&, const std::stop_token&, const PlanningService::Tell&) -> Expected<Plan> {
        return fail({.kind = ErrorKind::Unsupported, .what = u"the new one"_s});
    });
    desk.planning.plan(promoteTwo, {}, &context, note);
    QTRY_COMPARE(titles.size(), 1U);
    QCOMPARE(titles.front(), u"the new one"_s);
    desk.planner.set(true); // the first one still has the planner that it began with
    QTRY_COMPARE(titles.size(), 2U);
    QCOMPARE(titles.back(), u"planned"_s);
}

void TestPlanningService::goesOnInTheBackground()
{
    Desk desk;
    QObject context;
    std::vector<Expected<Plan>> got;
    const auto note = [&](const Expected<Plan>& plan) { got.push_back(plan); };
    const OperationRecord record{.id = QUuid::createUuid(), .title = u"Rebuild"_s, .steps = {{.instance = InstanceId(4)}}};
    desk.planning.again(record, Way::Continue, {}, &context, note);
    QTRY_COMPARE(got.size(), 1U);
    QCOMPARE(got[0].error().kind, ErrorKind::Unsupported);
    desk.planning.setAgainPlanner([](const OperationRecord& of, Way way, const InventoryPtr&, const QUuid& id, const std::stop_token&, const PlanningService::Tell&) {
        return Expected<Plan>(Plan{.id = id, .kind = way == Way::TakeBack ? u"undo"_s : of.kind, .title = of.title});
    });
    const QUuid id = QUuid::createUuid();
    const int run = desk.planning.again(record, Way::TakeBack, id, &context, note);
    QTRY_COMPARE(got.size(), 2U);
    QCOMPARE(got[1]->id, id);
    QCOMPARE(got[1]->kind, u"undo"_s);
    QCOMPARE(got[1]->title, u"Rebuild"_s);
    desk.planning.cancel(run); // too late
    QCOMPARE(got.size(), 2U);
    QCOMPARE(desk.planning.lookingAt(record), u"Looking at db4…"_s);
}

void TestPlanningService::saysWhatItLooksAt()
{
    Desk desk(3);
    QCOMPARE(desk.planning.lookingAt(promoteTwo), u"Looking at db1, db2, db3…"_s);
    QCOMPARE(desk.planning.lookingAt({.instances = {InstanceId(4)}}), u"Looking at db4…"_s);
    QCOMPARE(desk.planning.lookingAt({.instances = {InstanceId(99)}}), u"Looking at the servers…"_s);
    Desk many(12);
    QCOMPARE(many.planning.lookingAt(promoteTwo), u"Looking at db1, db10, db11, db12, db2, db3 and 6 more servers…"_s);
}

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::TestPlanningService)
#include "tst_planningservice.moc"
