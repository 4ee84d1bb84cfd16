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
    // One per inventory, because their rows are numbered alike; the name says nothing about it.
    QString journal(const QString& inventoryKey) const;
    QString offlineCopy(const QString& inventoryKey) const;
};

// Makes the folder of a file, private to the user.
Expected<void> makeFolderOf(const QString& file);

} // namespace elephaas
