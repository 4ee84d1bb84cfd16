#include "app/adapters/ssh/sshshell.h"

#include "app/adapters/ssh/commandrun.h"
#include "app/adapters/ssh/hostconfig.h"
#include "app/adapters/ssh/keptshells.h"
#include "app/adapters/ssh/relaypipe.h"
#include "app/adapters/ssh/sessionpool.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace elephaas {

using namespace ssh;
using namespace std::chrono_literals;

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
                  .servicePeriod = options.servicePeriod}),
          m_kept(m_pool, m_heartbeat, {.idleTime = options.keptTime, .servicePeriod = options.servicePeriod},
              [this](const HostConfig& config, const QByteArray& command, const Patience& patience) { return runAside(config, command, patience); })
    {
    }
    RemoteResult run(const RemoteCommand& command, const OutputSink& sink, Patience& patience, RelayEnd* relay = nullptr);
    void letGo(const RemoteTarget& target, const QByteArray& key);

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
    KeptShells m_kept; // its shells go before the pool
};

RemoteResult SshShell::Private::run(const RemoteCommand& command, const OutputSink& sink, Patience& patience, RelayEnd* relay)
{
    if (command.command.contains('\0'))
        return {.outcome = NotStarted{{.kind = ErrorKind::InvalidInput,
                    .what = SshText::tr("A command cannot contain a zero byte."),
                    .where = command.target.host}}};
    const auto config = m_resolver.resolve({command.target.host, command.target.user, command.target.port}, patience);
    if (!config)
        return {.outcome = NotStarted{config.error()}};
    // What an open shell has been given may have been done, although it did not answer.
    bool wasGiven = false;
    if (command.kept && !relay) {
        const TimePoint before = SteadyClock::now();
        auto answer = m_kept.run(*config, command, sink, patience);
        if (answer.result)
            return std::move(*answer.result);
        wasGiven = answer.wasGiven;
        patience.until += std::min<SteadyClock::duration>(SteadyClock::now() - before, command.kept->patience);
    }
    const auto notStarted = [&](Error error) -> RemoteResult {
        if (wasGiven)
            return {.outcome = OutcomeUnknown{std::move(error)}};
        return {.outcome = NotStarted{std::move(error)}};
    };
    const auto second
        = [&](const QByteArray& text, const Patience& time) { return runAside(*config, text, time); };
    for (auto want = relay ? SessionPool::Want::Now : SessionPool::Want::Session;; want = SessionPool::Want::Fresh) {
        auto lease = m_pool.lease(*config, patience, want);
        if (!lease)
            return notStarted(std::move(lease.error()));
        CommandRun run(lease->session(), command, sink, m_heartbeat, patience, relay);
        RemoteResult result = run.run(second);
        if (!run.isSessionUsable())
            lease->discard();
        if (auto* failed = std::get_if<NotStarted>(&result.outcome); failed && wasGiven)
            result.outcome = notStarted(std::move(failed->error)).outcome;
        if (!run.sessionWasDead() || !lease->isWarm() || want == SessionPool::Want::Fresh)
            return result;
    }
}

void SshShell::Private::letGo(const RemoteTarget& target, const QByteArray& key)
{
    const StopSignal never{std::stop_token()};
    Patience patience{never, SteadyClock::now() + 2s};
    if (const auto config = m_resolver.resolve({target.host, target.user, target.port}, patience))
        m_kept.letGo(*config, key, patience);
}

std::optional<QByteArray> SshShell::Private::runAside(const HostConfig& config, const QByteArray& command, const Patience& patience)
{
    Patience time = patience;
    auto lease = m_pool.lease(config, time, SessionPool::Want::Fresh);
    if (!lease)
        return std::nullopt;
    const RemoteCommand remote{.target = {config.name}, .command = command};
    CommandRun run(lease->session(), remote, {}, m_heartbeat, time);
    const RemoteResult result = run.run({});
    if (!run.isSessionUsable())
        lease->discard();
    return result.output.head;
}

namespace {

constexpr auto lastWords = 300s; // of a conversation that was given up: a server may have to be started again

// Nobody has cancelled: it was ended because of what happened at the other end.
void blameTheOtherEnd(RemoteResult& result)
{
    if (auto* unknown = std::get_if<OutcomeUnknown>(&result.outcome); unknown && unknown->error.kind == ErrorKind::Cancelled)
        unknown->error.what = SshText::tr("It was ended because the command at the other end of the transfer failed.");
    if (auto* notStarted = std::get_if<NotStarted>(&result.outcome); notStarted && notStarted->error.kind == ErrorKind::Cancelled)
        notStarted->error.what = SshText::tr("It was not started because the other end of the transfer could not be.");
}

} // namespace

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

void SshShell::letGo(const RemoteTarget& target, const QByteArray& key) { d->letGo(target, key); }

RelayResult SshShell::relay(const RemoteCommand& source, const RemoteCommand& target, const OutputSink& sourceErrors,
    const OutputSink& targetErrors, const RelayProgress& progress, std::stop_token stop, RelayKind kind)
{
    const TimePoint start = SteadyClock::now();
    Relay relay(progress);
    std::stop_source endSource;
    std::stop_source endTarget;
    const bool talk = kind == RelayKind::Conversation;
    // In a conversation neither is ended: both learn that nobody listens any more, and have a while to do what follows from it.
    const auto enough = [&] {
        if (talk && relay.start() == Relay::Start::Go) {
            relay.toSource.finish();
            relay.toTarget.finish();
            return;
        }
        endSource.request_stop();
        endTarget.request_stop();
    };
    const std::stop_callback forward(stop, enough);
    const auto outOfTime = [&, latest = start + std::max(source.timeout, target.timeout)](const std::stop_token& over) {
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait_until(lock, over, latest, [] { return false; });
        if (!over.stop_requested())
            enough();
    };
    const std::jthread timer = talk ? std::jthread(outOfTime) : std::jthread();
    const auto runEnd = [&](const RemoteCommand& command, const OutputSink& sink, RelayEnd end, const std::stop_source& own,
                            std::stop_source& other) {
        const StopSignal signal(own.get_token());
        Patience patience{signal, start + command.timeout + (talk ? lastWords : 0s)};
        RemoteResult result = d->run(command, sink, patience, &end);
        const bool wentOn = talk && relay.start() == Relay::Start::Go;
        if (end.isWhole || wentOn) {
            end.output.finish();
        } else {
            relay.callOff();
            other.request_stop();
        }
        end.input.abandon();
        if (!stop.stop_requested())
            blameTheOtherEnd(result);
        result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - start);
        return result;
    };
    RelayResult result;
    {
        const std::jthread second([&] {
            result.target
                = runEnd(target, targetErrors, {relay, relay.toTarget, relay.toSource, relay.targetWake}, endTarget, endSource);
        });
        result.source = runEnd(source, sourceErrors, {relay, relay.toSource, relay.toTarget, relay.sourceWake}, endSource, endTarget);
    }
    relay.tellLast();
    result.toTarget = relay.toTarget.passed();
    result.toSource = relay.toSource.passed();
    return result;
}

} // namespace elephaas
