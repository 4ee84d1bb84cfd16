#pragma once

#include "models/domain/observation.h"
#include "models/items/roles.h"
#include "models/ports/operationjournal.h"

#include <QColor>
#include <QIcon>
#include <QRectF>

class QPainter;

namespace elephaas {

// A state is told by shape as well as by colour; the shapes stay apart at 12 pixels and without colour.
enum class Glyph {
    Online, // filled disc
    Offline, // filled square with a bar
    Unreachable, // diamond with an exclamation mark
    Unknown, // dashed ring with a question mark
    Pending, // thin ring
    Running, // ring with a filled half
    Succeeded, // tick
    Skipped, // two chevrons
    Failed, // filled square with a cross
    Cancelled, // ring with a slash
    Indeterminate, // diamond with a question mark
    Warning, // triangle
};

Glyph glyphFor(Liveness liveness);
Glyph glyphFor(Health health); // of several instances the worst
Glyph glyphFor(StepState state);
Glyph glyphFor(OperationState state);

// The glyph's own colour in the present scheme.
QColor glyphColor(Glyph glyph);

// Fills the largest square in the middle of `rect`. `ground` shows through the cut-outs of filled shapes.
void paintGlyph(QPainter* painter, const QRectF& rect, Glyph glyph, const QColor& color, const QColor& ground);

} // namespace elephaas
