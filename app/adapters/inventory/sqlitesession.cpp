#include "app/adapters/inventory/sqlitesession.h"

#include "app/adapters/inventory/storetext.h"

#include <QRegularExpression>
#include <QSqlError>
#include <QSqlRecord>
#include <QUrl>
#include <QUuid>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// Result codes of https://www.sqlite.org/rescode.html; the low byte is the primary code.
enum class SqliteCode {
    Busy = 5,
    Locked = 6,
    ReadOnly = 8,
    Interrupt = 9,
    InputOutput = 10,
    Corrupt = 11,
    Full = 13,
    CannotOpen = 14,
    Constraint = 19,
    NoDatabase = 26,
};

QString uriOf(const QString& file)
{
    return u"file:"_s + QString::fromLatin1(QUrl::toPercentEncoding(file, "/"));
}

} // namespace

SqliteSession::SqliteSession(QString file)
    : m_file(std::move(file))
    , m_name(QUuid::createUuid().toString())
{
}

SqliteSession::~SqliteSession() { close(); }

Expected<void> SqliteSession::open(Mode mode)
{
    close();
    m_database = QSqlDatabase::addDatabase(u"QSQLITE"_s, m_name);
    // Another process holds the write lock for milliseconds, not seconds.
    QString options = u"QSQLITE_BUSY_TIMEOUT=5000;QSQLITE_OPEN_URI"_s;
    QString name = uriOf(m_file);
    if (mode != Mode::ReadWrite)
        options += ";QSQLITE_OPEN_READONLY"_L1;
    if (mode == Mode::Immutable)
        name += "?immutable=1"_L1;
    m_database.setConnectOptions(options);
    m_database.setDatabaseName(name);
    if (!m_database.open()) {
        const Error error = failure(m_database.lastError());
        close();
        return fail(error);
    }
    return {};
}

void SqliteSession::close()
{
    m_prepared.clear();
    if (!m_database.isValid())
        return;
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_name);
}

Expected<SqlRows> SqliteSession::run(const QString& sql, const std::vector<QVariant>& values)
{
    auto known = m_prepared.find(sql);
    if (known == m_prepared.end()) {
        QSqlQuery query(m_database);
        query.setForwardOnly(true);
        if (!query.prepare(sql))
            return fail(failure(query.lastError()));
        known = m_prepared.emplace(sql, std::move(query)).first;
    }
    QSqlQuery& query = known->second;
    for (size_t i = 0; i < values.size(); ++i)
        query.bindValue(int(i), values[i]);
    if (!query.exec()) {
        const Error error = failure(query.lastError());
        m_prepared.erase(known);
        return fail(error);
    }
    SqlRows rows;
    const int columns = query.record().count();
    while (query.next()) {
        SqlRow row;
        row.reserve(size_t(columns));
        for (int i = 0; i < columns; ++i)
            row.push_back(query.value(i));
        rows.push_back(std::move(row));
    }
    const QSqlError after = query.lastError();
    query.finish();
    if (after.isValid())
        return fail(failure(after));
    return rows;
}

Expected<void> SqliteSession::forEach(const QString& sql, const std::function<void(const QSqlQuery&)>& row)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.exec(sql))
        return fail(failure(query.lastError()));
    while (query.next())
        row(query);
    if (query.lastError().isValid())
        return fail(failure(query.lastError()));
    return {};
}

QStringList SqliteSession::statements(const QString& script)
{
    static const QRegularExpression separator(u"^--;\\s*$"_s, QRegularExpression::MultilineOption);
    return script.split(separator);
}

Expected<void> SqliteSession::runScript(const QString& script)
{
    for (const QString& statement : statements(script)) {
        if (auto done = forEach(statement, [](const QSqlQuery&) {}); !done)
            return done;
    }
    return {};
}

// A transaction that may write takes the write lock at once: upgrading a read lock later can only fail.
Expected<void> SqliteSession::begin() { return forEach(u"BEGIN IMMEDIATE"_s, [](const QSqlQuery&) {}); }
Expected<void> SqliteSession::commit() { return forEach(u"COMMIT"_s, [](const QSqlQuery&) {}); }
void SqliteSession::rollback()
{
    // SQLite may have rolled back by itself (disk full): then there is nothing to do.
    QSqlQuery(m_database).exec(u"ROLLBACK"_s);
}

Error SqliteSession::failure(const QSqlError& error) const
{
    Error result{.kind = ErrorKind::Storage, .what = {}, .where = m_file, .detail = error.databaseText()};
    if (result.detail.isEmpty())
        result.detail = error.driverText();
    bool known = false;
    const auto code = static_cast<SqliteCode>(error.nativeErrorCode().toInt(&known) & 0xff);
    if (!known) {
        result.what = StoreText::tr("The inventory file cannot be used.");
        return result;
    }
    switch (code) {
    case SqliteCode::Busy:
    case SqliteCode::Locked:
        result.kind = ErrorKind::Busy;
        result.what = StoreText::tr("Another program is writing to the inventory file.");
        result.remedy = StoreText::tr("Try again; nothing was changed.");
        return result;
    case SqliteCode::ReadOnly:
        result.kind = ErrorKind::PermissionDenied;
        result.what = StoreText::tr("The inventory file cannot be written to.");
        result.remedy = StoreText::tr("Check the permissions of the file and its folder, and whether the disk is read-only.");
        return result;
    case SqliteCode::Interrupt:
        result.kind = ErrorKind::Cancelled;
        result.what = StoreText::tr("Cancelled; nothing was changed.");
        return result;
    case SqliteCode::InputOutput:
    case SqliteCode::Full:
        result.what = StoreText::tr("The inventory file could not be written: the disk is full or broken. Nothing was changed.");
        result.remedy = StoreText::tr("Free some space and try again.");
        return result;
    case SqliteCode::Corrupt:
    case SqliteCode::NoDatabase:
        result.what = StoreText::tr("The file is damaged or no inventory.");
        result.remedy = StoreText::tr("Move it away, or choose another inventory file.");
        return result;
    case SqliteCode::CannotOpen:
        result.what = StoreText::tr("The inventory file cannot be opened or created.");
        result.remedy = StoreText::tr("Check that its folder exists and that you may write there.");
        return result;
    case SqliteCode::Constraint:
        result.kind = ErrorKind::Conflict;
        result.what = StoreText::tr("The change contradicts what the inventory holds; nothing was saved.");
        result.remedy = StoreText::tr("Reload and try again.");
        return result;
    }
    result.kind = error.type() == QSqlError::StatementError ? ErrorKind::Schema : ErrorKind::Internal;
    result.what = StoreText::tr("The inventory file did not accept a statement.");
    return result;
}

} // namespace elephaas
