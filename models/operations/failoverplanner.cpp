#include "models/operations/failoverchecks.h"
#include "models/operations/replicationplanner.h"
#include "models/postgres/handoverscripts.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Failover)
};

// Without its end: -c and the script follow.
QByteArray takingScript(const QByteArray& shell) { return shell.endsWith(" -s") ? shell.chopped(3) : shell; }

bool isRunningStandby(const Survey& seen) { return seen.isComplete && seen.answered && seen.inRecovery == true; }

// The steps of one herd, from the last moment of the old primary to the proof.
class MoveSteps {
public:
    MoveSteps(PlanBuilder& plan, const Instance& candidate, const Instance* primary, std::optional<DnsChange> alias)
        : m_plan(plan), m_candidate(candidate), m_primary(primary), m_alias(std::move(alias))
    {
    }

    // Before anything stops: what takes long in a shutdown is written, and who would refuse later refuses now.
    std::vector<int> prepare()
    {
        std::vector<int> before;
        Step checkpoint = m_plan.script(*m_primary, Words::tr("Write a checkpoint on %1").arg(m_plan.name(*m_primary)), m_plan.sqlScript(*m_primary, u"CHECKPOINT"_s));
        checkpoint.timeout = m_plan.options().stopTimeout;
        checkpoint.precondition = Condition::PostmasterRuns;
        checkpoint.onUnmet = OnUnmet::Skip; // stopped by an earlier try
        before.push_back(m_plan.add(std::move(checkpoint)));
        return rehearse(std::move(before));
    }
    std::vector<int> rehearse(std::vector<int> before)
    {
        if (m_alias) {
            Step step = m_plan.step(m_candidate, Words::tr("Ask whether %1 may be changed").arg(m_alias->name));
            step.action = ChangeAlias{*m_alias, true};
            before.push_back(m_plan.add(std::move(step)));
        }
        return before;
    }

    int handOver(std::vector<int> after, const QByteArray& stop, const QByteArray& start)
    {
        const Survey& old = m_plan.survey(*m_primary);
        const HandoverPrimary primary{.dataDirectory = m_plan.directory(*m_primary),
            .shell = old.shell,
            .controldata = old.programs.value(u"pg_controldata"_s).path,
            .stop = stop,
            .start = start,
            .facts = m_plan.versionFacts(*m_primary),
            .patience = m_plan.options().scriptTimeout,
            .stopPatience = m_plan.options().stopTimeout,
            .replayPatience = m_plan.options().handoverPatience,
            .promotePatience = m_plan.options().scriptTimeout};
        Step step = m_plan.step(m_candidate, Words::tr("Hand over from %1 to %2").arg(m_plan.name(*m_primary), m_plan.name(m_candidate)));
        step.action = RelayScripts{m_plan.step(*m_primary, {}).address.remote, "exec /bin/sh", handoverPrimaryScript(primary), takingScript(step.shell),
            handoverStandbyScript(standby()), true};
        step.timeout = m_plan.options().stopTimeout + m_plan.options().startTimeout;
        return promoted(std::move(step), std::move(after));
    }

    int takeOver(std::vector<int> after)
    {
        Step step = m_plan.script(m_candidate, Words::tr("Promote %1").arg(m_plan.name(m_candidate)), takeOverScript(standby()));
        step.timeout = m_plan.options().startTimeout;
        return promoted(std::move(step), std::move(after));
    }

    void moveName(int promotedStep)
    {
        if (!m_alias)
            return;
        Step change = m_plan.step(m_candidate, Words::tr("Point %1 to %2").arg(m_alias->name, m_alias->to));
        change.action = ChangeAlias{*m_alias, false};
        change.after = {promotedStep};
        const int changed = m_plan.add(std::move(change));
        Step await = m_plan.step(m_candidate, Words::tr("See all name servers of %1 say so").arg(m_alias->zone.name));
        await.action = AwaitAlias{m_alias->name, m_alias->to};
        await.timeout = m_plan.options().dnsTimeout;
        await.after = {changed};
        m_plan.add(std::move(await));
    }

    // It was shut down cleanly and everything of it was replayed: it can follow as it is.
    void keepOld(int promotedStep, const Action& start)
    {
        const auto settings = m_plan.standbySettings(*m_primary, m_candidate, m_plan.directory(*m_primary));
        if (!settings)
            return;
        Step configure = m_plan.configure(*m_primary, m_candidate, *settings);
        configure.doneScript = configure.proofScript;
        configure.precondition = Condition::PostmasterGone;
        configure.after = {promotedStep};
        const int configured = m_plan.add(std::move(configure));
        if (m_plan.request().oldPrimary == OldPrimary::LeaveOff) {
            Step inventory = m_plan.setUpstream(*m_primary, &m_candidate);
            inventory.after = {configured};
            m_plan.add(std::move(inventory));
            return;
        }
        Step started = m_plan.start(*m_primary, start);
        started.after = {configured};
        addStreamSteps(m_plan, *m_primary, m_candidate, m_plan.add(std::move(started)));
    }

private:
    HandoverStandby standby() const
    {
        return {.dataDirectory = m_plan.directory(m_candidate),
            .psql = m_plan.psqlCommand(m_candidate),
            .facts = m_plan.versionFacts(m_candidate),
            .replayPatience = m_plan.options().handoverPatience,
            .promotePatience = m_plan.options().scriptTimeout};
    }

