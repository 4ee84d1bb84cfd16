#pragma once

#include "app/adapters/ssh/socketconnect.h"

#include <QString>
#include <QStringList>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>

namespace elephaas::ssh {

// What to do with a host key that no known_hosts file has. A changed key is refused in every case.
// StrictHostKeyChecking yes -> Refuse; ask and unset -> Ask; accept-new, no and off -> AcceptNew.
enum class NewHostKey { Refuse, Ask, AcceptNew };

// What the OpenSSH configuration says about one host, tokens and tildes expanded.
struct HostConfig {
    QString name; // as given
    QString hostName;
    int port = 22;
    QString user;
    AddressFamily family = AddressFamily::Any;
    QStringList identityFiles;
    QStringList certificateFiles;
    bool identitiesOnly = false;
    QString identityAgent; // path of the agent's socket; empty: no agent
    QStringList knownHostsFiles; // the first one gets new keys
    QStringList globalKnownHostsFiles;
    QString hostKeyAlias;
    bool hashKnownHosts = false;
    NewHostKey newHostKey = NewHostKey::Ask;
    QString proxyJump; // "user@host:port,host"; empty: none
    QString proxyCommand; // tokens expanded; empty: none
    std::optional<std::chrono::seconds> connectTimeout;
    QStringList keyExchanges; // empty: all

    // "user@host:port", the port only when it is not 22: for sentences.
    QString where() const;
    // Equal for two configurations whose sessions can be shared.
    QString sessionKey() const;
    // The sshd whose MaxStartups counts.
    QString serverKey() const { return hostName + u'|' + QString::number(port) + u'|' + proxyJump + u'|' + proxyCommand; }
    bool operator==(const HostConfig&) const = default;
};

struct HostRequest {
    QString host;
    QString user = {};
    int port = 0;
    bool operator<(const HostRequest& other) const { return std::tie(host, user, port) < std::tie(other.host, other.user, other.port); }
};

// A sentence why the request cannot be asked for: a host, user or port that could be taken for an option, a token or shell text.
std::optional<Error> refusal(const HostRequest& request);

// The values of a configuration as `ssh -G` prints them: lower-case keyword, then its values in order.
using ConfigValues = std::map<QString, QStringList>;
// Expands what `ssh -G` leaves as it is: "~", "%d", "${HOME}", …
HostConfig makeHostConfig(const HostRequest& request, const ConfigValues& values);

// Asks the OpenSSH configuration about hosts and remembers the answers until a configuration file changes. Thread-safe.
// Simple configurations are evaluated here, which costs nothing; what is not understood for certain (Match, canonical names, …)
// is left to `ssh -G`. Without an ssh program, what is not understood is an error (Unsupported) instead of a guess.
class HostResolver {
public:
    // `configFile` empty: ~/.ssh/config, then /etc/ssh/ssh_config, as ssh does; else this file alone, as `ssh -F` does.
    explicit HostResolver(QString configFile, QString sshProgram);
    // Errors: InvalidInput, TimedOut, Cancelled, Unsupported, PermissionDenied (the file is not readable).
    Expected<HostConfig> resolve(const HostRequest& request, const Patience& patience);

private:
    Expected<HostConfig> askOpenSsh(const HostRequest& request, const Patience& patience) const;

    struct Known {
        HostConfig config;
        QByteArray fileStamp;
        TimePoint since;
    };
    const QString m_configFile;
    const QString m_sshProgram;
    std::mutex m_mutex;
    std::map<HostRequest, Known> m_known;
};

} // namespace elephaas::ssh
