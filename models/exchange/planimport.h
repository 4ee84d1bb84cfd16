#pragma once

#include "models/domain/changeset.h"
#include "models/domain/inventory.h"
#include "models/exchange/importdocument.h"

namespace elephaas {

// The edits that bring a document into an inventory, merged as importdocument.h says; empty when everything is there already. The
// edits carry the rows of `present` as their `before`: when it is no longer what the store holds, the store refuses the whole set.
// Errors name the JSON path: duplicates, names that nothing has, an instance that follows itself.
Expected<ChangeSet> planImport(const ImportDocument& document, const Inventory& present);

} // namespace elephaas
