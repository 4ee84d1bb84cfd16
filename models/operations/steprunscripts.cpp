#include "models/domain/visibletext.h"
#include "models/operations/questions.h"
#include "models/operations/scriptcaller.h"
#include "models/operations/steprun.h"
#include "models/postgres/handoverscripts.h"

#include <QLocale>

#include <algorithm>
#include <mutex>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

using Verdict = Evaluation::Verdict;

} // namespace

bool StepRun::looksAtInstance() const
{
    return m_step.precondition != Condition::None || m_step.postcondition != Condition::None
        || std::holds_alternative<RestartInstance>(m_step.action);
}

Evaluation StepRun::askScript(const QByteArray& script, const std::stop_token& stop)
{
    return askByScript(m_shell, m_step.address, m_step.shell, script, m_options.scriptTimeout, stop);
}

std::optional<StepResult> StepRun::askWhetherDone()
{
    if (m_step.doneScript.isEmpty())
        return {};
    say(tr("Looking whether it was done already."));
    const Evaluation done = askScript(m_step.doneScript, m_context.cancel);
    if (m_context.cancel.stop_requested())
        return StepResult{StepState::Cancelled, tr("Cancelled before anything was sent.")};
    switch (done.verdict) {
    case Verdict::DoesNot: return {};
    case Verdict::Holds:
        return StepResult{.state = StepState::Skipped,
            .message = done.text.isEmpty() ? tr("Was done already.") : tr("Was done already: %1").arg(done.text),
            .skip = SkipReason::Done};
    case Verdict::Unknown: break;
    }
    return StepResult{StepState::Failed, tr("Nothing was sent, because it is not known whether it was done already. %1").arg(done.text)};
}

// What holds besides the condition that an observation of the instance tells.
Evaluation StepRun::fully(Condition condition, Evaluation evaluation, const std::stop_token& stop)
{
    if (condition != m_step.postcondition) // a stage of the step, not its end
        return evaluation;
    if (evaluation.verdict == Verdict::Holds && condition == Condition::Streaming && m_step.upstream) {
        const Evaluation above = askUpstream(stop);
        evaluation = {above.verdict, above.mayStillCome, QString(evaluation.text % u' ' % above.text)};
    }
    if (evaluation.verdict == Verdict::Holds && !m_step.proofScript.isEmpty()) {
        const Evaluation proof = askScript(m_step.proofScript, stop);
        evaluation = {proof.verdict, proof.mayStillCome, proof.text.isEmpty() ? evaluation.text : proof.text};
    }
    return evaluation;
}

Evaluation StepRun::askUpstream(const std::stop_token& stop)
{
    const FollowedUpstream& upstream = *m_step.upstream;
    const Expected<Observation> seen
        = m_prober.observe(upstream.address, upstream.instance.value_or(InstanceId()), m_options.probeTimeout, stop);
    const QString host = visibleText(upstream.address.remote.host);
    if (!seen)
        return {Verdict::Unknown, false, tr("%1 could not be asked whether it streams to it: %2").arg(host, visibleText(seen.error().text()))};
    if (!stop.stop_requested() && upstream.instance)
        m_context.emitEvent(StepObserved{m_step.id, std::make_shared<const Observation>(*seen)});
    if (!seen->acceptsConnections)
        return {Verdict::Unknown, false, tr("%1 does not answer: whether it streams to it is not known.").arg(host)};
    const auto isIt = [&](const Follower& row) {
        return row.applicationName == upstream.followerName
            && (upstream.followerAddresses.isEmpty() || upstream.followerAddresses.contains(row.clientAddress));
    };
    const auto streams = [&](const Follower& row) { return isIt(row) && row.state == "streaming"_L1; };
    const QString name = visibleText(upstream.followerName);
    if (std::ranges::any_of(seen->followers, streams)) {
        if (const auto other = askReceiver(stop))
            return *other;
        return {Verdict::Holds, false, tr("%1 shows \"%2\" in state \"streaming\".").arg(host, name)};
    }
    const auto row = std::ranges::find_if(seen->followers, isIt);
    const auto namesake = std::ranges::find(seen->followers, upstream.followerName, &Follower::applicationName);
    if (row == seen->followers.end() && namesake != seen->followers.end())
        return {Verdict::DoesNot, true,
            tr("%1 shows a \"%2\", but at %3, which is another server's address.").arg(host, name, visibleText(namesake->clientAddress))};
    return {Verdict::DoesNot, true,
        row == seen->followers.end() ? tr("%1 shows no follower \"%2\" yet.").arg(host, name)
                                     : tr("%1 shows \"%2\" in state \"%3\".").arg(host, name, visibleText(row->state))};
}

