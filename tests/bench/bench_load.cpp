// How long the inventory of 10,000 instances, 3,000 herds and 2,000 servers takes to a finished snapshot, beside psql as a whole process
// fetching the same rows from the same server in the same run.

#include "app/adapters/inventory/offlinecopy.h"
#include "app/adapters/inventory/pgstore.h"
#include "app/adapters/inventory/sqlitestore.h"
#include "tests/support/postgresserver.h"
#include "tests/support/synthetic.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>

using namespace Qt::Literals::StringLiterals;
using namespace elephaas;

namespace {

constexpr int rounds = 21;
constexpr size_t instances = 10000;

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void print(const char* name, const std::vector<double>& values)
{
    std::printf("%s %.1f ms\n", name, median(values));
}

[[noreturn]] void give(const QString& reason)
{
    std::fprintf(stderr, "bench_load: %s\n", qUtf8Printable(reason));
    std::exit(1);
}

template <class T>
T must(Expected<T> value)
{
    if (!value)
        give(value.error().text());
    if constexpr (!std::is_void_v<T>)
        return std::move(*value);
}

// The synthetic rows as edits with temporary keys.
ChangeSet edits(InventoryRows rows)
{
    ChangeSet changes;
    const auto turn = [](auto& id) { id.value = -id.value; };
    for (Environment& row : rows.environments) {
        turn(row.id);
        changes.push_back(Put<Environment>{row});
    }
    for (Herd& row : rows.herds) {
        turn(row.id);
        turn(*row.environment);
        changes.push_back(Put<Herd>{row});
    }
    for (Server& row : rows.servers) {
        turn(row.id);
        turn(*row.environment);
        changes.push_back(Put<Server>{row});
    }
    for (Instance& row : rows.instances) {
        turn(row.id);
        turn(row.herd);
        turn(row.server);
        if (row.upstream)
            turn(*row.upstream);
        changes.push_back(Put<Instance>{row});
    }
    return changes;
}

double timed(const std::function<void()>& work)
{
    QElapsedTimer timer;
    timer.start();
    work();
    return double(timer.nsecsElapsed()) / 1e6;
}

// psql at its quickest: unaligned, tuples only, thrown away.
void runPsql(const PostgresServer& server)
{
    QStringList arguments{u"-XAtq"_s, u"-o"_s, u"/dev/null"_s, u"-d"_s, server.connection()};
    for (const QString& table : {u"ele_environment"_s, u"ele_herd"_s, u"ele_server"_s, u"ele_instance"_s})
        arguments << u"-c"_s << u"SELECT * FROM utility.%1 ORDER BY 1"_s.arg(table);
    QProcess psql;
    psql.start(u"psql"_s, arguments);
    if (!psql.waitForFinished(60000) || psql.exitCode() != 0)
        give(u"psql: "_s + QString::fromUtf8(psql.readAllStandardError()));
}

Inventory snapshot(InventoryStore& store)
{
    LoadedInventory loaded = must(store.load({}));
    Inventory inventory(std::move(loaded.rows), std::move(loaded.observations), 1, loaded.readAt);
    if (inventory.instances().size() != instances)
        give(u"not all rows came"_s);
    return inventory;
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    std::fputs("bench_load: starting PostgreSQL and filling it\n", stderr);
    QString error;
    const auto server = PostgresServer::start(&error);
    if (!server)
        give(error);
    PgStore shared({.connection = server->connection()});
    must(shared.applyMigrations({}));
    must(shared.open({}));
    const ChangeSet rows = edits(syntheticRows(int(instances), 3000, 2000));
    must(shared.apply(rows, {}));
    server->psql(u"VACUUM ANALYZE"_s);

    const QTemporaryDir folder;
    SqliteStore local(folder.filePath(u"inventory.sqlite"_s));
    must(local.open({}));
    must(local.apply(rows, {}));
    SqliteOfflineCopy copy(folder.filePath(u"copy.sqlite"_s));
    must(copy.save(snapshot(shared), {}, {}));

    std::vector<double> load;
    std::vector<double> psql;
    std::vector<double> openAndLoad;
    std::vector<double> sqlite;
    std::vector<double> offline;
    std::vector<double> save;
    for (int round = 0; round < rounds + 2; ++round) {
        const bool warm = round >= 2;
        const auto note = [warm](std::vector<double>& values, double ms) {
            if (warm)
                values.push_back(ms);
        };
        note(load, timed([&] { snapshot(shared); }));
        note(psql, timed([&] { runPsql(*server); }));
        note(openAndLoad, timed([&] {
            PgStore fresh({.connection = server->connection()});
            must(fresh.open({}));
            snapshot(fresh);
        }));
        note(sqlite, timed([&] { snapshot(local); }));
        note(offline, timed([&] {
            const auto loaded = must(copy.load({}));
            if (loaded->inventory.rows.instances.size() != instances)
                give(u"the offline copy is not whole"_s);
        }));
        if (round % 5 == 0)
            note(save, timed([&] { must(copy.save(snapshot(local), {}, {})); }));
    }
    print("load_10k_ms", load);
    print("psql_10k_ms", psql);
    print("connect_and_load_10k_ms", openAndLoad);
    print("local_load_10k_ms", sqlite);
    print("offline_copy_load_10k_ms", offline);
    print("offline_copy_save_10k_ms", save);
    return 0;
}
