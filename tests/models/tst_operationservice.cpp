#include "models/operations/lifecycle.h"
#include "models/services/operationservice.h"
#include "tests/support/fakestore.h"
#include "tests/unit/operations/fakejournal.h"

#include <QSignalSpy>
#include <QTest>

#include <condition_variable>
#include <map>
#include <mutex>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

using tests::FakeJournal;

constexpr int instanceCount = 40;

std::shared_ptr<FakeStoreState> store()
{
    auto state = std::make_shared<FakeStoreState>();
    state->rows.herds = {{.id = HerdId(1), .baseName = u"h"_s, .name = u"h"_s, .dataDirectory = u"/data"_s}};
    for (int i = 1; i <= instanceCount; ++i) {
        state->rows.servers.push_back({.id = ServerId(i), .hostName = u"db%1"_s.arg(i)});
        Instance row;
        row.id = InstanceId(i);
        row.herd = HerdId(1);
        row.server = ServerId(i);
        state->rows.instances.push_back(row);
    }
    return state;
}

// Sees the instance, prints, and succeeds; behind a gate when it is closed.
class GatedExecutor final : public StepExecutor {
public:
    StepResult execute(const Step& step, const StepContext& context) override
    {
        context.emitEvent(StepCommand{step.id, "start it"});
        for (int i = 0; i < m_chunks; ++i)
            context.emitEvent(StepOutput{step.id, OutputStream::Output, QByteArray(1024, 'x')});
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, context.cancel, [this] { return m_open; }))
                return {StepState::Cancelled, u"ended"_s};
        }
        auto seen = std::make_shared<Observation>();
        seen->instance = step.instance.value_or(InstanceId());
        seen->at = QDateTime::currentDateTimeUtc();
        seen->liveness = Liveness::Online;
        context.emitEvent(StepObserved{step.id, seen});
        return {StepState::Succeeded, u"Runs."_s};
    }
    StepResult inspect(const Step&, std::stop_token) override { return {StepState::Succeeded, u"holds"_s}; }
    void setOpen(bool open)
    {
        const std::lock_guard lock(m_mutex);
        m_open = open;
        m_wake.notify_all();
    }
    void setChunks(int chunks) { m_chunks = chunks; }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    bool m_open = true;
    int m_chunks = 1;
};

// No more than the remote shell that the executor under test does not use.
struct Desk {
    explicit Desk(bool readOnly = false, std::shared_ptr<HerdLocks> locks = {})
        : inventory(std::make_unique<FakeStore>(state), nullptr, clock,
            InventoryService::Options{.readOnly = readOnly, .publishInterval = 5ms})
        , operations(executor, journal, inventory, nullptr, clock,
              {.operatorName = u"ops"_s, .clientHost = u"desk"_s, .batchInterval = 50ms, .locks = std::move(locks)})
    {
        QSignalSpy loaded(&inventory, &InventoryService::snapshotChanged);
        inventory.start();
        while (loaded.isEmpty())
            loaded.wait();
    }
    Plan plan(std::vector<InstanceId> ids) const
    {
        return *planLifecycle(LifecycleKind::Start, *inventory.snapshot(), ids,
            [](const QString&, InstanceId) -> Expected<QByteArray> { return QByteArray("start it"); }, {}, {}, clock->now());
    }
    std::vector<InstanceId> all() const
    {
        std::vector<InstanceId> ids;
        for (int i = 1; i <= instanceCount; ++i)
            ids.emplace_back(i);
        return ids;
    }

    std::shared_ptr<FakeStoreState> state = store();
    std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>();
    std::shared_ptr<GatedExecutor> executor = std::make_shared<GatedExecutor>();
    std::shared_ptr<FakeJournal> journal = std::make_shared<FakeJournal>();
    InventoryService inventory;
    OperationService operations;
};

} // namespace

class OperationServiceTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void runsAndTells()
    {
        Desk desk;
        QSignalSpy started(&desk.operations, &OperationService::operationStarted);
        QSignalSpy steps(&desk.operations, &OperationService::stepChanged);
        QSignalSpy finished(&desk.operations, &OperationService::operationFinished);
        const auto id = desk.operations.run(desk.plan({InstanceId(1)}), u"patch day"_s);
        QVERIFY(id);
        QCOMPARE(started.size(), 1);
        QCOMPARE(desk.operations.runningCount(), 1);
        QCOMPARE(desk.operations.operationOf(InstanceId(1)), std::optional(*id));
        QCOMPARE(desk.operations.record(*id)->steps.front().state, StepState::Pending);
        QTRY_COMPARE(finished.size(), 1);
        QVERIFY(!steps.isEmpty());
        const OperationRecord& record = *desk.operations.record(*id);
        QCOMPARE(record.state, OperationState::Succeeded);
        QCOMPARE(record.message, u"1 succeeded"_s);
        QCOMPARE(record.operatorName, u"ops"_s);
        QCOMPARE(record.reason, u"patch day"_s);
        QCOMPARE(record.steps.front().message, u"Runs."_s);
        QCOMPARE(record.steps.front().command, u"start it"_s);
        QCOMPARE(record.steps.front().output.size(), 1024);
        QVERIFY(record.ended.isValid());
        QCOMPARE(desk.operations.runningCount(), 0);
        QVERIFY(!desk.operations.operationOf(InstanceId(1)));
        QVERIFY(*desk.journal->find(*id) == record); // what is shown is what was written
        // The table knows what the step saw.
        QTRY_COMPARE(desk.inventory.snapshot()->livenessOf(*desk.inventory.snapshot()->find(InstanceId(1))), Liveness::Online);
        QVERIFY(desk.operations.record(QUuid::createUuid()) == nullptr);
    }

    void newsComeInBatches()
    {
        Desk desk;
        desk.executor->setChunks(200);
        QSignalSpy finished(&desk.operations, &OperationService::operationFinished);
        QSignalSpy steps(&desk.operations, &OperationService::stepChanged);
        const auto id = desk.operations.run(desk.plan(desk.all()));
        QVERIFY(id);
        QTRY_COMPARE(finished.size(), 1);
        // 40 steps with 200 chunks each: told of a few times, not 8,000 times.
        QVERIFY2(steps.size() < instanceCount * 20, qPrintable(QString::number(steps.size())));
        const OperationRecord& record = *desk.operations.record(*id);
        for (const StepRecord& step : record.steps) {
            QCOMPARE(step.state, StepState::Succeeded);
            QVERIFY(step.output.contains("bytes left out")); // 200 KiB were printed, 128 are kept
        }
    }

    void outputIsThereWhileItRuns()
    {
        Desk desk;
        desk.executor->setOpen(false);
        const auto id = desk.operations.run(desk.plan({InstanceId(1)}));
        QTRY_COMPARE(desk.operations.record(*id)->steps.front().output.size(), 1024);
        QCOMPARE(desk.operations.record(*id)->steps.front().state, StepState::Running);
        QCOMPARE(desk.operations.record(*id)->steps.front().command, u"start it"_s);
        desk.executor->setOpen(true);
        QTRY_COMPARE(desk.operations.runningCount(), 0);
        QCOMPARE(desk.operations.record(*id)->steps.front().output.size(), 1024);
    }

    void cancel()
    {
        Desk desk;
        desk.executor->setOpen(false);
        const auto id = desk.operations.run(desk.plan(desk.all()));
        QTRY_COMPARE(desk.operations.record(*id)->steps.front().state, StepState::Running);
        desk.operations.cancel(*id);
        QTRY_COMPARE(desk.operations.record(*id)->state, OperationState::Cancelled);
        for (const StepRecord& step : desk.operations.record(*id)->steps)
            QCOMPARE(step.state, StepState::Cancelled);
    }

    void busyInstanceIsRefused()
    {
        Desk desk;
        desk.executor->setOpen(false);
        const auto first = desk.operations.run(desk.plan({InstanceId(1), InstanceId(2)}));
        QVERIFY(first);
        const auto second = desk.operations.run(desk.plan({InstanceId(2), InstanceId(3)}));
        QVERIFY(!second);
        QCOMPARE(second.error().kind, ErrorKind::Busy);
        QVERIFY(second.error().text().contains(u"h on db2"_s));
        QCOMPARE(desk.operations.operations().size(), 1u);
        desk.executor->setOpen(true);
        QTRY_COMPARE(desk.operations.runningCount(), 0);
        QVERIFY(desk.operations.run(desk.plan({InstanceId(2)})));
        QCOMPARE(desk.operations.operations().size(), 2u);
        QCOMPARE(desk.operations.operations().back(), *first); // newest first
        QTRY_COMPARE(desk.operations.runningCount(), 0);
    }

    void readOnlyRefuses()
    {
        Desk desk(true);
        const auto refused = desk.operations.run(desk.plan({InstanceId(1)}));
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::PermissionDenied);
        QVERIFY(!desk.operations.whyNotRunnable().isEmpty());
        QVERIFY(desk.journal->recent(1)->empty());
    }

    void changedInventoryRefuses()
    {
        Desk desk;
        const Plan gone = desk.plan({InstanceId(1)});
        const Plan moved = desk.plan({InstanceId(2)});
        {
            const std::lock_guard lock(desk.state->mutex);
            desk.state->rows.instances[1].localDataDirectory = u"/elsewhere"_s;
            desk.state->rows.instances.erase(desk.state->rows.instances.begin());
        }
        QSignalSpy changed(&desk.inventory, &InventoryService::snapshotChanged);
        desk.inventory.reload();
        QTRY_VERIFY(!changed.isEmpty());
        QCOMPARE(desk.operations.run(gone).error().kind, ErrorKind::NotFound);
        QCOMPARE(desk.operations.run(moved).error().kind, ErrorKind::Conflict);
        QVERIFY(desk.operations.operations().empty());
    }

    // The row of a server says another machine by now: nobody acts there on what he takes for his instance.
    void anotherHostRefuses_data()
    {
        QTest::addColumn<std::function<void(Plan&)>>("change");
        QTest::addColumn<bool>("refused");
        const auto row = [](const char* name, bool refused, std::function<void(Plan&)> change) { QTest::newRow(name) << std::move(change) << refused; };
        const auto relay = [](const QString& host) {
            RelayScripts scripts;
            scripts.source.host = host;
            return scripts;
        };
        const auto follow = [](qint64 instance, const QString& host) {
            return FollowedUpstream{.address = {.remote = {.host = host}}, .instance = InstanceId(instance), .followerName = {}};
        };
        row("as it was", false, [](Plan&) {});
        row("the target's", true, [](Plan& plan) { plan.steps[0].address.remote.host = u"db1-old"_s; });
        row("the upstream's", true, [=](Plan& plan) { plan.steps[0].upstream = follow(2, u"db2-old"_s); });
        row("the upstream's as it is", false, [=](Plan& plan) { plan.steps[0].upstream = follow(2, u"db2"_s); });
        row("the source's", true, [=](Plan& plan) { plan.steps[0].action = relay(u"db2-old"_s); });
        row("a member's", false, [=](Plan& plan) { plan.steps[0].action = relay(u"db2"_s); });
        row("another member's than the plan's", true, [=](Plan& plan) {
            plan.steps.push_back(plan.steps[0]);
            plan.steps[1].id = 1;
            plan.steps[0].action = relay(u"db2"_s);
            plan.steps[1].action = SetUpstream{InstanceId(3)};
        });
    }
    void anotherHostRefuses()
    {
        QFETCH(std::function<void(Plan&)>, change);
        QFETCH(bool, refused);
        Desk desk;
        Plan plan = desk.plan({InstanceId(1)});
        change(plan);
        const auto id = desk.operations.run(plan);
        QCOMPARE(!id, refused);
        if (!id)
            QCOMPARE(id.error().kind, ErrorKind::Conflict);
        QTRY_COMPARE(desk.operations.runningCount(), 0);
    }

    void brokenJournalRunsNothing()
    {
        Desk desk;
        desk.journal->failFrom(0);
        QSignalSpy failed(&desk.operations, &OperationService::journalFailed);
        const auto id = desk.operations.run(desk.plan({InstanceId(1)}));
        QVERIFY(id);
        QTRY_COMPARE(desk.operations.record(*id)->state, OperationState::Failed);
        QCOMPARE(failed.size(), 1);
        QVERIFY(desk.operations.record(*id)->message.contains(u"disk full"_s));
        QCOMPARE(desk.operations.record(*id)->steps.front().state, StepState::Cancelled);
        QVERIFY(desk.operations.record(*id)->steps.front().command.isEmpty());
    }

    void historyComesLater()
    {
        Desk desk;
        const auto id = desk.operations.run(desk.plan({InstanceId(1)}));
        QTRY_COMPARE(desk.operations.runningCount(), 0);
        std::optional<Expected<std::vector<OperationRecord>>> history;
        std::optional<Expected<OperationRecord>> fetched;
        std::optional<Expected<std::vector<OperationRecord>>> unfinished;
        desk.operations.history(10, this, [&](auto found) { history = std::move(found); });
        desk.operations.fetch(*id, this, [&](auto found) { fetched = std::move(found); });
        desk.operations.unfinished(this, [&](auto found) { unfinished = std::move(found); });
        QVERIFY(!history); // never before the call returns
        QTRY_VERIFY(history && fetched && unfinished);
        QCOMPARE((*history)->size(), 1u);
        QCOMPARE((*fetched)->id, *id);
        QVERIFY((*unfinished)->empty());
        auto context = std::make_unique<QObject>();
        bool called = false;
        desk.operations.history(10, context.get(), [&](auto) { called = true; });
        context.reset();
        desk.operations.fetch(*id, this, [&](auto found) { fetched = std::move(found); });
        fetched.reset();
        QTRY_VERIFY(fetched);
        QVERIFY(!called); // whoever is gone is not called
    }

    // What an earlier run left open stays open until a person decides.
    void leftOpenUntilSomebodyDecides()
    {
        Desk desk;
        const OperationRecord left{.id = QUuid::createUuid(), .kind = u"stop"_s, .title = u"Stop trading on db1"_s,
            .operatorName = u"ops"_s, .clientHost = u"desk"_s, .started = desk.clock->now(),
            .steps = {{.number = 0, .state = StepState::Succeeded, .message = u"done"_s}, {.number = 1, .state = StepState::Running},
                {.number = 2, .state = StepState::Pending}}};
        QVERIFY(desk.journal->begin(left));
        const auto open = [&] {
            std::optional<Expected<std::vector<OperationRecord>>> told;
            desk.operations.unfinished(this, [&](auto found) { told = std::move(found); });
            [&] { QTRY_VERIFY(told); }();
            return told->value();
        };
        std::optional<Expected<std::vector<OperationRecord>>> history;
        std::optional<Expected<OperationRecord>> fetched;
        desk.operations.history(10, this, [&](auto found) { history = std::move(found); });
        desk.operations.fetch(left.id, this, [&](auto found) { fetched = std::move(found); });
        QTRY_VERIFY(history && fetched);
        for (const OperationRecord& seen : {history->value().front(), fetched->value(), open().front(), open().front()}) {
            QCOMPARE(seen.state, OperationState::Indeterminate);
            QVERIFY(!seen.ended.isValid()); // nobody saw it
            QVERIFY(!seen.message.isEmpty());
            QCOMPARE(seen.steps[0], left.steps[0]);
            QCOMPARE(seen.steps[1].state, StepState::Indeterminate);
            QCOMPARE(seen.steps[2].state, StepState::Cancelled);
            QVERIFY(seen.steps[2].message.startsWith(u"Not run"_s));
        }
        QCOMPARE(*desk.journal->find(left.id), left);

        QSignalSpy resolved(&desk.operations, &OperationService::operationResolved);
        const auto decide = [&] {
            std::optional<Expected<OperationRecord>> answer;
            desk.operations.resolve(left.id, u"Handled by ops: by hand"_s, this, [&](auto record) { answer = std::move(record); });
            [&] { QTRY_VERIFY(answer); }();
            return *answer;
        };
        QVERIFY(decide());
        const OperationRecord closed = *desk.journal->find(left.id);
        QCOMPARE(closed.state, OperationState::Indeterminate);
        QCOMPARE(closed.message, u"Handled by ops: by hand"_s);
        QVERIFY(closed.ended.isValid());
        QCOMPARE(closed.steps[1].state, StepState::Indeterminate);
        QCOMPARE(resolved.count(), 1);
        QVERIFY(open().empty());
        QCOMPARE(decide().error().kind, ErrorKind::NotFound);
    }

    void whatGoesOnTakesItsPlace_data()
    {
        QTest::addColumn<bool>("locked"); // by somebody else: nothing of it runs
        QTest::newRow("runs") << false;
        QTest::newRow("refused") << true;
    }
    void whatGoesOnTakesItsPlace()
    {
        QFETCH(bool, locked);
        class Taken final : public HerdLocks {
        public:
            Expected<void> acquire(const QUuid&, std::span<const HerdId>, const QString&, const QString&, std::stop_token) override
            {
                return fail({.kind = ErrorKind::Busy, .what = u"bob has it"_s});
            }
            Expected<void> check(const QUuid&) override { return {}; }
            Expected<void> release(const QUuid&) override { return {}; }
        };
        Desk desk(false, locked ? std::make_shared<Taken>() : nullptr);
        const OperationRecord left{.id = QUuid::createUuid(), .kind = u"start"_s, .title = u"Start"_s, .started = desk.clock->now(),
            .steps = {{.number = 0, .state = StepState::Running}}};
        QVERIFY(desk.journal->begin(left));
        Plan plan = desk.plan(desk.all());
        plan.continues = left.id;
        const auto id = desk.operations.run(plan);
        QVERIFY(id);
        QTRY_VERIFY(desk.operations.record(*id)->state != OperationState::Running);
        if (locked) {
            QCOMPARE(desk.operations.record(*id)->state, OperationState::Failed);
            QCOMPARE(desk.journal->find(left.id)->state, OperationState::Running);
        } else {
            QTRY_COMPARE(desk.journal->find(left.id)->state, OperationState::Indeterminate);
            QVERIFY(desk.journal->find(left.id)->message.contains(u"Continued by ops"_s));
        }
    }

    // The journal could not be written when the one that goes on had begun: it is not offered again all the same.
    void whatIsContinuedIsNotOpen()
    {
        Desk desk;
        const Plan old = desk.plan({InstanceId(1)});
        const OperationRecord left{.id = old.id, .kind = u"start"_s, .title = u"Start"_s, .started = desk.clock->now(), .plan = old.toJson(),
            .steps = {{.number = 0, .instance = InstanceId(1), .state = StepState::Running}}};
        QVERIFY(desk.journal->begin(left));
        const auto open = [&] {
            std::optional<Expected<std::vector<OperationRecord>>> told;
            desk.operations.unfinished(this, [&](auto found) { told = std::move(found); });
            [&] { QTRY_VERIFY(told); }();
            return told->value().size();
        };
        const auto why = [&] {
            std::optional<WaysOn> told;
            desk.operations.waysOn(left, this, [&](const WaysOn& ways) { told = ways; });
            [&] { QTRY_VERIFY(told); }();
            return told->whyNotContinue;
        };
        QCOMPARE(open(), 1u);
        QCOMPARE(why(), QString());
        Plan next = desk.plan({InstanceId(1)});
        next.continues = left.id;
        OperationRecord later{.id = next.id, .kind = u"start"_s, .operatorName = u"bob"_s, .state = OperationState::Failed, .started = desk.clock->now(), .plan = next.toJson(),
            .steps = {{.number = 0, .state = StepState::Cancelled}}};
        QVERIFY(desk.journal->begin(later)); // refused before its first step
        QCOMPARE(open(), 1u);
        QCOMPARE(why(), QString());
        later.id = QUuid::createUuid();
        later.steps[0].started = later.started;
        QVERIFY(desk.journal->begin(later));
        QCOMPARE(open(), 0u);
        QVERIFY2(why().contains(u"bob went on with it"_s), qPrintable(why()));
        QCOMPARE(desk.journal->find(left.id)->state, OperationState::Running);
    }

    void stepsAreLookedAt()
    {
        Desk desk;
        const Plan plan = desk.plan(desk.all());
        const OperationRecord record{.id = plan.id, .plan = plan.toJson()};
        std::map<int, StepInspection> seen;
        QVERIFY(desk.operations.inspect(record, this, [&](const StepInspection& one) { seen[one.step] = one; }));
        QTRY_COMPARE(seen.size(), plan.steps.size());
        QCOMPARE(seen[0].result.state, StepState::Succeeded);
        QCOMPARE(seen[0].result.message, u"holds"_s);
        QVERIFY(seen[0].at.isValid());
        QVERIFY(!desk.operations.inspect({.id = plan.id}, this, {}));
    }

    void closingWhileItRuns()
    {
        auto journal = std::make_shared<FakeJournal>();
        QUuid id;
        {
            Desk desk;
            journal = desk.journal;
            desk.executor->setOpen(false);
            id = *desk.operations.run(desk.plan(desk.all()));
            QTRY_COMPARE(desk.operations.record(id)->steps.front().state, StepState::Running);
        }
        QCOMPARE(journal->find(id)->state, OperationState::Cancelled);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::OperationServiceTest)
#include "tst_operationservice.moc"
