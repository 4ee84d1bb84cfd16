#pragma once

#include "models/domain/inventory.h"
#include "models/operations/replicationrequest.h"
#include "models/ports/clock.h"

#include <QDialog>

#include <memory>
#include <optional>
#include <vector>

class QButtonGroup;
class QCheckBox;
class QPushButton;
class QTreeWidget;

namespace elephaas {

// Asks what a replication request leaves open: whom to follow (Remaster), how to rebuild and whom to copy from (Rebuild, Initialise), who takes
// over and what becomes of the old primary (Switchover, Failover). Shows
// each member of the herd with role, state, lag and age; who cannot be chosen is there too, with the reason. It decides nothing that the
// pre-flight checks do not look at again. Opened with open(); deletes itself.
class ReplicationDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ReplicationDialog)

public:
    // Promote and Demote leave nothing open.
    static bool asksFor(const ReplicationRequest& request);

    ReplicationDialog(ReplicationRequest request, const Inventory& inventory, std::shared_ptr<const Clock> clock, QWidget* parent = nullptr);

Q_SIGNALS:
    void chosen(const elephaas::ReplicationRequest& request);
    // Before chosen(): what becomes of the old primary is to be the same the next time, for the herds of the request.
    void oldPrimaryRemembered(const elephaas::ReplicationRequest& request);

private:
    struct Member {
        InstanceId id;
        QString name;
        QString whyNot; // "" when it can be chosen
        QString role;
        QString state;
        QString lag;
        QString seen;
        bool isPresent = false; // what all targets follow now
    };
    std::vector<Member> membersOf(const Inventory& inventory, const Clock& clock) const;
    QString whyNot(const Inventory& inventory, const Instance& instance) const;
    QString remarkOf(const Member& member) const;
    QWidget* makeMethods();
    QWidget* makeOldPrimary(const Inventory& inventory);
    QWidget* nobodyToChoose(const Inventory& inventory);
    QWidget* makeStaying(const Inventory& inventory);
    QWidget* makeMembers(const Inventory& inventory, const Clock& clock);
    QWidget* makeButtons();
    void check();
    ReplicationRequest current() const;

    const ReplicationRequest m_request;
    QButtonGroup* m_methods = nullptr;
    QButtonGroup* m_oldPrimary = nullptr;
    QCheckBox* m_remember = nullptr;
    QTreeWidget* m_members = nullptr; // null when there is nobody to choose
    QPushButton* m_ok = nullptr;
};

} // namespace elephaas

