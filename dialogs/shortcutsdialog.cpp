#include "dialogs/shortcutsdialog.h"

#include "dialogs/parts/controls.h"
#include "dialogs/parts/plainlabel.h"

#include <QAction>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString nameOf(const QAction* action)
{
    QString text = action->text();
    text.replace(u"&&"_s, QString(QChar(0x1))).remove(u'&').replace(QChar(0x1), u'&').remove(QChar(0x2026));
    return inOneLine(text);
}

QString keysOf(const QAction* action)
{
    QStringList keys;
    for (const QKeySequence& key : action->shortcuts())
        keys << key.toString(QKeySequence::NativeText);
    return keys.join(u", "_s);
}

} // namespace

ShortcutsDialog::ShortcutsDialog(const QList<QAction*>& actions, QWidget* parent)
    : QDialog(parent)
{
    setObjectName(u"shortcutsDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Keyboard shortcuts"));
    setSizeGripEnabled(true);

    QLineEdit* search = searchLine(tr("Search actions and keys"), u"shortcutSearch"_s, this);
    auto* table = new QTableWidget(0, 2, this);
    table->setObjectName(u"shortcutTable"_s);
    table->setAccessibleName(tr("Actions and their keys"));
    table->setHorizontalHeaderLabels({tr("Action"), tr("Keys")});
    table->verticalHeader()->hide();
    table->setShowGrid(false);
    table->setAlternatingRowColors(true);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setTabKeyNavigation(false);
    table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->horizontalHeader()->resizeSection(1, fontMetrics().averageCharWidth() * 32);
    for (const QAction* action : actions) {
        if (action->shortcuts().isEmpty() || action->text().isEmpty())
            continue;
        const int row = table->rowCount();
        table->insertRow(row);
        table->setItem(row, 0, new QTableWidgetItem(nameOf(action)));
        table->setItem(row, 1, new QTableWidgetItem(keysOf(action)));
    }
    table->sortItems(0);

    auto* closeButton = new QPushButton(tr("&Close"), this);
    closeButton->setObjectName(u"closeButton"_s);
    closeButton->setAccessibleName(tr("Close"));
    closeButton->setDefault(true);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(closeButton);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(10);
    column->addWidget(headingLabel(tr("Keyboard shortcuts"), u"shortcutsHeading"_s, this));
    column->addWidget(search);
    column->addWidget(table, 1);
    column->addLayout(buttons);
    resize(560, 560);
    search->setFocus();

    connect(closeButton, &QPushButton::clicked, this, [this] { accept(); });
    connect(search, &QLineEdit::textChanged, table, [table](const QString& text) {
        for (int row = 0; row < table->rowCount(); ++row) {
            const bool matches = table->item(row, 0)->text().contains(text, Qt::CaseInsensitive)
                || table->item(row, 1)->text().contains(text, Qt::CaseInsensitive);
            table->setRowHidden(row, !matches);
        }
    });
}

} // namespace elephaas
