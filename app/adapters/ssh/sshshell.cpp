#include "app/adapters/ssh/sshshell.h"

#include "app/adapters/ssh/commandrun.h"
#include "app/adapters/ssh/hostconfig.h"
#include "app/adapters/ssh/sessionpool.h"

namespace elephaas {

using namespace ssh;

class SshShell::Private {
public:
    Private(const Options& options, std::shared_ptr<HostKeyAsker> asker)
        : m_heartbeat{options.heartbeatInterval, options.heartbeatPatience},
          m_resolver(options.configFile, options.sshProgram),
          m_connector(m_resolver, std::move(asker), options.connectTimeout),
          m_pool(m_connector,
              {.connectsPerServer = options.connectsPerHost,
                  .sessionsPerHost = options.sessionsPerHost,
                  .warmSessions = options.warmSessions,
                  .idleTime = options.idleTime,
                  .servicePeriod = options.servicePeriod})
    {
    }
    RemoteResult run(const RemoteCommand& command, const OutputSink& sink, Patience& patience);

private:
    struct Library { // counted by libssh
        Library() { ssh_init(); }
        Library(const Library&) = delete;
        Library& operator=(const Library&) = delete;
        ~Library() { ssh_finalize(); }
    };
    std::optional<QByteArray> runAside(const HostConfig& config, const QByteArray& command, const Patience& patience);

    const Library m_library; // first: it goes after the last session
    const Heartbeat m_heartbeat;
    HostResolver m_resolver;
    Connector m_connector;
    SessionPool m_pool;
};

RemoteResult SshShell::Private::run(const RemoteCommand& command, const OutputSink& sink, Patience& patience)
{
    if (command.command.contains('\0'))
        return {.outcome = NotStarted{{.kind = ErrorKind::InvalidInput,
                    .what = SshText::tr("A command cannot contain a zero byte."),
                    .where = command.target.host}}};
    const auto config = m_resolver.resolve({command.target.host, command.target.user, command.target.port}, patience);
    if (!config)
        return {.outcome = NotStarted{config.error()}};
    const auto second
        = [&](const QByteArray& text, const Patience& time) { return runAside(*config, text, time); };
    for (bool fresh = false;; fresh = true) {
        auto lease = m_pool.lease(*config, patience, fresh);
        if (!lease)
            return {.outcome = NotStarted{std::move(lease.error())}};
        CommandRun run(lease->session(), command, sink, m_heartbeat, patience);
        RemoteResult result = run.run(second);
        if (!run.isSessionUsable())
            lease->discard();
        if (!run.sessionWasDead() || !lease->isWarm() || fresh)
            return result;
    }
}

std::optional<QByteArray> SshShell::Private::runAside(const HostConfig& config, const QByteArray& command, const Patience& patience)
{
    Patience time = patience;
    auto lease = m_pool.lease(config, time, true);
    if (!lease)
        return std::nullopt;
    const RemoteCommand remote{.target = {config.name}, .command = command};
    CommandRun run(lease->session(), remote, {}, m_heartbeat, time);
    const RemoteResult result = run.run({});
    if (!run.isSessionUsable())
        lease->discard();
    return result.output.head;
}

SshShell::SshShell(Options options, std::shared_ptr<HostKeyAsker> asker)
    : d(std::make_unique<Private>(options, std::move(asker)))
{
}

SshShell::~SshShell() = default;

RemoteResult SshShell::run(const RemoteCommand& command, const OutputSink& sink, std::stop_token stop)
{
    const TimePoint start = SteadyClock::now();
    const StopSignal signal(std::move(stop));
    Patience patience{signal, start + command.timeout};
    RemoteResult result = d->run(command, sink, patience);
    result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - start);
    return result;
}

} // namespace elephaas
