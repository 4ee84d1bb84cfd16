#include "app/adapters/inventory/pgsession.h"

#include "app/adapters/inventory/pgconnect.h"
#include "app/adapters/inventory/pgerrors.h"
#include "app/adapters/inventory/storetext.h"

#include <QSqlDriver>
#include <QSqlError>
#include <QUuid>

#include <libpq-fe.h>

#include <poll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int cancelPatience = 3000; // ms for the server to obey a cancel request

// A value of a libpq connection string.
QString connectionValue(const QString& value)
{
    QString escaped = value;
    escaped.replace(u'\\', "\\\\"_L1).replace(u'\'', "\\'"_L1);
    return u'\'' + escaped + u'\'';
}

PGconn* handleOf(const QSqlDatabase& database)
{
    const QVariant handle = database.driver()->handle();
    // The typedef's name in older versions of Qt, the struct's own in newer ones.
    const QByteArrayView type(handle.typeName());
    if (handle.isValid() && (type == QByteArrayView("PGconn*") || type == QByteArrayView("pg_conn*")))
        return *static_cast<PGconn* const*>(handle.constData());
    return nullptr;
}

std::optional<QByteArray> textOf(const QVariant& value)
{
    if (value.isNull())
        return std::nullopt;
    if (value.typeId() == QMetaType::Bool)
        return value.toBool() ? QByteArray("t") : QByteArray("f");
    return value.toString().toUtf8();
}

// "?" places become $1, $2 …
QByteArray numbered(const QString& sql)
{
    QByteArray out;
    int next = 0;
    bool quoted = false; // a schema's name may contain one
    for (const char c : sql.toUtf8()) {
        quoted = quoted != (c == '"');
        if (c == '?' && !quoted)
            out += '$' + QByteArray::number(++next);
        else
            out += c;
    }
    return out;
}

Error notOpen()
{
    return {.kind = ErrorKind::LinkLost, .what = StoreText::tr("There is no connection to the inventory.")};
}

Error cancelled() { return {.kind = ErrorKind::Cancelled, .what = StoreText::tr("Cancelled; nothing was changed.")}; }

} // namespace

PgSession::PgSession(PgOptions options)
    : m_options(std::move(options))
    , m_name(QUuid::createUuid().toString())
    , m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
}

PgSession::~PgSession()
{
    close();
    ::close(m_wake);
}

void PgSession::close()
{
    m_connection = nullptr;
    if (!m_database.isValid())
        return;
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_name);
}

Expected<void> PgSession::open(const std::stop_token& stop)
{
    close();
    m_stop = stop;
    auto parameters = connectionParameters(m_options);
    if (!parameters)
        return fail(parameters.error());
    const auto reached = tryToConnect(*parameters, stop);
    if (!reached)
        return fail(reached.error());
    if (auto connected = connectThroughDriver(std::move(*parameters), reached->host, reached->address, reached->port); !connected)
        return connected;
    // Waiting for somebody else's lock must end; dates are read as ISO.
    auto prepared = script("SET lock_timeout TO '10s'; SET datestyle TO 'ISO'; SET standard_conforming_strings TO on");
    if (!prepared)
        close();
    return prepared;
}

