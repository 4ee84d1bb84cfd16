#pragma once

#include "app/adapters/ssh/channel.h"
#include "app/adapters/ssh/relaypipe.h"
#include "app/adapters/ssh/remotegroup.h"

namespace elephaas::ssh {

// Keeps head and tail of a stream.
class CappedBuffer {
public:
    explicit CappedBuffer(qsizetype limit) : m_limit(limit) { }
    void add(QByteArrayView data);
    CappedOutput take();

private:
    qsizetype m_limit;
    CappedOutput m_kept;
    QByteArray m_ring; // the last bytes, of which the newest may start anew at the front
    qsizetype m_ringStart = 0;
};

// Runs another command on a second connection to the same server and gives its output: for a server that allows one channel only.
using SecondConnection = std::function<std::optional<QByteArray>(const QByteArray& command, const Patience& patience)>;

// Ends a process group on the server of `session`, over it or else over `second` (may be empty).
GroupEnd endGroup(Session& session, qint64 group, std::chrono::milliseconds grace, Heartbeat heartbeat, const SecondConnection& second);

// A random word of this process that marks its lines in other programs' output.
const QByteArray& marker();

// One command on one session, from the opening of its channel to its end.
class CommandRun {
public:
    // `relay`: input and output go through it instead, and the command is not sent before the other end is ready.
    CommandRun(Session& session, const RemoteCommand& command, const OutputSink& sink, Heartbeat heartbeat, const Patience& patience,
        RelayEnd* relay = nullptr);

    // The result's `elapsed` is left to the caller.
    RemoteResult run(const SecondConnection& second);
    // True when nothing of the command can have reached the server because the session was dead: safe to try on another one.
    bool sessionWasDead() const { return m_sessionWasDead; }
    // False when the session is dead, or something of this command may still be going on in it.
    bool isSessionUsable() const { return m_isSessionUsable; }

private:
    std::optional<Error> openChannel();
    std::optional<Error> awaitOtherEnd();
    bool accepts(qsizetype size);
    void relayOutput(QByteArrayView data);
    void tendRelay();
    void receive(OutputStream stream, QByteArrayView data);
    bool isOver();
    bool drained();
    void step();
    void writeInput();
    bool hasInput();
    void pump();
    bool isLinkLost();
    void endGroup(const SecondConnection& second);
    RemoteOutcome outcome();
    TimePoint nextWake() const;

    Session& m_session;
    const RemoteCommand& m_command;
    const OutputSink m_sink; // its own: a caller may hand in one that it made on the spot
    const Heartbeat m_heartbeat;
    const Patience& m_patience;
    RelayEnd* m_relay;
    Channel m_channel;
    QByteArray m_line;
    MarkerFilter m_filter;
    CappedBuffer m_output;
    CappedBuffer m_errors;
    QByteArray m_input; // of which so much is written
    qsizetype m_written = 0;
    qint64 m_unwanted = 0; // bytes of output that nobody was there to read
    bool m_hangUp = false;
    TimePoint m_nextTrickle;
    bool m_accepted = false;
    bool m_refused = false;
    bool m_inputEnded = false;
    bool m_sessionWasDead = false;
    bool m_isSessionUsable = false;
    bool m_linkLost = false;
    std::optional<Error> m_reason; // why it was ended early
    std::optional<TimePoint> m_giveUp; // after the group was ended
    RemoteResult::Ended m_ended = RemoteResult::Ended::NotAsked;
    TimePoint m_lastData;
    int m_quietAnswers = 0;
    bool m_askedWhileDraining = false;
};

} // namespace elephaas::ssh
