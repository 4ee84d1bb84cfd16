#pragma once

#include "models/domain/error.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <variant>

namespace elephaas {

// Whom to talk to. `host` is the inventory's name: the OpenSSH configuration may turn it into another address, port or user.
// `user` and `port` override it when set.
struct RemoteTarget {
    QString host;
    QString user = {};
    int port = 0;
    bool operator==(const RemoteTarget&) const = default;
};

// What a shell on a server stays open for: most of what a short question costs is the start of its shell.
struct KeptFor {
    QByteArray key; // what it is kept for; questions with the same server, command and key are put one after the other
    QByteArray prelude = {}; // the script that it reads before the first of them
    // For one answer: what takes longer is asked in the usual way, with all that bounds it there, and with the command's time anew.
    std::chrono::milliseconds patience{5000};
};

struct RemoteCommand {
    RemoteTarget target;
    QByteArray command; // given to the remote user's shell as it is: the caller has quoted it
    QByteArray input = {}; // standard input, then end of file
    std::chrono::milliseconds timeout{60000}; // from the call to the end, connecting included
    // How long the remote process group has between TERM and KILL when the command is cancelled or out of time.
    std::chrono::milliseconds killGrace{3000};
    qsizetype outputLimit = 256 * 1024; // bytes kept of each stream: head and tail; the sink still sees everything
    // Set only where `command` is a POSIX shell that reads a script, `input`, from its standard input, and the script changes nothing, or
    // the same when it is done twice: it may be given to a shell that is open already, as the text of eval in a subshell with an empty
    // standard input, and to a new one after that.
    std::optional<KeptFor> kept = {};
};

// The four ends of a remote command.
struct Exited {
    int code = 0;
    bool operator==(const Exited&) const = default;
};
struct Signalled {
    QString signal; // "TERM", as RFC 4254 section 6.10 names them
    bool operator==(const Signalled&) const = default;
};
struct OutcomeUnknown { // the link was lost, or time ran out, after the command was sent
    Error error;
    bool operator==(const OutcomeUnknown&) const = default;
};
struct NotStarted { // nothing was sent
    Error error;
    bool operator==(const NotStarted&) const = default;
};
using RemoteOutcome = std::variant<Exited, Signalled, OutcomeUnknown, NotStarted>;

// A stream of which only head and tail were kept when it passed the limit.
struct CappedOutput {
    QByteArray head;
    QByteArray tail = {};
    qint64 total = 0; // bytes received
    bool isCapped() const { return total > head.size() + tail.size(); }
};

struct RemoteResult {
    RemoteOutcome outcome;
    CappedOutput output = {};
    CappedOutput errors = {};
    std::chrono::milliseconds elapsed{0};
    // Set when the command was cancelled or out of time: whether the remote process group was seen to be gone.
    enum class Ended { NotAsked, Gone, StillThere, Unknown } ended = Ended::NotAsked;

    bool succeeded() const
    {
        const auto* exited = std::get_if<Exited>(&outcome);
        return exited && exited->code == 0;
    }
};

enum class OutputStream { Output, Errors };
// Called on the thread that runs the command, in order, with chunks as they arrive.
using OutputSink = std::function<void(OutputStream, QByteArrayView)>;

// How two commands ended whose streams were tied together, and what went between them.
struct RelayResult {
    RemoteResult source;
    RemoteResult target;
    qint64 toTarget = 0; // bytes
    qint64 toSource = 0;
    bool succeeded() const { return source.succeeded() && target.succeeded(); }
};
// What it means to one of them when the other one is lost: its work is useless; or it knows best what to do then.
enum class RelayKind { Transfer, Conversation };
// Called now and then, on any thread, one call at a time, with the bytes so far.
using RelayProgress = std::function<void(qint64 toTarget, qint64 toSource)>;

// Runs commands on servers. run() blocks; call it from any worker thread, many at once. The implementation keeps sessions warm and
// throttles connects and channels per host.
class RemoteShell {
public:
    virtual ~RemoteShell() = default;
    // `sink` may be empty. Cancelling ends the remote process group (TERM, after the grace KILL) and then returns what is known.
    virtual RemoteResult run(const RemoteCommand& command, const OutputSink& sink, std::stop_token stop) = 0;
    // Runs both at once, on two servers or on one; the standard output of each is the standard input of the other, through this computer.
    // The sinks get the standard errors only (and the results keep no output). When one ends, its output is passed on to the end and the
    // other one's input is closed; when one could not be started, or its end is not known, the other is ended as if cancelled - but of
    // two that were started in a conversation, the other one's input is closed then, too, and it ends by itself; and so do both, within five
    // minutes, when the time is over or `stop` fires. The commands' own `input` is not used. An implementation that cannot relay starts nothing.
    virtual RelayResult relay(const RemoteCommand& source, const RemoteCommand& target, const OutputSink& sourceErrors,
        const OutputSink& targetErrors, const RelayProgress& progress, std::stop_token stop, RelayKind kind = RelayKind::Transfer);
    // Ends the shells that stay open for questions of this key there, with all that they have open (a database connection would keep a
    // smart shutdown waiting). Blocks shortly; one that is at work is ended when it is done.
    virtual void letGo(const RemoteTarget& /*target*/, const QByteArray& /*key*/) { }
};

inline RelayResult RemoteShell::relay(const RemoteCommand& /*source*/, const RemoteCommand& /*target*/, const OutputSink& /*sourceErrors*/,
    const OutputSink& /*targetErrors*/, const RelayProgress& /*progress*/, std::stop_token /*stop*/, RelayKind /*kind*/)
{
    const NotStarted no{{.kind = ErrorKind::Unsupported, .what = {}}};
    return {.source = {.outcome = no}, .target = {.outcome = no}};
}

// A host key that no known_hosts file has. Changed keys are never asked about: they are refused.
struct HostKeyQuestion {
    QString host; // as the user knows it, with the port when it is not 22
    QString keyType; // "ssh-ed25519"
    QString fingerprint; // "SHA256:…"
};

// Asks a person; blocks the calling worker until there is an answer or the stop token fires (then: no). Thread-safe.
class HostKeyAsker {
public:
    virtual ~HostKeyAsker() = default;
    virtual bool accept(const HostKeyQuestion& question, std::stop_token stop) = 0;
};

} // namespace elephaas
