#pragma once

#include "models/domain/id.h"
#include "models/operations/replicationrequest.h"
#include "models/ports/dnsdirectory.h"

#include <QMap>
#include <QString>
#include <QStringList>

#include <span>

namespace elephaas {

// How a server is reached; unset members fall back to the team's, then to the OpenSSH configuration.
struct SshOverride {
    QString user;
    int port = 0;
    bool operator==(const SshOverride&) const = default;
};

// How the names of herds are changed. The secret of the key is no setting: each computer keeps it in its keychain.
struct TeamDns {
    QString zone = {}; // empty: found by the SOA
    QString server = {}; // where updates go; empty: the zone's primary server
    int port = 53;
    QString keyName = {}; // of the TSIG key
    TsigAlgorithm keyAlgorithm = TsigAlgorithm::HmacSha256;
    bool unsignedUpdates = false; // without a key
    // Where nothing says how, names are neither read nor changed.
    bool isSetUp() const { return !keyName.isEmpty() || unsignedUpdates; }
    QString secretName() const; // under which the keychain has the secret
    bool operator==(const TeamDns&) const = default;
};

// What a team agrees on, kept in ele_console_setting of the inventory (or, where that table is missing, on this computer).
struct TeamSettings {
    QMap<QString, QString> commands = {}; // template by name; empty: the Debian preset
    QString sshUser = QStringLiteral("postgres");
    int sshPort = 0; // 0: OpenSSH's own choice
    QMap<QString, SshOverride> sshByServer = {}; // by host name, lower case
    QStringList protectedEnvironments = {QStringLiteral("prod")}; // names, compared without case
    int probeIntervalSeconds = 30; // 0: only when asked
    double lagWarningMegabytes = 100;
    TeamDns dns = {};
    UpstreamHost upstreamHost = UpstreamHost::Server; // of the primary_conninfo that operations write
    QMap<HerdId, OldPrimary> oldPrimaryByHerd = {}; // what a person chose for the next time; without: it follows the new one at once

    // Keys that are not ours, or whose value does not parse, are passed over; `problems` gets a sentence for each of the latter.
    static TeamSettings fromMap(const QMap<QString, QString>& map, QStringList* problems = nullptr);
    QMap<QString, QString> toMap() const;
    // What turns `before` into this, with "" for keys that are to go.
    QMap<QString, QString> changesFrom(const TeamSettings& before) const;

    bool isProtected(const QString& environmentName) const;
    SshOverride sshFor(const QString& hostName) const;
    // Of several herds that differ: what leaves nothing running.
    OldPrimary oldPrimaryOf(std::span<const HerdId> herds) const;

    bool operator==(const TeamSettings&) const = default;
};

} // namespace elephaas
