#pragma once

#include <QByteArray>
#include <QString>

namespace elephaas {

// One word for a POSIX shell (XCU 2.2.2): whatever the value contains, the shell sees exactly its UTF-8 bytes as one word.
// Values that no word can carry (a NUL; half a surrogate pair) are the caller's to refuse: see isShellWord().
QByteArray shellQuote(QStringView value);

// Not so for a NUL, which ends every argument of a process, and for text that has no UTF-8 form.
bool isShellWord(QStringView value);

// Needs no quoting anywhere in a command line: not empty, and only ASCII letters, digits and _ . / : @ % + -
bool isPlainShellText(QStringView value);

} // namespace elephaas
