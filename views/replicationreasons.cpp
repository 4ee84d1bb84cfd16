#include "views/replicationreasons.h"

#include "models/domain/visibletext.h"
#include "models/operations/drain.h"

#include <QCoreApplication>

#include <algorithm>
#include <optional>

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::ReplicationReasons)
};

using Targets = QSet<InstanceId>;

// A member that leads, or may lead, and is not among those that are to be changed.
bool hasOtherPrimary(const Inventory& inventory, const Instance& instance, const Targets& targets)
{
    return std::ranges::any_of(inventory.instancesOf(instance.herd), [&](InstanceId id) {
        return id != instance.id && !targets.contains(id) && inventory.roleOf(*inventory.find(id)) == Role::Primary;
    });
}

QString whyNotPromote(const Inventory& inventory, const Instance& instance)
{
    if (inventory.roleOf(instance) == Role::Primary)
        return Words::tr("%1 is a primary already.").arg(instanceName(inventory, instance.id));
    return {};
}

QString whyNotTakeOver(const Inventory& inventory, const Instance& instance)
{
    const QString name = instanceName(inventory, instance.id);
    if (inventory.roleOf(instance) == Role::Primary && inventory.instancesOf(instance.herd).size() > 1)
        return Words::tr("%1 is the primary: choose the replica that is to take over, or the herd.").arg(name);
    if (inventory.instancesOf(instance.herd).size() < 2)
        return Words::tr("%1 is the only member of its herd: there is nobody to take over from.").arg(name);
    return {};
}

QString whyNotDemote(const Inventory& inventory, const Instance& instance, const Targets& targets)
{
    const QString name = instanceName(inventory, instance.id);
    const Role role = inventory.roleOf(instance);
    if (role == Role::Replica || role == Role::Detached)
        return Words::tr("%1 is a replica already.").arg(name);
    if (!hasOtherPrimary(inventory, instance, targets))
        return Words::tr("%1 is the only primary of its herd: after it nobody would accept writes. Promote another member first.").arg(name);
    for (const InstanceId id : inventory.followersOf(instance.id)) {
        if (inventory.roleOf(*inventory.find(id)) != Role::Primary)
            return Words::tr("%1 still has a follower, %2: have it follow another member first.").arg(name, instanceName(inventory, id));
    }
    return {};
}

QString whyNotRebuild(const Inventory& inventory, const Instance& instance, const Targets& targets)
{
    const QString name = instanceName(inventory, instance.id);
    if (inventory.instancesOf(instance.herd).size() < 2)
        return Words::tr("%1 is the only member of its herd: there is nothing to copy from.").arg(name);
    if (inventory.roleOf(instance) == Role::Primary && !hasOtherPrimary(inventory, instance, targets))
        return Words::tr("%1 is the only primary of its herd: its data is what the others are copied from.").arg(name);
    return {};
}

QString whyNotRemaster(const Inventory& inventory, const Instance& instance)
{
    const QString name = instanceName(inventory, instance.id);
    if (inventory.roleOf(instance) == Role::Primary)
        return Words::tr("%1 is a primary and follows nobody: demote it first.").arg(name);
    if (inventory.instancesOf(instance.herd).size() < 2)
        return Words::tr("%1 is the only member of its herd: there is nobody else to follow.").arg(name);
    return {};
}

QString whyNotInitialise(const Inventory& inventory, const Instance& instance)
{
    // The inventory's word is not enough to say that there is data.
    const Observation* seen = inventory.observation(instance.id);
    if (seen && seen->liveness == Liveness::Online)
        return Words::tr("%1 runs: its data is there already.").arg(instanceName(inventory, instance.id));
    return {};
}

QString whyNotRefreshDns(const Inventory& inventory, const Instance& instance)
{
    const Herd* herd = inventory.find(instance.herd);
    return herd && herd->virtualHost.isEmpty() ? Words::tr("The herd %1 has no virtual host.").arg(visibleLine(herd->name)) : QString();
}

QString whyNotFor(ReplicationKind kind, const Inventory& inventory, const Instance& instance, const Targets& targets)
{
    switch (kind) {
    case ReplicationKind::Promote:
        return whyNotPromote(inventory, instance);
    case ReplicationKind::Demote:
        return whyNotDemote(inventory, instance, targets);
    case ReplicationKind::Rebuild:
        return whyNotRebuild(inventory, instance, targets);
    case ReplicationKind::Remaster:
        return whyNotRemaster(inventory, instance);
    case ReplicationKind::Initialise:
        return whyNotInitialise(inventory, instance);
    case ReplicationKind::Switchover:
    case ReplicationKind::Failover:
        return whyNotTakeOver(inventory, instance);
    case ReplicationKind::RefreshDns:
        return whyNotRefreshDns(inventory, instance);
    }
    Q_UNREACHABLE();
}

QString whyNotSelection(ReplicationKind kind, const Subject& subject)
{
    switch (subject.kind) {
    case ItemKind::None:
        return Words::tr("Nothing is selected: choose instances first.");
    case ItemKind::Instance:
        return {};
    case ItemKind::Herd:
        if (kind == ReplicationKind::Initialise || concernsName(kind))
            return {};
        return Words::tr("This is done to members, not to a herd as a whole: choose the instances.");
    case ItemKind::DrPair:
        if (concernsName(kind))
            return {};
        return Words::tr("This is done to members, not to a DR pair: choose the instances.");
    case ItemKind::Environment:
    case ItemKind::Server:
        return Words::tr("This is done to single members of herds: choose the instances.");
    }
    Q_UNREACHABLE();
}

