#include "views/datatable.h"

#include "views/delegates/rowdelegate.h"
#include "views/theme.h"

#include <QApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QSettings>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString csvField(QString field)
{
    if (field.contains(u',') || field.contains(u'"') || field.contains(u'\n') || field.contains(u'\r')) {
        field.replace(u'"', "\"\""_L1);
        return u'"' + field + u'"';
    }
    return field;
}

QString textField(QString field)
{
    // A tab or a line feed inside a value would make a cell or a row of its own.
    return field.replace(u'\t', u' ').replace(u'\n', u' ').replace(u'\r', u' ');
}

} // namespace

DataTable::DataTable(const QString& name, QWidget* parent)
    : QTableView(parent)
    , m_header(new SortHeader(this))
{
    setObjectName(name);
    m_header->setObjectName(name + "Header"_L1);
    setHorizontalHeader(m_header);
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setAlternatingRowColors(true);
    setShowGrid(false);
    setWordWrap(false);
    setCornerButtonEnabled(false);
    setEditTriggers(NoEditTriggers);
    setTabKeyNavigation(false);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerItem);
    setFrameShape(QFrame::NoFrame);
    setContextMenuPolicy(Qt::CustomContextMenu);
    setItemDelegate(new RowDelegate(this));
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    adoptFont();
    connect(m_header, &QHeaderView::sectionMoved, this, &DataTable::stateChanged);
    connect(m_header, &QHeaderView::sectionResized, this, [this] {
        if (!m_restoring)
            Q_EMIT stateChanged();
    });
    connect(m_header, &SortHeader::sortColumnsChanged, this, &DataTable::stateChanged);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, &DataTable::viewportRowsChanged);
}

void DataTable::adoptFont()
{
    const int height = RowDelegate::rowHeight(fontMetrics());
    verticalHeader()->setMinimumSectionSize(height);
    verticalHeader()->setDefaultSectionSize(height);
}

void DataTable::setUpColumns(std::vector<ColumnSetup> columns)
{
    m_columns = std::move(columns);
    resetColumns();
}

void DataTable::resetColumns()
{
    m_restoring = true;
    int visual = 0;
    for (const ColumnSetup& setup : m_columns) {
        m_header->moveSection(m_header->visualIndex(setup.column), visual++);
        m_header->resizeSection(setup.column, fontMetrics().averageCharWidth() * setup.characters + 18);
        m_header->setSectionHidden(setup.column, !setup.visible);
    }
    m_restoring = false;
    Q_EMIT stateChanged();
}

void DataTable::saveState(QSettings& settings) const
{
    QStringList shown;
    QStringList order;
    for (int visual = 0; visual < m_header->count(); ++visual) {
        const int logical = m_header->logicalIndex(visual);
        const auto setup = std::find_if(
            m_columns.begin(), m_columns.end(), [logical](const ColumnSetup& one) { return one.column == logical; });
        if (setup == m_columns.end())
            continue;
        const bool hidden = m_header->isSectionHidden(logical);
        order << "%1:%2:%3"_L1.arg(setup->key, hidden ? u"0"_s : u"1"_s, QString::number(hidden ? 0 : m_header->sectionSize(logical)));
    }
    for (const SortColumn& key : m_header->sortColumns()) {
        for (const ColumnSetup& setup : m_columns) {
            if (setup.column == key.column)
                shown << (key.order == Qt::AscendingOrder ? u"+"_s : u"-"_s) + setup.key;
        }
    }
    settings.setValue("tables/%1/columns"_L1.arg(objectName()), order);
    settings.setValue("tables/%1/sort"_L1.arg(objectName()), shown);
}

void DataTable::restoreState(const QSettings& settings)
{
    m_restoring = true;
    int visual = 0;
    const QStringList order = settings.value("tables/%1/columns"_L1.arg(objectName())).toStringList();
    for (const QString& entry : order) {
        const QStringList parts = entry.split(u':');
        if (parts.size() != 3)
            continue;
        for (const ColumnSetup& setup : m_columns) {
            if (setup.key != parts.at(0))
                continue;
            m_header->moveSection(m_header->visualIndex(setup.column), visual++);
            if (const int size = parts.at(2).toInt(); size >= m_header->minimumSectionSize() && size < 4000)
                m_header->resizeSection(setup.column, size);
            m_header->setSectionHidden(setup.column, parts.at(1) == "0"_L1);
        }
    }
    if (shownColumns().empty())
        resetColumns();
    std::vector<SortColumn> keys;
    const QStringList sort = settings.value("tables/%1/sort"_L1.arg(objectName())).toStringList();
    for (const QString& entry : sort) {
        for (const ColumnSetup& setup : m_columns) {
            if (setup.key == entry.mid(1))
                keys.push_back({setup.column, entry.startsWith(u'-') ? Qt::DescendingOrder : Qt::AscendingOrder});
        }
    }
    if (!keys.empty())
        m_header->setSortColumns(std::move(keys));
    m_restoring = false;
}

