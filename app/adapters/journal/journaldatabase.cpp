#include "app/adapters/journal/journaldatabase.h"

#include "app/adapters/journal/journaltext.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QSqlError>
#include <QVariant>

#include <array>
#include <chrono>
#include <thread>
#include <utility>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int schemaVersion = 2;

// What makes version 1, then what leads from each version to the next.
const auto schema = std::to_array({
    "create table operation ("
    " id text primary key, session text not null, kind text not null, title text not null, operator_name text not null,"
    " client_host text not null, reason text not null, state text not null, message text not null, started integer not null,"
    " ended integer, plan text not null)",
    "create index operation_started on operation (started)",
    "create table step ("
    " operation text not null references operation (id), number integer not null, title text not null, target text not null,"
    " instance integer, state text not null, warning integer not null, started integer, ended integer, message text not null,"
    " command text not null, output blob not null, primary key (operation, number))",
});
constexpr auto toVersion2 = "alter table step add column skip text not null default ''";

// The words in the file: never change them.
constexpr std::array stepStates{std::pair{StepState::Pending, "pending"_L1}, std::pair{StepState::Running, "running"_L1},
    std::pair{StepState::Succeeded, "succeeded"_L1}, std::pair{StepState::Skipped, "skipped"_L1},
    std::pair{StepState::Failed, "failed"_L1}, std::pair{StepState::Cancelled, "cancelled"_L1},
    std::pair{StepState::Indeterminate, "indeterminate"_L1}};
constexpr std::array skipReasons{std::pair{SkipReason::Nothing, ""_L1}, std::pair{SkipReason::Done, "done"_L1},
    std::pair{SkipReason::No, "no"_L1}, std::pair{SkipReason::NotNeeded, "not-needed"_L1}};
constexpr std::array operationStates{std::pair{OperationState::Running, "running"_L1},
    std::pair{OperationState::Succeeded, "succeeded"_L1}, std::pair{OperationState::Warning, "warning"_L1},
    std::pair{OperationState::Failed, "failed"_L1}, std::pair{OperationState::Cancelled, "cancelled"_L1},
    std::pair{OperationState::Indeterminate, "indeterminate"_L1}};

template <class State, size_t N>
QString wordOf(State state, const std::array<std::pair<State, QLatin1StringView>, N>& words)
{
    for (const auto& [value, word] : words) {
        if (value == state)
            return word;
    }
    return {};
}

// A word that nobody knows is no reason to lose a record: its outcome is then not known.
template <class State, size_t N>
State stateOf(const QString& text, const std::array<std::pair<State, QLatin1StringView>, N>& words)
{
    for (const auto& [value, word] : words) {
        if (word == text)
            return value;
    }
    return State::Indeterminate;
}

SkipReason skipReasonOf(const QString& text)
{
    for (const auto& [value, word] : skipReasons) {
        if (word == text)
            return value;
    }
    return SkipReason::Nothing;
}

QString keyOf(const QUuid& id) { return id.toString(QUuid::WithoutBraces); }

// SQLite takes a null QString for NULL.
QVariant text(const QString& value) { return value.isNull() ? QVariant(u""_s) : QVariant(value); }
QVariant bytes(const QByteArray& value) { return value.isNull() ? QVariant(QByteArray("")) : QVariant(value); }
QVariant time(const QDateTime& value) { return value.isValid() ? QVariant(value.toMSecsSinceEpoch()) : QVariant(); }
QDateTime timeOf(const QVariant& value)
{
    return value.isNull() ? QDateTime() : QDateTime::fromMSecsSinceEpoch(value.toLongLong(), Qt::UTC);
}

} // namespace

JournalDatabase::JournalDatabase(QString file)
    : m_file(std::move(file))
    , m_connection(u"journal "_s + QUuid::createUuid().toString())
    , m_session(keyOf(QUuid::createUuid()))
{
}

JournalDatabase::~JournalDatabase() { close(); }

