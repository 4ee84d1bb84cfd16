#pragma once

#include "models/domain/inventory.h"
#include "models/operations/cappedbuffer.h"
#include "models/operations/events.h"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace elephaas {

// What the runner's threads have to tell, gathered until the GUI thread fetches it: however much a command prints and however
// slow the GUI is, no more than the present state of each step is kept. Thread-safe.
class OperationBoard final {
public:
    struct News {
        QUuid operation;
        QDateTime began = {}; // valid: it was begun since the last time
        std::vector<StepRecord> steps = {}; // those that changed
        std::map<InstanceId, ObservationPtr> seen = {}; // the newest of each instance
        std::optional<Error> journalError = {};
        std::optional<OperationFinished> finished = {};
    };

    void add(const OperationRecord& operation);
    void remove(const QUuid& operation); // one that could not be started
    // True when nobody was told yet that there are news of this operation.
    bool take(const QUuid& operation, const OperationEvent& event);
    // News since the last call; an operation that has finished is forgotten.
    std::optional<News> fetch(const QUuid& operation);

private:
    struct Step {
        StepRecord record;
        CappedBuffer output = CappedBuffer();
    };
    struct Operation {
        std::vector<Step> steps;
        std::set<int> changed;
        News news;
        bool told = false;
    };
    static void apply(Operation& operation, const OperationEvent& event);

    std::mutex m_mutex;
    std::map<QUuid, Operation> m_operations;
};

} // namespace elephaas
