#include "app/adapters/inventory/sqliteherdlocks.h"

#include "app/adapters/inventory/lockholder.h"
#include "app/adapters/inventory/sqlitesession.h"

#include <QFile>
#include <QSysInfo>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString keyOf(const QUuid& id) { return id.toString(QUuid::WithoutBraces); }

QVariant text(const QString& value) { return value.isNull() ? QVariant(u""_s) : QVariant(value); }

} // namespace

SqliteHerdLocks::SqliteHerdLocks(QString file)
    : m_file(std::move(file))
{
}

QString SqliteHerdLocks::lockFileOf(const QString& operation) const { return m_file % u'.' % operation % u".lock"_s; }

// Of a console that is gone, the system has let go of its lock.
bool SqliteHerdLocks::isAlive(const QString& operation) const
{
    const QString file = lockFileOf(operation);
    if (operation.contains(u'/') || !QFile::exists(file))
        return false;
    QLockFile lock(file);
    lock.setStaleLockTime(0);
    return !lock.tryLock(0); // given back, and its file removed, by the destructor
}

Expected<void> SqliteHerdLocks::acquire(
    const QUuid& operation, std::span<const HerdId> herds, const QString& what, const QString& who, std::stop_token /*stop*/)
{
    if (herds.empty())
        return {};
    // First the sign of life, then the rows that others judge by it.
    auto lock = std::make_unique<QLockFile>(lockFileOf(keyOf(operation)));
    lock->setStaleLockTime(0);
    if (!lock->tryLock(0))
        return fail({.kind = ErrorKind::Storage,
            .what = StoreText::tr("The lock file of this operation cannot be made beside the inventory."),
            .where = lockFileOf(keyOf(operation)),
            .remedy = StoreText::tr("Check its folder's permissions, and whether the disk is full or read-only.")});
    if (auto written = writeRows(operation, herds, what, who); !written)
        return written;
    const std::lock_guard guard(m_mutex);
    m_held[operation] = std::move(lock);
    return {};
}

// All in one transaction, on a connection of its own.
Expected<void> SqliteHerdLocks::writeRows(
    const QUuid& operation, std::span<const HerdId> herds, const QString& what, const QString& who) const
{
    SqliteSession session(m_file);
    if (auto opened = session.open(SqliteSession::Mode::ReadWrite); !opened)
        return opened;
    SqlTransaction transaction(session);
    if (auto begun = transaction.begin(); !begun)
        return begun;
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    for (const HerdId herd : herds) {
        const auto rows = session.run(
            u"SELECT operation_id, operator_name, title, taken_at FROM ele_herd_lock WHERE herd_id = ?"_s, {herd.value});
        if (!rows)
            return fail(rows.error());
        if (!rows->empty()) {
            const SqlRow& row = rows->front();
            if (row[0].toString() == keyOf(operation))
                continue; // named twice
            if (isAlive(row[0].toString()))
                return fail(lockedBy(row[1].toString(), row[2].toString(), QDateTime::fromMSecsSinceEpoch(row[3].toLongLong())));
        }
        const auto written = session.run(u"INSERT OR REPLACE INTO ele_herd_lock (herd_id, operation_id, operator_name, client_host, taken_at,"
                                         " beat_at, title) VALUES (?, ?, ?, ?, ?, ?, ?)"_s,
            {herd.value, keyOf(operation), text(who), QSysInfo::machineHostName(), now, now, text(what)});
        if (!written)
            return fail(written.error());
    }
    return transaction.commit();
}

// A lock file is not lost as long as its process lives.
Expected<void> SqliteHerdLocks::check(const QUuid& /*operation*/) { return {}; }

Expected<void> SqliteHerdLocks::release(const QUuid& operation)
{
    std::unique_ptr<QLockFile> lock;
    {
        const std::lock_guard guard(m_mutex);
        const auto it = m_held.find(operation);
        if (it == m_held.end())
            return {};
        lock = std::move(it->second);
        m_held.erase(it);
    }
    // A row that stays behind counts for nothing as soon as the lock file is gone.
    SqliteSession session(m_file);
    if (session.open(SqliteSession::Mode::ReadWrite))
        static_cast<void>(session.run(u"DELETE FROM ele_herd_lock WHERE operation_id = ?"_s, {keyOf(operation)}));
    return {};
}

} // namespace elephaas
