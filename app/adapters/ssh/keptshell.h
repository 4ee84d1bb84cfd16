#pragma once

#include "app/adapters/ssh/commandrun.h"
#include "app/adapters/ssh/sessionpool.h"

namespace elephaas::ssh {

// A shell on a server that stays open and is given one script after the other, each to a subshell. Belongs to one thread at a time.
class KeptShell {
public:
    KeptShell(SessionPool::Lease lease, Heartbeat heartbeat);
    KeptShell(const KeptShell&) = delete;
    KeptShell& operator=(const KeptShell&) = delete;
    // Closes the connection where close() was not called, and does not wait: the shell's input ends with it.
    ~KeptShell();

    // Starts `command` and has it read the prelude. False: it is of no use, nor is the connection.
    bool open(const QByteArray& command, const QByteArray& prelude, const Patience& patience);
    // Nothing when it did not come to an end: the shell is of no use any more. The result's `elapsed` is left to the caller.
    std::optional<RemoteResult> run(const QByteArray& script, qsizetype outputLimit, const OutputSink& sink, const Patience& patience);
    // Answers what the server asks of idle clients; false when the shell or the connection has gone.
    bool tend();
    // Ends the shell: closes its input, or kills its process group when it does not come back from a script. Waits until it has gone, shortly.
    void close(const SecondConnection& second);

private:
    // One stream of the shell, in which a marked line is the end of a script's.
    struct Stream {
        CappedBuffer kept;
        QByteArray pending = {};
        std::optional<QByteArray> end = {}; // what stands behind the mark
    };
    bool write(const QByteArray& text, const Patience& patience);
    void receive(OutputStream stream, QByteArrayView data);
    bool isLost() const;

    SessionPool::Lease m_lease;
    const Heartbeat m_heartbeat;
    const QByteArray m_mark;
    Channel m_channel;
    MarkerFilter m_filter;
    const OutputSink* m_sink = nullptr;
    std::optional<Stream> m_output;
    std::optional<Stream> m_errors;
    bool m_isAtWork = false;
    bool m_isClosed = false;
};

} // namespace elephaas::ssh
