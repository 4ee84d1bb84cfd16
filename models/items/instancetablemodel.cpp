#include "models/items/instancetablemodel.h"

#include "models/items/cells.h"
#include "models/items/touched.h"

namespace elephaas {

namespace {

using Column = InstanceTableModel::Column;

qint64 milliseconds(const QDateTime& time)
{
    return time.isValid() ? time.toMSecsSinceEpoch() : 0;
}

} // namespace

InstanceTableModel::InstanceTableModel(std::shared_ptr<const Clock> clock, QObject* parent)
    : RowTable(std::move(clock), columns, parent)
{
}

void InstanceTableModel::apply(const InventoryPtr& next, const DifferencePtr& difference)
{
    const InventoryPtr before = snapshot();
    std::vector<InstanceId> wanted;
    wanted.reserve(next->instances().size());
    for (const Instance& instance : next->instances())
        wanted.push_back(instance.id);

    std::vector<InstanceId> touched;
    const bool partly = difference && rowCount() > 0;
    if (partly)
        touched = touchedInstances(*difference, *before, *next);
    merge(next, wanted, partly ? &touched : nullptr,
        [&](InstanceId id) { return makeRow(*next, *next->find(id)); });
}

void InstanceTableModel::limitsChanged()
{
    remake([this](InstanceId id) { return makeRow(*snapshot(), *snapshot()->find(id)); });
}

InstanceRow InstanceTableModel::makeRow(const Inventory& inventory, const Instance& instance) const
{
    InstanceRow row;
    row.id = instance.id;
    row.herdId = instance.herd;
    row.serverId = instance.server;
    if (const Herd* herd = inventory.find(instance.herd)) {
        row.herd = herd->name;
        row.port = herd->port;
        row.dataDirectory = herd->dataDirectory;
        if (const Environment* environment = herd->environment ? inventory.find(*herd->environment) : nullptr) {
            row.environmentId = environment->id;
            row.environment = environment->name;
        }
    }
    if (!instance.localDataDirectory.isEmpty())
        row.dataDirectory = instance.localDataDirectory;
    if (const Server* server = inventory.find(instance.server))
        row.server = server->hostName;
    row.hasUpstream = instance.upstream.has_value();
    if (const Instance* upstream = inventory.upstreamOf(instance)) {
        if (const Server* server = inventory.find(upstream->server))
            row.upstream = server->hostName;
    }
    row.parsedVersion = inventory.versionOf(instance);
    row.version = instance.version;
    if (const Observation* seen = inventory.observation(instance.id)) {
        row.versionSeen = seen->version.has_value();
        row.roleSeen = seen->role != Role::Unknown;
        if (seen->version)
            row.version = seen->version->toString();
        row.timeline = seen->timeline;
        row.seenAt = milliseconds(seen->at);
        row.factsAt = milliseconds(seen->factsAt);
    }
    row.state = assess(inventory, instance, limits());
    return row;
}

ColumnSpan InstanceTableModel::changedColumns(const InstanceRow& a, const InstanceRow& b) const
{
    ColumnSpan span;
    const auto check = [&](bool changed, Column column) {
        if (changed)
            span.add(static_cast<int>(column));
    };
    check(a.herd != b.herd || a.herdId != b.herdId, Column::Herd);
    check(a.server != b.server || a.serverId != b.serverId, Column::Server);
    check(a.port != b.port, Column::Port);
    check(a.version != b.version || a.parsedVersion != b.parsedVersion || a.versionSeen != b.versionSeen, Column::Version);
    check(a.roleSeen != b.roleSeen || a.hasUpstream != b.hasUpstream, Column::Role);
    check(a.state.lagBytes != b.state.lagBytes || a.state.lagReason != b.state.lagReason, Column::Lag);
    check(a.state.receiveLagBytes != b.state.receiveLagBytes || a.state.lagReason != b.state.lagReason, Column::ReceiveLag);
    check(a.upstream != b.upstream || a.hasUpstream != b.hasUpstream, Column::Upstream);
    check(a.timeline != b.timeline, Column::Timeline);
    check(a.environment != b.environment || a.environmentId != b.environmentId, Column::Environment);
    check(a.dataDirectory != b.dataDirectory, Column::DataDirectory);
    check(a.seenAt != b.seenAt || a.factsAt != b.factsAt, Column::State);
    check(a.seenAt != b.seenAt || a.factsAt != b.factsAt, Column::Seen);
    // Roles and looks of the whole row; lag alone changes often and is its own cell's.
    if (freshness(a.seenAt) != freshness(b.seenAt) || freshness(a.factsAt) != freshness(b.factsAt)
        || (a.seenAt == 0) != (b.seenAt == 0) || (a.factsAt == 0) != (b.factsAt == 0)
        || a.state.health != b.state.health || a.state.liveness != b.state.liveness || a.state.role != b.state.role
        || a.state.roleConflict != b.state.roleConflict || a.state.twoPrimaries != b.state.twoPrimaries)
        span.addAll(columns);
    return span;
}

QVariant InstanceTableModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const InstanceRow& row = rowAt(index.row());
    const auto column = static_cast<Column>(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return display(row, column);
    case Qt::TextAlignmentRole:
        if (column == Column::Port || column == Column::Lag || column == Column::ReceiveLag || column == Column::Timeline)
            return alignRight();
        return {};
    case Qt::ToolTipRole:
        return plainToolTip(explanation(row, column));
    case Qt::AccessibleTextRole:
        return accessibleText(row, column);
    case Qt::AccessibleDescriptionRole:
        return explanation(row, column);
    case SortRole:
        return sortValue(row, column);
    case IdRole:
        return row.id.value;
    case KindRole:
        return QVariant::fromValue(ItemKind::Instance);
    case LivenessRole:
        return QVariant::fromValue(row.state.liveness);
    case RoleRole:
        return QVariant::fromValue(row.state.role);
    case FreshnessRole:
        return QVariant::fromValue(freshnessOf(row, column));
    case EnvironmentNameRole:
        return row.environment;
    case EnvironmentIdRole:
        return row.environmentId.value;
    case HerdIdRole:
        return row.herdId.value;
    case ServerIdRole:
        return row.serverId.value;
    case LagRole:
        return megabytes(row.state.lagBytes);
    case FoldedTextRole:
        return QString::fromUtf8(foldedText(index.row()));
    case HealthRole:
        return QVariant::fromValue(row.state.health);
    case ProblemRole:
        return isProblem(row.state.health);
    case ConflictRole:
        return row.state.roleConflict || row.state.twoPrimaries;
    default:
        return {};
    }
}

