#include "models/postgres/stateupdates.h"
#include "models/services/probeservice.h"
#include "tests/support/fakestore.h"
#include "tests/support/timescale.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

// Servers that answer as a test says. Hosts named "hole…" say nothing until they are told to, or are cancelled.
class FakeShell final : public RemoteShell {
public:
    RemoteResult run(const RemoteCommand& command, const OutputSink&, std::stop_token stop) override
    {
        std::unique_lock lock(m_mutex);
        const QString host = command.target.host;
        m_asked.push_back(host);
        m_target = command.target;
        if (!m_underWay.insert(host).second)
            m_twiceAtOnce = true;
        m_most = std::max(m_most, m_underWay.size());
        if (host.startsWith(u"hole"_s))
            m_changed.wait(lock, stop, [&] { return m_released; });
        else if (m_slow)
            m_changed.wait(lock, stop, [&] { return !m_slow; });
        m_underWay.erase(host);
        RemoteResult result{NotStarted{{ErrorKind::Unreachable, u"Connection refused."_s}}};
        if (stop.stop_requested())
            result.outcome = OutcomeUnknown{{ErrorKind::Cancelled, u"cancelled"_s}};
        else if (!m_refusing.contains(host))
            answer(command, result);
        return result;
    }

    // What a host says of each instance; "" for everything as usual.
    void setAnswer(const QString& host, const QByteArray& lines) { with([&] { m_answers[host] = lines; }); }
    void setRefusing(const QString& host, bool refusing)
    {
        with([&] { refusing ? (void)m_refusing.insert(host) : (void)m_refusing.erase(host); });
    }
    void setOutcome(std::optional<RemoteOutcome> outcome) { with([&] { m_outcome = std::move(outcome); }); }
    void setSlow(bool slow) { with([&] { m_slow = slow; }); }
    void release() { with([&] { m_released = true; }); }

    QStringList asked()
    {
        const std::vector<QString> all = get(m_asked);
        return {all.begin(), all.end()};
    }
    RemoteTarget target() { return get(m_target); }
    size_t most() { return get(m_most); }
    bool twiceAtOnce() { return get(m_twiceAtOnce); }

private:
    void answer(const RemoteCommand& command, RemoteResult& result)
    {
        const QByteArray& input = command.input;
        const QByteArray tag = input.sliced(4, input.indexOf(' ') - 4);
        QByteArray text = tag + " begin 1\n";
        for (qsizetype at = input.indexOf("\ninstance "); at >= 0; at = input.indexOf("\ninstance ", at + 1)) {
            const QByteArray id = input.sliced(at + 10, input.indexOf(' ', at + 10) - at - 10);
            const QByteArray lines = m_answers.contains(command.target.host) ? m_answers[command.target.host]
                                                                             : QByteArray("running 1\nf version 150020\nf recovery 0\n"
                                                                                          "f current 0/77\nf end\nasked 0\ncomplete");
            for (const QByteArray& line : lines.split('\n'))
                text += tag + ' ' + id + ' ' + line + '\n';
        }
        result.output.head = text;
        result.output.total = text.size();
        result.outcome = m_outcome.value_or(Exited{0});
    }

    template <class Function>
    void with(Function change)
    {
        const std::lock_guard lock(m_mutex);
        change();
        m_changed.notify_all();
    }
    template <class T>
    T get(const T& member)
    {
        const std::lock_guard lock(m_mutex);
        return member;
    }

    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::vector<QString> m_asked; // no list of Qt's: ThreadSanitizer does not see its copies
    RemoteTarget m_target;
    std::set<QString> m_underWay;
    std::set<QString> m_refusing;
    std::map<QString, QByteArray> m_answers;
    std::optional<RemoteOutcome> m_outcome;
    size_t m_most = 0;
    bool m_twiceAtOnce = false;
    bool m_slow = false;
    bool m_released = false;
};