// Why the instance's own receiver is not connected to the upstream; nothing when it is, or does not tell: it may be the row of a namesake.
// What was seen of it before the upstream was asked is enough where it is so already.
std::optional<Evaluation> StepRun::askReceiver(const std::stop_token& stop)
{
    const FollowedUpstream& upstream = *m_step.upstream;
    if (upstream.senderHosts.isEmpty())
        return {};
    const auto tells = [](const Observation& seen) { return !seen.upstreamHost.isEmpty() && !seen.receiverState.isEmpty(); };
    const auto isConnected = [&](const Observation& seen) {
        return upstream.senderHosts.contains(seen.upstreamHost, Qt::CaseInsensitive)
            && (!seen.upstreamPort || upstream.senderPort == 0 || *seen.upstreamPort == upstream.senderPort);
    };
    if (tells(m_last) && isConnected(m_last))
        return {};
    const Expected<Observation> seen = look(stop);
    if (!seen || !tells(*seen) || isConnected(*seen))
        return {};
    const QString there = seen->upstreamPort ? QString(seen->upstreamHost % u':' % QString::number(*seen->upstreamPort)) : seen->upstreamHost;
    return Evaluation{Verdict::DoesNot, true, tr("Its WAL receiver is connected to %1 instead.").arg(visibleText(there))};
}

// ---- Actions ----

StepResult StepRun::ask(const AskScript& question)
{
    RemoteCommand command = commandFor(question.shell);
    command.input = question.script;
    const Sent sent = send(command, m_context.cancel, timeLeft());
    const QString line = tellingLine(m_tail);
    switch (sent.end) {
    case CommandEnd::Succeeded: return {StepState::Succeeded, line.isEmpty() ? tr("Yes.") : line};
    case CommandEnd::Failed:
        if (m_answeredNo)
            return {.state = StepState::Skipped, .message = line.isEmpty() ? tr("No.") : tr("No: %1").arg(line), .skip = SkipReason::No};
        return {StepState::Failed, sent.words};
    case CommandEnd::NotStarted: return nothingSent(sent);
    case CommandEnd::Cancelled: return {StepState::Cancelled, tr("Cancelled; it only asked.")};
    case CommandEnd::Lost:
    case CommandEnd::OutOfTime: break;
    }
    return {StepState::Failed, tr("There is no answer. %1").arg(sent.words)};
}

StepResult StepRun::runRelay(const RelayScripts& relay)
{
    const std::stop_token& stop = relay.isConversation ? m_context.abort : m_context.cancel;
    m_context.emitEvent(StepCommand{m_step.id, relay.sourceScript});
    m_context.emitEvent(StepCommand{m_step.id, relay.script});
    say(tr("Sent; waiting for both sides to end."));
    const RemoteCommand source{
        .target = relay.source, .command = scriptCommand(relay.sourceShell, relay.sourceScript), .timeout = timeLeft()};
    const RemoteCommand target{
        .target = m_step.address.remote, .command = scriptCommand(relay.shell, relay.script), .timeout = timeLeft()};
    const auto take = [&](OutputStream stream, QByteArrayView bytes) { takeOutput(stream, bytes); };
    const auto count = [&](qint64 toTarget, qint64) {
        if (relay.isConversation)
            return;
        const std::scoped_lock lock(m_mutex);
        if (m_progress.bytes() < 0) // where the copying program does not tell by itself
            m_relayed.report(toTarget, 0, m_clock.steady());
        if (const auto news = m_relayed.news(m_clock.steady()))
            say(*news);
    };
    if (relay.sourcePort != 0)
        m_shell.letGo(relay.source, questionsKey(relay.sourcePort));
    m_looks.forgetAll(); // two servers
    const RelayResult result = m_shell.relay(source, target, take, take, count, stop,
        relay.isConversation ? RelayKind::Conversation : RelayKind::Transfer);
    m_looks.forgetAll();
    if (const QByteArray rest = m_progress.rest(); !rest.isEmpty())
        keepOutput(OutputStream::Errors, rest);
    const Sent sent = relay.isConversation ? endOfConversation(result, stop) : endOf(result, stop);
    if (sent.end == CommandEnd::NotStarted)
        return nothingSent(sent);
    const Proof proof = sent.end == CommandEnd::Cancelled
        ? Proof{.end = Proof::End::Cancelled}
        : prove(m_step.postcondition, sent.end, proofDeadline(sent), stop);
    if (relay.isConversation)
        return conclude(sent, proof, {});
    return conclude(sent, proof, {tr("%1 were moved.").arg(QLocale().formattedDataSize(result.toTarget, 1, QLocale::DataSizeTraditionalFormat))});
}

