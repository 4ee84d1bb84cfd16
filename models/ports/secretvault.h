#pragma once

#include "models/domain/error.h"

#include <QString>

#include <chrono>
#include <optional>

namespace elephaas {

// The desktop's keychain. Calls block at most for the deadline; never call them from the GUI thread.
class SecretVault {
public:
    virtual ~SecretVault() = default;
    virtual Expected<std::optional<QString>> read(const QString& key, std::chrono::milliseconds deadline) = 0;
    virtual Expected<void> write(const QString& key, const QString& secret, std::chrono::milliseconds deadline) = 0;
};

} // namespace elephaas
