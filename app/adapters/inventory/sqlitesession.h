#pragma once

#include "app/adapters/inventory/sqlsession.h"

#include <QSqlDatabase>
#include <QSqlQuery>

#include <functional>
#include <unordered_map>

namespace elephaas {

// One connection to a file through QSQLITE, with a name of its own. Belongs to the thread that opens it.
class SqliteSession final : public SqlSession {
public:
    enum class Mode {
        ReadWrite, // creates the file
        ReadOnly,
        Immutable, // read-only, and nobody else writes meanwhile: no locks and no files beside it
    };

    explicit SqliteSession(QString file);
    ~SqliteSession() override;

    Expected<void> open(Mode mode);
    void close();
    bool isOpen() const { return m_database.isOpen(); }
    const QString& file() const { return m_file; }

    Expected<SqlRows> run(const QString& sql, const std::vector<QVariant>& values) override;
    Expected<void> begin() override;
    Expected<void> commit() override;
    void rollback() override;
    QString table(QLatin1StringView name) const override { return name; }
    QString rowLock() const override { return {}; }
    int rowsPerInsert() const override { return 1; } // no round trips here

    // Each row in turn, without keeping them. `sql` is not kept prepared.
    Expected<void> forEach(const QString& sql, const std::function<void(const QSqlQuery&)>& row);
    // Statements separated by lines that are only "--;".
    Expected<void> runScript(const QString& script);
    static QStringList statements(const QString& script);

    Error failure(const QSqlError& error) const;

private:
    const QString m_file;
    const QString m_name;
    QSqlDatabase m_database;
    std::unordered_map<QString, QSqlQuery> m_prepared;
};

} // namespace elephaas
