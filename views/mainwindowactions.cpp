#include "views/mainwindow.h"

#include "models/items/operationtreemodel.h"
#include "models/operations/lifecycle.h"
#include "views/actions.h"
#include "views/columnsdialog.h"
#include "views/constellationview.h"
#include "views/datatable.h"
#include "views/detailspanel.h"
#include "views/filterbar.h"
#include "views/operationspage.h"
#include "views/operationspanel.h"
#include "views/pagetabs.h"
#include "views/replicationreasons.h"
#include "views/tablepage.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QMenu>
#include <QMenuBar>
#include <QStackedWidget>
#include <QTreeView>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr std::array pageActions{ActionId::PageInstances, ActionId::PageHerds, ActionId::PageServers, ActionId::PageEnvironments,
    ActionId::PageDrPairs, ActionId::PageOperations};

} // namespace

// In the tree that of what is chosen there, else that of the page.
QString MainWindow::helpPage()
{
    static constexpr std::array pages{"instance"_L1, "herd"_L1, "server"_L1, "environment"_L1, "dr-pair"_L1, "lifecycle"_L1};
    const QWidget* focus = QApplication::focusWidget();
    if (focus && m_tree->isAncestorOf(focus)) {
        switch (subject().kind) {
        case ItemKind::Environment: return u"environment"_s;
        case ItemKind::Herd: return u"herd"_s;
        case ItemKind::Server: return u"server"_s;
        case ItemKind::Instance: return u"instance"_s;
        case ItemKind::DrPair: return u"dr-pair"_s;
        case ItemKind::None: break;
        }
    }
    return pages.at(static_cast<size_t>(std::clamp(m_tabs->currentIndex(), 0, static_cast<int>(pages.size()) - 1)));
}

void MainWindow::buildMenus()
{
    const auto menu = [this](const QString& name, const QString& title) {
        QMenu* made = menuBar()->addMenu(title);
        made->setObjectName(name);
        made->setAccessibleName(QString(title).remove(u'&'));
        made->setToolTipsVisible(true); // why a disabled action is disabled
        return made;
    };
    const auto fill = [this](QMenu* into, std::initializer_list<std::optional<ActionId>> ids) {
        for (const std::optional<ActionId>& id : ids) {
            if (id)
                into->addAction((*m_actions)[*id]);
            else
                into->addSeparator();
        }
    };
    using A = ActionId;
    constexpr std::nullopt_t line = std::nullopt;
    menuBar()->setObjectName(u"menuBar"_s);
    menuBar()->setAccessibleName(tr("Menu bar"));

    QMenu* console = menu(u"menuConsole"_s, tr("&Console"));
    fill(console, {A::Import, A::Export, line, A::Preferences, line, A::Quit});

    QMenu* edit = menu(u"menuEdit"_s, tr("&Edit"));
    QMenu* add = edit->addMenu(tr("&Add"));
    add->setObjectName(u"menuAdd"_s);
    add->setAccessibleName(tr("Add"));
    add->setToolTipsVisible(true);
    fill(add, {A::AddEnvironment, A::AddServer, A::AddHerd, A::AddInstance});
    fill(edit, {A::EditEntity, A::Delete, line, A::Copy, A::CopyCsv, A::SelectAll});

    fill(menu(u"menuInstances"_s, tr("&Instances")),
        {A::Start, A::Stop, A::Restart, A::Reload, line, A::Promote, A::Demote, A::Rebuild, A::Remaster, A::Initialise, line, A::Switchover, A::Failover, A::Drain, A::RefreshDns, line, A::RefreshSelection, A::RefreshAll, line, A::OperationDetails, A::CancelOperation});

    QMenu* view = menu(u"menuView"_s, tr("&View"));
    fill(view, {A::PageInstances, A::PageHerds, A::PageServers, A::PageEnvironments, A::PageDrPairs, A::PageOperations, line});
    QMenu* filter = view->addMenu(tr("&Filter"));
    filter->setObjectName(u"menuFilter"_s);
    filter->setAccessibleName(tr("Filter"));
    filter->setToolTipsVisible(true);
    fill(filter, {A::FocusFilter, A::ClearFilter, line, A::ToggleProblems, A::TogglePrimaries, A::ToggleReplicas, A::ToggleLagging});
    QMenu* table = view->addMenu(tr("&Table"));
    table->setObjectName(u"menuTable"_s);
    table->setAccessibleName(tr("Table"));
    table->setToolTipsVisible(true);
    fill(table, {A::Columns, A::SortByColumn, A::AddSortColumn});
    QMenu* parts = view->addMenu(tr("Parts of the &window"));
    parts->setObjectName(u"menuParts"_s);
    parts->setAccessibleName(tr("Parts of the window"));
    parts->setToolTipsVisible(true);
    fill(parts, {A::ShowTree, A::ShowDetails, A::ShowOperations, line, A::GroupByHerd, A::GroupByServer, line, A::NextPane, A::PreviousPane});

    fill(menu(u"menuHelp"_s, tr("&Help")), {A::Help, A::Shortcuts, line, A::About});
}

