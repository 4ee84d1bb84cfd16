#include "app/adapters/inventory/offlinecopy.h"

#include "app/adapters/inventory/migrations.h"
#include "app/adapters/inventory/observationpack.h"
#include "app/adapters/inventory/sqlitereader.h"
#include "app/adapters/inventory/storetext.h"
#include "app/adapters/inventory/tables.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int copyVersion = 2;

Error storageError(const QString& file, const QString& detail)
{
    return {.kind = ErrorKind::Storage, .what = StoreText::tr("The offline copy of the inventory could not be written."), .where = file,
        .detail = detail, .remedy = StoreText::tr("The next start shows an older copy, or none until the inventory is there.")};
}

Error damaged(const QString& file, const QString& detail)
{
    return {.kind = ErrorKind::Storage, .what = StoreText::tr("The offline copy of the inventory is damaged and was not used."),
        .where = file, .detail = detail, .remedy = StoreText::tr("It is written anew after the next load.")};
}

Error ofAnotherVersion(const QString& file)
{
    return {.kind = ErrorKind::Storage, .what = StoreText::tr("The offline copy of the inventory was written by another version of this program and was not used."),
        .where = file, .detail = {}, .remedy = StoreText::tr("It is written anew after the next load.")};
}

bool syncToDisk(const QString& path)
{
    const int file = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC);
    const bool done = file >= 0 && ::fsync(file) == 0;
    if (file >= 0)
        ::close(file);
    return done;
}

// The tables alone: a copy is read whole and never changed.
QString tablesOnly()
{
    QString script;
    for (const QString& statement : SqliteSession::statements(migrations(MigrationDialect::Sqlite).front().script)) {
        if (statement.contains("CREATE TABLE"_L1))
            script += statement + "\n--;\n"_L1;
    }
    return script
        + u"CREATE TABLE ele_offline_copy (format integer NOT NULL, read_at integer NOT NULL, environments integer NOT NULL,"
          " herds integer NOT NULL, servers integer NOT NULL, instances integer NOT NULL, observations blob NOT NULL,"
          " settings blob NOT NULL)"_s;
}

template <class Row>
Expected<void> insertRows(SqliteSession& session, const std::vector<Row>& rows)
{
    QString places = u"?, ?, ?"_s;
    for (size_t i = 0; i < Table<Row>::fields().size(); ++i)
        places += ", ?"_L1;
    const QString sql = "INSERT INTO "_L1 + Table<Row>::name + " ("_L1 + columnList<Row>() + ") VALUES ("_L1 + places + ')'_L1;
    const auto date = [](const QDate& value) { return value.isValid() ? value.toString(Qt::ISODate) : u""_s; };
    for (const Row& row : rows) {
        std::vector<QVariant> values{row.id.value};
        for (const Field<Row>& field : Table<Row>::fields())
            values.push_back(field.value(row));
        values.emplace_back(date(row.created));
        values.emplace_back(date(row.modified));
        if (auto done = session.run(sql, values); !done)
            return fail(done.error());
    }
    return {};
}

QByteArray packSettings(const QMap<QString, QString>& settings)
{
    QJsonObject object;
    for (auto it = settings.begin(); it != settings.end(); ++it)
        object.insert(it.key(), it.value());
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

std::optional<QMap<QString, QString>> unpackSettings(const QByteArray& packed)
{
    const QJsonDocument document = QJsonDocument::fromJson(packed);
    if (!document.isObject())
        return std::nullopt;
    QMap<QString, QString> settings;
    const QJsonObject object = document.object();
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (!it->isString())
            return std::nullopt;
        settings.insert(it.key(), it->toString());
    }
    return settings;
}

} // namespace

SqliteOfflineCopy::SqliteOfflineCopy(QString file)
    : m_file(std::move(file))
{
}

