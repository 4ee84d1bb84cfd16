#include "app/adapters/inventory/changewriter.h"

#include "app/adapters/inventory/storetext.h"
#include "app/adapters/inventory/tables.h"

#include <QSet>

#include <algorithm>
#include <limits>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int keysPerQuery = 500;

QString showValue(const QVariant& value)
{
    if (value.isNull())
        //: an empty field in a message about a conflict
        return StoreText::tr("none");
    return value.typeId() == QMetaType::QString ? u'"' + value.toString() + u'"' : value.toString();
}

Error invalid(const QString& where, const QString& what)
{
    return {.kind = ErrorKind::InvalidInput, .what = what, .where = where};
}

class ChangeWriter final {
public:
    ChangeWriter(SqlSession& session, const StoreLimits& limits, const std::stop_token& stop)
        : m_session(session)
        , m_limits(limits)
        , m_stop(stop)
    {
    }

    Expected<AppliedChanges> write(const ChangeSet& changes);

private:
    // New rows of one kind, waiting to go in together.
    template <class Row>
    struct Pending {
        std::vector<Row> rows; // with temporary ids, references resolved
        bool has(qint64 id) const
        {
            return std::any_of(rows.begin(), rows.end(), [id](const Row& row) { return row.id.value == id; });
        }
    };
    struct LateUpstream { // an upstream that a later edit creates
        InstanceId follower; // temporary or not
        InstanceId upstream; // temporary
        QString label;
    };

    template <class Row>
    Expected<void> edit(const Put<Row>& put);
    template <class Key>
    Expected<void> edit(const Remove<Key>& remove);

    Expected<void> removeRow(EnvironmentId id);
    Expected<void> removeRow(HerdId id);
    Expected<void> removeRow(ServerId id);
    Expected<void> removeRow(InstanceId id);
    Expected<void> removeInstancesWhere(QLatin1StringView column, qint64 id);

    template <class Row>
    Expected<void> check(const Row& row, const Row* before) const;
    template <class Row>
    Expected<void> insert(Row row);
    template <class Row>
    Expected<void> update(Row row, const Row& before);
    template <class Row>
    Expected<void> flush(Pending<Row>& pending);
    template <class Row>
    Expected<void> flushSome(std::span<const Row> rows);
    Expected<void> flushAll();
    Expected<void> setLateUpstreams();

    Expected<void> resolve(Environment&, const Environment*) { return {}; }
    Expected<void> resolve(Herd& row, const Herd* before);
    Expected<void> resolve(Server& row, const Server* before);
    Expected<void> resolve(Instance& row, const Instance* before);
    template <class Key>
    Expected<void> resolveKey(Key& key, RowKind kind, const QString& of);
    Expected<void> requireRow(RowKind kind, qint64 id, const QString& of);

    Expected<void> readKnownKeys(const ChangeSet& changes);
    Expected<void> run(const QString& sql, const std::vector<QVariant>& values);
    Expected<void> lookAtStop() const;

    QHash<EnvironmentId, EnvironmentId>& applied(EnvironmentId) { return m_applied.environments; }
    QHash<HerdId, HerdId>& applied(HerdId) { return m_applied.herds; }
    QHash<ServerId, ServerId>& applied(ServerId) { return m_applied.servers; }
    QHash<InstanceId, InstanceId>& applied(InstanceId) { return m_applied.instances; }
    Pending<Environment>& pending(EnvironmentId) { return m_environments; }
    Pending<Herd>& pending(HerdId) { return m_herds; }
    Pending<Server>& pending(ServerId) { return m_servers; }
    Pending<Instance>& pending(InstanceId) { return m_instances; }

    SqlSession& m_session;
    const StoreLimits& m_limits;
    const std::stop_token& m_stop;
    AppliedChanges m_applied;
    Pending<Environment> m_environments;
    Pending<Herd> m_herds;
    Pending<Server> m_servers;
    Pending<Instance> m_instances;
    std::vector<LateUpstream> m_late;
    QSet<qint64> m_known[4]; // by RowKind: keys seen in this transaction
};

QSet<qint64>& knownOf(QSet<qint64> (&known)[4], RowKind kind) { return known[static_cast<size_t>(kind)]; }