    int promoted(Step step, std::vector<int> after)
    {
        step.precondition = Condition::PostmasterRuns;
        step.postcondition = Condition::Promoted;
        step.provesItself = true; // in the outage nobody waits for a look from outside
        step.after = std::move(after);
        step.noReturn = true;
        step.erasesTraces = true; // what prepared it means nothing any more
        return m_plan.add(std::move(step));
    }

    PlanBuilder& m_plan;
    const Instance& m_candidate;
    const Instance* m_primary;
    const std::optional<DnsChange> m_alias;
};

// Those that follow the old primary now, and are to follow the new one.
std::vector<const Instance*> othersOf(const PlanBuilder& plan, const Instance& candidate, const Instance* primary)
{
    std::vector<const Instance*> others;
    for (const InstanceId id : plan.inventory().instancesOf(candidate.herd)) {
        if (id != candidate.id && (!primary || id != primary->id))
            others.push_back(plan.inventory().find(id));
    }
    return others;
}

void followAll(PlanBuilder& plan, const Instance& candidate, const std::vector<const Instance*>& others, int promoted)
{
    for (const Instance* member : others) {
        if (isRunningStandby(plan.survey(*member)) && !plan.isBlocked(*member))
            addFollowSteps(plan, *member, candidate, {promoted});
    }
}

} // namespace

void planSwitchover(PlanBuilder& plan, const Instance& candidate)
{
    checkReach(plan, candidate);
    const Instance* primary = seenLeaderOf(plan.inventory(), plan.facts(), candidate.herd, candidate.id);
    if (!primary)
        plan.block(candidate, "upstream", Words::tr("No other member of its herd runs as primary: there is nobody who could hand over."),
            {.measured = {}, .limit = {}, .cure = Words::tr("Where the primary is lost, fail over.")});
    if (plan.isBlocked(candidate))
        return;
    checkReach(plan, *primary);
    for (const Instance* member : {&candidate, primary}) {
        checkSupervisor(plan, *member);
        checkClock(plan, *member);
    }
    checkCandidate(plan, candidate);
    checkStreams(plan, candidate, *primary);
    checkSystemIdentifier(plan, candidate, *primary);
    checkVersion(plan, candidate, *primary);
    checkSettings(plan, candidate, *primary);
    checkBeforeStop(plan, *primary);
    const auto others = othersOf(plan, candidate, primary);
    checkRoomForFollowers(plan, candidate, static_cast<int>(std::ranges::count_if(others, [&](const Instance* other) { return isRunningStandby(plan.survey(*other)); })) + 1);
    for (const Instance* member : others)
        checkMember(plan, *member, candidate);
    checkConnection(plan, *primary, candidate);
    MoveSteps steps(plan, candidate, primary, checkAlias(plan, candidate, primary));
    const auto stop = plan.command(*primary, u"stop"_s);
    const auto start = plan.command(*primary, u"start"_s);
    if (!stop || !start || plan.isBlocked(candidate) || plan.isBlocked(*primary))
        return;
    const int promoted = steps.handOver(steps.prepare(), std::get<RunCommand>(*stop).command, std::get<RunCommand>(*start).command);
    steps.moveName(promoted);
    followAll(plan, candidate, others, promoted);
    steps.keepOld(promoted, *start);
    addAfterPromotion(plan, candidate, promoted);
}

void planFailover(PlanBuilder& plan, const Instance& candidate)
{
    checkReach(plan, candidate);
    if (plan.isBlocked(candidate))
        return;
    const Instance* primary = oldPrimaryOf(plan.inventory(), plan.facts(), candidate);
    checkSupervisor(plan, candidate);
    checkClock(plan, candidate);
    checkCandidate(plan, candidate);
    checkIsOff(plan, candidate, primary);
    estimateLoss(plan, candidate, primary);
    const auto others = othersOf(plan, candidate, primary);
    checkRoomForFollowers(plan, candidate, static_cast<int>(std::ranges::count_if(others, [&](const Instance* other) { return isRunningStandby(plan.survey(*other)); })));
    for (const Instance* member : others)
        checkMember(plan, *member, candidate);
    MoveSteps steps(plan, candidate, primary, checkAlias(plan, candidate, primary));
    if (plan.isBlocked(candidate))
        return;
    const int promoted = steps.takeOver(steps.rehearse({}));
    steps.moveName(promoted);
    followAll(plan, candidate, others, promoted);
    addAfterPromotion(plan, candidate, promoted);
    if (primary) { // it was one, and must be rebuilt
        Step inventory = plan.setUpstream(*primary, &candidate);
        inventory.after = {promoted};
        plan.add(std::move(inventory));
    }
}

} // namespace elephaas
