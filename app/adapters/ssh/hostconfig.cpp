#include "app/adapters/ssh/hostconfig.h"

#include "app/adapters/ssh/childprocess.h"
#include "app/adapters/ssh/configfile.h"

#include <QSysInfo>

#include <algorithm>
#include <array>

#include <pwd.h>
#include <unistd.h>

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

QString localUser()
{
    std::array<char, 4096> buffer;
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found);
    return found ? QString::fromLocal8Bit(found->pw_name) : qEnvironmentVariable("USER");
}

QString first(const ConfigValues& values, const QString& keyword)
{
    const auto found = values.find(keyword);
    return found == values.end() || found->second.isEmpty() ? QString() : found->second.first();
}

bool isYes(const QString& value) { return value == "yes"_L1 || value == "true"_L1; }
bool isNone(const QString& value) { return value.isEmpty() || value.compare("none"_L1, Qt::CaseInsensitive) == 0; }

// The tokens of ssh_config(5), section TOKENS, but for %C (the hash for control sockets) and those of canonicalisation.
QString expandTokens(const QString& text, const HostConfig& config)
{
    QString result;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] != u'%' || i + 1 == text.size()) {
            result += text[i];
            continue;
        }
        switch (text[++i].unicode()) {
        case u'%': result += u'%'; break;
        case u'h': result += config.hostName; break;
        case u'n': result += config.name; break;
        case u'k': result += config.hostKeyAlias.isEmpty() ? config.name : config.hostKeyAlias; break;
        case u'p': result += QString::number(config.port); break;
        case u'r': result += config.user; break;
        case u'u': result += localUser(); break;
        case u'd': result += accountHome(); break;
        case u'i': result += QString::number(::getuid()); break;
        case u'l': result += QSysInfo::machineHostName(); break;
        case u'L': result += QSysInfo::machineHostName().section(u'.', 0, 0); break;
        default: result += u'%' % QString(text[i]); break;
        }
    }
    return result;
}

// "${NAME}", as ssh_config(5), section ENVIRONMENT VARIABLES, allows in file names.
QString expandEnvironment(const QString& text)
{
    QString result;
    qsizetype from = 0;
    for (;;) {
        const qsizetype start = text.indexOf("${"_L1, from);
        const qsizetype end = start < 0 ? -1 : text.indexOf(u'}', start);
        if (end < 0)
            return result + text.sliced(from);
        result += text.sliced(from, start - from);
        result += qEnvironmentVariable(text.sliced(start + 2, end - start - 2).toLocal8Bit().constData());
        from = end + 1;
    }
}

QString expandPath(const QString& text, const HostConfig& config)
{
    QString path = text;
    if (path == u'~' || path.startsWith("~/"_L1))
        path = accountHome() + path.sliced(1);
    return expandTokens(expandEnvironment(path), config);
}

QStringList expandPaths(const QStringList& texts, const HostConfig& config)
{
    QStringList result;
    for (const QString& text : texts) {
        if (!isNone(text))
            result += expandPath(text, config);
    }
    result.removeDuplicates();
    return result;
}

QString agentSocket(const ConfigValues& values, const HostConfig& config)
{
    const QString text = first(values, u"identityagent"_s);
    if (text.isEmpty() || text == "SSH_AUTH_SOCK"_L1)
        return qEnvironmentVariable("SSH_AUTH_SOCK");
    if (isNone(text))
        return {};
    if (text.startsWith(u'$') && !text.startsWith("${"_L1))
        return qEnvironmentVariable(text.sliced(1).toLocal8Bit().constData());
    return expandPath(text, config);
}

NewHostKey newHostKey(const QString& text)
{
    if (isYes(text))
        return NewHostKey::Refuse;
    if (text == "accept-new"_L1 || text == "no"_L1 || text == "off"_L1 || text == "false"_L1)
        return NewHostKey::AcceptNew;
    return NewHostKey::Ask;
}

