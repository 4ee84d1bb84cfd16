#pragma once

#include "models/domain/seenalias.h"
#include "models/items/assessment.h"
#include "models/items/roles.h"
#include "models/operations/replicationrequest.h"
#include "models/ports/clock.h"
#include "models/ports/operationjournal.h"
#include "models/services/inventoryservice.h"
#include "models/items/fleetsummary.h"
#include "views/laghistory.h"
#include "views/subject.h"

#include <QMainWindow>
#include <QPointer>
#include <QTimer>

#include <array>
#include <memory>
#include <optional>
#include <vector>

class QMenu;
class QSettings;
class QSplitter;
class QStackedWidget;

namespace elephaas {

class Actions;
class Banner;
class ConstellationView;
class DataTable;
class DetailsPanel;
class EdgeFrame;
class FilterBar;
class OperationsPage;
class OperationsPanel;
class OperationTreeModel;
class PageTabs;
class StatusStrip;
class TablePage;
struct Fact;
struct TreeFocus;
enum class LifecycleKind;

// The console's window. It shows what it is given and says what the user wants; it never acts itself and never waits.
//
// Data comes in through the set… functions, wants go out as signals. Everything in the GUI thread.
//
// Object names that tests and the accessibility interface may rely on:
//   mainWindow; menus menuConsole, menuEdit, menuInstances, menuView, menuHelp; every action: "action" and its name (actions.cpp);
//   filterBar: filterText, focusChip, filterEnvironment, filterHerd, filterRole, filterState, filterVersion, toggleProblems,
//     togglePrimaries, toggleReplicas, toggleLagging, clearFilter, refreshAll;
//   constellation: constellationTree, groupByHerd, groupByServer;
//   pages: instancesTable, herdsTable, serversTable, environmentsTable, drPairsTable, operationsTable, pageCount;
//   detailsPanel: detailsTitle, detailsFacts, detailsWhy, lagPlot, detailsMembers, detailsOperations, details + an action's name;
//   operationsPanel: operationsTree, operationOutput, operationDetailsButton, cancelOperationButton, hideOperations;
//   statusStrip: statusInventory, statusConnection, statusAge, statusDown, statusUnreachable, statusUnknown, statusLagging,
//     statusReadOnly; banners connectionBanner, noticeBanner; startPage and its buttons startAddEnvironment, startAddServer,
//     startAddHerd, startImport.
class MainWindow final : public QMainWindow {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MainWindow)

public:
    // `settings` may be null: nothing is remembered then; else it outlives the window. The window restores itself from it at
    // once and writes to it a moment after changes and when it closes.
    MainWindow(std::shared_ptr<const Clock> clock, QSettings* settings, QWidget* parent = nullptr);
    ~MainWindow() override;

    // Data in.
    void setInventory(const InventoryPtr& snapshot, const DifferencePtr& difference);
    // `whyNotEditable` as InventoryService::whyNotEditable(), `whyNotRunnable` as OperationService::whyNotRunnable().
    void setStatus(const InventoryService::Status& status, const QString& whyNotEditable, const QString& whyNotRunnable);
    void setLimits(const ItemLimits& limits);
    void setAliases(const SeenAliasesPtr& aliases);
    void setProbeProgress(int done, int total);
    // A new operation (shown at once in the panel), or the present state of a known one.
    void putOperation(const OperationRecord& operation);
    void updateOperationStep(const QUuid& operation, const StepRecord& step);
    // Earlier runs, for the page of operations.
    void putHistory(const std::vector<OperationRecord>& operations);
    // A message that waits at the top until it is closed; plain text.
    void showNotice(const Error& error);
    void setFilterText(const QString& text);
    void showNotice(const QString& title, const QString& text);
    // What follows the colour scheme or protected environments is painted anew.
    void refreshAppearance();

