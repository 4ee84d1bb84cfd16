#pragma once

#include "models/ports/dnsdirectory.h"

namespace elephaas {

// The DNS by ldns, which builds, signs and reads the messages, and over sockets of the program's own. Has no state but its settings.
class LdnsDirectory final : public DnsDirectory {
public:
    explicit LdnsDirectory(DnsAccess access) : m_access(std::move(access)) { }

    Expected<DnsReading> read(const QString& name, std::stop_token stop) override;
    Expected<void> rehearse(const DnsChange& change, std::stop_token stop) override;
    Expected<void> replace(const DnsChange& change, std::stop_token stop) override;

private:
    const DnsAccess m_access;
};

} // namespace elephaas
