#include "models/operations/backgroundthread.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace elephaas {

void giveWayToWindow(Urgency urgency)
{
    // Linux: nice values are a thread's own (setpriority(2), "C library/kernel differences"). More of it is always allowed.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), urgency == Urgency::Soon ? 5 : 10);
}

void inParallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work)
{
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> workers;
    const std::size_t wanted = std::min(count, static_cast<std::size_t>(std::max(1, threads)));
    for (std::size_t i = 0; i < wanted; ++i) {
        workers.emplace_back([&] {
            giveWayToWindow(Urgency::Soon);
            for (std::size_t job = next++; job < count; job = next++)
                work(job);
        });
    }
}

} // namespace elephaas
