#pragma once

#include "models/operations/plan.h"

#include <QStringList>

namespace elephaas {

// What differs between the plan that was shown and the one made again from the state of now, a sentence each; empty when it is the same plan.
// Steps and what was found are compared (severity, check, target); measured values, times and the inventory's revision may move, and a warning
// may turn to ok. A blocker that may be passed over with a reason is compared to the word, with what was measured: the reason is for that.
QStringList differencesBetween(const Plan& shown, const Plan& now);

// Whether the two findings are the same one; whatever was measured, unless a reason may be given for it.
bool isSameFinding(const Finding& a, const Finding& b);

// The reasons that a person gave for passing over blockers, kept for those blockers that are there still.
void keepReasons(const Plan& from, Plan& to);

} // namespace elephaas
