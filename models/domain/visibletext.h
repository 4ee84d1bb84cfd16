#pragma once

#include <QByteArrayView>
#include <QString>

namespace elephaas {

// Bytes from a host as text a person can see: UTF-8 is decoded, bytes that are not UTF-8 become \xNN, control characters other
// than newline and tab their Unicode pictures (ESC is U+241B), invisible and direction-changing characters \u{NNNN}; CR LF counts as a newline. The
// result is plain text; never show it as rich text.
QString visibleText(QByteArrayView bytes);
// The same for text that was decoded already: names from the inventory, commands.
QString visibleText(QStringView text);
// The same as a single line, for cells, titles and choices: newline and tab become their pictures too. What has nothing to show is returned
// as it is, without a copy.
QString visibleLine(const QString& text);

} // namespace elephaas
