#pragma once

#include "models/operations/lifecycle.h"
#include "models/operations/surveyor.h"
#include "models/ports/clock.h"
#include "models/ports/operationjournal.h"
#include "models/ports/remoteshell.h"
#include "models/ports/secretvault.h"
#include "models/postgres/commandtemplates.h"
#include "models/services/inventoryservice.h"
#include "models/services/nameservice.h"
#include "models/services/operationservice.h"
#include "models/services/planningservice.h"
#include "models/services/probeservice.h"
#include "models/services/teamsettings.h"

#include <QObject>

#include <memory>

namespace elephaas {

struct ReplicationOptions;

class TeamDnsDirectory;

// Everything behind one window, without the window: inventory, probes and operations on the ports it is given, and the team's
// settings that bind them together. GUI-thread object.
class Session final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Session)

public:
    struct Ports {
        std::unique_ptr<InventoryStore> store;
        std::unique_ptr<OfflineCopy> offlineCopy; // may be null
        std::shared_ptr<HerdLocks> locks = {}; // may be null
        std::shared_ptr<RemoteShell> shell;
        std::shared_ptr<OperationJournal> journal;
        std::shared_ptr<const Clock> clock;
        // A way into the DNS, as the team reaches it; empty: there is none, and names are never looked at.
        std::function<std::shared_ptr<DnsDirectory>(const DnsAccess& access)> dns = {};
        std::unique_ptr<SecretVault> secrets = {}; // may be null: then no update is signed
    };
    struct Options {
        InventoryService::Options inventory = {};
        ProbeService::Options probes = {};
        QString operatorName = {};
        QString clientHost = {};
    };

    Session(Ports ports, Options options, QObject* parent = nullptr);
    ~Session() override;

    // Opens the inventory; the first good load is followed by a probe of everything.
    void start();

    InventoryService& inventory() { return *m_inventory; }
    ProbeService& probes() { return *m_probes; }
    OperationService& operations() { return *m_operations; }
    PlanningService& planning() { return *m_planning; }
    std::shared_ptr<const Clock> clock() const { return m_clock; }
    NameService& names() { return *m_names; }
    // Nothing where it is not set up how the DNS is asked.
    void readNames(const std::vector<HerdId>& herds);
    SecretVault* secrets() { return m_secrets.get(); } // may be null
    // Used at once, and handed to the keychain, which may ask a person first.
    void keepSecret(const TeamSettings& settings, const QByteArray& secret);

    const TeamSettings& settings() const { return m_settings; }
    CommandTemplates commandTemplates() const;
    // Takes in what somebody wrote to the inventory's settings.
    void readSettings();

    // `sameId`: the plan is made again, under the id it had.
    Expected<Plan> planLifecycle(LifecycleKind kind, const std::vector<InstanceId>& instances, std::optional<QUuid> sameId = {}) const;
    RemoteTarget targetOf(const Server& server) const;

Q_SIGNALS:
    void settingsChanged();
    // A sentence for each stored setting that could not be used.
    void settingsHaveProblems(const QStringList& problems);
    // The keychain did not take a secret: it is known as long as the program runs.
    void secretNotKept(const elephaas::Error& why);

private:
    void followInventory();
    void takeSettings(const QMap<QString, QString>& map);
    void probeOnce();
    void useDns();
    void makePlanners();
    ReplicationOptions replicationOptions() const;
    PlanningService::Planner makePlanner() const;
    PlanningService::AgainPlanner makeAgainPlanner() const;

    const std::shared_ptr<const Clock> m_clock;
    const std::shared_ptr<Surveyor> m_surveyor;
    const std::shared_ptr<OperationJournal> m_journal;
    const std::function<std::shared_ptr<DnsDirectory>(const DnsAccess& access)> m_makeDns;
    const std::unique_ptr<SecretVault> m_secrets;
    const std::shared_ptr<TeamDnsDirectory> m_dns;
    std::shared_ptr<StepExecutor> m_executor;
    std::unique_ptr<InventoryService> m_inventory;
    std::unique_ptr<ProbeService> m_probes;
    std::unique_ptr<OperationService> m_operations;
    std::unique_ptr<PlanningService> m_planning;
    std::unique_ptr<NameService> m_names;
    TeamSettings m_settings;
    QMap<QString, QByteArray> m_typedSecrets; // by the name that the keychain has them under
    bool m_live = false;
    bool m_settingsKnown = false;
    bool m_probed = false;
};

} // namespace elephaas
