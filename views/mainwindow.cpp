#include "views/mainwindow.h"

#include "models/items/drpairtablemodel.h"
#include "models/items/operationtreemodel.h"
#include "views/actions.h"
#include "views/banner.h"
#include "views/constellationview.h"
#include "views/datatable.h"
#include "views/detailspanel.h"
#include "views/edgeframe.h"
#include "views/filterbar.h"
#include "views/icons.h"
#include "views/operationspage.h"
#include "views/operationspanel.h"
#include "views/pagetabs.h"
#include "views/startpage.h"
#include "views/statusstrip.h"
#include "views/tablepage.h"

#include <QHBoxLayout>
#include <QScreen>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTreeView>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr std::array pageKinds{ItemKind::Instance, ItemKind::Herd, ItemKind::Server, ItemKind::Environment, ItemKind::DrPair};
constexpr int visibleDelayMs = 250;
constexpr int iconDelayMs = 100;
constexpr int saveDelayMs = 1500;

} // namespace

MainWindow::MainWindow(std::shared_ptr<const Clock> clock, QSettings* settings, QWidget* parent)
    : QMainWindow(parent)
    , m_clock(std::move(clock))
    , m_settings(settings)
    , m_actions(new Actions(this))
    , m_operations(new OperationTreeModel(m_clock, this))
    , m_snapshot(std::make_shared<Inventory>())
{
    setObjectName(u"mainWindow"_s);
    setWindowTitle(tr("ElepHaaS"));
    setAccessibleName(tr("ElepHaaS"));
    setContextMenuPolicy(Qt::CustomContextMenu); // no toolbar menu of Qt's own
    buildMenus();
    buildCentre();
    m_subjectTimer.setSingleShot(true);
    m_subjectTimer.setInterval(0);
    m_treeTimer.setSingleShot(true);
    m_visibleTimer.setSingleShot(true);
    m_visibleTimer.setInterval(visibleDelayMs);
    m_saveTimer.setSingleShot(true);
    m_saveTimer.setInterval(saveDelayMs);
    m_tick.setInterval(1000);
    connectActions();
    connectParts();
    resize(QSize(1480, 900).boundedTo(screen()->availableSize() - QSize(40, 60)));
    if (const int character = fontMetrics().averageCharWidth(); width() < character * 150) // a small screen: the rows come first
        m_columns->setSizes({character * 27, width() - character * 69, character * 42});
    restoreState();
    showPage(m_tabs->currentIndex());
    applyFilter();
    showConnection();
    subjectMayHaveChanged();
    currentTable()->setFocus(); // so that "/" goes to the filter from the first key on
    m_tick.start();
    QTimer::singleShot(iconDelayMs, this, [this] { setWindowIcon(applicationIcon()); }); // drawn in several sizes: after the first rows
}

MainWindow::~MainWindow()
{
    // Children signal while they are taken apart, after the members of this object are gone.
    const QList<QObject*> children = findChildren<QObject*>();
    for (QObject* child : children)
        child->disconnect(this);
}

void MainWindow::buildCentre()
{
    m_edge = new EdgeFrame(this);
    auto* layout = new QVBoxLayout(m_edge);
    layout->setContentsMargins(EdgeFrame::thickness, EdgeFrame::thickness, EdgeFrame::thickness, EdgeFrame::thickness);
    layout->setSpacing(0);
    m_connectionBanner = new Banner(u"connectionBanner"_s, m_edge);
    m_notice = new Banner(u"noticeBanner"_s, m_edge);
    layout->addWidget(m_connectionBanner);
    layout->addWidget(m_notice);
    m_filterBar = new FilterBar(*m_actions, m_edge);
    layout->addWidget(m_filterBar);

    m_rows = new QSplitter(Qt::Vertical, m_edge);
    m_rows->setObjectName(u"rowsSplitter"_s);
    m_columns = new QSplitter(Qt::Horizontal, m_rows);
    m_columns->setObjectName(u"columnsSplitter"_s);
    m_tree = new ConstellationView(*m_actions, m_clock, m_columns);
    m_centre = new QStackedWidget(m_columns);
    m_centre->setObjectName(u"centre"_s);
    m_centre->addWidget(buildPageArea());
    m_details = new DetailsPanel(*m_actions, m_columns);
    m_columns->addWidget(m_tree);
    m_columns->addWidget(m_centre);
    m_columns->addWidget(m_details);
    m_columns->setStretchFactor(0, 0);
    m_columns->setStretchFactor(1, 1);
    m_columns->setStretchFactor(2, 0);
    const int character = fontMetrics().averageCharWidth();
    m_columns->setSizes({character * 42, character * 108, character * 46});
    m_tree->setMinimumWidth(character * 26);
    m_details->setMinimumWidth(character * 42); // no less: its badges and ages would be cut
    m_centre->setMinimumWidth(character * 26);
    m_operationsPanel = new OperationsPanel(*m_actions, m_operations, m_rows);
    m_rows->addWidget(m_columns);
    m_rows->addWidget(m_operationsPanel);
    m_rows->setStretchFactor(0, 1);
    m_rows->setStretchFactor(1, 0);
    m_rows->setSizes({character * 80, character * 22});
    for (QSplitter* splitter : {m_rows, m_columns}) {
        splitter->setChildrenCollapsible(false);
        splitter->setHandleWidth(5);
    }
    layout->addWidget(m_rows, 1);
    m_operationsPanel->setVisible(false);
    setCentralWidget(m_edge);

    m_strip = new StatusStrip(this);
    statusBar()->setObjectName(u"statusBar"_s);
    statusBar()->setAccessibleName(tr("Status"));
    statusBar()->setSizeGripEnabled(false);
    statusBar()->setContentsMargins(0, 0, 0, 0);
    statusBar()->addPermanentWidget(m_strip, 1);
}

