#pragma once

#include "models/domain/observation.h"
#include "models/operations/plan.h"

#include <QByteArray>

#include <chrono>
#include <stop_token>
#include <vector>

namespace elephaas {

// What a server thinks of its configuration files after a reload, in its own words.
struct ConfigurationReport {
    std::vector<QString> pendingRestart; // names of settings that wait for a restart (pg_settings.pending_restart)
    std::vector<QString> errors; // "/etc/…/postgresql.conf line 12: syntax error" (pg_file_settings, pg_hba_file_rules)
    bool operator==(const ConfigurationReport&) const = default;
};

// Looks at one instance on its server, now. Calls block, from many threads at once, at most for `timeout`, and return
// ErrorKind::Cancelled soon after `stop` fires.
class InstanceProber {
public:
    virtual ~InstanceProber() = default;
    // An error, or liveness Unknown or Unreachable: nothing is known. Never a guess.
    virtual Expected<Observation> observe(
        const InstanceAddress& address, InstanceId instance, std::chrono::milliseconds timeout, std::stop_token stop) = 0;
    virtual Expected<ConfigurationReport> configuration(
        const InstanceAddress& address, InstanceId instance, std::chrono::milliseconds timeout, std::stop_token stop) = 0;
    // The last lines of the server's own log, as bytes; an error when it is not found.
    virtual Expected<QByteArray> serverLogTail(
        const InstanceAddress& address, int lines, std::chrono::milliseconds timeout, std::stop_token stop) = 0;
};

} // namespace elephaas
