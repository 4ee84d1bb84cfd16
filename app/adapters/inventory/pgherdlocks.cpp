#include "app/adapters/inventory/pgherdlocks.h"

#include "app/adapters/inventory/lockholder.h"
#include "app/adapters/inventory/pgsession.h"
#include "app/adapters/inventory/storetext.h"

#include <QDateTime>
#include <QSysInfo>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

constexpr auto patience = 15s; // for connecting and locking together
constexpr auto beat = 5s; // between looks whether the connection lives
constexpr auto retry = 5s; // between attempts to get a lost lock back

// A console whose computer is gone without a farewell keeps its locks for about a minute, not for hours.
constexpr auto keepalive = "SET tcp_keepalives_idle TO 20; SET tcp_keepalives_interval TO 10; SET tcp_keepalives_count TO 4";

QByteArray numberOf(HerdId herd) { return QByteArray::number(herd.value); }
QByteArray textOf(const QUuid& id) { return id.toString(QUuid::WithoutBraces).toUtf8(); }

// Two inventories in schemas of one database have herds of the same number: the first key tells them apart.
QByteArray schemaKey(const PgSession& session)
{
    return "('x' || substr(md5('elephaas ' || " + PgSession::quoteLiteral(session.options().schema).toUtf8() + "), 1, 8))::bit(32)";
}

struct Wanted {
    QUuid operation;
    std::vector<HerdId> herds; // sorted
    QString what;
    QString who;
};

// The connection of one operation, on the thread that it belongs to.
class LockSession final {
public:
    LockSession(PgOptions options, const Wanted& wanted)
        : m_session(withName(std::move(options), wanted))
        , m_wanted(wanted)
    {
    }

    Expected<void> take(const std::stop_token& stop)
    {
        Expected<void> taken = m_session.open(stop);
        if (taken)
            taken = m_session.script(keepalive);
        for (size_t i = 0; taken && i < m_wanted.herds.size(); ++i)
            taken = lock(m_wanted.herds[i]);
        if (taken)
            signIn();
        if (!taken)
            m_session.close(); // with what was locked already
        return taken;
    }
    // Not to be cancelled in the middle: that would cost the connection.
    Expected<void> check()
    {
        m_session.obey({});
        return m_session.script("SELECT 1");
    }
    // An error says that it was not held any more.
    Expected<void> give()
    {
        const Expected<void> alive = check();
        if (m_hasTable)
            static_cast<void>(m_session.query(
                "DELETE FROM " + table() + " WHERE operation_id = $1::uuid", {textOf(m_wanted.operation)}));
        // The end of the connection would do it, a little later.
        static_cast<void>(m_session.script("SELECT pg_catalog.pg_advisory_unlock_all()"));
        m_session.close();
        return alive;
    }
    void drop() { m_session.close(); }

private:
    static PgOptions withName(PgOptions options, const Wanted& wanted)
    {
        options.applicationName = u"elephaas: %1"_s.arg(wanted.who).left(60);
        options.silence = 5s;
        return options;
    }
    QByteArray table() const { return m_session.table("ele_herd_lock"_L1).toUtf8(); }

    Expected<void> lock(HerdId herd)
    {
        const auto got = m_session.query("SELECT pg_catalog.pg_try_advisory_lock(" + schemaKey(m_session) + "::int, $1::int)", {numberOf(herd)});
        if (!got)
            return fail(got.error());
        if (got->rows() == 1 && got->text(0, 0) == "t"_L1)
            return {};
        return fail(busy(herd));
    }