QWidget* MainWindow::buildPageArea()
{
    m_tabs = new PageTabs(m_centre);
    // The pages are made when they are first looked at: the start is for the first of them.
    const std::array names{tr("Instances"), tr("Herds"), tr("Servers"), tr("Environments"), tr("Disaster recovery"), tr("Operations")};
    for (int page = 0; page < pageCount; ++page) {
        auto* holder = new QWidget(m_tabs);
        holder->setObjectName(u"page%1"_s.arg(page + 1));
        auto* layout = new QVBoxLayout(holder);
        layout->setContentsMargins(0, 0, 0, 0);
        m_tabs->addPage(holder, names.at(static_cast<size_t>(page)), tr("Ctrl+%1").arg(page + 1));
    }
    return m_tabs;
}

TablePage* MainWindow::tablePage(int page)
{
    if (page < 0 || page >= operationsPageNumber)
        return nullptr;
    TablePage*& made = m_pages.at(static_cast<size_t>(page));
    if (!made) {
        made = new TablePage(pageKinds.at(static_cast<size_t>(page)), m_clock, m_tabs->page(page));
        m_tabs->page(page)->layout()->addWidget(made);
        m_tabs->page(page)->setFocusProxy(made);
        made->setLimits(m_limits);
        made->model()->apply(m_snapshot, nullptr);
        if (auto* pairs = qobject_cast<DrPairTableModel*>(made->model()))
            pairs->setAliases(m_aliases);
        if (m_settings)
            made->table()->restoreState(*m_settings);
        made->proxy()->setFilter(m_filterBar->filter());
        connectTable(made->table());
        connect(made, &TablePage::selectionChanged, this, [this] {
            m_subjectFromTree = false;
            subjectMayHaveChanged();
        });
        connect(made->proxy(), &TableProxy::visibleChanged, this, [this] {
            showCounts();
            m_visibleTimer.start();
        });
    }
    return made;
}

OperationsPage* MainWindow::operationsPage()
{
    if (!m_operationsPage) {
        QWidget* holder = m_tabs->page(operationsPageNumber);
        m_operationsPage = new OperationsPage(m_operations, holder);
        holder->layout()->addWidget(m_operationsPage);
        holder->setFocusProxy(m_operationsPage);
        if (m_settings)
            m_operationsPage->table()->restoreState(*m_settings);
        m_operationsPage->proxy()->setWords(m_filterBar->filter().text);
        connectTable(m_operationsPage->table());
        connect(m_operationsPage, &OperationsPage::selectionChanged, this, [this] {
            m_subjectFromTree = false;
            subjectMayHaveChanged();
        });
        connect(m_operationsPage->proxy(), &QAbstractItemModel::rowsInserted, this, &MainWindow::showCounts);
        connect(m_operationsPage->proxy(), &QAbstractItemModel::rowsRemoved, this, &MainWindow::showCounts);
    }
    return m_operationsPage;
}

DataTable* MainWindow::currentTable()
{
    const int page = m_tabs->currentIndex();
    return page == operationsPageNumber ? operationsPage()->table() : tablePage(page)->table();
}

