#include "dialogs/instancedialog.h"

#include "dialogs/forms/environmentchoice.h"
#include "dialogs/forms/values.h"
#include "dialogs/parts/plainlabel.h"
#include "dialogs/parts/searchcombo.h"
#include "models/domain/visibletext.h"

#include <QComboBox>
#include <QLineEdit>
#include <QSignalBlocker>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString serverText(const Inventory& inventory, ServerId id)
{
    const Server* server = inventory.find(id);
    return server ? visibleLine(server->hostName) : InstanceDialog::tr("Missing server #%1").arg(id.value);
}

QString herdText(const Inventory& inventory, HerdId id)
{
    const Herd* herd = inventory.find(id);
    return herd ? visibleLine(herd->name) : InstanceDialog::tr("Missing herd #%1").arg(id.value);
}

QString upstreamText(const Inventory& inventory, std::optional<InstanceId> id)
{
    if (!id)
        return InstanceDialog::tr("None: it is a primary");
    const Instance* instance = inventory.find(*id);
    if (!instance)
        return InstanceDialog::tr("Missing instance #%1").arg(id->value);
    const QString server = serverText(inventory, instance->server);
    return instance->upstream ? server : InstanceDialog::tr("%1 (primary)").arg(server);
}

// "trading (PROD)"
SearchCombo::Choice herdChoice(const Inventory& inventory, const Herd& herd)
{
    const Environment* environment = herd.environment ? inventory.find(*herd.environment) : nullptr;
    //: a herd's name and its environment's
    const QString text = environment ? InstanceDialog::tr("%1 (%2)").arg(herd.name, environment->name) : herd.name;
    return {herd.id.value, text};
}

} // namespace

InstanceDialog::InstanceDialog(InventoryService& inventory, std::optional<InstanceId> edit, QWidget* parent)
    : RowForm(inventory, edit, u"instanceDialog"_s, parent)
    , m_herd(new SearchCombo(this))
    , m_server(new SearchCombo(this))
    , m_upstream(new QComboBox(this))
    , m_version(new QLineEdit(this))
    , m_dataDirectory(makeLine(u"instanceDataDirectory"_s))
{
    m_herd->setObjectName(u"instanceHerd"_s);
    m_server->setObjectName(u"instanceServer"_s);
    m_upstream->setObjectName(u"instanceUpstream"_s);
    m_version->setObjectName(u"instanceVersion"_s);
    m_version->setFixedWidth(m_version->fontMetrics().averageCharWidth() * 18);

    m_herdNote = addField(tr("&Herd:"), m_herd, tr("The replication cluster it is a member of."));
    m_serverNote = addField(tr("Ser&ver:"), m_server, {});
    m_upstreamNote = addField(tr("&Upstream:"), m_upstream, tr("The member of the herd that it streams from."));
    m_versionNote = addField(tr("Ve&rsion:"), m_version, tr("May be empty: the next probe finds it out."), Width::Short);
    m_dataDirectoryNote = addField(tr("Data d&irectory:"), m_dataDirectory, tr("Only when it differs from the herd's."));

    setHeading(isNew() ? tr("Add instance")
                       : tr("Edit instance of %1 on %2")
                             .arg(inOneLine(herdText(*inventory.snapshot(), before()->herd)),
                                 inOneLine(serverText(*inventory.snapshot(), before()->server))));
    offerHerds();
    start(m_herd);
}

void InstanceDialog::setHerd(HerdId herd)
{
    if (!isNew())
        return;
    m_herd->setCurrentKey(herd.value);
    m_server->setFocus();
}

void InstanceDialog::setServer(ServerId server)
{
    if (isNew())
        m_server->setCurrentKey(server.value);
}

std::vector<Column<Instance>> InstanceDialog::columns() const
{
    using Text = std::function<QString(const Instance&)>;
    const InventoryPtr inventory = m_inventory.snapshot();
    return {column(tr("Herd"), &Instance::herd, Text([inventory](const Instance& row) { return herdText(*inventory, row.herd); })),
        column(tr("Server"), &Instance::server,
            Text([inventory](const Instance& row) { return serverText(*inventory, row.server); })),
        column(tr("Upstream"), &Instance::upstream,
            Text([inventory](const Instance& row) { return upstreamText(*inventory, row.upstream); })),
        textColumn(tr("Version"), &Instance::version), textColumn(tr("Data directory"), &Instance::localDataDirectory)};
}

std::optional<InstanceId> InstanceDialog::chosenUpstream() const
{
    const qint64 key = m_upstream->currentData().toLongLong();
    return key > 0 ? std::optional(InstanceId(key)) : std::nullopt;
}

Instance InstanceDialog::read(Instance base) const
{
    base.herd = HerdId(m_herd->currentKey().value_or(0));
    base.server = ServerId(m_server->currentKey().value_or(0));
    base.upstream = chosenUpstream();
    takeText(m_version->text(), base.version);
    takeText(m_dataDirectory->text(), base.localDataDirectory);
    return base;
}