QString tableOf(RowKind kind, const SqlSession& session)
{
    switch (kind) {
    case RowKind::Environment:
        return session.table(Table<Environment>::name);
    case RowKind::Herd:
        return session.table(Table<Herd>::name);
    case RowKind::Server:
        return session.table(Table<Server>::name);
    case RowKind::Instance:
        return session.table(Table<Instance>::name);
    }
    return {};
}

QString keyOf(RowKind kind)
{
    switch (kind) {
    case RowKind::Environment:
        return Table<Environment>::key;
    case RowKind::Herd:
        return Table<Herd>::key;
    case RowKind::Server:
        return Table<Server>::key;
    case RowKind::Instance:
        return Table<Instance>::key;
    }
    return {};
}

Expected<void> ChangeWriter::run(const QString& sql, const std::vector<QVariant>& values)
{
    return m_session.run(sql, values).map([](const SqlRows&) {});
}

Expected<void> ChangeWriter::lookAtStop() const
{
    if (!m_stop.stop_requested())
        return {};
    return fail({.kind = ErrorKind::Cancelled, .what = StoreText::tr("Cancelled; nothing was changed.")});
}

Expected<AppliedChanges> ChangeWriter::write(const ChangeSet& changes)
{
    SqlTransaction transaction(m_session);
    if (auto begun = transaction.begin(); !begun)
        return fail(begun.error());
    if (auto known = readKnownKeys(changes); !known)
        return fail(known.error());
    for (const Edit& next : changes) {
        Expected<void> done = lookAtStop();
        if (done)
            done = std::visit([this](const auto& one) { return edit(one); }, next);
        if (!done)
            return fail(done.error());
    }
    Expected<void> done = flushAll();
    if (done)
        done = setLateUpstreams();
    if (done)
        done = lookAtStop();
    if (done)
        done = transaction.commit();
    if (!done)
        return fail(done.error());
    return m_applied;
}

template <class Row>
Expected<void> ChangeWriter::edit(const Put<Row>& put)
{
    const Row* before = put.before ? &*put.before : nullptr;
    if (!before && put.row.id.isValid()) {
        return fail({.kind = ErrorKind::Internal,
            .what = StoreText::tr("A new row came with a key of its own."), .where = rowLabel(put.row)});
    }
    Row row = put.row;
    if (auto checked = check(row, before); !checked)
        return checked;
    if (auto resolved = resolve(row, before); !resolved)
        return resolved;
    return before ? update(std::move(row), *before) : insert(std::move(row));
}

template <class Key>
Expected<void> ChangeWriter::edit(const Remove<Key>& remove)
{
    Key id = remove.id;
    if (auto flushed = flushAll(); !flushed)
        return flushed;
    if (id.value < 0)
        id = applied(id).value(id);
    auto removed = removeRow(id);
    for (QSet<qint64>& known : m_known)
        known.clear(); // what went with it has to be looked up again
    return removed;
}

// A row that is gone already is what was wanted: no error.
Expected<void> ChangeWriter::removeRow(EnvironmentId id)
{
    for (const QLatin1StringView name : {Table<Herd>::name, Table<Server>::name}) {
        auto done = run(u"UPDATE %1 SET environment_id = NULL WHERE environment_id = ?"_s.arg(m_session.table(name)),
            {id.value});
        if (!done)
            return done;
    }
    return run(u"DELETE FROM %1 WHERE environment_id = ?"_s.arg(m_session.table(Table<Environment>::name)), {id.value});
}

Expected<void> ChangeWriter::removeInstancesWhere(QLatin1StringView column, qint64 id)
{
    const QString instances = m_session.table(Table<Instance>::name);
    auto freed = run(u"UPDATE %1 SET master_id = NULL WHERE master_id IN (SELECT instance_id FROM %1 WHERE %2 = ?)"_s.arg(
                         instances, column),
        {id});
    return freed ? run(u"DELETE FROM %1 WHERE %2 = ?"_s.arg(instances, column), {id}) : freed;
}

Expected<void> ChangeWriter::removeRow(HerdId id)
{
    auto done = removeInstancesWhere("herd_id"_L1, id.value);
    return done ? run(u"DELETE FROM %1 WHERE herd_id = ?"_s.arg(m_session.table(Table<Herd>::name)), {id.value}) : done;
}

