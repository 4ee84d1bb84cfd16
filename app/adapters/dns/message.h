#pragma once

#include "models/domain/error.h"

#include <QByteArray>
#include <QCoreApplication>
#include <QString>

#include <memory>
#include <optional>

#include <ldns/ldns.h>

namespace elephaas::dns {

// Sentences of this adapter are translated in this context.
class DnsText {
    Q_DECLARE_TR_FUNCTIONS(elephaas::dns::DnsText)
};

struct Free {
    void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
    void operator()(ldns_rr* record) const { ldns_rr_free(record); }
    void operator()(ldns_rr_list* records) const { ldns_rr_list_deep_free(records); }
    void operator()(ldns_rdf* data) const { ldns_rdf_deep_free(data); }
    void operator()(ldns_resolver* resolver) const { ldns_resolver_deep_free(resolver); }
};
using Packet = std::unique_ptr<ldns_pkt, Free>;
using Record = std::unique_ptr<ldns_rr, Free>;
using Records = std::unique_ptr<ldns_rr_list, Free>;
using Data = std::unique_ptr<ldns_rdf, Free>;

// A name that can be in the DNS: labels of letters, digits, "-" and "_", at most 63 bytes each and 253 in all, written as ASCII (RFC 5890)
// where it is not. What it gives has no last dot. Errors: InvalidInput.
Expected<QString> checkedName(const QString& text);
bool isSameName(const QString& one, const QString& other);
bool isBelow(const QString& name, const QString& zone); // or the zone itself
QString parentOf(const QString& name); // "" of a single label

// Of a checked name.
Data nameData(const QString& name);
// Whatever a server sent, as text without the last dot; what is not printable is \DDD.
QString nameText(const ldns_rdf* name);

Packet question(const QString& name, ldns_rr_type type, bool recursion);

// The prerequisite section of an update, RFC 2136 section 2.4.
Record isAlias(const QString& name, const QString& target); // 2.4.2: the CNAME is there with this value
Record isFree(const QString& name); // 2.4.5: there is nothing of that name
// The update section, 2.5.
Record addAlias(const QString& name, const QString& target, std::uint32_t timeToLive); // 2.5.1
Record removeAliases(const QString& name); // 2.5.2
Record removeAlias(const QString& name, const QString& target); // 2.5.4

// An update of a zone, with a random id; takes the lists' contents.
Packet update(const QString& zone, Records prerequisites, Records updates);
Records records();
void append(Records& list, Record record);

QByteArray wire(const ldns_pkt* packet);
// Nothing when it is no DNS message.
Packet parsed(const QByteArray& wire);

// Whether a message answers the question or update: its id, direction, kind, and question or zone.
bool isReplyTo(const ldns_pkt* reply, const ldns_pkt* request);

} // namespace elephaas::dns
