#include "models/operations/steprun.h"

#include "models/domain/visibletext.h"
#include "models/operations/questions.h"
#include "models/operations/scriptcaller.h"
#include "models/postgres/handoverscripts.h"
#include "models/postgres/startscript.h"

#include <QLocale>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

constexpr qsizetype tailLimit = 16 * 1024;
constexpr qsizetype lineLimit = 300;
constexpr auto tick = 10s;
constexpr auto justNow = 1s;

using Verdict = Evaluation::Verdict;

// Waits at most `time`; false when `stop` fired.
bool waitFor(std::chrono::milliseconds time, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

// Fires some time after another token did: for work that is still owed when the program ends, but not for ever.
class DelayedStop final {
public:
    DelayedStop(const std::stop_token& first, std::chrono::milliseconds delay)
        : m_thread([this, first, delay](const std::stop_token& over) {
            {
                std::mutex mutex;
                std::condition_variable_any wake;
                std::stop_callback onOver(over, [&] { const std::scoped_lock held(mutex); wake.notify_all(); });
                std::unique_lock lock(mutex);
                wake.wait(lock, first, [&] { return over.stop_requested(); });
            }
            if (waitFor(delay, over))
                m_source.request_stop();
        })
    {
    }
    std::stop_token token() const { return m_source.get_token(); }

private:
    std::stop_source m_source;
    std::jthread m_thread;
};

// Calls something now and then, on a thread of its own, as long as it lives.
class Ticker final {
public:
    explicit Ticker(std::function<void()> call)
        : m_thread([call = std::move(call)](const std::stop_token& over) {
            while (waitFor(tick, over))
                call();
        })
    {
    }

private:
    std::jthread m_thread;
};

QString withText(const QStringList& remarks) { return remarks.join(u' '); }

// Without what the other side's remedy says: this program has its own.
QString brief(const Error& error)
{
    Error told = error;
    told.remedy.clear();
    return visibleText(told.text());
}

// Remote words become a sentence among others.
QString ended(const QString& text) { return text.endsWith(u'.') || text.endsWith(u'\u2026') ? text : QString(text % u'.'); }

// Where nothing tells whether the work was done but the command itself.
Verdict byStatusAlone(bool hasProof, bool succeeded, bool failed)
{
    return hasProof || succeeded ? Verdict::Holds : failed ? Verdict::DoesNot : Verdict::Unknown;
}

// "0.48 s", "4 min 12 s"
QString lasted(qint64 milliseconds)
{
    const qint64 time = std::max<qint64>(0, milliseconds);
    if (time < 60000)
        return StepRun::tr("%1 s").arg(QLocale().toString(double(time) / 1000, 'f', 2));
    return StepRun::tr("%1 min %2 s").arg(time / 60000).arg(time / 1000 % 60);
}

bool provesStart(Condition condition)
{
    return condition == Condition::AcceptsConnections || condition == Condition::Restarted || condition == Condition::Streaming;
}

} // namespace

QString tellingLine(const QByteArray& output)
{
    static constexpr const char* marks[] = {"FATAL:", "PANIC:", "ERROR:", "error:", "Error:"};
    const QList<QByteArray> lines = output.split('\n');
    QByteArray telling;
    bool marked = false;
    for (const QByteArray& raw : lines) {
        const QByteArray line = raw.trimmed();
        const bool isMarked = std::ranges::any_of(marks, [&](const char* mark) { return line.contains(mark); });
        if (!line.isEmpty() && (isMarked || !marked))
            telling = line;
        marked = marked || isMarked;
    }
    QString text = visibleText(QByteArrayView(telling)).replace(u'\t', u' ');
    if (text.size() > lineLimit)
        text = text.left(lineLimit) % u'\u2026';
    return text;
}

StepRun::StepRun(RemoteShell& shell, InstanceProber& prober, UpstreamWriter* inventory, DnsDirectory* dns, const Clock& clock,
    const PortExecutor::Options& options, RecentLooks& looks, const Step& step, const StepContext& context)
    : m_shell(shell)
    , m_prober(prober)
    , m_inventory(inventory)
    , m_dns(dns)
    , m_clock(clock)
    , m_options(options)
    , m_looks(looks)
    , m_step(step)
    , m_context(context)
    , m_deadline(clock.steady() + step.timeout)
{
}

