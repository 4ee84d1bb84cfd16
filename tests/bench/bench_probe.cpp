// A full probe of 50 servers with 2 instances each, over warm connections: 50 real sshd, and two real PostgreSQL servers that all of
// them show, so that every probe does all of its work. Nobody else offers this figure, so there is no peer.

#include "app/adapters/ssh/sshshell.h"
#include "models/services/probeservice.h"
#include "tests/support/fakestore.h"
#include "tests/support/postgresserver.h"
#include "tests/support/procstat.h"
#include "tests/support/sshsite.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QElapsedTimer>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <stdexcept>

#include <pwd.h>
#include <unistd.h>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int hostCount = 50;
constexpr int rounds = 9;

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// Seconds of processor time of every process that this one has started, and of what those have started and seen end.
double processorTimeOfServers()
{
    double ticks = 0;
    for (const qint64 pid : descendants(getpid())) {
        const QByteArrayList fields = processFields(pid);
        if (fields.size() < 15)
            continue; // ended meanwhile; its parent counts it
        for (int field = 11; field < 15; ++field) // utime, stime, cutime, cstime: proc(5)
            ticks += fields[field].toDouble();
    }
    return ticks / double(sysconf(_SC_CLK_TCK));
}

double ownProcessorTime()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

std::unique_ptr<PostgresServer> startInstance(const QString& user)
{
    QString error;
    auto server = PostgresServer::start(&error);
    if (!server)
        throw std::runtime_error(error.toStdString());
    if (user != u"postgres" && !server->psql(u"create role \"%1\" superuser login"_s.arg(user)))
        throw std::runtime_error("no role for the remote user");
    return server;
}

std::shared_ptr<FakeStoreState> inventoryOf(const std::vector<std::unique_ptr<PostgresServer>>& instances)
{
    auto state = std::make_shared<FakeStoreState>();
    for (qint64 h = 1; h <= 2; ++h) {
        Herd herd;
        herd.id = HerdId(h);
        herd.baseName = herd.name = u"herd%1"_s.arg(h);
        herd.port = instances[size_t(h - 1)]->port();
        herd.dataDirectory = instances[size_t(h - 1)]->socketFolder() + u"/data"_s;
        state->rows.herds.push_back(herd);
    }
    for (qint64 n = 1; n <= hostCount; ++n) {
        state->rows.servers.push_back({ServerId(n), {}, u"many%1"_s.arg(n)});
        for (qint64 h = 1; h <= 2; ++h) {
            Instance row;
            row.id = InstanceId(2 * n - 2 + h);
            row.herd = HerdId(h);
            row.server = ServerId(n);
            state->rows.instances.push_back(row);
        }
    }
    return state;
}

template <class Condition>
void waitFor(Condition holds, const char* what)
{
    const QDeadlineTimer deadline(60000);
    while (!holds()) {
        if (deadline.hasExpired())
            throw std::runtime_error(std::string("timed out: ") + what);
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 50);
    }
}

void checkAllSeen(const Inventory& snapshot, const QDateTime& since)
{
    for (const Instance& row : snapshot.instances()) {
        const Observation* seen = snapshot.observation(row.id);
        if (!seen || seen->factsAt < since || seen->role != Role::Primary || !seen->currentLsn)
            throw std::runtime_error("not every instance was seen: "
                + (seen && seen->error ? seen->error->text().toStdString() : std::string("no error")));
    }
}

int measure()
{
    const QString user = QString::fromLocal8Bit(getpwuid(getuid())->pw_name);
    std::vector<std::unique_ptr<PostgresServer>> instances;
    instances.push_back(startInstance(user));
    instances.push_back(startInstance(user));
    SshSite site;
    for (int i = 1; i <= hostCount; ++i)
        site.addServer(u"many%1"_s.arg(i), {}, u"127.1.0.%1"_s.arg(i));
    const auto clock = std::make_shared<SystemClock>();
    InventoryService inventory(std::make_unique<FakeStore>(inventoryOf(instances)), nullptr, clock, {.publishInterval = 10ms});
    ProbeService probes(std::make_shared<SshShell>(SshShell::Options{.configFile = site.configFile()}, nullptr), inventory, clock,
        {.interval = 0ms});
    probes.setTargetResolver([](const Server& server) { return RemoteTarget{server.hostName}; });
    inventory.start();
    waitFor([&] { return inventory.snapshot()->instances().size() == 2 * hostCount; }, "the inventory");

    std::vector<double> wall;
    std::vector<double> remote;
    std::vector<double> own;
    for (int round = 0; round <= rounds; ++round) {
        const QDateTime began = clock->now();
        const double remoteBefore = processorTimeOfServers();
        const double ownBefore = ownProcessorTime();
        QElapsedTimer timer;
        timer.start();
        probes.probeAll();
        waitFor([&] { return probes.pending() == 0; }, "the probes");
        const double elapsed = double(timer.nsecsElapsed()) / 1e9;
        const double used = processorTimeOfServers() - remoteBefore;
        waitFor([&] {
            const Inventory& shown = *inventory.snapshot();
            return std::ranges::all_of(shown.instances(), [&](const Instance& row) {
                const Observation* seen = shown.observation(row.id);
                return seen && seen->at >= began;
            });
        }, "the snapshot");
        checkAllSeen(*inventory.snapshot(), began);
        std::fprintf(stderr, "%s %.3f s, servers' processors %.3f s\n", round == 0 ? "cold" : "warm", elapsed, used);
        if (round == 0)
            continue; // connections are opened
        wall.push_back(elapsed);
        remote.push_back(used * 1000 / hostCount);
        own.push_back((ownProcessorTime() - ownBefore) * 1000 / hostCount);
    }
    std::printf("probe_50_s %.3f s\n", median(wall));
    std::printf("probe_50_host_cpu_ms %.1f ms\n", median(remote)); // of one server, for its two instances
    std::printf("probe_50_console_cpu_ms %.1f ms\n", median(own)); // of the console, for one server
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    try {
        return measure();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_probe: %s\n", error.what());
        return 1;
    }
}