AddressFamily addressFamily(const QString& text)
{
    if (text == "inet"_L1)
        return AddressFamily::IPv4;
    return text == "inet6"_L1 ? AddressFamily::IPv6 : AddressFamily::Any;
}

bool isPlainHostCharacter(QChar c)
{
    return c.isLetterOrNumber() || QStringView(u"._-:%+[]").contains(c);
}

} // namespace

QString HostConfig::where() const
{
    const QString host = user + u'@' + name;
    return port == 22 ? host : host + u':' + QString::number(port);
}

QString HostConfig::sessionKey() const
{
    return QStringList{user, serverKey(), hostKeyAlias, identityAgent, identityFiles.join(u'\n'),
        certificateFiles.join(u'\n')}
        .join(u'\x1f');
}

std::optional<Error> refusal(const HostRequest& request)
{
    const auto invalid = [&](const QString& what) {
        return Error{.kind = ErrorKind::InvalidInput, .what = what, .where = request.host};
    };
    if (request.host.isEmpty() || request.host.size() > 255 || request.host.startsWith(u'-')
        || !std::all_of(request.host.begin(), request.host.end(), isPlainHostCharacter))
        return invalid(SshText::tr("This is not a host name that can be connected to."));
    // As valid_ruser() of OpenSSH: nothing that an option, a token or a proxy's shell could be made of.
    const QStringView forbidden = u"'`\";&<>|(){}$\\@:,";
    if (request.user.startsWith(u'-') || std::any_of(request.user.begin(), request.user.end(), [&](QChar c) {
            return forbidden.contains(c) || c.isSpace() || c.category() == QChar::Other_Control;
        }))
        return invalid(SshText::tr("\"%1\" is not a name of a remote user.").arg(request.user));
    if (request.port < 0 || request.port > 65535)
        return invalid(SshText::tr("%1 is not a port.").arg(request.port));
    return std::nullopt;
}

HostConfig makeHostConfig(const HostRequest& request, const ConfigValues& values)
{
    HostConfig config;
    config.name = request.host;
    config.hostName = request.host;
    config.user = request.user;
    if (config.user.isEmpty())
        config.user = first(values, u"user"_s);
    if (config.user.isEmpty())
        config.user = localUser();
    config.port = request.port != 0 ? request.port : first(values, u"port"_s).toInt();
    if (config.port <= 0)
        config.port = 22;
    if (const QString hostName = first(values, u"hostname"_s); !hostName.isEmpty())
        config.hostName = expandTokens(hostName, config);
    if (config.hostName.startsWith(u'[') && config.hostName.endsWith(u']'))
        config.hostName = config.hostName.sliced(1, config.hostName.size() - 2);
    config.hostName = config.hostName.toLower(); // as ssh does
    config.family = addressFamily(first(values, u"addressfamily"_s));
    if (const QString alias = first(values, u"hostkeyalias"_s); !isNone(alias))
        config.hostKeyAlias = alias;
    config.identitiesOnly = isYes(first(values, u"identitiesonly"_s));
    const auto identities = values.find(u"identityfile"_s);
    config.identityFiles = expandPaths(identities == values.end() ? defaultIdentityFiles() : identities->second, config);
    if (const auto certificates = values.find(u"certificatefile"_s); certificates != values.end())
        config.certificateFiles = expandPaths(certificates->second, config);
    config.identityAgent = agentSocket(values, config);
    const auto files = [&](const QString& keyword, const QStringList& otherwise) {
        const auto found = values.find(keyword);
        return expandPaths(found == values.end() ? otherwise : found->second, config);
    };
    config.knownHostsFiles = files(u"userknownhostsfile"_s, {u"~/.ssh/known_hosts"_s, u"~/.ssh/known_hosts2"_s});
    config.globalKnownHostsFiles
        = files(u"globalknownhostsfile"_s, {u"/etc/ssh/ssh_known_hosts"_s, u"/etc/ssh/ssh_known_hosts2"_s});
    config.hashKnownHosts = isYes(first(values, u"hashknownhosts"_s));
    config.newHostKey = newHostKey(first(values, u"stricthostkeychecking"_s));
    if (const QString jump = first(values, u"proxyjump"_s); !isNone(jump))
        config.proxyJump = jump;
    if (const QString command = first(values, u"proxycommand"_s); !isNone(command) && config.proxyJump.isEmpty())
        config.proxyCommand = expandTokens(command, config);
    if (const int seconds = first(values, u"connecttimeout"_s).toInt(); seconds > 0)
        config.connectTimeout = std::chrono::seconds(seconds);
    config.keyExchanges = first(values, u"kexalgorithms"_s).split(u',', Qt::SkipEmptyParts);
    return config;
}

