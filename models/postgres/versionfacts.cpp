#include "models/postgres/versionfacts.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

VersionFacts xlogNames()
{
    VersionFacts facts;
    facts.walDirectory = "pg_xlog"_L1;
    facts.currentLsn = "pg_current_xlog_location"_L1;
    facts.receiveLsn = "pg_last_xlog_receive_location"_L1;
    facts.replayLsn = "pg_last_xlog_replay_location"_L1;
    facts.lsnDifference = "pg_xlog_location_diff"_L1;
    facts.walFileName = "pg_xlogfile_name"_L1;
    facts.isReplayPaused = "pg_is_xlog_replay_paused"_L1;
    facts.pauseReplay = "pg_xlog_replay_pause"_L1;
    facts.resumeReplay = "pg_xlog_replay_resume"_L1;
    facts.switchWal = "pg_switch_xlog"_L1;
    facts.sentColumn = "sent_location"_L1;
    facts.replayColumn = "replay_location"_L1;
    return facts;
}

VersionFacts walNames()
{
    VersionFacts facts;
    facts.walDirectory = "pg_wal"_L1;
    facts.currentLsn = "pg_current_wal_lsn"_L1;
    facts.receiveLsn = "pg_last_wal_receive_lsn"_L1;
    facts.replayLsn = "pg_last_wal_replay_lsn"_L1;
    facts.lsnDifference = "pg_wal_lsn_diff"_L1;
    facts.walFileName = "pg_walfile_name"_L1;
    facts.isReplayPaused = "pg_is_wal_replay_paused"_L1;
    facts.pauseReplay = "pg_wal_replay_pause"_L1;
    facts.resumeReplay = "pg_wal_replay_resume"_L1;
    facts.switchWal = "pg_switch_wal"_L1;
    facts.sentColumn = "sent_lsn"_L1;
    facts.replayColumn = "replay_lsn"_L1;
    return facts;
}

} // namespace

VersionFacts versionFacts(PgVersion version)
{
    const auto since = [&](int major) { return version.atLeast(major); };
    VersionFacts facts = since(10) ? walNames() : xlogNames();
    facts.startBackup = since(15) ? "pg_backup_start"_L1 : "pg_start_backup"_L1;
    facts.stopBackup = since(15) ? "pg_backup_stop"_L1 : "pg_stop_backup"_L1;
    facts.standbyConfiguration = since(12) ? StandbyConfiguration::StandbySignal : StandbyConfiguration::RecoveryConf;
    facts.repointsByReload = since(13);
    facts.promoteCommandWaits = since(10);
    facts.hasPromoteFunction = since(12);
    facts.pausedReplayBlocksPromotion = !since(13);
    facts.receiverNamesSender = since(11);
    facts.rewindWritesStandbyConfiguration = since(13);
    facts.rewindRestoresWal = since(13);
    facts.rewindTakesConfigFile = since(15);
    facts.reportsCopyProgress = since(13);
    facts.hasWalKeepSize = since(13);
    return facts;
}

} // namespace elephaas
