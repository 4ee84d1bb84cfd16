#include "app/adapters/ssh/authentication.h"

#include "app/adapters/ssh/agent.h"
#include "app/adapters/ssh/configfile.h"

#include <QFile>

#include <algorithm>
#include <memory>

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;

namespace {

struct KeyFree {
    void operator()(ssh_key key) const { ssh_key_free(key); }
};
using Key = std::unique_ptr<std::remove_pointer_t<ssh_key>, KeyFree>;

struct Identity {
    QByteArray id; // the same for the same key at the next connection
    QString name; // for people
    std::optional<AgentKey> agentKey;
    QString file;
    QString certificate; // file
};

QByteArray publicBlob(const QString& file)
{
    ssh_key key = nullptr;
    QByteArray result;
    // The .pub beside it, or the public half that a private key in OpenSSH's format carries in the clear.
    for (const QString& candidate : QStringList{file + u".pub"_s, file}) {
        if (ssh_pki_import_pubkey_file(QFile::encodeName(candidate).constData(), &key) != SSH_OK)
            continue;
        const Key owner(key);
        char* base64 = nullptr;
        if (ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK)
            result = QByteArray::fromBase64(base64);
        ssh_string_free_char(base64);
        if (!result.isEmpty())
            break;
    }
    return result;
}

class Candidates {
public:
    Candidates(const HostConfig& config, std::vector<AgentKey> agentKeys) : m_config(config), m_agentKeys(std::move(agentKeys))
    {
        // The list of defaults stands for nothing having been configured.
        const bool chosen = m_config.identityFiles.size() < defaultIdentityFiles().size()
            || !std::all_of(m_config.identityFiles.begin(), m_config.identityFiles.end(), isDefault);
        addAgentKeysOfFiles();
        if (chosen)
            addFiles();
        if (!m_config.identitiesOnly)
            addOtherAgentKeys();
        if (!chosen)
            addFiles();
    }
    std::vector<Identity> take(const QByteArray& lastAccepted)
    {
        std::stable_partition(
            m_result.begin(), m_result.end(), [&](const Identity& identity) { return identity.id == lastAccepted; });
        return std::move(m_result);
    }

private:
    static bool isDefault(const QString& file) { return file.startsWith(QString(accountHome() + u"/.ssh/id_"_s)); }

    void addAgentKeysOfFiles()
    {
        for (const QString& file : m_config.identityFiles) {
            const QByteArray blob = QFile::exists(file) || QFile::exists(file + u".pub"_s) ? publicBlob(file) : QByteArray();
            m_fileBlobs.push_back(blob);
            for (const AgentKey& key : m_agentKeys) {
                if (!blob.isEmpty() && key.blob == blob)
                    addAgentKey(key);
            }
        }
    }

    void addOtherAgentKeys()
    {
        for (const AgentKey& key : m_agentKeys)
            addAgentKey(key);
    }

    void addAgentKey(const AgentKey& key)
    {
        const QByteArray id = "agent:" + key.blob;
        if (std::any_of(m_result.begin(), m_result.end(), [&](const Identity& known) { return known.id == id; }))
            return;
        m_result.push_back({id, SshText::tr("%1 (agent)").arg(key.comment.isEmpty() ? QString::fromLatin1(blobType(key.blob)) : key.comment),
            key, {}, {}});
    }

    void addFiles()
    {
        for (qsizetype i = 0; i < m_config.identityFiles.size(); ++i) {
            const QString& file = m_config.identityFiles[i];
            const QByteArray agentId = "agent:" + m_fileBlobs[static_cast<std::size_t>(i)];
            if (!QFile::exists(file)
                || std::any_of(m_result.begin(), m_result.end(), [&](const Identity& known) { return known.id == agentId; }))
                continue;
            QStringList certificates = m_config.certificateFiles;
            certificates += file + u"-cert.pub"_s;
            for (const QString& certificate : certificates) {
                if (QFile::exists(certificate))
                    m_result.push_back({"cert:" + certificate.toUtf8() + ':' + file.toUtf8(), certificate, {}, file, certificate});
            }
            m_result.push_back({"file:" + file.toUtf8(), file, {}, file, {}});
        }
    }

    const HostConfig& m_config;
    std::vector<AgentKey> m_agentKeys;
    std::vector<QByteArray> m_fileBlobs;
    std::vector<Identity> m_result;
};

class Login {
public:
    Login(Session& session, Offers& offers, const Patience& patience)
        : m_session(session), m_offers(offers), m_patience(patience)
    {
    }

    std::optional<OpenFailure> run()
    {
        const std::vector<Identity> identities = Candidates(config(), connectAgent()).take(m_offers.accepted);
        for (const Identity& identity : identities) {
            if (m_offers.refused.contains(identity.id))
                continue;
            const int status = offer(identity);
            if (status == SSH_AUTH_SUCCESS) {
                m_offers.accepted = identity.id;
                return std::nullopt;
            }
            if (status == SSH_AUTH_AGAIN)
                return OpenFailure{m_patience.error(SshText::tr("Logging in took too long."), config().where())};
            if (status == SSH_AUTH_PARTIAL)
                return OpenFailure{{.kind = ErrorKind::Authentication,
                    .what = SshText::tr("The server wants more than a key, which this program cannot give."),
                    .where = config().where(),
                    .detail = serverMethods()}};
            if (!m_session.isAlive())
                return disconnected(identity, identities);
        }
        return refused();
    }

private:
    const HostConfig& config() const { return m_session.config(); }

