#include "dialogs/serverdialog.h"

#include "dialogs/forms/environmentchoice.h"
#include "dialogs/forms/values.h"
#include "dialogs/parts/plainlabel.h"

#include <QLineEdit>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

ServerDialog::ServerDialog(InventoryService& inventory, std::optional<ServerId> edit, QWidget* parent)
    : RowForm(inventory, edit, u"serverDialog"_s, parent)
    , m_hostName(makeLine(u"serverHostName"_s))
    , m_environment(new EnvironmentChoice(this))
{
    m_environment->setObjectName(u"serverEnvironment"_s);
    m_environment->setInventory(*inventory.snapshot());
    m_hostNameNote = addField(tr("&Host name:"), m_hostName, tr("As ssh knows it: a DNS name, an address, or a name of ~/.ssh/config."));
    m_environmentNote
        = addField(tr("&Environment:"), m_environment, tr("It can carry members of the herds of this environment."));
    setHeading(isNew() ? tr("Add server") : tr("Edit server %1").arg(inOneLine(before()->hostName)));
    start(m_hostName);
}

void ServerDialog::setEnvironment(std::optional<EnvironmentId> environment)
{
    if (isNew())
        m_environment->setCurrent(environment);
}

std::vector<Column<Server>> ServerDialog::columns() const
{
    const InventoryPtr inventory = m_inventory.snapshot();
    return {textColumn(tr("Host name"), &Server::hostName),
        column(tr("Environment"), &Server::environment,
            std::function<QString(const Server&)>(
                [inventory](const Server& row) { return environmentText(*inventory, row.environment); }))};
}

Server ServerDialog::read(Server base) const
{
    takeText(m_hostName->text(), base.hostName);
    base.environment = m_environment->current();
    return base;
}

void ServerDialog::write(const Server& row)
{
    m_hostName->setText(row.hostName);
    m_environment->setCurrent(row.environment);
}

QString ServerDialog::deletedHeadline() const { return tr("This server was deleted meanwhile"); }
QHash<ServerId, ServerId> ServerDialog::keysOf(const AppliedChanges& applied) const { return applied.servers; }

void ServerDialog::inventoryChanged()
{
    m_environment->setInventory(*m_inventory.snapshot());
    RowForm::inventoryChanged();
}

FieldCheck ServerDialog::checkInstances(const Server& row) const
{
    const InventoryPtr inventory = m_inventory.snapshot();
    int elsewhere = 0;
    for (const InstanceId id : inventory->instancesOn(row.id)) {
        const Herd* herd = inventory->find(inventory->find(id)->herd);
        elsewhere += herd && herd->environment != row.environment ? 1 : 0;
    }
    if (elsewhere == 0 || !before())
        return {};
    return {FieldCheck::Weight::Warning, tr("Instances of herds of another environment on it: %n.", nullptr, elsewhere)};
}

void ServerDialog::recheck()
{
    const Server row = current();
    const int limit = m_inventory.status().info.limits.hostName;
    setNote(m_hostNameNote, m_hostName,
        worst({checkHostName(row.hostName, limit), checkDuplicate(*m_inventory.snapshot(), row)}),
        before() && before()->hostName == row.hostName, lengthInCharacters(row.hostName), limit);
    setNote(m_environmentNote, m_environment, checkInstances(row), before() && before()->environment == row.environment);
}

} // namespace elephaas