StepResult StepRun::run()
{
    if (m_context.cancel.stop_requested())
        return {StepState::Cancelled, tr("Cancelled before anything was sent.")};
    if (std::optional<StepResult> done = askWhetherDone())
        return *done;
    if (looksAtInstance()) {
        if (std::optional<StepResult> ended = lookBefore())
            return *ended;
    }
    if (m_step.silentSince.isValid())
        noteWritesStopped(m_step.silentSince);
    struct Visitor {
        StepRun& run;
        StepResult operator()(const RunCommand& action) const
        {
            if (action.starts.isEmpty())
                return run.runCommand(run.commandFor(action.command));
            return (*this)(RunScript{.script = startScript(action.command, action.starts)});
        }
        StepResult operator()(const RestartInstance& action) const { return run.runRestart(action); }
        StepResult operator()(const WaitUntil&) const
        {
            const Proof proof
                = run.prove(run.m_step.postcondition, CommandEnd::Succeeded, run.m_deadline, run.m_context.cancel);
            return run.conclude({CommandEnd::Succeeded}, proof, {});
        }
        StepResult operator()(const RunScript& action) const
        {
            RemoteCommand command = run.commandFor(action.shell);
            command.input = action.script;
            if (action.mayRepeat) {
                command.kept = shellForQuestions(run.m_step.address);
                command.kept->patience = run.timeLeft();
            }
            return run.runCommand(command);
        }
        StepResult operator()(const AskScript& action) const { return run.ask(action); }
        StepResult operator()(const RelayScripts& action) const { return run.runRelay(action); }
        StepResult operator()(const SetUpstream& action) const { return run.write(action); }
        StepResult operator()(const ChangeAlias& action) const { return run.change(action); }
        StepResult operator()(const AwaitAlias& action) const { return run.await(action); }
    };
    return std::visit(Visitor{*this}, m_step.action);
}

// The inventory's word is not trusted: what to do depends on what is seen now.
std::optional<StepResult> StepRun::lookBefore()
{
    say(tr("Looking at its state."));
    const Expected<Observation> seen = lookOrRemember();
    if (m_context.cancel.stop_requested())
        return StepResult{StepState::Cancelled, tr("Cancelled before anything was sent.")};
    if (!seen)
        return StepResult{StepState::Failed, tr("Nothing was sent, because its state could not be read. %1").arg(visibleText(seen.error().text()))};
    m_before = *seen;
    // Nothing is wanted of the instance itself: what was done is asked for by script, afterwards.
    const Evaluation wanted = m_step.postcondition == Condition::None ? evaluate(Condition::None, nullptr, m_before) : fully(m_step.postcondition, evaluate(m_step.postcondition, nullptr, m_before), m_context.cancel);
    if (postmasterStateOf(m_before) == PostmasterState::Unknown)
        return StepResult{StepState::Failed, tr("Nothing was sent. %1").arg(wanted.text)};
    if (wanted.verdict == Verdict::Holds && std::holds_alternative<WaitUntil>(m_step.action))
        return StepResult{StepState::Succeeded, wanted.text};
    if (wanted.verdict == Verdict::Holds && m_step.postcondition != Condition::None) {
        switch (m_step.postcondition) {
        case Condition::AcceptsConnections:
        case Condition::PostmasterRuns: return StepResult{StepState::Skipped, tr("Already running. %1").arg(wanted.text), true, SkipReason::Done};
        case Condition::StoppedCleanly:
        case Condition::PostmasterGone: return StepResult{StepState::Skipped, tr("Already stopped. %1").arg(wanted.text), true, SkipReason::Done};
        case Condition::None:
        case Condition::Restarted:
        case Condition::Reloaded:
        case Condition::Promoted:
        case Condition::Streaming: return StepResult{StepState::Skipped, tr("Already so. %1").arg(wanted.text), true, SkipReason::Done};
        }
    }
    const Evaluation needed = evaluate(m_step.precondition, nullptr, m_before);
    if (needed.verdict == Verdict::Holds)
        return {};
    switch (m_step.onUnmet) {
    case OnUnmet::Fail: return StepResult{StepState::Failed, tr("Nothing was sent. %1").arg(needed.text)};
    case OnUnmet::Skip: return StepResult{StepState::Skipped, tr("Nothing to do. %1").arg(wanted.text), true};
    case OnUnmet::Wait: break;
    }
    const Proof proof = prove(m_step.postcondition, CommandEnd::Succeeded, m_deadline, m_context.cancel);
    return conclude({CommandEnd::Succeeded}, proof, {tr("It was under way already; nothing was sent.")});
}

