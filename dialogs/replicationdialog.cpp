#include "dialogs/replicationdialog.h"

#include "dialogs/helpdialog.h"
#include "dialogs/parts/marks.h"
#include "dialogs/parts/plainlabel.h"
#include "dialogs/parts/tones.h"
#include "models/domain/visibletext.h"
#include "models/items/texts.h"
#include "models/operations/drain.h"
#include "models/operations/lifecycle.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QRadioButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

enum Column { NameColumn, RoleColumn, StateColumn, LagColumn, SeenColumn, NoteColumn, columns };
constexpr int idRole = Qt::UserRole + 1;
constexpr RebuildMethod methods[] = {RebuildMethod::Automatic, RebuildMethod::Rewind, RebuildMethod::Copy, RebuildMethod::InPlace};

bool isTarget(const ReplicationRequest& request, InstanceId id) { return std::ranges::find(request.instances, id) != request.instances.end(); }

// Whether `id` follows one of the targets, over however many others.
bool followsTarget(const Inventory& inventory, const ReplicationRequest& request, InstanceId id)
{
    std::set<InstanceId> seen; // hand-made inventories have circles
    for (const Instance* at = inventory.find(id); at && seen.insert(at->id).second; at = inventory.upstreamOf(*at)) {
        if (at->id != id && isTarget(request, at->id))
            return true;
    }
    return false;
}

std::set<HerdId> herdsOf(const Inventory& inventory, const ReplicationRequest& request)
{
    std::set<HerdId> herds;
    for (const InstanceId id : request.instances) {
        if (const Instance* instance = inventory.find(id))
            herds.insert(instance->herd);
    }
    return herds;
}

QString namesOf(const Inventory& inventory, const ReplicationRequest& request)
{
    constexpr size_t most = 4;
    QStringList names;
    for (const InstanceId id : request.instances) {
        if (names.size() == most)
            break;
        if (const Instance* instance = inventory.find(id))
            names << inOneLine(nameOf(inventory, *instance));
    }
    const auto more = static_cast<int>(request.instances.size()) - static_cast<int>(names.size());
    const QString list = names.join(ReplicationDialog::tr(", ", "between names"));
    return more > 0 ? ReplicationDialog::tr("%1 and %n more", "names of instances", more).arg(list) : list;
}

QString headingOf(const Inventory& inventory, const ReplicationRequest& request)
{
    const QString names = namesOf(inventory, request);
    switch (request.kind) {
    case ReplicationKind::Promote:
        return ReplicationDialog::tr("Promote %1").arg(names);
    case ReplicationKind::Demote:
        return ReplicationDialog::tr("Demote %1").arg(names);
    case ReplicationKind::Rebuild:
        return ReplicationDialog::tr("Rebuild %1").arg(names);
    case ReplicationKind::Remaster:
        return ReplicationDialog::tr("Whom shall %1 follow?").arg(names);
    case ReplicationKind::Initialise:
        return ReplicationDialog::tr("Initialise %1").arg(names);
    case ReplicationKind::Switchover:
        if (!request.drained.empty())
            return ReplicationDialog::tr("Drain %1").arg(serverNames(inventory, request.drained));
        return ReplicationDialog::tr("Switch over to %1").arg(names);
    case ReplicationKind::Failover:
        return ReplicationDialog::tr("Fail over to %1").arg(names);
    case ReplicationKind::RefreshDns:
        return titleOf(request.kind);
    }
    Q_UNREACHABLE();
}

QString sentenceOf(RebuildMethod method)
{
    switch (method) {
    case RebuildMethod::Automatic:
        return ReplicationDialog::tr("&Automatic (recommended): rewind where that works, else a copy");
    case RebuildMethod::Rewind:
        return ReplicationDialog::tr("Re&wind: take back what only it has, with pg_rewind; the least to transfer");
    case RebuildMethod::Copy:
        return ReplicationDialog::tr("&Copy: a new one beside it, with pg_basebackup; the old data are kept until the new ones stream");
    case RebuildMethod::InPlace:
        return ReplicationDialog::tr("&In place: bring the files up to date with rsync; needs no room, and nothing is kept aside");
    }
    Q_UNREACHABLE();
}

