#pragma once

#include "models/postgres/probe.h"
#include "models/postgres/survey.h"

namespace elephaas {

// The closer look at one instance, in one round trip: a shell script for its server, and the reading of its answer.
class SurveyQuestion final {
public:
    // `limit` bounds each question.
    explicit SurveyQuestion(ProbeRequest request, std::chrono::seconds limit = std::chrono::seconds(5));

    // For the remote user's own shell; the script itself is the input.
    static QByteArray command() { return Probe::command(); }
    QByteArray input() const;
    static constexpr qsizetype outputLimit = 4 * 1024 * 1024;

    // Whether the first line is in what has arrived: the server's clock was read before it.
    bool hasBegun(QByteArrayView output) const;
    struct Times { // the console's clock
        QDateTime asked;
        QDateTime begun; // when the first line had come
        QDateTime answered;
    };
    Survey parse(QByteArrayView output, const Times& times) const;

private:
    ProbeRequest m_request;
    std::chrono::seconds m_limit;
    QByteArray m_tag;
};

// Whether a server can be connected to from another one.
class TrialQuestion final {
public:
    // `from` as of the server that connects. `conninfo` is a keyword/value string without a password.
    TrialQuestion(ProbeRequest from, QString conninfo, bool replication, std::chrono::seconds limit = std::chrono::seconds(5));

    QByteArray input() const; // for the shell of Survey::shell
    ConnectionTrial parse(QByteArrayView output) const;

private:
    ProbeRequest m_from;
    QString m_conninfo;
    bool m_replication;
    std::chrono::seconds m_limit;
    QByteArray m_tag;
};

} // namespace elephaas
