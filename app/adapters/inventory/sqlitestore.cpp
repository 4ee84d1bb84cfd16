#include "app/adapters/inventory/sqlitestore.h"

#include "app/adapters/inventory/changewriter.h"
#include "app/adapters/inventory/migrations.h"
#include "app/adapters/inventory/proberows.h"
#include "app/adapters/inventory/sqlitereader.h"
#include "app/adapters/inventory/storetext.h"
#include "app/adapters/inventory/tables.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSysInfo>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// "varchar(255)" says 255, "text" nothing (0).
int declaredLength(const QString& type)
{
    static const QRegularExpression number(u"\\((\\d+)\\)"_s);
    return number.match(type).captured(1).toInt();
}

template <class Row>
Expected<void> readTableLimits(SqliteSession& session, StoreLimits& limits)
{
    const auto columns = session.run("SELECT name, type FROM pragma_table_info('"_L1 + Table<Row>::name + "')"_L1, {});
    if (!columns)
        return fail(columns.error());
    for (const SqlRow& column : *columns) {
        for (const Field<Row>& field : Table<Row>::fields()) {
            if (field.limit && column[0].toString() == field.column)
                limits.*field.limit = declaredLength(column[1].toString());
        }
    }
    return {};
}

Expected<void> ignoreRows(const Expected<SqlRows>& rows)
{
    return rows ? Expected<void>() : fail(rows.error());
}

Error notOpen()
{
    return {.kind = ErrorKind::LinkLost, .what = StoreText::tr("The inventory is not open.")};
}

} // namespace

SqliteStore::SqliteStore(QString file)
    : m_session(std::move(file))
{
}

SqliteStore::~SqliteStore() { close(); }

Expected<StoreInfo> SqliteStore::open(std::stop_token)
{
    m_info = {};
    m_info.newestSchemaVersion = int(migrations(MigrationDialect::Sqlite).size());
    //: name of the local inventory's file
    m_info.description = StoreText::tr("%1 on this computer").arg(QFileInfo(m_session.file()).fileName());
    Expected<void> done = openFile();
    if (done)
        done = migrate();
    if (done)
        done = readLimits();
    if (!done) {
        m_session.close();
        return fail(done.error());
    }
    StorePrivileges& may = m_info.privileges;
    if (m_readOnlyFile) {
        may.reason = StoreText::tr("The inventory file or its folder cannot be written to.");
    } else if (m_info.schemaVersion > m_info.newestSchemaVersion) {
        may.reason = StoreText::tr("The inventory was changed by a newer version of this program (schema %1, known is %2).")
                         .arg(m_info.schemaVersion)
                         .arg(m_info.newestSchemaVersion);
    } else {
        may.editInventory = may.updateInstanceState = may.useConsoleTables = may.createTables = true;
    }
    return m_info;
}

void SqliteStore::close() { m_session.close(); }

// Write-ahead logging needs a folder that can be written to. Where that is not so, an existing inventory can still be shown.
Expected<void> SqliteStore::openFile()
{
    const QFileInfo file(m_session.file());
    m_readOnlyFile = false;
    if (!QDir().mkpath(file.absolutePath())) {
        return fail({.kind = ErrorKind::Storage, .what = StoreText::tr("The folder of the inventory cannot be created."),
            .where = file.absolutePath(), .remedy = StoreText::tr("Choose another place for the inventory file.")});
    }
    Expected<void> done = m_session.open(SqliteSession::Mode::ReadWrite);
    for (const QString& pragma : {u"PRAGMA journal_mode = WAL"_s, u"PRAGMA synchronous = FULL"_s, u"PRAGMA foreign_keys = ON"_s}) {
        if (done)
            done = ignoreRows(m_session.run(pragma, {}));
    }
    if (done) {
        // An empty write transaction shows what a first edit would meet.
        done = m_session.begin();
        if (done)
            m_session.rollback();
        if (done)
            return {};
    }
    const ErrorKind kind = done.error().kind;
    const bool refused = kind == ErrorKind::PermissionDenied || kind == ErrorKind::Storage;
    if (!refused || !file.exists() || file.size() == 0)
        return done;
    for (const auto mode : {SqliteSession::Mode::ReadOnly, SqliteSession::Mode::Immutable}) {
        // With a log beside it, the file alone is not the whole truth.
        if (mode == SqliteSession::Mode::Immutable && QFileInfo(m_session.file() + "-wal"_L1).size() > 0)
            break;
        if (m_session.open(mode) && m_session.run(u"SELECT count(*) FROM ele_instance"_s, {})) {
            m_readOnlyFile = true;
            return {};
        }
    }
    return done;
}

