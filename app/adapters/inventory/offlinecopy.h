#pragma once

#include "app/adapters/inventory/sqlitesession.h"
#include "models/ports/inventorystore.h"

namespace elephaas {

// The last good snapshot of a shared inventory in a file of the local inventory's format: its four tables, and one row with the time of
// reading, the number of rows, what probes saw, and the team's settings. A copy is written beside the old one and takes its place when it is complete and on
// disk, so there is always a whole one. A file that is damaged or of another version is an error, never half an inventory.
class SqliteOfflineCopy final : public OfflineCopy {
public:
    // `file` is an absolute path; its folder is created when missing.
    explicit SqliteOfflineCopy(QString file);

    Expected<std::optional<OfflineContent>> load(std::stop_token stop) override;
    Expected<void> save(const Inventory& snapshot, const QMap<QString, QString>& settings, std::stop_token stop) override;

private:
    static Expected<void> write(
        const QString& file, const Inventory& snapshot, const QMap<QString, QString>& settings, const std::stop_token& stop);

    const QString m_file;
};

} // namespace elephaas
