#pragma once

#include "models/domain/observation.h"

#include <QByteArray>
#include <QHash>

namespace elephaas {

// What the probe's script wrote of one instance (resources/probe/probe.sh), and what it means.
class ProbeAnswer final {
public:
    // A line without its random word and id. Lines that nobody would write are passed over.
    void add(QByteArrayView line);
    Observation observation(InstanceId instance, const QDateTime& now) const;

private:
    QByteArray fact(const char* name) const { return m_facts.value(name); }
    QByteArray control(const char* name) const { return m_control.value(name); }
    QString text(const char* name) const;
    void takeFacts(Observation& seen, const QDateTime& now) const;
    void takeFiles(Observation& seen, const QDateTime& now) const;
    void takeUpstream(Observation& seen) const;
    Role roleInRecovery(const Observation& seen) const;
    bool didNotAnswer() const;
    bool foundByPortOnly() const;
    std::optional<Error> otherDirectory(const Observation& seen) const;
    std::optional<Error> reason(const Observation& seen) const;

    QHash<QByteArray, QByteArray> m_values;
    QHash<QByteArray, QByteArray> m_facts;
    QHash<QByteArray, QByteArray> m_control;
    QHash<QByteArray, QString> m_complaints; // remote words by what they are about
    std::vector<Follower> m_followers;
};

} // namespace elephaas
