#include "app/session.h"

#include "models/operations/portexecutor.h"
#include "models/operations/shellprober.h"
#include "models/postgres/commandpresets.h"
#include "models/postgres/stateupdates.h"

#include <QSettings>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

const QString localGroup = u"team"_s;

QMap<QString, QString> localMap(QSettings* settings)
{
    QMap<QString, QString> map;
    if (!settings)
        return map;
    settings->beginGroup(localGroup);
    const QStringList keys = settings->allKeys();
    for (const QString& key : keys)
        map.insert(key, settings->value(key).toString());
    settings->endGroup();
    return map;
}

} // namespace

Session::Session(Ports ports, Options options, QSettings* local, QObject* parent)
    : QObject(parent)
    , m_clock(ports.clock)
    , m_local(local)
{
    options.inventory.stateUpdates = [](const Inventory& inventory, std::span<const ObservationPtr> seen) {
        return stateUpdates(inventory, seen);
    };
    m_inventory = std::make_unique<InventoryService>(
        std::move(ports.store), std::move(ports.offlineCopy), m_clock, options.inventory);
    m_probes = std::make_unique<ProbeService>(ports.shell, *m_inventory, m_clock, options.probes);
    m_probes->setTargetResolver([this](const Server& server) { return targetOf(server); });
    auto executor = std::make_shared<PortExecutor>(
        ports.shell, std::make_shared<ShellProber>(ports.shell, m_clock), m_clock, PortExecutor::Options());
    m_operations = std::make_unique<OperationService>(std::move(executor), std::move(ports.journal), *m_inventory, m_probes.get(), m_clock,
        OperationService::Options{.operatorName = options.operatorName, .clientHost = options.clientHost});
    connect(m_inventory.get(), &InventoryService::statusChanged, this, &Session::followInventory);
    connect(m_inventory.get(), &InventoryService::snapshotChanged, this, &Session::probeOnce);
}

Session::~Session()
{
    // What runs may still report to the inventory: it goes last.
    m_operations.reset();
    m_probes.reset();
}

void Session::start() { m_inventory->start(); }

void Session::followInventory()
{
    const bool live = m_inventory->status().connection == InventoryService::Connection::Live;
    if (live && !m_live)
        readSettings();
    m_live = live;
}

// The first data that is shown is probed at once, be it the offline copy: what is true does not wait for the inventory.
void Session::probeOnce()
{
    if (m_probed || m_inventory->snapshot()->instances().empty())
        return;
    m_probed = true;
    m_probes->probeAll();
}

bool Session::settingsAreShared() const { return m_inventory->status().info.privileges.useConsoleTables; }

void Session::readSettings()
{
    m_inventory->readSettings(this, [this](const Expected<QMap<QString, QString>>& map) {
        if (map && !map->isEmpty())
            takeSettings(*map);
        else
            takeSettings(localMap(m_local));
    });
}

void Session::takeSettings(const QMap<QString, QString>& map)
{
    QStringList problems;
    m_settings = TeamSettings::fromMap(map, &problems);
    m_probes->setInterval(std::chrono::seconds(m_settings.probeIntervalSeconds));
    Q_EMIT settingsChanged();
    if (!problems.isEmpty())
        Q_EMIT settingsHaveProblems(problems);
}

CommandTemplates Session::commandTemplates() const
{
    return CommandTemplates(m_settings.commands.isEmpty() ? commandPresets().front().commands : m_settings.commands);
}

void Session::saveSettings(const TeamSettings& settings, QObject* context, std::function<void(Expected<void>)> done)
{
    const QMap<QString, QString> map = settings.toMap();
    if (!settingsAreShared() && m_local) {
        m_local->remove(localGroup);
        m_local->beginGroup(localGroup);
        for (auto it = map.constBegin(); it != map.constEnd(); ++it)
            m_local->setValue(it.key(), it.value());
        m_local->endGroup();
        m_local->sync();
        if (m_local->status() != QSettings::NoError) {
            done(fail({ErrorKind::Storage, tr("The settings file cannot be written."), m_local->fileName()}));
            return;
        }
        takeSettings(map);
        done({});
        return;
    }
    QMap<QString, QString> changes = settings.changesFrom(m_settings);
    // What was never stored is a default that differs from nothing: write all of it, so that a newer program's defaults do not sneak in.
    changes.insert(map);
    m_inventory->writeSettings(changes, context, [this, map, done = std::move(done)](const Expected<void>& written) {
        if (written)
            takeSettings(map);
        done(written);
    });
}

Expected<Plan> Session::planLifecycle(LifecycleKind kind, const std::vector<InstanceId>& instances) const
{
    const InventoryPtr snapshot = m_inventory->snapshot();
    const CommandTemplates templates = commandTemplates();
    LifecycleOptions options;
    for (const QString& name : m_settings.protectedEnvironments)
        options.protectedEnvironments.insert(name);
    return elephaas::planLifecycle(
        kind, *snapshot, instances,
        [&](const QString& name, InstanceId instance) { return templates.build(name, *snapshot, instance); },
        [this](const Server& server) { return targetOf(server); }, options, m_clock->now());
}

RemoteTarget Session::targetOf(const Server& server) const
{
    const SshOverride how = m_settings.sshFor(server.hostName);
    return {.host = server.hostName, .user = how.user, .port = how.port};
}

} // namespace elephaas
