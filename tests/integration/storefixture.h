#pragma once

#include "models/ports/inventorystore.h"

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
};

struct StoreKind {
    const char* name;
    std::function<std::unique_ptr<StorePlace>()> make;
};

std::vector<StoreKind> storeKinds();

} // namespace elephaas
