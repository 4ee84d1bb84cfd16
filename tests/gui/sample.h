#pragma once

#include "models/domain/difference.h"
#include "models/domain/inventory.h"
#include "models/ports/clock.h"
#include "models/ports/operationjournal.h"

#include <QTimeZone>

#include <memory>

namespace elephaas::sample {

// A clock that stands still until it is told to go on.
class StillClock final : public Clock {
public:
    QDateTime now() const override { return m_now; }
    std::chrono::steady_clock::time_point steady() const override { return m_steady; }
    void advance(std::chrono::seconds by)
    {
        m_now = m_now.addSecs(by.count());
        m_steady += by;
    }

private:
    QDateTime m_now{QDate(2026, 3, 14), QTime(3, 12, 5), Qt::UTC};
    std::chrono::steady_clock::time_point m_steady{};
};

// Builds inventories row by row; ids count from 1.
class Builder {
public:
    explicit Builder(QDateTime now)
        : m_now(std::move(now))
    {
    }

    EnvironmentId environment(const QString& name, const QString& description = {});
    ServerId server(const QString& name, std::optional<EnvironmentId> environment);
    HerdId herd(const QString& name, std::optional<EnvironmentId> environment, int port);
    // Rows by the inventory's word only.
    InstanceId instance(HerdId herd, ServerId server, const QString& version, std::optional<InstanceId> upstream = {});

    // What a probe saw, `ageSeconds` ago.
    void seenPrimary(InstanceId id, quint64 lsn, int ageSeconds = 2, int timeline = 4);
    void seenReplica(InstanceId id, quint64 replay, int ageSeconds = 2, int timeline = 4, const QString& receiver = QStringLiteral("streaming"));
    void seenOffline(InstanceId id, int ageSeconds = 2);
    void seenUnreachable(InstanceId id, int ageSeconds = 2);
    void observe(Observation observation);

    InventoryPtr build(quint64 revision = 1) const;
    const InventoryRows& rows() const { return m_rows; }
    InventoryRows& rows() { return m_rows; }

private:
    Observation seen(InstanceId id, int ageSeconds) const;

    QDateTime m_now;
    InventoryRows m_rows;
    Observations m_observations;
};

constexpr quint64 megabyte = 1024 * 1024;

// Three environments, about forty instances in every state, a cascade, a dangling upstream, rows without environment,
// and names that are meant to hurt.
Builder constellation(const QDateTime& now);

// Running and finished operations on it.
OperationRecord runningOperation(const Inventory& inventory, const QDateTime& now);
OperationRecord failedOperation(const Inventory& inventory, const QDateTime& now);

} // namespace elephaas::sample
