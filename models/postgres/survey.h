#pragma once

#include "models/domain/observation.h"
#include "models/postgres/timelines.h"

#include <QByteArray>
#include <QMap>
#include <QString>
#include <QStringList>

#include <chrono>
#include <map>
#include <optional>
#include <vector>

namespace elephaas {

struct SurveyedTablespace {
    quint32 oid = 0;
    QString path; // where pg_tblspc/OID leads; "" when that has no exact text
    std::optional<bool> isMountPoint = {}; // that place cannot be renamed away
    std::optional<qint64> freeBytes = {}; // beside it
    bool operator==(const SurveyedTablespace&) const = default;
};

struct SurveyedSlot {
    QString name;
    bool isLogical = false;
    bool isActive = false;
    QString walStatus = {}; // "reserved", "extended", "unreserved", "lost"; "" before 13
    bool operator==(const SurveyedSlot&) const = default;
};

struct SurveyedFollower { // a row of pg_stat_replication
    QString user;
    QString applicationName;
    QString clientAddress;
    QString state;
    bool operator==(const SurveyedFollower&) const = default;
};

struct SurveyedProgram {
    QString path;
    QString version = {}; // of --version: "15", "9.6", of rsync "3.2.7"; "" when the program does not say or was not asked
    bool operator==(const SurveyedProgram&) const = default;
};

// What one instance and its server are like, as far as changing who follows whom has to know it. A closer look than the probe's; unset
// optionals and absent keys are unknown. Everything in here is the server's word and hostile until parsed.
struct Survey {
    InstanceId instance;
    QDateTime at; // UTC, the console's clock when the answer arrived
    std::optional<Error> error = {}; // why there is none of what follows, or not all of it
    bool isComplete = false; // the script came to its end

    // The server
    std::optional<std::chrono::milliseconds> clockOffset = {}; // server minus console
    std::chrono::milliseconds clockUncertainty{0}; // half the time the question took
    QString remoteUser = {};
    // The account that owns the data directory (or, where that is missing, the nearest folder above it, or "postgres" where that folder is
    // root's and there is such an account; "" unknown), and the command line
    // that runs a script as that account, with its home directory, where libpq looks for the password file: "exec /bin/sh -s",
    // "exec env HOME=/var/lib/postgresql runuser -u postgres -- /bin/sh -s" or "exec sudo -n -H -u postgres /bin/sh -s"; "" when the
    // remote user cannot become it.
    QString owner = {};
    QByteArray shell = {};
    // Whether that account can also be given a script as an argument (/bin/sh -c), as where data pass through it. sudo may allow only the other.
    std::optional<bool> mayRelay = {};
    // psql, pg_controldata, pg_basebackup, pg_rewind, rsync; pg_ctl and initdb without version. The directory's version before others.
    QMap<QString, SurveyedProgram> programs = {};
    QStringList addresses = {}; // of the server's own interfaces, without loopback
    QString supervisor = {}; // "Patroni", "repmgrd", "Pacemaker", "pg_auto_failover", "Stolon": what restarts or promotes by itself; "" none seen