bool JournalDatabase::exists() const { return QFile::exists(m_file); }

void JournalDatabase::close()
{
    if (!m_database.isValid())
        return;
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_connection);
}

Expected<void> JournalDatabase::open()
{
    // SQLite would go on writing to a file that somebody deleted, and nobody would ever read it.
    if (m_database.isOpen() && exists())
        return {};
    const QString folder = QFileInfo(m_file).absolutePath();
    if (!QDir().mkpath(folder))
        return fail({.kind = ErrorKind::PermissionDenied,
            .what = JournalText::tr("The folder of the operations journal cannot be made."),
            .where = folder,
            .remedy = JournalText::tr("Check its permissions, and whether the disk is full or read-only.")});
    if (!exists()) {
        // What commands print is nobody else's business. A failure shows when SQLite opens it.
        QFile file(m_file);
        if (file.open(QIODevice::WriteOnly | QIODevice::Append))
            file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    }
    close();
    m_database = QSqlDatabase::addDatabase(u"QSQLITE"_s, m_connection);
    m_database.setConnectOptions(u"QSQLITE_BUSY_TIMEOUT=5000"_s);
    m_database.setDatabaseName(m_file);
    Expected<void> ready;
    if (!m_database.open())
        ready = fail(failure(m_database.lastError()));
    else
        ready = prepareSchema();
    if (!ready)
        close();
    return ready;
}

Expected<void> JournalDatabase::prepareSchema()
{
    // In write-ahead mode FULL waits for the disk at every commit; where that mode is not to be had (network file systems), EXTRA also
    // waits for the folder entry of the rollback journal.
    Expected<QVariant> mode = valueOf(u"pragma journal_mode = wal"_s);
    // Two consoles that make the file at the same time: SQLite does not wait for its busy time-out here.
    for (const QDeadlineTimer patience(5000); !mode && mode.error().kind == ErrorKind::Busy && !patience.hasExpired();) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        mode = valueOf(u"pragma journal_mode = wal"_s);
    }
    if (!mode)
        return fail(mode.error());
    const bool isWal = mode->toString() == "wal"_L1;
    if (const auto set = run(isWal ? u"pragma synchronous = full"_s : u"pragma synchronous = extra"_s); !set)
        return fail(set.error());
    if (const auto begun = beginTransaction(); !begun)
        return begun;
    Expected<void> made = makeTables();
    if (made)
        made = commit();
    if (!made)
        rollback();
    return made;
}

Expected<void> JournalDatabase::makeTables()
{
    const Expected<QVariant> found = valueOf(u"pragma user_version"_s);
    if (!found)
        return fail(found.error());
    if (found->toInt() > schemaVersion)
        return fail({.kind = ErrorKind::Schema,
            .what = JournalText::tr("The operations journal was written by a newer version of the console."),
            .where = m_file,
            .remedy = JournalText::tr("Use that version, or move the file away.")});
    if (found->toInt() == schemaVersion)
        return {};
    if (found->toInt() == 0) {
        for (const char* statement : schema) {
            if (const auto done = run(QString::fromLatin1(statement)); !done)
                return fail(done.error());
        }
    }
    if (const auto done = run(QString::fromLatin1(toVersion2)); !done)
        return fail(done.error());
    const auto numbered = run(u"pragma user_version = %1"_s.arg(schemaVersion));
    return numbered ? Expected<void>() : fail(numbered.error());
}

// The lock that tells other consoles that this one lives and works on its operations.
Expected<void> JournalDatabase::prepareSession()
{
    if (m_alive)
        return {};
    auto lock = std::make_unique<QLockFile>(lockFileOf(m_session));
    lock->setStaleLockTime(0);
    if (!lock->tryLock(0))
        return fail({.kind = ErrorKind::Storage,
            .what = JournalText::tr("The lock file of the operations journal cannot be made."),
            .where = lockFileOf(m_session),
            .remedy = JournalText::tr("Check its folder's permissions, and whether the disk is full or read-only.")});
    m_alive = std::move(lock);
    return {};
}