    const Actions& actions() const { return *m_actions; }
    InventoryPtr snapshot() const { return m_snapshot; }
    // What actions apply to now.
    const Subject& subject();

Q_SIGNALS:
    // Wants out. The instances are never empty and exist in the snapshot.
    void lifecycleRequested(elephaas::LifecycleKind kind, const std::vector<elephaas::InstanceId>& instances);
    void replicationRequested(const elephaas::ReplicationRequest& request); // what a person has not chosen yet is as it is by itself
    void refreshRequested(const std::vector<elephaas::InstanceId>& instances); // empty: all, and the inventory's rows
    void addRequested(elephaas::ItemKind kind);
    void editRequested(elephaas::ItemKind kind, qint64 id);
    void deleteRequested(elephaas::ItemKind kind, const std::vector<qint64>& ids);
    void operationDetailsRequested(const QUuid& operation);
    void cancelOperationRequested(const QUuid& operation);
    void preferencesRequested();
    void exportRequested();
    void helpRequested(const QString& page); // the name of a page of the help: that of what the keyboard is on
    void shortcutsRequested();
    void aboutRequested();
    void importRequested();
    void retryRequested(); // the inventory is lost: try again now
    // The instances that are in view: refreshed first.
    void visibleInstancesChanged(const std::vector<elephaas::InstanceId>& instances);
    // The DR pairs that are in view, by herd; none on other pages: their names are read.
    void visiblePairsChanged(const std::vector<elephaas::HerdId>& pairs);

protected:
    bool event(QEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    static constexpr int pageCount = 6;
    static constexpr int operationsPageNumber = 5;

    // mainwindow.cpp
    void buildCentre();
    void buildPages();
    QWidget* buildPageArea();
    TablePage* tablePage(int page); // made on first use; nullptr for the page of operations
    OperationsPage* operationsPage();
    DataTable* currentTable();
    void connectParts();
    void connectTable(DataTable* table);

    // mainwindowactions.cpp
    void buildMenus();
    void connectActions();
    void requestLifecycle(LifecycleKind kind);
    void requestReplication(ReplicationKind kind);
    void requestReplication(const ReplicationRequest& request);
    void refreshActions();
    void activate(); // Enter
    void openContextMenu(); // of what has the keyboard
    void showContextMenu(QWidget* view, const QPoint& position);
    void cyclePane(int by);
    void copy(bool csv);
    void sortByCurrentColumn(bool add);
    QString helpPage();
    QUuid chosenOperation() const;

    // mainwindowdata.cpp
    void showPage(int page);
    void applyFilter();
    void focusFromTree(const std::optional<TreeFocus>& focus, std::optional<InstanceId> instance);
    void subjectMayHaveChanged();
    void showDetails();
    void showCounts();
    void showEmptyText();
    void showConnection();
    void showEnvironment();
    void showStartPage();
    void focusCentre();
    void announceVisible();
    void tick();
    std::vector<Fact> lastOperationsOf(const Subject& subject) const;

    // mainwindowstate.cpp
    void saveState();
    void restoreState();
    void saveSoon();

    std::shared_ptr<const Clock> m_clock;
    QSettings* m_settings;
    Actions* m_actions;
    OperationTreeModel* m_operations;

    InventoryPtr m_snapshot;
    InventoryService::Status m_status;
    QString m_whyNotEditable;
    QString m_whyNotRunnable;
    ItemLimits m_limits;
    SeenAliasesPtr m_aliases = std::make_shared<const SeenAliases>();
    FleetSummary m_summary;
    LagHistory m_lagHistory;
    QSet<InstanceId> m_busy;
    Subject m_subject;
    bool m_subjectStale = true;
    bool m_subjectFromTree = false;
    bool m_bannerClosed = false;
    bool m_restored = false;
    bool m_treeFilled = false;
    bool m_operationsSeen = false; // the panel was shown for an operation once

    EdgeFrame* m_edge = nullptr;
    Banner* m_connectionBanner = nullptr;
    Banner* m_notice = nullptr;
    FilterBar* m_filterBar = nullptr;
    QSplitter* m_columns = nullptr;
    QSplitter* m_rows = nullptr;
    ConstellationView* m_tree = nullptr;
    QStackedWidget* m_centre = nullptr;
    PageTabs* m_tabs = nullptr;
    DetailsPanel* m_details = nullptr;
    OperationsPanel* m_operationsPanel = nullptr;
    StatusStrip* m_strip = nullptr;
    std::array<TablePage*, pageCount> m_pages{};
    std::array<bool, pageCount> m_pageStale{}; // hidden while the inventory changed
    OperationsPage* m_operationsPage = nullptr;

    QTimer m_tick;
    QTimer m_subjectTimer; // many selection changes, one look
    QTimer m_treeTimer;
    DifferencePtr m_treeDifference; // from what the tree shows to m_snapshot; nothing: not known
    QTimer m_visibleTimer;
    QTimer m_saveTimer;
};

} // namespace elephaas
