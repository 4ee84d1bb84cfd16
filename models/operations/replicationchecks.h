#pragma once

#include "models/operations/planbuilder.h"

namespace elephaas {

// The pre-flight checks of replication. Each adds one finding or more about an instance, with what was measured, the limit and the cure; what
// could not be measured is unknown. Their names are listed in CONTRIBUTING.md beside those of repmgr.

// SSH, the account that owns the files, the programs: what everything else stands on.
void checkReach(PlanBuilder& plan, const Instance& instance);
void checkSupervisor(PlanBuilder& plan, const Instance& instance);
void checkClock(PlanBuilder& plan, const Instance& instance);
// Of an instance that is to be followed or copied from.
void checkSource(PlanBuilder& plan, const Instance& instance, const Instance& source);
void checkSystemIdentifier(PlanBuilder& plan, const Instance& instance, const Instance& source);
void checkVersion(PlanBuilder& plan, const Instance& instance, const Instance& source);
void checkConnection(PlanBuilder& plan, const Instance& instance, const Instance& source);
// Settings that a standby needs at least as large as its primary's, or it does not start (PostgreSQL manual, "Hot Standby", Administrator's
// Overview).
void checkSettings(PlanBuilder& plan, const Instance& instance, const Instance& source);
// Whether the instance is not past its new upstream. `copied`: its data are replaced, so that what only it has is lost.
void checkPosition(PlanBuilder& plan, const Instance& instance, const Instance& source, bool copied);
// The same where two primaries have parted: what is lost is told, and keeps nothing from running.
void tellPosition(PlanBuilder& plan, const Instance& instance, const Instance& source);
void checkFollowers(PlanBuilder& plan, const Instance& instance);
// What stands against its following the source whatever the way: a circle, slots, recovery targets.
void checkAsFollower(PlanBuilder& plan, const Instance& instance, const Instance& source);
// "recovery_target_time = …, …"; "" where there are none.
QString recoveryTargetsOf(const PlanBuilder& plan, const Instance& instance);
// The replication slot that the instance uses can be made at the new upstream.
void checkSlotOf(PlanBuilder& plan, const Instance& instance, const Instance& upstream);
void checkLeftovers(PlanBuilder& plan, const Instance& instance);

// Why it cannot be rewound; empty when it can as far as can be told.
QStringList whyNotRewindable(const PlanBuilder& plan, const Instance& instance, const Instance& source);
// Why no copy can be made beside its data directory and swapped in.
QStringList whyNotCopyable(const PlanBuilder& plan, const Instance& instance, const Instance& source);
QStringList whyNotInPlace(const PlanBuilder& plan, const Instance& instance, const Instance& source);
// How many bytes a copy of the source takes.
std::optional<qint64> bytesToCopy(const PlanBuilder& plan, const Instance& source);

} // namespace elephaas