Expected<std::optional<OfflineContent>> SqliteOfflineCopy::load(std::stop_token stop)
{
    if (!QFile::exists(m_file))
        return std::optional<OfflineContent>();
    SqliteSession session(m_file);
    if (auto opened = session.open(SqliteSession::Mode::Immutable); !opened)
        return fail(damaged(m_file, opened.error().detail));
    // First the format alone: other formats may have other columns.
    const auto format = session.run(u"SELECT format FROM ele_offline_copy"_s, {});
    if (!format || format->size() != 1)
        return fail(damaged(m_file, format ? QString() : format.error().detail));
    if (format->front()[0].toInt() != copyVersion)
        return fail(ofAnotherVersion(m_file));
    const auto head = session.run(u"SELECT read_at, environments, herds, servers, instances, observations, settings FROM ele_offline_copy"_s, {});
    if (!head || head->size() != 1)
        return fail(damaged(m_file, head ? QString() : head.error().detail));
    const SqlRow& facts = head->front();
    auto rows = readRows(session, stop);
    if (!rows && rows.error().kind == ErrorKind::Cancelled)
        return fail(rows.error());
    auto observations = unpackObservations(facts[5].toByteArray());
    auto settings = unpackSettings(facts[6].toByteArray());
    const auto complete = [&facts](size_t i, size_t count) { return facts[i].toULongLong() == count; };
    if (!rows || !observations || !settings || !complete(1, rows->environments.size()) || !complete(2, rows->herds.size())
        || !complete(3, rows->servers.size()) || !complete(4, rows->instances.size())) {
        return fail(damaged(m_file, rows ? QString() : rows.error().detail));
    }
    return OfflineContent{
        {std::move(*rows), std::move(*observations), QDateTime::fromMSecsSinceEpoch(facts[0].toLongLong(), Qt::UTC)}, std::move(*settings)};
}

Expected<void> SqliteOfflineCopy::write(
    const QString& file, const Inventory& snapshot, const QMap<QString, QString>& settings, const std::stop_token& stop)
{
    SqliteSession session(file);
    Expected<void> done = session.open(SqliteSession::Mode::ReadWrite);
    // Nothing of the new file counts before it is renamed: it needs no journal. UTF-16 is what the reader wants.
    for (const QString& pragma : {u"PRAGMA encoding = 'UTF-16'"_s, u"PRAGMA journal_mode = OFF"_s, u"PRAGMA synchronous = OFF"_s}) {
        if (done)
            done = session.runScript(pragma);
    }
    if (done)
        done = session.begin();
    if (done)
        done = session.runScript(tablesOnly());
    if (done)
        done = insertRows(session, snapshot.environments());
    if (done)
        done = insertRows(session, snapshot.herds());
    if (done)
        done = insertRows(session, snapshot.servers());
    if (done && stop.stop_requested())
        done = fail({.kind = ErrorKind::Cancelled, .what = StoreText::tr("Cancelled.")});
    if (done)
        done = insertRows(session, snapshot.instances());
    if (!done)
        return done;
    const auto head = session.run(u"INSERT INTO ele_offline_copy VALUES (?, ?, ?, ?, ?, ?, ?, ?)"_s,
        {copyVersion, snapshot.asOf().toMSecsSinceEpoch(), qint64(snapshot.environments().size()), qint64(snapshot.herds().size()),
            qint64(snapshot.servers().size()), qint64(snapshot.instances().size()), packObservations(snapshot.observations()),
            packSettings(settings)});
    return head ? session.commit() : fail(head.error());
}

Expected<void> SqliteOfflineCopy::save(const Inventory& snapshot, const QMap<QString, QString>& settings, std::stop_token stop)
{
    const QString folder = QFileInfo(m_file).absolutePath();
    if (!QDir().mkpath(folder))
        return fail(storageError(folder, QString::fromLocal8Bit(std::strerror(errno))));
    // A name of this process: two consoles may save at the same time, and the later one wins.
    const QString beside = m_file + u".%1.new"_s.arg(::getpid());
    QFile::remove(beside);
    // Created first, readable by its owner alone.
    QFile created(beside);
    if (!created.open(QIODevice::WriteOnly | QIODevice::NewOnly, QFile::ReadOwner | QFile::WriteOwner))
        return fail(storageError(beside, created.errorString()));
    created.close();
    const auto written = write(beside, snapshot, settings, stop);
    if (!written) {
        QFile::remove(beside);
        return written.error().kind == ErrorKind::Cancelled ? written : fail(storageError(beside, written.error().detail));
    }
    if (!syncToDisk(beside) || std::rename(QFile::encodeName(beside).constData(), QFile::encodeName(m_file).constData()) != 0) {
        const QString reason = QString::fromLocal8Bit(std::strerror(errno));
        QFile::remove(beside);
        return fail(storageError(m_file, reason));
    }
    syncToDisk(folder);
    return {};
}

} // namespace elephaas
