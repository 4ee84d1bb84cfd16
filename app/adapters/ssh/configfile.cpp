#include "app/adapters/ssh/configfile.h"

#include "app/adapters/ssh/hostconfig.h"

#include <QDir>
#include <QFile>

#include <array>
#include <set>

#include <glob.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr int deepestInclude = 16; // READCONF_MAX_DEPTH of OpenSSH

// Keywords that are taken over, and those that change nothing for commands without a terminal. All others leave the file to ssh -G.
const std::set<QString>& usedKeywords()
{
    static const std::set<QString> keywords{u"hostname"_s, u"port"_s, u"user"_s, u"identityfile"_s, u"certificatefile"_s,
        u"identitiesonly"_s, u"identityagent"_s, u"userknownhostsfile"_s, u"globalknownhostsfile"_s, u"hostkeyalias"_s,
        u"hashknownhosts"_s, u"stricthostkeychecking"_s, u"proxyjump"_s, u"connecttimeout"_s, u"addressfamily"_s};
    return keywords;
}

const std::set<QString>& harmlessKeywords()
{
    static const std::set<QString> keywords{u"addkeystoagent"_s, u"batchmode"_s, u"checkhostip"_s, u"ciphers"_s,
        u"clearallforwardings"_s, u"compression"_s, u"connectionattempts"_s, u"controlmaster"_s, u"controlpath"_s,
        u"controlpersist"_s, u"enableescapecommandline"_s, u"enablesshkeysign"_s, u"escapechar"_s,
        u"exitonforwardfailure"_s, u"fingerprinthash"_s, u"forkafterauthentication"_s, u"forwardagent"_s,
        u"forwardx11"_s, u"forwardx11timeout"_s, u"forwardx11trusted"_s, u"gatewayports"_s, u"gssapiauthentication"_s,
        u"gssapidelegatecredentials"_s, u"hostbasedauthentication"_s, u"ipqos"_s, u"kbdinteractiveauthentication"_s,
        u"kbdinteractivedevices"_s, u"localforward"_s, u"loglevel"_s, u"logverbose"_s, u"macs"_s,
        u"numberofpasswordprompts"_s, u"passwordauthentication"_s, u"permitlocalcommand"_s, u"preferredauthentications"_s,
        u"pubkeyauthentication"_s, u"rekeylimit"_s, u"remoteforward"_s, u"dynamicforward"_s, u"requesttty"_s, u"sendenv"_s,
        u"serveralivecountmax"_s, u"serveraliveinterval"_s, u"tcpkeepalive"_s, u"updatehostkeys"_s, u"visualhostkey"_s,
        u"verifyhostkeydns"_s, u"xauthlocation"_s};
    return keywords;
}

bool matchesHostLine(const QString& host, const QStringList& patterns)
{
    bool found = false;
    for (const QString& pattern : patterns) {
        if (pattern.startsWith(u'!')) {
            if (matchesPattern(host, QStringView(pattern).sliced(1)))
                return false;
        } else {
            found = found || matchesPattern(host, pattern);
        }
    }
    return found;
}

QStringList globbed(const QString& pattern)
{
    glob_t found{};
    QStringList result;
    if (::glob(QFile::encodeName(pattern).constData(), 0, nullptr, &found) == 0) {
        for (std::size_t i = 0; i < found.gl_pathc; ++i)
            result += QFile::decodeName(found.gl_pathv[i]);
    }
    ::globfree(&found);
    return result;
}

} // namespace

bool matchesPattern(QStringView text, QStringView pattern)
{
    qsizetype t = 0;
    qsizetype p = 0;
    qsizetype star = -1;
    qsizetype resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == u'?' || pattern[p] == text[t]) && pattern[p] != u'*') {
            ++t;
            ++p;
        } else if (p < pattern.size() && pattern[p] == u'*') {
            star = p++;
            resume = t;
        } else if (star >= 0) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == u'*')
        ++p;
    return p == pattern.size();
}

QString accountHome()
{
    static const QString home = [] {
        std::array<char, 4096> buffer;
        passwd entry{};
        passwd* found = nullptr;
        ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found);
        return found ? QFile::decodeName(found->pw_dir) : QDir::homePath();
    }();
    return home;
}

std::optional<QStringList> splitWords(const QString& text)
{
    QStringList result;
    QString word;
    bool inWord = false;
    QChar quote;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        const QChar next = i + 1 < text.size() ? text[i + 1] : QChar();
        if (c == u'\\' && (next == u'\\' || next == u'"' || next == u'\'' || (quote.isNull() && next == u' '))) {
            word += next;
            inWord = true;
            ++i;
        } else if (!quote.isNull() && c == quote) {
            quote = QChar();
        } else if (quote.isNull() && (c == u'"' || c == u'\'')) {
            quote = c;
            inWord = true;
        } else if (quote.isNull() && (c == u' ' || c == u'\t')) {
            if (inWord)
                result += std::exchange(word, {});
            inWord = false;
        } else if (quote.isNull() && !inWord && c == u'#') {
            break;
        } else {
            word += c;
            inWord = true;
        }
    }
    if (!quote.isNull())
        return std::nullopt;
    if (inWord)
        result += word;
    return result;
}

