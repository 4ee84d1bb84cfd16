#include "models/operations/replicationplanner.h"

#include "models/operations/drain.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Replication)
};

QString titleOne(ReplicationKind kind, const QString& name)
{
    switch (kind) {
    case ReplicationKind::Promote: return Words::tr("Promote %1").arg(name);
    case ReplicationKind::Demote: return Words::tr("Demote %1").arg(name);
    case ReplicationKind::Rebuild: return Words::tr("Rebuild %1").arg(name);
    case ReplicationKind::Remaster: return Words::tr("Let %1 follow another member").arg(name);
    case ReplicationKind::Initialise: return Words::tr("Initialise %1").arg(name);
    case ReplicationKind::Switchover: return Words::tr("Switch over to %1").arg(name);
    case ReplicationKind::Failover: return Words::tr("Fail over to %1").arg(name);
    case ReplicationKind::RefreshDns: return Words::tr("Refresh the DNS name of %1").arg(name);
    }
    return {};
}

QString titleMany(ReplicationKind kind, int count)
{
    switch (kind) {
    case ReplicationKind::Promote: return Words::tr("Promote %n instances", nullptr, count);
    case ReplicationKind::Demote: return Words::tr("Demote %n instances", nullptr, count);
    case ReplicationKind::Rebuild: return Words::tr("Rebuild %n instances", nullptr, count);
    case ReplicationKind::Remaster: return Words::tr("Let %n instances follow another member", nullptr, count);
    case ReplicationKind::Initialise: return Words::tr("Initialise %n instances", nullptr, count);
    case ReplicationKind::Switchover: return Words::tr("Switch over %n herds", nullptr, count);
    case ReplicationKind::Failover: return Words::tr("Fail over %n herds", nullptr, count);
    case ReplicationKind::RefreshDns: return Words::tr("Refresh the DNS names of %n herds", nullptr, count);
    }
    return {};
}

Expected<std::vector<const Instance*>> targetsOf(const ReplicationRequest& request, const Inventory& inventory)
{
    if (request.instances.empty())
        return fail({.kind = ErrorKind::InvalidInput, .what = Words::tr("No instance is selected.")});
    std::vector<const Instance*> targets;
    std::set<InstanceId> seen;
    for (const InstanceId id : request.instances) {
        const Instance* instance = inventory.find(id);
        if (!instance || !inventory.find(instance->herd) || !inventory.find(instance->server))
            return fail({.kind = ErrorKind::NotFound, .what = Words::tr("An instance, its herd or its server is no longer in the inventory."),
                .where = Words::tr("instance %1").arg(id.value)});
        const bool isSecond = concernsName(request.kind) && std::ranges::any_of(targets, [&](const Instance* other) { return other->id != id && other->herd == instance->herd; });
        if (isSecond)
            return fail({.kind = ErrorKind::InvalidInput, .what = Words::tr("Two members of one herd cannot both be what this is about."), .where = nameOf(inventory, *instance)});
        if (seen.insert(id).second)
            targets.push_back(instance);
    }
    if (request.upstream && !inventory.find(*request.upstream))
        return fail({.kind = ErrorKind::NotFound, .what = Words::tr("The chosen upstream is no longer in the inventory.")});
    return targets;
}

} // namespace

Expected<Plan> planReplication(const ReplicationRequest& request, const Inventory& inventory, const ReplicationFacts& facts,
    const PlanningTools& tools, const QUuid& id)
{
    const auto targets = targetsOf(request, inventory);
    if (!targets)
        return fail(targets.error());
    PlanBuilder plan(request, inventory, facts, tools, id);
    for (const Instance* instance : *targets) {
        switch (request.kind) {
        case ReplicationKind::Promote: planPromote(plan, *instance); break;
        case ReplicationKind::Demote: planDemote(plan, *instance); break;
        case ReplicationKind::Rebuild: planRebuild(plan, *instance); break;
        case ReplicationKind::Remaster: planRemaster(plan, *instance); break;
        case ReplicationKind::Initialise: planInitialise(plan, *instance); break;
        case ReplicationKind::Switchover: planSwitchover(plan, *instance); break;
        case ReplicationKind::Failover: planFailover(plan, *instance); break;
        case ReplicationKind::RefreshDns: planRefreshDns(plan, *instance); break;
        }
        if (concernsName(request.kind) && targets->size() > 1) // one herd that cannot be moved does not keep the others
            plan.leaveAloneWithReason(instance->herd);
    }
    const auto count = static_cast<int>(targets->size());
    if (!request.drained.empty()) {
        tellStaying(plan);
        return plan.take(Words::tr("Drain %1: switch over %n herd(s)", nullptr, count).arg(serverNames(inventory, request.drained)));
    }
    return plan.take(count == 1 ? titleOne(request.kind, plan.name(*targets->front())) : titleMany(request.kind, count));
}

Expected<Plan> planReplication(const ReplicationRequest& request, const Inventory& inventory, const PlanningTools& tools, const QUuid& id,
    const std::stop_token& stop)
{
    if (const auto targets = targetsOf(request, inventory); !targets)
        return fail(targets.error());
    const ReplicationFacts facts = gatherFacts(request, inventory, tools, stop);
    if (stop.stop_requested())
        return fail({.kind = ErrorKind::Cancelled, .what = Words::tr("Cancelled.")});
    return planReplication(request, inventory, facts, tools, id);
}

} // namespace elephaas
