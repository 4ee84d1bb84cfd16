#include "app/adapters/inventory/migrations.h"

#include <QDir>
#include <QFile>

// In the global namespace, as the macro wants it.
static void initResources()
{
    Q_INIT_RESOURCE(migrations);
}

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

std::vector<Migration> migrations(MigrationDialect dialect)
{
    initResources();
    const QDir folder(dialect == MigrationDialect::Sqlite ? u":/migrations/sqlite"_s : u":/migrations/postgresql"_s);
    std::vector<Migration> all;
    for (const QString& name : folder.entryList({u"*.sql"_s}, QDir::Files, QDir::Name)) {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly))
            qFatal("resource %s is missing", qUtf8Printable(name));
        all.push_back({name.left(4).toInt(), name.chopped(4), QString::fromUtf8(file.readAll())});
        Q_ASSERT(all.back().number == int(all.size()));
    }
    return all;
}

} // namespace elephaas
