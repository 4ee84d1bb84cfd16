#include "views/actions.h"

#include "views/icons.h"

#include <QActionGroup>
#include <QWidget>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

QString plainActionText(const QAction& action)
{
    QString text = action.text();
    text.remove(u'&');
    while (text.endsWith(u'…'))
        text.chop(1);
    return text;
}

Actions::Actions(QWidget* window)
    : QObject(window)
    , m_window(window)
{
    addOperations();
    addReplication();
    addInventory();
    addTable();
    addView();
}

QAction* Actions::add(ActionId id, const char* name, const QString& text, const QString& does, const QList<QKeySequence>& shortcuts,
    const char* icon)
{
    auto* action = new QAction(text, this);
    action->setObjectName(QString::fromLatin1(name));
    action->setShortcuts(shortcuts);
    action->setShortcutContext(Qt::WindowShortcut);
    if (icon)
        action->setIcon(symbolIcon(QString::fromLatin1(icon)));
    m_window->addAction(action);
    m_actions.insert(id, action);
    m_does.insert(id, does);
    m_order.push_back(id);
    describe(id);
    return action;
}

void Actions::describe(ActionId id)
{
    QAction* action = m_actions.value(id);
    const QString why = m_whyNot.value(id);
    QString tip = why.isEmpty() ? m_does.value(id) : tr("%1: not available. %2", "action, reason").arg(plainActionText(*action), why);
    action->setStatusTip(tip);
    action->setWhatsThis(tip.toHtmlEscaped());
    if (const QString keys = action->shortcut().toString(QKeySequence::NativeText); !keys.isEmpty())
        tip += u" ("_s + keys + u')';
    action->setToolTip(tip.toHtmlEscaped());
}

void Actions::setAvailable(ActionId id, const QString& whyNot)
{
    QAction* action = m_actions.value(id);
    if (action->isEnabled() == whyNot.isEmpty() && m_whyNot.value(id) == whyNot)
        return;
    m_whyNot.insert(id, whyNot);
    action->setEnabled(whyNot.isEmpty());
    describe(id);
}

void Actions::addOperations()
{
    add(ActionId::Start, "actionStart", tr("&Start…"), tr("Start the chosen instances and wait until they accept connections"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_S}, "start");
    add(ActionId::Stop, "actionStop", tr("S&top…"), tr("Stop the chosen instances (fast) and prove that they are down"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_T}, "stop");
    add(ActionId::Restart, "actionRestart", tr("&Restart…"), tr("Stop and start the chosen instances; start those that are down"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_R}, "restart");
    add(ActionId::Reload, "actionReload", tr("Re&load…"), tr("Have the chosen instances read their configuration files again"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_L}, "reload");
    add(ActionId::RefreshSelection, "actionRefreshSelection", tr("Refresh selecti&on"), tr("Ask the servers of the selection how their instances are"),
        {Qt::SHIFT | Qt::Key_F5}, "refresh");
    add(ActionId::RefreshAll, "actionRefreshAll", tr("Refresh &all"), tr("Ask every server how its instances are, and read the inventory again"),
        {Qt::Key_F5, Qt::CTRL | Qt::Key_R}, "refresh");
    add(ActionId::OperationDetails, "actionOperationDetails", tr("Operation &details…"), tr("Show each step of the operation with its output"),
        {Qt::CTRL | Qt::Key_D}, "details");
    add(ActionId::CancelOperation, "actionCancelOperation", tr("&Cancel operation"),
        tr("Start nothing more of the operation, and end what can be ended safely"), {Qt::CTRL | Qt::Key_Period}, "cancel");
}

