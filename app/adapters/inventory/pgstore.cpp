#include "app/adapters/inventory/pgstore.h"

#include "app/adapters/inventory/changewriter.h"
#include "app/adapters/inventory/migrations.h"
#include "app/adapters/inventory/pgload.h"
#include "app/adapters/inventory/proberows.h"
#include "app/adapters/inventory/storetext.h"
#include "app/adapters/inventory/tables.h"

#include <QSet>
#include <QSysInfo>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

int newestVersion() { return int(migrations(MigrationDialect::PostgreSql).size()); }

// One column of many rows as an array literal (PostgreSQL manual, "Array Input and Output Syntax"): one bound value.
class ArrayText final {
public:
    void add(const QVariant& value)
    {
        m_text += m_text.isEmpty() ? '{' : ',';
        if (value.isNull()) {
            m_text += "NULL";
        } else if (value.typeId() == QMetaType::Bool) {
            m_text += value.toBool() ? 't' : 'f';
        } else {
            QByteArray escaped = value.toString().toUtf8();
            escaped.replace('\\', "\\\\").replace('"', "\\\"");
            m_text += '"' + escaped + '"';
        }
    }
    QByteArray text() const { return m_text.isEmpty() ? QByteArray("{}") : m_text + '}'; }

private:
    QByteArray m_text;
};

Expected<void> ignoreResult(const Expected<PgResult>& result)
{
    return result ? Expected<void>() : fail(result.error());
}

const QVariant nothing(QMetaType::fromType<qint64>());

} // namespace

PgStore::PgStore(PgOptions options)
    : m_session(std::move(options))
{
}

PgStore::~PgStore() = default;

void PgStore::close()
{
    m_usable = false;
    m_session.close();
}

Expected<void> PgStore::connect(const std::stop_token& stop)
{
    close();
    m_listening = false;
    m_fingerprint.clear();
    if (auto opened = m_session.open(stop); !opened)
        return opened;
    auto catalog = readCatalog(m_session, newestVersion());
    if (!catalog)
        return fail(catalog.error());
    m_catalog = std::move(*catalog);
    return {};
}

Expected<void> PgStore::checkUsable() const
{
    const QString schema = m_session.options().schema;
    if (!m_catalog.hasSchema || m_catalog.inventoryTables == 0) {
        return fail({.kind = ErrorKind::NotFound,
            .what = m_catalog.hasSchema ? StoreText::tr("The schema \"%1\" has no inventory in it.").arg(schema)
                                        : StoreText::tr("The database has no schema \"%1\".").arg(schema),
            .where = m_session.description(),
            .remedy = StoreText::tr("Check database and schema in the connection settings, or make a shared inventory there.")});
    }
    if (!m_catalog.unreadable.isEmpty()) {
        return fail({.kind = ErrorKind::PermissionDenied,
            .what = StoreText::tr("Your account %1 may not read %2.").arg(m_session.user(), m_catalog.unreadable),
            .where = m_session.description(),
            .remedy = StoreText::tr("Ask the administrator of the inventory to grant USAGE on the schema and SELECT on its tables.")});
    }
    if (!m_catalog.missing.isEmpty()) {
        return fail({.kind = ErrorKind::Schema,
            .what = StoreText::tr("The inventory is not complete; missing: %1.").arg(m_catalog.missing),
            .where = m_session.description(),
            .remedy = StoreText::tr("Check whether the schema is the right one.")});
    }
    return {};
}

Expected<StoreInfo> PgStore::open(std::stop_token stop)
{
    if (auto connected = connect(stop); !connected)
        return fail(connected.error());
    if (auto usable = checkUsable(); !usable) {
        close();
        return fail(usable.error());
    }
    if (m_catalog.notifies) {
        // A standby cannot listen; then the rows are compared.
        const auto listening = m_session.script("LISTEN ele_inventory");
        if (!listening && !m_session.isOpen())
            return fail(listening.error());
        m_listening = listening.has_value();
    }
    if (!m_listening) {
        const auto now = fingerprint();
        if (!now)
            return fail(now.error());
        m_fingerprint = *now;
    }
    m_usable = true;
    StoreInfo info;
    info.description = m_session.description();
    info.user = m_session.user();
    info.isShared = true;
    info.schemaVersion = m_catalog.schemaVersion;
    info.newestSchemaVersion = newestVersion();
    info.privileges = m_catalog.privileges;
    info.limits = m_catalog.limits;
    return info;
}

