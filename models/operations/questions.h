#pragma once

#include "models/operations/plan.h"

namespace elephaas {

// The shell that stays open on the server for questions about this instance while an operation is planned and done.
KeptFor shellForQuestions(const InstanceAddress& address);
// Its key: that of whatever listens on this port there.
QByteArray questionsKey(int port);

} // namespace elephaas