QString JournalDatabase::lockFileOf(const QString& session) const { return m_file % u'.' % session % u".lock"_s; }

bool JournalDatabase::isAlive(const QString& session)
{
    if (session == m_session)
        return true;
    const QString file = lockFileOf(session);
    if (session.contains(u'/') || !QFile::exists(file))
        return false;
    QLockFile lock(file);
    lock.setStaleLockTime(0);
    return !lock.tryLock(0); // given back, and its file removed, by the destructor
}

// ---- Transactions ----

Expected<void> JournalDatabase::beginTransaction()
{
    const auto begun = run(u"begin immediate"_s);
    return begun ? Expected<void>() : fail(begun.error());
}

Expected<void> JournalDatabase::commit()
{
    const auto committed = run(u"commit"_s);
    return committed ? Expected<void>() : fail(committed.error());
}

void JournalDatabase::rollback()
{
    // After a full disk SQLite may have rolled back by itself; then there is nothing left to do.
    QSqlQuery(m_database).exec(u"rollback"_s);
}

Expected<void> JournalDatabase::inSavepoint(const std::function<Expected<void>(JournalDatabase&)>& write)
{
    if (const auto set = run(u"savepoint one"_s); !set)
        return fail(set.error());
    Expected<void> written = write(*this);
    if (!written)
        QSqlQuery(m_database).exec(u"rollback to one"_s);
    const auto released = run(u"release one"_s);
    if (written && !released)
        written = fail(released.error());
    return written;
}

// ---- Writing ----

Expected<void> JournalDatabase::insert(const OperationRecord& operation)
{
    if (const auto session = prepareSession(); !session)
        return session;
    const auto inserted = run(u"insert into operation (id, session, kind, title, operator_name, client_host, reason, state, message,"
                              " started, ended, plan) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
        {keyOf(operation.id), m_session, text(operation.kind), text(operation.title), text(operation.operatorName),
            text(operation.clientHost), text(operation.reason), wordOf(operation.state, operationStates), text(operation.message),
            operation.started.toMSecsSinceEpoch(), time(operation.ended),
            QString::fromUtf8(QJsonDocument(operation.plan).toJson(QJsonDocument::Compact))});
    if (!inserted)
        return fail(inserted.error());
    for (const StepRecord& step : operation.steps) {
        if (const auto added = insertStep(operation.id, step); !added)
            return added;
    }
    return {};
}

Expected<void> JournalDatabase::insertStep(const QUuid& operation, const StepRecord& step)
{
    const auto done = run(u"insert into step (operation, number, title, target, instance, state, warning, started, ended, message, command,"
                          " output, skip) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
        {keyOf(operation), step.number, text(step.title), text(step.target),
            step.instance ? QVariant(step.instance->value) : QVariant(), wordOf(step.state, stepStates), step.warning ? 1 : 0,
            time(step.started), time(step.ended), text(step.message), text(step.command), bytes(step.output),
            text(wordOf(step.skip, skipReasons))});
    return done ? Expected<void>() : fail(done.error());
}

Expected<void> JournalDatabase::update(const QUuid& operation, const StepRecord& step)
{
    const auto done = run(u"update step set state = ?, warning = ?, started = ?, ended = ?, message = ?, command = ?, output = ?, skip = ?"
                          " where operation = ? and number = ?"_s,
        {wordOf(step.state, stepStates), step.warning ? 1 : 0, time(step.started), time(step.ended), text(step.message),
            text(step.command), bytes(step.output), text(wordOf(step.skip, skipReasons)), keyOf(operation), step.number});
    if (!done)
        return fail(done.error());
    if (done->numRowsAffected() != 1)
        return fail({.kind = ErrorKind::NotFound,
            .what = JournalText::tr("The operations journal does not hold this step any more."),
            .where = m_file});
    return {};
}

