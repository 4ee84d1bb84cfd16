#include "views/columnsdialog.h"

#include "views/datatable.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

ColumnsDialog::ColumnsDialog(DataTable* table, QWidget* parent)
    : QDialog(parent)
    , m_table(table)
    , m_list(new QListWidget(this))
    , m_up(new QPushButton(tr("Move &up"), this))
    , m_down(new QPushButton(tr("Move &down"), this))
{
    setObjectName(u"columnsDialog"_s);
    setWindowTitle(tr("Columns"));
    setAttribute(Qt::WA_DeleteOnClose);
    const SortHeader* header = table->header();
    for (int visual = 0; visual < header->count(); ++visual) {
        const int column = header->logicalIndex(visual);
        m_before.push_back({column, header->isSectionHidden(column)});
    }

    auto* layout = new QVBoxLayout(this);
    auto* intro = new QLabel(tr("&Columns that the table shows, from first to last:"), this);
    intro->setObjectName(u"columnsIntro"_s);
    intro->setBuddy(m_list);
    layout->addWidget(intro);
    auto* middle = new QHBoxLayout;
    m_list->setObjectName(u"columnsList"_s);
    m_list->setAccessibleName(tr("Columns"));
    m_list->setAccessibleDescription(tr("Space shows or hides a column, Alt+Up and Alt+Down move it."));
    m_list->setMinimumHeight(fontMetrics().height() * 16);
    middle->addWidget(m_list, 1);
    auto* side = new QVBoxLayout;
    auto* reset = new QPushButton(tr("&Reset"), this);
    m_up->setObjectName(u"columnsUp"_s);
    m_down->setObjectName(u"columnsDown"_s);
    reset->setObjectName(u"columnsReset"_s);
    reset->setToolTip(tr("The columns, widths and order of a fresh start"));
    for (QPushButton* button : {m_up, m_down, reset}) {
        button->setAccessibleName(button->text().remove(u'&'));
        button->setAutoDefault(false);
    }
    side->addWidget(m_up);
    side->addWidget(m_down);
    side->addSpacing(8);
    side->addWidget(reset);
    side->addStretch(1);
    middle->addLayout(side);
    layout->addLayout(middle, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    buttons->setObjectName(u"columnsButtons"_s);
    layout->addWidget(buttons);

    for (const auto& [key, by] : {std::pair{Qt::Key_Up, -1}, std::pair{Qt::Key_Down, 1}}) {
        auto* shortcut = new QAction(this);
        shortcut->setObjectName(by < 0 ? u"columnsMoveUp"_s : u"columnsMoveDown"_s);
        shortcut->setShortcut(QKeySequence(Qt::ALT | key));
        connect(shortcut, &QAction::triggered, this, [this, by = by] { move(by); });
        addAction(shortcut);
    }
    connect(m_up, &QPushButton::clicked, this, [this] { move(-1); });
    connect(m_down, &QPushButton::clicked, this, [this] { move(1); });
    connect(reset, &QPushButton::clicked, this, [this] {
        if (m_table)
            m_table->resetColumns();
        fill();
    });
    connect(m_list, &QListWidget::itemChanged, this, &ColumnsDialog::adopt);
    connect(m_list, &QListWidget::currentRowChanged, this, &ColumnsDialog::showState);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    fill();
    m_list->setCurrentRow(0);
    m_list->setFocus();
}

void ColumnsDialog::fill()
{
    if (!m_table)
        return;
    m_filling = true;
    m_list->clear();
    const SortHeader* header = m_table->header();
    for (int visual = 0; visual < header->count(); ++visual) {
        const int column = header->logicalIndex(visual);
        auto* item = new QListWidgetItem(m_table->model()->headerData(column, Qt::Horizontal).toString(), m_list);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(header->isSectionHidden(column) ? Qt::Unchecked : Qt::Checked);
        item->setData(Qt::UserRole, column);
    }
    m_filling = false;
    showState();
}

void ColumnsDialog::adopt()
{
    if (m_filling || !m_table)
        return;
    SortHeader* header = m_table->header();
    int shown = 0;
    for (int row = 0; row < m_list->count(); ++row)
        shown += m_list->item(row)->checkState() == Qt::Checked ? 1 : 0;
    if (shown == 0) { // a table without columns could not even be told from an empty one
        m_filling = true;
        m_list->currentItem()->setCheckState(Qt::Checked);
        m_filling = false;
    }
    for (int row = 0; row < m_list->count(); ++row) {
        const int column = m_list->item(row)->data(Qt::UserRole).toInt();
        header->moveSection(header->visualIndex(column), row);
        header->setSectionHidden(column, m_list->item(row)->checkState() != Qt::Checked);
    }
    Q_EMIT m_table->stateChanged();
}

void ColumnsDialog::move(int by)
{
    const int row = m_list->currentRow();
    const int to = row + by;
    if (row < 0 || to < 0 || to >= m_list->count())
        return;
    m_filling = true;
    QListWidgetItem* item = m_list->takeItem(row);
    m_list->insertItem(to, item);
    m_list->setCurrentRow(to);
    m_filling = false;
    adopt();
    showState();
}

void ColumnsDialog::showState()
{
    const int row = m_list->currentRow();
    m_up->setEnabled(row > 0);
    m_up->setToolTip(row > 0 ? tr("Alt+Up") : tr("It is the first column already."));
    m_down->setEnabled(row >= 0 && row < m_list->count() - 1);
    m_down->setToolTip(row < m_list->count() - 1 ? tr("Alt+Down") : tr("It is the last column already."));
}

void ColumnsDialog::reject()
{
    if (m_table) {
        SortHeader* header = m_table->header();
        for (size_t visual = 0; visual < m_before.size(); ++visual) {
            header->moveSection(header->visualIndex(m_before[visual].column), int(visual));
            header->setSectionHidden(m_before[visual].column, m_before[visual].hidden);
        }
        Q_EMIT m_table->stateChanged();
    }
    QDialog::reject();
}

} // namespace elephaas
