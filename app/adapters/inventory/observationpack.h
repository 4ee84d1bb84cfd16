#pragma once

#include "models/domain/inventory.h"

#include <QByteArray>

#include <optional>

namespace elephaas {

// Observations as bytes that are fast to read back: for the offline copy, which only this program reads.
QByteArray packObservations(const Observations& observations);

// Nothing when the bytes are not what packObservations() of this version made.
std::optional<Observations> unpackObservations(const QByteArray& bytes);

} // namespace elephaas
