#include "models/operations/consequences.h"

#include "models/operations/drain.h"
#include "models/operations/lifecycle.h"

#include <QCoreApplication>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Consequences)
};

constexpr size_t named = 5;

// "trading on db2 (/var/lib/postgresql/15/trading), tools on db3 (/srv/pg) and 2 more"
QString targetsOf(const ReplicationRequest& request, const Inventory& inventory, bool withDirectory)
{
    QStringList names;
    for (const InstanceId id : request.instances) {
        const Instance* instance = inventory.find(id);
        if (!instance)
            continue;
        if (static_cast<size_t>(names.size()) == named)
            break;
        const QString directory = withDirectory ? inventory.dataDirectoryOf(*instance) : QString();
        names << (directory.isEmpty() ? nameOf(inventory, *instance)
                                      //: %1 an instance, %2 its data directory
                                      : Words::tr("%1 (%2)").arg(nameOf(inventory, *instance), directory));
    }
    const auto more = static_cast<int>(request.instances.size()) - static_cast<int>(names.size());
    const QString list = names.join(Words::tr(", ", "between names"));
    return more > 0 ? Words::tr("%1 and %n more", "names of instances", more).arg(list) : list;
}

QString sourceOf(const ReplicationRequest& request, const Inventory& inventory)
{
    const Instance* source = request.upstream ? inventory.find(*request.upstream) : nullptr;
    return source ? nameOf(inventory, *source) : Words::tr("the herd's leader");
}

QString rebuildSentence(const ReplicationRequest& request, const Inventory& inventory)
{
    const QString targets = targetsOf(request, inventory, true);
    const QString source = sourceOf(request, inventory);
    switch (request.method) {
    case RebuildMethod::Automatic:
    case RebuildMethod::Copy:
        return Words::tr("Erases the data of %1: the data of %2 take their place. What only they have is lost. After a copy the old data are kept until the new ones stream.")
            .arg(targets, source);
    case RebuildMethod::Rewind:
        return Words::tr("Takes back what only %1 have: it is lost. Then they follow %2.").arg(targets, source);
    case RebuildMethod::InPlace:
        return Words::tr("Overwrites the data of %1 in place with those of %2. What only they have is lost, and nothing is kept aside.").arg(targets, source);
    }
    Q_UNREACHABLE();
}

} // namespace

QString consequenceOf(const ReplicationRequest& request, const Inventory& inventory)
{
    switch (request.kind) {
    case ReplicationKind::Promote:
        return Words::tr("Makes a primary, which follows nobody and can be written to, of: %1. The rest of the herd and DNS are not touched.")
            .arg(targetsOf(request, inventory, false));
    case ReplicationKind::Demote:
        return Words::tr("Stops %1, and erases what was written there and not at the herd's leader: that is lost. Then it is a replica of the leader.")
            .arg(targetsOf(request, inventory, true));
    case ReplicationKind::Rebuild:
        return rebuildSentence(request, inventory);
    case ReplicationKind::Remaster:
        return Words::tr("Lets %1 follow %2 from now on. No data are erased.").arg(targetsOf(request, inventory, false), sourceOf(request, inventory));
    case ReplicationKind::Initialise:
        return Words::tr("Makes the data directory of %1. Nothing is erased: where a database is found, nothing is done.").arg(targetsOf(request, inventory, true));
    case ReplicationKind::RefreshDns:
        return Words::tr("Lets the virtual host point to the server of the herd's primary, where it does not. No instance is touched: %1.").arg(targetsOf(request, inventory, false));
    case ReplicationKind::Switchover:
        if (!request.drained.empty())
            return Words::tr("Moves the primaries off %1: each is stopped, and these are the primaries instead once they have everything: %2. The others follow them; whether the DNS names move along is among the steps.")
                .arg(serverNames(inventory, request.drained), targetsOf(request, inventory, false));
        if (request.instances.size() > 1)
            return Words::tr("Stops the primary of each herd, and makes these the primaries instead once they have everything: %1. The others follow them; whether the DNS names move along is among the steps.")
                .arg(targetsOf(request, inventory, false));
        return Words::tr("Stops the primary, and makes %1 the primary instead once it has everything. The others follow it; whether the DNS name moves along is among the steps.")
            .arg(targetsOf(request, inventory, false));
    case ReplicationKind::Failover:
        if (request.instances.size() > 1)
            return Words::tr("Makes these the primaries of their herds without the old ones: %1. What they have not received is lost. The others follow them; whether the DNS names move along is among the steps.")
                .arg(targetsOf(request, inventory, false));
        return Words::tr("Makes %1 the primary without the old one: what it has not received is lost. The others follow it; whether the DNS name moves along is among the steps.")
            .arg(targetsOf(request, inventory, false));
    }
    Q_UNREACHABLE();
}

} // namespace elephaas
