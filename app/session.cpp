#include "app/session.h"

#include "app/teamdnsdirectory.h"
#include "models/operations/assumedversions.h"
#include "models/operations/continuationchecks.h"
#include "models/operations/portexecutor.h"
#include "models/operations/replicationplanner.h"
#include "models/operations/shellprober.h"
#include "models/operations/shellsurveyor.h"
#include "models/postgres/commandpresets.h"
#include "models/postgres/stateupdates.h"

#include <QPointer>
#include <QTimer>

#include <utility>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

constexpr std::chrono::milliseconds firstProbeDelay{100};

RemoteTarget targetFor(const TeamSettings& settings, const Server& server)
{
    const SshOverride how = settings.sshFor(server.hostName);
    return {.host = server.hostName, .user = how.user, .port = how.port};
}

} // namespace

Session::Session(Ports ports, Options options, QObject* parent)
    : QObject(parent)
    , m_clock(ports.clock)
    , m_surveyor(std::make_shared<ShellSurveyor>(ports.shell, ports.clock))
    , m_journal(ports.journal)
    , m_makeDns(std::move(ports.dns))
    , m_secrets(std::move(ports.secrets))
    , m_dns(std::make_shared<TeamDnsDirectory>())
{
    options.inventory.stateUpdates = [](const Inventory& inventory, std::span<const ObservationPtr> seen) {
        return stateUpdates(inventory, seen);
    };
    m_inventory = std::make_unique<InventoryService>(
        std::move(ports.store), std::move(ports.offlineCopy), m_clock, options.inventory);
    options.probes.interval = 0ms; // no server is asked before it is known how: takeSettings()
    m_probes = std::make_unique<ProbeService>(ports.shell, *m_inventory, m_clock, options.probes);
    m_probes->setTargetResolver([this](const Server& server) { return targetOf(server); });
    m_executor = std::make_shared<PortExecutor>(
        ports.shell, std::make_shared<ShellProber>(ports.shell, m_clock), m_clock, PortExecutor::Options(),
        m_inventory->upstreamWriter(), m_dns);
    m_operations = std::make_unique<OperationService>(m_executor, m_journal, *m_inventory, m_probes.get(), m_clock,
        OperationService::Options{.operatorName = options.operatorName, .clientHost = options.clientHost, .locks = std::move(ports.locks),
            .resolve = [this](const Server& server) { return targetOf(server); }});
    m_planning = std::make_unique<PlanningService>(*m_inventory, makePlanner());
    makePlanners();
    m_names = std::make_unique<NameService>(*m_inventory, m_dns, m_clock);
    connect(m_inventory.get(), &InventoryService::statusChanged, this, &Session::followInventory);
    connect(m_inventory.get(), &InventoryService::snapshotChanged, this, &Session::probeOnce);
}

Session::~Session()
{
    // What runs may still report to the inventory: it goes last.
    m_names.reset();
    m_planning.reset();
    m_operations.reset();
    m_probes.reset();
}

void Session::start() { m_inventory->start(); }

void Session::followInventory()
{
    const InventoryService::Status& status = m_inventory->status();
    const bool live = status.connection == InventoryService::Connection::Live;
    if (live && !m_live)
        readSettings();
    m_live = live;
    if (m_settingsKnown)
        return;
    // The offline copy knows; nobody will tell when the inventory is gone and was never there.
    if (status.offlineSettings)
        takeSettings(*status.offlineSettings);
    else if (status.connection == InventoryService::Connection::Lost)
        takeSettings({});
}

// The first data is probed as soon as it is known how servers are reached, and a moment after it: it is painted first.
void Session::probeOnce()
{
    if (m_probed || !m_settingsKnown || m_inventory->snapshot()->instances().empty())
        return;
    m_probed = true;
    QTimer::singleShot(firstProbeDelay, this, [this] {
        m_probes->setInterval(std::chrono::seconds(m_settings.probeIntervalSeconds));
        m_probes->probeAll();
    });
}

void Session::readSettings()
{
    m_inventory->readSettings(this, [this](const Expected<QMap<QString, QString>>& map) {
        takeSettings(map.value_or(QMap<QString, QString>()));
        if (!map)
            Q_EMIT settingsHaveProblems({map.error().text()});
    });
}

void Session::takeSettings(const QMap<QString, QString>& map)
{
    QStringList problems;
    const TeamSettings before = std::exchange(m_settings, TeamSettings::fromMap(map, &problems));
    m_settingsKnown = true;
    // Also where nothing of it changed: the key's secret may have been typed in meanwhile.
    useDns();
    makePlanners();
    if (before.sshUser != m_settings.sshUser || before.sshPort != m_settings.sshPort || before.sshByServer != m_settings.sshByServer)
        m_probed = false;
    if (m_probed)
        m_probes->setInterval(std::chrono::seconds(m_settings.probeIntervalSeconds));
    probeOnce();
    Q_EMIT settingsChanged();
    if (!problems.isEmpty())
        Q_EMIT settingsHaveProblems(problems);
}

