#pragma once

#include "dialogs/parts/tones.h"

#include <QIcon>

namespace elephaas {

// Small signs that differ in shape, not only in colour; painted, so crisp at every scale factor.
enum class Mark { None, Pending, Running, Done, Skipped, Warning, Failed, Cancelled, Unknown, Info, Lock, Key };

Tone toneOf(Mark mark);
// Takes its colour from the palette at the time of the call: ask again when the palette changes.
QIcon markIcon(Mark mark, const QPalette& palette);

} // namespace elephaas
