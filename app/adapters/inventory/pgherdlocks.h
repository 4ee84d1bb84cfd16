#pragma once

#include "app/adapters/inventory/pgoptions.h"
#include "models/ports/herdlocks.h"

#include <memory>

namespace elephaas {

// Locks on the herds of a shared inventory: session-level advisory locks (PostgreSQL manual, "Explicit Locking"), each operation's on a
// connection of its own, so that they end with their console whatever happens to it. Who holds them stands in ele_herd_lock, where the
// console's tables are there and may be written; else other consoles see the connection itself (pg_stat_activity). A row without the
// advisory lock means nothing: its console is gone.
//
// A connection that is lost is made anew and the locks are taken again, if nobody else has them by then; release() tells. Not through a
// pooler that shares connections among sessions. Thread-safe.
class PgHerdLocks final : public HerdLocks {
public:
    explicit PgHerdLocks(PgOptions options);
    ~PgHerdLocks() override;
    PgHerdLocks(const PgHerdLocks&) = delete;
    PgHerdLocks& operator=(const PgHerdLocks&) = delete;

    Expected<void> acquire(
        const QUuid& operation, std::span<const HerdId> herds, const QString& what, const QString& who, std::stop_token stop) override;
    Expected<void> check(const QUuid& operation) override;
    Expected<void> release(const QUuid& operation) override;

private:
    class Private;
    std::unique_ptr<Private> m_d;
};

} // namespace elephaas