void MainWindow::connectActions()
{
    const auto on = [this](ActionId id, auto&& handler) { connect((*m_actions)[id], &QAction::triggered, this, handler); };
    on(ActionId::Start, [this] { requestLifecycle(LifecycleKind::Start); });
    on(ActionId::Stop, [this] { requestLifecycle(LifecycleKind::Stop); });
    on(ActionId::Restart, [this] { requestLifecycle(LifecycleKind::Restart); });
    on(ActionId::Reload, [this] { requestLifecycle(LifecycleKind::Reload); });
    on(ActionId::Promote, [this] { requestReplication(ReplicationKind::Promote); });
    on(ActionId::Demote, [this] { requestReplication(ReplicationKind::Demote); });
    on(ActionId::Rebuild, [this] { requestReplication(ReplicationKind::Rebuild); });
    on(ActionId::Remaster, [this] { requestReplication(ReplicationKind::Remaster); });
    on(ActionId::Initialise, [this] { requestReplication(ReplicationKind::Initialise); });
    on(ActionId::Switchover, [this] { requestReplication(ReplicationKind::Switchover); });
    on(ActionId::Failover, [this] { requestReplication(ReplicationKind::Failover); });
    on(ActionId::Drain, [this] { requestReplication(drainRequest(*m_snapshot, subject())); });
    on(ActionId::RefreshDns, [this] { requestReplication(ReplicationKind::RefreshDns); });
    on(ActionId::RefreshSelection, [this] {
        if (!subject().instances.empty())
            Q_EMIT refreshRequested(subject().instances);
    });
    on(ActionId::RefreshAll, [this] { Q_EMIT refreshRequested({}); });
    on(ActionId::AddInstance, [this] { Q_EMIT addRequested(ItemKind::Instance); });
    on(ActionId::AddHerd, [this] { Q_EMIT addRequested(ItemKind::Herd); });
    on(ActionId::AddServer, [this] { Q_EMIT addRequested(ItemKind::Server); });
    on(ActionId::AddEnvironment, [this] { Q_EMIT addRequested(ItemKind::Environment); });
    on(ActionId::EditEntity, [this] {
        if (subject().ids.size() == 1)
            Q_EMIT editRequested(m_subject.kind, m_subject.ids.front());
    });
    on(ActionId::Delete, [this] {
        if (!subject().isEmpty())
            Q_EMIT deleteRequested(m_subject.kind, m_subject.ids);
    });
    on(ActionId::Import, [this] { Q_EMIT importRequested(); });
    on(ActionId::Export, [this] { Q_EMIT exportRequested(); });
    on(ActionId::Preferences, [this] { Q_EMIT preferencesRequested(); });
    on(ActionId::Quit, [this] { close(); });
    on(ActionId::Copy, [this] { copy(false); });
    on(ActionId::CopyCsv, [this] { copy(true); });
    on(ActionId::SelectAll, [this] { currentTable()->selectAll(); });
    on(ActionId::Columns, [this] { (new ColumnsDialog(currentTable(), this))->open(); });
    on(ActionId::SortByColumn, [this] { sortByCurrentColumn(false); });
    on(ActionId::AddSortColumn, [this] { sortByCurrentColumn(true); });
    for (int page = 0; page < pageCount; ++page) {
        on(pageActions.at(static_cast<size_t>(page)), [this, page] {
            m_tabs->setCurrentIndex(page);
            currentTable()->setFocus(Qt::ShortcutFocusReason);
        });
    }
    on(ActionId::FocusFilter, [this] { m_filterBar->focusText(); });
    on(ActionId::GroupByHerd, [this] { m_tree->setGrouping(ConstellationModel::Grouping::ByHerd); saveSoon(); });
    on(ActionId::GroupByServer, [this] { m_tree->setGrouping(ConstellationModel::Grouping::ByServer); saveSoon(); });
    on(ActionId::NextPane, [this] { cyclePane(1); });
    on(ActionId::PreviousPane, [this] { cyclePane(-1); });
    on(ActionId::OperationDetails, [this] {
        if (const QUuid operation = chosenOperation(); !operation.isNull())
            Q_EMIT operationDetailsRequested(operation);
    });
    on(ActionId::CancelOperation, [this] {
        if (const QUuid operation = chosenOperation(); !operation.isNull())
            Q_EMIT cancelOperationRequested(operation);
    });
    on(ActionId::Help, [this] { Q_EMIT helpRequested(helpPage()); });
    on(ActionId::Shortcuts, [this] { Q_EMIT shortcutsRequested(); });
    on(ActionId::About, [this] { Q_EMIT aboutRequested(); });
    const auto shows = [this](ActionId id, QWidget* part) {
        connect((*m_actions)[id], &QAction::toggled, this, [this, part](bool shown) {
            const bool hadFocus = part->isAncestorOf(QApplication::focusWidget());
            part->setVisible(shown);
            if (!shown && hadFocus)
                currentTable()->setFocus();
            saveSoon();
        });
    };
    shows(ActionId::ShowTree, m_tree);
    shows(ActionId::ShowDetails, m_details);
    shows(ActionId::ShowOperations, m_operationsPanel);
}

