#pragma once

#include "models/domain/pgversion.h"

#include <QString>

namespace elephaas {

enum class StandbyConfiguration {
    RecoveryConf, // up to 11: recovery.conf in the data directory
    StandbySignal, // since 12: standby.signal and ordinary settings; a leftover recovery.conf stops the start
};

// What differs between the major versions. Names as in the release notes of 10 (renamed xlog, location), 12 (recovery.conf gone),
// 13 (reloadable primary_conninfo) and 15 (backup functions), and the manual's chapters of each version.
struct VersionFacts {
    QLatin1StringView walDirectory; // within the data directory
    QLatin1StringView currentLsn; // functions, without parentheses
    QLatin1StringView receiveLsn;
    QLatin1StringView replayLsn;
    QLatin1StringView lsnDifference;
    QLatin1StringView walFileName;
    QLatin1StringView isReplayPaused;
    QLatin1StringView pauseReplay;
    QLatin1StringView resumeReplay;
    QLatin1StringView switchWal;
    QLatin1StringView sentColumn; // of pg_stat_replication
    QLatin1StringView replayColumn;
    QLatin1StringView startBackup; // non-exclusive
    QLatin1StringView stopBackup;
    StandbyConfiguration standbyConfiguration = StandbyConfiguration::StandbySignal;
    bool repointsByReload = false; // primary_conninfo and primary_slot_name; a restart otherwise
    bool promoteCommandWaits = false; // pg_ctl promote -w
    bool hasPromoteFunction = false; // pg_promote()
    bool pausedReplayBlocksPromotion = false; // since 13 promotion ends the pause
    bool receiverNamesSender = false; // pg_stat_wal_receiver.sender_host and sender_port
    bool rewindWritesStandbyConfiguration = false; // pg_rewind -R
    bool rewindRestoresWal = false; // pg_rewind -c; also recovers an uncleanly stopped target by itself
    bool rewindTakesConfigFile = false; // pg_rewind --config-file
    bool reportsCopyProgress = false; // pg_stat_progress_basebackup
    bool hasWalKeepSize = false; // wal_keep_segments before

    bool operator==(const VersionFacts&) const = default;
};

// For 9.6 and later; older versions get the facts of 9.6.
VersionFacts versionFacts(PgVersion version);

} // namespace elephaas
