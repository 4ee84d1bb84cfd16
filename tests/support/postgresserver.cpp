#include "tests/support/postgresserver.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QTcpServer>

#include <libpq-fe.h>

#include <csignal>
#include <pwd.h>
#include <sys/types.h>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// The newest server of the distribution (Debian keeps versions side by side).
QString findPrograms()
{
    const QDir versions(u"/usr/lib/postgresql"_s);
    QString best;
    int newest = 0;
    for (const QString& name : versions.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        const QString folder = versions.filePath(name + "/bin"_L1);
        if (name.toInt() > newest && QFile::exists(folder + "/initdb"_L1)) {
            newest = name.toInt();
            best = folder;
        }
    }
    return best;
}

} // namespace

std::unique_ptr<PostgresServer> PostgresServer::start(QString* error)
{
    std::unique_ptr<PostgresServer> server(new PostgresServer);
    if (!server->initialise(error))
        return nullptr;
    if (!server->launch()) {
        QFile log(server->path(u"log"_s));
        *error = log.open(QIODevice::ReadOnly) ? QString::fromUtf8(log.readAll()) : u"no log"_s;
        return nullptr;
    }
    return server;
}

PostgresServer::~PostgresServer()
{
    end();
}

QStringList PostgresServer::asOwner(const QString& program, const QStringList& arguments) const
{
    // When this process dies, however it does, so does the server.
    QStringList command{u"--pdeathsig"_s, u"QUIT"_s};
    if (::geteuid() == 0)
        command << u"--reuid=postgres"_s << u"--regid=postgres"_s << u"--init-groups"_s;
    return command << u"--"_s << m_programs + u'/' + program << arguments;
}

bool PostgresServer::initialise(QString* error)
{
    m_programs = findPrograms();
    if (m_programs.isEmpty()) {
        *error = u"no PostgreSQL server in /usr/lib/postgresql"_s;
        return false;
    }
    if (::geteuid() == 0) {
        const passwd* owner = ::getpwnam("postgres");
        if (!owner || ::chown(qUtf8Printable(m_folder.path()), owner->pw_uid, owner->pw_gid) != 0) {
            *error = u"no user postgres to run the server as"_s;
            return false;
        }
    }
    QProcess initdb;
    initdb.setProcessChannelMode(QProcess::MergedChannels);
    initdb.setWorkingDirectory(m_folder.path());
    initdb.start(u"setpriv"_s,
        asOwner(u"initdb"_s, {u"-D"_s, path(u"data"_s), u"-U"_s, u"postgres"_s, u"-A"_s, u"trust"_s, u"-E"_s, u"UTF8"_s,
                                 u"--locale=C.UTF-8"_s, u"--no-sync"_s}));
    if (!initdb.waitForFinished(60000) || initdb.exitCode() != 0) {
        *error = initdb.errorString() + QString::fromUtf8(initdb.readAll());
        return false;
    }
    QFile hba(path(u"data/pg_hba.conf"_s));
    if (!hba.open(QIODevice::WriteOnly))
        return false;
    hba.write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
    hba.close();
    QTcpServer probe;
    probe.listen(QHostAddress::LocalHost);
    m_port = probe.serverPort();
    return true;
}

bool PostgresServer::launch()
{
    m_process = std::make_unique<QProcess>();
    m_process->setProcessChannelMode(QProcess::MergedChannels);
    m_process->setStandardOutputFile(path(u"log"_s), QIODevice::Append);
    m_process->setWorkingDirectory(m_folder.path());
    m_process->start(u"setpriv"_s,
        asOwner(u"postgres"_s,
            {u"-D"_s, path(u"data"_s), u"-k"_s, m_folder.path(), u"-p"_s, QString::number(m_port), u"-h"_s, u"127.0.0.1"_s, u"-c"_s,
                u"fsync=off"_s, u"-c"_s, u"shared_buffers=64MB"_s, u"-c"_s, u"max_connections=40"_s}));
    if (!m_process->waitForStarted(5000))
        return false;
    m_pid = m_process->processId();
    const QByteArray info = connection().toUtf8();
    const QDeadlineTimer deadline(30000);
    while (PQping(info.constData()) != PQPING_OK) {
        if (deadline.hasExpired() || m_process->state() == QProcess::NotRunning)
            return false;
        m_process->waitForFinished(20); // returns early only when it is over
    }
    return true;
}

void PostgresServer::wait(int milliseconds)
{
    if (m_process && m_process->state() != QProcess::NotRunning)
        m_process->waitForFinished(milliseconds);
}

void PostgresServer::end()
{
    if (!m_process)
        return;
    signalAll(SIGCONT);
    if (m_process->state() != QProcess::NotRunning)
        ::kill(pid_t(m_pid), SIGINT);
    wait(20000);
    if (m_process->state() != QProcess::NotRunning)
        kill();
    m_process.reset();
}

void PostgresServer::kill()
{
    if (m_process && m_process->state() != QProcess::NotRunning)
        ::kill(pid_t(m_pid), SIGQUIT);
    wait(20000);
}

// The postmaster's children are in sessions of their own: found by their parent.
void PostgresServer::signalAll(int signal)
{
    if (!m_process || m_process->state() == QProcess::NotRunning)
        return;
    const QString children = u"/proc/%1/task/%1/children"_s.arg(m_pid);
    ::kill(pid_t(m_pid), signal);
    QFile file(children);
    if (!file.open(QIODevice::ReadOnly))
        return;
    for (const QByteArray& child : file.readAll().simplified().split(' ')) {
        if (const int pid = child.toInt(); pid > 1)
            ::kill(pid, signal);
    }
}

void PostgresServer::freeze() { signalAll(SIGSTOP); }
void PostgresServer::thaw() { signalAll(SIGCONT); }

QString PostgresServer::socketFolder() const { return m_folder.path(); }

QString PostgresServer::connection(const QString& database, const QString& user) const
{
    return u"host='%1' port=%2 user='%3' dbname='%4'"_s.arg(m_folder.path()).arg(m_port).arg(user, database);
}

QString PostgresServer::loopbackConnection(const QString& database, const QString& user) const
{
    return u"host=127.0.0.1 port=%1 user='%2' dbname='%3'"_s.arg(m_port).arg(user, database);
}

std::optional<QString> PostgresServer::psql(const QString& sql, const QString& database) const
{
    QProcess psql;
    psql.setProcessChannelMode(QProcess::SeparateChannels);
    psql.start(u"psql"_s, {u"-XAtq"_s, u"-v"_s, u"ON_ERROR_STOP=1"_s, u"-d"_s, connection(database), u"-f"_s, u"-"_s});
    psql.write(sql.toUtf8());
    psql.closeWriteChannel();
    if (!psql.waitForFinished(60000) || psql.exitCode() != 0) {
        qWarning("psql: %s", psql.readAllStandardError().constData());
        return std::nullopt;
    }
    return QString::fromUtf8(psql.readAllStandardOutput()).trimmed();
}

} // namespace elephaas
