#pragma once

#include "models/domain/inventory.h"

#include <QByteArray>

namespace elephaas {

// The inventory's rows as the JSON described in importdocument.h, one entry a line, in the order of the keys: the same rows give the
// same bytes. Reading it into an empty inventory gives the same rows again, keys and dates aside. What the format cannot say (an
// instance whose herd or server is not there, a row without a name) is told in "notes".
QByteArray exportDocument(const Inventory& inventory);

} // namespace elephaas
