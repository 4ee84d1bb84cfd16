#include "views/subject.h"

#include "models/domain/visibletext.h"
#include "views/actions.h"
#include "views/replicationreasons.h"

#include <QCoreApplication>

#include <algorithm>

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Subject)
};

template <class Key>
bool exists(const Inventory& inventory, qint64 id)
{
    return inventory.find(Key(id)) != nullptr;
}

bool isThere(const Inventory& inventory, ItemKind kind, qint64 id)
{
    switch (kind) {
    case ItemKind::None:
        return false;
    case ItemKind::Environment:
        return exists<EnvironmentId>(inventory, id);
    case ItemKind::Herd:
    case ItemKind::DrPair:
        return exists<HerdId>(inventory, id);
    case ItemKind::Server:
        return exists<ServerId>(inventory, id);
    case ItemKind::Instance:
        return exists<InstanceId>(inventory, id);
    }
    Q_UNREACHABLE();
}

QString whyNotLifecycle(const Inventory& inventory, const Subject& subject, const Circumstances& circumstances)
{
    if (!circumstances.whyNotRunnable.isEmpty())
        return circumstances.whyNotRunnable;
    if (subject.isEmpty())
        return Words::tr("Nothing is selected: choose instances, herds or servers first.");
    if (subject.kind == ItemKind::DrPair)
        return Words::tr("A DR pair is not started or stopped as one: choose its instances or its herd.");
    if (subject.instances.empty())
        return Words::tr("No instance belongs to what is selected.");
    for (const InstanceId id : subject.instances) {
        if (circumstances.busy.contains(id))
            return Words::tr("An operation is running on %1.").arg(instanceName(inventory, id));
    }
    return {};
}

QString whyNotEdit(const Subject& subject, const Circumstances& circumstances, bool several)
{
    if (!circumstances.whyNotEditable.isEmpty())
        return circumstances.whyNotEditable;
    if (subject.isEmpty())
        return Words::tr("Nothing is selected.");
    if (subject.kind == ItemKind::DrPair)
        return Words::tr("A DR pair is computed from its herd: edit the herd or its instances.");
    if (!several && subject.ids.size() > 1)
        return Words::tr("Only one row can be edited at a time.");
    return {};
}

} // namespace

std::vector<InstanceId> instancesOf(const Inventory& inventory, ItemKind kind, qint64 id)
{
    const auto copy = [](std::span<const InstanceId> ids) { return std::vector<InstanceId>(ids.begin(), ids.end()); };
    switch (kind) {
    case ItemKind::None:
        return {};
    case ItemKind::Environment: {
        std::vector<InstanceId> all;
        for (const Herd& herd : inventory.herds()) {
            if (herd.environment == EnvironmentId(id)) {
                const auto members = inventory.instancesOf(herd.id);
                all.insert(all.end(), members.begin(), members.end());
            }
        }
        return all;
    }
    case ItemKind::Herd:
        return copy(inventory.instancesOf(HerdId(id)));
    case ItemKind::Server:
        return copy(inventory.instancesOn(ServerId(id)));
    case ItemKind::Instance:
        return {InstanceId(id)};
    case ItemKind::DrPair:
        // Both partners are members of the herd; the rest of it helps to tell who leads.
        return copy(inventory.instancesOf(HerdId(id)));
    }
    Q_UNREACHABLE();
}

Subject makeSubject(const Inventory& inventory, ItemKind kind, const std::vector<qint64>& ids, bool fromTree)
{
    Subject subject{.kind = kind, .fromTree = fromTree};
    QSet<InstanceId> seen;
    for (const qint64 id : ids) {
        if (!isThere(inventory, kind, id))
            continue;
        subject.ids.push_back(id);
        for (const InstanceId instance : instancesOf(inventory, kind, id)) {
            if (seen.contains(instance))
                continue;
            seen.insert(instance);
            subject.instances.push_back(instance);
        }
    }
    if (subject.ids.empty())
        subject.kind = ItemKind::None;
    return subject;
}

QString instanceName(const Inventory& inventory, InstanceId id)
{
    const Instance* instance = inventory.find(id);
    if (!instance)
        return Words::tr("instance %1").arg(id.value);
    const Herd* herd = inventory.find(instance->herd);
    const Server* server = inventory.find(instance->server);
    return Words::tr("%1 on %2", "herd, host")
        .arg(herd ? visibleLine(herd->name) : Words::tr("missing herd %1").arg(instance->herd.value),
            server ? visibleLine(server->hostName) : Words::tr("missing server %1").arg(instance->server.value));
}