bool StepRun::pause(Milliseconds time) const { return waitFor(time, m_context.cancel); }

// ---- Actions ----

StepResult StepRun::runCommand(const RemoteCommand& command)
{
    const Sent sent = send(command, m_context.cancel, timeLeft());
    if (sent.end == CommandEnd::NotStarted)
        return nothingSent(sent);
    const Proof proof = sent.end == CommandEnd::Cancelled
        ? Proof{.end = Proof::End::Cancelled}
        : prove(m_step.postcondition, sent.end, proofDeadline(sent), m_context.cancel);
    return conclude(sent, proof, {});
}

StepResult StepRun::runRestart(const RestartInstance& restart)
{
    if (postmasterStateOf(m_before) == PostmasterState::Gone)
        return startForRestart(restart.start, {tr("It was not running.")}, false);
    const Sent sent = send(commandFor(restart.stop), m_context.cancel, timeLeft());
    if (sent.end == CommandEnd::NotStarted)
        return nothingSent(sent);
    const Proof down = stopForRestart(sent);
    // Seen down in between is as good a proof of a restart as another start time, where that cannot be read.
    if (down.state == PostmasterState::Gone && !m_before.postmasterStarted.isValid())
        m_before.liveness = Liveness::Offline;
    if (down.end == Proof::End::Proved)
        return startForRestart(restart.start, sent.words.isEmpty() ? QStringList() : QStringList(sent.words), true);
    if (down.state == PostmasterState::Gone)
        return startForRestart(restart.start, {down.evaluation.text}, true);
    const QStringList remarks{tr("It did not stop, so it was not started again.")};
    if (m_context.cancel.stop_requested() && down.state != PostmasterState::Unknown)
        return cancelledAt(sent, down, remarks);
    return notProved(sent, down, remarks);
}

// A cancel that comes after the stop was sent does not end the waiting at once: the postmaster may be on its way down, and then
// it has to be started again.
StepRun::Proof StepRun::stopForRestart(const Sent& sent)
{
    if (sent.end != CommandEnd::Cancelled) {
        const Proof proof = prove(Condition::StoppedCleanly, sent.end, m_deadline, m_context.cancel);
        if (proof.end != Proof::End::Cancelled)
            return proof;
    }
    say(tr("Cancelled after the stop was sent: waiting to see whether it goes down."));
    return prove(Condition::PostmasterGone, CommandEnd::Failed, after(m_options.patienceAfterCancel), m_context.abort);
}

// `owed`: this step stopped the instance, so it is started again even when a person cancelled meanwhile.
StepResult StepRun::startForRestart(const QByteArray& command, QStringList remarks, bool owed)
{
    const DelayedStop delayed(m_context.abort, m_options.lastCommandTimeout);
    if (owed && m_context.cancel.stop_requested())
        remarks.append(tr("Cancelled after it was stopped: it was started again, so as not to be left down."));
    // What the stop used up is not taken from the start: half a restart is what nobody wants.
    const Milliseconds timeout = owed ? std::max(timeLeft(), m_step.timeout / 2) : timeLeft();
    const TimePoint deadline = after(timeout);
    const Sent sent = send(commandFor(command), owed ? delayed.token() : m_context.cancel, timeout);
    if (sent.end == CommandEnd::NotStarted) {
        StepResult result = nothingSent(sent);
        if (owed)
            result = {StepState::Failed, tr("It was stopped, but the start could not be sent: it is down. %1").arg(sent.words)};
        return result;
    }
    const bool wasCancelled = m_context.cancel.stop_requested();
    Proof proof{.end = Proof::End::Cancelled};
    if (sent.end != CommandEnd::Cancelled) {
        proof = owed ? prove(m_step.postcondition, sent.end, wasCancelled ? after(m_options.patienceAfterCancel) : deadline,
                           m_context.abort)
                     : prove(m_step.postcondition, sent.end, deadline, m_context.cancel);
    }
    if (wasCancelled && proof.end == Proof::End::OutOfTime)
        return cancelledAt(sent, proof, remarks);
    return conclude(sent, proof, remarks);
}

