#include "app/adapters/inventory/tables.h"

#include "app/adapters/inventory/sqlsession.h"
#include "app/adapters/inventory/storetext.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// A null QString would be bound as NULL; these columns know only "".
QVariant text(const QString& value) { return value.isNull() ? u""_s : value; }

template <class Key>
QVariant reference(const std::optional<Key>& key)
{
    return key ? QVariant(key->value) : QVariant(QMetaType::fromType<qint64>());
}

template <class Key>
std::optional<Key> optionalKey(const QVariant& value)
{
    return value.isNull() ? std::nullopt : std::optional(Key(value.toLongLong()));
}

QVariant position(const std::optional<Lsn>& lsn)
{
    return lsn ? QVariant(static_cast<qint64>(lsn->value)) : QVariant(QMetaType::fromType<qint64>());
}

// A negative position cannot be: it is as good as unknown.
std::optional<Lsn> positionFrom(const QVariant& value)
{
    const qint64 bytes = value.toLongLong();
    return value.isNull() || bytes < 0 ? std::nullopt : std::optional(Lsn{static_cast<quint64>(bytes)});
}

} // namespace

std::span<const Field<Environment>> Table<Environment>::fields()
{
    static constexpr Field<Environment> all[] = {
        {"env_name"_L1, QT_TRANSLATE_NOOP("InventoryStore", "name"), [](const Environment& r) { return text(r.name); },
            [](Environment& r, const QVariant& v) { r.name = v.toString(); }, &StoreLimits::environmentName},
        {"env_descr"_L1, QT_TRANSLATE_NOOP("InventoryStore", "description"),
            [](const Environment& r) { return text(r.description); },
            [](Environment& r, const QVariant& v) { r.description = v.toString(); }},
    };
    return all;
}

std::span<const Field<Herd>> Table<Herd>::fields()
{
    static constexpr Field<Herd> all[] = {
        {"environment_id"_L1, QT_TRANSLATE_NOOP("InventoryStore", "environment"),
            [](const Herd& r) { return reference(r.environment); },
            [](Herd& r, const QVariant& v) { r.environment = optionalKey<EnvironmentId>(v); }},
        {"base_name"_L1, QT_TRANSLATE_NOOP("InventoryStore", "base name"), [](const Herd& r) { return text(r.baseName); },
            [](Herd& r, const QVariant& v) { r.baseName = v.toString(); }, &StoreLimits::baseName},
        {"herd_name"_L1, QT_TRANSLATE_NOOP("InventoryStore", "name"), [](const Herd& r) { return text(r.name); },
            [](Herd& r, const QVariant& v) { r.name = v.toString(); }, &StoreLimits::herdName},
        {"herd_descr"_L1, QT_TRANSLATE_NOOP("InventoryStore", "description"),
            [](const Herd& r) { return text(r.description); },
            [](Herd& r, const QVariant& v) { r.description = v.toString(); }},
        {"db_port"_L1, QT_TRANSLATE_NOOP("InventoryStore", "port"), [](const Herd& r) { return QVariant(r.port); },
            [](Herd& r, const QVariant& v) { r.port = v.toInt(); }},
        {"pgdata"_L1, QT_TRANSLATE_NOOP("InventoryStore", "data directory"),
            [](const Herd& r) { return text(r.dataDirectory); },
            [](Herd& r, const QVariant& v) { r.dataDirectory = v.toString(); }, &StoreLimits::dataDirectory},
        {"vhost"_L1, QT_TRANSLATE_NOOP("InventoryStore", "virtual host"), [](const Herd& r) { return text(r.virtualHost); },
            [](Herd& r, const QVariant& v) { r.virtualHost = v.toString(); }, &StoreLimits::virtualHost},
    };
    return all;
}

