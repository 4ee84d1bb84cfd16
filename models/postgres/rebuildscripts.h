#pragma once

#include "models/postgres/standbyscripts.h"
#include "models/postgres/versionfacts.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <vector>

namespace elephaas {

// Where the pieces of a rebuild are kept. All names end in the same short key, so that a later try of the same operation finds them and
// those of another one are left alone.
struct RebuildPlaces {
    QString key; // eight hexadecimal digits of the operation's id
    QString directory; // the data directory, symbolic links resolved: what is renamed
    // What lies outside and is reached through a symbolic link: tablespaces ("pg_tblspc/16384", at the source's paths), and the WAL where the
    // target has it elsewhere ("pg_wal"). It is copied, swapped and removed along.
    struct Outside {
        QString link;
        QString path;
        bool operator==(const Outside&) const = default;
    };
    std::vector<Outside> outside = {};
    QString major = {}; // "15": a tablespace has a folder PG_15_… of its cluster, and may have those of others

    QString copied() const { return besides(directory, u".new-"); } // the copy, until it is swapped in
    QString old() const { return besides(directory, u".old-"); } // what was swapped out
    QString kept() const { return besides(directory, u".conf-"); } // configuration files, while a rewind replaces them
    QString marker() const; // a file's name: in a copy that is complete, until the end of the operation
    QString besides(const QString& path, QStringView infix) const;
};

// How a server's own programs reach the instance to be copied from.
struct CopySource {
    QString program; // pg_basebackup or pg_rewind, whole path
    QString conninfo; // libpq keyword/value text, never with a password
    QStringList secretFolders = {}; // see StandbySettings
    bool saysXlog = false; // pg_basebackup of 9.6: --xlogdir, and it does not flush
};

// Scripts for POSIX sh, run as the owner of the data directory on the target's server. Each may be run again after it was interrupted at any
// point. Exit 0 means done, and on disk; 3 means refused, with a sentence.
//
// Only one at a time writes to a data directory and what stands beside: DATA.elephaas-work (in a mount point: in it) names the operation, the
// shell's process and when that began. An earlier try of the same operation that still runs is ended, another operation's is refused.

// Whether what is outside can be swapped: at these paths is nothing, or only what belongs to this database. copyScript() looks, too.
QByteArray lookOutsideScript(const RebuildPlaces& places);
// pg_basebackup into copied(): WAL streamed along, fast checkpoint. A try that was interrupted is ended and removed first.
QByteArray copyScript(const RebuildPlaces& places, const CopySource& source);
// The copy is complete, beside the data directory or already in its place.
QByteArray copiedScript(const RebuildPlaces& places);
// The target's own configuration files, certificates and keys replace those of the copy, where they stand in the data directory.
QByteArray carryConfigurationScript(const RebuildPlaces& places);
QByteArray carriedScript(const RebuildPlaces& places);
// Renames the data directory to old() and the copy to its name, tablespaces included. Nothing may run in it. What was moved is moved back when
// it fails in the middle.
QByteArray swapScript(const RebuildPlaces& places);
QByteArray swappedScript(const RebuildPlaces& places);
// Something is swapped out, if not all.
QByteArray swapBegunScript(const RebuildPlaces& places);
// The other way round; the copy is left as it was, beside.
QByteArray swapBackScript(const RebuildPlaces& places);
QByteArray swappedBackScript(const RebuildPlaces& places);
// Removes old(), kept(), the marks, and a copy that was not used.
QByteArray cleanUpScript(const RebuildPlaces& places);
QByteArray cleanedUpScript(const RebuildPlaces& places);
// Removes the copy that was not used.
QByteArray removeCopyScript(const RebuildPlaces& places);
QByteArray copyRemovedScript(const RebuildPlaces& places);

struct RewindOptions {
    bool recoversCrash = false; // a target that was not shut down cleanly (13 and later)
    bool restoresWal = false; // -c, with the target's restore_command where it has one (13 and later)
    bool takesConfigFile = false; // --config-file (15 and later)
    QString configFile = {}; // where it is not in the data directory
    // Programs on the target, to find out whether the source still has the WAL from where the target would go on; "": not asked, as where
    // the target has a restore_command.
    QString psql = {};
    QString controldata = {};
    VersionFacts facts = {};
};
// Whether pg_rewind can do it (--dry-run), and the source has the WAL from there on; no when a copy of this operation is there already or a
// rewind of it broke off, yes when it was done.
QByteArray canRewindScript(const RebuildPlaces& places, const CopySource& source, const RewindOptions& options);
// pg_rewind, once, with the target's own configuration files kept.
//
// What was rewound is a standby at once, by `standby`: a server that comes back in the middle starts what it finds, and a primary on the source's
// timeline must not be among it.
QByteArray rewindScript(const RebuildPlaces& places, const CopySource& source, const RewindOptions& options, const StandbySettings& standby);
QByteArray rewoundScript(const RebuildPlaces& places);

} // namespace elephaas
