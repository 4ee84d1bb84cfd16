#include "models/operations/planwords.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::PlanWords)
};

QString addressText(const RemoteTarget& remote)
{
    const QString user = remote.user.isEmpty() ? QString() : QString(remote.user % u'@');
    return user % remote.host % (remote.port > 0 ? QString(u':' % QString::number(remote.port)) : QString());
}

QString given(const QString& where, const QByteArray& shell)
{
    //: %1 account and host, %2 a command line that reads a script
    return Words::tr("On %1, given to: %2").arg(where, QString::fromUtf8(shell));
}

struct ActionWords {
    const Plan& plan;
    const Step& step;
    StepWords& words;
    const std::function<QString(InstanceId)>& known;

    QString name(InstanceId id) const
    {
        const QString of = known ? known(id) : QString();
        return of.isEmpty() ? nameOf(plan, id) : of;
    }
    void operator()(const RunCommand& run) { words.commands = {{Words::tr("On %1").arg(words.where), run.command}}; }
    void operator()(const RestartInstance& restart)
    {
        words.commands = {{Words::tr("On %1").arg(words.where), restart.stop}, {Words::tr("On %1, when it is down").arg(words.where), restart.start}};
    }
    void operator()(const WaitUntil&)
    {
        words.where.clear();
        words.effect = Words::tr("Sends nothing: waits and looks.");
    }
    void operator()(const RunScript& run)
    {
        words.commands = {{given(words.where, run.shell), run.script}};
        if (run.script.contains("$elephaas_sql"))
            words.conditions << Words::tr("$elephaas_sql: the connection that is open already, where there is one; else nothing.");
    }
    void operator()(const AskScript& ask)
    {
        words.commands = {{given(words.where, ask.shell), ask.script}};
        words.conditions << Words::tr("Asks only; changes nothing. When the answer is no, it counts as skipped.");
    }
    void operator()(const RelayScripts& relay)
    {
        words.commands = {{given(addressText(relay.source), relay.sourceShell), relay.sourceScript}, {given(words.where, relay.shell), relay.script}};
        words.conditions << Words::tr("Both run at once; what each writes the other reads, through this computer.");
        if (relay.isConversation)
            words.conditions << Words::tr("Once they were sent, a cancel waits for their end.");
    }
    void operator()(const SetUpstream& set)
    {
        words.where.clear();
        const QString own = step.target.isEmpty() && step.instance ? name(*step.instance) : step.target;
        words.effect = set.upstream ? Words::tr("Inventory: %1 follows %2 from now on.").arg(own, name(*set.upstream))
                                    : Words::tr("Inventory: %1 follows nobody from now on.").arg(own);
    }
    void operator()(const ChangeAlias& alias)
    {
        const DnsChange& change = alias.change;
        words.where = Words::tr("%1, primary name server of %2").arg(change.zone.primary, change.zone.name);
        const QString update = change.from.isEmpty()
            ? Words::tr("If there is nothing of that name: add %1 %2 CNAME %3").arg(change.name).arg(change.timeToLive.count()).arg(change.to)
            : Words::tr("If %1 is CNAME %2: delete it, and add %1 %3 CNAME %4").arg(change.name, change.from).arg(change.timeToLive.count()).arg(change.to);
        words.effect = alias.rehearse ? Words::tr("DNS: asks whether this update would be accepted, and changes nothing. %1").arg(update)
                                      : Words::tr("DNS: one update (RFC 2136). %1").arg(update);
    }
    void operator()(const AwaitAlias& alias)
    {
        words.where.clear();
        words.effect = Words::tr("DNS: asks every name server of the zone until all answer that %1 is %2.").arg(alias.name, alias.target);
    }
};

QString stepNumbers(const std::vector<int>& ids)
{
    QStringList numbers;
    for (const int id : ids)
        numbers << QString::number(id + 1);
    return numbers.join(u", "_s);
}

void addUndo(const Step& step, const QString& where, StepWords& words)
{
    if (!step.undo)
        return;
    words.conditions << Words::tr("Can be taken back: %1.").arg(step.undo->title);
    if (const auto* run = std::get_if<RunScript>(&step.undo->action))
        words.proofs.push_back({Words::tr("To take it back (%1)").arg(given(where, run->shell)), run->script});
    else if (const auto* command = std::get_if<RunCommand>(&step.undo->action))
        words.proofs.push_back({Words::tr("To take it back (on %1)").arg(where), command->command});
    if (!step.undo->proofScript.isEmpty())
        words.proofs.push_back({Words::tr("Proof that it was taken back (%1)").arg(given(where, step.shell)), step.undo->proofScript});
}

} // namespace

