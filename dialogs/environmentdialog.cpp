#include "dialogs/environmentdialog.h"

#include "dialogs/forms/values.h"
#include "dialogs/parts/plainlabel.h"

#include <QLineEdit>
#include <QPlainTextEdit>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

EnvironmentDialog::EnvironmentDialog(InventoryService& inventory, std::optional<EnvironmentId> edit, QWidget* parent)
    : RowForm(inventory, edit, u"environmentDialog"_s, parent)
    , m_name(makeLine(u"environmentName"_s))
    , m_description(makeDescription(u"environmentDescription"_s, this))
    , m_nameNote(addField(tr("&Name:"), m_name, tr("Where things live: dev, stage, prod.")))
    , m_descriptionNote(addField(tr("&Description:"), m_description, {}))
{
    setHeading(isNew() ? tr("Add environment") : tr("Edit environment %1").arg(inOneLine(before()->name)));
    start(m_name);
}

std::vector<Column<Environment>> EnvironmentDialog::columns() const
{
    return {textColumn(tr("Name"), &Environment::name), textColumn(tr("Description"), &Environment::description)};
}

Environment EnvironmentDialog::read(Environment base) const
{
    takeText(m_name->text(), base.name);
    takeText(m_description->toPlainText(), base.description);
    return base;
}

void EnvironmentDialog::write(const Environment& row)
{
    m_name->setText(row.name);
    m_description->setPlainText(row.description);
}

QString EnvironmentDialog::deletedHeadline() const { return tr("This environment was deleted meanwhile"); }

QHash<EnvironmentId, EnvironmentId> EnvironmentDialog::keysOf(const AppliedChanges& applied) const
{
    return applied.environments;
}

void EnvironmentDialog::recheck()
{
    const Environment row = current();
    const int limit = m_inventory.status().info.limits.environmentName;
    setNote(m_nameNote, m_name, worst({checkName(row.name, limit), checkDuplicate(*m_inventory.snapshot(), row)}),
        before() && before()->name == row.name, lengthInCharacters(row.name), limit);
    setNote(m_descriptionNote, m_description, checkText(row.description),
        before() && before()->description == row.description);
}

} // namespace elephaas
