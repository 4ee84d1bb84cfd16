#include "app/adapters/ssh/session.h"

#include "app/adapters/ssh/authentication.h"
#include "app/adapters/ssh/jumphost.h"
#include "app/adapters/ssh/relaypipe.h"

#include <libssh/server.h>

#include <algorithm>

#include <poll.h>

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Curve25519 first: it costs a tenth of the processor time of post-quantum exchanges, which this libssh has not anyway.
constexpr const char* preferredExchanges[] = {"curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256", "diffie-hellman-group16-sha512",
    "diffie-hellman-group14-sha256", "diffie-hellman-group18-sha512"};

constexpr const char* hostKeyAlgorithms[] = {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "rsa-sha2-512", "rsa-sha2-256", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"};

// The configuration may forbid exchanges; it does not order them.
QByteArray exchanges(const HostConfig& config)
{
    QByteArrayList result;
    for (const char* name : preferredExchanges) {
        if (config.keyExchanges.isEmpty() || config.keyExchanges.contains(QLatin1StringView(name)))
            result += name;
    }
    return result.join(',');
}

// Types that are known for the host come first: else a server with several keys shows one that nobody has seen yet.
QByteArray hostKeys(const HostConfig& config)
{
    const QByteArrayList known = knownKeyTypes(config);
    const auto isKnown = [&](QByteArrayView algorithm) {
        return known.contains(algorithm.startsWith("rsa-") ? QByteArrayView("ssh-rsa") : algorithm);
    };
    QByteArrayList result;
    for (const bool wanted : {true, false}) {
        for (const char* name : hostKeyAlgorithms) {
            if (isKnown(name) == wanted)
                result += name;
        }
    }
    return result.join(',');
}

std::optional<HostKey> serverKey(ssh_session session)
{
    ssh_key key = nullptr;
    char* base64 = nullptr;
    if (ssh_get_server_publickey(session, &key) != SSH_OK)
        return std::nullopt;
    std::optional<HostKey> result;
    if (ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK) {
        const char* type = ssh_key_type(key) == SSH_KEYTYPE_ECDSA_P256 || ssh_key_type(key) == SSH_KEYTYPE_ECDSA_P384
                || ssh_key_type(key) == SSH_KEYTYPE_ECDSA_P521
            ? ssh_pki_key_ecdsa_name(key)
            : ssh_key_type_to_char(ssh_key_type(key));
        result = HostKey{type, base64};
    }
    ssh_string_free_char(base64);
    ssh_key_free(key);
    return result;
}

} // namespace

Session::Session(const HostConfig& config, Transport transport)
    : m_config(config), m_transport(std::move(transport)), m_session(ssh_new())
{
    applyOptions();
}

Session::~Session()
{
    if (m_event) {
        pump(SteadyClock::now(), nullptr); // else libssh may not know that the good-bye can be written
        if (m_inEvent)
            ssh_event_remove_session(m_event, m_session);
        ssh_event_free(m_event);
    }
    // libssh closes a socket that it was given when the connection fails, and forgets its number then; but not here.
    const FileDescriptor socket(ssh_get_fd(m_session));
    ssh_disconnect(m_session);
    ssh_free(m_session);
}

void Session::applyOptions()
{
    const int off = 0;
    const int fd = m_transport.socket.get();
    const auto set = [this](ssh_options_e option, const QByteArray& value) {
        ssh_options_set(m_session, option, value.constData());
    };
    ssh_options_set(m_session, SSH_OPTIONS_PROCESS_CONFIG, &off);
    ssh_options_set(m_session, SSH_OPTIONS_FD, &fd);
    set(SSH_OPTIONS_HOST, m_config.hostName.toUtf8());
    ssh_options_set(m_session, SSH_OPTIONS_PORT, &m_config.port);
    set(SSH_OPTIONS_USER, m_config.user.toUtf8());
    // Host keys are judged here, not by libssh.
    set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    set(SSH_OPTIONS_KEY_EXCHANGE, exchanges(m_config));
    set(SSH_OPTIONS_HOSTKEYS, hostKeys(m_config));
    set(SSH_OPTIONS_CIPHERS_C_S, "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes128-ctr");
    set(SSH_OPTIONS_CIPHERS_S_C, "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes128-ctr");
    ssh_set_blocking(m_session, 0);
    ssh_set_counters(m_session, &m_traffic, nullptr);
}

