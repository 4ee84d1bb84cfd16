#include "models/items/constellationmerge.h"

#include "models/items/texts.h"
#include "models/items/touched.h"

#include <algorithm>

namespace elephaas {

namespace {

// More rows than that are announced as one relaid-out tree: a view looks for the place of each row it is told of.
constexpr size_t maxChangeSignals = 200;

bool comesBefore(const ConstellationNode& a, const QString& name, qint64 id)
{
    // "No environment" is last.
    if (a.kind == ItemKind::Environment && (a.id == 0 || id == 0))
        return id == 0 && a.id != 0;
    if (const int order = compareNatural(a.name, name))
        return order < 0;
    return a.id < id;
}

} // namespace

ConstellationMerge::ConstellationMerge(ConstellationModel& model, Signals how)
    : m_model(model)
    , m_tree(*model.m_tree)
    , m_inventory(*model.m_snapshot)
    , m_emit(how == Signals::Emit)
{
}

void ConstellationMerge::all()
{
    run(allGroups());
}

void ConstellationMerge::touched(const InventoryDifference& difference, const Inventory& before)
{
    std::vector<qint64> groups;
    if (m_model.m_grouping == ConstellationModel::Grouping::ByHerd) {
        for (const HerdId id : touchedHerds(difference, before, m_inventory))
            groups.push_back(id.value);
    } else {
        for (const ServerId id : touchedServers(difference, before, m_inventory))
            groups.push_back(id.value);
        // By server, members are named after their herds.
        for (const HerdId herd : touchedHerds(difference, before, m_inventory)) {
            for (const InstanceId id : m_inventory.instancesOf(herd))
                groups.push_back(m_inventory.find(id)->server.value);
        }
        std::sort(groups.begin(), groups.end());
        groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    }
    run(groups);
}

ConstellationMerge::Group ConstellationMerge::groupOf(qint64 id) const
{
    Group group;
    group.id = id;
    std::optional<EnvironmentId> environment;
    if (m_model.m_grouping == ConstellationModel::Grouping::ByHerd) {
        const Herd* herd = m_inventory.find(HerdId(id));
        group.exists = herd || !m_inventory.instancesOf(HerdId(id)).empty();
        //: Shown for instances whose herd is not in the inventory; %1 is the herd's number.
        group.name = herd ? herd->name : ConstellationModel::tr("(herd %1)").arg(id);
        environment = herd ? herd->environment : std::nullopt;
    } else {
        group.kind = ItemKind::Server;
        const Server* server = m_inventory.find(ServerId(id));
        group.exists = server || !m_inventory.instancesOn(ServerId(id)).empty();
        //: Shown for instances whose server is not in the inventory; %1 is the server's number.
        group.name = server ? server->hostName : ConstellationModel::tr("(server %1)").arg(id);
        environment = server ? server->environment : std::nullopt;
    }
    if (environment && m_inventory.find(*environment))
        group.environment = environment->value;
    return group;
}

std::vector<qint64> ConstellationMerge::allGroups() const
{
    std::vector<qint64> ids = {m_tree.groups.keyBegin(), m_tree.groups.keyEnd()};
    const bool byHerd = m_model.m_grouping == ConstellationModel::Grouping::ByHerd;
    if (byHerd) {
        for (const Herd& herd : m_inventory.herds())
            ids.push_back(herd.id.value);
    } else {
        for (const Server& server : m_inventory.servers())
            ids.push_back(server.id.value);
    }
    for (const Instance& instance : m_inventory.instances())
        ids.push_back(byHerd ? instance.herd.value : instance.server.value);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

void ConstellationMerge::run(const std::vector<qint64>& groups)
{
    placeEnvironments();
    for (const qint64 id : groups) {
        const Group group = groupOf(id);
        if (group.exists)
            m_touchedGroups.push_back(placeGroup(group));
    }
    if (!m_emit)
        sortGroups();
    for (const int node : m_touchedGroups)
        placeMembers(node, m_tree.at(node).id);
    removeLeftovers(groups);
    sumUp();
    removeEmptyEnvironments();
    announce();
}

void ConstellationMerge::placeEnvironments()
{
    for (const Environment& environment : m_inventory.environments()) {
        const auto known = m_tree.environments.constFind(environment.id.value);
        if (known == m_tree.environments.constEnd()) {
            const int node = m_tree.create(ItemKind::Environment, environment.id.value);
            m_tree.at(node).name = environment.name;
            insert(node, ConstellationTree::root, rowFor(ConstellationTree::root, environment.name, environment.id.value, -1));
        } else if (const int node = *known; m_tree.at(node).name != environment.name) {
            move(node, ConstellationTree::root, rowFor(ConstellationTree::root, environment.name, environment.id.value, node));
            m_tree.at(node).name = environment.name;
            m_changedNodes.push_back(node);
        }
    }
}

int ConstellationMerge::environmentNode(qint64 id)
{
    if (const auto known = m_tree.environments.constFind(id); known != m_tree.environments.constEnd())
        return *known;
    Q_ASSERT(id == 0);
    const int node = m_tree.create(ItemKind::Environment, 0);
    insert(node, ConstellationTree::root, static_cast<int>(m_tree.at(ConstellationTree::root).children.size()));
    return node;
}

int ConstellationMerge::placeGroup(const Group& group)
{
    const int environment = environmentNode(group.environment);
    const auto known = m_tree.groups.constFind(group.id);
    if (known == m_tree.groups.constEnd()) {
        const int node = m_tree.create(group.kind, group.id);
        m_tree.at(node).name = group.name;
        insert(node, environment, m_emit ? rowFor(environment, group.name, group.id, -1)
                                         : static_cast<int>(m_tree.at(environment).children.size()));
        return node;
    }
    const int node = *known;
    if (m_tree.at(node).parent != environment || m_tree.at(node).name != group.name) {
        move(node, environment, rowFor(environment, group.name, group.id, node));
        m_tree.at(node).name = group.name;
    }
    m_changedNodes.push_back(node);
    return node;
}

// A silent pass appends; this is what it makes up for.
void ConstellationMerge::sortGroups()
{
    for (const int environment : m_tree.at(ConstellationTree::root).children) {
        auto& groups = m_tree.at(environment).children;
        std::sort(groups.begin(), groups.end(),
            [this](int a, int b) { return comesBefore(m_tree.at(a), m_tree.at(b).name, m_tree.at(b).id); });
        m_tree.renumber(environment);
    }
}

// Top down, so that whatever a member is moved below is in its final place already.
void ConstellationMerge::placeMembers(int groupNode, qint64 groupId)
{
    const bool byHerd = m_model.m_grouping == ConstellationModel::Grouping::ByHerd;
    const auto places = byHerd ? placesInHerd(m_inventory, HerdId(groupId)) : placesOnServer(m_inventory, ServerId(groupId));
    const bool twoPrimaries = byHerd && hasTwoPrimaries(m_inventory, HerdId(groupId));
    std::vector<int> placed;
    QHash<int, int> next; // node -> row for its next child
    placed.reserve(places.size());
    for (const MemberPlace& place : places) {
        const int parent = place.above < 0 ? groupNode : placed[static_cast<size_t>(place.above)];
        const int row = next[parent]++;
        const auto known = m_tree.instances.constFind(place.id.value);
        int node = 0;
        if (known == m_tree.instances.constEnd()) {
            node = m_tree.create(ItemKind::Instance, place.id.value);
            weigh(node, place, twoPrimaries);
            insert(node, parent, row);
        } else {
            node = *known;
            if (m_tree.at(node).parent != parent || m_tree.at(node).row != row)
                move(node, parent, row);
            if (weigh(node, place, twoPrimaries))
                m_changedNodes.push_back(node);
        }
        placed.push_back(node);
    }
}

bool ConstellationMerge::weigh(int node, const MemberPlace& place, bool twoPrimaries)
{
    const Instance& instance = *m_inventory.find(place.id);
    const bool byHerd = m_model.m_grouping == ConstellationModel::Grouping::ByHerd;
    const Assessment state = byHerd ? assess(m_inventory, instance, twoPrimaries, m_model.m_limits)
                                    : assess(m_inventory, instance, m_model.m_limits);
    const Observation* seen = m_inventory.observation(place.id);
    const qint64 seenAt = seen && seen->at.isValid() ? seen->at.toMSecsSinceEpoch() : 0;
    ConstellationNode& member = m_tree.at(node);
    const bool fresh = m_model.freshness(seenAt) == Freshness::Fresh;
    const QString name = m_model.memberName(instance, m_inventory);
    const bool changed = member.state != state || member.oddity != place.oddity || member.seenAt != seenAt || member.fresh != fresh
        || member.name != name;
    member.name = name;
    member.state = state;
    member.oddity = place.oddity;
    member.seenAt = seenAt;
    member.fresh = fresh;
    return changed;
}

void ConstellationMerge::sumUp()
{
    for (const int group : m_touchedGroups) {
        Tally tally;
        std::vector<int> todo = m_tree.at(group).children;
        while (!todo.empty()) {
            const ConstellationNode& member = m_tree.at(todo.back());
            todo.pop_back();
            tally.add(member.state.health);
            todo.insert(todo.end(), member.children.begin(), member.children.end());
        }
        if (tally != m_tree.at(group).tally) {
            m_tree.at(group).tally = tally;
            m_changedNodes.push_back(group);
        }
    }
    for (const int node : m_tree.at(ConstellationTree::root).children) {
        Tally tally;
        for (const int group : m_tree.at(node).children)
            tally.add(m_tree.at(group).tally);
        if (tally != m_tree.at(node).tally) {
            m_tree.at(node).tally = tally;
            m_changedNodes.push_back(node);
        }
    }
}

// Whatever has a place now was moved there, in front of what has none: that is left at the ends.
void ConstellationMerge::removeLeftovers(const std::vector<qint64>& groups)
{
    for (const qint64 id : groups) {
        const auto known = m_tree.groups.constFind(id);
        if (known == m_tree.groups.constEnd())
            continue;
        if (!groupOf(id).exists) {
            removeTail(m_tree.at(*known).parent, -1 - m_tree.at(*known).row);
            continue;
        }
        std::vector<int> todo{*known};
        while (!todo.empty()) {
            const int parent = todo.back();
            todo.pop_back();
            const auto& children = m_tree.at(parent).children;
            const auto gone = std::find_if(children.begin(), children.end(),
                [this](int child) { return !m_inventory.find(InstanceId(m_tree.at(child).id)); });
            Q_ASSERT(std::all_of(gone, children.end(),
                [this](int child) { return !m_inventory.find(InstanceId(m_tree.at(child).id)); }));
            if (gone != children.end())
                removeTail(parent, static_cast<int>(gone - children.begin()));
            const auto& left = m_tree.at(parent).children;
            todo.insert(todo.end(), left.begin(), left.end());
        }
    }
}

void ConstellationMerge::removeEmptyEnvironments()
{
    const std::vector<int> nodes = m_tree.at(ConstellationTree::root).children;
    for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
        const ConstellationNode& node = m_tree.at(*it);
        const bool stays = node.id == 0 ? !node.children.empty() : m_inventory.find(EnvironmentId(node.id)) != nullptr;
        if (!stays)
            removeTail(ConstellationTree::root, -1 - node.row);
    }
}

void ConstellationMerge::announce()
{
    if (!m_emit)
        return;
    std::sort(m_changedNodes.begin(), m_changedNodes.end());
    m_changedNodes.erase(std::unique(m_changedNodes.begin(), m_changedNodes.end()), m_changedNodes.end());
    std::erase_if(m_changedNodes, [this](int node) { return m_tree.at(node).kind == ItemKind::None; });
    if (m_changedNodes.size() > maxChangeSignals) {
        m_model.announceAll();
        return;
    }
    for (const int node : m_changedNodes)
        Q_EMIT m_model.dataChanged(m_model.indexOfNode(node), m_model.indexOfNode(node, ConstellationModel::columns - 1));
}

int ConstellationMerge::rowFor(int parent, const QString& name, qint64 id, int except) const
{
    std::vector<int> siblings = m_tree.at(parent).children;
    std::erase(siblings, except);
    const auto it = std::lower_bound(siblings.begin(), siblings.end(), id,
        [&](int sibling, qint64) { return comesBefore(m_tree.at(sibling), name, id); });
    return static_cast<int>(it - siblings.begin());
}

void ConstellationMerge::insert(int node, int parent, int row)
{
    if (m_emit)
        m_model.beginInsertRows(m_model.indexOfNode(parent), row, row);
    m_tree.attach(node, parent, row);
    if (m_emit)
        m_model.endInsertRows();
}

// `row` is where the node shall be in the end.
void ConstellationMerge::move(int node, int parent, int row)
{
    const int from = m_tree.at(node).parent;
    const int fromRow = m_tree.at(node).row;
    if (from == parent && fromRow == row)
        return;
    const int before = from == parent && row > fromRow ? row + 1 : row;
    if (m_emit) {
        const bool possible
            = m_model.beginMoveRows(m_model.indexOfNode(from), fromRow, fromRow, m_model.indexOfNode(parent), before);
        Q_ASSERT(possible);
    }
    m_tree.detach(node);
    m_tree.attach(node, parent, row);
    if (m_emit)
        m_model.endMoveRows();
}

// From row `from` to the end; a negative one names the single row -1 - from.
void ConstellationMerge::removeTail(int parent, int from)
{
    const bool single = from < 0;
    const int first = single ? -1 - from : from;
    const int last = single ? first : static_cast<int>(m_tree.at(parent).children.size()) - 1;
    if (m_emit)
        m_model.beginRemoveRows(m_model.indexOfNode(parent), first, last);
    for (int row = last; row >= first; --row) {
        const int node = m_tree.at(parent).children[static_cast<size_t>(row)];
        m_tree.detach(node);
        m_tree.destroy(node);
    }
    if (m_emit)
        m_model.endRemoveRows();
}

} // namespace elephaas
