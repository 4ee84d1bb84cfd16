#pragma once

#include "models/domain/entities.h"
#include "models/domain/inventory.h"

#include <QHash>

#include <optional>
#include <variant>
#include <vector>

namespace elephaas {

// Writes one row. `before` is the row as the editor read it; the store refuses with ErrorKind::Conflict when the row is no
// longer that (dates aside). No `before`: a new row, whose id is negative (temporary) and may be referred to by later edits.
template <class Row>
struct Put {
    Row row;
    std::optional<Row> before = std::nullopt;
};

// Deletes a row and does what the inventory's rules say about its dependants, in the same transaction:
// environment: herds and servers lose it; herd, server: their instances go too; instance: its followers lose their upstream.
template <class Key>
struct Remove {
    Key id;
};

using Edit = std::variant<Put<Environment>, Put<Herd>, Put<Server>, Put<Instance>, Remove<EnvironmentId>, Remove<HerdId>,
    Remove<ServerId>, Remove<InstanceId>>;

// Applied in order, in one transaction: all or nothing.
using ChangeSet = std::vector<Edit>;

// The keys that the store gave to temporary ones.
struct AppliedChanges {
    QHash<EnvironmentId, EnvironmentId> environments;
    QHash<HerdId, HerdId> herds;
    QHash<ServerId, ServerId> servers;
    QHash<InstanceId, InstanceId> instances;
};

// What a probe learned, for the columns that the agent fills too. Unset means: leave as it is.
struct InstanceStateUpdate {
    InstanceId instance;
    std::optional<QString> version = {};
    std::optional<bool> isOnline = {};
    std::optional<Lsn> walPosition = {};
    std::optional<std::optional<InstanceId>> upstream = {};
    ObservationPtr observation = {}; // for ele_probe; may be null
};

} // namespace elephaas