// The driver's own open() can neither be cancelled nor say what is wrong: it is used only on a server that has just answered.
Expected<void> PgSession::connectThroughDriver(
    std::vector<PgParameter> parameters, const QString& host, const QString& address, const QString& port)
{
    std::erase_if(parameters, [](const PgParameter& one) {
        return one.keyword == "host" || one.keyword == "hostaddr" || one.keyword == "port" || one.keyword == "client_encoding";
    });
    // A service would bring its own list of hosts back in behind an empty host; a known one wins over it.
    if (!address.isEmpty())
        parameters.push_back({"hostaddr", address.toUtf8()});
    parameters.push_back({"port", port.toUtf8()});
    m_database = QSqlDatabase::addDatabase(u"QPSQL"_s, m_name);
    if (!host.isEmpty())
        m_database.setHostName(host);
    QString options;
    for (const PgParameter& one : parameters) {
        const QString value = QString::fromUtf8(one.value);
        if (one.keyword == "dbname")
            m_database.setDatabaseName(value);
        else if (one.keyword == "user")
            m_database.setUserName(value);
        else if (one.keyword == "password")
            m_database.setPassword(value);
        else if (value.contains(u';')) {
            close(); // the driver would turn it into a blank
            return fail({.kind = ErrorKind::Unsupported,
                .what = StoreText::tr("The connection parameter %1 must not contain a semicolon.").arg(QString::fromLatin1(one.keyword))});
        } else
            options += QString::fromLatin1(one.keyword) + u'=' + connectionValue(value) + u' ';
    }
    m_database.setConnectOptions(options);
    const bool opened = m_database.open();
    m_connection = opened ? handleOf(m_database) : nullptr;
    if (m_connection) {
        m_notices.clear();
        PQsetNoticeProcessor(m_connection, keepNotice, &m_notices);
        return {};
    }
    const Error error{.kind = ErrorKind::Unreachable, .what = StoreText::tr("The inventory's server answered once and then no more."),
        .where = host, .detail = m_database.lastError().databaseText(), .remedy = StoreText::tr("It is tried again.")};
    close();
    return fail(error);
}

void PgSession::keepNotice(void* notices, const char* message)
{
    static_cast<QStringList*>(notices)->append(QString::fromUtf8(message).trimmed());
}

QStringList PgSession::takeNotices() { return std::exchange(m_notices, {}); }

QString PgSession::user() const { return m_connection ? QString::fromUtf8(PQuser(m_connection)) : QString(); }

QString PgSession::description() const
{
    if (!m_connection)
        return {};
    QString host = QString::fromUtf8(PQhost(m_connection));
    if (host.isEmpty() || host.startsWith(u'/'))
        host = StoreText::tr("this computer");
    //: where a shared inventory is: "admin on pg-admin as ops" (database, host, user)
    return StoreText::tr("%1 on %2 as %3").arg(QString::fromUtf8(PQdb(m_connection)), host, user());
}

QString PgSession::quoteIdentifier(const QString& name)
{
    QString escaped = name;
    return u'"' + escaped.replace(u'"', "\"\""_L1) + u'"';
}

QString PgSession::quoteLiteral(const QString& text)
{
    // With a backslash the E form means the same whatever standard_conforming_strings is.
    QString escaped = text;
    escaped.replace(u'\'', "''"_L1).replace(u'\\', "\\\\"_L1);
    return (text.contains(u'\\') ? " E'"_L1 : "'"_L1) + escaped + u'\'';
}

QString PgSession::quotedSchema() const { return quoteIdentifier(m_options.schema); }

Expected<void> PgSession::readyToSend() const
{
    if (!m_connection)
        return fail(notOpen());
    if (m_stop.stop_requested())
        return fail(cancelled());
    return {};
}

Expected<PgResult> PgSession::query(const QByteArray& sql, const Values& values)
{
    if (auto ready = readyToSend(); !ready)
        return fail(ready.error());
    std::vector<const char*> pointers;
    pointers.reserve(values.size());
    for (const auto& value : values)
        pointers.push_back(value ? value->constData() : nullptr);
    if (!PQsendQueryParams(m_connection, sql.constData(), int(values.size()), nullptr, pointers.data(), nullptr, nullptr, 0))
        return fail(linkLost(QString::fromUtf8(PQerrorMessage(m_connection))));
    std::optional<PgResult> last;
    auto done = collect([&last](PgResult result) { last = std::move(result); });
    if (!done)
        return fail(done.error());
    if (!last)
        return fail(linkLost({}));
    return std::move(*last);
}

