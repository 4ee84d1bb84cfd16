#include "app/adapters/ssh/agent.h"

#include "app/adapters/ssh/childprocess.h"

#include <QFile>
#include <QtEndian>

#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace elephaas::ssh {

namespace {

constexpr char requestIdentities = 11;
constexpr char identitiesAnswer = 12;
constexpr char failure = 5;
constexpr quint32 longestMessage = 256 * 1024; // as OpenSSH's agent

QByteArray number(quint32 value)
{
    QByteArray result(4, Qt::Uninitialized);
    qToBigEndian(value, result.data());
    return result;
}

QByteArray string(const QByteArray& text) { return number(static_cast<quint32>(text.size())) + text; }

// Takes "uint32 length, bytes" from the front of `data`. False: it is not there.
bool takeString(QByteArrayView& data, QByteArray& result)
{
    if (data.size() < 4)
        return false;
    const auto size = qFromBigEndian<quint32>(data.data());
    if (size > static_cast<quint64>(data.size() - 4))
        return false;
    result = data.sliced(4, size).toByteArray();
    data = data.sliced(4 + size);
    return true;
}

Error lost(const QString& detail = {})
{
    return {.kind = ErrorKind::Unreachable, .what = SshText::tr("The SSH agent does not answer."), .detail = detail};
}

Expected<void> writeAll(int fd, QByteArrayView data, const Patience& patience)
{
    while (!data.isEmpty()) {
        const auto count = ::send(fd, data.data(), static_cast<std::size_t>(data.size()), MSG_NOSIGNAL);
        if (count >= 0) {
            data = data.sliced(count);
        } else if (errno == EAGAIN) {
            if (waitFor(fd, POLLOUT, patience) != Waited::Ready)
                return fail(patience.error(lost().what, {}));
        } else if (errno != EINTR) {
            return fail(lost(QString::fromLocal8Bit(std::strerror(errno))));
        }
    }
    return {};
}

Expected<QByteArray> readExactly(int fd, qsizetype size, const Patience& patience)
{
    QByteArray result(size, Qt::Uninitialized);
    qsizetype filled = 0;
    while (filled < size) {
        const auto count = ::recv(fd, result.data() + filled, static_cast<std::size_t>(size - filled), 0);
        if (count > 0) {
            filled += count;
        } else if (count < 0 && errno == EAGAIN) {
            if (waitFor(fd, POLLIN, patience) != Waited::Ready)
                return fail(patience.error(lost().what, {}));
        } else if (count == 0 || errno != EINTR) {
            return fail(lost());
        }
    }
    return result;
}

Expected<QByteArray> readMessage(int fd, const Patience& patience)
{
    const auto head = readExactly(fd, 4, patience);
    if (!head)
        return head;
    const auto size = qFromBigEndian<quint32>(head->constData());
    if (size == 0 || size > longestMessage)
        return fail(lost(SshText::tr("It sent a message of %1 bytes.").arg(size)));
    return readExactly(fd, size, patience);
}

} // namespace

Expected<AgentConnection> AgentConnection::open(const QString& path, const Patience& patience)
{
    sockaddr_un address{};
    const QByteArray name = QFile::encodeName(path);
    if (name.isEmpty() || static_cast<std::size_t>(name.size()) >= sizeof address.sun_path)
        return fail(lost());
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.constData(), static_cast<std::size_t>(name.size()));
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // A full backlog answers EAGAIN: an agent that does not accept is no agent.
    if (!socket.isOpen() || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail(lost(QString::fromLocal8Bit(std::strerror(errno))));
    if (patience.isOver())
        return fail(patience.error(lost().what, path));
    return AgentConnection(std::move(socket));
}

Expected<QByteArray> AgentConnection::ask(const QByteArray& message, const Patience& patience)
{
    if (auto written = writeAll(m_socket.get(), string(message), patience); !written)
        return fail(written.error());
    return readMessage(m_socket.get(), patience);
}

Expected<std::vector<AgentKey>> AgentConnection::keys(const Patience& patience)
{
    const auto answer = ask(QByteArray(1, requestIdentities), patience);
    if (!answer)
        return fail(answer.error());
    std::vector<AgentKey> result;
    QByteArrayView data(*answer);
    if (data.size() < 5 || data.front() != identitiesAnswer)
        return result; // a locked agent answers with a failure
    data = data.sliced(5);
    QByteArray blob;
    QByteArray comment;
    while (takeString(data, blob) && takeString(data, comment))
        result.push_back({blob, QString::fromUtf8(comment)});
    return result;
}

void AgentConnection::shutDown() { ::shutdown(m_socket.get(), SHUT_RDWR); }

AgentRelay::AgentRelay(AgentConnection agent, const Patience& patience)
    : m_agent(std::move(agent)), m_patience(patience)
{
    auto pair = socketPair();
    if (!pair)
        return;
    m_clientEnd = std::move(pair->first);
    m_ownEnd = std::move(pair->second);
    m_thread = std::thread([this] { serve(); });
}

AgentRelay::~AgentRelay()
{
    // Wakes the thread wherever it waits.
    if (m_ownEnd.isOpen())
        ::shutdown(m_ownEnd.get(), SHUT_RDWR);
    m_agent.shutDown();
    if (m_thread.joinable())
        m_thread.join();
}

void AgentRelay::show(const AgentKey& key)
{
    const std::scoped_lock lock(m_mutex);
    m_shown = key;
}

void AgentRelay::serve()
{
    for (;;) {
        const auto message = readMessage(m_ownEnd.get(), m_patience);
        if (!message || !writeAll(m_ownEnd.get(), string(answer(*message)), m_patience))
            break;
    }
    ::shutdown(m_ownEnd.get(), SHUT_RDWR); // libssh waits for an answer without a deadline: let it see the end
}

QByteArray AgentRelay::answer(const QByteArray& message)
{
    if (message.front() == requestIdentities) {
        const std::scoped_lock lock(m_mutex);
        return identitiesAnswer + number(1) + string(m_shown.blob) + string(m_shown.comment.toUtf8());
    }
    return m_agent.ask(message, m_patience).value_or(QByteArray(1, failure));
}

QByteArray blobType(const QByteArray& blob)
{
    QByteArrayView data(blob);
    QByteArray type;
    return takeString(data, type) ? type : QByteArray();
}

} // namespace elephaas::ssh
