#include "app/adapters/dns/zones.h"

#include "app/adapters/dns/replies.h"

#include <algorithm>
#include <cstdio>

namespace elephaas::dns {

using namespace Qt::Literals::StringLiterals;
using namespace sockets;

namespace {

bool believe(const Reply& /*reply*/) { return true; }

// The records of a type in a list; not owned.
std::vector<const ldns_rr*> ofType(const ldns_rr_list* list, ldns_rr_type type)
{
    std::vector<const ldns_rr*> found;
    for (std::size_t i = 0; list && i < ldns_rr_list_rr_count(list); ++i) {
        if (const ldns_rr* record = ldns_rr_list_rr(list, i); ldns_rr_get_type(record) == type)
            found.push_back(record);
    }
    return found;
}

QString dataText(const ldns_rr* record, std::size_t index)
{
    const ldns_rdf* data = ldns_rr_rdf(record, index);
    return data ? nameText(data) : QString();
}

} // namespace

Questions::Questions(const DnsAccess& access, const StopSignal& stop)
    : m_access(access), m_stop(stop), m_resolvers(access.resolvers)
{
    ldns_resolver* read = nullptr;
    if (ldns_resolver_new_frm_file(&read, nullptr) != LDNS_STATUS_OK)
        return;
    const std::unique_ptr<ldns_resolver, Free> resolver(read);
    for (std::size_t i = 0; access.resolvers.isEmpty() && i < ldns_resolver_nameserver_count(read); ++i)
        m_resolvers += nameText(ldns_resolver_nameservers(read)[i]);
    for (std::size_t i = 0; i < ldns_resolver_searchlist_count(read); ++i)
        m_searched += nameText(ldns_resolver_searchlist(read)[i]);
}

QStringList Questions::namesFor(const QString& checkedName) const
{
    if (!m_access.zone.isEmpty())
        return {isBelow(checkedName, m_access.zone) ? checkedName : QString(checkedName % u'.' % m_access.zone)};
    if (checkedName.contains(u'.') || m_searched.isEmpty())
        return {checkedName};
    QStringList names;
    for (const QString& domain : m_searched)
        names += checkedName % u'.' % domain;
    return names;
}

Expected<Reply> Questions::ask(
    const QString& server, const std::vector<Address>& addresses, const QString& name, ldns_rr_type type, bool recursion) const
{
    const Packet request = question(name, type, recursion);
    auto reply = exchange(server, addresses, request.get(), believe, patience());
    if (!reply)
        return fail(std::move(reply.error().error));
    const ldns_pkt_rcode code = ldns_pkt_get_rcode(reply->packet.get());
    if (code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN)
        return fail(whyNoAnswer(code, server, name));
    return std::move(*reply);
}

// The server of the settings knows its zones; without one, whoever this computer asks.
Expected<Reply> Questions::askAny(const QString& name, ldns_rr_type type) const
{
    const QStringList servers = m_access.server.isEmpty() ? m_resolvers : QStringList{m_access.server};
    if (servers.isEmpty()) {
        return fail({.kind = ErrorKind::NotFound, .what = DnsText::tr("No name server is known that could be asked for %1.").arg(name),
            .remedy = DnsText::tr("Name one in the DNS settings, or in /etc/resolv.conf.")});
    }
    Error first;
    for (const QString& server : servers) {
        const auto addresses = addressesOf(server);
        auto reply = addresses ? ask(server, *addresses, name, type, m_access.server.isEmpty()) : Expected<Reply>(fail(addresses.error()));
        if (reply || m_stop.requested())
            return reply;
        if (first.what.isEmpty())
            first = reply.error();
    }
    return fail(first);
}

Expected<std::vector<Address>> Questions::addressesOf(const QString& server) const
{
    const auto known = resolve(server, m_access.port, AddressFamily::Any, server, patience());
    if (known || m_access.resolvers.isEmpty() || m_stop.requested())
        return known;
    std::vector<Address> found;
    for (const ldns_rr_type type : {LDNS_RR_TYPE_AAAA, LDNS_RR_TYPE_A}) {
        for (const QString& resolver : m_access.resolvers) {
            const auto at = resolve(resolver, m_access.port, AddressFamily::Any, resolver, patience());
            const auto reply = at ? ask(resolver, *at, server, type, true) : Expected<Reply>(fail(at.error()));
            if (!reply)
                continue;
            for (const ldns_rr* record : ofType(ldns_pkt_answer(reply->packet.get()), type)) {
                if (const auto literal = resolve(dataText(record, 0), m_access.port, AddressFamily::Any, server, patience()))
                    found.insert(found.end(), literal->begin(), literal->end());
            }
            break;
        }
    }
    return found.empty() ? known : Expected<std::vector<Address>>(std::move(found));
}

// The SOA of the zone that a name is the top of, or that the answer says it is in.
Expected<std::optional<Questions::Authority>> Questions::authorityAt(const QString& name) const
{
    const auto reply = askAny(name, LDNS_RR_TYPE_SOA);
    if (!reply)
        return fail(reply.error());
    for (const ldns_rr_list* section : {ldns_pkt_answer(reply->packet.get()), ldns_pkt_authority(reply->packet.get())}) {
        for (const ldns_rr* record : ofType(section, LDNS_RR_TYPE_SOA)) {
            const QString zone = nameText(ldns_rr_owner(record));
            const ldns_rdf* serial = ldns_rr_rdf(record, 2);
            if (isBelow(name, zone) && serial)
                return Authority{zone, dataText(record, 0), ldns_rdf2native_int32(serial)};
        }
    }
    return std::nullopt;
}

Expected<Questions::Authority> Questions::authorityOf(const QString& name) const
{
    // An alias is not the top of a zone; asked for itself, it would answer with what it points to.
    for (QString above = m_access.zone.isEmpty() ? parentOf(name) : m_access.zone; !above.isEmpty(); above = parentOf(above)) {
        const auto found = authorityAt(above);
        if (!found)
            return fail(found.error());
        if (*found && (m_access.zone.isEmpty() || isSameName((*found)->zone, m_access.zone)))
            return **found;
        if (!m_access.zone.isEmpty())
            break;
    }
    return fail({.kind = ErrorKind::NotFound,
        .what = m_access.zone.isEmpty() ? DnsText::tr("No zone was found that %1 is in.").arg(name)
                                        : DnsText::tr("The zone %1 was not found.").arg(m_access.zone),
        .remedy = DnsText::tr("Look at the zone and the name server in the DNS settings.")});
}

Expected<QStringList> Questions::nameServersOf(const Authority& authority, const std::vector<Address>& addresses) const
{
    const auto reply = ask(authority.primary, addresses, authority.zone, LDNS_RR_TYPE_NS, false);
    if (!reply)
        return fail(reply.error());
    QStringList servers;
    for (const ldns_rr* record : ofType(ldns_pkt_answer(reply->packet.get()), LDNS_RR_TYPE_NS))
        servers += dataText(record, 0);
    servers.sort(Qt::CaseInsensitive); // name servers give them in turn
    return servers;
}

Expected<DnsZone> Questions::zoneOf(const QString& name) const
{
    auto authority = authorityOf(name);
    if (!authority)
        return fail(authority.error());
    if (!m_access.server.isEmpty())
        authority->primary = m_access.server;
    const auto addresses = addressesOf(authority->primary);
    if (!addresses)
        return fail(addresses.error());
    const auto servers = nameServersOf(*authority, *addresses);
    if (!servers)
        return fail(servers.error());
    DnsZone zone{.name = authority->zone, .primary = authority->primary, .nameServers = *servers, .serial = authority->serial};
    for (const Address& address : *addresses)
        zone.primaryAddresses += address.text();
    return zone;
}

Expected<std::vector<Address>> Questions::primaryOf(const DnsZone& zone) const
{
    std::vector<Address> known;
    for (const QString& text : zone.primaryAddresses) {
        if (const auto address = resolve(text, m_access.port, AddressFamily::Any, zone.primary, patience()))
            known.insert(known.end(), address->begin(), address->end());
    }
    return known.empty() ? addressesOf(zone.primary) : Expected<std::vector<Address>>(std::move(known));
}

bool Questions::isThere(const QString& server, const std::vector<Address>& addresses, const QString& name, ldns_rr_type type) const
{
    const auto reply = ask(server, addresses, name, type, false);
    return reply && !ofType(ldns_pkt_answer(reply->packet.get()), type).empty();
}

DnsAnswer Questions::answer(const QString& server, const std::vector<Address>& addresses, const QString& name) const
{
    DnsAnswer result{.server = server};
    const auto reply = ask(server, addresses, name, LDNS_RR_TYPE_CNAME, false);
    result.at = QDateTime::currentDateTimeUtc();
    if (!reply) {
        result.error = reply.error();
        return result;
    }
    result.address = reply->from.text();
    if (!ldns_pkt_aa(reply->packet.get())) {
        result.error = Error{.kind = ErrorKind::Unsupported,
            .what = DnsText::tr("The name server answers for %1 from what it remembers: the zone is not its own.").arg(name), .where = server};
        return result;
    }
    for (const ldns_rr* record : ofType(ldns_pkt_answer(reply->packet.get()), LDNS_RR_TYPE_CNAME)) {
        if (isSameName(nameText(ldns_rr_owner(record)), name)) {
            result.target = dataText(record, 0);
            result.timeToLive = std::chrono::seconds(ldns_rr_ttl(record));
        }
    }
    if (result.target.isEmpty() && ldns_pkt_get_rcode(reply->packet.get()) == LDNS_RCODE_NOERROR) {
        const std::vector<Address> same{reply->from};
        if (isThere(server, same, name, LDNS_RR_TYPE_A))
            result.otherTypes += u"A"_s;
        if (isThere(server, same, name, LDNS_RR_TYPE_AAAA))
            result.otherTypes += u"AAAA"_s;
    }
    return result;
}

DnsAnswer Questions::primaryAnswer(const DnsZone& zone, const QString& name) const
{
    const auto addresses = primaryOf(zone);
    if (!addresses)
        return {.server = zone.primary, .error = addresses.error(), .at = QDateTime::currentDateTimeUtc()};
    return answer(zone.primary, *addresses, name);
}

std::vector<DnsAnswer> Questions::answersOf(const QString& server, const QString& name) const
{
    const auto addresses = addressesOf(server);
    if (!addresses)
        return {{.server = server, .error = addresses.error(), .at = QDateTime::currentDateTimeUtc()}};
    std::vector<DnsAnswer> answers;
    for (const Address& address : *addresses) {
        answers.push_back(answer(server, {address}, name));
        answers.back().address = address.text();
    }
    return answers;
}

} // namespace elephaas::dns