Expected<void> ChangeWriter::removeRow(ServerId id)
{
    auto done = removeInstancesWhere("server_id"_L1, id.value);
    return done ? run(u"DELETE FROM %1 WHERE server_id = ?"_s.arg(m_session.table(Table<Server>::name)), {id.value})
                : done;
}

Expected<void> ChangeWriter::removeRow(InstanceId id)
{
    return removeInstancesWhere("instance_id"_L1, id.value);
}

// What the database would refuse, or worse, take. Values that the edit leaves as they were are not judged.
template <class Row>
Expected<void> ChangeWriter::check(const Row& row, const Row* before) const
{
    for (const Field<Row>& field : Table<Row>::fields()) {
        const QVariant value = field.value(row);
        if (value.typeId() != QMetaType::QString || (before && field.value(*before) == value))
            continue;
        const QString what = StoreText::tr("%1, %2", "row, field").arg(rowLabel(row), fieldTitle(field.title));
        if (auto refused = checkText(value.toString(), field.limit ? m_limits.*field.limit : 0, what))
            return fail(*refused);
    }
    if constexpr (std::is_same_v<Row, Herd>) {
        if ((!before || before->port != row.port) && (row.port < 1 || row.port > 65535))
            return fail(invalid(rowLabel(row), StoreText::tr("The port %1 is not between 1 and 65535.").arg(row.port)));
    }
    if constexpr (std::is_same_v<Row, Instance>) {
        if (row.walPosition && row.walPosition->value > quint64(std::numeric_limits<qint64>::max()))
            return fail(invalid(rowLabel(row), StoreText::tr("The WAL position is too large to be stored.")));
        if (row.upstream && *row.upstream == row.id && (!before || before->upstream != row.upstream))
            return fail(invalid(rowLabel(row), StoreText::tr("An instance cannot follow itself.")));
    }
    return {};
}

Expected<void> ChangeWriter::requireRow(RowKind kind, qint64 id, const QString& of)
{
    QSet<qint64>& known = knownOf(m_known, kind);
    if (known.contains(id))
        return {};
    const QString key = keyOf(kind);
    const auto rows = m_session.run(u"SELECT %1 FROM %2 WHERE %1 = ?"_s.arg(key, tableOf(kind, m_session)), {id});
    if (!rows)
        return fail(rows.error());
    if (rows->empty()) {
        return fail({.kind = ErrorKind::Conflict,
            .what = StoreText::tr("It refers to %1, which does not exist (any more).").arg(rowLabel(kind, id)),
            .where = of,
            .remedy = StoreText::tr("Reload and choose another one.")});
    }
    known.insert(id);
    return {};
}

template <class Key>
Expected<void> ChangeWriter::resolveKey(Key& key, RowKind kind, const QString& of)
{
    if (key.value > 0)
        return requireRow(kind, key.value, of);
    if (pending(key).has(key.value)) {
        if (auto flushed = flush(pending(key)); !flushed)
            return flushed;
    }
    const Key found = applied(key).value(key);
    if (!found.isValid()) {
        return fail(invalid(of,
            kind == RowKind::Herd         ? StoreText::tr("It names no herd.")
                : kind == RowKind::Server ? StoreText::tr("It names no server.")
                                          : StoreText::tr("It refers to a row that this change does not create.")));
    }
    key = found;
    return {};
}

Expected<void> ChangeWriter::resolve(Herd& row, const Herd* before)
{
    if (!row.environment || (before && before->environment == row.environment))
        return {};
    return resolveKey(*row.environment, RowKind::Environment, rowLabel(row));
}

Expected<void> ChangeWriter::resolve(Server& row, const Server* before)
{
    if (!row.environment || (before && before->environment == row.environment))
        return {};
    return resolveKey(*row.environment, RowKind::Environment, rowLabel(row));
}

Expected<void> ChangeWriter::resolve(Instance& row, const Instance* before)
{
    const QString label = rowLabel(row);
    if (!before || before->herd != row.herd) {
        if (auto done = resolveKey(row.herd, RowKind::Herd, label); !done)
            return done;
    }
    if (!before || before->server != row.server) {
        if (auto done = resolveKey(row.server, RowKind::Server, label); !done)
            return done;
    }
    if (!row.upstream || (before && before->upstream == row.upstream))
        return {};
    if (row.upstream->value < 0 && !m_instances.has(row.upstream->value) && !m_applied.instances.contains(*row.upstream)) {
        m_late.push_back({row.id, *row.upstream, label});
        row.upstream.reset();
        return {};
    }
    return resolveKey(*row.upstream, RowKind::Instance, label);
}

