#include "dialogs/forms/conflictpanel.h"

#include "dialogs/parts/plainlabel.h"

#include <QHeaderView>
#include <QHBoxLayout>
#include <QPushButton>
#include <QTableWidget>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

ConflictPanel::ConflictPanel(QWidget* parent)
    : QFrame(parent)
    , m_headline(wrappedLabel({}, u"conflictHeadline"_s, this))
    , m_explanation(wrappedLabel({}, u"conflictExplanation"_s, this))
    , m_table(new QTableWidget(0, 4, this))
    , m_theirs(new QPushButton(tr("Take &theirs"), this))
    , m_mine(new QPushButton(tr("&Keep editing"), this))
{
    setObjectName(u"conflictPanel"_s);
    setFrameShape(QFrame::StyledPanel);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    m_headline->setFont(bold);

    m_table->setObjectName(u"conflictTable"_s);
    m_table->setAccessibleName(tr("What changed meanwhile"));
    m_table->setHorizontalHeaderLabels({tr("Field"), tr("As you opened it"), tr("Yours"), tr("Theirs")});
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionMode(QAbstractItemView::NoSelection);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);

    m_theirs->setObjectName(u"takeTheirsButton"_s);
    m_theirs->setAccessibleName(tr("Take theirs: load what the inventory has now and drop what you typed"));
    m_theirs->setAutoDefault(false);
    m_mine->setObjectName(u"keepEditingButton"_s);
    m_mine->setAccessibleName(tr("Keep editing: keep what you typed over what the inventory has now"));
    m_mine->setAutoDefault(false);

    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(m_theirs);
    buttons->addWidget(m_mine);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_headline);
    column->addWidget(m_explanation);
    column->addWidget(m_table);
    column->addLayout(buttons);

    connect(m_theirs, &QPushButton::clicked, this, &ConflictPanel::takeTheirs);
    connect(m_mine, &QPushButton::clicked, this, &ConflictPanel::keepMine);
    hide();
}

void ConflictPanel::showConflict(const std::vector<Line>& lines)
{
    m_headline->setText(tr("Somebody else changed this meanwhile"));
    m_explanation->setText(tr("Nothing of yours is written yet. “Keep editing” keeps the fields you changed and takes "
                              "the new values of the others; “Take theirs” drops what you typed."));
    m_table->setRowCount(static_cast<int>(lines.size()));
    for (int row = 0; row < m_table->rowCount(); ++row) {
        const Line& line = lines[static_cast<size_t>(row)];
        int column = 0;
        for (const QString& text : {line.field, line.before, line.mine, line.theirs}) {
            auto* item = new QTableWidgetItem(text.isEmpty() ? QString(QChar(0x2013)) : inOneLine(text, 300));
            item->setFlags(Qt::ItemIsEnabled);
            item->setToolTip(text.toHtmlEscaped());
            m_table->setItem(row, column++, item);
        }
    }
    int height = m_table->horizontalHeader()->sizeHint().height() + 2 * m_table->frameWidth();
    for (int row = 0; row < std::min(m_table->rowCount(), 5); ++row)
        height += m_table->rowHeight(row);
    m_table->setFixedHeight(height);
    m_table->show();
    m_theirs->show();
    m_mine->setText(tr("&Keep editing"));
    show();
}

void ConflictPanel::showDeleted(const QString& headline)
{
    m_headline->setText(headline);
    m_explanation->setText(tr("Nothing of yours is written. “Add as new” lets you save what the form holds as a new entry."));
    m_table->hide();
    m_theirs->hide();
    m_mine->setText(tr("Add as &new"));
    m_mine->setAccessibleName(tr("Add as new: lets you save what the form holds as a new entry"));
    show();
}

} // namespace elephaas
