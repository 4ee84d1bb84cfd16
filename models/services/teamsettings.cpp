#include "models/services/teamsettings.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr auto commandPrefix = "command."_L1;
constexpr auto serverPrefix = "ssh.server."_L1;
constexpr auto oldPrimaryPrefix = "failover.old_primary."_L1; // and the id of a herd
constexpr auto sha256 = "hmac-sha256"_L1;
constexpr auto serverWord = "server"_L1; // of replication.upstream_host
constexpr auto virtualHostWord = "virtual-host"_L1;
constexpr auto sha512 = "hmac-sha512"_L1;

QString problem(const QString& key, const QString& value)
{
    //: %1 is the name of a setting, %2 its value
    return QCoreApplication::translate("TeamSettings", "Setting %1 has the value \"%2\", which cannot be used; the default stays.")
        .arg(key, value.left(80));
}

// A stored number within bounds, or a complaint.
template <class Number, class Convert>
void readNumber(const QMap<QString, QString>& map, const QString& key, Number low, Number high, Convert convert, Number& target,
    QStringList* problems)
{
    const auto it = map.constFind(key);
    if (it == map.constEnd() || it->isEmpty())
        return;
    bool ok = false;
    const Number value = convert(*it, &ok);
    if (ok && value >= low && value <= high)
        target = value;
    else if (problems)
        problems->append(problem(key, *it));
}

int toInt(const QString& text, bool* ok) { return text.toInt(ok); }
double toDouble(const QString& text, bool* ok) { return text.toDouble(ok); }

// "user:port", either part may be missing. The user may not contain a colon (portable user names do not).
std::optional<SshOverride> parseOverride(const QString& text)
{
    const qsizetype colon = text.lastIndexOf(u':');
    SshOverride result{text.left(colon < 0 ? text.size() : colon)};
    if (colon >= 0 && colon + 1 < text.size()) {
        bool ok = false;
        result.port = text.mid(colon + 1).toInt(&ok);
        if (!ok || result.port < 1 || result.port > 65535)
            return std::nullopt;
    }
    return result;
}

} // namespace

QString TeamDns::secretName() const { return u"tsig/"_s + keyName.toLower(); }

TeamSettings TeamSettings::fromMap(const QMap<QString, QString>& map, QStringList* problems)
{
    TeamSettings settings;
    for (auto it = map.constBegin(); it != map.constEnd(); ++it) {
        if (it.key().startsWith(commandPrefix)) {
            settings.commands.insert(it.key().mid(commandPrefix.size()), it.value());
        } else if (it.key().startsWith(serverPrefix)) {
            if (const auto override = parseOverride(it.value()))
                settings.sshByServer.insert(it.key().mid(serverPrefix.size()).toLower(), *override);
            else if (problems)
                problems->append(problem(it.key(), it.value()));
        } else if (it.key().startsWith(oldPrimaryPrefix) && !it.value().isEmpty()) {
            bool isNumber = false;
            const HerdId herd(it.key().mid(oldPrimaryPrefix.size()).toLongLong(&isNumber));
            const auto choice = std::ranges::find(oldPrimaries, it.value(), [](OldPrimary what) { return keyOf(what); });
            if (isNumber && choice != oldPrimaries.end())
                settings.oldPrimaryByHerd.insert(herd, *choice);
            else if (problems)
                problems->append(problem(it.key(), it.value()));
        }
    }
    if (const QString user = map.value(u"ssh.user"_s); !user.isEmpty())
        settings.sshUser = user;
    readNumber(map, u"ssh.port"_s, 0, 65535, toInt, settings.sshPort, problems);
    readNumber(map, u"probe.interval_s"_s, 0, 86400, toInt, settings.probeIntervalSeconds, problems);
    readNumber(map, u"lag.warning_mb"_s, 0.0, 1e9, toDouble, settings.lagWarningMegabytes, problems);
    readNumber(map, u"dns.port"_s, 1, 65535, toInt, settings.dns.port, problems);
    settings.dns.zone = map.value(u"dns.zone"_s);
    settings.dns.server = map.value(u"dns.server"_s);
    settings.dns.keyName = map.value(u"dns.key_name"_s);
    settings.dns.unsignedUpdates = map.value(u"dns.unsigned"_s) == "1"_L1;
    if (const QString algorithm = map.value(u"dns.key_algorithm"_s); algorithm == sha512)
        settings.dns.keyAlgorithm = TsigAlgorithm::HmacSha512;
    else if (!algorithm.isEmpty() && algorithm != sha256 && problems)
        problems->append(problem(u"dns.key_algorithm"_s, algorithm));
    if (const QString host = map.value(u"replication.upstream_host"_s); host == virtualHostWord)
        settings.upstreamHost = UpstreamHost::VirtualHost;
    else if (!host.isEmpty() && host != serverWord && problems)
        problems->append(problem(u"replication.upstream_host"_s, host));
    if (const auto it = map.constFind(u"environment.protected"_s); it != map.constEnd() && !it->isEmpty()) {
        const QJsonDocument document = QJsonDocument::fromJson(it->toUtf8());
        if (document.isArray()) {
            settings.protectedEnvironments.clear();
            for (const QJsonValue& name : document.array())
                settings.protectedEnvironments.append(name.toString());
        } else if (problems) {
            problems->append(problem(it.key(), *it));
        }
    }
    return settings;
}

