#include "models/items/constellationmodel.h"

#include "models/items/cells.h"
#include "models/items/constellationmerge.h"
#include "models/items/constellationtree.h"

#include <QLocale>

namespace elephaas {

namespace {

constexpr size_t maxTickSignals = 200;

} // namespace

ConstellationModel::ConstellationModel(std::shared_ptr<const Clock> clock, QObject* parent)
    : QAbstractItemModel(parent)
    , m_clock(std::move(clock))
    , m_snapshot(std::make_shared<const Inventory>())
    , m_nowMs(m_clock->now().toMSecsSinceEpoch())
    , m_tree(std::make_unique<ConstellationTree>())
{
}

ConstellationModel::~ConstellationModel() = default;

void ConstellationModel::apply(const InventoryPtr& snapshot, const DifferencePtr& difference)
{
    const InventoryPtr before = std::exchange(m_snapshot, snapshot);
    const size_t rows = std::max(before->instances().size(), snapshot->instances().size());
    const bool other = difference
        && (difference->instances.added.size() + difference->instances.removed.size()) * 2 > rows
        && !snapshot->instances().empty();
    if (m_tree->groups.isEmpty() || other) {
        rebuild();
        return;
    }
    ConstellationMerge merge(*this, ConstellationMerge::Signals::Emit);
    if (difference)
        merge.touched(*difference, *before);
    else
        merge.all();
}

void ConstellationModel::rebuild()
{
    beginResetModel();
    *m_tree = ConstellationTree();
    ConstellationMerge(*this, ConstellationMerge::Signals::Silent).all();
    endResetModel();
}

void ConstellationModel::setGrouping(Grouping grouping)
{
    if (grouping == m_grouping)
        return;
    m_grouping = grouping;
    rebuild();
}

void ConstellationModel::setLimits(const ItemLimits& limits)
{
    if (limits == m_limits)
        return;
    m_limits = limits;
    ConstellationMerge(*this, ConstellationMerge::Signals::Emit).all();
}

void ConstellationModel::retranslate()
{
    rebuild();
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columns - 1);
}

void ConstellationModel::tick()
{
    m_nowMs = m_clock->now().toMSecsSinceEpoch();
    std::vector<int> changed;
    for (const int node : std::as_const(m_tree->instances)) {
        ConstellationNode& member = m_tree->at(node);
        const bool fresh = freshness(member.seenAt) == Freshness::Fresh;
        if (fresh != member.fresh) {
            member.fresh = fresh;
            changed.push_back(node);
        }
    }
    if (changed.size() > maxTickSignals) {
        announceAll();
        return;
    }
    const QList<int> roles{Qt::ToolTipRole, Qt::AccessibleTextRole, Qt::AccessibleDescriptionRole, FreshnessRole};
    for (const int node : changed)
        Q_EMIT dataChanged(indexOfNode(node), indexOfNode(node, columns - 1), roles);
}

// Too much changed to name each row: views lay out and paint anew; rows, selection and expansion stay.
void ConstellationModel::announceAll()
{
    Q_EMIT layoutAboutToBeChanged();
    Q_EMIT layoutChanged();
}

Freshness ConstellationModel::freshness(qint64 at) const
{
    const qint64 limit = std::chrono::milliseconds(m_limits.freshFor).count();
    return at > 0 && m_nowMs - at <= limit ? Freshness::Fresh : Freshness::Stale;
}

QString ConstellationModel::memberName(const Instance& instance, const Inventory& inventory) const
{
    if (m_grouping == Grouping::ByHerd) {
        const Server* server = inventory.find(instance.server);
        return server ? server->hostName : tr("(server %1)").arg(instance.server.value);
    }
    const Herd* herd = inventory.find(instance.herd);
    return herd ? herd->name : tr("(herd %1)").arg(instance.herd.value);
}

QModelIndex ConstellationModel::indexOf(ItemKind kind, qint64 id) const
{
    const bool shown = kind == ItemKind::Environment || kind == ItemKind::Instance
        || kind == (m_grouping == Grouping::ByHerd ? ItemKind::Herd : ItemKind::Server);
    if (!shown)
        return {};
    const auto& known = std::as_const(*m_tree).registryOf(kind);
    const auto it = known.constFind(id);
    return it == known.constEnd() ? QModelIndex() : indexOfNode(*it);
}

