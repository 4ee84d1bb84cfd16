#include "models/operations/portexecutor.h"

#include "models/operations/steprun.h"

namespace elephaas {

PortExecutor::PortExecutor(std::shared_ptr<RemoteShell> shell, std::shared_ptr<InstanceProber> prober,
    std::shared_ptr<const Clock> clock, Options options, std::shared_ptr<UpstreamWriter> inventory, std::shared_ptr<DnsDirectory> dns)
    : m_shell(std::move(shell))
    , m_prober(std::move(prober))
    , m_clock(std::move(clock))
    , m_options(options)
    , m_inventory(std::move(inventory))
    , m_dns(std::move(dns))
{
}

StepResult PortExecutor::execute(const Step& step, const StepContext& context)
{
    return StepRun(*m_shell, *m_prober, m_inventory.get(), m_dns.get(), *m_clock, m_options, m_looks, step, context).run();
}

StepResult PortExecutor::inspect(const Step& step, std::stop_token stop)
{
    const StepContext context{.cancel = stop, .abort = stop, .emitEvent = [](const OperationEvent&) { }};
    return StepRun(*m_shell, *m_prober, m_inventory.get(), m_dns.get(), *m_clock, m_options, m_looks, step, context).inspect();
}

} // namespace elephaas
