#pragma once

#include "models/domain/id.h"

#include <QString>

#include <optional>
#include <vector>

namespace elephaas {

// What changes who follows whom.
enum class ReplicationKind { Promote, Demote, Rebuild, Remaster, Initialise };
// Automatic: the ladder, from the cheapest that can work.
enum class RebuildMethod { Automatic, Rewind, Copy, InPlace };

// What a person wants; planners turn it into a plan.
struct ReplicationRequest {
    ReplicationKind kind = ReplicationKind::Promote;
    std::vector<InstanceId> instances = {};
    std::optional<InstanceId> upstream = {}; // Remaster: whom to follow; Rebuild, Initialise: whom to copy from, none: the herd's leader
    RebuildMethod method = RebuildMethod::Automatic;
    bool operator==(const ReplicationRequest&) const = default;
};

QString keyOf(ReplicationKind kind); // "promote", "demote", "rebuild", "remaster", "initialise": also the plan's kind
QString titleOf(ReplicationKind kind); // for people: "Promote"
QString keyOf(RebuildMethod method); // "automatic", "rewind", "copy", "in-place"
QString titleOf(RebuildMethod method); // for people: "Copy"

} // namespace elephaas
