#include "dialogs/deletedialog.h"

#include "dialogs/forms/environmentchoice.h"
#include "dialogs/parts/messagestrip.h"
#include "dialogs/parts/plainlabel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QTreeWidget>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Name {
    QString name;
    QString where;
};

Name nameOf(const Inventory& inventory, EnvironmentId id)
{
    const Environment* row = inventory.find(id);
    return {row ? row->name : QString(), row ? DeleteDialog::tr("environment") : QString()};
}

Name nameOf(const Inventory& inventory, HerdId id)
{
    const Herd* row = inventory.find(id);
    if (!row)
        return {};
    return {row->name, DeleteDialog::tr("herd, port %1, %2").arg(QString::number(row->port), environmentText(inventory, row->environment))};
}

Name nameOf(const Inventory& inventory, ServerId id)
{
    const Server* row = inventory.find(id);
    return {row ? row->hostName : QString(),
        row ? DeleteDialog::tr("server, %1").arg(environmentText(inventory, row->environment)) : QString()};
}

Name nameOf(const Inventory& inventory, InstanceId id)
{
    const Instance* row = inventory.find(id);
    if (!row)
        return {};
    const Herd* herd = inventory.find(row->herd);
    const Server* server = inventory.find(row->server);
    const QString herdName = herd ? herd->name : DeleteDialog::tr("missing herd #%1").arg(row->herd.value);
    const QString serverName = server ? server->hostName : DeleteDialog::tr("missing server #%1").arg(row->server.value);
    QString state;
    switch (inventory.livenessOf(*row)) {
    case Liveness::Online:
        state = DeleteDialog::tr("online");
        break;
    case Liveness::Offline:
        state = DeleteDialog::tr("offline");
        break;
    case Liveness::Unreachable:
        state = DeleteDialog::tr("unreachable");
        break;
    case Liveness::Unknown:
        state = DeleteDialog::tr("unknown");
        break;
    }
    //: an instance: its herd on its server; then its state
    return {DeleteDialog::tr("%1 on %2").arg(herdName, serverName),
        row->upstream ? DeleteDialog::tr("replica, %1").arg(state) : DeleteDialog::tr("primary, %1").arg(state)};
}

QString title(const Inventory& inventory, const std::vector<RowKey>& rows)
{
    const int count = static_cast<int>(rows.size());
    if (count == 1) {
        const auto name = std::visit([&](auto id) { return inOneLine(nameOf(inventory, id).name); }, rows.front());
        switch (rows.front().index()) {
        case 0:
            return DeleteDialog::tr("Delete environment %1?").arg(name);
        case 1:
            return DeleteDialog::tr("Delete herd %1?").arg(name);
        case 2:
            return DeleteDialog::tr("Delete server %1?").arg(name);
        default:
            return DeleteDialog::tr("Delete instance %1?").arg(name);
        }
    }
    const bool alike = !rows.empty()
        && std::all_of(rows.begin(), rows.end(), [&](const RowKey& row) { return row.index() == rows.front().index(); });
    if (!alike)
        return DeleteDialog::tr("Delete %n rows?", nullptr, count);
    switch (rows.front().index()) {
    case 0:
        return DeleteDialog::tr("Delete %n environments?", nullptr, count);
    case 1:
        return DeleteDialog::tr("Delete %n herds?", nullptr, count);
    case 2:
        return DeleteDialog::tr("Delete %n servers?", nullptr, count);
    default:
        return DeleteDialog::tr("Delete %n instances?", nullptr, count);
    }
}

int countOnline(const Inventory& inventory, const DeletionEffects& effects)
{
    std::vector<InstanceId> gone = effects.instancesDeleted;
    for (const RowKey& row : effects.chosen) {
        if (const auto* id = std::get_if<InstanceId>(&row))
            gone.push_back(*id);
    }
    return static_cast<int>(std::count_if(gone.begin(), gone.end(), [&](InstanceId id) {
        const Instance* instance = inventory.find(id);
        return instance && inventory.livenessOf(*instance) == Liveness::Online;
    }));
}

} // namespace

