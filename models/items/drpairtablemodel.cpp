#include "models/items/drpairtablemodel.h"

#include "models/items/cells.h"
#include "models/items/touched.h"

namespace elephaas {

namespace {

// The pairs of before, anew where the herd is in `touched` (ascending).
std::vector<DrPair> renewed(const std::vector<DrPair>& before, const std::vector<HerdId>& touched, const Inventory& after)
{
    std::vector<DrPair> pairs;
    pairs.reserve(before.size() + touched.size());
    auto old = before.begin();
    const auto keepUntil = [&](HerdId herd) {
        for (; old != before.end() && old->herd < herd; ++old)
            pairs.push_back(*old);
    };
    for (const HerdId herd : touched) {
        keepUntil(herd);
        if (old != before.end() && old->herd == herd)
            ++old;
        if (const auto pair = after.find(herd) ? after.drPairOf(herd) : std::nullopt)
            pairs.push_back(*pair);
    }
    pairs.insert(pairs.end(), old, before.end());
    return pairs;
}

QString hostOf(const Inventory& inventory, const Instance& instance)
{
    const Server* server = inventory.find(instance.server);
    return server ? server->hostName : QString();
}

qint64 askedAt(const SeenAlias& alias) { return alias.at.isValid() ? alias.at.toMSecsSinceEpoch() : 0; }

qint64 seenAtOf(const Inventory& inventory, InstanceId id)
{
    const Observation* seen = inventory.observation(id);
    return seen && seen->at.isValid() ? seen->at.toMSecsSinceEpoch() : 0;
}

} // namespace

bool DrPairRow::isMisdirected() const
{
    return alias.at.isValid() && alias.problem.isEmpty() && (!namesHost(alias.target, primary) || !alias.others.isEmpty());
}

DrPairTableModel::DrPairTableModel(std::shared_ptr<const Clock> clock, QObject* parent)
    : RowTable(std::move(clock), columns, parent)
{
}

void DrPairTableModel::apply(const InventoryPtr& next, const DifferencePtr& difference)
{
    std::vector<HerdId> touched;
    if (difference) {
        touched = touchedHerds(*difference, *snapshot(), *next);
        m_pairs = renewed(m_pairs, touched, *next);
    } else {
        m_pairs = next->drPairs();
    }
    std::vector<HerdId> wanted;
    wanted.reserve(m_pairs.size());
    for (const DrPair& pair : m_pairs)
        wanted.push_back(pair.herd);
    merge(next, wanted, difference ? &touched : nullptr, [&](HerdId id) { return makeRow(*next, id); });
}

void DrPairTableModel::setAliases(const SeenAliasesPtr& aliases)
{
    m_aliases = aliases;
    limitsChanged();
}

int DrPairTableModel::freshParts(int row) const
{
    const DrPairRow& of = rowAt(row);
    return (freshness(of.seenAt) == Freshness::Fresh ? 1 : 0) + (freshness(askedAt(of.alias)) == Freshness::Fresh ? 1 : 0);
}

void DrPairTableModel::limitsChanged()
{
    remake([this](HerdId id) { return makeRow(*snapshot(), id); });
}

DrPairRow DrPairTableModel::makeRow(const Inventory& inventory, HerdId id) const
{
    const auto pair
        = std::lower_bound(m_pairs.begin(), m_pairs.end(), id, [](const DrPair& p, HerdId herd) { return p.herd < herd; });
    const Herd& herd = *inventory.find(id);
    const Instance& primary = *inventory.find(pair->primary);
    const Instance& replica = *inventory.find(pair->replica);
    DrPairRow row;
    row.id = id;
    row.herd = herd.name;
    row.virtualHost = herd.virtualHost;
    if (const Environment* environment = herd.environment ? inventory.find(*herd.environment) : nullptr) {
        row.environmentId = environment->id;
        row.environment = environment->name;
    }
    row.primaryId = primary.id;
    row.replicaId = replica.id;
    row.replicaServerId = replica.server;
    row.primaryServerId = primary.server;
    row.primary = hostOf(inventory, primary);
    row.replica = hostOf(inventory, replica);
    if (const auto alias = m_aliases->find(id); alias != m_aliases->end() && alias->second.virtualHost == herd.virtualHost)
        row.alias = alias->second;
    row.primaryState = assess(inventory, primary, limits());
    row.replicaState = assess(inventory, replica, limits());
    row.seenAt = std::min(seenAtOf(inventory, primary.id), seenAtOf(inventory, replica.id));
    return row;
}

ColumnSpan DrPairTableModel::changedColumns(const DrPairRow& a, const DrPairRow& b) const
{
    ColumnSpan span;
    const auto check = [&](bool changed, Column column) {
        if (changed)
            span.add(static_cast<int>(column));
    };
    check(a.herd != b.herd, Column::Herd);
    check(a.environment != b.environment || a.environmentId != b.environmentId, Column::Environment);
    check(a.primary != b.primary || a.primaryId != b.primaryId || a.primaryServerId != b.primaryServerId, Column::Primary);
    check(a.replica != b.replica || a.replicaId != b.replicaId || a.replicaServerId != b.replicaServerId, Column::Replica);
    check(a.replicaState.lagBytes != b.replicaState.lagBytes || a.replicaState.lagReason != b.replicaState.lagReason, Column::Lag);
    check(a.virtualHost != b.virtualHost, Column::VirtualHost);
    check(a.alias != b.alias || a.isMisdirected() != b.isMisdirected(), Column::PointsTo);
    check(a.seenAt != b.seenAt, Column::Seen);
    // Roles and looks of the whole row; lag alone changes often and is its own cell's.
    Assessment primary = b.primaryState;
    Assessment replica = b.replicaState;
    primary.lagBytes = a.primaryState.lagBytes;
    primary.receiveLagBytes = a.primaryState.receiveLagBytes;
    primary.lagReason = a.primaryState.lagReason;
    replica.lagBytes = a.replicaState.lagBytes;
    replica.receiveLagBytes = a.replicaState.receiveLagBytes;
    replica.lagReason = a.replicaState.lagReason;
    if (a.primaryState != primary || a.replicaState != replica || freshness(a.seenAt) != freshness(b.seenAt))
        span.addAll(columns);
    return span;
}

QVariant DrPairTableModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const DrPairRow& row = rowAt(index.row());
    const auto column = static_cast<Column>(index.column());
    const Assessment& shown = column == Column::Primary ? row.primaryState : row.replicaState;
    switch (role) {
    case Qt::DisplayRole:
        return display(row, column);
    case Qt::TextAlignmentRole:
        return column == Column::Lag ? alignRight() : QVariant();
    case Qt::ToolTipRole:
        return plainToolTip(explanation(row, column));
    case Qt::AccessibleDescriptionRole:
        return explanation(row, column);
    case Qt::AccessibleTextRole: {
        const QString text = cellSentence(headerText(column), display(row, column));
        if (column == Column::Primary || column == Column::Replica)
            return QString(text + QStringLiteral(", ") + healthText(shown.health));
        return text;
    }
    case SortRole:
        if (column == Column::Lag)
            return megabytes(row.replicaState.lagBytes);
        if (column == Column::Seen)
            return row.seenAt > 0 ? QVariant(QDateTime::fromMSecsSinceEpoch(row.seenAt, Qt::UTC)) : QVariant();
        return display(row, column);
    case IdRole:
    case HerdIdRole:
        return row.id.value;
    case KindRole:
        return QVariant::fromValue(ItemKind::DrPair);
    case LivenessRole:
        return QVariant::fromValue(shown.liveness);
    case RoleRole:
        return QVariant::fromValue(shown.role);
    case FreshnessRole:
        return QVariant::fromValue(freshnessOf(row, column));
    case EnvironmentNameRole:
        return row.environment;
    case EnvironmentIdRole:
        return row.environmentId.value;
    case ServerIdRole:
        return row.replicaServerId.value;
    case LagRole:
        return megabytes(row.replicaState.lagBytes);
    case FoldedTextRole:
        return QString::fromUtf8(foldedText(index.row()));
    case HealthRole:
        return QVariant::fromValue(row.worst());
    case ProblemRole:
        return isProblem(row.worst()) || row.isMisdirected();
    case ConflictRole:
        return row.primaryState.roleConflict || row.replicaState.roleConflict || row.primaryState.twoPrimaries
            || row.replicaState.twoPrimaries;
    default:
        return {};
    }
}

