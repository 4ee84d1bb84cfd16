#include "models/operations/conditions.h"

#include "models/domain/visibletext.h"

#include <QCoreApplication>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Conditions)
};

using Verdict = Evaluation::Verdict;

// pg_controldata's words (PostgreSQL source, pg_controldata.c, dbState()).
bool controlFileSaysShutDown(const Observation& seen)
{
    return seen.controlState == "shut down"_L1 || seen.controlState == "shut down in recovery"_L1;
}

QString stateText(const Observation& seen)
{
    switch (postmasterStateOf(seen)) {
    case PostmasterState::Unknown:
        return seen.error ? Words::tr("Its state is unknown: %1").arg(visibleText(seen.error->text())) : Words::tr("Its state is unknown.");
    case PostmasterState::Gone:
        return seen.controlState.isEmpty() ? Words::tr("Is not running.")
                                           //: %1 is a state in PostgreSQL's own words, such as "shut down" or "in production"
                                           : Words::tr("Is not running; its control file says \"%1\".").arg(seen.controlState);
    case PostmasterState::NotReady:
        return seen.error && !seen.error->detail.isEmpty()
            ? Words::tr("A postmaster runs but does not accept connections: %1").arg(visibleText(seen.error->detail.trimmed()))
            : Words::tr("A postmaster runs but does not accept connections.");
    case PostmasterState::Ready:
        if (!seen.acceptsConnections && seen.postmasterStatus == "standby"_L1)
            return Words::tr("Runs as standby and has reached consistency; it serves no queries.");
        switch (seen.role) {
        case Role::Primary: return Words::tr("Runs as primary and accepts connections.");
        case Role::Replica:
        case Role::Detached: return Words::tr("Runs as standby and has reached consistency.");
        case Role::Unknown: return Words::tr("Runs and accepts connections.");
        }
    }
    return {};
}

Evaluation holds(bool yes, bool mayStillCome, const Observation& now)
{
    return {yes ? Verdict::Holds : Verdict::DoesNot, !yes && mayStillCome, stateText(now)};
}

Evaluation stoppedCleanly(const Observation& now, PostmasterState state)
{
    if (state != PostmasterState::Gone)
        return holds(false, state == PostmasterState::NotReady, now);
    if (now.controlState.isEmpty())
        return {Verdict::Unknown, false, Words::tr("Is not running, but its control file could not be read: it is not known whether it was shut down cleanly.")};
    if (!controlFileSaysShutDown(now))
        return {Verdict::DoesNot, false,
            Words::tr("Is not running, but its control file says \"%1\": it was not shut down cleanly.").arg(now.controlState)};
    return holds(true, false, now);
}

Evaluation restarted(const Observation* before, const Observation& now, PostmasterState state)
{
    if (!before || state != PostmasterState::Ready)
        return holds(false, state == PostmasterState::NotReady, now);
    if (postmasterStateOf(*before) == PostmasterState::Gone)
        return holds(true, false, now);
    if (!before->postmasterStarted.isValid() || !now.postmasterStarted.isValid())
        return {Verdict::Unknown, false, Words::tr("Accepts connections, but the start time of its postmaster is not known.")};
    if (before->postmasterStarted == now.postmasterStarted)
        return {Verdict::DoesNot, false,
            Words::tr("Its postmaster is still the one that started at %1 UTC.")
                .arg(now.postmasterStarted.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s))};
    return holds(true, false, now);
}

Evaluation reloaded(const Observation* before, const Observation& now, PostmasterState state)
{
    if (!before || state != PostmasterState::Ready)
        return holds(false, false, now);
    if (!before->configurationLoaded.isValid() || !now.configurationLoaded.isValid())
        return {Verdict::Unknown, false, Words::tr("The time of its last reload (pg_conf_load_time) could not be read.")};
    if (before->configurationLoaded == now.configurationLoaded)
        return {Verdict::DoesNot, false,
            Words::tr("Its configuration is still the one loaded at %1 UTC.")
                .arg(now.configurationLoaded.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s))};
    return {Verdict::Holds, false, Words::tr("Reloaded its configuration.")};
}

// The standby's half of it: what the upstream says is asked for apart.
Evaluation streaming(const Observation& now, PostmasterState state)
{
    if (state != PostmasterState::Ready)
        return holds(false, state == PostmasterState::NotReady, now);
    if (now.role == Role::Primary)
        return {Verdict::DoesNot, false, stateText(now)};
    if (!now.acceptsConnections) // a standby without queries: its receiver cannot be asked
        return {Verdict::Holds, false, stateText(now)};
    if (now.receiverState == "streaming"_L1)
        return {Verdict::Holds, false, Words::tr("Runs as standby; its WAL receiver streams.")};
    return {Verdict::DoesNot, true,
        now.receiverState.isEmpty() ? Words::tr("Runs as standby, but no WAL receiver is at work.")
                                    //: %1 is a state in PostgreSQL's own words, such as "starting"
                                    : Words::tr("Runs as standby; its WAL receiver is in state \"%1\".").arg(now.receiverState)};
}

} // namespace

// The postmaster's own word in its lock file is what pg_ctl waits for (pg_ctl.c, wait_for_postmaster_start()). It stays "ready" while
// a crashed server recovers, so that the answer to a connection counts more.
PostmasterState postmasterStateOf(const Observation& seen)
{
    const QString& status = seen.postmasterStatus;
    switch (seen.liveness) {
    case Liveness::Unreachable: return PostmasterState::Unknown;
    case Liveness::Unknown: return status.isEmpty() ? PostmasterState::Unknown : PostmasterState::NotReady; // runs, and hangs
    case Liveness::Offline: return PostmasterState::Gone;
    case Liveness::Online: break;
    }
    if (seen.acceptsConnections || status == "standby"_L1)
        return PostmasterState::Ready;
    const bool refuses = seen.error && seen.error->detail.contains(u"the database system is"_s);
    return status == "ready"_L1 && !refuses ? PostmasterState::Ready : PostmasterState::NotReady;
}

Evaluation evaluate(Condition condition, const Observation* before, const Observation& now)
{
    const PostmasterState state = postmasterStateOf(now);
    if (condition == Condition::None)
        return {Verdict::Holds, false, stateText(now)};
    if (state == PostmasterState::Unknown)
        return {Verdict::Unknown, true, stateText(now)};
    switch (condition) {
    case Condition::None: break;
    case Condition::PostmasterGone: return holds(state == PostmasterState::Gone, state == PostmasterState::NotReady, now);
    case Condition::PostmasterRuns: return holds(state != PostmasterState::Gone, false, now);
    case Condition::AcceptsConnections: return holds(state == PostmasterState::Ready, state == PostmasterState::NotReady, now);
    case Condition::StoppedCleanly: return stoppedCleanly(now, state);
    case Condition::Restarted: return restarted(before, now, state);
    case Condition::Reloaded: return reloaded(before, now, state);
    case Condition::Promoted: return holds(state == PostmasterState::Ready && now.role == Role::Primary, state != PostmasterState::Gone, now);
    case Condition::Streaming: return streaming(now, state);
    }
    return {};
}

} // namespace elephaas