// ---- Looking, sending, proving ----

void StepRun::forgetLook()
{
    if (m_step.instance)
        m_looks.forget(*m_step.instance);
}

// What is only waited for needs no second look at what has just been seen; before anything is sent there always is one.
Expected<Observation> StepRun::lookOrRemember()
{
    if (std::holds_alternative<WaitUntil>(m_step.action) && m_step.instance) {
        if (const auto seen = m_looks.since(*m_step.instance, m_clock.steady() - justNow)) {
            m_last = *seen;
            return *seen;
        }
    }
    return look(m_context.cancel);
}

Expected<Observation> StepRun::look(const std::stop_token& stop)
{
    const TimePoint begun = m_clock.steady();
    Expected<Observation> seen
        = m_prober.observe(m_step.address, m_step.instance.value_or(InstanceId()), m_options.probeTimeout, stop);
    m_last = seen ? *seen : Observation();
    // What a cancelled look came to is no news about the instance.
    if (seen && !stop.stop_requested()) {
        if (m_step.instance)
            m_looks.keep(*m_step.instance, *seen, begun);
        m_context.emitEvent(StepObserved{m_step.id, std::make_shared<const Observation>(*seen)});
    }
    return seen;
}

StepRun::Sent StepRun::send(RemoteCommand command, const std::stop_token& stop, Milliseconds timeout)
{
    m_context.emitEvent(StepCommand{m_step.id, command.input.isEmpty() ? command.command : command.input});
    if (!command.input.isEmpty())
        command.input = scriptInput(command.input);
    say(tr("Sent; waiting for the command to end."));
    command.timeout = timeout;
    forgetLook();
    if (mayStop())
        m_shell.letGo(m_step.address.remote, questionsKey(m_step.address.port));
    const RemoteResult result = [&] {
        const Ticker ticker([this] { tellProgress(); });
        return m_shell.run(command, [this](OutputStream stream, QByteArrayView bytes) { takeOutput(stream, bytes); }, stop);
    }();
    forgetLook();
    if (const QByteArray rest = m_progress.rest(); !rest.isEmpty())
        keepOutput(OutputStream::Output, rest);
    const auto* exited = std::get_if<Exited>(&result.outcome);
    m_answeredNo = exited && exited->code == 1;
    return endOf(result, stop);
}

// A smart shutdown waits for every session, also for that of our own questions.
bool StepRun::mayStop() const
{
    const Condition wanted = m_step.postcondition;
    return wanted == Condition::StoppedCleanly || wanted == Condition::PostmasterGone || wanted == Condition::Restarted
        || std::holds_alternative<RestartInstance>(m_step.action);
}

// A script of this program that asks for a promotion: but where it says so itself, it is not known that it did not.
bool StepRun::mayHavePromoted() const { return std::holds_alternative<RunScript>(m_step.action) && m_step.postcondition == Condition::Promoted; }

StepRun::Sent StepRun::endOf(const RemoteResult& result, const std::stop_token& stop) const
{
    const auto& outcome = result.outcome;
    if (const auto* notStarted = std::get_if<NotStarted>(&outcome))
        return {CommandEnd::NotStarted, visibleText(notStarted->error.text())};
    const auto cancelled = [&]() -> Sent {
        const bool hasEnded = result.ended == RemoteResult::Ended::Gone || std::holds_alternative<Exited>(outcome) || std::holds_alternative<Signalled>(outcome);
        if (hasEnded)
            return {CommandEnd::Cancelled};
        return {CommandEnd::Cancelled, result.ended == RemoteResult::Ended::StillThere ? tr("It could not be ended: it still runs on the server.")
                                                                                        : tr("Whether it still runs on the server is not known."), true};
    };
    if (result.ended != RemoteResult::Ended::NotAsked && stop.stop_requested())
        return cancelled();
    if (result.ended == RemoteResult::Ended::Gone)
        return {mayHavePromoted() ? CommandEnd::Lost : CommandEnd::OutOfTime, tr("The command did not end in time and was ended.")};
    const QString line = tellingLine(m_tail);
    if (const auto* exited = std::get_if<Exited>(&outcome)) {
        if (exited->code == 0)
            return {CommandEnd::Succeeded};
        const bool isScript = std::holds_alternative<RunScript>(m_step.action) || std::holds_alternative<RelayScripts>(m_step.action);
        const bool knows = mayHavePromoted() ? exited->code == handoverRefusal : !isScript || exited->code != exitUnknown;
        return {knows ? CommandEnd::Failed : CommandEnd::Lost, line.isEmpty() ? tr("The command ended with status %1.").arg(exited->code)
                                                   : ended(tr("The command ended with status %1: %2").arg(exited->code).arg(line))};
    }
    if (const auto* signalled = std::get_if<Signalled>(&outcome))
        return {mayHavePromoted() ? CommandEnd::Lost : CommandEnd::Failed, tr("The command was ended by signal %1.").arg(visibleText(signalled->signal))};
    const Error error = std::get<OutcomeUnknown>(outcome).error;
    if (error.kind == ErrorKind::Cancelled)
        return cancelled();
    return {CommandEnd::Lost, ended(tr("How the command ended is not known: %1").arg(brief(error)))};
}

