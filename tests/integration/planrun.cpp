// Runs a plan as the console would, in a process of its own that a test can kill: the program's own runner, executor, SSH and journal.
// Arguments: journal, ssh configuration, remote user, file with the plan, "inventory" or "no-inventory", DNS server, file with its key, "wrong" or "none".
// A line on standard input cancels. Standard output: "started N", "command N", "finished N STATE", "upstream INSTANCE UPSTREAM", "end STATE".

#include "app/adapters/dns/ldnsdirectory.h"
#include "app/adapters/journal/sqlitejournal.h"
#include "app/adapters/ssh/sshshell.h"
#include "models/operations/planrunner.h"
#include "models/operations/portexecutor.h"
#include "models/operations/shellprober.h"
#include "tests/integration/replicationlab.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>

#include <cstdio>
#include <iostream>
#include <string>
#include <thread>

using namespace elephaas;
using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

namespace {

class Upstreams final : public UpstreamWriter {
public:
    explicit Upstreams(bool isThere) : m_isThere(isThere) { }
    Expected<void> setUpstream(InstanceId instance, std::optional<InstanceId> upstream, std::stop_token) override
    {
        if (!m_isThere)
            return fail({.kind = ErrorKind::LinkLost, .what = u"The inventory is gone."_s});
        std::printf("upstream %lld %lld\n", static_cast<long long>(instance.value), static_cast<long long>(upstream ? upstream->value : 0));
        std::fflush(stdout);
        return {};
    }

private:
    const bool m_isThere;
};

std::optional<TsigKey> keyFrom(const QString& where)
{
    if (where == "none"_L1)
        return {};
    if (where == "wrong"_L1)
        return TsigKey{u"lab-key"_s, TsigAlgorithm::HmacSha256, QByteArray(32, 'x')};
    return tests::tsigKeyIn(where);
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    if (arguments.size() != 8)
        return 2;
    QFile file(arguments[4]);
    if (!file.open(QIODevice::ReadOnly))
        return 2;
    const auto plan = Plan::fromJson(QJsonDocument::fromJson(file.readAll()).object());
    if (!plan) {
        std::fputs(qPrintable(plan.error().text()), stderr);
        return 2;
    }
    const auto clock = std::make_shared<SystemClock>();
    const auto shell = std::make_shared<SshShell>(
        SshShell::Options{.configFile = arguments[2], .connectTimeout = 5s, .heartbeatInterval = 1s, .heartbeatPatience = 3s}, nullptr);
    const auto journal = std::make_shared<SqliteJournal>(arguments[1]);
    const auto executor = std::make_shared<PortExecutor>(shell, std::make_shared<ShellProber>(shell, clock), clock,
        PortExecutor::Options{.probeTimeout = 8s, .patienceAfterSuccess = 3s, .patienceAfterLoss = 6s, .patienceAfterCancel = 5s, .patienceForReceiver = 15s},
        std::make_shared<Upstreams>(arguments[5] == "inventory"_L1),
        std::make_shared<LdnsDirectory>(DnsAccess{.server = arguments[6], .key = keyFrom(arguments[7])}));
    const auto say = [](const QUuid&, const OperationEvent& event) {
        if (const auto* sent = std::get_if<StepCommand>(&event))
            std::printf("command %d\n", sent->step);
        else if (const auto* started = std::get_if<StepStarted>(&event))
            std::printf("started %d\n", started->step);
        else if (const auto* finished = std::get_if<StepFinished>(&event))
            std::printf("finished %d %d\n", finished->record.number, static_cast<int>(finished->record.state));
        else if (const auto* ended = std::get_if<OperationFinished>(&event))
            std::printf("end %d\n", static_cast<int>(ended->state));
        std::fflush(stdout);
    };
    PlanRunner runner(executor, journal, clock, RunnerLimits(), say);
    std::thread([&runner, id = plan->id] {
        std::string line;
        if (std::getline(std::cin, line))
            runner.cancel(id);
    }).detach();
    if (const auto started = runner.start({.plan = *plan}); !started) {
        std::fputs(qPrintable(started.error().text()), stderr);
        return 1;
    }
    runner.waitUntilIdle();
    std::fflush(stdout);
    std::_Exit(0); // the reader of standard input never ends
}
