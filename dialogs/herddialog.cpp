#include "dialogs/herddialog.h"

#include "dialogs/forms/environmentchoice.h"
#include "dialogs/forms/values.h"
#include "dialogs/parts/plainlabel.h"

#include <QLineEdit>
#include <QPlainTextEdit>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// What operating-system tools would call a cluster of this name.
QString asBaseName(const QString& name)
{
    QString base = name.trimmed().toLower();
    for (QChar& c : base) {
        const bool usual = (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9') || c == u'_' || c == u'-' || c == u'.';
        if (!usual)
            c = u'_';
    }
    return base;
}

} // namespace

HerdDialog::HerdDialog(InventoryService& inventory, std::optional<HerdId> edit, QWidget* parent)
    : RowForm(inventory, edit, u"herdDialog"_s, parent)
    , m_name(makeLine(u"herdName"_s))
    , m_baseName(makeLine(u"herdBaseName"_s))
    , m_environment(new EnvironmentChoice(this))
    , m_port(new QLineEdit(this))
    , m_dataDirectory(makeLine(u"herdDataDirectory"_s))
    , m_virtualHost(makeLine(u"herdVirtualHost"_s))
    , m_description(makeDescription(u"herdDescription"_s, this))
{
    m_environment->setObjectName(u"herdEnvironment"_s);
    m_environment->setInventory(*inventory.snapshot());
    m_port->setObjectName(u"herdPort"_s);
    m_port->setFixedWidth(m_port->fontMetrics().averageCharWidth() * 12);
    m_port->setInputMethodHints(Qt::ImhDigitsOnly);

    m_nameNote = addField(tr("&Name:"), m_name, tr("What people call this replication cluster."));
    m_baseNameNote = addField(tr("&Base name:"), m_baseName, tr("The cluster name that operating-system tools use."));
    m_environmentNote = addField(tr("&Environment:"), m_environment, tr("Its members live on servers of this environment."));
    m_portNote = addField(tr("&Port:"), m_port, tr("The same on every member."), Width::Short);
    m_dataDirectoryNote
        = addField(tr("Data d&irectory:"), m_dataDirectory, tr("On every server, unless an instance has its own."));
    m_virtualHostNote = addField(tr("&Virtual host:"), m_virtualHost, tr("DNS name that always points at the primary. May be empty."));
    m_descriptionNote = addField(tr("&Description:"), m_description, {});

    setHeading(isNew() ? tr("Add herd") : tr("Edit herd %1").arg(inOneLine(before()->name)));
    start(m_name);
    m_baseNameFollowsName = isNew();
    connect(m_baseName, &QLineEdit::textEdited, this, [this] { m_baseNameFollowsName = false; });
    connect(m_name, &QLineEdit::textEdited, this, [this](const QString& name) {
        if (!m_baseNameFollowsName)
            return;
        m_baseName->setText(asBaseName(name));
        recheck();
    });
}

void HerdDialog::setEnvironment(std::optional<EnvironmentId> environment)
{
    if (isNew())
        m_environment->setCurrent(environment);
}

std::vector<Column<Herd>> HerdDialog::columns() const
{
    const InventoryPtr inventory = m_inventory.snapshot();
    return {textColumn(tr("Name"), &Herd::name), textColumn(tr("Base name"), &Herd::baseName),
        column(tr("Environment"), &Herd::environment,
            std::function<QString(const Herd&)>(
                [inventory](const Herd& row) { return environmentText(*inventory, row.environment); })),
        column(tr("Port"), &Herd::port,
            std::function<QString(const Herd&)>([](const Herd& row) { return QString::number(row.port); })),
        textColumn(tr("Data directory"), &Herd::dataDirectory), textColumn(tr("Virtual host"), &Herd::virtualHost),
        textColumn(tr("Description"), &Herd::description)};
}

Herd HerdDialog::defaults() const
{
    Herd herd;
    herd.port = 5432;
    return herd;
}

Herd HerdDialog::read(Herd base) const
{
    takeText(m_name->text(), base.name);
    takeText(m_baseName->text(), base.baseName);
    base.environment = m_environment->current();
    base.port = m_port->text().trimmed().toInt(); // 0 when it is not a number: checked before anything is saved
    takeText(m_dataDirectory->text(), base.dataDirectory);
    takeText(m_virtualHost->text(), base.virtualHost);
    takeText(m_description->toPlainText(), base.description);
    return base;
}

void HerdDialog::write(const Herd& row)
{
    m_name->setText(row.name);
    m_baseName->setText(row.baseName);
    m_environment->setCurrent(row.environment);
    m_port->setText(QString::number(row.port));
    m_dataDirectory->setText(row.dataDirectory);
    m_virtualHost->setText(row.virtualHost);
    m_description->setPlainText(row.description);
}

QString HerdDialog::deletedHeadline() const { return tr("This herd was deleted meanwhile"); }
QHash<HerdId, HerdId> HerdDialog::keysOf(const AppliedChanges& applied) const { return applied.herds; }

void HerdDialog::inventoryChanged()
{
    m_environment->setInventory(*m_inventory.snapshot());
    RowForm::inventoryChanged();
}

FieldCheck HerdDialog::checkMembers(const Herd& row) const
{
    const InventoryPtr inventory = m_inventory.snapshot();
    int elsewhere = 0;
    for (const InstanceId id : inventory->instancesOf(row.id)) {
        const Server* server = inventory->find(inventory->find(id)->server);
        elsewhere += server && server->environment != row.environment ? 1 : 0;
    }
    if (elsewhere == 0 || !before())
        return {};
    return {FieldCheck::Weight::Warning, tr("Members on servers of another environment: %n.", nullptr, elsewhere)};
}

void HerdDialog::recheck()
{
    const StoreLimits& limits = m_inventory.status().info.limits;
    const Inventory& inventory = *m_inventory.snapshot();
    const Herd row = current();
    const auto asBefore = [&](auto member) { return before() && (*before()).*member == row.*member; };
    const auto text = [&](FieldNote* note, QLineEdit* editor, const FieldCheck& check, QString Herd::* member, int limit) {
        setNote(note, editor, check, asBefore(member), lengthInCharacters(row.*member), limit);
    };
    text(m_nameNote, m_name, worst({checkName(row.name, limits.herdName), checkDuplicate(inventory, row)}), &Herd::name,
        limits.herdName);
    text(m_baseNameNote, m_baseName, worst({checkBaseName(row.baseName, limits.baseName), checkSameCluster(inventory, row)}),
        &Herd::baseName, limits.baseName);
    setNote(m_environmentNote, m_environment, checkMembers(row), asBefore(&Herd::environment));
    setNote(m_portNote, m_port, checkPort(m_port->text()), asBefore(&Herd::port));
    text(m_dataDirectoryNote, m_dataDirectory, checkDirectory(row.dataDirectory, limits.dataDirectory), &Herd::dataDirectory,
        limits.dataDirectory);
    text(m_virtualHostNote, m_virtualHost, checkHostName(row.virtualHost, limits.virtualHost, Need::Optional),
        &Herd::virtualHost, limits.virtualHost);
    setNote(m_descriptionNote, m_description, checkText(row.description), asBefore(&Herd::description));
}

} // namespace elephaas
