#include "app/adapters/dns/ldnsdirectory.h"

#include "app/adapters/dns/replies.h"
#include "app/adapters/dns/zones.h"

#include <QRandomGenerator>

#include <algorithm>
#include <thread>

namespace elephaas {

using namespace Qt::Literals::StringLiterals;
using namespace dns;
using sockets::StopSignal;

namespace {

// Asks all at once: one that is silent keeps no other one from its answer.
DnsReading readingOf(const Questions& questions, const QString& name, DnsZone zone)
{
    DnsReading reading{.name = name, .zone = std::move(zone)};
    std::vector<std::vector<DnsAnswer>> answers(static_cast<std::size_t>(reading.zone.nameServers.size()));
    {
        std::vector<std::jthread> asking;
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const QString server = reading.zone.nameServers[static_cast<qsizetype>(i)];
            asking.emplace_back([&questions, &one = answers[i], server, name] { one = questions.answersOf(server, name); });
        }
        reading.primary = questions.primaryAnswer(reading.zone, name);
    }
    for (std::vector<DnsAnswer>& one : answers)
        std::ranges::move(one, std::back_inserter(reading.nameServers));
    return reading;
}

// An update as a name server gets it, and its answer.
class Sending {
public:
    Sending(const DnsAccess& access, const StopSignal& stop, const DnsChange& change)
        : m_access(access), m_questions(access, stop), m_change(change)
    {
    }

    Expected<void> send(Records updates)
    {
        if (!m_access.key && !m_access.unsignedUpdates) {
            return fail({.kind = ErrorKind::PermissionDenied, .what = DnsText::tr("There is no key that changes of the DNS could be signed with."),
                .remedy = DnsText::tr("Name one in the DNS settings, or allow updates without a signature there.")});
        }
        if (auto checked = check(); !checked)
            return checked;
        const auto addresses = m_questions.primaryOf(m_change.zone);
        if (!addresses)
            return fail(addresses.error());
        Records prerequisites = records();
        append(prerequisites, m_change.from.isEmpty() ? isFree(m_change.name) : isAlias(m_change.name, m_change.from));
        const Packet request = update(m_change.zone.name, std::move(prerequisites), std::move(updates));
        if (m_access.key) {
            if (auto signature = sign(request.get(), *m_access.key); !signature)
                return signature;
        }
        const auto reply = exchange(m_change.zone.primary, *addresses, request.get(),
            [this, &request](const Reply& answer) { return isBelievable(answer, request.get()); }, m_questions.patience());
        return reply ? outcomeOf(*reply) : fail(whyUnknown(reply.error()));
    }

    const Questions& questions() const { return m_questions; }

private:
    Expected<void> check() const
    {
        for (const QString& name : {m_change.name, m_change.zone.name, m_change.to}) {
            if (auto checked = checkedName(name); !checked)
                return fail(checked.error());
        }
        if (auto checked = checkedName(m_change.from); !m_change.from.isEmpty() && !checked)
            return fail(checked.error());
        return {};
    }

    // What says that something was done has to be signed; a refusal may come without, because the server may not have the key.
    bool isBelievable(const Reply& reply, const ldns_pkt* request)
    {
        if (!m_access.key)
            return true;
        m_verdict = signatureOf(reply.packet.get(), reply.wire, request, *m_access.key);
        const ldns_pkt_rcode code = ldns_pkt_get_rcode(reply.packet.get());
        if (m_verdict.kind == SignatureVerdict::Kind::Valid)
            return true;
        const bool isRefusal = code != LDNS_RCODE_NOERROR && !isUnmet(code) && (m_verdict.kind == SignatureVerdict::Kind::Missing || m_verdict.error != 0);
        m_disbelieved = m_disbelieved || !isRefusal;
        return isRefusal;
    }