QString DrPairTableModel::headerText(Column column)
{
    switch (column) {
    case Column::Herd:
        return tr("Herd");
    case Column::Environment:
        return tr("Environment");
    case Column::Primary:
        //: Column: host of the primary of a disaster-recovery pair.
        return tr("Primary");
    case Column::Replica:
        //: Column: host of the replica that a failover would promote.
        return tr("Best replica");
    case Column::Lag:
        //: Column: how far replay is behind the upstream, in MB.
        return tr("MB lag");
    case Column::VirtualHost:
        //: Column: DNS name that points at the primary.
        return tr("Virtual host");
    case Column::PointsTo:
        //: Column: the server that the virtual host points to, by the DNS.
        return tr("Points to");
    case Column::Seen:
        //: Column: how long ago a probe saw both instances.
        return tr("Seen");
    }
    return {};
}

QVariant DrPairTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columns)
        return {};
    const auto column = static_cast<Column>(section);
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return headerText(column);
    return role == Qt::TextAlignmentRole && column == Column::Lag ? alignRight() : QVariant();
}

QString DrPairTableModel::display(const DrPairRow& row, Column column) const
{
    switch (column) {
    case Column::Herd:
        return row.herd;
    case Column::Environment:
        return row.environment;
    case Column::Primary:
        return row.primary;
    case Column::Replica:
        return row.replica;
    case Column::Lag:
        return row.replicaState.lagBytes ? megabytesText(*row.replicaState.lagBytes, m_locale) : unknownText();
    case Column::VirtualHost:
        return row.virtualHost;
    case Column::PointsTo:
        if (!row.alias.at.isValid() || !row.alias.problem.isEmpty())
            return row.virtualHost.isEmpty() ? QString() : unknownText();
        if (row.alias.target.isEmpty())
            return tr("no alias");
        //: %1 a host name; shown where it is not the primary's, or where name servers do not agree
        return row.isMisdirected() ? tr("%1, not right").arg(row.alias.target) : row.alias.target;
    case Column::Seen:
        return row.seenAt > 0 ? ageText(nowMs() - row.seenAt) : unknownText();
    }
    return {};
}

