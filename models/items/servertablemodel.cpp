#include "models/items/servertablemodel.h"

#include "models/items/cells.h"
#include "models/items/touched.h"

#include <QLocale>

namespace elephaas {

ServerTableModel::ServerTableModel(std::shared_ptr<const Clock> clock, QObject* parent)
    : RowTable(std::move(clock), columns, parent)
{
}

void ServerTableModel::apply(const InventoryPtr& next, const DifferencePtr& difference)
{
    const InventoryPtr before = snapshot();
    std::vector<ServerId> wanted;
    wanted.reserve(next->servers().size());
    for (const Server& server : next->servers())
        wanted.push_back(server.id);
    std::vector<ServerId> touched;
    if (difference)
        touched = touchedServers(*difference, *before, *next);
    merge(next, wanted, difference ? &touched : nullptr, [&](ServerId id) { return makeRow(*next, *next->find(id)); });
}

void ServerTableModel::limitsChanged()
{
    remake([this](ServerId id) { return makeRow(*snapshot(), *snapshot()->find(id)); });
}

ServerRow ServerTableModel::makeRow(const Inventory& inventory, const Server& server) const
{
    ServerRow row;
    row.id = server.id;
    row.name = server.hostName;
    if (const Environment* environment = server.environment ? inventory.find(*server.environment) : nullptr) {
        row.environmentId = environment->id;
        row.environment = environment->name;
    }
    for (const InstanceId id : inventory.instancesOn(server.id)) {
        row.instances.add(assess(inventory, *inventory.find(id), limits()).health);
        row.memberHerds = qHash(inventory.find(id)->herd, row.memberHerds);
        if (const Observation* seen = inventory.observation(id); seen && seen->at.isValid())
            row.seenAt = std::max(row.seenAt, seen->at.toMSecsSinceEpoch());
    }
    return row;
}

ColumnSpan ServerTableModel::changedColumns(const ServerRow& a, const ServerRow& b) const
{
    ColumnSpan span;
    const auto check = [&](bool changed, Column column) {
        if (changed)
            span.add(static_cast<int>(column));
    };
    check(a.name != b.name, Column::Name);
    check(a.environment != b.environment || a.environmentId != b.environmentId, Column::Environment);
    check(a.memberHerds != b.memberHerds, Column::Instances);
    check(a.seenAt != b.seenAt, Column::WorstState);
    check(a.seenAt != b.seenAt, Column::Seen);
    if (a.instances != b.instances)
        span.addAll(columns); // roles of the whole row
    return span;
}

QVariant ServerTableModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const ServerRow& row = rowAt(index.row());
    const auto column = static_cast<Column>(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return display(row, column);
    case Qt::TextAlignmentRole:
        return column == Column::Instances ? alignRight() : QVariant();
    case Qt::ToolTipRole:
        return column == Column::Seen && row.seenAt == 0 ? plainToolTip(tr("Never probed.")) : QString();
    case Qt::AccessibleTextRole: {
        const QString text = cellSentence(headerText(column), display(row, column));
        return column == Column::WorstState && row.seenAt > 0 ? QVariant(QString(text + QStringLiteral(", ") + seenText(nowMs() - row.seenAt))) : QVariant(text);
    }
    case SortRole:
        if (column == Column::Instances)
            return row.instances.count;
        if (column == Column::Seen)
            return row.seenAt > 0 ? QVariant(QDateTime::fromMSecsSinceEpoch(row.seenAt, Qt::UTC)) : QVariant();
        return column == Column::WorstState ? QVariant(static_cast<int>(row.instances.worst)) : QVariant(display(row, column));
    case IdRole:
    case ServerIdRole:
        return row.id.value;
    case KindRole:
        return QVariant::fromValue(ItemKind::Server);
    case FreshnessRole:
        return QVariant::fromValue(freshnessOf(row, column));
    case EnvironmentNameRole:
        return row.environment;
    case EnvironmentIdRole:
        return row.environmentId.value;
    case FoldedTextRole:
        return QString::fromUtf8(foldedText(index.row()));
    case HealthRole:
        return QVariant::fromValue(row.instances.worst);
    case ProblemRole:
        return isProblem(row.instances.worst);
    case CountRole:
        return row.instances.count;
    case ProblemCountRole:
        return row.instances.problems;
    default:
        return {};
    }
}

