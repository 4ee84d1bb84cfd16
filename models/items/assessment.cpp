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

Condition conditionOf(const Assessment& a, const Observation* seen, const ItemLimits& limits)
{
    if (a.twoPrimaries && a.role == Role::Primary)
        return Condition::TwoPrimaries;
    switch (a.liveness) {
    case Liveness::Offline:
        return Condition::Offline;
    case Liveness::Unreachable:
        return Condition::Unreachable;
    case Liveness::Unknown:
        return Condition::Unknown;
    case Liveness::Online:
        break;
    }
    if (a.roleConflict)
        return Condition::RoleConflict;
    const bool replica = seen && seen->role == Role::Replica;
    if (replica && seen->receiverState.compare(QLatin1String("streaming"), Qt::CaseInsensitive) != 0)
        return Condition::NotStreaming;
    if (a.lagBytes && static_cast<double>(*a.lagBytes) > limits.lagMb * bytesPerMegabyte)
        return Condition::Lagging;
    return Condition::Good;
}

} // namespace

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
    a.condition = conditionOf(a, seen, limits);
    return a;
}

Assessment assess(const Inventory& inventory, const Instance& instance, const ItemLimits& limits)
{
    return assess(inventory, instance, hasTwoPrimaries(inventory, instance.herd), limits);
}

void Tally::add(Condition condition)
{
    ++count;
    if (isProblem(condition))
        ++problems;
    worst = std::max(worst, condition);
}

void Tally::add(const Tally& other)
{
    count += other.count;
    problems += other.problems;
    worst = std::max(worst, other.worst);
}

} // namespace elephaas
