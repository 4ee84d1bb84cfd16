#pragma once

#include "app/adapters/ssh/commandrun.h"

namespace elephaas::ssh {

// A shell on a server that stays open and is given one script after the other, each to a subshell. It and its session, which may have others,
// belong to one thread at a time; it lives shorter than its session.
class KeptShell {
public:
    KeptShell(Session& session, Heartbeat heartbeat);
    KeptShell(const KeptShell&) = delete;
    KeptShell& operator=(const KeptShell&) = delete;

    // Starts `command` and has it read the prelude. False: it is of no use.
    bool open(const QByteArray& command, const QByteArray& prelude, const Patience& patience);
    // Nothing when it did not come to an end: the shell is of no use any more. The result's `elapsed` is left to the caller.
    std::optional<RemoteResult> run(const QByteArray& script, qsizetype outputLimit, const OutputSink& sink, const Patience& patience);
    bool isOpen() const { return m_session.isAlive() && !m_channel.hasEnded() && !m_channel.isClosed(); }
    // Ends the shell: closes its input, or kills its process group when it does not come back from a script. Waits until it has gone, shortly;
    // false when it was not seen to be gone.
    bool close(const SecondConnection& second);

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

    Session& m_session;
    const Heartbeat m_heartbeat;
    const QByteArray m_mark;
    Channel m_channel;
    MarkerFilter m_filter;
    const OutputSink* m_sink = nullptr;
    std::optional<Stream> m_output;
    std::optional<Stream> m_errors;
    TimePoint m_since = SteadyClock::now(); // silence before that is none
    bool m_isAtWork = false;
};

} // namespace elephaas::ssh