Expected<int> SqliteStore::schemaVersion()
{
    const auto table = m_session.run(u"SELECT count(*) FROM sqlite_master WHERE name = 'ele_console_schema'"_s, {});
    if (!table)
        return fail(table.error());
    if ((*table)[0][0].toInt() == 0)
        return 0;
    const auto version = m_session.run(u"SELECT coalesce(max(version), 0) FROM ele_console_schema"_s, {});
    if (!version)
        return fail(version.error());
    return (*version)[0][0].toInt();
}

Expected<void> SqliteStore::migrate()
{
    const auto version = schemaVersion();
    if (!version)
        return fail(version.error());
    m_info.schemaVersion = *version;
    for (const Migration& next : migrations(MigrationDialect::Sqlite)) {
        if (next.number <= m_info.schemaVersion || m_readOnlyFile)
            continue;
        SqlTransaction transaction(m_session);
        Expected<void> done = transaction.begin();
        if (done) {
            done = ignoreRows(m_session.run(
                u"CREATE TABLE IF NOT EXISTS ele_console_schema (version integer PRIMARY KEY, name text NOT NULL, "
                "applied_at integer NOT NULL)"_s,
                {}));
        }
        // Another console may have been faster.
        const Expected<int> now = done ? schemaVersion() : Expected<int>(0);
        if (now && *now >= next.number) {
            m_info.schemaVersion = *now;
            continue;
        }
        if (done)
            done = m_session.runScript(next.script);
        if (done) {
            done = ignoreRows(m_session.run(u"INSERT INTO ele_console_schema (version, name, applied_at) VALUES (?, ?, ?)"_s,
                {next.number, next.name, QDateTime::currentMSecsSinceEpoch()}));
        }
        if (done)
            done = transaction.commit();
        if (!done)
            return done;
        m_info.schemaVersion = next.number;
    }
    return {};
}

Expected<void> SqliteStore::readLimits()
{
    Expected<void> done = readTableLimits<Environment>(m_session, m_info.limits);
    if (done)
        done = readTableLimits<Herd>(m_session, m_info.limits);
    if (done)
        done = readTableLimits<Server>(m_session, m_info.limits);
    if (done)
        done = readTableLimits<Instance>(m_session, m_info.limits);
    const auto version = dataVersion();
    if (version)
        m_seenVersion = *version;
    return done;
}

Expected<qint64> SqliteStore::dataVersion()
{
    const auto rows = m_session.run(u"PRAGMA data_version"_s, {});
    if (!rows)
        return fail(rows.error());
    return (*rows)[0][0].toLongLong();
}

Expected<void> SqliteStore::whyNotWritable() const
{
    if (!m_session.isOpen())
        return fail(notOpen());
    if (m_info.privileges.editInventory)
        return {};
    return fail({.kind = m_readOnlyFile ? ErrorKind::PermissionDenied : ErrorKind::Schema, .what = m_info.privileges.reason,
        .where = m_session.file(),
        .remedy = m_readOnlyFile ? StoreText::tr("Nothing was changed.") : StoreText::tr("Nothing was changed; update this program.")});
}

Expected<LoadedInventory> SqliteStore::load(std::stop_token stop)
{
    if (!m_session.isOpen())
        return fail(notOpen());
    LoadedInventory loaded;
    loaded.readAt = QDateTime::currentDateTimeUtc();
    // One read transaction: the tables belong together.
    if (auto begun = m_session.forEach(u"BEGIN"_s, [](const QSqlQuery&) {}); !begun)
        return fail(begun.error());
    const auto version = dataVersion();
    auto rows = readRows(m_session, stop);
    auto probes = m_info.schemaVersion >= probeMigration ? readProbes(m_session, QSysInfo::machineHostName())
                                                         : Expected<Observations>();
    m_session.rollback();
    if (!version)
        return fail(version.error());
    if (!rows)
        return fail(rows.error());
    if (!probes)
        return fail(probes.error());
    m_seenVersion = *version;
    loaded.rows = std::move(*rows);
    loaded.observations = std::move(*probes);
    return loaded;
}

Expected<AppliedChanges> SqliteStore::apply(const ChangeSet& changes, std::stop_token stop)
{
    if (auto writable = whyNotWritable(); !writable)
        return fail(writable.error());
    return writeChanges(m_session, changes, m_info.limits, stop);
}