QString InstanceTableModel::headerText(Column column)
{
    switch (column) {
    case Column::Herd:
        return tr("Herd");
    case Column::Server:
        return tr("Server");
    case Column::Port:
        return tr("Port");
    case Column::Version:
        return tr("Version");
    case Column::Role:
        return tr("Role");
    case Column::State:
        return tr("State");
    case Column::Lag:
        //: Column: how far replay is behind the upstream, in MB.
        return tr("MB lag");
    case Column::ReceiveLag:
        //: Column: how far the received WAL is behind the upstream, in MB.
        return tr("MB receive lag");
    case Column::Upstream:
        //: Column: the host that a replica streams from.
        return tr("Upstream");
    case Column::Timeline:
        return tr("Timeline");
    case Column::Environment:
        return tr("Environment");
    case Column::DataDirectory:
        return tr("Data directory");
    case Column::Seen:
        //: Column: how long ago a probe saw the instance.
        return tr("Seen");
    }
    return {};
}

QVariant InstanceTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columns)
        return {};
    const auto column = static_cast<Column>(section);
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return headerText(column);
    if (role == Qt::TextAlignmentRole
        && (column == Column::Port || column == Column::Lag || column == Column::ReceiveLag || column == Column::Timeline))
        return alignRight();
    if (role != Qt::ToolTipRole)
        return {};
    if (column == Column::Lag)
        return tr("How far replay is behind the upstream's position, in MB of 1,048,576 bytes");
    if (column == Column::ReceiveLag)
        return tr("How far the received WAL is behind the upstream's position, in MB of 1,048,576 bytes");
    return {};
}