Expected<void> PgStore::whyNotEditable() const
{
    if (!m_session.isOpen() || !m_usable)
        return fail({.kind = ErrorKind::LinkLost, .what = StoreText::tr("There is no connection to the inventory.")});
    if (m_catalog.schemaVersion > newestVersion()) {
        return fail({.kind = ErrorKind::Schema, .what = m_catalog.privileges.reason, .where = m_session.description(),
            .remedy = StoreText::tr("Nothing was changed; update this program.")});
    }
    return {};
}

Expected<LoadedInventory> PgStore::load(std::stop_token stop)
{
    if (!m_session.isOpen() || !m_usable)
        return fail({.kind = ErrorKind::LinkLost, .what = StoreText::tr("There is no connection to the inventory.")});
    m_session.obey(stop);
    // Asked before: a change between the two is seen twice rather than not at all.
    if (const auto changed = changedElsewhere(stop); !changed)
        return fail(changed.error());
    return loadEverything(m_session, m_catalog.hasProbeTable, QSysInfo::machineHostName());
}

Expected<AppliedChanges> PgStore::apply(const ChangeSet& changes, std::stop_token stop)
{
    if (auto editable = whyNotEditable(); !editable)
        return fail(editable.error());
    m_session.obey(stop);
    // No look at m_catalog.privileges: the account may do this change though not every other one, and the database says so best.
    return writeChanges(m_session, changes, m_catalog.limits, stop);
}

Expected<void> PgStore::recordState(std::span<const InstanceStateUpdate> updates, std::stop_token stop)
{
    if (auto editable = whyNotEditable(); !editable)
        return editable;
    if (!m_catalog.privileges.updateInstanceState) {
        return fail({.kind = ErrorKind::PermissionDenied,
            .what = StoreText::tr("Your account %1 may not write what probes saw: UPDATE on ele_instance is not granted.").arg(m_session.user()),
            .where = m_session.description(), .detail = m_catalog.privileges.reason,
            .remedy = StoreText::tr("What is shown stays true; it is only not shared with others.")});
    }
    if (updates.empty())
        return {};
    m_session.obey(stop);
    SqlTransaction transaction(m_session);
    Expected<void> done = transaction.begin();
    if (done)
        done = recordRows(updates);
    if (done && m_catalog.mayWriteProbes)
        done = recordProbes(updates);
    return done ? transaction.commit() : done;
}

