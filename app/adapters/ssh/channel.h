#pragma once

#include "app/adapters/ssh/session.h"
#include "models/ports/remoteshell.h"

namespace elephaas::ssh {

// One session channel (RFC 4254 section 6) with what has arrived on it. Lives shorter than its session.
class Channel {
public:
    explicit Channel(Session& session);
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    // SSH_OK, SSH_AGAIN (the patience was over) or SSH_ERROR (refused, or the session is dead).
    int open(const Patience& patience);
    // Sends the request at the first call; SSH_AGAIN until the server has answered.
    int requestExec(const QByteArray& command);
    ssh_channel handle() const { return m_channel; }

    bool hasEnded() const { return m_status.has_value() || !m_signal.isEmpty(); }
    const std::optional<int>& exitStatus() const { return m_status; }
    const QString& exitSignal() const { return m_signal; }
    bool isEof() const { return m_eof && m_held == 0; }
    bool isClosed() const { return m_closed && m_held == 0; }
    // Output that was not accepted; the server sends no more than the window that it has been granted before.
    qsizetype held() const { return m_held; }
    // Gives what is held to the sink, accepted or not.
    void takeHeld();
    // Tells the server that nobody reads any more, nor writes: the command's next write fails as in a broken pipe. Its end is still told.
    void close() { ssh_channel_close(m_channel); }

    // Called with every chunk as it arrives; set it before requestExec().
    OutputSink sink;
    // Asked before so much output is given to the sink; when there is nobody to ask, everything is. What is refused stays here, together
    // with what arrives later.
    std::function<bool(qsizetype size)> accepts;

private:
    int receive(OutputStream stream, QByteArrayView data);

    Session& m_session;
    ssh_channel m_channel = nullptr;
    ssh_channel_callbacks_struct m_callbacks{};
    std::optional<int> m_status;
    QString m_signal;
    qsizetype m_held = 0;
    bool m_isTaking = false;
    bool m_eof = false;
    bool m_closed = false;
};

} // namespace elephaas::ssh
