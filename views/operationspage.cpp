#include "views/operationspage.h"

#include "models/items/roles.h"
#include "views/delegates/operationdelegate.h"

#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

OperationProxy::OperationProxy(QObject* parent)
    : QSortFilterProxyModel(parent)
{
    setDynamicSortFilter(true);
}

void OperationProxy::setWords(const QString& text)
{
    m_words = text.simplified().split(u' ', Qt::SkipEmptyParts);
    invalidateFilter();
}

void OperationProxy::setSortColumns(const std::vector<SortColumn>& keys)
{
    m_keys = keys;
    // Ascending always: lessThan() turns each key around by itself.
    sort(keys.empty() ? -1 : 0, Qt::AscendingOrder);
    invalidate();
}

bool OperationProxy::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    if (parent.isValid())
        return false; // the table has no place for steps
    return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) {
        for (int column = 0; column < OperationTreeModel::columns; ++column) {
            if (sourceModel()->index(row, column, parent).data().toString().contains(word, Qt::CaseInsensitive))
                return true;
        }
        return false;
    });
}

bool OperationProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    for (const SortColumn& key : m_keys) {
        const QVariant a = left.siblingAtColumn(key.column).data(SortRole);
        const QVariant b = right.siblingAtColumn(key.column).data(SortRole);
        if (a == b)
            continue;
        const bool less = a.userType() == QMetaType::QDateTime ? a.toDateTime() < b.toDateTime()
                                                               : a.toString().localeAwareCompare(b.toString()) < 0;
        return key.order == Qt::AscendingOrder ? less : !less;
    }
    return left.row() < right.row();
}

OperationsPage::OperationsPage(OperationTreeModel* model, QWidget* parent)
    : QWidget(parent)
    , m_proxy(new OperationProxy(this))
    , m_table(new DataTable(u"operationsTable"_s, this))
{
    using C = OperationTreeModel::Column;
    m_proxy->setSourceModel(model);
    m_table->setModel(m_proxy);
    m_table->setAccessibleName(tr("Operations"));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setItemDelegate(new OperationDelegate(m_table));
    m_table->setEmptyText(tr("Nothing ran yet"), tr("Everything that is started here is recorded: who, what, when, and with which result."));
    m_table->setUpColumns({{int(C::Started), u"started"_s, 19}, {int(C::Title), u"title"_s, 32}, {int(C::State), u"state"_s, 20},
        {int(C::Progress), u"progress"_s, 24}, {int(C::Duration), u"duration"_s, 11}, {int(C::Operator), u"operator"_s, 16},
        {int(C::Message), u"message"_s, 50}});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_table);
    setFocusProxy(m_table);
    connect(m_table->header(), &SortHeader::sortColumnsChanged, m_proxy, &OperationProxy::setSortColumns);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &OperationsPage::selectionChanged);
    m_table->header()->setSortColumns({{int(C::Started), Qt::DescendingOrder}});
}

QUuid OperationsPage::currentOperation() const
{
    const std::vector<int> rows = m_table->selectedRowNumbers();
    if (rows.empty())
        return {};
    return m_proxy->index(rows.front(), 0).data(OperationTreeModel::OperationIdRole).value<QUuid>();
}

} // namespace elephaas
