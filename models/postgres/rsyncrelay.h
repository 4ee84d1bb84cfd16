#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>
#include <QStringList>

#include <optional>

namespace elephaas {

// rsync from one server to another one that it cannot reach itself: both ends are scripts whose streams RemoteShell::relay() ties
// together. rsync on the target takes a small helper for its remote shell: that sends the words of the command which it was asked to run
// as one line, then joins rsync's streams to those of the script. The source reads this line, accepts only options that a copy
// needs, and runs the sending rsync on its own directory, whatever path it was asked for.
//
// Both are scripts for a POSIX shell, to be run as `exec /bin/sh -c` and shellQuote() of the script; rsync 3.1 or newer. Their exit status
// is rsync's own, of which
//   0    everything was copied
//   24   files vanished at the source while they were copied, and everything else was copied: as usual where a server is running
//   12   the other end has gone, which is then the one that says why
// (rsync's manual has the others; see isRsyncSuccess), or one of
//   64   the source was asked for nothing, or for something it does not do
//   66   the directory cannot be entered
//   127  there is no rsync
// A copy is complete when both ends say so. Directories are absolute paths and have to exist.
QByteArray rsyncSourceScript(const QString& directory);
// `options` are rsync's and are quoted here; rsyncCopyOptions() and --exclude=…, --delete, as wanted. Excludes reach the source by rsync's
// own protocol. What rsync says goes to standard error. `runner` stands before rsync's name: "exec ", or a function of the script that this one is
// the end of.
QByteArray rsyncTargetScript(const QString& directory, const QStringList& options, const QByteArray& runner = "exec ");

// Whole tree with owners, times and modes; blocks as PostgreSQL's pages; what is the same is found by checksums, never by time and size;
// files are updated in place; the whole list comes first, so that the progress has a steady end. Prints what parseRsyncProgress() and parseRsyncStatistics() read.
QStringList rsyncCopyOptions();

// Everything was copied that still was there.
bool isRsyncSuccess(int exitStatus);

// A line (ended by a carriage return or a line feed) of --info=progress2 without -h: "  33554432  12%  31.52MB/s  0:00:07 …".
struct RsyncProgress {
    qint64 bytes = 0; // of the files that are done, moved or not
    int percent = 0; // of what is known of the tree so far: it may shrink without --no-inc-recursive
    bool operator==(const RsyncProgress&) const = default;
};
std::optional<RsyncProgress> parseRsyncProgress(QByteArrayView line);

// What --stats says at the end.
struct RsyncStatistics {
    qint64 totalSize = 0; // of all files
    qint64 literal = 0; // bytes that had to be moved
    qint64 matched = 0; // bytes that the target had already, of files that were changed
    bool operator==(const RsyncStatistics&) const = default;
};
std::optional<RsyncStatistics> parseRsyncStatistics(QByteArrayView text);

} // namespace elephaas