Expected<void> JournalDatabase::finish(
    const QUuid& operation, OperationState state, const QString& message, const QDateTime& ended)
{
    const auto done = run(u"update operation set state = ?, message = ?, ended = ? where id = ?"_s,
        {wordOf(state, operationStates), text(message), time(ended), keyOf(operation)});
    if (!done)
        return fail(done.error());
    if (done->numRowsAffected() != 1)
        return fail({.kind = ErrorKind::NotFound,
            .what = JournalText::tr("The operations journal does not hold this operation any more."),
            .where = m_file});
    return {};
}

// ---- Reading ----

Expected<std::vector<OperationRecord>> JournalDatabase::unfinished()
{
    auto rows = run(u"select * from operation where state = 'running' order by started, id"_s);
    if (!rows)
        return fail(rows.error());
    std::vector<OperationRecord> operations;
    while (rows->next()) {
        if (isAlive(rows->value(u"session"_s).toString()))
            continue;
        Expected<OperationRecord> operation = readOperation(*rows, true);
        if (!operation)
            return fail(operation.error());
        operations.push_back(std::move(*operation));
    }
    if (rows->lastError().isValid())
        return fail(failure(rows->lastError()));
    return operations;
}

Expected<std::vector<OperationRecord>> JournalDatabase::recent(int limit)
{
    auto rows = run(u"select * from operation order by started desc, id limit ?"_s, {limit});
    if (!rows)
        return fail(rows.error());
    std::vector<OperationRecord> operations;
    while (rows->next()) {
        Expected<OperationRecord> operation = readOperation(*rows, false);
        if (!operation)
            return fail(operation.error());
        operations.push_back(std::move(*operation));
    }
    if (rows->lastError().isValid())
        return fail(failure(rows->lastError()));
    return operations;
}

Expected<std::vector<OperationRecord>> JournalDatabase::later(const QUuid& operation)
{
    // Texts in a plan cannot hold these quotes without a backslash before them.
    const QString continues = u"\"continues\":\"%1\""_s.arg(operation.toString(QUuid::WithoutBraces));
    const QString id = keyOf(operation);
    auto rows = run(u"select * from operation where id <> ? and started >= (select started from operation where id = ?)"
                    " and (instr(plan, ?) > 0 or exists (select 1 from step theirs join step mine on mine.instance = theirs.instance"
                    " where theirs.operation = operation.id and mine.operation = ?)) order by started, id"_s,
        {id, id, continues, id});
    if (!rows)
        return fail(rows.error());
    std::vector<OperationRecord> operations;
    while (rows->next()) {
        Expected<OperationRecord> one = readOperation(*rows, false);
        if (!one)
            return fail(one.error());
        one->plan = QJsonDocument::fromJson(rows->value(u"plan"_s).toString().toUtf8()).object();
        operations.push_back(std::move(*one));
    }
    if (rows->lastError().isValid())
        return fail(failure(rows->lastError()));
    return operations;
}

Expected<OperationRecord> JournalDatabase::find(const QUuid& operation)
{
    auto rows = run(u"select * from operation where id = ?"_s, {keyOf(operation)});
    if (!rows)
        return fail(rows.error());
    if (!rows->next())
        return fail({.kind = ErrorKind::NotFound,
            .what = JournalText::tr("The operations journal does not hold this operation."),
            .where = m_file});
    return readOperation(*rows, true);
}

Expected<OperationRecord> JournalDatabase::readOperation(const QSqlQuery& row, bool full)
{
    const auto at = [&](const char* column) { return row.value(QString::fromLatin1(column)); };
    OperationRecord record{.id = QUuid::fromString(at("id").toString()), .kind = at("kind").toString(),
        .title = at("title").toString(), .operatorName = at("operator_name").toString(),
        .clientHost = at("client_host").toString(), .reason = at("reason").toString(),
        .state = stateOf(at("state").toString(), operationStates), .message = at("message").toString(),
        .started = timeOf(at("started")), .ended = timeOf(at("ended"))};
    if (full)
        record.plan = QJsonDocument::fromJson(at("plan").toString().toUtf8()).object();
    Expected<std::vector<StepRecord>> steps = readSteps(at("id").toString(), full);
    if (!steps)
        return fail(steps.error());
    record.steps = std::move(*steps);
    return record;
}

