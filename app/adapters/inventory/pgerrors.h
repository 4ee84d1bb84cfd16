#pragma once

#include "models/domain/error.h"

#include <QByteArray>

namespace elephaas {

// What a failed statement reported (PostgreSQL manual, "PostgreSQL Error Codes").
struct PgFailure {
    QByteArray state; // SQLSTATE, five characters
    QString message; // the server's own words
    QString detail;
    QString table;
};

Error describeFailure(const PgFailure& failure, const QString& where);

} // namespace elephaas
