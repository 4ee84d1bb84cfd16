#pragma once

#include "models/domain/inventory.h"
#include "models/operations/continuation.h"
#include "models/operations/plan.h"
#include "models/operations/replicationrequest.h"

#include <QObject>
#include <QPointer>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <variant>

namespace elephaas {

class InventoryService;
template <class T>
class Mailbox;

// Makes plans that need a look at the servers first, on threads of its own. GUI-thread object.
class PlanningService final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PlanningService)

public:
    // Looks at the servers and plans; blocks, on a thread of the service. Comes back soon after `stop` fires, with whatever error. It is
    // called from several threads at once. `id` becomes the plan's. `tell` takes what it looks at just now, from any thread.
    using Tell = std::function<void(const QString& text)>;
    using Planner = std::function<Expected<Plan>(
        const ReplicationRequest& request, InventoryPtr inventory, QUuid id, std::stop_token stop, const Tell& tell)>;
    // The same for what goes on with an operation or takes it back.
    using AgainPlanner = std::function<Expected<Plan>(
        const OperationRecord& record, Way way, InventoryPtr inventory, QUuid id, std::stop_token stop, const Tell& tell)>;
    using Done = std::function<void(Expected<Plan>)>;

    PlanningService(const InventoryService& inventory, Planner planner, QObject* parent = nullptr);
    // Stops what is under way and waits for it.
    ~PlanningService() override;

    // For plans from now on: what the planner holds (settings, templates) has changed.
    void setPlanner(Planner planner);
    void setAgainPlanner(AgainPlanner planner);

    // Plans from the inventory as it is now. `sameId`: the plan is made again, under the id it had. `done` is called in the GUI thread, after
    // this has returned, once; not at all when `context` is gone by then: nobody waits any more, and what is under way stops.
    // Returns a number for cancel().
    int plan(ReplicationRequest request, std::optional<QUuid> sameId, QObject* context, Done done);
    // What goes on with an operation, or takes it back, from a look at what holds now; the rest as for plan().
    int again(OperationRecord record, Way way, std::optional<QUuid> sameId, QObject* context, Done done);
    // `done` gets Cancelled at once. Nothing when it was called already.
    void cancel(int run);
    int runningCount() const { return static_cast<int>(m_waiting.size()); }

    // "Looking at db1, db2 and 3 more servers…": the members of the herds that the request concerns.
    QString lookingAt(const ReplicationRequest& request) const;
    QString lookingAt(const OperationRecord& record) const; // the herds of the instances that its steps are about

Q_SIGNALS:
    void progress(int run, const QString& text); // what is looked at just now; plain text

private:
    struct Waiting {
        QPointer<QObject> context;
        Done done;
        QMetaObject::Connection contextGone;
    };
    struct Result {
        int run;
        std::variant<Expected<Plan>, QString> news; // the text of a progress comes before the plan
    };
    using Work = std::function<Expected<Plan>(const std::stop_token& stop, const Tell& tell)>;
    int start(Work work, QObject* context, Done done);
    void take(std::vector<Result> results);
    void forget(int run);

    const InventoryService& m_inventory;
    std::shared_ptr<const Planner> m_planner;
    std::shared_ptr<const AgainPlanner> m_againPlanner;
    std::map<int, Waiting> m_waiting;
    int m_lastRun = 0;
    std::unique_ptr<Mailbox<Result>> m_results;
    std::map<int, std::jthread> m_threads; // last: they post to the mailbox
};

} // namespace elephaas
