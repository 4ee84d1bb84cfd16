#pragma once

#include <QByteArrayView>
#include <QString>

// Text of others in CommonMark (with GitHub's tables): it stays text, whatever it holds.
namespace elephaas::markdown {

// One line; control characters made visible, everything that Markdown or HTML would interpret escaped. Also right in a cell of a table.
QString text(const QString& plain);
// A block of code whose fence is longer than any run of backticks inside; ends with a newline.
QString code(const QString& visible);
QString code(QByteArrayView bytes);
// "| a | b |\n"; the cells are markdown already.
QString row(const QStringList& cells);
QString headerRow(const QStringList& titles);

} // namespace elephaas::markdown
