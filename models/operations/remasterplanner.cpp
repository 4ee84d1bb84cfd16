#include "models/operations/replicationchecks.h"
#include "models/operations/replicationplanner.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Replication)
};

void checkIsStandby(PlanBuilder& plan, const Instance& instance)
{
    const Survey& seen = plan.survey(instance);
    if (seen.answered && seen.inRecovery == false)
        plan.block(instance, "state", Words::tr("It is a primary that runs: it has to be demoted."), {.measured = {}, .limit = {}, .cure = Words::tr("Use Demote.")});
    else if (seen.hasDatabase == false)
        plan.block(instance, "state", Words::tr("There is no database in its directory."), {.measured = {}, .limit = {}, .cure = Words::tr("Use Initialise.")});
    else if (!seen.answered && !seen.standbySignal && !seen.recoveryConf)
        plan.block(instance, "state", Words::tr("It is not running, and was a primary: it may have parted from the others."),
            {.measured = seen.controlState, .limit = {}, .cure = Words::tr("Use Rebuild.")});
    else
        plan.ok(instance, "state", seen.answered ? Words::tr("Is a running standby.") : Words::tr("Is a stopped standby; it will be started."));
}

} // namespace

void planRemaster(PlanBuilder& plan, const Instance& instance)
{
    const Instance* upstream = sourceFor(plan.request(), plan.inventory(), plan.facts(), instance);
    if (!upstream)
        return plan.block(instance, "upstream", Words::tr("There is no running primary in its herd that it could follow."));
    checkReach(plan, instance);
    checkSource(plan, instance, *upstream);
    if (plan.isBlocked(instance))
        return;
    checkSupervisor(plan, instance);
    checkClock(plan, instance);
    checkIsStandby(plan, instance);
    checkAsFollower(plan, instance, *upstream);
    checkSystemIdentifier(plan, instance, *upstream);
    checkVersion(plan, instance, *upstream);
    checkPosition(plan, instance, *upstream, false);
    checkSettings(plan, instance, *upstream);
    checkConnection(plan, instance, *upstream);
    checkSlotOf(plan, instance, *upstream);
    const auto streams = addFollowSteps(plan, instance, *upstream, {});
    // Behind it, its slot would keep WAL for ever.
    const QString slot = plan.survey(instance).primarySlotName;
    const Instance* left = plan.inventory().upstreamOf(instance);
    if (streams && left && left->id != upstream->id && isSlotName(slot) && hasSlot(plan.survey(*left), slot)) {
        Step remove = plan.removeSlots(*left, {slot});
        remove.after = {streams->streams};
        plan.add(std::move(remove));
    }
}

std::optional<FollowSteps> addFollowSteps(PlanBuilder& plan, const Instance& instance, const Instance& upstream, const std::vector<int>& after)
{
    auto settings = plan.standbySettings(instance, upstream, plan.directory(instance));
    const bool running = plan.survey(instance).answered;
    const bool reloads = running && plan.versionFacts(instance).repointsByReload;
    const auto reload = reloads ? plan.command(instance, u"reload"_s) : std::nullopt;
    const auto stop = reloads ? std::nullopt : plan.command(instance, u"stop"_s);
    const auto start = reloads ? std::nullopt : plan.command(instance, u"start"_s);
    if (!settings || (reloads ? !reload : !stop || !start))
        return {};

    std::vector<int> before = after;
    std::optional<int> sees;
    const auto moved = plan.movedNameOf(upstream);
    if (moved) {
        Step see = plan.seeName(instance, upstream, moved->alias);
        see.after = after;
        see.after.push_back(moved->seenEverywhere);
        see.onFailure = OnFailure::Continue; // whether it streams is proved anyway, and others wait only until it was looked at
        sees = plan.add(std::move(see));
        before = {*sees};
    }
    if (const QString slot = plan.survey(instance).primarySlotName; isSlotName(slot)) {
        settings->slotName = slot;
        Step make = plan.makeSlot(upstream, slot);
        make.after = before;
        before = {plan.add(std::move(make))};
    }
    Step configure = plan.configure(instance, upstream, *settings);
    configure.after = before;
    const int configured = plan.add(std::move(configure));

    Step apply = plan.step(instance, reloads ? Words::tr("Reload %1").arg(plan.name(instance)) : Words::tr("Restart %1").arg(plan.name(instance)));
    apply.after = {configured};
    apply.timeout = plan.options().stopTimeout + plan.options().startTimeout;
    if (reloads) {
        apply.action = *reload;
        apply.precondition = Condition::PostmasterRuns;
        apply.postcondition = Condition::Reloaded;
    } else {
        apply.action = RestartInstance{std::get<RunCommand>(*stop).command, std::get<RunCommand>(*start).command};
        apply.postcondition = Condition::Restarted;
    }
    int applied = plan.add(std::move(apply));
    // A receiver whose old primary went without a word may hold on to it, and by the same settings nobody tells it to let go.
    if (moved && reloads && plan.request().kind == ReplicationKind::Failover) {
        Step anew = plan.script(instance, Words::tr("Let %1 connect anew").arg(plan.name(instance)),
            plan.sqlScript(instance, u"select count(pg_terminate_backend(pid)) from pg_stat_wal_receiver"_s).trimmed() + " >/dev/null\n");
        anew.after = {applied};
        anew.precondition = Condition::PostmasterRuns;
        applied = plan.add(std::move(anew));
    }
    return FollowSteps{addStreamSteps(plan, instance, upstream, applied), sees};
}

int addStreamSteps(PlanBuilder& plan, const Instance& instance, const Instance& upstream, int after)
{
    Step stream = plan.stream(instance, upstream);
    stream.after = {after};
    const int streams = plan.add(std::move(stream));
    Step inventory = plan.setUpstream(instance, &upstream);
    inventory.after = {streams};
    plan.add(std::move(inventory));
    return streams;
}

} // namespace elephaas
