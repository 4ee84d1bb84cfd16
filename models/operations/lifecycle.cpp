#include "models/operations/lifecycle.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Lifecycle)
};

struct Request {
    LifecycleKind kind;
    const Inventory& inventory;
    const CommandBuilder& build;
    const TargetResolver& resolve;
    const LifecycleOptions& options;
};

QString planTitle(LifecycleKind kind, int count, const QString& only)
{
    if (count == 1) {
        switch (kind) {
        case LifecycleKind::Start: return Words::tr("Start %1").arg(only);
        case LifecycleKind::Stop: return Words::tr("Stop %1").arg(only);
        case LifecycleKind::Restart: return Words::tr("Restart %1").arg(only);
        case LifecycleKind::Reload: return Words::tr("Reload %1").arg(only);
        }
    }
    switch (kind) {
    case LifecycleKind::Start: return Words::tr("Start %n instances", nullptr, count);
    case LifecycleKind::Stop: return Words::tr("Stop %n instances", nullptr, count);
    case LifecycleKind::Restart: return Words::tr("Restart %n instances", nullptr, count);
    case LifecycleKind::Reload: return Words::tr("Reload %n instances", nullptr, count);
    }
    return {};
}

// Conditions and time of a step, without its command.
void shape(Step& step, LifecycleKind kind, const LifecycleOptions& options)
{
    switch (kind) {
    case LifecycleKind::Start:
        step.precondition = Condition::PostmasterGone;
        step.onUnmet = OnUnmet::Wait; // a postmaster that is starting up: two starts at once help nobody
        step.postcondition = Condition::AcceptsConnections;
        step.timeout = options.startTimeout;
        return;
    case LifecycleKind::Stop:
        step.precondition = Condition::PostmasterRuns;
        step.onUnmet = OnUnmet::Skip;
        step.postcondition = Condition::StoppedCleanly;
        step.timeout = options.stopTimeout;
        return;
    case LifecycleKind::Restart:
        step.postcondition = Condition::Restarted;
        step.timeout = options.stopTimeout + options.startTimeout;
        return;
    case LifecycleKind::Reload:
        step.precondition = Condition::PostmasterRuns;
        step.onUnmet = OnUnmet::Skip;
        step.postcondition = Condition::Reloaded;
        step.timeout = options.reloadTimeout;
        return;
    }
}

Expected<Action> buildAction(const Request& request, InstanceId instance)
{
    if (request.kind != LifecycleKind::Restart) {
        return request.build(keyOf(request.kind), instance).map([](const QByteArray& command) {
            return Action(RunCommand{command});
        });
    }
    const Expected<QByteArray> stop = request.build(keyOf(LifecycleKind::Stop), instance);
    if (!stop)
        return fail(stop.error());
    return request.build(keyOf(LifecycleKind::Start), instance).map([&](const QByteArray& start) {
        return Action(RestartInstance{*stop, start});
    });
}

Finding notBuildable(const Step& step, const Error& error)
{
    return {.severity = Severity::Blocker,
        .code = FindingCode::CommandNotBuildable,
        .target = step.target,
        .text = error.where.isEmpty() ? error.what : QString(error.where % u": "_s % error.what),
        .measured = error.detail,
        .cure = error.remedy,
        .instance = step.instance};
}

// Stopping or restarting a primary cuts off writers and replicas. A fresh look counts streaming replicas; without one the
// inventory's followers are named as what they are: its word.
std::optional<Finding> primaryWithReplicas(const Request& request, const Instance& instance, const Step& step)
{
    if (request.kind != LifecycleKind::Stop && request.kind != LifecycleKind::Restart)
        return {};
    if (request.inventory.livenessOf(instance) == Liveness::Offline)
        return {};
    const Observation* seen = request.inventory.observation(instance.id);
    Finding finding{.severity = Severity::Warning,
        .code = FindingCode::PrimaryWithReplicas,
        .target = step.target,
        .limit = Words::tr("no streaming replica"),
        .cure = Words::tr("Fail over first, if the service has to go on."),
        .instance = instance.id};
    if (seen && seen->liveness == Liveness::Online && seen->role != Role::Unknown) {
        const auto streaming = static_cast<int>(std::ranges::count(seen->followers, u"streaming"_s, &Follower::state));
        if (seen->role != Role::Primary || streaming == 0)
            return {};
        finding.text = streaming == 1 ? Words::tr("Is a primary with one streaming replica.")
                                      : Words::tr("Is a primary with %n streaming replicas.", nullptr, streaming);
        const QString count = streaming == 1 ? Words::tr("one streaming replica")
                                             : Words::tr("%n streaming replicas", nullptr, streaming);
        finding.measured = Words::tr("%1, seen %2 UTC").arg(count, seen->at.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s));
        return finding;
    }
    const auto followers = static_cast<int>(request.inventory.followersOf(instance.id).size());
    if (instance.upstream || followers == 0)
        return {};
    finding.text = followers == 1
        ? Words::tr("Is a primary with one replica by the inventory's word; it was not seen lately.")
        : Words::tr("Is a primary with %n replicas by the inventory's word; it was not seen lately.", nullptr, followers);
    finding.measured = followers == 1 ? Words::tr("one replica in the inventory")
                                      : Words::tr("%n replicas in the inventory", nullptr, followers);
    return finding;
}

