// `true` on 50 sshd, 16 at once: by this program's remote shell, and by xargs and OpenSSH's client in turn with it.

#include "app/adapters/ssh/sshshell.h"
#include "tests/support/sshsite.h"

#include <QElapsedTimer>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;

namespace {

constexpr int hostCount = 50;
constexpr int atOnce = 16;
constexpr int rounds = 7;

double seconds(const std::function<void()>& work)
{
    QElapsedTimer timer;
    timer.start();
    work();
    return double(timer.nsecsElapsed()) / 1e9;
}

void runEverywhere(SshShell& shell)
{
    std::atomic<int> next = 0;
    std::atomic<int> succeeded = 0;
    std::vector<std::jthread> workers;
    for (int i = 0; i < atOnce; ++i) {
        workers.emplace_back([&] {
            for (int host = next++; host < hostCount; host = next++) {
                const RemoteResult result = shell.run({.target = {u"many%1"_s.arg(host + 1)}, .command = "true"}, {}, {});
                succeeded += result.succeeded();
            }
        });
    }
    workers.clear();
    if (succeeded != hostCount)
        throw std::runtime_error("not every command succeeded");
}

void xargs(const SshSite& site, const QStringList& options)
{
    const QStringList ssh = QStringList{u"ssh"_s, u"-F"_s, site.configFile(), u"-o"_s, u"BatchMode=yes"_s} + options;
    runTool(u"sh"_s,
        QStringList{u"-c"_s, u"f=$1; shift; xargs -a \"$f\" -P16 -I{} \"$@\" {} true"_s, u"sh"_s, site.path(u"hosts"_s)} + ssh);
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void print(const char* name, const std::vector<double>& values) { std::printf("%s %.3f s\n", name, median(values)); }

int measure()
{
    SshSite site;
    QByteArray hosts;
    for (int i = 1; i <= hostCount; ++i) {
        site.addServer(u"many%1"_s.arg(i), {}, u"127.1.0.%1"_s.arg(i));
        hosts += "many" + QByteArray::number(i) + '\n';
    }
    site.writeFile(u"hosts"_s, hosts);
    const QStringList curve{u"-o"_s, u"KexAlgorithms=curve25519-sha256"_s};
    const QStringList master{u"-o"_s, u"ControlMaster=auto"_s, u"-o"_s, u"ControlPath="_s + site.path(u"c-%n"_s), u"-o"_s,
        u"ControlPersist=600"_s};
    const SshShell::Options options{.configFile = site.configFile()};
    std::vector<double> cold, coldPeer, warm, warmPeer;
    for (int round = 0; round < rounds; ++round) {
        coldPeer.push_back(seconds([&] { xargs(site, curve); }));
        SshShell shell(options, nullptr);
        cold.push_back(seconds([&] { runEverywhere(shell); }));
        std::fprintf(stderr, "cold %.3f, xargs %.3f\n", cold.back(), coldPeer.back());
    }
    SshShell shell(options, nullptr);
    runEverywhere(shell);
    xargs(site, curve + master);
    for (int round = 0; round < rounds; ++round) {
        warmPeer.push_back(seconds([&] { xargs(site, master); }));
        warm.push_back(seconds([&] { runEverywhere(shell); }));
        std::fprintf(stderr, "warm %.3f, xargs %.3f\n", warm.back(), warmPeer.back());
    }
    for (int i = 1; i <= hostCount; ++i)
        runTool(u"ssh"_s, QStringList{u"-F"_s, site.configFile(), u"-O"_s, u"exit"_s} + master + QStringList{u"many%1"_s.arg(i)});
    print("bulk50_cold_s", cold);
    print("xargs_ssh_curve25519_s", coldPeer);
    print("bulk50_warm_s", warm);
    print("xargs_controlmaster_s", warmPeer);
    return 0;
}

} // namespace

int main()
{
    try {
        return measure();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_remote: %s\n", error.what());
        return 1;
    }
}
