#pragma once

#include "models/domain/error.h"
#include "models/domain/id.h"

#include <QByteArray>
#include <QDateTime>
#include <QJsonObject>
#include <QString>
#include <QUuid>

#include <optional>
#include <span>
#include <vector>

namespace elephaas {

enum class StepState { Pending, Running, Succeeded, Skipped, Failed, Cancelled, Indeterminate };
constexpr bool hasEnded(StepState state) { return state != StepState::Pending && state != StepState::Running; }
// Why a step was skipped; plans branch on it. Nothing: an earlier version's record, or a step that was not skipped.
enum class SkipReason {
    Nothing,
    Done, // its work was done already: as good as done now
    No, // it asked, and the answer was no; or it depends on a way that is not open
    NotNeeded, // another way was gone instead
};
// Warning: ended well, but at least one target already was in the wanted state or something should be looked at.
enum class OperationState { Running, Succeeded, Warning, Failed, Cancelled, Indeterminate };

struct StepRecord {
    int number = 0; // position in the plan, from 0
    QString title; // "Stop trading on db1"
    QString target; // "trading on db1"
    std::optional<InstanceId> instance = {};
    StepState state = StepState::Pending;
    QDateTime started = {}; // UTC
    QDateTime ended = {};
    bool warning = false; // ended well or was skipped, but somebody should look: `message` says why
    QString message = {}; // one clear result line
    QString command = {}; // exactly what was sent; "" when nothing was
    QByteArray output = {}; // capped, both streams as they came
    SkipReason skip = SkipReason::Nothing;
    // While it runs, and for whoever watches it: since when the herd could not be written to, UTC. Not in the journal; how long it took, `message` says.
    QDateTime writesStopped = {};
    // Until when resolvers may remember what a name was before, UTC. Not in the journal either; `message` says it, too.
    QDateTime oldAnswersUntil = {};
    bool operator==(const StepRecord&) const = default;
};

struct OperationRecord {
    QUuid id;
    QString kind; // "start", "stop", "restart", "reload"
    QString title; // "Restart 3 instances"
    QString operatorName; // who: the desktop user, and the inventory's user when shared
    QString clientHost;
    QString reason = {};
    OperationState state = OperationState::Running;
    QString message = {}; // one line on the whole: counts, or why it was refused or halted
    QDateTime started = {}; // UTC
    QDateTime ended = {};
    QJsonObject plan = {}; // as approved
    std::vector<StepRecord> steps = {};
    bool operator==(const OperationRecord&) const = default;
};

// The record of everything that ran. Each write is on disk (fsync) when the call returns. Thread-safe; all calls block.
class OperationJournal {
public:
    virtual ~OperationJournal() = default;
    virtual Expected<void> begin(const OperationRecord& operation) = 0; // with all its steps
    // All of them or none, in one transaction.
    virtual Expected<void> writeSteps(const QUuid& operation, std::span<const StepRecord> steps) = 0;
    Expected<void> writeStep(const QUuid& operation, const StepRecord& step) { return writeSteps(operation, {&step, 1}); }
    virtual Expected<void> finish(
        const QUuid& operation, OperationState state, const QString& message, const QDateTime& ended) = 0;
    // Those that were begun and never finished, oldest first.
    virtual Expected<std::vector<OperationRecord>> unfinished() = 0;
    // The newest first, without output and plan.
    virtual Expected<std::vector<OperationRecord>> recent(int limit) = 0;
    virtual Expected<OperationRecord> find(const QUuid& operation) = 0;
    // Those begun after this one that go on with it or have a step on one of its instances, oldest first, without output.
    virtual Expected<std::vector<OperationRecord>> later(const QUuid& operation) = 0;
};

} // namespace elephaas