    // In one transaction of its own, and without it the lock holds all the same: the privileges may be missing, or the table.
    void signIn()
    {
        m_hasTable = false;
        const auto columns = m_session.query("SELECT count(*) FILTER (WHERE attname = 'title') FROM pg_catalog.pg_attribute"
                                             " WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped HAVING count(*) > 0",
            {table()});
        if (!columns || columns->rows() != 1)
            return;
        const bool hasTitle = columns->text(0, 0) == "1"_L1;
        for (const HerdId herd : m_wanted.herds) {
            PgSession::Values values{numberOf(herd), textOf(m_wanted.operation), clean(m_wanted.who), QSysInfo::machineHostName().toUtf8()};
            if (hasTitle)
                values.emplace_back(clean(m_wanted.what));
            const auto written = m_session.query("INSERT INTO " + table() + " (herd_id, operation_id, operator_name, client_host"
                    + QByteArray(hasTitle ? ", title" : "") + ") VALUES ($1, $2::uuid, $3, $4" + QByteArray(hasTitle ? ", $5" : "")
                    + ") ON CONFLICT (herd_id) DO UPDATE SET operation_id = excluded.operation_id, operator_name = excluded.operator_name,"
                      " client_host = excluded.client_host, taken_at = now(), beat_at = now()"
                    + QByteArray(hasTitle ? ", title = excluded.title" : ""),
                values);
            m_hasTable = m_hasTable || written.has_value();
        }
    }
    static QByteArray clean(QString text) { return text.remove(QChar(0)).toUtf8(); }

    Error busy(HerdId herd)
    {
        QString who;
        QString what;
        QString since;
        const auto row = m_session.query("SELECT to_jsonb(l) ->> 'operator_name', to_jsonb(l) ->> 'title',"
                                         " extract(epoch FROM taken_at)::bigint FROM "
                + table() + " l WHERE herd_id = $1",
            {numberOf(herd)});
        const bool known = row && row->rows() == 1;
        if (known) {
            who = row->text(0, 0);
            what = row->text(0, 1);
            since = row->text(0, 2);
        }
        // The row of a console that is gone stays until the next one writes its own: it counts only if it is as young as the connection.
        const auto holder = m_session.query("SELECT a.application_name, coalesce(pg_catalog.host(a.client_addr), ''),"
                                            " coalesce(extract(epoch FROM a.backend_start)::bigint::text, '')"
                                            " FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
                                            " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2"
                                            " AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
                                            " AND l.classid = "
                + schemaKey(m_session) + "::bigint::oid AND l.objid = $1::bigint::oid",
            {numberOf(herd)});
        if (holder && holder->rows() == 1) {
            const QString connected = holder->text(0, 2);
            const bool stale = known && !connected.isEmpty() && since.toLongLong() + 1 < connected.toLongLong();
            if (!known || stale) {
                what.clear();
                who = holder->text(0, 0);
                who = who.startsWith("elephaas: "_L1) ? who.mid(10) : who;
                if (const QString address = holder->text(0, 1); !address.isEmpty())
                    //: who holds a lock, and from which network address
                    who = StoreText::tr("%1 (%2)").arg(who, address);
                since = connected;
            }
        }
        return lockedBy(who, what, since.toLongLong() > 0 ? QDateTime::fromSecsSinceEpoch(since.toLongLong()) : QDateTime());
    }

    PgSession m_session;
    const Wanted& m_wanted;
    bool m_hasTable = false;
};

} // namespace

class PgHerdLocks::Private {
public:
    struct Hold {
        std::mutex mutex;
        std::condition_variable_any changed;
        std::optional<Expected<void>> taken; // the answer to acquire()
        std::optional<Error> lost; // the first time that the connection was found gone
        std::optional<Error> theirs; // Busy: somebody else had it when it was last tried
        bool ended = false; // the thread has nothing more to do
        std::jthread thread; // last: ends before what it uses
    };
    using HoldPtr = std::shared_ptr<Hold>;

    static void keep(Hold& hold, const PgOptions& options, const Wanted& wanted, const std::stop_token& stop);
    void sweep();

    PgOptions options;
    std::mutex mutex;
    std::map<QUuid, HoldPtr> holds;
    std::vector<HoldPtr> leaving; // released; their threads end by themselves
};