void MainWindow::connectTable(DataTable* table)
{
    connect(table, &DataTable::activatedRow, this, &MainWindow::activate);
    connect(table, &DataTable::leftUpwards, m_filterBar, &FilterBar::focusText);
    connect(table, &DataTable::stateChanged, this, &MainWindow::saveSoon);
    connect(table, &DataTable::viewportRowsChanged, this, [this] { m_visibleTimer.start(); });
    connect(table, &QWidget::customContextMenuRequested, this, [this, table](const QPoint& position) { showContextMenu(table, position); });
    connect(table->selectionModel(), &QItemSelectionModel::currentChanged, this, &MainWindow::refreshActions);
    table->header()->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(table->header(), &QWidget::customContextMenuRequested, this, [this] { (*m_actions)[ActionId::Columns]->trigger(); });
}

void MainWindow::connectParts()
{
    // Qt itself knows the menu key only, which many keyboards have not.
    auto* menuKey = new QShortcut(QKeySequence(Qt::SHIFT | Qt::Key_F10), this);
    menuKey->setObjectName(u"contextMenuShortcut"_s);
    connect(menuKey, &QShortcut::activated, this, &MainWindow::openContextMenu);
    connect(m_filterBar, &FilterBar::filterChanged, this, [this] {
        applyFilter();
        saveSoon();
    });
    connect(m_filterBar, &FilterBar::focusRemoved, this, [this] {
        m_tree->clearCurrent();
        m_subjectFromTree = false;
        subjectMayHaveChanged();
    });
    connect(m_filterBar, &FilterBar::leftDownwards, this, [this] {
        DataTable* table = currentTable();
        table->setFocus(Qt::OtherFocusReason);
        if (table->selectionModel()->hasSelection() || table->model()->rowCount() == 0)
            return;
        // The first row is what the keyboard is on, so it is also what the next action is about.
        const QModelIndex current = table->currentIndex();
        const QModelIndex row = current.isValid() ? current : table->model()->index(0, table->header()->logicalIndex(0));
        table->selectionModel()->setCurrentIndex(row, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    });
    connect(m_tree, &ConstellationView::focusChosen, this, &MainWindow::focusFromTree);
    connect(m_tree, &ConstellationView::nodeEdited, this, &MainWindow::activate);
    connect(m_tree->tree(), &QWidget::customContextMenuRequested, this,
        [this](const QPoint& position) { showContextMenu(m_tree->tree(), position); });
    connect(m_tabs, &PageTabs::currentChanged, this, [this](int page) {
        m_subjectFromTree = false;
        showPage(page);
        saveSoon();
    });
    connect(m_operationsPanel, &OperationsPanel::currentChanged, this, &MainWindow::refreshActions);
    connect(m_operationsPanel, &OperationsPanel::activated, this, [this] { (*m_actions)[ActionId::OperationDetails]->trigger(); });
    connect(m_operationsPanel, &OperationsPanel::hideRequested, this, [this] { (*m_actions)[ActionId::ShowOperations]->setChecked(false); });
    connect(m_operationsPanel->tree(), &QWidget::customContextMenuRequested, this,
        [this](const QPoint& position) { showContextMenu(m_operationsPanel->tree(), position); });
    connect(m_connectionBanner, &Banner::actionTriggered, this, &MainWindow::retryRequested);
    connect(m_connectionBanner, &Banner::closed, this, [this] { m_bannerClosed = true; });
    connect(m_strip, &StatusStrip::livenessChosen, this, [this](Liveness liveness) {
        m_tabs->setCurrentIndex(0);
        m_filterBar->clear();
        m_filterBar->setLiveness(liveness);
    });
    connect(m_strip, &StatusStrip::laggingChosen, this, [this] {
        m_tabs->setCurrentIndex(0);
        m_filterBar->clear();
        (*m_actions)[ActionId::ToggleLagging]->setChecked(true);
    });
    connect(m_strip, &StatusStrip::problemsChosen, this, [this] {
        m_tabs->setCurrentIndex(0);
        m_filterBar->clear();
        (*m_actions)[ActionId::ToggleProblems]->setChecked(true);
    });
    connect(m_columns, &QSplitter::splitterMoved, this, &MainWindow::saveSoon);
    connect(m_rows, &QSplitter::splitterMoved, this, &MainWindow::saveSoon);
    connect(&m_subjectTimer, &QTimer::timeout, this, [this] {
        refreshActions();
        showDetails();
        showEnvironment();
        showCounts();
    });
    connect(&m_treeTimer, &QTimer::timeout, this, [this] {
        m_treeFilled = m_treeFilled || !m_snapshot->instances().empty();
        m_tree->apply(m_snapshot, std::exchange(m_treeDifference, nullptr));
        showConnection();
    });
    connect(&m_visibleTimer, &QTimer::timeout, this, &MainWindow::announceVisible);
    connect(&m_saveTimer, &QTimer::timeout, this, &MainWindow::saveState);
    connect(&m_tick, &QTimer::timeout, this, &MainWindow::tick);
}

} // namespace elephaas
