#pragma once

#include "models/operations/conditions.h"
#include "models/operations/byteprogress.h"
#include "models/operations/portexecutor.h"

#include <QCoreApplication>
#include <QStringList>

#include <mutex>
#include <optional>

namespace elephaas {

// One step on its way through PortExecutor: look, send, prove. Used once, by one thread.
class StepRun final {
    Q_DECLARE_TR_FUNCTIONS(elephaas::StepRun)

public:
    // `inventory` and `dns` may be null: then nothing can be written into them.
    StepRun(RemoteShell& shell, InstanceProber& prober, UpstreamWriter* inventory, DnsDirectory* dns, const Clock& clock, const PortExecutor::Options& options,
        RecentLooks& looks, const Step& step, const StepContext& context);

    StepResult run();
    // Looks whether the step's work is done, and changes nothing: Succeeded it holds, Failed it does not, Indeterminate not known.
    StepResult inspect();

private:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Milliseconds = std::chrono::milliseconds;

    // How a command ended, as far as the proof is concerned.
    enum class CommandEnd { NotStarted, Succeeded, Failed, Lost, OutOfTime, Cancelled };
    struct Sent {
        CommandEnd end = CommandEnd::NotStarted;
        QString words = {}; // "The command ended with status 1: …"; "" after success
        bool atWork = false; // cancelled, and not seen to be gone from the server
    };
    // What waiting for a condition came to. Hopeless: it will not come about by itself, or nothing can be seen any more.
    struct Proof {
        enum class End { Proved, Hopeless, OutOfTime, Cancelled } end = End::Hopeless;
        Evaluation evaluation = {};
        PostmasterState state = PostmasterState::Unknown;
    };

    std::optional<StepResult> askWhetherDone();
    std::optional<StepResult> lookBefore();
    StepResult runCommand(const RemoteCommand& command);
    StepResult runRelay(const RelayScripts& relay);
    StepResult ask(const AskScript& question);
    StepResult write(const SetUpstream& set);
    StepResult change(const ChangeAlias& alias);
    StepResult await(const AwaitAlias& alias);
    StepResult inspectAlias(const QString& name, const QString& target);
    bool pause(Milliseconds time) const; // false when it was cancelled meanwhile
    RemoteCommand commandFor(const QByteArray& command) const { return {.target = m_step.address.remote, .command = command}; }
    StepResult runRestart(const RestartInstance& restart);
    Proof stopForRestart(const Sent& sent);
    StepResult startForRestart(const QByteArray& command, QStringList remarks, bool owed);

    bool looksAtInstance() const;
    Expected<Observation> lookOrRemember();
    void forgetLook();
    Expected<Observation> look(const std::stop_token& stop);
    Evaluation fully(Condition condition, Evaluation evaluation, const std::stop_token& stop);
    Evaluation askUpstream(const std::stop_token& stop);
    std::optional<Evaluation> askReceiver(const std::stop_token& stop);
    Evaluation askScript(const QByteArray& script, const std::stop_token& stop);
    Sent send(RemoteCommand command, const std::stop_token& stop, Milliseconds timeout);
    bool mayStop() const;
    bool mayHavePromoted() const;
    Sent endOf(const RemoteResult& result, const std::stop_token& stop) const;
    Sent endOf(const RelayResult& result, const std::stop_token& stop) const;
    Sent endOfConversation(const RelayResult& result, const std::stop_token& stop) const;
    Proof prove(Condition condition, CommandEnd end, TimePoint deadline, const std::stop_token& stop);
    Proof whereItStands(CommandEnd end);
    TimePoint proofDeadline(const Sent& sent) const;
    Milliseconds patience(CommandEnd end, PostmasterState state) const;

    StepResult conclude(const Sent& sent, const Proof& proof, const QStringList& remarks);
    StepResult succeeded(const Sent& sent, const Proof& proof, QStringList remarks);
    StepResult cancelledAt(const Sent& sent, const Proof& proof, const QStringList& remarks) const;
    StepResult notProved(const Sent& sent, const Proof& proof, QStringList remarks);
    StepResult nothingSent(const Sent& sent) const;

    bool addConfigurationReport(QStringList& remarks); // true when there is something to look at
    void addServerLog(QStringList& remarks);
    void say(const QString& message) const { m_context.emitEvent(StepProgress{m_step.id, message}); }
    void takeOutput(OutputStream stream, QByteArrayView bytes);
    void tellProgress();
    void keepOutput(OutputStream stream, QByteArrayView bytes);
    void noteWritesStopped(const QDateTime& since);
    TimePoint after(Milliseconds time) const { return m_clock.steady() + time; }
    Milliseconds timeLeft() const;

    RemoteShell& m_shell;
    InstanceProber& m_prober;
    UpstreamWriter* const m_inventory;
    DnsDirectory* const m_dns;
    const Clock& m_clock;
    const PortExecutor::Options& m_options;
    RecentLooks& m_looks;
    const Step& m_step;
    const StepContext& m_context;
    const TimePoint m_deadline;
    Observation m_before;
    Observation m_last; // as it was looked at last
    QStringList m_pendingRestart; // as last seen
    std::mutex m_mutex; // of what follows: two servers speak at once, and a silent one is told of, too
    ByteProgress m_progress; // as the copying programs tell it
    ByteProgress m_relayed; // as it passes through the console
    bool m_answeredNo = false; // the command ended with status 1
    QByteArray m_tail; // the newest output, for the result line
    QDateTime m_writesStopped; // UTC; of a step that ends an outage
};

// The line of a command's output or a server's log that says most: the last one with an error, else the last one; visible text, cut to
// a readable length.
QString tellingLine(const QByteArray& output);

} // namespace elephaas