void InstanceDialog::write(const Instance& row)
{
    m_herd->setCurrentKey(row.herd.value);
    offerServers();
    m_server->setCurrentKey(row.server.value);
    offerUpstreams();
    const int upstream = m_upstream->findData(QVariant::fromValue<qint64>(row.upstream ? row.upstream->value : 0));
    m_upstream->setCurrentIndex(std::max(0, upstream));
    m_version->setText(row.version);
    m_dataDirectory->setText(row.localDataDirectory);
}

QString InstanceDialog::deletedHeadline() const { return tr("This instance was deleted meanwhile"); }
QHash<InstanceId, InstanceId> InstanceDialog::keysOf(const AppliedChanges& applied) const { return applied.instances; }

void InstanceDialog::inventoryChanged()
{
    offerHerds();
    RowForm::inventoryChanged();
}

void InstanceDialog::offerHerds()
{
    const InventoryPtr inventory = m_inventory.snapshot();
    std::vector<SearchCombo::Choice> choices;
    choices.reserve(inventory->herds().size());
    for (const Herd& herd : inventory->herds())
        choices.push_back(herdChoice(*inventory, herd));
    if (before() && !inventory->find(before()->herd))
        choices.push_back({before()->herd.value, herdText(*inventory, before()->herd)});
    std::stable_sort(choices.begin(), choices.end(), [](const SearchCombo::Choice& a, const SearchCombo::Choice& b) {
        return a.text.compare(b.text, Qt::CaseInsensitive) < 0;
    });
    m_herd->setChoices(std::move(choices));
}

void InstanceDialog::offerServers()
{
    const InventoryPtr inventory = m_inventory.snapshot();
    const Herd* herd = inventory->find(HerdId(m_herd->currentKey().value_or(0)));
    std::vector<SearchCombo::Choice> choices;
    if (herd) {
        for (const ServerId id : serversFor(*inventory, *herd).offered)
            choices.push_back({id.value, serverText(*inventory, id)});
    }
    const auto isOffered = [&choices](ServerId id) {
        return std::any_of(choices.begin(), choices.end(), [id](const auto& choice) { return choice.key == id.value; });
    };
    // Where it is now stays offered, however wrong: editing another field must not move it.
    if (before() && !isOffered(before()->server))
        choices.push_back({before()->server.value, serverText(*inventory, before()->server)});
    m_server->setChoices(std::move(choices));
    m_server->setEnabled(herd || before());
    m_serverNote->setHint(herd ? hiddenServers(*herd) : tr("Choose the herd first."));
}

QString InstanceDialog::hiddenServers(const Herd& herd) const
{
    const InventoryPtr inventory = m_inventory.snapshot();
    const ServerChoice choice = serversFor(*inventory, herd);
    const QString environment = inOneLine(environmentText(*inventory, herd.environment), 40);
    QStringList parts;
    if (choice.ofOtherEnvironments > 0)
        parts << tr("%n of other environments", nullptr, choice.ofOtherEnvironments);
    if (choice.withoutEnvironment > 0)
        parts << tr("%n without environment", nullptr, choice.withoutEnvironment);
    const auto offered = static_cast<int>(choice.offered.size());
    //: %n servers can be chosen; %1 is the environment's name
    const QString first = herd.environment ? tr("Servers of %1: %n.", nullptr, offered).arg(environment)
                                           : tr("Servers without environment, like the herd: %n.", nullptr, offered);
    //: %1 a list like "3 of other environments, 1 without environment"
    return parts.isEmpty() ? first : first + u' ' + tr("Not offered: %1.").arg(parts.join(u", "_s));
}

void InstanceDialog::offerUpstreams()
{
    const InventoryPtr inventory = m_inventory.snapshot();
    const HerdId herd(m_herd->currentKey().value_or(0));
    const std::optional<InstanceId> self = before() ? std::optional(before()->id) : std::nullopt;
    std::vector<std::pair<QString, qint64>> items = {{upstreamText(*inventory, std::nullopt), 0}};
    for (const InstanceId id : upstreamsFor(*inventory, herd, self))
        items.emplace_back(inOneLine(upstreamText(*inventory, id)), id.value);
    // What the inventory says stays visible, also when it makes no sense any more.
    if (const std::optional<InstanceId> now = before() && before()->herd == herd ? before()->upstream : std::nullopt) {
        const bool offered
            = std::any_of(items.begin(), items.end(), [&now](const auto& item) { return item.second == now->value; });
        if (!offered)
            items.emplace_back(inOneLine(upstreamText(*inventory, now)), now->value);
    }

    bool same = static_cast<size_t>(m_upstream->count()) == items.size();
    for (size_t i = 0; same && i < items.size(); ++i) {
        const int row = static_cast<int>(i);
        same = m_upstream->itemText(row) == items[i].first && m_upstream->itemData(row).toLongLong() == items[i].second;
    }
    if (same)
        return;
    const QSignalBlocker quiet(m_upstream);
    const std::optional<InstanceId> chosen = chosenUpstream();
    m_upstream->clear();
    for (const auto& [text, key] : items)
        m_upstream->addItem(text, QVariant::fromValue(key));
    m_upstream->setCurrentIndex(std::max(0, m_upstream->findData(QVariant::fromValue<qint64>(chosen ? chosen->value : 0))));
}

