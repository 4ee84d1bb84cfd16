#pragma once

#include <QString>

class QPlainTextEdit;
class QWidget;

namespace elephaas {

// What was typed, without blanks around it; a value that nobody touched stays as it is, blanks and all.
inline void takeText(const QString& typed, QString& value)
{
    if (typed != value)
        value = typed.trimmed();
}

// An editor of a few lines in which Tab moves on.
QPlainTextEdit* makeDescription(const QString& objectName, QWidget* parent);

} // namespace elephaas