QStringList defaultIdentityFiles()
{
    return {u"~/.ssh/id_rsa"_s, u"~/.ssh/id_ecdsa"_s, u"~/.ssh/id_ecdsa_sk"_s, u"~/.ssh/id_ed25519"_s, u"~/.ssh/id_ed25519_sk"_s};
}

ConfigFile ConfigFile::read(const QString& path)
{
    ConfigFile file;
    if (!path.isEmpty()) {
        if (!QFile::exists(path))
            file.m_error = Error{.kind = ErrorKind::NotFound,
                .what = SshText::tr("The OpenSSH configuration file does not exist."),
                .where = path};
        else
            file.readFile(path, accountHome() + u"/.ssh/"_s, false, 0);
        return file;
    }
    const QString home = accountHome() + u"/.ssh/"_s;
    file.readFile(home + u"config"_s, home, true, 0);
    file.readFile(u"/etc/ssh/ssh_config"_s, u"/etc/ssh/"_s, false, 0);
    return file;
}

void ConfigFile::readFile(const QString& path, const QString& includeBase, bool checkOwner, int depth)
{
    struct stat info { };
    const QByteArray name = QFile::encodeName(path);
    m_stamp += name + '\0';
    if (::stat(name.constData(), &info) != 0)
        return;
    m_stamp += QByteArray::number(qint64(info.st_mtim.tv_sec)) + '.' + QByteArray::number(qint64(info.st_mtim.tv_nsec)) + '/'
        + QByteArray::number(qint64(info.st_size)) + '\0';
    // ssh refuses a configuration that others can write to: let it say so.
    if (checkOwner && ((info.st_uid != 0 && info.st_uid != ::getuid()) || (info.st_mode & 022) != 0))
        m_certain = false;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        m_error = Error{.kind = ErrorKind::PermissionDenied,
            .what = SshText::tr("The OpenSSH configuration file cannot be read."),
            .where = path,
            .detail = file.errorString()};
        return;
    }
    m_lines.push_back({QString(), {}, depth}); // the file before ends here, and with it its last block
    for (const QByteArray& line : file.readAll().split('\n'))
        readLine(QString::fromUtf8(line).trimmed(), includeBase, checkOwner, depth);
}

void ConfigFile::readLine(const QString& text, const QString& includeBase, bool checkOwner, int depth)
{
    if (text.isEmpty() || text.startsWith(u'#'))
        return;
    qsizetype end = 0;
    while (end < text.size() && !text[end].isSpace() && text[end] != u'=')
        ++end;
    const QString keyword = text.first(end).toLower();
    while (end < text.size() && text[end].isSpace())
        ++end;
    if (end < text.size() && text[end] == u'=')
        ++end;
    const auto words = splitWords(text.sliced(end).trimmed());
    if (!words || words->isEmpty() || keyword.contains(u'"')) {
        m_certain = false;
    } else if (keyword == "include"_L1) {
        if (depth >= deepestInclude)
            m_certain = false;
        for (const QString& word : depth < deepestInclude ? *words : QStringList()) {
            if (word.contains(u'%') || word.contains(u'$') || (word.startsWith(u'~') && !word.startsWith("~/"_L1)))
                m_certain = false;
            const QString path = word.startsWith("~/"_L1) ? accountHome() + word.sliced(1)
                : word.startsWith(u'/')                   ? word
                                                          : includeBase + word;
            m_stamp += path.toUtf8() + '\0';
            for (const QString& included : globbed(path))
                readFile(included, includeBase, checkOwner, depth + 1);
        }
    } else if (keyword == "host"_L1 || usedKeywords().contains(keyword)) {
        m_lines.push_back({keyword, *words, depth});
    } else if (!harmlessKeywords().contains(keyword)) {
        m_certain = false; // Match, ProxyCommand, CanonicalizeHostname, KexAlgorithms, …
    }
}

std::optional<std::map<QString, QStringList>> ConfigFile::evaluate(const HostRequest& request) const
{
    if (!m_certain)
        return std::nullopt;
    std::map<QString, QStringList> values;
    std::vector<bool> active; // one for each depth of Include
    for (const Line& line : m_lines) {
        const auto depth = static_cast<std::size_t>(line.depth);
        if (line.keyword.isEmpty()) {
            active.resize(depth);
            active.push_back(depth == 0 || active.back());
            continue;
        }
        active.resize(depth + 1);
        if (line.keyword == "host"_L1) {
            active[depth] = (depth == 0 || active[depth - 1]) && matchesHostLine(request.host, line.words);
            continue;
        }
        if (!active[depth])
            continue;
        if (line.keyword == "identityfile"_L1 || line.keyword == "certificatefile"_L1)
            values[line.keyword] += line.words.first();
        else
            values.try_emplace(line.keyword, line.words);
    }
    return values;
}

} // namespace elephaas::ssh
