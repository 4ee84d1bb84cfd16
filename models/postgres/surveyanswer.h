#pragma once

#include "models/postgres/survey.h"

#include <QByteArray>
#include <QHash>

namespace elephaas {

// What the scripts of the closer look wrote (resources/probe/survey.sh and trial.sh), and what it means.
class SurveyAnswer final {
public:
    // Reads whole lines "TAG 0 KEY VALUES" and nothing else; what is missing, also at the end, is unknown.
    SurveyAnswer(QByteArrayView output, QByteArrayView tag);

    bool hasBegun() const { return m_begun; }
    // The server's clock in milliseconds since the epoch, and how exact it is; fails where the server did not say.
    std::optional<std::pair<qint64, std::chrono::milliseconds>> serverTime() const;
    Survey survey() const; // without `instance`, `at` and the clock
    ConnectionTrial trial(bool replication) const;

private:
    void add(QByteArrayView line);
    void addFact(QByteArrayView line);
    QByteArray value(const char* key) const { return m_values.value(key); }
    QByteArray fact(const char* key) const { return m_facts.value(key); }
    void takeServer(Survey& seen) const;
    void takeDirectory(Survey& seen) const;
    void takeControl(Survey& seen) const;
    void takeFacts(Survey& seen) const;
    QString complaints(std::initializer_list<const char*> about) const;
    std::optional<Error> reason(const Survey& seen) const;

    bool m_begun = false;
    bool m_ended = false;
    QByteArray m_time;
    QHash<QByteArray, QByteArray> m_values;
    QHash<QByteArray, QByteArray> m_facts;
    QHash<QByteArray, QByteArray> m_control;
    QHash<QByteArray, QString> m_complaints; // remote words by what they are about
    Survey m_lists; // what comes one a line
};

} // namespace elephaas
