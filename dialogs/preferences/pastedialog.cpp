#include "dialogs/preferences/pastedialog.h"

#include "dialogs/parts/messagestrip.h"
#include "dialogs/parts/plainlabel.h"
#include "models/postgres/pythonsettings.h"

#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QPushButton>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

PasteDialog::PasteDialog(QWidget* parent)
    : QDialog(parent)
{
    setObjectName(u"pasteSettingsDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Paste settings"));
    setSizeGripEnabled(true);
    QLabel* what = wrappedLabel(tr("Paste the settings of the older application, or only its COMMANDS. Nothing in them is executed."),
        u"pasteExplanation"_s, this);
    auto* text = new QPlainTextEdit(this);
    text->setObjectName(u"pastedSettings"_s);
    text->setAccessibleName(tr("Settings of the older application"));
    text->setFont(fixedFont());
    text->setTabChangesFocus(true);
    text->setPlaceholderText(u"COMMANDS = {\n    'base': 'pg_ctlcluster {version[0]} {inst.herd.base_name}',\n    …\n}"_s);
    auto* strip = new MessageStrip(this);
    auto* takeButton = new QPushButton(tr("&Take"), this);
    takeButton->setObjectName(u"takeButton"_s);
    takeButton->setAccessibleName(tr("Take"));
    takeButton->setDefault(true);
    auto* cancelButton = new QPushButton(tr("Cancel"), this);
    cancelButton->setObjectName(u"cancelButton"_s);
    cancelButton->setAccessibleName(tr("Cancel"));
    cancelButton->setAutoDefault(false);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(takeButton);
    buttons->addWidget(cancelButton);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(10);
    column->addWidget(what);
    column->addWidget(text, 1);
    column->addWidget(strip);
    column->addLayout(buttons);
    resize(620, 380);
    text->setFocus();
    connect(cancelButton, &QPushButton::clicked, this, [this] { reject(); });
    connect(takeButton, &QPushButton::clicked, this, [this, text, strip] {
        const auto commands = commandsFromPythonSettings(text->toPlainText());
        if (!commands) {
            strip->showError(commands.error());
            text->setFocus();
            return;
        }
        Q_EMIT pasted(*commands);
        accept();
    });
}

} // namespace elephaas