// The worse end of the two, in the words of both.
StepRun::Sent StepRun::endOf(const RelayResult& result, const std::stop_token& stop) const
{
    const Sent source = endOf(result.source, stop);
    const Sent target = endOf(result.target, stop);
    const auto either = [&](CommandEnd end) { return source.end == end || target.end == end; };
    QStringList words;
    if (!source.words.isEmpty())
        words << tr("On the source: %1").arg(source.words);
    if (!target.words.isEmpty())
        words << tr("On the target: %1").arg(target.words);
    const QString text = words.join(u' ');
    if (source.end == CommandEnd::NotStarted && target.end == CommandEnd::NotStarted)
        return {CommandEnd::NotStarted, text};
    if (either(CommandEnd::Cancelled))
        return {CommandEnd::Cancelled, text, source.atWork || target.atWork};
    for (const CommandEnd end : {CommandEnd::Lost, CommandEnd::OutOfTime, CommandEnd::Failed}) {
        if (either(end))
            return {end, text};
    }
    if (either(CommandEnd::NotStarted))
        return {CommandEnd::Failed, text};
    return {CommandEnd::Succeeded};
}

// What is known of one is known of both: where either says that nothing was handed over, it was not, whatever became of the other one.
StepRun::Sent StepRun::endOfConversation(const RelayResult& result, const std::stop_token& stop) const
{
    Sent sent = endOf(result, stop);
    const auto says = [](const RemoteResult& one, std::initializer_list<int> codes) {
        const auto* exited = std::get_if<Exited>(&one.outcome);
        return exited && std::ranges::find(codes, exited->code) != codes.end();
    };
    if (sent.end == CommandEnd::Succeeded || sent.end == CommandEnd::NotStarted)
        return sent;
    // Killed, or out of time: nobody said so.
    const bool surelyNot = says(result.source, handoverPrimaryRefusals) || says(result.target, {handoverRefusal});
    sent.end = surelyNot ? CommandEnd::Failed : CommandEnd::Lost;
    return sent;
}

StepResult StepRun::write(const SetUpstream& set)
{
    if (!m_inventory || !m_step.instance)
        return {StepState::Failed, tr("There is no inventory to write to.")};
    say(tr("Writing to the inventory."));
    const Expected<void> written = m_inventory->setUpstream(*m_step.instance, set.upstream, m_context.cancel);
    if (written)
        return {StepState::Succeeded, tr("The inventory says so now.")};
    if (m_context.cancel.stop_requested())
        return {StepState::Cancelled, tr("Cancelled before the inventory was written.")};
    return {StepState::Failed, tr("The inventory was not written: %1").arg(visibleText(written.error().text()))};
}

StepResult StepRun::inspect()
{
    const auto& stop = m_context.cancel;
    if (const auto* change = std::get_if<ChangeAlias>(&m_step.action); change && !change->rehearse)
        return inspectAlias(change->change.name, change->change.to);
    if (const auto* await = std::get_if<AwaitAlias>(&m_step.action))
        return inspectAlias(await->name, await->target);
    if (!m_step.doneScript.isEmpty()) {
        const Evaluation done = askScript(m_step.doneScript, stop);
        if (done.verdict == Verdict::Holds)
            return {StepState::Succeeded, done.text};
        if (done.verdict == Verdict::Unknown)
            return {StepState::Indeterminate, done.text};
    }
    if (m_step.postcondition == Condition::None && m_step.proofScript.isEmpty()) {
        return m_step.doneScript.isEmpty() ? StepResult{StepState::Indeterminate, tr("Nothing tells whether it was done.")}
                                           : StepResult{StepState::Failed, tr("Not done.")};
    }
    Evaluation evaluation{Verdict::Holds, false, {}};
    if (looksAtInstance()) {
        const Expected<Observation> seen = look(stop);
        if (!seen)
            return {StepState::Indeterminate, visibleText(seen.error().text())};
        evaluation = evaluate(m_step.postcondition, nullptr, *seen);
    }
    evaluation = fully(m_step.postcondition, evaluation, stop);
    switch (evaluation.verdict) {
    case Verdict::Holds: return {StepState::Succeeded, evaluation.text};
    case Verdict::DoesNot: return {StepState::Failed, evaluation.text};
    case Verdict::Unknown: break;
    }
    return {StepState::Indeterminate, evaluation.text};
}

} // namespace elephaas
