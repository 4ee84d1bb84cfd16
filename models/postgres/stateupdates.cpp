#include "models/postgres/stateupdates.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int defaultPort = 5432;

bool isAddress(const QString& host)
{
    return host.contains(u':')
        || (!host.isEmpty() && std::all_of(host.begin(), host.end(), [](QChar c) { return c.isDigit() || c == u'.'; }));
}

QString folded(const QString& host)
{
    QString name = host.trimmed().toCaseFolded();
    while (name.endsWith(u'.'))
        name.chop(1);
    return name;
}

bool isSameHost(const QString& a, const QString& b)
{
    const QString one = folded(a);
    const QString two = folded(b);
    if (one.isEmpty() || two.isEmpty())
        return false;
    if (one == two)
        return true;
    const bool oneIsShort = !one.contains(u'.');
    const bool twoIsShort = !two.contains(u'.');
    return oneIsShort != twoIsShort && !isAddress(one) && !isAddress(two) && one.section(u'.', 0, 0) == two.section(u'.', 0, 0);
}

bool contradicts(const std::optional<quint64>& a, const std::optional<quint64>& b) { return a && b && *a != *b; }

// How the older application names a standby's connection, and how administrators do.
bool namesFollower(const Follower& follower, const QString& hostName, const Herd& herd)
{
    const QString herdPrefix = herd.name + u'_';
    const QString& name = follower.applicationName;
    return isSameHost(name, hostName)
        || (name.startsWith(herdPrefix, Qt::CaseInsensitive) && isSameHost(name.sliced(herdPrefix.size()), hostName));
}

// The other members of the herd for which `fits`; with two of a name, a fit proves nothing.
template <class Predicate>
std::optional<InstanceId> onlyMember(const Inventory& inventory, const Instance& instance, Predicate fits)
{
    std::optional<InstanceId> only;
    for (const InstanceId member : inventory.instancesOf(instance.herd)) {
        if (member == instance.id || !fits(*inventory.find(member)))
            continue;
        if (only)
            return std::nullopt;
        only = member;
    }
    return only;
}

std::optional<InstanceId> memberOnHost(const Inventory& inventory, const Instance& instance, const QString& host)
{
    return onlyMember(inventory, instance, [&](const Instance& member) {
        const Server* server = inventory.find(member.server);
        return server && isSameHost(server->hostName, host);
    });
}

std::optional<InstanceId> memberSeenAsPrimary(const Inventory& inventory, const Instance& instance, const Observation& seen)
{
    return onlyMember(inventory, instance, [&](const Instance& member) {
        const Observation* other = inventory.observation(member.id);
        return other && other->liveness == Liveness::Online && other->acceptsConnections && other->role == Role::Primary
            && !contradicts(other->systemIdentifier, seen.systemIdentifier);
    });
}

std::optional<InstanceId> memberThatSees(const Inventory& inventory, const Instance& instance, const Observation& seen, const Herd& herd)
{
    const Server* own = inventory.find(instance.server);
    if (!own)
        return std::nullopt;
    return onlyMember(inventory, instance, [&](const Instance& member) {
        const Observation* other = inventory.observation(member.id);
        return other && other->liveness == Liveness::Online && !contradicts(other->systemIdentifier, seen.systemIdentifier)
            && std::any_of(other->followers.begin(), other->followers.end(),
                [&](const Follower& follower) { return namesFollower(follower, own->hostName, herd); });
    });
}

} // namespace

std::optional<std::optional<InstanceId>> resolveUpstream(const Inventory& inventory, const Observation& seen)
{
    const Instance* instance = inventory.find(seen.instance);
    const Herd* herd = instance ? inventory.find(instance->herd) : nullptr;
    const bool fresh = seen.factsAt.isValid() && seen.factsAt == seen.at;
    if (!herd || !fresh || seen.liveness != Liveness::Online)
        return std::nullopt;
    if (seen.role == Role::Primary)
        return std::optional<InstanceId>();
    if (seen.role != Role::Replica || seen.upstreamPort.value_or(defaultPort) != herd->port)
        return std::nullopt;

    std::optional<InstanceId> upstream = memberOnHost(inventory, *instance, seen.upstreamHost);
    if (!upstream && isSameHost(herd->virtualHost, seen.upstreamHost))
        upstream = memberSeenAsPrimary(inventory, *instance, seen);
    if (!upstream && isAddress(seen.upstreamHost))
        upstream = memberThatSees(inventory, *instance, seen, *herd);
    if (!upstream)
        return std::nullopt;
    return upstream;
}

std::vector<InstanceStateUpdate> stateUpdates(const Inventory& inventory, std::span<const ObservationPtr> observed)
{
    std::vector<InstanceStateUpdate> updates;
    updates.reserve(observed.size());
    for (const ObservationPtr& seen : observed) {
        const Instance* row = inventory.find(seen->instance);
        if (!row)
            continue;
        InstanceStateUpdate update;
        update.instance = row->id;
        update.observation = seen;
        const bool online = seen->liveness == Liveness::Online;
        if ((online || seen->liveness == Liveness::Offline) && row->isOnline != online)
            update.isOnline = online;
        if (seen->factsAt.isValid() && seen->factsAt == seen->at) {
            const auto position = seen->position();
            if (position && row->walPosition != position)
                update.walPosition = position;
            // A stopped instance tells its major version only: better than nothing, worse than what is there.
            const QString version = !seen->version ? QString()
                : online                           ? seen->version->toString()
                : row->version.isEmpty()           ? seen->version->major()
                                                   : QString();
            if (!version.isEmpty() && version != row->version)
                update.version = version;
            const auto upstream = resolveUpstream(inventory, *seen);
            if (upstream && *upstream != row->upstream)
                update.upstream = *upstream;
        }
        updates.push_back(std::move(update));
    }
    return updates;
}

} // namespace elephaas