    // The data directory
    QString dataDirectory = {}; // as found: Debian's configuration of the same cluster name and port counts where the inventory's is not there
    QString realDirectory = {}; // with symbolic links resolved, also where it is missing; "" unknown
    std::optional<bool> exists = {};
    std::optional<bool> isEmpty = {};
    std::optional<bool> hasDatabase = {}; // PG_VERSION is there
    QString major = {}; // its content: "9.6", "15"
    std::optional<bool> isMountPoint = {}; // of realDirectory: it cannot be renamed away
    QStringList mountsBelow = {}; // paths within realDirectory on which something is mounted: they cannot be removed or copied away
    std::optional<bool> parentWritable = {}; // by `owner`: the folder of realDirectory, or the nearest one above that is there
    std::optional<bool> isWritable = {}; // realDirectory itself, by `owner`
    std::optional<qint64> freeBytes = {}; // beside it, in that folder's file system
    std::optional<qint64> freeBytesInside = {}; // in its own file system
    // Whole paths of what operations left: directories beside it named REALDIRECTORY.new-*, .old-* and .conf-*, and beside what lies outside;
    // the file REALDIRECTORY.elephaas-work; and elephaas-* and pg_control.elephaas in it.
    QStringList leftovers = {};
    QString busyWith = {}; // the key of an operation of which a script is at work on it now, by that file
    bool leftoversKnown = false; // the folder could be listed
    QStringList configurationFiles = {}; // *.conf files directly in it, names only
    bool standbySignal = false;
    bool recoveryConf = false;
    bool recoveryDone = false;
    bool backupLabel = false;
    QString configDirectory = {}; // /etc/postgresql/VERSION/CLUSTER where it exists (Debian), else ""
    std::vector<SurveyedTablespace> tablespaces = {};
    QString walLink = {}; // where pg_wal (pg_xlog) leads when it is a symbolic link, links on the way resolved, else ""
    std::optional<bool> walIsMountPoint = {}; // that place
    bool contentsKnown = false; // the directory could be listed: what is not in the lists and flags above is not there
    // As configured, running or not: from the server since 12, else from the files. Passwords are cut out.
    QString primaryConninfo = {};
    bool conninfoHasPassword = false;
    QString primarySlotName = {};
    // What the files say of recovery_target, recovery_target_lsn, _name, _time and _xid, where it is not empty: with one of them a standby promotes
    // itself. Up to 11 of recovery.done where there is no recovery.conf.
    QMap<QString, QString> recoveryTargets = {};
    std::optional<bool> hasRestoreCommand = {}; // by the files; whether it works was not tried
    // pg_controldata
    QString controlState = {};
    std::optional<quint64> systemIdentifier = {};
    std::optional<int> timeline = {}; // of the latest checkpoint, or of the recovery end where that is newer
    std::optional<Lsn> checkpointLsn = {};
    std::optional<Lsn> recoveryEnd = {}; // minimum recovery ending location of a standby: what it replayed at least
    std::optional<bool> walLogHints = {};
    std::optional<bool> dataChecksums = {};
    // Of the timelines that the control file or the running server name, from the history files among the WAL; none where it has none, as on 1
    std::map<int, TimelineHistory> timelineHistories = {};

    // Whether a postmaster runs on the directory, by its lock file and process; unset: could not be told
    std::optional<bool> postmasterRuns = {};
    // The running instance; nothing of it when it was not asked, or did not answer to the end
    bool answered = false;
    std::optional<PgVersion> version = {};
    std::optional<bool> inRecovery = {};
    std::optional<Lsn> position = {}; // primary: pg_current_wal_lsn(); standby: replay
    std::optional<Lsn> receiveLsn = {};
    std::optional<int> runningTimeline = {}; // of the WAL being written (primary) or received (standby)
    std::optional<bool> replayPaused = {};
    // max_connections, max_worker_processes, max_wal_senders, max_prepared_transactions, max_locks_per_transaction, max_replication_slots,
    // wal_level, wal_log_hints, data_checksums, full_page_writes, hot_standby, archive_mode, config_file, hba_file, ident_file,
    // data_directory, cluster_name, listen_addresses, port, synchronous_standby_names, synchronous_commit, recovery_min_apply_delay,
    // unix_socket_directories, wal_keep_size, wal_keep_segments, shared_preload_libraries: as current_setting() gives them
    QMap<QString, QString> settings = {};
    std::vector<SurveyedFollower> followers = {};
    QString receiverState = {}; // pg_stat_wal_receiver.status
    std::vector<SurveyedSlot> slots_ = {};
    std::optional<qint64> databaseBytes = {}; // sum of pg_database_size()
    std::optional<int> preparedTransactions = {};
    std::optional<std::chrono::seconds> oldestTransaction = {}; // age; unset: none or unknown
    std::optional<int> runningBackups = {}; // pg_stat_progress_basebackup (13 and later), and backup mode where it can be told
    std::optional<bool> archiverFailing = {}; // last_failed_time after last_archived_time

    bool isRunning() const { return answered; }
    QString setting(const QString& name) const { return settings.value(name); }
    bool operator==(const Survey&) const = default;
};

// Whether a server can be reached from another one as a standby, or pg_rewind, would.
struct ConnectionTrial {
    bool connected = false;
    bool unknown = true; // could not be tried
    QString words = {}; // the client's own, when it did not connect or could not be tried
    std::optional<bool> mayRewind = {}; // over an ordinary connection: the user has what pg_rewind needs of its source
    std::optional<quint64> systemIdentifier = {}; // IDENTIFY_SYSTEM, over a replication connection
    std::optional<int> timeline = {};
    std::optional<Lsn> position = {};
    bool operator==(const ConnectionTrial&) const = default;
};

} // namespace elephaas
