#pragma once

#include "app/adapters/inventory/pgoptions.h"

#include <stop_token>

namespace elephaas {

// Which server a connection with these parameters reaches: of several hosts the one that answers and has the wanted attributes.
struct PgReached {
    QString host;
    QString address; // empty for a socket of this computer
    QString port;
};

// Connects and disconnects once, on a thread of its own, so that neither name look-ups nor hosts that do not answer keep the caller from
// its stop token. Its errors say what is wrong: no server, wrong password, no such database …
Expected<PgReached> tryToConnect(const std::vector<PgParameter>& parameters, const std::stop_token& stop);

} // namespace elephaas
