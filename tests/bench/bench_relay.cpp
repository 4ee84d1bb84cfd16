// 1 GiB from one sshd to another one through this computer: by a relay, and by two of OpenSSH's clients in a pipe in turn with it.

#include "app/adapters/ssh/sshshell.h"
#include "tests/support/sshsite.h"

#include <QElapsedTimer>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <vector>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qint64 megabytes = 1024;
constexpr int rounds = 3;

double speed(const std::function<void()>& work)
{
    QElapsedTimer timer;
    timer.start();
    work();
    return double(megabytes) * 1e9 / double(timer.nsecsElapsed());
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

int measure()
{
    SshSite site;
    site.addServer(u"a"_s);
    site.addServer(u"b"_s);
    SshShell shell({.configFile = site.configFile()}, nullptr);
    const QByteArray source = "head -c " + QByteArray::number(megabytes * 1024 * 1024) + " /dev/zero";
    const auto relay = [&] {
        const RelayResult result
            = shell.relay({.target = {u"a"_s}, .command = source}, {.target = {u"b"_s}, .command = "cat >/dev/null"}, {}, {}, {}, {});
        if (!result.succeeded() || result.toTarget != megabytes * 1024 * 1024)
            throw std::runtime_error("the relay failed");
    };
    const auto pipe = [&] {
        runTool(u"sh"_s,
            {u"-c"_s, u"ssh -F \"$1\" a \"$2\" | ssh -F \"$1\" b 'cat >/dev/null'"_s, u"sh"_s, site.configFile(), QString::fromLatin1(source)});
    };
    std::vector<double> ours;
    std::vector<double> theirs;
    for (int round = 0; round < rounds; ++round) {
        ours.push_back(speed(relay));
        theirs.push_back(speed(pipe));
        std::fprintf(stderr, "%.0f and %.0f MiB/s\n", ours.back(), theirs.back());
    }
    std::printf("relay_speed %.0f MiB/s\nrelay_by_ssh_pipe %.0f MiB/s\nrelay_ratio %.2f x\n", median(ours), median(theirs),
        median(ours) / median(theirs));
    return 0;
}

} // namespace

int main()
{
    try {
        return measure();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_relay: %s\n", error.what());
        return 1;
    }
}
