#include "views/tablepage.h"

#include "models/items/drpairtablemodel.h"
#include "models/items/environmenttablemodel.h"
#include "models/items/herdtablemodel.h"
#include "models/items/instancetablemodel.h"
#include "models/items/servertablemodel.h"
#include "views/delegates/rowdelegate.h"

#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

template <class Column>
ColumnSetup setup(Column column, const char* key, int characters, bool visible = true)
{
    return {static_cast<int>(column), QString::fromLatin1(key), characters, visible};
}

std::vector<ColumnSetup> instanceColumns()
{
    using C = InstanceTableModel::Column;
    return {setup(C::Herd, "herd", 13), setup(C::Server, "server", 18), setup(C::Port, "port", 5), setup(C::Version, "version", 7),
        setup(C::Role, "role", 7), setup(C::State, "state", 14), setup(C::Lag, "lag", 8), setup(C::Seen, "seen", 6),
        setup(C::Environment, "environment", 11), setup(C::Upstream, "upstream", 20), setup(C::Timeline, "timeline", 8),
        setup(C::ReceiveLag, "receiveLag", 12, false), setup(C::DataDirectory, "dataDirectory", 30, false)};
}

std::vector<ColumnSetup> herdColumns()
{
    using C = HerdTableModel::Column;
    return {setup(C::Name, "name", 18), setup(C::Environment, "environment", 12), setup(C::Port, "port", 7), setup(C::Members, "members", 9),
        setup(C::WorstState, "state", 20), setup(C::Primary, "primary", 16), setup(C::VirtualHost, "virtualHost", 22),
        setup(C::DataDirectory, "dataDirectory", 26), setup(C::Description, "description", 30)};
}

std::vector<ColumnSetup> serverColumns()
{
    using C = ServerTableModel::Column;
    return {setup(C::Name, "name", 22), setup(C::Environment, "environment", 12), setup(C::Instances, "instances", 10),
        setup(C::WorstState, "state", 22), setup(C::Seen, "seen", 9)};
}

std::vector<ColumnSetup> environmentColumns()
{
    using C = EnvironmentTableModel::Column;
    return {setup(C::Name, "name", 16), setup(C::WorstState, "state", 22), setup(C::Herds, "herds", 8), setup(C::Servers, "servers", 8),
        setup(C::Description, "description", 40)};
}

std::vector<ColumnSetup> pairColumns()
{
    using C = DrPairTableModel::Column;
    return {setup(C::Herd, "herd", 14), setup(C::Environment, "environment", 12), setup(C::Primary, "primary", 13),
        setup(C::Replica, "replica", 13), setup(C::Lag, "lag", 9), setup(C::VirtualHost, "virtualHost", 18), setup(C::PointsTo, "pointsTo", 18), setup(C::Seen, "seen", 9)};
}

// Until the user sorts by something else: members of a herd together, their primary first.
std::vector<SortColumn> firstSort(ItemKind kind)
{
    if (kind != ItemKind::Instance)
        return {{0, Qt::AscendingOrder}};
    using C = InstanceTableModel::Column;
    return {{static_cast<int>(C::Herd), Qt::AscendingOrder}, {static_cast<int>(C::Role), Qt::AscendingOrder},
        {static_cast<int>(C::Server), Qt::AscendingOrder}};
}

} // namespace

TablePage::TablePage(ItemKind kind, std::shared_ptr<const Clock> clock, QWidget* parent)
    : QWidget(parent)
    , m_kind(kind)
    , m_model(makeModel(std::move(clock)))
    , m_proxy(new TableProxy(this))
    , m_table(nullptr)
{
    m_proxy->setSourceModel(m_model);
    setUp();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_table);
    setFocusProxy(m_table);
    connect(m_table->header(), &SortHeader::sortColumnsChanged, m_proxy, [this](const std::vector<SortColumn>& columns) {
        std::vector<TableProxy::SortKey> keys;
        for (const SortColumn& column : columns)
            keys.push_back({column.column, column.order});
        m_proxy->setSortKeys(std::move(keys));
    });
    m_table->header()->setSortColumns(firstSort(m_kind));
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &TablePage::selectionChanged);
    connect(m_proxy, &QAbstractItemModel::modelReset, this, &TablePage::selectionChanged);
}