tl::expected<std::unique_ptr<Session>, OpenFailure> Session::open(const HostConfig& config, Transport transport,
    const std::function<bool(const HostKey&)>& isTrusted, Offers& offers, const Patience& connecting,
    const Patience& loggingIn)
{
    std::unique_ptr<Session> session(new Session(config, std::move(transport)));
    if (auto failure = session->exchangeKeys(connecting))
        return tl::unexpected(std::move(*failure));
    if (auto failure = session->checkHostKey(isTrusted))
        return tl::unexpected(std::move(*failure));
    if (auto failure = authenticate(*session, offers, loggingIn))
        return tl::unexpected(std::move(*failure));
    session->m_event = ssh_event_new();
    session->m_inEvent = ssh_event_add_session(session->m_event, session->m_session) == SSH_OK;
    return session;
}

std::optional<OpenFailure> Session::exchangeKeys(const Patience& patience)
{
    m_transport.socket.release(); // libssh holds it from here on, see the destructor
    const int status = repeat(*this, patience, [this] { return ssh_connect(m_session); });
    if (status == SSH_OK)
        return std::nullopt;
    if (status == SSH_AGAIN)
        return OpenFailure{.error = patience.error(
                               SshText::tr("%1 accepts connections but does not answer as an SSH server.").arg(m_config.hostName),
                               m_config.where())};
    // Without a banner nothing was negotiated: sshd closes like this when too many are connecting (MaxStartups).
    const bool silent = ssh_get_serverbanner(m_session) == nullptr;
    const bool exceeded = lastError().contains("Exceeded MaxStartups"_L1) || lastError().contains("Not allowed at this time"_L1);
    return OpenFailure{.error = {.kind = silent || exceeded ? ErrorKind::Busy : ErrorKind::Unreachable,
                           .what = silent || exceeded
                               ? SshText::tr("The SSH server closed the connection before it said who it is.")
                               : SshText::tr("No SSH connection could be agreed upon."),
                           .where = m_config.where(),
                           .detail = lastError(),
                           .remedy = silent || exceeded
                               ? SshText::tr("It may have too many connections at once (MaxStartups), or refuse this address.")
                               : QString()},
        .tryAgain = silent || exceeded};
}

std::optional<OpenFailure> Session::checkHostKey(const std::function<bool(const HostKey&)>& isTrusted)
{
    const auto key = serverKey(m_session);
    if (!key)
        return OpenFailure{.error = {.kind = ErrorKind::HostKeyUnknown,
                               .what = SshText::tr("The server's host key could not be read."),
                               .where = m_config.where(),
                               .detail = lastError()}};
    const HostKeyVerdict verdict = judgeHostKey(m_config, *key);
    const QString place = SshText::tr("%1, line %2").arg(verdict.file).arg(verdict.line);
    const auto refused = [&](const QString& what, const QString& remedy) {
        return OpenFailure{.error = {.kind = ErrorKind::HostKeyChanged,
                               .what = what,
                               .where = m_config.where(),
                               .detail = SshText::tr("%1 %2 is not what %3 says.")
                                             .arg(QString::fromLatin1(key->type), key->fingerprint(), place),
                               .remedy = remedy}};
    };
    switch (verdict.state) {
    case HostKeyState::Known: return std::nullopt;
    case HostKeyState::Changed:
    case HostKeyState::OtherType:
        return refused(verdict.state == HostKeyState::Changed
                ? SshText::tr("The host key of this server has changed: somebody may be listening in, or it was installed anew.")
                : SshText::tr("This server shows a host key of another type than the known one: somebody may be listening in."),
            SshText::tr("When the change is known and right, remove the old key: ssh-keygen -f \"%1\" -R \"%2\"")
                .arg(verdict.file, knownHostsName(m_config)));
    case HostKeyState::Revoked:
        return refused(SshText::tr("The host key of this server has been revoked."), {});
    case HostKeyState::New:
        if (isTrusted(*key))
            return std::nullopt;
        break;
    }
    return OpenFailure{.error = {.kind = ErrorKind::HostKeyUnknown,
                           .what = SshText::tr("The host key of this server is not known."),
                           .where = m_config.where(),
                           .detail = QString::fromLatin1(key->type) + u' ' + key->fingerprint(),
                           .remedy = SshText::tr("Compare the fingerprint with the server's own, then accept it.")},
        .newKey = key};
}

