#pragma once

#include "app/adapters/inventory/sqlitesession.h"
#include "models/ports/inventorystore.h"

namespace elephaas {

// The local inventory: one SQLite file, created on first start. Several consoles may use one file at a time.
// Commits are on disk when the call returns (WAL, synchronous = FULL).
class SqliteStore final : public InventoryStore {
public:
    // `file` is an absolute path; its folder is created when missing.
    explicit SqliteStore(QString file);
    ~SqliteStore() override;

    Expected<StoreInfo> open(std::stop_token stop) override;
    void close() override;
    Expected<LoadedInventory> load(std::stop_token stop) override;
    Expected<AppliedChanges> apply(const ChangeSet& changes, std::stop_token stop) override;
    Expected<void> recordState(std::span<const InstanceStateUpdate> updates, std::stop_token stop) override;
    Expected<QMap<QString, QString>> settings(std::stop_token stop) override;
    Expected<void> setSettings(const QMap<QString, QString>& changed, std::stop_token stop) override;
    Expected<bool> changedElsewhere(std::stop_token stop) override;

private:
    Expected<void> openFile();
    Expected<void> migrate();
    Expected<int> schemaVersion();
    Expected<void> readLimits();
    Expected<qint64> dataVersion();
    Expected<void> whyNotWritable() const;
    Expected<void> recordOne(const InstanceStateUpdate& update);

    SqliteSession m_session;
    StoreInfo m_info;
    bool m_readOnlyFile = false;
    qint64 m_seenVersion = 0; // PRAGMA data_version at the last look
};

} // namespace elephaas
