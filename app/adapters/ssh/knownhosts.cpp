#include "app/adapters/ssh/knownhosts.h"

#include "app/adapters/ssh/configfile.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMessageAuthenticationCode>
#include <QRandomGenerator>

#include <cerrno>
#include <cstring>
#include <functional>

#include <fcntl.h>
#include <sys/file.h>

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;

namespace {

QByteArray hashedName(const QByteArray& salt, const QByteArray& name)
{
    return QMessageAuthenticationCode::hash(name, salt, QCryptographicHash::Sha1);
}

// One field of host names: "|1|salt|hash", or patterns with commas.
bool namesMatch(const QByteArray& field, const QByteArray& name)
{
    if (field.startsWith("|1|")) {
        const QByteArrayList parts = field.split('|');
        return parts.size() == 4
            && hashedName(QByteArray::fromBase64(parts[2]), name) == QByteArray::fromBase64(parts[3]);
    }
    const QString text = QString::fromUtf8(name);
    bool found = false;
    for (const QByteArray& pattern : field.split(',')) {
        if (pattern.startsWith('!')) {
            if (matchesPattern(text, QString::fromUtf8(pattern.sliced(1)).toLower()))
                return false;
        } else {
            found = found || matchesPattern(text, QString::fromUtf8(pattern).toLower());
        }
    }
    return found;
}

struct Entry {
    bool revoked = false;
    QByteArray type;
    QByteArray base64;
    QString file;
    int line = 0;
};

QByteArrayList fields(const QByteArray& line) { return line.simplified().split(' '); }

void readEntries(const QString& path, const QByteArrayList& names, const std::function<void(const Entry&)>& found)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return;
    int number = 0;
    for (const QByteArray& text : file.readAll().split('\n')) {
        ++number;
        if (text.isEmpty() || text.startsWith('#'))
            continue;
        QByteArrayList parts = fields(text);
        const bool revoked = parts.front() == "@revoked";
        if (parts.front().startsWith('@')) {
            if (!revoked)
                continue;
            parts.removeFirst();
        }
        if (parts.size() < 3)
            continue;
        for (const QByteArray& name : names) {
            if (namesMatch(parts[0], name)) {
                found({revoked, parts[1], parts[2], path, number});
                break;
            }
        }
    }
}

void forEachEntry(const HostConfig& config, const std::function<void(const Entry&)>& found)
{
    const QByteArrayList names{knownHostsName(config).toUtf8()};
    for (const QString& path : config.knownHostsFiles + config.globalKnownHostsFiles)
        readEntries(path, names, found);
}

} // namespace

QString HostKey::fingerprint() const
{
    const QByteArray hash = QCryptographicHash::hash(QByteArray::fromBase64(base64), QCryptographicHash::Sha256);
    return u"SHA256:"_s + QString::fromLatin1(hash.toBase64(QByteArray::OmitTrailingEquals));
}

QString knownHostsName(const HostConfig& config)
{
    if (!config.hostKeyAlias.isEmpty())
        return config.hostKeyAlias.toLower();
    const QString host = config.hostName.toLower();
    return config.port == 22 ? host : u'[' + host + u"]:"_s + QString::number(config.port);
}

HostKeyVerdict judgeHostKey(const HostConfig& config, const HostKey& key)
{
    HostKeyVerdict verdict;
    const auto set = [&](HostKeyState state, const Entry& entry) { verdict = {state, entry.file, entry.line}; };
    forEachEntry(config, [&](const Entry& entry) {
        const bool same = entry.type == key.type && entry.base64 == key.base64;
        if (entry.revoked) {
            if (same)
                set(HostKeyState::Revoked, entry);
        } else if (verdict.state == HostKeyState::Revoked || verdict.state == HostKeyState::Known) {
            return;
        } else if (same) {
            set(HostKeyState::Known, entry);
        } else if (entry.type == key.type && verdict.state != HostKeyState::Changed) {
            set(HostKeyState::Changed, entry);
        } else if (verdict.state == HostKeyState::New) {
            set(HostKeyState::OtherType, entry);
        }
    });
    return verdict;
}

QByteArrayList knownKeyTypes(const HostConfig& config)
{
    QByteArrayList types;
    forEachEntry(config, [&](const Entry& entry) {
        if (!entry.revoked && !types.contains(entry.type))
            types += entry.type;
    });
    return types;
}

Expected<void> addHostKey(const HostConfig& config, const HostKey& key)
{
    const QString path = config.knownHostsFiles.value(0);
    const auto failed = [&](int error) {
        return fail({.kind = ErrorKind::Storage,
            .what = SshText::tr("The host key could not be remembered."),
            .where = path,
            .detail = QString::fromLocal8Bit(std::strerror(error))});
    };
    if (path.isEmpty() || path == "/dev/null"_L1) // the configuration says that nothing is to be remembered
        return {};
    const QFileInfo info(path);
    if (!info.dir().exists() && QDir().mkpath(info.path()))
        QFile::setPermissions(info.path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QByteArray name = knownHostsName(config).toUtf8();
    if (config.hashKnownHosts) {
        QByteArray salt(20, '\0');
        QRandomGenerator::system()->generate(salt.begin(), salt.end());
        name = "|1|" + salt.toBase64() + '|' + hashedName(salt, name).toBase64();
    }
    FileDescriptor file(::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!file.isOpen())
        return failed(errno);
    ::flock(file.get(), LOCK_EX); // against a second console; ssh itself does not lock
    QByteArray line = name + ' ' + key.type + ' ' + key.base64 + '\n';
    // A last line without its end must not swallow ours.
    char last = '\n';
    if (const auto size = ::lseek(file.get(), 0, SEEK_END); size > 0 && ::pread(file.get(), &last, 1, size - 1) == 1 && last != '\n')
        line.prepend('\n');
    if (::write(file.get(), line.constData(), static_cast<std::size_t>(line.size())) != line.size())
        return failed(errno);
    return {};
}

} // namespace elephaas::ssh
