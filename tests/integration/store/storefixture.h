#pragma once

#include "models/ports/inventorystore.h"
#include "tests/support/postgresserver.h"

#include <functional>
#include <memory>

namespace elephaas {

// A place for inventories of one kind, made for one test function.
class StorePlace {
public:
    virtual ~StorePlace() = default;
    // Another connection to the same inventory; the first call finds it empty.
    virtual std::unique_ptr<InventoryStore> store() = 0;
    // Runs SQL behind the stores' backs, as another program would.
    virtual void execute(const QString& sql) = 0;
    virtual QString table(const QString& name) const = 0;
    // What a new inventory of this kind has.
    virtual bool hasConsoleTables() const { return true; }
    virtual StoreLimits limits() const
    {
        return {.environmentName = 40, .baseName = 40, .herdName = 40, .dataDirectory = 1024, .virtualHost = 255, .hostName = 255,
            .version = 20, .localDataDirectory = 1024};
    }
};

struct StoreKind {
    const char* name;
    std::function<std::unique_ptr<StorePlace>()> make;
};

std::vector<StoreKind> storeKinds();

// The one server of this test program; started on first use.
PostgresServer& testServer();
void endTestServer();

// The tables that the older application makes, in `schema`; its account `siteuser` may not create anything.
QString olderApplicationSchema(const QString& schema);

// Rows as real sites have them, for import: duplicates, a circle, an upstream in another herd.
QByteArray realSiteDocument();

} // namespace elephaas