std::span<const Field<Server>> Table<Server>::fields()
{
    static constexpr Field<Server> all[] = {
        {"environment_id"_L1, QT_TRANSLATE_NOOP("InventoryStore", "environment"),
            [](const Server& r) { return reference(r.environment); },
            [](Server& r, const QVariant& v) { r.environment = optionalKey<EnvironmentId>(v); }},
        {"hostname"_L1, QT_TRANSLATE_NOOP("InventoryStore", "host name"), [](const Server& r) { return text(r.hostName); },
            [](Server& r, const QVariant& v) { r.hostName = v.toString(); }, &StoreLimits::hostName},
    };
    return all;
}

std::span<const Field<Instance>> Table<Instance>::fields()
{
    static constexpr Field<Instance> all[] = {
        {"herd_id"_L1, QT_TRANSLATE_NOOP("InventoryStore", "herd"), [](const Instance& r) { return QVariant(r.herd.value); },
            [](Instance& r, const QVariant& v) { r.herd = HerdId(v.toLongLong()); }},
        {"server_id"_L1, QT_TRANSLATE_NOOP("InventoryStore", "server"),
            [](const Instance& r) { return QVariant(r.server.value); },
            [](Instance& r, const QVariant& v) { r.server = ServerId(v.toLongLong()); }},
        {"version"_L1, QT_TRANSLATE_NOOP("InventoryStore", "version"), [](const Instance& r) { return text(r.version); },
            [](Instance& r, const QVariant& v) { r.version = v.toString(); }, &StoreLimits::version, true},
        {"local_pgdata"_L1, QT_TRANSLATE_NOOP("InventoryStore", "own data directory"),
            [](const Instance& r) { return text(r.localDataDirectory); },
            [](Instance& r, const QVariant& v) { r.localDataDirectory = v.toString(); },
            &StoreLimits::localDataDirectory},
        {"xlog_pos"_L1, QT_TRANSLATE_NOOP("InventoryStore", "WAL position"),
            [](const Instance& r) { return position(r.walPosition); },
            [](Instance& r, const QVariant& v) { r.walPosition = positionFrom(v); }, nullptr, true},
        {"is_online"_L1, QT_TRANSLATE_NOOP("InventoryStore", "online"), [](const Instance& r) { return QVariant(r.isOnline); },
            [](Instance& r, const QVariant& v) { r.isOnline = sqlBool(v); }, nullptr, true},
        {"master_id"_L1, QT_TRANSLATE_NOOP("InventoryStore", "upstream"),
            [](const Instance& r) { return reference(r.upstream); },
            [](Instance& r, const QVariant& v) { r.upstream = optionalKey<InstanceId>(v); }, nullptr, true},
    };
    return all;
}

QString rowLabel(const Environment& row) { return StoreText::tr("environment \"%1\"").arg(row.name); }
QString rowLabel(const Herd& row) { return StoreText::tr("herd \"%1\"").arg(row.name); }
QString rowLabel(const Server& row) { return StoreText::tr("server \"%1\"").arg(row.hostName); }
QString rowLabel(const Instance& row)
{
    return row.id.isValid() ? StoreText::tr("instance %1").arg(row.id.value) : StoreText::tr("the new instance");
}

QString rowLabel(RowKind kind, qint64 id)
{
    switch (kind) {
    case RowKind::Environment:
        return StoreText::tr("environment %1").arg(id);
    case RowKind::Herd:
        return StoreText::tr("herd %1").arg(id);
    case RowKind::Server:
        return StoreText::tr("server %1").arg(id);
    case RowKind::Instance:
        return StoreText::tr("instance %1").arg(id);
    }
    return {};
}

QDate isoDate(QStringView text)
{
    if (text.size() != 10 || text[4] != u'-' || text[7] != u'-')
        return {};
    const auto number = [text](int from, int count) {
        int result = 0;
        for (int i = from; i < from + count; ++i) {
            const int digit = text[i].unicode() - u'0';
            if (digit < 0 || digit > 9)
                return -1;
            result = result * 10 + digit;
        }
        return result;
    };
    return {number(0, 4), number(5, 2), number(8, 2)};
}

QString fieldTitle(const char* title) { return StoreText::tr(title); }

} // namespace elephaas
