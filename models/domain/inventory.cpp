#include "models/domain/inventory.h"

#include <algorithm>

namespace elephaas {

namespace {

template <class Row>
void sortById(std::vector<Row>& rows)
{
    const auto byId = [](const Row& a, const Row& b) { return a.id < b.id; };
    if (!std::is_sorted(rows.begin(), rows.end(), byId))
        std::stable_sort(rows.begin(), rows.end(), byId);
}

template <class Row, class Key>
const Row* findById(const std::vector<Row>& rows, Key id)
{
    // Numbers from a sequence leave few gaps: mostly a row is where its number says.
    if (rows.empty() || id < rows.front().id)
        return nullptr;
    if (const auto guess = static_cast<size_t>(id.value - rows.front().id.value); guess < rows.size() && rows[guess].id == id)
        return &rows[guess];
    const auto it = std::lower_bound(rows.begin(), rows.end(), id, [](const Row& row, Key key) { return row.id < key; });
    return it != rows.end() && it->id == id ? &*it : nullptr;
}

std::optional<qint64> behind(std::optional<Lsn> ahead, std::optional<Lsn> position)
{
    if (!ahead || !position)
        return std::nullopt;
    return std::max<qint64>(0, *ahead - *position);
}

// A fresh position against an old one would make a lag that never existed: both must have been seen in the
// present round of probes, or neither (then the inventory's own pair of positions counts).
bool comparable(const Observation* upstream, const Observation* replica)
{
    const auto answered = [](const Observation* seen) {
        // One that runs but could not be asked keeps the facts of an earlier round.
        const bool isFresh = !seen->factsAt.isValid() || seen->factsAt == seen->at;
        return isFresh && (seen->liveness == Liveness::Online || seen->liveness == Liveness::Offline);
    };
    if (!upstream && !replica)
        return true;
    return upstream && replica && answered(upstream) && answered(replica);
}

} // namespace

Inventory::Inventory()
    : Inventory(InventoryRows(), Observations(), 0, QDateTime())
{
}

Inventory::Inventory(InventoryRows rows, Observations observations, quint64 revision, QDateTime asOf)
    : m_body(makeBody(std::move(rows)))
    , m_observations(std::move(observations))
    , m_revision(revision)
    , m_asOf(std::move(asOf))
{
}

std::shared_ptr<const Inventory::Body> Inventory::makeBody(InventoryRows rows)
{
    auto body = std::make_shared<Body>();
    body->rows = std::move(rows);
    sortById(body->rows.environments);
    sortById(body->rows.herds);
    sortById(body->rows.servers);
    sortById(body->rows.instances);

    const size_t count = body->rows.instances.size();
    std::vector<std::pair<qint64, InstanceId>> herds;
    std::vector<std::pair<qint64, InstanceId>> servers;
    std::vector<std::pair<qint64, InstanceId>> upstreams;
    herds.reserve(count);
    servers.reserve(count);
    upstreams.reserve(count);
    for (const Instance& instance : body->rows.instances) {
        herds.emplace_back(instance.herd.value, instance.id);
        servers.emplace_back(instance.server.value, instance.id);
        if (instance.upstream)
            upstreams.emplace_back(instance.upstream->value, instance.id);
    }
    body->byHerd = makeIndex(std::move(herds));
    body->byServer = makeIndex(std::move(servers));
    body->byUpstream = makeIndex(std::move(upstreams));
    return body;
}

Inventory::Index Inventory::makeIndex(std::vector<std::pair<qint64, InstanceId>> pairs)
{
    std::sort(pairs.begin(), pairs.end());
    Index index;
    index.keys.reserve(pairs.size());
    index.members.reserve(pairs.size());
    for (const auto& [key, member] : pairs) {
        index.keys.push_back(key);
        index.members.push_back(member);
    }
    return index;
}

std::span<const InstanceId> Inventory::Index::of(qint64 key) const
{
    const auto [from, to] = std::equal_range(keys.begin(), keys.end(), key);
    return std::span(members).subspan(static_cast<size_t>(from - keys.begin()), static_cast<size_t>(to - from));
}

const Environment* Inventory::find(EnvironmentId id) const { return findById(m_body->rows.environments, id); }
const Herd* Inventory::find(HerdId id) const { return findById(m_body->rows.herds, id); }
const Server* Inventory::find(ServerId id) const { return findById(m_body->rows.servers, id); }
const Instance* Inventory::find(InstanceId id) const { return findById(m_body->rows.instances, id); }

const Observation* Inventory::observation(InstanceId id) const
{
    const auto it = m_observations.constFind(id);
    return it == m_observations.constEnd() ? nullptr : it->get();
}

std::span<const InstanceId> Inventory::instancesOf(HerdId id) const { return m_body->byHerd.of(id.value); }
std::span<const InstanceId> Inventory::instancesOn(ServerId id) const { return m_body->byServer.of(id.value); }
std::span<const InstanceId> Inventory::followersOf(InstanceId id) const { return m_body->byUpstream.of(id.value); }

const Instance* Inventory::upstreamOf(const Instance& instance) const
{
    return instance.upstream ? find(*instance.upstream) : nullptr;
}

const Instance* Inventory::leaderOf(HerdId id) const
{
    const Instance* leader = nullptr;
    size_t most = 0;
    for (const InstanceId member : instancesOf(id)) {
        const Instance* instance = find(member);
        if (instance->upstream)
            continue;
        const size_t followers = followersOf(member).size();
        if (!leader || followers > most) {
            leader = instance;
            most = followers;
        }
    }
    return leader;
}

const Environment* Inventory::environmentOf(const Instance& instance) const
{
    const Herd* herd = find(instance.herd);
    return herd && herd->environment ? find(*herd->environment) : nullptr;
}

QString Inventory::dataDirectoryOf(const Instance& instance) const
{
    if (!instance.localDataDirectory.isEmpty())
        return instance.localDataDirectory;
    const Herd* herd = find(instance.herd);
    return herd ? herd->dataDirectory : QString();
}

Liveness Inventory::livenessOf(const Instance& instance) const
{
    if (const Observation* seen = observation(instance.id))
        return seen->liveness;
    if (instance.isOnline)
        return Liveness::Online;
    // A row that never had a version or a position was entered by somebody and seen by nobody: its "not online" is a default.
    const bool everSeen = !instance.version.isEmpty() || instance.walPosition;
    return everSeen ? Liveness::Offline : Liveness::Unknown;
}

Role Inventory::roleOf(const Instance& instance) const
{
    if (const Observation* seen = observation(instance.id); seen && seen->role != Role::Unknown)
        return seen->role;
    return instance.upstream ? Role::Replica : Role::Primary;
}

std::optional<PgVersion> Inventory::versionOf(const Instance& instance) const
{
    if (const Observation* seen = observation(instance.id); seen && seen->version)
        return seen->version;
    return PgVersion::parse(instance.version);
}

std::optional<Lsn> Inventory::positionOf(const Instance& instance) const
{
    if (const Observation* seen = observation(instance.id)) {
        if (const auto position = seen->position())
            return position;
    }
    return instance.walPosition;
}

std::optional<qint64> Inventory::lagBytesOf(const Instance& instance) const
{
    const Instance* upstream = upstreamOf(instance);
    if (!upstream || !comparable(observation(upstream->id), observation(instance.id)))
        return std::nullopt;
    return behind(positionOf(*upstream), positionOf(instance));
}

std::optional<qint64> Inventory::receiveLagBytesOf(const Instance& instance) const
{
    const Instance* upstream = upstreamOf(instance);
    const Observation* seen = observation(instance.id);
    if (!upstream || !seen || !comparable(observation(upstream->id), seen))
        return std::nullopt;
    return behind(positionOf(*upstream), seen->receiveLsn);
}

std::optional<DrPair> Inventory::drPairOf(HerdId id) const
{
    const Instance* leader = leaderOf(id);
    if (!leader)
        return std::nullopt;
    std::optional<DrPair> best;
    for (const InstanceId member : instancesOf(id)) {
        const Instance* replica = find(member);
        if (replica->id == leader->id || !replica->upstream || livenessOf(*replica) != Liveness::Online)
            continue;
        const auto lag = lagBytesOf(*replica);
        // A known lag beats an unknown one; members come by id, so ties keep the lowest.
        const bool better = !best || (lag && (!best->lagBytes || *lag < *best->lagBytes));
        if (better)
            best = DrPair{id, leader->id, replica->id, lag};
    }
    return best;
}

std::vector<DrPair> Inventory::drPairs() const
{
    std::vector<DrPair> pairs;
    for (const Herd& herd : m_body->rows.herds) {
        if (const auto pair = drPairOf(herd.id))
            pairs.push_back(*pair);
    }
    return pairs;
}

InventoryPtr Inventory::withObservations(std::span<const ObservationPtr> changed, quint64 revision) const
{
    auto next = std::make_shared<Inventory>(*this);
    next->m_revision = revision;
    for (const ObservationPtr& seen : changed)
        next->m_observations.insert(seen->instance, seen);
    return next;
}

std::optional<Lsn> Observation::position() const
{
    switch (role) {
    case Role::Replica:
    case Role::Detached:
        return replayLsn ? replayLsn : currentLsn;
    case Role::Primary:
    case Role::Unknown:
        return currentLsn ? currentLsn : replayLsn;
    }
    return std::nullopt;
}

} // namespace elephaas
