#include "tests/support/sshsite.h"

#include "tests/support/procstat.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QHostAddress>
#include <QProcessEnvironment>
#include <QTcpServer>
#include <QTcpSocket>

#include <csignal>
#include <map>
#include <stdexcept>

#include <unistd.h>

namespace elephaas::tests {

using namespace Qt::Literals::StringLiterals;

namespace {

[[noreturn]] void fail(const QString& what) { throw std::runtime_error(what.toStdString()); }

int freePort(const QString& address)
{
    QTcpServer probe;
    if (!probe.listen(QHostAddress(address)))
        fail(u"no free port on "_s + address);
    return probe.serverPort();
}

bool answers(const QString& address, int port)
{
    QTcpSocket socket;
    socket.connectToHost(address, static_cast<quint16>(port));
    return socket.waitForConnected(200) && socket.waitForReadyRead(2000);
}

} // namespace

QByteArray runTool(const QString& program, const QStringList& arguments, const QProcessEnvironment& environment)
{
    QProcess process;
    process.setStandardInputFile(QProcess::nullDevice());
    if (!environment.isEmpty())
        process.setProcessEnvironment(environment);
    process.start(program, arguments);
    if (!process.waitForFinished(30000) || process.exitCode() != 0 || process.exitStatus() != QProcess::NormalExit)
        fail(program + u": "_s + process.errorString() + QString::fromLocal8Bit(process.readAllStandardError()));
    return process.readAllStandardOutput();
}

QList<qint64> descendants(qint64 pid)
{
    std::multimap<qint64, qint64> children;
    for (const QString& name : QDir(u"/proc"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        bool isNumber = false;
        const qint64 candidate = name.toLongLong(&isNumber);
        const QByteArrayList fields = isNumber ? processFields(candidate) : QByteArrayList();
        if (fields.size() > 1)
            children.emplace(fields[1].toLongLong(), candidate);
    }
    QList<qint64> result;
    QList<qint64> open{pid};
    while (!open.isEmpty()) {
        const auto [from, to] = children.equal_range(open.takeLast());
        for (auto child = from; child != to; ++child) {
            result += child->second;
            open += child->second;
        }
    }
    return result;
}

SshServer::SshServer(const QString& directory, const QString& name, const QStringList& options, const QString& address)
    : m_directory(directory), m_name(name), m_address(address), m_options(options)
{
    newHostKey();
    start();
}

SshServer::~SshServer() { stop(); }

QByteArray SshServer::log() const
{
    QFile file(m_directory + u'/' + m_name + u"_log"_s);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void SshServer::newHostKey()
{
    QFile::remove(hostKeyFile());
    QFile::remove(hostKeyFile() + u".pub"_s);
    runTool(u"ssh-keygen"_s, {u"-q"_s, u"-t"_s, u"ed25519"_s, u"-N"_s, QString(), u"-C"_s, m_name, u"-f"_s, hostKeyFile()});
}

void SshServer::start()
{
    if (::getuid() == 0)
        QDir().mkpath(u"/run/sshd"_s); // sshd insists on it when it is root
    QStringList arguments{u"-D"_s, u"-f"_s, u"/dev/null"_s, u"-E"_s, m_directory + u'/' + m_name + u"_log"_s};
    const QStringList fixed{u"HostKey="_s + hostKeyFile(), u"AuthorizedKeysFile="_s + m_directory + u"/authorized_keys"_s,
        u"StrictModes=no"_s, u"UsePAM=no"_s, u"PidFile=none"_s, u"PasswordAuthentication=no"_s,
        u"KbdInteractiveAuthentication=no"_s, u"PermitRootLogin=yes"_s, u"LogLevel=VERBOSE"_s,
        u"SetEnv=HOME="_s + m_directory}; // not the start-up files of whoever runs the tests
    for (const QString& option : m_options + fixed) // the first value wins
        arguments += {u"-o"_s, option};
    for (int tries = 0; tries < 5; ++tries) {
        const int port = m_port != 0 ? m_port : freePort(m_address);
        m_process = std::make_unique<QProcess>();
        m_process->setStandardInputFile(QProcess::nullDevice());
        // setpriv: sshd ends with this process, also when that crashes.
        m_process->start(u"setpriv"_s,
            QStringList{u"--pdeathsig"_s, u"TERM"_s, u"/usr/sbin/sshd"_s} + arguments + QStringList{u"-o"_s, u"ListenAddress=[%1]:%2"_s.arg(m_address).arg(port)});
        const QDeadlineTimer deadline(10000);
        while (!deadline.hasExpired() && m_process->state() != QProcess::NotRunning) {
            if (m_process->waitForStarted(5000) && answers(m_address, port)) {
                m_port = port;
                return;
            }
            m_process->waitForFinished(10);
        }
        m_process->kill();
        m_process->waitForFinished();
    }
    fail(u"sshd does not start: "_s + QString::fromLocal8Bit(m_process->readAllStandardError() + log()));
}

void SshServer::signalAll(int signal)
{
    const qint64 pid = m_process ? m_process->processId() : 0;
    if (pid == 0)
        return;
    for (const qint64 child : descendants(pid))
        ::kill(static_cast<pid_t>(child), signal);
    ::kill(static_cast<pid_t>(pid), signal);
}

void SshServer::stop()
{
    signalAll(SIGKILL);
    if (m_process)
        m_process->waitForFinished(10000);
    m_process.reset();
}

void SshServer::freeze() { signalAll(SIGSTOP); }
void SshServer::thaw() { signalAll(SIGCONT); }

SshSite::SshSite()
{
    if (!m_directory.isValid())
        fail(u"no temporary directory"_s);
    writeFile(u"authorized_keys"_s, {});
    makeKey(u"id"_s, true);
    writeConfig();
}

QString SshSite::makeKey(const QString& file, bool authorised, const QStringList& options)
{
    QStringList arguments{u"-q"_s, u"-C"_s, file, u"-f"_s, path(file)};
    if (!options.contains(u"-t"_s))
        arguments += {u"-t"_s, u"ed25519"_s};
    if (!options.contains(u"-N"_s))
        arguments += {u"-N"_s, QString()};
    runTool(u"ssh-keygen"_s, arguments + options);
    if (authorised)
        writeFile(u"authorized_keys"_s, readFile(u"authorized_keys"_s) + readFile(file + u".pub"_s));
    return path(file);
}

SshServer& SshSite::addServer(const QString& name, const QStringList& options, const QString& address)
{
    m_servers.push_back(std::make_unique<SshServer>(m_directory.path(), name, options, address));
    writeConfig();
    writeKnownHosts();
    return *m_servers.back();
}

SshServer& SshSite::server(const QString& name)
{
    for (const auto& server : m_servers) {
        if (server->name() == name)
            return *server;
    }
    fail(u"no server "_s + name);
}

void SshSite::configure(const QString& lines)
{
    m_lines = lines;
    writeConfig();
}

void SshSite::writeConfig()
{
    QString text = m_lines + u'\n';
    for (const auto& server : m_servers)
        text += u"Host %1\n  HostName %2\n  Port %3\n"_s.arg(server->name(), server->address()).arg(server->port());
    text += u"Host *\n  IdentityFile %1\n  IdentitiesOnly yes\n  UserKnownHostsFile %2\n  GlobalKnownHostsFile /dev/null\n"_s
                .arg(keyFile(), knownHosts());
    text += u"  StrictHostKeyChecking ask\n  IdentityAgent none\n"_s;
    writeFile(u"config"_s, text.toUtf8());
}

void SshSite::writeKnownHosts()
{
    QByteArray text;
    for (const auto& server : m_servers) {
        const QByteArrayList key = readFile(server->name() + u"_hostkey.pub"_s).split(' ');
        text += '[' + server->address().toUtf8() + "]:" + QByteArray::number(server->port()) + ' ' + key[0] + ' ' + key[1] + '\n';
    }
    writeFile(u"known_hosts"_s, text);
}

void SshSite::writeFile(const QString& file, const QByteArray& content) const
{
    QFile target(path(file));
    if (!target.open(QIODevice::WriteOnly | QIODevice::Truncate) || target.write(content) != content.size())
        fail(target.errorString());
    target.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
}

QByteArray SshSite::readFile(const QString& file) const
{
    QFile source(path(file));
    return source.open(QIODevice::ReadOnly) ? source.readAll() : QByteArray();
}

SshAgent::SshAgent(const QString& socketPath) : m_socketPath(socketPath)
{
    // The agent ends with its command, and the command with the pipe to this process.
    m_process.start(u"ssh-agent"_s, {u"-a"_s, socketPath, u"sh"_s, u"-c"_s, u"echo $SSH_AGENT_PID; exec cat"_s});
    if (!m_process.waitForReadyRead(10000))
        fail(u"no agent: "_s + QString::fromLocal8Bit(m_process.readAllStandardError()));
    m_agent = m_process.readLine().trimmed().toLongLong();
}

SshAgent::~SshAgent()
{
    ::kill(static_cast<pid_t>(m_agent), SIGKILL);
    m_process.closeWriteChannel();
    m_process.waitForFinished();
    QFile::remove(m_socketPath);
}

void SshAgent::add(const QString& keyFile)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"SSH_AUTH_SOCK"_s, m_socketPath);
    runTool(u"ssh-add"_s, {u"-q"_s, keyFile}, environment);
}

void SshAgent::freeze() { ::kill(static_cast<pid_t>(m_agent), SIGSTOP); }
void SshAgent::thaw() { ::kill(static_cast<pid_t>(m_agent), SIGCONT); }

} // namespace elephaas::tests
