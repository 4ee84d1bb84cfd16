#include "tests/integration/planprocess.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QFile>
#include <QJsonDocument>
#include <QThread>

using namespace Qt::Literals::StringLiterals;

namespace elephaas::tests {

PlanProcess::PlanProcess(ReplicationLab& herd)
    : m_herd(herd)
{
}

PlanProcess::Outcome PlanProcess::run(const Plan& plan, const Options& options, const OnLine& onLine)
{
    QFile file(m_state.filePath(u"plan.json"_s));
    if (!file.open(QIODevice::WriteOnly))
        qFatal("no plan file");
    file.write(QJsonDocument(plan.toJson()).toJson());
    file.close();
    const auto& lab = m_herd.lab();
    const QString key = options.key == DnsKey::Right ? lab.tsigKeyFile() : options.key == DnsKey::Wrong ? u"wrong"_s : u"none"_s;
    QProcess process;
    process.setProgram(QCoreApplication::applicationDirPath() + u"/planrun"_s);
    process.setArguments({m_state.filePath(u"operations.sqlite"_s), lab.sshConfigFile(), lab.remoteUser(), file.fileName(),
        options.hasInventory ? u"inventory"_s : u"no-inventory"_s, lab.dnsServer(), key});
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start();
    Outcome outcome;
    const QDeadlineTimer deadline(options.deadline);
    while (process.state() != QProcess::NotRunning || process.canReadLine()) {
        if (deadline.hasExpired()) {
            process.kill();
            process.waitForFinished();
            break;
        }
        if (!process.canReadLine() && !process.waitForReadyRead(200))
            continue;
        const QList<QByteArray> words = process.readLine().trimmed().split(' ');
        const int number = words.value(1).toInt();
        if (words.value(0) == "upstream") {
            const InstanceId above(words.value(2).toLongLong());
            std::ignore = m_herd.setUpstream(InstanceId(number), above.isValid() ? std::optional(above) : std::nullopt, {});
        }
        if (words.value(0) == "command" || (words.value(0) == "started" && !sends(plan, number)))
            outcome.sent.insert(number);
        if (onLine)
            onLine(words, process);
    }
    process.waitForFinished();
    if (const auto found = record(plan.id)) {
        outcome.record = *found;
        outcome.state = found->state;
        outcome.hasRecord = true;
    }
    return outcome;
}

std::optional<OperationRecord> PlanProcess::record(const QUuid& operation)
{
    SqliteJournal journal(m_state.filePath(u"operations.sqlite"_s));
    const auto found = journal.find(operation);
    return found ? std::optional(*found) : std::nullopt;
}

bool PlanProcess::sends(const Plan& plan, int step)
{
    return step >= 0 && step < static_cast<int>(plan.steps.size()) && !plan.steps[static_cast<size_t>(step)].commands().empty();
}

QString PlanProcess::nameOf(OperationState state)
{
    switch (state) {
    case OperationState::Running: return u"unfinished"_s;
    case OperationState::Succeeded: return u"succeeded"_s;
    case OperationState::Warning: return u"succeeded with warnings"_s;
    case OperationState::Failed: return u"failed"_s;
    case OperationState::Cancelled: return u"cancelled"_s;
    case OperationState::Indeterminate: return u"outcome unknown"_s;
    }
    return {};
}

void FaultsTable::start()
{
    if (m_file.isOpen())
        return;
    m_file.setFileName(qEnvironmentVariable("ELEPHAAS_FAULTS_TABLE"));
    if (!m_file.fileName().isEmpty() && !m_file.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
        qFatal("%s: %s", qPrintable(m_file.fileName()), qPrintable(m_file.errorString()));
    tell(u"| operation | step | fault | outcome |"_s);
    tell(u"| --- | --- | --- | --- |"_s);
}

void FaultsTable::tell(const QString& line)
{
    qInfo("%s", qPrintable(line));
    if (m_file.isOpen())
        m_file.write(line.toUtf8() + '\n');
}

bool eventually(std::chrono::milliseconds time, const std::function<bool()>& holds)
{
    const QDeadlineTimer deadline(time);
    while (!holds()) {
        if (deadline.hasExpired())
            return false;
        QThread::msleep(100);
    }
    return true;
}

} // namespace elephaas::tests
