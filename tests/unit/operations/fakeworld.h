#pragma once

#include "models/operations/instanceprober.h"
#include "models/ports/remoteshell.h"
#include "tests/unit/operations/fakeclock.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace elephaas::tests {

// One instance on one server, as a shell and a prober see it. Every look takes a second of the fake clock. What a command does is
// the test's business. Thread-safe as far as the tests need it.
class FakeWorld final {
public:
    explicit FakeWorld(std::shared_ptr<FakeClock> theClock)
        : clock(std::move(theClock))
    {
        seen.liveness = Liveness::Online;
        seen.acceptsConnections = true;
        seen.role = Role::Primary;
        seen.controlState = QStringLiteral("in production");
        seen.postmasterStarted = clock->now().addDays(-1);
        seen.configurationLoaded = seen.postmasterStarted;
    }

    void goDown(const QString& controlState = QStringLiteral("shut down"))
    {
        seen.liveness = Liveness::Offline;
        seen.acceptsConnections = false;
        seen.error.reset();
        seen.controlState = controlState;
        seen.postmasterStarted = {};
        seen.configurationLoaded = {};
    }
    void comeUp(Role role = Role::Primary)
    {
        seen.liveness = Liveness::Online;
        seen.acceptsConnections = true;
        seen.error.reset();
        seen.role = role;
        seen.controlState = QStringLiteral("in production");
        seen.postmasterStarted = clock->now();
        seen.configurationLoaded = clock->now();
    }
    // A postmaster that takes no connections.
    void beBusy(const QString& why)
    {
        seen.liveness = Liveness::Online;
        seen.acceptsConnections = false;
        seen.error = Error{.kind = ErrorKind::TimedOut, .what = why};
    }
    void beUnreachable()
    {
        seen.liveness = Liveness::Unreachable;
        seen.acceptsConnections = false;
        seen.error = Error{.kind = ErrorKind::Unreachable, .what = QStringLiteral("No route to host.")};
    }
    // Does something at the n-th look from now (1: the next one), before it is made.
    void atLook(int n, std::function<void()> what) { later.push_back({looks + n, std::move(what)}); }

    struct Later {
        int look;
        std::function<void()> what;
    };

    const std::shared_ptr<FakeClock> clock;
    Observation seen;
    int looks = 0;
    std::vector<Later> later;
    std::vector<QByteArray> sent;
    std::function<RemoteResult(const QByteArray& command, const OutputSink& sink, const std::stop_token& stop)> onCommand;
    std::vector<QString> fileErrors;
    QByteArray log;
};

class FakeShell final : public RemoteShell {
public:
    explicit FakeShell(FakeWorld& world)
        : m_world(world)
    {
    }
    RemoteResult run(const RemoteCommand& command, const OutputSink& sink, std::stop_token stop) override
    {
        m_world.sent.push_back(command.command);
        return m_world.onCommand(command.command, sink, stop);
    }

private:
    FakeWorld& m_world;
};

class FakeProber final : public InstanceProber {
public:
    explicit FakeProber(FakeWorld& world)
        : m_world(world)
    {
    }
    Expected<Observation> observe(
        const InstanceAddress&, InstanceId instance, std::chrono::milliseconds, std::stop_token stop) override
    {
        if (stop.stop_requested())
            return fail({.kind = ErrorKind::Cancelled, .what = QStringLiteral("cancelled")});
        m_world.clock->advance(std::chrono::seconds(1));
        ++m_world.looks;
        const auto later = m_world.later;
        for (const FakeWorld::Later& event : later) {
            if (event.look == m_world.looks)
                event.what();
        }
        Observation seen = m_world.seen;
        seen.instance = instance;
        seen.at = m_world.clock->now();
        return seen;
    }
    Expected<std::vector<QString>> configurationErrors(
        const InstanceAddress&, std::chrono::milliseconds, std::stop_token) override
    {
        return m_world.fileErrors;
    }
    Expected<QByteArray> serverLogTail(const InstanceAddress&, int, std::chrono::milliseconds, std::stop_token) override
    {
        return m_world.log;
    }

private:
    FakeWorld& m_world;
};

} // namespace elephaas::tests
