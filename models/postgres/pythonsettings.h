#pragma once

#include "models/domain/error.h"

#include <QMap>
#include <QString>

namespace elephaas {

// The COMMANDS dictionary out of the older application's Python settings, read as text; nothing is executed. `text` is a whole
// settings file, or just "COMMANDS = {…}", or just "{…}". Understood: all string literals but bytes and f-strings, strings side
// by side or joined with +, parentheses, comments, and later lines COMMANDS['name'] = '…'. Anything else is an error that names
// the line.
Expected<QMap<QString, QString>> commandsFromPythonSettings(const QString& text);

} // namespace elephaas
