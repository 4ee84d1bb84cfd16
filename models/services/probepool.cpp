#include "models/services/probepool.h"

#include "models/operations/backgroundthread.h"
#include "models/postgres/probe.h"

#include <algorithm>

namespace elephaas {

namespace {

constexpr int stalledPerSlot = 3;
constexpr std::chrono::milliseconds groupGrace{0}; // the probe only reads: nothing is lost when it is killed at once

QByteArray kept(const CappedOutput& output)
{
    const QByteArray gap(output.isCapped() ? "\n" : "");
    return output.head + gap + output.tail;
}

const Observation* find(const std::vector<ObservationPtr>& known, InstanceId id)
{
    const auto it = std::find_if(known.begin(), known.end(), [&](const ObservationPtr& one) { return one->instance == id; });
    return it == known.end() ? nullptr : it->get();
}

std::vector<Observation> unknown(const Probe& probe, const Error& error, Liveness liveness, const QDateTime& now)
{
    std::vector<Observation> seen;
    for (const ProbeRequest& request : probe.requests()) {
        seen.push_back(unreachable(request.instance, error, now));
        seen.back().liveness = liveness;
    }
    return seen;
}

// The link was lost, or time ran out: what was said until then counts, the rest could not be asked.
std::vector<Observation> partial(const Probe& probe, const QByteArray& output, const Error& error, const QDateTime& now)
{
    auto seen = probe.parse(output, now);
    if (!seen)
        return unknown(probe, error, Liveness::Unreachable, now);
    for (Observation& one : *seen) {
        const bool incomplete = one.error && one.error->kind == ErrorKind::LinkLost;
        if (incomplete && one.liveness == Liveness::Unknown)
            one = unreachable(one.instance, error, now);
    }
    return *std::move(seen);
}

bool wasCancelled(const RemoteOutcome& outcome)
{
    const auto* lost = std::get_if<OutcomeUnknown>(&outcome);
    const auto* refused = std::get_if<NotStarted>(&outcome);
    const Error* error = lost ? &lost->error : refused ? &refused->error : nullptr;
    return error && error->kind == ErrorKind::Cancelled;
}

} // namespace

ProbePool::ProbePool(
    std::shared_ptr<RemoteShell> shell, std::shared_ptr<const Clock> clock, Limits limits, std::function<void(ProbeResult)> deliver)
    : m_shell(std::move(shell))
    , m_clock(std::move(clock))
    , m_limits(limits)
    , m_deliver(std::move(deliver))
{
}

ProbePool::~ProbePool()
{
    for (std::jthread& thread : m_threads)
        thread.request_stop();
    m_threads.clear();
}

void ProbePool::add(std::vector<ProbeJob> jobs)
{
    const std::lock_guard lock(m_mutex);
    for (ProbeJob& job : jobs) {
        const Key key{job.priority, m_arrivals++};
        m_keys.insert_or_assign(job.server, key);
        m_waiting.emplace(key, std::move(job));
    }
    startThreads();
    m_wake.notify_all();
}

bool ProbePool::hasten(ServerId server, int priority)
{
    const std::lock_guard lock(m_mutex);
    const auto key = m_keys.find(server);
    if (key == m_keys.end())
        return false;
    if (priority < key->second.first) {
        const auto waiting = m_waiting.find(key->second);
        ProbeJob job = std::move(waiting->second);
        m_waiting.erase(waiting);
        key->second.first = priority;
        m_waiting.emplace(key->second, std::move(job));
    }
    return true;
}

void ProbePool::makeUpForStalled()
{
    const std::lock_guard lock(m_mutex);
    startThreads();
    m_wake.notify_all();
}

int ProbePool::allowed() const
{
    const auto longAgo = m_clock->steady() - m_limits.stallTime;
    const auto stalled = std::count_if(m_underWay.begin(), m_underWay.end(), [&](const auto& entry) { return entry.second <= longAgo; });
    return m_limits.parallel + std::min(static_cast<int>(stalled), stalledPerSlot * m_limits.parallel);
}

void ProbePool::startThreads()
{
    const auto wanted = std::min(m_waiting.size() + m_underWay.size(), static_cast<size_t>(allowed()));
    while (m_threads.size() < wanted)
        m_threads.emplace_back([this](std::stop_token stop) { work(stop); });
}

void ProbePool::work(std::stop_token stop)
{
    giveWayToWindow(Urgency::Later);
    while (!stop.stop_requested()) {
        ProbeJob job;
        {
            std::unique_lock lock(m_mutex);
            const auto mayBegin = [&] { return !m_waiting.empty() && static_cast<int>(m_underWay.size()) < allowed(); };
            if (!m_wake.wait(lock, stop, mayBegin))
                return;
            const auto first = m_waiting.begin();
            job = std::move(first->second);
            m_waiting.erase(first);
            m_keys.erase(job.server);
            m_underWay.emplace(job.server, m_clock->steady());
        }
        ProbeResult result = ask(job, stop);
        {
            const std::lock_guard lock(m_mutex);
            m_underWay.erase(job.server);
            m_wake.notify_one();
        }
        if (!stop.stop_requested())
            m_deliver(std::move(result));
    }
}

ProbeResult ProbePool::ask(const ProbeJob& job, std::stop_token stop) const
{
    const Probe probe(probeRequests(*job.inventory, job.server));
    RemoteCommand command{job.target, Probe::command(), probe.input(), m_limits.timeout, groupGrace, probe.outputLimit()};
    const RemoteResult answer = m_shell->run(command, {}, stop);
    ProbeResult result{job.server};
    if (wasCancelled(answer.outcome) && stop.stop_requested())
        return result;

    const QDateTime now = m_clock->now();
    std::vector<Observation> seen;
    if (const auto* none = std::get_if<NotStarted>(&answer.outcome)) {
        seen = unknown(probe, none->error, Liveness::Unreachable, now);
    } else if (const auto* lost = std::get_if<OutcomeUnknown>(&answer.outcome)) {
        seen = partial(probe, kept(answer.output), lost->error, now);
    } else if (auto parsed = probe.parse(kept(answer.output), now)) {
        result.reached = true;
        seen = *std::move(parsed);
    } else {
        result.reached = true;
        Error error = parsed.error();
        error.where = job.target.host;
        error.detail = QString::fromUtf8(answer.errors.head + answer.errors.tail).trimmed() + u' ' + error.detail;
        seen = unknown(probe, error, Liveness::Unknown, now);
    }
    for (Observation& one : seen) {
        if (one.error && one.error->where.isEmpty())
            one.error->where = job.target.host;
        const Observation* before = find(job.earlier, one.instance);
        result.observations.push_back(std::make_shared<const Observation>(withEarlierFacts(std::move(one), before)));
    }
    return result;
}

} // namespace elephaas