QString titleOf(Severity severity)
{
    switch (severity) {
    case Severity::Ok: return Words::tr("ok");
    case Severity::Warning: return Words::tr("warning");
    case Severity::Blocker: return Words::tr("blocker");
    case Severity::Unknown: return Words::tr("unknown");
    }
    Q_UNREACHABLE();
}

int rankOf(Severity severity)
{
    switch (severity) {
    case Severity::Blocker: return 0;
    case Severity::Unknown: return 1;
    case Severity::Warning: return 2;
    case Severity::Ok: return 3;
    }
    Q_UNREACHABLE();
}

QString sentenceOf(Condition condition)
{
    switch (condition) {
    case Condition::None: return {};
    case Condition::PostmasterGone: return Words::tr("no postmaster runs");
    case Condition::PostmasterRuns: return Words::tr("a postmaster runs");
    case Condition::AcceptsConnections: return Words::tr("it accepts connections, or is a standby that is consistent");
    case Condition::StoppedCleanly: return Words::tr("no postmaster runs, and the control file says “shut down”");
    case Condition::Restarted: return Words::tr("it accepts connections, with a new postmaster");
    case Condition::Reloaded: return Words::tr("it has read its configuration again");
    case Condition::Promoted: return Words::tr("it accepts connections and is out of recovery");
    case Condition::Streaming: return Words::tr("it streams, and its upstream says so");
    }
    Q_UNREACHABLE();
}

QString nameOf(const Plan& plan, InstanceId instance)
{
    for (const Step& step : plan.steps) {
        if (step.instance == instance && !step.target.isEmpty())
            return step.target;
    }
    for (const Finding& finding : plan.findings) {
        if (finding.instance == instance && !finding.target.isEmpty())
            return finding.target;
    }
    for (const Step& step : plan.steps) {
        if (step.upstream && step.upstream->instance == instance)
            //: when only its host is known
            return Words::tr("the instance on %1, port %2").arg(step.upstream->address.remote.host).arg(step.upstream->address.port);
    }
    return Words::tr("instance %1").arg(instance.value);
}

StepWords wordsOf(const Plan& plan, const Step& step, const std::function<QString(InstanceId)>& nameOf)
{
    StepWords words;
    const QString where = addressText(step.address.remote);
    words.where = where;
    if (!step.after.empty())
        words.conditions << Words::tr("After step %1.").arg(stepNumbers(step.after));
    if (step.guard) {
        const int number = step.guard->step + 1;
        words.conditions << (step.guard->succeeded ? Words::tr("Only if step %1 succeeded.").arg(number)
                                                   : Words::tr("Only if step %1 was skipped or failed.").arg(number));
    }
    if (const QString before = sentenceOf(step.precondition); !before.isEmpty()) {
        switch (step.onUnmet) {
        case OnUnmet::Fail:
            words.conditions << Words::tr("Begins only if %1.").arg(before);
            break;
        case OnUnmet::Skip:
            words.conditions << Words::tr("Skipped unless %1.").arg(before);
            break;
        case OnUnmet::Wait:
            words.conditions << Words::tr("Sends it only if %1; else waits for the proof.").arg(before);
            break;
        }
    }
    std::visit(ActionWords{plan, step, words, nameOf}, step.action);
    QStringList proofs;
    if (const QString after = sentenceOf(step.postcondition); !after.isEmpty()) {
        const bool streams = step.postcondition == Condition::Streaming && step.upstream;
        proofs << (streams ? Words::tr("it streams, seen as %1 at %2, port %3")
                                 .arg(step.upstream->followerName, addressText(step.upstream->address.remote))
                                 .arg(step.upstream->address.port)
                           : after);
    }
    if (!step.proofScript.isEmpty())
        proofs << Words::tr("its proof script says so");
    if (!proofs.isEmpty())
        words.conditions << Words::tr("Done when %1.").arg(proofs.join(Words::tr(", and ", "between conditions")));
    switch (step.onFailure) {
    case OnFailure::StopDependants:
        break;
    case OnFailure::Continue:
        words.conditions << Words::tr("If it fails, what comes after it goes on.");
        break;
    case OnFailure::StopPlan:
        words.conditions << Words::tr("If it fails, nothing more is begun.");
        break;
    }
    if (!step.doneScript.isEmpty())
        words.proofs.push_back({Words::tr("Asked first, whether it is done already (%1)").arg(given(where, step.shell)), step.doneScript});
    if (!step.proofScript.isEmpty())
        words.proofs.push_back({Words::tr("Proof (%1)").arg(given(where, step.shell)), step.proofScript});
    addUndo(step, where, words);
    return words;
}

} // namespace elephaas
