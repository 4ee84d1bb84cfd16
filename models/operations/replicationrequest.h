#pragma once

#include "models/domain/id.h"

#include <QString>

#include <array>
#include <optional>
#include <vector>

namespace elephaas {

// What changes who follows whom.
// Switchover: the primary hands over to the instance. Failover: the primary does not answer, and the instance takes over without it.
// RefreshDns: nobody is changed but the virtual host of the instance's herd, which points to the primary then.
enum class ReplicationKind { Promote, Demote, Rebuild, Remaster, Initialise, Switchover, Failover, RefreshDns };
// Automatic: the ladder, from the cheapest that can work.
enum class RebuildMethod { Automatic, Rewind, Copy, InPlace };
// What becomes of the one that was the primary. LeaveOff: a safety copy, configured as a standby. Rejoin: it follows the new one at once.
enum class OldPrimary { LeaveOff, Rejoin };
inline constexpr std::array oldPrimaries{OldPrimary::LeaveOff, OldPrimary::Rejoin};
// By which name a standby reaches the primary of its herd. VirtualHost: the name that moves along with it, where it points to it.
enum class UpstreamHost { Server, VirtualHost };

// What a person wants; planners turn it into a plan.
struct ReplicationRequest {
    ReplicationKind kind = ReplicationKind::Promote;
    std::vector<InstanceId> instances = {};
    std::optional<InstanceId> upstream = {}; // Remaster: whom to follow; Rebuild, Initialise: whom to copy from, none: the herd's leader
    RebuildMethod method = RebuildMethod::Automatic;
    OldPrimary oldPrimary = OldPrimary::LeaveOff; // Switchover
    std::vector<ServerId> drained = {}; // Switchover: servers that are to have no primary afterwards; who is elsewhere already is left alone
    bool operator==(const ReplicationRequest&) const = default;
};

QString keyOf(ReplicationKind kind); // "promote", "demote", "rebuild", "remaster", "initialise", "switchover", "failover",
// "refresh-dns": also the plan's kind
QString titleOf(ReplicationKind kind); // for people: "Promote"
QString keyOf(RebuildMethod method); // "automatic", "rewind", "copy", "in-place"
QString titleOf(RebuildMethod method); // for people: "Copy"
QString keyOf(OldPrimary what); // "leave-off", "rejoin"
// What moves the service: whose DNS name moves along, and whom the other members follow from then on.
bool movesService(ReplicationKind kind);
// What reads, and may change, the DNS name of a herd.
bool concernsName(ReplicationKind kind);

} // namespace elephaas
