#pragma once

#include "app/adapters/dns/exchange.h"
#include "models/ports/dnsdirectory.h"

namespace elephaas::dns {

// Questions to the name servers that an access names, each with its own patience.
class Questions {
public:
    Questions(const DnsAccess& access, const sockets::StopSignal& stop);

    // The names that `text` may stand for: itself, or below the zone or the search domains of this computer where it is no whole name.
    QStringList namesFor(const QString& checkedName) const;
    // The zone that a name is in, its primary server and its name servers.
    Expected<DnsZone> zoneOf(const QString& name) const;
    Expected<std::vector<sockets::Address>> addressesOf(const QString& server) const;
    Expected<std::vector<sockets::Address>> primaryOf(const DnsZone& zone) const;
    // What each address of a server says of a name; one answer with an error where it has none.
    std::vector<DnsAnswer> answersOf(const QString& server, const QString& name) const;
    // The first answer that an address of the primary server gives.
    DnsAnswer primaryAnswer(const DnsZone& zone, const QString& name) const;

    sockets::Patience patience() const { return {m_stop, sockets::SteadyClock::now() + m_access.patience}; }

private:
    struct Authority {
        QString zone;
        QString primary;
        quint32 serial = 0;
    };
    Expected<Reply> ask(const QString& server, const std::vector<sockets::Address>& addresses, const QString& name, ldns_rr_type type, bool recursion) const;
    Expected<Reply> askAny(const QString& name, ldns_rr_type type) const;
    Expected<std::optional<Authority>> authorityAt(const QString& name) const;
    Expected<Authority> authorityOf(const QString& name) const;
    Expected<QStringList> nameServersOf(const Authority& authority, const std::vector<sockets::Address>& addresses) const;
    DnsAnswer answer(const QString& server, const std::vector<sockets::Address>& addresses, const QString& name) const;
    bool isThere(const QString& server, const std::vector<sockets::Address>& addresses, const QString& name, ldns_rr_type type) const;

    const DnsAccess& m_access;
    const sockets::StopSignal& m_stop;
    QStringList m_resolvers;
    QStringList m_searched;
};

} // namespace elephaas::dns