DeleteDialog::DeleteDialog(InventoryService& inventory, std::vector<RowKey> rows, QWidget* parent)
    : QDialog(parent)
    , m_inventory(inventory)
    , m_rows(std::move(rows))
    , m_effects(deletionEffects(*inventory.snapshot(), m_rows))
    , m_heading(headingLabel({}, u"deleteHeading"_s, this))
    , m_tree(new QTreeWidget(this))
    , m_running(new MessageStrip(this))
    , m_strip(new MessageStrip(this))
    , m_delete(new QPushButton(this))
    , m_cancel(new QPushButton(tr("Cancel"), this))
{
    build();
    const QString question = title(*inventory.snapshot(), m_effects.chosen);
    setWindowTitle(question);
    m_heading->setText(question);
    list(m_effects);
    updateEditable();
    connect(&m_inventory, &InventoryService::snapshotChanged, this, [this] { inventoryChanged(); });
    connect(&m_inventory, &InventoryService::statusChanged, this, [this] { updateEditable(); });
    connect(m_delete, &QPushButton::clicked, this, [this] { remove(); });
    connect(m_cancel, &QPushButton::clicked, this, [this] { reject(); });
}

void DeleteDialog::build()
{
    setObjectName(u"deleteDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setSizeGripEnabled(true);
    m_running->setObjectName(u"runningStrip"_s);
    QLabel* note = wrappedLabel(
        tr("Only the inventory changes. Nothing on the servers is stopped or erased."), u"deleteNote"_s, this);
    makeMuted(note);

    m_tree->setObjectName(u"deletionTree"_s);
    m_tree->setAccessibleName(tr("What is deleted, and what changes with it"));
    m_tree->setColumnCount(2);
    m_tree->setHeaderHidden(true);
    m_tree->setUniformRowHeights(true);
    m_tree->setSelectionMode(QAbstractItemView::SingleSelection);
    m_tree->setExpandsOnDoubleClick(true);
    m_tree->setMinimumHeight(150);

    m_delete->setText(tr("&Delete"));
    m_delete->setObjectName(u"deleteButton"_s);
    m_delete->setAccessibleName(tr("Delete"));
    m_delete->setAutoDefault(false);
    m_cancel->setObjectName(u"cancelButton"_s);
    m_cancel->setAccessibleName(tr("Cancel"));
    m_cancel->setDefault(true);

    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(m_delete);
    buttons->addWidget(m_cancel);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(10);
    column->addWidget(m_heading);
    column->addWidget(note);
    column->addWidget(m_running);
    column->addWidget(m_tree, 1);
    column->addWidget(m_strip);
    column->addLayout(buttons);
    resize(600, 420);
    m_cancel->setFocus();
}

void DeleteDialog::list(const DeletionEffects& effects)
{
    const InventoryPtr inventory = m_inventory.snapshot();
    m_tree->clear();
    const auto section = [this](const QString& text, Mark mark) {
        auto* item = new QTreeWidgetItem(m_tree, QStringList(text));
        item->setIcon(0, markIcon(mark, palette()));
        QFont bold = m_tree->font();
        bold.setWeight(QFont::DemiBold);
        item->setFont(0, bold);
        item->setFirstColumnSpanned(true);
        item->setExpanded(true);
        return item;
    };
    const auto add = [&](QTreeWidgetItem* to, auto id) {
        const Name name = nameOf(*inventory, id);
        auto* item = new QTreeWidgetItem(to, {inOneLine(name.name, 200), inOneLine(name.where, 200)});
        item->setForeground(1, mutedText(palette()));
    };
    const auto addAll = [&](const auto& ids, const QString& text, Mark mark) {
        if (ids.empty())
            return;
        QTreeWidgetItem* top = section(text, mark);
        for (const auto id : ids)
            add(top, id);
    };

    if (!effects.chosen.empty()) {
        QTreeWidgetItem* top = section(tr("Deleted"), Mark::Failed);
        for (const RowKey& row : effects.chosen)
            std::visit([&](auto id) { add(top, id); }, row);
    }
    const auto count = [](const auto& ids) { return static_cast<int>(ids.size()); };
    addAll(effects.instancesDeleted, tr("Instances deleted with it: %n", nullptr, count(effects.instancesDeleted)), Mark::Failed);
    addAll(effects.herdsWithoutEnvironment, tr("Herds left without environment: %n", nullptr, count(effects.herdsWithoutEnvironment)),
        Mark::Warning);
    addAll(effects.serversWithoutEnvironment,
        tr("Servers left without environment: %n", nullptr, count(effects.serversWithoutEnvironment)), Mark::Warning);
    addAll(effects.followersWithoutUpstream,
        tr("Replicas left without upstream, then shown as primaries: %n", nullptr, count(effects.followersWithoutUpstream)),
        Mark::Warning);
    if (!effects.chosen.empty() && !effects.hasDependants()) {
        QTreeWidgetItem* nothing = section(tr("Nothing else goes or changes with it"), Mark::Done);
        nothing->setFirstColumnSpanned(true);
    }
    m_tree->setColumnWidth(0, 320);

    if (const int online = countOnline(*inventory, effects)) {
        m_running->showText(Mark::Warning, tr("Online among the deleted instances: %n", nullptr, online),
            tr("They go on running, but the console will no longer see them."));
    } else {
        m_running->clear();
    }
}

void DeleteDialog::inventoryChanged()
{
    if (m_busy)
        return;
    DeletionEffects now = deletionEffects(*m_inventory.snapshot(), m_rows);
    if (now == m_effects)
        return;
    m_effects = std::move(now);
    list(m_effects);
    m_strip->showText(Mark::Warning, m_effects.chosen.empty() ? tr("Somebody else deleted this meanwhile.")
                                                              : tr("The inventory changed meanwhile. Read the list again."));
    m_cancel->setFocus();
    updateEditable();
}

void DeleteDialog::updateEditable()
{
    QString reason = m_inventory.whyNotEditable();
    if (reason.isEmpty() && m_effects.chosen.empty())
        reason = tr("There is nothing left to delete.");
    m_delete->setEnabled(reason.isEmpty() && !m_busy);
    //: Enter means Cancel in this dialog
    const QString help = reason.isEmpty() ? tr("Alt+D, or the space bar when it has the focus; Enter cancels") : reason;
    m_delete->setToolTip(help.toHtmlEscaped());
    m_delete->setAccessibleDescription(help);
    if (!reason.isEmpty() && !m_busy && m_strip->isHidden())
        m_strip->showText(Mark::Lock, tr("Cannot be deleted at present"), reason);
}

void DeleteDialog::remove()
{
    if (m_busy || m_effects.chosen.empty())
        return;
    ChangeSet changes;
    for (const RowKey& row : m_effects.chosen)
        std::visit([&changes](auto id) { changes.push_back(Remove<decltype(id)>{id}); }, row);
    // A row that is deleted as a dependant of an earlier one must not be asked for again: instances first.
    std::stable_sort(changes.begin(), changes.end(), [](const Edit& a, const Edit& b) { return a.index() > b.index(); });
    m_busy = true;
    m_strip->clear();
    m_delete->setText(tr("Deleting…"));
    updateEditable();
    m_inventory.apply(std::move(changes), this, [this](Expected<AppliedChanges> result) {
        m_busy = false;
        m_delete->setText(tr("&Delete"));
        if (result) {
            Q_EMIT deleted(static_cast<int>(m_effects.chosen.size()));
            accept();
            return;
        }
        m_strip->showError(result.error());
        updateEditable();
        m_inventory.reload();
        m_cancel->setFocus();
    });
}

} // namespace elephaas
