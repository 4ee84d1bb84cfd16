#pragma once

#include "models/domain/error.h"
#include "models/domain/id.h"

#include <optional>
#include <stop_token>

namespace elephaas {

// Writes into the inventory whom an instance follows. Blocks until it is stored; from any thread but the inventory's.
class UpstreamWriter {
public:
    virtual ~UpstreamWriter() = default;
    // Nobody: it is a primary. NotFound when one of the rows is gone; PermissionDenied in read-only mode or without privileges;
    // LinkLost or Unreachable when the inventory is not there. Storing what is stored already succeeds.
    virtual Expected<void> setUpstream(InstanceId instance, std::optional<InstanceId> upstream, std::stop_token stop) = 0;
};

} // namespace elephaas
