#include "app/adapters/secrets/keychainvault.h"

#include <QCoreApplication>
#include <QObject>
#include <QThread>

#include <qt6keychain/keychain.h>

#include <condition_variable>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

const QString service = u"elephaas"_s;

QString tr(const char* text) { return QCoreApplication::translate("KeychainVault", text); }

Error notKept(const QString& detail)
{
    return {ErrorKind::Storage, tr("The keychain did not take the password; it is kept in memory until the console ends."),
        tr("keychain"), detail, tr("Unlock the keychain and save the password again.")};
}

} // namespace

// One question to the keychain. The worker waits for `done`; a job that comes too late finds nobody and ends.
struct KeychainVault::Request {
    QString key;
    std::optional<QString> secret; // to be written; unset: to be read

    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    QKeychain::Error error = QKeychain::OtherError;
    QString errorText;
    QString answer;
};

// Lives in the GUI thread, where QtKeychain's own callbacks arrive.
class KeychainVault::Jobs final : public QObject {
public:
    void start(const std::shared_ptr<Request>& request)
    {
        QMetaObject::invokeMethod(this, [this, request] { run(request); }, Qt::QueuedConnection);
    }

private:
    void run(const std::shared_ptr<Request>& request)
    {
        if (request->secret) {
            auto* job = new QKeychain::WritePasswordJob(service, this);
            job->setTextData(*request->secret);
            begin(job, request, [] { return QString(); });
        } else {
            auto* job = new QKeychain::ReadPasswordJob(service, this);
            begin(job, request, [job] { return job->textData(); });
        }
    }

    template <class Answer>
    void begin(QKeychain::Job* job, const std::shared_ptr<Request>& request, Answer answer)
    {
        job->setAutoDelete(true);
        job->setInsecureFallback(false);
        job->setKey(request->key);
        connect(job, &QKeychain::Job::finished, this, [job, request, answer] {
            const std::lock_guard lock(request->mutex);
            request->error = job->error();
            request->errorText = job->errorString();
            request->answer = answer();
            request->done = true;
            request->changed.notify_all();
        });
        job->start();
    }
};

KeychainVault::KeychainVault()
    : m_jobs(std::make_unique<Jobs>())
{
}

KeychainVault::~KeychainVault() = default;

Expected<std::optional<QString>> KeychainVault::run(
    const std::shared_ptr<Request>& request, std::chrono::milliseconds deadline)
{
    Q_ASSERT(QThread::currentThread() != m_jobs->thread());
    m_jobs->start(request);
    std::unique_lock lock(request->mutex);
    if (!request->changed.wait_for(lock, deadline, [&] { return request->done; })) {
        return fail({ErrorKind::TimedOut, tr("The keychain did not answer in time."), tr("keychain"), {},
            tr("Unlock it, or give the password again.")});
    }
    if (request->error == QKeychain::NoError)
        return std::optional(request->answer);
    if (request->error == QKeychain::EntryNotFound)
        return std::optional<QString>();
    return fail({ErrorKind::Storage, tr("The keychain could not be used."), tr("keychain"), request->errorText,
        tr("Without a keychain, passwords are kept in memory until the console ends.")});
}

Expected<std::optional<QString>> KeychainVault::read(const QString& key, std::chrono::milliseconds deadline)
{
    {
        const std::lock_guard lock(m_mutex);
        if (const auto it = m_session.constFind(key); it != m_session.constEnd())
            return std::optional(*it);
    }
    auto request = std::make_shared<Request>();
    request->key = key;
    return run(request, deadline);
}

Expected<void> KeychainVault::write(const QString& key, const QString& secret, std::chrono::milliseconds deadline)
{
    {
        const std::lock_guard lock(m_mutex);
        m_session.insert(key, secret);
    }
    auto request = std::make_shared<Request>();
    request->key = key;
    request->secret = secret;
    const auto result = run(request, deadline);
    if (!result)
        return fail(notKept(result.error().text()));
    return {};
}

} // namespace elephaas
