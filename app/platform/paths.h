#pragma once

#include "models/domain/error.h"

#include <QString>

namespace elephaas {

// Where the console keeps things, after the XDG Base Directory Specification. Nothing here creates a folder.
struct Paths {
    QString data; // inventories: $XDG_DATA_HOME/elephaas
    QString state; // journal, offline copies: $XDG_STATE_HOME/elephaas
    QString settings; // the settings file: $XDG_CONFIG_HOME/elephaas/elephaas.conf

    static Paths standard();

    QString localInventory() const { return data + QStringLiteral("/inventory.sqlite"); }
    QString journal() const { return state + QStringLiteral("/journal.sqlite"); }
    // One per inventory; the name says nothing about it.
    QString offlineCopy(const QString& inventoryKey) const;
};

// Makes the folder of a file, private to the user.
Expected<void> makeFolderOf(const QString& file);

} // namespace elephaas
