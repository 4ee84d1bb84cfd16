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

// Of those that are neither the candidate nor the old primary: whether it is to follow the candidate.
bool moves(const PlanBuilder& plan, const Instance& member) { return isRunningStandby(plan.survey(member)) && !plan.isBlocked(member); }

// What has to hold, and to be done, before a name is changed.
struct AliasCondition {
    std::vector<int> after = {};
    Condition precondition = Condition::None;
};

// Returns the step after which all name servers say so.
int addAliasSteps(PlanBuilder& plan, const Instance& primary, const DnsChange& alias, AliasCondition before)
{
    Step change = plan.step(primary, Words::tr("Point %1 to %2").arg(alias.name, alias.to));
    change.action = ChangeAlias{alias, false};
    change.after = std::move(before.after);
    change.precondition = before.precondition;
    const int changed = plan.add(std::move(change));
    Step await = plan.step(primary, Words::tr("See all name servers of %1 say so").arg(alias.zone.name));
    await.action = AwaitAlias{alias.name, alias.to};
    await.timeout = plan.options().dnsTimeout;
    await.after = {changed};
    return plan.add(std::move(await));
}

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
        Step checkpoint = m_plan.sqlStep(*m_primary, Words::tr("Write a checkpoint on %1").arg(m_plan.name(*m_primary)), m_plan.sqlScript(*m_primary, u"CHECKPOINT"_s));
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
            .promotePatience = m_plan.options().scriptTimeout,
            .otherFollowers = otherFollowers(m_plan, m_candidate, *m_primary)};
        Step step = m_plan.step(m_candidate, Words::tr("Hand over from %1 to %2").arg(m_plan.name(*m_primary), m_plan.name(m_candidate)));
        step.action = RelayScripts{m_plan.step(*m_primary, {}).address.remote, "exec /bin/sh", handoverPrimaryScript(primary), takingScript(step.shell),
            handoverStandbyScript(standby()), true, m_plan.step(*m_primary, {}).address.port};
        step.timeout = m_plan.options().stopTimeout + m_plan.options().startTimeout;
        return promoted(std::move(step), std::move(after));
    }

    int takeOver(std::vector<int> after)
    {
        Step step = m_plan.script(m_candidate, Words::tr("Promote %1").arg(m_plan.name(m_candidate)), takeOverScript(standby()));
        step.timeout = m_plan.options().startTimeout;
        if (const Observation* last = m_primary ? m_plan.inventory().observation(m_primary->id) : nullptr)
            step.silentSince = last->factsAt;
        return promoted(std::move(step), std::move(after));
    }

    void moveName(int promotedStep)
    {
        if (m_alias)
            m_plan.setAlias(m_candidate, *m_alias, addAliasSteps(m_plan, m_candidate, *m_alias, {.after = {promotedStep}}));
    }

    // It was shut down cleanly and everything of it was replayed: it can follow as it is.
    // `others`: the steps of those who followed it.
    void keepOld(int promotedStep, const Action& start, const std::vector<FollowSteps>& others)
    {
        auto settings = m_plan.standbySettings(*m_primary, m_candidate, m_plan.directory(*m_primary));
        if (!settings)
            return;
        const bool joins = m_plan.request().oldPrimary == OldPrimary::Rejoin;
        std::vector<int> before{promotedStep};
        // What is off would have WAL kept for it until the disk is full.
        if (const QString slot = m_plan.survey(*m_primary).primarySlotName; joins && isSlotName(slot)) {
            settings->slotName = slot;
            Step make = m_plan.makeSlot(m_candidate, slot);
            make.after = before;
            before = {m_plan.add(std::move(make))};
        } else if (const QString theirs = m_plan.survey(m_candidate).primarySlotName; joins && !theirs.isEmpty()) {
            m_plan.warn(*m_primary, "slot", Words::tr("It has no primary_slot_name: no WAL is kept for it while it is away."), {.measured = Words::tr("none"), .limit = {}, .cure = Words::tr("Make a slot for it on %1, and set the name.").arg(m_plan.name(m_candidate))});
        }
        Step configure = m_plan.configure(*m_primary, m_candidate, *settings);
        configure.doneScript = configure.proofScript;
        configure.precondition = Condition::PostmasterGone;
        configure.after = before;
        const int configured = m_plan.add(std::move(configure));
        const QStringList slots_ = slotsLeft();
        if (!joins) {
            if (!slots_.isEmpty())
                m_plan.warn(*m_primary, "slots", Words::tr("Its replication slots stay on it: when it is started again, each keeps WAL there that nobody reads."),
                    {.measured = slots_.join(u", "_s), .limit = Words::tr("none"), .cure = Words::tr("Drop them then.")});
            Step inventory = m_plan.setUpstream(*m_primary, &m_candidate);
            inventory.after = {configured};
            m_plan.add(std::move(inventory));
            return;
        }
        Step started = m_plan.start(*m_primary, start);
        started.after = {configured};
        // Who still found it under the name would follow it, itself before all others.
        if (const auto name = m_plan.movedNameOf(m_candidate)) {
            Step see = m_plan.seeName(*m_primary, m_candidate, name->alias);
            see.after = {promotedStep, name->seenEverywhere};
            started.after.push_back(m_plan.add(std::move(see)));
            for (const FollowSteps& other : others) {
                if (other.sees)
                    started.after.push_back(*other.sees);
            }
        }
        const int isStarted = m_plan.add(std::move(started));
        addStreamSteps(m_plan, *m_primary, m_candidate, isStarted);
        if (!slots_.isEmpty()) {
            Step remove = m_plan.removeSlots(*m_primary, slots_);
            remove.after = {isStarted};
            for (const FollowSteps& other : others)
                remove.after.push_back(other.streams);
            m_plan.add(std::move(remove));
        }
    }