// Two instances (2n-1, 2n) on each server n.
std::shared_ptr<FakeStoreState> inventoryOf(const QStringList& hosts)
{
    auto state = std::make_shared<FakeStoreState>();
    Herd herd;
    herd.id = HerdId(1);
    herd.baseName = u"main"_s;
    herd.dataDirectory = u"/data"_s;
    state->rows.herds.push_back(herd);
    for (qsizetype n = 1; n <= hosts.size(); ++n) {
        state->rows.servers.push_back({ServerId(n), {}, hosts[n - 1]});
        for (const qint64 id : {2 * n - 1, 2 * n}) {
            Instance instance;
            instance.id = InstanceId(id);
            instance.herd = HerdId(1);
            instance.server = ServerId(n);
            state->rows.instances.push_back(instance);
        }
    }
    return state;
}

struct Site {
    explicit Site(const QStringList& hosts, ProbeService::Options options = {.interval = 0ms})
        : state(inventoryOf(hosts))
        , shell(std::make_shared<FakeShell>())
        , clock(std::make_shared<SystemClock>())
        , inventory(std::make_unique<FakeStore>(state), nullptr, clock,
              InventoryService::Options{.pollInterval = 10s, .publishInterval = 1ms,
                  .stateUpdates = [](const Inventory& snapshot, std::span<const ObservationPtr> seen) { return stateUpdates(snapshot, seen); }})
        , probes(std::make_unique<ProbeService>(shell, inventory, clock, options))
        , servers(hosts.size())
    {
        inventory.start();
    }

    bool isLoaded() const { return inventory.snapshot()->servers().size() == static_cast<size_t>(servers); }
    Liveness liveness(qint64 id) const
    {
        const Observation* seen = inventory.snapshot()->observation(InstanceId(id));
        return seen ? seen->liveness : Liveness::Unknown;
    }

    std::shared_ptr<FakeStoreState> state;
    std::shared_ptr<FakeShell> shell;
    std::shared_ptr<SystemClock> clock;
    InventoryService inventory;
    std::unique_ptr<ProbeService> probes;
    qsizetype servers;
};

QStringList hosts(int count)
{
    QStringList names;
    for (int i = 1; i <= count; ++i)
        names += u"db%1"_s.arg(i);
    return names;
}

} // namespace

class ProbeServiceTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void allServersOnce()
    {
        Site site(hosts(40));
        QTRY_VERIFY(site.isLoaded());
        QSignalSpy progress(site.probes.get(), &ProbeService::progress);
        site.probes->probeAll();
        QCOMPARE(site.probes->pending(), 40);
        QTRY_COMPARE(site.probes->pending(), 0);
        QCOMPARE(progress.last().value(0).toInt(), 40);
        QCOMPARE(progress.last().value(1).toInt(), 40);
        QTRY_COMPARE(site.liveness(80), Liveness::Online);
        QStringList asked = site.shell->asked();
        asked.sort();
        QStringList expected = hosts(40);
        expected.sort();
        QCOMPARE(asked, expected);
        QCOMPARE(site.shell->target(), (RemoteTarget{site.shell->target().host, u"postgres"_s}));
        QVERIFY(site.shell->most() <= 16);
        QTRY_COMPARE(site.inventory.snapshot()->find(InstanceId(3))->version, u"15.20"_s);
        QVERIFY(site.inventory.snapshot()->find(InstanceId(3))->isOnline);
    }

    // Told when the snapshot says what was seen; an answer that was under way before does not count.
    void whoWaitsIsTold()
    {
        Site site(hosts(3));
        QTRY_VERIFY(site.isLoaded());
        site.shell->setSlow(true);
        site.probes->probe({InstanceId(1)});
        QTRY_COMPARE(site.shell->asked().size(), 1);
        int told = 0;
        Liveness seen = Liveness::Unknown;
        site.probes->probe({InstanceId(1), InstanceId(3)}, this, [&] {
            ++told;
            seen = std::max(site.liveness(1), site.liveness(3)) == std::min(site.liveness(1), site.liveness(3)) ? site.liveness(1) : Liveness::Unknown;
        });
        QCOMPARE(told, 0);
        site.shell->setSlow(false);
        QTRY_COMPARE(told, 1);
        QCOMPARE(seen, Liveness::Online);
        QStringList asked = site.shell->asked();
        asked.sort();
        QCOMPARE(asked, QStringList({u"db1"_s, u"db1"_s, u"db2"_s}));
        // One that cannot be reached has answered, too.
        site.shell->setRefusing(u"db2"_s, true);
        site.probes->probe({InstanceId(3)}, this, [&] { ++told; });
        QTRY_COMPARE(told, 2);
        QCOMPARE(site.liveness(3), Liveness::Unreachable);
        site.probes->probe({InstanceId(999)}, this, [&] { ++told; });
        QCOMPARE(told, 2); // never before the call returns
        QTRY_COMPARE(told, 3);
    }

    void patienceHasAnEnd()
    {
        Site site({u"db1"_s, u"hole1"_s}, {.interval = 0ms, .patience = 30ms});
        QTRY_VERIFY(site.isLoaded());
        bool told = false;
        bool gone = false;
        auto context = std::make_unique<QObject>();
        site.probes->probe({InstanceId(3)}, context.get(), [&] { gone = true; });
        context.reset();
        site.probes->probe({InstanceId(1), InstanceId(3)}, this, [&] { told = true; });
        QTRY_VERIFY(told);
        QVERIFY(!gone);
        QCOMPARE(site.probes->pending(), 1);
        site.shell->release();
        QTRY_COMPARE(site.probes->pending(), 0);
    }

    void onlyTheServersOfTheInstances()
    {
        Site site(hosts(5));
        QTRY_VERIFY(site.isLoaded());
        site.probes->setTargetResolver([](const Server& server) { return RemoteTarget{server.hostName, u"dba"_s, 2222}; });
        site.probes->probe({InstanceId(3), InstanceId(4), InstanceId(999)});
        QTRY_COMPARE(site.liveness(3), Liveness::Online);
        QCOMPARE(site.probes->pending(), 0);
        QCOMPARE(site.shell->asked(), QStringList{u"db2"_s});
        QCOMPARE(site.shell->target(), (RemoteTarget{u"db2"_s, u"dba"_s, 2222}));
        QVERIFY(!site.inventory.snapshot()->observation(InstanceId(1)));
    }

    void neverTwiceAtOnce()
    {
        Site site(hosts(3));
        QTRY_VERIFY(site.isLoaded());
        site.shell->setSlow(true);
        site.probes->probeAll();
        QTRY_COMPARE(site.shell->asked().size(), 3);
        // Asked again while under way: once more afterwards, because the answer may be older than the question.
        site.probes->probeAll();
        site.probes->probe({InstanceId(1)});
        site.probes->probe({InstanceId(1)});
        QCOMPARE(site.probes->pending(), 3);
        QSignalSpy progress(site.probes.get(), &ProbeService::progress);
        site.shell->setSlow(false);
        QTRY_COMPARE(site.probes->pending(), 0);
        for (const auto& said : progress)
            QCOMPARE(said.value(1).toInt(), 3); // three servers, however often each is asked
        QCOMPARE(progress.last().value(0).toInt(), 3);
        QCOMPARE(site.shell->asked().size(), 6);
        QVERIFY(!site.shell->twiceAtOnce());
    }

    void visibleFirst()
    {
        Site site(hosts(6), {.interval = 0ms, .parallel = 1});
        QTRY_VERIFY(site.isLoaded());
        site.probes->setVisible({InstanceId(9), InstanceId(12)});
        site.shell->setSlow(true);
        site.probes->probe({InstanceId(1)}); // occupies the only slot
        QTRY_COMPARE(site.shell->asked().size(), 1);
        site.probes->setInterval(1ms); // a round of the timer
        QTRY_COMPARE(site.probes->pending(), 6);
        site.probes->setInterval(0ms);
        site.probes->probe({InstanceId(7)}); // asked for by a person: before everything that waits
        site.shell->setSlow(false);
        QTRY_COMPARE(site.probes->pending(), 0);
        QCOMPARE(site.shell->asked(), (QStringList{u"db1"_s, u"db4"_s, u"db5"_s, u"db6"_s, u"db2"_s, u"db3"_s}));
    }

    void blackHolesDelayNobody()
    {
        QStringList names = hosts(100);
        for (int i = 0; i < 20; ++i)
            names.prepend(u"hole%1"_s.arg(i));
        Site site(names);
        QTRY_VERIFY(site.isLoaded());
        site.probes->probeAll();
        QTRY_COMPARE_WITH_TIMEOUT(site.probes->pending(), 20, 10000 * tests::timeScale);
        for (qint64 id = 41; id <= 240; ++id)
            QTRY_COMPARE(site.liveness(id), Liveness::Online);
        site.shell->release();
        QTRY_COMPARE(site.probes->pending(), 0);
    }

    void unreachableKeepsTheFacts()
    {
        Site site(hosts(1));
        QTRY_VERIFY(site.isLoaded());
        site.probes->probeAll();
        QTRY_COMPARE(site.liveness(1), Liveness::Online);
        const Observation before = *site.inventory.snapshot()->observation(InstanceId(1));
        site.shell->setRefusing(u"db1"_s, true);
        site.probes->probeAll();
        QTRY_COMPARE(site.liveness(1), Liveness::Unreachable);
        const InventoryPtr snapshot = site.inventory.snapshot();
        const Observation* after = snapshot->observation(InstanceId(1));
        QCOMPARE(after->factsAt, before.factsAt);
        QVERIFY(after->at > before.at);
        QCOMPARE(after->currentLsn, before.currentLsn);
        QCOMPARE(after->error.value().where, u"db1"_s);
        QVERIFY(snapshot->find(InstanceId(1))->isOnline); // nothing is known, so the row stays
        site.shell->setRefusing(u"db1"_s, false);
        site.probes->probeAll();
        QTRY_COMPARE(site.liveness(1), Liveness::Online);
    }

    void otherEnds_data()
    {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<int>("outcome"); // 0 exited, 1 lost, 2 signalled, 3 no answer at all
        QTest::addColumn<Liveness>("liveness");
        const QByteArray down = "running 0\ncontrol state shut down\ncomplete";
        QTest::newRow("stopped") << down << 0 << Liveness::Offline;
        QTest::newRow("stopped, link lost afterwards") << down << 1 << Liveness::Offline;
        QTest::newRow("link lost before the verdict") << QByteArray("major 15") << 1 << Liveness::Unreachable;
        QTest::newRow("script ended before the verdict") << QByteArray("major 15") << 2 << Liveness::Unknown;
        QTest::newRow("undecided") << QByteArray("running ?\ncomplete") << 0 << Liveness::Unknown;
    }
    void otherEnds()
    {
        QFETCH(QByteArray, lines);
        QFETCH(int, outcome);
        QFETCH(Liveness, liveness);
        Site site(hosts(1));
        QTRY_VERIFY(site.isLoaded());
        site.shell->setAnswer(u"db1"_s, lines);
        if (outcome == 1)
            site.shell->setOutcome(OutcomeUnknown{{ErrorKind::LinkLost, u"lost"_s}});
        else if (outcome == 2)
            site.shell->setOutcome(Signalled{u"KILL"_s});
        site.probes->probeAll();
        QTRY_VERIFY(site.inventory.snapshot()->observation(InstanceId(2)));
        QCOMPARE(site.liveness(2), liveness);
        const bool sure = liveness == Liveness::Offline && outcome == 0;
        QVERIFY(sure || outcome == 1 || site.inventory.snapshot()->observation(InstanceId(2))->error);
    }

    void rounds()
    {
        Site site(hosts(2), {.interval = 20ms});
        QTRY_VERIFY(site.shell->asked().size() > 6); // by itself, from the first snapshot on
        QVERIFY(!site.shell->twiceAtOnce());
        site.probes->setInterval(0ms);
        QTRY_COMPARE(site.probes->pending(), 0);
    }

    void endsAtOnce()
    {
        QStringList names;
        for (int i = 0; i < 200; ++i)
            names += u"hole%1"_s.arg(i);
        Site site(names);
        QTRY_VERIFY(site.isLoaded());
        site.probes->probeAll();
        QTRY_VERIFY(site.shell->asked().size() >= 16);
        QElapsedTimer timer;
        timer.start();
        site.probes.reset();
        QVERIFY2(timer.elapsed() < 1000 * tests::timeScale, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(!site.inventory.snapshot()->observation(InstanceId(1)));
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ProbeServiceTest)
#include "tst_probeservice.moc"
