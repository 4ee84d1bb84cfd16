#pragma once

#include "models/postgres/rebuildscripts.h"
#include "models/postgres/versionfacts.h"

#include <QByteArray>
#include <QString>

namespace elephaas {

// Bringing a stopped data directory up to date from a running server, in place: only what differs travels. Two relays, each of a script on the
// source and one on the target; POSIX sh, run as the owners of the directories. Not for tablespaces.
//
// While it lasts the target has no global/pg_control, so that nobody starts what is neither old nor new.
struct InPlaceSource {
    QString directory; // the source's data directory
    QByteArray psql; // command line up to -c, as PlanBuilder::sqlScript() has it
    VersionFacts facts;
};

// The source is in backup mode (non-exclusive; manual, "Making a Base Backup Using the Low Level API") for as long as rsync runs, in one session
// that ends with the script, whatever happens. A replication slot keeps the WAL from its start on, where one is free. The backup's label is
// left in the source's directory; what fails leaves neither.
QByteArray sendScript(const RebuildPlaces& places, const InPlaceSource& source);
// Refuses a directory with files and no database. `keepsConfiguration`: the target's own configuration files stay.
QByteArray receiveScript(const RebuildPlaces& places, const VersionFacts& facts, bool keepsConfiguration);
// rsync said on the target that all has come, or the data are complete.
QByteArray receivedScript(const RebuildPlaces& places);
// The control file and the label: last.
QByteArray sendControlScript(const RebuildPlaces& places, const InPlaceSource& source);
QByteArray receiveControlScript(const RebuildPlaces& places, const VersionFacts& facts, const QString& controldata);
// The data are complete, under the mark that copiedScript() looks for.
QByteArray completedScript(const RebuildPlaces& places);
// On the source: the slot and the label are removed.
QByteArray forgetBackupScript(const RebuildPlaces& places, const InPlaceSource& source);
QByteArray backupForgottenScript(const RebuildPlaces& places, const InPlaceSource& source);

} // namespace elephaas
