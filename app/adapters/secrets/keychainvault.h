#pragma once

#include "models/ports/secretvault.h"

#include <QMap>
#include <QObject>

#include <chrono>

namespace QKeychain {
class Job;
}

namespace elephaas {

// The desktop's keychain by QtKeychain (the Secret Service, KWallet). A job of it can take for ever, as where the keychain asks for its password
// and nobody answers: each has a deadline, after which nobody waits for it any more. The library's own storage in a plain file is never used.
class KeychainVault final : public QObject, public SecretVault {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(KeychainVault)

public:
    // `service`: under which the keychain lists the entries, "ElepHaaS".
    explicit KeychainVault(QString service, std::chrono::milliseconds patience = std::chrono::seconds(20), QObject* parent = nullptr);

    void read(const QString& name, Read done) override;
    void write(const QString& name, const QByteArray& secret, Written done) override;
    void remove(const QString& name, Removed done) override;

private:
    // `ended`: with what the job says, or that it took too long; exactly once, and not after this object's end.
    void start(QKeychain::Job* job, const QString& name, std::function<void(const Expected<void>& outcome, QKeychain::Job* job)> ended);

    const QString m_service;
    const std::chrono::milliseconds m_patience;
    QMap<QString, QByteArray> m_session; // what the keychain did not take
};

} // namespace elephaas
