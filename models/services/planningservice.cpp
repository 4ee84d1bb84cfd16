#include "models/services/planningservice.h"

#include "models/domain/visibletext.h"
#include "models/operations/backgroundthread.h"
#include "models/services/inventoryservice.h"
#include "models/services/mailbox.h"

#include <set>
#include <utility>

namespace elephaas {

namespace {

constexpr int namedServers = 6;

} // namespace

PlanningService::PlanningService(const InventoryService& inventory, Planner planner, QObject* parent)
    : QObject(parent)
    , m_inventory(inventory)
    , m_planner(std::make_shared<const Planner>(std::move(planner)))
    , m_results(std::make_unique<Mailbox<Result>>(
          [this](std::vector<Result> results) { take(std::move(results)); }, std::chrono::milliseconds(0)))
{
}

PlanningService::~PlanningService()
{
    for (auto& [run, thread] : m_threads)
        thread.request_stop(); // all at once, before any is waited for
    m_threads.clear();
}

void PlanningService::setPlanner(Planner planner) { m_planner = std::make_shared<const Planner>(std::move(planner)); }

void PlanningService::setAgainPlanner(AgainPlanner planner) { m_againPlanner = std::make_shared<const AgainPlanner>(std::move(planner)); }

int PlanningService::plan(ReplicationRequest request, std::optional<QUuid> sameId, QObject* context, Done done)
{
    return start([planner = m_planner, request = std::move(request), inventory = m_inventory.snapshot(),
                     id = sameId.value_or(QUuid::createUuid())](const std::stop_token& stop, const Tell& tell) {
        return (*planner)(request, inventory, id, stop, tell);
    }, context, std::move(done));
}

int PlanningService::again(OperationRecord record, Way way, std::optional<QUuid> sameId, QObject* context, Done done)
{
    return start([planner = m_againPlanner, record = std::move(record), way, inventory = m_inventory.snapshot(),
                     id = sameId.value_or(QUuid::createUuid())](const std::stop_token& stop, const Tell& tell) -> Expected<Plan> {
        if (!planner)
            return fail({.kind = ErrorKind::Unsupported, .what = tr("Operations cannot be gone on with here.")});
        return (*planner)(record, way, inventory, id, stop, tell);
    }, context, std::move(done));
}

int PlanningService::start(Work work, QObject* context, Done done)
{
    const int run = ++m_lastRun;
    const QMetaObject::Connection gone = connect(context, &QObject::destroyed, this, [this, run] { forget(run); });
    m_waiting.emplace(run, Waiting{context, std::move(done), gone});
    m_threads.emplace(run,
        std::jthread([this, run, work = std::move(work)](const std::stop_token& stop) {
            giveWayToWindow(Urgency::Soon);
            const auto tell = [this, run](const QString& text) { m_results->post({run, text}); };
            m_results->post({run, work(stop, tell)});
        }));
    return run;
}

void PlanningService::forget(int run)
{
    m_waiting.erase(run);
    // The thread ends by itself; take() joins it then.
    if (const auto thread = m_threads.find(run); thread != m_threads.end())
        thread->second.request_stop();
}

void PlanningService::cancel(int run)
{
    const auto waiting = m_waiting.find(run);
    if (waiting == m_waiting.end())
        return;
    const Waiting of = waiting->second;
    disconnect(of.contextGone);
    forget(run);
    if (of.context)
        of.done(fail({.kind = ErrorKind::Cancelled, .what = tr("Cancelled: nothing was planned and nothing was changed.")}));
}

void PlanningService::take(std::vector<Result> results)
{
    for (Result& result : results) {
        if (const auto* text = std::get_if<QString>(&result.news)) {
            if (m_waiting.contains(result.run))
                Q_EMIT progress(result.run, *text);
            continue;
        }
        m_threads.erase(result.run);
        const auto waiting = m_waiting.find(result.run);
        if (waiting == m_waiting.end())
            continue;
        const Waiting of = std::move(waiting->second);
        m_waiting.erase(waiting);
        disconnect(of.contextGone);
        if (of.context)
            of.done(std::get<Expected<Plan>>(std::move(result.news)));
    }
}

QString PlanningService::lookingAt(const OperationRecord& record) const
{
    ReplicationRequest all;
    for (const StepRecord& step : record.steps) {
        if (step.instance)
            all.instances.push_back(*step.instance);
    }
    return lookingAt(all);
}

QString PlanningService::lookingAt(const ReplicationRequest& request) const
{
    const InventoryPtr inventory = m_inventory.snapshot();
    std::set<HerdId> herds;
    for (const InstanceId id : request.instances) {
        if (const Instance* instance = inventory->find(id))
            herds.insert(instance->herd);
    }
    std::set<QString> names;
    for (const HerdId herd : herds) {
        for (const InstanceId id : inventory->instancesOf(herd)) {
            if (const Server* server = inventory->find(inventory->find(id)->server))
                names.insert(visibleLine(server->hostName));
        }
    }
    if (names.empty())
        return tr("Looking at the servers…");
    const QStringList all(names.begin(), names.end());
    const auto more = static_cast<int>(all.size()) - namedServers;
    if (more <= 1)
        return tr("Looking at %1…", "host names").arg(all.join(tr(", ", "between names")));
    return tr("Looking at %1 and %n more servers…", "host names", more).arg(all.first(namedServers).join(tr(", ", "between names")));
}

} // namespace elephaas