QString InstanceTableModel::display(const InstanceRow& row, Column column) const
{
    switch (column) {
    case Column::Herd:
        //: Shown for an instance whose herd is not in the inventory; %1 is the herd's number.
        return row.herd.isEmpty() ? tr("(herd %1)").arg(row.herdId.value) : row.herd;
    case Column::Server:
        //: Shown for an instance whose server is not in the inventory; %1 is the server's number.
        return row.server.isEmpty() ? tr("(server %1)").arg(row.serverId.value) : row.server;
    case Column::Port:
        return row.port > 0 ? QString::number(row.port) : unknownText();
    case Column::Version:
        return row.version.isEmpty() ? unknownText() : row.version;
    case Column::Role:
        return roleText(row.state.role);
    case Column::State:
        return livenessText(row.state.liveness);
    case Column::Lag:
        if (row.state.lagReason == LagReason::NoUpstream)
            return {};
        return row.state.lagBytes ? megabytesText(*row.state.lagBytes, m_locale) : unknownText();
    case Column::ReceiveLag:
        if (row.state.lagReason == LagReason::NoUpstream)
            return {};
        return row.state.receiveLagBytes ? megabytesText(*row.state.receiveLagBytes, m_locale) : unknownText();
    case Column::Upstream:
        return row.hasUpstream && row.upstream.isEmpty() ? unknownText() : row.upstream;
    case Column::Timeline:
        return row.timeline ? QString::number(*row.timeline) : unknownText();
    case Column::Environment:
        return row.environment;
    case Column::DataDirectory:
        return row.dataDirectory;
    case Column::Seen:
        return row.seenAt > 0 ? ageText(nowMs() - row.seenAt) : unknownText();
    }
    return {};
}

QVariant InstanceTableModel::sortValue(const InstanceRow& row, Column column) const
{
    switch (column) {
    case Column::Port:
        return row.port;
    case Column::State:
        return static_cast<int>(row.state.health);
    case Column::Lag:
        return megabytes(row.state.lagBytes);
    case Column::ReceiveLag:
        return megabytes(row.state.receiveLagBytes);
    case Column::Timeline:
        return row.timeline ? QVariant(*row.timeline) : QVariant();
    case Column::Seen:
        return row.seenAt > 0 ? QVariant(QDateTime::fromMSecsSinceEpoch(row.seenAt, Qt::UTC)) : QVariant();
    case Column::Herd:
    case Column::Server:
    case Column::Version:
    case Column::Role:
    case Column::Upstream:
    case Column::Environment:
    case Column::DataDirectory:
        break;
    }
    return display(row, column);
}

Freshness InstanceTableModel::freshnessOf(const InstanceRow& row, Column column) const
{
    switch (column) {
    case Column::Herd:
    case Column::Server:
    case Column::Port:
    case Column::Upstream:
    case Column::Environment:
    case Column::DataDirectory:
        return Freshness::Fresh; // facts of the inventory, not of a probe
    case Column::State:
        return row.state.liveness == Liveness::Unknown ? Freshness::Unknown : freshness(row.seenAt);
    case Column::Seen:
        return row.seenAt > 0 ? freshness(row.seenAt) : Freshness::Unknown;
    case Column::Version:
        return row.version.isEmpty() ? Freshness::Unknown : freshness(row.versionSeen ? row.factsAt : 0);
    case Column::Role:
        return row.state.role == Role::Unknown ? Freshness::Unknown : freshness(row.roleSeen ? row.factsAt : 0);
    case Column::Lag:
        if (row.state.lagReason == LagReason::NoUpstream)
            return Freshness::Fresh;
        return row.state.lagBytes ? freshness(row.factsAt) : Freshness::Unknown;
    case Column::ReceiveLag:
        if (row.state.lagReason == LagReason::NoUpstream)
            return Freshness::Fresh;
        return row.state.receiveLagBytes ? freshness(row.factsAt) : Freshness::Unknown;
    case Column::Timeline:
        return row.timeline ? freshness(row.factsAt) : Freshness::Unknown;
    }
    return Freshness::Unknown;
}

int InstanceTableModel::freshParts(int row) const
{
    const InstanceRow& r = rowAt(row);
    return static_cast<int>(freshness(r.seenAt) == Freshness::Fresh) + static_cast<int>(freshness(r.factsAt) == Freshness::Fresh);
}

} // namespace elephaas
