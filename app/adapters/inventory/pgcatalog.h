#pragma once

#include "app/adapters/inventory/pgsession.h"
#include "models/ports/inventorystore.h"

namespace elephaas {

// What the database's catalog says about an inventory: which tables are there, how long values may be, what the account may do.
struct PgCatalog {
    bool hasSchema = false;
    int inventoryTables = 0; // of the four
    bool hasProbeTable = false; // and it may be read
    bool mayWriteProbes = false;
    bool hasSettingsTable = false; // and it may be read
    bool notifies = false; // triggers send on channel ele_inventory
    int schemaVersion = 0;
    StorePrivileges privileges;
    StoreLimits limits;
    QString missing; // tables and columns of the four that are not there
    QString unreadable; // tables of the four that the account may not select from, or the schema
};

Expected<PgCatalog> readCatalog(PgSession& session, int newestSchemaVersion);

} // namespace elephaas
