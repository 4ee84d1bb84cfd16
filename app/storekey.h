#pragma once

#include <QString>

namespace elephaas {

// The same text for the same inventory: names the offline copy, the single window and the saved state of the window.
QString localInventoryKey(const QString& file);
// A password inside a connection string is left out.
QString sharedInventoryKey(const QString& connection, const QString& schema);

} // namespace elephaas
