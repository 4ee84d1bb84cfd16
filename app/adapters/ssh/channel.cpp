#include "app/adapters/ssh/channel.h"

#include <algorithm>

namespace elephaas::ssh {

namespace {

Channel& self(void* user) { return *static_cast<Channel*>(user); }

} // namespace

Channel::Channel(Session& session)
    : m_session(session), m_channel(ssh_channel_new(session.handle()))
{
    m_callbacks.userdata = this;
    // What is taken here is not buffered by libssh any longer, and the window opens again at once.
    m_callbacks.channel_data_function = [](ssh_session, ssh_channel, void* data, uint32_t size, int isErrors, void* user) {
        return self(user).receive(isErrors != 0 ? OutputStream::Errors : OutputStream::Output,
            QByteArrayView(static_cast<const char*>(data), static_cast<qsizetype>(size)));
    };
    m_callbacks.channel_eof_function = [](ssh_session, ssh_channel, void* user) { self(user).m_eof = true; };
    m_callbacks.channel_close_function = [](ssh_session, ssh_channel, void* user) { self(user).m_closed = true; };
    m_callbacks.channel_exit_status_function
        = [](ssh_session, ssh_channel, int status, void* user) { self(user).m_status = status; };
    // The name of the signal is told nowhere else.
    m_callbacks.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* signal, int, const char*, const char*,
                                                   void* user) { self(user).m_signal = QString::fromUtf8(signal ? signal : "?"); };
    ssh_callbacks_init(&m_callbacks);
    ssh_set_channel_callbacks(m_channel, &m_callbacks);
}

Channel::~Channel()
{
    // libssh keeps the channel until the server has closed it too: it must not call back any more.
    ssh_remove_channel_callbacks(m_channel, &m_callbacks);
    ssh_channel_free(m_channel);
}

// `data`: what has just arrived, after what is held.
int Channel::receive(OutputStream stream, QByteArrayView data)
{
    if (stream == OutputStream::Output) {
        const bool taken = !m_isTaking && (!accepts || accepts(data.size()));
        m_held = taken ? 0 : data.size();
        if (!taken)
            return 0;
    }
    if (sink)
        sink(stream, data);
    return static_cast<int>(data.size());
}

// Every read grants a new window, whatever is left: so nothing may be left.
void Channel::takeHeld()
{
    m_isTaking = true;
    QByteArray block(256 * 1024, Qt::Uninitialized);
    while (m_held > 0) {
        const int count = ssh_channel_read_nonblocking(m_channel, block.data(), uint32_t(block.size()), 0);
        if (count <= 0) { // the session is dead
            m_held = 0;
            break;
        }
        m_held -= std::min<qsizetype>(count, m_held);
        if (sink)
            sink(OutputStream::Output, QByteArrayView(block).first(count));
    }
    m_isTaking = false;
}

int Channel::open(const Patience& patience)
{
    return repeat(m_session, patience, [this] { return ssh_channel_open_session(m_channel); });
}

int Channel::requestExec(const QByteArray& command) { return ssh_channel_request_exec(m_channel, command.constData()); }

} // namespace elephaas::ssh