Expected<void> SqliteStore::recordState(std::span<const InstanceStateUpdate> updates, std::stop_token stop)
{
    if (auto writable = whyNotWritable(); !writable)
        return writable;
    SqlTransaction transaction(m_session);
    if (auto begun = transaction.begin(); !begun)
        return begun;
    for (const InstanceStateUpdate& update : updates) {
        if (stop.stop_requested())
            return fail({.kind = ErrorKind::Cancelled, .what = StoreText::tr("Cancelled; nothing was changed.")});
        if (auto done = recordOne(update); !done)
            return done;
    }
    return transaction.commit();
}

Expected<void> SqliteStore::recordOne(const InstanceStateUpdate& update)
{
    const auto set = [&](const QString& column, const QVariant& value) -> Expected<void> {
        return ignoreRows(m_session.run(
            u"UPDATE ele_instance SET %1 = ? WHERE instance_id = ? AND %1 IS NOT ?"_s.arg(column),
            {value, update.instance.value, value}));
    };
    Expected<void> done;
    if (update.version && !checkText(*update.version, m_info.limits.version, {}))
        done = set(u"version"_s, update.version->isNull() ? u""_s : *update.version);
    if (done && update.isOnline)
        done = set(u"is_online"_s, int(*update.isOnline));
    if (done && update.walPosition)
        done = set(u"xlog_pos"_s, qint64(update.walPosition->value));
    if (done && update.upstream) {
        const std::optional<InstanceId>& upstream = *update.upstream;
        done = set(u"master_id"_s, upstream ? QVariant(upstream->value) : QVariant(QMetaType::fromType<qint64>()));
    }
    if (!done || !update.observation)
        return done;

    static const QString upsert = [] {
        QString columns;
        QString places;
        QString assignments;
        for (const QLatin1StringView column : probeColumns()) {
            columns += (columns.isEmpty() ? ""_L1 : ", "_L1) + column;
            places += places.isEmpty() ? "?"_L1 : ", ?"_L1;
            if (column != probeColumns().front())
                assignments += (assignments.isEmpty() ? ""_L1 : ", "_L1) + column + " = excluded."_L1 + column;
        }
        // An older probe that arrives late must not replace a newer one.
        return u"INSERT INTO ele_probe (%1) SELECT %2 WHERE EXISTS (SELECT 1 FROM ele_instance WHERE instance_id = ?)"
               " ON CONFLICT (instance_id) DO UPDATE SET %3 WHERE excluded.probed_at >= ele_probe.probed_at"_s.arg(
                   columns, places, assignments);
    }();
    std::vector<QVariant> values = probeValues(*update.observation, QSysInfo::machineHostName());
    values.emplace_back(update.instance.value);
    return ignoreRows(m_session.run(upsert, values));
}

Expected<QMap<QString, QString>> SqliteStore::settings(std::stop_token)
{
    if (!m_session.isOpen())
        return fail(notOpen());
    QMap<QString, QString> all;
    if (m_info.schemaVersion < consoleMigration)
        return all;
    const auto rows = m_session.run(u"SELECT setting_key, setting_value FROM ele_console_setting"_s, {});
    if (!rows)
        return fail(rows.error());
    for (const SqlRow& row : *rows)
        all.insert(row[0].toString(), row[1].toString());
    return all;
}

Expected<void> SqliteStore::setSettings(const QMap<QString, QString>& changed, std::stop_token)
{
    if (auto writable = whyNotWritable(); !writable)
        return writable;
    SqlTransaction transaction(m_session);
    if (auto begun = transaction.begin(); !begun)
        return begun;
    for (auto it = changed.begin(); it != changed.end(); ++it) {
        for (const QString& text : {it.key(), it.value()}) {
            if (auto refused = checkText(text, 0, StoreText::tr("setting \"%1\"").arg(it.key())))
                return fail(*refused);
        }
        const auto done = m_session.run(
            u"INSERT INTO ele_console_setting (setting_key, setting_value, modified_at, modified_by) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (setting_key) DO UPDATE SET setting_value = excluded.setting_value,"
            " modified_at = excluded.modified_at, modified_by = excluded.modified_by"_s,
            {it.key(), it.value().isNull() ? u""_s : it.value(), QDateTime::currentMSecsSinceEpoch(),
                qEnvironmentVariable("USER", u""_s)});
        if (!done)
            return fail(done.error());
    }
    return transaction.commit();
}

Expected<bool> SqliteStore::changedElsewhere(std::stop_token)
{
    if (!m_session.isOpen())
        return fail(notOpen());
    const auto version = dataVersion();
    if (!version)
        return fail(version.error());
    return std::exchange(m_seenVersion, *version) != *version;
}

} // namespace elephaas