template <class Row>
Expected<void> ChangeWriter::insert(Row row)
{
    // Rows of other kinds that wait may be what the next edits rely on; order between kinds does not matter otherwise.
    auto& waiting = pending(row.id);
    waiting.rows.push_back(std::move(row));
    return int(waiting.rows.size()) >= m_session.rowsPerInsert() ? flush(waiting) : Expected<void>();
}

template <class Row>
Expected<void> ChangeWriter::flush(Pending<Row>& waiting)
{
    const std::vector<Row> rows = std::exchange(waiting.rows, {});
    return rows.empty() ? Expected<void>() : flushSome(std::span<const Row>(rows));
}

template <class Row>
Expected<void> ChangeWriter::flushSome(std::span<const Row> rows)
{
    const auto fields = Table<Row>::fields();
    QString columns;
    QString places;
    for (const Field<Row>& field : fields) {
        columns += field.column + ", "_L1;
        places += "?, "_L1;
    }
    // The dates too: not every site's triggers are what they should be, and both columns are NOT NULL.
    const QString tuple = '('_L1 + places + "CURRENT_DATE, CURRENT_DATE)"_L1;
    QString tuples;
    std::vector<QVariant> values;
    values.reserve(rows.size() * fields.size());
    for (const Row& row : rows) {
        tuples += tuples.isEmpty() ? tuple : u", "_s + tuple;
        for (const Field<Row>& field : fields)
            values.push_back(field.value(row));
    }
    const QString sql = u"INSERT INTO "_s + m_session.table(Table<Row>::name) + " ("_L1 + columns
        + "created_dt, modified_dt) VALUES "_L1 + tuples + " RETURNING "_L1 + Table<Row>::key;
    const auto keys = m_session.run(sql, values);
    if (!keys)
        return fail(keys.error());
    if (keys->size() != rows.size())
        return fail({.what = StoreText::tr("The database did not number the new rows."), .where = Table<Row>::name});
    for (size_t i = 0; i < rows.size(); ++i) {
        const auto given = decltype(Row::id)((*keys)[i][0].toLongLong());
        if (rows[i].id.value < 0)
            applied(rows[i].id).insert(rows[i].id, given);
        knownOf(m_known, Table<Row>::kind).insert(given.value);
    }
    return {};
}

Expected<void> ChangeWriter::flushAll()
{
    Expected<void> done = flush(m_environments);
    if (done)
        done = flush(m_herds);
    if (done)
        done = flush(m_servers);
    return done ? flush(m_instances) : done;
}

template <class Row>
Expected<void> ChangeWriter::update(Row row, const Row& before)
{
    if (auto flushed = flushAll(); !flushed)
        return flushed;
    const QString table = m_session.table(Table<Row>::name);
    const QLatin1StringView key = Table<Row>::key;
    const auto found = m_session.run(
        "SELECT "_L1 + columnList<Row>() + " FROM "_L1 + table + " WHERE "_L1 + key + " = ?"_L1 + m_session.rowLock(),
        {row.id.value});
    if (!found)
        return fail(found.error());
    if (found->empty()) {
        return fail({.kind = ErrorKind::Conflict, .what = StoreText::tr("It was deleted elsewhere; nothing was saved."),
            .where = rowLabel(before), .remedy = StoreText::tr("Reload to see what is there now.")});
    }
    const Row now = readRow<Row>([&](int i) -> const QVariant& { return found->front()[size_t(i)]; });

    QString assignments;
    std::vector<QVariant> values;
    for (const Field<Row>& field : Table<Row>::fields()) {
        const QVariant wanted = field.value(row);
        const QVariant was = field.value(before);
        const QVariant is = field.value(now);
        const bool edited = wanted != was;
        if (is != was && (edited || !field.observed)) {
            const QString title = fieldTitle(field.title);
            return fail({.kind = ErrorKind::Conflict,
                .what = StoreText::tr("Somebody else changed the %1 from %2 to %3 (row modified %4); nothing was saved.")
                            .arg(title, showValue(was), showValue(is), now.modified.toString(Qt::ISODate)),
                .where = rowLabel(before),
                .remedy = StoreText::tr("Reload, look at it, and make your change again if it is still right.")});
        }
        if (edited) {
            assignments += (assignments.isEmpty() ? ""_L1 : ", "_L1) + field.column + " = ?"_L1;
            values.push_back(wanted);
        }
    }
    if (values.empty())
        return {};
    values.emplace_back(row.id.value);
    return run(u"UPDATE "_s + table + " SET "_L1 + assignments + " WHERE "_L1 + key + " = ?"_L1, values);
}

