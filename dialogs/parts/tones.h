#pragma once

#include <QColor>
#include <QPalette>
#include <QString>

namespace elephaas {

// The meaning of a mark or a strip; the text beside it always says the same in words.
enum class Tone { Neutral, Good, Attention, Bad, Active };

bool isDark(const QPalette& palette);
// Readable on the palette's window and base colours, light and dark.
QColor toneColor(Tone tone, const QPalette& palette);
// A wash of the tone over the window colour, for backgrounds behind window text.
QColor toneBackground(Tone tone, const QPalette& palette);
QColor mutedText(const QPalette& palette);

} // namespace elephaas