void MainWindow::requestLifecycle(LifecycleKind kind)
{
    if (!subject().instances.empty())
        Q_EMIT lifecycleRequested(kind, m_subject.instances);
}

void MainWindow::requestReplication(ReplicationKind kind)
{
    requestReplication({.kind = kind, .instances = replicationTargets(kind, *m_snapshot, subject())});
}

void MainWindow::requestReplication(const ReplicationRequest& request)
{
    if (!request.instances.empty())
        Q_EMIT replicationRequested(request);
}

void MainWindow::refreshActions()
{
    if (!m_tabs)
        return;
    const OperationRecord* operation = m_operations->record(chosenOperation());
    const DataTable* table = currentTable();
    const Circumstances circumstances{.whyNotEditable = m_whyNotEditable,
        .whyNotRunnable = m_whyNotRunnable,
        .busy = m_busy,
        .hasOperation = operation != nullptr,
        .operationRuns = operation && operation->state == OperationState::Running,
        .hasFilter = m_filterBar->isActive(),
        .hasRows = table->model()->rowCount() > 0,
        .hasCell = table->currentIndex().isValid()};
    for (const ActionId id : m_actions->all())
        m_actions->setAvailable(id, whyNotAvailable(id, *m_snapshot, subject(), circumstances));
    m_details->showActions(!m_subject.isEmpty());
}

QUuid MainWindow::chosenOperation() const
{
    if (m_operationsPage && m_tabs->currentIndex() == operationsPageNumber
        && !(m_operationsPanel->isVisible() && m_operationsPanel->isAncestorOf(QApplication::focusWidget()))) {
        if (const QUuid operation = m_operationsPage->currentOperation(); !operation.isNull())
            return operation;
    }
    return m_operationsPanel->currentOperation();
}

void MainWindow::activate()
{
    if (m_tabs->currentIndex() == operationsPageNumber && !m_tree->isAncestorOf(QApplication::focusWidget()))
        return (*m_actions)[ActionId::OperationDetails]->trigger();
    if ((*m_actions)[ActionId::EditEntity]->isEnabled())
        return (*m_actions)[ActionId::EditEntity]->trigger();
    (*m_actions)[ActionId::ShowDetails]->setChecked(true);
    m_details->setFocus(Qt::OtherFocusReason);
}