// All rows in one statement; only those that really differ are written, so that the rest neither bloats nor notifies.
Expected<void> PgStore::recordRows(std::span<const InstanceStateUpdate> updates)
{
    ArrayText ids;
    ArrayText versions;
    ArrayText online;
    ArrayText positions;
    ArrayText setUpstream;
    ArrayText upstreams;
    for (const InstanceStateUpdate& one : updates) {
        ids.add(one.instance.value);
        const bool fits = one.version && !checkText(*one.version, m_catalog.limits.version, {});
        versions.add(fits ? QVariant(one.version->isNull() ? u""_s : *one.version) : nothing);
        online.add(one.isOnline ? QVariant(*one.isOnline) : nothing);
        positions.add(one.walPosition && qint64(one.walPosition->value) >= 0 ? QVariant(qint64(one.walPosition->value)) : nothing);
        setUpstream.add(one.upstream.has_value());
        upstreams.add(one.upstream && *one.upstream ? QVariant((*one.upstream)->value) : nothing);
    }
    const QString instances = m_session.table("ele_instance"_L1);
    // An upstream that is gone meanwhile is left as it is. Rows are locked in the order of their keys: two consoles do not deadlock.
    const QString sql = u"WITH seen AS ("
                        " SELECT u.*, r.instance_id AS existing FROM unnest($1::int[], $2::text[], $3::boolean[], $4::bigint[], $5::boolean[],"
                        "  $6::int[]) AS u (id, version, is_online, xlog_pos, set_master, master_id)"
                        " LEFT JOIN %1 r ON r.instance_id = u.master_id),"
                        " wanted AS (SELECT i.instance_id, coalesce(s.version, i.version) AS version,"
                        "  coalesce(s.is_online, i.is_online) AS is_online, coalesce(s.xlog_pos, i.xlog_pos) AS xlog_pos,"
                        "  CASE WHEN s.set_master AND (s.master_id IS NULL OR s.existing IS NOT NULL) AND s.master_id IS DISTINCT FROM s.id"
                        "   THEN s.master_id ELSE i.master_id END AS master_id"
                        "  FROM %1 i JOIN seen s ON s.id = i.instance_id ORDER BY i.instance_id FOR UPDATE OF i)"
                        " UPDATE %1 i SET version = w.version, is_online = w.is_online, xlog_pos = w.xlog_pos, master_id = w.master_id"
                        " FROM wanted w WHERE w.instance_id = i.instance_id AND (i.version, i.is_online, i.xlog_pos, i.master_id)"
                        " IS DISTINCT FROM (w.version, w.is_online, w.xlog_pos, w.master_id)"_s
                            .arg(instances);
    return ignoreResult(m_session.query(
        sql.toUtf8(), {ids.text(), versions.text(), online.text(), positions.text(), setUpstream.text(), upstreams.text()}));
}

Expected<void> PgStore::recordProbes(std::span<const InstanceStateUpdate> updates)
{
    std::vector<ArrayText> arrays(probeColumns().size());
    const QString host = QSysInfo::machineHostName();
    bool any = false;
    QSet<InstanceId> taken; // ON CONFLICT cannot meet one row twice; the last word counts
    for (size_t i = updates.size(); i-- > 0;) {
        const ObservationPtr& seen = updates[i].observation;
        if (!seen || !seen->at.isValid() || taken.contains(updates[i].instance))
            continue;
        taken.insert(updates[i].instance);
        std::vector<QVariant> values = probeValues(*seen, host);
        values[0] = updates[i].instance.value;
        for (size_t c = 0; c < values.size(); ++c) {
            // PostgreSQL has no NUL in texts; what a server said must not stop the rest.
            if (values[c].typeId() == QMetaType::QString && !values[c].isNull())
                values[c] = values[c].toString().remove(QChar(u'\0'));
            arrays[c].add(values[c]);
        }
        any = true;
    }
    if (!any)
        return {};
    QString columns;
    QString selected;
    QString typed;
    QString assignments;
    PgSession::Values values;
    static const QHash<QLatin1StringView, QLatin1StringView> types{{"instance_id"_L1, "int"_L1}, {"timeline"_L1, "int"_L1},
        {"current_lsn"_L1, "bigint"_L1}, {"receive_lsn"_L1, "bigint"_L1}, {"replay_lsn"_L1, "bigint"_L1},
        {"system_identifier"_L1, "bigint"_L1}, {"upstream_port"_L1, "int"_L1}, {"replay_paused"_L1, "boolean"_L1},
        {"followers"_L1, "json"_L1}, {"error"_L1, "json"_L1}};
    for (size_t c = 0; c < arrays.size(); ++c) {
        const QLatin1StringView column = probeColumns()[c];
        const QLatin1StringView comma = c == 0 ? ""_L1 : ", "_L1;
        columns += comma + column;
        selected += comma + (isProbeTime(column) ? u"to_timestamp(u.%1 / 1000.0)"_s.arg(column) : "u."_L1 + column);
        typed += comma + u"$%1::%2[]"_s.arg(c + 1).arg(isProbeTime(column) ? "bigint"_L1 : types.value(column, "text"_L1));
        if (c > 0)
            assignments += (c == 1 ? ""_L1 : ", "_L1) + column + " = excluded."_L1 + column;
        values.push_back(arrays[c].text());
    }
    const QString sql = u"INSERT INTO %1 AS p (%2) SELECT %3 FROM unnest(%4) AS u (%2)"
                        " WHERE EXISTS (SELECT 1 FROM %5 i WHERE i.instance_id = u.instance_id) ORDER BY u.instance_id"
                        " ON CONFLICT (instance_id) DO UPDATE SET %6 WHERE excluded.probed_at >= p.probed_at"_s.arg(
                            m_session.table("ele_probe"_L1), columns, selected, typed, m_session.table("ele_instance"_L1), assignments);
    return ignoreResult(m_session.query(sql.toUtf8(), values));
}