// Who stands for a herd that is chosen as a whole.
std::optional<InstanceId> anyOf(const Inventory& inventory, HerdId herd)
{
    if (const Instance* leader = inventory.leaderOf(herd))
        return leader->id;
    const std::span<const InstanceId> members = inventory.instancesOf(herd);
    return members.empty() ? std::nullopt : std::optional(members.front());
}

QString whyNobody(ReplicationKind kind)
{
    if (kind == ReplicationKind::RefreshDns)
        return Words::tr("The herd has no members.");
    return movesService(kind) ? Words::tr("No replica is there that could take over.") : Words::tr("Every member of the herd runs: there is nothing to initialise.");
}

} // namespace

std::vector<InstanceId> replicationTargets(ReplicationKind kind, const Inventory& inventory, const Subject& subject)
{
    if (subject.kind == ItemKind::Instance)
        return subject.instances;
    std::vector<InstanceId> targets;
    if (concernsName(kind) && (subject.kind == ItemKind::Herd || subject.kind == ItemKind::DrPair)) {
        for (const qint64 id : subject.ids) {
            if (const auto member = kind == ReplicationKind::RefreshDns ? anyOf(inventory, HerdId(id)) : candidateOf(inventory, HerdId(id)))
                targets.push_back(*member);
        }
        return targets;
    }
    if (kind != ReplicationKind::Initialise || subject.kind != ItemKind::Herd)
        return targets;
    std::ranges::copy_if(subject.instances, std::back_inserter(targets), [&](InstanceId id) {
        const Observation* seen = inventory.observation(id);
        return !seen || seen->liveness != Liveness::Online;
    });
    return targets;
}

QString whyNotReplication(
    ReplicationKind kind, const Inventory& inventory, const Subject& subject, const Circumstances& circumstances)
{
    if (!circumstances.whyNotRunnable.isEmpty())
        return circumstances.whyNotRunnable;
    if (const QString why = whyNotSelection(kind, subject); !why.isEmpty())
        return why;
    if (subject.instances.empty())
        return Words::tr("No instance belongs to what is selected.");
    const std::vector<InstanceId> targets = replicationTargets(kind, inventory, subject);
    if (targets.empty())
        return whyNobody(kind);
    const Targets all(targets.begin(), targets.end());
    const Instance* first = inventory.find(targets.front());
    QSet<HerdId> herds;
    for (const InstanceId id : targets) {
        const Instance* instance = inventory.find(id);
        if (!instance || !first)
            return Words::tr("An instance is no longer in the inventory.");
        for (const InstanceId concerned : concernsName(kind) ? inventory.instancesOf(instance->herd) : std::span<const InstanceId>(&id, 1)) {
            if (circumstances.busy.contains(concerned))
                return Words::tr("An operation is running on %1.").arg(instanceName(inventory, concerned));
        }
        if (kind == ReplicationKind::Remaster && instance->herd != first->herd)
            return Words::tr("The selected instances belong to different herds: choose members of one.");
        if (concernsName(kind) && herds.contains(instance->herd))
            return kind == ReplicationKind::RefreshDns ? Words::tr("Two of the selected instances belong to one herd, which has one name: choose one of them, or the herd.")
                                                       : Words::tr("Two of the selected instances belong to one herd: only one can take over.");
        herds.insert(instance->herd);
        if (const QString why = whyNotFor(kind, inventory, *instance, all); !why.isEmpty())
            return why;
    }
    return {};
}

namespace {

std::vector<ServerId> serversOf(const Subject& subject)
{
    std::vector<ServerId> servers;
    if (subject.kind == ItemKind::Server) {
        for (const qint64 id : subject.ids)
            servers.emplace_back(id);
    }
    return servers;
}

} // namespace

ReplicationRequest drainRequest(const Inventory& inventory, const Subject& subject)
{
    const std::vector<ServerId> servers = serversOf(subject);
    return {.kind = ReplicationKind::Switchover, .instances = drainOf(inventory, servers).candidates, .drained = servers};
}

QString whyNotDrain(const Inventory& inventory, const Subject& subject, const Circumstances& circumstances)
{
    const std::vector<ServerId> servers = serversOf(subject);
    if (!circumstances.whyNotRunnable.isEmpty())
        return circumstances.whyNotRunnable;
    if (servers.empty())
        return Words::tr("Servers are drained: choose them on the page of servers.");
    const Drain drain = drainOf(inventory, servers);
    if (drain.candidates.empty() && drain.staying.empty())
        return Words::tr("No primary is on %1.").arg(subjectName(inventory, subject));
    if (drain.candidates.empty())
        return Words::tr("%1 is a primary there, and no replica on another server could take over.").arg(instanceName(inventory, drain.staying.front()));
    return whyNotReplication(ReplicationKind::Switchover, inventory, {.kind = ItemKind::Instance, .instances = drain.candidates}, circumstances);
}

} // namespace elephaas
