#pragma once

#include <QString>
#include <QStringList>

#include <optional>

namespace elephaas {

// What the user asked for on the command line.
struct CommandLine {
    QString inventoryFile = {}; // --inventory; "" is the default one
    QString connection = {}; // --connect: a libpq connection string
    QString schema = {}; // --schema; "" is the default
    QString importFile = {};
    QString exportFile = {};
    bool migrate = false; // --migrate: make or complete the shared inventory
    QString sshConfigFile = {};
    QString screenshotFile = {};
    QString filter = {};
    enum class Theme { Auto, Light, Dark } theme = Theme::Auto;
    bool readOnly = false;
    bool newWindow = false;

    // Import, export and migration do their work and end, without a window.
    bool isHeadless() const { return migrate || !importFile.isEmpty() || !exportFile.isEmpty(); }
};

struct CommandLineResult {
    CommandLine options = {};
    // Set when the program should print this and end: help, version, or what is wrong.
    std::optional<QString> message = {};
    int exitCode = 0;
};

// `arguments` includes the program's name. Qt's own options must have been taken out before.
CommandLineResult parseCommandLine(const QStringList& arguments);

} // namespace elephaas
