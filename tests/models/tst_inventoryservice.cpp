#include "models/services/inventoryservice.h"
#include "models/services/mailbox.h"
#include "models/services/teamsettings.h"
#include "tests/support/fakestore.h"

#include <QSignalSpy>
#include <QTest>

#include <atomic>
#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

std::shared_ptr<FakeStoreState> oneInstance()
{
    auto state = std::make_shared<FakeStoreState>();
    state->rows.herds.push_back(Herd{.id = HerdId(1), .environment = {}, .baseName = u"h"_s, .name = u"h"_s, .description = {},
        .dataDirectory = {}, .virtualHost = {}});
    state->rows.servers.push_back(Server{.id = ServerId(1), .environment = {}, .hostName = u"db1"_s});
    state->rows.instances.push_back(
        Instance{.id = InstanceId(1), .herd = HerdId(1), .server = ServerId(1), .version = {}, .localDataDirectory = {}, .walPosition = {}, .upstream = {}});
    return state;
}

std::unique_ptr<InventoryService> service(
    const std::shared_ptr<FakeStoreState>& state, InventoryService::Options options = {}, std::unique_ptr<OfflineCopy> copy = {})
{
    if (options.pollInterval == InventoryService::Options().pollInterval)
        options.pollInterval = 20ms;
    options.reconnectDelay = 20ms;
    options.publishInterval = 5ms;
    options.stateUpdates = [](const Inventory& inventory, std::span<const ObservationPtr> seen) {
        std::vector<InstanceStateUpdate> updates;
        for (const ObservationPtr& one : seen) {
            InstanceStateUpdate update{.instance = one->instance};
            const bool online = one->liveness == Liveness::Online;
            if (inventory.find(one->instance)->isOnline != online)
                update.isOnline = online;
            update.observation = one;
            updates.push_back(update);
        }
        return updates;
    };
    return std::make_unique<InventoryService>(
        std::make_unique<FakeStore>(state), std::move(copy), std::make_shared<SystemClock>(), options);
}

ObservationPtr online(QDateTime at)
{
    auto seen = std::make_shared<Observation>();
    seen->instance = InstanceId(1);
    seen->at = at;
    seen->liveness = Liveness::Online;
    return seen;
}

} // namespace

class InventoryServiceTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void mailboxDeliversInOrderAndInBatches()
    {
        std::vector<int> got;
        int batches = 0;
        Mailbox<int> mailbox(
            [&](std::vector<int> items) {
                ++batches;
                got.insert(got.end(), items.begin(), items.end());
            },
            30ms);
        std::jthread poster([&] {
            for (int i = 0; i < 1000; ++i)
                mailbox.post(i);
        });
        QTRY_COMPARE(got.size(), size_t(1000));
        QVERIFY(std::is_sorted(got.begin(), got.end()));
        QVERIFY(batches < 100);
    }

    void loadsAndPollsAndEdits()
    {
        auto state = oneInstance();
        auto inventory = service(state);
        QVERIFY(!inventory->whyNotEditable().isEmpty());
        inventory->start();
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Live);
        QCOMPARE(inventory->snapshot()->instances().size(), size_t(1));
        QVERIFY(inventory->whyNotEditable().isEmpty());

        std::optional<Expected<AppliedChanges>> answer;
        const Put<Environment> put{Environment{.id = EnvironmentId(-1), .name = u"prod"_s, .description = {}}};
        inventory->apply({put}, this, [&](Expected<AppliedChanges> result) {
            // The fresh snapshot is there before the answer.
            QCOMPARE(inventory->snapshot()->environments().size(), size_t(1));
            answer = std::move(result);
        });
        QTRY_VERIFY(answer.has_value());
        QVERIFY(answer->has_value());
        QCOMPARE((*answer)->environments.value(EnvironmentId(-1)), EnvironmentId(1));

        {
            const std::lock_guard lock(state->mutex);
            state->rows.environments[0].name = u"production"_s;
            state->changedElsewhere = true;
        }
        QTRY_COMPARE(inventory->snapshot()->environments()[0].name, u"production"_s);
    }

    void noAnswerAfterItsContextIsGone()
    {
        auto state = oneInstance();
        auto inventory = service(state);
        inventory->start();
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Live);
        auto context = std::make_unique<QObject>();
        bool called = false;
        bool later = false;
        inventory->readSettings(context.get(), [&](const auto&) { called = true; });
        inventory->readSettings(this, [&](const auto&) { later = true; });
        context.reset();
        QTRY_VERIFY(later);
        QVERIFY(!called);
    }

    void recoversByItselfAndKeepsShowingWhatItHad()
    {
        auto state = oneInstance();
        auto inventory = service(state);
        inventory->start();
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Live);
        {
            const std::lock_guard lock(state->mutex);
            state->callError = Error{ErrorKind::LinkLost, u"server closed the connection"_s};
            state->openError = Error{ErrorKind::Unreachable, u"connection refused"_s};
        }
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Lost);
        QTRY_COMPARE(inventory->status().error->what, u"connection refused"_s);
        QCOMPARE(inventory->snapshot()->instances().size(), size_t(1));
        QVERIFY(inventory->whyNotEditable().contains(u"connection refused"_s));
        std::optional<Expected<AppliedChanges>> answer;
        inventory->apply({}, this, [&](Expected<AppliedChanges> result) { answer = std::move(result); });
        QTRY_VERIFY(answer.has_value());
        QVERIFY(!answer->has_value());
        {
            const std::lock_guard lock(state->mutex);
            state->callError.reset();
            state->openError.reset();
        }
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Live);
        QVERIFY(!inventory->status().error);
    }

    void wrongPasswordIsNotTriedAgain()
    {
        auto state = oneInstance();
        state->openError = Error{ErrorKind::Authentication, u"password authentication failed"_s};
        auto inventory = service(state);
        QSignalSpy status(inventory.get(), &InventoryService::statusChanged);
        inventory->start();
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Lost);
        // A reload is the user's own attempt; two of them must be exactly two more opens.
        inventory->reload();
        const auto opens = [&] {
            const std::lock_guard lock(state->mutex);
            return state->opens;
        };
        QTRY_COMPARE(opens(), 2);
        {
            const std::lock_guard lock(state->mutex);
            state->openError.reset();
        }
        inventory->reload();
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Live);
        QCOMPARE(opens(), 3);
    }

    // Two in one publishing interval, and nothing else to wake up for.
    void observationSoonAfterAnotherIsNotLate()
    {
        auto state = oneInstance();
        auto tested = service(state, {.pollInterval = 1h});
        tested->start();
        QTRY_COMPARE(tested->snapshot()->instances().size(), 1u);
        const QDateTime now = QDateTime::currentDateTimeUtc();
        int sent = 0;
        const auto sendNext = [&] { tested->observe({online(now.addMSecs(++sent))}); };
        QObject::connect(tested.get(), &InventoryService::snapshotChanged, this, [&] {
            if (sent < 50)
                sendNext();
        });
        sendNext();
        QTRY_VERIFY(tested->snapshot()->observation(InstanceId(1))
            && tested->snapshot()->observation(InstanceId(1))->at == now.addMSecs(50));
    }

    // A window that is late takes over the newest snapshot with all that is different, not one after the other.
    void manySnapshotsAreOneForALateWindow()
    {
        auto state = oneInstance();
        state->rows.instances.push_back(state->rows.instances.front());
        state->rows.instances.back().id = InstanceId(2);
        auto tested = service(state, {.pollInterval = 1h});
        tested->start();
        QTRY_COMPARE(tested->status().connection, InventoryService::Connection::Live);
        QSignalSpy snapshots(tested.get(), &InventoryService::snapshotChanged);
        const QDateTime now = QDateTime::currentDateTimeUtc();
        // No event is handled here: the inventory thread goes on alone.
        const auto observeAndWait = [&](int id, int milliseconds) {
            auto seen = std::make_shared<Observation>(*online(now.addMSecs(milliseconds)));
            seen->instance = InstanceId(id);
            tested->observe({seen});
            const QDeadlineTimer deadline(20000);
            while (!deadline.hasExpired()) {
                const std::lock_guard lock(state->mutex);
                if (!state->recorded.empty() && state->recorded.back().observation == seen)
                    return true;
            }
            return false;
        };
        QVERIFY(observeAndWait(1, 1));
        QVERIFY(observeAndWait(2, 2));
        QVERIFY(observeAndWait(1, 3));
        QTRY_COMPARE(snapshots.count(), 1);
        QCOMPARE(tested->snapshot()->observation(InstanceId(1))->at, now.addMSecs(3));
        const auto difference = snapshots.front().at(1).value<DifferencePtr>();
        QCOMPARE(difference->instances.changed, (std::vector{InstanceId(1), InstanceId(2)}));
        QVERIFY(observeAndWait(2, 4));
        QTRY_COMPARE(snapshots.count(), 2);
        QCOMPARE(snapshots.back().at(1).value<DifferencePtr>()->instances.changed, (std::vector{InstanceId(2)}));
    }

    void observationsReachSnapshotAndStore()
    {
        auto state = oneInstance();
        auto inventory = service(state);
        inventory->start();
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Live);
        const QDateTime now = QDateTime::currentDateTimeUtc();
        inventory->observe({online(now)});
        QTRY_VERIFY(inventory->snapshot()->observation(InstanceId(1)));
        QVERIFY(inventory->snapshot()->instances()[0].isOnline);
        QTRY_VERIFY([&] {
            const std::lock_guard lock(state->mutex);
            return state->recorded.size() == 1 && state->recorded[0].isOnline == true;
        }());
        // An older observation that arrives late changes nothing.
        auto late = std::make_shared<Observation>(*online(now.addSecs(-60)));
        late->liveness = Liveness::Offline;
        inventory->observe({late});
        inventory->observe({online(now.addSecs(1))});
        QTRY_COMPARE(inventory->snapshot()->observation(InstanceId(1))->at, now.addSecs(1));
        QVERIFY(inventory->snapshot()->instances()[0].isOnline);
    }

    void readOnlyWritesNothing()
    {
        auto state = oneInstance();
        auto inventory = service(state, {.readOnly = true});
        inventory->start();
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Live);
        QVERIFY(inventory->whyNotEditable().contains(u"read-only"_s));
        inventory->observe({online(QDateTime::currentDateTimeUtc())});
        QTRY_VERIFY(inventory->snapshot()->observation(InstanceId(1)));
        std::optional<Expected<void>> settings;
        inventory->writeSettings({{u"a"_s, u"b"_s}}, this, [&](Expected<void> result) { settings = std::move(result); });
        QTRY_VERIFY(settings.has_value());
        QVERIFY(!settings->has_value());
        std::optional<Expected<AppliedChanges>> answer;
        inventory->apply({Remove<InstanceId>{InstanceId(1)}}, this, [&](auto result) { answer = std::move(result); });
        QTRY_VERIFY(answer.has_value());
        QVERIFY(!answer->has_value());
        const std::lock_guard lock(state->mutex);
        QVERIFY(state->recorded.empty());
        QVERIFY(state->applied.empty());
        // Still, what is seen decides what is shown.
        QVERIFY(inventory->snapshot()->instances()[0].isOnline);
    }

    void upstreamIsWrittenAndReadBack_data()
    {
        QTest::addColumn<qint64>("instance");
        QTest::addColumn<qint64>("upstream"); // 0: nobody
        QTest::addColumn<QString>("trouble");
        QTest::addColumn<int>("kind"); // -1: it is stored
        QTest::newRow("stored") << qint64(1) << qint64(2) << QString() << -1;
        QTest::newRow("nobody") << qint64(2) << qint64(0) << QString() << -1;
        QTest::newRow("no such instance") << qint64(9) << qint64(1) << QString() << int(ErrorKind::NotFound);
        QTest::newRow("no such upstream") << qint64(1) << qint64(9) << QString() << int(ErrorKind::NotFound);
        QTest::newRow("written by somebody else") << qint64(1) << qint64(2) << u"overwritten"_s << int(ErrorKind::Conflict);
        QTest::newRow("read-only") << qint64(1) << qint64(2) << u"read-only"_s << int(ErrorKind::PermissionDenied);
        QTest::newRow("gone") << qint64(1) << qint64(2) << u"gone"_s << int(ErrorKind::LinkLost);
        QTest::newRow("cancelled") << qint64(1) << qint64(2) << u"cancelled"_s << int(ErrorKind::Cancelled);
    }
    void upstreamIsWrittenAndReadBack()
    {
        QFETCH(qint64, instance);
        QFETCH(qint64, upstream);
        QFETCH(QString, trouble);
        QFETCH(int, kind);
        const auto state = oneInstance();
        state->rows.instances.push_back(Instance{.id = InstanceId(2), .herd = HerdId(1), .server = ServerId(1), .version = {},
            .localDataDirectory = {}, .walPosition = {}, .upstream = InstanceId(1)});
        state->keepsUpstreams = trouble != "overwritten"_L1;
        const auto inventory = service(state, {.readOnly = trouble == "read-only"_L1});
        const auto writer = inventory->upstreamWriter();
        if (trouble != "cancelled"_L1) { // there the thread does not run yet: nobody takes the job
            inventory->start();
            QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Live);
        }
        if (trouble == "gone"_L1) {
            const std::lock_guard lock(state->mutex);
            state->openError = state->callError = Error{ErrorKind::LinkLost, u"gone"_s};
        }
        std::atomic<bool> done = false;
        Expected<void> answer;
        std::jthread runner([&](const std::stop_token& stop) {
            const std::optional<InstanceId> whom = upstream ? std::optional(InstanceId(upstream)) : std::nullopt;
            answer = writer->setUpstream(InstanceId(instance), whom, stop);
            done = true;
        });
        if (trouble == "cancelled"_L1)
            runner.request_stop();
        QTRY_VERIFY(done.load());
        runner.join();
        QCOMPARE(answer ? -1 : int(answer.error().kind), kind);
        if (kind == -1)
            QTRY_COMPARE(inventory->snapshot()->find(InstanceId(instance))->upstream.value_or(InstanceId(0)).value, upstream);
    }

    void offlineCopyIsShownAtOnceAndMarked()
    {
        auto state = oneInstance();
        state->openError = Error{ErrorKind::Unreachable, u"no route"_s};
        const QDateTime then = QDateTime::currentDateTimeUtc().addDays(-1);
        auto inventory = service(state, {}, std::make_unique<FakeCopy>(OfflineContent{{state->rows, {}, then}, {{u"ssh.user"_s, u"dba"_s}}}));
        inventory->start();
        QTRY_COMPARE(inventory->snapshot()->instances().size(), size_t(1));
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Lost);
        QVERIFY(inventory->status().fromOfflineCopy);
        QCOMPARE(inventory->status().currentAt, then);
        QCOMPARE(inventory->status().offlineSettings->value(u"ssh.user"_s), u"dba"_s);
        {
            const std::lock_guard lock(state->mutex);
            state->openError.reset();
        }
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Live);
        QVERIFY(!inventory->status().fromOfflineCopy);
        QVERIFY(!inventory->status().offlineSettings);
        QTRY_VERIFY(inventory->status().writeError); // the copy could not be written: said, and the console goes on
        QCOMPARE(inventory->status().writeError->what, u"disk full"_s);
    }

    void changedSettingsAreSavedOfflineAtOnce()
    {
        struct Kept {
            std::mutex mutex;
            QMap<QString, QString> settings;
        };
        struct KeepingCopy final : OfflineCopy {
            explicit KeepingCopy(std::shared_ptr<Kept> where)
                : kept(std::move(where))
            {
            }
            Expected<std::optional<OfflineContent>> load(std::stop_token) override { return std::optional<OfflineContent>(); }
            Expected<void> save(const Inventory&, const QMap<QString, QString>& settings, std::stop_token) override
            {
                const std::lock_guard lock(kept->mutex);
                kept->settings = settings;
                return {};
            }
            std::shared_ptr<Kept> kept;
        };
        const auto kept = std::make_shared<Kept>();
        auto inventory = service(oneInstance(), {.pollInterval = 1h}, std::make_unique<KeepingCopy>(kept));
        inventory->start();
        QTRY_COMPARE(inventory->status().connection, InventoryService::Connection::Live);
        std::optional<Expected<void>> answer;
        inventory->writeSettings({{u"ssh.user"_s, u"dba"_s}}, this, [&](auto result) { answer = std::move(result); });
        QTRY_VERIFY(answer.has_value());
        QVERIFY(answer->has_value());
        const std::lock_guard lock(kept->mutex);
        QCOMPARE(kept->settings.value(u"ssh.user"_s), u"dba"_s);
    }

    void teamSettingsSurviveTheirMap()
    {
        TeamSettings settings;
        settings.dns = {.zone = u"example"_s, .server = u"ns1.example"_s, .port = 5353, .keyName = u"console"_s, .keyAlgorithm = TsigAlgorithm::HmacSha512, .unsignedUpdates = true};
        settings.commands = {{u"start"_s, u"{COMMANDS[base]} start"_s}, {u"base"_s, u"pg_ctl -D {pgdata}"_s}};
        settings.sshByServer = {{u"db1"_s, {u"pg"_s, 2222}}, {u"db2"_s, {u"x"_s, 0}}, {u"db3"_s, {{}, 22}}};
        settings.protectedEnvironments = {u"prod"_s, u"a, b"_s};
        settings.lagWarningMegabytes = 0.1;
        settings.probeIntervalSeconds = 0;
        settings.upstreamHost = UpstreamHost::VirtualHost;
        settings.oldPrimaryByHerd = {{HerdId(7), OldPrimary::LeaveOff}, {HerdId(8), OldPrimary::Rejoin}};
        QCOMPARE(TeamSettings::fromMap(settings.toMap()), settings);
        QCOMPARE(settings.sshFor(u"DB1"_s), (SshOverride{u"pg"_s, 2222}));
        QCOMPARE(settings.sshFor(u"db3"_s), (SshOverride{u"postgres"_s, 22}));
        QVERIFY(settings.isProtected(u"PROD"_s));
        const auto oldPrimaryOf = [&](std::vector<HerdId> herds) { return settings.oldPrimaryOf(herds); };
        QCOMPARE(oldPrimaryOf({HerdId(9)}), OldPrimary::Rejoin);
        QCOMPARE(oldPrimaryOf({HerdId(8), HerdId(7)}), OldPrimary::LeaveOff);
        TeamSettings fewer = settings;
        fewer.commands.remove(u"base"_s);
        fewer.sshPort = 2200;
        QCOMPARE(fewer.changesFrom(settings), (QMap<QString, QString>{{u"command.base"_s, {}}, {u"ssh.port"_s, u"2200"_s}}));
    }
    void badTeamSettingsAreNamedAndDefaultsStay()
    {
        QStringList problems;
        const TeamSettings settings = TeamSettings::fromMap(
            {{u"ssh.port"_s, u"99999"_s}, {u"lag.warning_mb"_s, u"much"_s}, {u"environment.protected"_s, u"{"_s}, {u"ssh.server.db1"_s, u"u:x"_s}, {u"failover.old_primary.7"_s, u"burn"_s}, {u"failover.old_primary.x"_s, u"rejoin"_s}, {u"other"_s, u"1"_s}},
            &problems);
        QCOMPARE(settings, TeamSettings());
        QCOMPARE(problems.size(), 6);
        QVERIFY(problems.join(u' ').contains(u"ssh.port"_s));
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::InventoryServiceTest)
#include "tst_inventoryservice.moc"
