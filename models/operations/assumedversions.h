#pragma once

#include "models/domain/inventory.h"
#include "models/operations/replicationrequest.h"

namespace elephaas {

// For building commands only: an instance that is to be initialised as a replica, and whose version nobody knows yet, will have the version of
// the member that it is copied from.
InventoryPtr withAssumedVersions(const InventoryPtr& inventory, const ReplicationRequest& request);

} // namespace elephaas
