#include "app/plandesk.h"

#include "dialogs/planningdialog.h"
#include "dialogs/replicationdialog.h"
#include "dialogs/reviewdialog.h"
#include "models/operations/consequences.h"
#include "views/mainwindow.h"

#include <QPointer>

#include <memory>
#include <utility>

namespace elephaas {

PlanDesk::PlanDesk(Session& session, MainWindow& window, std::function<void()> aboutToLook, QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_window(window)
    , m_aboutToLook(std::move(aboutToLook))
{
}

void PlanDesk::lifecycle(LifecycleKind kind, const std::vector<InstanceId>& instances)
{
    const auto plan = m_session.planLifecycle(kind, instances);
    if (!plan) {
        m_window.showNotice(plan.error());
        return;
    }
    const QUuid id = plan->id;
    // Shown at once, from the last probes; run only after another one: a replica may have become a primary meanwhile.
    const auto replan = [this, kind, instances, id](QObject* context, PlanningService::Done done) {
        m_aboutToLook();
        m_session.probes().probe(instances, context, [this, kind, instances, id, done = std::move(done)] {
            done(m_session.planLifecycle(kind, instances, id));
        });
    };
    auto* dialog = new ReviewDialog(
        *plan, *m_session.inventory().snapshot(), ReviewDialog::Options{.consequence = {}, .replan = replan}, &m_window);
    connect(dialog, &ReviewDialog::approved, this, &PlanDesk::approved);
    dialog->open();
}

void PlanDesk::made(const Plan& plan)
{
    auto* dialog = new ReviewDialog(plan, *m_session.inventory().snapshot(), ReviewDialog::Options(), &m_window);
    connect(dialog, &ReviewDialog::approved, this, &PlanDesk::approved);
    dialog->open();
}

void PlanDesk::replication(ReplicationKind kind, const std::vector<InstanceId>& instances)
{
    const ReplicationRequest request{.kind = kind, .instances = instances};
    if (!ReplicationDialog::asksFor(request)) {
        look(request);
        return;
    }
    auto* dialog = new ReplicationDialog(request, *m_session.inventory().snapshot(), m_session.clock(), &m_window);
    connect(dialog, &ReplicationDialog::chosen, this, &PlanDesk::look);
    dialog->open();
}

void PlanDesk::look(const ReplicationRequest& request)
{
    m_aboutToLook();
    PlanningService& planning = m_session.planning();
    auto* progress = new PlanningDialog(titleOf(request.kind), planning.lookingAt(request), &m_window);
    const int run = planning.plan(request, {}, progress, [this, request, dialog = QPointer(progress)](const Expected<Plan>& plan) {
        if (!plan && plan.error().kind == ErrorKind::Cancelled)
            return; // the dialog is what was cancelled
        if (dialog)
            dialog->finish();
        if (plan)
            review(request, *plan);
        else
            m_window.showNotice(plan.error());
    });
    connect(progress, &PlanningDialog::cancelled, this, [this, run] { m_session.planning().cancel(run); });
    connect(&planning, &PlanningService::progress, progress, [run, progress](int of, const QString& text) {
        if (of == run)
            progress->tell(text);
    });
    progress->show();
}

void PlanDesk::review(const ReplicationRequest& request, const Plan& plan)
{
    const auto replan = [this, request, id = plan.id](QObject* context, std::function<void(Expected<Plan>)> done) {
        m_aboutToLook();
        m_session.planning().plan(request, id, context, std::move(done));
    };
    const InventoryPtr inventory = m_session.inventory().snapshot();
    auto* dialog = new ReviewDialog(
        plan, *inventory, ReviewDialog::Options{.consequence = consequenceOf(request, *inventory), .replan = replan}, &m_window);
    connect(dialog, &ReviewDialog::approved, this, &PlanDesk::approved);
    dialog->open();
}

} // namespace elephaas
