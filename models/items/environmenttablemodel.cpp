#include "models/items/environmenttablemodel.h"

#include "models/items/cells.h"
#include "models/items/touched.h"

#include <QLocale>

namespace elephaas {

EnvironmentTableModel::EnvironmentTableModel(std::shared_ptr<const Clock> clock, QObject* parent)
    : RowTable(std::move(clock), columns, parent)
{
}

void EnvironmentTableModel::apply(const InventoryPtr& next, const DifferencePtr& difference)
{
    if (difference) {
        for (const HerdId herd : touchedHerds(*difference, *snapshot(), *next)) {
            if (next->find(herd))
                m_herds[herd] = tallyOf(*next, herd);
            else
                m_herds.remove(herd);
        }
    } else {
        m_herds.clear();
    }
    countAll(*next);
    std::vector<EnvironmentId> wanted;
    for (const Environment& environment : next->environments())
        wanted.push_back(environment.id);
    merge(next, wanted, nullptr, [&](EnvironmentId id) { return makeRow(*next, id); });
}

void EnvironmentTableModel::limitsChanged()
{
    m_herds.clear();
    countAll(*snapshot());
    remake([this](EnvironmentId id) { return makeRow(*snapshot(), id); });
}

Tally EnvironmentTableModel::tallyOf(const Inventory& inventory, HerdId herd) const
{
    Tally tally;
    const bool twoPrimaries = hasTwoPrimaries(inventory, herd);
    for (const InstanceId id : inventory.instancesOf(herd))
        tally.add(assess(inventory, *inventory.find(id), twoPrimaries, limits()).health);
    return tally;
}

void EnvironmentTableModel::countAll(const Inventory& inventory)
{
    m_sums.clear();
    for (const Herd& herd : inventory.herds()) {
        auto tally = m_herds.constFind(herd.id);
        if (tally == m_herds.constEnd())
            tally = m_herds.insert(herd.id, tallyOf(inventory, herd.id));
        if (!herd.environment)
            continue;
        EnvironmentRow& sum = m_sums[*herd.environment];
        ++sum.herds;
        sum.instances.add(*tally);
    }
    for (const Server& server : inventory.servers()) {
        if (server.environment)
            ++m_sums[*server.environment].servers;
    }
}

EnvironmentRow EnvironmentTableModel::makeRow(const Inventory& inventory, EnvironmentId id) const
{
    const Environment& environment = *inventory.find(id);
    EnvironmentRow row = m_sums.value(id);
    row.id = id;
    row.name = environment.name;
    row.description = environment.description;
    return row;
}

ColumnSpan EnvironmentTableModel::changedColumns(const EnvironmentRow& a, const EnvironmentRow& b) const
{
    ColumnSpan span;
    const auto check = [&](bool changed, Column column) {
        if (changed)
            span.add(static_cast<int>(column));
    };
    check(a.name != b.name, Column::Name);
    check(a.description != b.description, Column::Description);
    check(a.herds != b.herds, Column::Herds);
    check(a.servers != b.servers, Column::Servers);
    if (a.instances != b.instances)
        span.addAll(columns); // roles of the whole row
    return span;
}

QVariant EnvironmentTableModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const EnvironmentRow& row = rowAt(index.row());
    const auto column = static_cast<Column>(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return display(row, column);
    case Qt::TextAlignmentRole:
        return column == Column::Herds || column == Column::Servers ? alignRight() : QVariant();
    case Qt::ToolTipRole:
        return column == Column::Description ? plainToolTip(row.description) : QString();
    case Qt::AccessibleTextRole:
        return cellSentence(headerText(column), display(row, column));
    case SortRole:
        if (column == Column::Herds || column == Column::Servers)
            return column == Column::Herds ? row.herds : row.servers;
        return column == Column::WorstState ? QVariant(static_cast<int>(row.instances.worst)) : QVariant(display(row, column));
    case IdRole:
    case EnvironmentIdRole:
        return row.id.value;
    case KindRole:
        return QVariant::fromValue(ItemKind::Environment);
    case FreshnessRole:
        return QVariant::fromValue(Freshness::Fresh);
    case EnvironmentNameRole:
        return row.name;
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

QString EnvironmentTableModel::headerText(Column column)
{
    switch (column) {
    case Column::Name:
        //: Column: name of the environment.
        return tr("Environment");
    case Column::Description:
        return tr("Description");
    case Column::Herds:
        //: Column: number of herds in the environment.
        return tr("Herds");
    case Column::Servers:
        //: Column: number of servers in the environment.
        return tr("Servers");
    case Column::WorstState:
        //: Column: the worst state among the instances.
        return tr("State");
    }
    return {};
}

QVariant EnvironmentTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columns)
        return {};
    const auto column = static_cast<Column>(section);
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return headerText(column);
    return role == Qt::TextAlignmentRole && (column == Column::Herds || column == Column::Servers) ? alignRight() : QVariant();
}

QString EnvironmentTableModel::display(const EnvironmentRow& row, Column column) const
{
    switch (column) {
    case Column::Name:
        return row.name;
    case Column::Description:
        return row.description;
    case Column::Herds:
        return QLocale().toString(row.herds);
    case Column::Servers:
        return QLocale().toString(row.servers);
    case Column::WorstState:
        return tallyText(row.instances);
    }
    return {};
}

int EnvironmentTableModel::compare(int a, int b, int column, Qt::SortOrder order) const
{
    const EnvironmentRow& x = rowAt(a);
    const EnvironmentRow& y = rowAt(b);
    switch (static_cast<Column>(column)) {
    case Column::Name:
        return compareTexts(x.name, y.name, order);
    case Column::Description:
        return compareTexts(x.description, y.description, order);
    case Column::Herds:
        return compareValues(x.herds, y.herds, order);
    case Column::Servers:
        return compareValues(x.servers, y.servers, order);
    case Column::WorstState:
        if (x.instances.worst != y.instances.worst)
            return compareValues(x.instances.worst, y.instances.worst, order);
        return compareValues(x.instances.problems, y.instances.problems, order);
    }
    return 0;
}

int EnvironmentTableModel::compareNames(int a, int b) const
{
    return compareNatural(rowAt(a).name, rowAt(b).name);
}

bool EnvironmentTableModel::passes(int row, const InstanceFilter& f) const
{
    return (!f.environment || rowAt(row).id == *f.environment) && (!f.problemsOnly || isProblem(rowAt(row).instances.worst));
}

void EnvironmentTableModel::fold(int row, QString& text) const
{
    for (int column = 0; column < columns; ++column) {
        text += display(rowAt(row), static_cast<Column>(column));
        text += u'\n';
    }
}

} // namespace elephaas
