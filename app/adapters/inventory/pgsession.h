#pragma once

#include "app/adapters/inventory/pgoptions.h"
#include "app/adapters/inventory/pgresult.h"
#include "app/adapters/inventory/sqlsession.h"

#include <QDeadlineTimer>
#include <QSqlDatabase>
#include <QStringList>

#include <functional>
#include <future>
#include <stop_token>

namespace elephaas {

// One connection to PostgreSQL through QPSQL, with a name of its own. Statements go through the driver's libpq handle, asynchronously: so
// a stop token or a silent server ends the wait, and an error has its SQLSTATE. Belongs to the thread that opens it.
class PgSession final : public SqlSession {
public:
    explicit PgSession(PgOptions options);
    ~PgSession() override;

    Expected<void> open(const std::stop_token& stop);
    void close();
    bool isOpen() const { return m_connection != nullptr; }

    // Whose stop token the following statements obey.
    void obey(std::stop_token stop) { m_stop = std::move(stop); }

    // "admin on pg-admin as ops", and the account alone. No secrets.
    QString description() const;
    QString user() const;
    const PgOptions& options() const { return m_options; }
    QString quotedSchema() const;
    // Quoted, and as a string constant: for text that is not run with bound values.
    static QString quoteIdentifier(const QString& name);
    static QString quoteLiteral(const QString& text);

    using Values = std::vector<std::optional<QByteArray>>; // $1 …
    Expected<PgResult> query(const QByteArray& sql, const Values& values = {});
    // Several statements without values in one go; each result as it arrives, by its position.
    Expected<void> script(const QByteArray& sql, const std::function<void(int, const PgResult&)>& result = {});

    // What the server remarked (NOTICE, WARNING) since the last call.
    QStringList takeNotices();

    // Names of tables in notifications of others since the last call, after one round trip that proves the link.
    Expected<std::vector<QByteArray>> notifications();

    Expected<SqlRows> run(const QString& sql, const std::vector<QVariant>& values) override;
    Expected<void> begin() override;
    Expected<void> commit() override;
    void rollback() override;
    QString table(QLatin1StringView name) const override { return quotedSchema() + u'.' + QString(name); }
    QString rowLock() const override { return QStringLiteral(" FOR UPDATE"); }
    int rowsPerInsert() const override { return 500; }

private:
    Expected<void> connectThroughDriver(std::vector<PgParameter> parameters, const QString& host, const QString& address, const QString& port);
    Expected<void> collect(const std::function<void(PgResult)>& result);
    Expected<void> waitForServer(std::future<void>& cancelSent, QDeadlineTimer& deadline);
    Expected<void> readyToSend() const;
    std::future<void> sendCancel() const;
    void absorbCancel(const std::future<void>& cancelSent);
    static void keepNotice(void* notices, const char* message);
    void drainWake() const;
    Error linkLost(const QString& what);
    Error failure(const PgResult& result) const;

    const PgOptions m_options;
    const QString m_name;
    QSqlDatabase m_database;
    PGconn* m_connection = nullptr; // the driver's
    QStringList m_notices;
    std::stop_token m_stop;
    int m_wake = -1; // eventfd that a stop request writes to
};

} // namespace elephaas
