#include "app/adapters/ssh/hostkeydesk.h"

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;

namespace {

std::pair<QString, QByteArray> subjectOf(const HostConfig& config, const HostKey& key)
{
    return {knownHostsName(config), key.type + ' ' + key.base64};
}

} // namespace

bool HostKeyDesk::isTrusted(const HostConfig& config, const HostKey& key) const
{
    const std::scoped_lock lock(m_mutex);
    return m_trusted.contains(subjectOf(config, key));
}

Expected<void> HostKeyDesk::decide(const HostConfig& config, const HostKey& key, const Error& unknown, const StopSignal& stop)
{
    if (isTrusted(config, key))
        return {};
    switch (config.newHostKey) {
    case NewHostKey::AcceptNew: trust(config, key); return {};
    case NewHostKey::Refuse: return fail(unknown);
    case NewHostKey::Ask: break;
    }
    if (m_asker && ask(config, key, stop))
        return {};
    if (stop.requested())
        return fail({.kind = ErrorKind::Cancelled, .what = SshText::tr("Cancelled."), .where = config.where()});
    return fail(unknown);
}

bool HostKeyDesk::ask(const HostConfig& config, const HostKey& key, const StopSignal& stop)
{
    const Subject subject = subjectOf(config, key);
    std::unique_lock lock(m_mutex);
    for (auto found = m_questions.find(subject); found != m_questions.end(); found = m_questions.find(subject)) {
        const std::shared_ptr<Question> question = found->second;
        m_answered.wait(lock, stop.token(), [&] { return question->state != Question::State::Open; });
        if (question->state != Question::State::Abandoned)
            return question->state == Question::State::Accepted;
        if (stop.requested())
            return false;
    }
    if (m_trusted.contains(subject))
        return true;
    const auto question = std::make_shared<Question>();
    m_questions.emplace(subject, question);
    lock.unlock();

    const QString host = config.port == 22 ? config.name : config.name + u':' + QString::number(config.port);
    const bool accepted = m_asker->accept({host, QString::fromLatin1(key.type), key.fingerprint()}, stop.token());
    if (accepted)
        trust(config, key);

    lock.lock();
    // Who was called off has not answered: the next one asks again.
    question->state = accepted ? Question::State::Accepted
        : stop.requested()     ? Question::State::Abandoned
                               : Question::State::Refused;
    m_questions.erase(subject);
    m_answered.notify_all();
    return accepted;
}

void HostKeyDesk::trust(const HostConfig& config, const HostKey& key)
{
    const std::scoped_lock lock(m_mutex);
    // Where known_hosts cannot be written, the key is trusted until the program ends.
    if (m_trusted.insert(subjectOf(config, key)).second) {
        if (const auto added = addHostKey(config, key); !added)
            qWarning("%s", qUtf8Printable(added.error().text()));
    }
}

} // namespace elephaas::ssh
