#pragma once

#include "models/domain/error.h"
#include "models/domain/id.h"

#include <QString>
#include <QUuid>

#include <span>
#include <stop_token>

namespace elephaas {

// One operation at a time changes a herd, across all consoles of one inventory.
//
// Calls block, from any thread but the inventory's. A lock ends with its release, and by itself when its console is gone.
class HerdLocks {
public:
    virtual ~HerdLocks() = default;
    // All of them or none. Busy, with who does what since when, when somebody else holds one of them; any other error: nobody can tell.
    // `what` and `who` are for people: "Rebuild trading on db2", "ann on laptop7". Takes seconds at most.
    virtual Expected<void> acquire(
        const QUuid& operation, std::span<const HerdId> herds, const QString& what, const QString& who, std::stop_token stop) = 0;
    // Busy, with who does what, when the lock was lost and somebody else had it when it was to be taken again: nothing more may be changed.
    // Does not wait: it tells what was seen last.
    virtual Expected<void> check(const QUuid& operation) = 0;
    // What is not held is no error. Never waits for a connection that is gone. An error says that the lock was lost meanwhile, so that
    // somebody else may have had it.
    virtual Expected<void> release(const QUuid& operation) = 0;
};

} // namespace elephaas