// On a thread of its own: the connection belongs to it.
void PgHerdLocks::Private::keep(Hold& hold, const PgOptions& options, const Wanted& wanted, const std::stop_token& stop)
{
    LockSession session(options, wanted);
    Expected<void> taken = session.take(stop);
    bool held = taken.has_value();
    std::unique_lock lock(hold.mutex);
    hold.taken = taken;
    hold.changed.notify_all();
    while (taken && !stop.stop_requested()) {
        hold.changed.wait_for(lock, stop, held ? beat : retry, [] { return false; });
        if (stop.stop_requested())
            break;
        lock.unlock();
        const Expected<void> now = held ? session.check() : session.take(stop);
        lock.lock();
        if (!now && now.error().kind != ErrorKind::Cancelled && !hold.lost)
            hold.lost = now.error();
        held = now.has_value();
        hold.theirs = !now && now.error().kind == ErrorKind::Busy ? std::optional(now.error()) : std::nullopt;
    }
    lock.unlock();
    const Expected<void> given = held ? session.give() : Expected<void>();
    session.drop();
    lock.lock();
    if (!given && !hold.lost)
        hold.lost = given.error();
    hold.ended = true;
    hold.changed.notify_all();
}

void PgHerdLocks::Private::sweep()
{
    std::erase_if(leaving, [](const HoldPtr& hold) {
        const std::lock_guard lock(hold->mutex);
        return hold->ended;
    });
}

PgHerdLocks::PgHerdLocks(PgOptions options)
    : m_d(std::make_unique<Private>())
{
    m_d->options = std::move(options);
}

PgHerdLocks::~PgHerdLocks() = default;

Expected<void> PgHerdLocks::acquire(
    const QUuid& operation, std::span<const HerdId> herds, const QString& what, const QString& who, std::stop_token stop)
{
    if (herds.empty())
        return {};
    Wanted wanted{operation, {herds.begin(), herds.end()}, what, who};
    std::ranges::sort(wanted.herds);
    const auto repeated = std::ranges::unique(wanted.herds);
    wanted.herds.erase(repeated.begin(), repeated.end());

    auto hold = std::make_shared<Private::Hold>();
    {
        const std::lock_guard lock(m_d->mutex);
        m_d->sweep();
        if (!m_d->holds.emplace(operation, hold).second)
            return fail({.kind = ErrorKind::Internal, .what = StoreText::tr("This operation holds its locks already.")});
    }
    hold->thread = std::jthread([hold = hold.get(), options = m_d->options, wanted = std::move(wanted)](
                                    const std::stop_token& ended) { Private::keep(*hold, options, wanted, ended); });
    std::unique_lock lock(hold->mutex);
    hold->changed.wait_for(lock, stop, patience, [&] { return hold->taken.has_value(); });
    if (hold->taken && *hold->taken)
        return {};
    Expected<void> result = hold->taken ? *hold->taken
        : stop.stop_requested()
        ? fail({.kind = ErrorKind::Cancelled, .what = StoreText::tr("Cancelled while locking the herd.")})
        : fail({.kind = ErrorKind::TimedOut, .what = StoreText::tr("The inventory's server does not answer."),
              .where = StoreText::tr("the inventory's server"), .remedy = StoreText::tr("Check the network, and whether the server runs.")});
    lock.unlock();
    static_cast<void>(release(operation));
    return result;
}

Expected<void> PgHerdLocks::check(const QUuid& operation)
{
    Private::HoldPtr hold;
    {
        const std::lock_guard lock(m_d->mutex);
        const auto it = m_d->holds.find(operation);
        if (it == m_d->holds.end())
            return {};
        hold = it->second;
    }
    const std::lock_guard lock(hold->mutex);
    return hold->theirs ? Expected<void>(fail(*hold->theirs)) : Expected<void>();
}

Expected<void> PgHerdLocks::release(const QUuid& operation)
{
    Private::HoldPtr hold;
    {
        const std::lock_guard lock(m_d->mutex);
        const auto it = m_d->holds.find(operation);
        if (it == m_d->holds.end())
            return {};
        hold = it->second;
        m_d->holds.erase(it);
        m_d->leaving.push_back(hold);
    }
    hold->thread.request_stop();
    std::unique_lock lock(hold->mutex);
    // A server that answers does so at once; the other kind is left to the thread.
    hold->changed.wait_for(lock, 2s, [&] { return hold->ended; });
    return hold->lost ? Expected<void>(fail(*hold->lost)) : Expected<void>();
}

} // namespace elephaas