HostResolver::HostResolver(QString configFile, QString sshProgram)
    : m_configFile(std::move(configFile)), m_sshProgram(std::move(sshProgram))
{
}

Expected<HostConfig> HostResolver::resolve(const HostRequest& request, const Patience& patience)
{
    if (auto error = refusal(request))
        return fail(std::move(*error));
    const ConfigFile file = ConfigFile::read(m_configFile);
    if (file.error())
        return fail(*file.error());
    {
        const std::scoped_lock lock(m_mutex);
        const auto found = m_known.find(request);
        if (found != m_known.end() && found->second.fileStamp == file.stamp()
            && SteadyClock::now() - found->second.since < 10min)
            return found->second.config;
    }
    Expected<HostConfig> config;
    if (const auto values = file.evaluate(request))
        config = makeHostConfig(request, *values);
    else
        config = askOpenSsh(request, patience);
    if (!config)
        return config;
    // The configuration may turn a harmless name into one that is not.
    if (auto error = refusal({config->hostName, config->user, config->port}))
        return fail(std::move(*error));
    const std::scoped_lock lock(m_mutex);
    m_known.insert_or_assign(request, Known{*config, file.stamp(), SteadyClock::now()});
    return config;
}

Expected<HostConfig> HostResolver::askOpenSsh(const HostRequest& request, const Patience& patience) const
{
    QByteArrayList arguments{m_sshProgram.toLocal8Bit(), "-G"_ba};
    if (!m_configFile.isEmpty())
        arguments << "-F"_ba << m_configFile.toLocal8Bit();
    if (!request.user.isEmpty())
        arguments << "-l"_ba << request.user.toUtf8();
    if (request.port != 0)
        arguments << "-p"_ba << QByteArray::number(request.port);
    arguments << "--"_ba << request.host.toUtf8();
    const auto answer = runProgram(arguments, patience);
    if (!answer && answer.error().kind == ErrorKind::NotFound)
        return fail({.kind = ErrorKind::Unsupported,
            .what = SshText::tr("The OpenSSH configuration uses more than this program understands by itself."),
            .where = request.host,
            .remedy = SshText::tr("Install the OpenSSH client: it is then asked about each host (ssh -G).")});
    if (!answer)
        return fail(answer.error());
    if (!answer->succeeded())
        return fail({.kind = ErrorKind::InvalidInput,
            .what = SshText::tr("The OpenSSH configuration could not be evaluated."),
            .where = request.host,
            .detail = QString::fromLocal8Bit(answer->errors).trimmed(),
            .remedy = SshText::tr("Try: ssh -G %1").arg(request.host)});
    ConfigValues values;
    for (const QByteArray& line : answer->output.split('\n')) {
        const qsizetype blank = line.indexOf(' ');
        if (blank <= 0)
            continue;
        const QString keyword = QString::fromUtf8(line.first(blank)).toLower();
        const QString value = QString::fromUtf8(line.sliced(blank + 1));
        if (keyword.endsWith("knownhostsfile"_L1)) // several file names on one line
            values[keyword] += value.split(u' ', Qt::SkipEmptyParts);
        else
            values[keyword] += value;
    }
    return makeHostConfig(request, values);
}

} // namespace elephaas::ssh
