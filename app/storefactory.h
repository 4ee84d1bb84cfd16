#pragma once

#include "app/commandline.h"
#include "app/platform/paths.h"
#include "models/ports/herdlocks.h"
#include "models/ports/inventorystore.h"

#include <memory>

namespace elephaas {

// Which inventory a start of the program is about, and the adapters for it.
struct StoreChoice {
    QString key; // the same for the same inventory: names the offline copy, the single window and the saved state; no secrets
    std::unique_ptr<InventoryStore> store;
    std::unique_ptr<OfflineCopy> offlineCopy; // null for a local inventory
    std::shared_ptr<HerdLocks> locks;
};

// The command line decides; without a word there it is the default local inventory.
StoreChoice chooseStore(const CommandLine& options, const Paths& paths);

// --migrate: applies what the shared inventory lacks, says each step and what the server remarked, and returns the exit code.
int runMigrations(const CommandLine& options);

} // namespace elephaas
