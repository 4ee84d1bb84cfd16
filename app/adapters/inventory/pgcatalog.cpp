#include "app/adapters/inventory/pgcatalog.h"

#include "app/adapters/inventory/storetext.h"
#include "app/adapters/inventory/tables.h"

#include <QHash>
#include <QStringList>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct TableRights {
    bool select = false;
    bool insert = false;
    bool update = false;
    bool remove = false;
    bool sequence = false;
};

struct ColumnFacts {
    int limit = 0;
    bool mayUpdate = false;
};

class CatalogReader final {
public:
    explicit CatalogReader(PgSession& session)
        : m_session(session)
        , m_schema(session.options().schema.toUtf8())
    {
    }
    Expected<PgCatalog> read(int newestSchemaVersion);

private:
    Expected<void> readSchema();
    Expected<void> readTables();
    Expected<void> readColumns();
    Expected<void> readVersion();
    void judge(int newestSchemaVersion);
    template <class Row>
    void judgeTable(QStringList& missing, QStringList& unreadable, QStringList& refused);
    bool mayWrite(const QString& table) const
    {
        const TableRights rights = m_tables.value(table);
        return rights.select && rights.insert && rights.update && rights.remove;
    }

    PgSession& m_session;
    const QByteArray m_schema;
    PgCatalog m_catalog;
    bool m_mayUseSchema = false;
    bool m_mayCreate = false;
    bool m_mayCreateSchema = false;
    bool m_readOnly = false;
    QHash<QString, TableRights> m_tables;
    QHash<QString, ColumnFacts> m_columns; // "table.column"
};

Expected<void> CatalogReader::readSchema()
{
    const auto result = m_session.query(
        "SELECT n.oid IS NOT NULL, coalesce(has_schema_privilege(n.oid, 'USAGE'), false),"
        " coalesce(has_schema_privilege(n.oid, 'CREATE'), false), has_database_privilege(current_database(), 'CREATE'),"
        " pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'"
        " FROM (SELECT 1) one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = $1",
        {m_schema});
    if (!result)
        return fail(result.error());
    m_catalog.hasSchema = result->boolean(0, 0);
    m_mayUseSchema = result->boolean(0, 1);
    m_mayCreate = result->boolean(0, 2);
    m_mayCreateSchema = result->boolean(0, 3);
    m_readOnly = result->boolean(0, 4);
    return {};
}

Expected<void> CatalogReader::readTables()
{
    // The sequence behind the key, where it is the column's own: an insert needs it.
    const auto result = m_session.query(
        "SELECT c.relname, has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'INSERT'),"
        " has_table_privilege(c.oid, 'UPDATE'), has_table_privilege(c.oid, 'DELETE'),"
        " coalesce((SELECT bool_and(has_sequence_privilege(s.oid, 'USAGE')) FROM pg_catalog.pg_depend d"
        "  JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
        "  WHERE d.refobjid = c.oid AND d.refobjsubid > 0 AND d.classid = 'pg_catalog.pg_class'::regclass), true),"
        " EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'"
        "  AND t.tgname = c.relname || '_notify')"
        " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'f') AND c.relname LIKE 'ele\\_%'",
        {m_schema});
    if (!result)
        return fail(result.error());
    int notifying = 0;
    for (int r = 0; r < result->rows(); ++r) {
        const QString name = result->text(r, 0);
        m_tables.insert(name,
            {result->boolean(r, 1), result->boolean(r, 2), result->boolean(r, 3), result->boolean(r, 4), result->boolean(r, 5)});
        const bool ours = name == Table<Environment>::name || name == Table<Herd>::name || name == Table<Server>::name
            || name == Table<Instance>::name;
        m_catalog.inventoryTables += ours;
        notifying += ours && result->boolean(r, 6);
    }
    m_catalog.notifies = notifying == 4;
    return {};
}

Expected<void> CatalogReader::readColumns()
{
    const auto result = m_session.query(
        "SELECT c.relname, a.attname, CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4"
        "  THEN a.atttypmod - 4 ELSE 0 END, has_column_privilege(c.oid, a.attnum, 'UPDATE')"
        " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relname IN ('ele_environment', 'ele_herd', 'ele_server', 'ele_instance')"
        " AND a.attnum > 0 AND NOT a.attisdropped",
        {m_schema});
    if (!result)
        return fail(result.error());
    for (int r = 0; r < result->rows(); ++r)
        m_columns.insert(result->text(r, 0) + u'.' + result->text(r, 1), {int(result->number(r, 2)), result->boolean(r, 3)});
    return {};
}

Expected<void> CatalogReader::readVersion()
{
    if (!m_mayUseSchema || !m_tables.value(u"ele_console_schema"_s).select)
        return {};
    const auto result
        = m_session.query(("SELECT coalesce(max(version), 0) FROM "_L1 + m_session.table("ele_console_schema"_L1)).toUtf8());
    if (!result)
        return fail(result.error());
    m_catalog.schemaVersion = int(result->number(0, 0));
    return {};
}

