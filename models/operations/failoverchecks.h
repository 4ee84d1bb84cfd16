#pragma once

#include "models/operations/replicationchecks.h"

namespace elephaas {

// The pre-flight checks of what moves a service: switchover and failover. As those of replicationchecks.h.

// The candidate is a standby that can be promoted at once.
void checkCandidate(PlanBuilder& plan, const Instance& candidate);
// It streams from this primary and is near enough.
void checkStreams(PlanBuilder& plan, const Instance& candidate, const Instance& primary);
// The addresses of those who stream from the primary beside the candidate; nothing where it is not known which of them is the candidate's.
QStringList otherFollowers(const PlanBuilder& plan, const Instance& candidate, const Instance& primary);
// What on the primary does not survive, keeps it from stopping, or is ended by it.
void checkBeforeStop(PlanBuilder& plan, const Instance& primary);
// What is lost when the candidate takes over without the primary, in bytes; and whether another member has more.
void estimateLoss(PlanBuilder& plan, const Instance& candidate, const Instance* primary);
// The old primary is known to be off, or a person says so.
void checkIsOff(PlanBuilder& plan, const Instance& candidate, const Instance* primary);
// What the other members need to follow the candidate.
void checkRoomForFollowers(PlanBuilder& plan, const Instance& candidate, int followers);
void checkMember(PlanBuilder& plan, const Instance& member, const Instance& candidate);
// How the virtual host is to be changed; nothing, and findings, where it is not. To refresh it, the candidate is who is primary now.
std::optional<DnsChange> checkAlias(PlanBuilder& plan, const Instance& candidate, const Instance* primary);

} // namespace elephaas
