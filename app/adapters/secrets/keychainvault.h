#pragma once

#include "models/ports/secretvault.h"

#include <QMap>

#include <functional>
#include <memory>
#include <mutex>

namespace elephaas {

// The desktop's keychain through QtKeychain. Without one, or when it does not answer in time, secrets live in memory for this
// session only, and that is said; the insecure file fallback is never used.
// To be made in the GUI thread (the libraries below call back there), used from any other one; blocks at most for the deadline.
class KeychainVault final : public SecretVault {
    Q_DISABLE_COPY_MOVE(KeychainVault)

public:
    KeychainVault();
    ~KeychainVault() override;

    Expected<std::optional<QString>> read(const QString& key, std::chrono::milliseconds deadline) override;
    // Kept in memory in any case; an error says that it will not outlive this session.
    Expected<void> write(const QString& key, const QString& secret, std::chrono::milliseconds deadline) override;

private:
    struct Request;
    class Jobs;
    Expected<std::optional<QString>> run(const std::shared_ptr<Request>& request, std::chrono::milliseconds deadline);

    std::unique_ptr<Jobs> m_jobs;
    std::mutex m_mutex;
    QMap<QString, QString> m_session;
};

} // namespace elephaas
