#pragma once

#include "dialogs/parts/marks.h"
#include "models/ports/operationjournal.h"

#include <QString>

#include <chrono>

namespace elephaas {

struct OperationCounts {
    int total = 0;
    int done = 0; // succeeded, and nothing to look at
    int warnings = 0; // skipped, because it was in the wanted state already, or done with something to look at
    int failed = 0;
    int indeterminate = 0;
    int cancelled = 0;
    int running = 0;
    int waiting = 0;
    int ended() const { return done + warnings + failed + indeterminate + cancelled; }
    int problems() const { return failed + indeterminate; }
};

OperationCounts countSteps(const OperationRecord& record);

Mark markOf(StepState state, bool warning);
Mark markOf(OperationState state);
QString nameOf(StepState state, bool warning); bool isProblem(StepState state); // failed, or nobody knows

// "3 done, 1 warning, 2 failed": only what there is; never empty.
QString sentenceOf(const OperationCounts& counts);
// What came of a finished operation, in one sentence.
QString summaryOf(const OperationRecord& record);
// What the runner adds to the counts: why it handed out nothing more, what could not be recorded. Mostly empty.
QString remarkOf(const OperationRecord& record);

// "0.8 s", "12 s", "3 min 05 s", "2 h 04 min".
QString durationText(std::chrono::milliseconds duration);

// The whole record for a ticket or a mail, plain text: what, who, when, a line per step, and the output of each.
QString reportOf(const OperationRecord& record);

} // namespace elephaas