StepRun::Proof StepRun::prove(Condition condition, CommandEnd end, TimePoint deadline, const std::stop_token& stop)
{
    Proof proof;
    TimePoint hopelessSince = TimePoint::max();
    Milliseconds wait = m_options.poll / 16; // what comes about soon is seen soon
    while (true) {
        if (m_step.provesItself && end == CommandEnd::Succeeded) {
            proof.evaluation = {Verdict::Holds, false,
                condition == Condition::Promoted ? tr("It has left recovery, and a transaction got an id there.") : QString()};
        } else if (condition == Condition::None) {
            proof.state = PostmasterState::NotReady; // nobody asked for it
            proof.evaluation = fully(condition,
                {byStatusAlone(!m_step.proofScript.isEmpty(), end == CommandEnd::Succeeded, end == CommandEnd::Failed || end == CommandEnd::OutOfTime), false, {}}, stop);
        } else if (const Expected<Observation> seen = look(stop)) {
            proof.state = postmasterStateOf(*seen);
            proof.evaluation = fully(condition, evaluate(condition, &m_before, *seen), stop);
            m_pendingRestart = seen->pendingRestart;
        } else {
            proof.state = PostmasterState::Unknown;
            proof.evaluation = {Verdict::Unknown, false, ended(tr("Its state could not be read: %1").arg(brief(seen.error())))};
        }
        proof.end = Proof::End::Proved;
        if (proof.evaluation.verdict == Verdict::Holds)
            return proof;
        proof.end = Proof::End::Cancelled;
        if (stop.stop_requested())
            return proof;
        const TimePoint now = m_clock.steady();
        if (proof.evaluation.verdict == Verdict::DoesNot && proof.evaluation.mayStillCome)
            hopelessSince = TimePoint::max();
        else
            hopelessSince = std::min(hopelessSince, now);
        proof.end = Proof::End::Hopeless;
        if (now - hopelessSince >= patience(end, proof.state))
            return proof;
        proof.end = Proof::End::OutOfTime;
        if (now >= deadline)
            return proof;
        say(tr("Waiting for the proof. %1").arg(proof.evaluation.text));
        proof.end = Proof::End::Cancelled;
        if (!waitFor(wait, stop))
            return proof;
        wait = std::min(2 * wait, m_options.poll);
    }
}

// A script of this program has seen the end of what it does: when it says no, nothing more comes of it. Of a command of the team's that is not known.
StepRun::TimePoint StepRun::proofDeadline(const Sent& sent) const
{
    const bool isScript = std::holds_alternative<RunScript>(m_step.action) || std::holds_alternative<RelayScripts>(m_step.action);
    return isScript && sent.end == CommandEnd::Failed ? std::min(m_deadline, after(m_options.patienceAfterFailure)) : m_deadline;
}

StepRun::Proof StepRun::whereItStands(CommandEnd end)
{
    if (m_context.abort.stop_requested())
        return {.end = Proof::End::Cancelled,
            .evaluation = {Verdict::Unknown, false, tr("The console was closed; it was not looked at again.")}};
    say(tr("Cancelled: looking where it stands."));
    return prove(m_step.postcondition, end == CommandEnd::Succeeded ? end : CommandEnd::Cancelled, m_clock.steady(), m_context.abort);
}

