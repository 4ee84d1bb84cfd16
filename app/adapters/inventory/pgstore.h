#pragma once

#include "app/adapters/inventory/pgcatalog.h"
#include "app/adapters/inventory/pgsession.h"
#include "models/ports/inventorystore.h"

#include <QStringList>

namespace elephaas {

// The shared inventory: the older application's tables in a schema of a PostgreSQL database, with the console's own tables beside them where
// an administrator allowed it. All names are qualified and quoted; search_path is never relied on.
//
// open() changes nothing in the database. It fails with NotFound (no database, no schema), Schema (a table or column is missing),
// PermissionDenied (they may not be read), Authentication, Unreachable, TimedOut. Without the console's tables settings() is empty,
// setSettings() fails, and probes are not kept.
class PgStore final : public InventoryStore {
public:
    explicit PgStore(PgOptions options);
    ~PgStore() override;

    Expected<StoreInfo> open(std::stop_token stop) override;
    void close() override;
    Expected<LoadedInventory> load(std::stop_token stop) override;
    Expected<AppliedChanges> apply(const ChangeSet& changes, std::stop_token stop) override;
    Expected<void> recordState(std::span<const InstanceStateUpdate> updates, std::stop_token stop) override;
    Expected<QMap<QString, QString>> settings(std::stop_token stop) override;
    Expected<void> setSettings(const QMap<QString, QString>& changed, std::stop_token stop) override;
    // By notification where the triggers of the migrations are; else by comparing the rows' transaction ids, which also notices one's own
    // changes.
    Expected<bool> changedElsewhere(std::stop_token stop) override;

    // For an administrator: what would make this database complete, and doing it, each step in a transaction of its own. They connect by
    // themselves when open() could not (an empty database becomes a shared inventory). The result names the steps, "0002_console"; after
    // applying, `notices` has what the server remarked, such as roles that could not be made.
    Expected<QStringList> pendingMigrations(std::stop_token stop);
    Expected<QStringList> applyMigrations(std::stop_token stop, QStringList* notices = nullptr);
    // The SQL of one step as it would run here, to be shown before.
    QString migrationText(const QString& name) const;

private:
    Expected<void> connect(const std::stop_token& stop);
    Expected<void> checkUsable() const;
    Expected<void> whyNotEditable() const;
    Expected<void> applyMigration(const QString& name, int number, const QString& script);
    Expected<void> recordRows(std::span<const InstanceStateUpdate> updates);
    Expected<void> recordProbes(std::span<const InstanceStateUpdate> updates);
    Expected<QByteArray> fingerprint();

    PgSession m_session;
    PgCatalog m_catalog;
    bool m_usable = false; // open() succeeded on this connection
    bool m_listening = false;
    QByteArray m_fingerprint; // of the rows at the last look, when nothing notifies
};

} // namespace elephaas
