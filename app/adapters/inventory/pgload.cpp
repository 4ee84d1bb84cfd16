#include "app/adapters/inventory/pgload.h"

#include "app/adapters/inventory/proberows.h"
#include "app/adapters/inventory/tables.h"

#include <string_view>
#include <unordered_map>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// Versions, directories and dates repeat: equal texts share one string.
class Texts final {
public:
    QString operator()(QByteArrayView bytes)
    {
        if (bytes.isEmpty())
            return u""_s;
        const std::string_view key(bytes.data(), size_t(bytes.size()));
        const auto known = m_known.find(key);
        if (known != m_known.end())
            return known->second;
        QString text = QString::fromUtf8(bytes);
        if (m_known.size() < limit)
            m_known.emplace(std::string(key), text);
        return text;
    }

private:
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    static constexpr size_t limit = 256;
    std::unordered_map<std::string, QString, Hash, std::equal_to<>> m_known;
};

class Dates final {
public:
    QDate operator()(QByteArrayView bytes)
    {
        if (bytes != QByteArrayView(m_text)) {
            m_text = bytes.toByteArray();
            m_date = isoDate(QString::fromLatin1(bytes));
        }
        return m_date;
    }

private:
    QByteArray m_text;
    QDate m_date;
};

template <class Key>
std::optional<Key> optionalKey(const PgResult& result, int row, int column)
{
    return result.isNull(row, column) ? std::nullopt : std::optional(Key(result.number(row, column)));
}

template <class Row>
QByteArray selectAll(const PgSession& session)
{
    const QString sql
        = "SELECT "_L1 + columnList<Row>() + " FROM "_L1 + session.table(Table<Row>::name) + " ORDER BY "_L1 + Table<Row>::key + u';';
    return sql.toUtf8();
}

QByteArray selectProbes(const PgSession& session)
{
    QString columns;
    for (const QLatin1StringView column : probeColumns()) {
        columns += columns.isEmpty() ? ""_L1 : ", "_L1;
        columns += isProbeTime(column) ? u"(extract(epoch FROM %1) * 1000)::bigint"_s.arg(column) : QString(column);
    }
    const QString sql = "SELECT "_L1 + columns + " FROM "_L1 + session.table("ele_probe"_L1) + u';';
    return sql.toUtf8();
}

class Loader final {
public:
    explicit Loader(QString clientHost)
        : m_clientHost(std::move(clientHost))
    {
    }
    void take(int position, const PgResult& result)
    {
        switch (position) { // 0 is BEGIN
        case 1:
            environments(result);
            break;
        case 2:
            herds(result);
            break;
        case 3:
            servers(result);
            break;
        case 4:
            instances(result);
            break;
        case 5:
            if (result.columns() > 0)
                probes(result);
            break;
        }
    }
    LoadedInventory loaded;

private:
    void environments(const PgResult& r);
    void herds(const PgResult& r);
    void servers(const PgResult& r);
    void instances(const PgResult& r);
    void probes(const PgResult& r);

    const QString m_clientHost;
    Texts m_texts;
    Dates m_created;
    Dates m_modified;
};

// The columns come in the order of columnList().

void Loader::environments(const PgResult& r)
{
    loaded.rows.environments.reserve(size_t(r.rows()));
    for (int i = 0; i < r.rows(); ++i) {
        loaded.rows.environments.push_back({.id = EnvironmentId(r.number(i, 0)), .name = r.text(i, 1), .description = r.text(i, 2),
            .created = m_created(r.bytes(i, 3)), .modified = m_modified(r.bytes(i, 4))});
    }
}

void Loader::herds(const PgResult& r)
{
    loaded.rows.herds.reserve(size_t(r.rows()));
    for (int i = 0; i < r.rows(); ++i) {
        Herd row{.id = HerdId(r.number(i, 0)), .environment = optionalKey<EnvironmentId>(r, i, 1), .baseName = r.text(i, 2),
            .name = {}, .description = m_texts(r.bytes(i, 4)), .port = int(r.number(i, 5)), .dataDirectory = m_texts(r.bytes(i, 6)),
            .virtualHost = m_texts(r.bytes(i, 7)), .created = m_created(r.bytes(i, 8)), .modified = m_modified(r.bytes(i, 9))};
        // The two names are the same at most sites.
        row.name = r.bytes(i, 3) == r.bytes(i, 2) ? row.baseName : r.text(i, 3);
        loaded.rows.herds.push_back(std::move(row));
    }
}

void Loader::servers(const PgResult& r)
{
    loaded.rows.servers.reserve(size_t(r.rows()));
    for (int i = 0; i < r.rows(); ++i) {
        loaded.rows.servers.push_back({.id = ServerId(r.number(i, 0)), .environment = optionalKey<EnvironmentId>(r, i, 1),
            .hostName = r.text(i, 2), .created = m_created(r.bytes(i, 3)), .modified = m_modified(r.bytes(i, 4))});
    }
}

void Loader::instances(const PgResult& r)
{
    loaded.rows.instances.reserve(size_t(r.rows()));
    for (int i = 0; i < r.rows(); ++i) {
        Instance row;
        row.id = InstanceId(r.number(i, 0));
        row.herd = HerdId(r.number(i, 1));
        row.server = ServerId(r.number(i, 2));
        row.version = m_texts(r.bytes(i, 3));
        row.localDataDirectory = m_texts(r.bytes(i, 4));
        if (const qint64 position = r.number(i, 5); !r.isNull(i, 5) && position >= 0)
            row.walPosition = Lsn{quint64(position)};
        row.isOnline = r.boolean(i, 6);
        row.upstream = optionalKey<InstanceId>(r, i, 7);
        row.created = m_created(r.bytes(i, 8));
        row.modified = m_modified(r.bytes(i, 9));
        loaded.rows.instances.push_back(std::move(row));
    }
}

void Loader::probes(const PgResult& r)
{
    loaded.observations.reserve(r.rows());
    std::vector<QVariant> values(probeColumns().size());
    for (int i = 0; i < r.rows(); ++i) {
        for (int c = 0; c < int(values.size()); ++c)
            values[size_t(c)] = r.isNull(i, c) ? QVariant() : QVariant(m_texts(r.bytes(i, c)));
        auto seen = std::make_shared<const Observation>(readObservation(values, m_clientHost));
        const InstanceId id = seen->instance;
        loaded.observations.insert(id, std::move(seen));
    }
}

} // namespace

Expected<LoadedInventory> loadEverything(PgSession& session, bool withProbes, const QString& clientHost)
{
    Loader loader(clientHost);
    loader.loaded.readAt = QDateTime::currentDateTimeUtc();
    const QByteArray sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;" + selectAll<Environment>(session)
        + selectAll<Herd>(session) + selectAll<Server>(session) + selectAll<Instance>(session)
        + (withProbes ? selectProbes(session) : QByteArray()) + "COMMIT";
    auto done = session.script(sql, [&loader](int position, const PgResult& result) { loader.take(position, result); });
    if (!done) {
        session.rollback();
        return fail(done.error());
    }
    return std::move(loader.loaded);
}

} // namespace elephaas
