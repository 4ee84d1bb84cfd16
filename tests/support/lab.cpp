#include "tests/support/lab.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

#include <libpq-fe.h>

#include <memory>

using namespace Qt::Literals::StringLiterals;

namespace elephaas::tests {

namespace {

QStringList strings(const QJsonValue& value)
{
    QStringList result;
    const QJsonArray array = value.toArray();
    for (const QJsonValue& item : array)
        result.append(item.toString());
    return result;
}

} // namespace

Expected<Lab> Lab::leased()
{
    Lab lab;
    lab.m_program = qEnvironmentVariable("ELEPHAAS_LAB");
    if (lab.m_program.isEmpty() || qEnvironmentVariableIsEmpty("LAB_INSIDE"))
        return fail({.kind = ErrorKind::NotFound,
            .what = u"This test was started without a lab."_s,
            .remedy = u"Start it with: tests/lab/lab lease --hosts 3 -- TEST"_s});
    if (auto read = lab.refresh(); !read)
        return tl::unexpected(read.error());
    return lab;
}

LabAnswer Lab::run(const QStringList& words, std::chrono::milliseconds deadline) const
{
    const LabAnswer answer = execute(m_program, words, deadline);
    if (!answer.ok())
        qInfo("lab %s: status %d: %s", qPrintable(words.join(u' ')), answer.status, answer.errors.constData());
    return answer;
}

LabAnswer Lab::execute(const QString& program, const QStringList& words, std::chrono::milliseconds deadline)
{
    QProcess process;
    process.setProgram(program);
    process.setArguments(words);
    process.setStandardInputFile(QProcess::nullDevice());
    process.start();
    LabAnswer answer;
    if (!process.waitForFinished(static_cast<int>(deadline.count()))) {
        answer.errors = process.state() == QProcess::NotRunning ? process.errorString().toUtf8()
                                                                : QByteArrayLiteral("stopped at the deadline");
        process.kill();
        process.waitForFinished();
        return answer;
    }
    answer.output = process.readAllStandardOutput();
    answer.errors = process.readAllStandardError();
    if (process.exitStatus() == QProcess::NormalExit)
        answer.status = process.exitCode();
    return answer;
}

LabAnswer Lab::ssh(const QString& host, const QString& command, std::chrono::milliseconds deadline) const
{
    return execute(u"ssh"_s, {u"-F"_s, m_keptSshConfigFile, u"-o"_s, u"ConnectTimeout=10"_s, host, command}, deadline);
}

QByteArray Lab::sql(const QString& host, int port, const QString& statements) const
{
    const QByteArray where = "host=" + host.toUtf8() + " port=" + QByteArray::number(port)
        + " user=postgres dbname=postgres sslmode=disable gssencmode=disable connect_timeout=10 tcp_user_timeout=20000";
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(where.constData()), &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK)
        return {};
    QByteArray rows;
    PQsendQuery(connection.get(), statements.toUtf8().constData());
    while (PGresult* next = PQgetResult(connection.get())) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> result(next, &PQclear);
        if (PQresultStatus(next) == PGRES_FATAL_ERROR)
            rows.clear();
        if (PQresultStatus(next) != PGRES_TUPLES_OK)
            continue;
        rows.clear();
        for (int row = 0; row < PQntuples(next); ++row) {
            for (int column = 0; column < PQnfields(next); ++column)
                rows.append(column > 0 ? "|" : row > 0 ? "\n" : "").append(PQgetvalue(next, row, column));
        }
    }
    return rows;
}

LabAnswer Lab::makeHerd(const QString& name, int port, const QStringList& hosts)
{
    LabAnswer answer = run(QStringList{u"herd"_s, name, QString::number(port)} + hosts, std::chrono::minutes(2));
    if (answer.ok()) {
        if (auto read = refresh(); !read) {
            answer.status = -1;
            answer.errors = read.error().text().toUtf8();
        }
    }
    return answer;
}

Expected<void> Lab::refresh()
{
    const LabAnswer answer = run({u"json"_s});
    QJsonParseError problem;
    const QJsonObject root = QJsonDocument::fromJson(answer.output, &problem).object();
    if (!answer.ok() || problem.error != QJsonParseError::NoError)
        return fail({.kind = ErrorKind::Internal,
            .what = u"The lab does not describe itself."_s,
            .where = m_program,
            .detail = answer.ok() ? problem.errorString() : QString::fromUtf8(answer.errors)});

    const QJsonObject ssh = root.value("ssh"_L1).toObject();
    m_stateDirectory = root.value("state"_L1).toString();
    m_postgresVersion = root.value("postgresVersion"_L1).toString();
    m_zone = root.value("zone"_L1).toString();
    m_dnsServer = root.value("dnsServer"_L1).toString();
    m_tsigKeyFile = root.value("tsigKeyFile"_L1).toString();
    m_remoteUser = ssh.value("user"_L1).toString();
    m_identityFile = ssh.value("identity"_L1).toString();
    m_knownHostsFile = ssh.value("knownHosts"_L1).toString();
    m_sshConfigFile = ssh.value("config"_L1).toString();
    m_keptSshConfigFile = ssh.value("keptConfig"_L1).toString();

    m_hosts.clear();
    const QJsonArray hosts = root.value("hosts"_L1).toArray();
    for (const QJsonValue& value : hosts) {
        const QJsonObject host = value.toObject();
        if (const QString name = host.value("name"_L1).toString(); name.startsWith("db"_L1))
            m_hosts.append({name, host.value("address"_L1).toString(), host.value("address6"_L1).toString()});
    }
    m_many = strings(root.value("many"_L1));
    m_herds.clear();
    const QJsonArray herds = root.value("herds"_L1).toArray();
    for (const QJsonValue& value : herds) {
        const QJsonObject herd = value.toObject();
        m_herds.append(
            {herd.value("name"_L1).toString(), herd.value("port"_L1).toInt(), herd.value("virtualHost"_L1).toString(),
                herd.value("dataDirectory"_L1).toString(), strings(herd.value("hosts"_L1))});
    }
    return {};
}

} // namespace elephaas::tests