void Actions::addReplication()
{
    add(ActionId::Promote, "actionPromote", tr("&Promote…"), tr("Make the chosen replicas primaries that follow nobody; the rest of the herd is not touched"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_P}, "promote");
    add(ActionId::Demote, "actionDemote", tr("D&emote…"), tr("Make the chosen primaries replicas of the herd's leader; what only they have is lost"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_D}, "demote");
    add(ActionId::Rebuild, "actionRebuild", tr("Re&build…"), tr("Make the chosen instances replicas again, with the data of another member"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_B}, "rebuild");
    add(ActionId::Remaster, "actionRemaster", tr("&Follow another member…"), tr("Have the chosen replicas follow another member of their herd"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_O}, "remaster");
    add(ActionId::Initialise, "actionInitialise", tr("&Initialise…"),
        tr("Make data directories where there are none: a copy of the herd's leader, or a new herd"), {Qt::CTRL | Qt::SHIFT | Qt::Key_I}, "initialise");
    add(ActionId::Switchover, "actionSwitchover", tr("S&witch over…"),
        tr("Let the primary hand over to a replica; its other followers and the DNS name move along, and nothing is lost"), {Qt::CTRL | Qt::SHIFT | Qt::Key_W},
        "switchover");
    add(ActionId::Failover, "actionFailover", tr("Fail o&ver…"),
        tr("Let a replica take over from a primary that is lost; what it has not received is lost"), {Qt::CTRL | Qt::SHIFT | Qt::Key_X}, "failover");
    add(ActionId::Drain, "actionDrain", tr("Drai&n server…"), tr("Move every primary off the chosen servers, each to a replica of its herd on another server"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_Y}, "drain");
    add(ActionId::RefreshDns, "actionRefreshDns", tr("Refres&h DNS…"), tr("Let the virtual hosts of the chosen herds point to their primaries again, where they do not"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_N}, "dns");
}

void Actions::addInventory()
{
    add(ActionId::AddInstance, "actionAddInstance", tr("Add &instance…"), tr("Add an instance to the inventory"), {Qt::CTRL | Qt::Key_N}, "instance");
    add(ActionId::AddHerd, "actionAddHerd", tr("Add &herd…"), tr("Add a herd to the inventory"), {Qt::CTRL | Qt::SHIFT | Qt::Key_H}, "herd");
    add(ActionId::AddServer, "actionAddServer", tr("Add &server…"), tr("Add a server to the inventory"), {Qt::CTRL | Qt::SHIFT | Qt::Key_V}, "server");
    add(ActionId::AddEnvironment, "actionAddEnvironment", tr("Add &environment…"), tr("Add an environment to the inventory"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_M}, "environment");
    add(ActionId::EditEntity, "actionEdit", tr("&Edit…"), tr("Change what the inventory says about the chosen row"), {Qt::Key_F2}, "edit");
    add(ActionId::Delete, "actionDelete", tr("&Delete…"), tr("Delete the chosen rows from the inventory; says first what goes with them"),
        {Qt::Key_Delete}, "delete");
    add(ActionId::Import, "actionImport", tr("&Import…"), tr("Merge an inventory from a JSON file"), {Qt::CTRL | Qt::Key_O}, "import");
    add(ActionId::Export, "actionExport", tr("E&xport…"), tr("Write the whole inventory to a JSON file"), {Qt::CTRL | Qt::Key_E}, "export");
    add(ActionId::Preferences, "actionPreferences", tr("&Preferences…"), tr("Commands, SSH, limits and how the window looks"),
        {Qt::CTRL | Qt::Key_Comma}, "preferences")->setMenuRole(QAction::PreferencesRole);
    add(ActionId::Quit, "actionQuit", tr("&Quit"), tr("Close the console"), {Qt::CTRL | Qt::Key_Q}, "quit")->setMenuRole(QAction::QuitRole);
}

void Actions::addTable()
{
    add(ActionId::Copy, "actionCopy", tr("&Copy"), tr("Copy the selected rows as text"), {QKeySequence(QKeySequence::Copy)}, "copy");
    add(ActionId::CopyCsv, "actionCopyCsv", tr("Copy as CS&V"), tr("Copy the selected rows as comma-separated values"),
        {Qt::CTRL | Qt::SHIFT | Qt::Key_C});
    add(ActionId::SelectAll, "actionSelectAll", tr("Select a&ll"), tr("Select every row that is visible"), {QKeySequence(QKeySequence::SelectAll)});
    add(ActionId::Columns, "actionColumns", tr("C&olumns…"), tr("Choose and order the columns of this table"), {Qt::CTRL | Qt::Key_L}, "columns");
    add(ActionId::SortByColumn, "actionSortByColumn", tr("&Sort by this column"), tr("Sort by the column of the current cell; again: the other way round"),
        {Qt::Key_F3});
    add(ActionId::AddSortColumn, "actionAddSortColumn", tr("Also sort &by this column"), tr("Add the column of the current cell as a further sort key"),
        {Qt::SHIFT | Qt::Key_F3});
    add(ActionId::FocusFilter, "actionFocusFilter", tr("&Filter…"), tr("Type words that a row must contain"), {Qt::CTRL | Qt::Key_F, Qt::Key_Slash},
        "filter");
    add(ActionId::ClearFilter, "actionClearFilter", tr("&Clear all filters"), tr("Show every row again"), {Qt::CTRL | Qt::SHIFT | Qt::Key_F});
    const auto toggle = [this](ActionId id, const char* name, const QString& text, const QString& does, int key) {
        add(id, name, text, does, {QKeySequence(Qt::ALT | Qt::Key(key))})->setCheckable(true);
    };
    toggle(ActionId::ToggleProblems, "actionToggleProblems", tr("&Problems"), tr("Only what needs attention: down, unreachable, unknown, lagging, not streaming"), Qt::Key_1);
    toggle(ActionId::TogglePrimaries, "actionTogglePrimaries", tr("P&rimaries"), tr("Only primaries"), Qt::Key_2);
    toggle(ActionId::ToggleReplicas, "actionToggleReplicas", tr("R&eplicas"), tr("Only replicas"), Qt::Key_3);
    toggle(ActionId::ToggleLagging, "actionToggleLagging", tr("&Lagging"), tr("Only replicas that lag more than the limit"), Qt::Key_4);
}

