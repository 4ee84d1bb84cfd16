#include "models/operations/replicationchecks.h"
#include "models/operations/replicationplanner.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Replication)
};

void checkStandby(PlanBuilder& plan, const Instance& instance)
{
    const Survey& seen = plan.survey(instance);
    if (!seen.answered)
        return plan.block(instance, "state", Words::tr("It does not answer: only a running replica can be promoted."),
            {.measured = seen.controlState, .limit = {}, .cure = Words::tr("Start it first.")});
    if (seen.inRecovery == false)
        return plan.warn(instance, "state", Words::tr("It is a primary already."));
    plan.ok(instance, "state", Words::tr("Is a running standby."));
    if (seen.replayPaused == true) {
        if (plan.versionFacts(instance).pausedReplayBlocksPromotion)
            plan.block(instance, "replay-paused", Words::tr("Its replay is paused, and that keeps this version from being promoted."),
                {.measured = {}, .limit = {}, .cure = Words::tr("Resume it: select %1()").arg(plan.versionFacts(instance).resumeReplay)});
        else
            plan.warn(instance, "replay-paused", Words::tr("Its replay is paused; promotion ends the pause."));
    }
    const QString delay = seen.setting(u"recovery_min_apply_delay"_s);
    if (!delay.isEmpty() && delay != "0"_L1)
        plan.warn(instance, "apply-delay", Words::tr("It replays with a delay; promotion replays the rest at once."), {.measured = delay, .limit = u"0"_s, .cure = {}});
}

// Two primaries: what is written there and here is never one again.
void checkOtherPrimary(PlanBuilder& plan, const Instance& instance)
{
    const Instance* leader = seenLeaderOf(plan.inventory(), plan.facts(), instance.herd, instance.id);
    if (!leader)
        return;
    plan.warn(instance, "two-primaries",
        Words::tr("%1 runs as primary and stays one: the herd then has two, and they part.").arg(plan.name(*leader)),
        {.measured = {}, .limit = {}, .cure = Words::tr("To move the service, fail over instead. Afterwards demote or rebuild one of them.")});
    const Survey& above = plan.survey(*leader);
    const Survey& own = plan.survey(instance);
    if (above.position && own.position) {
        const qint64 behind = std::max<qint64>(0, *above.position - *own.position);
        const PlanBuilder::Measure measure{.measured = bytesText(behind), .limit = bytesText(0), .cure = {}};
        if (behind > 0)
            plan.warn(instance, "lag", Words::tr("Has not replayed all of %1.").arg(plan.name(*leader)), measure);
        else
            plan.ok(instance, "lag", Words::tr("Has replayed all of %1.").arg(plan.name(*leader)), measure);
    } else {
        plan.unknown(instance, "lag", Words::tr("How far it is behind %1 is not known.").arg(plan.name(*leader)));
    }
}

} // namespace

void planPromote(PlanBuilder& plan, const Instance& instance)
{
    checkReach(plan, instance);
    if (plan.isBlocked(instance))
        return;
    checkSupervisor(plan, instance);
    checkStandby(plan, instance);
    checkOtherPrimary(plan, instance);
    const Survey& seen = plan.survey(instance);
    if (const QString names = seen.setting(u"synchronous_standby_names"_s); !names.isEmpty())
        plan.warn(instance, "synchronous-standbys", Words::tr("It will wait for synchronous standbys: commits hang until one is there."),
            {.measured = names, .limit = Words::tr("none"), .cure = Words::tr("Let a replica follow it, or empty synchronous_standby_names.")});
    const auto promote = plan.command(instance, u"promote"_s);
    if (!promote)
        return;
    Step step = plan.step(instance, Words::tr("Promote %1").arg(plan.name(instance)));
    step.action = *promote;
    step.precondition = Condition::PostmasterRuns;
    step.postcondition = Condition::Promoted;
    step.timeout = plan.options().startTimeout;
    const int promoted = plan.add(std::move(step));
    addAfterPromotion(plan, instance, promoted);
}

void addAfterPromotion(PlanBuilder& plan, const Instance& instance, int promoted)
{
    Step checkpoint = plan.checkpoint(instance);
    checkpoint.after = {promoted};
    checkpoint.onFailure = OnFailure::Continue;
    plan.add(std::move(checkpoint));
    Step inventory = plan.setUpstream(instance, nullptr);
    inventory.after = {promoted};
    plan.add(std::move(inventory));
}

} // namespace elephaas
