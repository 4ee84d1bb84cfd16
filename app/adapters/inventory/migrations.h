#pragma once

#include "models/domain/error.h"

#include <QString>

#include <vector>

namespace elephaas {

// One numbered step of the schema, from the resources. Never edited once released: sites have run it.
struct Migration {
    int number = 0;
    QString name; // "0002_console"
    QString script;
};

enum class MigrationDialect { Sqlite, PostgreSql };

// Sorted by number, without gaps, from 1.
std::vector<Migration> migrations(MigrationDialect dialect);

// Number 1 makes the tables that the older application knows. Where it has made them, number 1 counts as done.
constexpr int inventoryMigration = 1;
constexpr int consoleMigration = 2;
constexpr int operationsMigration = 3;
constexpr int probeMigration = 4;

} // namespace elephaas