Expected<QMap<QString, QString>> PgStore::settings(std::stop_token stop)
{
    QMap<QString, QString> all;
    if (!m_session.isOpen() || !m_usable)
        return fail({.kind = ErrorKind::LinkLost, .what = StoreText::tr("There is no connection to the inventory.")});
    if (!m_catalog.hasSettingsTable)
        return all;
    m_session.obey(stop);
    const auto rows = m_session.run("SELECT setting_key, setting_value FROM "_L1 + m_session.table("ele_console_setting"_L1), {});
    if (!rows)
        return fail(rows.error());
    for (const SqlRow& row : *rows)
        all.insert(row[0].toString(), row[1].toString());
    return all;
}

Expected<void> PgStore::setSettings(const QMap<QString, QString>& changed, std::stop_token stop)
{
    if (auto editable = whyNotEditable(); !editable)
        return editable;
    if (!m_catalog.hasSettingsTable) {
        return fail({.kind = ErrorKind::Schema, .what = StoreText::tr("This database has no table for the team's settings."),
            .where = m_session.description(), .remedy = StoreText::tr("An administrator can create the console's tables.")});
    }
    m_session.obey(stop);
    SqlTransaction transaction(m_session);
    Expected<void> done = transaction.begin();
    const QString sql = u"INSERT INTO %1 (setting_key, setting_value) VALUES (?, ?) ON CONFLICT (setting_key) DO UPDATE"
                        " SET setting_value = excluded.setting_value, modified_at = now(), modified_by = session_user"_s.arg(
                            m_session.table("ele_console_setting"_L1));
    for (auto it = changed.begin(); it != changed.end() && done; ++it) {
        for (const QString& text : {it.key(), it.value()}) {
            if (auto refused = checkText(text, 0, StoreText::tr("setting \"%1\"").arg(it.key())))
                return fail(*refused);
        }
        done = m_session.run(sql, {it.key(), it.value().isNull() ? u""_s : it.value()}).map([](const SqlRows&) {});
    }
    return done ? transaction.commit() : done;
}

// Every insert or update gives a row a new xmin, so the sum over all rows changes with every change, whatever the order of commits.
Expected<QByteArray> PgStore::fingerprint()
{
    QByteArray sql;
    for (const auto& [name, key] : {std::pair(Table<Environment>::name, Table<Environment>::key), std::pair(Table<Herd>::name, Table<Herd>::key),
             std::pair(Table<Server>::name, Table<Server>::key), std::pair(Table<Instance>::name, Table<Instance>::key)}) {
        sql += sql.isEmpty() ? "SELECT " : " || ' ' || ";
        sql += u"(SELECT count(*) || ':' || coalesce(sum(xmin::text::numeric * (%1 % 9973 + 1)), 0) FROM %2)"_s.arg(key, m_session.table(name))
                   .toUtf8();
    }
    const auto result = m_session.query(sql);
    if (!result)
        return fail(result.error());
    return result->bytes(0, 0).toByteArray();
}