std::vector<InstanceId> ConstellationModel::instancesBelow(const QModelIndex& index) const
{
    std::vector<InstanceId> ids;
    std::vector<int> todo{nodeAt(index)};
    while (!todo.empty()) {
        const ConstellationNode& node = m_tree->at(todo.back());
        todo.pop_back();
        if (node.kind == ItemKind::Instance)
            ids.emplace_back(node.id);
        todo.insert(todo.end(), node.children.rbegin(), node.children.rend());
    }
    return ids;
}

QModelIndex ConstellationModel::indexOfNode(int node, int column) const
{
    return node == ConstellationTree::root ? QModelIndex()
                                           : createIndex(m_tree->at(node).row, column, static_cast<quintptr>(node));
}

int ConstellationModel::nodeAt(const QModelIndex& index) const
{
    if (!index.isValid() || index.internalId() >= m_tree->nodes.size())
        return ConstellationTree::root;
    return static_cast<int>(index.internalId());
}

QModelIndex ConstellationModel::index(int row, int column, const QModelIndex& parent) const
{
    if (row < 0 || column < 0 || column >= columns || parent.column() > 0)
        return {};
    const auto& children = m_tree->at(nodeAt(parent)).children;
    if (static_cast<size_t>(row) >= children.size())
        return {};
    return createIndex(row, column, static_cast<quintptr>(children[static_cast<size_t>(row)]));
}

QModelIndex ConstellationModel::parent(const QModelIndex& child) const
{
    const int node = nodeAt(child);
    const int above = m_tree->at(node).parent;
    return node == ConstellationTree::root || above < 0 ? QModelIndex() : indexOfNode(above);
}

int ConstellationModel::rowCount(const QModelIndex& parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(m_tree->at(nodeAt(parent)).children.size());
}

int ConstellationModel::columnCount(const QModelIndex& /*parent*/) const
{
    return columns;
}

bool ConstellationModel::hasChildren(const QModelIndex& parent) const
{
    return rowCount(parent) > 0;
}

QVariant ConstellationModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columns
        || (role != Qt::DisplayRole && role != Qt::AccessibleTextRole))
        return {};
    switch (static_cast<Column>(section)) {
    case Column::Name:
        return m_grouping == Grouping::ByHerd ? tr("Herds") : tr("Servers");
    case Column::Detail:
        //: Column of the tree: number of instances, port, role or MB lag.
        return tr("Detail");
    case Column::State:
        return tr("State");
    }
    return {};
}

QVariant ConstellationModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int node = nodeAt(index);
    const auto column = static_cast<Column>(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return display(node, column);
    case Qt::TextAlignmentRole:
        return column == Column::Detail ? alignRight() : QVariant();
    case Qt::ToolTipRole:
        return plainToolTip(explanation(node));
    case Qt::AccessibleTextRole:
        return accessibleText(node, column);
    case Qt::AccessibleDescriptionRole:
        return explanation(node);
    default:
        return m_tree->at(node).kind == ItemKind::Instance ? instanceData(node, role) : entityData(node, role);
    }
}

// Of environments and groups.
QVariant ConstellationModel::entityData(int node, int role) const
{
    const ConstellationNode& n = m_tree->at(node);
    const ConstellationNode& environment = n.kind == ItemKind::Environment ? n : m_tree->at(n.parent);
    switch (role) {
    case SortRole:
        return n.name;
    case IdRole:
        return n.id;
    case KindRole:
        return QVariant::fromValue(n.kind);
    case HerdIdRole:
        return n.kind == ItemKind::Herd ? QVariant(n.id) : QVariant();
    case ServerIdRole:
        return n.kind == ItemKind::Server ? QVariant(n.id) : QVariant();
    case EnvironmentIdRole:
        return environment.id;
    case EnvironmentNameRole:
        return environment.name;
    case FreshnessRole:
        return QVariant::fromValue(Freshness::Fresh);
    case HealthRole:
        return QVariant::fromValue(n.tally.worst);
    case ProblemRole:
        return isProblem(n.tally.worst);
    case CountRole:
        return n.tally.count;
    case ProblemCountRole:
        return n.tally.problems;
    case WorstCountRole:
        return n.tally.of(n.tally.worst);
    default:
        return {};
    }
}

