#include "app/adapters/journal/sqlitejournal.h"

#include "app/adapters/journal/journaldatabase.h"
#include "app/adapters/journal/journaltext.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace elephaas {

class SqliteJournal::Private {
public:
    using Write = std::function<Expected<void>(JournalDatabase&)>;
    using Read = std::function<Expected<void>(JournalDatabase&)>;

    explicit Private(QString file)
        : m_file(std::move(file))
        , m_thread([this](const std::stop_token& stop) { run(stop); })
    {
    }

    // Both block until the journal's thread has done it.
    Expected<void> write(Write work) { return wait(Job{std::move(work), true}); }
    Expected<void> read(Read work) { return wait(Job{std::move(work), false}); }

private:
    struct Job {
        Write work;
        bool isWrite = false;
        std::optional<Expected<void>> result = {};
    };

    Expected<void> wait(Job job)
    {
        std::unique_lock lock(m_mutex);
        m_jobs.push_back(&job);
        m_wake.notify_one();
        m_done.wait(lock, [&] { return job.result.has_value(); });
        return *job.result;
    }

    void run(const std::stop_token& stop);
    void doWrites(JournalDatabase& database, std::span<Job*> jobs);
    void doRead(JournalDatabase& database, Job& job);

    const QString m_file;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::condition_variable_any m_done;
    std::deque<Job*> m_jobs; // they live on the stacks of those who wait
    std::jthread m_thread; // last: ends before what it uses
};

void SqliteJournal::Private::run(const std::stop_token& stop)
{
    JournalDatabase database(m_file); // opened, used and closed by this thread
    while (true) {
        std::vector<Job*> batch;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return !m_jobs.empty(); }))
                return;
            // Reads do not overtake writes: a batch is one read, or all writes up to the next read.
            do {
                batch.push_back(m_jobs.front());
                m_jobs.pop_front();
            } while (batch.front()->isWrite && !m_jobs.empty() && m_jobs.front()->isWrite);
        }
        if (batch.front()->isWrite)
            doWrites(database, batch);
        else
            doRead(database, *batch.front());
        const std::lock_guard lock(m_mutex);
        m_done.notify_all();
    }
}

// One wait for the disk for all of them. Whose own statements fail, fails alone; when the commit fails, all do.
void SqliteJournal::Private::doWrites(JournalDatabase& database, std::span<Job*> jobs)
{
    std::vector<Expected<void>> results(jobs.size());
    Expected<void> all = database.open();
    if (all)
        all = database.beginTransaction();
    if (all) {
        for (size_t i = 0; i < jobs.size(); ++i)
            results[i] = database.inSavepoint(jobs[i]->work);
        all = database.commit();
        if (!all)
            database.rollback();
    }
    if (!all)
        database.close();
    const std::lock_guard lock(m_mutex);
    for (size_t i = 0; i < jobs.size(); ++i)
        jobs[i]->result = results[i] ? all : results[i];
}

void SqliteJournal::Private::doRead(JournalDatabase& database, Job& job)
{
    Expected<void> result;
    if (!database.exists())
        result = fail({.kind = ErrorKind::NotFound, .what = JournalText::tr("There is no operations journal yet."), .where = m_file});
    else
        result = database.open();
    if (result)
        result = job.work(database);
    if (!result && result.error().kind != ErrorKind::NotFound)
        database.close();
    const std::lock_guard lock(m_mutex);
    job.result = std::move(result);
}

SqliteJournal::SqliteJournal(QString file)
    : m_d(std::make_unique<Private>(std::move(file)))
{
}

SqliteJournal::~SqliteJournal() = default;

Expected<void> SqliteJournal::begin(const OperationRecord& operation)
{
    return m_d->write([&](JournalDatabase& database) { return database.insert(operation); });
}

Expected<void> SqliteJournal::writeSteps(const QUuid& operation, std::span<const StepRecord> steps)
{
    return m_d->write([&](JournalDatabase& database) -> Expected<void> {
        for (const StepRecord& step : steps) {
            if (const auto written = database.update(operation, step); !written)
                return written;
        }
        return {};
    });
}

Expected<void> SqliteJournal::finish(const QUuid& operation, OperationState state, const QString& message, const QDateTime& ended)
{
    return m_d->write([&](JournalDatabase& database) { return database.finish(operation, state, message, ended); });
}

namespace {

template <class Result>
Expected<void> keep(Expected<Result> from, Result& to)
{
    if (!from)
        return fail(from.error());
    to = std::move(*from);
    return {};
}

// Where nothing was ever written, nothing ran.
Expected<std::vector<OperationRecord>> listOr(const Expected<void>& done, std::vector<OperationRecord> found)
{
    if (!done && done.error().kind != ErrorKind::NotFound)
        return fail(done.error());
    return found;
}

} // namespace

Expected<std::vector<OperationRecord>> SqliteJournal::unfinished()
{
    std::vector<OperationRecord> found;
    const auto done = m_d->read([&](JournalDatabase& database) { return keep(database.unfinished(), found); });
    return listOr(done, std::move(found));
}

Expected<std::vector<OperationRecord>> SqliteJournal::recent(int limit)
{
    std::vector<OperationRecord> found;
    const auto done = m_d->read([&](JournalDatabase& database) { return keep(database.recent(limit), found); });
    return listOr(done, std::move(found));
}

Expected<OperationRecord> SqliteJournal::find(const QUuid& operation)
{
    OperationRecord found;
    const auto done = m_d->read([&](JournalDatabase& database) { return keep(database.find(operation), found); });
    return done ? Expected<OperationRecord>(std::move(found)) : fail(done.error());
}

Expected<std::vector<OperationRecord>> SqliteJournal::later(const QUuid& operation)
{
    std::vector<OperationRecord> found;
    const auto done = m_d->read([&](JournalDatabase& database) { return keep(database.later(operation), found); });
    return listOr(done, std::move(found));
}

} // namespace elephaas
