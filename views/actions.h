#pragma once

#include <QAction>
#include <QHash>
#include <QObject>

#include <vector>

namespace elephaas {

// Everything the window can do. One QAction each, shared by menus, context menus, buttons and shortcuts.
enum class ActionId {
    Start, Stop, Restart, Reload,
    Promote, Demote, Rebuild, Remaster, Initialise,
    Switchover, Failover, Drain, RefreshDns,
    RefreshSelection, RefreshAll,
    AddInstance, AddHerd, AddServer, AddEnvironment, EditEntity, Delete,
    Import, Export, Preferences, Quit,
    Copy, CopyCsv, SelectAll,
    Columns, SortByColumn, AddSortColumn,
    PageInstances, PageHerds, PageServers, PageEnvironments, PageDrPairs, PageOperations,
    FocusFilter, ClearFilter, ToggleProblems, TogglePrimaries, ToggleReplicas, ToggleLagging,
    GroupByHerd, GroupByServer, ShowTree, ShowDetails, ShowOperations, NextPane, PreviousPane,
    CancelOperation, OperationDetails,
    Help, Shortcuts, About,
};

class Actions final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Actions)

public:
    explicit Actions(QWidget* window);

    QAction* operator[](ActionId id) const { return m_actions.value(id); }
    const std::vector<ActionId>& all() const { return m_order; }

    // Enabled when `whyNot` is empty; else the reason is told by tool tip and status tip. Plain text.
    void setAvailable(ActionId id, const QString& whyNot);
    // What it does, whether or not it can be done now.
    QString does(ActionId id) const { return m_does.value(id); }
    QString whyNot(ActionId id) const { return m_whyNot.value(id); }

private:
    QAction* add(ActionId id, const char* name, const QString& text, const QString& does, const QList<QKeySequence>& shortcuts = {},
        const char* icon = nullptr);
    void addOperations();
    void addReplication();
    void addInventory();
    void addTable();
    void addView();
    void describe(ActionId id);

    QWidget* m_window;
    QHash<ActionId, QAction*> m_actions;
    QHash<ActionId, QString> m_does; // what it does, for tips
    QHash<ActionId, QString> m_whyNot;
    std::vector<ActionId> m_order;
};

// "Restart" of "&Restart…".
QString plainActionText(const QAction& action);

} // namespace elephaas
