#pragma once

#include "models/ports/dnsdirectory.h"

#include <memory>
#include <mutex>

namespace elephaas {

// The DNS as the team's settings of the moment say: what holds it need not be told when they change. Any thread.
class TeamDnsDirectory final : public DnsDirectory {
public:
    // `noKey`: why changes cannot be signed, where that is so. null: it is not set up, and every question is answered with that.
    void use(std::shared_ptr<DnsDirectory> directory, std::optional<Error> noKey = {});
    bool isSetUp() const;

    Expected<DnsReading> read(const QString& name, std::stop_token stop) override;
    Expected<void> rehearse(const DnsChange& change, std::stop_token stop) override;
    Expected<void> replace(const DnsChange& change, std::stop_token stop) override;

private:
    Expected<std::shared_ptr<DnsDirectory>> current(bool toChange) const;

    mutable std::mutex m_mutex;
    std::shared_ptr<DnsDirectory> m_directory;
    std::optional<Error> m_noKey;
};

} // namespace elephaas
