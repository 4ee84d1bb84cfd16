#pragma once

#include "models/ports/remoteshell.h"

#include <memory>

namespace elephaas {

// RemoteShell on libssh, with the conventions of OpenSSH: ~/.ssh/config, agent, keys, certificates, known_hosts, jump hosts and
// proxy commands. Public keys only: no passwords, no keyboard-interactive, no GSSAPI. Thread-safe.
//
// - A warm session that turns out to be dead is replaced once, and only when nothing of the command can have been sent.
// - A command ends when its exit status is here and its streams have ended; a daemon that keeps them open is left behind after
//   what the command wrote has arrived.
// - Cancelling, and running out of time, end the command's process group; run() then takes up to the grace and ten seconds more.
// - A relay sends neither command before both servers have opened a channel. It holds about two of libssh's windows (2.5 MiB) of each
//   direction, then the server has to wait. A command that writes on after the other one has ended gets a broken pipe after two
//   seconds or four megabytes. It needs two sessions, also to one server, and does not wait for others to give them back.
// - A question (RemoteCommand::kept) that has no answer from an open shell in time is put to a new one. Shells that stay open
//   have sessions of their own, at most four a server with eight shells each, beyond sessionsPerHost.
// - The time a person takes to answer about a new host key does not count as the command's.
class SshShell final : public RemoteShell {
public:
    struct Options {
        QString configFile = {}; // as of `ssh -F`; empty: the user's and the system's
        QString sshProgram = QStringLiteral("ssh"); // asked for the configuration where it is not simple; may be missing
        int connectsPerHost = 4; // at once to one sshd
        int sessionsPerHost = 8;
        int warmSessions = 300; // kept open in all, without a command: each takes a descriptor here and a process there
        std::chrono::milliseconds connectTimeout{15'000}; // where the configuration has no ConnectTimeout
        std::chrono::milliseconds idleTime{180'000}; // after which a warm session is closed
        std::chrono::milliseconds keptTime{120'000}; // after which a shell that was kept open for questions is closed
        std::chrono::milliseconds servicePeriod{10'000}; // how often idle sessions are looked after
        std::chrono::milliseconds heartbeatInterval{5'000}; // silence after which the server is asked for a sign of life
        std::chrono::milliseconds heartbeatPatience{15'000}; // silence after which the link is taken for lost
    };

    // Without an asker, new host keys are refused (unless the configuration accepts them).
    SshShell(Options options, std::shared_ptr<HostKeyAsker> asker);
    // No run() may be under way.
    ~SshShell() override;
    SshShell(const SshShell&) = delete;
    SshShell& operator=(const SshShell&) = delete;

    RemoteResult run(const RemoteCommand& command, const OutputSink& sink, std::stop_token stop) override;
    RelayResult relay(const RemoteCommand& source, const RemoteCommand& target, const OutputSink& sourceErrors,
        const OutputSink& targetErrors, const RelayProgress& progress, std::stop_token stop, RelayKind kind = RelayKind::Transfer) override;
    void letGo(const RemoteTarget& target, const QByteArray& key) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace elephaas