private:
    // Those on the old primary that nobody reads once the candidate leads and the others follow it. Whoever does not may still come back there.
    QStringList slotsLeft() const
    {
        QStringList names;
        for (const InstanceId id : m_plan.inventory().instancesOf(m_candidate.herd)) {
            const Instance& member = *m_plan.inventory().find(id);
            const QString name = m_plan.survey(member).primarySlotName;
            if (id != m_primary->id && (id == m_candidate.id || moves(m_plan, member)) && isSlotName(name) && hasSlot(m_plan.survey(*m_primary), name))
                names << name;
        }
        return names;
    }

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

std::vector<FollowSteps> followAll(PlanBuilder& plan, const Instance& candidate, const std::vector<const Instance*>& others, int promoted)
{
    std::vector<FollowSteps> followers;
    for (const Instance* member : others) {
        if (!moves(plan, *member))
            continue;
        if (const auto steps = addFollowSteps(plan, *member, candidate, {promoted}))
            followers.push_back(*steps);
    }
    return followers;
}

bool isDrained(const PlanBuilder& plan, const Instance& instance)
{
    return std::ranges::find(plan.request().drained, instance.server) != plan.request().drained.end();
}

// Of a server that is drained: whether the herd's primary is elsewhere, so that nothing has to be moved. By what was seen now.
bool isDrainedAlready(PlanBuilder& plan, const Instance& candidate)
{
    if (plan.request().drained.empty())
        return false;
    const Instance* leader = seenLeaderOf(plan.inventory(), plan.facts(), candidate.herd);
    if (!leader || isDrained(plan, *leader))
        return false;
    plan.warn(candidate, "drain", Words::tr("The primary of its herd is %1, on another server: nothing has to be moved.").arg(plan.name(*leader)));
    return true;
}

} // namespace

void tellStaying(PlanBuilder& plan)
{
    std::set<HerdId> moved;
    for (const InstanceId id : plan.request().instances)
        moved.insert(plan.inventory().find(id)->herd);
    for (const ServerId server : plan.request().drained) {
        for (const InstanceId id : plan.inventory().instancesOn(server)) {
            const Instance& instance = *plan.inventory().find(id);
            if (plan.inventory().roleOf(instance) == Role::Primary && !moved.contains(instance.herd))
                plan.warn(instance, "drain", Words::tr("It stays where it is: no replica on another server could take over."),
                    {.measured = {}, .limit = {}, .cure = Words::tr("Initialise a replica on another server first; or stop it with the server.")});
        }
    }
}

void planRefreshDns(PlanBuilder& plan, const Instance& member)
{
    const Instance* primary = seenLeaderOf(plan.inventory(), plan.facts(), member.herd);
    if (!primary) {
        checkReach(plan, member);
        return plan.block(member, "primary", Words::tr("No member of its herd was seen to run as primary: it is not known where the name should point."),
            {.measured = {}, .limit = {}, .cure = Words::tr("Start the primary, or fail over.")});
    }
    for (const InstanceId id : plan.inventory().instancesOf(member.herd)) {
        const Instance& other = *plan.inventory().find(id);
        const Survey& seen = plan.survey(other);
        if (other.id != primary->id && seen.answered && seen.inRecovery == false)
            plan.block(other, "two-primaries", Words::tr("It runs as primary, and so does %1.").arg(plan.name(*primary)),
                {.measured = {}, .limit = Words::tr("one primary"), .cure = Words::tr("Demote the one that is not meant to be it.")}, Override::WithReason);
    }
    if (const auto alias = checkAlias(plan, *primary, nullptr); alias && !plan.isBlocked(*primary))
        addAliasSteps(plan, *primary, *alias, {.precondition = Condition::Promoted});
}

void planSwitchover(PlanBuilder& plan, const Instance& candidate)
{
    if (isDrainedAlready(plan, candidate))
        return;
    if (isDrained(plan, candidate))
        plan.block(candidate, "drain", Words::tr("It is on a server that is drained."), {.measured = {}, .limit = {}, .cure = Words::tr("Choose a member on another server.")});
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
    steps.keepOld(promoted, *start, followAll(plan, candidate, others, promoted));
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
