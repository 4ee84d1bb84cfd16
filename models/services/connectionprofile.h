#pragma once

#include <QString>

namespace elephaas {

// Where an inventory is and how to get there. Holds no secret: a password comes from the keychain, from .pgpass, or from a person.
struct ConnectionProfile {
    enum class Kind { Local, Shared };

    Kind kind = Kind::Local;
    QString name = {}; // what the user calls it; "" for the default
    QString file = {}; // local: path of the SQLite file; "" is the default file in the user's data directory

    // Shared: as libpq takes them (PostgreSQL manual, "Parameter Key Words"). Empty: libpq's own default.
    QString service = {}; // a name of pg_service.conf
    QString hosts = {}; // one or several, separated by commas
    QString ports = {}; // one for all, or one for each host
    QString database = QStringLiteral("admin");
    QString schema = QStringLiteral("utility");
    QString user = {};
    QString sslMode = {}; // disable, allow, prefer, require, verify-ca, verify-full
    bool rememberPassword = false; // in the desktop's keychain

    bool operator==(const ConnectionProfile&) const = default;
};

} // namespace elephaas
