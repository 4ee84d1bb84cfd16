#pragma once

#include "models/domain/observation.h"

#include <QColor>
#include <QPalette>
#include <QString>

namespace elephaas {

enum class ColorScheme { Light, Dark };

// Colours that mean something. Each has a contrast of at least 4.5:1 on `base`, on `alternateBase` and on a selected row
// (WCAG 2.1, 1.4.3), so that it can be the colour of text in every table.
struct SemanticColors {
    QColor online;
    QColor offline;
    QColor unreachable;
    QColor unknown;
    QColor warning; // lagging, stale, something to look at
    QColor running;
    QColor muted; // secondary text and values that are old
    QColor accent; // focus, the mark of a selected row, painted lines
    QColor line; // separators; decoration only
    QColor errorBackground; // banners; the window's text colour is readable on them
    QColor warningBackground;
    QColor infoBackground;
};

struct BadgeColors {
    QColor background;
    QColor text;
    QColor border;
};

// Sets style, palettes and the semantic colours of the whole application. May be called again while windows are open.
void applyColorScheme(ColorScheme scheme);
ColorScheme currentColorScheme();
const SemanticColors& semanticColors();
SemanticColors semanticColorsFor(ColorScheme scheme);
QPalette paletteFor(ColorScheme scheme);
// Tables, trees and lists: a selected row is tinted, so that colours with a meaning stay readable in it.
QPalette itemViewPaletteFor(ColorScheme scheme);

// The same name has the same colour everywhere and in every run. Protected environments are filled, others are tinted.
BadgeColors environmentColors(const QString& name, bool isProtected, ColorScheme scheme);
inline BadgeColors environmentColors(const QString& name, bool isProtected)
{
    return environmentColors(name, isProtected, currentColorScheme());
}

QColor livenessColor(Liveness liveness);

// WCAG 2.1 contrast ratio, 1 to 21.
double contrastRatio(const QColor& a, const QColor& b);

} // namespace elephaas