void MainWindow::showContextMenu(QWidget* view, const QPoint& position)
{
    if (m_subjectTimer.isActive())
        refreshActions();
    auto* menu = new QMenu(this);
    menu->setObjectName(u"contextMenu"_s);
    menu->setAccessibleName(tr("What can be done with the selection"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    using A = ActionId;
    const bool operations = view == m_operationsPanel->tree() || (m_operationsPage && view == m_operationsPage->table());
    constexpr A ofOperations[] = {A::OperationDetails, A::CancelOperation};
    constexpr A ofRows[] = {A::Start, A::Stop, A::Restart, A::Reload, A::Promote, A::Demote, A::Rebuild, A::Remaster, A::Initialise,
        A::Switchover, A::Failover, A::Drain, A::RefreshDns, A::RefreshSelection, A::EditEntity, A::Delete};
    if (operations) {
        for (const A id : ofOperations)
            menu->addAction((*m_actions)[id]);
    } else {
        for (const A id : ofRows) {
            if (id == A::Promote || id == A::Switchover || id == A::RefreshSelection || id == A::EditEntity)
                menu->addSeparator();
            menu->addAction((*m_actions)[id]);
        }
    }
    if (qobject_cast<QTableView*>(view)) {
        menu->addSeparator();
        for (const A id : {A::Copy, A::CopyCsv, A::Columns})
            menu->addAction((*m_actions)[id]);
    }
    const auto* area = qobject_cast<QAbstractScrollArea*>(view);
    const QWidget* origin = area ? area->viewport() : view;
    menu->popup(origin->mapToGlobal(position));
}

void MainWindow::openContextMenu()
{
    QWidget* widget = focusWidget();
    if (!widget)
        return;
    const QPoint position = widget->inputMethodQuery(Qt::ImCursorRectangle).toRect().center();
    QContextMenuEvent asked(QContextMenuEvent::Keyboard, position, widget->mapToGlobal(position));
    QCoreApplication::sendEvent(widget, &asked);
}

void MainWindow::cyclePane(int by)
{
    std::vector<QWidget*> panes;
    for (QWidget* pane : {static_cast<QWidget*>(m_filterBar), static_cast<QWidget*>(m_tree), static_cast<QWidget*>(m_centre),
             static_cast<QWidget*>(m_details), static_cast<QWidget*>(m_operationsPanel)}) {
        if (pane->isVisible())
            panes.push_back(pane);
    }
    const QWidget* focus = QApplication::focusWidget();
    const auto current = std::find_if(panes.begin(), panes.end(), [focus](const QWidget* p) { return p == focus || p->isAncestorOf(focus); });
    const auto count = static_cast<int>(panes.size());
    int next = current == panes.end() ? 0 : static_cast<int>(current - panes.begin()) + by;
    next = (next + count) % count;
    QWidget* pane = panes.at(static_cast<size_t>(next));
    if (pane == m_filterBar)
        m_filterBar->focusText();
    else if (pane == m_centre)
        focusCentre();
    else
        pane->setFocus(Qt::TabFocusReason);
}

void MainWindow::focusCentre()
{
    if (m_centre->currentWidget() == m_tabs)
        currentTable()->setFocus(Qt::TabFocusReason);
    else
        m_centre->currentWidget()->setFocus(Qt::TabFocusReason); // the start page hands it to its first button
}

bool MainWindow::event(QEvent* event)
{
    // A key that follows a selection at once finds the actions as they are for it, not as they were before.
    if (event->type() == QEvent::ShortcutOverride && m_subjectTimer.isActive())
        refreshActions();
    return QMainWindow::event(event);
}

void MainWindow::showEvent(QShowEvent* event)
{
    QMainWindow::showEvent(event);
    if (!focusWidget())
        focusCentre();
}

void MainWindow::copy(bool csv)
{
    const DataTable* table = currentTable();
    QApplication::clipboard()->setText(csv ? table->asCsv() : table->asText());
}

void MainWindow::sortByCurrentColumn(bool add)
{
    DataTable* table = currentTable();
    if (table->currentIndex().isValid())
        table->header()->sortBy(table->currentIndex().column(), add);
}

void MainWindow::contextMenuEvent(QContextMenuEvent* event) { event->accept(); }

} // namespace elephaas
