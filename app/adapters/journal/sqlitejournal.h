#pragma once

#include "models/ports/operationjournal.h"

#include <memory>

namespace elephaas {

// The journal in one SQLite file, written through to the disk at every commit (https://www.sqlite.org/pragma.html#pragma_synchronous).
// One thread owns the connection; writes that wait at the same time share a transaction. Several consoles may use one file at a time.
//
// The file and its folder are made with the first write, readable by their owner only. Errors: Storage (disk full or broken, damaged
// file), PermissionDenied (read-only), Busy (another program holds it for longer than five seconds), Schema (written by a newer
// version). After an error the next call opens the file again.
class SqliteJournal final : public OperationJournal {
public:
    explicit SqliteJournal(QString file);
    ~SqliteJournal() override;
    SqliteJournal(const SqliteJournal&) = delete;
    SqliteJournal& operator=(const SqliteJournal&) = delete;

    Expected<void> begin(const OperationRecord& operation) override;
    Expected<void> writeSteps(const QUuid& operation, std::span<const StepRecord> steps) override;
    Expected<void> finish(const QUuid& operation, OperationState state, const QString& message, const QDateTime& ended) override;
    // Of consoles that are gone: what this one or another one on this computer runs at the moment is not unfinished.
    Expected<std::vector<OperationRecord>> unfinished() override;
    Expected<std::vector<OperationRecord>> recent(int limit) override;
    Expected<OperationRecord> find(const QUuid& operation) override;
    Expected<std::vector<OperationRecord>> later(const QUuid& operation) override;

private:
    class Private;
    std::unique_ptr<Private> m_d;
};

} // namespace elephaas
