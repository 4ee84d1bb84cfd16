#pragma once

#include "models/operations/instanceprober.h"
#include "models/operations/recentlooks.h"
#include "models/operations/stepexecutor.h"
#include "models/ports/clock.h"
#include "models/ports/dnsdirectory.h"
#include "models/ports/upstreamwriter.h"

#include <memory>

namespace elephaas {

// Does steps over the remote shell, and proves them with a prober.
//
// A step begins with a look at the instance: nothing is sent when the wanted state already holds (skipped, a warning) or when the
// state is unknown. A step that sends nothing and only waits is content with what another one saw within the last second, since when nothing was sent. It ends with the proof, whatever the command's exit status was: exit 0 without the wanted state is a failure, another exit
// status with the wanted state a success with a warning. A lost link or a command out of time is followed by looking again; what
// cannot be proved then is indeterminate.
//
// Steps with scripts of their own are asked first whether they are done, and proved by their proof script besides the postcondition.
//
// Cancelled: the remote command is ended, and the result says what was seen afterwards. A restart whose stop took effect starts the
// instance again first.
class PortExecutor final : public StepExecutor {
public:
    struct Options {
        std::chrono::milliseconds probeTimeout{15000}; // of one look
        std::chrono::milliseconds poll{500}; // between two looks while waiting; less at first
        // How long a state that cannot become the wanted one by itself is put up with: after exit 0 (the command may return before its
        // work is done, as systemctl --no-block), after another end, and when the command's end is not known.
        std::chrono::milliseconds patienceAfterSuccess{10000};
        std::chrono::milliseconds patienceAfterFailure{2000};
        std::chrono::milliseconds patienceAfterLoss{30000};
        // How long a cancelled restart waits for a postmaster that is shutting down, so as to start it again.
        std::chrono::milliseconds patienceAfterCancel{15000};
        std::chrono::milliseconds lastCommandTimeout{10000}; // of the start that is still owed when the program ends
        // How long a standby may be without a WAL receiver at work: it tries again every wal_retrieve_retry_interval, and reads an archive
        // first where it has one.
        std::chrono::milliseconds patienceForReceiver{60000};
        std::chrono::milliseconds scriptTimeout{60000}; // of a question asked by script
        std::chrono::milliseconds namePoll{500}; // between two questions to the name servers
        int logLines = 30;
    };

    // `inventory` and `dns` may be null: then steps that write into them fail.
    PortExecutor(std::shared_ptr<RemoteShell> shell, std::shared_ptr<InstanceProber> prober, std::shared_ptr<const Clock> clock,
        Options options, std::shared_ptr<UpstreamWriter> inventory = {}, std::shared_ptr<DnsDirectory> dns = {});

    StepResult execute(const Step& step, const StepContext& context) override;
    StepResult inspect(const Step& step, std::stop_token stop) override;

private:
    std::shared_ptr<RemoteShell> m_shell;
    std::shared_ptr<InstanceProber> m_prober;
    std::shared_ptr<const Clock> m_clock;
    Options m_options;
    std::shared_ptr<UpstreamWriter> m_inventory;
    std::shared_ptr<DnsDirectory> m_dns;
    RecentLooks m_looks;
};

} // namespace elephaas
