#pragma once

#include "models/operations/replicationrequest.h"
#include "views/subject.h"

namespace elephaas {

// The instances that a replication action applies to: those selected; for Initialise also the members of selected herds that are not
// known to run, and for Switchover and Failover one replica of each selected herd or DR pair.
std::vector<InstanceId> replicationTargets(ReplicationKind kind, const Inventory& inventory, const Subject& subject);

// For the selected servers: every primary on them hands over to a replica on another one.
ReplicationRequest drainRequest(const Inventory& inventory, const Subject& subject);
QString whyNotDrain(const Inventory& inventory, const Subject& subject, const Circumstances& circumstances);

// "" when the action is available; else the reason as a sentence, by what is known without asking anybody. Pure.
QString whyNotReplication(
    ReplicationKind kind, const Inventory& inventory, const Subject& subject, const Circumstances& circumstances);

} // namespace elephaas