std::chrono::milliseconds StepRun::patience(CommandEnd end, PostmasterState state) const
{
    // What only a script tells is so or is not: it does not come about by itself.
    if (m_step.postcondition == Condition::None && (m_step.proofScript.isEmpty() || end == CommandEnd::Succeeded || end == CommandEnd::Failed))
        return 0ms;
    if (m_step.postcondition == Condition::Streaming && end == CommandEnd::Succeeded)
        return std::max(m_options.patienceForReceiver, m_options.patienceAfterLoss);
    switch (end) {
    case CommandEnd::Succeeded:
        return state == PostmasterState::Unknown ? m_options.patienceAfterLoss : m_options.patienceAfterSuccess;
    case CommandEnd::Failed:
    case CommandEnd::OutOfTime:
        return state == PostmasterState::Unknown ? m_options.patienceAfterLoss : m_options.patienceAfterFailure;
    case CommandEnd::Lost: return m_options.patienceAfterLoss;
    case CommandEnd::NotStarted:
    case CommandEnd::Cancelled: return 0ms;
    }
    return 0ms;
}

std::chrono::milliseconds StepRun::timeLeft() const
{
    return std::max<Milliseconds>(1ms, std::chrono::duration_cast<Milliseconds>(m_deadline - m_clock.steady()));
}

// ---- Verdicts ----

StepResult StepRun::conclude(const Sent& sent, const Proof& proof, const QStringList& remarks)
{
    switch (proof.end) {
    case Proof::End::Proved: return succeeded(sent, proof, remarks);
    case Proof::End::Cancelled: return cancelledAt(sent, whereItStands(sent.end), remarks);
    case Proof::End::Hopeless:
    case Proof::End::OutOfTime: return notProved(sent, proof, remarks);
    }
    return {};
}

StepResult StepRun::succeeded(const Sent& sent, const Proof& proof, QStringList remarks)
{
    bool warning = !sent.words.isEmpty();
    if (!proof.evaluation.text.isEmpty())
        remarks.prepend(proof.evaluation.text);
    else if (!m_step.proofScript.isEmpty())
        remarks.prepend(tr("Done, and seen to be done."));
    if (!sent.words.isEmpty())
        remarks.append(tr("Proved by looking, although: %1").arg(sent.words));
    if (m_writesStopped.isValid())
        remarks.prepend(m_step.silentSince.isValid() ? tr("The old primary was last seen to answer %1 before.").arg(lasted(m_writesStopped.msecsTo(m_clock.now())))
                                                    : tr("Nobody could write for %1.").arg(lasted(m_writesStopped.msecsTo(m_clock.now()))));
    if (m_step.postcondition == Condition::Reloaded)
        warning = addConfigurationReport(remarks) || warning;
    return {StepState::Succeeded, withText(remarks), warning};
}

StepResult StepRun::cancelledAt(const Sent& sent, const Proof& proof, const QStringList& remarks) const
{
    QStringList words = remarks;
    if (!sent.words.isEmpty())
        words.append(sent.words);
    if (proof.evaluation.verdict == Verdict::Holds) {
        words.prepend(tr("Had taken effect when it was cancelled."));
        words.append(proof.evaluation.text);
        return {StepState::Succeeded, withText(words), true};
    }
    // Where only the exit status would tell and the command is gone, it was done in part at most, and that is known.
    const bool onlyStatus = m_step.postcondition == Condition::None && m_step.proofScript.isEmpty();
    if (sent.atWork || proof.state == PostmasterState::Unknown || (proof.evaluation.verdict == Verdict::Unknown && !onlyStatus)) {
        words.prepend(tr("Cancelled after the command was sent; what came of it is not known."));
        words.append(proof.evaluation.text);
        return {StepState::Indeterminate, withText(words)};
    }
    words.prepend(tr("Cancelled after the command was sent."));
    words.append(proof.evaluation.text);
    if (proof.evaluation.mayStillCome)
        words.append(tr("It may still take effect."));
    return {StepState::Cancelled, withText(words), true};
}