Freshness DrPairTableModel::freshnessOf(const DrPairRow& row, Column column) const
{
    switch (column) {
    case Column::Herd:
    case Column::Environment:
    case Column::VirtualHost:
        return Freshness::Fresh;
    case Column::PointsTo:
        return row.alias.problem.isEmpty() ? freshness(askedAt(row.alias)) : Freshness::Unknown;
    case Column::Primary:
    case Column::Replica:
        return freshness(row.seenAt);
    case Column::Lag:
        return row.replicaState.lagBytes ? freshness(row.seenAt) : Freshness::Unknown;
    case Column::Seen:
        return row.seenAt > 0 ? freshness(row.seenAt) : Freshness::Unknown;
    }
    return Freshness::Unknown;
}

QString DrPairTableModel::aliasExplanation(const DrPairRow& row) const
{
    if (row.virtualHost.isEmpty())
        return tr("The herd has no virtual host.");
    if (!row.alias.at.isValid())
        return tr("The DNS was not asked yet, or how it is asked is not set up in the preferences.");
    if (!row.alias.problem.isEmpty())
        return row.alias.problem;
    QStringList words;
    if (!namesHost(row.alias.target, row.primary))
        words << tr("It does not point to the primary's server, %1.").arg(row.primary);
    if (!row.alias.others.isEmpty())
        words << tr("Not all name servers say so: %1.").arg(row.alias.others.join(u"; "));
    words << tr("Asked %1 ago.").arg(ageText(nowMs() - askedAt(row.alias)));
    return words.join(u' ');
}

