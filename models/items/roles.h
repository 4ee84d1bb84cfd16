#pragma once

#include <QObject>

namespace elephaas {

// What every item model answers beside the roles of Qt. Values are typed: index.data(LivenessRole).value<Liveness>().
// A role that makes no sense for a row (a herd's role) is an invalid QVariant.
enum ItemRole {
    SortRole = Qt::UserRole + 1, // what the cell means: number, date, text; invalid when unknown
    IdRole, // qint64, the key of the row's entity; of a DR pair its herd's
    KindRole, // ItemKind
    LivenessRole, // Liveness
    RoleRole, // Role
    FreshnessRole, // Freshness of this cell
    EnvironmentNameRole, // QString, "" when none is assigned
    LagRole, // double, MB; invalid when unknown
    FoldedTextRole, // QString, what text filters search
    HealthRole, // Health: of the instance, or the worst of what belongs to the row
    ProblemRole, // bool, see isProblem()
    ConflictRole, // bool: inventory and observation disagree about the role, or the herd has two primaries
    CountRole, // int, instances that belong to the row (tree, herds, servers, environments)
    ProblemCountRole, // int, how many of these have a problem
    WorstCountRole, // int, how many of these are as bad as the worst of them; constellation tree only
    EnvironmentIdRole, // qint64, 0 when none is assigned
    HerdIdRole, // qint64; invalid for rows without a herd
    ServerIdRole, // qint64; of a DR pair the replica's
};

enum class ItemKind { None, Environment, Herd, Server, Instance, DrPair };

// Unknown: there is no value. Stale: a value, but older than the limit, or never observed (the inventory's word).
enum class Freshness { Fresh, Stale, Unknown };

// The one thing to say about an instance, or the worst of many; ordered, the worst last.
enum class Health {
    Empty, // no instance
    Good,
    Unknown, // nobody could say whether it runs
    Lagging, // replay is behind the upstream by more than the limit
    NotStreaming, // a running replica whose WAL receiver does not stream
    RoleConflict, // the probe saw another role than the inventory has
    Unreachable,
    Offline,
    TwoPrimaries, // two running primaries were seen in one herd
};

// What "problems only" keeps: everything worse than Good. A lag that is unknown is no problem of its own (its cause is).
constexpr bool isProblem(Health health) { return health > Health::Good; }

} // namespace elephaas
