#pragma once

#include "models/domain/observation.h"
#include "models/ports/operationjournal.h"
#include "models/ports/remoteshell.h"

#include <QByteArray>
#include <QUuid>

#include <functional>
#include <memory>
#include <variant>

namespace elephaas {

// What happens while a plan runs, one typed event per change; progress dialog, log, journal and tests all live on these.
struct OperationStarted {
    OperationRecord record; // with all its steps, pending
};
struct StepStarted {
    int step = 0;
    QDateTime at;
};
// What the step is doing now, as a line for people: "Waiting until it accepts connections."
struct StepProgress {
    int step = 0;
    QString message;
};
struct StepCommand { // about to be sent
    int step = 0;
    QByteArray command;
};
struct StepOutput {
    int step = 0;
    OutputStream stream = OutputStream::Output;
    QByteArray bytes;
};
struct WritesStopped { // the step ends it: since then nobody of its herd could be written to, as seen from here
    int step = 0;
    QDateTime since; // UTC
};
struct StepObserved {
    int step = 0;
    std::shared_ptr<const Observation> observation;
};
struct StepFinished {
    StepRecord record;
};
struct JournalFailed { // the operation hands out nothing more
    Error error;
};
struct OperationFinished {
    OperationState state = OperationState::Running;
    QString message;
    QDateTime at;
};
using OperationEvent = std::variant<OperationStarted, StepStarted, StepProgress, StepCommand, StepOutput, WritesStopped, StepObserved, StepFinished,
    JournalFailed, OperationFinished>;

// Called on the runner's threads, one call at a time for each operation, in order. Must not call the runner back.
using EventSink = std::function<void(const QUuid& operation, const OperationEvent& event)>;

} // namespace elephaas
