#include "models/postgres/surveyquestion.h"

#include "models/postgres/probetext.h"
#include "models/postgres/shellquote.h"
#include "models/postgres/surveyanswer.h"

#include <QCoreApplication>
#include <QUuid>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Tr {
    Q_DECLARE_TR_FUNCTIONS(elephaas::SurveyQuestion)
};

QByteArray newTag() { return 't' + QUuid::createUuid().toByteArray(QUuid::Id128); }

// A value that no word can carry is left out.
QByteArray assignment(const char* name, const QString& value)
{
    return QByteArray(name) + '=' + (isShellWord(value) ? shellQuote(value) : QByteArray("''")) + '\n';
}

QByteArray settings(const QByteArray& tag, std::chrono::seconds limit, const ProbeRequest& request, const char* questions)
{
    return "tag=" + tag + "\nlimit=" + QByteArray::number(static_cast<qlonglong>(limit.count())) + "\nid=0 asowner=0\n"
        + assignment("cluster", request.baseName) + assignment("port", QString::number(request.port))
        + assignment("data", request.dataDirectory) + assignment("version", request.versionMajor)
        + assignment("sql", QString::fromUtf8(questions));
}

} // namespace

SurveyQuestion::SurveyQuestion(ProbeRequest request, std::chrono::seconds limit)
    : m_request(std::move(request))
    , m_limit(limit)
    , m_tag(newTag())
{
}

QByteArray SurveyQuestion::input() const
{
    const QByteArray first = settings(m_tag, m_limit, m_request, surveyQuestionsText);
    return assignment("settings", QString::fromUtf8(first))
        + assignment("body", QString::fromUtf8(settingsScriptText) + QString::fromUtf8(commonScriptText) + QString::fromUtf8(surveyScriptText))
        + "eval \"$settings\"\neval \"$body\"\nsurvey\n";
}

bool SurveyQuestion::hasBegun(QByteArrayView output) const { return output.contains(QByteArray(m_tag + " begin ")); }

Survey SurveyQuestion::parse(QByteArrayView output, const Times& times) const
{
    const SurveyAnswer answer(output, m_tag);
    Survey seen;
    if (answer.hasBegun()) {
        seen = answer.survey();
    } else {
        seen.error = Error{ErrorKind::Unsupported, Tr::tr("The server did not run the script."), {},
            QString::fromUtf8(output.first(std::min<qsizetype>(output.size(), 1000))),
            Tr::tr("The remote user needs a login shell that can run /bin/sh.")};
    }
    if (const auto time = answer.serverTime(); time && times.asked.isValid() && times.begun.isValid()) {
        const qint64 took = std::max<qint64>(0, times.asked.msecsTo(times.begun));
        const qint64 middle = times.asked.toMSecsSinceEpoch() + took / 2;
        seen.clockOffset = std::chrono::milliseconds(time->first - middle);
        seen.clockUncertainty = std::chrono::milliseconds((took + 1) / 2) + time->second;
    }
    seen.instance = m_request.instance;
    seen.at = times.answered;
    return seen;
}

TrialQuestion::TrialQuestion(ProbeRequest from, QString conninfo, bool replication, std::chrono::seconds limit)
    : m_from(std::move(from))
    , m_conninfo(std::move(conninfo))
    , m_replication(replication)
    , m_limit(limit)
    , m_tag(newTag())
{
}

QByteArray TrialQuestion::input() const
{
    const QByteArray first
        = settings(m_tag, m_limit, m_from, m_replication ? "IDENTIFY_SYSTEM;" : trialQuestionsText);
    return first + assignment("conninfo", m_conninfo) + assignment("replication", m_replication ? u"1"_s : u"0"_s) + settingsScriptText
        + commonScriptText + trialScriptText + "trial\n";
}

ConnectionTrial TrialQuestion::parse(QByteArrayView output) const
{
    return SurveyAnswer(output, m_tag).trial(m_replication);
}

} // namespace elephaas