// A former primary that is stopped starts as one: beside another one, clients would write to both, and what one of them got is lost.
std::optional<Finding> secondPrimary(const Request& request, const Instance& instance, const Step& step)
{
    if (request.kind != LifecycleKind::Start && request.kind != LifecycleKind::Restart)
        return {};
    const Observation* seen = request.inventory.observation(instance.id);
    if (!seen || seen->liveness != Liveness::Offline || seen->role != Role::Primary)
        return {};
    for (const InstanceId id : request.inventory.instancesOf(instance.herd)) {
        const Observation* other = request.inventory.observation(id);
        if (id == instance.id || !other || other->liveness != Liveness::Online || other->role != Role::Primary)
            continue;
        return Finding{.severity = Severity::Blocker,
            .code = FindingCode::Check,
            .target = step.target,
            .text = Words::tr("By its files it starts as a primary, and %1 runs as one: clients could write to both.").arg(nameOf(request.inventory, *request.inventory.find(id))),
            .measured = Words::tr("seen %1 UTC").arg(other->at.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s)),
            .limit = Words::tr("one primary"),
            .cure = Words::tr("It was primary, and must be rebuilt: use Rebuild."),
            .instance = instance.id,
            .check = u"second-primary"_s,
            .override_ = Override::WithReason};
    }
    return {};
}

std::optional<Finding> protectedEnvironment(const Request& request, const Instance& instance, const Step& step)
{
    const Environment* environment = request.inventory.environmentOf(instance);
    if (!environment)
        return {};
    const bool isProtected = std::ranges::any_of(request.options.protectedEnvironments,
        [&](const QString& name) { return name.compare(environment->name, Qt::CaseInsensitive) == 0; });
    if (!isProtected)
        return {};
    return Finding{.severity = Severity::Warning,
        .code = FindingCode::ProtectedEnvironment,
        .target = step.target,
        .text = Words::tr("Belongs to the protected environment %1.").arg(environment->name),
        .instance = instance.id,
        .environment = environment->name};
}

// Sorted into the order of handing out; rows named twice count once.
Expected<std::vector<const Instance*>> rowsOf(const Request& request, std::span<const InstanceId> ids)
{
    std::vector<const Instance*> rows;
    std::set<InstanceId> seen;
    for (const InstanceId id : ids) {
        const Instance* row = request.inventory.find(id);
        if (!row)
            return fail({.kind = ErrorKind::NotFound,
                .what = Words::tr("An instance is no longer in the inventory."),
                .where = Words::tr("instance %1").arg(id.value)});
        if (seen.insert(id).second)
            rows.push_back(row);
    }
    const bool primariesFirst = request.kind == LifecycleKind::Start || request.kind == LifecycleKind::Stop;
    std::ranges::stable_sort(rows, {}, [&](const Instance* row) {
        const bool isPrimary = request.inventory.roleOf(*row) == Role::Primary;
        return isPrimary == primariesFirst ? 0 : 1;
    });
    return rows;
}

Expected<Step> stepFor(const Request& request, const Instance& instance)
{
    const Herd* herd = request.inventory.find(instance.herd);
    const Server* server = request.inventory.find(instance.server);
    const QString name = nameOf(request.inventory, instance);
    if (!herd || !server)
        return fail({.kind = ErrorKind::NotFound,
            .what = Words::tr("The herd or the server of an instance is no longer in the inventory."),
            .where = name});
    Step step;
    step.target = name;
    step.title = planTitle(request.kind, 1, name);
    step.instance = instance.id;
    step.server = instance.server;
    step.address = addressOf(request.inventory, instance, request.resolve);
    shape(step, request.kind, request.options);
    return step;
}

} // namespace

