#pragma once

#include "models/domain/changeset.h"
#include "models/domain/inventory.h"

#include <span>
#include <vector>

namespace elephaas {

// Whom an instance follows, as far as an observation proves it. Unset: nothing is proved, leave it as it is. Set to nothing: it
// follows nobody (a running primary). The upstream's host is matched against the other members of the herd: names without regard
// to case, a short name with a full one of the same first label; the herd's virtual host means the one member seen as primary
// of the same system; an address, a member on which this instance is seen as a follower. What fits more than one proves nothing.
std::optional<std::optional<InstanceId>> resolveUpstream(const Inventory& inventory, const Observation& seen);

// One update per observation whose instance exists, with the columns that differ from its row: version, is_online, xlog_pos,
// master_id. Only what was really seen is written: nothing from a server that was not reached, no facts of an earlier probe.
std::vector<InstanceStateUpdate> stateUpdates(const Inventory& inventory, std::span<const ObservationPtr> observed);

} // namespace elephaas
