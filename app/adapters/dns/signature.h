#pragma once

#include "app/adapters/dns/message.h"
#include "models/ports/dnsdirectory.h"

namespace elephaas::dns {

// Signs a complete message with the computer's time (RFC 8945). Errors: InvalidInput (the key's name), Internal.
Expected<void> sign(ldns_pkt* packet, const TsigKey& key);

// What the signature of a reply to a signed request tells. Errors of TSIG are numbers of RFC 8945 section 3.
struct SignatureVerdict {
    enum class Kind { Valid, Missing, Wrong, OutOfTime } kind = Kind::Missing;
    int error = 0; // the reply's TSIG error: 16 BADSIG, 17 BADKEY, 18 BADTIME, 22 BADTRUNC
    std::optional<qint64> secondsOff = {}; // of the server's clock, ahead positive, where it told the time
};
SignatureVerdict signatureOf(ldns_pkt* reply, const QByteArray& replyWire, const ldns_pkt* request, const TsigKey& key);

} // namespace elephaas::dns
