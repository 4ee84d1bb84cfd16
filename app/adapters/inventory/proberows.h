#pragma once

#include "models/domain/observation.h"

#include <QString>
#include <QVariant>

#include <vector>

namespace elephaas {

// How an Observation lies in a row of ele_probe. Times are milliseconds since 1970 (UTC) here, positions bytes from 0/0; unknown is
// NULL. The texts of liveness, role and error kinds are those below and never change.

// The columns in the order of probeValues() and readObservation(); the first is the key, the second the time of the probe.
const std::vector<QLatin1StringView>& probeColumns();
// True for the columns that hold a time.
bool isProbeTime(QLatin1StringView column);

// `clientHost` is this computer's name: it tells observations of other consoles from one's own.
std::vector<QVariant> probeValues(const Observation& seen, const QString& clientHost);

// `values` as probeColumns() lists them; texts where the database gives texts. Nothing in a row is trusted: what makes no sense is unknown.
Observation readObservation(const std::vector<QVariant>& values, const QString& clientHost);

} // namespace elephaas
