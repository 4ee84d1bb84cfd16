#include "dialogs/forms/values.h"

#include <QPlainTextEdit>

namespace elephaas {

QPlainTextEdit* makeDescription(const QString& objectName, QWidget* parent)
{
    auto* editor = new QPlainTextEdit(parent);
    editor->setObjectName(objectName);
    editor->setTabChangesFocus(true);
    editor->setFixedHeight(editor->fontMetrics().lineSpacing() * 3 + 14);
    return editor;
}

} // namespace elephaas
