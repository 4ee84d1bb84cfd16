#include "app/adapters/secrets/keychainvault.h"

#include <QTimer>

#include <memory>

#include <qt6keychain/keychain.h>

namespace elephaas {

namespace {

Error errorOf(const QKeychain::Job& job, const QString& name)
{
    Error error{.kind = ErrorKind::Unsupported, .what = KeychainVault::tr("The keychain could not be used."), .where = name, .detail = job.errorString(),
        .remedy = KeychainVault::tr("Start the desktop's keychain, or enter the secret each time.")};
    switch (job.error()) {
    case QKeychain::EntryNotFound:
        error.kind = ErrorKind::NotFound;
        error.what = KeychainVault::tr("The keychain has no such entry, or is locked.");
        error.remedy = KeychainVault::tr("Unlock it, or enter the secret again.");
        break;
    case QKeychain::AccessDeniedByUser:
    case QKeychain::AccessDenied:
        error.kind = ErrorKind::PermissionDenied;
        error.what = KeychainVault::tr("The keychain did not give access.");
        break;
    case QKeychain::NoBackendAvailable:
    case QKeychain::NotImplemented: error.what = KeychainVault::tr("There is no keychain on this desktop."); break;
    case QKeychain::NoError:
    case QKeychain::CouldNotDeleteEntry:
    case QKeychain::OtherError: break;
    }
    return error;
}

} // namespace

KeychainVault::KeychainVault(QString service, std::chrono::milliseconds patience, QObject* parent)
    : QObject(parent), m_service(std::move(service)), m_patience(patience)
{
}

void KeychainVault::start(QKeychain::Job* job, const QString& name, std::function<void(const Expected<void>&, QKeychain::Job*)> ended)
{
    job->setInsecureFallback(false);
    job->setKey(name);
    // Whoever comes first takes the function away from the other one.
    const auto waiting = std::make_shared<decltype(ended)>(std::move(ended));
    const auto end = [waiting](const Expected<void>& outcome, QKeychain::Job* with) {
        if (const auto call = std::exchange(*waiting, {}))
            call(outcome, with);
    };
    connect(job, &QKeychain::Job::finished, this, [end, name](QKeychain::Job* finished) {
        end(finished->error() == QKeychain::NoError ? Expected<void>() : fail(errorOf(*finished, name)), finished);
    });
    QTimer::singleShot(m_patience, this, [end, name] {
        end(fail({.kind = ErrorKind::TimedOut, .what = tr("The keychain does not answer."), .where = name,
                .remedy = tr("Look whether it asks for its password behind another window.")}),
            nullptr);
    });
    job->start();
}

void KeychainVault::read(const QString& name, Read done)
{
    if (const auto kept = m_session.constFind(name); kept != m_session.constEnd())
        return done(*kept);
    auto* job = new QKeychain::ReadPasswordJob(m_service); // deletes itself
    start(job, name, [job, done = std::move(done)](const Expected<void>& outcome, QKeychain::Job*) {
        if (outcome)
            done(job->binaryData());
        else
            done(fail(outcome.error()));
    });
}

void KeychainVault::write(const QString& name, const QByteArray& secret, Written done)
{
    m_session.insert(name, secret); // until the keychain has it
    auto* job = new QKeychain::WritePasswordJob(m_service);
    job->setBinaryData(secret);
    start(job, name, [this, name, secret, done = std::move(done)](const Expected<void>& outcome, QKeychain::Job*) {
        if (!outcome)
            return done(Kept::ThisSession, outcome.error());
        if (m_session.value(name) == secret) // not written anew meanwhile
            m_session.remove(name);
        done(Kept::InKeychain, {});
    });
}

void KeychainVault::remove(const QString& name, Removed done)
{
    m_session.remove(name);
    auto* job = new QKeychain::DeletePasswordJob(m_service);
    start(job, name, [done = std::move(done)](const Expected<void>& outcome, QKeychain::Job*) {
        if (outcome || outcome.error().kind == ErrorKind::NotFound)
            done({});
        else
            done(fail(outcome.error()));
    });
}

} // namespace elephaas