Expected<void> PgSession::script(const QByteArray& sql, const std::function<void(int, const PgResult&)>& result)
{
    if (auto ready = readyToSend(); !ready)
        return ready;
    if (!PQsendQuery(m_connection, sql.constData()))
        return fail(linkLost(QString::fromUtf8(PQerrorMessage(m_connection))));
    int position = 0;
    return collect([&](const PgResult& one) {
        if (result)
            result(position, one);
        ++position;
    });
}

// All results of what was sent; the first failure counts.
Expected<void> PgSession::collect(const std::function<void(PgResult)>& result)
{
    // The callback runs in the thread that asks for the stop (the GUI's): it only writes a number.
    const std::stop_callback wake(m_stop, [this] { ::eventfd_write(m_wake, 1); });
    std::optional<Error> problem;
    std::future<void> cancelSent;
    QDeadlineTimer deadline(m_options.silence);
    while (true) {
        while (PQisBusy(m_connection)) {
            if (auto waited = waitForServer(cancelSent, deadline); !waited)
                return waited;
        }
        PGresult* raw = PQgetResult(m_connection);
        if (!raw)
            break;
        PgResult one(raw);
        const ExecStatusType status = PQresultStatus(raw);
        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY)
            result(std::move(one));
        else if (!problem)
            problem = failure(one);
    }
    drainWake();
    if (PQstatus(m_connection) != CONNECTION_OK)
        return fail(linkLost(problem ? problem->detail : QString()));
    const bool wasCancelled = cancelSent.valid();
    if (wasCancelled)
        absorbCancel(cancelSent);
    if (!problem)
        return {};
    if (wasCancelled)
        return fail(cancelled());
    if (problem->kind == ErrorKind::LinkLost)
        close();
    return fail(*problem);
}

Expected<void> PgSession::waitForServer(std::future<void>& cancelSent, QDeadlineTimer& deadline)
{
    if (m_stop.stop_requested() && !cancelSent.valid()) {
        cancelSent = sendCancel();
        deadline.setRemainingTime(cancelPatience);
    }
    pollfd waiting[2] = {{PQsocket(m_connection), POLLIN, 0}, {m_wake, POLLIN, 0}};
    const int ready = ::poll(waiting, cancelSent.valid() ? 1 : 2, int(deadline.remainingTime()));
    if (waiting[0].revents != 0) {
        if (!PQconsumeInput(m_connection))
            return fail(linkLost(QString::fromUtf8(PQerrorMessage(m_connection))));
        if (!cancelSent.valid())
            deadline.setRemainingTime(m_options.silence);
    }
    if (ready != 0 || !deadline.hasExpired())
        return {};
    Error error = linkLost({});
    if (cancelSent.valid())
        error.kind = ErrorKind::Cancelled;
    else
        error.kind = ErrorKind::TimedOut;
    error.what = StoreText::tr("The inventory's server stopped answering; whether the last change was saved is not known.");
    return fail(error);
}

// PQcancel opens a connection of its own and may wait for it: never in this thread.
std::future<void> PgSession::sendCancel() const
{
    std::packaged_task<void()> task([cancel = PQgetCancel(m_connection)] {
        char message[256];
        if (cancel)
            PQcancel(cancel, message, sizeof message);
        PQfreeCancel(cancel);
    });
    std::future<void> done = task.get_future();
    std::thread(std::move(task)).detach();
    return done;
}

// A cancel request that comes late would hit the next statement: this one takes it, or the connection ends.
void PgSession::absorbCancel(const std::future<void>& cancelSent)
{
    if (cancelSent.wait_for(std::chrono::milliseconds(cancelPatience)) != std::future_status::ready) {
        close();
        return;
    }
    if (PQtransactionStatus(m_connection) == PQTRANS_IDLE) {
        const std::stop_token stop = std::exchange(m_stop, std::stop_token());
        static_cast<void>(script("SELECT 1"));
        m_stop = stop;
    }
}

