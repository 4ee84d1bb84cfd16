#pragma once

#include "models/domain/changeset.h"
#include "models/domain/inventory.h"

#include <QMap>
#include <QString>

#include <span>
#include <stop_token>

namespace elephaas {

// What the account may do, read from the database's own privileges.
struct StorePrivileges {
    bool editInventory = false; // insert, update, delete on environments, herds, servers and instances
    bool updateInstanceState = false;
    bool useConsoleTables = false; // ele_console_*, ele_operation*, ele_probe exist and may be written
    bool createTables = false; // may apply migrations
    QString reason = {}; // why something above is false, for tool tips; in the database's words where it has any
    bool operator==(const StorePrivileges&) const = default;
};

// The longest value of each text column, in characters, from the catalog.
struct StoreLimits {
    int environmentName = 40;
    int baseName = 40;
    int herdName = 40;
    int dataDirectory = 100;
    int virtualHost = 40;
    int hostName = 40;
    int version = 10;
    int localDataDirectory = 100;
    bool operator==(const StoreLimits&) const = default;
};

struct StoreInfo {
    QString description; // "inventory.sqlite on this computer", "admin on pg-admin as ops": no secrets
    QString user = {};
    bool isShared = false;
    int schemaVersion = 0; // 0: no console tables; the tables of the older application only
    int newestSchemaVersion = 0; // what this program knows
    StorePrivileges privileges = {};
    StoreLimits limits = {};
};

struct LoadedInventory {
    InventoryRows rows;
    Observations observations = {};
    QDateTime readAt = {}; // UTC, this computer's clock
};

struct OfflineContent {
    LoadedInventory inventory;
    QMap<QString, QString> settings = {}; // the team's: how servers are reached has to be known without the inventory, too
};

// Where the inventory is kept. All calls block and belong to one thread, the one that called open(): it owns the database
// connection. A call that finds the connection gone returns ErrorKind::LinkLost or Unreachable; open() again mends it.
// Calls look at the stop token and return ErrorKind::Cancelled as soon as they can.
class InventoryStore {
public:
    virtual ~InventoryStore() = default;

    // Connects (or reconnects), creates a missing local inventory, applies migrations to a local one, reads privileges and limits.
    virtual Expected<StoreInfo> open(std::stop_token stop) = 0;
    virtual void close() = 0;

    // One consistent read (one repeatable-read transaction on PostgreSQL), with the last probe of each instance where it is kept.
    virtual Expected<LoadedInventory> load(std::stop_token stop) = 0;

    virtual Expected<AppliedChanges> apply(const ChangeSet& changes, std::stop_token stop) = 0;

    // Writes what probes saw; rows that are gone meanwhile are passed over. Only columns that differ are written.
    virtual Expected<void> recordState(std::span<const InstanceStateUpdate> updates, std::stop_token stop) = 0;

    // Team-wide settings (ele_console_setting), UTF-8 text by key. Writing an empty value removes the key.
    virtual Expected<QMap<QString, QString>> settings(std::stop_token stop) = 0;
    virtual Expected<void> setSettings(const QMap<QString, QString>& changed, std::stop_token stop) = 0;

    // True when somebody else changed the inventory since the last load or call; cheap (NOTIFY, or a change counter).
    virtual Expected<bool> changedElsewhere(std::stop_token stop) = 0;
};

// The last good snapshot of a shared inventory, kept on this computer so that the next start shows it at once.
// Calls block; one thread at a time.
class OfflineCopy {
public:
    virtual ~OfflineCopy() = default;
    // No copy yet: nullopt. `readAt` is when the live inventory was read.
    virtual Expected<std::optional<OfflineContent>> load(std::stop_token stop) = 0;
    virtual Expected<void> save(const Inventory& snapshot, const QMap<QString, QString>& settings, std::stop_token stop) = 0;
};

} // namespace elephaas
