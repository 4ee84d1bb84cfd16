#include "app/adapters/dns/signature.h"

#include <cstdlib>
#include <ctime>

namespace elephaas::dns {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr std::uint16_t fudge = 300; // seconds that two clocks may differ by; RFC 8945 section 10

// The members of a TSIG record, in their order.
enum Field : std::size_t { TimeSigned = 1, Fudge = 2, Mac = 3, ErrorCode = 5, OtherData = 6 };

const char* nameOf(TsigAlgorithm algorithm)
{
    switch (algorithm) {
    case TsigAlgorithm::HmacSha256: return "hmac-sha256.";
    case TsigAlgorithm::HmacSha512: return "hmac-sha512.";
    }
    Q_UNREACHABLE();
}

// A number of up to eight bytes, in network order.
std::optional<quint64> number(const std::uint8_t* bytes, std::size_t size)
{
    if (!bytes || size == 0 || size > 8)
        return std::nullopt;
    quint64 value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value = value << 8U | bytes[i];
    return value;
}

std::optional<quint64> number(const ldns_rr* record, Field field)
{
    const ldns_rdf* data = ldns_rr_rdf(record, field);
    return data ? number(ldns_rdf_data(data), ldns_rdf_size(data)) : std::nullopt;
}

// The server's clock, in the other data of BADTIME (RFC 8945 section 5.2.3): behind two bytes of its length.
std::optional<quint64> serverTime(const ldns_rr* record)
{
    const ldns_rdf* other = ldns_rr_rdf(record, OtherData);
    if (!other || ldns_rdf_size(other) != 8)
        return std::nullopt;
    return number(ldns_rdf_data(other) + 2, 6);
}

} // namespace

Expected<void> sign(ldns_pkt* packet, const TsigKey& key)
{
    const auto name = checkedName(key.name);
    if (!name)
        return fail(name.error());
    const QByteArray keyName = name->toLower().toLatin1() + '.';
    const QByteArray secret = key.secret.toBase64();
    const ldns_status status = ldns_pkt_tsig_sign(packet, keyName.constData(), secret.constData(), fudge, nameOf(key.algorithm), nullptr);
    if (status != LDNS_STATUS_OK) {
        return fail({.kind = ErrorKind::Internal, .what = DnsText::tr("The update could not be signed with the key %1.").arg(key.name),
            .detail = QString::fromLatin1(ldns_get_errorstr_by_id(status))});
    }
    return {};
}

SignatureVerdict signatureOf(ldns_pkt* reply, const QByteArray& replyWire, const ldns_pkt* request, const TsigKey& key)
{
    using Kind = SignatureVerdict::Kind;
    const ldns_rr* record = ldns_pkt_tsig(reply);
    const ldns_rr* signedRequest = ldns_pkt_tsig(request);
    const ldns_rdf* mac = signedRequest ? ldns_rr_rdf(signedRequest, Mac) : nullptr;
    if (!record || !mac)
        return {};
    SignatureVerdict verdict{.kind = Kind::Wrong, .error = static_cast<int>(number(record, ErrorCode).value_or(0))};
    const auto signedAt = number(record, TimeSigned);
    const auto allowed = number(record, Fudge);
    const qint64 now = std::time(nullptr); // the clock that the library signs by
    if (const auto told = serverTime(record))
        verdict.secondsOff = static_cast<qint64>(*told) - now;
    const QByteArray keyName = checkedName(key.name).value_or(QString()).toLower().toLatin1() + '.';
    const QByteArray secret = key.secret.toBase64();
    const bool isValid = ldns_pkt_tsig_verify(reply, reinterpret_cast<const std::uint8_t*>(replyWire.constData()), static_cast<std::size_t>(replyWire.size()),
            keyName.constData(), secret.constData(), mac);
    // Taken out for the verification, and not put back where there was nothing to compute.
    if (!ldns_pkt_tsig(reply))
        ldns_pkt_set_tsig(reply, const_cast<ldns_rr*>(record));
    if (!isValid)
        return verdict;
    if (!signedAt || !allowed || std::llabs(static_cast<qint64>(*signedAt) - now) > static_cast<qint64>(*allowed)) {
        verdict.kind = Kind::OutOfTime;
        if (signedAt && !verdict.secondsOff)
            verdict.secondsOff = static_cast<qint64>(*signedAt) - now;
        return verdict;
    }
    verdict.kind = Kind::Valid;
    return verdict;
}

} // namespace elephaas::dns
