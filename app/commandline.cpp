#include "app/commandline.h"

#include <QCommandLineParser>
#include <QCoreApplication>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("CommandLine", text); }

} // namespace

CommandLineResult parseCommandLine(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(tr("Sees and controls a large constellation of PostgreSQL instances over SSH."));
    const QCommandLineOption help = parser.addHelpOption();
    const QCommandLineOption version = parser.addVersionOption();
    const QCommandLineOption inventory(
        u"inventory"_s, tr("Use the local inventory in FILE (made when it is missing)."), tr("FILE"));
    const QCommandLineOption connection(u"connect"_s,
        tr("Use the shared inventory on PostgreSQL that CONNINFO names, as libpq understands it: \"service=inventory\"."),
        tr("CONNINFO"));
    const QCommandLineOption schema(u"schema"_s, tr("The schema of the shared inventory (default: utility)."), tr("NAME"));
    const QCommandLineOption import(u"import"_s, tr("Merge the inventory document FILE into the inventory, then end."), tr("FILE"));
    const QCommandLineOption exportTo(
        u"export"_s, tr("Write the whole inventory as a document to FILE (- for standard output), then end."), tr("FILE"));
    const QCommandLineOption migrate(u"migrate"_s,
        tr("With --connect: make the shared inventory in that database, or complete one of the older application, then end."));
    const QCommandLineOption sshConfig(u"ssh-config"_s, tr("Read the OpenSSH configuration from FILE instead of ~/.ssh/config."), tr("FILE"));
    const QCommandLineOption filter(u"filter"_s, tr("Start with the filter TEXT."), tr("TEXT"));
    const QCommandLineOption theme(u"theme"_s, tr("auto (as the desktop), light or dark."), tr("THEME"), u"auto"_s);
    const QCommandLineOption readOnly(u"read-only"_s, tr("Look, never touch."));
    const QCommandLineOption newWindow(u"new-window"_s, tr("Open a second window on an inventory that already has one."));
    const QCommandLineOption screenshot(
        u"screenshot"_s, tr("Save a picture of the window to FILE once the first data is shown, then end."), tr("FILE"));
    parser.addOptions({inventory, connection, schema, import, exportTo, migrate, sshConfig, filter, theme, readOnly, newWindow, screenshot});

    const auto wrong = [&](const QString& what) {
        return CommandLineResult{.message = u"elephaas: "_s + what + u'\n' + tr("See elephaas --help.") + u'\n', .exitCode = 2};
    };
    if (!parser.parse(arguments))
        return wrong(parser.errorText());
    if (parser.isSet(help))
        return {.message = parser.helpText(), .exitCode = 0};
    if (parser.isSet(version))
        return {.message = u"elephaas "_s + QCoreApplication::applicationVersion() + u'\n', .exitCode = 0};
    if (!parser.positionalArguments().isEmpty())
        return wrong(tr("unexpected argument \"%1\".").arg(parser.positionalArguments().constFirst()));

    CommandLine options{.inventoryFile = parser.value(inventory),
        .connection = parser.value(connection),
        .schema = parser.value(schema),
        .importFile = parser.value(import),
        .exportFile = parser.value(exportTo),
        .migrate = parser.isSet(migrate),
        .sshConfigFile = parser.value(sshConfig),
        .screenshotFile = parser.value(screenshot),
        .filter = parser.value(filter),
        .readOnly = parser.isSet(readOnly),
        .newWindow = parser.isSet(newWindow)};
    for (const QCommandLineOption& option : {inventory, connection, schema, import, exportTo, sshConfig, screenshot}) {
        if (parser.isSet(option) && parser.value(option).isEmpty())
            return wrong(tr("--%1 needs a value.").arg(option.names().constFirst()));
    }
    if (parser.isSet(inventory) && parser.isSet(connection))
        return wrong(tr("--inventory and --connect exclude each other."));
    if (parser.isSet(import) && parser.isSet(exportTo))
        return wrong(tr("--import and --export exclude each other."));
    if (parser.isSet(migrate) && !parser.isSet(connection))
        return wrong(tr("--migrate needs --connect."));
    if (parser.isSet(migrate) && (parser.isSet(import) || parser.isSet(exportTo) || parser.isSet(readOnly)))
        return wrong(tr("--migrate excludes --import, --export and --read-only."));
    const QString chosen = parser.value(theme);
    if (chosen == u"light")
        options.theme = CommandLine::Theme::Light;
    else if (chosen == u"dark")
        options.theme = CommandLine::Theme::Dark;
    else if (chosen != u"auto")
        return wrong(tr("--theme is auto, light or dark, not \"%1\".").arg(chosen));
    return {.options = options};
}

} // namespace elephaas
