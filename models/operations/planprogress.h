#pragma once

#include "models/operations/events.h"
#include "models/operations/plan.h"

#include <optional>
#include <vector>

namespace elephaas {

// How far a plan that runs has come, and what follows from it: which steps may run next, which never will, and how the whole has ended.
// No threads and no clock: whoever runs the plan guards it.
class PlanProgress final {
public:
    // The plan lives longer and does not change.
    explicit PlanProgress(const Plan& plan);

    const std::vector<StepRecord>& steps() const { return m_steps; } // by number; without their output
    const std::vector<int>& pending() const { return m_pending; } // neither begun nor decided, in order
    bool isHalted() const { return !m_halted.isEmpty(); }

    // Nothing more is handed out; what waits is cancelled by the next settle(). The first reason counts, unless this one is told to.
    void halt(const QString& why, bool insteadOfEarlier = false);
    // Whether those that it comes after, and its guard, let a pending step run now.
    bool mayRun(const Step& step) const;
    void begin(int step);
    void end(StepRecord record); // of one that ran, or could not
    // Decides which pending steps will never run, and whether what went wrong halts the plan; the numbers of those decided now.
    std::vector<int> settle();

    struct Circumstances {
        bool journalBroken = false;
        bool refused = false; // nothing ran, and that is a failure
        QString remark = {}; // what a person should know of the whole
    };
    struct Ending {
        OperationState state = OperationState::Succeeded;
        QString message = {};
    };
    // When nothing is pending and nothing runs.
    Ending ending(const Circumstances& circumstances) const;

private:
    // What a guard sees of the step it looks at.
    enum class Answer { Open, Yes, No, NotNeeded, Unknown };
    // Whether a failed step was made up for by steps whose guards answer to it.
    enum class Handled { No, NotYet, Yes };

    static Answer answerOf(const StepRecord& record);
    const StepRecord& recordOf(int step) const { return m_steps[static_cast<size_t>(step)]; }
    const Step& stepOf(int step) const { return m_plan.steps[static_cast<size_t>(step)]; }
    bool settlePending(std::vector<int>& settled);
    std::optional<StepRecord> decided(const Step& step) const;
    std::optional<Answer> waysOf(const Step& step) const;
    Handled handled(int failed, int below) const;
    Handled permission(const Step& step, int before) const;
    void applyFailurePolicies();

    const Plan& m_plan;
    std::vector<StepRecord> m_steps;
    std::vector<int> m_pending;
    std::vector<std::vector<int>> m_guarded; // by step: whose guards look at it
    QString m_halted; // why nothing more is handed out; "" while it goes on
};

} // namespace elephaas