    std::vector<AgentKey> connectAgent()
    {
        if (config().identityAgent.isEmpty())
            return {};
        auto agent = AgentConnection::open(config().identityAgent, m_patience);
        // Listing needs no person: an agent that takes longer hangs, and the key files are still there.
        auto keys = agent.and_then([&](AgentConnection& open) { return open.keys(m_patience.atMost(std::chrono::seconds(5))); });
        if (!keys) {
            m_notes += SshText::tr("the agent at %1 does not answer").arg(config().identityAgent);
            return {};
        }
        if (!keys->empty()) {
            m_relay = std::make_unique<AgentRelay>(std::move(*agent), m_patience);
            ssh_set_agent_socket(m_session.handle(), m_relay->takeClientEnd());
        }
        return std::move(*keys);
    }

    int offer(const Identity& identity)
    {
        if (identity.agentKey) {
            m_relay->show(*identity.agentKey);
            note(identity);
            return repeatLogin([this] { return ssh_userauth_agent(m_session.handle(), nullptr); });
        }
        const Key key = loadKey(identity);
        if (!key)
            return SSH_AUTH_DENIED;
        note(identity);
        return repeatLogin([&] { return ssh_userauth_publickey(m_session.handle(), nullptr, key.get()); });
    }

    void note(const Identity& identity)
    {
        m_offers.refused += identity.id;
        m_offers.names += identity.name;
    }

    int repeatLogin(const std::function<int()>& call)
    {
        const int status = repeat(m_session, m_patience, [&] {
            const int result = call();
            return result == SSH_AUTH_AGAIN ? SSH_AGAIN : result;
        });
        return status == SSH_AGAIN ? SSH_AUTH_AGAIN : status;
    }

    Key loadKey(const Identity& identity)
    {
        bool encrypted = false;
        const auto noPassphrase = [](const char*, char*, size_t, int, int, void* seen) {
            *static_cast<bool*>(seen) = true;
            return -1;
        };
        ssh_key raw = nullptr;
        const int status
            = ssh_pki_import_privkey_file(QFile::encodeName(identity.file).constData(), nullptr, noPassphrase, &encrypted, &raw);
        Key key(raw);
        if (status != SSH_OK) {
            const QString reason = encrypted ? SshText::tr("%1 is encrypted and not in the agent") : SshText::tr("%1 cannot be read");
            if (const QString text = reason.arg(identity.file); !m_notes.contains(text))
                m_notes += text;
            m_encrypted = m_encrypted || encrypted;
            return nullptr;
        }
        if (identity.certificate.isEmpty())
            return key;
        ssh_key certificate = nullptr;
        const int loaded = ssh_pki_import_cert_file(QFile::encodeName(identity.certificate).constData(), &certificate);
        const Key owner(certificate);
        // A certificate of another key is not this key's.
        if (loaded != SSH_OK || ssh_pki_copy_cert_to_privkey(certificate, key.get()) != SSH_OK)
            return nullptr;
        return key;
    }

    std::optional<OpenFailure> disconnected(const Identity& last, const std::vector<Identity>& all)
    {
        const bool more = std::any_of(all.begin(), all.end(), [this](const Identity& identity) {
            return !m_offers.refused.contains(identity.id);
        });
        OpenFailure failure = *refused();
        if (m_session.lastError().contains("Too many authentication failures"_L1) || m_offers.refused.size() > 1) {
            failure.tryMoreKeys = more;
        } else if (m_offers.refused.size() == 1) {
            // It went at the first key: perhaps not because of it.
            m_offers.refused.removeOne(last.id);
            failure.error.kind = ErrorKind::Unreachable;
            failure.error.what = SshText::tr("The server closed the connection while logging in.");
            failure.tryAgain = true;
        }
        failure.error.detail = m_session.lastError() + u"; "_s + failure.error.detail;
        return failure;
    }

    std::optional<OpenFailure> refused()
    {
        Error error{.kind = ErrorKind::Authentication, .what = {}, .where = config().where()};
        error.what = m_offers.names.isEmpty()
            ? SshText::tr("There is no key to log in as %1 on %2 with.").arg(config().user, config().name)
            : SshText::tr("%1 refuses to let %2 in with these keys.").arg(config().name, config().user);
        QStringList details;
        if (!m_offers.names.isEmpty())
            details += SshText::tr("Tried: %1").arg(m_offers.names.join(u", "_s));
        details += m_notes;
        error.detail = details.join(u"; "_s);
        error.remedy = m_encrypted ? SshText::tr("Add the key to the agent: ssh-add FILE")
                                   : SshText::tr("Put the public key into ~%1/.ssh/authorized_keys there, or name another key in ~/.ssh/config.")
                                         .arg(config().user);
        return OpenFailure{std::move(error)};
    }

    QString serverMethods() const
    {
        const int methods = ssh_userauth_list(m_session.handle(), nullptr);
        QStringList names;
        if ((methods & SSH_AUTH_METHOD_PUBLICKEY) != 0)
            names += u"publickey"_s;
        if ((methods & SSH_AUTH_METHOD_PASSWORD) != 0)
            names += u"password"_s;
        if ((methods & SSH_AUTH_METHOD_INTERACTIVE) != 0)
            names += u"keyboard-interactive"_s;
        return names.join(u", "_s);
    }

    Session& m_session;
    Offers& m_offers;
    const Patience& m_patience;
    std::unique_ptr<AgentRelay> m_relay;
    QStringList m_notes;
    bool m_encrypted = false;
};

} // namespace

std::optional<OpenFailure> authenticate(Session& session, Offers& offers, const Patience& patience)
{
    return Login(session, offers, patience).run();
}

} // namespace elephaas::ssh
