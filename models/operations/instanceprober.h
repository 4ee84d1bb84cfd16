#pragma once

#include "models/domain/observation.h"
#include "models/operations/plan.h"

#include <QByteArray>

#include <chrono>
#include <stop_token>
#include <vector>

namespace elephaas {

// Looks at one instance on its server, now. Calls block, from many threads at once, at most for `timeout`, and return
// ErrorKind::Cancelled soon after `stop` fires.
class InstanceProber {
public:
    virtual ~InstanceProber() = default;
    // An error, or liveness Unknown or Unreachable: nothing is known. Never a guess.
    virtual Expected<Observation> observe(
        const InstanceAddress& address, InstanceId instance, std::chrono::milliseconds timeout, std::stop_token stop) = 0;
    // What is wrong in the configuration files, in the server's own words: "/etc/.../postgresql.conf line 12: syntax error" (views
    // pg_file_settings, and since 10 pg_hba_file_rules). Changes that only wait for a restart are no errors.
    virtual Expected<std::vector<QString>> configurationErrors(
        const InstanceAddress& address, std::chrono::milliseconds timeout, std::stop_token stop) = 0;
    // The last lines of the server's own log, as bytes; an error when none is found.
    virtual Expected<QByteArray> serverLogTail(
        const InstanceAddress& address, int lines, std::chrono::milliseconds timeout, std::stop_token stop) = 0;
};

} // namespace elephaas
