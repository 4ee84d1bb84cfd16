#pragma once

#include "models/operations/surveyor.h"
#include "models/ports/clock.h"

#include <memory>

namespace elephaas {

// The closer look over the remote shell, with the scripts of models/postgres: one round trip for a look or a trial.
class ShellSurveyor final : public Surveyor {
public:
    ShellSurveyor(std::shared_ptr<RemoteShell> shell, std::shared_ptr<const Clock> clock);

    Survey survey(
        const InstanceAddress& address, InstanceId instance, std::chrono::milliseconds timeout, std::stop_token stop) override;
    ConnectionTrial tryConnection(const Trial& trial, std::chrono::milliseconds timeout, std::stop_token stop) override;

private:
    const std::shared_ptr<RemoteShell> m_shell;
    const std::shared_ptr<const Clock> m_clock;
};

} // namespace elephaas
