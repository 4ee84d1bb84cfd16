#pragma once

#include "app/adapters/inventory/sqlsession.h"
#include "models/domain/changeset.h"
#include "models/ports/inventorystore.h"

#include <stop_token>

namespace elephaas {

// What can be said about a text before the database is asked: its length in characters, NUL, broken UTF-16. Nothing: it may be stored.
// `limit` 0 means none; `what` names row and field.
std::optional<Error> checkText(const QString& text, int limit, const QString& what);

// Does what InventoryStore::apply() promises, in one transaction of `session`; nothing is changed unless it succeeds.
Expected<AppliedChanges> writeChanges(
    SqlSession& session, const ChangeSet& changes, const StoreLimits& limits, const std::stop_token& stop);

} // namespace elephaas
