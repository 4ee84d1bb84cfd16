#pragma once

#include "models/domain/error.h"

#include <QByteArray>
#include <QString>

#include <chrono>
#include <vector>

namespace elephaas {

// Where a shared inventory is.
struct PgOptions {
    // Any libpq connection string or URI ("service=admin", "host=a,b target_session_attrs=read-write"; PostgreSQL manual, "Connection
    // Strings"). What it leaves open comes from PG* variables, the service file and .pgpass.
    QString connection = {};
    QString database = QStringLiteral("admin"); // when neither `connection`, a service nor PGDATABASE names one
    QString schema = QStringLiteral("utility");
    QString password = {}; // kept in memory only; never part of a text
    std::chrono::seconds connectTimeout{5}; // for each address, unless `connection` says otherwise
    std::chrono::milliseconds silence{30000}; // a server that says nothing for so long during a statement counts as gone
    QString applicationName = QStringLiteral("elephaas");
};

struct PgParameter {
    QByteArray keyword;
    QByteArray value;
};

// All connection parameters, `options` and the console's defaults together. InvalidInput when `connection` or the schema's name cannot be
// used; the text is not repeated, it may hold a password.
Expected<std::vector<PgParameter>> connectionParameters(const PgOptions& options);

} // namespace elephaas
