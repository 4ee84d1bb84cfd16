#include "app/plandesk.h"

#include "dialogs/planningdialog.h"
#include "dialogs/replicationdialog.h"
#include "dialogs/reviewdialog.h"
#include "models/operations/consequences.h"
#include "views/mainwindow.h"

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

void PlanDesk::wayChosen(const OperationRecord& record, Way way, QWidget* dialog)
{
    lookAndReview(dialog, way == Way::Continue ? tr("Continue") : tr("Take back"), m_session.planning().lookingAt(record),
        [this, record, way](std::optional<QUuid> sameId, QObject* context, PlanningService::Done done) {
            return m_session.planning().again(record, way, sameId, context, std::move(done));
        });
}

void PlanDesk::replication(const ReplicationRequest& wanted)
{
    ReplicationRequest request = wanted;
    if (request.kind == ReplicationKind::Switchover)
        request.oldPrimary = m_session.settings().oldPrimaryOf(herdsOf(request));
    if (!ReplicationDialog::asksFor(request)) {
        look(request);
        return;
    }
    auto* dialog = new ReplicationDialog(request, *m_session.inventory().snapshot(), m_session.clock(), &m_window);
    connect(dialog, &ReplicationDialog::chosen, this, &PlanDesk::look);
    connect(dialog, &ReplicationDialog::oldPrimaryRemembered, this, &PlanDesk::rememberOldPrimary);
    dialog->open();
}

std::vector<HerdId> PlanDesk::herdsOf(const ReplicationRequest& request) const
{
    const InventoryPtr inventory = m_session.inventory().snapshot();
    std::vector<HerdId> herds;
    for (const InstanceId id : request.instances) {
        if (const Instance* instance = inventory->find(id))
            herds.push_back(instance->herd);
    }
    return herds;
}

// Of no consequence for what is planned now.
void PlanDesk::rememberOldPrimary(const ReplicationRequest& request)
{
    TeamSettings settings = m_session.settings();
    for (const HerdId herd : herdsOf(request))
        settings.oldPrimaryByHerd.insert(herd, request.oldPrimary);
    m_session.inventory().writeSettings(settings.changesFrom(m_session.settings()), this, [this](const Expected<void>& result) {
        if (result)
            m_session.readSettings();
        else
            m_window.showNotice(result.error());
    });
}

void PlanDesk::look(const ReplicationRequest& request)
{
    lookAndReview(&m_window, titleOf(request.kind), m_session.planning().lookingAt(request),
        [this, request](std::optional<QUuid> sameId, QObject* context, PlanningService::Done done) {
            return m_session.planning().plan(request, sameId, context, std::move(done));
        });
}

// Over `above`: a window that came beside it would get the keyboard of the window manager, and not that of Qt.
void PlanDesk::lookAndReview(QWidget* above, const QString& title, const QString& lookingAt, Make make)
{
    m_aboutToLook();
    auto* progress = new PlanningDialog(title, lookingAt, above);
    const int run = make({}, progress, [this, make, progress, above](const Expected<Plan>& plan) { // never told once `progress` is gone, nor then `above`
        if (!plan && plan.error().kind == ErrorKind::Cancelled)
            return; // the dialog is what was cancelled
        progress->finish();
        if (plan)
            review(above, *plan, make);
        else
            m_window.showNotice(plan.error());
    });
    connect(progress, &PlanningDialog::cancelled, this, [this, run] { m_session.planning().cancel(run); });
    connect(&m_session.planning(), &PlanningService::progress, progress, [run, progress](int of, const QString& text) {
        if (of == run)
            progress->tell(text);
    });
    progress->show();
}

void PlanDesk::review(QWidget* above, const Plan& plan, const Make& make)
{
    const auto replan = [this, make, id = plan.id](QObject* context, PlanningService::Done done) {
        m_aboutToLook();
        make(id, context, std::move(done));
    };
    const InventoryPtr inventory = m_session.inventory().snapshot();
    const bool takesBack = plan.kind == QLatin1String("undo");
    const QString consequence = plan.request && !takesBack ? consequenceOf(*plan.request, *inventory) : QString();
    auto* dialog = new ReviewDialog(plan, *inventory, ReviewDialog::Options{.consequence = consequence, .replan = replan}, above);
    connect(dialog, &ReviewDialog::approved, this, &PlanDesk::approved);
    dialog->open();
}

} // namespace elephaas
