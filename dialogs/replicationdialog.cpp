#include "dialogs/replicationdialog.h"

#include "dialogs/parts/marks.h"
#include "dialogs/parts/plainlabel.h"
#include "dialogs/parts/tones.h"
#include "models/domain/visibletext.h"
#include "models/items/texts.h"
#include "models/operations/lifecycle.h"

#include <QButtonGroup>
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
        return ReplicationDialog::tr("Switch over to %1").arg(names);
    case ReplicationKind::Failover:
        return ReplicationDialog::tr("Fail over to %1").arg(names);
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

} // namespace

bool ReplicationDialog::asksFor(const ReplicationRequest& request)
{
    switch (request.kind) {
    case ReplicationKind::Promote:
    case ReplicationKind::Demote:
    case ReplicationKind::Switchover:
    case ReplicationKind::Failover:
        return false;
    case ReplicationKind::Rebuild:
    case ReplicationKind::Remaster:
    case ReplicationKind::Initialise:
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
    column->addWidget(makeMembers(inventory, *clock), 1);
    QLabel* next = wrappedLabel(
        tr("Next the servers are looked at; then everything that will be done is shown. Nothing happens before that."), u"replicationHint"_s, this);
    makeMuted(next);
    column->addWidget(next);
    column->addWidget(makeButtons());
    resize(fontMetrics().averageCharWidth() * 110, sizeHint().height());
    check();
    if (m_methods)
        m_methods->checkedButton()->setFocus();
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
    for (const RebuildMethod method : methods) {
        auto* button = new QRadioButton(sentenceOf(method), box);
        button->setObjectName(u"method-"_s + keyOf(method));
        button->setAccessibleName(QString(button->text()).remove(u'&'));
        button->setChecked(method == m_request.method);
        m_methods->addButton(button, static_cast<int>(method));
        column->addWidget(button);
    }
    return box;
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
            Member member{.id = id, .name = inOneLine(nameOf(inventory, instance)), .whyNot = {},
                .role = roleText(inventory.roleOf(instance)), .state = livenessText(inventory.livenessOf(instance)),
                .lag = lag ? megabytesText(*lag, locale()) : inventory.roleOf(instance) == Role::Primary ? QString() : unknownText(),
                .seen = seen ? ageText(seen->at.msecsTo(now)) : tr("never"),
                .isPresent = upstreams.size() == 1 && upstreams.contains(id)};
            if (isTarget(m_request, id))
                member.whyNot = m_request.kind == ReplicationKind::Remaster ? tr("would be a circle: it is the one that shall follow")
                                                                            : tr("is the one that is made anew");
            else if (followsTarget(inventory, m_request, id))
                member.whyNot = m_request.kind == ReplicationKind::Remaster ? tr("would be a circle: it follows what shall follow it")
                                                                            : tr("follows what is made anew");
            else if (seen && seen->liveness == Liveness::Offline)
                member.whyNot = tr("does not run");
            members.push_back(std::move(member));
        }
    }
    return members;
}

QWidget* ReplicationDialog::makeMembers(const Inventory& inventory, const Clock& clock)
{
    const std::set<HerdId> herds = herdsOf(inventory, m_request);
    const bool remaster = m_request.kind == ReplicationKind::Remaster;
    const Instance* leader = herds.size() == 1 ? inventory.leaderOf(*herds.begin()) : nullptr;
    const bool leaderIsTarget = leader && isTarget(m_request, leader->id);
    // Each its own herd's leader: there is nobody that could be chosen for all.
    if (herds.size() != 1) {
        return wrappedLabel(tr("They belong to %n herds: each is copied from the leader of its own.", nullptr, static_cast<int>(herds.size())),
            u"sourceText"_s, this);
    }
    if (m_request.kind == ReplicationKind::Initialise && (!leader || leaderIsTarget)
        && inventory.instancesOf(*herds.begin()).size() == m_request.instances.size()) {
        return wrappedLabel(
            tr("Its herd has no other member: a new, empty one is made with the init command."), u"sourceText"_s, this);
    }
    auto* box = new QWidget(this);
    box->setObjectName(u"membersBox"_s);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* label = new QLabel(remaster ? tr("&Member to follow:") : tr("&Member to copy from:"), box);
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
    if (!remaster) {
        //: the choice that is made when nobody chooses: the primary with most followers
        add({tr("The herd's leader"), {}, {}, {}, {}, leader && !leaderIsTarget ? tr("now %1").arg(inOneLine(nameOf(inventory, *leader))) : QString()},
            0, {}, false);
    }
    for (const Member& member : membersOf(inventory, clock)) {
        const bool present = remaster && member.isPresent;
        add({member.name, member.role, member.state, member.lag, member.seen, !member.whyNot.isEmpty() ? member.whyNot : present ? tr("followed now") : QString()},
            member.id.value, member.whyNot, present);
    }
    // Whom it follows already is hardly what is wanted.
    if (first)
        m_members->setCurrentItem(first);
    for (int i = 0; m_request.upstream && i < m_members->topLevelItemCount(); ++i) {
        if (m_members->topLevelItem(i)->data(0, idRole).toLongLong() == m_request.upstream->value)
            m_members->setCurrentItem(m_members->topLevelItem(i));
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
    if (m_members) {
        const QList<QTreeWidgetItem*> items = m_members->selectedItems();
        const qint64 id = items.isEmpty() ? 0 : items.first()->data(0, idRole).toLongLong();
        request.upstream = id > 0 ? std::optional(InstanceId(id)) : std::nullopt;
    }
    return request;
}

} // namespace elephaas