void Actions::addView()
{
    auto* pages = new QActionGroup(this);
    const auto page = [this, pages](ActionId id, const char* name, const QString& text, int key, const char* icon) {
        QAction* action = add(id, name, text, tr("Show this page"), {QKeySequence(Qt::CTRL | Qt::Key(key))}, icon);
        action->setCheckable(true);
        pages->addAction(action);
    };
    page(ActionId::PageInstances, "actionPageInstances", tr("&Instances"), Qt::Key_1, "instance");
    page(ActionId::PageHerds, "actionPageHerds", tr("&Herds"), Qt::Key_2, "herd");
    page(ActionId::PageServers, "actionPageServers", tr("&Servers"), Qt::Key_3, "server");
    page(ActionId::PageEnvironments, "actionPageEnvironments", tr("&Environments"), Qt::Key_4, "environment");
    page(ActionId::PageDrPairs, "actionPageDrPairs", tr("&Disaster recovery"), Qt::Key_5, "drpair");
    page(ActionId::PageOperations, "actionPageOperations", tr("&Operations"), Qt::Key_6, "operations");
    (*this)[ActionId::PageInstances]->setChecked(true);

    auto* grouping = new QActionGroup(this);
    for (const auto& [id, name, text, key] : {std::tuple{ActionId::GroupByHerd, "actionGroupByHerd", tr("Group by &herd"), Qt::Key_H},
             std::tuple{ActionId::GroupByServer, "actionGroupByServer", tr("Group by se&rver"), Qt::Key_J}}) {
        QAction* action = add(id, name, text, tr("How the constellation tree is grouped"), {QKeySequence(Qt::CTRL | key)});
        action->setCheckable(true);
        grouping->addAction(action);
    }
    (*this)[ActionId::GroupByHerd]->setChecked(true);

    for (const auto& [id, name, text, key] : {std::tuple{ActionId::ShowTree, "actionShowTree", tr("&Constellation"), Qt::Key_F7},
             std::tuple{ActionId::ShowDetails, "actionShowDetails", tr("De&tails"), Qt::Key_F8},
             std::tuple{ActionId::ShowOperations, "actionShowOperations", tr("Running &operations"), Qt::Key_F9}}) {
        QAction* action = add(id, name, text, tr("Show or hide this part of the window"), {QKeySequence(key)});
        action->setCheckable(true);
        action->setChecked(id != ActionId::ShowOperations);
    }
    add(ActionId::NextPane, "actionNextPane", tr("&Next pane"), tr("Move the keyboard to the next part of the window"), {Qt::Key_F6});
    add(ActionId::PreviousPane, "actionPreviousPane", tr("Pre&vious pane"), tr("Move the keyboard to the part of the window before"), {Qt::SHIFT | Qt::Key_F6});
    add(ActionId::Help, "actionHelp", tr("&Help"), tr("Open the help where you are"), {Qt::Key_F1}, "help");
    add(ActionId::Shortcuts, "actionShortcuts", tr("&Keyboard shortcuts"), tr("List every action with its keys"), {Qt::Key_Question}, "keyboard");
    add(ActionId::About, "actionAbout", tr("&About ElepHaaS"), tr("Version and licence"), {}, "info")->setMenuRole(QAction::AboutRole);
}

} // namespace elephaas
