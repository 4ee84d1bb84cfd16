#include "views/helpdialogs.h"

#include "views/actions.h"
#include "views/delegates/rowdelegate.h"
#include "views/icons.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#ifndef ELEPHAAS_VERSION
#define ELEPHAAS_VERSION "0"
#endif

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

void addRow(QTreeWidget* list, const QString& what, const QString& keys, const QString& does)
{
    auto* item = new QTreeWidgetItem(list, {what, keys, does});
    item->setToolTip(2, does.toHtmlEscaped());
}

QDialogButtonBox* closeButton(QDialog* dialog)
{
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
    buttons->setObjectName(dialog->objectName() + "Buttons"_L1);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    return buttons;
}

} // namespace

ShortcutsDialog::ShortcutsDialog(const Actions& actions, QWidget* parent)
    : QDialog(parent)
{
    setObjectName(u"shortcutsDialog"_s);
    setWindowTitle(tr("Keyboard shortcuts"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* layout = new QVBoxLayout(this);
    auto* search = new QLineEdit(this);
    search->setObjectName(u"shortcutsSearch"_s);
    search->setAccessibleName(tr("Search the shortcuts"));
    search->setPlaceholderText(tr("Search"));
    search->setClearButtonEnabled(true);
    layout->addWidget(search);

    auto* list = new QTreeWidget(this);
    list->setObjectName(u"shortcutsList"_s);
    list->setAccessibleName(tr("Shortcuts"));
    list->setHeaderLabels({tr("Action"), tr("Keys"), tr("What it does")});
    list->setRootIsDecorated(false);
    list->setAlternatingRowColors(true);
    list->setUniformRowHeights(true);
    list->setItemDelegate(new RowDelegate(list));
    list->header()->setObjectName(u"shortcutsHeader"_s);
    for (const ActionId id : actions.all()) {
        const QAction* action = actions[id];
        QStringList keys;
        for (const QKeySequence& shortcut : action->shortcuts())
            keys << shortcut.toString(QKeySequence::NativeText);
        if (!keys.isEmpty())
            addRow(list, plainActionText(*action), keys.join(tr(", ", "between the shortcuts of one action")),
                action->isEnabled() ? action->statusTip() : action->statusTip());
    }
    addRow(list, tr("In the filter"), tr("Down"), tr("Go into the table"));
    addRow(list, tr("In the filter"), tr("Esc"), tr("Clear the text; in an empty one: go into the table"));
    addRow(list, tr("In a table"), tr("Up in the first row"), tr("Go to the filter"));
    addRow(list, tr("In a table"), tr("Enter"), tr("Edit the row, or show its details"));
    addRow(list, tr("In a table"), tr("Esc"), tr("Select nothing"));
    addRow(list, tr("In a table"), tr("Shift+click on a column"), tr("Sort by a further column"));
    addRow(list, tr("In the tree"), tr("Esc"), tr("End the focus: show everything"));
    addRow(list, tr("Anywhere"), tr("Menu, Shift+F10"), tr("What can be done with the selection"));
    const int character = fontMetrics().averageCharWidth();
    list->header()->resizeSection(0, character * 30);
    list->header()->resizeSection(1, character * 26);
    layout->addWidget(list, 1);
    layout->addWidget(closeButton(this));
    connect(search, &QLineEdit::textChanged, list, [list](const QString& text) {
        for (int row = 0; row < list->topLevelItemCount(); ++row) {
            QTreeWidgetItem* item = list->topLevelItem(row);
            const QString all = item->text(0) + u' ' + item->text(1) + u' ' + item->text(2);
            item->setHidden(!all.contains(text.simplified(), Qt::CaseInsensitive));
        }
    });
    resize(character * 120, fontMetrics().height() * 34);
    search->setFocus();
}

AboutDialog::AboutDialog(QWidget* parent)
    : QDialog(parent)
{
    setObjectName(u"aboutDialog"_s);
    setWindowTitle(tr("About ElepHaaS"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 20, 24, 16);
    layout->setSpacing(8);
    auto* picture = new QLabel(this);
    picture->setObjectName(u"aboutPicture"_s);
    picture->setAccessibleName(tr("The program's icon"));
    picture->setPixmap(applicationIcon().pixmap(QSize(64, 64), devicePixelRatioF()));
    layout->addWidget(picture, 0, Qt::AlignHCenter);
    const auto add = [&](const QString& name, const QString& text, bool strong) {
        auto* label = new QLabel(text, this);
        label->setObjectName(name);
        label->setTextFormat(Qt::PlainText);
        label->setAlignment(Qt::AlignCenter);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        if (strong) {
            QFont font = label->font();
            if (font.pointSizeF() > 0)
                font.setPointSizeF(font.pointSizeF() * 1.3);
            font.setWeight(QFont::DemiBold);
            label->setFont(font);
        }
        layout->addWidget(label);
    };
    add(u"aboutName"_s, tr("ElepHaaS %1", "program and version").arg(QLatin1String(ELEPHAAS_VERSION)), true);
    add(u"aboutText"_s, tr("Console for large constellations of PostgreSQL instances."), false);
    add(u"aboutLicence"_s, tr("Free software under the Apache License, Version 2.0, without warranty of any kind."), false);
    add(u"aboutParts"_s, tr("Built with Qt %1, libssh, ldns and QtKeychain.").arg(QLatin1String(qVersion())), false);
    layout->addWidget(closeButton(this));
    setMinimumWidth(fontMetrics().averageCharWidth() * 52);
}

} // namespace elephaas
