#include "models/items/herdtablemodel.h"

#include "models/items/cells.h"
#include "models/items/touched.h"

#include <QLocale>

namespace elephaas {

namespace {

QString hostOf(const Inventory& inventory, const Instance& instance)
{
    const Server* server = inventory.find(instance.server);
    return server ? server->hostName : QString();
}

// What runs as a primary, as far as seen; else who leads by the inventory's word.
QString primaryHosts(const Inventory& inventory, HerdId herd)
{
    QStringList hosts;
    for (const InstanceId id : inventory.instancesOf(herd)) {
        const Observation* seen = inventory.observation(id);
        if (seen && seen->liveness == Liveness::Online && seen->role == Role::Primary)
            hosts.append(hostOf(inventory, *inventory.find(id)));
    }
    if (hosts.isEmpty()) {
        if (const Instance* leader = inventory.leaderOf(herd))
            hosts.append(hostOf(inventory, *leader));
    }
    return hosts.join(QStringLiteral(", "));
}

} // namespace

HerdTableModel::HerdTableModel(std::shared_ptr<const Clock> clock, QObject* parent)
    : RowTable(std::move(clock), columns, parent)
{
}

void HerdTableModel::apply(const InventoryPtr& next, const DifferencePtr& difference)
{
    const InventoryPtr before = snapshot();
    std::vector<HerdId> wanted;
    wanted.reserve(next->herds().size());
    for (const Herd& herd : next->herds())
        wanted.push_back(herd.id);
    std::vector<HerdId> touched;
    if (difference)
        touched = touchedHerds(*difference, *before, *next);
    merge(next, wanted, difference ? &touched : nullptr, [&](HerdId id) { return makeRow(*next, *next->find(id)); });
}

void HerdTableModel::limitsChanged()
{
    remake([this](HerdId id) { return makeRow(*snapshot(), *snapshot()->find(id)); });
}

HerdRow HerdTableModel::makeRow(const Inventory& inventory, const Herd& herd) const
{
    HerdRow row;
    row.id = herd.id;
    row.name = herd.name;
    row.virtualHost = herd.virtualHost;
    row.dataDirectory = herd.dataDirectory;
    row.description = herd.description;
    row.port = herd.port;
    if (const Environment* environment = herd.environment ? inventory.find(*herd.environment) : nullptr) {
        row.environmentId = environment->id;
        row.environment = environment->name;
    }
    const bool twoPrimaries = hasTwoPrimaries(inventory, herd.id);
    row.conflict = twoPrimaries;
    for (const InstanceId id : inventory.instancesOf(herd.id)) {
        const Assessment member = assess(inventory, *inventory.find(id), twoPrimaries, limits());
        row.members.add(member.health);
        row.conflict = row.conflict || member.roleConflict;
        row.memberServers = qHash(inventory.find(id)->server, row.memberServers);
    }
    row.primary = primaryHosts(inventory, herd.id);
    return row;
}

ColumnSpan HerdTableModel::changedColumns(const HerdRow& a, const HerdRow& b) const
{
    ColumnSpan span;
    const auto check = [&](bool changed, Column column) {
        if (changed)
            span.add(static_cast<int>(column));
    };
    check(a.name != b.name, Column::Name);
    check(a.environment != b.environment || a.environmentId != b.environmentId, Column::Environment);
    check(a.port != b.port, Column::Port);
    check(a.virtualHost != b.virtualHost, Column::VirtualHost);
    check(a.dataDirectory != b.dataDirectory, Column::DataDirectory);
    check(a.memberServers != b.memberServers, Column::Members);
    check(a.primary != b.primary, Column::Primary);
    check(a.description != b.description, Column::Description);
    if (a.members != b.members || a.conflict != b.conflict)
        span.addAll(columns); // roles of the whole row
    return span;
}

QVariant HerdTableModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const HerdRow& row = rowAt(index.row());
    const auto column = static_cast<Column>(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return display(row, column);
    case Qt::TextAlignmentRole:
        return column == Column::Port || column == Column::Members ? alignRight() : QVariant();
    case Qt::ToolTipRole:
        return column == Column::Description || column == Column::DataDirectory ? plainToolTip(display(row, column)) : QString();
    case Qt::AccessibleTextRole:
        return cellSentence(headerText(column), display(row, column));
    case SortRole:
        if (column == Column::Port)
            return row.port;
        if (column == Column::Members)
            return row.members.count;
        return column == Column::WorstState ? QVariant(static_cast<int>(row.members.worst)) : QVariant(display(row, column));
    case IdRole:
    case HerdIdRole:
        return row.id.value;
    case KindRole:
        return QVariant::fromValue(ItemKind::Herd);
    case FreshnessRole:
        return QVariant::fromValue(Freshness::Fresh);
    case EnvironmentNameRole:
        return row.environment;
    case EnvironmentIdRole:
        return row.environmentId.value;
    case FoldedTextRole:
        return QString::fromUtf8(foldedText(index.row()));
    case HealthRole:
        return QVariant::fromValue(row.members.worst);
    case ProblemRole:
        return isProblem(row.members.worst);
    case ConflictRole:
        return row.conflict;
    case CountRole:
        return row.members.count;
    case ProblemCountRole:
        return row.members.problems;
    default:
        return {};
    }
}