void PgSession::drainWake() const
{
    eventfd_t count = 0;
    ::eventfd_read(m_wake, &count);
}

Error PgSession::linkLost(const QString& words)
{
    const QString host = m_connection ? QString::fromUtf8(PQhost(m_connection)) : QString();
    drainWake();
    close();
    return {.kind = ErrorKind::LinkLost, .what = StoreText::tr("The connection to the inventory was lost."), .where = host,
        .detail = words.trimmed(), .remedy = StoreText::tr("It is tried again.")};
}

Error PgSession::failure(const PgResult& result) const
{
    const auto field = [&result](int code) {
        const char* value = PQresultErrorField(result.get(), code);
        return QByteArray(value ? value : "");
    };
    PgFailure parts{field(PG_DIAG_SQLSTATE), QString::fromUtf8(field(PG_DIAG_MESSAGE_PRIMARY)),
        QString::fromUtf8(field(PG_DIAG_MESSAGE_DETAIL)), QString::fromUtf8(field(PG_DIAG_TABLE_NAME))};
    if (parts.state.isEmpty()) { // made by libpq itself: the connection broke
        parts.state = "08006";
        parts.message = QString::fromUtf8(PQresultErrorMessage(result.get())).trimmed();
    }
    return describeFailure(parts, {});
}

Expected<std::vector<QByteArray>> PgSession::notifications()
{
    // A dead server sends nothing: only an answer proves that there was nothing to say.
    if (auto alive = script("SELECT 1"); !alive)
        return fail(alive.error());
    std::vector<QByteArray> tables;
    while (PGnotify* one = PQnotifies(m_connection)) {
        if (one->be_pid != PQbackendPID(m_connection))
            tables.emplace_back(one->extra);
        PQfreemem(one);
    }
    return tables;
}

Expected<SqlRows> PgSession::run(const QString& sql, const std::vector<QVariant>& values)
{
    Values texts;
    texts.reserve(values.size());
    for (const QVariant& value : values)
        texts.push_back(textOf(value));
    const auto result = query(numbered(sql), texts);
    if (!result)
        return fail(result.error());
    SqlRows rows;
    rows.reserve(size_t(result->rows()));
    for (int r = 0; r < result->rows(); ++r) {
        SqlRow row;
        row.reserve(size_t(result->columns()));
        for (int c = 0; c < result->columns(); ++c)
            row.push_back(result->isNull(r, c) ? QVariant(QMetaType::fromType<QString>()) : QVariant(result->text(r, c)));
        rows.push_back(std::move(row));
    }
    return rows;
}

Expected<void> PgSession::begin() { return script("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"); }

Expected<void> PgSession::commit()
{
    // From here on there is no way back: a stop request would only make the outcome unknown.
    const std::stop_token stop = std::exchange(m_stop, std::stop_token());
    bool counts = false;
    auto done = script("COMMIT", [&counts](int, const PgResult& one) {
        counts = qstrcmp(PQcmdStatus(one.get()), "COMMIT") == 0;
    });
    m_stop = stop;
    if (done && !counts)
        return fail({.kind = ErrorKind::Conflict, .what = StoreText::tr("The database rolled the change back; nothing was saved.")});
    if (!done && (done.error().kind == ErrorKind::LinkLost || done.error().kind == ErrorKind::TimedOut)) {
        Error error = done.error();
        error.what = StoreText::tr("The connection to the inventory was lost while the change was being saved: it may or may not be there.");
        error.remedy = StoreText::tr("Look at what is there before you repeat it.");
        return fail(error);
    }
    return done;
}

void PgSession::rollback()
{
    if (!m_connection || PQtransactionStatus(m_connection) == PQTRANS_IDLE)
        return;
    const std::stop_token stop = std::exchange(m_stop, std::stop_token());
    static_cast<void>(script("ROLLBACK"));
    m_stop = stop;
}

} // namespace elephaas
