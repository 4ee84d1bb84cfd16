#pragma once

#include "app/adapters/ssh/session.h"

namespace elephaas::ssh {

// Logs in with public keys: keys of the agent that the configuration names, key files that it names, the agent's other keys
// (not with IdentitiesOnly), default key files; the one that worked the last time first. Certificates go before their plain key.
std::optional<OpenFailure> authenticate(Session& session, Offers& offers, const Patience& patience);

} // namespace elephaas::ssh