QString HerdTableModel::headerText(Column column)
{
    switch (column) {
    case Column::Name:
        //: Column: name of the herd.
        return tr("Herd");
    case Column::Environment:
        return tr("Environment");
    case Column::Port:
        return tr("Port");
    case Column::VirtualHost:
        //: Column: DNS name that points at the primary.
        return tr("Virtual host");
    case Column::DataDirectory:
        return tr("Data directory");
    case Column::Members:
        //: Column: number of instances of the herd.
        return tr("Members");
    case Column::Primary:
        //: Column: host of the primary.
        return tr("Primary");
    case Column::WorstState:
        //: Column: the worst state among the members.
        return tr("State");
    case Column::Description:
        return tr("Description");
    }
    return {};
}

QVariant HerdTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columns)
        return {};
    const auto column = static_cast<Column>(section);
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return headerText(column);
    return role == Qt::TextAlignmentRole && (column == Column::Port || column == Column::Members) ? alignRight() : QVariant();
}

QString HerdTableModel::display(const HerdRow& row, Column column) const
{
    switch (column) {
    case Column::Name:
        return row.name;
    case Column::Environment:
        return row.environment;
    case Column::Port:
        return QString::number(row.port);
    case Column::VirtualHost:
        return row.virtualHost;
    case Column::DataDirectory:
        return row.dataDirectory;
    case Column::Members:
        return QLocale().toString(row.members.count);
    case Column::Primary:
        return row.primary.isEmpty() ? unknownText() : row.primary;
    case Column::WorstState:
        return tallyText(row.members);
    case Column::Description:
        return row.description;
    }
    return {};
}

int HerdTableModel::compare(int a, int b, int column, Qt::SortOrder order) const
{
    const HerdRow& x = rowAt(a);
    const HerdRow& y = rowAt(b);
    switch (static_cast<Column>(column)) {
    case Column::Name:
        return compareTexts(x.name, y.name, order);
    case Column::Environment:
        return compareTexts(x.environment, y.environment, order);
    case Column::Port:
        return compareValues(x.port, y.port, order);
    case Column::VirtualHost:
        return compareTexts(x.virtualHost, y.virtualHost, order);
    case Column::DataDirectory:
        return compareTexts(x.dataDirectory, y.dataDirectory, order);
    case Column::Members:
        return compareValues(x.members.count, y.members.count, order);
    case Column::Primary:
        return compareTexts(x.primary, y.primary, order);
    case Column::WorstState:
        if (x.members.worst != y.members.worst)
            return compareValues(x.members.worst, y.members.worst, order);
        return compareValues(x.members.problems, y.members.problems, order);
    case Column::Description:
        return compareTexts(x.description, y.description, order);
    }
    return 0;
}

int HerdTableModel::compareNames(int a, int b) const
{
    return compareNatural(rowAt(a).name, rowAt(b).name);
}

bool HerdTableModel::passes(int row, const InstanceFilter& f) const
{
    const HerdRow& r = rowAt(row);
    if (f.server && !hasMemberOn(*snapshot(), r.id, *f.server))
        return false;
    return (!f.environment || r.environmentId == *f.environment) && (!f.withoutEnvironment || !r.environmentId.isValid())
        && (!f.herd || r.id == *f.herd) && (!f.port || r.port == *f.port) && (!f.problemsOnly || isProblem(r.members.worst));
}

void HerdTableModel::fold(int row, QString& text) const
{
    for (int column = 0; column < columns; ++column) {
        text += display(rowAt(row), static_cast<Column>(column));
        text += u'\n';
    }
}

} // namespace elephaas
