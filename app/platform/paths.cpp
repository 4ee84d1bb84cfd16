#include "app/platform/paths.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString stateHome()
{
    const QString chosen = qEnvironmentVariable("XDG_STATE_HOME");
    return QDir::isAbsolutePath(chosen) ? chosen : QDir::homePath() + u"/.local/state"_s;
}

QString hashOf(const QString& key)
{
    return QString::fromLatin1(QCryptographicHash::hash(key.toUtf8(), QCryptographicHash::Sha256).toHex().left(24));
}

} // namespace

Paths Paths::standard()
{
    const auto home = [](QStandardPaths::StandardLocation location) { return QStandardPaths::writableLocation(location); };
    return {.data = home(QStandardPaths::GenericDataLocation) + u"/elephaas"_s,
        .state = stateHome() + u"/elephaas"_s,
        .settings = home(QStandardPaths::GenericConfigLocation) + u"/elephaas/elephaas.conf"_s};
}

QString Paths::journal(const QString& inventoryKey) const { return state + u"/journal-"_s + hashOf(inventoryKey) + u".sqlite"_s; }

QString Paths::offlineCopy(const QString& inventoryKey) const { return state + u"/offline-"_s + hashOf(inventoryKey) + u".sqlite"_s; }

Expected<void> makeFolderOf(const QString& file)
{
    const QString folder = QFileInfo(file).absolutePath();
    QDir parent = QFileInfo(folder).dir();
    errno = 0;
    if (QFileInfo(folder).isDir())
        return {};
    if (parent.mkpath(parent.absolutePath()) && (::mkdir(QFile::encodeName(folder).constData(), 0700) == 0 || errno == EEXIST))
        return {};
    return fail({ErrorKind::Storage, QCoreApplication::translate("Paths", "The folder cannot be created."), folder,
        QString::fromLocal8Bit(std::strerror(errno)),
        QCoreApplication::translate("Paths", "Make it writable, or choose another place with --inventory.")});
}

} // namespace elephaas
