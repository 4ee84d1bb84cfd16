#pragma once

#include "models/domain/error.h"
#include "models/domain/id.h"
#include "models/domain/lsn.h"
#include "models/domain/pgversion.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace elephaas {

// Unreachable: its server could not be asked, so nothing is known. Offline: the server was asked and no postmaster runs.
enum class Liveness { Unknown, Online, Offline, Unreachable };

// Detached: in recovery, but configured to follow nobody.
enum class Role { Unknown, Primary, Replica, Detached };

// A row of pg_stat_replication on the observed instance.
struct Follower {
    QString applicationName;
    QString clientAddress;
    QString state; // startup, catchup, streaming, backup, stopping
    std::optional<Lsn> sentLsn;
    std::optional<Lsn> replayLsn;
    bool operator==(const Follower&) const = default;
};

// What one probe saw of one instance. Unset optionals are unknown, never zero.
struct Observation {
    InstanceId instance;
    QDateTime at; // UTC, the console's clock when the answer arrived: the time of `liveness` and `error`
    QDateTime factsAt; // when the facts below were seen; older than `at` when the instance no longer answers
    QString seenBy; // "probe", "agent"; with the console's host when it came from another console
    Liveness liveness = Liveness::Unknown;
    Role role = Role::Unknown;
    std::optional<PgVersion> version;
    std::optional<int> timeline;
    std::optional<Lsn> currentLsn; // primary: pg_current_wal_lsn(); stopped: latest checkpoint of the control file
    std::optional<Lsn> receiveLsn; // standby: pg_last_wal_receive_lsn()
    std::optional<Lsn> replayLsn; // standby: pg_last_wal_replay_lsn(); stopped standby: minimum recovery ending location
    std::optional<quint64> systemIdentifier;
    QString upstreamHost = {}; // from the WAL receiver, else from primary_conninfo
    std::optional<int> upstreamPort = {};
    QString receiverState = {}; // pg_stat_wal_receiver.status; "" when there is no receiver
    bool replayPaused = false;
    std::vector<Follower> followers = {};
    QString controlState = {}; // "Database cluster state" of pg_controldata, in English; "" when not read
    // The postmaster's own word in postmaster.pid (line 8, since 10): "starting", "ready", "standby" (consistent, but no hot standby),
    // "stopping"; "" when not read.
    QString postmasterStatus = {};
    QDateTime postmasterStarted = {};
    QDateTime configurationLoaded = {}; // pg_conf_load_time()
    bool acceptsConnections = false; // a query was answered at `at`; false while it starts or stops, and when it could not be tried
    QString dataDirectory = {}; // as found on the server; "" when not seen
    QStringList pendingRestart = {}; // settings that wait for a restart (pg_settings.pending_restart)
    std::optional<Error> error = {}; // why something above is unknown

    // The position that lag is computed with: replay on a standby, current on a primary, control file when stopped.
    std::optional<Lsn> position() const;
    bool operator==(const Observation&) const = default;
};

} // namespace elephaas
