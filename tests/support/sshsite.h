#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <memory>
#include <vector>

namespace elephaas::tests {

// A real sshd of its own on a loopback address, as the calling user, with sshd's defaults but for what is given. It ends with the
// object, and with this process.
class SshServer {
public:
    // Throws std::runtime_error with the words of sshd when it does not start: a test cannot go on without it.
    SshServer(const QString& directory, const QString& name, const QStringList& options, const QString& address);
    ~SshServer();
    SshServer(const SshServer&) = delete;
    SshServer& operator=(const SshServer&) = delete;

    QString name() const { return m_name; }
    QString address() const { return m_address; }
    int port() const { return m_port; }
    QString hostKeyFile() const { return m_directory + QStringLiteral("/") + m_name + QStringLiteral("_hostkey"); }
    QByteArray log() const;

    // Ends sshd and every process it has started, as when the machine goes away; connections get an end of file.
    void stop();
    void start();
    // Stops and resumes every process of the server: connections stay open and silent.
    void freeze();
    void thaw();
    void newHostKey(); // for the next start()

private:
    void signalAll(int signal);

    QString m_directory;
    QString m_name;
    QString m_address;
    QStringList m_options;
    int m_port = 0;
    std::unique_ptr<QProcess> m_process;
};

// A directory with a client's key, known_hosts and configuration, and servers that let the key in.
class SshSite {
public:
    SshSite();
    // Name for `HostName 127.0.0.1`, `Port …` in the client configuration; its host key is known.
    SshServer& addServer(const QString& name, const QStringList& options = {}, const QString& address = QStringLiteral("127.0.0.1"));
    SshServer& server(const QString& name);

    QString path(const QString& file) const { return m_directory.filePath(file); }
    QString configFile() const { return path(QStringLiteral("config")); }
    QString knownHosts() const { return path(QStringLiteral("known_hosts")); }
    QString keyFile() const { return path(QStringLiteral("id")); }
    // More lines for the client configuration, before everything else: the first value wins.
    void configure(const QString& lines);
    void writeKnownHosts();
    void writeFile(const QString& file, const QByteArray& content) const;
    QByteArray readFile(const QString& file) const;
    // A new key pair; `authorised`: the servers let it in.
    QString makeKey(const QString& file, bool authorised, const QStringList& options = {});

private:
    void writeConfig();

    QTemporaryDir m_directory;
    QString m_lines;
    std::vector<std::unique_ptr<SshServer>> m_servers;
};

// Runs a program and gives its output; throws std::runtime_error when it fails.
QByteArray runTool(const QString& program, const QStringList& arguments, const QProcessEnvironment& environment = {});
// Every descendant of a process.
QList<qint64> descendants(qint64 pid);

// An ssh-agent with its own socket, ended with the object.
class SshAgent {
public:
    explicit SshAgent(const QString& socketPath);
    ~SshAgent();
    SshAgent(const SshAgent&) = delete;
    SshAgent& operator=(const SshAgent&) = delete;
    QString socketPath() const { return m_socketPath; }
    void add(const QString& keyFile);
    void freeze(); // it does not answer any more
    void thaw();

private:
    QString m_socketPath;
    QProcess m_process;
    qint64 m_agent = 0;
};

} // namespace elephaas::tests
