#pragma once

#include "models/domain/inventory.h"
#include "models/operations/replicationrequest.h"

namespace elephaas {

// What a request takes away from somebody, in a sentence or two for the one who confirms it: which data are erased, who follows whom then.
// By the inventory's word; the plan has the details.
QString consequenceOf(const ReplicationRequest& request, const Inventory& inventory);

} // namespace elephaas
