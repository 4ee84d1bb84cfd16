#pragma once

#include "models/domain/entities.h"
#include "models/domain/observation.h"

#include <QDateTime>
#include <QHash>

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace elephaas {

// The rows of one consistent read, in any order.
struct InventoryRows {
    std::vector<Environment> environments;
    std::vector<Herd> herds;
    std::vector<Server> servers;
    std::vector<Instance> instances;
    bool operator==(const InventoryRows&) const = default;
};

using ObservationPtr = std::shared_ptr<const Observation>;
using Observations = QHash<InstanceId, ObservationPtr>;

// A herd's primary and its best replica: online, least lag, then lowest id.
struct DrPair {
    HerdId herd;
    InstanceId primary;
    InstanceId replica;
    std::optional<qint64> lagBytes;
    bool operator==(const DrPair&) const = default;
};

// One immutable snapshot: rows, what probes saw, and indexes over both. Safe to share between threads.
class Inventory final {
public:
    Inventory();
    // `revision` orders snapshots of one run of the program; `asOf` is when the rows were read (UTC, invalid: never).
    Inventory(InventoryRows rows, Observations observations, quint64 revision, QDateTime asOf);

    quint64 revision() const { return m_revision; }
    QDateTime asOf() const { return m_asOf; }

    // Each sorted by id.
    const std::vector<Environment>& environments() const { return m_body->rows.environments; }
    const std::vector<Herd>& herds() const { return m_body->rows.herds; }
    const std::vector<Server>& servers() const { return m_body->rows.servers; }
    const std::vector<Instance>& instances() const { return m_body->rows.instances; }
    const InventoryRows& rows() const { return m_body->rows; }
    const Observations& observations() const { return m_observations; }

    // nullptr when there is no such row; the pointers live as long as the snapshot.
    const Environment* find(EnvironmentId id) const;
    const Herd* find(HerdId id) const;
    const Server* find(ServerId id) const;
    const Instance* find(InstanceId id) const;
    const Observation* observation(InstanceId id) const;

    // Sorted by id.
    std::span<const InstanceId> instancesOf(HerdId id) const;
    std::span<const InstanceId> instancesOn(ServerId id) const;
    std::span<const InstanceId> followersOf(InstanceId id) const;
    // The instance's upstream row, if it has one that exists.
    const Instance* upstreamOf(const Instance& instance) const;
    // The herd's primary by the inventory's word: the member without upstream; of several the one with most
    // followers, then the lowest id. nullptr when there is none.
    const Instance* leaderOf(HerdId id) const;
    // The environment of an instance is its herd's; nullptr when none is assigned.
    const Environment* environmentOf(const Instance& instance) const;
    QString dataDirectoryOf(const Instance& instance) const;

    // Observed where a probe saw it, else the inventory's word.
    Liveness livenessOf(const Instance& instance) const;
    Role roleOf(const Instance& instance) const;
    std::optional<PgVersion> versionOf(const Instance& instance) const;
    std::optional<Lsn> positionOf(const Instance& instance) const;
    // Bytes the instance's replay position is behind its upstream's position; never below 0. Unknown when it has no
    // upstream, either position is unknown, or one of them comes from a probe and the other does not.
    std::optional<qint64> lagBytesOf(const Instance& instance) const;
    // The same with the receive position.
    std::optional<qint64> receiveLagBytesOf(const Instance& instance) const;

    // Of one herd; none without a leader or an online replica.
    std::optional<DrPair> drPairOf(HerdId id) const;
    // One per herd that has a leader and an online replica, sorted by herd id.
    std::vector<DrPair> drPairs() const;

    // The same rows with some observations replaced. Rows and indexes are shared between the two.
    std::shared_ptr<const Inventory> withObservations(std::span<const ObservationPtr> changed, quint64 revision) const;
    bool sharesRowsWith(const Inventory& other) const { return m_body == other.m_body; }

private:
    // Instances grouped by a key: two parallel arrays sorted by key, then instance.
    struct Index {
        std::vector<qint64> keys;
        std::vector<InstanceId> members;
        std::span<const InstanceId> of(qint64 key) const;
    };
    struct Body {
        InventoryRows rows;
        Index byHerd;
        Index byServer;
        Index byUpstream;
    };
    static Index makeIndex(std::vector<std::pair<qint64, InstanceId>> pairs);
    static std::shared_ptr<const Body> makeBody(InventoryRows rows);

    std::shared_ptr<const Body> m_body;
    Observations m_observations;
    quint64 m_revision = 0;
    QDateTime m_asOf;
};

using InventoryPtr = std::shared_ptr<const Inventory>;

constexpr qint64 bytesPerMegabyte = 1024 * 1024;

} // namespace elephaas