QMap<QString, QString> TeamSettings::toMap() const
{
    QMap<QString, QString> map;
    for (auto it = commands.constBegin(); it != commands.constEnd(); ++it)
        map.insert(commandPrefix + it.key(), it.value());
    for (auto it = sshByServer.constBegin(); it != sshByServer.constEnd(); ++it)
        map.insert(serverPrefix + it.key(), it->port > 0 ? it->user + u':' + QString::number(it->port) : it->user);
    for (auto it = oldPrimaryByHerd.constBegin(); it != oldPrimaryByHerd.constEnd(); ++it)
        map.insert(oldPrimaryPrefix + QString::number(it.key().value), keyOf(*it));
    map.insert(u"ssh.user"_s, sshUser);
    map.insert(u"ssh.port"_s, QString::number(sshPort));
    map.insert(u"probe.interval_s"_s, QString::number(probeIntervalSeconds));
    map.insert(u"lag.warning_mb"_s, QString::number(lagWarningMegabytes, 'g', 17));
    map.insert(u"dns.zone"_s, dns.zone);
    map.insert(u"dns.server"_s, dns.server);
    map.insert(u"dns.port"_s, QString::number(dns.port));
    map.insert(u"dns.key_name"_s, dns.keyName);
    map.insert(u"dns.key_algorithm"_s, dns.keyAlgorithm == TsigAlgorithm::HmacSha512 ? sha512 : sha256);
    map.insert(u"dns.unsigned"_s, dns.unsignedUpdates ? u"1"_s : u"0"_s);
    map.insert(u"replication.upstream_host"_s, upstreamHost == UpstreamHost::VirtualHost ? virtualHostWord : serverWord);
    map.insert(u"environment.protected"_s,
        QString::fromUtf8(QJsonDocument(QJsonArray::fromStringList(protectedEnvironments)).toJson(QJsonDocument::Compact)));
    return map;
}

QMap<QString, QString> TeamSettings::changesFrom(const TeamSettings& before) const
{
    const QMap<QString, QString> old = before.toMap();
    QMap<QString, QString> changes = toMap();
    for (auto it = old.constBegin(); it != old.constEnd(); ++it) {
        if (!changes.contains(it.key()))
            changes.insert(it.key(), QString());
        else if (changes.value(it.key()) == it.value())
            changes.remove(it.key());
    }
    return changes;
}

bool TeamSettings::isProtected(const QString& environmentName) const
{
    return protectedEnvironments.contains(environmentName, Qt::CaseInsensitive);
}

OldPrimary TeamSettings::oldPrimaryOf(std::span<const HerdId> herds) const
{
    const bool leaveOff = std::ranges::any_of(herds, [&](HerdId herd) { return oldPrimaryByHerd.value(herd, OldPrimary::Rejoin) == OldPrimary::LeaveOff; });
    return leaveOff ? OldPrimary::LeaveOff : OldPrimary::Rejoin;
}

SshOverride TeamSettings::sshFor(const QString& hostName) const
{
    SshOverride result = sshByServer.value(hostName.toLower());
    if (result.user.isEmpty())
        result.user = sshUser;
    if (result.port == 0)
        result.port = sshPort;
    return result;
}

} // namespace elephaas
