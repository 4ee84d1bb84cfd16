#pragma once

#include "models/domain/inventory.h"
#include "models/items/roles.h"

#include <chrono>
#include <array>
#include <optional>

namespace elephaas {

// Limits that decide what is shown as stale and as lagging.
struct ItemLimits {
    std::chrono::seconds freshFor{90}; // an observation older than this is stale
    double lagMb = 100; // more than this is lagging
    bool operator==(const ItemLimits&) const = default;
};

// Why there is no lag to show.
enum class LagReason {
    Known,
    NoUpstream, // not applicable: it follows nobody
    UpstreamMissing, // the inventory names an upstream that does not exist
    NotSeen, // the upstream was probed, this one never
    UpstreamNotSeen,
    Unreachable,
    UpstreamUnreachable,
    NoPosition,
    UpstreamNoPosition,
};

// What is known of one instance, weighed. Cheap: a few look-ups in the snapshot.
struct Assessment {
    Liveness liveness = Liveness::Unknown;
    Role role = Role::Unknown;
    Health health = Health::Empty;
    bool roleConflict = false;
    bool twoPrimaries = false;
    std::optional<qint64> lagBytes;
    std::optional<qint64> receiveLagBytes;
    LagReason lagReason = LagReason::Known;
    bool operator==(const Assessment&) const = default;
};

// True when the herd has an instance on the server.
bool hasMemberOn(const Inventory& inventory, HerdId herd, ServerId server);

// True when probes saw two or more running primaries among the herd's members.
bool hasTwoPrimaries(const Inventory& inventory, HerdId herd);

// `twoPrimaries` is hasTwoPrimaries() of its herd: the same for all members, so the caller looks once.
Assessment assess(const Inventory& inventory, const Instance& instance, bool twoPrimaries, const ItemLimits& limits);
Assessment assess(const Inventory& inventory, const Instance& instance, const ItemLimits& limits);

// Its lag is known and above the limit, whatever else is wrong with it.
bool isLagging(const Assessment& assessment, const ItemLimits& limits);

// Of many instances: how many, how many with a problem, the worst, and how many of each kind: ten that are down and one that nobody
// can reach are not eleven that are down.
struct Tally {
    int count = 0;
    int problems = 0;
    Health worst = Health::Empty;
    std::array<int, static_cast<size_t>(Health::TwoPrimaries) + 1> kinds{};

    int of(Health health) const { return kinds.at(static_cast<size_t>(health)); }

    void add(Health health);
    void add(const Tally& other);
    bool operator==(const Tally&) const = default;
};

} // namespace elephaas
