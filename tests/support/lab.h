#pragma once

#include "models/domain/error.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <chrono>

namespace elephaas::tests {

struct LabHost {
    QString name; // also resolvable inside the lab
    QString address;
    QString address6; // also resolvable as NAME-6
};

struct LabHerd {
    QString name; // also the cluster name
    int port = 0;
    QString virtualHost;
    QString dataDirectory;
    QStringList hosts; // as made: the primary first
};

// How a lab command ended. `status` is -1 when it crashed, could not start or was stopped at the deadline; `errors`
// then says which.
struct LabAnswer {
    int status = -1;
    QByteArray output = {};
    QByteArray errors = {};
    bool ok() const { return status == 0; }
};

// The lab around this test: ctest starts it through `tests/lab/lab lease` when the test has LAB_HOSTS. Everything
// blocks the calling thread, with a deadline. Any thread.
class Lab final {
public:
    // Reads what the lab says about itself (`lab json`). Fails when the program was started without a lab.
    static Expected<Lab> leased();

    // A lab command, see `tests/lab/lab --help`: run({u"kill"_s, u"db1"_s}). One that fails says why in the test's output, too.
    LabAnswer run(const QStringList& words, std::chrono::milliseconds deadline = std::chrono::seconds(60)) const;
    // A command for the remote user's shell, by OpenSSH's own client: the other opinion on what a host is like.
    LabAnswer ssh(const QString& host, const QString& command,
        std::chrono::milliseconds deadline = std::chrono::seconds(60)) const;

    // As the superuser, on a connection of its own, from the controller's network: rows as psql -At shows them, of the last statement that has any;
    // empty where it failed or the server did not answer. Much cheaper than psql on the host, for what is asked again and again.
    QByteArray sql(const QString& host, int port, const QString& statements) const;

    // Primary first. Blocks until the replicas have been started; they may take a moment more to stream.
    LabAnswer makeHerd(const QString& name, int port, const QStringList& hosts);

    QList<LabHost> databaseHosts() const { return m_hosts; } // db1, db2, …
    QStringList manyHosts() const { return m_many; } // many1, …, after run({many, N}) and refresh()
    QList<LabHerd> herds() const { return m_herds; }
    QString postgresVersion() const { return m_postgresVersion; }
    QString zone() const { return m_zone; }
    QString dnsServer() const { return m_dnsServer; }
    QString tsigKeyFile() const { return m_tsigKeyFile; }
    QString remoteUser() const { return m_remoteUser; }
    QString identityFile() const { return m_identityFile; }
    QString knownHostsFile() const { return m_knownHostsFile; }
    QString sshConfigFile() const { return m_sshConfigFile; }
    // What the test may write to: deleted with the lab.
    QString stateDirectory() const { return m_stateDirectory; }

    // Reads everything above again.
    Expected<void> refresh();

private:
    Lab() = default;
    static LabAnswer execute(const QString& program, const QStringList& words, std::chrono::milliseconds deadline);

    QString m_program;
    QString m_stateDirectory;
    QString m_postgresVersion;
    QString m_zone;
    QString m_dnsServer;
    QString m_tsigKeyFile;
    QString m_remoteUser;
    QString m_identityFile;
    QString m_knownHostsFile;
    QString m_sshConfigFile;
    QString m_keptSshConfigFile; // the same, with connections that stay open for the next command
    QList<LabHost> m_hosts;
    QStringList m_many;
    QList<LabHerd> m_herds;
};

} // namespace elephaas::tests
