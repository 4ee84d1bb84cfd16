#pragma once

#include "app/session.h"
#include "models/operations/replicationrequest.h"

#include <QObject>

#include <functional>
#include <vector>

namespace elephaas {

class MainWindow;

// The way from what somebody wants to a plan that he has read and approved: asks what is open, has the servers looked at, shows the review,
// and has the state read again when it is run. Decides nothing itself.
class PlanDesk final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PlanDesk)

public:
    // Both outlive it. `aboutToLook` is called before servers are asked because of a person.
    PlanDesk(Session& session, MainWindow& window, std::function<void()> aboutToLook, QObject* parent = nullptr);

    void lifecycle(LifecycleKind kind, const std::vector<InstanceId>& instances);
    void replication(const ReplicationRequest& wanted);
    // What goes on with an operation, or takes it back; it is shown over `dialog`, in which it was chosen.
    void wayChosen(const OperationRecord& record, Way way, QWidget* dialog);

Q_SIGNALS:
    void approved(const elephaas::Plan& plan);

private:
    // Makes a plan; with an id: again, under it. Returns a number for PlanningService::cancel().
    using Make = std::function<int(std::optional<QUuid> sameId, QObject* context, PlanningService::Done done)>;
    void look(const ReplicationRequest& request);
    void rememberOldPrimary(const ReplicationRequest& request);
    std::vector<HerdId> herdsOf(const ReplicationRequest& request) const;
    void lookAndReview(QWidget* above, const QString& title, const QString& lookingAt, Make make);
    void review(QWidget* above, const Plan& plan, const Make& make);

    Session& m_session;
    MainWindow& m_window;
    const std::function<void()> m_aboutToLook;
};

} // namespace elephaas