StepResult StepRun::notProved(const Sent& sent, const Proof& proof, QStringList remarks)
{
    const bool unknown = proof.evaluation.verdict == Verdict::Unknown || proof.state == PostmasterState::Unknown
        || sent.end == CommandEnd::Lost;
    QStringList words;
    if (!sent.words.isEmpty())
        words.append(sent.words);
    else if (sent.end == CommandEnd::Succeeded && !m_step.commands().empty())
        words.append(tr("The command ended with status 0, which proves nothing."));
    words.append(proof.evaluation.text);
    if (proof.end == Proof::End::OutOfTime)
        words.append(tr("The time of the step is over (%1 s).").arg(std::chrono::duration_cast<std::chrono::seconds>(m_step.timeout).count()));
    words += remarks;
    if (unknown) {
        words.append(tr("Whether it worked is not known: look at it before you do anything else."));
        return {StepState::Indeterminate, withText(words)};
    }
    if (provesStart(m_step.postcondition))
        addServerLog(words);
    if (m_step.postcondition == Condition::Reloaded)
        addConfigurationReport(words);
    return {StepState::Failed, withText(words)};
}

StepResult StepRun::nothingSent(const Sent& sent) const
{
    if (m_context.cancel.stop_requested())
        return {StepState::Cancelled, tr("Cancelled before anything was sent.")};
    return {StepState::Failed, tr("Nothing was sent. %1").arg(sent.words)};
}

// ---- What the server itself has to say ----

bool StepRun::addConfigurationReport(QStringList& remarks)
{
    constexpr qsizetype mostNamed = 5;
    const auto list = [&](const auto& all, const QString& heading) {
        if (all.empty())
            return;
        QStringList visible;
        for (const QString& one : all)
            visible.append(visibleText(one));
        takeOutput(OutputStream::Output, QString(heading % u"\n  "_s % visible.join(u"\n  "_s) % u'\n').toUtf8());
        QString named = visible.mid(0, mostNamed).join(u", "_s);
        if (visible.size() > mostNamed)
            named += u' ' % tr("and %1 more").arg(visible.size() - mostNamed);
        remarks.append(QString(heading % u' ' % named % u'.'));
    };
    list(m_pendingRestart, tr("Settings that need a restart:"));
    const auto errors = m_prober.configurationErrors(m_step.address, m_options.probeTimeout, m_context.abort);
    if (!errors) {
        remarks.append(ended(tr("Whether the configuration files have errors could not be read: %1").arg(brief(errors.error()))));
        return true;
    }
    list(*errors, tr("Errors in the configuration files:"));
    return !m_pendingRestart.empty() || !errors->empty();
}

void StepRun::addServerLog(QStringList& remarks)
{
    const Expected<QByteArray> log
        = m_prober.serverLogTail(m_step.address, m_options.logLines, m_options.probeTimeout, m_context.abort);
    if (!log || log->trimmed().isEmpty())
        return;
    const QByteArray headed = tr("Last lines of the server's log:").toUtf8() + '\n' + *log;
    takeOutput(OutputStream::Output, headed);
    const QString line = tellingLine(*log);
    const bool known = std::ranges::any_of(remarks, [&](const QString& remark) { return remark.contains(line); });
    if (!known)
        remarks.append(ended(tr("The server's log says: %1").arg(line)));
}

void StepRun::takeOutput(OutputStream stream, QByteArrayView bytes)
{
    const std::scoped_lock lock(m_mutex);
    const TimePoint now = m_clock.steady();
    const QByteArray kept = m_progress.take(bytes.toByteArray(), now);
    if (const auto news = m_progress.news(now))
        say(*news);
    if (!kept.isEmpty())
        keepOutput(stream, kept);
}

// Also when nothing comes: that nothing moves is worth telling.
void StepRun::tellProgress()
{
    const std::scoped_lock lock(m_mutex);
    if (const auto news = (m_progress.bytes() >= 0 ? m_progress : m_relayed).news(m_clock.steady()))
        say(*news);
}

void StepRun::keepOutput(OutputStream stream, QByteArrayView bytes)
{
    m_context.emitEvent(StepOutput{m_step.id, stream, bytes.toByteArray()});
    m_tail.append(bytes.last(qMin(bytes.size(), tailLimit)));
    if (m_tail.size() > tailLimit)
        m_tail.remove(0, m_tail.size() - tailLimit);
    const auto* relay = std::get_if<RelayScripts>(&m_step.action);
    if (relay && relay->isConversation && !m_writesStopped.isValid() && m_tail.contains(handoverStops))
        noteWritesStopped(m_clock.now());
}

void StepRun::noteWritesStopped(const QDateTime& since)
{
    m_writesStopped = since;
    m_context.emitEvent(WritesStopped{m_step.id, since});
}

} // namespace elephaas
