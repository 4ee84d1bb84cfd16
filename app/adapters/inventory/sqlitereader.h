#pragma once

#include "app/adapters/inventory/sqlitesession.h"
#include "models/domain/inventory.h"

#include <stop_token>

namespace elephaas {

// All rows of the four tables, as they lie in the file. The caller holds a transaction when others may write meanwhile.
Expected<InventoryRows> readRows(SqliteSession& session, const std::stop_token& stop);

// The last probes. `clientHost` as in probeValues().
Expected<Observations> readProbes(SqliteSession& session, const QString& clientHost);

} // namespace elephaas
