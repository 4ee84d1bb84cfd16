#include "models/operations/backgroundthread.h"

#include <sys/resource.h>
#include <unistd.h>

namespace elephaas {

void giveWayToWindow(Urgency urgency)
{
    // Linux: nice values are a thread's own (setpriority(2), "C library/kernel differences"). More of it is always allowed.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), urgency == Urgency::Soon ? 5 : 10);
}

} // namespace elephaas