QString Session::lastError() const { return QString::fromUtf8(ssh_get_error(m_session)); }

bool Session::isAlive() const
{
    return ssh_is_connected(m_session) != 0 && (ssh_get_status(m_session) & (SSH_CLOSED | SSH_CLOSED_ERROR)) == 0;
}

void Session::noteTraffic()
{
    if (m_traffic.in_bytes == m_noted)
        return;
    m_noted = m_traffic.in_bytes;
    m_lastHeard = SteadyClock::now();
}

void Session::pump(TimePoint until, const StopSignal* stop, const WakeUp* wake)
{
    if (!m_inEvent) {
        const int flags = ssh_get_poll_flags(m_session);
        pollfd watched[] = {{ssh_get_fd(m_session), short(POLLIN | ((flags & SSH_WRITE_PENDING) != 0 ? POLLOUT : 0)), 0},
            {stop ? stop->fd() : -1, POLLIN, 0}};
        ::poll(watched, 2, pollTimeout(until));
        return;
    }
    // The stop signal stays readable once it has fired: it must not make later pumps spin.
    const bool watchStop = stop && !stop->requested();
    if (watchStop)
        ssh_event_add_fd(m_event, stop->fd(), POLLIN, [](socket_t, int, void*) { return 0; }, nullptr);
    if (wake) {
        ssh_event_add_fd(
            m_event, wake->fd(), POLLIN,
            [](socket_t, int, void* user) {
                static_cast<const WakeUp*>(user)->quiet();
                return 0;
            },
            const_cast<WakeUp*>(wake));
    }
    ssh_event_dopoll(m_event, stop && stop->requested() ? 0 : pollTimeout(until));
    if (watchStop)
        ssh_event_remove_fd(m_event, stop->fd());
    if (wake)
        ssh_event_remove_fd(m_event, wake->fd());
    noteTraffic();
}

void Session::askForLife()
{
    if (!isAlive())
        return;
    // A request that has been answered is put away by the next call, and only the one after it sends again.
    if (m_asked && hasAnswered())
        ssh_send_keepalive(m_session);
    m_asked = true;
    m_bytesWhenAsked = m_traffic.in_bytes;
    ssh_send_keepalive(m_session);
}

bool Session::isLost(Heartbeat heartbeat, TimePoint since)
{
    const auto silence = SteadyClock::now() - std::max(m_lastHeard, since);
    if (!isAlive() || silence >= heartbeat.patience)
        return true;
    if (silence >= heartbeat.interval)
        askForLife();
    return false;
}

bool Session::hasAnswered() { return m_asked && m_traffic.in_bytes != m_bytesWhenAsked; }

int repeat(Session& session, const Patience& patience, const std::function<int()>& call)
{
    for (;;) {
        const int status = call();
        if (status != SSH_AGAIN)
            return status;
        if (patience.isOver() || !session.isAlive())
            return session.isAlive() ? SSH_AGAIN : SSH_ERROR;
        session.pump(patience.until, &patience.stop);
    }
}

} // namespace elephaas::ssh