// One more of several, below the last one in the box.
void addChoice(QButtonGroup* group, QWidget* box, const QString& objectName, const QString& text, int id, bool checked)
{
    auto* button = new QRadioButton(text, box);
    button->setObjectName(objectName);
    button->setAccessibleName(QString(text).remove(u'&'));
    button->setChecked(checked);
    group->addButton(button, id);
    box->layout()->addWidget(button);
}

} // namespace

bool ReplicationDialog::asksFor(const ReplicationRequest& request)
{
    switch (request.kind) {
    case ReplicationKind::Promote:
    case ReplicationKind::Demote:
    case ReplicationKind::RefreshDns:
        return false;
    case ReplicationKind::Rebuild:
    case ReplicationKind::Remaster:
    case ReplicationKind::Initialise:
    case ReplicationKind::Switchover:
    case ReplicationKind::Failover:
        return true;
    }
    Q_UNREACHABLE();
}

ReplicationDialog::ReplicationDialog(
    ReplicationRequest request, const Inventory& inventory, std::shared_ptr<const Clock> clock, QWidget* parent)
    : QDialog(parent)
    , m_request(std::move(request))
{
    setObjectName(u"replicationDialog"_s);
    HelpDialog::offer(this, m_request.drained.empty() ? HelpDialog::pageOfOperation(keyOf(m_request.kind)) : u"drain"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setSizeGripEnabled(true);
    const QString heading = headingOf(inventory, m_request);
    setWindowTitle(heading);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(10);
    QLabel* title = headingLabel(heading, u"replicationHeading"_s, this);
    title->setWordWrap(true);
    column->addWidget(title);
    if (m_request.kind == ReplicationKind::Rebuild)
        column->addWidget(makeMethods());
    if (m_request.kind == ReplicationKind::Switchover)
        column->addWidget(makeOldPrimary(inventory));
    column->addWidget(makeMembers(inventory, *clock), 1);
    if (QWidget* staying = makeStaying(inventory))
        column->addWidget(staying);
    QLabel* next = wrappedLabel(
        tr("Next the servers are looked at; then everything that will be done is shown. Nothing happens before that."), u"replicationHint"_s, this);
    makeMuted(next);
    column->addWidget(next);
    column->addWidget(makeButtons());
    resize(fontMetrics().averageCharWidth() * 110, sizeHint().height());
    check();
    if (m_methods)
        m_methods->checkedButton()->setFocus();
    else if (m_oldPrimary && !m_members)
        m_oldPrimary->checkedButton()->setFocus();
    else if (m_members)
        m_members->setFocus();
    else
        m_ok->setFocus();
}

QWidget* ReplicationDialog::makeMethods()
{
    auto* box = new QWidget(this);
    box->setObjectName(u"rebuildMethods"_s);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    m_methods = new QButtonGroup(this);
    for (const RebuildMethod method : methods)
        addChoice(m_methods, box, u"method-"_s + keyOf(method), sentenceOf(method), static_cast<int>(method), method == m_request.method);
    return box;
}

QWidget* ReplicationDialog::makeOldPrimary(const Inventory& inventory)
{
    auto* box = new QWidget(this);
    box->setObjectName(u"oldPrimaryChoices"_s);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    m_oldPrimary = new QButtonGroup(this);
    for (const auto& [choice, text] : {std::pair{OldPrimary::Rejoin, tr("The old primary follows the new one at &once (recommended)")},
             std::pair{OldPrimary::LeaveOff, tr("The old primary is left o&ff, configured as a standby: a safety copy of the moment")}}) {
        addChoice(m_oldPrimary, box, u"oldPrimary-"_s + keyOf(choice), text, static_cast<int>(choice), choice == m_request.oldPrimary);
    }
    m_remember = new QCheckBox(tr("&Remember this for %n herd(s)", nullptr, static_cast<int>(herdsOf(inventory, m_request).size())), box);
    m_remember->setObjectName(u"rememberOldPrimary"_s);
    m_remember->setAccessibleName(tr("Propose the same the next time, to the whole team"));
    m_remember->setToolTip(m_remember->accessibleName());
    column->addWidget(m_remember);
    return box;
}

// Why a member cannot be chosen, "" when it can.
QString ReplicationDialog::whyNot(const Inventory& inventory, const Instance& instance) const
{
    const Observation* seen = inventory.observation(instance.id);
    const bool isDown = seen && seen->liveness == Liveness::Offline;
    if (movesService(m_request.kind)) {
        if (inventory.roleOf(instance) == Role::Primary)
            return m_request.kind == ReplicationKind::Switchover ? tr("is the one that hands over") : tr("is the one that is lost");
        if (std::ranges::find(m_request.drained, instance.server) != m_request.drained.end())
            return tr("is on a server that is drained");
        return isDown ? tr("does not run") : QString();
    }
    const bool remaster = m_request.kind == ReplicationKind::Remaster;
    if (isTarget(m_request, instance.id))
        return remaster ? tr("would be a circle: it is the one that shall follow") : tr("is the one that is made anew");
    if (followsTarget(inventory, m_request, instance.id))
        return remaster ? tr("would be a circle: it follows what shall follow it") : tr("follows what is made anew");
    return isDown ? tr("does not run") : QString();
}

QString ReplicationDialog::remarkOf(const Member& member) const
{
    if (!member.whyNot.isEmpty())
        return member.whyNot;
    return m_request.kind == ReplicationKind::Remaster && member.isPresent ? tr("followed now") : QString();
}

std::vector<ReplicationDialog::Member> ReplicationDialog::membersOf(const Inventory& inventory, const Clock& clock) const
{
    std::set<InstanceId> upstreams;
    for (const InstanceId id : m_request.instances) {
        const Instance* instance = inventory.find(id);
        if (instance && instance->upstream)
            upstreams.insert(*instance->upstream);
    }
    std::vector<Member> members;
    const QDateTime now = clock.now();
    for (const HerdId herd : herdsOf(inventory, m_request)) {
        for (const InstanceId id : inventory.instancesOf(herd)) {
            const Instance& instance = *inventory.find(id);
            const Observation* seen = inventory.observation(id);
            const auto lag = inventory.lagBytesOf(instance);
            members.push_back({.id = id, .name = inOneLine(nameOf(inventory, instance)), .whyNot = whyNot(inventory, instance),
                .role = roleText(inventory.roleOf(instance)), .state = livenessText(inventory.livenessOf(instance)),
                .lag = lag ? megabytesText(*lag, locale()) : inventory.roleOf(instance) == Role::Primary ? QString() : unknownText(),
                .seen = seen ? ageText(seen->at.msecsTo(now)) : tr("never"),
                .isPresent = upstreams.size() == 1 && upstreams.contains(id)});
        }
    }
    return members;
}

// A sentence instead of the members; null where there are some to choose from.
QWidget* ReplicationDialog::nobodyToChoose(const Inventory& inventory)
{
    const std::set<HerdId> herds = herdsOf(inventory, m_request);
    if (herds.size() != 1 && movesService(m_request.kind)) {
        QStringList candidates;
        for (const InstanceId id : m_request.instances) {
            const Instance* instance = inventory.find(id);
            const Instance* leader = instance ? inventory.leaderOf(instance->herd) : nullptr;
            if (leader && !m_request.drained.empty())
                //: %1 is the primary that hands over, %2 the replica that takes over
                candidates << tr("%1 \u2192 %2").arg(inOneLine(nameOf(inventory, *leader)), inOneLine(nameOf(inventory, *instance)));
            else if (instance)
                candidates << inOneLine(nameOf(inventory, *instance));
        }
        //: %1 is a list of instances, one a line
        return wrappedLabel(tr("They belong to %n herds, and these take over, as one plan:\n%1", nullptr, static_cast<int>(herds.size())).arg(candidates.join(u'\n')),
            u"sourceText"_s, this);
    }
    // Each its own herd's leader: there is nobody that could be chosen for all.
    if (herds.size() != 1) {
        return wrappedLabel(tr("They belong to %n herds: each is copied from the leader of its own.", nullptr, static_cast<int>(herds.size())),
            u"sourceText"_s, this);
    }
    const Instance* leader = inventory.leaderOf(*herds.begin());
    if (m_request.kind == ReplicationKind::Initialise && (!leader || isTarget(m_request, leader->id))
        && inventory.instancesOf(*herds.begin()).size() == m_request.instances.size()) {
        return wrappedLabel(
            tr("Its herd has no other member: a new, empty one is made with the init command."), u"sourceText"_s, this);
    }
    return nullptr;
}

// Which primaries stay on servers that are drained; null where none does.
QWidget* ReplicationDialog::makeStaying(const Inventory& inventory)
{
    QStringList names;
    for (const InstanceId id : drainOf(inventory, m_request.drained).staying)
        names << inOneLine(nameOf(inventory, *inventory.find(id)));
    if (names.isEmpty())
        return nullptr;
    //: %1 is a list of instances
    return wrappedLabel(tr("Stays there, because no replica on another server could take over: %1").arg(names.join(tr(", ", "between names"))), u"stayingText"_s, this);
}

QWidget* ReplicationDialog::makeMembers(const Inventory& inventory, const Clock& clock)
{
    if (QWidget* sentence = nobodyToChoose(inventory))
        return sentence;
    const bool remaster = m_request.kind == ReplicationKind::Remaster;
    const Instance* leader = inventory.leaderOf(*herdsOf(inventory, m_request).begin());
    const bool leaderIsTarget = leader && isTarget(m_request, leader->id);
    auto* box = new QWidget(this);
    box->setObjectName(u"membersBox"_s);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* label = new QLabel(movesService(m_request.kind) ? tr("&Member to take over:") : remaster ? tr("&Member to follow:") : tr("&Member to copy from:"), box);
    label->setObjectName(u"membersLabel"_s);
    m_members = new QTreeWidget(box);
    m_members->setObjectName(u"upstreamMembers"_s);
    m_members->setAccessibleName(QString(label->text()).remove(u'&').remove(u':'));
    label->setBuddy(m_members);
    m_members->setColumnCount(columns);
    m_members->setHeaderLabels({tr("Member"), tr("Role"), tr("State"), tr("MB lag"), tr("Seen"), tr("Remark")});
    m_members->headerItem()->setTextAlignment(LagColumn, Qt::AlignRight | Qt::AlignVCenter);
    m_members->setRootIsDecorated(false);
    m_members->setAllColumnsShowFocus(true);
    m_members->setUniformRowHeights(true);
    m_members->setTabKeyNavigation(false);
    QTreeWidgetItem* first = nullptr;
    const auto add = [&](const QStringList& texts, qint64 id, const QString& whyNot, bool present) {
        auto* item = new QTreeWidgetItem(m_members, texts);
        item->setData(0, idRole, id);
        item->setTextAlignment(LagColumn, Qt::AlignRight | Qt::AlignVCenter);
        QString sentence = texts.first();
        for (int of = 1; of < columns; ++of) {
            if (!texts.value(of).isEmpty())
                sentence += u", "_s + m_members->headerItem()->text(of) + u": "_s + texts.value(of);
        }
        item->setData(0, Qt::AccessibleTextRole, sentence);
        if (!whyNot.isEmpty())
            item->setFlags(item->flags() & ~(Qt::ItemIsSelectable | Qt::ItemIsEnabled));
        else if (!first && !present)
            first = item;
        return item;
    };
    if (!remaster && !movesService(m_request.kind)) {
        //: the choice that is made when nobody chooses: the primary with most followers
        add({tr("The herd's leader"), {}, {}, {}, {}, leader && !leaderIsTarget ? tr("now %1").arg(inOneLine(nameOf(inventory, *leader))) : QString()},
            0, {}, false);
    }
    for (const Member& member : membersOf(inventory, clock)) {
        add({member.name, member.role, member.state, member.lag, member.seen, remarkOf(member)}, member.id.value, member.whyNot, remaster && member.isPresent);
    }
    // Whom it follows already is hardly what is wanted.
    if (first)
        m_members->setCurrentItem(first);
    const std::optional<InstanceId> wanted = movesService(m_request.kind) ? std::optional(m_request.instances.front()) : m_request.upstream;
    for (int i = 0; wanted && i < m_members->topLevelItemCount(); ++i) {
        if (QTreeWidgetItem* item = m_members->topLevelItem(i); item->data(0, idRole).toLongLong() == wanted->value && !item->isDisabled())
            m_members->setCurrentItem(item);
    }
    for (int of = 0; of < columns; ++of)
        m_members->resizeColumnToContents(of);
    const int row = m_members->sizeHintForRow(0);
    m_members->setMinimumHeight(m_members->header()->sizeHint().height() + std::min(10, m_members->topLevelItemCount() + 1) * row);
    connect(m_members, &QTreeWidget::itemSelectionChanged, this, &ReplicationDialog::check);
    connect(m_members, &QTreeWidget::itemDoubleClicked, this, [this] {
        if (m_ok->isEnabled())
            m_ok->click();
    });
    column->addWidget(label);
    column->addWidget(m_members, 1);
    return box;
}

QWidget* ReplicationDialog::makeButtons()
{
    auto* box = new QWidget(this);
    box->setObjectName(u"replicationButtons"_s);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    m_ok = new QPushButton(tr("&Look and plan…"), box);
    m_ok->setObjectName(u"planButton"_s);
    m_ok->setAccessibleName(tr("Look at the servers and plan"));
    m_ok->setDefault(true);
    auto* cancel = new QPushButton(tr("Cancel"), box);
    cancel->setObjectName(u"cancelButton"_s);
    cancel->setAccessibleName(tr("Cancel"));
    cancel->setAutoDefault(false);
    row->addStretch(1);
    row->addWidget(m_ok);
    row->addWidget(cancel);
    connect(m_ok, &QPushButton::clicked, this, [this] {
        if (m_remember && m_remember->isChecked())
            Q_EMIT oldPrimaryRemembered(current());
        Q_EMIT chosen(current());
        accept();
    });
    connect(cancel, &QPushButton::clicked, this, [this] { reject(); });
    return box;
}

void ReplicationDialog::check()
{
    const bool missing = m_members && m_members->selectedItems().isEmpty();
    m_ok->setEnabled(!missing);
    const QString help = missing ? tr("Choose a member first.") : QString();
    m_ok->setToolTip(help);
    m_ok->setAccessibleDescription(help);
}

ReplicationRequest ReplicationDialog::current() const
{
    ReplicationRequest request = m_request;
    if (m_methods)
        request.method = static_cast<RebuildMethod>(m_methods->checkedId());
    if (m_oldPrimary)
        request.oldPrimary = static_cast<OldPrimary>(m_oldPrimary->checkedId());
    if (m_members) {
        const QList<QTreeWidgetItem*> items = m_members->selectedItems();
        const qint64 id = items.isEmpty() ? 0 : items.first()->data(0, idRole).toLongLong();
        if (movesService(request.kind)) {
            if (id > 0)
                request.instances = {InstanceId(id)};
            return request;
        }
        request.upstream = id > 0 ? std::optional(InstanceId(id)) : std::nullopt;
    }
    return request;
}

} // namespace elephaas
