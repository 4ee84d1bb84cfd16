#include "app/adapters/dns/replies.h"

namespace elephaas::dns {

using namespace Qt::Literals::StringLiterals;

namespace {

// RFC 8945 section 3.
enum TsigError { BadSignature = 16, BadKey = 17, BadTime = 18, BadTruncation = 22 };

QString nameOfTsigError(int error)
{
    switch (error) {
    case BadSignature: return u"BADSIG"_s;
    case BadKey: return u"BADKEY"_s;
    case BadTime: return u"BADTIME"_s;
    case BadTruncation: return u"BADTRUNC"_s;
    default: return DnsText::tr("TSIG error %1").arg(error);
    }
}

QString clocks(const std::optional<qint64>& secondsOff)
{
    if (!secondsOff)
        return DnsText::tr("Set this computer's clock, and the name server's.");
    return *secondsOff >= 0 ? DnsText::tr("The name server's clock is %n seconds ahead of this computer's.", nullptr, static_cast<int>(*secondsOff))
                            : DnsText::tr("The name server's clock is %n seconds behind this computer's.", nullptr, static_cast<int>(-*secondsOff));
}

Error notSigned(int error, const std::optional<qint64>& secondsOff, const QString& server, const QString& key)
{
    Error result{.kind = ErrorKind::PermissionDenied, .what = {}, .where = server, .detail = nameOfTsigError(error)};
    switch (error) {
    case BadKey:
        result.what = DnsText::tr("The name server does not know the key %1, or not with this algorithm.").arg(key);
        result.remedy = DnsText::tr("Compare the key's name and algorithm with the name server's configuration.");
        break;
    case BadSignature:
        result.what = DnsText::tr("The name server has another secret for the key %1.").arg(key);
        result.remedy = DnsText::tr("Enter the key's secret again.");
        break;
    case BadTime:
        result.what = DnsText::tr("The clocks of this computer and of the name server differ too much for a signed update.");
        result.remedy = clocks(secondsOff);
        break;
    default: result.what = DnsText::tr("The name server does not accept the signature with the key %1.").arg(key); break;
    }
    return result;
}

} // namespace

QString nameOf(ldns_pkt_rcode code)
{
    switch (code) {
    case LDNS_RCODE_NOERROR: return u"NOERROR"_s;
    case LDNS_RCODE_FORMERR: return u"FORMERR"_s;
    case LDNS_RCODE_SERVFAIL: return u"SERVFAIL"_s;
    case LDNS_RCODE_NXDOMAIN: return u"NXDOMAIN"_s;
    case LDNS_RCODE_NOTIMPL: return u"NOTIMP"_s;
    case LDNS_RCODE_REFUSED: return u"REFUSED"_s;
    case LDNS_RCODE_YXDOMAIN: return u"YXDOMAIN"_s;
    case LDNS_RCODE_YXRRSET: return u"YXRRSET"_s;
    case LDNS_RCODE_NXRRSET: return u"NXRRSET"_s;
    case LDNS_RCODE_NOTAUTH: return u"NOTAUTH"_s;
    case LDNS_RCODE_NOTZONE: return u"NOTZONE"_s;
    }
    return u"RCODE %1"_s.arg(static_cast<int>(code));
}

Error whyNoAnswer(ldns_pkt_rcode code, const QString& server, const QString& name)
{
    Error error{.kind = ErrorKind::Unsupported, .what = {}, .where = server, .detail = nameOf(code)};
    if (code == LDNS_RCODE_REFUSED) {
        error.kind = ErrorKind::PermissionDenied;
        error.what = DnsText::tr("The name server does not answer questions about %1 for this computer.").arg(name);
    } else {
        error.what = DnsText::tr("The name server could not answer what %1 is.").arg(name);
    }
    return error;
}

bool isUnmet(ldns_pkt_rcode code)
{
    return code == LDNS_RCODE_NXRRSET || code == LDNS_RCODE_YXRRSET || code == LDNS_RCODE_NXDOMAIN || code == LDNS_RCODE_YXDOMAIN;
}

Error whyNoUpdate(ldns_pkt_rcode code, const SignatureVerdict& verdict, const QString& server, const DnsChange& change, const QString& key)
{
    if (code == LDNS_RCODE_NOTAUTH && verdict.error != 0)
        return notSigned(verdict.error, verdict.secondsOff, server, key);
    Error error{.kind = ErrorKind::Unsupported, .what = {}, .where = server, .detail = nameOf(code)};
    if (isUnmet(code)) {
        error.kind = ErrorKind::Conflict;
        error.what = change.from.isEmpty() ? DnsText::tr("%1 is there by now; it was not when it was looked at.").arg(change.name)
                                           : DnsText::tr("%1 no longer points to %2.").arg(change.name, change.from);
        error.remedy = DnsText::tr("Somebody else changed it meanwhile. Look at it again.");
        return error;
    }
    if (code == LDNS_RCODE_REFUSED) {
        error.kind = ErrorKind::PermissionDenied;
        error.what = key.isEmpty() ? DnsText::tr("The name server refuses to change %1 without a signature.").arg(change.name)
                                   : DnsText::tr("The key %1 may not change %2.").arg(key, change.name);
        error.remedy = DnsText::tr("Let its update policy allow it; where it is a secondary server, name the zone's primary in the DNS settings.");
    } else if (code == LDNS_RCODE_NOTAUTH) {
        error.what = DnsText::tr("The name server is not the primary server of the zone %1.").arg(change.zone.name);
        error.remedy = DnsText::tr("Name the zone's primary server in the DNS settings.");
    } else if (code == LDNS_RCODE_NOTZONE) {
        error.kind = ErrorKind::InvalidInput;
        error.what = DnsText::tr("%1 is not in the zone %2.").arg(change.name, change.zone.name);
    } else if (code == LDNS_RCODE_NOTIMPL) {
        error.what = DnsText::tr("The name server does not take updates.");
    } else if (code == LDNS_RCODE_SERVFAIL) {
        error.kind = ErrorKind::Storage;
        error.what = DnsText::tr("The name server could not make the update.");
        error.remedy = DnsText::tr("Its log says why; often it cannot write the zone's journal.");
    } else {
        error.what = DnsText::tr("The name server did not make the update.");
    }
    return error;
}

} // namespace elephaas::dns