Expected<void> ChangeWriter::setLateUpstreams()
{
    for (LateUpstream& late : m_late) {
        Expected<void> done = resolveKey(late.upstream, RowKind::Instance, late.label);
        if (done && late.follower.value < 0)
            done = resolveKey(late.follower, RowKind::Instance, late.label);
        if (done) {
            done = run(u"UPDATE %1 SET master_id = ? WHERE instance_id = ?"_s.arg(m_session.table(Table<Instance>::name)),
                {late.upstream.value, late.follower.value});
        }
        if (!done)
            return done;
    }
    return {};
}

// Which of the referenced rows exist, asked in a few queries instead of one for each.
Expected<void> ChangeWriter::readKnownKeys(const ChangeSet& changes)
{
    QSet<qint64> wanted[4];
    const auto want = [&wanted](RowKind kind, auto id) {
        if (id.value > 0)
            knownOf(wanted, kind).insert(id.value);
    };
    for (const Edit& next : changes) {
        if (const auto* herd = std::get_if<Put<Herd>>(&next); herd && herd->row.environment)
            want(RowKind::Environment, *herd->row.environment);
        else if (const auto* server = std::get_if<Put<Server>>(&next); server && server->row.environment)
            want(RowKind::Environment, *server->row.environment);
        else if (const auto* instance = std::get_if<Put<Instance>>(&next)) {
            want(RowKind::Herd, instance->row.herd);
            want(RowKind::Server, instance->row.server);
            if (instance->row.upstream)
                want(RowKind::Instance, *instance->row.upstream);
        }
    }
    for (const RowKind kind : {RowKind::Environment, RowKind::Herd, RowKind::Server, RowKind::Instance}) {
        const QList<qint64> keys = knownOf(wanted, kind).values();
        for (qsizetype from = 0; from < keys.size(); from += keysPerQuery) {
            std::vector<QVariant> values;
            for (const qint64 key : keys.mid(from, keysPerQuery))
                values.emplace_back(key);
            const QString places = u"?, "_s.repeated(qsizetype(values.size()) - 1) + u'?';
            const auto rows = m_session.run("SELECT "_L1 + keyOf(kind) + " FROM "_L1 + tableOf(kind, m_session)
                    + " WHERE "_L1 + keyOf(kind) + " IN ("_L1 + places + ')'_L1,
                values);
            if (!rows)
                return fail(rows.error());
            for (const SqlRow& row : *rows)
                knownOf(m_known, kind).insert(row[0].toLongLong());
        }
    }
    return {};
}

} // namespace

std::optional<Error> checkText(const QString& text, int limit, const QString& what)
{
    if (text.contains(QChar(u'\0')))
        return invalid(what, StoreText::tr("The text contains a NUL character, which cannot be stored."));
    if (!text.isValidUtf16())
        return invalid(what, StoreText::tr("The text is not valid Unicode."));
    // The database counts code points, a QString UTF-16 units.
    if (limit > 0 && text.size() > limit) {
        const auto characters = text.toUcs4().size();
        if (characters > limit) {
            return invalid(what,
                StoreText::tr("The text has %1 characters; this inventory takes at most %2.").arg(characters).arg(limit));
        }
    }
    return std::nullopt;
}

Expected<AppliedChanges> writeChanges(
    SqlSession& session, const ChangeSet& changes, const StoreLimits& limits, const std::stop_token& stop)
{
    return ChangeWriter(session, limits, stop).write(changes);
}

} // namespace elephaas
