#pragma once

#include "models/operations/plan.h"
#include "models/postgres/survey.h"

#include <chrono>
#include <stop_token>

namespace elephaas {

// Looks closely at instances and their servers before a plan is made. Calls block, from many threads at once, at most for `timeout`,
// and come back soon after `stop` fires.
class Surveyor {
public:
    virtual ~Surveyor() = default;
    // Never fails as a whole: what could not be seen is unset, and `error` says why.
    virtual Survey survey(
        const InstanceAddress& address, InstanceId instance, std::chrono::milliseconds timeout, std::stop_token stop) = 0;

    struct Trial {
        InstanceAddress from = {}; // the server that has to be able to connect, and its data directory
        QByteArray shell = {}; // Survey::shell of it
        // A libpq keyword/value string without a password. One that stands in the directory's present primary_conninfo is added on the
        // server, and never leaves it.
        QString conninfo = {};
        bool replication = true; // a physical replication connection; otherwise an ordinary one to database "postgres"
    };
    virtual ConnectionTrial tryConnection(const Trial& trial, std::chrono::milliseconds timeout, std::stop_token stop) = 0;
};

} // namespace elephaas
