#pragma once

#include "app/adapters/inventory/pgsession.h"
#include "models/ports/inventorystore.h"

namespace elephaas {

// Everything in one repeatable-read transaction and one round trip; rows become values while the server sends the next table.
Expected<LoadedInventory> loadEverything(PgSession& session, bool withProbes, const QString& clientHost);

} // namespace elephaas
