#pragma once

#include "app/adapters/ssh/hostconfig.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QString>

namespace elephaas::ssh {

struct HostKey {
    QByteArray type; // "ssh-ed25519"
    QByteArray base64; // the public key as known_hosts writes it
    QString fingerprint() const; // "SHA256:…"
};

enum class HostKeyState {
    Known,
    New, // no file has an entry for the host
    Changed, // there is another key of the same type
    OtherType, // there are keys, all of other types
    Revoked,
};

struct HostKeyVerdict {
    HostKeyState state = HostKeyState::New;
    QString file = {}; // where the entry stands that decided
    int line = 0;
};

// The name that known_hosts has for a host: "name", or "[name]:port"; the alias instead when the configuration has one.
QString knownHostsName(const HostConfig& config);

// Looks in all known_hosts files of the configuration: plain, hashed, patterns, negation, @revoked (sshd(8), SSH_KNOWN_HOSTS FILE
// FORMAT). Lines of @cert-authority are passed over: host certificates are not supported.
HostKeyVerdict judgeHostKey(const HostConfig& config, const HostKey& key);
// Types of the keys that are known for the host, in the order of the files: what to ask the server for first.
QByteArrayList knownKeyTypes(const HostConfig& config);
// Appends to the first known_hosts file of the user, which is created with its directory when missing. Errors: Storage.
Expected<void> addHostKey(const HostConfig& config, const HostKey& key);

} // namespace elephaas::ssh
