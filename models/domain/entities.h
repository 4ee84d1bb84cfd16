#pragma once

#include "models/domain/id.h"
#include "models/domain/lsn.h"

#include <QDate>
#include <QString>

#include <optional>

namespace elephaas {

// Rows of the inventory, as stored. Nothing here is checked or unique: duplicates and dangling references exist
// at real sites and must be shown, not crashed on.

struct Environment {
    EnvironmentId id;
    QString name;
    QString description;
    QDate created = {};
    QDate modified = {};
    bool operator==(const Environment&) const = default;
};

// One replication cluster.
struct Herd {
    HerdId id;
    std::optional<EnvironmentId> environment;
    QString baseName; // the cluster name that operating-system tools use
    QString name;
    QString description;
    int port = 5432;
    QString dataDirectory; // every member's default
    QString virtualHost; // DNS name that points at the primary
    QDate created = {};
    QDate modified = {};
    bool operator==(const Herd&) const = default;
};

struct Server {
    ServerId id;
    std::optional<EnvironmentId> environment;
    QString hostName;
    QDate created = {};
    QDate modified = {};
    bool operator==(const Server&) const = default;
};

struct Instance {
    InstanceId id;
    HerdId herd;
    ServerId server;
    QString version; // free text; "" when unknown
    QString localDataDirectory; // "" when the herd's is used
    std::optional<Lsn> walPosition; // column xlog_pos
    bool isOnline = false;
    std::optional<InstanceId> upstream; // column master_id; none means primary
    QDate created = {};
    QDate modified = {};
    bool operator==(const Instance&) const = default;
};

} // namespace elephaas
