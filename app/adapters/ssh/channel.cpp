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
    // What is taken here is never buffered by libssh, and the window opens again at once.
    m_callbacks.channel_data_function = [](ssh_session, ssh_channel, void* data, uint32_t size, int isErrors, void* user) {
        if (const auto& take = self(user).sink)
            take(isErrors != 0 ? OutputStream::Errors : OutputStream::Output,
                QByteArrayView(static_cast<const char*>(data), static_cast<qsizetype>(size)));
        return static_cast<int>(size);
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

int Channel::open(const Patience& patience)
{
    return repeat(m_session, patience, [this] { return ssh_channel_open_session(m_channel); });
}

int Channel::requestExec(const QByteArray& command) { return ssh_channel_request_exec(m_channel, command.constData()); }

} // namespace elephaas::ssh
