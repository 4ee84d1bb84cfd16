#include "app/adapters/inventory/sqlitereader.h"

#include "app/adapters/inventory/proberows.h"
#include "app/adapters/inventory/storetext.h"
#include "app/adapters/inventory/tables.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

template <class Row>
Expected<void> readTable(SqliteSession& session, std::vector<Row>& rows)
{
    return session.forEach("SELECT "_L1 + columnList<Row>() + " FROM "_L1 + Table<Row>::name + " ORDER BY "_L1 + Table<Row>::key,
        [&rows](const QSqlQuery& query) { rows.push_back(readRow<Row>([&query](int i) { return query.value(i); })); });
}

} // namespace

Expected<InventoryRows> readRows(SqliteSession& session, const std::stop_token& stop)
{
    InventoryRows rows;
    Expected<void> done = readTable(session, rows.environments);
    if (done)
        done = readTable(session, rows.herds);
    if (done)
        done = readTable(session, rows.servers);
    if (done && stop.stop_requested())
        done = fail({.kind = ErrorKind::Cancelled, .what = StoreText::tr("Cancelled.")});
    if (done)
        done = readTable(session, rows.instances);
    if (!done)
        return fail(done.error());
    return rows;
}

Expected<Observations> readProbes(SqliteSession& session, const QString& clientHost)
{
    QString columns;
    for (const QLatin1StringView column : probeColumns())
        columns += (columns.isEmpty() ? ""_L1 : ", "_L1) + column;
    Observations probes;
    std::vector<QVariant> values(probeColumns().size());
    const auto done = session.forEach("SELECT "_L1 + columns + " FROM ele_probe"_L1, [&](const QSqlQuery& query) {
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = query.value(int(i));
        auto seen = std::make_shared<const Observation>(readObservation(values, clientHost));
        const InstanceId id = seen->instance;
        probes.insert(id, std::move(seen));
    });
    if (!done)
        return fail(done.error());
    return probes;
}

} // namespace elephaas
