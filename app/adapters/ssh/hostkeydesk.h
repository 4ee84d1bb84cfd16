#pragma once

#include "app/adapters/ssh/knownhosts.h"
#include "models/ports/remoteshell.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace elephaas::ssh {

// Decides about host keys that are new: by the configuration, or by asking a person - once, however many commands wait for the
// same host. Thread-safe.
class HostKeyDesk {
public:
    explicit HostKeyDesk(std::shared_ptr<HostKeyAsker> asker) : m_asker(std::move(asker)) { }
    // No error: the key may be trusted, and has been written to known_hosts where that was possible.
    Expected<void> decide(const HostConfig& config, const HostKey& key, const Error& unknown, const StopSignal& stop);
    // Keys accepted since the start, known_hosts writable or not.
    bool isTrusted(const HostConfig& config, const HostKey& key) const;

private:
    using Subject = std::pair<QString, QByteArray>; // host as known_hosts names it, key
    struct Question {
        enum class State { Open, Accepted, Refused, Abandoned } state = State::Open;
    };
    bool ask(const HostConfig& config, const HostKey& key, const StopSignal& stop);
    void trust(const HostConfig& config, const HostKey& key);

    const std::shared_ptr<HostKeyAsker> m_asker;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_answered;
    std::map<Subject, std::shared_ptr<Question>> m_questions;
    std::set<Subject> m_trusted;
};

} // namespace elephaas::ssh
