#include "app/adapters/dns/message.h"

#include <QRandomGenerator>
#include <QRegularExpression>
#include <QUrl>

#include <array>

namespace elephaas::dns {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qsizetype longestName = 253;

Record record(const QString& name, ldns_rr_class rrClass, ldns_rr_type type, std::uint32_t timeToLive, const QString& target = {})
{
    Record made(ldns_rr_new());
    ldns_rr_set_owner(made.get(), nameData(name).release());
    ldns_rr_set_class(made.get(), rrClass);
    ldns_rr_set_type(made.get(), type);
    ldns_rr_set_ttl(made.get(), timeToLive);
    if (!target.isEmpty())
        ldns_rr_push_rdf(made.get(), nameData(target).release());
    return made;
}

// Not the library's: it seeds random(3), which others can guess.
void setRandomId(ldns_pkt* packet) { ldns_pkt_set_id(packet, static_cast<std::uint16_t>(QRandomGenerator::system()->bounded(0x10000))); }

const ldns_rr* onlyQuestion(const ldns_pkt* packet)
{
    const ldns_rr_list* list = ldns_pkt_question(packet);
    return list && ldns_rr_list_rr_count(list) == 1 ? ldns_rr_list_rr(list, 0) : nullptr;
}

} // namespace

Expected<QString> checkedName(const QString& text)
{
    QString name = text;
    if (name.endsWith(u'.'))
        name.chop(1);
    const bool isAscii = std::ranges::all_of(name, [](QChar c) { return c.unicode() < 0x80; });
    if (!isAscii)
        name = QString::fromLatin1(QUrl::toAce(name));
    static const QRegularExpression pattern(u"\\A(?:[A-Za-z0-9_-]{1,63}\\.)*[A-Za-z0-9_-]{1,63}\\z"_s);
    if (name.size() > longestName || !pattern.match(name).hasMatch()) {
        return fail({.kind = ErrorKind::InvalidInput,
            .what = DnsText::tr("“%1” is no name that the DNS can have.").arg(text),
            .remedy = DnsText::tr("A name has labels of letters, digits and hyphens, with dots between them.")});
    }
    return name;
}

bool isSameName(const QString& one, const QString& other) { return one.compare(other, Qt::CaseInsensitive) == 0; }

bool isBelow(const QString& name, const QString& zone)
{
    return isSameName(name, zone) || zone.isEmpty() || name.endsWith(u'.' + zone, Qt::CaseInsensitive);
}

QString parentOf(const QString& name) { return name.section(u'.', 1); }

Data nameData(const QString& name) { return Data(ldns_dname_new_frm_str((name + u'.').toLatin1().constData())); }

QString nameText(const ldns_rdf* name)
{
    const std::unique_ptr<char, decltype(&std::free)> text(ldns_rdf2str(name), &std::free);
    QString result = QString::fromLatin1(text.get());
    if (result.size() > 1 && result.endsWith(u'.'))
        result.chop(1);
    return result;
}

Packet question(const QString& name, ldns_rr_type type, bool recursion)
{
    // Takes the name.
    Packet packet(ldns_pkt_query_new(nameData(name).release(), type, LDNS_RR_CLASS_IN, recursion ? LDNS_RD : 0));
    setRandomId(packet.get());
    return packet;
}

Record isAlias(const QString& name, const QString& target) { return record(name, LDNS_RR_CLASS_IN, LDNS_RR_TYPE_CNAME, 0, target); }
Record isFree(const QString& name) { return record(name, LDNS_RR_CLASS_NONE, LDNS_RR_TYPE_ANY, 0); }
Record addAlias(const QString& name, const QString& target, std::uint32_t timeToLive)
{
    return record(name, LDNS_RR_CLASS_IN, LDNS_RR_TYPE_CNAME, timeToLive, target);
}
Record removeAliases(const QString& name) { return record(name, LDNS_RR_CLASS_ANY, LDNS_RR_TYPE_CNAME, 0); }
Record removeAlias(const QString& name, const QString& target) { return record(name, LDNS_RR_CLASS_NONE, LDNS_RR_TYPE_CNAME, 0, target); }

Records records() { return Records(ldns_rr_list_new()); }
void append(Records& list, Record record) { ldns_rr_list_push_rr(list.get(), record.release()); }

Packet update(const QString& zone, Records prerequisites, Records updates)
{
    const Records additional = records();
    // Takes the zone's name and copies the lists.
    Packet packet(ldns_update_pkt_new(nameData(zone).release(), LDNS_RR_CLASS_IN, prerequisites.get(), updates.get(), additional.get()));
    setRandomId(packet.get());
    return packet;
}

QByteArray wire(const ldns_pkt* packet)
{
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    if (ldns_pkt2wire(&bytes, packet, &size) != LDNS_STATUS_OK)
        return {};
    const std::unique_ptr<std::uint8_t, decltype(&std::free)> owner(bytes, &std::free);
    return QByteArray(reinterpret_cast<const char*>(bytes), static_cast<qsizetype>(size));
}

Packet parsed(const QByteArray& wire)
{
    ldns_pkt* packet = nullptr;
    if (ldns_wire2pkt(&packet, reinterpret_cast<const std::uint8_t*>(wire.constData()), static_cast<std::size_t>(wire.size())) != LDNS_STATUS_OK)
        return {};
    return Packet(packet);
}

bool isReplyTo(const ldns_pkt* reply, const ldns_pkt* request)
{
    if (!ldns_pkt_qr(reply) || ldns_pkt_id(reply) != ldns_pkt_id(request) || ldns_pkt_get_opcode(reply) != ldns_pkt_get_opcode(request))
        return false;
    const ldns_rr* asked = onlyQuestion(request);
    const ldns_rr* answered = onlyQuestion(reply);
    if (!answered) // RFC 2136 section 3.8 lets the answer to an update leave out the zone, and errors come without it
        return ldns_pkt_get_opcode(request) == LDNS_PACKET_UPDATE || ldns_pkt_get_rcode(reply) != LDNS_RCODE_NOERROR;
    return asked && ldns_rr_get_type(asked) == ldns_rr_get_type(answered)
        && ldns_dname_compare(ldns_rr_owner(asked), ldns_rr_owner(answered)) == 0;
}

} // namespace elephaas::dns
