#include "models/items/assessment.h"

#include <algorithm>

namespace elephaas {

namespace {

Role inventoryRole(const Instance& instance)
{
    return instance.upstream ? Role::Replica : Role::Primary;
}

bool noAnswer(const Observation* seen)
{
    return seen && (seen->liveness == Liveness::Unreachable || seen->liveness == Liveness::Unknown);
}

LagReason whyNoLag(const Inventory& inventory, const Instance& instance)
{
    if (!instance.upstream)
        return LagReason::NoUpstream;
    const Instance* upstream = inventory.upstreamOf(instance);
    if (!upstream)
        return LagReason::UpstreamMissing;
    const Observation* own = inventory.observation(instance.id);
    const Observation* ahead = inventory.observation(upstream->id);
    if (noAnswer(own))
        return LagReason::Unreachable;
    if (noAnswer(ahead))
        return LagReason::UpstreamUnreachable;
    if (ahead && !own)
        return LagReason::NotSeen;
    if (own && !ahead)
        return LagReason::UpstreamNotSeen;
    return inventory.positionOf(instance) ? LagReason::UpstreamNoPosition : LagReason::NoPosition;
}

Health healthOf(const Assessment& a, const Observation* seen, const ItemLimits& limits)
{
    if (a.twoPrimaries && a.role == Role::Primary)
        return Health::TwoPrimaries;
    switch (a.liveness) {
    case Liveness::Offline:
        return Health::Offline;
    case Liveness::Unreachable:
        return Health::Unreachable;
    case Liveness::Unknown:
        return Health::Unknown;
    case Liveness::Online:
        break;
    }
    if (a.roleConflict)
        return Health::RoleConflict;
    const bool replica = seen && seen->role == Role::Replica;
    if (replica && seen->receiverState.compare(QLatin1String("streaming"), Qt::CaseInsensitive) != 0)
        return Health::NotStreaming;
    return isLagging(a, limits) ? Health::Lagging : Health::Good;
}

} // namespace

bool hasMemberOn(const Inventory& inventory, HerdId herd, ServerId server)
{
    const auto members = inventory.instancesOf(herd);
    return std::any_of(members.begin(), members.end(), [&](InstanceId id) { return inventory.find(id)->server == server; });
}

bool hasTwoPrimaries(const Inventory& inventory, HerdId herd)
{
    const auto members = inventory.instancesOf(herd);
    if (members.size() < 2)
        return false;
    return std::count_if(members.begin(), members.end(), [&](InstanceId id) {
        const Observation* seen = inventory.observation(id);
        return seen && seen->liveness == Liveness::Online && seen->role == Role::Primary;
    }) > 1;
}

Assessment assess(const Inventory& inventory, const Instance& instance, bool twoPrimaries, const ItemLimits& limits)
{
    const Observation* seen = inventory.observation(instance.id);
    Assessment a;
    a.liveness = inventory.livenessOf(instance);
    a.role = inventory.roleOf(instance);
    a.twoPrimaries = twoPrimaries && seen && seen->liveness == Liveness::Online && seen->role == Role::Primary;
    a.roleConflict = seen && seen->role != Role::Unknown && seen->role != inventoryRole(instance);
    if (instance.upstream) {
        a.lagBytes = inventory.lagBytesOf(instance);
        a.receiveLagBytes = inventory.receiveLagBytesOf(instance);
    }
    if (!a.lagBytes)
        a.lagReason = whyNoLag(inventory, instance);
    a.health = healthOf(a, seen, limits);
    return a;
}

Assessment assess(const Inventory& inventory, const Instance& instance, const ItemLimits& limits)
{
    const Observation* seen = inventory.observation(instance.id);
    const bool primary = seen && seen->liveness == Liveness::Online && seen->role == Role::Primary;
    return assess(inventory, instance, primary && hasTwoPrimaries(inventory, instance.herd), limits);
}

bool isLagging(const Assessment& assessment, const ItemLimits& limits)
{
    return assessment.lagBytes && static_cast<double>(*assessment.lagBytes) > limits.lagMb * bytesPerMegabyte;
}

void Tally::add(Health health)
{
    ++count;
    if (isProblem(health))
        ++problems;
    worst = std::max(worst, health);
    ++kinds.at(static_cast<size_t>(health));
}

void Tally::add(const Tally& other)
{
    count += other.count;
    problems += other.problems;
    worst = std::max(worst, other.worst);
    for (size_t kind = 0; kind < kinds.size(); ++kind)
        kinds.at(kind) += other.kinds.at(kind);
}

} // namespace elephaas
