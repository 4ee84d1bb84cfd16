#pragma once

#include "models/operations/instanceprober.h"
#include "models/ports/clock.h"

#include <memory>

namespace elephaas {

// Looks at instances over the remote shell with the probe of models/postgres: one round trip for a look.
class ShellProber final : public InstanceProber {
public:
    ShellProber(std::shared_ptr<RemoteShell> shell, std::shared_ptr<const Clock> clock);

    Expected<Observation> observe(
        const InstanceAddress& address, InstanceId instance, std::chrono::milliseconds timeout, std::stop_token stop) override;
    Expected<std::vector<QString>> configurationErrors(
        const InstanceAddress& address, std::chrono::milliseconds timeout, std::stop_token stop) override;
    Expected<QByteArray> serverLogTail(
        const InstanceAddress& address, int lines, std::chrono::milliseconds timeout, std::stop_token stop) override;

private:
    Expected<QByteArray> runScript(
        const InstanceAddress& address, QByteArray script, std::chrono::milliseconds timeout, const std::stop_token& stop);

    const std::shared_ptr<RemoteShell> m_shell;
    const std::shared_ptr<const Clock> m_clock;
};

} // namespace elephaas
