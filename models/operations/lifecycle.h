#pragma once

#include "models/domain/inventory.h"
#include "models/operations/plan.h"

#include <functional>
#include <set>
#include <span>

namespace elephaas {

enum class LifecycleKind { Start, Stop, Restart, Reload };

QString keyOf(LifecycleKind kind); // "start", "stop", "restart", "reload": also the names of the templates
QString titleOf(LifecycleKind kind); // for people: "Start"
bool isLifecycle(const QString& kind); // Plan::kind of such a plan

// How a server of the inventory is addressed (user, port).
using TargetResolver = std::function<RemoteTarget(const Server&)>;
// The command line of a template for an instance, ready to be sent; an error names template and place.
using CommandBuilder = std::function<Expected<QByteArray>(const QString& name, InstanceId instance)>;

struct LifecycleOptions {
    std::set<QString> protectedEnvironments = {}; // names, compared without case
    PlanLimits limits = {};
    std::chrono::milliseconds startTimeout{300000}; // recovery after a crash takes its time
    std::chrono::milliseconds stopTimeout{300000}; // a fast stop writes a checkpoint
    std::chrono::milliseconds reloadTimeout{60000};
};

// One step per instance, independent of each other. Handed out primaries first for start (replicas find their upstream) and stop
// (replicas receive the last record), replicas first for restart and reload. A restart uses the templates "stop" and "start".
// Whatever cannot be built is a blocker among the findings, all of them named, and the plan is not runnable; an empty selection is
// InvalidInput, a row that is gone NotFound.
Expected<Plan> planLifecycle(LifecycleKind kind, const Inventory& inventory, std::span<const InstanceId> instances,
    const CommandBuilder& build, const TargetResolver& resolve, const LifecycleOptions& options, const QDateTime& now);

InstanceAddress addressOf(const Inventory& inventory, const Instance& instance, const TargetResolver& resolve);

// "trading on db1", with the port when the server carries another member of the same herd.
QString nameOf(const Inventory& inventory, const Instance& instance);

} // namespace elephaas
