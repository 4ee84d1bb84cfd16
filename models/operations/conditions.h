#pragma once

#include "models/domain/observation.h"
#include "models/operations/plan.h"

namespace elephaas {

// NotReady: a postmaster runs but takes no connections: it starts, recovers, stops, or hangs. Ready: it does, or is a standby that
// reached consistency and serves no queries.
enum class PostmasterState { Unknown, Gone, NotReady, Ready };
PostmasterState postmasterStateOf(const Observation& seen);

// What an observation says about a condition.
struct Evaluation {
    enum class Verdict { Holds, DoesNot, Unknown } verdict = Verdict::Unknown;
    // With DoesNot: whether it may still come about by itself in the state that was seen, so that waiting makes sense.
    bool mayStillCome = false;
    QString text; // a sentence on what was seen: "Runs and accepts connections, as primary."
};

// `before` is the observation from before the step acted; conditions on a change never hold without one that came later.
Evaluation evaluate(Condition condition, const Observation* before, const Observation& now);

} // namespace elephaas
