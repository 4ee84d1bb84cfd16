#pragma once

#include "models/domain/error.h"

#include <QByteArray>
#include <QString>

#include <functional>

namespace elephaas {

// Passwords and keys, by name: in the desktop's keychain, and where there is none, only as long as the program runs. They are never written
// anywhere else.
//
// To be called on the GUI thread; the functions are called there, too, once each, before the vault's patience is over, maybe at once.
class SecretVault {
public:
    enum class Kept { InKeychain, ThisSession };
    // ThisSession: `why` tells what is wrong with the keychain.
    using Written = std::function<void(Kept kept, const Error& why)>;
    // NotFound: there is no such secret, or the keychain is locked, which it does not tell; TimedOut; PermissionDenied: the person said no, or the
    // desktop; Unsupported: there is no keychain.
    using Read = std::function<void(const Expected<QByteArray>& secret)>;
    using Removed = std::function<void(const Expected<void>& outcome)>;

    virtual ~SecretVault() = default;
    // What was written in this session is given whatever the keychain does.
    virtual void read(const QString& name, Read done) = 0;
    virtual void write(const QString& name, const QByteArray& secret, Written done) = 0;
    // What is not there is no error.
    virtual void remove(const QString& name, Removed done) = 0;
};

} // namespace elephaas