Expected<std::vector<StepRecord>> JournalDatabase::readSteps(const QString& operation, bool withOutput)
{
    auto rows = run(u"select number, title, target, instance, state, warning, started, ended, message, command, skip, %1 as output from step"
                    " where operation = ? order by number"_s.arg(withOutput ? u"output"_s : u"''"_s),
        {operation});
    if (!rows)
        return fail(rows.error());
    std::vector<StepRecord> steps;
    while (rows->next()) {
        const auto at = [&](const char* column) { return rows->value(QString::fromLatin1(column)); };
        StepRecord step{.number = at("number").toInt(), .title = at("title").toString(), .target = at("target").toString(),
            .state = stateOf(at("state").toString(), stepStates), .started = timeOf(at("started")), .ended = timeOf(at("ended")),
            .warning = at("warning").toBool(), .message = at("message").toString(),
            .command = at("command").toString(), .output = at("output").toByteArray(),
            .skip = skipReasonOf(at("skip").toString())};
        if (!at("instance").isNull())
            step.instance = InstanceId(at("instance").toLongLong());
        steps.push_back(std::move(step));
    }
    if (rows->lastError().isValid())
        return fail(failure(rows->lastError()));
    return steps;
}

Expected<QVariant> JournalDatabase::valueOf(const QString& sql)
{
    Expected<QSqlQuery> rows = run(sql);
    if (!rows)
        return fail(rows.error());
    return rows->next() ? rows->value(0) : QVariant();
}

Expected<QSqlQuery> JournalDatabase::run(const QString& sql, const QVariantList& values)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(sql))
        return fail(failure(query.lastError()));
    for (qsizetype i = 0; i < values.size(); ++i)
        query.bindValue(static_cast<int>(i), values[i]);
    if (!query.exec())
        return fail(failure(query.lastError()));
    return query;
}

// Codes: https://www.sqlite.org/rescode.html; the low byte is the primary code.
Error JournalDatabase::failure(const QSqlError& error) const
{
    enum Code { Busy = 5, Locked = 6, ReadOnly = 8, InputOutput = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26 };
    Error result{.kind = ErrorKind::Storage, .what = {}, .where = m_file,
        .detail = error.databaseText().isEmpty() ? error.driverText() : error.databaseText()};
    switch (error.nativeErrorCode().toInt() & 0xff) {
    case Busy:
    case Locked:
        result.kind = ErrorKind::Busy;
        result.what = JournalText::tr("Another program holds the operations journal.");
        result.remedy = JournalText::tr("Try again.");
        break;
    case ReadOnly:
        result.kind = ErrorKind::PermissionDenied;
        result.what = JournalText::tr("The operations journal cannot be written to.");
        result.remedy = JournalText::tr("Check the permissions of the file and its folder, and whether the disk is read-only.");
        break;
    case CannotOpen:
        result.kind = ErrorKind::PermissionDenied;
        result.what = JournalText::tr("The operations journal cannot be opened or made.");
        result.remedy = JournalText::tr("Check the permissions of the file and its folder, and whether the disk is full or read-only.");
        break;
    case InputOutput:
    case Full:
        result.what = JournalText::tr("The operations journal could not be written: the disk is full or broken.");
        result.remedy = JournalText::tr("Free some space and try again.");
        break;
    case Corrupt:
    case NotADatabase:
        result.what = JournalText::tr("The operations journal is damaged.");
        result.remedy = JournalText::tr("Move the file away; a new one is made.");
        break;
    default:
        result.kind = ErrorKind::Internal;
        result.what = JournalText::tr("The operations journal cannot be used.");
        break;
    }
    return result;
}

} // namespace elephaas