template <class Row>
void CatalogReader::judgeTable(QStringList& missing, QStringList& unreadable, QStringList& refused)
{
    const QString name = Table<Row>::name;
    if (!m_tables.contains(name)) {
        missing.append(name);
        return;
    }
    const TableRights rights = m_tables.value(name);
    if (!rights.select)
        unreadable.append(name);
    const auto note = [&](bool may, QLatin1StringView what) {
        if (!may)
            //: a privilege and its table: "INSERT on ele_herd"
            refused.append(StoreText::tr("%1 on %2").arg(what, name));
    };
    note(rights.insert, "INSERT"_L1);
    note(rights.update, "UPDATE"_L1);
    note(rights.remove, "DELETE"_L1);
    if (!rights.sequence)
        refused.append(StoreText::tr("%1 on %2").arg("USAGE"_L1, StoreText::tr("the key sequence of %1").arg(name)));
    for (const Field<Row>& field : Table<Row>::fields()) {
        const auto column = m_columns.constFind(name + u'.' + field.column);
        if (column == m_columns.constEnd())
            missing.append(name + u'.' + field.column);
        else if (field.limit)
            m_catalog.limits.*field.limit = column->limit;
    }
    for (const QLatin1StringView other : {Table<Row>::key, "created_dt"_L1, "modified_dt"_L1}) {
        if (!m_columns.contains(name + u'.' + other))
            missing.append(name + u'.' + other);
    }
}

void CatalogReader::judge(int newestSchemaVersion)
{
    QStringList missing;
    QStringList unreadable;
    QStringList refused;
    judgeTable<Environment>(missing, unreadable, refused);
    judgeTable<Herd>(missing, unreadable, refused);
    judgeTable<Server>(missing, unreadable, refused);
    judgeTable<Instance>(missing, unreadable, refused);
    if (m_catalog.hasSchema && !m_mayUseSchema)
        unreadable = {StoreText::tr("schema %1").arg(m_session.options().schema)};
    m_catalog.missing = missing.join(", "_L1);
    m_catalog.unreadable = unreadable.join(", "_L1);

    StorePrivileges& may = m_catalog.privileges;
    may.editInventory = refused.isEmpty();
    may.updateInstanceState = true;
    for (const QLatin1StringView column : {"version"_L1, "is_online"_L1, "xlog_pos"_L1, "master_id"_L1})
        may.updateInstanceState = may.updateInstanceState && m_columns.value("ele_instance."_L1 + column).mayUpdate;
    may.useConsoleTables = mayWrite(u"ele_operation"_s) && mayWrite(u"ele_operation_step"_s)
        && m_tables.value(u"ele_console_setting"_s).select;
    may.createTables = m_catalog.hasSchema ? m_mayCreate : m_mayCreateSchema;
    m_catalog.hasProbeTable = m_tables.value(u"ele_probe"_s).select;
    m_catalog.mayWriteProbes = mayWrite(u"ele_probe"_s);
    m_catalog.hasSettingsTable = m_tables.value(u"ele_console_setting"_s).select;
    if (!refused.isEmpty()) {
        may.reason = StoreText::tr("Your account %1 lacks: %2.").arg(m_session.user(), refused.join(", "_L1));
    } else if (!may.useConsoleTables) {
        may.reason = m_tables.contains(u"ele_operation"_s)
            ? StoreText::tr("Your account %1 may not write the console's own tables.").arg(m_session.user())
            : StoreText::tr("This database has no tables of the console's own; an administrator can create them.");
    }
    const bool tooNew = m_catalog.schemaVersion > newestSchemaVersion;
    if (!m_readOnly && !tooNew)
        return;
    may = {};
    m_catalog.mayWriteProbes = false;
    may.reason = m_readOnly ? StoreText::tr("This server of the inventory takes no changes: it is a standby, or read-only.")
                            : StoreText::tr("The inventory was changed by a newer version of this program (schema %1, known is %2).")
                                  .arg(m_catalog.schemaVersion)
                                  .arg(newestSchemaVersion);
}

Expected<PgCatalog> CatalogReader::read(int newestSchemaVersion)
{
    for (const auto step : {&CatalogReader::readSchema, &CatalogReader::readTables, &CatalogReader::readColumns, &CatalogReader::readVersion}) {
        if (auto done = (this->*step)(); !done)
            return fail(done.error());
    }
    judge(newestSchemaVersion);
    return m_catalog;
}

} // namespace

Expected<PgCatalog> readCatalog(PgSession& session, int newestSchemaVersion)
{
    return CatalogReader(session).read(newestSchemaVersion);
}

} // namespace elephaas
