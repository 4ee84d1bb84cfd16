#pragma once

#include "models/ports/operationjournal.h"

#include <algorithm>
#include <mutex>

namespace elephaas::tests {

// A journal in memory that fails when a test says so. Thread-safe.
class FakeJournal final : public OperationJournal {
public:
    // The write with this number (from 0, begin and finish included) and all later ones fail.
    void failFrom(int write)
    {
        const std::lock_guard lock(m_mutex);
        m_failFrom = write;
    }
    Expected<void> begin(const OperationRecord& operation) override
    {
        const std::lock_guard lock(m_mutex);
        if (auto error = nextWrite())
            return fail(*error);
        m_operations.push_back(operation);
        return {};
    }
    Expected<void> writeSteps(const QUuid& operation, std::span<const StepRecord> steps) override
    {
        const std::lock_guard lock(m_mutex);
        if (auto error = nextWrite())
            return fail(*error);
        for (const StepRecord& step : steps)
            record(operation).steps.at(static_cast<size_t>(step.number)) = step;
        return {};
    }
    Expected<void> finish(
        const QUuid& operation, OperationState state, const QString& message, const QDateTime& ended) override
    {
        const std::lock_guard lock(m_mutex);
        if (auto error = nextWrite())
            return fail(*error);
        OperationRecord& finished = record(operation);
        finished.state = state;
        finished.message = message;
        finished.ended = ended;
        return {};
    }
    Expected<std::vector<OperationRecord>> unfinished() override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<OperationRecord> open;
        std::ranges::copy_if(m_operations, std::back_inserter(open),
            [](const OperationRecord& operation) { return operation.state == OperationState::Running; });
        return open;
    }
    Expected<std::vector<OperationRecord>> recent(int limit) override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<OperationRecord> newest(m_operations.rbegin(), m_operations.rend());
        newest.resize(std::min(newest.size(), static_cast<size_t>(limit)));
        return newest;
    }
    Expected<OperationRecord> find(const QUuid& operation) override
    {
        const std::lock_guard lock(m_mutex);
        const auto it = std::ranges::find(m_operations, operation, &OperationRecord::id);
        if (it == m_operations.end())
            return fail({.kind = ErrorKind::NotFound, .what = QStringLiteral("no such operation")});
        return *it;
    }

    Expected<std::vector<OperationRecord>> later(const QUuid& operation) override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<OperationRecord> found;
        const auto it = std::ranges::find(m_operations, operation, &OperationRecord::id);
        const auto shares = [&](const OperationRecord& one) {
            return std::ranges::any_of(one.steps, [&](const StepRecord& step) {
                return step.instance && std::ranges::find(it->steps, step.instance, &StepRecord::instance) != it->steps.end();
            });
        };
        for (auto one = it; one != m_operations.end(); ++one) {
            const bool continues = QUuid::fromString(one->plan.value(QLatin1String("continues")).toString()) == operation;
            if (one != it && (continues || shares(*one)))
                found.push_back(*one);
        }
        return found;
    }

private:
    OperationRecord& record(const QUuid& operation)
    {
        return *std::ranges::find(m_operations, operation, &OperationRecord::id);
    }
    std::optional<Error> nextWrite()
    {
        if (m_failFrom < 0 || m_writes++ < m_failFrom)
            return {};
        return Error{.kind = ErrorKind::Storage, .what = QStringLiteral("disk full")};
    }

    std::mutex m_mutex;
    std::vector<OperationRecord> m_operations;
    int m_writes = 0;
    int m_failFrom = -1;
};

} // namespace elephaas::tests
