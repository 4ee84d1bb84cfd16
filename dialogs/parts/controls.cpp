#include "dialogs/parts/controls.h"

#include <QAction>
#include <QCoreApplication>
#include <QLineEdit>
#include <QPushButton>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

QPushButton* plainButton(const QString& text, const QString& objectName, const QString& accessibleName, QWidget* parent)
{
    auto* button = new QPushButton(text, parent);
    button->setObjectName(objectName);
    button->setAccessibleName(accessibleName);
    button->setAutoDefault(false);
    return button;
}

QLineEdit* searchLine(const QString& what, const QString& objectName, QWidget* parent)
{
    auto* line = new QLineEdit(parent);
    line->setObjectName(objectName);
    line->setAccessibleName(what);
    line->setPlaceholderText(what);
    line->setClearButtonEnabled(true);
    if (auto* clear = line->findChild<QAction*>(u"_q_qlineeditclearaction"_s))
        clear->setText(QCoreApplication::translate("elephaas::Controls", "Clear the search"));
    return line;
}

} // namespace elephaas