QString subjectName(const Inventory& inventory, const Subject& subject)
{
    const int n = static_cast<int>(subject.ids.size());
    if (n == 0)
        return {};
    const qint64 id = subject.ids.front();
    switch (subject.kind) {
    case ItemKind::None:
        return {};
    case ItemKind::Environment:
        return n > 1 ? Words::tr("%n environments", nullptr, n)
                     : Words::tr("environment %1").arg(visibleLine(inventory.find(EnvironmentId(id))->name));
    case ItemKind::Herd:
        return n > 1 ? Words::tr("%n herds", nullptr, n) : Words::tr("herd %1").arg(visibleLine(inventory.find(HerdId(id))->name));
    case ItemKind::Server:
        return n > 1 ? Words::tr("%n servers", nullptr, n)
                     : Words::tr("server %1").arg(visibleLine(inventory.find(ServerId(id))->hostName));
    case ItemKind::Instance:
        return n > 1 ? Words::tr("%n instances", nullptr, n) : instanceName(inventory, InstanceId(id));
    case ItemKind::DrPair:
        return n > 1 ? Words::tr("%n DR pairs", nullptr, n)
                     : Words::tr("DR pair of %1").arg(visibleLine(inventory.find(HerdId(id))->name));
    }
    Q_UNREACHABLE();
}

QString whyNotAvailable(ActionId action, const Inventory& inventory, const Subject& subject, const Circumstances& circumstances)
{
    switch (action) {
    case ActionId::Start:
    case ActionId::Stop:
    case ActionId::Restart:
    case ActionId::Reload:
        return whyNotLifecycle(inventory, subject, circumstances);
    case ActionId::Promote:
        return whyNotReplication(ReplicationKind::Promote, inventory, subject, circumstances);
    case ActionId::Demote:
        return whyNotReplication(ReplicationKind::Demote, inventory, subject, circumstances);
    case ActionId::Rebuild:
        return whyNotReplication(ReplicationKind::Rebuild, inventory, subject, circumstances);
    case ActionId::Remaster:
        return whyNotReplication(ReplicationKind::Remaster, inventory, subject, circumstances);
    case ActionId::Initialise:
        return whyNotReplication(ReplicationKind::Initialise, inventory, subject, circumstances);
    case ActionId::Switchover:
        return whyNotReplication(ReplicationKind::Switchover, inventory, subject, circumstances);
    case ActionId::Failover:
        return whyNotReplication(ReplicationKind::Failover, inventory, subject, circumstances);
    case ActionId::Drain:
        return whyNotDrain(inventory, subject, circumstances);
    case ActionId::RefreshDns:
        return whyNotReplication(ReplicationKind::RefreshDns, inventory, subject, circumstances);
    case ActionId::RefreshSelection:
        if (subject.isEmpty())
            return Words::tr("Nothing is selected.");
        return subject.instances.empty() ? Words::tr("No instance belongs to what is selected.") : QString();
    case ActionId::AddHerd:
    case ActionId::AddServer:
    case ActionId::AddEnvironment:
    case ActionId::Import:
        return circumstances.whyNotEditable;
    case ActionId::AddInstance:
        if (!circumstances.whyNotEditable.isEmpty())
            return circumstances.whyNotEditable;
        if (inventory.herds().empty())
            return Words::tr("An instance is a member of a herd: add a herd first.");
        return inventory.servers().empty() ? Words::tr("An instance lives on a server: add a server first.") : QString();
    case ActionId::EditEntity:
        return whyNotEdit(subject, circumstances, false);
    case ActionId::Delete:
        return whyNotEdit(subject, circumstances, true);
    case ActionId::OperationDetails:
        return circumstances.hasOperation ? QString() : Words::tr("No operation is chosen.");
    case ActionId::CancelOperation:
        if (!circumstances.hasOperation)
            return Words::tr("No operation is chosen.");
        return circumstances.operationRuns ? QString() : Words::tr("The operation has ended.");
    case ActionId::Copy:
    case ActionId::CopyCsv:
    case ActionId::SelectAll:
        return circumstances.hasRows ? QString() : Words::tr("The table is empty.");
    case ActionId::ClearFilter:
        return circumstances.hasFilter ? QString() : Words::tr("Nothing is filtered.");
    case ActionId::SortByColumn:
    case ActionId::AddSortColumn:
        return circumstances.hasCell ? QString() : Words::tr("No cell is current: go into the table first.");
    case ActionId::RefreshAll:
    case ActionId::Export:
    case ActionId::Preferences:
    case ActionId::Quit:
    case ActionId::Columns:
    case ActionId::PageInstances:
    case ActionId::PageHerds:
    case ActionId::PageServers:
    case ActionId::PageEnvironments:
    case ActionId::PageDrPairs:
    case ActionId::PageOperations:
    case ActionId::FocusFilter:
    case ActionId::ToggleProblems:
    case ActionId::TogglePrimaries:
    case ActionId::ToggleReplicas:
    case ActionId::ToggleLagging:
    case ActionId::GroupByHerd:
    case ActionId::GroupByServer:
    case ActionId::ShowTree:
    case ActionId::ShowDetails:
    case ActionId::ShowOperations:
    case ActionId::NextPane:
    case ActionId::PreviousPane:
    case ActionId::Help:
    case ActionId::Shortcuts:
    case ActionId::About:
        return {};
    }
    Q_UNREACHABLE();
}

} // namespace elephaas