std::vector<int> DataTable::selectedRowNumbers() const
{
    std::vector<int> rows;
    if (!selectionModel())
        return rows;
    for (const QItemSelectionRange& range : selectionModel()->selection()) {
        for (int row = range.top(); row <= range.bottom(); ++row)
            rows.push_back(row);
    }
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

int DataTable::selectedRowCount() const { return static_cast<int>(selectedRowNumbers().size()); }

void DataTable::setEmptyText(const QString& title, const QString& hint)
{
    if (title == m_emptyTitle && hint == m_emptyHint)
        return;
    m_emptyTitle = title;
    m_emptyHint = hint;
    describe();
    viewport()->update();
}

void DataTable::describe()
{
    const bool isEmpty = !model() || model()->rowCount() == 0;
    const QString text = isEmpty ? QString(m_emptyTitle + u' ' + m_emptyHint).trimmed() : QString();
    if (accessibleDescription() != text)
        setAccessibleDescription(text);
}

std::vector<int> DataTable::shownColumns() const
{
    std::vector<int> columns;
    for (int visual = 0; visual < m_header->count(); ++visual) {
        const int logical = m_header->logicalIndex(visual);
        if (!m_header->isSectionHidden(logical))
            columns.push_back(logical);
    }
    return columns;
}

std::vector<int> DataTable::rowsToCopy() const
{
    std::vector<int> rows = selectedRowNumbers();
    if (rows.empty() && model()) {
        for (int row = 0; row < model()->rowCount(); ++row)
            rows.push_back(row);
    }
    return rows;
}

QString DataTable::asText() const
{
    QString text;
    const std::vector<int> columns = shownColumns();
    const auto line = [&](auto&& cell) {
        for (size_t i = 0; i < columns.size(); ++i)
            text += (i ? u"\t"_s : QString()) + textField(cell(columns[i]));
        text += u'\n';
    };
    line([this](int column) { return model()->headerData(column, Qt::Horizontal).toString(); });
    for (const int row : rowsToCopy())
        line([this, row](int column) { return model()->index(row, column).data().toString(); });
    return text;
}

QString DataTable::asCsv() const
{
    QString text;
    const std::vector<int> columns = shownColumns();
    const auto line = [&](auto&& cell) {
        for (size_t i = 0; i < columns.size(); ++i)
            text += (i ? u","_s : QString()) + csvField(cell(columns[i]));
        text += "\r\n"_L1;
    };
    line([this](int column) { return model()->headerData(column, Qt::Horizontal).toString(); });
    for (const int row : rowsToCopy())
        line([this, row](int column) { return model()->index(row, column).data().toString(); });
    return text;
}

int DataTable::firstVisibleRow() const { return qMax(0, rowAt(0)); }

int DataTable::lastVisibleRow() const
{
    const int row = rowAt(viewport()->height() - 1);
    return row >= 0 ? row : (model() ? model()->rowCount() - 1 : -1);
}

void DataTable::keyPressEvent(QKeyEvent* event)
{
    const bool plain = !(event->modifiers() & ~Qt::KeypadModifier);
    if (plain && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)) {
        if (currentIndex().isValid())
            Q_EMIT activatedRow(currentIndex().row());
        event->accept();
        return;
    }
    if (plain && event->key() == Qt::Key_Up && currentIndex().row() <= 0) {
        Q_EMIT leftUpwards();
        event->accept();
        return;
    }
    // The keyboard comes to a table without selecting anything: the first arrow chooses the row it is on, and passes none over.
    if (plain && (event->key() == Qt::Key_Down || event->key() == Qt::Key_Up) && currentIndex().isValid()
        && !selectionModel()->hasSelection()) {
        selectionModel()->select(currentIndex(), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        event->accept();
        return;
    }
    if (plain && event->key() == Qt::Key_Escape && selectionModel() && selectionModel()->hasSelection()) {
        clearSelection();
        event->accept();
        return;
    }
    QTableView::keyPressEvent(event);
}

void DataTable::mouseDoubleClickEvent(QMouseEvent* event)
{
    QTableView::mouseDoubleClickEvent(event);
    const QModelIndex index = indexAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && index.isValid())
        Q_EMIT activatedRow(index.row());
}

void DataTable::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    Q_EMIT viewportRowsChanged();
}

void DataTable::changeEvent(QEvent* event)
{
    QTableView::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        adoptFont();
}

void DataTable::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    if (!model() || model()->rowCount() > 0 || m_emptyTitle.isEmpty())
        return;
    QPainter painter(viewport());
    const QRect area = viewport()->rect().adjusted(24, 24, -24, -24);
    QFont title = font();
    title.setWeight(QFont::DemiBold);
    painter.setFont(title);
    painter.setPen(palette().color(QPalette::Text));
    const int top = area.top() + area.height() / 3;
    QRect used;
    painter.drawText(QRect(area.left(), top, area.width(), area.bottom() - top), int(Qt::AlignHCenter | Qt::AlignTop) | Qt::TextWordWrap,
        m_emptyTitle, &used);
    painter.setFont(font());
    painter.setPen(semanticColors().muted);
    painter.drawText(QRect(area.left(), used.bottom() + 8, area.width(), area.bottom() - used.bottom()),
        int(Qt::AlignHCenter | Qt::AlignTop) | Qt::TextWordWrap, m_emptyHint);
}

} // namespace elephaas
