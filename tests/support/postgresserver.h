#pragma once

#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <memory>
#include <optional>

namespace elephaas {

// A real PostgreSQL of one's own in a temporary folder, for tests and benchmarks: a socket in the folder that trusts everybody, and a
// loopback port that wants passwords (scram-sha-256). Superuser "postgres". As root it runs as user postgres, because initdb refuses
// root. It ends with the object, and with the process when that crashes. Belongs to the thread that started it.
class PostgresServer final {
public:
    // Nothing, and `error` says why, when it cannot be had.
    static std::unique_ptr<PostgresServer> start(QString* error);
    ~PostgresServer();

    QString socketFolder() const;
    int port() const { return m_port; }
    // "host=<socket folder> port=… user=postgres dbname=…"
    QString connection(const QString& database = QStringLiteral("postgres"), const QString& user = QStringLiteral("postgres")) const;
    // The same over loopback: a password is needed.
    QString loopbackConnection(const QString& database, const QString& user) const;

    // Runs SQL as the superuser through psql; the rows, unaligned, or nothing with a warning.
    std::optional<QString> psql(const QString& sql, const QString& database = QStringLiteral("postgres")) const;

    bool launch(); // again after end() or kill()
    void end(); // fast shutdown
    void kill(); // as if the power went: SIGQUIT to the postmaster, no checkpoint
    void freeze(); // SIGSTOP to the whole session of processes
    void thaw();

private:
    PostgresServer() = default;
    bool initialise(QString* error);
    QStringList asOwner(const QString& program, const QStringList& arguments) const;
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void signalAll(int signal);
    void wait(int milliseconds);

    QTemporaryDir m_folder;
    QString m_programs;
    int m_port = 0;
    qint64 m_pid = 0;
    std::unique_ptr<QProcess> m_process;
};

} // namespace elephaas