QVariant ConstellationModel::instanceData(int node, int role) const
{
    const ConstellationNode& n = m_tree->at(node);
    const Instance* row = m_snapshot->find(InstanceId(n.id));
    switch (role) {
    case SortRole:
        return n.name;
    case IdRole:
        return n.id;
    case KindRole:
        return QVariant::fromValue(ItemKind::Instance);
    case HerdIdRole:
        return row ? QVariant(row->herd.value) : QVariant();
    case ServerIdRole:
        return row ? QVariant(row->server.value) : QVariant();
    case EnvironmentIdRole:
    case EnvironmentNameRole: {
        const Environment* environment = row ? m_snapshot->environmentOf(*row) : nullptr;
        if (role == EnvironmentNameRole)
            return environment ? environment->name : QString();
        return environment ? environment->id.value : qint64(0);
    }
    case LivenessRole:
        return QVariant::fromValue(n.state.liveness);
    case RoleRole:
        return QVariant::fromValue(n.state.role);
    case FreshnessRole:
        return QVariant::fromValue(freshness(n.seenAt));
    case LagRole:
        return megabytes(n.state.lagBytes);
    case HealthRole:
        return QVariant::fromValue(n.state.health);
    case ProblemRole:
        return isProblem(n.state.health);
    case ConflictRole:
        return n.state.roleConflict || n.state.twoPrimaries;
    default:
        return {};
    }
}

QString ConstellationModel::display(int node, Column column) const
{
    const ConstellationNode& n = m_tree->at(node);
    if (n.kind == ItemKind::Instance) {
        switch (column) {
        case Column::Name:
            return n.name;
        case Column::Detail:
            if (n.state.role == Role::Primary || n.state.lagReason == LagReason::NoUpstream)
                return roleText(n.state.role);
            return n.state.lagBytes ? megabytesText(*n.state.lagBytes, QLocale()) : unknownText();
        case Column::State:
            return healthText(n.state.health);
        }
    }
    switch (column) {
    case Column::Name:
        //: Group of herds or servers that are not assigned to any environment.
        return n.kind == ItemKind::Environment && n.id == 0 ? tr("No environment") : n.name;
    case Column::Detail:
        if (n.kind == ItemKind::Herd) {
            const Herd* herd = m_snapshot->find(HerdId(n.id));
            return herd ? QString::number(herd->port) : unknownText();
        }
        return QLocale().toString(n.tally.count);
    case Column::State:
        return tallyText(n.tally);
    }
    return {};
}

QString ConstellationModel::explanation(int node) const
{
    const ConstellationNode& n = m_tree->at(node);
    if (n.kind != ItemKind::Instance)
        return {};
    QStringList lines;
    switch (n.oddity) {
    case Oddity::None:
        break;
    case Oddity::UpstreamMissing:
        lines << tr("The inventory names an upstream that does not exist.");
        break;
    case Oddity::UpstreamElsewhere:
        lines << tr("Its upstream belongs to another herd.");
        break;
    case Oddity::Circle:
        lines << tr("The upstreams in the inventory form a circle.");
        break;
    }
    if (n.state.roleConflict)
        lines << tr("The inventory and the last probe disagree about its role: %1 was seen.").arg(roleText(n.state.role));
    if (n.state.twoPrimaries)
        lines << tr("Two running primaries were seen in this herd.");
    if (n.state.role != Role::Primary && n.state.lagReason != LagReason::NoUpstream && !n.state.lagBytes)
        lines << lagReasonText(n.state.lagReason);
    if (const Observation* seen = m_snapshot->observation(InstanceId(n.id)); seen && seen->error)
        lines << seen->error->text();
    lines << (n.seenAt > 0 ? seenText(m_nowMs - n.seenAt) : tr("Never probed: this is what the inventory says."));
    return lines.join(u'\n');
}

QString ConstellationModel::accessibleText(int node, Column column) const
{
    const ConstellationNode& n = m_tree->at(node);
    const QString text = display(node, column);
    if (column == Column::State)
        return cellSentence(tr("State"), text);
    if (n.kind == ItemKind::Instance) {
        if (column == Column::Detail)
            return n.state.role == Role::Primary ? text : cellSentence(tr("MB lag"), text == unknownText() ? tr("unknown") : text);
        //: An instance in the tree, for screen readers: name, role, state.
        return tr("%1, %2, %3").arg(visibleLine(text), roleText(n.state.role), healthText(n.state.health));
    }
    if (column == Column::Detail)
        return n.kind == ItemKind::Herd ? cellSentence(tr("Port"), text) : tr("%n instance(s)", nullptr, n.tally.count);
    //: A group in the tree, for screen readers: name, how many instances, state.
    return tr("%1, %2, %3").arg(visibleLine(text), tr("%n instance(s)", nullptr, n.tally.count), tallyText(n.tally));
}

} // namespace elephaas
