#include "app/storefactory.h"

#include "app/adapters/inventory/offlinecopy.h"
#include "app/adapters/inventory/pgherdlocks.h"
#include "app/adapters/inventory/pgstore.h"
#include "app/adapters/inventory/sqliteherdlocks.h"
#include "app/adapters/inventory/sqlitestore.h"
#include "app/storekey.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <cstdio>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

PgOptions sharedOptions(const CommandLine& options)
{
    PgOptions shared{.connection = options.connection};
    if (!options.schema.isEmpty())
        shared.schema = options.schema;
    return shared;
}

void say(std::FILE* stream, const QString& line)
{
    std::fputs((line + u'\n').toLocal8Bit().constData(), stream);
}

} // namespace

int runMigrations(const CommandLine& options)
{
    PgStore store(sharedOptions(options));
    QStringList notices;
    const auto applied = store.applyMigrations({}, &notices);
    for (const QString& notice : notices)
        say(stdout, notice);
    if (!applied) {
        say(stderr, u"elephaas: "_s + applied.error().text());
        return 1;
    }
    for (const QString& step : *applied)
        say(stdout, QCoreApplication::translate("Migration", "Applied %1.").arg(step));
    if (applied->isEmpty())
        say(stdout, QCoreApplication::translate("Migration", "The shared inventory is complete already."));
    return 0;
}

StoreChoice chooseStore(const CommandLine& options, const Paths& paths)
{
    if (!options.connection.isEmpty()) {
        const PgOptions shared = sharedOptions(options);
        const QString key = sharedInventoryKey(options.connection, options.schema);
        return {.key = key,
            .store = std::make_unique<PgStore>(shared),
            .offlineCopy = std::make_unique<SqliteOfflineCopy>(paths.offlineCopy(key)),
            .locks = std::make_shared<PgHerdLocks>(shared)};
    }
    const QString file = options.inventoryFile.isEmpty() ? paths.localInventory() : QFileInfo(options.inventoryFile).absoluteFilePath();
    return {.key = localInventoryKey(file), .store = std::make_unique<SqliteStore>(file), .offlineCopy = {},
        .locks = std::make_shared<SqliteHerdLocks>(file)};
}

} // namespace elephaas
