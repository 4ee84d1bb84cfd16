#include "app/storefactory.h"

#include "app/adapters/inventory/offlinecopy.h"
#include "app/adapters/inventory/pgstore.h"
#include "app/adapters/inventory/sqlitestore.h"
#include "app/storekey.h"

#include <QFileInfo>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

StoreChoice chooseStore(const CommandLine& options, const Paths& paths)
{
    if (!options.connection.isEmpty()) {
        PgOptions shared{.connection = options.connection};
        if (!options.schema.isEmpty())
            shared.schema = options.schema;
        const QString key = sharedInventoryKey(options.connection, options.schema);
        return {.key = key,
            .store = std::make_unique<PgStore>(shared),
            .offlineCopy = std::make_unique<SqliteOfflineCopy>(paths.offlineCopy(key))};
    }
    const QString file = options.inventoryFile.isEmpty() ? paths.localInventory() : QFileInfo(options.inventoryFile).absoluteFilePath();
    return {.key = localInventoryKey(file), .store = std::make_unique<SqliteStore>(file)};
}

} // namespace elephaas