TablePage::~TablePage()
{
    // Models signal while they are taken apart, after this object's part is gone.
    m_proxy->disconnect(this);
    m_table->selectionModel()->disconnect(this);
    m_table->header()->disconnect(m_proxy);
}

ItemTableModel* TablePage::makeModel(std::shared_ptr<const Clock> clock)
{
    switch (m_kind) {
    case ItemKind::Herd:
        return new HerdTableModel(std::move(clock), this);
    case ItemKind::Server:
        return new ServerTableModel(std::move(clock), this);
    case ItemKind::Environment:
        return new EnvironmentTableModel(std::move(clock), this);
    case ItemKind::DrPair:
        return new DrPairTableModel(std::move(clock), this);
    case ItemKind::None:
    case ItemKind::Instance:
        break;
    }
    return new InstanceTableModel(std::move(clock), this);
}

void TablePage::setUp()
{
    const auto table = [this](const QString& name, const QString& accessibleName) {
        m_table = new DataTable(name, this);
        m_table->setAccessibleName(accessibleName);
        m_table->setModel(m_proxy);
    };
    const auto delegate = [this]<class Column>(Column column, QAbstractItemDelegate* painter) {
        m_table->setItemDelegateForColumn(static_cast<int>(column), painter);
    };
    switch (m_kind) {
    case ItemKind::None:
    case ItemKind::Instance:
        table(u"instancesTable"_s, tr("Instances"));
        m_lagDelegate = new LagDelegate(m_table);
        delegate(InstanceTableModel::Column::State, new StateDelegate(m_table));
        delegate(InstanceTableModel::Column::Environment, new EnvironmentDelegate(m_table));
        delegate(InstanceTableModel::Column::Lag, m_lagDelegate);
        m_table->setUpColumns(instanceColumns());
        break;
    case ItemKind::Herd:
        table(u"herdsTable"_s, tr("Herds"));
        delegate(HerdTableModel::Column::WorstState, new HealthDelegate(m_table));
        delegate(HerdTableModel::Column::Environment, new EnvironmentDelegate(m_table));
        m_table->setUpColumns(herdColumns());
        break;
    case ItemKind::Server:
        table(u"serversTable"_s, tr("Servers"));
        delegate(ServerTableModel::Column::WorstState, new HealthDelegate(m_table));
        delegate(ServerTableModel::Column::Environment, new EnvironmentDelegate(m_table));
        m_table->setUpColumns(serverColumns());
        break;
    case ItemKind::Environment:
        table(u"environmentsTable"_s, tr("Environments"));
        delegate(EnvironmentTableModel::Column::WorstState, new HealthDelegate(m_table));
        delegate(EnvironmentTableModel::Column::Name, new EnvironmentDelegate(m_table));
        m_table->setUpColumns(environmentColumns());
        break;
    case ItemKind::DrPair:
        table(u"drPairsTable"_s, tr("Disaster recovery pairs"));
        m_lagDelegate = new LagDelegate(m_table);
        delegate(DrPairTableModel::Column::Environment, new EnvironmentDelegate(m_table));
        delegate(DrPairTableModel::Column::Lag, m_lagDelegate);
        m_table->setUpColumns(pairColumns());
        break;
    }
}

void TablePage::setLimits(const ItemLimits& limits)
{
    m_model->setLimits(limits);
    if (m_lagDelegate)
        m_lagDelegate->setLimit(limits.lagMb);
}

std::vector<qint64> TablePage::selectedIds() const
{
    std::vector<qint64> ids;
    for (const int row : m_table->selectedRowNumbers()) {
        if (const int source = m_proxy->sourceRow(row); source >= 0)
            ids.push_back(m_model->idAt(source));
    }
    return ids;
}

std::vector<qint64> TablePage::visibleIds() const
{
    std::vector<qint64> ids;
    for (int row = m_table->firstVisibleRow(); row >= 0 && row <= m_table->lastVisibleRow(); ++row) {
        if (const int source = m_proxy->sourceRow(row); source >= 0)
            ids.push_back(m_model->idAt(source));
    }
    return ids;
}

bool TablePage::choose(qint64 id)
{
    const QModelIndex index = m_proxy->indexOf(id);
    if (!index.isValid())
        return false;
    m_table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_table->scrollTo(index);
    return true;
}

} // namespace elephaas