// Names can be read at once; they can be changed as soon as the keychain has given the key.
void Session::useDns()
{
    const TeamDns team = m_settings.dns;
    if (!m_makeDns || !team.isSetUp()) {
        m_dns->use(nullptr);
        return;
    }
    DnsAccess access{.zone = team.zone, .server = team.server, .port = team.port, .unsignedUpdates = team.unsignedUpdates};
    m_dns->use(m_makeDns(access));
    if (team.keyName.isEmpty())
        return;
    const auto sign = [](DnsAccess with, const TeamDns& by, const QByteArray& secret) {
        with.key = TsigKey{.name = by.keyName, .algorithm = by.keyAlgorithm, .secret = QByteArray::fromBase64(secret)};
        return with;
    };
    if (const auto typed = m_typedSecrets.constFind(team.secretName()); typed != m_typedSecrets.constEnd()) {
        m_dns->use(m_makeDns(sign(access, team, *typed)));
        return;
    }
    if (!m_secrets)
        return;
    m_secrets->read(team.secretName(), [self = QPointer(this), access, team, sign](const Expected<QByteArray>& secret) {
        if (!self || self->m_settings.dns != team || self->m_typedSecrets.contains(team.secretName()))
            return;
        if (!secret) {
            self->m_dns->use(self->m_makeDns(access), secret.error());
            return;
        }
        self->m_dns->use(self->m_makeDns(sign(access, team, *secret)));
    });
}

void Session::readNames(const std::vector<HerdId>& herds)
{
    if (m_dns->isSetUp())
        m_names->read(herds);
}

void Session::keepSecret(const TeamSettings& settings, const QByteArray& secret)
{
    m_typedSecrets.insert(settings.dns.secretName(), secret);
    if (!m_secrets)
        return;
    m_secrets->write(settings.dns.secretName(), secret, [self = QPointer(this)](SecretVault::Kept kept, const Error& why) {
        if (self && kept == SecretVault::Kept::ThisSession)
            Q_EMIT self->secretNotKept(why);
    });
}

void Session::makePlanners()
{
    m_planning->setPlanner(makePlanner());
    m_planning->setAgainPlanner(makeAgainPlanner());
}

CommandTemplates Session::commandTemplates() const
{
    return CommandTemplates(m_settings.commands.isEmpty() ? commandPresets().front().commands : m_settings.commands);
}

ReplicationOptions Session::replicationOptions() const
{
    ReplicationOptions options;
    options.protectedEnvironments = {m_settings.protectedEnvironments.begin(), m_settings.protectedEnvironments.end()};
    options.upstreamHost = m_settings.upstreamHost;
    return options;
}

// Holds copies of what the team wants: it runs on other threads.
PlanningService::Planner Session::makePlanner() const
{
    const ReplicationOptions options = replicationOptions();
    return [surveyor = m_surveyor, clock = m_clock, templates = commandTemplates(), settings = m_settings, dns = m_dns, options](
               const ReplicationRequest& request, const InventoryPtr& inventory, const QUuid& id, const std::stop_token& stop,
               const PlanningService::Tell& tell) {
        const InventoryPtr versions = withAssumedVersions(inventory, request);
        const PlanningTools tools{.surveyor = *surveyor,
            .build = [&](const QString& name, InstanceId instance) { return templates.build(name, *versions, instance); },
            .resolve = [&settings](const Server& server) { return targetFor(settings, server); },
            .clock = *clock,
            .options = options,
            .progress = tell,
            .dns = dns->isSetUp() ? dns.get() : nullptr};
        return planReplication(request, *inventory, tools, id, stop);
    };
}

PlanningService::AgainPlanner Session::makeAgainPlanner() const
{
    const ReplicationOptions options = replicationOptions();
    return [surveyor = m_surveyor, clock = m_clock, journal = m_journal, executor = m_executor, settings = m_settings, dns = m_dns, options](
               const OperationRecord& record, Way way, const InventoryPtr& inventory, const QUuid& id, const std::stop_token& stop,
               const PlanningService::Tell& tell) -> Expected<Plan> {
        const auto later = journal->later(record.id);
        if (!later)
            return fail(later.error());
        const PlanningTools tools{.surveyor = *surveyor,
            .build = {}, // the steps have their commands
            .resolve = [&settings](const Server& server) { return targetFor(settings, server); },
            .clock = *clock,
            .options = options,
            .progress = tell,
            .dns = dns->isSetUp() ? dns.get() : nullptr};
        return planAgain(record, way, supersededBy(record, *later), *inventory, tools, *executor, id, stop);
    };
}

Expected<Plan> Session::planLifecycle(LifecycleKind kind, const std::vector<InstanceId>& instances, std::optional<QUuid> sameId) const
{
    const InventoryPtr snapshot = m_inventory->snapshot();
    const CommandTemplates templates = commandTemplates();
    LifecycleOptions options;
    for (const QString& name : m_settings.protectedEnvironments)
        options.protectedEnvironments.insert(name);
    Expected<Plan> plan = elephaas::planLifecycle(
        kind, *snapshot, instances,
        [&](const QString& name, InstanceId instance) { return templates.build(name, *snapshot, instance); },
        [this](const Server& server) { return targetOf(server); }, options, m_clock->now());
    if (plan && sameId)
        plan->id = *sameId;
    return plan;
}

RemoteTarget Session::targetOf(const Server& server) const
{
    return targetFor(m_settings, server);
}

} // namespace elephaas
