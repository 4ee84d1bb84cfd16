#include "models/services/backgroundthread.h"

#include <sys/resource.h>
#include <unistd.h>

namespace elephaas {

namespace {

constexpr int niceness = 10; // about a tenth of the processor when the window's thread wants it, too

} // namespace

void giveWayToWindow()
{
    // Linux: nice values are a thread's own (setpriority(2), "C library/kernel differences"). More of it is always allowed.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
}

} // namespace elephaas
