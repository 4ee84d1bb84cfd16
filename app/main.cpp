#include "app/commandline.h"
#include "app/console.h"
#include "app/headless.h"
#include "app/platform/paths.h"
#include "app/storefactory.h"

#include <QApplication>
#include <QTranslator>

#include <cstdio>
#include <cstring>
#include <span>

using namespace Qt::Literals::StringLiterals;

namespace {

void nameTheProgram()
{
    QCoreApplication::setApplicationName(u"elephaas"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(ELEPHAAS_VERSION));
    QGuiApplication::setApplicationDisplayName(u"ElepHaaS"_s);
    QGuiApplication::setDesktopFileName(u"elephaas"_s);
}

// Whether the program will end without a window: decided before there is an application object, because one with a window needs a display.
bool wantsNoWindow(std::span<char*> arguments)
{
    for (const char* argument : arguments) {
        for (const char* option : {"--import", "--export", "--migrate", "--help", "--version", "-h", "-v"}) {
            const size_t length = std::strlen(option);
            if (std::strncmp(argument, option, length) == 0 && (argument[length] == '\0' || argument[length] == '='))
                return true;
        }
    }
    return false;
}

bool hasDisplay(std::span<char*> arguments)
{
    for (const char* argument : arguments) {
        if (std::strcmp(argument, "-platform") == 0 || std::strcmp(argument, "--platform") == 0)
            return true;
    }
    return !qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")
        || !qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
}

// English needs a file for its singulars; it is part of the program.
void speak(QTranslator& translator)
{
    if (translator.load(u":/translations/elephaas_en.qm"_s))
        QCoreApplication::installTranslator(&translator);
}

int printMessage(const elephaas::CommandLineResult& parsed)
{
    std::fputs(parsed.message->toLocal8Bit().constData(), parsed.exitCode == 0 ? stdout : stderr);
    return parsed.exitCode;
}

int runWithoutWindow(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    QTranslator english;
    speak(english);
    const auto parsed = elephaas::parseCommandLine(QCoreApplication::arguments());
    if (parsed.message)
        return printMessage(parsed);
    if (parsed.options.migrate)
        return elephaas::runMigrations(parsed.options);
    const auto choice = elephaas::chooseStore(parsed.options, elephaas::Paths::standard());
    return elephaas::runHeadless(parsed.options, *choice.store);
}

} // namespace

int main(int argc, char** argv)
{
    nameTheProgram();
    const std::span<char*> arguments(argv, static_cast<size_t>(argc));
    if (wantsNoWindow(arguments))
        return runWithoutWindow(argc, argv);
    if (!hasDisplay(arguments)) {
        std::fputs("elephaas: there is no display. Start it in a desktop session, or set DISPLAY or WAYLAND_DISPLAY.\n", stderr);
        return 1;
    }
    QApplication application(argc, argv);
    QTranslator english;
    speak(english);
    const auto parsed = elephaas::parseCommandLine(QCoreApplication::arguments());
    if (parsed.message)
        return printMessage(parsed);
    return elephaas::Console::run(parsed.options);
}