QString keyOf(LifecycleKind kind)
{
    switch (kind) {
    case LifecycleKind::Start: return u"start"_s;
    case LifecycleKind::Stop: return u"stop"_s;
    case LifecycleKind::Restart: return u"restart"_s;
    case LifecycleKind::Reload: return u"reload"_s;
    }
    return {};
}

bool isLifecycle(const QString& kind)
{
    constexpr std::array kinds{LifecycleKind::Start, LifecycleKind::Stop, LifecycleKind::Restart, LifecycleKind::Reload};
    return std::ranges::any_of(kinds, [&](LifecycleKind one) { return keyOf(one) == kind; });
}

QString titleOf(LifecycleKind kind)
{
    switch (kind) {
    //: an action on PostgreSQL instances
    case LifecycleKind::Start: return Words::tr("Start");
    //: an action on PostgreSQL instances
    case LifecycleKind::Stop: return Words::tr("Stop");
    //: an action on PostgreSQL instances
    case LifecycleKind::Restart: return Words::tr("Restart");
    //: an action on PostgreSQL instances: read the configuration again
    case LifecycleKind::Reload: return Words::tr("Reload");
    }
    return {};
}

QString nameOf(const Inventory& inventory, const Instance& instance)
{
    const Herd* herd = inventory.find(instance.herd);
    const Server* server = inventory.find(instance.server);
    if (!herd || !server)
        return Words::tr("instance %1").arg(instance.id.value);
    const auto neighbours = inventory.instancesOn(instance.server);
    const bool ambiguous = std::ranges::any_of(neighbours, [&](InstanceId id) {
        const Instance* other = inventory.find(id);
        const Herd* otherHerd = other && id != instance.id ? inventory.find(other->herd) : nullptr;
        return otherHerd && otherHerd->name == herd->name;
    });
    //: %1 is a herd, %2 a server
    const QString name = Words::tr("%1 on %2").arg(herd->name, server->hostName);
    if (!ambiguous)
        return name;
    const QString local = instance.localDataDirectory;
    return local.isEmpty() ? QString(name % u':' % QString::number(herd->port)) : QString(name % u' ' % local);
}

InstanceAddress addressOf(const Inventory& inventory, const Instance& instance, const TargetResolver& resolve)
{
    const Herd* herd = inventory.find(instance.herd);
    const Server* server = inventory.find(instance.server);
    InstanceAddress address;
    if (server && resolve)
        address.remote = resolve(*server);
    else if (server)
        address.remote.host = server->hostName;
    if (herd) {
        address.port = herd->port;
        address.baseName = herd->baseName;
    }
    address.dataDirectory = inventory.dataDirectoryOf(instance);
    address.version = instance.version;
    return address;
}

Expected<Plan> planLifecycle(LifecycleKind kind, const Inventory& inventory, std::span<const InstanceId> instances,
    const CommandBuilder& build, const TargetResolver& resolve, const LifecycleOptions& options, const QDateTime& now)
{
    const Request request{kind, inventory, build, resolve, options};
    if (instances.empty())
        return fail({.kind = ErrorKind::InvalidInput, .what = Words::tr("No instance is selected.")});
    const auto rows = rowsOf(request, instances);
    if (!rows)
        return fail(rows.error());

    Plan plan{.id = QUuid::createUuid(), .kind = keyOf(kind), .basedOn = inventory.revision(), .created = now,
        .limits = options.limits};
    for (const Instance* row : *rows) {
        Expected<Step> step = stepFor(request, *row);
        if (!step)
            return fail(step.error());
        step->id = static_cast<int>(plan.steps.size());
        if (auto finding = protectedEnvironment(request, *row, *step))
            plan.findings.push_back(std::move(*finding));
        if (auto finding = primaryWithReplicas(request, *row, *step))
            plan.findings.push_back(std::move(*finding));
        if (auto finding = secondPrimary(request, *row, *step))
            plan.findings.push_back(std::move(*finding));
        if (Expected<Action> action = buildAction(request, row->id)) {
            step->action = std::move(*action);
            plan.steps.push_back(std::move(*step));
        } else {
            plan.findings.push_back(notBuildable(*step, action.error()));
        }
    }
    plan.title = planTitle(kind, static_cast<int>(rows->size()), nameOf(inventory, *rows->front()));
    return plan;
}

} // namespace elephaas