QString ServerTableModel::headerText(Column column)
{
    switch (column) {
    case Column::Name:
        //: Column: host name of the server.
        return tr("Server");
    case Column::Environment:
        return tr("Environment");
    case Column::Instances:
        //: Column: number of instances on the server.
        return tr("Instances");
    case Column::WorstState:
        //: Column: the worst state among the instances.
        return tr("State");
    case Column::Seen:
        //: Column: how long ago a probe saw the server.
        return tr("Seen");
    }
    return {};
}

QVariant ServerTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columns)
        return {};
    const auto column = static_cast<Column>(section);
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return headerText(column);
    return role == Qt::TextAlignmentRole && column == Column::Instances ? alignRight() : QVariant();
}

QString ServerTableModel::display(const ServerRow& row, Column column) const
{
    switch (column) {
    case Column::Name:
        return row.name;
    case Column::Environment:
        return row.environment;
    case Column::Instances:
        return QLocale().toString(row.instances.count);
    case Column::WorstState:
        return tallyText(row.instances);
    case Column::Seen:
        return row.seenAt > 0 ? ageText(nowMs() - row.seenAt) : unknownText();
    }
    return {};
}

Freshness ServerTableModel::freshnessOf(const ServerRow& row, Column column) const
{
    switch (column) {
    case Column::Name:
    case Column::Environment:
    case Column::Instances:
        return Freshness::Fresh;
    case Column::WorstState:
        return row.instances.count == 0 ? Freshness::Fresh : freshness(row.seenAt);
    case Column::Seen:
        return row.seenAt > 0 ? freshness(row.seenAt) : Freshness::Unknown;
    }
    return Freshness::Unknown;
}

int ServerTableModel::compare(int a, int b, int column, Qt::SortOrder order) const
{
    const ServerRow& x = rowAt(a);
    const ServerRow& y = rowAt(b);
    switch (static_cast<Column>(column)) {
    case Column::Name:
        return compareTexts(x.name, y.name, order);
    case Column::Environment:
        return compareTexts(x.environment, y.environment, order);
    case Column::Instances:
        return compareValues(x.instances.count, y.instances.count, order);
    case Column::WorstState:
        if (x.instances.worst != y.instances.worst)
            return compareValues(x.instances.worst, y.instances.worst, order);
        return compareValues(x.instances.problems, y.instances.problems, order);
    case Column::Seen: // ascending: the youngest first; never seen last
        if (x.seenAt == 0 || y.seenAt == 0)
            return static_cast<int>(x.seenAt == 0) - static_cast<int>(y.seenAt == 0);
        return compareValues(y.seenAt, x.seenAt, order);
    }
    return 0;
}

int ServerTableModel::compareNames(int a, int b) const
{
    return compareNatural(rowAt(a).name, rowAt(b).name);
}

bool ServerTableModel::passes(int row, const InstanceFilter& f) const
{
    const ServerRow& r = rowAt(row);
    if (f.olderThan && r.seenAt > 0 && nowMs() - r.seenAt <= std::chrono::milliseconds(*f.olderThan).count())
        return false;
    if ((f.server && r.id != *f.server) || (f.herd && !hasMemberOn(*snapshot(), *f.herd, r.id)))
        return false;
    return (!f.environment || r.environmentId == *f.environment) && (!f.withoutEnvironment || !r.environmentId.isValid())
        && (!f.problemsOnly || isProblem(r.instances.worst));
}

void ServerTableModel::fold(int row, QString& text) const
{
    for (int column = 0; column < static_cast<int>(Column::Seen); ++column) {
        text += display(rowAt(row), static_cast<Column>(column));
        text += u'\n';
    }
}

} // namespace elephaas
