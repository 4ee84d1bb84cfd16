#pragma once

#include <QIcon>

namespace elephaas {

// A symbol of resources/icons by its file's base name, drawn in the palette's text colour at every scale: it follows the
// colour scheme while the program runs.
QIcon symbolIcon(const QString& name);

// The same in a fixed colour that is asked for at each painting.
QIcon symbolIcon(const QString& name, QColor (*color)());

// The program's own icon.
QIcon applicationIcon();

} // namespace elephaas
