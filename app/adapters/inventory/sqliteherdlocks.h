#pragma once

#include "models/ports/herdlocks.h"

#include <QLockFile>

#include <map>
#include <memory>
#include <mutex>

namespace elephaas {

// Locks on the herds of a local inventory: rows in its file, each of which counts as long as the lock file of its operation, beside it, is
// held by a living process. Thread-safe.
class SqliteHerdLocks final : public HerdLocks {
public:
    // The inventory's file, as SqliteStore has it.
    explicit SqliteHerdLocks(QString file);

    Expected<void> acquire(
        const QUuid& operation, std::span<const HerdId> herds, const QString& what, const QString& who, std::stop_token stop) override;
    Expected<void> check(const QUuid& operation) override;
    Expected<void> release(const QUuid& operation) override;

private:
    QString lockFileOf(const QString& operation) const;
    bool isAlive(const QString& operation) const;
    Expected<void> writeRows(const QUuid& operation, std::span<const HerdId> herds, const QString& what, const QString& who) const;

    const QString m_file;
    std::mutex m_mutex;
    std::map<QUuid, std::unique_ptr<QLockFile>> m_held;
};

} // namespace elephaas
