#include "app/adapters/dns/ldnsdirectory.h"
#include "app/adapters/journal/sqlitejournal.h"
#include "app/adapters/secrets/keychainvault.h"
#include "app/adapters/ssh/sshshell.h"
#include "app/console.h"
#include "app/platform/paths.h"
#include "app/platform/singlewindow.h"
#include "app/storefactory.h"
#include "views/mainwindow.h"

#include <QApplication>
#include <QIcon>
#include <QSettings>
#include <QSysInfo>

#include <pwd.h>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int raiseDeadlineMs = 300;

QString userName()
{
    const passwd* entry = ::getpwuid(::getuid());
    return entry ? QString::fromLocal8Bit(entry->pw_name) : QString::number(::getuid());
}

} // namespace

int Console::run(const CommandLine& options)
{
    // All icons are the program's own: nobody looks through the folders of the desktop's themes for Qt's standard ones.
    QIcon::setThemeSearchPaths({u":/icons"_s});
    const Paths paths = Paths::standard();
    auto settings = std::make_unique<QSettings>(paths.settings, QSettings::IniFormat);
    StoreChoice choice = chooseStore(options, paths);

    SingleWindow single(choice.key);
    if (!options.newWindow && options.screenshotFile.isEmpty() && single.raiseOther(raiseDeadlineMs))
        return 0;

    const auto hostKeys = std::make_shared<HostKeyBridge>();
    Setup setup;
    setup.ports.store = std::move(choice.store);
    setup.ports.offlineCopy = std::move(choice.offlineCopy);
    setup.ports.locks = std::move(choice.locks);
    setup.ports.shell = std::make_shared<SshShell>(SshShell::Options{.configFile = options.sshConfigFile}, hostKeys);
    setup.ports.journal = std::make_shared<SqliteJournal>(paths.journal(choice.key));
    setup.ports.clock = std::make_shared<SystemClock>();
    setup.ports.dns = [](const DnsAccess& access) { return std::make_shared<LdnsDirectory>(access); };
    setup.ports.secrets = std::make_unique<KeychainVault>(u"ElepHaaS"_s);
    setup.session.inventory.readOnly = options.readOnly;
    setup.session.operatorName = userName();
    setup.session.clientHost = QSysInfo::machineHostName();
    setup.hostKeys = hostKeys;
    setup.settings = std::move(settings);
    setup.commandLine = options;

    Console console(std::move(setup));
    single.claim();
    QObject::connect(&single, &SingleWindow::raiseRequested, &console, [&console] {
        MainWindow& window = console.window();
        window.setWindowState(window.windowState() & ~Qt::WindowMinimized);
        window.show();
        window.raise();
        window.activateWindow();
    });
    console.start();
    return QApplication::exec();
}

} // namespace elephaas