Expected<bool> PgStore::changedElsewhere(std::stop_token stop)
{
    if (!m_session.isOpen() || !m_usable)
        return fail({.kind = ErrorKind::LinkLost, .what = StoreText::tr("There is no connection to the inventory.")});
    m_session.obey(stop);
    if (m_listening)
        // A lock is no news of the inventory: a console reads it when it wants one.
        return m_session.notifications().map([](const std::vector<QByteArray>& tables) {
            return std::ranges::any_of(tables, [](const QByteArray& table) { return table != "ele_herd_lock"; });
        });
    const auto now = fingerprint();
    if (!now)
        return fail(now.error());
    return std::exchange(m_fingerprint, *now) != *now;
}

Expected<QStringList> PgStore::pendingMigrations(std::stop_token stop)
{
    if (auto connected = connect(stop); !connected)
        return fail(connected.error());
    QStringList names;
    for (const Migration& one : migrations(MigrationDialect::PostgreSql)) {
        const bool there = one.number <= m_catalog.schemaVersion || (one.number == inventoryMigration && m_catalog.inventoryTables == 4);
        if (!there)
            names.append(one.name);
    }
    return names;
}

QString PgStore::migrationText(const QString& name) const
{
    for (const Migration& one : migrations(MigrationDialect::PostgreSql)) {
        if (one.name != name)
            continue;
        QString script = one.script;
        return script.replace("{schema}"_L1, m_session.quotedSchema())
            .replace("{schema_literal}"_L1, PgSession::quoteLiteral(m_session.quotedSchema()));
    }
    return {};
}

Expected<void> PgStore::applyMigration(const QString& name, int number, const QString& script)
{
    SqlTransaction transaction(m_session);
    if (auto begun = transaction.begin(); !begun)
        return begun;
    const QString versions = m_session.table("ele_console_schema"_L1);
    QByteArray sql;
    // One administrator at a time; the other one then finds it done.
    sql += "SELECT pg_advisory_xact_lock(hashtext('ele_console_schema'), hashtext(" + PgSession::quoteLiteral(m_session.options().schema).toUtf8()
        + "));";
    if (!m_catalog.hasSchema)
        sql += "CREATE SCHEMA IF NOT EXISTS " + m_session.quotedSchema().toUtf8() + ';';
    sql += "CREATE TABLE IF NOT EXISTS " + versions.toUtf8()
        + " (version int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),"
          " applied_by text NOT NULL DEFAULT session_user)";
    if (auto prepared = m_session.script(sql); !prepared)
        return prepared;
    const auto now = m_session.run(u"SELECT count(*) FROM %1 WHERE version >= ?"_s.arg(versions), {number});
    if (!now)
        return fail(now.error());
    if ((*now)[0][0].toInt() > 0)
        return {};
    if (!script.isEmpty()) {
        if (auto done = m_session.script(script.toUtf8()); !done)
            return done;
    }
    const auto noted = m_session.run(u"INSERT INTO %1 (version, name) VALUES (?, ?)"_s.arg(versions), {number, name});
    return noted ? transaction.commit() : fail(noted.error());
}

Expected<QStringList> PgStore::applyMigrations(std::stop_token stop, QStringList* notices)
{
    const auto pending = pendingMigrations(stop);
    if (!pending)
        return fail(pending.error());
    if (m_catalog.inventoryTables > 0 && m_catalog.inventoryTables < 4) {
        return fail({.kind = ErrorKind::Schema, .what = StoreText::tr("Only a part of the inventory's tables is there; missing: %1.").arg(m_catalog.missing),
            .where = m_session.description(), .remedy = StoreText::tr("Check whether the schema is the right one; nothing was changed.")});
    }
    m_session.takeNotices();
    for (const Migration& one : migrations(MigrationDialect::PostgreSql)) {
        if (one.number <= m_catalog.schemaVersion)
            continue;
        // What the older application made counts as done.
        const QString script = pending->contains(one.name) ? migrationText(one.name) : QString();
        if (auto done = applyMigration(one.name, one.number, script); !done) {
            Error error = done.error();
            error.where = one.name;
            return fail(error);
        }
        m_catalog.hasSchema = true;
    }
    if (notices) {
        *notices = m_session.takeNotices();
        notices->removeIf([](const QString& text) { return text.contains("already exists, skipping"_L1); });
    }
    return pending;
}

} // namespace elephaas
