#pragma once

#include "models/postgres/versionfacts.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <chrono>

namespace elephaas {

// The exit statuses below with which a standby's script, and a primary's, says that nobody was promoted.
constexpr int handoverRefusal = 3;
constexpr std::initializer_list<int> handoverPrimaryRefusals{3, 4, 5, 7};

// How a primary hands its herd over to a standby: two scripts for POSIX sh, one on either server, whose streams RemoteShell::relay() ties together.
// Each sends the other one lines:
//
//   standby -> primary  "ready"        connected to its server, which is a standby; nothing was changed
//   primary -> standby  "stopped LSN"  no postmaster, and the control file says "shut down"; LSN is that of its last checkpoint. It has become a
//                                      standby's data directory: whatever starts it by itself makes no second primary
//                       "failed"       it did not stop, or not cleanly
//   standby -> primary  "refused"      not promoted, and it will not be: the primary starts again
//                       "replayed"     has all that the primary had
//   primary -> standby  "go"           from now on it stays off, until it hears "refused"; that it is a standby is on disk
//   standby -> primary  "promoting"    from now on nobody knows but by looking
//                       "promoted"     out of recovery, and a transaction got an id there
//
// A standby that does not hear "go" stays a standby. A primary that could not say it, because the other one or the console between is gone or silent,
// starts again by itself; one that said it stays off. So there are never two primaries, whatever is cut in between, and none only when it was cut in
// the moment of the promotion.
//
// The primary's end is seen within milliseconds by its process, whatever polls the stop command itself does; and the standby's connection is there before the
// stop, so that what is between the last commit there and the first one here is the shutdown, the replay of its rest, and the promotion.

// What the primary's server needs to know. The script runs as the remote user; what has to see the data directory is handed to `shell`.
struct HandoverPrimary {
    QString dataDirectory;
    QByteArray shell; // runs a script of its standard input as the owner: "exec sudo -n -H -u postgres /bin/sh -s"
    QString controldata; // whole path of pg_controldata
    QByteArray stop; // command lines, as the team's templates give them
    QByteArray start;
    VersionFacts facts;
    std::chrono::milliseconds patience{60000}; // for the standby's first word; for the end of the postmaster, once the stop command has ended
    std::chrono::milliseconds stopPatience{300000}; // for its end at all
    std::chrono::milliseconds replayPatience{10000}; // what the standby has for it
    std::chrono::milliseconds promotePatience{60000};
    // Addresses (client_addr) of those who stream from it beside the standby that takes over. Where one of them hangs, it is not waited for.
    QStringList otherFollowers = {};
};
// Exit 0: the standby was promoted, as it says. 3: not stopped. 4: not stopped cleanly, or "go" was not said, or the standby refused; the start
// command ended with 0. 5: the same, and it could not be started. 6: nothing is known of the standby: stays off. 7: it was off before, and nobody was
// promoted: stays off.
QByteArray handoverPrimaryScript(const HandoverPrimary& primary);
// On its standard error, when the stop command is about to run.
inline constexpr QByteArrayView handoverStops = "Stopping it.";

// What the standby's server needs to know. The script runs as the owner of its data directory.
struct HandoverStandby {
    QString dataDirectory;
    QByteArray psql; // command line without a question: host, port and database of the standby, as a superuser
    VersionFacts facts;
    std::chrono::milliseconds replayPatience{10000}; // until the rest is replayed
    std::chrono::milliseconds promotePatience{60000};
};
// Exit 0: promoted. 3: not promoted. 6: promotion was asked for, and its end was not seen.
QByteArray handoverStandbyScript(const HandoverStandby& standby);

// Promotes without a primary that could hand over; as quickly, and with the same exit statuses.
QByteArray takeOverScript(const HandoverStandby& standby);

} // namespace elephaas
