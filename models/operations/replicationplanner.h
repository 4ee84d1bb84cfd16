#pragma once

#include "models/operations/planbuilder.h"

namespace elephaas {

// Looks at the servers and makes the plan. Blocks; the only errors are those that leave nothing to show: an empty selection, rows that are
// gone, a cancel. Everything else is a finding. The same request in the same state under the same id gives the same plan but for
// times and measured values.
Expected<Plan> planReplication(const ReplicationRequest& request, const Inventory& inventory, const PlanningTools& tools, const QUuid& id,
    const std::stop_token& stop);

// The pure half of it: from what was seen to the plan.
Expected<Plan> planReplication(const ReplicationRequest& request, const Inventory& inventory, const ReplicationFacts& facts,
    const PlanningTools& tools, const QUuid& id);

// ---- One planner per operation; each adds the steps and findings of one instance.
void planPromote(PlanBuilder& plan, const Instance& instance);
void planRemaster(PlanBuilder& plan, const Instance& instance);
void planDemote(PlanBuilder& plan, const Instance& instance);
void planRebuild(PlanBuilder& plan, const Instance& instance);
void planInitialise(PlanBuilder& plan, const Instance& instance);
void planSwitchover(PlanBuilder& plan, const Instance& candidate);
void planFailover(PlanBuilder& plan, const Instance& candidate);
void planRefreshDns(PlanBuilder& plan, const Instance& member);
// Of servers that are drained: which primaries stay there.
void tellStaying(PlanBuilder& plan);

// What a remaster and the members in a switchover or failover share: configure, reload or restart, proof, inventory.
// A replication slot that the instance uses is made at the new upstream, by the same name. Where it is reached by a name that the plan moves, that is
// waited for. Nothing where it cannot be planned.
struct FollowSteps {
    int streams; // proves it
    std::optional<int> sees; // the name leads there
};
std::optional<FollowSteps> addFollowSteps(PlanBuilder& plan, const Instance& instance, const Instance& upstream, const std::vector<int>& after);
// Its end: proof, inventory.
int addStreamSteps(PlanBuilder& plan, const Instance& instance, const Instance& upstream, int after);
// What follows every promotion: a checkpoint, so that a later rewind sees the timeline, and the inventory.
void addAfterPromotion(PlanBuilder& plan, const Instance& instance, int promoted);

// What a rebuild, a demote and the making of a new replica share: the steps from the stop to the clean-up.
struct RebuildShape {
    const Instance& source;
    RebuildMethod method = RebuildMethod::Automatic;
    bool isNew = false; // there are no data yet
    std::vector<int> beforeStart = {}; // steps that the start has to wait for
};
void addRebuildSteps(PlanBuilder& plan, const Instance& instance, const RebuildShape& shape);

} // namespace elephaas
