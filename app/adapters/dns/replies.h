#pragma once

#include "app/adapters/dns/signature.h"

namespace elephaas::dns {

// "REFUSED", as RFC 2136 and the IANA registry name them; "RCODE 11" for others.
QString nameOf(ldns_pkt_rcode code);

// Why a name server did not answer a question.
Error whyNoAnswer(ldns_pkt_rcode code, const QString& server, const QString& name);

// Why an update was not made. `verdict`: of the reply's signature, where the update was signed.
Error whyNoUpdate(ldns_pkt_rcode code, const SignatureVerdict& verdict, const QString& server, const DnsChange& change, const QString& key);

// The prerequisite of an update does not hold.
bool isUnmet(ldns_pkt_rcode code);

} // namespace elephaas::dns
