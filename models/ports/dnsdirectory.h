#pragma once

#include "models/domain/error.h"

#include <QByteArray>
#include <QDateTime>
#include <QString>
#include <QStringList>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stop_token>
#include <vector>

namespace elephaas {

// hmac-sha384 is not among them: the library misspells its name, and no server would understand.
enum class TsigAlgorithm { HmacSha256, HmacSha512 };

// A shared key for signed updates (RFC 8945). The secret is the key's bytes; it is never shown, logged or written anywhere.
struct TsigKey {
    QString name;
    TsigAlgorithm algorithm = TsigAlgorithm::HmacSha256;
    QByteArray secret;
    bool operator==(const TsigKey&) const = default;
};

// How the team's name servers are reached, and how names are changed there.
struct DnsAccess {
    QString zone = {}; // empty: found by asking for the SOA of the name's parents
    QString server = {}; // where updates are sent, a host name or address; empty: the primary server that the SOA names
    int port = 53;
    std::optional<TsigKey> key = {};
    bool unsignedUpdates = false; // only then is an update sent without a key
    // Who is asked for what is not known yet, as addresses; empty: the name servers of /etc/resolv.conf.
    QStringList resolvers = {};
    std::chrono::milliseconds patience{5000}; // for each exchange with one server, all its addresses and tries included
    bool operator==(const DnsAccess&) const = default;
};

// A zone and who answers for it. Names are absolute, without the last dot.
struct DnsZone {
    QString name;
    QString primary; // where updates go
    QStringList primaryAddresses = {}; // as found when the zone was: a change need not look them up again
    QStringList nameServers; // of the zone's NS records
    quint32 serial = 0;
    bool operator==(const DnsZone&) const = default;
};

// What one name server says of a name.
struct DnsAnswer {
    QString server; // its name, or address where it has none
    QString address = {}; // that answered; empty: none did
    std::optional<Error> error = {}; // why nothing is known; the rest is empty then
    QString target = {}; // of the CNAME; empty: there is none
    QStringList otherTypes = {}; // "A", "AAAA": the name is there, but no alias
    std::chrono::seconds timeToLive{0}; // of the CNAME
    QDateTime at = {}; // UTC, when the answer came
    bool isKnown() const { return !error; }
    bool operator==(const DnsAnswer&) const = default;
};

// A name as the primary server and every name server of its zone have it now.
struct DnsReading {
    QString name; // absolute, without the last dot
    DnsZone zone;
    DnsAnswer primary;
    std::vector<DnsAnswer> nameServers; // in the order of zone.nameServers; one entry for each of their addresses
    bool operator==(const DnsReading&) const = default;
    // Every name server was asked, answered, and says what the primary says.
    bool agreesOn(const QString& target) const
    {
        const auto says = [&](const DnsAnswer& answer) { return answer.isKnown() && answer.target.compare(target, Qt::CaseInsensitive) == 0; };
        return says(primary) && !nameServers.empty() && std::all_of(nameServers.begin(), nameServers.end(), says);
    }
};

// Let an alias point elsewhere, if it still points where it was seen.
struct DnsChange {
    QString name;
    DnsZone zone;
    QString from; // the target that was read; empty: there was no such name
    QString to;
    std::chrono::seconds timeToLive{5};
    bool operator==(const DnsChange&) const = default;
};

// Reads and changes aliases (CNAME) in the DNS. Calls block; call them from any worker thread, many at once.
//
// Errors of all: NotFound (no zone, no such server), Unreachable, TimedOut (nobody answered), Cancelled, InvalidInput (no name for the DNS),
// PermissionDenied (refused, key or signature not accepted), Conflict (somebody else changed it: the prerequisite does not hold), Unsupported.
class DnsDirectory {
public:
    virtual ~DnsDirectory() = default;
    virtual Expected<DnsReading> read(const QString& name, std::stop_token stop) = 0;
    // Whether the change would be accepted: an update with the prerequisite only; then one that deletes a record which is not there,
    // because servers look at the permission for a name only where something is to be changed. Nothing changes.
    virtual Expected<void> rehearse(const DnsChange& change, std::stop_token stop) = 0;
    // Deletes the alias and adds the new one in one update. Success: the server said so, with a valid signature. LinkLost: it was sent, and no
    // valid answer came, so that a reading must tell.
    virtual Expected<void> replace(const DnsChange& change, std::stop_token stop) = 0;
};

} // namespace elephaas
