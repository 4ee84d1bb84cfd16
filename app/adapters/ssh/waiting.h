#pragma once

#include "app/sockets/waiting.h"

namespace elephaas::ssh {

using namespace sockets;

// Sentences of this adapter are translated in this context.
class SshText {
    Q_DECLARE_TR_FUNCTIONS(elephaas::ssh::SshText)
};

} // namespace elephaas::ssh