    Expected<void> outcomeOf(const Reply& reply) const
    {
        const ldns_pkt_rcode code = ldns_pkt_get_rcode(reply.packet.get());
        if (code == LDNS_RCODE_NOERROR && m_verdict.error == 0)
            return {};
        return fail(whyNoUpdate(code, m_verdict, m_change.zone.primary, m_change, m_access.key ? m_access.key->name : QString()));
    }

    Error whyUnknown(const NoReply& none) const
    {
        Error error = none.error;
        if (m_disbelieved) {
            error.kind = ErrorKind::LinkLost;
            error.what = m_verdict.kind == SignatureVerdict::Kind::OutOfTime
                ? DnsText::tr("The name server's answer was signed at another time than this computer's clock says.")
                : DnsText::tr("An answer came that the key's owner did not sign.");
            error.remedy = DnsText::tr("Whether the update was made is not known. Look at what the name servers say.");
        } else if (none.sent) {
            error.kind = ErrorKind::LinkLost;
            error.remedy = DnsText::tr("Whether the update was made is not known. Look at what the name servers say.");
        }
        return error;
    }

    const DnsAccess& m_access;
    Questions m_questions;
    const DnsChange& m_change;
    SignatureVerdict m_verdict;
    bool m_disbelieved = false;
};

} // namespace

Expected<DnsReading> LdnsDirectory::read(const QString& name, std::stop_token stop)
{
    const auto checked = checkedName(name);
    if (!checked)
        return fail(checked.error());
    const StopSignal signal(std::move(stop));
    const Questions questions(m_access, signal);
    std::optional<DnsReading> first;
    std::optional<Error> error;
    for (const QString& whole : questions.namesFor(*checked)) {
        auto zone = questions.zoneOf(whole);
        if (!zone) {
            error = error ? error : zone.error();
            continue;
        }
        DnsReading reading = readingOf(questions, whole, std::move(*zone));
        if (!reading.primary.target.isEmpty() || !reading.primary.otherTypes.isEmpty())
            return reading;
        if (!first)
            first = std::move(reading);
    }
    if (signal.requested())
        return fail({.kind = ErrorKind::Cancelled, .what = DnsText::tr("Cancelled.")});
    if (first)
        return std::move(*first);
    return fail(error.value_or(Error{}));
}

Expected<void> LdnsDirectory::rehearse(const DnsChange& change, std::stop_token stop)
{
    const StopSignal signal(std::move(stop));
    Sending sending(m_access, signal, change);
    auto outcome = sending.send(records());
    if (outcome && !change.from.isEmpty()) {
        Records updates = records();
        const QString nobody = u"elephaas-rehearsal-%1.invalid"_s.arg(QRandomGenerator::global()->generate64(), 16, 16, QLatin1Char('0'));
        append(updates, removeAlias(change.name, nobody));
        outcome = sending.send(std::move(updates));
    }
    if (!outcome && outcome.error().kind == ErrorKind::LinkLost) { // nothing could have been changed
        outcome.error().kind = ErrorKind::TimedOut;
        outcome.error().remedy.clear();
    }
    return outcome;
}

Expected<void> LdnsDirectory::replace(const DnsChange& change, std::stop_token stop)
{
    const StopSignal signal(std::move(stop));
    Sending sending(m_access, signal, change);
    Records updates = records();
    append(updates, removeAliases(change.name));
    append(updates, addAlias(change.name, change.to, static_cast<std::uint32_t>(std::clamp<qint64>(change.timeToLive.count(), 0, 0x7fffffff))));
    auto outcome = sending.send(std::move(updates));
    if (outcome || outcome.error().kind != ErrorKind::Conflict)
        return outcome;
    // A first try may have been made and its answer lost: then the second one finds what it wanted.
    const DnsAnswer now = sending.questions().primaryAnswer(change.zone, change.name);
    if (now.isKnown() && isSameName(now.target, change.to))
        return {};
    if (now.isKnown())
        outcome.error().detail = now.target.isEmpty() ? DnsText::tr("It is no alias now.") : DnsText::tr("It points to %1 now.").arg(now.target);
    return outcome;
}

} // namespace elephaas
