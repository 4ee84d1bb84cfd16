#include "dialogs/preferences/sshpage.h"

#include "dialogs/parts/fieldgrid.h"
#include "dialogs/parts/plainlabel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// As a remote account's name: nothing that ssh would take for an option, a host or a port.
FieldCheck checkUser(const QString& value)
{
    const QString name = value.trimmed();
    for (const QChar c : name) {
        if (c.isSpace() || !c.isPrint() || c == u':' || c == u'@')
            return {FieldCheck::Weight::Error, SshPage::tr("A user name has no blanks, colons or “@”.")};
    }
    if (name.startsWith(u'-'))
        return {FieldCheck::Weight::Error, SshPage::tr("Must not begin with a hyphen.")};
    return {};
}

FieldCheck checkOptionalPort(const QString& value) { return value.trimmed().isEmpty() ? FieldCheck{} : checkPort(value); }

QString portText(int port) { return port > 0 ? QString::number(port) : QString(); }

} // namespace

SshPage::SshPage(QWidget* parent)
    : QWidget(parent)
    , m_grid(new FieldGrid(u"sshFields"_s, this))
    , m_user(m_grid->addLine(tr("Remote &user:"), u"sshUser"_s, tr("Empty: as ~/.ssh/config says."), &m_userNote, 40))
    , m_port(m_grid->addLine(tr("&Port:"), u"sshPort"_s, tr("Empty: as ~/.ssh/config says, else 22."), &m_portNote, 12))
    , m_table(new QTableWidget(0, 3, this))
{
    setObjectName(u"sshPage"_s);
    build();
}

void SshPage::build()
{
    m_table->setObjectName(u"sshOverrides"_s);
    m_table->setAccessibleName(tr("Servers that differ"));
    m_table->setHorizontalHeaderLabels({tr("Server"), tr("User"), tr("Port")});
    m_table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->verticalHeader()->hide();
    m_table->setTabKeyNavigation(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_tableNote = new FieldNote(m_table, tr("F2 edits a cell. An empty cell means: as above."), this);
    auto* label = new QLabel(tr("Servers that &differ:"), this);
    label->setObjectName(u"sshOverridesLabel"_s);
    label->setBuddy(m_table);
    auto* addButton = new QPushButton(tr("&Add server"), this);
    addButton->setObjectName(u"addOverrideButton"_s);
    addButton->setAccessibleName(tr("Add a server that differs"));
    addButton->setAutoDefault(false);
    auto* removeButton = new QPushButton(tr("&Remove server"), this);
    removeButton->setObjectName(u"removeOverrideButton"_s);
    removeButton->setAccessibleName(tr("Remove the chosen server from the list"));
    removeButton->setAutoDefault(false);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(addButton);
    buttons->addWidget(removeButton);
    buttons->addStretch(1);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_grid);
    column->addWidget(label);
    column->addWidget(m_table, 1);
    column->addWidget(m_tableNote);
    column->addLayout(buttons);

    const auto edited = [this] {
        if (m_filling)
            return;
        recheck();
        Q_EMIT changed();
    };
    connect(m_user, &QLineEdit::textChanged, this, edited);
    connect(m_port, &QLineEdit::textChanged, this, edited);
    connect(m_table, &QTableWidget::itemChanged, this, edited);
    connect(addButton, &QPushButton::clicked, this, [this, edited] {
        addRow({}, {});
        m_table->setCurrentCell(m_table->rowCount() - 1, 0);
        m_table->setFocus();
        m_table->editItem(m_table->currentItem());
        edited();
    });
    connect(removeButton, &QPushButton::clicked, this, [this, edited] {
        if (m_table->currentRow() >= 0)
            m_table->removeRow(m_table->currentRow());
        edited();
    });
}

void SshPage::addRow(const QString& server, const SshOverride& how)
{
    const bool wasFilling = std::exchange(m_filling, true);
    const int row = m_table->rowCount();
    m_table->insertRow(row);
    m_table->setItem(row, 0, new QTableWidgetItem(server));
    m_table->setItem(row, 1, new QTableWidgetItem(how.user));
    m_table->setItem(row, 2, new QTableWidgetItem(portText(how.port)));
    m_filling = wasFilling;
}

void SshPage::setSettings(const TeamSettings& settings)
{
    m_filling = true;
    m_user->setText(settings.sshUser);
    m_port->setText(portText(settings.sshPort));
    m_table->setRowCount(0);
    for (auto it = settings.sshByServer.begin(); it != settings.sshByServer.end(); ++it)
        addRow(it.key(), *it);
    m_filling = false;
    recheck();
}

void SshPage::take(TeamSettings& settings) const
{
    settings.sshUser = m_user->text().trimmed();
    settings.sshPort = m_port->text().trimmed().toInt();
    settings.sshByServer.clear();
    for (int row = 0; row < m_table->rowCount(); ++row) {
        const QString server = m_table->item(row, 0)->text().trimmed().toLower();
        const SshOverride how{m_table->item(row, 1)->text().trimmed(), m_table->item(row, 2)->text().trimmed().toInt()};
        if (!server.isEmpty() && how != SshOverride{})
            settings.sshByServer.insert(server, how);
    }
}

void SshPage::recheck()
{
    m_userNote->setCheck(checkUser(m_user->text()));
    m_portNote->setCheck(checkOptionalPort(m_port->text()));
    FieldCheck worstCell;
    for (int row = 0; row < m_table->rowCount(); ++row) {
        const QString server = m_table->item(row, 0)->text();
        const bool used = !m_table->item(row, 1)->text().trimmed().isEmpty() || !m_table->item(row, 2)->text().trimmed().isEmpty();
        FieldCheck check = worst({checkHostName(server, 0, used ? Need::Required : Need::Optional), checkUser(m_table->item(row, 1)->text()),
            checkOptionalPort(m_table->item(row, 2)->text())});
        for (int other = 0; other < row && !server.trimmed().isEmpty(); ++other) {
            if (m_table->item(other, 0)->text().trimmed().compare(server.trimmed(), Qt::CaseInsensitive) == 0)
                check = worst({check, {FieldCheck::Weight::Error, tr("Is in the list twice.")}});
        }
        if (check.weight > worstCell.weight) {
            //: %1 the number of a row, %2 what is wrong in it
            worstCell = {check.weight, tr("Row %1: %2").arg(row + 1).arg(check.text)};
        }
    }
    m_tableNote->setCheck(worstCell);
}

QWidget* SshPage::firstError() const
{
    if (QWidget* wrong = m_grid->firstError())
        return wrong;
    return m_tableNote->check().weight == FieldCheck::Weight::Error ? m_table : nullptr;
}

} // namespace elephaas
