#pragma once

#include "models/ports/operationjournal.h"

#include <QLockFile>
#include <QSqlDatabase>
#include <QSqlQuery>

#include <functional>
#include <memory>
#include <optional>

namespace elephaas {

// The journal's file and statements. Belongs to one thread: the one that first calls it.
class JournalDatabase final {
public:
    explicit JournalDatabase(QString file);
    ~JournalDatabase();
    JournalDatabase(const JournalDatabase&) = delete;
    JournalDatabase& operator=(const JournalDatabase&) = delete;

    // Opens the file, and makes it and its folder where they are missing. Nothing to do when it is open and still there.
    Expected<void> open();
    void close();
    bool exists() const;

    // A failed statement inside a savepoint leaves the rest of the transaction alone.
    Expected<void> beginTransaction();
    Expected<void> commit();
    void rollback();
    Expected<void> inSavepoint(const std::function<Expected<void>(JournalDatabase&)>& write);

    Expected<void> insert(const OperationRecord& operation);
    Expected<void> update(const QUuid& operation, const StepRecord& step);
    Expected<void> finish(const QUuid& operation, OperationState state, const QString& message, const QDateTime& ended);

    Expected<std::vector<OperationRecord>> unfinished();
    Expected<std::vector<OperationRecord>> recent(int limit);
    Expected<OperationRecord> find(const QUuid& operation);
    Expected<std::vector<OperationRecord>> later(const QUuid& operation);

private:
    Expected<QSqlQuery> run(const QString& sql, const QVariantList& values = {});
    Expected<QVariant> valueOf(const QString& sql);
    Expected<void> prepareSchema();
    Expected<void> makeTables();
    Expected<void> prepareSession();
    bool isAlive(const QString& session);
    QString lockFileOf(const QString& session) const;
    Expected<void> insertStep(const QUuid& operation, const StepRecord& step);
    Expected<OperationRecord> readOperation(const QSqlQuery& row, bool full);
    Expected<std::vector<StepRecord>> readSteps(const QString& operation, bool withOutput);
    Error failure(const QSqlError& error) const;

    const QString m_file;
    const QString m_connection;
    const QString m_session; // of this run of the program: tells its operations from those of others
    QSqlDatabase m_database;
    std::unique_ptr<QLockFile> m_alive; // held as long as this console lives
};

} // namespace elephaas