QString DrPairTableModel::explanation(const DrPairRow& row, Column column) const
{
    switch (column) {
    case Column::Primary:
        return healthText(row.primaryState.health);
    case Column::Replica:
        return healthText(row.replicaState.health);
    case Column::Lag:
        return lagReasonText(row.replicaState.lagReason);
    case Column::PointsTo:
        return aliasExplanation(row);
    case Column::Seen:
        return row.seenAt > 0 ? QString() : tr("One of the two was never probed.");
    case Column::Herd:
    case Column::Environment:
    case Column::VirtualHost:
        break;
    }
    return {};
}

int DrPairTableModel::compare(int a, int b, int column, Qt::SortOrder order) const
{
    const DrPairRow& x = rowAt(a);
    const DrPairRow& y = rowAt(b);
    switch (static_cast<Column>(column)) {
    case Column::Herd:
        return compareTexts(x.herd, y.herd, order);
    case Column::Environment:
        return compareTexts(x.environment, y.environment, order);
    case Column::Primary:
        return compareTexts(x.primary, y.primary, order);
    case Column::Replica:
        return compareTexts(x.replica, y.replica, order);
    case Column::Lag:
        return compareOptionals(x.replicaState.lagBytes, y.replicaState.lagBytes, order);
    case Column::VirtualHost:
        return compareTexts(x.virtualHost, y.virtualHost, order);
    case Column::PointsTo:
        return compareTexts(display(x, Column::PointsTo), display(y, Column::PointsTo), order);
    case Column::Seen: // ascending: the youngest first; never seen last
        if (x.seenAt == 0 || y.seenAt == 0)
            return static_cast<int>(x.seenAt == 0) - static_cast<int>(y.seenAt == 0);
        return compareValues(y.seenAt, x.seenAt, order);
    }
    return 0;
}

int DrPairTableModel::compareNames(int a, int b) const
{
    if (const int order = compareNatural(rowAt(a).herd, rowAt(b).herd))
        return order;
    return compareNatural(rowAt(a).replica, rowAt(b).replica);
}

bool DrPairTableModel::passes(int row, const InstanceFilter& f) const
{
    const DrPairRow& r = rowAt(row);
    if (f.environment && r.environmentId != *f.environment)
        return false;
    if (f.withoutEnvironment && r.environmentId.isValid())
        return false;
    if (f.herd && r.id != *f.herd)
        return false;
    if (f.server && r.replicaServerId != *f.server && r.primaryServerId != *f.server)
        return false;
    if (f.problemsOnly && !isProblem(r.worst()) && !r.isMisdirected())
        return false;
    const double lagMb = r.replicaState.lagBytes ? static_cast<double>(*r.replicaState.lagBytes) / bytesPerMegabyte : -1;
    if (f.laggingOnly && !isLagging(r.replicaState, limits()))
        return false;
    if (f.lagAboveMb && (lagMb < 0 || lagMb <= *f.lagAboveMb))
        return false;
    return !f.olderThan || r.seenAt == 0 || nowMs() - r.seenAt > std::chrono::milliseconds(*f.olderThan).count();
}

void DrPairTableModel::fold(int row, QString& text) const
{
    for (int column = 0; column < static_cast<int>(Column::Seen); ++column) {
        text += display(rowAt(row), static_cast<Column>(column));
        text += u'\n';
    }
}

} // namespace elephaas
