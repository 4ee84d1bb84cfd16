#pragma once

#include "app/commandline.h"
#include "models/ports/inventorystore.h"

namespace elephaas {

// --import and --export: does it, says what was done or why not on standard output and error, and returns the exit code.
int runHeadless(const CommandLine& options, InventoryStore& store);

// The same two as steps, for the window's menu; `done` texts are sentences for people. Block: not for the GUI thread.
Expected<QByteArray> readDocumentFile(const QString& file);
Expected<void> writeDocumentFile(const QString& file, const QByteArray& document);
// "Added 3 environments … nothing was removed."
QString importSummary(const ChangeSet& changes);

} // namespace elephaas