FieldCheck InstanceDialog::checkHerd(const Instance& row) const
{
    if (m_herd->isEmpty())
        return {FieldCheck::Weight::Error, tr("Choose a herd.")};
    if (!row.herd.isValid())
        return {FieldCheck::Weight::Error, tr("No herd is called that. Type a part of its name to find it.")};
    if (before() && before()->herd != row.herd) {
        if (const size_t followers = m_inventory.snapshot()->followersOf(row.id).size())
            return {FieldCheck::Weight::Warning,
                tr("Members of its present herd follow it and will go on doing so: %n.", nullptr, static_cast<int>(followers))};
    }
    return {};
}

FieldCheck InstanceDialog::checkServer(const Instance& row) const
{
    const Inventory& inventory = *m_inventory.snapshot();
    const Herd* herd = inventory.find(row.herd);
    if (m_server->isEmpty())
        return {FieldCheck::Weight::Error, tr("Choose a server.")};
    if (!row.server.isValid() && herd) {
        const QString typed = m_server->currentText().trimmed();
        for (const Server& server : inventory.servers()) {
            if (server.hostName.compare(typed, Qt::CaseInsensitive) == 0)
                return {FieldCheck::Weight::Error,
                    tr("Not offered: it belongs to “%1”, the herd to “%2”.")
                        .arg(environmentText(inventory, server.environment), environmentText(inventory, herd->environment))};
        }
    }
    if (!row.server.isValid())
        return {FieldCheck::Weight::Error, tr("No server is called that. Type a part of its name to find it.")};
    const Server* server = inventory.find(row.server);
    if (server && herd && server->environment != herd->environment)
        return {FieldCheck::Weight::Warning,
            tr("This server belongs to “%1”, the herd to “%2”.")
                .arg(environmentText(inventory, server->environment), environmentText(inventory, herd->environment))};
    return worst({checkDuplicate(inventory, row), checkPortOnServer(inventory, row)});
}

FieldCheck InstanceDialog::checkUpstream(const Instance& row) const
{
    const Inventory& inventory = *m_inventory.snapshot();
    if (row.upstream) {
        const Instance* upstream = inventory.find(*row.upstream);
        if (!upstream)
            return {FieldCheck::Weight::Warning, tr("The instance it should follow does not exist (any more).")};
        if (upstream->herd != row.herd)
            return {FieldCheck::Weight::Warning, tr("It follows a member of another herd.")};
        const auto allowed = upstreamsFor(inventory, row.herd, row.id.isValid() ? std::optional(row.id) : std::nullopt);
        if (std::find(allowed.begin(), allowed.end(), *row.upstream) == allowed.end())
            return {FieldCheck::Weight::Warning, tr("It follows itself, in a circle.")};
        return {};
    }
    for (const InstanceId id : inventory.instancesOf(row.herd)) {
        const Instance* member = inventory.find(id);
        if (member->id != row.id && !member->upstream)
            return {FieldCheck::Weight::Warning,
                tr("%1 is a primary of this herd too.").arg(serverText(inventory, member->server))};
    }
    return {};
}

void InstanceDialog::recheck()
{
    offerServers();
    offerUpstreams();
    const StoreLimits& limits = m_inventory.status().info.limits;
    const Inventory& inventory = *m_inventory.snapshot();
    const Instance row = current();
    const auto asBefore = [&](auto member) { return before() && (*before()).*member == row.*member; };
    setNote(m_herdNote, m_herd, checkHerd(row), asBefore(&Instance::herd));
    setNote(m_serverNote, m_server, checkServer(row), asBefore(&Instance::server) && asBefore(&Instance::herd));
    setNote(m_upstreamNote, m_upstream, checkUpstream(row), asBefore(&Instance::upstream));
    setNote(m_versionNote, m_version, checkVersion(row.version, limits.version), asBefore(&Instance::version),
        lengthInCharacters(row.version), limits.version);
    setNote(m_dataDirectoryNote, m_dataDirectory,
        checkDirectory(row.localDataDirectory, limits.localDataDirectory, Need::Optional),
        asBefore(&Instance::localDataDirectory), lengthInCharacters(row.localDataDirectory), limits.localDataDirectory);
    const Herd* herd = inventory.find(row.herd);
    m_dataDirectory->setPlaceholderText(herd ? inOneLine(herd->dataDirectory) : QString());
}

} // namespace elephaas
