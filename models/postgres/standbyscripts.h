#pragma once

#include "models/postgres/versionfacts.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>
#include <QStringList>

namespace elephaas {

// What makes a data directory that of a standby (PostgreSQL manual, "Standby Server Settings"; up to 11 "Recovery Configuration").
struct StandbySettings {
    QString dataDirectory; // need not be the one that the server will run in
    QString conninfo; // libpq keyword/value text, never with a password
    QString slotName = {}; // "" for none
    // Directories with the configuration of the instance, its data directory first; others are what was put aside of it. The passwords of the
    // primary_conninfo that is in force in the first one that has any are kept, with the same user. They never leave the server.
    QStringList secretFolders = {};
    QString configFile = {}; // postgresql.conf where the server said so; else it is looked for
    StandbyConfiguration kind = StandbyConfiguration::StandbySignal;
};

// Scripts for POSIX sh, run as the owner of the directory, stopped server or not.
//
// Writes the settings and takes out recovery targets, with which a standby would promote itself: all other lines of postgresql.auto.conf or
// recovery.conf stay byte for byte as they are. A target or a slot that another file sets is emptied. A recovery.conf where the version no longer
// knows it is put aside (recovery.conf.elephaas). The file is whole at every moment and on disk at the end.
QByteArray configureStandbyScript(const StandbySettings& settings);
// The same where it is not so already, and then standbyConfiguredScript(), in one.
QByteArray configureAndProveStandbyScript(const StandbySettings& settings);
// Exit 0: the directory is configured so; 1: it is not.
QByteArray standbyConfiguredScript(const StandbySettings& settings);

// Sets the variable `password` of a script to the text "password='…' sslpassword='…'", as far as there are any for the same user as the variable
// `conninfo`, and PGPASSWORD (exported) to the password itself. For scripts that connect as the standby will. See StandbySettings::secretFolders.
QByteArray passwordOfFolders(const QStringList& secretFolders);

// What the scripts have in common, word by word: how files and connection strings are read (settings.sh), and which folders have the settings.
QByteArrayView sharedSettingsScript();
QByteArrayView sharedFoldersScript();

// Waits at most `patience` until the first address that this server has for `name` is one that it has for `target`: what a connection by that name
// would reach. Exit 0: it is. 1: it is not; the last line says where it leads. 2: getent(1), which looks up names as libpq does, is not there.
QByteArray nameLeadsScript(const QString& name, const QString& target, std::chrono::milliseconds patience);

// The line `name=value` of a shell script.
QByteArray shellVariable(const char* name, const QString& value);

} // namespace elephaas
